//! Payments on Aurora: REST APIs before Lambda, an Aurora global database, failover by DNS.

use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::id::{ClusterId, DnsName};
use lifeboat_model::metric::Measure;
use lifeboat_model::objective::Objectives;
use lifeboat_model::topology::{Blueprint, Deployment, RecordTarget};

use super::{
    AlarmWords, Api, AuroraEstate, Comparison, Door, Estate, Front, FunctionEstate, MissingData, Pair, Side, Storage,
    alarm, api_host, arn, bucket_pair, check_alarm, cluster_arns, failover_names, https_check, iam_role, instances,
    pair_of_regions, stacks, zone_id,
};
use crate::estate::ParameterEstate;

pub(super) fn estate(sfx: &str) -> Estate {
    let regions = pair_of_regions("us-east-2");
    let role = Pair::new("primary", "dr");
    let zone = zone_id(&format!("payments-{sfx}"));
    let name = DnsName::new(format!("api.payments-{sfx}.lifeboat.test"));
    let clusters = Pair::from_fn(|side| ClusterId::new(format!("aurora-{}-{sfx}", role.at(side))));
    let functions = Pair::from_fn(|side| format!("payment-processor-{}-{sfx}", role.at(side)));
    let doors = Pair::from_fn(|side| Door {
        host: api_host(regions.at(side), &format!("payment-api-{sfx}")),
        address: None,
        health_path: "/prod/payment",
        balancer: None,
        api: Some(Api { name: format!("payment-api-{}-{sfx}", role.at(side)), stage: "prod".to_owned() }),
        function: Some(functions.at(side).as_str().into()),
    });
    let checks: Vec<_> = Side::BOTH
        .into_iter()
        .map(|side| {
            let door = doors.at(side);
            https_check(&format!("payment-{}-{sfx}", role.at(side)), &door.host, door.health_path, side)
        })
        .collect();
    let check_ids = [checks.first().map(|check| check.id.clone()), checks.get(1).map(|check| check.id.clone())];
    let records = failover_names(&zone, &name, [&doors.home.host, &doors.partner.host], check_ids);
    let mut deployment =
        Deployment::bare(Blueprint::PaymentsAurora.as_str(), regions.home.clone(), regions.partner.clone());
    deployment.blueprint = Some(Blueprint::PaymentsAurora);
    deployment.objectives = Objectives {
        // What was promised of the database; objects have Replication Time Control's own promise, tables none.
        rpo_by_store: [(StoreKind::Aurora, Duration::from_secs(1)), (StoreKind::S3, Duration::from_mins(15))].into(),
        rpo: None,
        rto: Some(Duration::from_mins(2)),
        expected_promotion: Some(Duration::from_mins(1)),
    };
    deployment.public_name = Some(name.clone());
    deployment.records = vec![RecordTarget { zone: zone.clone(), name }];
    deployment.parameter_paths = vec![format!("/payments/{sfx}/").into()];
    let alarms = vec![
        alarm(
            &regions,
            &AlarmWords {
                name: &format!("aurora-replication-lag-{sfx}"),
                stands: Side::Partner,
                measure: Measure::AuroraReplicationLag,
                of: Side::Partner,
                comparison: Comparison::GreaterThanThreshold,
                threshold: 1000.0,
                evaluation_periods: 2,
                missing: MissingData::Missing,
            },
        ),
        check_alarm(&regions, &format!("primary-health-check-{sfx}"), Side::Home),
        check_alarm(&regions, &format!("dr-health-check-{sfx}"), Side::Partner),
    ];
    let stacks = stacks(&format!("TapStack{sfx}"), ["primary", "dr"]);
    Estate {
        front: Front::Dns,
        aurora: Some(AuroraEstate {
            global: format!("aurora-global-{sfx}").into(),
            engine: "aurora-postgresql",
            engine_version: "14.6",
            arns: cluster_arns(&regions, &clusters),
            instances: instances(&clusters),
            clusters,
            serverless_half_acu: None,
        }),
        table: format!("payment-transactions-{sfx}").into(),
        storage: Storage {
            buckets: bucket_pair(format!("dr-primary-bucket-{sfx}"), format!("dr-secondary-bucket-{sfx}")),
            role: iam_role(&format!("payments-aurora-replication-{sfx}")),
            rule: "replicate-to-dr".to_owned(),
            delete_markers: true,
            time_control_minutes: Some(15),
        },
        checks,
        records,
        alarms,
        functions: Side::BOTH
            .into_iter()
            .map(|side| FunctionEstate {
                side,
                name: functions.at(side).as_str().into(),
                runtime: "python3.11",
                code: "payment-processor",
                event_source: None,
            })
            .collect(),
        accelerator: None,
        parameters: vec![ParameterEstate {
            name: format!("/payments/{sfx}/writer-endpoint").into(),
            secure: false,
            value: format!("aurora-global-{sfx}.global.rds.amazonaws.com"),
        }],
        stacks,
        vaults: None,
        groups: None,
        topics: Side::BOTH
            .into_iter()
            .map(|side| arn("sns", regions.at(side), &format!("payment-alerts-{}-{sfx}", role.at(side))))
            .collect(),
        tags: vec![("Project".to_owned(), "DisasterRecovery".to_owned())],
        doors,
        regions,
        deployment,
    }
}
