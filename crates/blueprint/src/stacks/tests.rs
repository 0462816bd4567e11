//! What blueprints come to: order, inputs, what is left out.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lifeboat_model::id::DeploymentName;
use proptest::prelude::*;

use super::*;
use crate::blueprint::{Origin, builtin, find, read};
use crate::choose::{Given, choose};

fn plan_of(name: &str, flags: &[(&str, &str)]) -> StackPlan {
    let blueprint = find(name).unwrap();
    let flags = flags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let chosen = choose(&blueprint.manifest, &Given { flags, ..Given::nothing(DeploymentName::from("prod")) }).unwrap();
    stacks(blueprint, &chosen).unwrap()
}

#[test]
fn what_can_be_known_now_is_filled_in() {
    let plan = plan_of("payments-aurora", &[("EnvironmentSuffix", "qa"), ("ParentDomain", "acme.org")]);
    let primary = plan.stack("primary").unwrap();
    assert_eq!(primary.name.as_str(), "TapStackqa-primary");
    let input = |key: &str| primary.inputs.iter().find(|input| input.key == key).map(|input| input.value.clone());
    assert_eq!(input("PublicName"), Some(InputValue::Literal("api.payments-qa.acme.org".to_owned())));
    assert_eq!(input("DrRegion"), Some(InputValue::Literal("us-east-2".to_owned())));
    assert_eq!(input("EnvironmentSuffix"), Some(InputValue::Literal("qa".to_owned())));
    let database = plan.stack("primary-database").unwrap();
    let told = database.inputs.iter().find(|input| input.key == "DbSecretArn").unwrap();
    let InputValue::Output { stack: (region, stack), key, optional: false, list: false, .. } = &told.value else {
        panic!("{told:?}")
    };
    assert_eq!((region.as_str(), stack.as_str(), key.as_str()), ("us-east-1", "TapStackqa-primary", "DbSecretArn"));
    assert_eq!(database.after, ["primary"]);
    assert_eq!(database.after_steps, ["database-key-home"]);
}

#[test]
fn what_is_optional_and_absent_is_left_to_the_templates_default() {
    let input = |plan: &StackPlan, key: &str| {
        let stack = plan.stack("primary-database").unwrap();
        stack.inputs.iter().find(|input| input.key == key).map(|input| input.value.to_string())
    };
    assert_eq!(input(&plan_of("payments-aurora", &[]), "KeyArn"), None);
    let keyed = plan_of("payments-aurora", &[("CustomerManagedKeys", "true")]);
    assert_eq!(input(&keyed, "KeyArn").as_deref(), Some("{primary.KeyArn}"));
}

#[test]
fn a_step_that_answers_comes_between_stacks() {
    let plan = plan_of("ecommerce", &[]);
    let step = plan.steps_of(When::Create).find(|step| step.id == "writer-endpoint").unwrap();
    assert!(step.after.contains(&"primary-database".to_owned()) && step.after.contains(&"primary".to_owned()));
    let app = plan.stack("primary-app").unwrap();
    let writer = app.inputs.iter().find(|input| input.key == "WriterEndpoint").unwrap();
    assert_eq!(writer.value, InputValue::StepAnswer { step: "writer-endpoint".to_owned(), optional: true });
    assert!(app.after_steps.contains(&"writer-endpoint".to_owned()));
    let StepAction::GlobalWriterEndpoint { region, .. } = &step.action else { panic!("{step:?}") };
    assert_eq!(region.as_str(), "us-east-1");
}

