//! What lies where.

use std::collections::BTreeSet;

use super::{Finding, SourceFile, rooms::OwnPackage};

/// The rooms, in the order of the data's way, and the files that tools look for at the top.
const TOP_LEVEL: [&str; 22] = [
    ".cargo",
    ".ci",
    ".editorconfig",
    ".gitattributes",
    ".github",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "capture-wasm",
    "crates",
    "deny.toml",
    "relay-server",
    "tests",
    "web",
    "worklet",
    "xtask",
];

/// Files that have to be there, with the reason.
const REQUIRED: [(&str, &str); 3] = [
    (
        "crates/clippy.toml",
        "it forbids clocks, randomness and hash-map iteration in the pure crates",
    ),
    ("deny.toml", "it names the licences that may be built in"),
    ("web/README.md", "each room says what it is"),
];

/// Kinds of files that people read from top to bottom.
const READ_BY_PEOPLE: [&str; 4] = [".rs", ".js", ".css", ".html"];

/// Lines from which a file has to be split.
const LONGEST_LINES: usize = 800;

/// Lines from which splitting is worth a thought.
const LONG_LINES: usize = 500;

/// Files that may be longer than [`LONGEST_LINES`], because splitting would hide their order.
const MAY_BE_LONG: [&str; 0] = [];

/// Checks the places of files: `paths` are all of them, `files` those that are text.
pub(super) fn check(paths: &[String], files: &[SourceFile], own: &[OwnPackage]) -> Vec<Finding> {
    let mut findings = check_top_level(paths);
    findings.extend(check_required(paths));
    findings.extend(check_readmes(paths, own));
    findings.extend(files.iter().filter_map(check_length));
    findings.extend(files.iter().flat_map(check_panic));
    findings.extend(files.iter().filter_map(|file| check_lints(file, own)));
    findings
}

fn check_top_level(paths: &[String]) -> Vec<Finding> {
    let entries: BTreeSet<&str> = paths
        .iter()
        .filter_map(|path| path.split('/').next())
        .collect();
    entries
        .into_iter()
        .filter(|entry| !TOP_LEVEL.contains(entry))
        .map(|entry| {
            Finding::new(
                entry,
                "top-level",
                "the top level holds the rooms and tool files only: move it into the room it \
                 belongs to (a new room is an architecture decision: ARCHITECTURE.md)",
            )
        })
        .collect()
}

fn check_required(paths: &[String]) -> Vec<Finding> {
    REQUIRED
        .iter()
        .filter(|(path, _)| !paths.iter().any(|present| present == path))
        .map(|&(path, reason)| Finding::new(path, "required", format!("missing: {reason}")))
        .collect()
}

fn check_readmes(paths: &[String], own: &[OwnPackage]) -> Vec<Finding> {
    own.iter()
        .map(|package| format!("{}/README.md", package.folder))
        .filter(|readme| !paths.contains(readme))
        .map(|readme| Finding::new(readme, "readme", "missing: each package says what it is"))
        .collect()
}

fn check_length(file: &SourceFile) -> Option<Finding> {
    if !READ_BY_PEOPLE.iter().any(|end| file.path.ends_with(end)) {
        return None;
    }
    let lines = file.text.lines().count();
    let message = format!("{lines} lines: split it by what its parts know");
    let finding = Finding::new(file.path.as_str(), "length", message);
    if lines > LONGEST_LINES && !MAY_BE_LONG.contains(&file.path.as_str()) {
        Some(finding)
    } else if lines > LONG_LINES {
        Some(finding.into_warning())
    } else {
        None
    }
}

/// No profile may abort on panic.
fn check_panic(file: &SourceFile) -> Vec<Finding> {
    let configures_cargo = ["Cargo.toml", ".cargo/config.toml"]
        .iter()
        .any(|name| file.path.ends_with(name));
    if !configures_cargo {
        return Vec::new();
    }
    file.text
        .lines()
        .enumerate()
        .filter(|(_, line)| {
            let setting: String = line.split_whitespace().collect();
            setting.starts_with("panic=\"abort\"") || setting.contains("panic=abort")
        })
        .map(|(index, _)| {
            Finding::new(
                file.path.as_str(),
                "panic",
                "a panic would end every call of the relay, and wasm32 aborts by itself: remove \
                 it",
            )
            .at_index(index)
        })
        .collect()
}

