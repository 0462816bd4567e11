//! Outputs and deployments made of answers.

use lifeboat_model::id::DeploymentName;

use super::*;
use crate::blueprint::{Blueprint, builtin, find};
use crate::choose::{Given, choose};
use crate::stacks::stacks;

/// Every stack with an answer for each of its outputs, and every step.
fn answered(blueprint: &Blueprint, chosen: &Chosen) -> Gathered {
    let plan = stacks(blueprint, chosen).unwrap();
    let outputs = plan.stacks.iter().map(|stack| {
        let answers = stack.evaluated.outputs.keys().map(|key| (key.clone(), format!("{}-{key}", stack.id)));
        (stack.id.clone(), answers.collect())
    });
    let steps = plan.steps.iter().map(|step| (step.id.clone(), format!("{}-answer", step.id)));
    Gathered { account: Some(AccountId::from("123456789012")), outputs: outputs.collect(), steps: steps.collect() }
}

fn chosen(blueprint: &Blueprint, flags: &[(&str, &str)]) -> Chosen {
    let flags = flags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    choose(&blueprint.manifest, &Given { flags, ..Given::nothing(DeploymentName::from("prod")) }).unwrap()
}

fn keys(name: &str) -> (Map<String, Value>, Vec<String>) {
    let blueprint = find(name).unwrap();
    let chosen = chosen(blueprint, &[("EnvironmentSuffix", "qa")]);
    let gathered = answered(blueprint, &chosen);
    let file = outputs_file(&blueprint.manifest, &chosen, &gathered).unwrap();
    (file, outputs_file_names(&blueprint.manifest, &chosen))
}

#[test]
fn the_outputs_file_has_the_architectures_own_keys() {
    let expected: [(&str, &[&str]); 4] = [
        (
            "ecommerce",
            &[
                "primary_endpoint",
                "primary_alb_dns",
                "secondary_alb_dns",
                "database_primary_endpoint",
                "database_secondary_endpoint",
                "storage_bucket_primary",
                "storage_bucket_secondary",
                "sns_topic_arn",
            ],
        ),
        (
            "payments-aurora",
            &[
                "environment_suffix",
                "primary_region",
                "dr_region",
                "primary_vpc_id",
                "dr_vpc_id",
                "primary_aurora_endpoint",
                "dr_aurora_endpoint",
                "primary_api_endpoint",
                "dr_api_endpoint",
                "primary_bucket_name",
                "dr_bucket_name",
                "dynamodb_table_name",
                "route53_zone_id",
                "route53_fqdn",
                "primary_lambda_function_name",
                "dr_lambda_function_name",
            ],
        ),
        (
            "serverless",
            &["primaryLambdaUrl", "secondaryLambdaUrl", "globalTableName", "primaryBucketName", "secondaryBucketName"],
        ),
        (
            "payments-serverless",
            &["primaryApiEndpoint", "secondaryApiEndpoint", "failoverDnsName", "healthCheckId", "alarmArns"],
        ),
    ];
    for (name, expected) in expected {
        let (file, _) = keys(name);
        for key in expected {
            assert!(file.contains_key(*key), "{name} {key}");
        }
        assert_eq!(file.len(), expected.len(), "{name}");
    }
    let (file, _) = keys("global-accelerator");
    for key in ["primary_vpc_id", "secondary_vpc_id", "global_accelerator_dns"] {
        assert!(file.contains_key(key), "{key}");
    }
}

#[test]
fn the_outputs_file_has_its_names() {
    assert_eq!(keys("ecommerce").1, ["flat-outputs.json", "pulumi-outputs-qa.json"]);
    for name in ["payments-aurora", "global-accelerator", "payments-serverless"] {
        assert!(keys(name).1.contains(&"flat-outputs.json".to_owned()), "{name}");
    }
}

#[test]
fn a_list_is_a_list() {
    let (file, _) = keys("payments-serverless");
    assert_eq!(file["alarmArns"].as_array().map(Vec::len), Some(4));
    let blueprint = find("global-accelerator").unwrap();
    let chosen = chosen(blueprint, &[]);
    let mut gathered = answered(blueprint, &chosen);
    gathered.outputs.get_mut("primary").unwrap().insert("PublicSubnetIds".to_owned(), "subnet-1,subnet-2".to_owned());
    let file = outputs_file(&blueprint.manifest, &chosen, &gathered).unwrap();
    assert_eq!(file["primary_public_subnet_ids"], serde_json::json!(["subnet-1", "subnet-2"]));
}

