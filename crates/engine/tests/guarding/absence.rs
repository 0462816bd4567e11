//! Nothing passes on what is not known, whatever is missing.

use std::collections::BTreeSet;

use lifeboat_engine::guards;
use lifeboat_model::guard::{GuardName, Verdict};
use lifeboat_model::id::Region;
use lifeboat_model::read::Service;
use lifeboat_model::rules::reads;
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::Blueprint;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop, prop_oneof, proptest};

use crate::stage::Stage;

type Place = (Region, Service);

fn stages() -> impl Iterator<Item = Stage> {
    Blueprint::ALL.into_iter().flat_map(|blueprint| {
        [Mode::Planned, Mode::Unplanned].into_iter().map(move |mode| Stage::calm(blueprint, mode))
    })
}

fn services(stage: &Stage, guard: GuardName) -> BTreeSet<Place> {
    guards::services(guard, &stage.plan, &stage.deployment)
}

fn forgetting(stage: &Stage, places: &BTreeSet<Place>) -> Stage {
    let mut stage = stage.clone();
    for (region, service) in places {
        stage.forget(region, *service);
    }
    stage
}

#[test]
fn a_guard_whose_facts_are_all_gone_never_passes() {
    for stage in stages() {
        for guard in GuardName::COMPOSABLE {
            let needed = services(&stage, guard);
            let mut forgotten = needed.clone();
            // Who acts may be told by either region.
            forgotten.insert((stage.plan.from.clone(), Service::Identity));
            let report = forgetting(&stage, &forgotten).judge(guard);
            let name = &stage.deployment.name;
            assert!(
                needed.is_empty() || !report.verdict.passes(),
                "{guard} of {name} {:?}: {report:?}",
                stage.plan.mode
            );
        }
    }
}

#[test]
fn a_guard_needs_nothing_but_what_it_names() {
    for stage in stages() {
        let polled = reads::polled(&stage.deployment);
        for guard in GuardName::COMPOSABLE.into_iter().filter(|guard| stage.judge(*guard).verdict.passes()) {
            let needed = services(&stage, guard);
            if needed.is_empty() {
                continue;
            }
            let others: BTreeSet<Place> = polled.difference(&needed).cloned().collect();
            let mut stale = stage.clone();
            for (region, service) in &others {
                stale.age(region, *service, Duration::from_hours(3));
            }
            let report = stale.judge(guard);
            let name = &stage.deployment.name;
            assert_eq!(report.verdict, Verdict::Pass, "{guard} of {name} in {:?}", stage.plan.mode);
        }
    }
}

#[test]
fn an_unplanned_run_asks_nothing_of_the_region_that_is_left() {
    for stage in stages().filter(|stage| stage.plan.mode == Mode::Unplanned) {
        for guard in GuardName::COMPOSABLE.into_iter().filter(|guard| *guard != GuardName::BothHealthy) {
            let asked: Vec<Place> =
                services(&stage, guard).into_iter().filter(|(region, _)| *region == stage.plan.from).collect();
            assert_eq!(asked, [], "{guard} of {}", stage.deployment.name);
        }
    }
}

#[test]
fn what_rests_on_no_fact_needs_none() {
    for guard in
        [GuardName::Access, GuardName::Lock, GuardName::FreezeWindow, GuardName::MinimumDelay, GuardName::SecondPerson]
    {
        for stage in stages() {
            let polled = reads::polled(&stage.deployment);
            assert_eq!(services(&stage, guard), BTreeSet::new());
            let report = forgetting(&stage, &polled).judge(guard);
            assert_eq!((report.verdict, report.read_at), (Verdict::Pass, None), "{guard}");
        }
    }
}

#[test]
fn evidence_is_as_old_as_its_oldest_fact() {
    let stage = Stage::planned(Blueprint::PaymentsAurora);
    for guard in [GuardName::Writer, GuardName::Synchronized, GuardName::Freshness, GuardName::Capacity] {
        let mut older = stage.clone();
        let to = older.to();
        older.age(&to, Service::Aurora, Duration::from_secs(9));
        let expected = older.here(&to).aurora.last.as_ref().unwrap().at;
        assert_eq!(older.judge(guard).read_at, Some(expected), "{guard}");
    }
}

#[derive(Clone, Copy, Debug)]
enum Mishap {
    None,
    Forgotten,
    Silent(u64),
    Old(u64),
}

fn mishap() -> impl Strategy<Value = Mishap> {
    prop_oneof![
        4 => Just(Mishap::None),
        1 => Just(Mishap::Forgotten),
        1 => (0_u64..4000).prop_map(Mishap::Silent),
        1 => (0_u64..4000).prop_map(Mishap::Old),
    ]
}

fn struck(stage: &mut Stage, mishaps: &[Mishap]) {
    let polled = reads::polled(&stage.deployment);
    for ((region, service), mishap) in polled.into_iter().zip(mishaps.iter().cycle()) {
        match mishap {
            Mishap::None => {}
            Mishap::Forgotten => stage.forget(&region, service),
            Mishap::Silent(seconds) => stage.silence(&region, service, Duration::from_secs(*seconds)),
            Mishap::Old(seconds) => stage.age(&region, service, Duration::from_secs(*seconds)),
        }
    }
}

/// What each of these guards cannot do without, in a planned run. Who acts may be told by either region, which a test of
/// its own shows.
fn indispensable(stage: &Stage, guard: GuardName) -> BTreeSet<Place> {
    match guard {
        GuardName::Freshness
        | GuardName::Capacity
        | GuardName::Parity
        | GuardName::Writer
        | GuardName::Synchronized => services(stage, guard),
        _ => BTreeSet::new(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_to_the_facts_a_guard_answers_and_knows_what_it_says(
        blueprint in prop::sample::select(Blueprint::ALL.to_vec()),
        is_planned in any::<bool>(),
        mishaps in prop::collection::vec(mishap(), 1..40),
        clock in -600_i64..600,
    ) {
        let mode = if is_planned { Mode::Planned } else { Mode::Unplanned };
        let mut stage = Stage::calm(blueprint, mode);
        struck(&mut stage, &mishaps);
        stage.now += jiff::SignedDuration::from_secs(clock);
        for guard in GuardName::COMPOSABLE {
            let report = stage.judge(guard);
            let missing: Vec<Place> = indispensable(&stage, guard)
                .into_iter()
                .filter(|(region, service)| {
                    let here = stage.snapshot.region(region);
                    here.is_none_or(|here| {
                        let contact = here.contact(*service);
                        contact.answered_at.is_none() || contact.failure.is_some()
                    })
                })
                .collect();
            let may_pass = missing.is_empty() || !is_planned;
            proptest::prop_assert!(may_pass || !report.verdict.passes(), "{guard} passes without {missing:?}");
            match &report.verdict {
                Verdict::Pass => {}
                Verdict::Refuse { reason, fix } => proptest::prop_assert!(!reason.is_empty() && !fix.is_empty()),
                Verdict::Unknown { reason } => proptest::prop_assert!(!reason.is_empty()),
            }
        }
    }
}
