//! Deployments made from blueprints and taken away again, on the simulator: what is planned, what is done, and what a
//! process that dies leaves for another.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::format_push_string,
    clippy::wildcard_enum_match_arm,
    reason = "what tests share fails as a test does, and what they do not look for is not listed"
)]

#[path = "building/account.rs"]
mod account;
#[path = "building/carried_out.rs"]
mod carried_out;
#[path = "building/goldens.rs"]
mod goldens;
#[path = "building/measured.rs"]
mod measured;
#[path = "building/troubles.rs"]
mod troubles;
