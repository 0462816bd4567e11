//! CloudWatch alarms, metric and composite, and how they changed lately.

pub(crate) mod mutate;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{AlarmHistoryItem, AlarmType, CompositeAlarm, HistoryItemType, MetricAlarm, ScanBy};
use futures::future::{join, try_join_all};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::alarm::{Alarm, AlarmChange, AlarmFacts, AlarmMetric, AlarmState};
use lifeboat_model::id::{AlarmName, Arn};
use lifeboat_model::read::Service;
use lifeboat_model::time::Timestamp;
use lifeboat_model::topology::AlarmSelection;

use crate::clients::Endpoint;
use crate::moment::{date_time, timestamp};
use crate::partial::optional;

/// AWS's limit for one `DescribeAlarms`, by names as by page.
const ALARMS_A_REQUEST: usize = 100;
const ALARMS_A_PAGE: i32 = 100;

pub(crate) async fn alarms(
    at: &Endpoint,
    selection: &AlarmSelection,
    since: Timestamp,
) -> Result<AlarmFacts, CloudError> {
    let (alarms, history) = join(selected(at, selection), history(at, selection, since)).await;
    Ok(AlarmFacts { alarms: alarms?, history: optional(history)?.unwrap_or_default() })
}

/// Which alarms one request asks for.
enum Asked<'a> {
    Names(&'a [String]),
    Prefix(&'a str),
}

async fn selected(at: &Endpoint, selection: &AlarmSelection) -> Result<Vec<Alarm>, CloudError> {
    let names = selection.names.chunks(ALARMS_A_REQUEST).map(Asked::Names);
    let prefixes = selection.prefixes.iter().map(|prefix| Asked::Prefix(prefix));
    let found = try_join_all(names.chain(prefixes).map(|asked| described(at, asked))).await?;
    // An alarm may be chosen by name and by prefix at once.
    let once: BTreeMap<AlarmName, Alarm> =
        found.into_iter().flatten().map(|alarm| (alarm.name.clone(), alarm)).collect();
    Ok(once.into_values().collect())
}

async fn described(at: &Endpoint, asked: Asked<'_>) -> Result<Vec<Alarm>, CloudError> {
    let ask = at
        .cloudwatch()
        .describe_alarms()
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm)
        .max_records(ALARMS_A_PAGE);
    let ask = match asked {
        Asked::Names(names) => ask.set_alarm_names(Some(names.to_vec())),
        Asked::Prefix(prefix) => ask.alarm_name_prefix(prefix),
    };
    let mut pages = ask.into_paginator().send();
    let mut alarms = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(at.failure(Service::Alarms, "DescribeAlarms"))?;
        alarms.extend(page.metric_alarms().iter().filter_map(metric_alarm));
        alarms.extend(page.composite_alarms().iter().filter_map(composite_alarm));
    }
    Ok(alarms)
}

fn metric_alarm(found: &MetricAlarm) -> Option<Alarm> {
    Some(Alarm {
        name: found.alarm_name()?.into(),
        arn: found.alarm_arn().map(Arn::from),
        state: found.state_value()?.as_str().into(),
        state_since: found
            .state_transitioned_timestamp()
            .or_else(|| found.state_updated_timestamp())
            .and_then(timestamp),
        reason: found.state_reason().unwrap_or_default().to_owned(),
        actions_enabled: found.actions_enabled().unwrap_or(true),
        metric: watched(found),
    })
}

/// `None` for an alarm on metric math, which watches no metric of its own.
fn watched(found: &MetricAlarm) -> Option<AlarmMetric> {
    let number = |value: Option<i32>| value.and_then(|value| u32::try_from(value).ok());
    Some(AlarmMetric {
        namespace: found.namespace()?.to_owned(),
        name: found.metric_name()?.to_owned(),
        dimensions: found
            .dimensions()
            .iter()
            .map(|dimension| {
                (dimension.name().unwrap_or_default().to_owned(), dimension.value().unwrap_or_default().to_owned())
            })
            .collect(),
        threshold: found.threshold(),
        comparison: found.comparison_operator().map(|operator| operator.as_str().to_owned()).unwrap_or_default(),
        period_s: number(found.period()),
        evaluation_periods: number(found.evaluation_periods()),
        missing_data: found.treat_missing_data().map(str::to_owned),
    })
}

fn composite_alarm(found: &CompositeAlarm) -> Option<Alarm> {
    Some(Alarm {
        name: found.alarm_name()?.into(),
        arn: found.alarm_arn().map(Arn::from),
        state: found.state_value()?.as_str().into(),
        state_since: found
            .state_transitioned_timestamp()
            .or_else(|| found.state_updated_timestamp())
            .and_then(timestamp),
        reason: found.state_reason().unwrap_or_default().to_owned(),
        actions_enabled: found.actions_enabled().unwrap_or(true),
        metric: None,
    })
}

/// One page for all the region's alarms, of which the selected are kept: one request however many alarms there are.
async fn history(at: &Endpoint, selection: &AlarmSelection, since: Timestamp) -> Result<Vec<AlarmChange>, CloudError> {
    let answer = at
        .cloudwatch()
        .describe_alarm_history()
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm)
        .history_item_type(HistoryItemType::StateUpdate)
        .start_date(date_time(since))
        .scan_by(ScanBy::TimestampDescending)
        .max_records(ALARMS_A_PAGE)
        .send()
        .await
        .map_err(at.failure(Service::Alarms, "DescribeAlarmHistory"))?;
    let mut changes: Vec<AlarmChange> = answer.alarm_history_items().iter().filter_map(change).collect();
    changes.retain(|change| change.at >= since && belongs(selection, &change.name));
    changes.sort_by_key(|change| Reverse(change.at));
    Ok(changes)
}

fn belongs(selection: &AlarmSelection, name: &AlarmName) -> bool {
    let name = name.as_str();
    selection.names.iter().any(|chosen| chosen == name)
        || selection.prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
}

fn change(item: &AlarmHistoryItem) -> Option<AlarmChange> {
    let record: Option<serde_json::Value> = item.history_data().and_then(|text| serde_json::from_str(text).ok());
    let state = |side: &str| {
        let value = record.as_ref()?.get(side)?.get("stateValue")?.as_str()?;
        Some(AlarmState::from(value))
    };
    Some(AlarmChange {
        name: item.alarm_name()?.into(),
        at: timestamp(item.timestamp()?)?,
        from: state("oldState"),
        to: state("newState"),
        summary: item.history_summary().unwrap_or_default().to_owned(),
    })
}
