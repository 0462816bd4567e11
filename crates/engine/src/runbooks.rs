//! Runbooks as TOML: the built-in ones and those users write, with errors that name line and fix. It owns the format;
//! it knows no deployment, and decides nothing that depends on one.

use std::fmt;
use std::sync::LazyLock;

use lifeboat_model::runbook::Runbook;

mod order;
pub(crate) mod reading;
pub mod reference;

/// Where the built-in runbooks stand in the repository, with their texts: the format users write.
const BUILTIN: [(&str, &str); 4] = [
    ("runbooks/switchover.toml", include_str!("../../../runbooks/switchover.toml")),
    ("runbooks/failover.toml", include_str!("../../../runbooks/failover.toml")),
    ("runbooks/failback.toml", include_str!("../../../runbooks/failback.toml")),
    ("runbooks/drill.toml", include_str!("../../../runbooks/drill.toml")),
];

/// Something a runbook's author has to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The file, as the caller named it.
    pub origin: String,
    /// From 1.
    pub line: usize,
    pub what: String,
    pub fix: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} ({})", self.origin, self.line, self.what, self.fix)
    }
}

/// The runbooks that are built in, in the order in which one meets them.
pub fn builtin() -> Vec<Runbook> {
    // A test holds each of them to be without mistakes.
    static READ: LazyLock<Vec<Runbook>> =
        LazyLock::new(|| BUILTIN.iter().filter_map(|(origin, source)| parse(source, origin).ok()).collect());
    READ.clone()
}

/// The built-in runbooks as they were written, by file name: for `lifeboat` to show and for users to begin from.
pub fn sources() -> impl Iterator<Item = (&'static str, &'static str)> {
    BUILTIN.into_iter()
}

/// Reads a runbook strictly. Every mistake is told at once, in the order of their lines.
pub fn parse(source: &str, origin: &str) -> Result<Runbook, Vec<Mistake>> {
    reading::read(source, origin)
}
