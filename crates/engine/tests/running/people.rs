//! What people do to a run that is under way, and to one that is not.

use std::time::Duration;

use lifeboat_engine::journal::{Dies, Journal, approve};
use lifeboat_engine::run::{Order, RunError};
use lifeboat_model::call::Call;
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::guard::GuardName;
use lifeboat_model::plan::{Condition, Plan, PlanHash};
use lifeboat_model::read::Read;
use lifeboat_model::run::{Answer, Asks, Entry, Found, RunEvent, RunOutcome, RunState, StepOutcome, StepStatus};
use lifeboat_model::runbook::{Mode, StepKind};
use lifeboat_model::topology::Blueprint;

use crate::ends::outcome;
use crate::watchful::Instead;
use crate::world::{World, approving, only_fence, operator, refused, reply, told};

fn when_done(kind: &'static str, order: Order) -> impl FnMut(&Entry) -> Option<Order> + Send {
    let mut order = Some(order);
    move |entry| match &entry.event {
        RunEvent::StepEnded { step, outcome: StepOutcome::Done, .. } if step.as_str().starts_with(kind) => order.take(),
        _ => None,
    }
}

#[tokio::test]
async fn a_run_that_is_given_up_takes_back_what_it_did_last_first() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let plan = world.plan("switchover").await;
    let state = world.run_with(plan, when_done("fence", Order::Abort)).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Aborted), "{entries}");
    assert!(state.ledger.is_empty(), "{entries}");
    assert!(world.watchful.promotions().is_empty(), "{entries}");
    let undone: Vec<_> = world
        .events()
        .into_iter()
        .filter_map(|event| match event {
            RunEvent::StepUndone { step } => Some(step),
            _ => None,
        })
        .collect();
    let mut begun: Vec<_> = world
        .events()
        .into_iter()
        .filter_map(|event| match event {
            RunEvent::CallStarted { step, .. } => Some(step),
            _ => None,
        })
        .collect();
    begun.dedup();
    begun.reverse();
    assert_eq!(undone, begun, "{entries}");
    // And nothing is left of it: every change has been answered by its reverse.
    let accepted = world.watchful.accepted();
    for (index, call) in accepted.iter().enumerate() {
        if let lifeboat_model::call::Reversal::By(back) = call.reversal() {
            let changed_back = accepted.iter().skip(index + 1).any(|later| *later == *back);
            let is_a_reverse = accepted
                .iter()
                .take(index)
                .any(|earlier| matches!(earlier.reversal(), lifeboat_model::call::Reversal::By(of) if *of == *call));
            assert!(changed_back || is_a_reverse, "{call:?} was left: {entries}");
        }
    }
}

#[tokio::test]
async fn once_the_database_has_moved_giving_up_leads_nobody_back_to_where_it_was() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let plan = world.plan("switchover").await;
    let state = world.run_with(plan, when_done("traffic", Order::Abort)).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Aborted), "{entries}");
    assert!(state.ledger.is_empty(), "{entries}");
    for step in state.plan.steps.iter().filter(|step| step.kind.moves_traffic() || step.kind.promotes()) {
        assert_eq!(state.status(&step.id), StepStatus::Done, "{}: {entries}", step.id);
    }
    let Some(RunEvent::RunEnded { reason: Some(reason), .. }) = world.events().pop() else { panic!("{entries}") };
    assert!(reason.contains("the database has moved to us-east-2"), "{reason}");
}

#[tokio::test]
async fn a_run_that_died_can_be_given_up_by_another_process() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora).without_canary();
    let plan = world.plan("switchover").await;
    let fenced =
        |entry: &Entry| matches!(&entry.event, RunEvent::StepEnded { step, .. } if step.as_str().starts_with("fence"));
    let whole = World::new("calm", 1, Blueprint::PaymentsAurora).without_canary();
    whole.run(whole.plan("switchover").await).await.expect("it runs");
    let at = whole.entries().iter().find(|entry| fenced(entry)).expect("something is fenced").sequence;
    world.journal.dies_at(at, lifeboat_engine::journal::Dies::AfterDurable);
    assert!(matches!(world.run(plan).await, Err(RunError::Journal(_))));
    world.journal.revive();
    let run = world.only_run();
    let state = world.abort(&run).await.expect("it can be given up");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Aborted), "{entries}");
    assert!(state.ledger.is_empty(), "{entries}");
    assert!(matches!(world.abort(&run).await, Err(RunError::Over { .. })));
    assert!(matches!(world.resume(&run).await, Err(RunError::Over { .. })));
}

