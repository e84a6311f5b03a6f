//! Figures in texts: tables that stand between two marks are made from a bench's JSON, never typed.
//!
//! `bench NAME --publish` keeps the JSON in `crates/audio-dsp/charts` and rewrites the tables;
//! `tidy` compares them.

use std::fs;

use anyhow::{Context as _, ensure};
use serde_json::Value;

use crate::{
    progress::say,
    workspace::{Workspace, write_file},
};

/// Where published figures are kept, relative to the repository.
pub(crate) const FOLDER: &str = "crates/audio-dsp/charts";

/// The texts that quote figures.
pub(crate) const TEXTS: [&str; 2] = ["README.md", "crates/audio-dsp/README.md"];

const BEGIN: &str = "<!-- figures: ";
const END: &str = "<!-- end of figures -->";

/// A column of a table: its key in the JSON, its heading, and how its values are written.
struct Column {
    key: &'static str,
    heading: &'static str,
    write: fn(&Value) -> Option<String>,
}

/// All columns that there can be, in order. A table has those of which any row has a value.
const COLUMNS: [Column; 9] = [
    Column {
        key: "name",
        heading: "what",
        write: text,
    },
    Column {
        key: "place",
        heading: "where",
        write: text,
    },
    Column {
        key: "median_us",
        heading: "median, us",
        write: decimal,
    },
    Column {
        key: "p99_us",
        heading: "p99, us",
        write: decimal,
    },
    Column {
        key: "times_ours",
        heading: "times ours",
        write: decimal,
    },
    Column {
        key: "bytes_brotli",
        heading: "download, KB",
        write: kilobytes,
    },
    Column {
        key: "f1",
        heading: "F1",
        write: fraction,
    },
    Column {
        key: "roc_auc",
        heading: "ROC-AUC",
        write: fraction,
    },
    Column {
        key: "fault",
        heading: "fault",
        write: text,
    },
];

/// Rewrites the tables of all texts from the published figures.
pub(crate) fn update(workspace: &Workspace) -> anyhow::Result<()> {
    for path in TEXTS {
        let file = workspace.path(path);
        let text = fs::read_to_string(&file).with_context(|| format!("cannot read {path}"))?;
        let renewed = renew(&text, |name| published(workspace, name))?;
        if renewed != text {
            write_file(&file, renewed.as_bytes())?;
            say(format!("renewed the figures in {path}"));
        }
    }
    Ok(())
}

/// What `path` would say if its figures were renewed.
pub(crate) fn renewed(workspace: &Workspace, text: &str) -> anyhow::Result<String> {
    renew(text, |name| published(workspace, name))
}

fn published(workspace: &Workspace, name: &str) -> anyhow::Result<Value> {
    let path = format!("{FOLDER}/{name}.json");
    let json = fs::read_to_string(workspace.path(&path)).with_context(|| {
        format!("cannot read {path}; `cargo xtask bench {name} -- --publish` makes it")
    })?;
    serde_json::from_str(&json).with_context(|| format!("{path} is not JSON"))
}

/// Replaces what stands between each pair of marks.
fn renew(text: &str, figures: impl Fn(&str) -> anyhow::Result<Value>) -> anyhow::Result<String> {
    let mut renewed = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (name, after) = after
            .split_once(" -->")
            .context("a mark for figures is not closed")?;
        let (_, after) = after
            .split_once(END)
            .with_context(|| format!("the figures of {name:?} have no end: write {END:?}"))?;
        let table = table(&figures(name)?)?;
        renewed += &format!("{before}{BEGIN}{name} -->\n{table}{END}");
        rest = after;
    }
    Ok(renewed + rest)
}

/// The rows as a Markdown table.
fn table(figures: &Value) -> anyhow::Result<String> {
    let rows = figures["rows"]
        .as_array()
        .context("the figures have no rows")?;
    ensure!(!rows.is_empty(), "the figures have no row");
    let columns: Vec<&Column> = COLUMNS
        .iter()
        .filter(|column| {
            rows.iter()
                .any(|row| (column.write)(&row[column.key]).is_some())
        })
        .collect();
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let headings = columns
        .iter()
        .map(|column| column.heading.to_owned())
        .collect();
    let rules = columns.iter().map(|column| match column.key {
        "name" | "place" | "fault" => "---".to_owned(),
        _ => "---:".to_owned(),
    });
    let mut table = line(headings) + &line(rules.collect());
    for row in rows {
        let cell = |column: &&Column| (column.write)(&row[column.key]).unwrap_or_default();
        table += &line(columns.iter().map(cell).collect());
    }
    Ok(table)
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn decimal(value: &Value) -> Option<String> {
    value.as_f64().map(|value| format!("{value:.1}"))
}

fn fraction(value: &Value) -> Option<String> {
    value.as_f64().map(|value| format!("{value:.4}"))
}

fn kilobytes(value: &Value) -> Option<String> {
    value
        .as_f64()
        .map(|bytes| format!("{:.0}", bytes / 1_000.0))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use serde_json::json;

    use super::*;

    fn figures(name: &str) -> anyhow::Result<Value> {
        ensure!(name == "vad", "there is no {name}");
        Ok(json!({ "rows": [
            { "name": "ours", "median_us": 16.44, "bytes_brotli": 408_359, "p99_us": null },
            { "name": "theirs", "median_us": 303.3, "bytes_brotli": 4_161_000 },
        ]}))
    }

    #[test]
    fn a_table_has_the_columns_that_have_values() {
        let text = "Before\n<!-- figures: vad -->\nold\n<!-- end of figures -->\nafter\n";
        let expected = "Before\n<!-- figures: vad -->\n\
            | what | median, us | download, KB |\n\
            | --- | ---: | ---: |\n\
            | ours | 16.4 | 408 |\n\
            | theirs | 303.3 | 4161 |\n\
            <!-- end of figures -->\nafter\n";
        assert_eq!(renew(text, figures).unwrap(), expected);
        assert_eq!(
            renew(expected, figures).unwrap(),
            expected,
            "and stays as it is"
        );
    }

    #[test]
    fn marks_that_lead_nowhere_are_refused() {
        for (text, expected) in [
            ("<!-- figures: vad -->\n", "have no end"),
            (
                "<!-- figures: gone -->\n<!-- end of figures -->",
                "there is no gone",
            ),
        ] {
            let message = renew(text, figures).unwrap_err().to_string();
            assert!(message.contains(expected), "{message}");
        }
    }
}
