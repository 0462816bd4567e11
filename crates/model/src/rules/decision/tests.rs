//! Each criterion from a calm moment on: what speaks for a failover, what against it, and what is not known.

use super::*;
use crate::cloud_error::CloudErrorKind;
use crate::facts::Facts;
use crate::facts::load_balancing::Target;
use crate::facts::route53::Vantage;
use crate::rules::tests::{HOME, PARTNER, World, answer, aurora, everything, probe, target_groups, without_aurora};
use crate::time::before;

fn decided(world: &World, minutes: Option<u64>) -> Decision {
    let since = minutes.map(|minutes| before(world.now, Duration::from_mins(minutes)));
    decided_with(world, since, Some(&standing(Vec::new())))
}

fn decided_with(world: &World, since: Option<Timestamp>, standing: Option<&Standing>) -> Decision {
    let assessment = world.judged();
    let known = Known {
        deployment: &world.deployment,
        snapshot: &world.snapshot,
        assessment: &assessment,
        standing,
        tempo: Tempo::Calm,
        since,
    };
    decide(&known, world.now)
}

/// A failover of which these guards were judged.
fn standing(reports: Vec<GuardReport>) -> Standing {
    let planned = crate::preflight::Planned {
        from: HOME.into(),
        to: "us-east-2".into(),
        hash: "abc".into(),
        phrase: String::new(),
        steps: 3,
        length: None,
    };
    let failover = Preflight {
        runbook: FAILOVER.into(),
        purpose: String::new(),
        mode: Mode::Unplanned,
        plan: Ok(planned),
        reports,
        next: None,
        overdue_since: None,
        last: None,
    };
    Standing { at: crate::rules::tests::noon(), open_run: None, preflights: vec![failover], of_stacks: Vec::new() }
}

fn report(guard: GuardName, verdict: Verdict) -> GuardReport {
    GuardReport { guard, verdict, evidence: String::new(), read_at: None, overridden: None }
}

/// In a region loss the forecast is full of blockers that are about the loss itself: the standby is ready all the same.
#[test]
fn the_standby_is_ready_as_far_as_the_guards_of_a_failover_let_it_begin() {
    let refuse = || Verdict::refuse("no", "mend it");
    let world = calm().all_fail(HOME, &CloudErrorKind::Timeout);
    for (reports, wanted) in [
        (vec![], Speaks::For),
        (vec![report(GuardName::Access, refuse()), report(GuardName::Lag, refuse())], Speaks::For),
        (vec![report(GuardName::StandbyHealth, refuse())], Speaks::Against),
        (vec![report(GuardName::StandbyHealth, Verdict::unknown("not read"))], Speaks::Unknown),
    ] {
        let decision = decided_with(&world, None, Some(&standing(reports.clone())));
        assert_eq!(speaks(&decision, Criterion::StandbyReady).0, wanted, "{reports:?}");
    }
    assert_eq!(speaks(&decided_with(&world, None, None), Criterion::StandbyReady).0, Speaks::Unknown);
}

#[test]
fn a_region_that_is_lost_for_clients_too_is_left() {
    let probes = vec![probe(Some(HOME), 503), probe(None, 503)];
    let groups = target_groups(HOME, TargetHealth::Unhealthy);
    let mut facts = aurora(HOME, HOME);
    facts.cluster.as_mut().unwrap().status = "failed".to_owned();
    let lost = calm()
        .says(HOME, Facts::Probes(probes))
        .says(HOME, Facts::TargetGroups(groups))
        .says(HOME, Facts::Aurora(facts));
    let decision = decided(&lost, Some(9));
    assert_eq!(speaks(&decision, Criterion::ClientsSuffer).0, Speaks::For);
    assert_eq!(speaks(&decision, Criterion::WholeRegion).0, Speaks::For);
    let wanted = match (speaks(&decision, Criterion::WaitingCostsMore).0, speaks(&decision, Criterion::WithinRpo).0) {
        (Speaks::Against, _) => Advice::Prepare,
        (_, Speaks::Against) => Advice::WeighLoss,
        (_, Speaks::Unknown) => Advice::FindOut,
        (_, Speaks::For) => Advice::FailOver,
    };
    assert_eq!(decision.advice, wanted, "{:?}", decision.criteria);
}

fn speaks(decision: &Decision, criterion: Criterion) -> (Speaks, &str) {
    let judged = decision.criteria.iter().find(|judged| judged.criterion == criterion).unwrap();
    (judged.speaks, &judged.evidence)
}

/// As old as the world is: nothing was changed lately.
fn settled(mut world: World, minutes: u64) -> World {
    let at = before(world.now, Duration::from_mins(minutes));
    for region in ["us-east-1", "us-east-2"] {
        let observed = world.snapshot.region(&region.into()).unwrap().stacks.last.clone().unwrap();
        let stacks = observed
            .value
            .into_iter()
            .map(|stack| crate::facts::stack::Stack {
                created_at: Some(before(world.now, Duration::from_hours(1000))),
                updated_at: Some(at),
                events: Vec::new(),
                ..stack
            })
            .collect();
        world = world.says(region, Facts::Stacks(stacks));
    }
    world
}