#[test]
fn the_callers_tags_are_the_weakest() {
    let blueprint = find("ecommerce").unwrap();
    let tags = [("Project", "Mine"), ("Team", "Shop")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    let given = Given { tags: tags.into_iter().collect(), ..Given::nothing(DeploymentName::from("prod")) };
    let plan = stacks(blueprint, &choose(&blueprint.manifest, &given).unwrap()).unwrap();
    let tags: BTreeMap<String, String> = plan.stack("primary").unwrap().tags.iter().cloned().collect();
    assert_eq!(tags["Project"], "ECommerceDR");
    assert_eq!(tags["Team"], "Shop");
    assert_eq!(tags["lifeboat:deployment"], "prod");
    assert_eq!(tags["Region"], "us-east-1");
}

#[test]
fn a_teardown_knows_the_roles_the_leftovers_and_the_refusals() {
    let plan = plan_of("payments-aurora", &[("EnvironmentSuffix", "qa")]);
    let aurora = plan.teardown.aurora.as_ref().unwrap();
    assert_eq!(aurora.global_cluster.to_string(), "{primary.GlobalClusterId}");
    assert_eq!(aurora.stacks, ["primary-database", "dr-database"]);
    let secret: Vec<&str> = plan
        .teardown
        .leftovers
        .iter()
        .filter(|leftover| leftover.kind == LeftoverKind::Secret && leftover.name == "payments-aurora-db-qa")
        .map(|leftover| leftover.region.as_str())
        .collect();
    assert_eq!(secret, ["us-east-1", "us-east-2"]);
    assert_eq!(plan.teardown.refusals.len(), 4);
    let serverless = plan_of("serverless", &[]);
    assert!(serverless.teardown.aurora.is_none());
}

#[test]
fn steps_and_stacks_under_parameters_are_there_only_while_those_are_on() {
    let plain = plan_of("serverless", &[]);
    assert!(plain.stack("routes").is_none());
    let peered = plan_of("serverless", &[("PrivateNetworking", "true"), ("VpcPeering", "true")]);
    assert!(peered.stack("routes").is_some());
}

#[test]
fn every_built_in_blueprint_comes_to_stacks_with_every_switch_either_way() {
    for blueprint in builtin() {
        let switches = blueprint.manifest.parameters.iter().filter(|parameter| {
            parameter.kind == crate::manifest::ParameterKind::Boolean && parameter.name != "VpcPeering"
        });
        for parameter in switches {
            let other = if parameter.default == "true" { "false" } else { "true" };
            let plan = plan_of(blueprint.name(), &[(&parameter.name, other)]);
            assert!(!plan.stacks.is_empty());
        }
        for suffix in ["a", "abcdefghijklmno"] {
            plan_of(blueprint.name(), &[("EnvironmentSuffix", suffix)]);
        }
    }
}

/// A blueprint of so many stacks, each fed by some of those before it in `order`.
fn made_up(edges: &[Vec<bool>], order: &[usize]) -> Blueprint {
    let mut manifest = String::from(
        "format = 1\nname = \"made-up\"\ntitle = \"Made up\"\npurpose = \"Order.\"\n\
         [regions.home]\nparameter = \"Home\"\ndefault = \"us-east-1\"\n\
         [regions.partner]\nparameter = \"Partner\"\ndefault = \"us-east-2\"\n\
         [parameters.EnvironmentSuffix]\ntype = \"string\"\ndefault = \"dev\"\nabout = \"Suffix.\"\n",
    );
    let mut files = BTreeMap::new();
    // Written in another order than that in which they can be made.
    for n in order {
        let feeds: Vec<usize> =
            edges[*n].iter().enumerate().filter(|(m, fed)| **fed && m < n).map(|(m, _)| m).collect();
        let region = "region = \"home\"\ncapabilities = []";
        writeln!(manifest, "[[stack]]\nid = \"s{n}\"\nname = \"s{n}-{{EnvironmentSuffix}}\"").unwrap();
        writeln!(manifest, "template = \"t{n}.yaml\"\n{region}\n[stack.inputs]").unwrap();
        let mut template = String::from("Parameters:\n  EnvironmentSuffix: {Type: String, Default: dev}\n");
        for m in feeds {
            writeln!(manifest, "P{m} = \"{{s{m}.Out}}\"").unwrap();
            writeln!(template, "  P{m}: {{Type: String}}").unwrap();
        }
        template.push_str("Resources:\n  A: {Type: X}\nOutputs:\n  Out: {Value: !Ref A}\n");
        files.insert(format!("t{n}.yaml"), template);
    }
    manifest.push_str("[outputs]\nfiles = []\n[outputs.keys]\n[deployment]\n");
    files.insert("manifest.toml".to_owned(), manifest);
    read(&files, Origin::Folder("made up".to_owned())).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn stacks_come_after_all_that_they_wait_for(
        edges in proptest::collection::vec(proptest::collection::vec(any::<bool>(), 7), 7),
        order in Just((0..7).collect::<Vec<usize>>()).prop_shuffle(),
    ) {
        let blueprint = made_up(&edges, &order);
        let chosen = Chosen::defaults(&blueprint.manifest, DeploymentName::from("prod"));
        let plan = stacks(&blueprint, &chosen).unwrap();
        prop_assert_eq!(plan.stacks.len(), 7);
        let mut done = BTreeSet::new();
        for stack in &plan.stacks {
            prop_assert!(stack.after.iter().all(|id| done.contains(id)), "{} before {:?}", stack.id, stack.after);
            done.insert(stack.id.clone());
        }
    }
}