#[tokio::test]
async fn a_run_that_was_given_up_goes_back_whoever_goes_on_with_it() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora).without_canary();
    let plan = world.plan("switchover").await;
    let journal = std::sync::Arc::clone(&world.journal);
    let mut aborts = when_done("fence", Order::Abort);
    let died = world
        .run_with(plan, move |entry| {
            if matches!(entry.event, RunEvent::GivenUp { .. }) {
                journal.dies_at(entry.sequence + 1, lifeboat_engine::journal::Dies::BeforeDurable);
            }
            aborts(entry)
        })
        .await;
    assert!(matches!(died, Err(RunError::Journal(_))), "{died:?}");
    let entries = told(&world.entries());
    assert!(!world.events().iter().any(|event| matches!(event, RunEvent::StepUndoStarted { .. })), "{entries}");
    world.journal.revive();
    let state = world.resume(&world.only_run()).await.expect("it is gone on with");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Aborted), "{entries}");
    assert!(state.ledger.is_empty(), "{entries}");
    assert!(world.watchful.promotions().is_empty(), "{entries}");
}

#[tokio::test]
async fn nothing_is_taken_back_while_it_is_not_known_in_which_account() {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let plan = world.plan("switchover").await;
    world.watchful.turn_away(usize::MAX, CloudErrorKind::Denied { action: None });
    let state = world.run(plan).await.expect("it stops at the fence");
    assert_eq!(outcome(&state), Some(RunOutcome::Stopped), "{}", told(&world.entries()));
    let run = world.only_run();
    let (entries, sent) = (world.entries().len(), world.watchful.passed().len());
    world.watchful.blind_to(|read| matches!(read, Read::Identity));
    let refused = world.abort(&run).await;
    assert!(
        matches!(&refused, Err(RunError::Refused(reports))
            if reports.iter().any(|it| it.guard == GuardName::Identity && !it.allows())),
        "{refused:?}"
    );
    assert_eq!(world.entries().len(), entries, "the run is as it was: {}", told(&world.entries()));
    assert_eq!(world.watchful.passed().len(), sent);
}

#[tokio::test]
async fn what_a_run_left_behind_is_not_put_back_while_it_is_not_known_in_which_account() {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let plan = world.plan("switchover").await;
    let watchful = std::sync::Arc::clone(&world.watchful);
    let state = world
        .run_with(plan, move |entry| {
            if matches!(&entry.event, RunEvent::StepStarted { step, .. } if step.as_str() == "restore") {
                watchful.turn_away(usize::MAX, CloudErrorKind::Denied { action: None });
            }
            None
        })
        .await
        .expect("it runs");
    assert!(state.is_over() && !state.ledger.is_empty(), "{}", told(&world.entries()));
    world.watchful.turn_away(0, CloudErrorKind::Invalid);
    world.watchful.blind_to(|read| matches!(read, Read::Identity));
    let sent = world.watchful.passed().len();
    let refused = world.resume(&world.only_run()).await;
    assert!(matches!(refused, Err(RunError::Refused(_))), "{refused:?}");
    assert_eq!(world.watchful.passed().len(), sent);
    let heads = world.journal.runs(None).expect("it can be read");
    assert!(!heads[0].is_open(), "the run is over as before: {}", told(&world.entries()));
}

#[tokio::test]
async fn a_paused_run_begins_nothing_until_it_is_resumed() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let plan = world.plan("switchover").await;
    let mut canaries_while_paused = None;
    let state = world
        .run_with(plan, |entry| match &entry.event {
            RunEvent::StepEnded { step, .. }
                if step.as_str().starts_with("fence") && canaries_while_paused.is_none() =>
            {
                canaries_while_paused = Some(0);
                Some(Order::Pause)
            }
            RunEvent::CanaryWritten { .. } => {
                let count = canaries_while_paused.as_mut()?;
                *count += 1;
                (*count == 60).then_some(Order::Resume)
            }
            _ => None,
        })
        .await
        .expect("it runs");
    let entries = world.entries();
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&entries));
    let place = |wanted: fn(&RunEvent) -> bool| entries.iter().position(|entry| wanted(&entry.event));
    let paused = place(|event| matches!(event, RunEvent::Paused { .. })).expect("it was paused");
    let resumed = place(|event| matches!(event, RunEvent::Resumed { .. })).expect("it was resumed");
    let begun =
        entries[paused..resumed].iter().filter(|entry| matches!(entry.event, RunEvent::StepStarted { .. })).count();
    assert_eq!(begun, 0, "{}", told(&entries));
}

