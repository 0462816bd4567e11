//! Nobody acts from a journal that is not as it was written, nor on a plan that is not the one that was approved.

use lifeboat_engine::journal::Journal;
use lifeboat_engine::run::RunError;
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::run::{RunEvent, RunId};
use lifeboat_model::topology::Blueprint;

use crate::world::{World, told};

/// A run that stopped at its first act.
async fn stopped() -> World {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let plan = world.plan("switchover").await;
    world.watchful.turn_away(1, CloudErrorKind::Denied { action: None });
    world.run(plan).await.expect("it stops");
    world
}

#[tokio::test]
async fn a_journal_in_which_one_byte_was_changed_is_neither_gone_on_with_nor_given_up() {
    let world = stopped().await;
    let run = world.only_run();
    let (entries, sent) = (world.entries().len(), world.watchful.passed().len());
    world.journal.tamper(1, |body| *body = body.replacen("tap-dev-primary", "tap-dev-primarz", 1));
    for refused in [world.resume(&run).await, world.abort(&run).await] {
        assert!(matches!(&refused, Err(RunError::Broken(broken)) if broken.sequence == 1), "{refused:?}");
    }
    assert_eq!((world.entries().len(), world.watchful.passed().len()), (entries, sent), "{}", told(&world.entries()));
    world.journal.tamper(1, |body| *body = body.replacen("tap-dev-primarz", "tap-dev-primary", 1));
    world.resume(&run).await.expect("it is whole again");
}

#[tokio::test]
async fn a_plan_that_is_not_the_one_that_was_approved_is_not_carried_out() {
    let world = World::new("calm", 1, Blueprint::Serverless);
    let plan = world.plan("switchover").await;
    let mut other = plan.clone();
    other.steps.retain(|step| !step.verify.is_empty());
    let (hash, found) = (plan.hash(), other.hash());
    let started = RunEvent::RunStarted {
        plan: Box::new(other),
        hash: hash.clone(),
        by: crate::world::operator("ann"),
        reality: None,
        incident_began_at: None,
    };
    let (run, now) = (RunId::new("forged"), world.cloud.clock().now());
    world.journal.append(&run, &world.deployment.name, now, &started).expect("the chain is whole");
    let refused = world.resume(&run).await;
    assert!(
        matches!(&refused, Err(RunError::OtherPlan { approved, found: seen }) if *approved == hash && *seen == found),
        "{refused:?}"
    );
    assert!(world.watchful.passed().is_empty());
}
