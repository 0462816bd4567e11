//! One `Call` of every kind, about the very resources of a filled account: those that its reader may read, and must
//! still be denied to change; and those by which stacks are made and taken away, in an order in which each can be made.

use lifeboat_model::call::{Call, Capacity, Change, CustomMetric, LateValue, StackInput, TemplateText};
use lifeboat_model::facts::route53::{RecordSet, Routing};
use lifeboat_model::facts::s3::ReplicationRule;
use lifeboat_model::id::{Arn, Region};
use lifeboat_model::time::Timestamp;

use crate::it::filled::Filled;

pub(crate) fn calls(filled: &Filled, until: Timestamp) -> Vec<Call> {
    let t = |name: &str| filled.text(name);
    let (home, partner) = (filled.home(), filled.partner());
    let cluster =
        |region: &Region, name: &str| Arn::from(format!("arn:aws:rds:{region}:{}:cluster:{}", t("account"), t(name)));
    let record = RecordSet {
        zone: t("zone").into(),
        name: t("record").into(),
        record_type: "CNAME".to_owned(),
        set_identifier: Some(home.to_string()),
        routing: Routing::FailoverPrimary,
        ttl_s: Some(60),
        values: vec![t("home_host").to_owned()],
        alias: None,
        health_check: Some(t("home_check").into()),
    };
    let rule = ReplicationRule {
        id: t("rule").to_owned(),
        enabled: true,
        destination: t("partner_bucket").into(),
        prefix: None,
        delete_markers: true,
        metrics: true,
        time_control_minutes: Some(15),
    };
    let marker = |present: bool| Call::PutMarker {
        region: partner.clone(),
        bucket: t("partner_bucket").into(),
        key: "takeover".to_owned(),
        present: Change::new(!present, present),
    };
    let concurrency = |reserved: Option<u32>| Call::SetFunctionConcurrency {
        region: home.clone(),
        function: t("home_function").into(),
        reserved: Change::new(Some(25), reserved),
    };
    let alarms = || vec![format!("primary-health-check-{}", t("suffix")).into()];
    vec![
        Call::SwitchoverGlobalCluster {
            global_cluster: t("global_cluster").into(),
            target: cluster(&partner, "partner_cluster"),
            writer_region: home.clone(),
        },
        Call::FailoverGlobalCluster {
            global_cluster: t("global_cluster").into(),
            target: cluster(&partner, "partner_cluster"),
            target_region: partner.clone(),
        },
        Call::SetHealthCheckInverted { check: t("home_check").into(), version: 1, inverted: Change::new(false, true) },
        Call::ChangeRecord {
            zone: t("zone").into(),
            before: Some(record.clone()),
            after: Some(RecordSet { ttl_s: Some(30), ..record.clone() }),
        },
        Call::PutMetric {
            metric: CustomMetric {
                region: partner.clone(),
                namespace: "Lifeboat".to_owned(),
                name: "Takeover".to_owned(),
                dimensions: vec![("Deployment".to_owned(), "payments".to_owned())],
            },
            value: Change::new(0.0, 1.0),
        },
        marker(true),
        marker(false),
        Call::UpdateEndpointGroup {
            group: Arn::from(
                "arn:aws:globalaccelerator::123456789012:accelerator/1234abcd/listener/0123vxyz/endpoint-group/098765zyxwvu",
            ),
            dial_percent: Change::new(100.0, 0.0),
            weights: Vec::new(),
        },
        Call::SetCapacity {
            region: partner.clone(),
            group: t("partner_group").into(),
            capacity: Change::new(Capacity { min: 1, desired: 2, max: 6 }, Capacity { min: 4, desired: 4, max: 6 }),
        },
        concurrency(Some(0)),
        concurrency(None),
        Call::SetEventSource {
            region: home.clone(),
            uuid: t("event_source").to_owned(),
            enabled: Change::new(false, true),
        },
        Call::PutParameter {
            region: partner.clone(),
            name: format!("{}db-name", t("parameter_path")).into(),
            value: Change::new("payments".to_owned(), "other".to_owned()),
        },
        Call::MuteAlarms { region: home.clone(), rule: "drill".to_owned(), alarms: alarms(), until },
        Call::UnmuteAlarms { region: home.clone(), rule: "drill".to_owned(), alarms: alarms(), until },
        Call::PublishNotice {
            topic: Arn::from(format!("arn:aws:sns:{home}:{}:operations-primary-{}", t("account"), t("suffix"))),
            subject: "drill".to_owned(),
            message: "a drill begins".to_owned(),
        },
        Call::InvokeFunction {
            region: partner.clone(),
            function: t("partner_function").into(),
            payload: "{}".to_owned(),
        },
        Call::PutItem {
            region: partner.clone(),
            table: t("table").into(),
            key_name: "id".to_owned(),
            key: "canary".to_owned(),
            attributes: vec![("nonce".to_owned(), "1".to_owned())],
        },
        Call::DeleteItem {
            region: partner.clone(),
            table: t("table").into(),
            key_name: "id".to_owned(),
            key: "canary".to_owned(),
        },
        Call::PutReplication {
            region: home,
            bucket: t("home_bucket").into(),
            role: Arn::from(t("role")),
            // Over rules that are there no literal command writes.
            rules: Change::new(Vec::new(), vec![ReplicationRule { enabled: false, ..rule.clone() }]),
        },
        Call::PutReplication {
            region: partner,
            bucket: t("partner_bucket").into(),
            role: Arn::from(t("role")),
            rules: Change::new(vec![rule], Vec::new()),
        },
        Call::ChangeRecord { zone: t("zone").into(), before: None, after: Some(record) },
    ]
}

