//! Payments without servers: REST APIs before Lambda and a global table, failover by DNS, one health check only.

use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::id::DnsName;
use lifeboat_model::objective::Objectives;
use lifeboat_model::topology::RecordTarget;

use super::{Pair, Side, Site};
use crate::estate::{Api, Door, Estate, Front};

pub(super) fn estate(site: &Site<'_>) -> Option<Estate> {
    let regions = site.founded.regions.clone();
    let stacks = Pair::new("primary", "secondary");
    let door = |side: Side| {
        let stack = stacks.at(side);
        Some(Door {
            host: site.output(stack, "ApiHost")?.to_owned(),
            api_host: None,
            address: None,
            probe: format!("{}/payment", site.output(stack, "ApiEndpoint")?),
            balancer: None,
            api: Some(Api { name: site.output(stack, "ApiName")?.to_owned(), stage: "prod".to_owned() }),
            function: Some(site.id(stack, "PaymentFunction")?.into()),
        })
    };
    let name = DnsName::new(site.output("global", "PublicName")?);
    let mut deployment = site.bare();
    deployment.objectives = Objectives {
        rpo_by_store: [(StoreKind::DynamoDb, Duration::from_mins(1))].into(),
        rto: Some(Duration::from_mins(5)),
        expected_promotion: None,
        ..Objectives::default()
    };
    deployment.records = vec![RecordTarget { zone: site.id("global", "HostedZone")?.into(), name: name.clone() }];
    deployment.public_name = Some(name);
    Some(Estate {
        front: Front::Dns,
        aurora: None,
        table: site.id("stores", "LedgerTable")?.into(),
        storage: site.storage(("primary", "Bucket"), ("secondary", "Bucket"), ("primary", "ReplicationRole"))?,
        checks: vec![site.check("global", "PrimaryHealthCheck", Side::Home)?],
        records: site.records("global", ["PrimaryRecord", "SecondaryRecord"])?,
        alarms: Vec::new(),
        functions: vec![
            site.function(Side::Home, "primary", "PaymentFunction", "nodejs22.x")?,
            site.function(Side::Partner, "secondary", "PaymentFunction", "nodejs22.x")?,
        ],
        accelerator: None,
        parameters: Vec::new(),
        vaults: None,
        groups: None,
        topics: site.topics(&[("primary", "AlertTopic"), ("secondary", "AlertTopic")]),
        built_at: 0,
        doors: Pair::new(door(Side::Home)?, door(Side::Partner)?),
        regions,
        deployment,
    })
}
