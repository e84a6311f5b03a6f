//! The detectors with what was measured of them, while they take turns.

use std::path::Path;

use anyhow::Result;
use switchboard_tests::{
    recording::read_labels,
    score::{Judgement, Score},
    timing::{Timing, rounded},
};

use crate::{
    detectors::Detector,
    labelled::Labelled,
    page::Page,
    report::Row,
    weight::{self, Weight},
};

/// A detector with what was measured.
pub(crate) struct Contestant {
    detector: Detector,
    /// Samples of a step, or why the detector cannot take part.
    loaded: Result<usize>,
    /// Microseconds of each step on the page, pass after pass.
    passes_us: Vec<Vec<f64>>,
    /// Mean microseconds of a step in the audio thread, block after block.
    worklet_means_us: Vec<f64>,
    score: Score,
}

impl Contestant {
    /// Prepares a detector. One that cannot be prepared stays, and says why.
    pub(crate) async fn load(page: &Page, detector: Detector) -> Self {
        Self {
            loaded: page.load(&detector).await,
            detector,
            passes_us: Vec::new(),
            worklet_means_us: Vec::new(),
            score: Score::default(),
        }
    }

    /// Takes one turn in each place.
    pub(crate) async fn measure(&mut self, page: &Page) -> Result<()> {
        if self.loaded.is_err() {
            return Ok(());
        }
        let id = self.detector.id;
        self.passes_us.push(page.time_page(id).await?);
        if self.detector.worklet.is_some() {
            self.worklet_means_us.push(page.time_worklet(id).await?);
        }
        Ok(())
    }

    /// Forgets the turns so far: browsers compile anew what runs often.
    pub(crate) fn warmed_up(&mut self) {
        self.passes_us.clear();
        self.worklet_means_us.clear();
    }

    /// Judges the labelled recordings.
    pub(crate) async fn judge(&mut self, page: &Page, recordings: &[Labelled]) -> Result<()> {
        if self.loaded.is_err() {
            return Ok(());
        }
        for recording in recordings {
            let url = format!("/labelled/{}", recording.name);
            let said = page.judge(self.detector.id, &url).await?;
            let judgement = Judgement {
                frame_s: f64::from(said.frame_samples) / 16_000.0,
                probabilities: said.probabilities,
            };
            let speech = read_labels(&recording.labels)?;
            self.score.add(recording.duration_s, &speech, &judgement);
        }
        Ok(())
    }

    /// Why the detector did not take part.
    pub(crate) fn fault(&self) -> Option<String> {
        let cause = self.loaded.as_ref().err()?.root_cause().to_string();
        Some(cause.lines().next().unwrap_or_default().to_owned())
    }

    /// One row for each place, with `ours` as the measure.
    fn rows(&self, ours: &Self, weight: Weight) -> Vec<Row> {
        let Self {
            detector, score, ..
        } = self;
        let f1 = |threshold| score.f1(threshold).map(|f1| rounded(f1, 4));
        let row = |place| Row {
            name: detector.name,
            place,
            f1: f1(0.5),
            own_threshold: detector.threshold,
            f1_own_threshold: f1(detector.threshold),
            roc_auc: score.roc_auc().map(|area| rounded(area, 4)),
            is_ours: detector.is_ours(),
            fault: self.fault(),
            ..Row::weighing(weight)
        };
        let mut rows = Vec::new();
        if detector.worklet.is_some() {
            rows.push(row("AudioWorklet").timed(self.in_worklet(), ours.in_worklet()));
        }
        rows.push(row("page").timed(self.on_page(), ours.on_page()));
        rows
    }

    fn on_page(&self) -> Option<Timing> {
        Timing::of_steps(*self.loaded.as_ref().ok()?, &self.passes_us)
    }

    fn in_worklet(&self) -> Option<Timing> {
        Timing::of_means(self.worklet_means_us.clone())
    }
}

/// The rows of all; the first is the measure. Compressed files are kept in `cache`.
pub(crate) fn rows(contestants: &[Contestant], cache: &Path) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for contestant in contestants {
        let weight = weight::of(&contestant.detector.files, cache)?;
        rows.extend(contestant.rows(&contestants[0], weight));
    }
    Ok(rows)
}
