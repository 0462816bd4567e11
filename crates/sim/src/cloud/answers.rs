//! Answers every read: finds the deployments it is about, lets faults have their say, and looks at their worlds.

use std::sync::Arc;
use std::time::Duration;

use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::alarm::AlarmFacts;
use lifeboat_model::facts::drift::StackDrift;
use lifeboat_model::facts::identity::CallerIdentity;
use lifeboat_model::facts::lambda::LambdaFacts;
use lifeboat_model::facts::stack::DriftStatus;
use lifeboat_model::id::{AccountId, Arn, Region};
use lifeboat_model::metric::{MetricQuery, Series, Window};
use lifeboat_model::read::{Read, Service};

use super::stacks::Marred;
use super::standing::Standing;
use super::{History, Inner, Lane, canaries, facts, instant, regional, stacks};
use crate::ACCOUNT;
use crate::cloudformation::{Account, DEPLOYMENT_TAG, Stack};
use crate::faults::{Conditions, Request, credentials_end};
use crate::world::{Unacknowledged, World};

/// The role that the simulated session has assumed.
const CALLER: &str = "arn:aws:sts::123456789012:assumed-role/dr-operations/simulated";

impl Inner {
    pub(super) fn answer(&self, region: &Region, read: &Read) -> Result<Facts, CloudError> {
        let (history, second) = self.present();
        let endpoint = regional::endpoint(region, read);
        let account = self.account(&history, second);
        let all = self.lanes(&history, second);
        let lanes: Vec<&Lane> =
            all.iter().filter(|lane| regional::concerns(&lane.setting.estate, read)).map(Arc::as_ref).collect();
        let about_the_account = matches!(read, Read::Identity | Read::Quotas { .. } | Read::Tagged { .. });
        let first = if about_the_account { None } else { lanes.first().copied() };
        let first = match read {
            Read::Metrics { queries, .. } => lane_of_metrics(&all, region, queries).or(first),
            _ => first,
        };
        let request = Self::request(&endpoint, read, first);
        // Names and clients' requests travel on no API: no control plane and no credential stands before them.
        if !matches!(read.service(), Service::Answers | Service::Probes)
            && let Some(error) = self.refused(request, second)
        {
            return Err(error);
        }
        let view = View {
            inner: self,
            region,
            endpoint: &endpoint,
            history: &history,
            second,
            lanes: &lanes,
            all: &all,
            account: &account,
        };
        let mut facts = view.facts(read, request)?;
        if account.changed {
            let estates = lanes.iter().map(|lane| lane.setting.estate.as_ref()).collect();
            Standing { account: &account, region, second, estates }.amend(&mut facts, read);
        }
        Ok(facts)
    }
}

fn lane_of_metrics<'a>(lanes: &'a [Arc<Lane>], region: &Region, queries: &[MetricQuery]) -> Option<&'a Lane> {
    let query = queries.first()?;
    lanes.iter().find(|lane| lane.setting.catalog.find(region, query).is_some()).map(Arc::as_ref)
}

/// One question, with the moment at which it is answered.
struct View<'a> {
    inner: &'a Inner,
    region: &'a Region,
    endpoint: &'a Region,
    history: &'a History,
    second: i64,
    /// Of the deployments that the question is about.
    lanes: &'a [&'a Lane],
    all: &'a [Arc<Lane>],
    account: &'a Account,
}

