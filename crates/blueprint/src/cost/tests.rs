//! Costs of the built-in blueprints, and of what has no price.

use std::collections::BTreeSet;

use lifeboat_model::id::DeploymentName;

use super::*;
use crate::blueprint::{Origin, builtin, find};
use crate::choose::{Given, choose};
use crate::template::Template;

fn chosen(blueprint: &Blueprint, flags: &[(&str, &str)]) -> Chosen {
    let flags = flags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    choose(&blueprint.manifest, &Given { flags, ..Given::nothing(DeploymentName::from("prod")) }).unwrap()
}

fn cost_with(name: &str, flags: &[(&str, &str)]) -> Cost {
    let blueprint = find(name).unwrap();
    cost(blueprint, &chosen(blueprint, flags)).unwrap()
}

fn line<'a>(cost: &'a Cost, what: &str) -> &'a CostLine {
    cost.lines.iter().find(|line| line.what == what).unwrap_or_else(|| panic!("no {what}: {:?}", cost.lines))
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < 0.005
}

#[test]
fn the_table_can_be_read() {
    let prices = read(SOURCE).expect("every entry has its parts");
    assert_eq!(prices, *table());
    assert!(prices.date.len() == 10 && prices.date.starts_with("20"), "{}", prices.date);
    assert!(prices.price.values().all(|price| price.usd > 0.0 && !price.per.is_empty()));
    assert!(prices.usage.values().all(|usage| usage.amount > 0.0));
    let sources = prices.price.values().filter_map(|price| price.source.as_ref());
    assert!(sources.clone().all(|source| source.starts_with("https://")));
    assert!(sources.count() > 20);
}

#[test]
fn every_type_of_the_built_in_blueprints_has_a_price_or_costs_nothing() {
    let mut kinds = BTreeSet::new();
    for blueprint in builtin() {
        for template in blueprint.templates.values() {
            kinds.extend(template.resources.iter().map(|resource| resource.resource_type.clone()));
        }
        let switches = blueprint.manifest.parameters.iter().filter(|parameter| parameter.default == "false");
        let switches = switches.filter(|parameter| parameter.name != "VpcPeering").map(|switch| switch.name.as_str());
        let on: Vec<(&str, &str)> = switches.map(|name| (name, "true")).collect();
        for flags in [Vec::new(), on] {
            let cost = cost(blueprint, &chosen(blueprint, &flags)).unwrap();
            let unknown: Vec<&CostLine> = cost.lines.iter().filter(|line| line.usd_month.is_none()).collect();
            assert!(unknown.is_empty(), "{}: {unknown:?}", blueprint.name());
            assert!(!cost.is_at_least());
        }
    }
    for free in &table().free {
        assert!(kinds.contains(free), "{free} is used by no template");
    }
}

#[test]
fn every_choice_of_a_size_has_a_price() {
    for (name, parameter) in
        [("ecommerce", "InstanceType"), ("ecommerce", "DbInstanceClass"), ("payments-aurora", "DbInstanceClass")]
    {
        for size in find(name).unwrap().manifest.parameter(parameter).unwrap().allowed.clone() {
            let cost = cost_with(name, &[(parameter, &size)]);
            assert!(!cost.is_at_least(), "{name} {size}: {:?}", cost.lines.last());
        }
    }
}

#[test]
fn every_price_and_usage_is_used() {
    let code = include_str!("../cost.rs");
    for key in table().price.keys().filter(|key| !key.starts_with("ec2.t4g") && !key.starts_with("ec2.m7g")) {
        assert!(code.contains(&format!("\"{key}\"")) || key.starts_with("aurora.db."), "{key}");
    }
    for key in table().usage.keys() {
        assert!(code.contains(&format!("\"{key}\"")), "{key}");
    }
}

