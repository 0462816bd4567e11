//! "If you failed over now": terms, blockers, warnings.

use super::*;
use crate::assessment::{Assessment, Health};

fn calm() -> World {
    World::calm(everything())
}

/// Term names with their lengths in seconds.
fn terms(world: &World) -> Vec<(String, Option<u64>)> {
    let terms = world.judged().forecast.rto_terms;
    terms.into_iter().map(|term| (term.name, term.length.map(|length| length.as_secs()))).collect()
}

fn with_records() -> Deployment {
    Deployment { accelerators: Vec::new(), ..everything() }
}

#[test]
fn the_calm_is_ready_for_every_kind_of_deployment() {
    for deployment in [
        everything(),
        without_aurora(),
        with_records(),
        Deployment { scaling_groups: Vec::new(), load_balancers: Vec::new(), ..everything() },
        Deployment { health_checks: Vec::new(), records: Vec::new(), ..without_aurora() },
    ] {
        let judged = World::calm(deployment).judged();
        assert_eq!(blocked(&judged), Vec::<String>::new());
        assert_eq!(judged.contradictions, []);
        assert_eq!(judged.health, Health::Healthy);
        assert_eq!(judged.forecast.warnings, ["a failover has never been rehearsed"]);
        assert!(judged.forecast.rto.is_some());
    }
}

#[test]
fn nothing_read_is_not_ready() {
    let world = World { snapshot: Snapshot::default(), ..calm() };
    let judged = world.judged();
    assert!(!judged.forecast.is_ready());
    assert_eq!(judged.health, Health::Unknown);
    assert_eq!((judged.forecast.rpo, judged.forecast.rto), (None, None));
}

#[test]
fn the_recovery_time_is_a_sum_of_named_terms_and_counts_nothing_twice() {
    let named = |name: &str, seconds| (name.to_owned(), Some(seconds));
    assert_eq!(
        terms(&World::calm(with_records())),
        [named("detection", 90), named("promotion", 60), named("capacity", 0), named("dns", 60)]
    );
    let forecast = World::calm(with_records()).judged().forecast;
    assert_eq!(forecast.rto, Some(Duration::from_secs(210)));
    assert_eq!(forecast.rto_at_least, Duration::from_secs(210));
    assert_eq!(forecast.rto_terms[0].basis, "30 s × 3");
    assert_eq!(forecast.rto_terms[1].basis, "stated in the configuration");
    assert_eq!(terms(&calm()).last().unwrap(), &named("accelerator", 30));
}

#[test]
fn only_the_ttl_of_records_that_lead_somewhere_counts() {
    let note = RecordSet {
        record_type: "TXT".to_owned(),
        routing: Routing::Simple,
        ttl_s: Some(86_400),
        values: vec!["v=1".to_owned()],
        health_check: None,
        ..records().remove(0)
    };
    let world = World::calm(with_records()).says(HOME, Facts::Records([records(), vec![note]].concat()));
    assert_eq!(terms(&world).last().unwrap(), &("dns".to_owned(), Some(60)));
}

#[test]
fn instances_that_are_only_wanted_or_were_there_long_ago_are_no_capacity() {
    let capacity = |world: &World| terms(world).into_iter().find(|(name, _)| name == "capacity").unwrap().1;
    let booting = || vec![ScalingGroup { in_service: 0, ..scaling(2).remove(0) }];
    assert_eq!(capacity(&calm()), Some(0));
    assert_eq!(capacity(&calm().says(PARTNER, Facts::ScalingGroups(booting()))), None);
    // What the active region wants is what must be matched, whatever it has itself.
    assert_eq!(capacity(&calm().says(HOME, Facts::ScalingGroups(booting()))), Some(0));
    assert_eq!(capacity(&calm().later(Duration::from_mins(10))), None);
}

#[test]
fn measured_promotions_replace_the_stated_one() {
    let mut world = calm();
    world.history.promotions = [40, 300, 80].map(Duration::from_secs).to_vec();
    let forecast = world.judged().forecast;
    assert_eq!(forecast.rto_terms[1].length, Some(Duration::from_secs(80)));
    assert_eq!(forecast.rto_terms[1].basis, "median of 3 runs");
}

