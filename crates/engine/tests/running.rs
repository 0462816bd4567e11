//! Runs on the simulator, from the first entry to the last: what is done, what is done once, and what a person is asked.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::format_push_string,
    clippy::wildcard_enum_match_arm,
    reason = "what tests share fails as a test does, and what they do not look for is not listed"
)]

#[path = "running/crashes.rs"]
mod crashes;
#[path = "running/drills.rs"]
mod drills;
#[path = "running/ends.rs"]
mod ends;
#[path = "running/faults.rs"]
mod faults;
#[path = "running/graph.rs"]
mod graph;
#[path = "running/people.rs"]
mod people;
#[path = "running/proved.rs"]
mod proved;
#[path = "running/repeated.rs"]
mod repeated;
#[path = "running/undoing.rs"]
mod undoing;
#[path = "running/watchful.rs"]
mod watchful;
#[path = "running/world.rs"]
mod world;