/// Every package of the workspace takes its lint table; a fuzz target is a workspace of its own.
fn check_lints(file: &SourceFile, own: &[OwnPackage]) -> Option<Finding> {
    let folder = file.path.strip_suffix("/Cargo.toml")?;
    let is_ours = own.iter().any(|package| package.folder == folder);
    let takes_lints = file.text.contains("[lints]\nworkspace = true");
    (is_ours && !takes_lints).then(|| {
        Finding::new(
            file.path.as_str(),
            "lints",
            "the package takes no lints: add `[lints]` with `workspace = true`",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::Severity;

    fn file(path: &str, text: String) -> SourceFile {
        SourceFile {
            path: path.to_owned(),
            text,
        }
    }

    fn owned(paths: &[&str]) -> Vec<String> {
        paths.iter().map(|&path| path.to_owned()).collect()
    }

    #[test]
    fn knows_the_rooms_and_nothing_else_at_the_top() {
        let paths = owned(&[
            "crates/a/b.rs",
            "README.md",
            "notes.txt",
            "utils/a.rs",
            "utils/b.rs",
        ]);
        let found: Vec<String> = check_top_level(&paths)
            .into_iter()
            .map(|f| f.path)
            .collect();
        assert_eq!(found, ["notes.txt", "utils"]);
    }

    #[test]
    fn misses_required_files() {
        let paths = owned(&["deny.toml", "web/README.md"]);
        let found: Vec<String> = check_required(&paths).into_iter().map(|f| f.path).collect();
        assert_eq!(found, ["crates/clippy.toml"]);
    }

    #[test]
    fn asks_each_package_for_a_readme() {
        let own = ["worklet", "xtask"].map(|folder| OwnPackage::sample(folder, &[], &[]));
        let found = check_readmes(&owned(&["xtask/README.md"]), &own);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].path, "worklet/README.md");
    }

    #[test]
    fn warns_of_long_files_and_refuses_longer_ones() {
        let cases = [
            ("a.rs", 500, None),
            ("a.rs", 501, Some(Severity::Warning)),
            ("a.rs", 800, Some(Severity::Warning)),
            ("a.css", 801, Some(Severity::Error)),
            ("vectors.json", 9_000, None),
        ];
        for (path, lines, expected) in cases {
            let finding = check_length(&file(path, "x\n".repeat(lines)));
            assert_eq!(
                finding.map(|f| f.severity),
                expected,
                "{path} of {lines} lines"
            );
        }
    }

    #[test]
    fn lets_no_profile_abort_on_panic() {
        let cases = [
            (
                "Cargo.toml",
                "[profile.release]\nlto = true\npanic = \"abort\"\n",
                Some(3),
            ),
            (
                ".cargo/config.toml",
                "rustflags = [\"-Cpanic=abort\"]\n",
                Some(1),
            ),
            (
                "Cargo.toml",
                "# panic = \"abort\" would end every call\n",
                None,
            ),
            ("Cargo.toml", "panic = \"unwind\"\n", None),
            ("README.md", "panic = \"abort\"\n", None),
        ];
        for (path, text, expected) in cases {
            let lines: Vec<_> = check_panic(&file(path, text.to_owned()))
                .into_iter()
                .filter_map(|f| f.line)
                .collect();
            assert_eq!(lines, Vec::from_iter(expected), "{text}");
        }
    }

    #[test]
    fn asks_each_package_of_the_workspace_to_take_the_lints() {
        let own = [OwnPackage::sample("worklet", &[], &[])];
        let cases = [
            ("worklet/Cargo.toml", "[lints]\nworkspace = true\n", false),
            ("worklet/Cargo.toml", "[package]\n", true),
            ("worklet/fuzz/Cargo.toml", "[package]\n", false),
        ];
        for (path, text, refused) in cases {
            let finding = check_lints(&file(path, text.to_owned()), &own);
            assert_eq!(finding.is_some(), refused, "{path}: {text}");
        }
    }
}
