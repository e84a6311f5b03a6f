//! `cargo xtask tidy`: the rules of the repository that no compiler knows.
//!
//! # Layout
//! - [`places`]: what lies where: top-level entries, a README for each package, file length
//! - [`words`]: what no file may say
//! - [`rooms`]: which package may depend on which
//! - [`browser_code`]: what the pages and the audio thread's script may not touch
//! - [`licenses`]: the licences of everything that is built in

mod browser_code;
mod licenses;
mod places;
mod rooms;
mod words;

use std::{
    fmt::{self, Display},
    fs,
    process::Command,
};

use anyhow::{Context as _, bail};

use crate::{figures, progress::say, tool, workspace::Workspace};

/// A text file of the repository.
#[derive(Debug)]
struct SourceFile {
    /// Path relative to the repository, with slashes.
    path: String,
    /// What it says.
    text: String,
}

/// A place where a rule is broken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// File or folder, relative to the repository.
    path: String,
    /// Line in the file, counted from 1, where one is to blame.
    line: Option<usize>,
    /// Whether the rule has to hold, or asks to think again.
    severity: Severity,
    /// Name of the rule.
    rule: &'static str,
    /// What is wrong, and what to do about it.
    message: String,
}

/// What a finding means for the whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Severity {
    /// The repository is not tidy.
    Error,
    /// The repository is tidy, but look again.
    Warning,
}

/// Checks all rules, prints what breaks them and fails unless nothing does.
pub(crate) fn execute(workspace: &Workspace) -> anyhow::Result<()> {
    let paths = tracked_paths(workspace)?;
    let files = read_texts(workspace, &paths)?;
    let metadata = workspace.metadata()?;
    let own = rooms::own_packages(workspace, &metadata)?;

    let mut findings = places::check(&paths, &files, &own);
    for file in &files {
        findings.extend(words::check(file));
        findings.extend(browser_code::check(file));
    }
    findings.extend(rooms::check(&own));
    findings.extend(stale_figures(workspace)?);
    let deny = fs::read_to_string(workspace.path(licenses::CONFIGURATION))
        .with_context(|| format!("cannot read {}", licenses::CONFIGURATION))?;
    findings.extend(licenses::check(
        &deny,
        &licenses::foreign_packages(&metadata),
    )?);

    findings.sort();
    for finding in &findings {
        say(finding.to_string());
    }
    let errors = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    if errors > 0 {
        bail!("{errors} rules of the repository are broken");
    }
    say(format!("tidy: {} files keep the rules", paths.len()));
    Ok(())
}

/// Texts whose figures are not those that were published.
fn stale_figures(workspace: &Workspace) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for path in figures::TEXTS {
        let text = fs::read_to_string(workspace.path(path))
            .with_context(|| format!("cannot read {path}"))?;
        match figures::renewed(workspace, &text) {
            Ok(renewed) if renewed == text => {}
            Ok(_) => findings.push(Finding::new(
                path,
                "figures",
                "its figures are not those of the published benches; `cargo xtask bench NAME -- \
                 --publish` renews both",
            )),
            Err(error) => findings.push(Finding::new(path, "figures", error.to_string())),
        }
    }
    Ok(findings)
}

impl Finding {
    fn new(path: impl Into<String>, rule: &'static str, message: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            line: None,
            severity: Severity::Error,
            rule,
            message: message.into(),
        }
    }

    /// The same, at a line given by its index from 0.
    fn at_index(mut self, index: usize) -> Self {
        self.line = Some(index + 1);
        self
    }

    fn into_warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

impl Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            line,
            severity,
            rule,
            message,
        } = self;
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        let severity = match severity {
            Severity::Error => "",
            Severity::Warning => "warning: ",
        };
        write!(f, "{path}{line}: {severity}[{rule}] {message}")
    }
}

/// Every file that is, or would be, committed.
fn tracked_paths(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let mut git = Command::new("git");
    git.args([
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ])
    .current_dir(workspace.root());
    let listed = tool::read(
        &mut git,
        "`git ls-files` (tidy looks at what git would commit)",
    )?;
    let mut paths: Vec<String> = listed
        .split_terminator('\0')
        .filter(|path| workspace.path(path).is_file())
        .map(str::to_owned)
        .collect();
    paths.sort();
    paths.dedup();
    Ok(paths)
}

/// The files that are text; recordings and weights are not.
fn read_texts(workspace: &Workspace, paths: &[String]) -> anyhow::Result<Vec<SourceFile>> {
    let mut files = Vec::new();
    for path in paths {
        let bytes =
            fs::read(workspace.path(path)).with_context(|| format!("cannot read {path}"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(SourceFile {
                path: path.clone(),
                text,
            });
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_file_line_rule_and_remedy() {
        let finding = Finding::new("web/a.js", "length", "too long: split it");
        assert_eq!(finding.to_string(), "web/a.js: [length] too long: split it");
        assert_eq!(
            finding.at_index(6).into_warning().to_string(),
            "web/a.js:7: warning: [length] too long: split it",
        );
    }
}
