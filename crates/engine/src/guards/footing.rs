//! What a verdict stands on. A guard takes its facts through here, says what it saw and what stands against the run;
//! whatever was not there when it was taken is kept as a gap, and with a gap nothing passes.

use lifeboat_model::assessment::{Health, RegionAssessment};
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::id::Region;
use lifeboat_model::observation::{Failure, Freshness, Observed, Reading};
use lifeboat_model::plan::Plan;
use lifeboat_model::read::Service;
use lifeboat_model::runbook::Mode;
use lifeboat_model::snapshot::RegionSnapshot;
use lifeboat_model::time::{Duration, Timestamp, age};
use lifeboat_model::topology::Deployment;
use lifeboat_model::wording::{ago, lasting, span};

use super::Situation;

/// What was made of the facts longer ago than this, or will be, is not of these facts.
const JUDGED_WITHIN: Duration = Duration::from_secs(30);

pub(super) struct Footing<'a> {
    pub(super) situation: &'a Situation<'a>,
    oldest: Option<Timestamp>,
    seen: Vec<String>,
    against: Vec<(String, String)>,
    gaps: Vec<String>,
}

impl<'a> Footing<'a> {
    pub(super) fn new(situation: &'a Situation<'a>) -> Self {
        Self { situation, oldest: None, seen: Vec::new(), against: Vec::new(), gaps: Vec::new() }
    }

