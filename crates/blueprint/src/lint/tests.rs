//! Every rule finds what it is for in a built-in template that was spoiled, and nothing in one that was not.

use super::*;
use crate::blueprint::{Origin, builtin, find};

/// The breaches in a built-in blueprint one of whose files was changed.
fn spoiled(name: &str, file: &str, from: &str, to: &str) -> Vec<Finding> {
    let mut blueprint = find(name).unwrap().clone();
    let files = crate::blueprint::builtin_files(name);
    let (_, text) = files.iter().find(|(known, _)| *known == file).unwrap();
    assert!(text.contains(from), "{name}/{file} has no {from:?}");
    let changed = text.replacen(from, to, 1);
    if file == crate::manifest::MANIFEST_FILE {
        blueprint.manifest = Manifest::read(&changed).unwrap();
    } else {
        blueprint.templates.insert(file.to_owned(), Template::read(file, &changed).unwrap());
    }
    blueprint.origin = Origin::Folder("changed".to_owned());
    lint(&blueprint)
}

#[track_caller]
fn breaks(rule: Rule, name: &str, file: &str, from: &str, to: &str) {
    let found = spoiled(name, file, from, to);
    assert!(found.iter().any(|finding| finding.rule == rule), "{rule}: {found:?}");
    assert!(found.iter().all(|finding| finding.rule == rule), "not {rule} alone: {found:?}");
    assert!(found.iter().all(|finding| !finding.what.is_empty() && !finding.fix.is_empty()));
}

#[test]
fn the_built_in_blueprints_break_no_rule() {
    for blueprint in builtin() {
        let found = lint(blueprint);
        let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{}:\n{}", blueprint.name(), texts.join("\n"));
    }
}

#[test]
fn the_rules_are_those_of_the_documentation() {
    let page = include_str!("../../../../docs/blueprints.md");
    for rule in Rule::ALL {
        let row = format!("| {rule} | {} | {} |", rule.must(), rule.because()).replace("|  |", "| |");
        assert!(page.contains(&row), "{row}");
    }
    assert_eq!(Rule::ALL.len(), page.lines().filter(|line| line.starts_with("| B")).count());
}

#[test]
fn b01_what_holds_data_goes_with_its_stack() {
    let policy = "    DeletionPolicy: Delete\n    UpdateReplacePolicy: Delete\n";
    breaks(Rule::B01, "ecommerce", "primary-database.yaml", policy, "");
    let snapshot = "    DeletionPolicy: Snapshot\n    UpdateReplacePolicy: Delete\n";
    breaks(Rule::B01, "ecommerce", "primary-database.yaml", policy, snapshot);
    let retained = "    Type: AWS::SNS::Topic\n    DeletionPolicy: RetainExceptOnCreate\n";
    breaks(Rule::B01, "payments-serverless", "primary.yaml", "    Type: AWS::SNS::Topic\n", retained);
    let kept = "    DeletionPolicy: Delete\n    UpdateReplacePolicy: Retain\n";
    breaks(Rule::B01, "serverless", "global.yaml", policy, kept);
}

#[test]
fn b02_nothing_refuses_its_deletion() {
    let file = "primary-database.yaml";
    breaks(Rule::B02, "ecommerce", file, "DeletionProtection: false", "DeletionProtection: true");
    breaks(Rule::B02, "ecommerce", file, "      DeletionProtection: false\n", "");
    breaks(Rule::B02, "ecommerce", file, "BackupRetentionPeriod: 1", "BackupRetentionPeriod: 7");
    let on = "deletion_protection.enabled, Value: 'true'";
    breaks(Rule::B02, "ecommerce", "primary-app.yaml", "deletion_protection.enabled, Value: 'false'", on);
    let (from, to) = ("DeletionProtectionEnabled: false", "DeletionProtectionEnabled: true");
    breaks(Rule::B02, "payments-serverless", "stores.yaml", from, to);
}

#[test]
fn b03_a_standby_has_no_credentials() {
    let with = |line: &str| format!("      Engine: aurora-mysql\n      {line}\n");
    let engine = "      Engine: aurora-mysql\n";
    for line in ["MasterUsername: admin", "DatabaseName: shop"] {
        breaks(Rule::B03, "ecommerce", "secondary-database.yaml", engine, &with(line));
    }
    let managed = with("ManageMasterUserPassword: true");
    breaks(Rule::B03, "ecommerce", "primary-database.yaml", engine, &managed);
}

#[test]
fn b04_an_encrypted_cluster_names_its_key() {
    breaks(Rule::B04, "ecommerce", "secondary-database.yaml", "      KmsKeyId: alias/aws/rds\n", "");
}

