//! One whole refresh, for a command that looks once: everything at the same time, so that it takes as long as its
//! longest chain of reads that need one another, and no longer.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures::stream::{FuturesUnordered, StreamExt};
use lifeboat_model::id::Region;
use lifeboat_model::port::Observe;
use lifeboat_model::read::{Read, Service};
use lifeboat_model::rules::reads;
use lifeboat_model::snapshot::Observation;
use lifeboat_model::time::{Clock, Duration};
use lifeboat_model::topology::Deployment;

use super::asking::{ask, silence, stamped};
use super::known::Known;
use super::poller::NAMES_PATIENCE;

type Asking<'a> = FuturesUnordered<Pin<Box<dyn Future<Output = Observation> + Send + 'a>>>;

/// Every read of the deployment, both stages. Metrics of a region go out as soon as the facts that name them are
/// there; what has not answered within `limit` is in the result as a time-out.
pub async fn refresh_once(
    deployment: &Deployment,
    cloud: Arc<dyn Observe>,
    clock: Arc<dyn Clock>,
    limit: Duration,
) -> Vec<Observation> {
    Refresh::new(deployment, &*cloud, &*clock, limit).run().await
}

struct Refresh<'a> {
    deployment: &'a Deployment,
    cloud: &'a dyn Observe,
    clock: &'a dyn Clock,
    limit: Duration,
    known: Known,
    asking: Asking<'a>,
    /// What is in flight, for the time-outs.
    awaited: BTreeSet<(Region, Service)>,
    /// Regions whose metrics have not been asked for yet.
    unnamed: BTreeSet<Region>,
    seen: Vec<Observation>,
}

impl<'a> Refresh<'a> {
    fn new(deployment: &'a Deployment, cloud: &'a dyn Observe, clock: &'a dyn Clock, limit: Duration) -> Self {
        Self {
            deployment,
            cloud,
            clock,
            limit,
            known: Known::default(),
            asking: FuturesUnordered::new(),
            awaited: BTreeSet::new(),
            unnamed: BTreeSet::new(),
            seen: Vec::new(),
        }
    }

    async fn run(mut self) -> Vec<Observation> {
        for (region, service) in reads::polled(self.deployment) {
            if service == Service::Metrics {
                self.unnamed.insert(region);
            } else {
                self.send(&region, service);
            }
        }
        self.send_named_metrics();
        let mut end = self.clock.sleep(self.limit);
        let mut names = self.clock.sleep(NAMES_PATIENCE.min(self.limit / 2));
        let mut waits_for_names = true;
        while !self.asking.is_empty() {
            tokio::select! {
                biased;
                Some(observation) = self.asking.next() => self.take(observation),
                () = &mut names, if waits_for_names => {
                    waits_for_names = false;
                    self.send_all_metrics();
                }
                () = &mut end => break,
            }
        }
        self.give_up();
        self.seen
    }

    fn take(&mut self, observation: Observation) {
        self.awaited.remove(&(observation.region.clone(), observation.service));
        self.known.learn(&observation);
        self.seen.push(observation);
        self.send_named_metrics();
        if self.asking.is_empty() {
            self.send_all_metrics();
        }
    }

    fn send(&mut self, region: &Region, service: Service) {
        for read in self.known.reads(self.deployment, self.clock.now(), region, service) {
            self.awaited.insert((region.clone(), service));
            self.asking.push(self.asked(region.clone(), read));
        }
    }

    fn asked(&self, region: Region, read: Read) -> Pin<Box<dyn Future<Output = Observation> + Send + 'a>> {
        let (deployment, cloud, clock, limit) = (&self.deployment.name, self.cloud, self.clock, self.limit);
        Box::pin(async move { ask(deployment, cloud, clock, &region, &read, limit).await })
    }

    fn send_named_metrics(&mut self) {
        let named: Vec<Region> = self
            .unnamed
            .iter()
            .filter(|region| self.known.is_ready_for_metrics(self.deployment, region))
            .cloned()
            .collect();
        for region in named {
            self.unnamed.remove(&region);
            self.send(&region, Service::Metrics);
        }
    }

    /// What needs no naming goes out although something that names the rest is silent.
    fn send_all_metrics(&mut self) {
        for region in std::mem::take(&mut self.unnamed) {
            self.send(&region, Service::Metrics);
        }
    }

    fn give_up(&mut self) {
        for (region, service) in std::mem::take(&mut self.awaited) {
            let outcome = Err(silence(&region, service, self.limit));
            self.seen.push(stamped(&self.deployment.name, self.clock, &region, service, outcome));
        }
    }
}
