//! What the pollers themselves must remember: just those facts from which the next reads follow. Everything else
//! goes out and is kept by whoever listens.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::facts::Facts;
use lifeboat_model::facts::alarm::AlarmFacts;
use lifeboat_model::id::Region;
use lifeboat_model::metric::{MetricKey, Series};
use lifeboat_model::read::{Read, Service};
use lifeboat_model::rules::reads;
use lifeboat_model::snapshot::{Observation, Snapshot};
use lifeboat_model::time::Timestamp;
use lifeboat_model::topology::Deployment;

/// How the newest poll of a service ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Answered,
    Failed,
}

#[derive(Debug, Default)]
pub(super) struct Known {
    snapshot: Snapshot,
    endings: BTreeMap<(Region, Service), Ending>,
}

impl Known {
    /// Remembers what later reads need of an observation.
    pub(super) fn learn(&mut self, observation: &Observation) {
        let ending = if observation.outcome.is_ok() { Ending::Answered } else { Ending::Failed };
        self.endings.insert((observation.region.clone(), observation.service), ending);
        if let Some(outcome) = kept(observation) {
            self.snapshot.apply(Observation { outcome: Ok(outcome), ..observation.clone() });
        }
    }

    pub(super) fn reads(
        &self,
        deployment: &Deployment,
        now: Timestamp,
        region: &Region,
        service: Service,
    ) -> Vec<Read> {
        reads::reads_of(deployment, &self.snapshot, now, region, service)
    }

    pub(super) fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// Whether everything that decides which metrics to ask `region` for has answered, or has failed for good: a
    /// failed Aurora read leaves the other region's view, so both must have ended.
    pub(super) fn is_ready_for_metrics(&self, deployment: &Deployment, region: &Region) -> bool {
        reads::metrics_wait_for(deployment, region).iter().all(|(asked, service)| {
            match (self.ending(asked, *service), service) {
                (Some(Ending::Failed), Service::Aurora) => {
                    deployment.regions.both().iter().all(|region| self.ending(region, Service::Aurora).is_some())
                }
                (Some(_), _) => true,
                (None, _) => false,
            }
        })
    }

    fn ending(&self, region: &Region, service: Service) -> Option<Ending> {
        self.endings.get(&(region.clone(), service)).copied()
    }
}

/// The part of an answer from which reads follow: ids, not the bulk.
fn kept(observation: &Observation) -> Option<Facts> {
    match observation.outcome.as_ref().ok()? {
        facts @ (Facts::Aurora(_) | Facts::Buckets(_) | Facts::Accelerators(_)) => Some(facts.clone()),
        Facts::Metrics(series) => Some(Facts::Metrics(
            series.iter().map(|series| Series { key: series.key.clone(), points: Vec::new() }).collect(),
        )),
        Facts::Alarms(_) => Some(Facts::Alarms(AlarmFacts::default())),
        Facts::Identity(_)
        | Facts::Tables(_)
        | Facts::HealthChecks(_)
        | Facts::Records(_)
        | Facts::Answers(_)
        | Facts::TargetGroups(_)
        | Facts::Functions(_)
        | Facts::Parameters(_)
        | Facts::Stacks(_)
        | Facts::StackResources(_)
        | Facts::Vaults(_)
        | Facts::ScalingGroups(_)
        | Facts::Quotas(_)
        | Facts::Probes(_)
        | Facts::Canaries(_)
        | Facts::Tagged(_)
        | Facts::StackEvents(_)
        | Facts::ChangeSet(_)
        | Facts::StackDrifts(_)
        | Facts::DriftDetection(_)
        | Facts::StackTemplates(_)
        | Facts::TemplateVerdict(_)
        | Facts::BucketContents(_)
        | Facts::EngineVersions(_)
        | Facts::AvailabilityZones(_)
        | Facts::Named(_)
        | Facts::ZoneRecords(_) => None,
    }
}

/// The names of the series that some reads ask for.
pub(super) fn series_asked(reads: &[Read]) -> BTreeSet<MetricKey> {
    let mut asked = BTreeSet::new();
    for read in reads {
        if let Read::Metrics { queries, .. } = read {
            asked.extend(queries.iter().map(|query| query.key.clone()));
        }
    }
    asked
}
