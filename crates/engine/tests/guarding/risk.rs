//! What would be lost or must be waited for.

use lifeboat_model::assessment::{Assessment, Dated, StoreKind};
use lifeboat_model::guard::{GuardName, Verdict};
use lifeboat_model::metric::{Measure, Point};
use lifeboat_model::objective::Objectives;
use lifeboat_model::observation::Freshness;
use lifeboat_model::read::Service;
use lifeboat_model::runbook::{Mode, StepKind};
use lifeboat_model::time::{Duration, before};
use lifeboat_model::topology::Blueprint;

use crate::stage::{Stage, watch};

fn planned() -> Stage {
    Stage::planned(Blueprint::PaymentsAurora)
}

fn unplanned() -> Stage {
    Stage::unplanned(Blueprint::PaymentsAurora)
}

fn at_risk(stage: &Stage, kind: StoreKind, value: Duration, freshness: Freshness) -> Assessment {
    let mut assessment = stage.assessment();
    let store = assessment.stores.iter_mut().find(|store| store.kind == kind).unwrap();
    let at_risk = store.at_risk.as_mut().unwrap();
    (at_risk.value, at_risk.freshness) = (value, freshness);
    assessment
}

fn refusal(stage: &Stage, assessment: &Assessment) -> (String, String) {
    match stage.judge_by(GuardName::Lag, assessment).verdict {
        Verdict::Refuse { reason, fix } => (reason, fix),
        other => panic!("{other:?}"),
    }
}

fn passing(stage: &Stage, assessment: &Assessment) -> String {
    let report = stage.judge_by(GuardName::Lag, assessment);
    assert_eq!(report.verdict, Verdict::Pass);
    report.evidence
}

#[test]
fn a_planned_run_waits_as_long_as_its_steps_may() {
    let stage = planned();
    stage.passes(GuardName::Lag, "to be replicated, within 15 min, which the run waits for at most");
    for kind in StoreKind::ALL {
        let (mins, secs) = (Duration::from_mins(15), Duration::from_secs(1));
        let just = at_risk(&stage, kind, mins, Freshness::Fresh);
        assert!(passing(&stage, &just).contains("15 min of"), "{kind:?}");
        let (reason, fix) = refusal(&stage, &at_risk(&stage, kind, mins + secs, Freshness::Fresh));
        assert!(reason.contains("not replicated yet, over 15 min"), "{reason}");
        assert!(fix.contains("lifeboat status"), "{fix}");
    }
}

#[test]
fn where_no_step_waits_the_rpo_holds() {
    let stage = planned().with(|it| it.plan.steps.retain(|step| !step.kind.promotes()));
    stage.passes(GuardName::Lag, "within 1 s, its RPO, as no step waits for it");
    let assessment = at_risk(&stage, StoreKind::Aurora, Duration::from_secs(2), Freshness::Fresh);
    assert!(refusal(&stage, &assessment).0.contains("over 1 s, its RPO"));
    let without_drain = planned().with(|it| it.plan.steps.retain(|step| step.kind != StepKind::DynamodbDrain));
    without_drain.passes(GuardName::Lag, "no RPO is stated and no step waits for it");
}

#[test]
fn an_unplanned_run_loses_at_most_what_was_promised() {
    let stage = unplanned();
    stage.passes(GuardName::Lag, "within the RPO of 1 s");
    stage.passes(GuardName::Lag, "no RPO is stated");
    let over = at_risk(&stage, StoreKind::Aurora, Duration::from_millis(1001), Freshness::Fresh);
    let (reason, fix) = refusal(&stage, &over);
    assert!(reason.contains("1.1 s of Aurora aurora-global-dev would be lost, over the RPO of 1 s"), "{reason}");
    assert!(fix.contains("`lifeboat run failover --override lag=REASON`"), "{fix}");
}

#[test]
fn a_number_that_is_old_or_missing_is_no_number() {
    for stage in [planned(), unplanned()] {
        for kind in StoreKind::ALL {
            // What only the region that is left could tell is a bound in an unplanned run, which does not ask it.
            let is_asked = stage.plan.mode == Mode::Planned || kind != StoreKind::DynamoDb;
            let stale = at_risk(&stage, kind, Duration::from_millis(1), Freshness::Stale);
            let verdict = stage.judge_by(GuardName::Lag, &stale).verdict;
            assert!(
                !is_asked
                    || matches!(&verdict, Verdict::Unknown { reason } if reason.contains("was last known") && reason.contains("metrics of us-east-")),
                "{kind:?} {verdict:?}"
            );
            let mut missing = stage.assessment();
            missing.stores.iter_mut().filter(|store| store.kind == kind).for_each(|store| store.at_risk = None);
            let verdict = stage.judge_by(GuardName::Lag, &missing).verdict;
            assert!(
                matches!(&verdict, Verdict::Unknown { reason } if reason.contains("is not known")),
                "{kind:?} {verdict:?}"
            );
            let mut unlisted = stage.assessment();
            unlisted.stores.retain(|store| store.kind != kind);
            let verdict = stage.judge_by(GuardName::Lag, &unlisted).verdict;
            assert!(matches!(verdict, Verdict::Unknown { .. }), "{kind:?} {verdict:?}");
        }
    }
    let without = planned().with(|it| it.forget(&it.to(), Service::Metrics));
    without.is_unknown(GuardName::Lag, "CloudWatch metrics of us-east-2 must answer");
}

