//! What a failover may not ask when a region is gone: nothing of that region, and so nothing of the control planes that
//! stand in it.

use lifeboat_engine::planner::invariants;
use lifeboat_model::call::{Call, Plane};
use lifeboat_model::id::Region;
use lifeboat_model::plan::{Condition, Plan};
use lifeboat_model::time::Duration;
use lifeboat_model::topology::Blueprint;
use lifeboat_sim::scenario;

use super::worlds::{World, steps};

fn asks_nothing_of(plan: &Plan, lost: &Region) {
    assert_eq!(invariants(plan), Ok(()), "{}", plan.deployment);
    for step in &plan.steps {
        for call in step.calls.iter().chain(step.undo().unwrap_or_default().iter()) {
            assert_ne!(call.endpoint_region(), *lost, "{}: {} sends {}", plan.deployment, step.id, call.operation());
        }
    }
}

#[tokio::test]
async fn a_failover_asks_nothing_of_the_home_region_that_is_lost_nor_of_us_east_1() {
    for after in [Duration::from_secs(30), Duration::from_mins(2), Duration::from_mins(20)] {
        let world = World::home_lost(after);
        for blueprint in Blueprint::ALL {
            let plan = world.look(blueprint).await.plan("failover").unwrap();
            assert_eq!((plan.from.as_str(), plan.to == plan.from), ("us-east-1", false), "{blueprint}");
            asks_nothing_of(&plan, &"us-east-1".into());
        }
    }
}

#[tokio::test]
async fn a_failover_asks_nothing_of_the_partner_region_once_that_was_active_and_is_lost() {
    for blueprint in Blueprint::ALL {
        // What serverless clients hold, no call changes: nothing makes its partner the active one.
        if blueprint == Blueprint::Serverless {
            continue;
        }
        let world = World::lost_later("partner");
        let before = world.look(blueprint).await;
        assert_eq!(world.carry_out(&before.plan("switchover").unwrap()).await, [""; 0], "{blueprint}");
        let switched = world.look(blueprint).await;
        world.advance_to(Duration::from_mins(125));
        let look = world.look_again(switched).await;
        let plan = look.plan("failover").unwrap();
        assert_eq!((&plan.from, plan.to.as_str()), (&look.deployment.regions.partner, "us-east-1"), "{blueprint}");
        asks_nothing_of(&plan, &plan.from);
        assert_eq!(world.carry_out(&plan).await, [""; 0], "{blueprint}");
        world.advance(Duration::from_mins(10));
        let after = world.look(blueprint).await;
        assert_eq!(after.active(), Some(&"us-east-1".into()), "{blueprint}");
    }
}

#[tokio::test]
async fn a_failover_of_a_lost_home_region_leads_clients_and_the_writer_away() {
    let scenario = scenario::find("region-loss").unwrap();
    for blueprint in
        [Blueprint::Ecommerce, Blueprint::PaymentsAurora, Blueprint::PaymentsServerless, Blueprint::GlobalAccelerator]
    {
        let world = World::at(scenario.clone(), Duration::from_secs(30));
        let before = world.look(blueprint).await;
        world.advance_to(Duration::from_mins(5));
        let look = world.look_again(before).await;
        assert_eq!(world.carry_out(&look.plan("failover").unwrap()).await, [""; 0], "{blueprint}");
        world.advance(Duration::from_mins(10));
        let partner = look.deployment.regions.partner.clone();
        let after = world.look_again(look).await;
        assert_eq!(after.active(), Some(&partner), "{blueprint}");
        // Without its records nothing tells where the shop's addresses are.
        for name in after.assessment.dns.iter().filter(|_| blueprint != Blueprint::Ecommerce) {
            assert_eq!(name.active_region.as_ref(), Some(&partner), "{blueprint}");
        }
    }
}

/// Addresses of load balancers tell no region without the records, and those are lost with us-east-1.
#[tokio::test]
async fn where_nothing_tells_where_a_name_leads_a_write_that_is_served_does() {
    let world = World::home_lost(Duration::from_mins(4));
    let plan = world.look(Blueprint::Ecommerce).await.plan("failover").unwrap();
    assert_eq!(steps(&plan, "traffic")[0].verify, [Condition::CanaryServed]);
}