#[tokio::test]
async fn nobody_there_to_answer_stops_the_run_and_it_can_be_gone_on_with() {
    let world = World::new("slow-promotion", 11, Blueprint::PaymentsAurora);
    let mut plan = world.plan("failover").await;
    for step in plan.steps.iter_mut().filter(|step| step.kind.promotes()) {
        step.timeout = Duration::from_mins(1);
    }
    let state = world.run(plan).await.expect("it runs");
    assert_eq!(outcome(&state), Some(RunOutcome::Stopped), "{}", told(&world.entries()));
    let run = world.only_run();
    assert!(world.journal.runs(None).expect("it can be read")[0].is_open());
    let resumed = world
        .resume_with(&run, |entry| match &entry.event {
            RunEvent::Resumed { .. } => {
                let (step, question) = state.question.clone().expect("a question is open");
                Some(Order::Answer { step, question, answer: Answer::Retry })
            }
            _ => reply(entry, Answer::Retry),
        })
        .await
        .expect("it goes on");
    assert_eq!(outcome(&resumed), Some(RunOutcome::Completed), "{}", told(&world.entries()));
    assert_eq!(world.watchful.promotions().len(), 1, "{}", told(&world.entries()));
}

fn questions(entries: &[Entry]) -> usize {
    entries.iter().filter(|entry| matches!(entry.event, RunEvent::Question { .. })).count()
}

/// To stop is all that such an answer says: whoever goes on with the run is asked again.
#[tokio::test]
async fn a_run_that_a_person_stopped_at_a_question_asks_it_again_when_it_is_gone_on_with() {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let plan = world.plan("switchover").await;
    world.watchful.turn_away(usize::MAX, CloudErrorKind::Denied { action: None });
    let state = world.run_with(plan, |entry| reply(entry, Answer::No)).await.expect("it stops");
    assert_eq!(outcome(&state), Some(RunOutcome::Stopped), "{}", told(&world.entries()));
    world.watchful.turn_away(0, CloudErrorKind::Invalid);
    let run = world.only_run();
    let before = world.entries().len();
    let resumed = world.resume_with(&run, |entry| reply(entry, Answer::Retry)).await.expect("it goes on");
    let since = world.entries().split_off(before);
    assert_eq!(questions(&since), 1, "{}", told(&since));
    assert_eq!(outcome(&resumed), Some(RunOutcome::Completed), "{}", told(&since));
}

/// The same where the process was gone before it wrote that it stops.
#[tokio::test]
async fn a_run_whose_process_was_gone_with_the_word_to_stop_asks_again() {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let plan = world.plan("switchover").await;
    world.watchful.turn_away(usize::MAX, CloudErrorKind::Denied { action: None });
    let journal = std::sync::Arc::clone(&world.journal);
    let died = world
        .run_with(plan, move |entry| {
            if matches!(entry.event, RunEvent::Answered { .. }) {
                journal.dies_at(entry.sequence + 1, Dies::BeforeDurable);
            }
            reply(entry, Answer::No)
        })
        .await;
    assert!(matches!(died, Err(RunError::Journal(_))), "{died:?}");
    world.journal.revive();
    world.watchful.turn_away(0, CloudErrorKind::Invalid);
    let before = world.entries().len();
    let state = world.resume_with(&world.only_run(), |entry| reply(entry, Answer::Retry)).await.expect("it goes on");
    let since = world.entries().split_off(before);
    assert_eq!(questions(&since), 1, "{}", told(&since));
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{}", told(&since));
}

