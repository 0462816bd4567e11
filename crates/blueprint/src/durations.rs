//! How long CloudFormation usually takes, by type of resource, until there is a history that says it better. Estimates
//! to draw a first line with: nothing is decided by them.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Duration;

use crate::manifest::When;
use crate::stacks::StackPlan;
use crate::template::Evaluated;

const SOURCE: &str = include_str!("../../../blueprints/durations.toml");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usual {
    pub create: Duration,
    pub delete: Duration,
}

/// How long the resources of a stack are expected to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// By logical id.
    pub resources: BTreeMap<String, Usual>,
    /// From the first resource to the last, where those go side by side that do not wait for each other.
    pub stack: Usual,
    /// The resources that everything waits for, in order of creation.
    pub critical_path: Vec<String>,
}

fn table() -> &'static BTreeMap<String, Usual> {
    static TABLE: OnceLock<BTreeMap<String, Usual>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let table: toml::Table = SOURCE.parse().unwrap_or_default();
        let seconds = |entry: &toml::Value, key: &str| {
            let seconds = entry.get(key)?.as_integer()?;
            u64::try_from(seconds).ok().map(Duration::from_secs)
        };
        let usual =
            |entry: &toml::Value| Some(Usual { create: seconds(entry, "create")?, delete: seconds(entry, "delete")? });
        table.iter().filter_map(|(name, entry)| Some((name.clone(), usual(entry)?))).collect()
    })
}

/// Of a type of resource; one that is not in the table takes what others take.
pub fn usual(resource_type: &str) -> Usual {
    let table = table();
    let five = Duration::from_secs(5);
    table.get(resource_type).or_else(|| table.get("other")).copied().unwrap_or(Usual { create: five, delete: five })
}

pub fn expected(evaluated: &Evaluated) -> Expected {
    let of = |resource_type: &str| usual(resource_type);
    let resources: BTreeMap<String, Usual> =
        evaluated.resources.iter().map(|resource| (resource.logical_id.clone(), of(&resource.resource_type))).collect();
    let order = evaluated.in_order();
    // When each is there, and which of those that it waited for was there last.
    let mut there: BTreeMap<&str, (Duration, Option<&str>)> = BTreeMap::new();
    for resource in &order {
        let last = resource
            .depends_on
            .iter()
            .filter_map(|id| there.get_key_value(id.as_str()).map(|(id, (at, _))| (*at, *id)))
            .max();
        let begins = last.map_or(Duration::ZERO, |(at, _)| at);
        there.insert(&resource.logical_id, (begins + of(&resource.resource_type).create, last.map(|(_, id)| id)));
    }
    // Deletion is the other way round: a resource goes once all that wait for it are gone.
    let mut gone: BTreeMap<&str, Duration> = BTreeMap::new();
    for resource in order.iter().rev() {
        let dependents = order.iter().filter(|other| other.depends_on.contains(&resource.logical_id));
        let begins = dependents.filter_map(|other| gone.get(other.logical_id.as_str())).max().copied();
        let takes = of(&resource.resource_type).delete;
        gone.insert(&resource.logical_id, begins.unwrap_or(Duration::ZERO) + takes);
    }
    let last = there.iter().map(|(id, (at, _))| (*at, *id)).max();
    let mut critical_path = Vec::new();
    let mut next = last.map(|(_, id)| id);
    while let Some(id) = next {
        critical_path.push(id.to_owned());
        next = there.get(id).and_then(|(_, before)| *before);
    }
    critical_path.reverse();
    let stack = Usual {
        create: last.map_or(Duration::ZERO, |(at, _)| at),
        delete: gone.values().max().copied().unwrap_or(Duration::ZERO),
    };
    Expected { resources, stack, critical_path }
}

/// How long a change set takes to be worked out: AWS says nothing of it, and it grows with the template.
pub const CHANGE_SET: Duration = Duration::from_secs(10);
/// What is done besides CloudFormation is a request or two.
pub const OWN_STEP: Duration = Duration::from_secs(1);

