//! What CloudFormation and the services behind it refuse, in their words.

use lifeboat_model::call::Change;
use lifeboat_model::facts::route53::{RecordSet, Routing};

use super::*;

fn template(account: &mut Account, nature: Nature<'_>, body: &str) -> Result<Status, String> {
    template_in(account, nature, "us-east-1", "mine", body)
}

fn template_in(
    account: &mut Account,
    nature: Nature<'_>,
    region: &str,
    stack: &str,
    body: &str,
) -> Result<Status, String> {
    let (region, stack) = (Region::from(region), StackName::from(stack));
    let call = Call::CreateChangeSet {
        region: region.clone(),
        stack: stack.clone(),
        change_set: "first".to_owned(),
        creates: true,
        template: TemplateText::new(body),
        inputs: Vec::new(),
        capabilities: Vec::new(),
        tags: Vec::new(),
    };
    apply(account, nature, &call).map_err(|(_, why)| why)?;
    wait(account, nature, 10);
    let call = Call::ExecuteChangeSet {
        region: region.clone(),
        stack: stack.clone(),
        change_set: "first".to_owned(),
        creates: true,
    };
    apply(account, nature, &call).map_err(|(_, why)| why)?;
    rest(account, nature);
    Ok(account.stack(&region, &stack).expect("it is there").status)
}

/// Why the first resource failed.
fn first_failure(account: &Account) -> String {
    let events = account.stacks.values().flat_map(|stack| &stack.events);
    let failed = events.filter(|event| event.status.ends_with("_FAILED")).find_map(|event| event.reason.clone());
    failed.unwrap_or_default()
}

const TOPIC: &str = "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n";

#[test]
fn what_cannot_be_is_refused_before_anything_is_made() {
    let calm = calm();
    let nature = nature(&calm);
    let role = "Resources:\n  Role:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: r\n      AssumeRolePolicyDocument: {}\n";
    let needs = format!("Parameters:\n  Needed: {{Type: String}}\n{TOPIC}");
    let long = format!("{TOPIC}# {}\n", "x".repeat(51_200));
    for (body, says) in [
        (role, "Requires capabilities : [CAPABILITY_NAMED_IAM]"),
        (needs.as_str(), "Parameters: [Needed] must have values"),
        (long.as_str(), "less than or equal to 51200"),
        ("Resources: [", "Template format error"),
    ] {
        let mut account = Account::default();
        let why = template(&mut account, nature, body).expect_err(says);
        assert!(why.contains(says), "{why}");
        assert!(account.stacks.is_empty());
    }
}

#[test]
fn an_unknown_parameter_is_refused() {
    let calm = calm();
    let nature = nature(&calm);
    let call = |inputs: Vec<StackInput>| Call::CreateChangeSet {
        region: "us-east-1".into(),
        stack: "mine".into(),
        change_set: "first".to_owned(),
        creates: true,
        template: TemplateText::new(TOPIC),
        inputs,
        capabilities: Vec::new(),
        tags: Vec::new(),
    };
    let unknown = StackInput { key: "Nobody".to_owned(), value: LateValue::Literal("x".to_owned()) };
    let (_, why) = apply(&mut Account::default(), nature, &call(vec![unknown])).expect_err("there is none");
    assert_eq!(why, "Parameters: [Nobody] do not exist in the template");
    let late =
        StackInput { key: "Nobody".to_owned(), value: LateValue::Answer { step: "s".to_owned(), optional: false } };
    assert!(apply(&mut Account::default(), nature, &call(vec![late])).is_err(), "a late value is never sent");
}