/// A switchover whose promotion is answered by nobody and can be seen by nobody.
async fn unseen_promotion(world: &World, mut person: impl FnMut(&Entry) -> Option<Order> + Send) -> RunState {
    let plan = world.plan("switchover").await;
    world.watchful.answer_next(|call| matches!(call, Call::SwitchoverGlobalCluster { .. }), [Instead::AnswerLost]);
    let watchful = std::sync::Arc::clone(&world.watchful);
    world
        .run_with(plan, move |entry| {
            if matches!(&entry.event, RunEvent::CallStarted { step, .. } if step.as_str().starts_with("promote")) {
                watchful.blind_to(|read| matches!(read, Read::Aurora { .. }));
            }
            person(entry)
        })
        .await
        .expect("it stops")
}

/// What was sent and not seen is not made undone by a word that does not say so.
#[tokio::test]
async fn whether_a_call_happened_is_answered_by_yes_or_no_and_by_nothing_like_them() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let mut asked = None;
    let mut was_asked_about = None;
    let state = unseen_promotion(&world, |entry| match &entry.event {
        RunEvent::Question { .. } => {
            was_asked_about = RunState::of(&world.entries()).expect("it is a run").asks();
            asked = reply(entry, Answer::Skip { reason: "nobody knows".to_owned() });
            reply(entry, Answer::Retry)
        }
        RunEvent::CanaryWritten { .. } => asked.take(),
        _ => None,
    })
    .await;
    let entries = told(&world.entries());
    assert_eq!(was_asked_about, Some(Asks::WhetherItHappened), "{entries}");
    assert_eq!(outcome(&state), Some(RunOutcome::Stopped), "{entries}");
    assert!(!entries.contains("answer: Retry"), "{entries}");
    let said_so = |event: &RunEvent| {
        matches!(event, RunEvent::CallProbed { step, found, .. }
            if step.as_str().starts_with("promote") && !matches!(found, Found::CannotTell { .. }))
    };
    assert!(!world.events().iter().any(said_so), "{entries}");
    // Gone on with, and still unseen: the same is asked again, and a yes goes on.
    let before = world.entries().len();
    let run = world.only_run();
    let watchful = std::sync::Arc::clone(&world.watchful);
    let resumed = world
        .resume_with(&run, move |entry| {
            if matches!(entry.event, RunEvent::CallProbed { found: Found::Happened, .. }) {
                watchful.blind_to(|_| false);
            }
            reply(entry, Answer::Yes)
        })
        .await
        .expect("it goes on");
    let since = world.entries().split_off(before);
    assert_eq!(questions(&since), 1, "{}", told(&since));
    assert_eq!(outcome(&resumed), Some(RunOutcome::Completed), "{}", told(&since));
    assert_eq!(world.watchful.promotions().len(), 1, "{}", told(&since));
}

#[tokio::test]
async fn a_planned_run_goes_on_unplanned_when_a_person_wants_it_and_approves_it_anew() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let plan = world.plan("switchover").await;
    let before = plan.hash();
    let mut wanted = false;
    let state = world
        .run_with(
            plan,
            approving(|entry| match &entry.event {
                RunEvent::StepEnded { step, .. } if step.as_str().starts_with("fence") && !wanted => {
                    wanted = true;
                    Some(Order::GoUnplanned)
                }
                RunEvent::Question { text, .. } => panic!("{text}"),
                _ => None,
            }),
        )
        .await
        .expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{entries}");
    assert_eq!(state.plan.mode, Mode::Unplanned);
    assert_ne!(state.hash, before);
    assert!(state.ledger.is_empty(), "{entries}");
    let promotions = world.watchful.promotions();
    assert!(matches!(promotions.as_slice(), [Call::FailoverGlobalCluster { .. }]), "{promotions:?} {entries}");
    let typed = world.events().into_iter().filter_map(|event| match event {
        RunEvent::Approved { phrase, .. } => phrase,
        _ => None,
    });
    assert_eq!(typed.collect::<Vec<_>>(), ["switchover payments-aurora us-east-2"; 2], "{entries}");
    assert!(entries.contains("what had not been replicated is lost (aurora "), "{entries}");
    assert_eq!(state.question, None, "{entries}");
    let reason = state.overrides.get(&GuardName::TrafficLever).map(String::as_str);
    assert_eq!(reason, Some("its functions are fenced"), "{entries}");
}

