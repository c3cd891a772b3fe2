//! Lines of events, as engines write them, and what is wrong with those that are none.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde_json::{Map, Value};

/// What a line should be.
pub const REMEDY: &str = "write one JSON object a line, {\"time\": 12.3, \"keyword\": \"alexa\", \"score\": 0.8}, as `mynah spot --json` does";

/// One line of a file of events; what other keys an engine writes is its own affair.
pub struct Line {
    pub file: Option<String>,
    pub time: f64,
    pub keyword: String,
    pub score: Option<f64>,
    pub is_fired: Option<bool>,
}

impl Line {
    pub fn parse(line: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bare(line)).map_err(|_| "is not UTF-8 text")?;
        let value = serde_json::from_str(text).map_err(|error| match error.is_eof() {
            true => "breaks off before its end".to_string(),
            false => format!("cannot be read as JSON (column {})", error.column()),
        })?;
        let Value::Object(line) = value else {
            return Err("is JSON, but no object".to_string());
        };
        let text = |value: &Value| value.as_str().map(String::from);
        Ok(Self {
            file: get(&line, "file", "a text", text)?,
            time: get(&line, "time", "a number", Value::as_f64)?.ok_or("has no \"time\"")?,
            keyword: get(&line, "keyword", "a text", text)?.ok_or("has no \"keyword\"")?,
            score: get(&line, "score", "a number", Value::as_f64)?,
            is_fired: get(&line, "is_fired", "true or false", Value::as_bool)?,
        })
    }
}

/// Whether a file begins as one of events does.
pub fn begins_with_event(path: &Path) -> bool {
    // Of a pipe, what is looked at is gone.
    let file = path.is_file().then(|| File::open(path).ok()).flatten();
    let lines = file.map(|file| BufReader::new(file).split(b'\n').map_while(Result::ok));
    let first = lines.and_then(|mut lines| lines.find(|line| !bare(line).is_empty()));
    first.is_some_and(|line| Line::parse(&line).is_ok())
}

/// Why a file cannot be one of events at all, said once instead of line by line.
pub fn misfit(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Some("is UTF-16 text: save it as UTF-8".to_string());
    }
    let text = bare(bytes);
    let lines = || text.split(|&byte| byte == b'\n').map(bare);
    let first = lines().next().filter(|line| !line.is_empty())?;
    // A line of a log may begin with a bracket too.
    if text.starts_with(b"[") && text.ends_with(b"]") && lines().any(|line| line.contains(&b'{')) {
        return Some(format!(
            "is one JSON array: {REMEDY}; `jq -c '.[]'` makes lines of an array"
        ));
    }
    if first == b"{" {
        return Some(format!(
            "its objects go over several lines: {REMEDY}; `jq -c .` puts each on one"
        ));
    }
    if !lines().any(|line| line.starts_with(b"{")) {
        let first = String::from_utf8_lossy(first);
        return Some(format!(
            "holds no JSON objects, its first line is {:?}: {REMEDY}",
            excerpt(&first)
        ));
    }
    None
}

/// Text without blanks around it and without the mark that some programs put before UTF-8.
pub fn bare(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.trim_ascii()
}

/// The value of a key, which must be of a kind; null is none.
fn get<T>(
    line: &Map<String, Value>,
    key: &str,
    kind: &str,
    convert: impl Fn(&Value) -> Option<T>,
) -> Result<Option<T>, String> {
    let Some(value) = line.get(key).filter(|value| !value.is_null()) else {
        return Ok(None);
    };
    let fault = || format!("its {key:?} is {}, not {kind}", excerpt(&value.to_string()));
    convert(value).map(Some).ok_or_else(fault)
}

/// Enough to recognise a text.
fn excerpt(text: &str) -> String {
    text.chars().take(60).collect()
}
