//! What AWS does to requests on a bad day: lost answers, throttling, slowness.

use std::time::Duration;

use lifeboat_model::call::Call;
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::id::FunctionName;
use lifeboat_model::plan::StepId;
use lifeboat_model::run::{Answer, Found, RunEvent, RunOutcome, StepStatus};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::topology::Blueprint;

use crate::ends::outcome;
use crate::watchful::Instead;
use crate::world::{World, reply, told};

#[tokio::test]
async fn where_every_answer_is_lost_nothing_is_done_twice_that_may_be_done_once() {
    let world = World::new("lost-replies", 14, Blueprint::PaymentsAurora);
    let plan = world.plan("switchover").await;
    let state = world
        // Nothing tells of a notice: the person knows that it arrived.
        .run_with(plan, |entry| reply(entry, Answer::Yes))
        .await
        .expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{entries}");
    assert_eq!(world.watchful.promotions().len(), 1, "{entries}");
    let found = world.events().iter().any(|event| {
        matches!(event, RunEvent::CallProbed { step, found: Found::Happened | Found::UnderWay, .. }
            if step.as_str().starts_with("promote"))
    });
    assert!(found, "the promotion was seen, not repeated: {entries}");
}

#[tokio::test]
async fn throttled_requests_are_sent_again_until_they_are_taken() {
    let world = World::new("calm", 8, Blueprint::PaymentsAurora);
    let plan = world.plan("switchover").await;
    world.watchful.turn_away(2, CloudErrorKind::Throttled { retry_after: Some(Duration::from_secs(2)) });
    let state = world.run(plan).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{entries}");
    assert_eq!(world.watchful.promotions().len(), 1, "{entries}");
}

#[tokio::test]
async fn what_did_not_reach_aws_did_not_happen_and_is_sent_again() {
    let world = World::new("calm", 8, Blueprint::Serverless);
    let plan = world.plan("switchover").await;
    world.watchful.turn_away(1, CloudErrorKind::Unreachable);
    let state = world.run(plan).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{entries}");
    assert!(!world.events().iter().any(|event| matches!(event, RunEvent::CallProbed { .. })), "{entries}");
}

#[tokio::test]
async fn a_refusal_that_waiting_does_not_mend_is_put_to_a_person_at_once() {
    let world = World::new("calm", 8, Blueprint::PaymentsAurora);
    let plan = world.plan("switchover").await;
    world.watchful.turn_away(usize::MAX, CloudErrorKind::ExpiredCredentials);
    let state = world.run(plan).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Stopped), "{entries}");
    assert!(world.watchful.accepted().is_empty(), "{entries}");
    let (_, question) = state.question.expect("a question is open");
    assert!(question.contains("renew the credentials"), "{question}");
}

#[tokio::test]
async fn a_promotion_that_takes_longer_than_its_time_out_is_put_to_a_person() {
    let world = World::new("slow-promotion", 11, Blueprint::PaymentsAurora);
    let mut plan = world.plan("failover").await;
    for step in plan.steps.iter_mut().filter(|step| step.kind.promotes()) {
        step.timeout = Duration::from_mins(1);
    }
    let mut asked = 0;
    let state = world
        .run_with(plan, |entry| match &entry.event {
            RunEvent::Question { step, .. } => {
                asked += 1;
                assert!(step.as_str().starts_with("promote"), "{step}");
                reply(entry, Answer::Retry)
            }
            _ => None,
        })
        .await
        .expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{entries}");
    assert!(asked >= 1, "{entries}");
    assert_eq!(world.watchful.promotions().len(), 1, "asked again, it looks before it acts: {entries}");
}

#[tokio::test]
async fn a_function_may_take_as_long_as_functions_may_and_is_invoked_once() {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let mut plan = world.plan("switchover").await;
    let invoked = |call: &Call| matches!(call, Call::InvokeFunction { .. });
    let function = FunctionName::from("tap-dev-secondary");
    let region = world.deployment.regions.partner.clone();
    let mut step = plan.steps[0].clone();
    step.id = StepId::new("warm");
    step.kind = StepKind::LambdaInvoke;
    step.calls = vec![Call::InvokeFunction { region, function, payload: "{}".to_owned() }];
    (step.verify, step.temporary) = (Vec::new(), false);
    step.timeout = Duration::from_mins(15);
    plan.steps.insert(0, step);
    world.watchful.answer_next(invoked, [Instead::Slow(Duration::from_mins(5))]);
    let state = world.run(plan).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(state.status(&StepId::new("warm")), StepStatus::Done, "{entries}");
    assert_eq!(world.watchful.passed().into_iter().filter(|(call, _)| invoked(call)).count(), 1, "{entries}");
    assert!(!world.events().iter().any(|event| matches!(event, RunEvent::Question { .. })), "{entries}");
}
