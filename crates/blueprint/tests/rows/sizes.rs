//! How many resources there are, as the architectures count them.

use std::collections::BTreeMap;

use lifeboat_blueprint::counts::{Counted, counted};
use lifeboat_blueprint::{Chosen, builtin, find};
use lifeboat_model::id::DeploymentName;

fn count(name: &str) -> Counted {
    let blueprint = find(name).unwrap();
    let chosen = Chosen::defaults(&blueprint.manifest, DeploymentName::from("prod"));
    counted(blueprint, &chosen).unwrap().unwrap()
}

#[test]
fn the_sizes_are_those_of_the_architectures() {
    let expected = [
        ("ecommerce", [33, 34, 9], 76),
        ("payments-aurora", [40, 41, 13], 94),
        ("global-accelerator", [42, 44, 18], 104),
        ("serverless", [8, 7, 1], 16),
        ("payments-serverless", [15, 15, 6], 36),
    ];
    for (name, parts, total) in expected {
        let found = count(name);
        assert_eq!([found.home, found.partner, found.global], parts, "{name}");
        assert_eq!(found.total(), total, "{name}");
    }
}

#[test]
fn the_manifests_state_what_the_templates_come_to() {
    for blueprint in builtin() {
        let found = count(blueprint.name());
        let stated = blueprint.manifest.counts.as_ref().unwrap();
        assert_eq!([found.home, found.partner, found.global], [stated.home, stated.partner, stated.global]);
        assert_eq!(found.total(), stated.total, "{}", blueprint.name());
    }
}

/// The architecture's own list, by module.
const SHOP: [(&str, usize); 6] =
    [("networking", 29), ("database", 11), ("storage", 3), ("compute", 18), ("monitoring", 7), ("dr-automation", 8)];

#[test]
fn the_shop_has_76_resources_in_six_modules_and_nothing_else_counts() {
    let blueprint = find("ecommerce").unwrap();
    let modules: BTreeMap<&str, usize> =
        blueprint.manifest.modules.iter().map(|module| (module.name.as_str(), module.resources.len())).collect();
    assert_eq!(modules, SHOP.into_iter().collect());
    let mut listed: Vec<String> = blueprint
        .manifest
        .modules
        .iter()
        .flat_map(|module| module.resources.iter().map(|(stack, id)| format!("{stack}.{id}")))
        .collect();
    let mut counted = count("ecommerce").resources;
    listed.sort();
    counted.sort();
    assert_eq!(listed, counted);
    assert_eq!(blueprint.manifest.module("primary", "Vpc"), Some("networking"));
    assert_eq!(blueprint.manifest.module("automation", "FailoverFunction"), Some("dr-automation"));
}

#[test]
fn what_came_on_top_is_told_apart() {
    let beyond = |name| count(name).beyond;
    assert!(beyond("ecommerce").contains(&"primary.ActiveRegionParameter".to_owned()));
    assert!(beyond("serverless").contains(&"primary-endpoint.EndpointParameter".to_owned()));
    assert!(beyond("global-accelerator").contains(&"primary.Alb".to_owned()));
    for name in ["ecommerce", "payments-aurora", "global-accelerator", "serverless", "payments-serverless"] {
        assert!(!beyond(name).is_empty(), "{name}");
    }
}
