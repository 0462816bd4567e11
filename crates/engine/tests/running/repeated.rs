//! Calls that were sent more than once: what an earlier sending may have done outlives what the newest one was told.

use lifeboat_model::call::Call;
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::read::Read;
use lifeboat_model::run::{Answer, Entry, RunEvent, RunOutcome, StepStatus};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::topology::Blueprint;

use crate::ends::outcome;
use crate::watchful::Instead;
use crate::world::{World, reply, told};

fn begins(entry: &Entry, kind: &str) -> bool {
    matches!(&entry.event, RunEvent::StepStarted { step, .. } if step.as_str().starts_with(kind))
}

fn is_fence(call: &Call) -> bool {
    matches!(call, Call::SetFunctionConcurrency { .. })
}

async fn gives_up_after(answers: [Instead; 2]) -> World {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let plan = world.plan("switchover").await;
    world.watchful.answer_next(is_fence, answers);
    let watchful = std::sync::Arc::clone(&world.watchful);
    let state = world
        .run_with(plan, move |entry| match &entry.event {
            RunEvent::StepStarted { .. } if begins(entry, "fence") => {
                watchful.blind_to(|read| matches!(read, Read::Functions { .. }));
                None
            }
            _ => reply(entry, Answer::Abort),
        })
        .await
        .expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Aborted), "{entries}");
    assert!(state.ledger.is_empty(), "{entries}");
    world
}

#[tokio::test]
async fn a_fence_that_may_stand_is_taken_down_though_its_newest_sending_was_refused() {
    let world = gives_up_after([Instead::AnswerLost, Instead::Refused(CloudErrorKind::Denied { action: None })]).await;
    let fences: Vec<_> = world.watchful.accepted().into_iter().filter(is_fence).collect();
    let [Call::SetFunctionConcurrency { reserved: up, .. }, Call::SetFunctionConcurrency { reserved: down, .. }] =
        fences.as_slice()
    else {
        panic!("{fences:?}\n{}", told(&world.entries()))
    };
    assert_eq!(up.to, Some(0));
    assert_eq!(up.from.as_ref(), Some(&down.to), "it is as it was before the run");
}

#[tokio::test]
async fn what_was_refused_each_time_is_not_taken_back() {
    let denied = || Instead::Refused(CloudErrorKind::Denied { action: None });
    let world = gives_up_after([denied(), denied()]).await;
    assert_eq!(world.watchful.passed().into_iter().filter(|(call, _)| is_fence(call)).count(), 1);
}

#[tokio::test]
async fn while_a_promotion_may_be_under_way_giving_up_leads_nobody_back() {
    let world = World::new("calm", 1, Blueprint::PaymentsAurora);
    let plan = world.plan("switchover").await;
    let promotes = |call: &Call| matches!(call, Call::SwitchoverGlobalCluster { .. });
    world.watchful.answer_next(promotes, [Instead::AnswerLost, Instead::Refused(CloudErrorKind::Conflict)]);
    let watchful = std::sync::Arc::clone(&world.watchful);
    let state = world
        .run_with(plan, move |entry| match &entry.event {
            RunEvent::CallStarted { step, .. } if step.as_str().starts_with("promote") => {
                watchful.blind_to(|read| matches!(read, Read::Aurora { .. }));
                None
            }
            RunEvent::Question { text, .. } => {
                let is_wrong = text.contains("Did it happen?");
                let answer = if is_wrong { Answer::No } else { Answer::Abort };
                reply(entry, answer)
            }
            _ => None,
        })
        .await
        .expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Aborted), "{entries}");
    assert_eq!(world.watchful.promotions().len(), 1, "{entries}");
    for step in state.plan.steps.iter().filter(|step| step.kind == StepKind::S3ReverseReplication) {
        assert_eq!(state.status(&step.id), StepStatus::Done, "{entries}");
    }
    let Some(RunEvent::RunEnded { reason: Some(reason), .. }) = world.events().pop() else { panic!("{entries}") };
    assert!(reason.contains("the database may have moved to us-east-2"), "{reason}");
}
