//! What 32 ms of audio cost a detector, out of many measurements.

/// Milliseconds of audio that all figures are given for.
const WINDOW_MS: f64 = 32.0;

/// Windows that are averaged before the median is taken. A browser's clock counts in 5 us, a good
/// part of what the fastest detector takes. A step of 96 ms divides it too.
const WINDOWS_PER_GROUP: usize = 12;

/// What 32 ms of audio cost, in microseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Timing {
    /// Half of the measurements took less.
    pub median_us: f64,
    /// The least.
    pub min_us: f64,
    /// One in a hundred single windows took longer; unknown where the clock is too coarse.
    pub p99_us: Option<f64>,
}

impl Timing {
    /// From windows that were timed one by one with a fine clock.
    pub fn of_windows(mut windows_us: Vec<f64>) -> Option<Self> {
        let p99_us = quantile(&mut windows_us, 0.99);
        Self::of_means(windows_us).map(|timing| Self { p99_us, ..timing })
    }

    /// From passes over a recording whose steps, of `step_samples` at 16 kHz, were timed one by
    /// one with a browser's clock. Median and least are those of groups of steps.
    pub fn of_steps(step_samples: usize, passes_us: &[Vec<f64>]) -> Option<Self> {
        let windows_per_step = step_samples as f64 / 16.0 / WINDOW_MS;
        let steps_per_group = (WINDOWS_PER_GROUP as f64 / windows_per_step) as usize;
        let mut groups = Vec::new();
        let mut steps = Vec::new();
        for pass_us in passes_us {
            let per_window = |step_us: &f64| step_us / windows_per_step;
            steps.extend(pass_us.iter().map(per_window));
            groups.extend(
                pass_us
                    .chunks_exact(steps_per_group)
                    .map(|group| group.iter().map(per_window).sum::<f64>() / group.len() as f64),
            );
        }
        let p99_us = quantile(&mut steps, 0.99);
        Self::of_means(groups).map(|timing| Self { p99_us, ..timing })
    }

    /// From means over many windows each.
    pub fn of_means(mut means_us: Vec<f64>) -> Option<Self> {
        Some(Self {
            median_us: quantile(&mut means_us, 0.5)?,
            min_us: quantile(&mut means_us, 0.0)?,
            p99_us: None,
        })
    }
}

/// A figure with so many decimals as mean something.
pub fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}

fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let last = values.len().checked_sub(1)?;
    Some(values[(last as f64 * share).round() as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_windows_for_the_median_and_keeps_them_apart_for_the_rest() {
        // One slow step in a hundred and one: the p99 sees it, the median does not.
        let mut pass_us = vec![10.0; 120];
        pass_us[..2].fill(70.0);
        let timing = Timing::of_steps(512, &[pass_us]);
        let expected = Timing {
            median_us: 10.0,
            min_us: 10.0,
            p99_us: Some(70.0),
        };
        assert_eq!(timing, Some(expected));
    }

    #[test]
    fn a_long_step_counts_as_the_windows_in_it() {
        let timing = Timing::of_steps(1536, &[vec![300.0; 8], vec![600.0; 4]]);
        let expected = Timing {
            median_us: 100.0,
            min_us: 100.0,
            p99_us: Some(200.0),
        };
        assert_eq!(timing, Some(expected));
    }

    #[test]
    fn nothing_measured_has_no_timing() {
        assert_eq!(Timing::of_steps(512, &[]), None);
        assert_eq!(Timing::of_means(Vec::new()), None);
    }
}
