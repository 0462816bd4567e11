//! The journal from outside: what is written is there, whole, in order and provable, whatever happens to the process,
//! the file and the disk.
#![expect(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests, and steps that they share")]

#[path = "journaling/broken.rs"]
mod broken;
#[path = "journaling/locking.rs"]
mod locking;
#[path = "journaling/memory.rs"]
mod memory;
#[path = "journaling/outstanding.rs"]
mod outstanding;
#[path = "journaling/processes.rs"]
mod processes;
#[path = "journaling/samples.rs"]
mod samples;
#[path = "journaling/written.rs"]
mod written;
