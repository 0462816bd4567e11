//! What each store would lose, and what is never taken for nothing.

use super::*;
use crate::assessment::{Health, StoreAssessment, StoreKind};
use crate::observation::{Freshness, Reading};
use crate::time::age;

fn calm() -> World {
    World::calm(everything())
}

fn store(world: &World, kind: StoreKind) -> StoreAssessment {
    world.judged().stores.into_iter().find(|store| store.kind == kind).unwrap()
}

fn at_risk(world: &World, kind: StoreKind) -> Option<Duration> {
    store(world, kind).at_risk.map(|dated| dated.value)
}

#[expect(clippy::unnecessary_wraps, reason = "it is compared with what may be unknown")]
const fn ms(millis: u64) -> Option<Duration> {
    Some(Duration::from_millis(millis))
}

#[test]
fn in_the_calm_every_store_is_well() {
    for store in calm().judged().stores {
        assert_eq!(store.health, Health::Healthy, "{store:?}");
        assert_eq!(store.reasons, Vec::<String>::new());
        assert_eq!(store.writer_region, Some(HOME.into()));
        assert_eq!(store.within_rpo, Some(true));
        assert_eq!(store.at_risk.unwrap().freshness, Freshness::Fresh);
    }
}

#[test]
fn aurora_risks_its_rpo_lag_and_falls_back_to_replication_lag() {
    assert_eq!(at_risk(&calm(), StoreKind::Aurora), ms(400));
    let without = calm().never_measured(Measure::AuroraRpoLag);
    assert_eq!(at_risk(&without, StoreKind::Aurora), ms(90));
    let trend = store(&without, StoreKind::Aurora).trend.unwrap();
    assert_eq!((trend.measure, trend.region.as_str()), (Measure::AuroraReplicationLag, PARTNER));
}

#[test]
fn after_a_role_swap_lag_is_read_where_it_has_moved() {
    let swapped = [HOME, PARTNER]
        .into_iter()
        .fold(calm(), |world, region| world.says(region, Facts::Aurora(aurora(region, PARTNER))));
    // The old standby's series is still there, and is not the lag any more.
    assert_eq!(at_risk(&swapped, StoreKind::Aurora), None);
    let moved = swapped.measures(HOME, Measure::AuroraRpoLag, 250.0);
    assert_eq!(at_risk(&moved, StoreKind::Aurora), ms(250));
    assert_eq!(store(&moved, StoreKind::Aurora).writer_region, Some(PARTNER.into()));
}

#[test]
fn a_table_risks_ten_times_its_recent_worst() {
    assert_eq!(at_risk(&calm(), StoreKind::DynamoDb), ms(7000));
    let mut spiked = calm();
    for (key, points) in &mut spiked.snapshot.series {
        if key.measure == Measure::DynamoReplicationLatency {
            // Three minutes ago; what is longer ago is over.
            let count = points.len();
            points[count - 4].value = 2500.0;
            points[count - 10].value = 60_000.0;
            points[0].value = 90_000.0;
        }
    }
    assert_eq!(at_risk(&spiked, StoreKind::DynamoDb), ms(25_000));
    assert_eq!(store(&spiked, StoreKind::DynamoDb).lag.unwrap().value, Duration::from_millis(700));
}

/// A calm world some minutes later in which everything is published but of `ended`, which ended at the calm moment.
fn still_published_but(ended: &[Measure], minutes: u64) -> World {
    let mut world = calm().later(Duration::from_mins(minutes));
    for (key, points) in &mut world.snapshot.series {
        if !ended.contains(&key.measure) {
            for point in points {
                point.at = after(point.at, Duration::from_mins(minutes));
            }
        }
    }
    [HOME, PARTNER].into_iter().fold(world, |world, region| world.says(region, Facts::Metrics(Vec::new())))
}

#[test]
fn a_table_that_nobody_writes_to_loses_no_more_as_time_passes() {
    let (latency, writes) = (Measure::DynamoReplicationLatency, Measure::DynamoConsumedWrites);
    let table = |world: &World| store(world, StoreKind::DynamoDb);
    let idle = still_published_but(&[latency, writes], 10);
    let held = table(&idle);
    assert_eq!((held.at_risk.as_ref().unwrap().value, held.health), (Duration::from_secs(7), Health::Healthy));
    assert_eq!(held.lag.unwrap().freshness, Freshness::Fresh);
    assert!(!blocked(&idle.judged()).iter().any(|text| text.contains("table orders")));
    // Written and not replicated; never told whether it is written; nothing heard of the region; nothing published.
    let untold = still_published_but(&[latency, writes], 10).never_measured(writes);
    let unheard = still_published_but(&[latency, writes], 10).all_fail(HOME, &CloudErrorKind::Timeout);
    for world in [still_published_but(&[latency], 10), untold, unheard, still_published_but(&Measure::ALL, 10)] {
        let grown = table(&world);
        assert!(grown.at_risk.unwrap().value > Duration::from_mins(9), "{:?}", grown.reasons);
        assert_eq!((grown.lag.unwrap().freshness, grown.health), (Freshness::Stale, Health::Unknown));
    }
}

