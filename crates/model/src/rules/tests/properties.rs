//! What must hold whatever is seen, in whatever order, however long ago.

use proptest::prelude::*;

use super::*;

/// Failures of every kind, and departures from the calm.
fn kinds() -> impl Strategy<Value = CloudErrorKind> {
    prop_oneof![
        Just(CloudErrorKind::Throttled { retry_after: None }),
        Just(CloudErrorKind::Denied { action: None }),
        Just(CloudErrorKind::ExpiredCredentials),
        Just(CloudErrorKind::MissingCredentials),
        Just(CloudErrorKind::NotFound),
        Just(CloudErrorKind::Timeout),
        Just(CloudErrorKind::Unreachable),
        Just(CloudErrorKind::ServiceFailure),
        Just(CloudErrorKind::Malformed),
    ]
}

/// What may befall one observation of a refresh.
#[derive(Clone, Debug)]
enum Fate {
    Arrives,
    Lost,
    Fails(CloudErrorKind),
    /// Arrives as something else than the calm.
    Changed(u8),
}

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Arrives),
        2 => Just(Fate::Lost),
        2 => kinds().prop_map(Fate::Fails),
        2 => any::<u8>().prop_map(Fate::Changed),
    ]
}

fn deployments() -> Vec<Deployment> {
    vec![
        everything(),
        without_aurora(),
        Deployment { accelerators: Vec::new(), ..everything() },
        Deployment { records: Vec::new(), health_checks: Vec::new(), ..without_aurora() },
    ]
}

/// Something that a region might say instead.
fn changed(facts: Facts, how: u8) -> Facts {
    let value = f64::from(how) * 1000.0 - 2000.0;
    match facts {
        Facts::Aurora(mut facts) => {
            if let Some(global) = &mut facts.global {
                for (n, member) in global.members.iter_mut().enumerate() {
                    member.is_writer = how >> n & 1 == 1;
                }
            }
            if how & 4 != 0 {
                facts.cluster = None;
            }
            if how & 8 != 0 {
                facts.global = None;
            }
            Facts::Aurora(facts)
        }
        Facts::Metrics(mut series) => {
            for (n, series) in series.iter_mut().enumerate() {
                if n % 3 == usize::from(how % 3) {
                    series.points.iter_mut().for_each(|point| point.value = value);
                }
                if n % 5 == usize::from(how % 5) {
                    series.points.clear();
                }
                if n % 7 == usize::from(how % 7) {
                    series.points.iter_mut().for_each(|point| point.value = f64::NAN);
                }
            }
            Facts::Metrics(series)
        }
        Facts::Tables(_) => Facts::Tables(Vec::new()),
        Facts::Buckets(_) => Facts::Buckets(Vec::new()),
        Facts::HealthChecks(mut checks) => {
            for (n, check) in checks.iter_mut().enumerate() {
                check.inverted = how >> n & 1 == 1;
                check.disabled = how >> (n + 2) & 1 == 1;
                check.checkers.truncate(usize::from(how % 17));
            }
            Facts::HealthChecks(checks)
        }
        Facts::Answers(_) => {
            Facts::Answers(vec![answer(Vantage::Authority, if how & 1 == 0 { HOME } else { PARTNER })])
        }
        Facts::Probes(probes) => Facts::Probes(
            probes
                .into_iter()
                .map(|probe| Probe { outcome: ProbeOutcome::Failed { reason: "refused".to_owned() }, ..probe })
                .collect(),
        ),
        Facts::TargetGroups(_) => Facts::TargetGroups(Vec::new()),
        Facts::ScalingGroups(_) => Facts::ScalingGroups(scaling(u32::from(how))),
        Facts::Accelerators(_) => Facts::Accelerators(accelerators(
            [f64::from(how), 255.0 - f64::from(how)],
            [EndpointHealth::Unhealthy, EndpointHealth::Initial],
        )),
        other => other,
    }
}

fn befallen(observation: Observation, fate: &Fate) -> Option<Observation> {
    Some(match fate {
        Fate::Arrives => observation,
        Fate::Lost => return None,
        Fate::Fails(kind) => failed(observation.region.as_str(), observation.service, kind.clone(), observation.at),
        Fate::Changed(how) => {
            let outcome = observation.outcome.map(|facts| changed(facts, *how));
            Observation { outcome, ..observation }
        }
    })
}

/// Two refreshes, ten seconds apart, each of whose observations meets a fate.
fn worlds() -> impl Strategy<Value = (Deployment, Vec<Observation>)> {
    (0..deployments().len(), prop::collection::vec(fates(), 120)).prop_map(|(which, fates)| {
        let deployment = deployments().swap_remove(which);
        let first = calm_observations(&deployment);
        let second = first.iter().cloned().enumerate().map(|(n, observation)| Observation {
            // No two at the same moment: of two answers of one moment neither is newer.
            at: after(noon(), Duration::from_millis(10_000 + n as u64)),
            ..observation
        });
        let all: Vec<Observation> = first
            .clone()
            .into_iter()
            .chain(second)
            .zip(fates.iter().cycle())
            .filter_map(|(observation, fate)| befallen(observation, fate))
            .collect();
        (deployment, all)
    })
}

