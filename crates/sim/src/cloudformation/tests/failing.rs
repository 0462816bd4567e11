//! A failure at each resource of each blueprint, when it is made and when it is deleted: it always ends complete, rolled
//! back, or so that it can be taken up again, and what is left is what the stack lists.

use super::*;

/// Until then something fails; afterwards it does not.
const FAILS_UNTIL_S: i64 = 200_000;

/// Whether a deletion stopped at what Lambda has not given back yet, which is no fault of the scenario's.
fn waits_for_interfaces(account: &Account, spec: &StackSpec) -> bool {
    let stack = account.stacks.get(&key(spec));
    let reasons = stack.into_iter().flat_map(|stack| stack.resources.values()).filter_map(|own| own.reason.as_deref());
    reasons.into_iter().any(|why| why.contains("has a dependent object"))
}

fn refuses(account: &Account, spec: &StackSpec, id: &str) -> bool {
    account.stacks.get(&key(spec)).is_some_and(|stack| stack.resources[id].status == "DELETE_FAILED")
}

#[test]
fn a_creation_that_fails_at_any_resource_goes_back_and_succeeds_afterwards() {
    let calm = calm();
    for blueprint in Blueprint::ALL {
        let plan = plan(blueprint, &chosen(blueprint, "qa"));
        let mut account = Account::default();
        steps(&mut account, nature(&calm), &plan);
        for spec in &plan.stacks {
            let before = standing_ids(&account);
            for (place, resource) in spec.evaluated.resources.iter().enumerate() {
                let id = &resource.logical_id;
                let fault = failing(&spec.name, id, "create", FAILS_UNTIL_S);
                let mut account = account.clone();
                let ended = make(&mut account, nature(&fault), blueprint, &plan, spec);
                let stuck = waits_for_interfaces(&account, spec);
                let expected = if stuck { Status::RollbackFailed } else { Status::RollbackComplete };
                assert_eq!(ended, expected, "{blueprint} {id}: {:?}", statuses(&account));
                assert!(stuck || standing_ids(&account) == before, "{blueprint} {id}");
                let stack = &account.stacks[&key(spec)];
                let told = stack.events.iter().find(|event| event.status == "CREATE_FAILED").expect("it is told");
                assert_eq!((told.logical_id.as_str(), told.reason.as_deref()), (id.as_str(), Some("It failed.")));
                assert!(stuck || stack.resources.values().all(|own| own.id.is_none()), "{blueprint} {id}");
                assert!(account.founded.is_empty());
                // A stack that went back can only be deleted; then it is made as if nothing had been.
                let again = change_set(&account, blueprint, &plan, spec, "second", true);
                assert!(apply(&mut account, nature(&calm), &again).is_err());
                delete_whole(&mut account, nature(&calm), spec);
                assert_eq!(standing_ids(&account), before, "{blueprint} {id}");
                // That it can be made then is the same for every resource of a stack.
                if place > 0 {
                    continue;
                }
                assert_eq!(make(&mut account, nature(&calm), blueprint, &plan, spec), Status::CreateComplete);
            }
            assert_eq!(make(&mut account, nature(&calm), blueprint, &plan, spec), Status::CreateComplete);
        }
    }
}

#[test]
fn a_deletion_that_fails_at_any_resource_keeps_it_and_what_it_needs_and_is_taken_up_again() {
    let calm = calm();
    for blueprint in Blueprint::ALL {
        let chosen = chosen(blueprint, "qa");
        let mut account = Account::default();
        let plan = make_all(&mut account, nature(&calm), blueprint, &chosen);
        empty_all(&mut account, nature(&calm));
        // Rules that hold for a day only are not what this is about.
        wait(&mut account, nature(&calm), 90_000);
        for spec in plan.stacks.iter().rev() {
            for resource in &spec.evaluated.resources {
                let id = &resource.logical_id;
                let fault = failing(&spec.name, id, "delete", account.now + 7_200);
                let mut account = account.clone();
                apply(&mut account, nature(&fault), &delete(spec)).expect("it is taken");
                rest(&mut account, nature(&fault));
                if waits_for_interfaces(&account, spec) && !refuses(&account, spec, id) {
                    wait(&mut account, nature(&fault), 900);
                    apply(&mut account, nature(&fault), &delete(spec)).expect("it is taken");
                    rest(&mut account, nature(&fault));
                }
                assert_eq!(status(&account, spec), Status::DeleteFailed, "{blueprint} {id}: {:?}", statuses(&account));
                let stack = &account.stacks[&key(spec)];
                assert!(stack.reason.as_ref().is_some_and(|why| why.contains(id.as_str())), "{:?}", stack.reason);
                let left: BTreeSet<&str> =
                    stack.resources.iter().filter(|(_, own)| own.stands).map(|(id, _)| id.as_str()).collect();
                assert!(left.contains(id.as_str()), "{blueprint} {id}: {left:?}");
                // Whatever a resource that is left needs is left too, and nobody else who could go stayed.
                for own in &left {
                    let needs = &stack.resources[*own].laid.depends_on;
                    assert!(needs.iter().all(|id| left.contains(id.as_str())), "{blueprint} {id}: {left:?}");
                }
                let refused = |id: &str| stack.resources[id].status == "DELETE_FAILED";
                let needed = |id: &str| left.iter().any(|other| stack.resources[*other].laid.depends_on.contains(id));
                assert!(left.iter().all(|id| refused(id) || needed(id)), "{blueprint} {id}: {left:?}");
                wait(&mut account, nature(&calm), 7_200);
                delete_whole(&mut account, nature(&calm), spec);
            }
            delete_whole(&mut account, nature(&calm), spec);
        }
    }
}

#[test]
fn a_deletion_during_a_creation_leaves_nothing() {
    let calm = calm();
    let nature = nature(&calm);
    let blueprint = Blueprint::PaymentsAurora;
    let plan = plan(blueprint, &chosen(blueprint, "qa"));
    let spec = plan.stacks.first().expect("it has stacks");
    for seconds in (0..300).step_by(7) {
        let mut account = Account::default();
        let call = change_set(&account, blueprint, &plan, spec, "first", true);
        apply(&mut account, nature, &call).expect("it is taken");
        wait(&mut account, nature, 10);
        apply(&mut account, nature, &execute(spec, "first", true)).expect("it is executed");
        wait(&mut account, nature, seconds);
        delete_whole(&mut account, nature, spec);
        assert!(account.standing().next().is_none() && account.stacks.is_empty(), "after {seconds} s");
    }
}
