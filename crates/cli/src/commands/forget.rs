//! `mynah forget`: a word taken out of a model.

use mynah::is_background;

use crate::args::{Forget, Global};
use crate::files::Files;
use crate::models::load;
use crate::output;
use crate::status::{Status, usage};

pub fn run(args: &Forget, _global: &Global) -> anyhow::Result<Status> {
    // The model may be written over: it is read whole, and the new one appears whole.
    Files::default().write([&args.output]).check_model()?;
    let (model, _) = load(&args.model)?;
    let smaller = match model.without(&args.label) {
        Ok(smaller) => smaller,
        Err(mynah::Error::TooFewClasses { .. }) => {
            return usage(format!(
                "{}: knows {} only, and a model tells at least two words apart; add others first with `mynah train --add-to`",
                args.model.display(),
                model.labels().join(" and ")
            ));
        }
        Err(fault) => return usage(format!("{}: {fault}", args.model.display())),
    };
    let bytes = smaller.to_bytes();
    output::write(&args.output, |out| Ok(out.write_all(&bytes)?))?;
    let is_keyword = |label: &String| !is_background(label);
    if !smaller.labels().iter().any(is_keyword) {
        output::note("note: no keyword is left; `mynah enrol` adds one");
    } else if is_background(&args.label) {
        output::note(format!(
            "note: {} stood for what is no keyword, which will now be taken for one more often",
            args.label
        ));
    }
    if output::is_stdout(&args.output) {
        return Ok(Status::DONE);
    }
    output::remark(format!(
        "{}: {} words, {} prototypes, {} bytes; measurements, and what `calibrate` fitted to single words, are gone, as they told of another model",
        args.output.display(),
        smaller.labels().len(),
        smaller.prototypes().n_prototypes(),
        bytes.len()
    ))?;
    Ok(Status::DONE)
}
