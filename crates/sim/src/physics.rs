//! How each part of the world moves from one second to the next. Every step is a function of its own state, of
//! what it is told of the others, and of chance keyed by time; none reads a clock or knows a request.

pub(crate) mod accelerator;
pub(crate) mod alarms;
pub(crate) mod aurora;
pub(crate) mod capacity;
pub(crate) mod clients;
pub(crate) mod dns;
pub(crate) mod doors;
pub(crate) mod dynamodb;
pub(crate) mod health_checks;
pub(crate) mod held;
pub(crate) mod metrics;
pub(crate) mod named;
pub(crate) mod s3;
pub(crate) mod spans;