fn approved_within_five_minutes(plan: &mut Plan) {
    for step in plan.steps.iter_mut().filter(|step| step.kind == StepKind::Approval) {
        step.timeout = Duration::from_mins(5);
    }
}

#[tokio::test]
async fn no_answer_but_the_phrase_approves_a_plan_that_was_made_in_the_middle_of_a_run() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let mut plan = world.plan("switchover").await;
    approved_within_five_minutes(&mut plan);
    let mut fenced = when_done("fence", Order::GoUnplanned);
    let state = world
        .run_with(plan, |entry| fenced(entry).or_else(|| refused(entry)).or_else(|| reply(entry, Answer::Yes)))
        .await
        .expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Stopped), "{entries}");
    assert_eq!(state.approves.as_ref(), Some(&state.hash), "{entries}");
    assert!(world.watchful.promotions().is_empty(), "{entries}");
}

#[tokio::test]
async fn an_answer_to_another_question_of_the_same_step_is_not_heard() {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let plan = world.plan("switchover").await;
    world.watchful.turn_away(usize::MAX, CloudErrorKind::Denied { action: None });
    let stopped = world.run(plan).await.expect("it stops");
    let (step, question) = stopped.question.clone().expect("a question is open");
    world.watchful.turn_away(usize::MAX, CloudErrorKind::NotFound);
    let run = world.only_run();
    let retry = Order::Answer { step: step.clone(), question: question.clone(), answer: Answer::Retry };
    let mut open = None;
    let state = world
        .resume_with(&run, move |entry| match &entry.event {
            RunEvent::Resumed { .. } => Some(retry.clone()),
            // To the question as it was: by now it is another.
            RunEvent::Question { .. } => {
                open = reply(entry, Answer::No);
                Some(Order::Answer { step: step.clone(), question: question.clone(), answer: Answer::Abort })
            }
            RunEvent::CanaryWritten { .. } => open.take(),
            _ => None,
        })
        .await
        .expect("it stops again");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Stopped), "{entries}");
    let answered = world.events().iter().filter(|event| matches!(event, RunEvent::Answered { .. })).count();
    assert_eq!(answered, 2, "{entries}");
}

#[tokio::test]
async fn a_question_that_nobody_answers_stops_the_run_when_its_time_is_over() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let mut plan = world.plan("switchover").await;
    approved_within_five_minutes(&mut plan);
    let mut fenced = when_done("fence", Order::GoUnplanned);
    let state = world.run_with(plan, |entry| fenced(entry).or_else(|| refused(entry))).await.expect("it stops");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Stopped), "{entries}");
    let Some(RunEvent::RunEnded { reason: Some(reason), .. }) = world.events().pop() else { panic!("{entries}") };
    assert!(reason.contains("nobody answered within"), "{reason}");
}

#[tokio::test]
async fn two_cannot_run_one_deployment_at_once() {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let plan = world.plan("switchover").await;
    let clock = world.cloud.clock();
    let held = world.journal.lock(&world.deployment.name, &operator("bea"), clock.now()).expect("it is free");
    let refused = world.run(plan.clone()).await;
    assert!(matches!(&refused, Err(RunError::Held { by, .. }) if by.user == "bea"), "{refused:?}");
    drop(held);
    assert!(world.entries().is_empty(), "nothing was begun");
    assert!(world.watchful.passed().is_empty());
    world.run(plan).await.expect("it is free again");
}

#[tokio::test]
async fn a_run_that_a_guard_refuses_leaves_nothing_open_and_does_nothing() {
    let world = World::new("region-loss", 1, Blueprint::PaymentsAurora);
    let calm = World::new("calm", 1, Blueprint::PaymentsAurora);
    let plan = calm.plan("switchover").await;
    let refused = world.run(plan).await;
    assert!(
        matches!(&refused, Err(RunError::Refused(reports)) if reports.iter().any(|it| !it.allows())),
        "{refused:?}"
    );
    assert!(world.watchful.passed().is_empty());
    assert!(world.journal.runs(None).expect("it can be read").iter().all(|head| !head.is_open()));
}

