//! Both regions side by side: would the standby carry what the active region carries? Values of parameters are
//! compared by digest and never shown.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::Evidence;
use crate::assessment::{CapacityRow, Parity};
use crate::facts::aurora::Cluster;
use crate::facts::capacity::{Quota, ScalingGroup};
use crate::facts::dynamodb::{ReplicaStatus, TableStatus};
use crate::facts::lambda::Function;
use crate::facts::parameter::Parameter;
use crate::id::{FunctionName, ParameterName, Region};
use crate::read::Service;
use crate::snapshot::Contact;
use crate::time::Timestamp;
use crate::topology::InRegion;

pub(super) fn assess(evidence: &Evidence<'_>) -> Vec<CapacityRow> {
    type Compare = fn(&Evidence<'_>, &mut Vec<CapacityRow>);
    let sections: [(Service, Compare); 6] = [
        (Service::AutoScaling, scaling),
        (Service::Lambda, functions),
        (Service::Aurora, aurora),
        (Service::DynamoDb, tables),
        (Service::Quotas, quotas),
        (Service::Parameters, parameters),
    ];
    let mut all = Vec::new();
    for (service, compare) in sections {
        let mut rows = Vec::new();
        compare(evidence, &mut rows);
        let last_read = last_read_if_old(evidence, service);
        all.extend(rows.into_iter().map(|row| CapacityRow { last_read, ..row }));
    }
    all
}

/// When the older of the two sides was read, while that is too long ago or reading it fails.
fn last_read_if_old(evidence: &Evidence<'_>, service: Service) -> Option<Timestamp> {
    let regions = evidence.deployment.regions.both();
    let contacts = regions.into_iter().filter_map(|region| Some(evidence.here(region)?.contact(service)));
    let is_old = |contact: &Contact<'_>| {
        contact.failure.is_some() || contact.answered_at.is_some_and(|at| !evidence.is_recent(at, service))
    };
    contacts.filter(is_old).filter_map(|contact| contact.answered_at).min()
}

fn row(
    what: impl Into<String>,
    home: Option<String>,
    partner: Option<String>,
    (verdict, detail): (Parity, String),
) -> CapacityRow {
    let is_whole = home.is_some() && partner.is_some();
    // Half a comparison is none.
    let verdict = if is_whole { verdict } else { Parity::Unknown };
    let detail = if is_whole { detail } else { "one side, or both, could not be read".to_owned() };
    CapacityRow { what: what.into(), home, partner, verdict, detail, last_read: None }
}

fn same() -> (Parity, String) {
    (Parity::Same, String::new())
}

/// Things of both regions that belong together: of the same name, else in the same place of their region's list.
fn matched<'a, T: Ord>(evidence: &Evidence<'_>, things: &'a [InRegion<T>]) -> Vec<(Option<&'a T>, Option<&'a T>)> {
    let of = |region: &Region| -> Vec<&T> {
        things.iter().filter(|thing| thing.region == *region).map(|thing| &thing.name).collect()
    };
    let regions = &evidence.deployment.regions;
    let (home, partner) = (of(&regions.home), of(&regions.partner));
    let shared: BTreeSet<&T> = home.iter().filter(|name| partner.contains(name)).copied().collect();
    let mut pairs: Vec<(Option<&T>, Option<&T>)> = shared.iter().map(|name| (Some(*name), Some(*name))).collect();
    let mut alone_at_home = home.into_iter().filter(|name| !shared.contains(name));
    let mut alone_at_partner = partner.into_iter().filter(|name| !shared.contains(name));
    loop {
        match (alone_at_home.next(), alone_at_partner.next()) {
            (None, None) => return pairs,
            pair => pairs.push(pair),
        }
    }
}

