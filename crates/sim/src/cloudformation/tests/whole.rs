//! The five blueprints from nothing to all and back.

use std::collections::BTreeMap;

use super::*;

#[test]
fn every_built_in_blueprint_can_be_walked() {
    for blueprint in Blueprint::ALL {
        for suffix in ["dev", "a-much-longer1"] {
            let account = founding::standing_one(blueprint, suffix).unwrap_or_else(|why| panic!("{blueprint}: {why}"));
            let founded = account.founded.values().next().expect("it was founded");
            assert!(founded.estate.is_some(), "{blueprint} has no estate");
        }
    }
}

#[test]
fn all_five_are_made_whole_and_taken_away_whole() {
    let calm = calm();
    let nature = nature(&calm);
    for blueprint in Blueprint::ALL {
        let mut account = Account::default();
        let chosen = chosen(blueprint, "qa");
        let plan = make_all(&mut account, nature, blueprint, &chosen);
        let founded = account.founded.values().next().unwrap_or_else(|| panic!("{blueprint} was not founded"));
        assert_eq!(
            founded.since,
            account
                .stacks
                .values()
                .map(|stack| stack.events.last().map_or(0, |last| last.at))
                .max()
                .unwrap_or_default()
        );
        let estate = founded.estate.as_ref().unwrap_or_else(|| panic!("{blueprint} has no estate"));
        assert_eq!(estate.deployment.regions.home, chosen.home);
        empty_all(&mut account, nature);
        for spec in plan.stacks.iter().rev() {
            delete_whole(&mut account, nature, spec);
        }
        assert!(account.stacks.is_empty() && account.founded.is_empty(), "{blueprint}: {:?}", statuses(&account));
        assert_eq!(account.gone.len(), plan.stacks.len());
    }
}

#[test]
fn what_is_made_again_under_the_same_names_stands_as_before_with_ids_of_its_own() {
    let calm = calm();
    let nature = nature(&calm);
    let mut account = Account::default();
    let (blueprint, chosen) = (Blueprint::PaymentsServerless, chosen(Blueprint::PaymentsServerless, "qa"));
    let plan = make_all(&mut account, nature, blueprint, &chosen);
    let zone = |account: &Account| standing_of(account, "AWS::Route53::HostedZone");
    let (first, first_zone) = (account.founded.values().next().expect("it stands").since, zone(&account));
    empty_all(&mut account, nature);
    for spec in plan.stacks.iter().rev() {
        delete_whole(&mut account, nature, spec);
    }
    make_all(&mut account, nature, blueprint, &chosen);
    let again = account.founded.values().next().expect("it stands again");
    assert!(again.since > first && again.left_at.is_none());
    assert_ne!(zone(&account), first_zone);
}

#[test]
fn any_suffix_and_any_two_regions_make_a_deployment() {
    let calm = calm();
    let nature = nature(&calm);
    for blueprint in Blueprint::ALL {
        let mut account = Account::default();
        let mut chosen = chosen(blueprint, "x1");
        (chosen.home, chosen.partner) = (Region::from("eu-west-1"), Region::from("eu-central-1"));
        chosen.deployment = DeploymentName::from("mine");
        make_all(&mut account, nature, blueprint, &chosen);
        let founded = account.founded.get(&DeploymentName::from("mine")).expect("it was founded");
        let estate = founded.estate.as_ref().unwrap_or_else(|| panic!("{blueprint} has no estate"));
        assert_eq!(estate.deployment.regions.partner.as_str(), "eu-central-1");
    }
}

/// The longest chain of what a stack's events say of its resources.
fn longest_chain(stack: &Stack) -> i64 {
    let mut takes: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for event in &stack.events {
        match event.status.as_str() {
            "CREATE_IN_PROGRESS" => {
                takes.entry(&event.logical_id).or_insert((event.at, event.at));
            }
            "CREATE_COMPLETE" => {
                if let Some((_, end)) = takes.get_mut(event.logical_id.as_str()) {
                    *end = event.at;
                }
            }
            _ => {}
        }
    }
    let mut chains: BTreeMap<&str, i64> = BTreeMap::new();
    while chains.len() < stack.resources.len() {
        for (id, resource) in &stack.resources {
            let before = resource.laid.depends_on.iter().map(|id| chains.get(id.as_str()));
            if let Some(before) = before.collect::<Option<Vec<_>>>() {
                let (begun, ended) = takes[id.as_str()];
                chains.insert(id, before.into_iter().max().copied().unwrap_or_default() + ended - begun);
            }
        }
    }
    chains.into_values().max().unwrap_or_default()
}

#[test]
fn a_creation_takes_as_long_as_its_longest_chain() {
    let calm = calm();
    let nature = nature(&calm);
    for blueprint in Blueprint::ALL {
        let mut account = Account::default();
        make_all(&mut account, nature, blueprint, &chosen(blueprint, "qa"));
        for stack in account.stacks.values() {
            let of_stack = |status: &str| {
                let own = stack
                    .events
                    .iter()
                    .find(|event| event.logical_id == stack.key.name.as_str() && event.status == status);
                own.map_or(0, |event| event.at)
            };
            let took = of_stack("CREATE_COMPLETE") - of_stack("CREATE_IN_PROGRESS");
            assert_eq!(took, longest_chain(stack), "{}", stack.key.name);
        }
    }
}

#[test]
fn the_same_seed_makes_the_same_and_another_another() {
    let calm = calm();
    let told = |seed: u64| {
        let nature = Nature { scenario: &calm, draw: Draw::new(seed) };
        let mut account = Account::default();
        make_all(&mut account, nature, Blueprint::Serverless, &chosen(Blueprint::Serverless, "qa"));
        account.imprint()
    };
    assert_eq!(told(1), told(1));
    assert_ne!(told(1), told(2));
}