#[test]
fn b05_versions_are_literals() {
    let (from, to) = ("EngineVersion: 8.0.mysql_aurora.3.08.2", "EngineVersion: !Ref DbInstanceClass");
    breaks(Rule::B05, "ecommerce", "primary-database.yaml", from, to);
    breaks(Rule::B05, "ecommerce", "primary.yaml", from, "EngineVersion: !Ref EnvironmentSuffix");
}

#[test]
fn b06_a_global_cluster_is_made_empty() {
    let from = "      GlobalClusterIdentifier:";
    let to = format!("      SourceDBClusterIdentifier: arn\n{from}");
    breaks(Rule::B06, "ecommerce", "primary.yaml", from, &to);
}

#[test]
fn b07_a_global_table_is_in_both_regions() {
    let stores = "stores.yaml";
    breaks(Rule::B07, "payments-serverless", stores, "- Region: !Ref AWS::Region", "- Region: eu-west-1");
    let stream = "StreamViewType: NEW_AND_OLD_IMAGES";
    breaks(Rule::B07, "payments-serverless", stores, stream, "StreamViewType: KEYS_ONLY");
}

#[test]
fn b08_a_replicated_bucket_is_versioned_and_its_rules_are_whole() {
    let file = "stores.yaml";
    let versioned = "VersioningConfiguration: {Status: Enabled}";
    breaks(Rule::B08, "ecommerce", file, versioned, "VersioningConfiguration: {Status: Suspended}");
    breaks(Rule::B08, "ecommerce", "secondary.yaml", versioned, "OwnershipControls: {Rules: []}");
    let text = crate::blueprint::builtin_files("ecommerce").iter().find(|(name, _)| *name == file).unwrap().1;
    for key in ["Priority", "Filter", "DeleteMarkerReplication"] {
        let line = text.lines().find(|line| line.trim_start().starts_with(&format!("{key}:"))).unwrap();
        breaks(Rule::B08, "ecommerce", file, &format!("{line}\n"), "");
    }
}

#[test]
fn b09_buckets_are_encrypted_and_closed() {
    breaks(Rule::B09, "ecommerce", "stores.yaml", "BlockPublicPolicy: true", "BlockPublicPolicy: false");
    breaks(Rule::B09, "ecommerce", "stores.yaml", "BucketEncryption:", "Metadata:");
}

#[test]
fn b10_replication_takes_15_minutes() {
    for name in ["payments-aurora", "global-accelerator"] {
        breaks(Rule::B10, name, "stores.yaml", "Minutes: 15", "Minutes: 5");
    }
    breaks(Rule::B10, "payments-serverless", "primary.yaml", "Minutes: 15", "Minutes: 30");
}

#[test]
fn b11_health_checks_ask_what_can_be_asked() {
    let file = "global.yaml";
    for (from, to) in [
        ("RequestInterval: 30", "RequestInterval: 20"),
        ("FailureThreshold: 3", "FailureThreshold: 11"),
        ("RequestInterval: 30", "Disabled: true\n        RequestInterval: 30"),
        ("ResourcePath: /prod/payment", "Regions: []"),
        ("FullyQualifiedDomainName: !Ref PrimaryApiHost", "FullyQualifiedDomainName: !Sub 'https://${PrimaryApiHost}'"),
    ] {
        breaks(Rule::B11, "payments-serverless", file, from, to);
    }
    breaks(
        Rule::B11,
        "global-accelerator",
        file,
        "RequestInterval: 30",
        "ResourcePath: /x\n        RequestInterval: 30",
    );
}

#[test]
fn b12_failover_records_can_fail_over() {
    let text = crate::blueprint::builtin_files("payments-serverless").iter().find(|(name, _)| *name == "global.yaml");
    let text = text.unwrap().1;
    for key in ["SetIdentifier", "HealthCheckId"] {
        let line = text.lines().find(|line| line.trim_start().starts_with(&format!("{key}:"))).unwrap();
        breaks(Rule::B12, "payments-serverless", "global.yaml", &format!("{line}\n"), "");
    }
}

#[test]
fn b13_a_deployment_waits_for_every_method() {
    let file = "primary.yaml";
    breaks(Rule::B13, "payments-aurora", file, "DependsOn: [PostPayment, GetPayment]", "DependsOn: [PostPayment]");
    let (from, to) = ("Description: Straight to the function", "StageName: prod");
    breaks(Rule::B13, "payments-aurora", file, from, to);
}

#[test]
fn b14_a_function_url_has_both_permissions() {
    let file = "primary.yaml";
    breaks(Rule::B14, "serverless", file, "InvokedViaFunctionUrl: true", "InvokedViaFunctionUrl: false");
    breaks(Rule::B14, "serverless", file, "Action: lambda:InvokeFunctionUrl", "Action: lambda:GetFunction");
}