#[test]
fn what_the_services_refuse_takes_the_stack_back_with_their_words() {
    let calm = calm();
    let nature = nature(&calm);
    let one = |kind: &str, properties: &str| {
        format!("Resources:\n  Thing:\n    Type: {kind}\n    Properties: {properties}\n")
    };
    for (body, says) in [
        (one("AWS::Route53::HostedZone", "{Name: shop.example.com}"), "shop.example.com is reserved by AWS!"),
        (one("AWS::SSM::Parameter", "{Name: /a, Type: SecureString, Value: x}"), "SecureString"),
        (
            one(
                "AWS::RDS::GlobalCluster",
                "{GlobalClusterIdentifier: g, Engine: aurora-postgresql, EngineVersion: '99.9'}",
            ),
            "Cannot find version 99.9 for aurora-postgresql",
        ),
        (
            one("AWS::CloudWatch::Alarm", "{AlarmName: a, AlarmActions: ['arn:aws:sns:us-east-2:123456789012:t']}"),
            "Invalid region us-east-2 specified. Only us-east-1 is supported.",
        ),
        (
            one(
                "AWS::S3::Bucket",
                "{BucketName: b, ReplicationConfiguration: {Role: r, Rules: [{Destination: {Bucket: 'arn:aws:s3:::gone'}}]}}",
            ),
            "Destination bucket must exist.",
        ),
        (
            one(
                "AWS::ElasticLoadBalancingV2::LoadBalancer",
                "{Name: a-name-that-is-longer-than-thirty-two-characters}",
            ),
            "cannot be longer than '32' characters",
        ),
        (
            one("AWS::RDS::DBCluster", "{DBClusterIdentifier: c, Engine: aurora-mysql, KmsKeyId: alias/aws/rds}"),
            "KMS key alias/aws/rds does not exist",
        ),
    ] {
        let mut account = Account::default();
        assert_eq!(template(&mut account, nature, &body), Ok(Status::RollbackComplete), "{says}");
        let why = first_failure(&account);
        assert!(why.contains(says), "{why}");
        assert!(account.standing().next().is_none());
    }
}

#[test]
fn a_name_that_somebody_has_is_found_out_when_it_is_to_be_made() {
    let calm = calm();
    let nature = nature(&calm);
    let bucket = "Resources:\n  Mine: {Type: AWS::S3::Bucket, Properties: {BucketName: taken}}\n";
    let mut account = Account::default();
    assert_eq!(template(&mut account, nature, bucket), Ok(Status::CreateComplete));
    assert_eq!(template_in(&mut account, nature, "eu-west-1", "other", bucket), Ok(Status::RollbackComplete));
    assert!(first_failure(&account).contains("taken already exists"), "{}", first_failure(&account));
    // A table's name is its region's alone.
    let table = "Resources:\n  Mine: {Type: AWS::DynamoDB::Table, Properties: {TableName: t}}\n";
    assert_eq!(template_in(&mut account, nature, "us-east-1", "one", table), Ok(Status::CreateComplete));
    assert_eq!(template_in(&mut account, nature, "eu-west-1", "two", table), Ok(Status::CreateComplete));
    assert_eq!(template_in(&mut account, nature, "eu-west-1", "three", table), Ok(Status::RollbackComplete));
}

fn standing(blueprint: Blueprint) -> (Account, StackPlan) {
    let calm = calm();
    let mut account = founding::standing_one(blueprint, "dev").expect("it stands");
    account.advance_to(nature(&calm), 0);
    (account, plan(blueprint, &chosen(blueprint, "dev")))
}

fn spec<'a>(plan: &'a StackPlan, id: &str) -> &'a StackSpec {
    plan.stack(id).expect("it is of the plan")
}

/// Deletes a stack and says what became of it and why.
fn deleted(account: &mut Account, spec: &StackSpec) -> (Status, String) {
    let calm = calm();
    apply(account, nature(&calm), &delete(spec)).expect("it is taken");
    rest(account, nature(&calm));
    let why = account.stacks.get(&key(spec)).and_then(|stack| {
        let events = stack.events.iter().rev();
        events
            .filter(|event| event.status == "DELETE_FAILED")
            .find_map(|event| event.reason.clone().filter(|why| !why.starts_with("The following")))
    });
    (status(account, spec), why.unwrap_or_default())
}

