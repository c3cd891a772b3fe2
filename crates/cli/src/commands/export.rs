//! `mynah export`: a quantized model for other languages.

use std::path::Path;

use crate::args::{Export, Global};
use crate::files::Files;
use crate::models::load;
use crate::output;
use crate::status::{Status, usage};

pub fn run(args: &Export, _global: &Global) -> anyhow::Result<Status> {
    let files = Files::default().read([&args.model]);
    files.write([&args.c]).check()?;
    let (model, _) = load(&args.model)?;
    let name = match &args.name {
        Some(name) => name.clone(),
        None => name_of(&args.c),
    };
    let header = match model.to_c_header(&name) {
        Ok(header) => header,
        Err(fault) => return usage(format!("{}: {fault}", args.model.display())),
    };
    output::write(&args.c, |out| Ok(out.write_all(header.as_bytes())?))?;
    let Some(quantized) = model.quantized().filter(|_| !output::is_stdout(&args.c)) else {
        return Ok(Status::DONE);
    };
    let n_views = super::quantized_card::n_views(&model);
    let cost = quantized.cost(n_views);
    output::remark(format!(
        "{}: {} bytes of C99; {name}_classify takes {} bytes of tables and {} of input ({n_views} views)",
        args.c.display(),
        header.len(),
        cost.flash,
        cost.ram
    ))?;
    Ok(Status::DONE)
}

/// The file's name without what C does not allow in one.
fn name_of(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name
    } else {
        format!("word{name}")
    }
}
