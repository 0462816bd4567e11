//! The page of rows names what is there.

use lifeboat_blueprint::builtin_files;

use super::built::rows;

#[test]
fn every_reference_of_every_row_is_there() {
    let mut seen = 0;
    for row in rows() {
        assert!(!row.references.is_empty(), "{}", row.id);
        let blueprint = lifeboat_blueprint::find(&row.blueprint).unwrap();
        let manifest: toml::Table =
            builtin_files(&row.blueprint).iter().find(|(file, _)| *file == "manifest.toml").unwrap().1.parse().unwrap();
        for reference in row.references.iter().filter(|reference| *reference != "program") {
            seen += 1;
            if let Some(path) = reference.strip_prefix("manifest:") {
                let mut value = toml::Value::Table(manifest.clone());
                for key in path.split('.') {
                    let below = match &value {
                        toml::Value::Array(list) => {
                            list.iter().find(|one| one.get("id").is_some_and(|id| id.as_str() == Some(key)))
                        }
                        other => other.get(key),
                    };
                    value = below.unwrap_or_else(|| panic!("{}: {reference}", row.id)).clone();
                }
            } else if let Some((file, id)) = reference.split_once('/') {
                assert!(blueprint.templates[file].resource(id).is_some(), "{}: {reference}", row.id);
            } else {
                let (file, name) = reference.split_once('?').unwrap();
                assert!(blueprint.templates[file].parameters.contains_key(name), "{}: {reference}", row.id);
            }
        }
    }
    assert!(seen > 300, "the page was not read: {seen}");
}

#[test]
fn there_is_a_row_for_each_requirement_and_none_twice() {
    let mut ids: Vec<String> = rows().into_iter().map(|row| row.id).collect();
    let count = |prefix: &str| ids.iter().filter(|id| id.starts_with(prefix)).count();
    assert_eq!(["000", "001", "002", "003", "004"].map(count), [33, 43, 23, 14, 17]);
    ids.sort();
    let before = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), before);
}

/// AWS Backup shows recovery points for a while after they were deleted, and refuses the vault until it does not.
#[test]
fn a_teardown_waits_for_every_vault_that_still_shows_what_was_deleted() {
    let mut seen = 0;
    for blueprint in lifeboat_blueprint::builtin() {
        for stack in &blueprint.manifest.stacks {
            let template = &blueprint.templates[&stack.template];
            for vault in template.resources.iter().filter(|own| own.resource_type == "AWS::Backup::BackupVault") {
                seen += 1;
                let known = blueprint.manifest.refusals.iter().any(|refusal| {
                    (refusal.stack.as_str(), refusal.resource.as_str())
                        == (stack.id.as_str(), vault.logical_id.as_str())
                        && refusal.says == "contains recovery points"
                });
                assert!(known, "{}: {}.{}", blueprint.manifest.name, stack.id, vault.logical_id);
            }
        }
    }
    assert!(seen >= 3, "{seen}");
}

/// CloudFormation hands a stack's tags to most of what it makes, and to these not.
#[test]
fn what_no_stack_hands_its_tags_to_bears_them_itself() {
    let tags_of = |own: &lifeboat_blueprint::Resource| -> Vec<serde_json::Value> {
        let sent = own.properties.shown();
        let sent = sent.as_object().unwrap();
        match own.resource_type.as_str() {
            "AWS::DynamoDB::GlobalTable" => {
                sent["Replicas"].as_array().unwrap().iter().map(|own| own["Tags"].clone()).collect()
            }
            "AWS::Route53::HealthCheck" => vec![sent["HealthCheckTags"].clone()],
            "AWS::Route53::HostedZone" => vec![sent["HostedZoneTags"].clone()],
            _ => Vec::new(),
        }
    };
    let mut seen = 0;
    for blueprint in lifeboat_blueprint::builtin() {
        let mut chosen = lifeboat_blueprint::Chosen::defaults(&blueprint.manifest, "orca".into());
        if blueprint.manifest.name == "serverless" {
            let certificate = |region: &str| format!("arn:aws:acm:{region}:123456789012:certificate/0a1b2c3d-1111");
            let certificates = ["PrimaryCertificateArn", "SecondaryCertificateArn"];
            let certified = certificates.into_iter().zip(["us-east-1", "us-west-2"].map(certificate));
            chosen.values.extend(certified.map(|(name, value)| (name.to_owned(), value)));
            chosen.values.insert("ParentDomain".to_owned(), "acme.org".to_owned());
        }
        for spec in &lifeboat_blueprint::stacks(blueprint, &chosen).unwrap().stacks {
            for own in &spec.evaluated.resources {
                for tags in tags_of(own) {
                    seen += 1;
                    let tags = tags.as_array().unwrap();
                    for (key, value) in
                        spec.tags.iter().filter(|(key, _)| !["Region", "DR-Role"].contains(&key.as_str()))
                    {
                        let there = tags.iter().any(|tag| tag["Key"] == key.as_str() && tag["Value"] == value.as_str());
                        assert!(there, "{}: {} lacks {key} = {value}: {tags:?}", spec.name, own.logical_id);
                    }
                }
            }
        }
    }
    assert!(seen > 15, "{seen}");
}