#[test]
fn an_unknown_term_leaves_the_sum_unknown_and_the_rest_a_floor() {
    let smaller = World::calm(with_records()).says(PARTNER, Facts::ScalingGroups(scaling(1)));
    let forecast = smaller.judged().forecast;
    assert_eq!(forecast.rto, None);
    assert_eq!(forecast.rto_at_least, Duration::from_secs(210));
    assert!(forecast.is_ready(), "not knowing how long it takes is no reason against it");
    let unstated = Deployment { objectives: Objectives::default(), ..with_records() };
    assert_eq!(World::calm(unstated).judged().forecast.rto, None);
}

#[test]
fn an_rto_out_of_reach_is_a_warning() {
    let mut deployment = with_records();
    deployment.objectives.rto = Some(Duration::from_mins(2));
    let forecast = World::calm(deployment).judged().forecast;
    assert!(forecast.is_ready());
    assert!(forecast.warnings.iter().any(|warning| warning.contains("over the RTO")), "{:?}", forecast.warnings);
}

/// What is seen already need not be waited for.
#[test]
fn once_the_check_fails_detection_is_over() {
    let world = World::calm(with_records()).measures("us-east-1", Measure::HealthCheckStatus, 0.0);
    assert_eq!(terms(&world)[0], ("detection".to_owned(), Some(0)));
    let forecast = world.judged().forecast;
    assert!(forecast.rto_terms[0].basis.contains("fails"), "{:?}", forecast.rto_terms);
    // An old verdict says nothing of now.
    assert_eq!(terms(&world.later(Duration::from_mins(20)))[0], ("detection".to_owned(), Some(90)));
}

#[test]
fn without_a_check_probes_detect_and_without_a_lever_clients_stay() {
    let bare =
        Deployment { health_checks: Vec::new(), records: Vec::new(), accelerators: Vec::new(), ..without_aurora() };
    let world = World::calm(bare);
    assert_eq!(terms(&world)[0], ("detection".to_owned(), Some(180)));
    assert_eq!(terms(&world).last().unwrap(), &("dns".to_owned(), None));
}

#[test]
fn a_lost_active_region_blocks_and_points_to_failover() {
    let lost = calm().later(Duration::from_mins(1)).all_fail(HOME, &CloudErrorKind::Timeout).says(
        "us-west-2",
        Facts::Accelerators(accelerators([100.0, 0.0], [EndpointHealth::Unhealthy, EndpointHealth::Healthy])),
    );
    let judged = lost.later(Duration::from_mins(5)).judged();
    assert_eq!(judged.regions[0].reachable, Some(false));
    assert!(
        judged.forecast.blockers.iter().any(|blocker| blocker.fix.contains("`aws rds failover-global-cluster ")
            && blocker.fix.contains("--region us-east-2")),
        "{:?}",
        blocked(&judged)
    );
}

#[test]
fn each_obstacle_is_named_with_its_fix() {
    let other_account = Facts::Identity(CallerIdentity {
        account: "999999999999".into(),
        arn: Arn::from("arn:aws:iam::999999999999:user/me"),
        expires_at: None,
    });
    let mut switching = aurora(HOME, HOME);
    switching.global.as_mut().unwrap().failover = Some(crate::facts::aurora::FailoverState {
        status: "switching-over".into(),
        from: None,
        to: None,
        data_loss_allowed: None,
    });
    let mut fenced = functions();
    fenced.functions[0].reserved_concurrency = Some(0);
    let cases: Vec<(World, &str)> = vec![
        (calm().says(HOME, other_account), "account 999999999999"),
        (calm().says(HOME, Facts::Aurora(switching)), "already switching-over"),
        (calm().says(PARTNER, Facts::Functions(fenced)), "refuses every call"),
        (
            calm().says(PARTNER, Facts::TargetGroups(target_groups(PARTNER, TargetHealth::Unhealthy))),
            "no load balancer of standby us-east-2",
        ),
        (calm().measures(PARTNER, Measure::AuroraRpoLag, 11_000.0), "against an RPO of 10 s"),
        (calm().measures(HOME, Measure::DynamoReplicationLatency, 11_000.0), "against an RPO of 10 s"),
        (calm().fails(HOME, Service::Aurora, CloudErrorKind::ExpiredCredentials), "credentials have expired"),
        (
            World::calm(with_records()).fails(HOME, Service::HealthChecks, CloudErrorKind::ServiceFailure),
            "Route 53's API (us-east-1)",
        ),
        (
            calm().fails("us-west-2", Service::GlobalAccelerator, CloudErrorKind::Timeout),
            "Global Accelerator's API (us-west-2)",
        ),
        (calm().all_fail(PARTNER, &CloudErrorKind::Unreachable), "standby region us-east-2 does not answer"),
    ];
    for (world, words) in cases {
        let judged = world.judged();
        let found = judged.forecast.blockers.iter().find(|blocker| blocker.what.contains(words));
        assert!(found.is_some_and(|blocker| !blocker.fix.is_empty()), "{words}: {:?}", blocked(&judged));
    }
}

