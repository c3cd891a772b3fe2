//! Results as one page that needs nothing beside it: no script, no network, light and dark, on paper too.

mod clips;
pub mod evaluation;
pub mod spotting;

use std::fmt::{Display, Write};
use std::path::Path;

use crate::output;
use crate::plots::escape;

pub use clips::Clips;

/// Nothing is loaded, whatever a label may try.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src data:";
const STYLE: &str = include_str!("style.css");

/// Most rows of a table.
const N_ROWS: usize = 500;

/// A page in the making. What is text is escaped here.
pub struct Page {
    title: String,
    body: String,
}

/// A cell of a table.
pub enum Cell {
    Name(String),
    Number(String),
    Bar(Bar),
}

/// A share and its interval, drawn beside the numbers.
pub struct Bar {
    pub share: f64,
    pub interval: [f64; 2],
    /// The less the better.
    pub is_bad: bool,
}

impl Page {
    pub fn new(title: &str, about: &str) -> Self {
        let mut page = Self {
            title: escape(title),
            body: String::new(),
        };
        let title = page.title.clone();
        page.raw(format_args!("<header><h1>{title}</h1>"));
        for line in about.lines() {
            page.raw(format_args!("<p class=\"soft\">{}</p>", escape(line)));
        }
        page.raw("</header>");
        page
    }

    /// Numbers that come first, each with what it is.
    pub fn tiles(&mut self, tiles: &[(String, String)]) {
        self.raw("<ul class=\"tiles\">");
        for (number, what) in tiles {
            let (number, what) = (escape(number), escape(what));
            self.raw(format_args!(
                "<li class=\"tile\"><b>{number}</b><span>{what}</span></li>"
            ));
        }
        self.raw("</ul>");
    }

    pub fn heading(&mut self, text: &str) {
        self.raw(format_args!("<h2>{}</h2>", escape(text)));
    }

    pub fn paragraph(&mut self, text: &str) {
        self.raw(format_args!("<p>{}</p>", escape(text)));
    }

    /// What makes the numbers less than they seem; nothing for an empty text.
    pub fn warning(&mut self, text: &str) {
        for line in text.lines() {
            self.raw(format_args!(
                "<p class=\"warning\" role=\"note\">{}</p>",
                escape(line)
            ));
        }
    }

    /// A table; long ones are cut, and say so.
    pub fn table(&mut self, caption: &str, header: &[&str], rows: &[Vec<Cell>]) {
        let is_name = |column: usize| {
            matches!(
                rows.first().and_then(|row| row.get(column)),
                Some(Cell::Name(_))
            )
        };
        let caption = escape(caption);
        self.raw(format_args!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table><caption>{caption}</caption><thead><tr>"
        ));
        for (i, name) in header.iter().enumerate() {
            let class = if is_name(i) { " class=\"name\"" } else { "" };
            self.raw(format_args!(
                "<th scope=\"col\"{class}>{}</th>",
                escape(name)
            ));
        }
        self.raw("</tr></thead><tbody>");
        for row in rows.iter().take(N_ROWS) {
            self.raw("<tr>");
            for cell in row {
                self.cell(cell);
            }
            self.raw("</tr>");
        }
        self.raw("</tbody></table></div>");
        if rows.len() > N_ROWS {
            self.paragraph(&format!("… and {} more (all: --json)", rows.len() - N_ROWS));
        }
    }

    fn cell(&mut self, cell: &Cell) {
        match cell {
            Cell::Name(text) => self.raw(format_args!("<td class=\"name\">{}</td>", escape(text))),
            Cell::Number(text) => self.raw(format_args!("<td>{}</td>", escape(text))),
            Cell::Bar(bar) => {
                let percent = |share: f64| 100.0 * share.clamp(0.0, 1.0);
                let [low, high] = bar.interval.map(percent);
                self.raw(format_args!(
                    "<td><span class=\"bar{}\" aria-hidden=\"true\"><i style=\"width:{:.1}%\"></i><u style=\"left:{low:.1}%;width:{:.1}%\"></u></span></td>",
                    if bar.is_bad { " bad" } else { "" },
                    percent(bar.share),
                    high - low
                ));
            }
        }
    }

    /// A drawing of `plots`, which escapes for itself.
    pub fn drawing(&mut self, svg: &str) {
        self.raw(format_args!("<figure style=\"margin:0\">{svg}</figure>"));
    }

    /// Counts of what was said against what was heard, the more the darker; every row by itself.
    pub fn confusion(&mut self, labels: &[String], counts: &[Vec<usize>]) {
        self.raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"confusion\"><table class=\"confusion\"><caption>rows: what was said; columns: what was heard</caption><thead><tr><td></td>");
        let longest = labels.iter().map(|label| label.chars().count()).max();
        let is_up = labels.len() > 12 || longest.is_some_and(|n| n > 6);
        for label in labels {
            let class = if is_up { " class=\"up\"" } else { "" };
            self.raw(format_args!(
                "<th scope=\"col\"{class}>{}</th>",
                escape(label)
            ));
        }
        self.raw("</tr></thead><tbody>");
        for (i, (label, row)) in labels.iter().zip(counts).enumerate() {
            self.raw(format_args!("<tr><th scope=\"row\">{}</th>", escape(label)));
            let n = row.iter().sum::<usize>().max(1);
            for (j, &count) in row.iter().enumerate() {
                let share = count as f64 / n as f64;
                let mut class = String::from(if i == j { "right" } else { "" });
                class += if share > 0.6 { " full" } else { "" };
                let shown = if count == 0 {
                    String::new()
                } else {
                    count.to_string()
                };
                self.raw(format_args!(
                    "<td class=\"{}\" style=\"--share:{share:.3}\">{shown}</td>",
                    class.trim()
                ));
            }
            self.raw("</tr>");
        }
        self.raw("</tbody></table></div>");
    }

    /// Recordings to listen to.
    pub fn clips(&mut self, clips: &Clips) {
        self.raw("<ol class=\"clips\">");
        for clip in &clips.shown {
            let (title, about) = (escape(&clip.title), escape(&clip.about));
            self.raw(format_args!(
                "<li><b>{title}</b><span>{about}</span><audio controls preload=\"none\" aria-label=\"{title}\" src=\"{}\"></audio></li>",
                clip.source
            ));
        }
        self.raw("</ol>");
    }

    pub fn write(self, path: &Path) -> anyhow::Result<()> {
        let Self { title, body } = self;
        output::write(path, |out| {
            write!(
                out,
                "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
                 <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
                 <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
                 <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\
                 <footer><p class=\"soft\">Made by mynah {}.</p></footer>\n</main>\n</body>\n</html>\n",
                env!("CARGO_PKG_VERSION")
            )?;
            Ok(())
        })
    }

    fn raw(&mut self, html: impl Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.body, "{html}");
    }
}
