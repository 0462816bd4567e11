//! Payments on Aurora: REST APIs before Lambda, an Aurora global database, failover by DNS.

use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::id::DnsName;
use lifeboat_model::objective::Objectives;
use lifeboat_model::topology::RecordTarget;

use super::{Pair, Side, Site};
use crate::estate::{Api, Door, Estate, Front};

pub(super) fn estate(site: &Site<'_>) -> Option<Estate> {
    let regions = site.founded.regions.clone();
    let stacks = Pair::new("primary", "dr");
    let door = |side: Side| {
        let stack = stacks.at(side);
        Some(Door {
            host: site.output(stack, "ApiHost")?.to_owned(),
            api_host: None,
            address: None,
            probe: site.output(stack, "ApiEndpoint")?.to_owned(),
            balancer: None,
            api: Some(Api { name: site.output(stack, "ApiName")?.to_owned(), stage: "prod".to_owned() }),
            function: Some(site.id(stack, "PaymentFunction")?.into()),
        })
    };
    let name = DnsName::new(site.output("global", "PublicName")?);
    let mut deployment = site.bare();
    deployment.objectives = Objectives {
        // What was promised of the database; objects have Replication Time Control's own promise, tables none.
        rpo_by_store: [(StoreKind::Aurora, Duration::from_secs(1)), (StoreKind::S3, Duration::from_mins(15))].into(),
        rpo: None,
        rto: Some(Duration::from_mins(2)),
        expected_promotion: Some(Duration::from_mins(1)),
    };
    deployment.records = vec![RecordTarget { zone: site.id("global", "HostedZone")?.into(), name: name.clone() }];
    deployment.public_name = Some(name);
    Some(Estate {
        front: Front::Dns,
        aurora: Some(site.aurora("aurora-postgresql", Pair::new("primary-database", "dr-database"), None)?),
        table: site.id("stores", "TransactionsTable")?.into(),
        storage: site.storage(("stores", "Bucket"), ("dr", "Bucket"), ("primary", "ReplicationRole"))?,
        checks: vec![
            site.check("global", "PrimaryHealthCheck", Side::Home)?,
            site.check("global", "DrHealthCheck", Side::Partner)?,
        ],
        records: site.records("global", ["PrimaryRecord", "DrRecord"])?,
        alarms: Vec::new(),
        functions: vec![
            site.function(Side::Home, "primary", "PaymentFunction", "python3.11")?,
            site.function(Side::Partner, "dr", "PaymentFunction", "python3.11")?,
        ],
        accelerator: None,
        parameters: Vec::new(),
        vaults: None,
        groups: None,
        topics: site.topics(&[("primary", "AlertTopic"), ("dr", "AlertTopic")]),
        built_at: 0,
        doors: Pair::new(door(Side::Home)?, door(Side::Partner)?),
        regions,
        deployment,
    })
}
