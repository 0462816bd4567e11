//! What files may be called.

use std::path::Path;

use super::Offence;

/// Names under which anything may hide.
const BANNED: [&str; 12] =
    ["utils", "util", "helpers", "helper", "common", "misc", "manager", "handler", "service", "data", "info", "base"];

pub(super) fn check(path: &Path) -> Vec<Offence> {
    let in_source = path.extension().is_some_and(|extension| extension == "rs");
    if !in_source {
        return Vec::new();
    }
    let mut found = Vec::new();
    for part in path {
        let name = Path::new(part).file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        if BANNED.contains(&name) {
            found.push(Offence::whole(path, format!("`{name}` says nothing: name it after what it holds")));
        }
        if part == "mod.rs" {
            found.push(Offence::whole(path, "a module stands beside its folder: `foo.rs` and `foo/`, not `mod.rs`"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_hide_everything_are_refused() {
        for bad in ["src/utils.rs", "crates/model/src/common/lag.rs", "src/status/mod.rs"] {
            assert_eq!(check(Path::new(bad)).len(), 1, "{bad}");
        }
        for good in ["src/database.rs", "docs/data.md", "crates/sim/src/world.rs"] {
            assert_eq!(check(Path::new(good)), [], "{good}");
        }
    }
}
