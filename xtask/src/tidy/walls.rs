//! Which crate may depend on what, by its manifest. A wall is a dependency that must be impossible.

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::Offence;
use crate::tree::{Tree, TreeError};

/// What a crate may never name, each with the reason that is printed.
struct Wall {
    manifest: &'static str,
    /// The crates of this project that it may use.
    may_use: &'static [&'static str],
    /// The same, for its tests only.
    tests_may_use: &'static [&'static str],
    /// Dependencies by the beginning of their names.
    never: &'static [&'static str],
    why: &'static str,
}

const AWS: &str = "aws-";
const RUNTIME: &str = "tokio";
const GLASS: &str = "ratatui";
const TERMINAL: &str = "crossterm";

const WALLS: [Wall; 9] = [
    Wall {
        manifest: "crates/model/Cargo.toml",
        may_use: &[],
        tests_may_use: &[],
        never: &[AWS, RUNTIME, GLASS, TERMINAL, "reqwest", "hickory"],
        why: "nouns and rules must be testable as values: no I/O, no runtime, no terminal, no AWS",
    },
    Wall {
        manifest: "crates/blueprint/Cargo.toml",
        may_use: &["lifeboat-model"],
        tests_may_use: &[],
        never: &[AWS, RUNTIME, GLASS, TERMINAL, "reqwest", "hickory", "rusqlite"],
        why: "a blueprint is read and judged as a value: the planner and the simulated account must find the same in it",
    },
    Wall {
        manifest: "crates/engine/Cargo.toml",
        may_use: &["lifeboat-model", "lifeboat-blueprint"],
        tests_may_use: &["lifeboat-sim"],
        never: &[AWS, GLASS, TERMINAL, "reqwest", "hickory"],
        why: "watching and acting know a cloud by its ports only",
    },
    Wall {
        manifest: "crates/aws/Cargo.toml",
        may_use: &["lifeboat-model"],
        tests_may_use: &["lifeboat-sim", "lifeboat-engine"],
        never: &[GLASS, TERMINAL],
        why: "the AWS ports hold no policy and no terminal",
    },
    Wall {
        manifest: "crates/sim/Cargo.toml",
        may_use: &["lifeboat-model", "lifeboat-blueprint"],
        tests_may_use: &["lifeboat-engine"],
        never: &[AWS, GLASS, TERMINAL, "reqwest", "hickory"],
        why: "the simulated account reaches nothing outside itself",
    },
    Wall {
        manifest: "crates/stories/Cargo.toml",
        may_use: &["lifeboat-model", "lifeboat-engine", "lifeboat-sim"],
        tests_may_use: &[],
        never: &[AWS, GLASS, TERMINAL, "reqwest", "hickory"],
        why: "stories are told on the simulator, and never shipped",
    },
    Wall {
        manifest: "crates/tui/Cargo.toml",
        may_use: &["lifeboat-model"],
        tests_may_use: &["lifeboat-sim", "lifeboat-engine"],
        never: &[AWS, RUNTIME, TERMINAL, "reqwest", "hickory", "tracing"],
        why: "a glass that can reach nothing needs no trust",
    },
    Wall {
        manifest: "Cargo.toml",
        may_use: &[
            "lifeboat-model",
            "lifeboat-blueprint",
            "lifeboat-engine",
            "lifeboat-aws",
            "lifeboat-sim",
            "lifeboat-tui",
        ],
        tests_may_use: &[],
        never: &["aws-sdk", "aws-config", "aws-smithy"],
        why: "only `crates/aws` speaks to AWS",
    },
    Wall {
        manifest: "xtask/Cargo.toml",
        may_use: &[
            "lifeboat-model",
            "lifeboat-blueprint",
            "lifeboat-engine",
            "lifeboat-sim",
            "lifeboat-stories",
            "lifeboat-tui",
        ],
        tests_may_use: &[],
        never: &[AWS],
        why: "the project's chores must build in seconds, and the AWS SDK takes minutes",
    },
];

pub(super) fn check(tree: &Tree) -> Result<Vec<Offence>, TreeError> {
    let mut found = Vec::new();
    for path in manifests(tree) {
        let text = tree.read(&path)?;
        let manifest: Table = text.parse().map_err(|error| TreeError::unreadable(&path, &error))?;
        match WALLS.iter().find(|wall| Path::new(wall.manifest) == path) {
            Some(wall) => found.extend(wall.breaches(&path, &manifest)),
            None => found.push(Offence::whole(
                &path,
                "a crate without a wall: say in `xtask/src/tidy/walls.rs` which dependency it makes impossible",
            )),
        }
    }
    Ok(found)
}