fn calm() -> World {
    settled(World::calm(everything()), 600)
}

fn no_target_healthy(world: World) -> World {
    world.says(HOME, Facts::TargetGroups(target_groups(HOME, TargetHealth::Unhealthy)))
}

#[test]
fn where_nothing_fails_there_is_nothing_to_fail_over_from() {
    let decision = decided(&calm(), Some(1));
    assert_eq!(speaks(&decision, Criterion::ClientsSuffer).0, Speaks::Against);
    assert_eq!(decision.advice, Advice::Stay);
    assert_eq!(speaks(&decision, Criterion::StandbyReady).0, Speaks::For);
    assert_eq!(speaks(&decision, Criterion::WithinRpo).0, Speaks::For);
    assert_eq!(speaks(&decision, Criterion::NoRecentChange).0, Speaks::For);
}

#[test]
fn a_region_that_is_silent_is_left_once_there_is_no_time_to_wait() {
    let world = calm().all_fail(HOME, &CloudErrorKind::Timeout);
    let decision = decided(&world, Some(9));
    for criterion in [Criterion::WholeRegion, Criterion::DatabaseToo] {
        assert_eq!(speaks(&decision, criterion).0, Speaks::For, "{:?}", speaks(&decision, criterion));
    }
    // That Lifeboat hears nothing says nothing yet of clients.
    assert_eq!(speaks(&decision, Criterion::ClientsSuffer).0, Speaks::Unknown);
    assert_eq!(decision.advice, Advice::FindOut);
}

#[test]
fn targets_that_fail_while_the_database_is_well_are_mended_where_they_are() {
    let decision = decided(&no_target_healthy(calm()), Some(1));
    assert_eq!(speaks(&decision, Criterion::ClientsSuffer).0, Speaks::For);
    let (said, evidence) = speaks(&decision, Criterion::DatabaseToo);
    assert_eq!(said, Speaks::Against);
    assert!(evidence.contains("available"), "{evidence}");
    assert_eq!(decision.advice, Advice::MendCompute);
}

/// A name that fell back by itself after a failover: both regions are well, and every write fails.
#[test]
fn clients_that_are_led_away_from_the_writer_are_led_back_and_not_failed_over() {
    let world = calm().says(HOME, Facts::Answers(vec![answer(Vantage::Authority, PARTNER)]));
    let decision = decided(&world, Some(1));
    assert_eq!(decision.advice, Advice::LeadClients);
    let (said, evidence) = speaks(&decision, Criterion::ClientsSuffer);
    assert_eq!(said, Speaks::For);
    assert!(evidence.contains("led to us-east-2, and the writer is in us-east-1"), "{evidence}");
    let command = "aws route53 update-health-check --health-check-id check-partner --inverted --region us-east-1";
    assert!(evidence.contains(command), "{evidence}");
    // A region that is lost is failed over from, wherever names lead by then.
    let lost = world.clone().all_fail(HOME, &CloudErrorKind::Timeout).later(Duration::from_mins(3));
    let lost = lost.says(PARTNER, Facts::Answers(vec![answer(Vantage::Authority, PARTNER)]));
    assert_ne!(decided(&lost, Some(1)).advice, Advice::LeadClients);
    // An answer that is old, or a database that is not known to write elsewhere, is no reason.
    assert_ne!(decided(&world.later(Duration::from_mins(20)), Some(1)).advice, Advice::LeadClients);
    let one_writer = settled(World::calm(without_aurora()), 600);
    let led = one_writer.says(HOME, Facts::Answers(vec![answer(Vantage::Authority, PARTNER)]));
    assert_ne!(decided(&led, Some(1)).advice, Advice::LeadClients);
}

#[test]
fn some_hosts_are_no_region() {
    let mut groups = target_groups(HOME, TargetHealth::Unhealthy);
    groups[0].targets.push(Target { id: "i-2".to_owned(), health: TargetHealth::Healthy, reason: None });
    let decision = decided(&calm().says(HOME, Facts::TargetGroups(groups)), Some(1));
    let (said, evidence) = speaks(&decision, Criterion::WholeRegion);
    assert_eq!(said, Speaks::Against);
    assert!(evidence.contains("1 of 2 targets are healthy"), "{evidence}");
}

#[test]
fn a_change_of_the_last_hour_is_taken_back_first() {
    for (minutes, wanted) in [(12, Speaks::Against), (59, Speaks::Against), (61, Speaks::For)] {
        let decision = decided(&no_target_healthy(settled(World::calm(everything()), minutes)), Some(1));
        assert_eq!(speaks(&decision, Criterion::NoRecentChange).0, wanted, "{minutes}");
        assert_eq!(decision.advice == Advice::RollBack, wanted == Speaks::Against, "{minutes}");
    }
    // In a region that is not heard from nothing can be taken back.
    let silent = settled(World::calm(everything()), 12).all_fail(HOME, &CloudErrorKind::Timeout);
    assert_ne!(decided(&silent, Some(1)).advice, Advice::RollBack);
}

