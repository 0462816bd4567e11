//! The `aws` commands that show what is selected: for whoever wants to see it in another window, by AWS's own words. For
//! a step of a run it is what was or will be sent.

use lifeboat_model::assessment::{CapacityRow, StoreAssessment, StoreKind};
use lifeboat_model::rules::aws_cli::{self, posix};
use lifeboat_model::rules::aws_show::{Thing, commands};
use lifeboat_model::topology::{Deployment, InRegion};

use super::{Item, Screen, capacity, health, items, overview, run, selected, stacks};
use crate::dialogs::{About, Dialog};
use crate::model::{Model, Watched};

/// A command, or several, a line each; `Err` says why there is none. Of the page that is open, else of the row under the
/// cursor.
pub(crate) fn of_what_is_read(model: &Model) -> Result<String, String> {
    match model.dialogs.last() {
        None => {
            let (pane, item) = selected(model).ok_or("nothing is selected that a command could show")?;
            of_item(model, model.screen, pane, &item)
        }
        Some(Dialog::Message { about: About::Item { screen, pane, id }, .. }) => {
            let item = items(model, *screen, *pane).into_iter().find(|item| item.id == *id);
            of_item(model, *screen, *pane, &item.ok_or("what this page tells of is not there any more")?)
        }
        Some(Dialog::Message { about: About::Region(region), .. }) => {
            Ok(posix(&commands(&Thing::Caller { region: region.clone() })))
        }
        Some(Dialog::Message { about: About::Proposal { .. }, .. }) => of_proposal(model),
        Some(_) => Err("no `aws` command shows what this page tells".to_owned()),
    }
}

fn of_item(model: &Model, screen: Screen, pane: usize, item: &Item) -> Result<String, String> {
    let watched = model.watched().ok_or("no deployment is configured")?;
    let things = match screen {
        Screen::Overview => of_overview(watched, pane, item),
        Screen::Replication => of_store(watched, item),
        Screen::Health => of_health(model, watched, pane, item),
        Screen::Alarms => of_alarm(watched, pane, item),
        Screen::Capacity => of_capacity(watched, pane, item),
        Screen::Fleet => of_deployment(model, item),
        Screen::Stacks => stacks::thing_at(model, pane, &item.id).into_iter().collect(),
        // What happened is in the journal, which AWS does not know of.
        Screen::History => {
            return Err("no `aws` command shows what a journal has: `lifeboat journal show` does".to_owned());
        }
        // A runbook is no request, and what judges it is the console itself.
        Screen::Runbooks => {
            return Err("no `aws` command does what a runbook does: `lifeboat plan` prints its calls".to_owned());
        }
        Screen::Run => return of_step(model, pane, item),
    };
    let lines: Vec<Vec<String>> = things.iter().flat_map(commands).collect();
    if lines.is_empty() { Err(format!("no single `aws` command shows {}", item.copy)) } else { Ok(posix(&lines)) }
}

/// All that the plan sends, in its order. What waits, or asks, sends nothing.
fn of_proposal(model: &Model) -> Result<String, String> {
    let proposal = model.watched().and_then(|watched| watched.proposal.as_ref()).ok_or("there is no plan yet")?;
    let calls = proposal.plan.steps.iter().flat_map(|step| &step.calls);
    let lines: Vec<Vec<String>> = calls.flat_map(aws_cli::command).collect();
    if lines.is_empty() { Err("the plan sends nothing".to_owned()) } else { Ok(posix(&lines)) }
}

fn of_overview(watched: &Watched, pane: usize, item: &Item) -> Vec<Thing> {
    match pane {
        overview::REGIONS => vec![Thing::Caller { region: item.id.as_str().into() }],
        overview::STORES => of_store(watched, item),
        overview::CHECKS => vec![Thing::HealthCheck(item.id.as_str().into())],
        overview::ALARMS => of_alarm(watched, 0, item),
        overview::DNS => of_name(&watched.deployment, &item.id),
        _ => Vec::new(),
    }
}

fn of_store(watched: &Watched, item: &Item) -> Vec<Thing> {
    let Some(store) = watched.assessment.stores.get(item.source) else { return Vec::new() };
    let deployment = &watched.deployment;
    let regions = deployment.regions.both().map(Clone::clone);
    match store.kind {
        // Either region tells of the whole; the one that is not the writer's is there when the writer's is not.
        StoreKind::Aurora => deployment
            .global_cluster
            .iter()
            .flat_map(|id| regions.clone().map(|region| Thing::GlobalCluster { region, id: id.clone() }))
            .collect(),
        StoreKind::DynamoDb => regions.map(|region| Thing::Table { region, name: store.name.as_str().into() }).to_vec(),
        StoreKind::S3 => of_bucket(deployment, store),
    }
}

/// A store is named by the bucket that clients write to, whichever end of its pair that is.
fn of_bucket(deployment: &Deployment, store: &StoreAssessment) -> Vec<Thing> {
    let ends = deployment.buckets.iter().flat_map(|pair| [&pair.source, &pair.destination]);
    ends.filter(|end| store.name == end.name.as_str())
        .map(|end| Thing::Replication { region: end.region.clone(), bucket: end.name.clone() })
        .collect()
}

fn of_health(model: &Model, watched: &Watched, pane: usize, item: &Item) -> Vec<Thing> {
    match pane {
        health::CHECKS => vec![Thing::HealthCheck(item.id.as_str().into())],
        health::ANSWERS => {
            let name = item.id.split_once(' ').map_or(item.id.as_str(), |(name, _)| name);
            of_name(&watched.deployment, name)
        }
        health::TARGETS => health::target_group(model, &item.id)
            .map(|(region, arn)| Thing::TargetGroup { region, arn })
            .into_iter()
            .collect(),
        _ => Vec::new(),
    }
}