fn manifests(tree: &Tree) -> Vec<PathBuf> {
    tree.files().iter().filter(|path| path.file_name().is_some_and(|name| name == "Cargo.toml")).cloned().collect()
}

impl Wall {
    fn breaches(&self, path: &Path, manifest: &Table) -> Vec<Offence> {
        let mut found = Vec::new();
        if self.manifest != MAY_WEAKEN {
            found.extend(weakens(manifest).then(|| {
                Offence::whole(path, "may not ask for the feature `mutation`: only stories may weaken the executor")
            }));
        }
        for (section, tests_too) in [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)]
        {
            for name in names(manifest, section) {
                let ours = name.starts_with("lifeboat-");
                let allowed = self.may_use.contains(&name) || (tests_too && self.tests_may_use.contains(&name));
                if ours && !allowed {
                    found.push(Offence::whole(path, format!("may not depend on `{name}`: {}", self.why)));
                }
                // Tests may stand on what the code may not.
                if !tests_too && self.never.iter().any(|never| name.starts_with(never)) {
                    found.push(Offence::whole(path, format!("may not depend on `{name}`: {}", self.why)));
                }
            }
        }
        found
    }
}

/// The one crate for which a run can be made without a safeguard. The program does not depend on it and may not ask for
/// the feature itself, so that `cargo build -p lifeboat` compiles no way to switch a safeguard off; in a build of the
/// whole workspace, where cargo unites features, nothing in the program calls it.
const MAY_WEAKEN: &str = "crates/stories/Cargo.toml";
const WEAKENING: &str = "mutation";

/// Whether a manifest switches the feature on: for a dependency of any kind, or by a feature of its own.
fn weakens(manifest: &Table) -> bool {
    let is_it = |value: &Value| value.as_str().is_some_and(|name| name.rsplit('/').next() == Some(WEAKENING));
    let asks = |value: &Value| value.as_array().is_some_and(|features| features.iter().any(is_it));
    let sections = ["dependencies", "build-dependencies", "dev-dependencies"];
    let dependencies = sections.iter().filter_map(|section| manifest.get(*section)?.as_table()).flatten();
    let of_dependencies = dependencies.filter_map(|(_, dependency)| dependency.get("features")).any(asks);
    let own = manifest.get("features").and_then(Value::as_table);
    of_dependencies || own.is_some_and(|own| own.values().any(asks))
}

fn names<'a>(manifest: &'a Table, section: &str) -> Vec<&'a str> {
    manifest.get(section).and_then(Value::as_table).into_iter().flat_map(Table::keys).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(manifest: &str, text: &str) -> Vec<String> {
        let wall = WALLS.iter().find(|wall| wall.manifest == manifest).unwrap();
        wall.breaches(Path::new(manifest), &text.parse().unwrap()).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_glass_cannot_reach_the_simulator_except_in_tests() {
        let found = breaches("crates/tui/Cargo.toml", "[dependencies]\nlifeboat-sim.workspace = true");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(breaches("crates/tui/Cargo.toml", "[dev-dependencies]\nlifeboat-sim.workspace = true"), [""; 0]);
    }

    #[test]
    fn only_stories_may_weaken_the_executor() {
        let asked = "[dependencies]\nlifeboat-engine = { workspace = true, features = [\"mutation\"] }";
        for manifest in ["Cargo.toml", "xtask/Cargo.toml"] {
            assert_eq!(breaches(manifest, asked).len(), 1, "{manifest}");
        }
        let in_tests = "[dev-dependencies]\nlifeboat-engine = { workspace = true, features = [\"mutation\"] }";
        assert_eq!(breaches("crates/aws/Cargo.toml", in_tests).len(), 1);
        assert_eq!(breaches("Cargo.toml", "[features]\nfast = [\"lifeboat-engine/mutation\"]").len(), 1);
        assert_eq!(breaches(MAY_WEAKEN, asked), [""; 0]);
    }

    #[test]
    fn only_one_crate_speaks_to_aws() {
        for manifest in ["crates/engine/Cargo.toml", "crates/sim/Cargo.toml", "Cargo.toml", "xtask/Cargo.toml"] {
            assert_eq!(breaches(manifest, "[dependencies]\naws-sdk-rds = \"1\"").len(), 1, "{manifest}");
        }
        assert_eq!(breaches("crates/aws/Cargo.toml", "[dependencies]\naws-sdk-rds = \"1\""), [""; 0]);
    }
}