#[tokio::test]
async fn a_failed_step_is_skipped_only_with_a_reason_that_stands_in_the_journal() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let mut plan = world.plan("switchover").await;
    for step in plan.steps.iter_mut().filter(|step| step.kind == StepKind::S3ReverseReplication) {
        step.timeout = Duration::from_secs(1);
        step.verify.push(Condition::Elapsed { length: Duration::from_hours(1) });
    }
    let state = world
        .run_with(plan, |entry| {
            reply(entry, Answer::Skip { reason: "the bucket holds nothing that matters".to_owned() })
        })
        .await
        .expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{entries}");
    assert!(state.statuses.values().any(|status| *status == StepStatus::Skipped), "{entries}");
    assert!(entries.contains("the bucket holds nothing that matters"), "{entries}");
}

#[tokio::test]
async fn what_could_not_be_put_back_is_kept_and_put_back_by_going_on_with_the_run() {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let plan = world.plan("switchover").await;
    let watchful = std::sync::Arc::clone(&world.watchful);
    let state = world
        .run_with(plan, move |entry| {
            if matches!(&entry.event, RunEvent::StepStarted { step, .. } if step.as_str() == "restore") {
                watchful.turn_away(usize::MAX, CloudErrorKind::Denied { action: None });
            }
            None
        })
        .await
        .expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "restoring never fails a run: {entries}");
    assert!(!state.ledger.is_empty(), "{entries}");
    let Some(RunEvent::RunEnded { ledger, .. }) = world.events().pop() else { panic!("{entries}") };
    assert_eq!(ledger, state.ledger, "what is left is said: {entries}");
    world.watchful.turn_away(0, CloudErrorKind::Invalid);
    let run = world.only_run();
    let again = world.resume(&run).await.expect("it goes on");
    assert_eq!(outcome(&again), Some(RunOutcome::Completed));
    assert!(again.ledger.is_empty(), "{}", told(&world.entries()));
    assert!(matches!(world.resume(&run).await, Err(RunError::Over { .. })));
}

/// However often that is cut short: the run itself is over, and is neither gone on with nor taken back.
#[tokio::test]
async fn putting_back_that_is_cut_short_begins_nothing_of_the_run_again() {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let plan = world.plan("switchover").await;
    let watchful = std::sync::Arc::clone(&world.watchful);
    let ended = world
        .run_with(plan, move |entry| {
            if matches!(&entry.event, RunEvent::StepStarted { step, .. } if step.as_str() == "restore") {
                watchful.turn_away(usize::MAX, CloudErrorKind::Denied { action: None });
            }
            None
        })
        .await
        .expect("it runs");
    assert!(ended.is_over() && !ended.ledger.is_empty(), "{}", told(&world.entries()));
    world.watchful.turn_away(0, CloudErrorKind::Invalid);
    let run = world.only_run();
    let before = world.entries().len();
    // The process that puts it back dies with the entry that says so.
    world.journal.dies_at(before as u64 + 1, Dies::AfterDurable);
    assert!(world.resume(&run).await.is_err());
    world.journal.revive();
    let cut = world.entries();
    assert!(cut.len() > before, "{}", told(&cut));
    let state = RunState::of(&cut).expect("it is a run");
    assert_eq!((state.puts_back, state.is_over()), (Some(RunOutcome::Completed), false));
    let sent = world.watchful.passed().len();
    let given_up = world.abort(&run).await;
    assert!(matches!(given_up, Err(RunError::PutsBack { .. })), "{given_up:?}");
    assert_eq!(world.watchful.passed().len(), sent, "{}", told(&world.entries()));
    let again = world.resume(&run).await.expect("it goes on");
    let entries = world.entries();
    assert_eq!(outcome(&again), Some(RunOutcome::Completed), "{}", told(&entries));
    assert!(again.ledger.is_empty(), "{}", told(&entries));
    let since = &entries[before..];
    assert!(!since.iter().any(|it| matches!(it.event, RunEvent::StepStarted { .. })), "{}", told(since));
}

#[tokio::test]
async fn a_run_can_go_on_unplanned_before_its_first_step_as_well() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let plan = world.plan("switchover").await;
    let mut order = Some(Order::GoUnplanned);
    // Nothing is wrong with the region that is left, so its health check leads nobody away: the person stops there.
    let person = move |entry: &Entry| match &entry.event {
        RunEvent::GuardsJudged { .. } if order.is_some() => order.take(),
        _ => reply(entry, Answer::No),
    };
    let state = world.run_with(plan, approving(person)).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(state.plan.mode, Mode::Unplanned, "{entries}");
    assert!(matches!(world.watchful.promotions()[..], [Call::FailoverGlobalCluster { .. }]), "{entries}");
}