#[test]
fn what_was_never_read_or_long_ago_is_unknown_and_never_good() {
    let unread = World { snapshot: Snapshot::default(), ..calm() };
    let decision = decided_with(&unread, Some(before(unread.now, Duration::from_mins(1))), None);
    for judged in &decision.criteria {
        assert_eq!(judged.speaks, Speaks::Unknown, "{judged:?}");
        assert_eq!(judged.at, None, "{judged:?}");
    }
    assert_eq!(decision.advice, Advice::FindOut);
    let old = calm().later(Duration::from_hours(2));
    let decision = decided(&old, Some(1));
    for judged in &decision.criteria {
        assert_ne!(judged.speaks, Speaks::For, "{judged:?}");
    }
}

/// The most that is known, where it is too old to judge by: told as what it was and when, and it speaks for nothing.
#[test]
fn what_was_read_long_ago_is_told_with_its_age() {
    let a_while = Duration::from_mins(45);
    let decision = decided(&no_target_healthy(calm()).later(a_while), Some(1));
    for (criterion, words) in [
        (Criterion::WholeRegion, "0 of 1 targets were healthy when last read, 45 min ago"),
        (Criterion::DatabaseToo, "was available in us-east-1 when last read, 45 min ago"),
        (Criterion::NoRecentChange, "for 45 min"),
    ] {
        let (said, evidence) = speaks(&decision, criterion);
        assert_eq!(said, Speaks::Unknown, "{evidence}");
        assert!(evidence.contains(words), "{evidence}");
        let judged = decision.criteria.iter().find(|judged| judged.criterion == criterion).unwrap();
        assert!(judged.at.is_some(), "{judged:?}");
    }
    // A change that was seen then is within the hour still, and after it no longer.
    let changed = |minutes| settled(World::calm(everything()), 10).later(Duration::from_mins(minutes));
    assert_eq!(speaks(&decided(&changed(45), None), Criterion::NoRecentChange).0, Speaks::Against);
    assert_eq!(speaks(&decided(&changed(55), None), Criterion::NoRecentChange).0, Speaks::Unknown);
}

#[test]
fn a_stack_that_was_being_changed_when_last_read_counts_for_an_hour() {
    let mut world = calm();
    let mut stacks = world.snapshot.region(&HOME.into()).unwrap().stacks.last.clone().unwrap().value;
    stacks[0].status = "UPDATE_IN_PROGRESS".to_owned();
    world = world.says(HOME, Facts::Stacks(stacks));
    for (minutes, wanted, words) in [
        (0, Speaks::Against, "is being changed"),
        (50, Speaks::Against, "was being changed when last read, 50 min ago"),
        (70, Speaks::Unknown, "not read"),
    ] {
        let decision = decided(&world.clone().later(Duration::from_mins(minutes)), None);
        let (said, evidence) = speaks(&decision, Criterion::NoRecentChange);
        assert_eq!(said, wanted, "{evidence}");
        assert!(evidence.contains(words), "{evidence}");
    }
}

#[test]
fn without_a_database_nothing_of_it_speaks_against_leaving() {
    let world = settled(World::calm(without_aurora()), 600);
    assert_eq!(speaks(&decided(&world, None), Criterion::DatabaseToo).0, Speaks::For);
}

#[test]
fn a_database_that_is_not_available_speaks_for_it() {
    let mut facts = aurora(HOME, HOME);
    facts.cluster.as_mut().unwrap().status = "inaccessible-encryption-credentials".to_owned();
    let decision = decided(&no_target_healthy(calm().says(HOME, Facts::Aurora(facts))), Some(1));
    assert_eq!(speaks(&decision, Criterion::DatabaseToo).0, Speaks::For);
    assert_ne!(decision.advice, Advice::MendCompute);
}

#[test]
fn waiting_is_held_against_what_a_failover_takes() {
    let world = calm();
    let takes = world.judged().forecast.rto;
    let undeclared = decided(&world, None);
    assert_eq!(speaks(&undeclared, Criterion::WaitingCostsMore).0, Speaks::Unknown);
    assert_eq!(undeclared.decide_within, None);
    // Ten minutes are the objective.
    let late = decided(&world, Some(11));
    let early = decided(&world, Some(0));
    match takes {
        Some(takes) => {
            assert_eq!(speaks(&late, Criterion::WaitingCostsMore).0, Speaks::For);
            assert_eq!(late.decide_within, Some(Duration::ZERO));
            assert_eq!(speaks(&early, Criterion::WaitingCostsMore).0, Speaks::Against);
            assert_eq!(early.decide_within, Some(Duration::from_mins(10).saturating_sub(takes)));
        }
        None => assert_eq!(speaks(&late, Criterion::WaitingCostsMore).0, Speaks::Unknown),
    }
}
