//! The programs that tests start: a browser with its WebDriver server, Node.js and Python.

use std::process::Command;

use anyhow::bail;

use crate::{progress::say, tool};

/// A program, by any of the names that the tests look for, and its Debian package.
#[derive(Debug)]
pub(super) struct Program {
    names: &'static [&'static str],
    package: &'static str,
}

/// What the browser tests start.
pub(super) const BROWSER: &[Program] = &[
    Program {
        names: &["chromium", "chromium-browser", "google-chrome"],
        package: "chromium",
    },
    Program {
        names: &["chromedriver"],
        package: "chromium-driver",
    },
];

/// What the tests of the page's scripts start.
pub(super) const NODE: &[Program] = &[Program {
    names: &["node"],
    package: "nodejs",
}];

/// What the comparison with ONNX Runtime starts. The package brings Python's `venv` along.
pub(super) const PYTHON: &[Program] = &[Program {
    names: &["python3"],
    package: "python3-venv",
}];

/// Installs what is missing where that is possible without asking anybody, that is as root on a
/// Debian-like system; otherwise says what is missing and how to get it.
pub(super) fn ensure_installed(programs: &[Program]) -> anyhow::Result<()> {
    let is_there = |name: &str| tool::find(name).is_some();
    let missing = missing(programs, is_there);
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing
        .iter()
        .map(|program| program.package)
        .collect::<Vec<_>>();
    if tool::find("apt-get").is_none() || !is_root()? {
        bail!(advice(&missing));
    }
    say(format!("  installing {}", packages.join(" ")));
    apt_get(&["update", "--quiet"])?;
    let install = ["install", "--quiet", "--yes", "--no-install-recommends"];
    apt_get(&[&install, packages.as_slice()].concat())?;

    let missing = self::missing(programs, is_there);
    if !missing.is_empty() {
        bail!("the packages are installed, and yet: {}", advice(&missing));
    }
    Ok(())
}

fn missing(programs: &[Program], is_there: impl Fn(&str) -> bool) -> Vec<&Program> {
    programs
        .iter()
        .filter(|program| !program.names.iter().any(|name| is_there(name)))
        .collect()
}

/// What to do about programs that are missing.
fn advice(missing: &[&Program]) -> String {
    let names: Vec<&str> = missing.iter().map(|program| program.names[0]).collect();
    let packages: Vec<&str> = missing.iter().map(|program| program.package).collect();
    format!(
        "{names} must be on the search path. On Debian and its kin, as root: `apt-get install \
         {packages}`; on other systems install them from where you get your programs (a \
         `chromedriver` of Chromium's own version; Node.js 18 or newer)",
        names = names.join(" and "),
        packages = packages.join(" "),
    )
}

fn is_root() -> anyhow::Result<bool> {
    let mut id = Command::new("id");
    Ok(tool::read(id.arg("-u"), "asking for the user's number")?.trim() == "0")
}

fn apt_get(arguments: &[&str]) -> anyhow::Result<()> {
    let mut command = Command::new("apt-get");
    command
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive");
    tool::run(&mut command, &format!("`apt-get {}`", arguments.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_there_under_any_of_its_names() {
        let cases: [(&[&str], &[&str]); 3] = [
            (&["chromium", "chromedriver"], &[]),
            (&["google-chrome"], &["chromium-driver"]),
            (&[], &["chromium", "chromium-driver"]),
        ];
        for (there, expected) in cases {
            let missing = missing(BROWSER, |program| there.contains(&program));
            let packages: Vec<&str> = missing.iter().map(|program| program.package).collect();
            assert_eq!(packages, expected);
        }
    }

    #[test]
    fn what_is_missing_is_named_with_its_package() {
        let advice = advice(&missing(BROWSER, |_| false));
        assert!(advice.starts_with("chromium and chromedriver"), "{advice}");
        assert!(
            advice.contains("apt-get install chromium chromium-driver"),
            "{advice}"
        );
    }
}
