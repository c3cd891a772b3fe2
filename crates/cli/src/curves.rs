//! Curves as drawings (.svg) or tables (.csv), by the ending of the file.

use std::path::Path;

use mynah::lvq::Epoch;
use mynah_eval::RejectCurve;

use crate::output;
use crate::plots::curves::{Series, draw};
use crate::status::usage;

/// Refuses now an ending that nothing can be written for.
pub fn check(path: &Path, endings: &[&str]) -> anyhow::Result<()> {
    let is_known = path.extension().is_some_and(|ending| {
        endings
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    });
    if !is_known {
        return usage(format!(
            "{}: name it .{}",
            path.display(),
            endings.join(" or .")
        ));
    }
    Ok(())
}

pub fn is_svg(path: &Path) -> bool {
    path.extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("svg"))
}

/// Writes cost and errors of every epoch; errors as shares of `n` training and `n_validation` vectors.
pub fn training(
    path: &Path,
    history: &[Epoch],
    n: usize,
    n_validation: usize,
) -> anyhow::Result<()> {
    let text = if is_svg(path) {
        let points = |value: &dyn Fn(&Epoch) -> Option<f64>| -> Vec<(f64, f64)> {
            let point = |epoch: &Epoch| Some(((epoch.index + 1) as f64, value(epoch)?));
            history.iter().filter_map(point).collect()
        };
        let share = |n_errors: usize, n: usize| 100.0 * n_errors as f64 / n.max(1) as f64;
        let train = points(&|epoch| Some(share(epoch.n_errors, n)));
        let validation = points(&|epoch| Some(share(epoch.n_validation_errors?, n_validation)));
        let mut series = vec![Series {
            name: "training",
            points: &train,
        }];
        if !validation.is_empty() {
            series.push(Series {
                name: "validation",
                points: &validation,
            });
        }
        draw("Errors over the training", "epoch", "errors (%)", &series)
    } else {
        let mut text = "epoch,mean_cost,n_errors,n,n_validation_errors,n_validation\n".to_string();
        for epoch in history {
            let validation = epoch.n_validation_errors;
            let (errors, of) = match validation {
                Some(errors) => (errors.to_string(), n_validation.to_string()),
                None => (String::new(), String::new()),
            };
            text += &format!(
                "{},{},{},{n},{errors},{of}\n",
                epoch.index + 1,
                epoch.mean_cost,
                epoch.n_errors
            );
        }
        text
    };
    output::write(path, |out| Ok(out.write_all(text.as_bytes())?))
}

/// Writes accuracy against the share of answers withheld.
pub fn reject(path: &Path, curve: &RejectCurve) -> anyhow::Result<()> {
    let text = if is_svg(path) {
        let points: Vec<(f64, f64)> = curve
            .points
            .iter()
            .map(|point| (100.0 * point.rejected, 100.0 * point.accuracy))
            .collect();
        let series = [Series {
            name: "accuracy",
            points: &points,
        }];
        let title = "Accuracy as uncertain answers are withheld";
        draw(title, "withheld (%)", "right answers (%)", &series)
    } else {
        let mut text = "threshold,rejected,n_accepted,n_correct,accuracy\n".to_string();
        for point in &curve.points {
            text += &format!(
                "{},{},{},{},{}\n",
                point.threshold, point.rejected, point.n_accepted, point.n_correct, point.accuracy
            );
        }
        text
    };
    output::write(path, |out| Ok(out.write_all(text.as_bytes())?))
}
