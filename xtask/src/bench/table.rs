//! Rows of figures, on the terminal and as JSON.

use std::fmt::{self, Display};

use anyhow::Context as _;
use serde_json::{Value, json};

/// Figures of one bench: named columns, one row for each thing measured.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

/// One entry of a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    /// A number of things.
    Count(u64),
    /// Words, such as the name of what was measured.
    Text(String),
}

impl Table {
    /// A table without rows. A column's name is the name of the field in JSON and carries the
    /// unit.
    pub(super) fn new(columns: &[&'static str]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    /// Adds a row: one cell per column.
    pub(super) fn push<const N: usize>(&mut self, row: [Cell; N]) {
        assert_eq!(N, self.columns.len(), "a row has one cell per column");
        self.rows.push(row.into());
    }

    /// The figures as they are kept: `{"bench": NAME, "rows": [{COLUMN: CELL, ...}, ...]}`.
    pub(super) fn to_json(&self, bench: &str) -> anyhow::Result<String> {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let fields = self.columns.iter().zip(row);
                fields
                    .map(|(&name, cell)| (name.to_owned(), cell.to_json()))
                    .collect()
            })
            .collect();
        let mut text = serde_json::to_string_pretty(&json!({ "bench": bench, "rows": rows }))
            .context("cannot write the figures as JSON")?;
        text.push('\n');
        Ok(text)
    }
}

impl Cell {
    fn to_json(&self) -> Value {
        match self {
            Self::Count(count) => json!(count),
            Self::Text(text) => json!(text),
        }
    }

    fn is_number(&self) -> bool {
        match self {
            Self::Count(_) => true,
            Self::Text(_) => false,
        }
    }
}

impl Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => write!(f, "{count}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

impl Display for Table {
    /// Columns as wide as their widest cell, numbers to the right.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| row.iter().map(Cell::to_string).collect())
            .collect();
        let widths: Vec<usize> = (0..self.columns.len())
            .map(|index| {
                let cells = shown.iter().map(|row| row[index].chars().count());
                cells.fold(self.columns[index].chars().count(), usize::max)
            })
            .collect();
        let numeric: Vec<bool> = (0..self.columns.len())
            .map(|index| self.rows.iter().all(|row| row[index].is_number()))
            .collect();

        let mut line = |cells: &mut dyn Iterator<Item = &str>| {
            let padded: Vec<String> = cells
                .zip(widths.iter().zip(&numeric))
                .map(|(cell, (&width, &numeric))| {
                    if numeric {
                        format!("{cell:>width$}")
                    } else {
                        format!("{cell:<width$}")
                    }
                })
                .collect();
            writeln!(f, "{}", padded.join("  ").trim_end())
        };
        line(&mut self.columns.iter().copied())?;
        for row in &shown {
            line(&mut row.iter().map(String::as_str))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn example() -> Table {
        let mut table = Table::new(&["name", "size_bytes"]);
        table.push([Cell::Text("long-name.js".to_owned()), Cell::Count(7)]);
        table.push([Cell::Text("b".to_owned()), Cell::Count(123_456_789_000)]);
        table
    }

    #[test]
    fn prints_columns_as_wide_as_their_widest_cell() {
        let expected = [
            "name            size_bytes",
            "long-name.js             7",
            "b             123456789000",
            "",
        ];
        assert_eq!(example().to_string(), expected.join("\n"));
    }

    #[test]
    fn keeps_rows_as_objects_named_by_their_columns() {
        let value: Value = serde_json::from_str(&example().to_json("sizes").unwrap()).unwrap();
        let expected = json!({
            "bench": "sizes",
            "rows": [
                { "name": "long-name.js", "size_bytes": 7 },
                { "name": "b", "size_bytes": 123_456_789_000_u64 },
            ],
        });
        assert_eq!(value, expected);
    }
}
