//! A table: a row a frame with utterance, path, label, speaker, start and end of the stretch, frame, then the coefficients.

use std::io::Write;

use super::{Format, Layout, Record};

pub struct Csv {
    pub columns: Vec<String>,
}

impl Format for Csv {
    fn ending(&self) -> &'static str {
        "csv"
    }

    fn layout(&self) -> Layout<'_> {
        Layout::Stream
    }

    fn preamble(&self) -> Vec<u8> {
        let columns = self.columns.join(",");
        format!("utterance,path,label,speaker,start,end,frame,{columns}\n").into_bytes()
    }

    fn encode(&self, record: &mut Record<'_>, out: &mut dyn Write) -> anyhow::Result<()> {
        let about = record.about;
        let seconds = |bound: Option<f64>| bound.map_or(String::new(), |s| s.to_string());
        // The same for every row, and quoted where it must be.
        let mut head = csv::Writer::from_writer(Vec::new());
        head.write_field(&about.utterance)?;
        head.write_field(about.path.as_os_str().as_encoded_bytes())?;
        head.write_field(about.label.as_deref().unwrap_or_default())?;
        head.write_field(about.speaker.as_deref().unwrap_or_default())?;
        head.write_field(seconds(about.start))?;
        head.write_field(seconds(about.end))?;
        head.write_field("")?;
        let head = head.into_inner()?;
        let mut frame = 0;
        let mut text = String::new();
        record.for_each_row(|row| {
            text.clear();
            text.push_str(&frame.to_string());
            row.push_text(',', &mut text);
            text.push('\n');
            frame += 1;
            out.write_all(&head)?;
            Ok(out.write_all(text.as_bytes())?)
        })
    }
}