    pub(super) fn plan(&self) -> &'a Plan {
        self.situation.plan
    }

    pub(super) fn deployment(&self) -> &'a Deployment {
        self.situation.deployment
    }

    pub(super) fn now(&self) -> Timestamp {
        self.situation.now
    }

    pub(super) fn is_unplanned(&self) -> bool {
        self.plan().mode == Mode::Unplanned
    }

    /// How to go on against a guard.
    pub(super) fn override_with(&self, guard: GuardName) -> String {
        format!("`lifeboat run {} --override {guard}=REASON`", self.plan().runbook)
    }

    // ---- what is said

    /// Part of the evidence: a clause with its numbers and units.
    pub(super) fn saw(&mut self, words: impl Into<String>) {
        self.seen.push(words.into());
    }

    /// Forbids, whatever else is found.
    pub(super) fn refuse(&mut self, reason: impl Into<String>, fix: impl Into<String>) {
        self.against.push((reason.into(), fix.into()));
    }

    /// Something that is not known: the verdict cannot be to pass.
    pub(super) fn gap(&mut self, words: impl Into<String>) {
        self.gaps.push(words.into());
    }

    /// A fact of this moment has been used.
    pub(super) fn rests_on(&mut self, at: Timestamp) {
        self.oldest = Some(self.oldest.map_or(at, |oldest| oldest.min(at)));
    }

    /// Whether plan, deployment and assessment are of one world and of this moment; nothing can be judged otherwise.
    pub(super) fn is_of_one_piece(&mut self) -> bool {
        let Situation { deployment, assessment, now, plan, .. } = *self.situation;
        if plan.deployment != deployment.name || assessment.deployment != deployment.name {
            self.gap(format!(
                "the plan is of deployment {}, the facts are of {} and what was made of them of {}: make the plan again",
                plan.deployment, deployment.name, assessment.deployment
            ));
        }
        if deployment.regions.other(&plan.from) != Some(&plan.to) {
            self.gap(format!(
                "the plan leads from {} to {}, which are not the two regions of {}",
                plan.from, plan.to, deployment.name
            ));
        }
        if age(now, assessment.at).max(age(assessment.at, now)) > JUDGED_WITHIN {
            self.gap(format!(
                "what is known was judged {} ago, not now",
                span(age(now, assessment.at).max(age(assessment.at, now)))
            ));
        }
        self.gaps.is_empty()
    }

    pub(super) fn report(self, guard: GuardName) -> GuardReport {
        let Self { oldest, seen, against, gaps, .. } = self;
        let verdict = if !against.is_empty() {
            let (reasons, fixes): (Vec<String>, Vec<String>) = against.into_iter().unzip();
            Verdict::refuse(joined(&reasons), joined(&fixes))
        } else if !gaps.is_empty() {
            Verdict::unknown(joined(&gaps))
        } else if seen.is_empty() {
            // A guard that saw nothing has judged nothing.
            Verdict::unknown("nothing was seen that it could be judged by")
        } else {
            Verdict::Pass
        };
        let evidence = match &verdict {
            Verdict::Refuse { reason, .. } | Verdict::Unknown { reason } if seen.is_empty() => reason.clone(),
            Verdict::Pass | Verdict::Refuse { .. } | Verdict::Unknown { .. } => joined(&seen),
        };
        GuardReport { guard, verdict, evidence, read_at: oldest, overridden: None }
    }

    // ---- what is taken

    /// A reading, only while it is fresh; else a gap that names who must answer.
    pub(super) fn read<T>(
        &mut self,
        region: &Region,
        service: Service,
        of: impl FnOnce(&'a RegionSnapshot) -> &'a Reading<T>,
    ) -> Option<&'a T> {
        if !self.is_fresh(region, service) {
            return None;
        }
        let observed = of(self.situation.snapshot.region(region)?).last.as_ref()?;
        Some(&observed.value)
    }

    /// Whether the last answer of a service is fresh, and a gap where it is not.
    pub(super) fn is_fresh(&mut self, region: &Region, service: Service) -> bool {
        let contact = self.contact(region, service);
        match (contact.freshness(self.now(), self.cadence(service)), &contact.last) {
            (Freshness::Fresh, Some(last)) => {
                self.rests_on(last.at);
                true
            }
            (Freshness::Fresh | Freshness::Pending | Freshness::Stale | Freshness::Unavailable, _) => {
                let words = self.silence(region, service, &contact);
                self.gap(words);
                false
            }
        }
    }

    /// The same, without a word where it is not: for facts that can be done without.
    pub(super) fn is_heard(&self, region: &Region, service: Service) -> bool {
        self.contact(region, service).freshness(self.now(), self.cadence(service)) == Freshness::Fresh
    }

    /// What was last said, where it is fresh or whoever said it has fallen silent since: nobody changes settings
    /// through an API that does not answer. A gap where nothing was ever said, or where nobody asked again.
    pub(super) fn as_last_said<T>(
        &mut self,
        region: &Region,
        service: Service,
        of: impl FnOnce(&'a RegionSnapshot) -> &'a Reading<T>,
    ) -> Option<&'a T> {
        let is_silent = self.failure(region, service).is_some_and(|failure| failure.error.kind.is_silence());
        if !is_silent {
            return self.read(region, service, of);
        }
        let last = self.situation.snapshot.region(region).and_then(|here| of(here).last.as_ref());
        if let Some(last) = last {
            self.rests_on(last.at);
            return Some(&last.value);
        }
        let words = self.silence(region, service, &self.contact(region, service));
        self.gap(words);
        None
    }

    /// What is to be said of a region; a gap where nothing is.
    pub(super) fn region(&mut self, region: &Region) -> Option<&'a RegionAssessment> {
        let found = self.situation.assessment.regions.iter().find(|it| it.region == *region);
        match found {
            Some(assessed) if assessed.health == Health::Unknown => {
                self.gap(format!("how well {region} is, is not known{}", because(&assessed.reasons)));
                Some(assessed)
            }
            Some(assessed) => {
                if let Some(at) = assessed.last_answer {
                    self.rests_on(at);
                }
                Some(assessed)
            }
            None => {
                self.gap(format!("nothing is known of {region}: its services must answer"));
                None
            }
        }
    }

    /// Whether the region that is left answers nothing at all, and need not be asked.
    pub(super) fn is_lost(&self) -> bool {
        let from = &self.plan().from;
        let is_silent = |it: &RegionAssessment| it.region == *from && it.reachable == Some(false);
        self.is_unplanned() && self.situation.assessment.regions.iter().any(is_silent)
    }

    /// What the region that is left has: fresh in a planned run; in an unplanned one as it last was. That it never
    /// answered is a gap while it could answer; a rescue is not held up by what only a lost region could tell.
    pub(super) fn of_the_left<T>(
        &mut self,
        service: Service,
        of: impl FnOnce(&'a RegionSnapshot) -> &'a Reading<T>,
    ) -> Option<&'a T> {
        let from = &self.plan().from;
        if !self.is_unplanned() {
            return self.read(from, service, of);
        }
        let last = self.situation.snapshot.region(from).and_then(|here| of(here).last.as_ref());
        let Some(last) = last else {
            if self.is_lost() {
                self.saw(format!("{from} is lost and never told its {service}, so that nothing is compared with it"));
            } else {
                let words = self.silence(from, service, &self.contact(from, service));
                self.gap(words);
            }
            return None;
        };
        self.rests_on(last.at);
        if !self.is_heard(from, service) {
            self.saw(format!("{service} of {from} is as of {} ago", ago(self.now(), last.at)));
        }
        Some(&last.value)
    }

    /// How a service fails now.
    pub(super) fn failure(&self, region: &Region, service: Service) -> Option<&'a Failure> {
        self.situation.snapshot.region(region)?.contact(service).failure
    }

    fn cadence(&self, service: Service) -> Duration {
        service.cadence(self.situation.tempo)
    }

    fn contact(&self, region: &Region, service: Service) -> Reading<()> {
        let Some(here) = self.situation.snapshot.region(region) else { return Reading::default() };
        let contact = here.contact(service);
        Reading { last: contact.answered_at.map(|at| Observed::new((), at)), failure: contact.failure.cloned() }
    }

    fn silence(&self, region: &Region, service: Service, contact: &Reading<()>) -> String {
        let now = self.now();
        let last = |last: &Observed<()>| {
            if last.at > now {
                format!("its last answer is dated {} ahead of this clock", span(age(last.at, now)))
            } else {
                format!("it was last read {} ago", ago(now, last.at))
            }
        };
        let why = match (&contact.last, &contact.failure) {
            (None, None) => "it has not been read yet".to_owned(),
            (None, Some(failure)) => format!(
                "it has failed{} ({}) and was never read",
                lasting(now, failure.since),
                failure.error.kind.label()
            ),
            (Some(observed), Some(failure)) => {
                let since = lasting(now, failure.since);
                format!("it has failed{since} ({}); {}", failure.error.kind.label(), last(observed))
            }
            (Some(observed), None) => last(observed),
        };
        format!("{service} in {region} must answer: {why}")
    }
}

/// ` (a; b)`, or nothing.
pub(super) fn because(reasons: &[String]) -> String {
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) }
}

/// Each once, in the order said.
fn joined(parts: &[String]) -> String {
    let mut once: Vec<&str> = Vec::new();
    for part in parts {
        if !once.contains(&part.as_str()) {
            once.push(part);
        }
    }
    once.join("; ")
}
