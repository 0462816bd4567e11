//! Between the SDK's instants and the model's.

use aws_smithy_types::DateTime;
use lifeboat_model::time::Timestamp;

/// `None` for instants outside the years 1 to 9999, which no answer of AWS should hold.
pub(crate) fn timestamp(at: &DateTime) -> Option<Timestamp> {
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}

pub(crate) fn date_time(at: Timestamp) -> DateTime {
    let nanoseconds = u32::try_from(at.subsec_nanosecond()).unwrap_or(0);
    DateTime::from_secs_and_nanos(at.as_second(), nanoseconds)
}