#[tokio::test]
async fn an_order_to_go_unplanned_after_the_last_step_does_not_stop_the_run() {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let mut plan = world.plan("switchover").await;
    // Clients stay fenced out: the run waits for their recovery.
    only_fence(&mut plan);
    let state = world.run_with(plan, approving(when_done("fence", Order::GoUnplanned))).await.expect("it runs");
    let entries = told(&world.entries());
    assert!(state.is_over(), "{entries}");
}

/// Says once that the run is to go on unplanned, and yes to everything that is asked then, after some thought.
fn gives_up_when(mut when: impl FnMut(&RunEvent) -> bool + Send) -> impl FnMut(&Entry) -> Option<Order> + Send {
    const CANARIES_OF_THOUGHT: usize = 20;
    let mut wanted = false;
    let mut asked = None;
    let mut canaries = 0;
    move |entry| match &entry.event {
        RunEvent::Question { .. } if wanted => {
            (asked, canaries) = (reply(entry, Answer::Yes), 0);
            None
        }
        RunEvent::CanaryWritten { .. } => {
            canaries += 1;
            asked.take_if(|_| canaries >= CANARIES_OF_THOUGHT)
        }
        event if !wanted && when(event) => {
            wanted = true;
            Some(Order::GoUnplanned)
        }
        _ => None,
    }
}

#[tokio::test]
async fn a_run_whose_database_has_moved_can_still_go_on_unplanned() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let plan = world.plan("switchover").await;
    let promoted = |event: &RunEvent| matches!(event, RunEvent::StepEnded { step, outcome: StepOutcome::Done, .. } if step.as_str().starts_with("promote"));
    let state = world.run_with(plan, approving(gives_up_when(promoted))).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!((outcome(&state), state.plan.mode), (Some(RunOutcome::Completed), Mode::Unplanned), "{entries}");
    assert_eq!(world.watchful.promotions().len(), 1, "{entries}");
}

#[tokio::test]
async fn a_run_given_up_while_its_database_moves_is_planned_anew_once_that_has_ended() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let plan = world.plan("switchover").await;
    let begun =
        |event: &RunEvent| matches!(event, RunEvent::CallEnded { step, .. } if step.as_str().starts_with("promote"));
    let state = world.run_with(plan, approving(gives_up_when(begun))).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!((outcome(&state), state.plan.mode), (Some(RunOutcome::Completed), Mode::Unplanned), "{entries}");
    let [Call::SwitchoverGlobalCluster { .. }] = world.watchful.promotions()[..] else { panic!("{entries}") };
}

/// What a run has become is approved by a second person as what it began as was.
#[tokio::test]
async fn a_second_person_approves_what_a_run_has_become() {
    let mut world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let mut deployment = (*world.deployment).clone();
    deployment.policy.two_person = true;
    world.deployment = std::sync::Arc::new(deployment);
    let plan = world.plan("switchover").await;
    let (journal, clock, name) = (std::sync::Arc::clone(&world.journal), world.cloud.clock(), plan.deployment.clone());
    let second =
        move |hash: &PlanHash| approve(&*journal, &name, &operator("bea"), hash, clock.now()).expect("it is written");
    second(&plan.hash());
    let mut person = gives_up_when(
        |event| matches!(event, RunEvent::StepEnded { step, .. } if step.as_str().starts_with("promote")),
    );
    let mut become_of = None;
    let mut refused = false;
    let state = world
        .run_with(
            plan,
            approving(|entry| {
                if let RunEvent::ModeChanged { hash, .. } = &entry.event {
                    become_of = Some(hash.clone());
                }
                if let RunEvent::Question { text, .. } = &entry.event
                    && text.contains("second-person refuses")
                {
                    refused = true;
                    second(become_of.as_ref().expect("it has become another"));
                }
                person(entry)
            }),
        )
        .await
        .expect("it runs");
    let entries = told(&world.entries());
    assert!(refused, "{entries}");
    assert_eq!((outcome(&state), state.plan.mode), (Some(RunOutcome::Completed), Mode::Unplanned), "{entries}");
}