#[tokio::test]
async fn where_the_standby_can_take_over_a_lost_control_plane_is_not_missed() {
    let scenario = scenario::find("standby-takes-over").unwrap();
    let onset = scenario.onset().unwrap();
    let world = World::at(scenario, onset + Duration::from_mins(2));
    let look = world.look(Blueprint::PaymentsAurora).await;
    let plan = look.plan("failover").unwrap();
    asks_nothing_of(&plan, &plan.from);
    let levers: Vec<&Call> = steps(&plan, "traffic").into_iter().flat_map(|step| &step.calls).collect();
    let [lever] = levers[..] else { panic!("{levers:?}") };
    assert!(matches!(lever, Call::PutMarker { .. } | Call::PutMetric { .. }), "{lever:?}");
    assert_eq!((lever.plane(), lever.endpoint_region()), (Plane::Data, plan.to.clone()));
    assert_eq!(world.carry_out(&plan).await, [""; 0]);
    let after = world.look(Blueprint::PaymentsAurora).await;
    assert_eq!(after.assessment.dns[0].active_region.as_ref(), Some(&plan.to));
}

#[tokio::test]
async fn a_name_that_only_a_failing_check_moves_comes_with_what_to_do_when_it_passes_again() {
    let world = World::home_lost(Duration::from_mins(4));
    let plan = world.look(Blueprint::PaymentsAurora).await.plan("failover").unwrap();
    assert!(
        plan.notes.iter().any(|note| note.contains("falls back") && note.contains("aws route53 update-health-check")),
        "{:#?}",
        plan.notes
    );
}

#[tokio::test]
async fn a_failover_out_of_a_region_that_serves_says_what_would_lose_nothing() {
    let better = |plan: &Plan| plan.notes.iter().any(|note| note.contains("`lifeboat run switchover`"));
    for blueprint in Blueprint::ALL {
        assert!(better(&World::calm().look(blueprint).await.plan("failover").unwrap()), "{blueprint}");
        assert!(!better(&World::calm().look(blueprint).await.plan("switchover").unwrap()), "{blueprint}");
        let lost = World::home_lost(Duration::from_mins(4)).look(blueprint).await;
        assert!(!better(&lost.plan("failover").unwrap()), "{blueprint}");
    }
}

/// Once everything has moved, no plan leads to where it is already; what has moved only in part can still be completed.
#[tokio::test]
async fn nobody_is_offered_a_failover_to_where_everything_is_already() {
    let scenario = scenario::find("region-loss").unwrap();
    let world = World::at(scenario, Duration::from_secs(30));
    let before = world.look(Blueprint::PaymentsAurora).await;
    world.advance_to(Duration::from_mins(5));
    let look = world.look_again(before).await;
    assert_eq!(world.carry_out(&look.plan("failover").unwrap()).await, [""; 0]);
    world.advance(Duration::from_mins(10));
    let after = world.look_again(look).await;
    let Err(refused) = after.plan("failover") else { panic!("{:?}", after.assessment.dns) };
    assert_eq!(
        refused.to_string(),
        "us-east-2 is active already: Aurora's writer is there, and names lead there",
        "{refused:?}"
    );
}

/// The name has left by itself and the writer has not: what is missing is said, and can be done.
#[tokio::test]
async fn what_has_moved_only_in_part_is_completed() {
    let scenario = scenario::find("region-loss").unwrap();
    let world = World::at(scenario, Duration::from_secs(30));
    let before = world.look(Blueprint::PaymentsAurora).await;
    world.advance_to(Duration::from_mins(5));
    let look = world.look_again(before).await;
    let plan = look.plan("failover").unwrap();
    assert!(plan.steps.iter().any(|step| step.kind.promotes()), "{:?}", plan.notes);
    let leads_there = look.assessment.dns.iter().all(|name| name.active_region.as_ref() == Some(&plan.to));
    assert!(leads_there, "{:?}", look.assessment.dns);
    assert!(!plan.notes.iter().any(|note| note.contains("stays with us-east-1")), "{:?}", look.assessment.dns);
}
