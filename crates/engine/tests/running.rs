//! Runs on the simulator, from the first entry to the last: what is done, what is done once, and what a person is asked.

#[path = "running/crashes.rs"]
mod crashes;
#[path = "running/drills.rs"]
mod drills;
#[path = "running/ends.rs"]
mod ends;
#[path = "running/faults.rs"]
mod faults;
#[path = "running/people.rs"]
mod people;
#[path = "running/watchful.rs"]
mod watchful;
#[path = "running/world.rs"]
mod world;
