//! `lifeboat plan`: a runbook made concrete for a deployment as it is now, shown and not run.

pub(crate) mod aws_cli;
#[cfg(test)]
mod example;
pub(crate) mod json;
pub(crate) mod markdown;
pub(crate) mod text;
pub(crate) mod words;
