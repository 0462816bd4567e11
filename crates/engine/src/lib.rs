//! Lifeboat's watching and acting: pollers over the ports; the planner, the guards, the executor and its journal. It
//! names no cloud and no terminal, and it decides nothing about health: facts leave it stamped and unjudged.

pub mod approval;
pub mod clock;
pub mod conditions;
pub mod findings;
pub mod guards;
pub mod journal;
mod late;
pub mod planner;
pub mod preflight;
mod questions;
pub mod report;
pub mod run;
pub mod runbooks;
pub mod schedule;
pub mod seconds;
pub mod sessions;
pub mod watch;
