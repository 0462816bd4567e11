//! A status as JSON: a contract that scripts rely on. What is not known is null, times are RFC 3339,
//! lengths are seconds or milliseconds as the key says.

use std::time::Duration;

use lifeboat_model::assessment::{
    AlarmAssessment, Dependency, DnsAssessment, Forecast, HealthCheckAssessment, RegionAssessment, StoreAssessment,
};
use lifeboat_model::observation::Freshness;
use lifeboat_model::port::Reality;
use lifeboat_model::time::{Timestamp, age};
use serde_json::{Value, json};

use crate::commands::status::Status;
use crate::output::number;

/// Raised when a key changes its meaning or goes; new keys do not raise it.
const VERSION: u32 = 1;

pub(crate) fn of(status: &Status<'_>) -> Value {
    let assessment = &status.assessment;
    let now = assessment.at;
    let scenario = match &status.reality {
        Reality::Live => None,
        Reality::Simulated(scenario) => Some(scenario),
    };
    let identity = &assessment.identity;
    json!({
        "version": VERSION,
        "deployment": assessment.deployment,
        "simulated": status.reality.is_simulated(),
        "scenario": scenario,
        "access": if status.standing.may_act { "operate" } else { "read-only" },
        "read_at": time(Some(now)),
        "ready": status.is_ready(),
        "health": assessment.health.as_str(),
        "identity": {
            "account": identity.account,
            "arn": identity.arn,
            "expires_at": time(identity.expires_at),
            "wrong_account": identity.wrong_account,
            "trouble": identity.trouble.as_ref().map(|(what, fix)| json!({ "what": what, "fix": fix })),
        },
        "regions": list(&assessment.regions, |one| region(one, now)),
        "stores": list(&assessment.stores, |one| store(one, now)),
        "health_checks": list(&assessment.health_checks, |one| health_check(one, now)),
        "alarms": list(&assessment.alarms, alarm),
        "dns": list(&assessment.dns, |one| dns(one, now)),
        "if_failed_over_now": forecast(&assessment.forecast, now),
        "open_run": status.standing.open_run.as_ref().map(|run| json!({
            "run": run.id,
            "runbook": run.runbook,
            "drill": run.drill,
            "outcome": run.outcome,
            "started_at": run.started_at.to_string(),
            "by": run.by,
        })),
        "lock": status.standing.lock.as_ref().map(|(by, since)| json!({ "by": by, "since": since.to_string() })),
        "schedules": list(&status.standing.scheduled, |one| json!({
            "runbook": one.schedule.runbook,
            "drill": one.schedule.drill,
            "next": one.due.next.to_string(),
            "overdue_since": time(one.due.overdue_since),
        })),
        "contradictions": list(&assessment.contradictions, |one| json!({ "what": one.what, "region": one.region })),
        "dependencies": list(&assessment.dependencies, |one| dependency(one, now)),
        "cost": {
            "requests_per_hour": number(status.cost.requests_per_hour),
            "usd_per_hour": number(status.cost.usd_per_hour),
        },
    })
}

fn list<T>(items: &[T], each: impl Fn(&T) -> Value) -> Value {
    Value::Array(items.iter().map(each).collect())
}

fn region(region: &RegionAssessment, now: Timestamp) -> Value {
    json!({
        "region": region.region,
        "role": region.role.as_str(),
        "role_basis": region.role_basis,
        "health": region.health.as_str(),
        "reachable": region.reachable,
        "reasons": region.reasons,
        "age_s": seconds(region.last_answer.map(|at| age(now, at))),
        "requests_per_s": region.traffic.as_ref().map(|dated| number(dated.value)),
        "errors_percent": region.errors_percent.as_ref().map(|dated| number(dated.value)),
    })
}

fn store(store: &StoreAssessment, now: Timestamp) -> Value {
    let ages = [
        store.lag.as_ref().map(|dated| dated.at),
        store.pending_objects.as_ref().map(|dated| dated.at),
        store.pending_bytes.as_ref().map(|dated| dated.at),
        store.at_risk.as_ref().map(|dated| dated.at),
    ];
    let freshness = [
        store.lag.as_ref().map(|dated| dated.freshness),
        store.pending_objects.as_ref().map(|dated| dated.freshness),
        store.at_risk.as_ref().map(|dated| dated.freshness),
    ];
    json!({
        "store": store.kind.as_str(),
        "name": store.name,
        "writer_region": store.writer_region,
        "health": store.health.as_str(),
        "reasons": store.reasons,
        "lag_ms": store.lag.as_ref().map(|dated| milliseconds(dated.value)),
        "pending_objects": store.pending_objects.as_ref().map(|dated| dated.value),
        "pending_bytes": store.pending_bytes.as_ref().map(|dated| dated.value),
        "at_risk_s": seconds(store.at_risk.as_ref().map(|dated| dated.value)),
        "rpo_target_s": seconds(store.rpo_target),
        "within_rpo": store.within_rpo,
        // The oldest of the numbers: none of them is younger than this says.
        "age_s": seconds(ages.into_iter().flatten().min().map(|at| age(now, at))),
        "freshness": freshness.into_iter().flatten().next().map(self::freshness),
    })
}