#[test]
fn a_bucket_is_deleted_only_when_it_is_empty_and_it_is_emptied_page_by_page() {
    let calm = calm();
    let (mut account, plan) = standing(Blueprint::Serverless);
    let spec = spec(&plan, "secondary");
    let (ended, why) = deleted(&mut account, spec);
    assert_eq!(ended, Status::DeleteFailed);
    assert!(why.starts_with("The bucket you tried to delete is not empty. You must delete all versions"), "{why}");
    let call = Call::EmptyBucket { region: spec.region.clone(), bucket: "tap-dev-secondary-us-west-2".into() };
    let mut pages = Vec::new();
    loop {
        let page = apply(&mut account, nature(&calm), &call).expect("it is there").unwrap_or_default();
        if page == EMPTY {
            break;
        }
        pages.push(page);
    }
    assert!(pages.len() >= 2 && pages[..pages.len() - 1].iter().all(|page| page.starts_with("1000 ")), "{pages:?}");
    wait(&mut account, nature(&calm), 600);
    assert_eq!(deleted(&mut account, spec).0, Status::DeleteComplete, "nobody fills it any more");
}

#[test]
fn a_vault_shows_what_was_deleted_for_a_while() {
    let calm = calm();
    let (mut account, plan) = standing(Blueprint::GlobalAccelerator);
    let spec = spec(&plan, "secondary");
    let (region, vault) = (spec.region.clone(), "accelerated-vault-secondary-dev");
    assert_eq!(account.contents.points(&region, vault, 0), 7);
    let call = Call::EmptyVault { region: region.clone(), vault: vault.into() };
    assert_eq!(apply(&mut account, nature(&calm), &call).expect("it is there").as_deref(), Some("7 recovery points"));
    assert_eq!(account.contents.points(&region, vault, 1), 7, "they are still shown");
    wait(&mut account, nature(&calm), 120);
    let now = account.now;
    assert_eq!(account.contents.points(&region, vault, now), 0);
}

#[test]
fn the_writer_of_a_global_database_goes_last() {
    let calm = calm();
    let (mut account, plan) = standing(Blueprint::PaymentsAurora);
    let (ended, why) = deleted(&mut account, spec(&plan, "primary-database"));
    assert_eq!(ended, Status::DeleteFailed);
    assert!(why.starts_with("Cannot delete the last instance of the master cluster."), "{why}");
    assert_eq!(deleted(&mut account, spec(&plan, "dr-database")).0, Status::DeleteComplete);
    assert_eq!(deleted(&mut account, spec(&plan, "primary-database")).0, Status::DeleteComplete);
    // After a switchover it is the other way round.
    let (mut account, plan) = standing(Blueprint::PaymentsAurora);
    let call = Call::SwitchoverGlobalCluster {
        global_cluster: "aurora-global-dev".into(),
        target: "arn:aws:rds:us-east-2:123456789012:cluster:aurora-dr-dev".into(),
        writer_region: "us-east-1".into(),
    };
    apply(&mut account, nature(&calm), &call).expect("it is heeded");
    assert_eq!(deleted(&mut account, spec(&plan, "dr-database")).0, Status::DeleteFailed);
    assert_eq!(deleted(&mut account, spec(&plan, "primary-database")).0, Status::DeleteComplete);
    assert_eq!(deleted(&mut account, spec(&plan, "dr-database")).0, Status::DeleteComplete);
}

#[test]
fn a_lost_writer_leaves_a_snapshot_behind() {
    let calm = calm();
    let (mut account, _) = standing(Blueprint::PaymentsAurora);
    let call = Call::FailoverGlobalCluster {
        global_cluster: "aurora-global-dev".into(),
        target: "arn:aws:rds:us-east-2:123456789012:cluster:aurora-dr-dev".into(),
        target_region: "us-east-2".into(),
    };
    apply(&mut account, nature(&calm), &call).expect("it is heeded");
    let home = Region::from("us-east-1");
    let left: Vec<_> = account.contents.snapshots(&home).collect();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].cluster, "aurora-primary-dev");
}