#[tokio::test]
async fn once_the_region_is_silent_the_most_that_can_be_lost_counts() {
    let lost = lifeboat_sim::scenario::find("region-loss").unwrap();
    for world in watch(&lost, Duration::from_mins(3)).await {
        if world.0.global_cluster.is_none() {
            continue;
        }
        let promised = |length: Duration| {
            Stage::leaving_home(world.clone(), Mode::Unplanned).with(|it| {
                it.deployment.objectives = Objectives { rpo: Some(length), ..Objectives::default() };
            })
        };
        let lenient = promised(Duration::from_mins(10));
        lenient.passes(GuardName::Lag, "would lose at most 3 min");
        lenient.passes(GuardName::Lag, "counting all since us-east-1 was last measured");
        // Waiting would bring nothing of it back: what is lost is said, and the typed phrase accepts it.
        promised(Duration::from_mins(3)).passes(GuardName::Lag, "over the RPO of 3 min; us-east-1 is lost");
        // A planned run has no use for a bound.
        let planned = Stage::leaving_home(world.clone(), Mode::Planned);
        planned.is_unknown(GuardName::Lag, "was last known");
    }
}

/// Aurora's lag has grown as fast as time passes for so long.
fn standing_still(stage: &mut Stage, minutes: u32) {
    let to = stage.to();
    let (key, newest) = {
        let keys = stage.snapshot.series.iter();
        let mut of_lag = keys.filter(|(key, _)| key.measure == Measure::AuroraRpoLag && key.region == to);
        let (key, points) = of_lag.next().unwrap();
        (key.clone(), points.last().unwrap().at)
    };
    let points = (0..=minutes).rev().map(|back| Point {
        at: before(newest, Duration::from_mins(u64::from(back))),
        value: f64::from(minutes - back) * 60_000.0 + 100.0,
    });
    stage.snapshot.series.insert(key, points.collect());
}

#[test]
fn lag_that_grows_as_time_passes_never_drains() {
    let still = |stage: Stage| stage.with(|it| standing_still(it, 4));
    still(planned()).refuses(
        GuardName::Lag,
        "replication of Aurora aurora-global-dev stands still",
        "restore the link",
    );
    // With both regions alive a promotion would make a second writer.
    let lenient = |stage: Stage| stage.with(|it| it.deployment.objectives = Objectives::default());
    still(lenient(unplanned())).refuses(GuardName::Lag, "both would take writes", "fence what writes in us-east-1");
    let lost = still(lenient(unplanned())).with(|it| it.lose(&it.from(), Duration::from_mins(4)));
    lost.passes(GuardName::Lag, "at most");
}

#[test]
fn objects_that_no_rule_copies_are_not_left_behind_unnoticed() {
    for stage in [planned(), unplanned()] {
        let from = stage.from();
        let change = |it: &mut Stage| {
            let buckets = &mut it.here(&from).buckets.last.as_mut().unwrap().value;
            buckets.iter_mut().flat_map(|bucket| &mut bucket.rules).for_each(|rule| rule.enabled = false);
        };
        stage.with(change).refuses(GuardName::Lag, "are not copied to us-east-2", "put-bucket-replication");
    }
}

#[test]
fn the_way_back_needs_a_rule_of_its_own_and_its_own_measure() {
    let back = |mut stage: Stage| {
        (stage.plan.from, stage.plan.to) = (stage.to(), stage.from());
        stage.plan.steps.clear();
        stage
    };
    let stage = back(Stage::planned(Blueprint::Serverless));
    stage.refuses(
        GuardName::Lag,
        "objects written to tap-dev-secondary-us-west-2 in us-west-2 are not copied",
        "Batch Replication",
    );
    let with_rule = back(Stage::planned(Blueprint::Serverless)).with(|it| {
        let pair = it.deployment.buckets[0].clone();
        let rule = {
            let there = it.here(&pair.source.region).buckets.last.as_ref().unwrap().value.clone();
            there.iter().find(|bucket| bucket.name == pair.source.name).unwrap().rules[0].clone()
        };
        let here = it.here(&pair.destination.region).buckets.last.as_mut().unwrap();
        let bucket = here.value.iter_mut().find(|bucket| bucket.name == pair.destination.name).unwrap();
        bucket.rules =
            vec![lifeboat_model::facts::s3::ReplicationRule { destination: pair.source.name.clone(), ..rule }];
    });
    // The assessment judges that way, and the guard says no more and no less than it does.
    with_rule.is_unknown(
        GuardName::Lag,
        "has not replicated of bucket tap-dev-primary-us-east-1 is not told while us-east-1 is the active region",
    );
    let pair = with_rule.deployment.buckets[0].clone();
    let mut assessment = with_rule.assessment();
    let known = |name: &str| assessment.stores.iter().any(|store| store.kind == StoreKind::S3 && store.name == name);
    assert!(known(pair.source.name.as_str()) || known(pair.destination.name.as_str()));
    for store in assessment.stores.iter_mut().filter(|store| store.kind == StoreKind::S3) {
        store.name = pair.destination.name.as_str().to_owned();
        store.writer_region = Some(pair.destination.region.clone());
        store.at_risk = Some(Dated { value: Duration::from_secs(7), at: with_rule.now, freshness: Freshness::Fresh });
    }
    let report = with_rule.judge_by(GuardName::Lag, &assessment);
    assert!(report.evidence.contains("7 s of bucket tap-dev-secondary-us-west-2"), "{report:?}");
}

#[test]
fn a_deployment_without_stores_has_nothing_to_lose() {
    let stage = planned().with(|it| {
        it.deployment.global_cluster = None;
        it.deployment.tables.clear();
        it.deployment.buckets.clear();
    });
    stage.passes(GuardName::Lag, "no data store");
}
