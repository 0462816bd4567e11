//! Which services of which regions must be read anew before something can be judged. A read that is not here is not
//! needed, and so is not asked of a region that may be lost.

use std::collections::BTreeSet;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::Call;
use lifeboat_model::facts::leftover::Named;
use lifeboat_model::id::Region;
use lifeboat_model::plan::{Condition, Plan};
use lifeboat_model::read::{PlannedRead, Service};
use lifeboat_model::time::Timestamp;
use lifeboat_model::topology::Deployment;

use super::{building, stacks};
use crate::findings::Findings;
use crate::{late, questions};

type Needed = BTreeSet<(Region, Service)>;

/// What [`super::judge`] rests on.
pub fn reads(condition: &Condition, deployment: &Deployment) -> Needed {
    let one = |region: &Region, service: Service| BTreeSet::from([(region.clone(), service)]);
    match condition {
        Condition::WriterIs { target_region: region, .. } | Condition::Synchronized { region, .. } => {
            one(region, Service::Aurora)
        }
        // The source's rules are the addresses of the figures.
        Condition::BacklogEmpty { source, destination } => {
            BTreeSet::from([(source.region.clone(), Service::S3), (destination.region.clone(), Service::Metrics)])
        }
        Condition::ReplicationIs { region, .. } => one(region, Service::S3),
        Condition::CheckInverted { .. } => one(&Region::route53(), Service::HealthChecks),
        Condition::RecordIs { .. } => one(&Region::route53(), Service::Records),
        // The records tell which region an answer belongs to, and with the checks where it must lead.
        Condition::AnswersLeadTo { .. } => [Service::Answers, Service::Records, Service::HealthChecks]
            .map(|service| (Region::route53(), service))
            .into(),
        // Two of its services, so that one that fails by itself is not taken for the region; verdicts are metrics.
        Condition::Leaves { region, .. } => BTreeSet::from([
            (Region::route53(), Service::HealthChecks),
            (Region::route53(), Service::Metrics),
            (region.clone(), Service::Aurora),
        ]),
        Condition::GroupIs { .. } => one(&Region::accelerator(), Service::GlobalAccelerator),
        Condition::InService { region, .. } | Condition::CapacityIs { region, .. } => one(region, Service::AutoScaling),
        Condition::ConcurrencyIs { region, .. } | Condition::EventSourceIs { region, .. } => {
            one(region, Service::Lambda)
        }
        Condition::AlarmsQuiet { region } => one(region, Service::Alarms),
        Condition::AtRiskAtMost { store, .. } => at_risk(*store, deployment),
        Condition::Elapsed { .. }
        | Condition::CanaryServed
        // Asked beside the polls.
        | Condition::ChangeSetReady { .. }
        | Condition::StackComplete { .. }
        | Condition::StackIs { .. }
        | Condition::StackGone { .. }
        | Condition::StackProtected { .. }
        | Condition::DriftDetected { .. }
        | Condition::BucketEmpty { .. }
        | Condition::VaultEmpty { .. }
        | Condition::ParameterThere { .. }
        | Condition::ParameterGone { .. }
        | Condition::WriterEndpointKnown { .. }
        | Condition::RecordsGone { .. }
        | Condition::NothingLeft { .. } => BTreeSet::new(),
    }
}

/// What [`super::judge`] rests on beside the polls, as far as that is known by now.
pub fn asks(condition: &Condition, seen: &Asked<'_>) -> Vec<PlannedRead> {
    match condition {
        Condition::StackComplete { region, stack, .. } | Condition::StackGone { region, stack, .. } => {
            stacks::asks(region, stack, seen)
        }
        Condition::StackIs { region, stack, .. } | Condition::StackProtected { region, stack, .. } => {
            vec![questions::stack(region, stack)]
        }
        Condition::DriftDetected { region, stack } => {
            let comparison = seen.findings.comparison(region, stack);
            comparison.into_iter().chain([questions::stack(region, stack)]).collect()
        }
        Condition::ChangeSetReady { region, stack, change_set, .. } => {
            vec![questions::change_set(region, stack, change_set)]
        }
        Condition::BucketEmpty { region, bucket } => vec![questions::contents(region, bucket)],
        Condition::VaultEmpty { region, vault } => {
            vec![questions::named(region, Named::RecoveryPoint(vault.clone()))]
        }
        Condition::ParameterThere { region, name } | Condition::ParameterGone { region, name } => {
            vec![questions::named(region, Named::SsmParameter(name.clone()))]
        }
        Condition::WriterEndpointKnown { region, global_cluster } => {
            let Asked { plan, findings, since } = *seen;
            let mut asked = late::questions(global_cluster, plan, findings, since);
            asked.extend(late::cluster_question(region, global_cluster, plan, findings, since));
            asked
        }
        Condition::RecordsGone { zone, .. } => vec![questions::zone(zone)],
        Condition::NothingLeft { region, looks } => building::ask_leftovers(region, looks, seen),
        Condition::WriterIs { .. }
        | Condition::Synchronized { .. }
        | Condition::BacklogEmpty { .. }
        | Condition::ReplicationIs { .. }
        | Condition::CheckInverted { .. }
        | Condition::RecordIs { .. }
        | Condition::AnswersLeadTo { .. }
        | Condition::Leaves { .. }
        | Condition::GroupIs { .. }
        | Condition::InService { .. }
        | Condition::CapacityIs { .. }
        | Condition::ConcurrencyIs { .. }
        | Condition::EventSourceIs { .. }
        | Condition::AtRiskAtMost { .. }
        | Condition::Elapsed { .. }
        | Condition::CanaryServed
        | Condition::AlarmsQuiet { .. } => Vec::new(),
    }
}

