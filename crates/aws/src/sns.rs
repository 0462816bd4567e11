//! SNS, which is told and never asked.

pub(crate) mod mutate;
