//! Where something stops being true.

/// The place between `low` and `high` up to which `is_below` holds, to the last bit: about sixty halvings.
pub(crate) fn bisect(mut low: f64, mut high: f64, is_below: impl Fn(f64) -> bool) -> f64 {
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        match is_below(middle) {
            true => low = middle,
            false => high = middle,
        }
    }
}