#[test]
fn what_is_missing_is_named_and_nothing_is_made_up() {
    let blueprint = find("payments-aurora").unwrap();
    let chosen = chosen(blueprint, &[]);
    let mut gathered = answered(blueprint, &chosen);
    gathered.outputs.remove("global");
    let missing = outputs_file(&blueprint.manifest, &chosen, &gathered).unwrap_err();
    let words: Vec<&str> = missing.iter().map(|missing| missing.word.as_str()).collect();
    assert_eq!(words, ["{global.PublicName}", "{global.ZoneId}"]);
    assert!(deployment(&blueprint.manifest, &chosen, &gathered).is_err());
}

#[test]
fn variables_stand_in_for_the_file() {
    let manifest = &find("ecommerce").unwrap().manifest;
    let told = outputs_of_environment(manifest, &|name| match name {
        "PRIMARY_ALB_DNS" => Some("alb.us-east-1.elb.amazonaws.com".to_owned()),
        "SNS_TOPIC_ARN" => Some(String::new()),
        _ => None,
    });
    assert_eq!(told.len(), 1);
    assert_eq!(told["primary_alb_dns"], "alb.us-east-1.elb.amazonaws.com");
    assert_eq!(manifest.outputs.environment.len(), 8);
}

#[test]
fn every_deployment_is_toml_with_everything_filled_in() {
    for blueprint in builtin() {
        let chosen = chosen(blueprint, &[]);
        let gathered = answered(blueprint, &chosen);
        let text = deployment_toml(&blueprint.manifest, &chosen, &gathered).unwrap();
        let read: toml::Table = text.parse().unwrap();
        let table = read["deployments"]["prod"].as_table().unwrap();
        assert_eq!(table["blueprint"].as_str(), Some(blueprint.name()));
        assert_eq!(table["home"].as_str(), Some("us-east-1"));
        assert_eq!(table["account"].as_str(), Some("123456789012"));
        // The only braces that stay are the configuration's own word.
        assert!(!text.replace("{nonce}", "").contains('{'), "{text}");
        assert!(table["stacks"][chosen.partner.as_str()].as_array().is_some_and(|names| !names.is_empty()));
    }
}

#[test]
fn a_parameter_adds_to_the_deployment_while_it_is_on() {
    let blueprint = find("ecommerce").unwrap();
    let topics = |flags: &[(&str, &str)]| {
        let chosen = chosen(blueprint, flags);
        let gathered = answered(blueprint, &chosen);
        deployment(&blueprint.manifest, &chosen, &gathered).unwrap()["topics"].as_array().map(Vec::len)
    };
    assert_eq!(topics(&[]), Some(2), "the standby's topic is added to the list");
    assert_eq!(topics(&[("StandbyAlarms", "false")]), Some(1));
}

#[test]
fn an_addition_gives_way_to_what_it_stands_aside_for() {
    let blueprint = find("global-accelerator").unwrap();
    let canary = |flags: &[(&str, &str)]| {
        let chosen = chosen(blueprint, flags);
        let gathered = answered(blueprint, &chosen);
        let table = deployment(&blueprint.manifest, &chosen, &gathered).unwrap();
        table.get("canary").map(|canary| canary["write_url"].as_str().unwrap().to_owned())
    };
    assert_eq!(canary(&[]).as_deref(), Some("http://global-AcceleratorDns:443/canary"));
    assert_eq!(canary(&[("NlbTargets", "false")]), None);
    let certificate =
        |region| format!("arn:aws:acm:{region}:123456789012:certificate/0a1b2c3d-0000-1111-2222-333344445555");
    let (home, partner) = (certificate("us-east-1"), certificate("us-east-2"));
    let flags = [
        ("PrimaryCertificateArn", home.as_str()),
        ("SecondaryCertificateArn", partner.as_str()),
        ("PrimaryDomain", "api.home.acme.org"),
        ("SecondaryDomain", "api.partner.acme.org"),
    ];
    assert!(!canary(&flags).is_some_and(|url| url.starts_with("http://")), "port 443 speaks TLS then");
}