#[test]
fn payments_on_aurora_cost_what_the_prices_say() {
    let cost = cost_with("payments-aurora", &[]);
    let instances = line(&cost, "Aurora instances");
    assert_eq!(instances.resources, ["primary-database.DbInstance", "dr-database.DbInstance"]);
    assert!(near(instances.quantity, 1460.0) && near(instances.usd_month.unwrap(), 423.40), "{instances:?}");
    let nat = line(&cost, "NAT gateways");
    assert!(near(nat.usd_month.unwrap(), 65.70), "{nat:?}");
    assert!(near(line(&cost, "table writes, in each region").quantity, 2.0));
    assert!(near(line(&cost, "secrets, each replica too").quantity, 2.0));
    assert!(near(line(&cost, "health checks").quantity, 2.0));
    assert!(near(line(&cost, "health checks, HTTPS and other options").quantity, 2.0));
    let sum: f64 = cost.lines.iter().filter_map(|line| line.usd_month).sum();
    assert!(near(cost.total_usd, sum));
    assert!(cost.lines.is_sorted_by(|one, other| one.usd_month >= other.usd_month), "the dearest first");
    assert_eq!(cost.expected.len(), 7);
    assert!(cost.lines.iter().all(|line| !line.basis.is_empty()));
}

#[test]
fn what_is_switched_on_is_charged() {
    let plain = cost_with("payments-aurora", &[]);
    let keyed = cost_with("payments-aurora", &[("CustomerManagedKeys", "true")]);
    assert!(near(keyed.total_usd - plain.total_usd, 2.0), "two keys");
    let smaller = cost_with("payments-aurora", &[("DbInstanceClass", "db.serverless")]);
    let capacity = line(&smaller, "Aurora capacity, as much as there is at least");
    assert!(near(capacity.usd_month.unwrap(), 2.0 * 0.5 * 0.12 * 730.0), "{capacity:?}");
    assert!(smaller.total_usd < plain.total_usd);
    let shop = cost_with("ecommerce", &[("InstanceType", "m7g.large")]);
    let servers = line(&shop, "servers, as many as there are at least");
    assert!(near(servers.usd_month.unwrap(), 4.0 * 0.0816 * 730.0), "{servers:?}");
    assert!(servers.looked_up);
    let private = cost_with("serverless", &[("PrivateNetworking", "true"), ("SigningSecret", "true")]);
    assert!(near(line(&private, "interface endpoints").quantity, 4.0 * 730.0), "two zones in each region");
}

#[test]
fn the_smallest_costs_least() {
    let total = |name| cost_with(name, &[]).total_usd;
    assert!(total("serverless") < total("payments-serverless"));
    assert!(total("payments-serverless") < total("global-accelerator"));
    assert!(total("serverless") > 0.0);
}

#[test]
fn what_has_no_price_is_said_to_have_none() {
    let mut blueprint = find("serverless").unwrap().clone();
    blueprint.origin = Origin::Folder("mine".to_owned());
    let text = crate::blueprint::builtin_files("serverless").iter().find(|(file, _)| *file == "global.yaml").unwrap().1;
    let text = text.replace("\nOutputs:", "\n  Queue:\n    Type: AWS::SQS::Queue\n\nOutputs:");
    blueprint.templates.insert("global.yaml".to_owned(), Template::read("global.yaml", &text).unwrap());
    let cost = cost(&blueprint, &chosen(&blueprint, &[])).unwrap();
    let unknown = cost.lines.last().unwrap();
    assert_eq!((unknown.resource_type.as_str(), unknown.usd_month), ("AWS::SQS::Queue", None));
    assert_eq!(unknown.resources, ["global.Queue"]);
    assert!(cost.is_at_least());
    assert!(cost.notes.iter().any(|note| note.contains("at least")), "{:?}", cost.notes);
}

#[test]
fn other_regions_prices_are_not_pretended_to_be_known() {
    let notes = |flags: &[(&str, &str)]| cost_with("serverless", flags).notes.join("\n");
    assert!(notes(&[("SecondaryRegion", "eu-west-1")]).contains("eu-west-1 charges otherwise"));
    assert!(!notes(&[]).contains("charges otherwise"));
}

#[test]
fn stacks_alone_cost_together_what_all_cost() {
    for blueprint in builtin() {
        let chosen = Chosen::defaults(&blueprint.manifest, DeploymentName::from("prod"));
        let whole = cost(blueprint, &chosen).unwrap().total_usd;
        let parts: f64 = by_stack(blueprint, &chosen).unwrap().values().map(|cost| cost.total_usd).sum();
        assert!((whole - parts).abs() < 1e-6, "{}: {whole} and {parts}", blueprint.name());
    }
}