#[test]
fn b15_b16_b17_functions_are_as_lambda_takes_them() {
    let file = "primary.yaml";
    breaks(Rule::B15, "payments-aurora", file, "DEPLOY_REGION: !Ref AWS::Region", "AWS_REGION: !Ref AWS::Region");
    breaks(Rule::B16, "payments-aurora", file, "DependsOn: [LogGroup, PrivateRoute]", "DependsOn: [PrivateRoute]");
    let long = format!("          import base64\n          # {}\n", "x".repeat(4096));
    breaks(Rule::B17, "payments-aurora", file, "          import base64\n", &long);
}

#[test]
fn b18_host_counts_need_both_dimensions() {
    let (from, to) = ("{Name: LoadBalancer, Value", "{Name: Balancer, Value");
    breaks(Rule::B18, "ecommerce", "primary-app.yaml", from, to);
    breaks(Rule::B18, "ecommerce", "primary-app.yaml", "{Name: TargetGroup, Value", "{Name: Group, Value");
}

#[test]
fn b19_health_check_alarms_stand_where_their_metrics_are() {
    let (from, to) = ("region = \"us-east-1\"", "region = \"home\"");
    breaks(Rule::B19, "ecommerce", "manifest.toml", from, to);
}

#[test]
fn b20_silence_means_something() {
    let from = "      TreatMissingData: missing\n";
    breaks(Rule::B20, "global-accelerator", "primary-database.yaml", from, "");
    let (from, to) = ("      TreatMissingData: ignore\n", "      TreatMissingData: notBreaching\n");
    breaks(Rule::B20, "payments-serverless", "stores.yaml", from, to);
}

#[test]
fn b21_no_secure_string_is_in_a_template() {
    let (from, to) = (
        "      Type: String\n      Description: The cluster",
        "      Type: SecureString\n      Description: The cluster",
    );
    breaks(Rule::B21, "global-accelerator", "primary-database.yaml", from, to);
}

#[test]
fn b22_databases_are_in_two_zones() {
    let (from, to) = ("!Select [1, !GetAZs '']", "!Select [0, !GetAZs '']");
    let found = spoiled("global-accelerator", "primary.yaml", from, to);
    assert!(found.is_empty(), "public subnets are not the database's: {found:?}");
    let text = crate::blueprint::builtin_files("global-accelerator").iter().find(|(name, _)| *name == "primary.yaml");
    let (before, after) = text.unwrap().1.split_once("  PrivateSubnet2:\n").unwrap();
    let (line, _) = after.split_once("Tags").unwrap();
    assert!(before.contains("PrivateSubnet1") && line.contains(from));
    let whole = format!("  PrivateSubnet2:\n{line}");
    breaks(Rule::B22, "global-accelerator", "primary.yaml", &whole, &whole.replace(from, to));
    let without = whole.replace("      AvailabilityZone: !Select [1, !GetAZs '']\n", "");
    breaks(Rule::B22, "global-accelerator", "primary.yaml", &whole, &without);
}

#[test]
fn b23_alarms_can_publish_to_topics() {
    let from = "    Type: AWS::SNS::Topic\n    Properties:\n";
    breaks(Rule::B23, "payments-aurora", "primary.yaml", from, &format!("{from}      KmsMasterKeyId: alias/aws/sns\n"));
}

#[test]
fn b24_b25_accelerators_and_endpoints_are_as_aws_takes_them() {
    let (from, to) = ("HealthCheckIntervalSeconds: 30", "HealthCheckIntervalSeconds: 20");
    breaks(Rule::B24, "global-accelerator", "global.yaml", from, to);
    let (from, to) = ("{EventBusArn: !Ref PrimaryEventBusArn}, ", "");
    breaks(Rule::B25, "global-accelerator", "events.yaml", from, to);
    let from = "Name: !Sub 'accelerated-events-${EnvironmentSuffix}'";
    let to = "Name: !Sub 'other-events-${EnvironmentSuffix}'";
    breaks(Rule::B25, "global-accelerator", "primary.yaml", from, to);
}

#[test]
fn b26_what_runs_change_is_in_no_template() {
    breaks(
        Rule::B26,
        "ecommerce",
        "primary-app.yaml",
        "      MinSize: '2'\n",
        "      MinSize: '2'\n      DesiredCapacity: '2'\n",
    );
    let (from, to) = ("      MemorySize: 256\n", "      MemorySize: 256\n      ReservedConcurrentExecutions: 0\n");
    breaks(Rule::B26, "payments-aurora", "primary.yaml", from, to);
}

