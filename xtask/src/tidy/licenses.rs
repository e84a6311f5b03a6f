//! The licences of everything that is built in.
//!
//! cargo-deny checks the same list, and more, where it is installed; this check needs nothing
//! installed and so holds everywhere.

use anyhow::Context as _;
use cargo_metadata::Metadata;
use serde::Deserialize;
use spdx::{Expression, LicenseReq, ParseMode};

use super::Finding;

/// Where the list is, for cargo-deny and for this check.
pub(super) const CONFIGURATION: &str = "deny.toml";

/// A package of others.
#[derive(Debug)]
pub(super) struct ForeignPackage {
    /// Its name.
    name: String,
    /// Its version.
    version: String,
    /// Its licence as an SPDX expression, if it declares one.
    license: Option<String>,
}

#[derive(Deserialize)]
struct Configuration {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    /// Licences that any package may have.
    allow: Vec<String>,
    /// Licences that single packages may have besides.
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    package: String,
    allow: Vec<String>,
}

/// Every package of the graph that is not of this repository.
pub(super) fn foreign_packages(metadata: &Metadata) -> Vec<ForeignPackage> {
    let foreign = metadata
        .packages
        .iter()
        .filter(|package| package.source.is_some());
    foreign
        .map(|package| ForeignPackage {
            name: package.name.to_string(),
            version: package.version.to_string(),
            license: package.license.clone(),
        })
        .collect()
}

/// Checks packages against the list of a configuration.
pub(super) fn check(
    configuration: &str,
    packages: &[ForeignPackage],
) -> anyhow::Result<Vec<Finding>> {
    let configuration: Configuration =
        toml::from_str(configuration).with_context(|| format!("cannot read {CONFIGURATION}"))?;
    let findings = packages.iter().filter_map(|package| {
        let objection = objection(package, &configuration.licenses)?;
        let message = format!("{} {} {objection}", package.name, package.version);
        Some(Finding::new(CONFIGURATION, "licenses", message))
    });
    Ok(findings.collect())
}

fn objection(package: &ForeignPackage, licenses: &Licenses) -> Option<String> {
    let Some(license) = &package.license else {
        return Some(
            "declares no licence: do without it, or find out and name it in its upstream"
                .to_owned(),
        );
    };
    let expression = match Expression::parse_mode(license, ParseMode::LAX) {
        Ok(expression) => expression,
        Err(error) => return Some(format!("has an unreadable licence `{license}` ({error})")),
    };
    let exceptions = licenses
        .exceptions
        .iter()
        .filter(|exception| exception.package == package.name)
        .flat_map(|exception| &exception.allow);
    let allowed: Vec<&String> = licenses.allow.iter().chain(exceptions).collect();
    let is_allowed = |required: &LicenseReq| allowed.contains(&&required.to_string());
    (!expression.evaluate(is_allowed)).then(|| {
        format!(
            "is under `{license}`, and the list of allowed licences does not cover that: do \
             without it, or add the licence after reading it"
        )
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    const LIST: &str = r#"
        [licenses]
        allow = ["MIT", "Apache-2.0 WITH LLVM-exception"]
        exceptions = [{ crate = "driver", allow = ["MPL-2.0"] }]
    "#;

    fn check_one(name: &str, license: Option<&str>) -> Vec<Finding> {
        let package = ForeignPackage {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            license: license.map(str::to_owned),
        };
        check(LIST, &[package]).unwrap()
    }

    #[test]
    fn allows_licenses_of_the_list() {
        let allowed = [
            ("thing", "MIT"),
            ("thing", "MIT/Apache-2.0"),
            ("thing", "GPL-3.0-only OR MIT"),
            ("thing", "Apache-2.0 WITH LLVM-exception"),
            ("driver", "MPL-2.0"),
        ];
        for (name, license) in allowed {
            assert_eq!(check_one(name, Some(license)), [], "{name} under {license}");
        }
    }

    #[test]
    fn says_what_it_has_against_a_license() {
        let refused = [
            (Some("Apache-2.0"), "thing 1.0.0 is under `Apache-2.0`"),
            (Some("MIT AND GPL-3.0-only"), "is under"),
            (Some("MPL-2.0"), "is under"),
            (Some("whatever you like"), "unreadable"),
            (None, "declares no licence"),
        ];
        for (license, part) in refused {
            let findings = check_one("thing", license);
            assert_eq!(findings.len(), 1, "{license:?}");
            assert!(
                findings[0].message.contains(part),
                "{}",
                findings[0].message
            );
        }
    }

    #[test]
    fn refuses_a_configuration_without_a_list() {
        assert!(check("[advisories]\n", &[]).is_err());
    }
}
