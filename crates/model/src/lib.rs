//! Lifeboat's nouns, ports and rules, in reading order. Nothing in here may do I/O, name an async
//! runtime, a terminal or AWS: what the program knows and decides must be testable as values.

pub mod assessment;
pub mod call;
pub mod cloud_error;
pub mod document;
pub mod facts;
pub mod guard;
pub mod id;
pub mod incident;
pub mod metric;
pub mod objective;
pub mod observation;
pub mod open_enum;
pub mod plan;
pub mod policy;
pub mod port;
pub mod preflight;
pub mod read;
pub mod rules;
pub mod run;
pub mod runbook;
pub mod snapshot;
pub mod time;
pub mod topology;
pub mod wording;