#[test]
fn b27_keys_are_deleted_soon() {
    breaks(Rule::B27, "payments-aurora", "primary.yaml", "PendingWindowInDays: 7", "PendingWindowInDays: 30");
}

#[test]
fn b28_every_name_has_the_suffix() {
    let (from, to) =
        ("GroupName: !Sub 'ecommerce-alb-primary-${EnvironmentSuffix}'", "GroupName: ecommerce-alb-primary");
    breaks(Rule::B28, "ecommerce", "primary-app.yaml", from, to);
    breaks(Rule::B28, "ecommerce", "primary-app.yaml", &format!("      {from}\n"), "");
    let (from, to) = ("name = \"tap-stack-{EnvironmentSuffix}-stores\"", "name = \"tap-stack-stores\"");
    breaks(Rule::B28, "ecommerce", "manifest.toml", from, to);
}

#[test]
fn b29_names_stay_short_enough() {
    let (from, to) =
        ("Name: !Sub 'shop-primary-${EnvironmentSuffix}'", "Name: !Sub 'shop-in-the-primary-${EnvironmentSuffix}'");
    breaks(Rule::B29, "ecommerce", "primary-app.yaml", from, to);
    breaks(Rule::B29, "ecommerce", "manifest.toml", "max_length = 15\n", "");
    let (from, to) = ("max_length = 15", "max_length = 60");
    let found = spoiled("ecommerce", "manifest.toml", from, to);
    assert!(found.iter().any(|finding| finding.rule == Rule::B29 && finding.file == "primary-app.yaml"), "{found:?}");
}

#[test]
fn b30_names_of_the_account_are_distinct() {
    let (from, to) = ("RoleName: !Sub 'ecommerce-app-secondary-", "RoleName: !Sub 'ecommerce-app-primary-");
    breaks(Rule::B30, "ecommerce", "secondary-app.yaml", from, to);
    let (from, to) =
        ("RoleName: !Sub 'ecommerce-app-primary-${EnvironmentSuffix}'", "RoleName: !Sub 'app-${EnvironmentSuffix}'");
    breaks(Rule::B30, "ecommerce", "primary-app.yaml", from, to);
}

#[test]
fn b31_no_stack_reads_another() {
    let (from, to) = ("TopicArn: {Value: !Ref AlertTopic}", "TopicArn: {Value: !ImportValue topic}");
    breaks(Rule::B31, "ecommerce", "primary.yaml", from, to);
}

#[test]
fn b32_nobodys_domains_are_not_used() {
    breaks(
        Rule::B32,
        "ecommerce",
        "global.yaml",
        "Name: !Sub 'shop.ecommerce-${EnvironmentSuffix}.${ParentDomain}'",
        "Name: shop.example.com",
    );
    let found = spoiled("ecommerce", "manifest.toml", "default = \"lifeboat.test\"", "default = \"shop.example.org\"");
    assert!(found.iter().any(|finding| finding.rule == Rule::B32), "{found:?}");
}

#[test]
fn b33_a_template_can_be_sent_in_a_request() {
    let description = format!("Description: {}", "x".repeat(super::whole::MOST_BYTES));
    breaks(
        Rule::B33,
        "ecommerce",
        "stores.yaml",
        "Description: Shop - ",
        &format!("{description}\nMetadata:\n  Was: Shop - "),
    );
}

#[test]
fn b34_manifest_and_templates_agree() {
    breaks(Rule::B34, "ecommerce", "primary-app.yaml", "Default: t4g.small", "Default: t4g.micro");
    breaks(Rule::B34, "ecommerce", "primary.yaml", "  TopicArn: {Value: !Ref AlertTopic}\n", "");
    let (from, to) = ("VpcId = \"{primary.VpcId}\"\n", "");
    breaks(Rule::B34, "ecommerce", "manifest.toml", from, to);
    let (from, to) = ("pattern = \"^[a-z0-9]+(-[a-z0-9]+)*$\"", "pattern = \"^[a-z0-9-]+$\"");
    breaks(Rule::B34, "ecommerce", "manifest.toml", from, to);
}

#[test]
fn a_rule_looks_into_every_branch_of_a_condition() {
    let (from, to) = ("BackupRetentionPeriod: 1", "BackupRetentionPeriod: !If [IsServerless, 1, 7]");
    breaks(Rule::B02, "ecommerce", "primary-database.yaml", from, to);
    let (from, to) = ("KmsKeyId: alias/aws/rds", "KmsKeyId: !If [IsServerless, alias/aws/rds, !Ref AWS::NoValue]");
    breaks(Rule::B04, "ecommerce", "primary-database.yaml", from, to);
}
