//! Logarithm of the mel energies.

/// `ln(max(e, floor))` in place.
pub(crate) fn floored_ln(energies: &mut [f32], floor: f32) {
    for e in energies {
        *e = e.max(floor).ln();
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn floors_first() {
        let mut energies = [0.0, 1e-9, 1.0, 2.0];
        super::floored_ln(&mut energies, 1e-7);
        assert_eq!(energies, [1e-7f32.ln(), 1e-7f32.ln(), 0.0, 2f32.ln()]);
    }
}