fn scaling(evidence: &Evidence<'_>, rows: &mut Vec<CapacityRow>) {
    let regions = &evidence.deployment.regions;
    let find = |region: &Region, name: Option<&crate::id::GroupName>| -> Option<&ScalingGroup> {
        evidence.value(region, |here| &here.scaling_groups)?.iter().find(|group| Some(&group.name) == name)
    };
    for (home_name, partner_name) in matched(evidence, &evidence.deployment.scaling_groups) {
        let (home, partner) = (find(&regions.home, home_name), find(&regions.partner, partner_name));
        let told = |group: &ScalingGroup| {
            format!("{} of {} in service, {} to {}", group.in_service, group.desired, group.min, group.max)
        };
        let verdict = match (home, partner) {
            (Some(a), Some(b)) if a.desired == b.desired && a.max == b.max => same(),
            (Some(a), Some(b)) if a.max.min(b.max) < a.desired.max(b.desired) => {
                (Parity::Different, "the smaller group may not grow to the larger one's size".to_owned())
            }
            _ => (Parity::Expected, "the standby runs smaller and can grow".to_owned()),
        };
        let name = home_name.or(partner_name).map_or_else(String::new, ToString::to_string);
        rows.push(row(format!("Auto Scaling {name}"), home.map(told), partner.map(told), verdict));
    }
}

fn functions(evidence: &Evidence<'_>, rows: &mut Vec<CapacityRow>) {
    let regions = &evidence.deployment.regions;
    if evidence.deployment.functions.is_empty() {
        return;
    }
    let find = |region: &Region, name: Option<&FunctionName>| -> Option<&Function> {
        evidence.value(region, |here| &here.functions)?.functions.iter().find(|function| Some(&function.name) == name)
    };
    for (home_name, partner_name) in matched(evidence, &evidence.deployment.functions) {
        let (home, partner) = (find(&regions.home, home_name), find(&regions.partner, partner_name));
        let name = home_name.or(partner_name).map_or_else(String::new, ToString::to_string);
        rows.push(code(&name, home, partner));
        rows.push(concurrency(&name, home, partner));
        rows.extend(event_sources(&name, home, partner));
    }
    let quota = |region| evidence.value(region, |here| &here.functions).and_then(|facts| facts.account_concurrency);
    let (home, partner) = (quota(&regions.home), quota(&regions.partner));
    let verdict = by_number(evidence, home.map(f64::from), partner.map(f64::from));
    let told = |number: Option<u32>| number.map(|number| number.to_string());
    rows.push(row("Lambda account concurrency", told(home), told(partner), verdict));
}

fn code(name: &str, home: Option<&Function>, partner: Option<&Function>) -> CapacityRow {
    let hash = |function: Option<&Function>| function.and_then(|it| it.code_sha256.clone());
    let (a, b) = (hash(home), hash(partner));
    let verdict = if a == b { same() } else { (Parity::Different, "the regions run different code".to_owned()) };
    let short = |hash: Option<String>| hash.map(|hash| hash.chars().take(10).collect());
    row(format!("Lambda code {name}"), short(a), short(b), verdict)
}

fn concurrency(name: &str, home: Option<&Function>, partner: Option<&Function>) -> CapacityRow {
    let told = |function: &Function| {
        function.reserved_concurrency.map_or_else(|| "not reserved".to_owned(), |reserved| reserved.to_string())
    };
    let reserved = |function: Option<&Function>| function.and_then(|it| it.reserved_concurrency);
    let verdict = match (reserved(home), reserved(partner)) {
        (a, b) if a == b && a != Some(0) => same(),
        (Some(0), _) | (_, Some(0)) => {
            (Parity::Different, "a concurrency of 0 refuses every call: the function is fenced".to_owned())
        }
        _ => (Parity::Different, "one region may run more at once than the other".to_owned()),
    };
    row(format!("Lambda concurrency {name}"), home.map(told), partner.map(told), verdict)
}

