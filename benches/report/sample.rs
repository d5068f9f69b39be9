//! Repeated measurements: the median, and the quartiles as the spread.

/// Median and quartiles of some measurements.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sample {
    /// The middle one.
    pub median: f64,
    /// First quartile.
    pub low: f64,
    /// Third quartile.
    pub high: f64,
    /// How many there were.
    pub count: usize,
}

impl Sample {
    /// Of these measurements, of which there must be one.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Sample {
        let mut values: Vec<f64> = values.into_iter().collect();
        assert!(!values.is_empty(), "nothing was measured");
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = share * (values.len() - 1) as f64;
            let (below, above) = (place.floor() as usize, place.ceil() as usize);
            values[below] + (values[above] - values[below]) * (place - below as f64)
        };
        Sample { median: at(0.5), low: at(0.25), high: at(0.75), count: values.len() }
    }

    /// Of the ratios of measurements made in turns.
    pub fn ratios(above: &[f64], below: &[f64]) -> Sample {
        assert_eq!(above.len(), below.len(), "ratios are of pairs");
        Sample::of(above.iter().zip(below).map(|(a, b)| a / b))
    }

    /// The half distance of the quartiles as a share of the median.
    pub fn noise(&self) -> f64 {
        (self.high - self.low) / 2.0 / self.median.abs()
    }
}
