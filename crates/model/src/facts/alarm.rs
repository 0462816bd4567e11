//! CloudWatch alarms and their history, read in each region. An alarm sees its own region's metrics only.

use serde::{Deserialize, Serialize};

use crate::id::{AlarmName, Arn};
use crate::open_enum;
use crate::time::Timestamp;

open_enum! {
    pub enum AlarmState {
        Ok = "OK",
        Alarm = "ALARM",
        InsufficientData = "INSUFFICIENT_DATA",
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AlarmFacts {
    pub alarms: Vec<Alarm>,
    /// Newest first.
    pub history: Vec<AlarmChange>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Alarm {
    pub name: AlarmName,
    pub arn: Option<Arn>,
    pub state: AlarmState,
    pub state_since: Option<Timestamp>,
    /// AWS's reason for the state.
    pub reason: String,
    pub actions_enabled: bool,
    /// What it watches; `None` for composite and metric-math alarms.
    pub metric: Option<AlarmMetric>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlarmMetric {
    pub namespace: String,
    pub name: String,
    pub dimensions: Vec<(String, String)>,
    /// In the metric's own unit.
    pub threshold: Option<f64>,
    /// AWS's words, such as `GreaterThanThreshold`.
    pub comparison: String,
    /// Seconds.
    pub period_s: Option<u32>,
    pub evaluation_periods: Option<u32>,
    /// `missing`, `ignore`, `breaching` or `notBreaching`.
    pub missing_data: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmChange {
    pub name: AlarmName,
    pub at: Timestamp,
    /// `None` where AWS's record does not say.
    pub from: Option<AlarmState>,
    pub to: Option<AlarmState>,
    pub summary: String,
}
