//! Which package may depend on which.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use cargo_metadata::{DependencyKind, Metadata, PackageId};

use super::Finding;
use crate::{dist::WASM_TARGET, workspace::Workspace};

/// A package of this repository with what it depends on.
#[derive(Debug)]
pub(super) struct OwnPackage {
    /// Its name.
    pub(super) name: String,
    /// Its folder, relative to the repository, with slashes.
    pub(super) folder: String,
    /// Packages of this repository that it names as dependencies of any kind.
    pub(super) own_dependencies: BTreeSet<String>,
    /// Packages of others that are built into it, however far away, but not those of its build
    /// scripts and tests.
    pub(super) foreign_dependencies: BTreeSet<String>,
}

/// What a room may depend on.
struct Room {
    /// The package.
    name: &'static str,
    /// Packages of this repository that it may name.
    may_use: &'static [&'static str],
    /// Packages of others that may not be built into it.
    never: &'static [&'static [&'static str]],
}

const PURE: [&str; 3] = ["audio-dsp", "relay-proto", "call-engine"];

const RUNTIMES: &[&str] = &["async-std", "futures-executor", "mio", "smol", "tokio"];
const NETWORK: &[&str] = &[
    "axum",
    "hyper",
    "reqwest",
    "rustls",
    "socket2",
    "tungstenite",
];
const STORAGE: &[&str] = &["object_store", "rusqlite", "sqlx"];
const BROWSER: &[&str] = &["gloo", "gloo-timers", "js-sys", "wasm-bindgen", "web-sys"];
const CHANCE_AND_CLOCK: &[&str] = &["chrono", "getrandom", "rand", "time", "web-time"];

const PURE_NEVER: &[&[&str]] = &[RUNTIMES, NETWORK, STORAGE, BROWSER, CHANCE_AND_CLOCK];

/// Rooms that are built for browsers only: what their dependencies bring elsewhere does not count.
const BROWSER_ROOMS: [&str; 2] = ["capture-wasm", "worklet"];

/// Which room may use which, and what is never built into it.
const ROOMS: [Room; 8] = [
    Room {
        name: "audio-dsp",
        may_use: &[],
        never: PURE_NEVER,
    },
    Room {
        name: "relay-proto",
        may_use: &[],
        never: PURE_NEVER,
    },
    Room {
        name: "call-engine",
        may_use: &[],
        never: PURE_NEVER,
    },
    Room {
        name: "worklet",
        may_use: &["audio-dsp", "relay-proto"],
        never: PURE_NEVER,
    },
    Room {
        name: "capture-wasm",
        may_use: &["audio-dsp", "relay-proto"],
        never: &[RUNTIMES, NETWORK, STORAGE],
    },
    Room {
        name: "relay-server",
        may_use: &PURE,
        never: &[],
    },
    Room {
        name: "switchboard-tests",
        may_use: &[
            "audio-dsp",
            "relay-proto",
            "call-engine",
            "worklet",
            "capture-wasm",
            "relay-server",
        ],
        never: &[],
    },
    Room {
        name: "xtask",
        may_use: &[],
        never: &[],
    },
];

/// Reads the packages of this repository out of cargo's graph.
pub(super) fn own_packages(
    workspace: &Workspace,
    metadata: &Metadata,
) -> anyhow::Result<Vec<OwnPackage>> {
    let browser_metadata = workspace.metadata_for(WASM_TARGET)?;
    let everywhere = BuiltIn::new(metadata)?;
    let in_browsers = BuiltIn::new(&browser_metadata)?;
    let members: BTreeSet<&str> = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut own = Vec::new();
    for package in metadata.workspace_packages() {
        let graph = if BROWSER_ROOMS.contains(&package.name.as_str()) {
            &in_browsers
        } else {
            &everywhere
        };
        let folder = package
            .manifest_path
            .parent()
            .context("a manifest lies in a folder")?;
        let folder = folder
            .as_std_path()
            .strip_prefix(workspace.root())
            .with_context(|| format!("{folder} lies outside the repository"))?;
        own.push(OwnPackage {
            name: package.name.to_string(),
            folder: folder.to_string_lossy().replace('\\', "/"),
            own_dependencies: package
                .dependencies
                .iter()
                .map(|dependency| dependency.name.clone())
                .filter(|name| members.contains(name.as_str()))
                .collect(),
            foreign_dependencies: graph
                .reachable(&package.id)
                .into_iter()
                .map(|id| metadata[id].name.to_string())
                .filter(|name| !members.contains(name.as_str()))
                .collect(),
        });
    }
    Ok(own)
}

/// Checks every package against the table.
pub(super) fn check(own: &[OwnPackage]) -> Vec<Finding> {
    own.iter().flat_map(check_package).collect()
}