#[test]
fn a_strongly_consistent_table_risks_nothing_and_says_why() {
    let strong = |region| Facts::Tables(vec![Table { consistency: Consistency::Strong, ..table(region) }]);
    let world = calm()
        .says(HOME, strong(HOME))
        .says(PARTNER, strong(PARTNER))
        .never_measured(Measure::DynamoReplicationLatency);
    assert_eq!(at_risk(&world, StoreKind::DynamoDb), ms(0));
    let store = store(&world, StoreKind::DynamoDb);
    assert_eq!((store.health, store.lag), (Health::Healthy, None));
    assert!(store.reasons[0].contains("strongly consistent"));
}

/// What is missing elsewhere of a table that was written for four minutes is no more than those, however long the last of it
/// took to arrive.
#[test]
fn a_table_risks_no_more_than_it_was_written() {
    let slow = || calm().measures(HOME, Measure::DynamoReplicationLatency, 600_000.0);
    assert_eq!(at_risk(&slow(), StoreKind::DynamoDb), ms(6_000_000), "written all along");
    let mut begun = slow();
    let now = begun.now;
    for (key, points) in &mut begun.snapshot.series {
        if key.measure == Measure::DynamoConsumedWrites {
            points.retain(|point| age(now, point.at) <= Duration::from_mins(4));
        }
    }
    let risk = at_risk(&begun, StoreKind::DynamoDb).unwrap();
    assert!((Duration::from_mins(3)..=Duration::from_mins(4)).contains(&risk), "{risk:?}");
    // Where CloudWatch told nothing at all before, neither does that.
    let mut young = slow();
    for points in young.snapshot.series.values_mut() {
        points.retain(|point| age(now, point.at) <= Duration::from_mins(4));
    }
    assert_eq!(at_risk(&young, StoreKind::DynamoDb), ms(6_000_000));
}

#[test]
fn a_bucket_risks_its_latency_while_anything_is_pending() {
    assert_eq!(at_risk(&calm(), StoreKind::S3), ms(0));
    let pending = calm().measures(PARTNER, Measure::S3OperationsPending, 12.0);
    assert_eq!(at_risk(&pending, StoreKind::S3), ms(4000));
    assert_eq!(store(&pending, StoreKind::S3).pending_objects.unwrap().value, 12);
    let bytes_only = calm().measures(PARTNER, Measure::S3BytesPending, 4096.0);
    assert_eq!(at_risk(&bytes_only, StoreKind::S3), ms(4000));
}

#[test]
fn a_bucket_of_which_nothing_is_known_is_not_taken_for_empty() {
    let blind = [Measure::S3OperationsPending, Measure::S3BytesPending, Measure::S3ReplicationLatency]
        .into_iter()
        .fold(calm(), World::never_measured);
    assert_eq!(at_risk(&blind, StoreKind::S3), None);
    let pending_unknown = calm().never_measured(Measure::S3OperationsPending).never_measured(Measure::S3BytesPending);
    // Something may be pending: as far back as replication lags.
    assert_eq!(at_risk(&pending_unknown, StoreKind::S3), ms(4000));
}

#[test]
fn missing_lag_is_unknown_and_in_the_way() {
    for (measures, kind) in [
        (vec![Measure::AuroraRpoLag, Measure::AuroraReplicationLag], StoreKind::Aurora),
        (vec![Measure::DynamoReplicationLatency], StoreKind::DynamoDb),
    ] {
        let world = measures.into_iter().fold(calm(), World::never_measured);
        let store = store(&world, kind);
        assert_eq!((store.at_risk, store.lag, store.within_rpo), (None, None, None));
        assert_eq!(store.health, Health::Unknown);
        let judged = world.judged();
        assert_eq!(judged.forecast.rpo, None, "a part is not the whole");
        assert!(blocked(&judged).iter().any(|text| text.contains("is not known")), "{:?}", blocked(&judged));
    }
}

