//! Lifeboat's watching: pollers over the ports. It names no cloud and no terminal, and it decides nothing
//! about health: facts leave it stamped and unjudged.

pub mod clock;
pub mod watch;
