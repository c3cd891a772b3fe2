/// Why samples, a codebook, a configuration or a training run was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A configuration value is out of range.
    #[error("{field} is {got}; it must be {allowed}")]
    Config {
        /// Name of the field or argument.
        field: &'static str,
        /// The value given.
        got: f64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A dimension, row or class count is zero.
    #[error("{what}: got 0, at least 1 is needed")]
    Zero {
        /// What is missing; `"weights"` also where their sum overflows.
        what: &'static str,
    },
    /// The length of a row-major slice is not rows × dim.
    #[error("{what}: {got} values do not make {n_rows} rows of {dim}")]
    Length {
        /// `"samples"`, `"prototypes"`, `"metric"`, `"scaler"` ….
        what: &'static str,
        /// Length of the slice.
        got: usize,
        /// Rows there should be, one a label.
        n_rows: usize,
        /// Values in a row.
        dim: usize,
    },
    /// A value is NaN or infinite, or a scale is negative.
    #[error(
        "{what}: row {row}, column {column} is {got}; remove or repair it, every value must be {allowed}"
    )]
    Value {
        /// `"samples"`, `"prototypes"`, `"metric"`, `"scaler"` ….
        what: &'static str,
        /// Row of the value, from 0.
        row: usize,
        /// Dimension of the value, from 0.
        column: usize,
        /// The value.
        got: f64,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A label is not below the number of classes.
    #[error(
        "{what}: row {row} has label {got}, but there are {n_classes} classes (labels start at 0)"
    )]
    Label {
        /// `"samples"`, `"prototypes"` or `"source"`.
        what: &'static str,
        /// Row of the label, from 0.
        row: usize,
        /// The label.
        got: u32,
        /// Labels must be below this.
        n_classes: usize,
    },
    /// A class has no example to place prototypes on.
    #[error("class {class} has no example; add some or remove the class")]
    EmptyClass {
        /// Index of the class.
        class: usize,
    },
    /// Samples and codebook differ in dimension or number of classes.
    #[error("{what}: the samples have {samples}, the codebook {codebook}; they must be equal")]
    Mismatch {
        /// `"dim"`, `"n_classes"`, or `"n_prototypes"` (rates of OLVQ1: theirs in place of the samples').
        what: &'static str,
        /// In the samples.
        samples: usize,
        /// In the codebook.
        codebook: usize,
    },
    /// Samples of a class cannot be learnt without a prototype of it.
    #[error("class {class} has samples but no prototype; give it one before training")]
    NoPrototype {
        /// Index of the class.
        class: u32,
    },
    /// The rule compares classes, and the codebook has prototypes of one only.
    #[error("the prototypes are all of class {class}; this rule needs at least two classes")]
    OneClass {
        /// Index of the class.
        class: u32,
    },
    /// The rule learns a metric, and the codebook has one of another kind.
    #[error("the codebook's metric is not {needed}; start from one that is, or from the Euclidean")]
    Metric {
        /// The kind of metric the rule learns.
        needed: &'static str,
    },
    /// Something that quantization has no integers for.
    #[error("{what} cannot be quantized; {remedy}")]
    Unquantizable {
        /// What it is.
        what: &'static str,
        /// What to do instead.
        remedy: &'static str,
    },
    /// A source could not deliver a sample.
    #[cfg(feature = "std")]
    #[error("sample {index} could not be had: {reason}")]
    Source {
        /// Index of the sample.
        index: usize,
        /// Why, and what can be done.
        reason: String,
    },
    /// The checkpoint comes from another training.
    #[error(
        "the checkpoint belongs to other samples, another codebook or another rule; resume it with those it was made with, or start anew"
    )]
    Checkpoint,
    /// Training made all relevances, or all values of a matrix, zero: every vector would be as near to every prototype.
    /// The codebook was left as it was.
    #[error(
        "the metric became all zero in epoch {epoch}; lower metric_learning_rate, or check the labels"
    )]
    Vanished {
        /// Epoch, from 0.
        epoch: usize,
    },
    /// Training produced values that are not finite; the codebook was left as it was.
    #[error("training diverged in epoch {epoch}; standardise the samples or lower learning_rate")]
    Diverged {
        /// Epoch, from 0.
        epoch: usize,
    },
}

/// `Ok` if `ok`, else the refusal of `field`.
pub(crate) fn require(
    ok: bool,
    field: &'static str,
    got: f64,
    allowed: &'static str,
) -> Result<(), Error> {
    if ok {
        Ok(())
    } else {
        Err(Error::Config {
            field,
            got,
            allowed,
        })
    }
}