#[test]
fn a_stale_number_is_kept_and_grows_by_its_age() {
    let world = calm().later(Duration::from_mins(20));
    let store = store(&world, StoreKind::Aurora);
    let lag = store.lag.unwrap();
    assert_eq!((lag.value, lag.freshness), (Duration::from_millis(400), Freshness::Stale));
    // The newest period ended at 12:00:00; it is 12:20:30.
    assert_eq!(store.at_risk.unwrap().value, Duration::from_millis(400) + Duration::from_secs(1230));
    assert!(!world.judged().forecast.is_ready());
}

#[test]
fn once_the_writers_region_is_silent_a_minute_old_number_is_stale() {
    let world = calm().later(Duration::from_mins(1)).all_fail(HOME, &CloudErrorKind::Timeout);
    // The other region's CloudWatch still answers, and the points are not five minutes old.
    for kind in StoreKind::ALL {
        let store = store(&world, kind);
        let at_risk = store.at_risk.unwrap();
        assert_ne!(at_risk.freshness, Freshness::Fresh, "{kind:?}");
        assert!(at_risk.value >= Duration::from_mins(1), "{kind:?} {at_risk:?}");
        assert_eq!(store.health, Health::Unknown, "{kind:?} {:?}", store.reasons);
    }
}

#[test]
fn lag_far_over_its_usual_is_news_without_any_objective() {
    let mut world = World::calm(Deployment { objectives: Objectives::default(), ..everything() });
    let usual = |world: &mut World, minutes: i64, value: f64| {
        for (key, points) in &mut world.snapshot.series {
            if key.measure == Measure::DynamoReplicationLatency && key.region.as_str() == HOME {
                let newest = *points.last().unwrap();
                *points = (1..=minutes)
                    .rev()
                    .map(|minute| Point { at: newest.at - jiff::SignedDuration::from_mins(15 + minute), value })
                    .chain([newest])
                    .collect();
            }
        }
    };
    usual(&mut world, 60, 700.0);
    assert_eq!(store(&world, StoreKind::DynamoDb).health, Health::Healthy);
    let newest_is = |world: &mut World, value: f64| {
        for (key, points) in &mut world.snapshot.series {
            if key.measure == Measure::DynamoReplicationLatency && key.region.as_str() == HOME {
                points.last_mut().unwrap().value = value;
            }
        }
    };
    for (value, usually, minutes, health) in [
        (25_000.0, 700.0, 60, Health::Degraded),
        (6_900.0, 700.0, 60, Health::Healthy),
        (1_900.0, 100.0, 60, Health::Healthy),
        (25_000.0, 700.0, 20, Health::Healthy),
    ] {
        usual(&mut world, minutes, usually);
        newest_is(&mut world, value);
        let store = store(&world, StoreKind::DynamoDb);
        assert_eq!(store.health, health, "{value} over {usually} in {minutes} minutes: {:?}", store.reasons);
    }
}

#[test]
fn an_rpo_of_one_kind_of_store_holds_for_that_kind_alone() {
    let with = |rpo: Option<u64>, by_store: &[(StoreKind, u64)]| {
        let objectives = Objectives {
            rpo: rpo.map(Duration::from_millis),
            rpo_by_store: by_store.iter().map(|(kind, millis)| (*kind, Duration::from_millis(*millis))).collect(),
            ..everything().objectives
        };
        World::calm(Deployment { objectives, ..everything() }).judged()
    };
    // In the calm 400 ms of Aurora, 7 s of the table and less than a minute of the bucket are at risk.
    for (rpo, by_store, within, target, met) in [
        (None, &[][..], [None, None, None], None, None),
        (None, &[(StoreKind::Aurora, 500)], [Some(true), None, None], Some(500), Some(true)),
        (None, &[(StoreKind::Aurora, 300)], [Some(false), None, None], Some(300), Some(false)),
        (
            Some(500),
            &[(StoreKind::DynamoDb, 60_000), (StoreKind::S3, 900_000)],
            [Some(true), Some(true), Some(true)],
            Some(500),
            Some(true),
        ),
    ] {
        let judged = with(rpo, by_store);
        assert_eq!(judged.stores.iter().map(|store| store.within_rpo).collect::<Vec<_>>(), within, "{by_store:?}");
        assert_eq!(judged.forecast.rpo_target, target.map(Duration::from_millis), "{by_store:?}");
        assert_eq!(judged.forecast.rpo_met, met, "{by_store:?}");
        let (kind, name) = judged.forecast.rpo_store.unwrap();
        let worst = judged.stores.iter().max_by_key(|it| it.at_risk.as_ref().map(|dated| dated.value)).unwrap();
        assert_eq!((kind, &name), (worst.kind, &worst.name), "{by_store:?}");
    }
}

