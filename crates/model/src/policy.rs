//! What the owner of a deployment allows: who must agree, when nothing may be done, what is rehearsed when.

use serde::{Deserialize, Serialize};

use crate::runbook::RunbookName;
use crate::time::Duration;

/// Rules for runs. The default asks for nothing beyond the guards' own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Whether a second identity must have approved the plan's hash before a run may begin.
    pub two_person: bool,
    /// The least time between the end of one run and the beginning of the next.
    pub minimum_delay: Option<Duration>,
    pub freeze_windows: Vec<FreezeWindow>,
    pub schedules: Vec<Schedule>,
}

/// A time in which no planned run begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreezeWindow {
    /// Why, as people are told.
    pub reason: String,
    /// When each begins: a cron expression of five fields.
    pub cron: String,
    /// An IANA time zone, such as `Europe/Amsterdam`.
    pub time_zone: String,
    /// How long each lasts.
    pub lasts: Duration,
}

/// A run that is due again and again, such as a game day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    pub runbook: RunbookName,
    pub drill: bool,
    /// A cron expression of five fields.
    pub cron: String,
    /// An IANA time zone, such as `Europe/Amsterdam`.
    pub time_zone: String,
}