/// From a stack's first change set to its end, in the partner region, and what is done beside stacks.
pub(crate) fn provisioning(filled: &Filled) -> Vec<Call> {
    let t = |name: &str| filled.text(name);
    let (home, partner) = (filled.home(), filled.partner());
    let stack = || format!("lifeboat-{}", t("suffix")).into();
    let change_set = |name: &str, creates: bool, text: &str| Call::CreateChangeSet {
        region: partner.clone(),
        stack: stack(),
        change_set: name.to_owned(),
        creates,
        template: TemplateText::new(
            "Parameters: {Text: {Type: String}}\n\
             Resources: {Value: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Ref Text}}}\n",
        ),
        inputs: vec![StackInput { key: "Text".to_owned(), value: LateValue::Literal(text.to_owned()) }],
        capabilities: Vec::new(),
        tags: vec![("Environment".to_owned(), "dev".to_owned())],
    };
    let execute = |name: &str, creates: bool| Call::ExecuteChangeSet {
        region: partner.clone(),
        stack: stack(),
        change_set: name.to_owned(),
        creates,
    };
    let protection =
        |on: bool| Call::SetTerminationProtection { region: partner.clone(), stack: stack(), on: Change::new(!on, on) };
    let secret = |region: &Region, copy_from: Option<Region>| Call::EnsureSecureParameter {
        region: region.clone(),
        name: format!("{}made-secret", t("parameter_path")).into(),
        copy_from,
        length: 32,
    };
    vec![
        change_set("first", true, "one"),
        execute("first", true),
        protection(true),
        protection(false),
        change_set("second", false, "two"),
        execute("second", false),
        change_set("third", false, "three"),
        Call::DeleteChangeSet { region: partner.clone(), stack: stack(), change_set: "third".to_owned() },
        Call::DetectDrift { region: partner.clone(), stack: stack() },
        Call::ContinueUpdateRollback { region: partner.clone(), stack: stack() },
        Call::DeleteStack { region: partner.clone(), stack: stack() },
        Call::MakeManagedKey { region: partner.clone(), alias: "alias/aws/rds".to_owned() },
        secret(&home, None),
        secret(&partner, Some(home.clone())),
        Call::DeleteParameter { region: partner.clone(), name: format!("{}made-secret", t("parameter_path")).into() },
        Call::EmptyBucket { region: partner.clone(), bucket: t("partner_bucket").into() },
        Call::EmptyVault { region: partner, vault: t("partner_vault").into() },
    ]
}
