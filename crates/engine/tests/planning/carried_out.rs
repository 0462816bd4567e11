//! Plans whose calls are sent: where they lead is where the world is afterwards, and stays once the ledger is empty.

use lifeboat_model::assessment::Role;
use lifeboat_model::time::Duration;
use lifeboat_model::topology::Blueprint;

use super::worlds::World;

const WITH_A_LEVER: [Blueprint; 4] =
    [Blueprint::Ecommerce, Blueprint::PaymentsAurora, Blueprint::GlobalAccelerator, Blueprint::PaymentsServerless];

#[tokio::test]
async fn a_switchover_leads_to_the_standby_and_stays_there_and_a_failback_leads_home() {
    for blueprint in WITH_A_LEVER {
        let world = World::calm();
        for (runbook, home_is) in [("switchover", Role::Standby), ("failback", Role::Active), ("drill", Role::Standby)]
        {
            let look = world.look(blueprint).await;
            let plan = look.plan(runbook).unwrap();
            assert_eq!(world.carry_out(&plan).await, [""; 0], "{blueprint} {runbook}");
            for later in [Duration::ZERO, Duration::from_mins(3), Duration::from_mins(20)] {
                world.advance(later);
                let after = world.look(blueprint).await;
                assert_eq!(after.assessment.regions[0].role, home_is, "{blueprint} {runbook} {later:?}");
                assert_eq!(after.active(), Some(&plan.to), "{blueprint} {runbook} {later:?}");
                for name in &after.assessment.dns {
                    assert_eq!(name.active_region.as_ref(), Some(&plan.to), "{blueprint} {runbook} {later:?}");
                }
                let refuses = |region| {
                    let functions = &after.snapshot.regions[region].functions;
                    let functions = functions.value().map(|facts| facts.functions.clone()).unwrap_or_default();
                    functions.iter().any(|function| function.reserved_concurrency == Some(0))
                };
                assert!(!refuses(&plan.from) && !refuses(&plan.to), "{blueprint} {runbook}: a fence is left");
            }
        }
    }
}

#[tokio::test]
async fn a_failback_is_planned_once_the_lost_region_is_back() {
    let scenario = lifeboat_sim::scenario::find("region-returns").unwrap();
    let world = World::at(scenario, Duration::from_mins(5));
    let blueprint = Blueprint::PaymentsAurora;
    let failover = world.look(blueprint).await.plan("failover").unwrap();
    assert_eq!(world.carry_out(&failover).await, [""; 0]);
    world.advance_to(Duration::from_hours(3));
    let failback = world.look(blueprint).await.plan("failback").unwrap();
    assert_eq!(failback.to.as_str(), "us-east-1");
    assert!(
        failback.steps.iter().any(|step| step.id.as_str().starts_with("replicate-dr-secondary")),
        "objects go home"
    );
    assert_eq!(world.carry_out(&failback).await, [""; 0]);
    assert_eq!(world.look(blueprint).await.active(), Some(&"us-east-1".into()));
}