/// One calm refresh in which just one thing is otherwise.
fn single_faults() -> impl Strategy<Value = (Deployment, Vec<Observation>)> {
    (0..deployments().len(), any::<prop::sample::Index>(), fates()).prop_map(|(which, index, fate)| {
        let deployment = deployments().swap_remove(which);
        let mut all = calm_observations(&deployment);
        let hit = all.remove(index.index(all.len()));
        all.extend(befallen(hit, &fate));
        (deployment, all)
    })
}

fn snapshot(observations: &[Observation]) -> Snapshot {
    let mut snapshot = Snapshot::default();
    for observation in observations {
        snapshot.apply(observation.clone());
    }
    snapshot
}

fn judge(deployment: &Deployment, snapshot: &Snapshot, now: Timestamp) -> Assessment {
    crate::rules::assess(deployment, snapshot, &RunHistory::default(), Tempo::Calm, now)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn judging_never_panics_and_is_whole((deployment, seen) in worlds(), minutes in 0_u64..600) {
        let now = after(noon(), Duration::from_mins(minutes));
        let judged = judge(&deployment, &snapshot(&seen), now);
        prop_assert_eq!(judged.regions.len(), 2);
        prop_assert_eq!(judged.stores.len(), deployment.tables.len() + deployment.buckets.len() + usize::from(deployment.global_cluster.is_some()));
        for blocker in &judged.forecast.blockers {
            prop_assert!(!blocker.what.is_empty() && !blocker.fix.is_empty(), "{:?}", blocker);
        }
        for planned in planned_reads(&deployment, &snapshot(&seen), now) {
            if let Read::Metrics { queries, window } = planned.read {
                prop_assert!(queries.len() <= 500 && window.from < window.to);
            }
        }
    }

    #[test]
    fn time_alone_never_makes_ready((deployment, seen) in worlds(), first in 0_u64..900, more in 0_u64..20_000) {
        let snapshot = snapshot(&seen);
        let at = after(noon(), Duration::from_secs(11 + first));
        let later = after(at, Duration::from_secs(more));
        let (before, then) = (judge(&deployment, &snapshot, at), judge(&deployment, &snapshot, later));
        prop_assert!(
            before.forecast.is_ready() || !then.forecast.is_ready(),
            "blocked by {:?}, and free {more} s later", blocked(&before)
        );
    }

    #[test]
    fn time_alone_never_mends_a_single_fault((deployment, seen) in single_faults(), first in 0_u64..900, more in 0_u64..20_000) {
        let snapshot = snapshot(&seen);
        let at = after(noon(), Duration::from_secs(first));
        let later = after(at, Duration::from_secs(more));
        let (before, then) = (judge(&deployment, &snapshot, at), judge(&deployment, &snapshot, later));
        prop_assert!(
            before.forecast.is_ready() || !then.forecast.is_ready(),
            "blocked by {:?}, and free {more} s later", blocked(&before)
        );
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(
        (deployment, seen) in worlds(),
        keys in prop::collection::vec(any::<u32>(), 300),
    ) {
        let mut shuffled: Vec<(u32, Observation)> = keys.into_iter().cycle().zip(seen.clone()).collect();
        shuffled.sort_by_key(|(key, _)| *key);
        let shuffled: Vec<Observation> = shuffled.into_iter().map(|(_, observation)| observation).collect();
        let now = after(noon(), Duration::from_secs(20));
        let (one, other) = (judge(&deployment, &snapshot(&seen), now), judge(&deployment, &snapshot(&shuffled), now));
        prop_assert_eq!(format!("{one:#?}"), format!("{other:#?}"));
    }

    #[test]
    fn what_is_missing_is_never_nothing((deployment, seen) in worlds(), gone in prop::collection::vec(any::<bool>(), 64)) {
        let whole = snapshot(&seen);
        let now = after(noon(), Duration::from_secs(20));
        let mut holed = whole.clone();
        let mut gone = gone.into_iter().cycle();
        holed.series.retain(|_, _| gone.next() == Some(false));
        let (with, without) = (judge(&deployment, &whole, now), judge(&deployment, &holed, now));
        for (a, b) in with.stores.iter().zip(&without.stores) {
            let zero = |store: &crate::assessment::StoreAssessment| store.at_risk.as_ref().is_some_and(|it| it.value.is_zero());
            // A bucket's backlog is told by two series: either of them may say that nothing is pending.
            let is_told_otherwise = b.pending_bytes.is_some() || b.pending_objects.is_some();
            prop_assert!(!zero(b) || zero(a) || is_told_otherwise, "{a:?} became {b:?}");
        }
        let unread = judge(&deployment, &Snapshot::default(), now);
        prop_assert!(unread.stores.iter().all(|store| store.at_risk.is_none() && store.lag.is_none()));
        prop_assert!(unread.regions.iter().all(|region| region.traffic.is_none() && region.errors_percent.is_none()));
    }
}