#[test]
fn a_zero_that_is_stale_is_no_zero() {
    let world = calm().later(Duration::from_mins(20));
    assert_eq!(at_risk(&world, StoreKind::S3), Some(Duration::from_secs(1230)));
}

/// A calm world whose pair has two rules, the second as given, measured or not.
fn two_rules(second: &dyn Fn(ReplicationRule) -> ReplicationRule) -> World {
    let mut facts = buckets(HOME);
    let rule = facts[0].rules[0].clone();
    facts[0].rules.push(second(ReplicationRule { id: "more".to_owned(), ..rule }));
    calm().says(HOME, Facts::Buckets(facts))
}

#[test]
fn every_rule_of_a_pair_has_to_tell_its_part() {
    let untold = two_rules(&|rule| rule);
    let bucket = store(&untold, StoreKind::S3);
    assert_eq!((bucket.at_risk, bucket.pending_objects, bucket.pending_bytes), (None, None, None));
    assert_eq!(bucket.health, Health::Unknown);
    assert!(bucket.reasons.iter().any(|reason| reason.contains("rule more has no data")), "{:?}", bucket.reasons);
    assert!(blocked(&untold.judged()).iter().any(|text| text.contains("bucket shop-assets is not known")));
    let told = untold.measures(PARTNER, Measure::S3OperationsPending, 3.0);
    let bucket = store(&told, StoreKind::S3);
    assert_eq!((bucket.pending_objects.unwrap().value, bucket.pending_bytes), (6, None));
    // By design of one rule, which hides nothing of the other.
    let unmetered = || two_rules(&|rule| ReplicationRule { metrics: false, ..rule });
    assert_eq!(at_risk(&unmetered(), StoreKind::S3), None);
    assert_eq!(blocked(&unmetered().judged()), Vec::<String>::new());
    let mut late = unmetered();
    for (key, points) in &mut late.snapshot.series {
        if matches!(key.measure, Measure::S3OperationsPending | Measure::S3ReplicationLatency) {
            for point in points {
                point.value = 3600.0;
            }
        }
    }
    assert!(
        blocked(&late.judged()).iter().any(|text| text.contains("60 min of bucket")),
        "{:?}",
        blocked(&late.judged())
    );
}

#[test]
fn a_rule_that_is_switched_off_is_in_the_way_though_another_is_on() {
    let world = two_rules(&|rule| ReplicationRule { enabled: false, ..rule });
    let texts = blocked(&world.judged());
    assert!(texts.iter().any(|text| text.contains("rule more of shop-assets is switched off")), "{texts:?}");
    assert_eq!(at_risk(&world, StoreKind::S3), ms(0), "what is in force still tells its part");
}

#[test]
fn copies_that_were_given_up_are_counted_until_they_are_three_hours_old() {
    let mut world = calm();
    let failed = |world: &mut World, minutes_ago: u64| {
        for (key, points) in &mut world.snapshot.series {
            if key.measure == Measure::S3OperationsFailed {
                let at = before(noon(), Duration::from_mins(minutes_ago));
                *points =
                    vec![Point { at, value: 4.0 }, Point { at: before(noon(), Duration::from_mins(2)), value: 0.0 }];
            }
        }
    };
    failed(&mut world, 150);
    let words = "4 operations failed in the last 3 h; they need Batch Replication";
    let bucket = store(&world, StoreKind::S3);
    assert_eq!((bucket.health, bucket.reasons.as_slice()), (Health::Degraded, &[words.to_owned()][..]));
    let warnings = world.judged().forecast.warnings;
    assert!(warnings.iter().any(|warning| warning.contains(words)), "{warnings:?}");
    failed(&mut world, 190);
    assert_eq!(store(&world, StoreKind::S3).health, Health::Healthy);
}

