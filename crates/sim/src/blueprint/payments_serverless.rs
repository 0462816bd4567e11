//! Payments without servers: REST APIs before Lambda and a global table, failover by DNS, one health check only.

use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::id::DnsName;
use lifeboat_model::metric::Measure;
use lifeboat_model::objective::Objectives;
use lifeboat_model::topology::{Blueprint, Deployment, RecordTarget};

use super::{
    AlarmWords, Api, Comparison, Door, Estate, Front, FunctionEstate, MissingData, Pair, Side, Storage, alarm,
    api_host, arn, bucket_pair, failover_names, https_check, iam_role, pair_of_regions, stacks, zone_id,
};
use crate::estate::ParameterEstate;

pub(super) fn estate(sfx: &str) -> Estate {
    let regions = pair_of_regions("us-east-2");
    let zone = zone_id(&format!("payment-{sfx}"));
    let name = DnsName::new(format!("api.payment-{sfx}.lifeboat.test"));
    let functions = Pair::from_fn(|side| format!("payment-processor-{}-{sfx}", regions.at(side)));
    let buckets = Pair::from_fn(|side| format!("payment-docs-{}-{sfx}", regions.at(side)));
    let table = format!("payment-ledger-{sfx}");
    let doors = Pair::from_fn(|side| Door {
        host: api_host(regions.at(side), &format!("payment-gateway-{sfx}")),
        address: None,
        health_path: "/prod/payment",
        balancer: None,
        api: Some(Api { name: format!("payment-api-{}-{sfx}", regions.at(side)), stage: "prod".to_owned() }),
        function: Some(functions.at(side).as_str().into()),
    });
    let check = https_check(&format!("payment-gateway-{sfx}"), &doors.home.host, doors.home.health_path, Side::Home);
    let records = failover_names(&zone, &name, [&doors.home.host, &doors.partner.host], [Some(check.id.clone()), None]);
    let mut deployment =
        Deployment::bare(Blueprint::PaymentsServerless.as_str(), regions.home.clone(), regions.partner.clone());
    deployment.blueprint = Some(Blueprint::PaymentsServerless);
    deployment.objectives = Objectives {
        rpo_by_store: [(StoreKind::DynamoDb, Duration::from_mins(1))].into(),
        rto: Some(Duration::from_mins(5)),
        expected_promotion: None,
        ..Objectives::default()
    };
    deployment.public_name = Some(name.clone());
    deployment.records = vec![RecordTarget { zone: zone.clone(), name }];
    deployment.parameter_paths = vec![format!("/payment-gateway/{sfx}/").into()];
    let errors = |side: Side| {
        alarm(
            &regions,
            &AlarmWords {
                name: &format!("lambda-errors-{}-{sfx}", regions.at(side)),
                stands: side,
                measure: Measure::LambdaErrors,
                of: side,
                comparison: Comparison::GreaterThanThreshold,
                threshold: 5.0,
                evaluation_periods: 2,
                missing: MissingData::NotBreaching,
            },
        )
    };
    let lag = |name: String, stands: Side, measure: Measure, of: Side, threshold: f64, missing: MissingData| {
        alarm(
            &regions,
            &AlarmWords {
                name: &name,
                stands,
                measure,
                of,
                comparison: Comparison::GreaterThanThreshold,
                threshold,
                evaluation_periods: 2,
                missing,
            },
        )
    };
    let alarms = vec![
        lag(
            format!("dynamo-health-alarm-{sfx}"),
            Side::Home,
            Measure::DynamoReplicationLatency,
            Side::Home,
            60_000.0,
            MissingData::NotBreaching,
        ),
        errors(Side::Home),
        errors(Side::Partner),
        lag(
            format!("s3-replication-lag-{sfx}"),
            Side::Partner,
            Measure::S3ReplicationLatency,
            Side::Partner,
            900.0,
            MissingData::Ignore,
        ),
    ];
    let stacks = stacks(&format!("payments-serverless-{sfx}"), ["primary", "secondary"]);
    Estate {
        front: Front::Dns,
        aurora: None,
        table: table.into(),
        storage: Storage {
            buckets: bucket_pair(buckets.home, buckets.partner),
            role: iam_role(&format!("payments-serverless-replication-{sfx}")),
            rule: "replicate-documents".to_owned(),
            delete_markers: false,
            time_control_minutes: Some(15),
        },
        checks: vec![check],
        records,
        alarms,
        functions: Side::BOTH
            .into_iter()
            .map(|side| FunctionEstate {
                side,
                name: functions.at(side).as_str().into(),
                runtime: "nodejs22.x",
                code: "payment-gateway",
                event_source: None,
            })
            .collect(),
        accelerator: None,
        parameters: vec![ParameterEstate {
            name: format!("/payment-gateway/{sfx}/feature-flags").into(),
            secure: false,
            value: "{\"receipts\":true}".to_owned(),
        }],
        stacks,
        vaults: None,
        groups: None,
        topics: Side::BOTH
            .into_iter()
            .map(|side| arn("sns", regions.at(side), &format!("failover-alerts-{}-{sfx}", regions.at(side))))
            .collect(),
        tags: vec![("Project".to_owned(), "PaymentsServerless".to_owned())],
        doors,
        regions,
        deployment,
    }
}