/// From the first step to the last stack where those go side by side that do not wait for each other: as long as the plan
/// that makes them all is expected to take, where nothing stands yet and no earlier run says it better.
pub fn until_all_stand(plan: &StackPlan) -> Duration {
    let mut there: BTreeMap<&str, Duration> = BTreeMap::new();
    let last_of = |there: &BTreeMap<&str, Duration>, ids: &mut dyn Iterator<Item = &String>| {
        ids.filter_map(|id| there.get(id.as_str())).max().copied().unwrap_or(Duration::ZERO)
    };
    // Each stands behind all that it waits for once it was looked at as often as there are of them.
    for _ in 0..plan.stacks.len() + plan.steps.len() {
        for own in plan.steps_of(When::Create) {
            let begins = last_of(&there, &mut own.after.iter());
            there.insert(&own.id, begins + OWN_STEP);
        }
        for stack in &plan.stacks {
            let begins = last_of(&there, &mut stack.after.iter().chain(&stack.after_steps));
            let takes = CHANGE_SET + expected(&stack.evaluated).stack.create;
            there.insert(&stack.id, begins + takes);
        }
    }
    there.values().max().copied().unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use lifeboat_model::id::DeploymentName;

    use super::*;
    use crate::blueprint::{builtin, find};
    use crate::chosen::Chosen;
    use crate::stacks::stacks;

    #[test]
    fn the_table_can_be_read_and_has_what_others_take() {
        let file: toml::Table = SOURCE.parse().unwrap();
        assert_eq!(table().len(), file.len(), "an entry without both of its numbers is lost");
        assert!(table().contains_key("other"));
        assert_eq!(usual("AWS::Nothing::Known"), usual("other"));
        assert_eq!(usual("AWS::RDS::DBInstance").create, Duration::from_mins(8));
    }

    #[test]
    fn every_type_in_the_table_is_used_by_a_template() {
        let used: Vec<&str> = builtin()
            .iter()
            .flat_map(|blueprint| blueprint.templates.values())
            .flat_map(|template| template.resources.iter().map(|resource| resource.resource_type.as_str()))
            .collect();
        for name in table().keys().filter(|name| *name != "other") {
            assert!(used.contains(&name.as_str()), "{name}");
        }
    }

    #[test]
    fn all_stand_once_the_last_of_those_that_wait_for_each_other_does() {
        let blueprint = find("payments-aurora").unwrap();
        let plan = stacks(blueprint, &Chosen::defaults(&blueprint.manifest, DeploymentName::from("prod"))).unwrap();
        let of = |id: &str| expected(&plan.stack(id).unwrap().evaluated).stack.create;
        let whole = until_all_stand(&plan);
        assert!(whole >= of("primary") + of("primary-database") + of("dr-database"), "{whole:?}");
        assert!(whole < plan.stacks.iter().map(|stack| of(&stack.id)).sum(), "some go side by side");
    }

    #[test]
    fn a_stack_takes_as_long_as_its_longest_way() {
        let blueprint = find("payments-aurora").unwrap();
        let plan = stacks(blueprint, &Chosen::defaults(&blueprint.manifest, DeploymentName::from("prod"))).unwrap();
        let database = expected(&plan.stack("primary-database").unwrap().evaluated);
        assert_eq!(database.critical_path[..2], ["DbCluster".to_owned(), "DbInstance".to_owned()]);
        assert_eq!(database.stack.create, Duration::from_mins(1 + 8));
        assert_eq!(database.stack.delete, Duration::from_mins(6 + 2));
        for stack in &plan.stacks {
            let expected = expected(&stack.evaluated);
            let sum: Duration = expected.resources.values().map(|usual| usual.create).sum();
            let longest = expected.resources.values().map(|usual| usual.create).max().unwrap();
            assert!(longest <= expected.stack.create && expected.stack.create <= sum, "{}", stack.id);
        }
    }
}
