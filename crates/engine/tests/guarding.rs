//! Every guard, against worlds of the simulator and against worlds that were tampered with: what passes, what refuses,
//! and that nothing passes on what is not known.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what tests share fails as a test does"
)]

#[path = "guarding/absence.rs"]
mod absence;
#[path = "guarding/approving.rs"]
mod approving;
#[path = "guarding/cluster.rs"]
mod cluster;
#[path = "guarding/health.rs"]
mod health;
#[path = "guarding/levers.rs"]
mod levers;
#[path = "guarding/parity.rs"]
mod parity;
#[path = "guarding/people.rs"]
mod people;
#[path = "guarding/risk.rs"]
mod risk;
#[path = "guarding/stage.rs"]
mod stage;
#[path = "guarding/worlds.rs"]
mod worlds;
