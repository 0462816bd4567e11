//! Reports from outside: what is told of a run is what its entries say, and what they do not say is not told.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests, and steps that they share")]

#[path = "reporting/compared.rs"]
mod compared;
#[allow(dead_code, reason = "the journal's own tests use all of it")]
#[path = "journaling/samples.rs"]
mod samples;
#[path = "reporting/simulated.rs"]
mod simulated;
#[path = "reporting/stories.rs"]
mod stories;
#[path = "reporting/told.rs"]
mod told;
#[path = "reporting/world.rs"]
mod world;
