//! What must hold of every condition and every call, whatever is known: over the simulator's deployments, with
//! readings struck out, silenced and grown old at random.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use lifeboat_model::assessment::{RunHistory, StoreKind};
use lifeboat_model::call::{Call, Change};
use lifeboat_model::facts::Facts;
use lifeboat_model::id::Region;
use lifeboat_model::plan::Condition;
use lifeboat_model::read::{Service, Tempo};
use lifeboat_model::rules::assess;
use lifeboat_model::run::Found;
use lifeboat_model::snapshot::{Observation, Snapshot};
use lifeboat_model::time::{Duration, Timestamp, after, before};
use lifeboat_model::topology::Deployment;
use lifeboat_sim::{SimCloud, scenario};
use proptest::prelude::*;

use super::super::{CanaryView, Held, Seen, judge, probe, probe_reads, reads};
use crate::watch::refresh_once;

struct Account {
    deployment: Deployment,
    observations: Vec<Observation>,
    /// What is so, each as a condition.
    conditions: Vec<Condition>,
    /// What could have led there.
    calls: Vec<Call>,
    read_at: Timestamp,
}

impl Account {
    fn snapshot(&self) -> Snapshot {
        let mut snapshot = Snapshot::default();
        self.observations.iter().cloned().for_each(|observation| snapshot.apply(observation));
        snapshot
    }
}

/// The five deployments as read once, each with every condition that its own facts fulfil.
fn accounts() -> &'static [Account] {
    static ACCOUNTS: OnceLock<Vec<Account>> = OnceLock::new();
    ACCOUNTS.get_or_init(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let cloud = SimCloud::at_offset(scenario::find("calm").unwrap(), 1, Duration::from_mins(10));
            let mut accounts = Vec::new();
            for deployment in cloud.deployments() {
                let limit = Duration::from_secs(10);
                let observations = refresh_once(&deployment, Arc::new(cloud.clone()), cloud.clock(), limit).await;
                let read_at = cloud.clock().now();
                let mut account =
                    Account { deployment, observations, conditions: Vec::new(), calls: Call::samples(), read_at };
                (account.conditions, account.calls) = fulfilled(&account);
                accounts.push(account);
            }
            accounts
        })
    })
}

fn fulfilled(account: &Account) -> (Vec<Condition>, Vec<Call>) {
    let mut conditions = vec![Condition::Elapsed { length: Duration::from_secs(1) }, Condition::CanaryServed];
    let mut calls = Call::samples();
    for store in StoreKind::ALL {
        conditions.push(Condition::AtRiskAtMost { store, bound: Duration::from_hours(1) });
    }
    for pair in &account.deployment.buckets {
        let (source, destination) = (pair.source.clone(), pair.destination.clone());
        conditions.push(Condition::BacklogEmpty { source, destination });
    }
    for observation in &account.observations {
        let region = &observation.region;
        if let Ok(facts) = &observation.outcome {
            from_facts(region, facts, &mut conditions, &mut calls);
        }
    }
    for record in &account.deployment.records {
        for region in account.deployment.regions.both() {
            conditions.push(Condition::AnswersLeadTo { name: record.name.clone(), region: region.clone() });
        }
    }
    (conditions, calls)
}

