//! Plans whose calls are sent: where they lead is where the world is afterwards, and stays once the ledger is empty.

use std::collections::BTreeMap;

use lifeboat_model::assessment::Role;
use lifeboat_model::call::Call;
use lifeboat_model::facts::capacity::ScalingGroup;
use lifeboat_model::id::{GroupName, Region};
use lifeboat_model::time::{Duration, after};
use lifeboat_model::topology::{Blueprint, InRegion};

use super::worlds::{Look, World};

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

/// An inverted check of an endpoint that falls silent would pass.
#[tokio::test]
async fn the_loss_of_a_region_that_was_left_leads_nobody_back_to_it() {
    for blueprint in [Blueprint::Ecommerce, Blueprint::PaymentsAurora] {
        let world = World::lost_later("home");
        let plan = world.look(blueprint).await.plan("switchover").unwrap();
        assert_eq!(world.carry_out(&plan).await, [""; 0], "{blueprint}");
        let switched = world.look(blueprint).await;
        world.advance_to(Duration::from_mins(135));
        let after = world.look_again(switched).await;
        assert_eq!(after.assessment.dns[0].active_region.as_ref(), Some(&plan.to), "{blueprint}");
    }
}

#[tokio::test]
async fn alarms_of_a_run_that_nobody_ends_are_not_silent_for_days() {
    for blueprint in Blueprint::ALL {
        let look = World::calm().look(blueprint).await;
        for runbook in ["switchover", "failover"] {
            let plan = look.plan(runbook).unwrap();
            for call in plan.steps.iter().flat_map(|step| &step.calls) {
                if let Call::MuteAlarms { until, .. } = call {
                    assert!(*until <= after(plan.made_at, Duration::from_hours(6)), "{blueprint} {runbook}: {until}");
                }
            }
        }
    }
}

/// Groups belong together by name, and what belongs to none is said.
#[tokio::test]
async fn groups_grow_to_the_size_of_those_of_their_own_name() {
    let mut look = World::calm().look(Blueprint::Ecommerce).await;
    let (from, to) = (look.deployment.regions.home.clone(), look.deployment.regions.partner.clone());
    for region in [&from, &to] {
        let facts = &mut look.snapshot.regions.get_mut(region).unwrap().scaling_groups.last.as_mut().unwrap().value;
        let group = facts[0].clone();
        let named = |name: &str, size: u32| ScalingGroup {
            name: name.into(),
            min: if *region == from { size } else { 0 },
            desired: if *region == from { size } else { 1 },
            max: 20,
            ..group.clone()
        };
        *facts = vec![named("web", 3), named("batch", 7), named("alone", 1)];
    }
    let of = |region: &Region, names: [&str; 2]| {
        names.map(|name| InRegion { region: region.clone(), name: GroupName::from(name) })
    };
    look.deployment.scaling_groups = of(&from, ["web", "batch"]).into_iter().chain(of(&to, ["batch", "web"])).collect();
    look.deployment.scaling_groups.push(InRegion { region: to.clone(), name: "alone".into() });
    let plan = look.plan("switchover").unwrap();
    let sizes: BTreeMap<String, u32> = plan
        .steps
        .iter()
        .flat_map(|step| &step.calls)
        .filter_map(|call| match call {
            Call::SetCapacity { group, capacity, .. } => Some((group.to_string(), capacity.to.desired)),
            _ => None,
        })
        .collect();
    assert_eq!(sizes, BTreeMap::from([("batch".to_owned(), 7), ("web".to_owned(), 3)]));
    assert!(plan.notes.iter().any(|note| note.contains("Group alone keeps its size")), "{:#?}", plan.notes);
}

/// A mirror without the right keys copies half of what it should, and looks complete.
#[tokio::test]
async fn no_rule_is_made_after_one_that_copies_by_kms_keys() {
    let mut mirrored = 0;
    for blueprint in Blueprint::ALL {
        let mut look = World::calm().look(blueprint).await;
        let mirrors = |look: &Look| {
            let plan = look.plan("switchover").unwrap();
            let count = plan.steps.iter().flat_map(|step| &step.calls);
            (count.filter(|call| matches!(call, Call::PutReplication { .. })).count(), plan.notes)
        };
        let (before, _) = mirrors(&look);
        mirrored += before;
        let home = look.deployment.regions.home.clone();
        for bucket in look.snapshot.regions.get_mut(&home).unwrap().buckets.last.iter_mut().flat_map(|it| &mut it.value)
        {
            bucket.by_kms = bucket.rules.iter().map(|rule| rule.id.clone()).collect();
        }
        let (after, notes) = mirrors(&look);
        assert_eq!(after, 0, "{blueprint}");
        assert!(before == 0 || notes.iter().any(|note| note.contains("copies by KMS keys")), "{blueprint} {notes:#?}");
    }
    assert!(mirrored > 0, "nothing was compared");
}
