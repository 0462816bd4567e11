//! How clients are moved, and what that depends on.

use lifeboat_model::call::{Call, Change, CustomMetric};
use lifeboat_model::facts::global_accelerator::EndpointHealth;
use lifeboat_model::facts::route53::{Alias, HealthCheck, HealthCheckKind, RecordSet, Routing};
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::{HealthCheckId, Region};
use lifeboat_model::metric::Subject;
use lifeboat_model::plan::Condition;
use lifeboat_model::read::Service;
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::{ActiveParameter, Blueprint, Takeover, TakeoverLever};

use crate::stage::{Stage, step};

type Spoil = fn(&mut Stage);

const LEVER: GuardName = GuardName::TrafficLever;

fn planned() -> Stage {
    Stage::planned(Blueprint::PaymentsAurora)
}

/// The region that is left answers, but its health checks fail.
fn unplanned() -> Stage {
    Stage::unplanned(Blueprint::PaymentsAurora).with(|it| {
        it.snapshot.series.retain(|key, _| !matches!(key.subject, Subject::HealthCheck(_)));
        checks(it).iter_mut().flat_map(|check| &mut check.checkers).for_each(|checker| checker.passed = false);
    })
}

fn checks(stage: &mut Stage) -> &mut Vec<HealthCheck> {
    &mut stage.here(&Region::route53()).health_checks.last.as_mut().unwrap().value
}

fn records(stage: &mut Stage) -> &mut Vec<RecordSet> {
    &mut stage.here(&Region::route53()).records.last.as_mut().unwrap().value
}

/// The check on the record of the region that is left.
fn primary(stage: &mut Stage) -> &mut HealthCheck {
    let id = records(stage).iter().find(|it| it.routing == Routing::FailoverPrimary).unwrap().health_check.clone();
    let id = id.unwrap();
    checks(stage).iter_mut().find(|check| check.id == id).unwrap()
}

/// Where the region that is left holds no control plane.
fn from_us_east_2(mut stage: Stage) -> Stage {
    (stage.plan.from, stage.plan.to) = (stage.to(), stage.from());
    stage.plan.steps.clear();
    stage.forget(&Region::route53(), Service::Answers);
    stage
}

fn outage(stage: &mut Stage) {
    for service in [Service::HealthChecks, Service::Records] {
        stage.silence(&Region::route53(), service, Duration::from_mins(9));
    }
}

#[test]
fn a_planned_run_needs_the_control_plane_to_answer() {
    planned().passes(LEVER, "Route 53's control plane in us-east-1 answers");
    planned().with(outage).refuses(LEVER, "does not answer: clients of api.payments-dev", "wait until it answers");
    for service in [Service::HealthChecks, Service::Records] {
        planned()
            .with(|it| it.age(&Region::route53(), service, Duration::from_mins(2)))
            .is_unknown(LEVER, &format!("{service} in us-east-1 must answer"));
        planned().with(|it| it.forget(&Region::route53(), service)).is_unknown(LEVER, "it has not been read yet");
    }
}

#[test]
fn where_the_control_plane_is_lost_with_the_region_its_check_must_fail_by_itself() {
    unplanned().passes(LEVER, "is lost with the region that is left; health check");
    unplanned().passes(LEVER, "fails by itself 90 s after us-east-1 is lost");
    // The same in the storm as in the calm.
    unplanned().with(outage).passes(LEVER, "fails by itself 90 s after us-east-1 is lost");
    let spoilt: [(Spoil, &str); 9] = [
        (|it| primary(it).disabled = true, "is disabled, which counts as healthy for ever"),
        (|it| primary(it).inverted = true, "is inverted: it passes when its region is lost"),
        (|it| primary(it).threshold = Some(0), "has a threshold of 0"),
        (|it| primary(it).threshold = Some(11), "has a threshold of 11"),
        (|it| primary(it).threshold = None, "are not known"),
        (|it| primary(it).kind = HealthCheckKind::CloudwatchMetric, "asks no endpoint"),
        (|it| records(it).iter_mut().for_each(|it| it.health_check = None), "has no health check"),
        (|it| records(it).iter_mut().for_each(|it| it.routing = Routing::Simple), "is simple"),
        (|it| checks(it).clear(), "is not known"),
    ];
    for (spoil, words) in spoilt {
        for in_the_storm in [false, true] {
            let stage = unplanned().with(spoil).with(|it| {
                if in_the_storm {
                    outage(it);
                }
            });
            stage.refuses(LEVER, words, "let the standby take over");
        }
    }
}

