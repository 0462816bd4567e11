//! What AWS does to requests on a bad day: lost answers, throttling, slowness.

use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::run::{Found, RunEvent, RunOutcome};
use lifeboat_model::topology::Blueprint;

use crate::ends::outcome;
use crate::world::{World, told};

#[tokio::test]
async fn where_every_answer_is_lost_nothing_is_done_twice_that_may_be_done_once() {
    let world = World::new("lost-replies", 14, Blueprint::PaymentsAurora).await;
    let plan = world.plan("switchover").await;
    let state = world
        .run_with(plan, |entry| match &entry.event {
            // Nothing tells of a notice: the person knows that it arrived.
            RunEvent::Question { step, .. } => Some(lifeboat_engine::run::Order::Answer {
                step: step.clone(),
                answer: lifeboat_model::run::Answer::Yes,
            }),
            _ => None,
        })
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
    let world = World::new("throttled", 8, Blueprint::PaymentsAurora).await;
    let plan = world.plan("failover").await;
    let state = world.run(plan).await.expect("it runs");
    let entries = told(&world.entries());
    assert_eq!(outcome(&state), Some(RunOutcome::Completed), "{entries}");
    let throttled = world.watchful.passed().iter().any(|(_, outcome)| {
        matches!(outcome, Err(error) if matches!(error.kind, CloudErrorKind::Throttled { .. }))
    });
    assert!(throttled, "the scenario throttles: {entries}");
    assert_eq!(world.watchful.promotions().len(), 1, "{entries}");
}

#[tokio::test]
async fn a_promotion_that_takes_longer_than_its_time_out_is_put_to_a_person() {
    let world = World::new("slow-promotion", 11, Blueprint::PaymentsAurora).await;
    let mut plan = world.plan("failover").await;
    for step in plan.steps.iter_mut().filter(|step| step.kind.promotes()) {
        step.timeout = std::time::Duration::from_mins(1);
    }
    let mut asked = 0;
    let state = world
        .run_with(plan, |entry| match &entry.event {
            RunEvent::Question { step, .. } => {
                asked += 1;
                assert!(step.as_str().starts_with("promote"), "{step}");
                Some(lifeboat_engine::run::Order::Answer {
                    step: step.clone(),
                    answer: lifeboat_model::run::Answer::Retry,
                })
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