#[test]
fn after_a_role_swap_a_rule_of_one_direction_copies_nothing_back() {
    let swapped = || {
        [HOME, PARTNER]
            .into_iter()
            .fold(calm(), |world, region| world.says(region, Facts::Aurora(aurora(region, PARTNER))))
    };
    let uncopied = |world: &World| {
        let blocked = blocked(&world.judged());
        blocked.into_iter().find(|text| text.contains("objects written in us-east-2 are not copied to us-east-1"))
    };
    assert_eq!(uncopied(&calm()), None);
    let text = uncopied(&swapped()).unwrap();
    assert!(text.contains("give shop-assets-dr a replication rule to shop-assets"), "{text}");
    assert_eq!(at_risk(&swapped(), StoreKind::S3), None);
    assert_eq!(swapped().judged().forecast.rpo, None);
    // A rule that leads out of it, or a pair that says so and is judged by itself.
    let mut back = buckets(PARTNER);
    back[0].rules = buckets(HOME).remove(0).rules;
    let leads_elsewhere = swapped().says(PARTNER, Facts::Buckets(back.clone()));
    assert!(uncopied(&leads_elsewhere).is_some(), "a rule to another bucket copies nothing back");
    back[0].rules[0].destination = "shop-assets".into();
    let copied = swapped().says(PARTNER, Facts::Buckets(back));
    assert_eq!(uncopied(&copied), None);
    // Of the way back nothing is measured yet: the other way's backlog is not its own.
    let bucket = store(&copied, StoreKind::S3);
    assert_eq!((bucket.name.as_str(), bucket.writer_region), ("shop-assets-dr", Some(Region::from(PARTNER))));
    assert_eq!((bucket.at_risk, bucket.lag), (None, None));
    assert_eq!(copied.judged().forecast.rpo, None);
    // And where it is, that is what counts.
    let measured = copied.measures(HOME, Measure::S3OperationsPending, 0.0);
    assert_eq!(at_risk(&measured, StoreKind::S3), ms(0));
    let behind = measured.measures(HOME, Measure::S3OperationsPending, 3.0);
    let behind = behind.measures(HOME, Measure::S3ReplicationLatency, 5.0);
    assert_eq!(at_risk(&behind, StoreKind::S3), ms(5000));
    let mut with_pair = swapped();
    let BucketPair { source, destination } = with_pair.deployment.buckets[0].clone();
    with_pair.deployment.buckets.push(BucketPair { source: destination, destination: source });
    assert_eq!(uncopied(&with_pair), None);
    let mut unread = swapped();
    unread.snapshot.regions.get_mut(&Region::from(PARTNER)).unwrap().buckets = Reading::default();
    assert!(uncopied(&unread).unwrap().starts_with("whether"));
}

#[test]
fn metrics_that_never_come_by_design_warn_and_do_not_block() {
    let mut unmeasured = buckets(HOME);
    unmeasured[0].rules[0].metrics = false;
    let world = [Measure::S3OperationsPending, Measure::S3BytesPending, Measure::S3ReplicationLatency]
        .into_iter()
        .fold(calm().says(HOME, Facts::Buckets(unmeasured)), World::never_measured);
    let judged = world.judged();
    assert!(judged.forecast.is_ready(), "{:?}", blocked(&judged));
    assert_eq!(judged.forecast.rpo, None);
    assert!(judged.forecast.warnings.iter().any(|warning| warning.contains("replication metrics")));
}

#[test]
fn the_trend_has_a_slope() {
    let mut rising = calm();
    for (key, points) in &mut rising.snapshot.series {
        if key.measure == Measure::AuroraRpoLag {
            for (n, point) in points.iter_mut().enumerate() {
                point.value = 100.0 + 25.0 * n as f64;
            }
        }
    }
    let slope = store(&rising, StoreKind::Aurora).slope_ms_per_minute.unwrap();
    assert!((slope - 25.0).abs() < 1e-6, "{slope}");
}

#[test]
fn obstacles_of_the_standby_are_named() {
    let mut resync = aurora(PARTNER, HOME);
    resync.global.as_mut().unwrap().members[1].synchronization = Some(Synchronization::PendingResync);
    let mut upgrading = aurora(PARTNER, HOME);
    upgrading.cluster.as_mut().unwrap().status = "upgrading".to_owned();
    let mut headless = aurora(PARTNER, HOME);
    headless.cluster.as_mut().unwrap().instances.clear();
    let creating = Table { status: TableStatus::Creating, ..table(PARTNER) };
    let mut disabled = table(HOME);
    disabled.replicas[0].status = ReplicaStatus::RegionDisabled;
    for (region, facts, words) in [
        (PARTNER, Facts::Aurora(resync), "pending-resync"),
        (PARTNER, Facts::Aurora(upgrading), "is upgrading"),
        (PARTNER, Facts::Aurora(headless), "no instance to promote"),
        (PARTNER, Facts::Tables(vec![creating]), "is CREATING"),
        (PARTNER, Facts::Tables(Vec::new()), "not described by us-east-2"),
        (HOME, Facts::Tables(vec![disabled]), "REGION_DISABLED"),
    ] {
        let judged = calm().says(region, facts).judged();
        assert!(blocked(&judged).iter().any(|text| text.contains(words)), "{words}: {:?}", blocked(&judged));
    }
}
