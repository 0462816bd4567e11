//! Alarm mute rules: alarms go on being evaluated, and their actions stay away.

use aws_sdk_cloudwatch::types::{MuteTargets, Rule, Schedule};
use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::id::AlarmName;
use lifeboat_model::time::Timestamp;

use crate::hand::{Hand, failure};
use crate::moment::date_time;

/// Every minute mutes that minute until the rule expires: no start can be missed, and nobody has to end it.
const EVERY_MINUTE: &str = "cron(* * * * *)";
const ONE_MINUTE: &str = "PT1M";

pub(crate) async fn mute(
    hand: &Hand,
    call: &Call,
    rule: &str,
    alarms: &[AlarmName],
    until: Timestamp,
) -> Result<Receipt, CloudError> {
    let schedule = Schedule::builder().expression(EVERY_MINUTE).duration(ONE_MINUTE).build();
    let names = alarms.iter().map(|alarm| alarm.as_str().to_owned()).collect();
    let answer = hand
        .once
        .cloudwatch()
        .put_alarm_mute_rule()
        .name(rule)
        .rule(Rule::builder().schedule(schedule).build())
        .mute_targets(MuteTargets::builder().set_alarm_names(Some(names)).build())
        .expire_date(date_time(until))
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}

pub(crate) async fn unmute(hand: &Hand, call: &Call, rule: &str) -> Result<Receipt, CloudError> {
    let answer = hand
        .once
        .cloudwatch()
        .delete_alarm_mute_rule()
        .alarm_mute_rule_name(rule)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}
