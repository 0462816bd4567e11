//! What each region has said since the beginning, or that it has said nothing. It answers and does not judge.

use lifeboat_model::facts::Facts;
use lifeboat_model::id::Region;
use lifeboat_model::observation::{Observed, Reading};
use lifeboat_model::read::{PlannedRead, Service};
use lifeboat_model::snapshot::RegionSnapshot;
use lifeboat_model::time::{Duration, age};
use lifeboat_model::wording::{lasting, span};

use super::{Held, Seen};

/// Why something cannot be seen, naming the region.
pub(super) struct Silent(pub(super) String);

pub(super) type Judged = Result<Held, Silent>;

impl<'a> Seen<'a> {
    /// What a service of a region has said since the beginning. A region that failed to answer after it spoke is
    /// silent: what it said then is no longer known to be so.
    pub(super) fn said<T>(
        &self,
        region: &Region,
        service: Service,
        of: impl FnOnce(&'a RegionSnapshot) -> &'a Reading<T>,
    ) -> Result<Observed<&'a T>, Silent> {
        let reading = self.snapshot.region(region).map(of);
        if let Some(failure) = reading.and_then(|reading| reading.failure.as_ref()) {
            let (how, lasting) = (failure.error.kind.label(), lasting(self.now, failure.since));
            return Err(Silent(format!("{service} in {region} does not answer: {how}{lasting}")));
        }
        reading
            .and_then(|reading| reading.last.as_ref())
            .filter(|last| last.at >= self.began_at)
            .map(Observed::as_ref)
            .ok_or_else(|| Silent(format!("{service} in {region} has not been read since this began")))
    }

    /// What was answered since the beginning to a question beside the polls, by the same rule.
    pub(super) fn found(&self, asked: &PlannedRead) -> Result<Observed<&'a Facts>, Silent> {
        let (service, region) = (asked.read.service(), &asked.region);
        let reading = self.findings.get(asked);
        if let Some(failure) = reading.and_then(|reading| reading.failure.as_ref()) {
            let (how, lasting) = (failure.error.kind.label(), lasting(self.now, failure.since));
            return Err(Silent(format!("{service} in {region} does not answer: {how}{lasting}")));
        }
        reading
            .and_then(|reading| reading.last.as_ref())
            .filter(|last| last.at >= self.began_at)
            .map(Observed::as_ref)
            .ok_or_else(|| Silent(format!("{service} in {region} has not been asked since this began")))
    }

    pub(super) fn elapsed(&self, length: Duration) -> Held {
        let passed = age(self.now, self.began_at);
        if passed >= length {
            Held::Yes
        } else {
            Held::NotYet(format!("{} of {} to go", span(length.saturating_sub(passed)), span(length)))
        }
    }

    pub(super) fn canary_served(&self) -> Held {
        if !self.canary.configured {
            let words = "the configuration does not say how the application is written to, so that no canary can be";
            return Held::Never(words.to_owned());
        }
        let Some(good) = self.canary.last_good.filter(|sent| *sent >= self.began_at) else {
            return Held::NotYet("no canary sent since this began was acknowledged and found".to_owned());
        };
        match self.canary.last_failed {
            Some(failed) if failed > good => Held::NotYet("the newest canary failed".to_owned()),
            Some(_) | None => Held::Yes,
        }
    }
}