/// A database that is promoted away from clients that cannot follow makes every write fail.
/// The plan promotes nothing before its names have left.
fn waiting(stage: &mut Stage) {
    let mut wait = step("leaving", StepKind::WaitFor, 0, Vec::new());
    let (from, checks) = (stage.from(), stage.deployment.health_checks.clone());
    let check = checks.iter().find(|it| it.watches.as_ref() == Some(&from)).unwrap();
    wait.verify = stage
        .deployment
        .records
        .iter()
        .map(|it| Condition::Leaves { name: it.name.clone(), region: from.clone(), check: check.id.clone() })
        .collect();
    stage.plan.steps.insert(0, wait);
}

#[test]
fn while_the_region_answers_and_its_check_passes_clients_would_stay() {
    for blueprint in [Blueprint::PaymentsAurora, Blueprint::Ecommerce] {
        let stage = Stage::unplanned(blueprint);
        stage.clone().with(waiting).passes(LEVER, "nothing is promoted before it leaves by itself");
        stage.refuses(LEVER, "would stay in us-east-1: it answers, health check", "`lifeboat run switchover`");
        stage.refuses(LEVER, "no lever of the plan moves them", "passes as soon as health check");
        // The first minute of a loss: Route 53 still tells of a check that passes, and the region is silent.
        let is_of_route53 = |service| matches!(service, Service::HealthChecks | Service::Records | Service::Answers);
        let silent = stage.clone().with(|it| {
            let from = it.from();
            for service in Service::POLLED.into_iter().filter(|service| !is_of_route53(*service)) {
                if it.here(&from).contact(service).was_asked() {
                    it.silence(&from, service, Duration::from_secs(5));
                }
            }
        });
        silent.passes(LEVER, "fails by itself");
        // A check that nobody has heard of lately holds nothing up.
        let unheard = stage.with(|it| {
            it.snapshot.series.retain(|key, _| !matches!(key.subject, Subject::HealthCheck(_)));
            for check in checks(it) {
                check.checkers.clear();
            }
        });
        unheard.passes(LEVER, "fails by itself");
    }
    unplanned().passes(LEVER, "fails by itself");
    Stage::unplanned(Blueprint::PaymentsAurora).with(takeover(marker())).passes(LEVER, "the standby takes over by");
}

#[test]
fn an_alias_that_asks_its_load_balancer_stays_while_that_has_a_healthy_target() {
    let stage = Stage::unplanned(Blueprint::Ecommerce).with(|it| {
        for record in records(it) {
            record.health_check = None;
            let alias = Alias {
                target: "shop-1.us-east-1.elb.amazonaws.com".into(),
                zone: record.zone.clone(),
                evaluate_target_health: true,
            };
            record.alias = Some(record.alias.clone().unwrap_or(alias));
        }
    });
    stage.refuses(LEVER, "the load balancer of us-east-1 has healthy targets", "`lifeboat run switchover`");
    stage
        .with(|it| {
            let from = it.from();
            let groups = &mut it.here(&from).target_groups.last.as_mut().unwrap().value;
            for group in groups {
                group.targets.clear();
            }
        })
        .passes(LEVER, "asks its load balancer's own health");
}

#[test]
fn a_check_that_watches_the_other_region_does_not_help() {
    let stage = unplanned().with(|it| {
        let watching_to = it.to();
        let of_to = it.deployment.health_checks.iter().find(|it| it.watches.as_ref() == Some(&watching_to)).unwrap();
        let id = of_to.id.clone();
        let all = records(it);
        all.iter_mut()
            .filter(|it| it.routing == Routing::FailoverPrimary)
            .for_each(|it| it.health_check = Some(id.clone()));
    });
    stage.refuses(LEVER, "watches us-east-2, not us-east-1", "let the standby take over");
}