#[test]
fn a_margin_over_the_rpo_warns_where_the_loss_itself_is_within_it() {
    // Ten times 1.5 s is over an RPO of 10 s; 1.5 s is not.
    let world = calm().measures(HOME, Measure::DynamoReplicationLatency, 1500.0);
    let judged = world.judged();
    assert!(judged.forecast.is_ready(), "{:?}", blocked(&judged));
    assert!(judged.forecast.warnings.iter().any(|warning| warning.contains("ten times")));
    assert_eq!(judged.forecast.rpo.unwrap().value, Duration::from_secs(15));
}

#[test]
fn one_throttled_poll_does_not_stop_a_rescue() {
    for service in [Service::Aurora, Service::Metrics, Service::DynamoDb, Service::HealthChecks] {
        let world = calm().fails(HOME, service, CloudErrorKind::Throttled { retry_after: None });
        assert!(world.judged().forecast.is_ready(), "{service}: {:?}", blocked(&world.judged()));
    }
}

#[test]
fn an_alarm_left_behind_by_a_role_swap_is_pointed_out() {
    let orphan = alarm("shop-lag", "AuroraGlobalDBRPOLag", AlarmState::InsufficientData);
    let swapped = [HOME, PARTNER]
        .into_iter()
        .fold(calm(), |world, region| world.says(region, Facts::Aurora(aurora(region, PARTNER))))
        .measures(HOME, Measure::AuroraRpoLag, 300.0)
        .says(PARTNER, Facts::Alarms(AlarmFacts { alarms: vec![orphan.clone()], history: Vec::new() }));
    let judged = swapped.judged();
    assert!(judged.alarms.iter().any(|alarm| alarm.orphaned_by_role_swap));
    let warned =
        |judged: &Assessment| judged.forecast.warnings.iter().any(|it| it.contains("while this one is active"));
    assert!(warned(&judged));
    let other = alarm("shop-lag-home", "AuroraGlobalDBRPOLag", AlarmState::Ok);
    let both = swapped.says(HOME, Facts::Alarms(AlarmFacts { alarms: vec![other], history: Vec::new() }));
    assert!(!warned(&both.judged()), "the other direction has an alarm of its own");
    let not_swapped = calm().says(PARTNER, Facts::Alarms(AlarmFacts { alarms: vec![orphan], history: Vec::new() }));
    assert!(!not_swapped.judged().alarms.iter().any(|alarm| alarm.orphaned_by_role_swap));
}

#[test]
fn rehearsals_grow_old() {
    let mut world = calm();
    world.history.last_rehearsed = Some(before(noon(), Duration::from_hours(24 * 10)));
    assert_eq!(world.judged().forecast.warnings, Vec::<String>::new());
    world.history.last_rehearsed = Some(before(noon(), Duration::from_hours(24 * 200)));
    assert_eq!(world.judged().forecast.warnings, ["the last rehearsal was 200 d ago"]);
}

#[test]
fn a_standby_that_serves_no_client_is_in_the_way() {
    let world = World::calm(everything()).says(PARTNER, Facts::Probes(vec![probe(Some(PARTNER), 500)]));
    let blocked = blocked(&world.judged());
    assert!(blocked.iter().any(|it| it.contains("would not be served") && it.contains("500")), "{blocked:?}");
    // The active region's own trouble is no reason to stay there.
    let world = World::calm(everything()).says(HOME, Facts::Probes(vec![probe(Some(HOME), 500)]));
    assert!(world.judged().forecast.blockers.iter().all(|it| !it.what.contains("would not be served")));
}
