//! Runs on the simulator, from the first entry to the last: what is done, what is done once, and what a person is asked.

#[path = "running/world.rs"]
mod world;

#[path = "running/ends.rs"]
mod ends;