/// What is known when it is asked what is to be asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub plan: Option<&'a Plan>,
    pub findings: &'a Findings,
    pub since: Timestamp,
}

/// What [`super::probe`] rests on beside the polls.
pub fn probe_asks(call: &Call) -> Vec<PlannedRead> {
    match call {
        Call::CreateChangeSet { region, stack, change_set, .. }
        | Call::ExecuteChangeSet { region, stack, change_set, .. }
        | Call::DeleteChangeSet { region, stack, change_set } => {
            vec![questions::change_set(region, stack, change_set), questions::stack(region, stack)]
        }
        Call::DeleteStack { region, stack }
        | Call::ContinueUpdateRollback { region, stack }
        | Call::SetTerminationProtection { region, stack, .. }
        | Call::DetectDrift { region, stack } => vec![questions::stack(region, stack)],
        Call::EnsureSecureParameter { region, name, .. } | Call::DeleteParameter { region, name } => {
            vec![questions::named(region, Named::SsmParameter(name.clone()))]
        }
        Call::EmptyBucket { region, bucket } => vec![questions::contents(region, bucket)],
        Call::EmptyVault { region, vault } => vec![questions::named(region, Named::RecoveryPoint(vault.clone()))],
        Call::ChangeRecord { zone, after: None, .. } => vec![questions::zone(zone)],
        Call::SwitchoverGlobalCluster { .. }
        | Call::FailoverGlobalCluster { .. }
        | Call::SetHealthCheckInverted { .. }
        | Call::ChangeRecord { after: Some(_), .. }
        | Call::UpdateEndpointGroup { .. }
        | Call::SetCapacity { .. }
        | Call::SetFunctionConcurrency { .. }
        | Call::SetEventSource { .. }
        | Call::PutReplication { .. }
        | Call::PutMetric { .. }
        | Call::PutMarker { .. }
        | Call::PutParameter { .. }
        | Call::MuteAlarms { .. }
        | Call::UnmuteAlarms { .. }
        | Call::PublishNotice { .. }
        | Call::InvokeFunction { .. }
        | Call::PutItem { .. }
        | Call::DeleteItem { .. }
        | Call::MakeManagedKey { .. } => Vec::new(),
    }
}

/// Who writes decides where lag is told, and only live data tell who writes: both regions are asked.
fn at_risk(store: StoreKind, deployment: &Deployment) -> Needed {
    let service = match store {
        StoreKind::Aurora => Service::Aurora,
        StoreKind::DynamoDb => Service::DynamoDb,
        StoreKind::S3 => Service::S3,
    };
    let regions = deployment.regions.both().into_iter();
    regions.flat_map(|region| [(region.clone(), service), (region.clone(), Service::Metrics)]).collect()
}

/// What [`super::probe`] rests on; nothing where no reading tells.
pub fn probe_reads(call: &Call, _deployment: &Deployment) -> Needed {
    let one = |region: &Region, service: Service| BTreeSet::from([(region.clone(), service)]);
    match call {
        Call::SwitchoverGlobalCluster { target, writer_region, .. } => {
            let regions = target.region().into_iter().chain([writer_region.clone()]);
            regions.map(|region| (region, Service::Aurora)).collect()
        }
        Call::FailoverGlobalCluster { target_region, .. } => one(target_region, Service::Aurora),
        Call::SetHealthCheckInverted { .. } => one(&Region::route53(), Service::HealthChecks),
        Call::ChangeRecord { after: Some(_), .. } => one(&Region::route53(), Service::Records),
        Call::UpdateEndpointGroup { .. } => one(&Region::accelerator(), Service::GlobalAccelerator),
        Call::SetCapacity { region, .. } => one(region, Service::AutoScaling),
        Call::SetFunctionConcurrency { region, .. } | Call::SetEventSource { region, .. } => {
            one(region, Service::Lambda)
        }
        Call::PutReplication { region, .. } => one(region, Service::S3),
        Call::PutMetric { .. }
        | Call::PutMarker { .. }
        | Call::PutParameter { .. }
        | Call::MuteAlarms { .. }
        | Call::UnmuteAlarms { .. }
        | Call::PublishNotice { .. }
        | Call::InvokeFunction { .. }
        | Call::PutItem { .. }
        | Call::DeleteItem { .. }
        // Asked beside the polls.
        | Call::ChangeRecord { after: None, .. }
        | Call::CreateChangeSet { .. }
        | Call::ExecuteChangeSet { .. }
        | Call::DeleteChangeSet { .. }
        | Call::DeleteStack { .. }
        | Call::ContinueUpdateRollback { .. }
        | Call::SetTerminationProtection { .. }
        | Call::DetectDrift { .. }
        | Call::MakeManagedKey { .. }
        | Call::EnsureSecureParameter { .. }
        | Call::DeleteParameter { .. }
        | Call::EmptyBucket { .. }
        | Call::EmptyVault { .. } => BTreeSet::new(),
    }
}