fn check_package(package: &OwnPackage) -> Vec<Finding> {
    let manifest = format!("{}/Cargo.toml", package.folder);
    let Some(room) = ROOMS.iter().find(|room| room.name == package.name) else {
        let message = format!(
            "`{}` is a new room: give it a section in ARCHITECTURE.md and a row in \
             xtask/src/tidy/rooms.rs",
            package.name
        );
        return vec![Finding::new(manifest, "rooms", message)];
    };
    let own = package
        .own_dependencies
        .iter()
        .filter(|name| !room.may_use.contains(&name.as_str()))
        .map(|name| match room.may_use {
            [] => format!(
                "`{}` may depend on no package of ours, so not on `{name}`",
                room.name
            ),
            allowed => format!(
                "`{}` may depend on {} only, so not on `{name}`",
                room.name,
                allowed.join(", ")
            ),
        });
    let foreign = package
        .foreign_dependencies
        .iter()
        .filter(|name| {
            room.never
                .iter()
                .any(|group| group.contains(&name.as_str()))
        })
        .map(|name| {
            format!(
                "`{name}` may not be built into `{}`; `cargo tree --package {} --edges normal \
                 --target all --invert {name}` shows who brings it",
                room.name, room.name
            )
        });
    own.chain(foreign)
        .map(|message| Finding::new(manifest.as_str(), "rooms", message))
        .collect()
}

/// Edges of cargo's graph along which code is built in.
struct BuiltIn<'a>(BTreeMap<&'a PackageId, Vec<&'a PackageId>>);

impl<'a> BuiltIn<'a> {
    fn new(metadata: &'a Metadata) -> anyhow::Result<Self> {
        let resolve = metadata
            .resolve
            .as_ref()
            .context("cargo gave no dependency graph")?;
        let edges = resolve.nodes.iter().map(|node| {
            let built_in = node
                .deps
                .iter()
                .filter(|dep| {
                    dep.dep_kinds
                        .iter()
                        .any(|kind| kind.kind == DependencyKind::Normal)
                })
                .map(|dep| &dep.pkg)
                .collect();
            (&node.id, built_in)
        });
        Ok(Self(edges.collect()))
    }

    fn reachable(&self, from: &'a PackageId) -> BTreeSet<&'a PackageId> {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(id) = open.pop() {
            for &next in self.0.get(id).into_iter().flatten() {
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        seen
    }
}

#[cfg(test)]
impl OwnPackage {
    /// A package in a folder of its name.
    pub(super) fn sample(name: &str, own: &[&str], foreign: &[&str]) -> Self {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Self {
            name: name.to_owned(),
            folder: name.to_owned(),
            own_dependencies: set(own),
            foreign_dependencies: set(foreign),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(name: &str, own: &[&str], foreign: &[&str]) -> Vec<String> {
        let findings = check(&[OwnPackage::sample(name, own, foreign)]);
        findings
            .into_iter()
            .map(|finding| finding.message)
            .collect()
    }

    #[track_caller]
    fn refuses(messages: &[String], part: &str) {
        assert!(
            matches!(messages, [message] if message.contains(part)),
            "{messages:?} is not one message with {part:?}"
        );
    }

    #[test]
    fn lets_each_room_use_what_the_table_says() {
        let none: [String; 0] = [];
        assert_eq!(messages("audio-dsp", &[], &["half"]), none);
        assert_eq!(
            messages("worklet", &["audio-dsp", "relay-proto"], &[]),
            none
        );
        assert_eq!(messages("relay-server", &PURE, &["tokio", "axum"]), none);
        assert_eq!(
            messages("capture-wasm", &["relay-proto"], &["wasm-bindgen"]),
            none
        );
    }

    #[test]
    fn refuses_a_package_of_ours_that_the_table_does_not_name() {
        let pure = messages("audio-dsp", &["relay-proto"], &[]);
        refuses(&pure, "no package of ours, so not on `relay-proto`");
        let relay = messages("relay-server", &["worklet"], &["tokio"]);
        refuses(
            &relay,
            "audio-dsp, relay-proto, call-engine only, so not on `worklet`",
        );
        refuses(
            &messages("xtask", &["audio-dsp"], &["wasm-bindgen"]),
            "not on `audio-dsp`",
        );
    }

    #[test]
    fn refuses_what_a_room_never_contains_and_says_how_to_find_it() {
        refuses(
            &messages("call-engine", &[], &["serde", "tokio"]),
            "`tokio` may not be built",
        );
        refuses(
            &messages("worklet", &[], &["wasm-bindgen"]),
            "--target all --invert wasm-bindgen",
        );
    }

    #[test]
    fn asks_for_a_row_for_a_new_room() {
        refuses(&messages("cellar", &[], &[]), "new room");
    }
}
