use crate::elementary::exp;

/// How much of a winner's move the units around it make, by their distance m from it on the map and the radius r.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Neighbourhood {
    /// exp(−m² / 2r²).
    Gaussian,
    /// 1 where m ≤ r, else 0.
    Bubble,
}

impl Neighbourhood {
    /// The share, 0 to 1, of a unit whose squared distance on the map is m². With r = 0 only the winner moves.
    pub fn share(self, squared_distance: f64, radius: f64) -> f64 {
        match self {
            Self::Gaussian => {
                let exponent = squared_distance / (2.0 * radius * radius);
                match exponent {
                    _ if squared_distance == 0.0 => 1.0,
                    e if e < 700.0 => exp(-e),
                    _ => 0.0,
                }
            }
            Self::Bubble => f64::from(u8::from(squared_distance.sqrt() <= radius)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_fall_with_distance() {
        let gaussian = Neighbourhood::Gaussian;
        assert_eq!(gaussian.share(0.0, 2.0), 1.0);
        assert!((gaussian.share(4.0, 2.0) - (-0.5f64).exp()).abs() < 1e-15);
        assert_eq!(
            (gaussian.share(0.0, 0.0), gaussian.share(1.0, 0.0)),
            (1.0, 0.0)
        );
        assert_eq!(gaussian.share(1.0, 1e-200), 0.0);
        let bubble = Neighbourhood::Bubble;
        assert_eq!((bubble.share(1.0, 1.0), bubble.share(2.0, 1.1)), (1.0, 0.0));
        assert_eq!((bubble.share(0.0, 0.0), bubble.share(1.0, 0.0)), (1.0, 0.0));
    }
}
