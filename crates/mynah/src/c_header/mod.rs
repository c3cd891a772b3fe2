//! A quantized model as one file of C99: tables and a function, for machines without an operating system.

use std::fmt::{Display, Write};

use mynah_lvq::{Metric, QuantizedCodebook, QuantizedParts};

use crate::{Error, Model, Pipeline};

const CLASSIFIER: &str = include_str!("classifier.h");

/// Values on a line of a table.
const PER_LINE: usize = 24;

impl Model {
    /// The classifier as a self-contained C99 header: no allocation, no library, no floating-point number but in the function that brings
    /// vectors to whole numbers. Every name in it begins with `name`.
    ///
    /// Its decisions and distances are those of [`QuantizedCodebook::decide`].
    ///
    /// # Errors
    /// [`Error::NotQuantized`]; [`Error::CName`] if `name` is none in C.
    pub fn to_c_header(&self, name: &str) -> Result<String, Error> {
        let quantized = self.quantized().ok_or(Error::NotQuantized)?;
        let mut letters = name.chars();
        let is_first = letters.next().is_some_and(|c| c.is_ascii_alphabetic());
        if !is_first || !letters.all(|c| c.is_ascii_alphanumeric() || c == '_') {
            return Err(Error::CName {
                name: name.to_string(),
            });
        }
        let mut text = self.preface(quantized);
        text += &tables(self, quantized);
        text += CLASSIFIER;
        text += "\n#endif\n";
        let upper = name.to_uppercase();
        let text = text.replace("NAME_H", &format!("{upper}_H"));
        // Constants are written large, as is usual.
        Ok(constants(&text, &upper).replace("NAME_", &format!("{name}_")))
    }

    fn preface(&self, quantized: &QuantizedCodebook) -> String {
        let (n_views, n_cuts) = self.pipeline().map_or((1, 1), |config| {
            let pipeline = Pipeline::new(config).expect("a model's pipeline was checked");
            (pipeline.n_views(), pipeline.n_cuts())
        });
        let cost = quantized.cost(n_views);
        let grid = quantized.grid();
        let tables = quantized.tables();
        let constants = [
            ("VALUES", quantized.image_dim(), "whole numbers of a view"),
            ("INPUTS", quantized.dim(), "floats of a view"),
            (
                "BLOCK",
                tables.block(),
                "values that choose their view together",
            ),
            (
                "VIEWS",
                n_views,
                "views of a thing that the model was made for",
            ),
            (
                "CUTS",
                n_cuts,
                "cuts of a thing, each of so many views; the nearest decides",
            ),
            ("PROTOTYPES", tables.n_prototypes(), "prototypes"),
            ("LABELS", self.labels().len(), "labels"),
            ("BITS", grid.bits.into(), "of a prototype's level"),
            (
                "MULTIPLE",
                grid.multiple.into(),
                "a prototype's step over an input's",
            ),
        ];
        let origin = match self.provenance().corpus.as_str() {
            "" => "of enrolled keywords".to_string(),
            corpus => format!("trained on {}", comment(corpus)),
        };
        let input = self.pipeline().map_or(String::new(), |config| {
            format!(
                "\n\n   It takes no sound: the floats of a view are what mynah::Pipeline makes of sound at {} Hz\n   (views_into of a \
                 word, window_into of a window), and NAME_quantize brings them to whole numbers.",
                config.mfcc.sample_rate
            )
        });
        let mut text = format!(
            "/* {} words, made by mynah {} from a model {}.\n\n   A decision on one cut takes {} bytes of tables, {} bytes of input, {} \
             differences squared and added.{} */\n#ifndef NAME_H\n#define NAME_H\n\n#include <stdint.h>\n\n",
            self.labels().len(),
            env!("CARGO_PKG_VERSION"),
            origin,
            cost.flash,
            cost.ram,
            cost.operations,
            input
        );
        for (name, value, what) in constants {
            let _ = writeln!(text, "/* {what} */\n#define NAME_{name} {value}");
        }
        let _ = writeln!(
            text,
            "/* of the inputs' levels */\n#define NAME_STEP {}",
            float(grid.step)
        );
        text
    }
}