fn from_facts(region: &Region, facts: &Facts, conditions: &mut Vec<Condition>, calls: &mut Vec<Call>) {
    match facts {
        Facts::Aurora(aurora) => {
            let Some(global) = &aurora.global else { return };
            for member in &global.members {
                let (global_cluster, target) = (global.id.clone(), member.cluster.clone());
                conditions.push(Condition::WriterIs {
                    global_cluster: global_cluster.clone(),
                    target: target.clone(),
                    target_region: region.clone(),
                });
                conditions
                    .push(Condition::Synchronized { global_cluster: global_cluster.clone(), region: region.clone() });
                calls.push(Call::FailoverGlobalCluster {
                    global_cluster: global_cluster.clone(),
                    target: target.clone(),
                    target_region: region.clone(),
                });
                calls.push(Call::SwitchoverGlobalCluster { global_cluster, target, writer_region: region.clone() });
            }
        }
        Facts::Buckets(buckets) => {
            for bucket in buckets {
                let (region, name, rules) = (region.clone(), bucket.name.clone(), bucket.rules.clone());
                let role = "arn:aws:iam::123456789012:role/r".into();
                let change = Change { from: None, to: rules.clone() };
                calls.push(Call::PutReplication { region: region.clone(), bucket: name.clone(), role, rules: change });
                conditions.push(Condition::ReplicationIs { region, bucket: name, rules });
            }
        }
        Facts::HealthChecks(checks) => {
            for check in checks {
                let (id, inverted) = (check.id.clone(), check.inverted);
                conditions.push(Condition::CheckInverted { check: id.clone(), inverted });
                let version = check.version - 1;
                let inverted = Change { from: None, to: inverted };
                calls.push(Call::SetHealthCheckInverted { check: id, version, inverted });
            }
        }
        Facts::Records(records) => {
            for record in records {
                conditions.push(Condition::RecordIs {
                    zone: record.zone.clone(),
                    name: record.name.clone(),
                    set_identifier: record.set_identifier.clone(),
                    record: Some(Box::new(record.clone())),
                });
                let after = Some(record.clone());
                calls.push(Call::ChangeRecord { zone: record.zone.clone(), before: None, after });
            }
        }
        Facts::Accelerators(accelerators) => {
            for group in accelerators.iter().flat_map(|accelerator| &accelerator.groups) {
                let weights: Vec<(String, u32)> =
                    group.endpoints.iter().filter_map(|it| Some((it.id.clone(), it.weight?))).collect();
                let dial = group.dial_percent.unwrap();
                let change = |to: u32| Change { from: None, to };
                calls.push(Call::UpdateEndpointGroup {
                    group: group.arn.clone(),
                    dial_percent: Change { from: None, to: dial },
                    weights: weights.iter().map(|(id, weight)| (id.clone(), change(*weight))).collect(),
                });
                conditions.push(Condition::GroupIs { group: group.arn.clone(), dial_percent: dial, weights });
            }
        }
        Facts::ScalingGroups(groups) => {
            for group in groups {
                let (region, name) = (region.clone(), group.name.clone());
                let capacity = super::super::compute::sizes(group);
                let change = Change { from: None, to: capacity };
                calls.push(Call::SetCapacity { region: region.clone(), group: name.clone(), capacity: change });
                conditions.push(Condition::CapacityIs { region: region.clone(), group: name.clone(), capacity });
                conditions.push(Condition::InService { region, group: name, at_least: group.in_service });
            }
        }
        Facts::Functions(lambda) => {
            for function in &lambda.functions {
                let (name, reserved) = (function.name.clone(), function.reserved_concurrency);
                let change = Change { from: None, to: reserved };
                let region = region.clone();
                calls.push(Call::SetFunctionConcurrency {
                    region: region.clone(),
                    function: name.clone(),
                    reserved: change,
                });
                conditions.push(Condition::ConcurrencyIs { region: region.clone(), function: name, reserved });
                for source in &function.event_sources {
                    let (uuid, enabled) = (source.uuid.clone(), source.state == "Enabled");
                    let change = Change { from: None, to: enabled };
                    let region = region.clone();
                    calls.push(Call::SetEventSource { region: region.clone(), uuid: uuid.clone(), enabled: change });
                    conditions.push(Condition::EventSourceIs { region, uuid, enabled });
                }
            }
        }
        Facts::Alarms(_) => conditions.push(Condition::AlarmsQuiet { region: region.clone() }),
        // Nothing waits for these.
        Facts::Identity(_)
        | Facts::Tables(_)
        | Facts::Answers(_)
        | Facts::Metrics(_)
        | Facts::TargetGroups(_)
        | Facts::Parameters(_)
        | Facts::Stacks(_)
        | Facts::StackResources(_)
        | Facts::Vaults(_)
        | Facts::Quotas(_)
        | Facts::Probes(_)
        | Facts::Canaries(_)
        | Facts::Tagged(_)
        | Facts::StackEvents(_)
        | Facts::ChangeSet(_)
        | Facts::StackDrifts(_)
        | Facts::DriftDetection(_)
        | Facts::StackTemplates(_)
        | Facts::TemplateVerdict(_)
        | Facts::BucketContents(_)
        | Facts::EngineVersions(_)
        | Facts::AvailabilityZones(_)
        | Facts::Named(_)
        | Facts::ZoneRecords(_) => {}
    }
}

/// Judges everything of an account by a snapshot.
fn judged(account: &Account, snapshot: &Snapshot, began_at: Timestamp, now: Timestamp) -> Vec<(Condition, Held)> {
    let assessment = LazyCell::new(|| assess(&account.deployment, snapshot, &RunHistory::default(), Tempo::Fast, now));
    let seen = Seen {
        deployment: &account.deployment,
        snapshot,
        findings: crate::findings::Findings::none(),
        plan: None,
        assessment: &assessment,
        began_at,
        now,
        canary: &CanaryView { configured: true, ..CanaryView::default() },
    };
    account.conditions.iter().map(|condition| (condition.clone(), judge(condition, &seen))).collect()
}

fn probed(account: &Account, snapshot: &Snapshot, began_at: Timestamp, now: Timestamp) -> Vec<(Call, Found)> {
    let assessment = LazyCell::new(|| assess(&account.deployment, snapshot, &RunHistory::default(), Tempo::Fast, now));
    let seen = Seen {
        deployment: &account.deployment,
        snapshot,
        findings: crate::findings::Findings::none(),
        plan: None,
        assessment: &assessment,
        began_at,
        now,
        canary: &CanaryView::default(),
    };
    account.calls.iter().map(|call| (call.clone(), probe(call, &seen))).collect()
}

fn is_time_alone(condition: &Condition) -> bool {
    matches!(condition, Condition::Elapsed { .. })
}

