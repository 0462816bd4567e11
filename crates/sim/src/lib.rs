//! Lifeboat's ports on a simulated account: seeded, in virtual time. It owns physics, faults and virtual clocks,
//! in the order: chance, what exists, what goes wrong, the world and its steps, the ports on it, its keeping.
//! It must not know the engine, a terminal or AWS's SDK.

pub mod blueprint;
mod clock;
mod cloud;
mod cloudformation;
mod draw;
mod estate;
mod faults;
mod kept;
mod mutate;
mod past;
mod physics;
pub mod scenario;
mod side;
mod truth;
mod world;

pub use clock::{Pace, SimClock};
pub use cloud::SimCloud;
pub use kept::SimError;
pub use scenario::Scenario;
pub use truth::{Outage, StoreTruth, Truth, Writes};

use lifeboat_model::time::Timestamp;

/// Offset zero of every world: a Monday morning. A fixed instant, so that a world's times are a function of its seed.
pub const EPOCH: Timestamp = Timestamp::constant(1_767_603_600, 0);

/// The account in which every simulated deployment lives.
pub const ACCOUNT: &str = "123456789012";

#[cfg(test)]
mod tests {
    #[test]
    fn the_epoch_is_the_documented_instant() {
        assert_eq!(super::EPOCH.to_string(), "2026-01-05T09:00:00Z");
    }
}
