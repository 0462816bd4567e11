//! Runs told from seeds: the executor against the simulated account, in one task and virtual time, while requests get
//! lost, people interfere and processes die at any entry of the journal. Each story is a function of its seed, and
//! what must hold of every run is held against all of it. Never shipped: it alone may weaken the executor, to prove
//! that a missing safeguard is noticed.

mod chronicle;
mod company;
mod dice;
mod many;
mod onlooker;
mod script;
mod stage;
mod tale;
mod tally;
mod watch;
mod wire;

pub use lifeboat_engine::run::Safeguard;
pub use many::{Told, tell_all};
pub use onlooker::Paths;
pub use tale::{Tale, Telling, look_on, tell};
pub use tally::{Happening, Tally};
