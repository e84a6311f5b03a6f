//! The programs that the browser tests need: Chromium and its WebDriver server.

use std::process::Command;

use anyhow::bail;

use crate::{progress::say, tool};

/// Programs, by any of the names that the tests look for, with the Debian package of each.
const NEEDED: [(&[&str], &str); 2] = [
    (
        &["chromium", "chromium-browser", "google-chrome"],
        "chromium",
    ),
    (&["chromedriver"], "chromium-driver"),
];

/// Installs what is missing where that is possible without asking anybody, that is as root on a
/// Debian-like system.
pub(super) fn ensure_installed() -> anyhow::Result<()> {
    let missing = missing_packages(|program| tool::find(program).is_some());
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    let can_install = tool::find("apt-get").is_some() && is_root()?;
    if !can_install {
        bail!(
            "the browser tests need Chromium and ChromeDriver, and these Debian packages are not \
             installed: {names}. As root: `apt-get install {names}`; on other systems install \
             `chromium` and a `chromedriver` of the same version and put them on the search \
             path. `cargo xtask test --no-browser` leaves these tests out"
        );
    }
    say(format!("  installing {names}"));
    apt_get(&["update", "--quiet"])?;
    let mut install = vec!["install", "--quiet", "--yes", "--no-install-recommends"];
    install.extend(&missing);
    apt_get(&install)?;

    let missing = missing_packages(|program| tool::find(program).is_some());
    if !missing.is_empty() {
        bail!(
            "{} did not bring the programs that the browser tests start: put `chromium` and \
             `chromedriver` on the search path",
            missing.join(" ")
        );
    }
    Ok(())
}

fn missing_packages(is_there: impl Fn(&str) -> bool) -> Vec<&'static str> {
    NEEDED
        .iter()
        .filter(|(names, _)| !names.iter().any(|name| is_there(name)))
        .map(|&(_, package)| package)
        .collect()
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
    use super::missing_packages;

    #[test]
    fn names_the_packages_of_missing_programs() {
        let cases: [(&[&str], &[&str]); 3] = [
            (&["chromium", "chromedriver"], &[]),
            (&["google-chrome"], &["chromium-driver"]),
            (&[], &["chromium", "chromium-driver"]),
        ];
        for (there, expected) in cases {
            assert_eq!(
                missing_packages(|program| there.contains(&program)),
                expected
            );
        }
    }
}