fn of_name(deployment: &Deployment, name: &str) -> Vec<Thing> {
    let records = deployment.records.iter().filter(|record| record.name.as_str() == name);
    records.map(|record| Thing::Records { zone: record.zone.clone(), name: record.name.clone() }).collect()
}

fn of_alarm(watched: &Watched, pane: usize, item: &Item) -> Vec<Thing> {
    if pane == 0 {
        let alarm = watched.assessment.alarms.get(item.source);
        return alarm
            .map(|alarm| Thing::Alarm { region: alarm.region.clone(), name: alarm.name.clone() })
            .into_iter()
            .collect();
    }
    // Region, name and moment, as the history names its rows.
    let mut words = item.id.splitn(2, ' ');
    let region = words.next();
    let name = words.next().and_then(|rest| rest.rsplit_once(' ')).map(|(name, _)| name);
    region
        .zip(name)
        .map(|(region, name)| Thing::AlarmHistory { region: region.into(), name: name.into() })
        .into_iter()
        .collect()
}

fn of_capacity(watched: &Watched, pane: usize, item: &Item) -> Vec<Thing> {
    let assessment = &watched.assessment;
    match pane {
        capacity::BACKUPS => assessment
            .backups
            .get(item.source)
            .map(|row| Thing::Vault { region: row.region.clone(), name: row.vault.as_str().into() })
            .into_iter()
            .collect(),
        capacity::STACKS => assessment
            .stacks
            .get(item.source)
            .map(|row| Thing::Stack { region: row.region.clone(), name: row.name.as_str().into() })
            .into_iter()
            .collect(),
        _ => assessment.parity.get(item.source).map_or_else(Vec::new, |row| of_comparison(watched, row)),
    }
}

/// By what the row compares, in both regions.
fn of_comparison(watched: &Watched, row: &CapacityRow) -> Vec<Thing> {
    let deployment = &watched.deployment;
    let both = || deployment.regions.both().into_iter().cloned();
    if let Some(name) = row.what.strip_prefix("Parameter ") {
        return both().map(|region| Thing::Parameter { region, name: name.into() }).collect();
    }
    if let Some(name) = row.what.strip_prefix("DynamoDB table ") {
        return both().map(|region| Thing::Table { region, name: name.into() }).collect();
    }
    if let Some(name) = row.what.strip_prefix("Auto Scaling ") {
        let groups = paired(&deployment.scaling_groups, name);
        return groups.into_iter().map(|it| Thing::ScalingGroup { region: it.region, name: it.name }).collect();
    }
    if let Some(name) = row.what.strip_prefix("Lambda ").and_then(|rest| rest.rsplit_once(' ')).map(|(_, name)| name) {
        let functions = paired(&deployment.functions, name);
        return functions.into_iter().map(|it| Thing::Function { region: it.region, name: it.name }).collect();
    }
    if let Some(name) = row.what.strip_prefix("Quota ") {
        return both().filter_map(|region| quota(watched, &region, name)).collect();
    }
    if row.what.starts_with("Aurora") {
        let clusters = deployment.global_cluster.iter();
        return clusters.flat_map(|id| both().map(|region| Thing::GlobalCluster { region, id: id.clone() })).collect();
    }
    Vec::new()
}

/// The one of this name, and in the other region the one that stands in its place.
fn paired<T: Clone + PartialEq + AsRef<str>>(things: &[InRegion<T>], name: &str) -> Vec<InRegion<T>> {
    let same: Vec<&InRegion<T>> = things.iter().filter(|thing| thing.name.as_ref() == name).collect();
    let Some(first) = same.first() else { return Vec::new() };
    if same.len() > 1 {
        return same.into_iter().cloned().collect();
    }
    let place =
        things.iter().filter(|thing| thing.region == first.region).position(|thing| thing.name.as_ref() == name);
    let opposite = place.and_then(|place| things.iter().filter(|thing| thing.region != first.region).nth(place));
    std::iter::once(*first).chain(opposite).cloned().collect()
}

fn quota(watched: &Watched, region: &lifeboat_model::id::Region, name: &str) -> Option<Thing> {
    let quotas = watched.snapshot.region(region)?.quotas.value()?;
    let quota = quotas.iter().find(|quota| quota.name == name)?;
    Some(Thing::Quota {
        region: region.clone(),
        service_code: quota.service_code.clone(),
        quota_code: quota.quota_code.clone(),
    })
}

fn of_deployment(model: &Model, item: &Item) -> Vec<Thing> {
    let watched = model.fleet.get(item.source);
    watched.map(|watched| Thing::Caller { region: watched.deployment.regions.home.clone() }).into_iter().collect()
}

/// What the step sends, call by call.
fn of_step(model: &Model, pane: usize, item: &Item) -> Result<String, String> {
    let step = run::step(model, pane, &item.id).ok_or("only a step has commands")?;
    let lines: Vec<Vec<String>> = step.calls.iter().flat_map(aws_cli::command).collect();
    match (lines.is_empty(), step.calls.is_empty()) {
        (false, _) => Ok(posix(&lines)),
        (true, true) => Err(format!("\"{}\" sends nothing: it waits, or asks", step.title)),
        (true, false) => Err(format!("no single `aws` command says what \"{}\" sends", step.title)),
    }
}
