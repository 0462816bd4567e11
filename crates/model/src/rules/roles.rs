//! Which region is active, from what the live world says: the writer, else where clients are sent, else where they
//! arrive. Names and configuration do not count.

use super::dns::Signpost;
use super::evidence::Evidence;
use super::traffic;
use crate::assessment::{Contradiction, Role, RoleBasis};
use crate::facts::aurora::GlobalCluster;
use crate::id::Region;
use crate::read::Service;
use crate::time::{Duration, Timestamp, age};
use crate::wording::ago;

/// Below this share of all requests a region does not count as the one that serves.
const SHARE_OF_THE_ACTIVE: f64 = 0.9;
/// Both regions describe the same global cluster: words further apart than this differ because it has changed.
const SAME_MOMENT: Duration = Duration::from_secs(10);

pub(super) struct Roles {
    pub(super) active: Option<Region>,
    pub(super) basis: RoleBasis,
    /// Set when the role is kept from facts that are old.
    pub(super) caveat: Option<String>,
    /// Why no region can be called active, where that is because signals exclude each other.
    pub(super) split: Option<Contradiction>,
}

impl Roles {
    pub(super) fn standby(&self, evidence: &Evidence<'_>) -> Option<Region> {
        self.active.as_ref().and_then(|active| evidence.deployment.regions.other(active)).cloned()
    }

    pub(super) fn of(&self, region: &Region) -> Role {
        match &self.active {
            None => Role::Unknown,
            Some(active) if active == region => Role::Active,
            Some(_) => Role::Standby,
        }
    }

    fn nobody(basis: RoleBasis) -> Self {
        Self { active: None, basis, caveat: None, split: None }
    }
}

/// One region's word on who writes.
struct View<'a> {
    from: &'a Region,
    at: Timestamp,
    global: &'a GlobalCluster,
    /// Whether it has fallen silent since: then it has no say where the other region has one.
    is_silent: bool,
}

impl View<'_> {
    fn writers(&self) -> Vec<Region> {
        let mut writers: Vec<Region> = self
            .global
            .members
            .iter()
            .filter(|member| member.is_writer)
            .filter_map(|member| member.cluster.region())
            .collect();
        writers.sort();
        writers
    }
}

pub(super) fn decide(evidence: &Evidence<'_>, signposts: &[Signpost]) -> Roles {
    by_writer(evidence)
        .or_else(|| by_dns(evidence, signposts))
        .or_else(|| by_accelerator(evidence))
        .or_else(|| by_traffic(evidence))
        .unwrap_or_else(|| Roles::nobody(RoleBasis::None))
}

/// The newest words first, those of a silent region last.
fn views<'a>(evidence: &Evidence<'a>) -> Vec<View<'a>> {
    let mut views: Vec<View<'a>> = evidence
        .deployment
        .regions
        .both()
        .into_iter()
        .filter_map(|region| {
            let reading = evidence.reading(region, |here| &here.aurora)?;
            let observed = reading.last.as_ref()?;
            let is_silent = reading.failure.as_ref().is_some_and(|failure| failure.error.kind.is_silence());
            Some(View { from: region, at: observed.at, global: observed.value.global.as_ref()?, is_silent })
        })
        .collect();
    views.sort_by_key(|view| (view.is_silent, std::cmp::Reverse(view.at)));
    views
}

fn by_writer(evidence: &Evidence<'_>) -> Option<Roles> {
    evidence.deployment.global_cluster.as_ref()?;
    let views = views(evidence);
    let newest = views.first()?;
    if let Some(split) = views.get(1).and_then(|other| disagreement(newest, other)) {
        return Some(Roles { split: Some(split), ..Roles::nobody(RoleBasis::Writer) });
    }
    let writers = newest.writers();
    let mut roles = Roles::nobody(RoleBasis::Writer);
    match writers.as_slice() {
        [only] if evidence.deployment.regions.contains(only) => {
            roles.active = Some(only.clone());
            if !evidence.is_recent(newest.at, Service::Aurora) {
                roles.caveat = Some(format!("role as last read {} ago", ago(evidence.now, newest.at)));
            }
        }
        [] | [_] => {}
        several => {
            let names: Vec<&str> = several.iter().map(Region::as_str).collect();
            roles.split = Some(Contradiction {
                what: format!(
                    "Aurora global cluster {} has {} writers at once: {}",
                    newest.global.id,
                    several.len(),
                    names.join(", ")
                ),
                region: None,
            });
        }
    }
    Some(roles)
}

