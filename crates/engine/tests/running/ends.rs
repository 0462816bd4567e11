//! Every architecture, led to its other region and seen to be there.

use lifeboat_model::run::{RunEvent, RunOutcome};
use lifeboat_model::topology::Blueprint;

use crate::world::{World, told};

#[tokio::test]
async fn a_switchover_completes_without_loss_on_every_architecture() {
    for blueprint in Blueprint::ALL {
        let world = World::new("calm", 1, blueprint).await;
        let plan = world.plan("switchover").await;
        let ended = world.run(plan).await;
        let entries = world.entries();
        let state = ended.unwrap_or_else(|error| panic!("{blueprint}: {error} {error:#?}\n{}", told(&entries)));
        assert_eq!(state.ended.map(|(outcome, _)| outcome), Some(RunOutcome::Completed), "{blueprint}\n{}", told(&entries));
        assert!(state.ledger.is_empty(), "{blueprint}");
        let Some(RunEvent::RunEnded { measured, truth, .. }) = entries.last().map(|entry| &entry.event) else {
            panic!("{blueprint} has no end")
        };
        println!("{blueprint} {measured:?} {truth:?}");
    }
}