impl View<'_> {
    fn facts(&self, read: &Read, request: Request<'_>) -> Result<Facts, CloudError> {
        let region = self.region;
        Ok(match read {
            Read::Identity => Facts::Identity(self.identity()),
            Read::Aurora { .. } => {
                let found = self.first(|world| facts::aurora(world, region));
                Facts::Aurora(found.unwrap_or_default())
            }
            Read::Tables { tables } => Facts::Tables(self.all(|world| facts::tables(world, region, tables))),
            Read::Buckets { buckets } => Facts::Buckets(self.all(|world| facts::buckets(world, region, buckets))),
            Read::HealthChecks { checks } => Facts::HealthChecks(self.all(|world| facts::health_checks(world, checks))),
            Read::Records { records } => Facts::Records(self.all(|world| facts::records(world, records))),
            Read::Answers { records } => {
                let authority = |lane: &Lane| {
                    self.inner.answers(self.endpoint, Service::Answers, "TestDNSAnswer", lane, self.second)
                };
                Facts::Answers(
                    self.lanes
                        .iter()
                        .flat_map(|lane| {
                            let authority = authority(lane);
                            self.look(lane, |world| facts::answers(world, records, authority))
                        })
                        .collect(),
                )
            }
            Read::Metrics { queries, window } => Facts::Metrics(self.metrics(queries, *window)),
            Read::Alarms { selection, history_since } => {
                let mut all = AlarmFacts::default();
                for lane in self.lanes {
                    let own = self.look(lane, |world| facts::alarms(world, region, selection, *history_since));
                    all.alarms.extend(own.alarms);
                    all.history.extend(own.history);
                }
                all.history.sort_by_key(|change| std::cmp::Reverse(change.at));
                Facts::Alarms(all)
            }
            Read::TargetGroups { groups } => {
                Facts::TargetGroups(self.all(|world| facts::target_groups(world, region, groups)))
            }
            Read::Functions { functions } => Facts::Functions(LambdaFacts {
                functions: self.all(|world| facts::functions(world, region, functions)),
                account_concurrency: Some(facts::concurrency(self.quota_lowered())),
            }),
            Read::Accelerators { accelerators } => {
                if *region != Region::accelerator() {
                    // Nobody answers for this service anywhere else.
                    return Err(self.inner.error(
                        lifeboat_model::cloud_error::CloudErrorKind::Unreachable,
                        request,
                        Some("Global Accelerator has no endpoint in this region".to_owned()),
                    ));
                }
                Facts::Accelerators(self.all(|world| facts::accelerators(world, accelerators)))
            }
            Read::Parameters { paths, decrypt } => {
                Facts::Parameters(self.all(|world| facts::parameters(world, region, paths, *decrypt)))
            }
            Read::Stacks { stacks } => Facts::Stacks(
                stacks
                    .iter()
                    .filter_map(|name| stacks::find(self.account, region, name))
                    .map(|stack| stacks::described(stack, self.marred(stack), self.drift_status(stack)))
                    .collect(),
            ),
            Read::StackResources { stacks } => {
                let known: Vec<_> = stacks.iter().filter_map(|name| stacks::find(self.account, region, name)).collect();
                if known.is_empty() {
                    return Err(self.inner.gone(request));
                }
                Facts::StackResources(known.into_iter().flat_map(stacks::resources).collect())
            }
            Read::StackEvents { stack, since } => {
                let told = stacks::events_since(self.account, region, stack, *since);
                Facts::StackEvents(told.ok_or_else(|| self.inner.gone(request))?)
            }
            Read::ChangeSet { stack, change_set } => {
                Facts::ChangeSet(stacks::change_set(self.account, region, stack, change_set, self.second))
            }
            Read::StackDrifts { stacks } => Facts::StackDrifts(
                stacks
                    .iter()
                    .filter_map(|name| stacks::find(self.account, region, name))
                    .map(|stack| self.drift(stack))
                    .collect(),
            ),
            Read::DriftDetection { detection } => {
                let drifted = |stack: &Stack| stacks::drifted_resources(&self.drift(stack));
                Facts::DriftDetection(stacks::detection(self.account, region, detection, self.second, drifted))
            }
            Read::StackTemplates { stacks } => Facts::StackTemplates(stacks::templates(self.account, region, stacks)),
            Read::TemplateVerdict { template } => Facts::TemplateVerdict(stacks::verdict(template.body())),
            Read::BucketContents { buckets } => {
                Facts::BucketContents(stacks::contents(self.account, region, buckets, self.second))
            }
            Read::EngineVersions { engine, version } => Facts::EngineVersions(stacks::engine_versions(engine, version)),
            Read::AvailabilityZones => Facts::AvailabilityZones(Account::zones(region)),
            Read::Named { names } => Facts::Named(stacks::named(self.account, region, names, self.second)),
            Read::ZoneRecords { zones } => {
                let live = self.all(|world| {
                    let records = world.state.dns.records.iter();
                    records.filter(|record| zones.contains(&record.zone)).cloned().collect()
                });
                Facts::ZoneRecords(stacks::zone_records(self.account, zones, &live))
            }
            Read::Vaults { vaults } => {
                Facts::Vaults(self.first(|world| facts::vaults(world, region, vaults)).unwrap_or_default())
            }
            Read::ScalingGroups { groups } => {
                Facts::ScalingGroups(self.all(|world| facts::scaling_groups(world, region, groups)))
            }
            Read::Quotas { quotas } => Facts::Quotas(facts::quotas(quotas, self.quota_lowered())),
            Read::Probes { probes } => Facts::Probes(self.all(|world| facts::probes(world, probes))),
            Read::Canaries { canary, store, nonces } => {
                let found = self.first(|world| Some(canaries::sightings(world, canary, *store, nonces)));
                Facts::Canaries(found.unwrap_or(Err(Unacknowledged::NoAnswer)).map_err(|met| {
                    let (kind, message) = canaries::in_words(met);
                    self.inner.error(kind, request, Some(message.to_owned()))
                })?)
            }
            Read::Tagged { key, value } => Facts::Tagged(stacks::tagged(self.account, region, key, value)),
        })
    }

    /// The world of the deployment that a stack is of.
    fn lane_of(&self, stack: &Stack) -> Option<&Lane> {
        let name = stack.tag(DEPLOYMENT_TAG)?;
        self.all.iter().find(|lane| lane.setting.estate.deployment.name.as_str() == name).map(Arc::as_ref)
    }

    fn marred(&self, stack: &Stack) -> Marred {
        let Some(lane) = self.lane_of(stack) else { return Marred::default() };
        let estate = &lane.setting.estate;
        let (conditions, _) = Conditions::at(&self.inner.scenario, &estate.regions, self.second);
        Marred::of(stack, estate.side_of(&stack.key.region), &conditions)
    }

    fn drift(&self, stack: &Stack) -> StackDrift {
        let marred = self.marred(stack);
        match self.lane_of(stack) {
            Some(lane) => self
                .look(lane, |world| Some(stacks::drift(stack, Some(world), marred, self.second)))
                .unwrap_or_else(|| stacks::drift(stack, None, marred, self.second)),
            None => stacks::drift(stack, None, marred, self.second),
        }
    }

    /// As the last look for drift found it.
    fn drift_status(&self, stack: &Stack) -> DriftStatus {
        match stack.drift_asked_at {
            None => DriftStatus::NotChecked,
            Some(at) if at < 0 => DriftStatus::InSync,
            Some(_) if stacks::drifted_resources(&self.drift(stack)) > 0 => DriftStatus::Drifted,
            Some(_) => DriftStatus::InSync,
        }
    }

    fn look<T: Default>(&self, lane: &Lane, look: impl FnOnce(&World) -> T) -> T {
        lane.with(self.history, self.second, self.inner.keeper().as_ref(), look)
    }

    fn all<T>(&self, look: impl Fn(&World) -> Vec<T>) -> Vec<T> {
        self.lanes.iter().flat_map(|lane| self.look(lane, &look)).collect()
    }

    fn first<T>(&self, look: impl Fn(&World) -> Option<T>) -> Option<T> {
        self.lanes.iter().find_map(|lane| self.look(lane, &look))
    }

    /// Quotas are the account's: no world needs to be looked at.
    fn quota_lowered(&self) -> bool {
        self.all.iter().map(|lane| &lane.setting.estate).any(|estate| {
            estate.side_of(self.region).is_some_and(|side| {
                let (conditions, _) = Conditions::at(&self.inner.scenario, &estate.regions, self.second);
                conditions.drift.at(side).quota
            })
        })
    }

    fn identity(&self) -> CallerIdentity {
        // Sessions of an hour, renewed by their provider, until the scenario stops that.
        let renewed = (self.second.div_euclid(3_600) + 2) * 3_600;
        let ends = credentials_end(&self.inner.scenario, self.second).map_or(renewed, |end| end.min(renewed));
        CallerIdentity { account: AccountId::from(ACCOUNT), arn: Arn::from(CALLER), expires_at: Some(instant(ends)) }
    }

    fn metrics(&self, queries: &[MetricQuery], window: Window) -> Vec<Series> {
        let mut series: Vec<Series> =
            queries.iter().map(|query| Series { key: query.key.clone(), points: Vec::new() }).collect();
        for lane in self.all {
            let wanted: Vec<_> = queries
                .iter()
                .enumerate()
                .filter_map(|(place, query)| lane.setting.catalog.find(self.region, query).map(|found| (place, found)))
                .collect();
            let custom = |query: &MetricQuery| !query.namespace.starts_with("AWS/");
            let asks_custom = queries.iter().any(custom);
            if wanted.is_empty() && !asks_custom {
                continue;
            }
            let found = self.look(lane, |world| {
                let published = wanted.iter().filter_map(|(place, (slot, measure))| {
                    let query = queries.get(*place).filter(|query| facts::is_of_a_rule(world, query))?;
                    Some((*place, facts::points(world, &lane.past, *slot, *measure, query.period_s, window)))
                });
                let put = queries.iter().enumerate().filter(|(_, query)| custom(query));
                let put = put.map(|(place, query)| (place, facts::custom_points(world, self.region, query, window)));
                published.chain(put).collect::<Vec<_>>()
            });
            for (place, points) in found {
                if let Some(series) = series.get_mut(place).filter(|series| series.points.is_empty()) {
                    series.points = points;
                }
            }
        }
        series
    }
}

/// How long a request of a client takes to be answered by a region that is well.
pub(super) fn client_latency(share: f64) -> Duration {
    Duration::from_millis(60).saturating_add(Duration::from_secs_f64(share.clamp(0.0, 1.0) * 0.08))
}