/// Two words of the same moment that exclude each other; of words further apart the newer one holds.
fn disagreement(chosen: &View<'_>, other: &View<'_>) -> Option<Contradiction> {
    let (now, then) = (chosen.writers(), other.writers());
    let is_outvoted = other.is_silent && !chosen.is_silent;
    if now == then || is_outvoted || age(chosen.at, other.at).max(age(other.at, chosen.at)) > SAME_MOMENT {
        return None;
    }
    let told = |writers: &[Region]| match writers {
        [] => "nobody".to_owned(),
        some => some.iter().map(Region::as_str).collect::<Vec<_>>().join(" and "),
    };
    Some(Contradiction {
        what: format!(
            "the regions disagree about Aurora's writer: {} names {}, {} names {}",
            chosen.from,
            told(&now),
            other.from,
            told(&then)
        ),
        region: None,
    })
}

fn by_dns(evidence: &Evidence<'_>, signposts: &[Signpost]) -> Option<Roles> {
    let mut towards: Vec<(&Region, Timestamp)> =
        signposts.iter().filter_map(|post| Some((post.towards.as_ref()?, post.at?))).collect();
    towards.sort();
    let (region, at) = *towards.first()?;
    if towards.iter().any(|(other, _)| *other != region) {
        return None;
    }
    let mut roles = Roles { active: Some(region.clone()), ..Roles::nobody(RoleBasis::Dns) };
    if !evidence.is_recent(at, Service::Answers) {
        roles.caveat = Some(format!("role as DNS had it {} ago", ago(evidence.now, at)));
    }
    Some(roles)
}

/// The region to which the accelerators send everything, by dial, weight and health.
pub(super) fn accelerator_target(evidence: &Evidence<'_>) -> Option<(Region, Timestamp)> {
    let observed = evidence.observed(&Region::accelerator(), |here| &here.accelerators)?;
    let groups: Vec<_> = observed.value.iter().filter(|it| it.enabled).flat_map(|it| &it.groups).collect();
    let takes = |weightless: bool| -> Vec<&Region> {
        let mut regions: Vec<&Region> = groups
            .iter()
            .filter(|group| weightless || group.dial_percent.unwrap_or(100.0) > 0.0)
            .filter(|group| {
                group.endpoints.iter().any(|endpoint| {
                    endpoint.weight != Some(0)
                        && endpoint.health != Some(crate::facts::global_accelerator::EndpointHealth::Unhealthy)
                })
            })
            .map(|group| &group.region)
            .collect();
        regions.sort();
        regions.dedup();
        regions
    };
    // The dial counts among healthy groups; when none of those is healthy, failover ignores it.
    let dialled = takes(false);
    let chosen = if dialled.is_empty() { takes(true) } else { dialled };
    match chosen.as_slice() {
        [only] => Some(((*only).clone(), observed.at)),
        _ => None,
    }
}

fn by_accelerator(evidence: &Evidence<'_>) -> Option<Roles> {
    let (region, at) = accelerator_target(evidence)?;
    if !evidence.deployment.regions.contains(&region) {
        return None;
    }
    let mut roles = Roles { active: Some(region), ..Roles::nobody(RoleBasis::Accelerator) };
    if !evidence.is_recent(at, Service::GlobalAccelerator) {
        roles.caveat = Some(format!("role as the accelerator had it {} ago", ago(evidence.now, at)));
    }
    Some(roles)
}

fn by_traffic(evidence: &Evidence<'_>) -> Option<Roles> {
    let [home, partner] = evidence.deployment.regions.both();
    // No data is no traffic only where the metrics that would tell have been read.
    let is_told = |region: &Region| {
        let last = evidence.observed(region, |here| &here.metrics);
        last.is_some_and(|last| evidence.is_recent(last.at, Service::Metrics))
    };
    let rate = |region| traffic::rate(evidence, region);
    let (at_home, at_partner) = (rate(home), rate(partner));
    if (at_home.is_none() && !is_told(home)) || (at_partner.is_none() && !is_told(partner)) {
        return None;
    }
    let value = |dated: &Option<crate::assessment::Dated<f64>>| dated.as_ref().map_or(0.0, |dated| dated.value);
    let all = value(&at_home) + value(&at_partner);
    if all <= 0.0 {
        return None;
    }
    let (region, dated) = if value(&at_home) >= value(&at_partner) { (home, at_home) } else { (partner, at_partner) };
    let dated = dated.filter(|dated| dated.value / all >= SHARE_OF_THE_ACTIVE)?;
    let caveat = (dated.freshness != crate::observation::Freshness::Fresh)
        .then(|| format!("role by the traffic of {} ago", ago(evidence.now, dated.at)));
    Some(Roles { active: Some(region.clone()), caveat, ..Roles::nobody(RoleBasis::Traffic) })
}
