//! Guards about how well the regions are and whether what is known of them is fresh.

use lifeboat_model::assessment::Health;
use lifeboat_model::facts::probe::ProbeOutcome;
use lifeboat_model::guard::GuardName;
use lifeboat_model::id::Region;
use lifeboat_model::read::Service;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::Blueprint;

use crate::stage::Stage;

fn planned() -> Stage {
    Stage::planned(Blueprint::PaymentsAurora)
}

fn unplanned() -> Stage {
    Stage::unplanned(Blueprint::PaymentsAurora)
}

/// The verdict on a world of which a region was found to be so well.
fn found(stage: &Stage, region: &Region, health: Health) -> lifeboat_model::assessment::Assessment {
    let mut assessment = stage.assessment();
    let assessed = assessment.regions.iter_mut().find(|it| it.region == *region).unwrap();
    assessed.health = health;
    assessed.reasons = vec!["something is so".to_owned()];
    assessment
}

#[derive(Debug, PartialEq)]
enum Says {
    Pass,
    Refuse,
    Unknown,
}

fn says(stage: &Stage, guard: GuardName, region: &Region, health: Health) -> Says {
    use lifeboat_model::guard::Verdict;
    let report = stage.judge_by(guard, &found(stage, region, health));
    let told = format!("{report:?}");
    assert!(health == Health::Healthy || told.contains("something is so"), "{told}");
    match report.verdict {
        Verdict::Pass => Says::Pass,
        Verdict::Refuse { .. } => Says::Refuse,
        Verdict::Unknown { .. } => Says::Unknown,
    }
}

#[test]
fn how_well_a_region_must_be_for_what() {
    use Health::{Degraded, Down, Healthy, Unknown};
    let (planned, unplanned) = (planned(), unplanned());
    let (from, to) = (planned.from(), planned.to());
    for (guard, stage, region, expected) in [
        // Healthy, degraded, down, unknown.
        (GuardName::BothHealthy, &planned, &from, [Says::Pass, Says::Refuse, Says::Refuse, Says::Unknown]),
        (GuardName::BothHealthy, &planned, &to, [Says::Pass, Says::Refuse, Says::Refuse, Says::Unknown]),
        (GuardName::StandbyHealth, &planned, &to, [Says::Pass, Says::Refuse, Says::Refuse, Says::Unknown]),
        (GuardName::StandbyHealth, &unplanned, &to, [Says::Pass, Says::Pass, Says::Refuse, Says::Unknown]),
        (GuardName::StillServing, &planned, &to, [Says::Pass, Says::Pass, Says::Refuse, Says::Unknown]),
        (GuardName::StillServing, &unplanned, &to, [Says::Pass, Says::Pass, Says::Refuse, Says::Unknown]),
    ] {
        let said = [Healthy, Degraded, Down, Unknown].map(|health| says(stage, guard, region, health));
        assert_eq!(said, expected, "{guard} of {region} in {:?}", stage.plan.mode);
    }
}

#[test]
fn the_region_that_is_left_matters_to_a_planned_run_only() {
    let lost = unplanned().with(|it| it.lose(&it.from(), Duration::from_mins(5)));
    lost.passes(GuardName::StandbyHealth, "us-east-2");
    lost.passes(GuardName::StillServing, "us-east-2");
    lost.passes(GuardName::Freshness, "us-east-1 is not needed");
    let lost = planned().with(|it| it.lose(&it.from(), Duration::from_mins(5)));
    lost.is_unknown(GuardName::Freshness, "Aurora in us-east-1 must answer: it has failed for 5 min (timed out)");
}

#[test]
fn what_vouches_for_a_region_must_have_been_heard() {
    for guard in [GuardName::StandbyHealth, GuardName::StillServing, GuardName::BothHealthy] {
        for service in [Service::Aurora, Service::DynamoDb, Service::Metrics, Service::Lambda] {
            let words = format!("{service} in us-east-2 must answer");
            planned().with(|it| it.forget(&it.to(), service)).is_unknown(guard, &words);
            planned().with(|it| it.age(&it.to(), service, Duration::from_mins(30))).is_unknown(guard, &words);
        }
    }
    let mut assessment = planned().assessment();
    assessment.regions.clear();
    let report = planned().judge_by(GuardName::StandbyHealth, &assessment);
    assert!(!report.verdict.passes(), "{report:?}");
}

#[test]
fn nobody_is_led_to_where_probes_fail() {
    planned().passes(GuardName::StillServing, "answers");
    let with = |outcome: ProbeOutcome| {
        planned().with(|it| {
            let to = it.to();
            let probes = &mut it.here(&to).probes.last.as_mut().unwrap().value;
            for probe in probes {
                probe.outcome = outcome.clone();
            }
        })
    };
    with(ProbeOutcome::Answered { status: 503, latency: Duration::from_millis(3) }).refuses(
        GuardName::StillServing,
        "answers with status 503",
        "`curl -i https://",
    );
    with(ProbeOutcome::Failed { reason: "connection refused".to_owned() }).refuses(
        GuardName::StillServing,
        "does not answer (connection refused)",
        "`curl -i https://",
    );
    planned()
        .with(|it| it.age(&it.to(), Service::Probes, Duration::from_mins(1)))
        .is_unknown(GuardName::StillServing, "probes in us-east-2 must answer: it was last read 60 s ago");
}

#[test]
fn what_the_steps_rest_on_is_fresh() {
    planned().passes(GuardName::Freshness, "readings of us-east-1 and us-east-2 are fresh");
    unplanned().passes(GuardName::Freshness, "readings of us-east-2 are fresh; us-east-1 is not needed");
    for service in [Service::Identity, Service::Aurora, Service::DynamoDb, Service::Metrics] {
        for region in [planned().from(), planned().to()] {
            let words = format!("{service} in {region} must answer");
            planned().with(|it| it.forget(&region, service)).is_unknown(GuardName::Freshness, &words);
            planned()
                .with(|it| it.silence(&region, service, Duration::from_secs(9)))
                .is_unknown(GuardName::Freshness, &words);
            planned()
                .with(|it| it.age(&region, service, Duration::from_mins(15)))
                .is_unknown(GuardName::Freshness, "it was last read 15 min ago");
        }
    }
    planned()
        .with(|it| {
            let ahead = it.now + Duration::from_mins(1);
            let to = it.to();
            it.here(&to).aurora.last.as_mut().unwrap().at = ahead;
        })
        .is_unknown(GuardName::Freshness, "ahead of this clock");
}

#[test]
fn what_a_step_looks_at_must_be_fresh_too() {
    use lifeboat_model::plan::Condition;
    let alarms = |it: &mut Stage| {
        let region = it.to();
        it.plan.steps[0].verify.push(Condition::AlarmsQuiet { region });
    };
    let stale = |it: &mut Stage| it.age(&it.to(), Service::Alarms, Duration::from_mins(15));
    planned().with(stale).passes(GuardName::Freshness, "are fresh");
    planned().with(alarms).passes(GuardName::Freshness, "are fresh");
    planned().with(alarms).with(stale).is_unknown(GuardName::Freshness, "CloudWatch alarms in us-east-2 must answer");
}
