//! The shop: servers behind application load balancers, Aurora, alias records that evaluate their target's health.

use std::time::Duration;

use lifeboat_model::facts::route53::{Alias, HealthCheckKind, RecordSet, Routing};
use lifeboat_model::id::{ClusterId, DnsName, HealthCheckId};
use lifeboat_model::metric::Measure;
use lifeboat_model::objective::Objectives;
use lifeboat_model::topology::{ActiveParameter, Blueprint, Deployment, LoadBalancerKind, RecordTarget};

use super::{
    AlarmWords, AuroraEstate, CheckEstate, Comparison, Door, Estate, Front, FunctionEstate, GroupEstate, MissingData,
    Pair, Side, Storage, alarm, arn, balancer, bucket_pair, check_alarm, check_id, cluster_arns, iam_role, instances,
    invented, pair_of_regions, stacks, zone_id,
};
use crate::estate::ParameterEstate;

pub(super) fn estate(sfx: &str) -> Estate {
    let regions = pair_of_regions("us-west-2");
    let role = Pair::new("primary", "secondary");
    let zone = zone_id(&format!("ecommerce-{sfx}"));
    let name = DnsName::new(format!("shop.ecommerce-{sfx}.lifeboat.test"));
    let clusters = Pair::from_fn(|side| ClusterId::new(format!("ecommerce-aurora-{}-{sfx}", role.at(side))));
    let balancers = Pair::from_fn(|side| format!("ecommerce-{}-{sfx}", role.at(side)));
    let doors = Pair::from_fn(|side| {
        let (region, name) = (regions.at(side), balancers.at(side));
        Door {
            host: format!("{name}-{}.{region}.elb.amazonaws.com", invented(name, 9)),
            address: Some(Pair::new("203.0.113.20", "198.51.100.20").at(side).to_string()),
            health_path: "/health",
            balancer: Some(balancer(LoadBalancerKind::Application, region, name, &[])),
            api: None,
            function: None,
        }
    });
    let check = CheckEstate {
        id: check_id(&format!("ecommerce-primary-{sfx}")),
        kind: HealthCheckKind::Http,
        target: format!("http://{}:80/health", doors.home.host),
        interval_s: 30,
        threshold: 3,
        side: Side::Home,
        lever: None,
    };
    let record = |side: Side, identifier: &str, routing: Routing, health_check: Option<HealthCheckId>| RecordSet {
        zone: zone.clone(),
        name: name.clone(),
        record_type: "A".to_owned(),
        set_identifier: Some(identifier.to_owned()),
        routing,
        ttl_s: None,
        values: Vec::new(),
        alias: Some(Alias {
            target: DnsName::normal(&doors.at(side).host),
            zone: Pair::new("Z35SXDOTRQ7X7K", "Z1H1FL5HABSF5").at(side).to_owned().into(),
            evaluate_target_health: true,
        }),
        health_check,
    };
    let records = vec![
        record(Side::Home, "primary", Routing::FailoverPrimary, Some(check.id.clone())),
        record(Side::Partner, "secondary", Routing::FailoverSecondary, None),
    ];
    let mut deployment = Deployment::bare(Blueprint::Ecommerce.as_str(), regions.home.clone(), regions.partner.clone());
    deployment.blueprint = Some(Blueprint::Ecommerce);
    deployment.objectives =
        Objectives { rpo: None, rto: None, expected_promotion: Some(Duration::from_mins(1)), ..Objectives::default() };
    deployment.public_name = Some(name.clone());
    deployment.records = vec![RecordTarget { zone: zone.clone(), name }];
    deployment.parameter_paths = vec![format!("/ecommerce/{sfx}/").into()];
    let active_region = format!("/ecommerce/{sfx}/active-region");
    deployment.active_parameter = Some(ActiveParameter {
        name: active_region.as_str().into(),
        home: regions.home.to_string(),
        partner: regions.partner.to_string(),
        moves_traffic: false,
    });
    let alarms = vec![
        alarm(
            &regions,
            &AlarmWords {
                name: &format!("ecommerce-alb-unhealthy-{sfx}"),
                stands: Side::Home,
                measure: Measure::AlbUnhealthyHosts,
                of: Side::Home,
                comparison: Comparison::GreaterThanThreshold,
                threshold: 0.0,
                evaluation_periods: 2,
                missing: MissingData::Breaching,
            },
        ),
        alarm(
            &regions,
            &AlarmWords {
                name: &format!("ecommerce-database-{sfx}"),
                stands: Side::Home,
                measure: Measure::AuroraCpu,
                of: Side::Home,
                comparison: Comparison::GreaterThanThreshold,
                threshold: 80.0,
                evaluation_periods: 3,
                missing: MissingData::Missing,
            },
        ),
        check_alarm(&regions, &format!("ecommerce-health-check-{sfx}"), Side::Home),
    ];
    let groups = Pair::from_fn(|side| GroupEstate {
        name: format!("ecommerce-app-{}-{sfx}", role.at(side)).into(),
        min: 2,
        desired: *Pair::new(4, 2).at(side),
        max: 8,
    });
    let stacks = stacks(&format!("tap-stack-{sfx}"), ["primary", "secondary"]);
    Estate {
        front: Front::Dns,
        aurora: Some(AuroraEstate {
            global: format!("ecommerce-global-{sfx}").into(),
            engine: "aurora-mysql",
            engine_version: "8.0.mysql_aurora.3.08.2",
            arns: cluster_arns(&regions, &clusters),
            instances: instances(&clusters),
            clusters,
            serverless_half_acu: None,
        }),
        table: format!("ecommerce-sessions-{sfx}").into(),
        storage: Storage {
            buckets: bucket_pair(
                format!("ecommerce-assets-primary-{sfx}"),
                format!("ecommerce-assets-secondary-{sfx}"),
            ),
            role: iam_role(&format!("ecommerce-replication-{sfx}")),
            rule: "replicate-assets".to_owned(),
            delete_markers: false,
            time_control_minutes: None,
        },
        checks: vec![check],
        records,
        alarms,
        functions: vec![FunctionEstate {
            side: Side::Partner,
            name: format!("ecommerce-failover-{sfx}").into(),
            runtime: "python3.11",
            code: "ecommerce-failover",
            event_source: None,
        }],
        accelerator: None,
        parameters: vec![ParameterEstate {
            name: active_region.as_str().into(),
            secure: false,
            value: regions.home.to_string(),
        }],
        stacks,
        vaults: None,
        groups: Some(groups),
        topics: vec![arn("sns", &regions.home, &format!("ecommerce-alerts-{sfx}"))],
        tags: vec![("Project".to_owned(), "ECommerceDR".to_owned())],
        doors,
        regions,
        deployment,
    }
}