fn event_sources(name: &str, home: Option<&Function>, partner: Option<&Function>) -> Option<CapacityRow> {
    let told = |function: &Function| {
        let enabled = function.event_sources.iter().filter(|source| source.state == "Enabled").count();
        format!("{enabled} of {} enabled", function.event_sources.len())
    };
    let has_any = [home, partner].into_iter().flatten().any(|function| !function.event_sources.is_empty());
    let (a, b) = (home.map(told), partner.map(told));
    let verdict = if a == b {
        same()
    } else {
        (Parity::Expected, "consumers of the standby are switched on when it takes over".to_owned())
    };
    has_any.then(|| row(format!("Lambda event sources {name}"), a, b, verdict))
}

/// Less in the standby is a fault; more is not. While no region is known to be active, any difference is one.
fn by_number(evidence: &Evidence<'_>, home: Option<f64>, partner: Option<f64>) -> (Parity, String) {
    let (Some(home), Some(partner)) = (home, partner) else { return (Parity::Unknown, String::new()) };
    if (home - partner).abs() < f64::EPSILON {
        return same();
    }
    let regions = &evidence.deployment.regions;
    let less = if home < partner { &regions.home } else { &regions.partner };
    (Parity::Different, format!("{less} has less"))
}

fn aurora(evidence: &Evidence<'_>, rows: &mut Vec<CapacityRow>) {
    if evidence.deployment.global_cluster.is_none() {
        return;
    }
    let regions = &evidence.deployment.regions;
    let cluster =
        |region: &Region| evidence.value(region, |here| &here.aurora).and_then(|facts| facts.cluster.as_ref());
    let (home, partner) = (cluster(&regions.home), cluster(&regions.partner));
    let mut compare = |what: &str, told: &dyn Fn(&Cluster) -> Option<String>, otherwise: (Parity, &str)| {
        let (a, b) = (home.and_then(told), partner.and_then(told));
        let verdict = if a == b { same() } else { (otherwise.0, otherwise.1.to_owned()) };
        rows.push(row(what, a, b, verdict));
    };
    compare(
        "Aurora engine version",
        &|cluster| Some(format!("{} {}", cluster.engine, cluster.engine_version)),
        (Parity::Different, "a managed switchover wants the same version on both sides"),
    );
    compare(
        "Aurora instances",
        &|cluster| Some(cluster.instances.len().to_string()),
        (Parity::Expected, "the standby runs with another number of instances"),
    );
    compare(
        "Aurora parameter group",
        &|cluster| cluster.parameter_group.clone(),
        (Parity::Expected, "parameter groups are of a region, and are not carried over"),
    );
    let is_serverless = [home, partner].into_iter().flatten().any(|cluster| cluster.serverless.is_some());
    if is_serverless {
        let halves = |half: u32| f64::from(half) / 2.0;
        compare(
            "Aurora serverless capacity",
            &|cluster| {
                let capacity = cluster.serverless?;
                Some(format!("{} to {} ACU", halves(capacity.min_half_acu), halves(capacity.max_half_acu)))
            },
            (Parity::Different, "one region may grow further than the other"),
        );
    }
}

fn tables(evidence: &Evidence<'_>, rows: &mut Vec<CapacityRow>) {
    let regions = &evidence.deployment.regions;
    for name in &evidence.deployment.tables {
        let table =
            |region: &Region| evidence.value(region, |here| &here.tables)?.iter().find(|table| table.name == *name);
        let (home, partner) = (table(&regions.home), table(&regions.partner));
        let is_well = |table: Option<&crate::facts::dynamodb::Table>| {
            table.is_some_and(|table| {
                table.status == TableStatus::Active
                    && table.replicas.iter().all(|replica| replica.status == ReplicaStatus::Active)
            })
        };
        let verdict = if is_well(home) && is_well(partner) {
            same()
        } else {
            (Parity::Different, "not every replica is ACTIVE".to_owned())
        };
        let told = |table: &crate::facts::dynamodb::Table| table.status.as_str().to_owned();
        rows.push(row(format!("DynamoDB table {name}"), home.map(told), partner.map(told), verdict));
    }
}

