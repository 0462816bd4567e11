//! Fixed addresses: Global Accelerator before network load balancers, Aurora Serverless v2, backups copied across.

use std::time::Duration;

use lifeboat_model::facts::route53::HealthCheckKind;
use lifeboat_model::id::{Arn, ClusterId, DnsName};
use lifeboat_model::metric::Measure;
use lifeboat_model::objective::Objectives;
use lifeboat_model::topology::{ActiveParameter, Blueprint, Deployment, LoadBalancerKind};

use super::{
    ACCOUNT, AcceleratorEstate, AlarmWords, Api, AuroraEstate, CheckEstate, Comparison, Door, Estate, Front,
    FunctionEstate, MissingData, Pair, Side, Storage, alarm, arn, balancer, bucket_pair, check_alarm, check_id,
    cluster_arns, cluster_endpoint, iam_role, instances, invented, pair_of_regions, stacks,
};
use crate::estate::ParameterEstate;

pub(super) fn estate(sfx: &str) -> Estate {
    let regions = pair_of_regions("us-east-2");
    let role = Pair::new("primary", "secondary");
    let clusters = Pair::from_fn(|side| ClusterId::new(format!("accelerated-{}-{sfx}", role.at(side))));
    let balancers = Pair::from_fn(|side| format!("accelerated-nlb-{}-{sfx}", role.at(side)));
    let functions = Pair::from_fn(|side| format!("event-processor-{}-{sfx}", role.at(side)));
    let doors = Pair::from_fn(|side| {
        let (region, name) = (regions.at(side), balancers.at(side));
        Door {
            host: format!("{name}-{}.elb.{region}.amazonaws.com", invented(name, 16)),
            address: None,
            health_path: "/health",
            balancer: Some(balancer(LoadBalancerKind::Network, region, name, &["10.0.10.21", "10.0.20.22"])),
            api: Some(Api { name: format!("accelerated-api-{}-{sfx}", role.at(side)), stage: "prod".to_owned() }),
            function: Some(functions.at(side).as_str().into()),
        }
    });
    let checks: Vec<_> = Side::BOTH
        .into_iter()
        .map(|side| CheckEstate {
            id: check_id(&format!("accelerated-{}-{sfx}", role.at(side))),
            kind: HealthCheckKind::Tcp,
            target: format!("tcp://{}:443", doors.at(side).host),
            interval_s: 30,
            threshold: 3,
            side,
            lever: None,
        })
        .collect();
    let id = check_id(&format!("accelerator-{sfx}")).to_string();
    let accelerator_arn = format!("arn:aws:globalaccelerator::{ACCOUNT}:accelerator/{id}");
    let listener = format!("{accelerator_arn}/listener/{}", invented(&id, 8));
    let dns_name = format!("a{}.awsglobalaccelerator.com", invented(&format!("dns{id}"), 16));
    let accelerator = AcceleratorEstate {
        arn: Arn::new(accelerator_arn),
        name: format!("accelerator-{sfx}"),
        dns_name: dns_name.clone(),
        addresses: ["192.0.2.41", "192.0.2.42"],
        groups: Pair::from_fn(|side| {
            Arn::new(format!("{listener}/endpoint-group/{}", invented(&format!("{}{id}", role.at(side)), 12)))
        }),
        listener: Arn::new(listener.clone()),
        dials_percent: Pair::new(100.0, 0.0),
    };
    let mut deployment =
        Deployment::bare(Blueprint::GlobalAccelerator.as_str(), regions.home.clone(), regions.partner.clone());
    deployment.blueprint = Some(Blueprint::GlobalAccelerator);
    deployment.objectives =
        Objectives { rpo: None, rto: None, expected_promotion: Some(Duration::from_mins(1)), ..Objectives::default() };
    deployment.public_name = Some(DnsName::new(dns_name));
    deployment.parameter_paths = vec![format!("/accelerated/{sfx}/").into()];
    deployment.compare_secure_parameters = true;
    // Applications ask the cluster that the parameter names, which is the active region's own.
    let endpoints = Pair::from_fn(|side| cluster_endpoint(clusters.at(side), regions.at(side)));
    deployment.active_parameter = Some(ActiveParameter {
        name: format!("/accelerated/{sfx}/database-endpoint").as_str().into(),
        home: endpoints.home.clone(),
        partner: endpoints.partner,
        moves_traffic: false,
    });
    let alarms = vec![
        check_alarm(&regions, &format!("accelerated-health-primary-{sfx}"), Side::Home),
        check_alarm(&regions, &format!("accelerated-health-secondary-{sfx}"), Side::Partner),
        alarm(
            &regions,
            &AlarmWords {
                name: &format!("accelerated-nlb-unhealthy-{sfx}"),
                stands: Side::Partner,
                measure: Measure::NlbUnhealthyHosts,
                of: Side::Partner,
                comparison: Comparison::GreaterThanThreshold,
                threshold: 0.0,
                evaluation_periods: 2,
                missing: MissingData::Breaching,
            },
        ),
    ];
    let buckets = Pair::from_fn(|side| format!("accelerated-data-{}-{sfx}", role.at(side)));
    let stacks = stacks(&format!("accelerated-{sfx}"), ["primary", "secondary"]);
    let parameter = |name: &str, secure: bool, value: String| ParameterEstate {
        name: format!("/accelerated/{sfx}/{name}").into(),
        secure,
        value,
    };
    Estate {
        front: Front::Accelerator,
        aurora: Some(AuroraEstate {
            global: format!("accelerated-global-{sfx}").into(),
            engine: "aurora-postgresql",
            engine_version: "16.8",
            arns: cluster_arns(&regions, &clusters),
            instances: instances(&clusters),
            clusters,
            serverless_half_acu: Some((1, 2)),
        }),
        table: format!("accelerated-state-{sfx}").into(),
        storage: Storage {
            buckets: bucket_pair(buckets.home, buckets.partner),
            role: iam_role(&format!("global-accelerator-replication-{sfx}")),
            rule: "replicate-data".to_owned(),
            delete_markers: false,
            time_control_minutes: Some(15),
        },
        checks,
        records: Vec::new(),
        alarms,
        functions: Side::BOTH
            .into_iter()
            .map(|side| FunctionEstate {
                side,
                name: functions.at(side).as_str().into(),
                runtime: "python3.11",
                code: "event-processor",
                event_source: Some((
                    check_id(&format!("mapping-{}-{sfx}", role.at(side))).to_string(),
                    arn("sqs", regions.at(side), &format!("accelerated-events-{sfx}")),
                )),
            })
            .collect(),
        parameters: vec![
            parameter("database-endpoint", false, endpoints.home),
            parameter("api-key", true, invented(&format!("api-key-{sfx}"), 32)),
            parameter("feature-flags", false, "{\"checkout\":true}".to_owned()),
        ],
        stacks,
        vaults: Some(Pair::from_fn(|side| format!("accelerated-vault-{}-{sfx}", role.at(side)).into())),
        groups: None,
        topics: Side::BOTH
            .into_iter()
            .map(|side| arn("sns", regions.at(side), &format!("accelerated-alerts-{}-{sfx}", role.at(side))))
            .collect(),
        tags: vec![("Project".to_owned(), "GlobalAccelerator".to_owned())],
        accelerator: Some(accelerator),
        doors,
        regions,
        deployment,
    }
}