#[test]
fn a_calculated_check_fails_when_too_few_of_its_children_pass() {
    let with = |threshold: u32, children: usize| {
        unplanned().with(|it| {
            let mut child = primary(it).clone();
            let id = child.id.clone();
            child.id = HealthCheckId::from("child");
            let target = it.deployment.health_checks.iter_mut().find(|it| it.id == id).unwrap();
            let watches = target.watches.clone();
            it.deployment
                .health_checks
                .push(lifeboat_model::topology::HealthCheckTarget { id: child.id.clone(), watches });
            let calculated = primary(it);
            calculated.kind = HealthCheckKind::Calculated;
            calculated.threshold = Some(threshold);
            let others = (1..children).map(|index| HealthCheckId::from(format!("other-{index}")));
            calculated.children = std::iter::once(child.id.clone()).chain(others).collect();
            checks(it).push(child);
        })
    };
    with(1, 1).passes(LEVER, "0 of its 1 children would pass, 1 must");
    with(2, 2).passes(LEVER, "1 of its 2 children would pass, 2 must");
    with(1, 2).refuses(LEVER, "would not fail: 1 of its 2 children pass, 1 must", "standby take over");
    with(0, 1).refuses(LEVER, "would not fail", "standby take over");
}

#[test]
fn a_check_that_stands_on_itself_ends() {
    let stage = unplanned().with(|it| {
        let check = primary(it);
        check.kind = HealthCheckKind::Calculated;
        check.threshold = Some(1);
        check.children = vec![check.id.clone()];
    });
    stage.refuses(LEVER, "would not fail", "standby take over");
}

#[test]
fn settings_that_nobody_read_tell_nothing() {
    for service in [Service::HealthChecks, Service::Records] {
        let words = format!("{service} in us-east-1 must answer");
        unplanned().with(|it| it.forget(&Region::route53(), service)).is_unknown(LEVER, &words);
        // Old for want of asking, not for want of an answer.
        unplanned().with(|it| it.age(&Region::route53(), service, Duration::from_mins(9))).is_unknown(LEVER, &words);
    }
    unplanned().with(|it| records(it).clear()).is_unknown(LEVER, "no record of api.payments-dev");
}

#[test]
fn from_another_region_the_control_plane_is_there_to_be_used() {
    from_us_east_2(unplanned()).passes(LEVER, "answers, and is not in the region that is left");
    from_us_east_2(unplanned()).with(outage).refuses(
        LEVER,
        "is the secondary: clients leave it only when",
        "take over",
    );
}

#[test]
fn what_was_pulled_already_needs_no_lever() {
    let moved = || {
        let mut stage = unplanned().with(|it| it.forget(&Region::route53(), Service::HealthChecks));
        (stage.plan.from, stage.plan.to) = (stage.to(), stage.from());
        stage
    };
    moved().passes(LEVER, "answers of DNS lead to us-east-1 already");
    moved()
        .with(|it| it.age(&Region::route53(), Service::Answers, Duration::from_mins(3)))
        .is_unknown(LEVER, "Route 53 health checks in us-east-1 must answer");
    moved()
        .with(|it| {
            let answers = &mut it.here(&Region::route53()).answers.last.as_mut().unwrap().value;
            let (other, values) = (answers.len() - 1, vec!["dr.us-east-2.example.com".to_owned()]);
            answers[other].values = values;
        })
        .is_unknown(LEVER, "Route 53 health checks in us-east-1 must answer");
}

#[test]
fn a_lever_is_let_go_by_a_planned_run_from_where_it_stands() {
    let stage = planned().with(takeover(marker())).with(outage);
    let stage = from_us_east_2(stage);
    stage.passes(LEVER, "object take-over in takeover is let go");
    let unplanned = from_us_east_2(unplanned().with(takeover(marker())).with(outage));
    unplanned.refuses(LEVER, "does not answer", "take over");
}

