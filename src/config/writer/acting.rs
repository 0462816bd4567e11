//! What a deployment says of being acted upon, as values of its section. The reader of the same keys is in
//! `config::file::acting`.

use lifeboat_model::policy::{FreezeWindow, Schedule};
use lifeboat_model::topology::{Deployment, Takeover, TakeoverLever};
use toml_edit::{InlineTable, Value};

use super::{length, list, pairs, strings};

pub(super) fn put(deployment: &Deployment, put: &mut impl FnMut(&str, Option<Value>)) {
    put("canary", canary(deployment));
    put("active_parameter", active_parameter(deployment));
    put("standby_takes_over", list(deployment.takeovers.iter().map(|one| Some(takeover(one)))));
    put("topics", strings(&deployment.topics));
    put("replication_role", deployment.replication_role.as_ref().map(|arn| arn.as_str().into()));
    let policy = &deployment.policy;
    put("two_person", policy.two_person.then_some(true.into()));
    put("minimum_delay", policy.minimum_delay.map(|delay| length(delay).into()));
    put("freeze_windows", list(policy.freeze_windows.iter().map(freeze_window)));
    put("schedules", list(policy.schedules.iter().map(|one| Some(schedule(one)))));
}

fn canary(deployment: &Deployment) -> Option<Value> {
    let canary = deployment.canary.as_ref()?;
    let mut table = InlineTable::new();
    table.insert("write_url", canary.write_url.as_str().into());
    if let Some(urls) = pairs(canary.read_urls.iter().map(|(store, url)| (store.as_str(), url.as_str()))) {
        table.insert("read_urls", urls);
    }
    table.insert("interval", length(canary.interval).into());
    Some(Value::InlineTable(table))
}

fn active_parameter(deployment: &Deployment) -> Option<Value> {
    let parameter = deployment.active_parameter.as_ref()?;
    let mut table = InlineTable::new();
    table.insert("name", parameter.name.as_str().into());
    table.insert("home", parameter.home.as_str().into());
    table.insert("partner", parameter.partner.as_str().into());
    if parameter.moves_traffic {
        table.insert("moves_traffic", true.into());
    }
    Some(Value::InlineTable(table))
}

fn takeover(takeover: &Takeover) -> Value {
    let mut table = InlineTable::new();
    table.insert("region", takeover.region.as_str().into());
    table.insert("check", takeover.check.as_str().into());
    match &takeover.lever {
        TakeoverLever::Marker { bucket, key } => {
            table.insert("bucket", bucket.as_str().into());
            table.insert("key", key.as_str().into());
        }
        TakeoverLever::Metric { metric, on, off } => {
            table.insert("namespace", metric.namespace.as_str().into());
            table.insert("metric", metric.name.as_str().into());
            let dimensions = metric.dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str()));
            if let Some(dimensions) = pairs(dimensions) {
                table.insert("dimensions", dimensions);
            }
            table.insert("on", i64::from(*on).into());
            table.insert("off", i64::from(*off).into());
        }
    }
    Value::InlineTable(table)
}

fn freeze_window(window: &FreezeWindow) -> Option<Value> {
    let lasts = length(window.lasts);
    pairs([
        ("reason", window.reason.as_str()),
        ("cron", window.cron.as_str()),
        ("time_zone", window.time_zone.as_str()),
        ("lasts", lasts.as_str()),
    ])
}

fn schedule(schedule: &Schedule) -> Value {
    let mut table = InlineTable::new();
    table.insert("runbook", schedule.runbook.as_str().into());
    if schedule.drill {
        table.insert("drill", true.into());
    }
    table.insert("cron", schedule.cron.as_str().into());
    table.insert("time_zone", schedule.time_zone.as_str().into());
    Value::InlineTable(table)
}