fn quotas(evidence: &Evidence<'_>, rows: &mut Vec<CapacityRow>) {
    let regions = &evidence.deployment.regions;
    for target in &evidence.deployment.quotas {
        let quota = |region: &Region| -> Option<&Quota> {
            evidence
                .value(region, |here| &here.quotas)?
                .iter()
                .find(|quota| quota.service_code == target.service_code && quota.quota_code == target.quota_code)
        };
        let (home, partner) = (quota(&regions.home), quota(&regions.partner));
        let name = home
            .or(partner)
            .map_or_else(|| format!("{} {}", target.service_code, target.quota_code), |quota| quota.name.clone());
        let verdict = by_number(evidence, home.map(|quota| quota.value), partner.map(|quota| quota.value));
        let told = |quota: &Quota| match quota.unit.as_deref() {
            None | Some("None" | "Count" | "") => quota.value.to_string(),
            Some(unit) => format!("{} {unit}", quota.value),
        };
        rows.push(row(format!("Quota {name}"), home.map(told), partner.map(told), verdict));
    }
}

/// A row for each parameter that differs or cannot be compared, and one for all that are the same.
fn parameters(evidence: &Evidence<'_>, rows: &mut Vec<CapacityRow>) {
    if evidence.deployment.parameter_paths.is_empty() {
        return;
    }
    let regions = &evidence.deployment.regions;
    let by_name = |region: &Region| -> Option<BTreeMap<&ParameterName, &Parameter>> {
        let read = evidence.value(region, |here| &here.parameters)?;
        Some(read.iter().map(|parameter| (&parameter.name, parameter)).collect())
    };
    let (Some(home), Some(partner)) = (by_name(&regions.home), by_name(&regions.partner)) else {
        rows.push(row("Parameters", None, None, same()));
        return;
    };
    let names: BTreeSet<&ParameterName> = home.keys().chain(partner.keys()).copied().collect();
    let mut alike = 0_usize;
    let mut differing = Vec::new();
    for name in &names {
        let (verdict, detail) = compare_parameter(home.get(name).copied(), partner.get(name).copied(), regions);
        if verdict == Parity::Same {
            alike += 1;
            continue;
        }
        let told = |parameter: Option<&&Parameter>| {
            parameter.map_or_else(|| "missing".to_owned(), |it| format!("version {}", it.version))
        };
        differing.push(CapacityRow {
            what: format!("Parameter {name}"),
            home: Some(told(home.get(name))),
            partner: Some(told(partner.get(name))),
            verdict,
            detail,
            last_read: None,
        });
    }
    let count = |side: &BTreeMap<_, _>| Some(side.len().to_string());
    let verdict = if differing.is_empty() {
        same()
    } else {
        (Parity::Expected, format!("{alike} of {} are the same", names.len()))
    };
    rows.push(row("Parameters", count(&home), count(&partner), verdict));
    rows.extend(differing);
}

fn compare_parameter(
    home: Option<&Parameter>,
    partner: Option<&Parameter>,
    regions: &crate::topology::RegionPair,
) -> (Parity, String) {
    let (a, b) = match (home, partner) {
        (Some(a), Some(b)) => (a, b),
        (Some(_), None) => return (Parity::Different, format!("missing in {}", regions.partner)),
        (None, _) => return (Parity::Different, format!("missing in {}", regions.home)),
    };
    if a.kind != b.kind {
        return (Parity::Different, format!("{} in one region, {} in the other", a.kind, b.kind));
    }
    match (&a.digest, &b.digest) {
        (Some(one), Some(other)) if one == other => same(),
        (Some(_), Some(_)) => {
            (Parity::Different, "the values differ, as addresses of a region do; a setting must not".to_owned())
        }
        (None, _) | (_, None) => {
            (Parity::Unknown, "the values were not decrypted, so they were not compared".to_owned())
        }
    }
}