#[test]
fn a_plan_that_asks_the_lost_region_is_no_plan() {
    let stage = unplanned().with(|it| {
        let check = primary(it).id.clone();
        let call = Call::SetHealthCheckInverted { check, version: 1, inverted: Change::new(false, true) };
        it.plan.steps.push(step("invert", StepKind::HealthCheckInversion, 3, vec![call]));
    });
    stage.refuses(LEVER, "step invert asks a control plane in us-east-1", "`lifeboat plan failover`");
    from_us_east_2(unplanned())
        .with(|it| {
            let call =
                Call::SetHealthCheckInverted { check: "any".into(), version: 1, inverted: Change::new(true, false) };
            it.plan.steps.push(step("invert", StepKind::HealthCheckInversion, 3, vec![call]));
        })
        .passes(LEVER, "answers");
}

fn marker() -> TakeoverLever {
    TakeoverLever::Marker { bucket: "takeover".into(), key: "take-over".to_owned() }
}

fn metric(region: &str) -> TakeoverLever {
    let metric = CustomMetric {
        region: region.into(),
        namespace: "Takeover".to_owned(),
        name: "On".to_owned(),
        dimensions: Vec::new(),
    };
    TakeoverLever::Metric { metric, on: 1, off: 0 }
}

/// The primary's check made the inverted one that the standby's lever moves.
fn takeover(lever: TakeoverLever) -> impl Fn(&mut Stage) {
    takeover_with(lever, Some("ignore"))
}

/// The same, where the alarm treats missing data in its own way.
fn takeover_with(lever: TakeoverLever, missing: Option<&'static str>) -> impl Fn(&mut Stage) {
    move |it| {
        let region = it.to();
        let alarms = &mut it.here(&region).alarms.last.as_mut().unwrap().value.alarms;
        let alarm = alarms.iter_mut().find(|alarm| alarm.metric.is_some()).unwrap();
        alarm.metric.as_mut().unwrap().missing_data = missing.map(str::to_owned);
        let alarm = (region.clone(), alarm.name.clone());
        if matches!(lever, TakeoverLever::Metric { .. }) {
            primary(it).alarm = Some(alarm);
        }
        let check = primary(it);
        check.inverted = true;
        let check = check.id.clone();
        it.deployment.takeovers = vec![Takeover { region, check, lever: lever.clone() }];
    }
}

#[test]
fn the_standby_takes_over_without_any_control_plane() {
    for stage in [planned(), unplanned()] {
        for lever in [marker(), metric("us-east-2")] {
            stage.clone().with(takeover(lever.clone())).passes(LEVER, "the standby takes over by");
            stage.clone().with(takeover(lever)).with(outage).passes(LEVER, "which inverted health check");
        }
    }
}

#[test]
fn a_metric_lever_stays_pulled_only_where_its_alarm_ignores_missing_data() {
    let with = |missing| unplanned().with(takeover_with(metric("us-east-2"), missing));
    with(Some("ignore")).passes(LEVER, "stays as the lever put it");
    for other in ["notBreaching", "breaching", "missing"] {
        with(Some(other)).refuses(LEVER, &format!("treats missing data as {other}"), "TreatMissingData");
    }
    with(None).is_unknown(LEVER, "treats missing data is not known");
    // An alarm that Lifeboat does not watch is not held against the lever, and that is said.
    with(Some("missing")).with(|it| primary(it).alarm = None).passes(LEVER, "is not among the deployment's alarms");
    // An object is there until somebody deletes it.
    unplanned().with(takeover_with(marker(), Some("notBreaching"))).passes(LEVER, "the standby takes over by");
}

#[test]
fn a_takeover_that_would_not_work_is_none() {
    let with = |change: fn(&mut Stage)| unplanned().with(takeover(marker())).with(change);
    // A check of a lever watches no region.
    with(|it| primary(it).inverted = false).refuses(LEVER, "watches no region that is known", "take over");
    with(|it| primary(it).disabled = true).refuses(LEVER, "is disabled", "take over");
    with(|it| it.deployment.takeovers[0].check = "another".into()).refuses(LEVER, "is inverted", "take over");
    with(|it| it.deployment.takeovers[0].region = it.from()).refuses(LEVER, "is inverted", "take over");
    with(|it| primary(it).alarm = Some(("us-east-1".into(), "lever".into()))).refuses(
        LEVER,
        "is inverted",
        "take over",
    );
    unplanned().with(takeover(metric("us-east-1"))).refuses(LEVER, "is inverted", "take over");
}