#[test]
fn a_zone_with_a_record_of_somebody_else_s_stays_until_it_is_gone() {
    let calm = calm();
    let (mut account, plan) = standing(Blueprint::PaymentsServerless);
    let zone = standing_of(&account, "AWS::Route53::HostedZone").remove(0).1;
    let record = RecordSet {
        zone: zone.as_str().into(),
        name: "mine.payment-dev.test.local".into(),
        record_type: "TXT".to_owned(),
        set_identifier: None,
        routing: Routing::Simple,
        ttl_s: Some(60),
        values: vec!["x".to_owned()],
        alias: None,
        health_check: None,
    };
    let change = |before: Option<RecordSet>, after: Option<RecordSet>| Call::ChangeRecord {
        zone: zone.as_str().into(),
        before,
        after,
    };
    apply(&mut account, nature(&calm), &change(None, Some(record.clone()))).expect("it is heeded");
    let (ended, why) = deleted(&mut account, spec(&plan, "global"));
    assert_eq!(ended, Status::DeleteFailed);
    assert!(why.starts_with("The specified hosted zone contains non-required resource record sets"), "{why}");
    apply(&mut account, nature(&calm), &change(Some(record), None)).expect("it is heeded");
    assert_eq!(deleted(&mut account, spec(&plan, "global")).0, Status::DeleteComplete);
}

#[test]
fn a_protected_stack_is_not_deleted() {
    let calm = calm();
    let (mut account, plan) = standing(Blueprint::Serverless);
    let spec = spec(&plan, "global");
    let protect =
        |on: Change<bool>| Call::SetTerminationProtection { region: spec.region.clone(), stack: spec.name.clone(), on };
    apply(&mut account, nature(&calm), &protect(Change::new(false, true))).expect("it is there");
    let (_, why) = apply(&mut account, nature(&calm), &delete(spec)).expect_err("it is protected");
    assert_eq!(why, "Stack [serverless-dev-global] cannot be deleted while TerminationProtection is enabled");
    apply(&mut account, nature(&calm), &protect(Change::new(true, false))).expect("it is there");
    assert_eq!(deleted(&mut account, spec).0, Status::DeleteComplete);
}

#[test]
fn a_table_is_sometimes_kept_for_the_day_after_its_replica_was_made() {
    let calm = calm();
    let blueprint = Blueprint::Serverless;
    let mut account = Account::default();
    let plan = make_all(&mut account, nature(&calm), blueprint, &chosen(blueprint, "qa"));
    let spec = spec(&plan, "global");
    let mut refused = 0;
    for wait_s in 0..60 {
        let mut account = account.clone();
        wait(&mut account, nature(&calm), wait_s);
        let (ended, why) = deleted(&mut account, spec);
        if ended == Status::DeleteFailed {
            assert!(why.contains("Replica cannot be deleted"), "{why}");
            refused += 1;
        }
        let mut old = account.clone();
        wait(&mut old, nature(&calm), 86_400);
        assert_eq!(deleted(&mut old, spec).0, Status::DeleteComplete, "a day later nothing stands in the way");
    }
    assert!((5..30).contains(&refused), "{refused} of 60");
}

#[test]
fn a_security_group_waits_for_the_interfaces_that_lambda_gives_back() {
    let (mut account, plan) = standing(Blueprint::PaymentsAurora);
    let calm = calm();
    for id in ["global", "stores", "dr-database", "primary-database"] {
        empty_all(&mut account, nature(&calm));
        delete_whole(&mut account, nature(&calm), spec(&plan, id));
    }
    let mut refused = 0;
    for wait_s in 0..40 {
        let mut account = account.clone();
        wait(&mut account, nature(&calm), wait_s);
        let (ended, why) = deleted(&mut account, spec(&plan, "dr"));
        if ended == Status::DeleteFailed {
            assert!(why.contains("has a dependent object"), "{why}");
            refused += 1;
            wait(&mut account, nature(&calm), 900);
            assert_eq!(deleted(&mut account, spec(&plan, "dr")).0, Status::DeleteComplete);
        }
    }
    assert!((3..37).contains(&refused), "{refused} of 40");
}