fn tables(model: &Model, quantized: &QuantizedCodebook) -> String {
    let QuantizedParts {
        rows,
        labels,
        exponents,
        metric,
        ..
    } = quantized.to_parts();
    let mut text = String::new();
    let names = model.labels().iter().map(|label| string(label));
    text += &table("const char *const NAME_labels[NAME_LABELS]", names);
    text += &table(
        "const uint16_t NAME_row_labels[NAME_PROTOTYPES]",
        labels.iter(),
    );
    let n_bytes = rows.len() / labels.len();
    text += &format!("\nstatic const uint8_t NAME_rows[NAME_PROTOTYPES][{n_bytes}] = {{\n");
    for row in rows.chunks_exact(n_bytes) {
        text += &format!("{{\n{}}},\n", lines(row.iter()));
    }
    text += "};\n";
    text += &match exponents[..] {
        [] => "\n#define NAME_EXPONENT(i) 0\n".to_string(),
        _ => {
            table(
                "const uint8_t NAME_exponents[NAME_VALUES]",
                exponents.iter(),
            ) + "\n#define NAME_EXPONENT(i) NAME_exponents[i]\n"
        }
    };
    let floats = |declaration: &str, values: &[f32]| {
        table(declaration, values.iter().map(|&value| float(value)))
    };
    let scaler = model.scaler();
    text += &floats("const float NAME_mean[NAME_INPUTS]", scaler.mean());
    text += &floats("const float NAME_scale[NAME_INPUTS]", scaler.scale());
    text += &match &metric {
        Metric::Relevances(relevances) => {
            let roots: Vec<f32> = relevances.iter().map(|r| r.sqrt()).collect();
            floats("const float NAME_roots[NAME_INPUTS]", &roots)
        }
        Metric::Omega { n_rows, values } | Metric::SharedOmega { n_rows, values, .. } => {
            let n_columns = values.len() / n_rows;
            let rows = format!("\n#define NAME_ROWS {n_rows}\n#define NAME_COLUMNS {n_columns}\n");
            rows + &floats("const float NAME_omega[NAME_ROWS * NAME_COLUMNS]", values)
        }
        _ => String::new(),
    };
    text + &image(&metric)
}

/// Value `i` of a vector's image under the metric.
fn image(metric: &Metric) -> String {
    let standardised = "
static inline float NAME_standardised(const float *vector, uint32_t i)
{
    return (vector[i] - NAME_mean[i]) * NAME_scale[i];
}

/* Value `i` of what is rounded to whole numbers: standardised, seen by the metric. */
static inline float NAME_image(const float *vector, uint32_t i)
{
";
    let body = match metric {
        Metric::Relevances(_) => "    return NAME_roots[i] * NAME_standardised(vector, i);\n",
        Metric::Omega { .. } | Metric::SharedOmega { .. } => {
            "    const uint32_t tile = i / NAME_ROWS;
    float sum = 0.0f;
    if (tile >= NAME_INPUTS / NAME_COLUMNS)
        return NAME_standardised(vector, i - NAME_VALUES + NAME_INPUTS);
    for (uint32_t k = 0; k < NAME_COLUMNS; k++)
        sum += NAME_omega[i % NAME_ROWS * NAME_COLUMNS + k] * NAME_standardised(vector, tile * NAME_COLUMNS + k);
    return sum;
"
        }
        _ => "    return NAME_standardised(vector, i);\n",
    };
    format!("{standardised}{body}}}\n")
}

fn table<V: Display>(declaration: &str, values: impl Iterator<Item = V>) -> String {
    format!("\nstatic {declaration} = {{\n{}}};\n", lines(values))
}

fn lines<V: Display>(values: impl Iterator<Item = V>) -> String {
    let mut text = String::new();
    for (i, value) in values.enumerate() {
        let _ = write!(text, "{value},");
        if i % PER_LINE == PER_LINE - 1 {
            text.push('\n');
        }
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

/// Digits enough for the very same `f32`.
fn float(value: f32) -> String {
    format!("{value:e}f")
}

/// A literal of the label's bytes, whatever they are; octal escapes end by themselves after three digits.
fn string(label: &str) -> String {
    let mut text = "\"".to_string();
    for byte in label.bytes() {
        match byte {
            b'"' | b'\\' => text.extend(['\\', byte.into()]),
            b' '..=b'~' if byte != b'?' => text.push(byte.into()),
            _ => {
                let _ = write!(text, "\\{byte:03o}");
            }
        }
    }
    text + "\""
}

/// Text that does not end a comment.
fn comment(text: &str) -> String {
    text.replace("*/", "* /").replace(['\n', '\\'], " ")
}

/// Names of `NAME_` and capitals only, under the name in capitals.
fn constants(text: &str, upper: &str) -> String {
    let mut parts = text.split("NAME_");
    let mut done = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let word: String = part
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
            .collect();
        let is_constant = !word.chars().any(|c| c.is_ascii_lowercase());
        done += if is_constant { upper } else { "NAME" };
        done.push('_');
        done += part;
    }
    done
}