fn health_check(check: &HealthCheckAssessment, now: Timestamp) -> Value {
    let at = check.passing.as_ref().map(|dated| dated.at).or(check.healthy_percent.as_ref().map(|dated| dated.at));
    json!({
        "id": check.id,
        "region": check.region,
        "status": check.passing.as_ref().map(|dated| if dated.value { "healthy" } else { "unhealthy" }),
        "healthy_percent": check.healthy_percent.as_ref().map(|dated| number(dated.value)),
        "age_s": seconds(at.map(|at| age(now, at))),
        "freshness": check.passing.as_ref().map(|dated| freshness(dated.freshness)),
        "target": check.target,
        "traps": check.traps,
    })
}

fn alarm(alarm: &AlarmAssessment) -> Value {
    json!({
        "name": alarm.name,
        "region": alarm.region,
        "state": alarm.state,
        "since": time(alarm.since),
        "reason": alarm.reason,
        "freshness": freshness(alarm.freshness),
        "orphaned_by_role_swap": alarm.orphaned_by_role_swap,
        "actions_enabled": alarm.actions_enabled,
    })
}

fn dns(dns: &DnsAssessment, now: Timestamp) -> Value {
    json!({
        "name": dns.name,
        "active_region": dns.active_region,
        "answers": list(&dns.answers, |answer| json!({
            "from": answer.vantage,
            "code": answer.code,
            "values": answer.values,
            "ttl_s": answer.ttl_s,
            "region": answer.region,
            "age_s": seconds(Some(age(now, answer.at))),
            "freshness": freshness(answer.freshness),
        })),
    })
}

fn forecast(forecast: &Forecast, now: Timestamp) -> Value {
    json!({
        "from": forecast.from,
        "to": forecast.to,
        "rpo_s": seconds(forecast.rpo.as_ref().map(|dated| dated.value)),
        "rpo_age_s": seconds(forecast.rpo.as_ref().map(|dated| age(now, dated.at))),
        "rpo_store": forecast.rpo_store.as_ref().map(|(kind, name)| json!({ "store": kind.as_str(), "name": name })),
        "rpo_target_s": seconds(forecast.rpo_target),
        "rpo_met": forecast.rpo_met,
        "rto_s": seconds(forecast.rto),
        "rto_at_least_s": seconds(Some(forecast.rto_at_least)),
        "rto_target_s": seconds(forecast.rto_target),
        "rto_terms": list(&forecast.rto_terms, |term| json!({
            "name": term.name,
            "s": seconds(term.length),
            "basis": term.basis,
        })),
        "blockers": list(&forecast.blockers, |blocker| json!({ "what": blocker.what, "fix": blocker.fix })),
        "warnings": forecast.warnings,
        "last_rehearsed": time(forecast.last_rehearsed),
    })
}

fn dependency(dependency: &Dependency, now: Timestamp) -> Value {
    json!({
        "what": dependency.service.label(),
        "region": dependency.region,
        "ok": dependency.ok,
        "age_s": seconds(dependency.last_answer.map(|at| age(now, at))),
        "failure": dependency.failure.as_ref().map(|(what, _)| what),
        "failing_since": time(dependency.failure.as_ref().map(|(_, since)| *since)),
        "facts": dependency.facts,
        "actions": dependency.actions,
        "fix": dependency.fix,
    })
}

fn freshness(freshness: Freshness) -> &'static str {
    match freshness {
        Freshness::Pending => "pending",
        Freshness::Fresh => "fresh",
        Freshness::Stale => "stale",
        Freshness::Unavailable => "unavailable",
    }
}

fn time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| Value::String(at.to_string()))
}

fn seconds(length: Option<Duration>) -> Value {
    length.map_or(Value::Null, |length| number(length.as_secs_f64()))
}

fn milliseconds(length: Duration) -> Value {
    number(length.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_as_exactly_as_it_was_read() {
        assert_eq!(milliseconds(Duration::from_micros(130_500)), json!(130.5));
        assert_eq!(milliseconds(Duration::from_millis(137)), json!(137));
        assert_eq!(seconds(Some(Duration::from_millis(1300))), json!(1.3));
        assert_eq!(seconds(None), Value::Null);
        assert_eq!(number(f64::NAN), Value::Null);
    }
}
