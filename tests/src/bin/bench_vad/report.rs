//! The rows of the comparison, on the terminal and as JSON.

use std::fmt::{self, Display};

use serde::Serialize;
use switchboard_tests::timing::{Timing, rounded};

use crate::{
    chart::{Bar, Chart},
    weight::Weight,
};

/// Everything that one run found out.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The name of the bench.
    pub(crate) bench: &'static str,
    /// The browser that ran it.
    pub(crate) browser: String,
    /// Recordings that accuracy was measured on.
    pub(crate) labelled_recordings: usize,
    /// One for each detector and place.
    pub(crate) rows: Vec<Row>,
}

/// A detector where it ran. What was not measured is left empty.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Row {
    /// The detector.
    pub(crate) name: &'static str,
    /// `page` (a page's main thread) or `AudioWorklet`.
    pub(crate) place: &'static str,
    /// What 32 ms of audio cost, in microseconds: half of the measurements.
    pub(crate) median_us: Option<f64>,
    /// The least.
    pub(crate) min_us: Option<f64>,
    /// All but one in a hundred.
    pub(crate) p99_us: Option<f64>,
    /// The median over ours in the same place.
    pub(crate) times_ours: Option<f64>,
    /// Bytes of everything that a browser fetches for it.
    pub(crate) bytes_raw: u64,
    /// The same, compressed.
    pub(crate) bytes_brotli: u64,
    /// F1 at a threshold of 0.5.
    pub(crate) f1: Option<f64>,
    /// The threshold that its authors chose.
    pub(crate) own_threshold: f64,
    /// F1 at that threshold.
    pub(crate) f1_own_threshold: Option<f64>,
    /// Area under the receiver operating characteristic.
    pub(crate) roc_auc: Option<f64>,
    /// Whether it is one of our own builds.
    #[serde(skip)]
    pub(crate) is_ours: bool,
    /// Why there are no figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) fault: Option<String>,
}

impl Report {
    /// The rows of the page as bars, the fastest first.
    pub(crate) fn chart(&self) -> Chart {
        let measured = self.rows.iter().filter(|row| row.place == "page");
        let mut bars: Vec<Bar> = measured
            .filter_map(|row| {
                let value = row.median_us?;
                let megabytes = row.bytes_brotli as f64 / 1e6;
                Some(Bar {
                    label: row.name.to_owned(),
                    value,
                    figures: format!("{value:.0} µs · {megabytes:.2} MB"),
                    is_ours: row.is_ours,
                })
            })
            .collect();
        bars.sort_by(|a, b| a.value.total_cmp(&b.value));
        Chart {
            title: "What a voice detector costs in the browser".to_owned(),
            subtitle: "Time for 32 ms of audio (median, Chromium) · download (brotli)".to_owned(),
            bars,
        }
    }
}

impl Row {
    /// A row with nothing but what the detector weighs.
    pub(crate) fn weighing(weight: Weight) -> Self {
        Self {
            bytes_raw: weight.raw,
            bytes_brotli: weight.brotli,
            ..Self::default()
        }
    }

    /// Takes over a timing, with ours in the same place.
    pub(crate) fn timed(mut self, timing: Option<Timing>, ours: Option<Timing>) -> Self {
        self.median_us = timing.map(|timing| rounded(timing.median_us, 2));
        self.min_us = timing.map(|timing| rounded(timing.min_us, 2));
        self.p99_us = timing.and_then(|timing| Some(rounded(timing.p99_us?, 1)));
        let ratio = |(timing, ours): (Timing, Timing)| timing.median_us / ours.median_us;
        self.times_ours = timing.zip(ours).map(|pair| rounded(ratio(pair), 2));
        self
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let head = [
            "median us",
            "min us",
            "p99 us",
            "x ours",
            "raw KB",
            "brotli KB",
            "F1",
            "F1 own",
            "ROC-AUC",
        ];
        write!(f, "{:<34} {:<12}", "32 ms of audio", "place")?;
        for title in head {
            write!(f, " {title:>9}")?;
        }
        writeln!(f)?;
        for row in &self.rows {
            write!(f, "{:<34} {:<12}", row.name, row.place)?;
            let kilobytes = |bytes| Some(bytes as f64 / 1000.0);
            let cells = [
                (row.median_us, 2),
                (row.min_us, 2),
                (row.p99_us, 1),
                (row.times_ours, 2),
                (kilobytes(row.bytes_raw), 0),
                (kilobytes(row.bytes_brotli), 0),
                (row.f1, 4),
                (row.f1_own_threshold, 4),
                (row.roc_auc, 4),
            ];
            for (value, decimals) in cells {
                let cell = value.map_or_else(|| "-".to_owned(), |v| format!("{v:.decimals$}"));
                write!(f, " {cell:>9}")?;
            }
            writeln!(
                f,
                "{}",
                row.fault
                    .as_ref()
                    .map(|fault| format!("  {fault}"))
                    .unwrap_or_default()
            )?;
        }
        write!(
            f,
            "{}, accuracy on {} recordings",
            self.browser, self.labelled_recordings
        )
    }
}