// ---- accelerators

fn accelerated(planned: bool) -> Stage {
    if planned { Stage::planned(Blueprint::GlobalAccelerator) } else { Stage::unplanned(Blueprint::GlobalAccelerator) }
}

fn silent_accelerator(it: &mut Stage) {
    it.silence(&Region::accelerator(), Service::GlobalAccelerator, Duration::from_mins(9));
}

fn endpoints(it: &mut Stage, change: impl Fn(&mut lifeboat_model::facts::global_accelerator::Endpoint)) {
    let to = it.to();
    let accelerators = &mut it.here(&Region::accelerator()).accelerators.last.as_mut().unwrap().value;
    let groups = accelerators.iter_mut().flat_map(|it| &mut it.groups).filter(|group| group.region == to);
    groups.flat_map(|group| &mut group.endpoints).for_each(change);
}

#[test]
fn an_accelerator_is_moved_from_us_west_2_or_moves_by_itself() {
    for is_planned in [true, false] {
        accelerated(is_planned).passes(LEVER, "Global Accelerator in us-west-2 answers");
        accelerated(is_planned)
            .with(|it| it.forget(&Region::accelerator(), Service::GlobalAccelerator))
            .is_unknown(LEVER, "Global Accelerator in us-west-2 must answer");
        accelerated(is_planned)
            .with(|it| it.age(&Region::accelerator(), Service::GlobalAccelerator, Duration::from_mins(9)))
            .is_unknown(LEVER, "Global Accelerator in us-west-2 must answer");
    }
    accelerated(true).with(silent_accelerator).refuses(LEVER, "its dials cannot be moved", "wait until it answers");
    // The dial of the standby is 0, which failover ignores.
    let silent = || accelerated(false).with(silent_accelerator);
    silent().passes(LEVER, "goes to us-east-2 by itself once us-east-1 is unhealthy");
    silent().with(|it| endpoints(it, |it| it.weight = Some(0))).refuses(
        LEVER,
        "no endpoint there has a weight",
        "weight",
    );
    silent().with(|it| endpoints(it, |it| it.health = Some(EndpointHealth::Unhealthy))).refuses(
        LEVER,
        "no endpoint there has a weight and is healthy",
        "give the endpoints of us-east-2 a weight",
    );
}

#[test]
fn an_accelerator_must_lead_to_the_region() {
    accelerated(false)
        .with(|it| {
            let to = it.to();
            let accelerators = &mut it.here(&Region::accelerator()).accelerators.last.as_mut().unwrap().value;
            accelerators[0].groups.retain(|group| group.region != to);
        })
        .refuses(LEVER, "has no endpoint in us-east-2", "add an endpoint group");
    accelerated(true)
        .with(|it| it.here(&Region::accelerator()).accelerators.last.as_mut().unwrap().value[0].enabled = false)
        .refuses(LEVER, "is disabled", "update-accelerator");
    accelerated(true)
        .with(|it| it.here(&Region::accelerator()).accelerators.last.as_mut().unwrap().value.clear())
        .is_unknown(LEVER, "is not described");
}

// ---- neither

#[test]
fn what_has_no_name_that_moves_says_so() {
    let bare = |it: &mut Stage| {
        it.deployment.public_name = None;
        it.deployment.active_parameter = None;
    };
    let serverless = || Stage::unplanned(Blueprint::Serverless).with(bare);
    serverless().passes(LEVER, "no name that moves");
    serverless()
        .with(|it| it.deployment.public_name = Some("api.example.com".into()))
        .is_unknown(LEVER, "how clients of api.example.com are moved is not known");
    let parameter = ActiveParameter {
        name: "/tap/dev/active".into(),
        home: "a".to_owned(),
        partner: "b".to_owned(),
        moves_traffic: true,
    };
    serverless()
        .with(|it| it.deployment.active_parameter = Some(parameter.clone()))
        .passes(LEVER, "clients follow parameter /tap/dev/active");
}