/// Services whose answers are only addresses for what is judged by, or that are asked only where an answer tells nothing.
fn are_addresses(condition: &Condition, service: Service) -> bool {
    let by_service = matches!(
        (condition, service),
        (Condition::BacklogEmpty { .. }, Service::S3)
            | (Condition::AnswersLeadTo { .. }, Service::Records | Service::HealthChecks)
    );
    // Lag is told in one region; which one, only the facts tell.
    by_service || matches!(condition, Condition::AtRiskAtMost { .. })
}

#[test]
fn what_is_so_is_seen() {
    let mut kinds = BTreeSet::new();
    for account in accounts() {
        let snapshot = account.snapshot();
        // Long enough ago that whole periods of metrics began since.
        let began_at = before(account.read_at, Duration::from_mins(3));
        for (condition, held) in judged(account, &snapshot, began_at, account.read_at) {
            if held.holds() {
                let name = serde_json::to_value(&condition).unwrap()["condition"].as_str().unwrap().to_owned();
                kinds.insert(name);
            }
        }
        for (call, found) in probed(account, &snapshot, began_at, account.read_at) {
            if probe_reads(&call, &account.deployment).is_empty() {
                assert!(matches!(found, Found::CannotTell { .. }), "{call:?}: {found:?}");
            }
        }
    }
    for kind in [
        "writer-is",
        "synchronized",
        "replication-is",
        "check-inverted",
        "record-is",
        "answers-lead-to",
        "group-is",
        "in-service",
        "capacity-is",
        "concurrency-is",
        "event-source-is",
        "at-risk-at-most",
        "elapsed",
        "alarms-quiet",
    ] {
        assert!(kinds.contains(kind), "no {kind} was seen to hold: {kinds:?}");
    }
}

#[test]
fn of_nothing_nothing_is_seen() {
    for account in accounts() {
        let (empty, began_at) = (Snapshot::default(), account.read_at);
        for (condition, held) in judged(account, &empty, began_at, after(began_at, Duration::from_hours(1))) {
            assert!(is_time_alone(&condition) || !held.holds(), "{condition:?}");
        }
        for (call, found) in probed(account, &empty, began_at, after(began_at, Duration::from_hours(1))) {
            assert!(matches!(found, Found::CannotTell { .. }), "{call:?}: {found:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_holds_that_was_read_before_the_beginning(index in 0..5_usize, later_ms in 1..600_000_u64) {
        let account = &accounts()[index];
        let began_at = after(account.read_at, Duration::from_millis(later_ms));
        let now = after(began_at, Duration::from_mins(1));
        for (condition, held) in judged(account, &account.snapshot(), began_at, now) {
            prop_assert!(is_time_alone(&condition) || !held.holds(), "{:?}", condition);
        }
        for (call, found) in probed(account, &account.snapshot(), began_at, now) {
            prop_assert!(matches!(found, Found::CannotTell { .. }), "{:?}: {:?}", call, found);
        }
    }

    #[test]
    fn what_needs_a_silent_region_is_unknown_and_says_so(
        index in 0..5_usize,
        began_before_s in 0..300_u64,
        fates in proptest::collection::vec(0..4_u8, 64),
    ) {
        let account = &accounts()[index];
        let began_at = before(account.read_at, Duration::from_secs(began_before_s));
        let mut snapshot = Snapshot::default();
        let mut silent = BTreeSet::new();
        for (observation, fate) in account.observations.iter().zip(fates.iter().cycle()) {
            let place = (observation.region.clone(), observation.service);
            match fate {
                // Never asked.
                0 => { silent.insert(place); }
                // It answered, and then no more.
                1 => {
                    snapshot.apply(observation.clone());
                    let error = lifeboat_model::cloud_error::CloudError {
                        kind: lifeboat_model::cloud_error::CloudErrorKind::Unreachable,
                        service: observation.service,
                        region: observation.region.clone(),
                        operation: "Describe".to_owned(),
                        message: "no route".to_owned(),
                        request_id: None,
                        fix: None,
                    };
                    let at = after(observation.at, Duration::from_secs(1));
                    snapshot.apply(Observation { outcome: Err(error), at, ..observation.clone() });
                    silent.insert(place);
                }
                _ => snapshot.apply(observation.clone()),
            }
        }
        for (condition, held) in judged(account, &snapshot, began_at, account.read_at) {
            let needs = reads(&condition, &account.deployment);
            let missing = needs.iter().find(|place| silent.contains(*place) && !are_addresses(&condition, place.1));
            if let Some((region, _)) = missing {
                prop_assert!(
                    matches!(&held, Held::Unknown(reason) if reason.contains(region.as_str()))
                        || matches!(held, Held::Never(_)),
                    "{:?} without {}: {:?}", condition, region, held
                );
            }
        }
        for (call, found) in probed(account, &snapshot, began_at, account.read_at) {
            let needs = probe_reads(&call, &account.deployment);
            if !needs.is_empty() && needs.iter().all(|place| silent.contains(place)) {
                prop_assert!(matches!(found, Found::CannotTell { .. }), "{:?}: {:?}", call, found);
            }
        }
    }
}
