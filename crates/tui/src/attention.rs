//! What is worth calling a person for who looks elsewhere: a change of health, of a deployment or of a region of it, or of
//! its readiness to be failed over; a step that ended, a question, the line of
//! reversibility, the end of a run. Calls come one at a time and never in bursts: what happens meanwhile waits for the next one, and what is no
//! longer so is not told.

use std::collections::BTreeMap;

use lifeboat_model::assessment::{Assessment, Forecast, Health};
use lifeboat_model::id::{DeploymentName, Region};
use lifeboat_model::run::{Entry, RunEvent, RunOutcome, RunState, StepOutcome};
use lifeboat_model::time::Duration;
use serde::{Deserialize, Serialize};

use crate::effect::Effect;
use crate::format;
use crate::model::Model;
use crate::screens::overview::is_known;

/// Between two calls, in quarters of a second: ten seconds.
const PAUSE: u16 = 40;
/// More than this is said as how many there are.
const MOST: usize = 3;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    /// Nobody wants to be called.
    pub silenced: bool,
    /// How each deployment stood when it was looked at last.
    #[serde(default)]
    health: BTreeMap<DeploymentName, Health>,
    /// The same of its regions.
    #[serde(default)]
    regions: BTreeMap<DeploymentName, BTreeMap<Region, Health>>,
    /// Whether each can be failed over that ever could: until all is read something is always in the way.
    #[serde(default)]
    ready: BTreeMap<DeploymentName, bool>,
    /// What waits to be told, each thing by what it is about: newer news of it takes the older one's place.
    #[serde(default)]
    waiting: Vec<(String, String)>,
    #[serde(default)]
    quarter_seconds_left: u16,
}

impl Attention {
    pub(crate) fn new(silenced: bool) -> Self {
        Self { silenced, ..Self::default() }
    }

    fn hear(&mut self, about: String, text: String) {
        self.waiting.retain(|(other, _)| *other != about);
        self.waiting.push((about, text));
    }

    /// How a deployment stands, with its regions. What changed at once is told in one call.
    fn see(&mut self, assessment: &Assessment) {
        let name = &assessment.deployment;
        let whole = assessment.health;
        let before = self.health.insert(name.clone(), whole).unwrap_or(Health::Unknown);
        self.weigh(&format!("health {name}"), (before, whole), || format!("{name} is {}", words(whole)));
        for known in &assessment.regions {
            let (region, health) = (&known.region, known.health);
            let of_deployment = self.regions.entry(name.clone()).or_default();
            let was = of_deployment.insert(region.clone(), health).unwrap_or(Health::Unknown);
            // That all is well again, or that nothing is known of anything, is said by the deployment alone.
            let is_said = before != whole && whole == health && matches!(health, Health::Healthy | Health::Unknown);
            let about = format!("health {name} {region}");
            if is_said {
                self.forget(&about);
            } else {
                self.weigh(&about, (was, health), || format!("{region} of {name} is {}", words(health)));
            }
        }
        if let Some(ready) = readiness(&assessment.forecast) {
            self.weigh_readiness(name, ready, &assessment.forecast);
        }
    }

    /// A health that was never known before is news only when it is bad.
    fn weigh(&mut self, about: &str, (before, health): (Health, Health), text: impl FnOnce() -> String) {
        let is_news = before != health && !(before == Health::Unknown && health == Health::Healthy);
        if is_news {
            self.hear(about.to_owned(), text());
        } else if before != health {
            self.forget(about);
        }
    }

    /// That it could be failed over is news only to whoever heard that it could not.
    fn weigh_readiness(&mut self, name: &DeploymentName, ready: bool, forecast: &Forecast) {
        let before = self.ready.get(name).copied();
        if ready || before.is_some() {
            self.ready.insert(name.clone(), ready);
        }
        let about = format!("ready {name}");
        match (before, ready) {
            (Some(true), false) => {
                let why = forecast.blockers.first().map_or_else(String::new, |blocker| format!(": {}", blocker.what));
                self.hear(about, format!("{name} is NOT READY to fail over{why}"));
            }
            (Some(false), true) => self.hear(about, format!("{name} is ready to fail over again")),
            (Some(_) | None, _) => {}
        }
    }

    /// What is no longer so is not told.
    fn forget(&mut self, about: &str) {
        self.waiting.retain(|(other, _)| other != about);
    }

    pub(crate) fn pass_time(&mut self, quarters: u16) {
        self.quarter_seconds_left = self.quarter_seconds_left.saturating_sub(quarters);
    }

    /// What is to be told now.
    fn due(&mut self) -> Option<String> {
        if self.silenced {
            self.waiting.clear();
        }
        if self.waiting.is_empty() || self.quarter_seconds_left > 0 {
            return None;
        }
        self.quarter_seconds_left = PAUSE;
        let waiting = std::mem::take(&mut self.waiting);
        let more = waiting.len().saturating_sub(MOST);
        // The newest are the ones that are still so.
        let mut said: Vec<String> = waiting.into_iter().skip(more).map(|(_, text)| text).collect();
        if more > 0 {
            said.push(format!("and {more} more"));
        }
        Some(said.join("; "))
    }
}

/// Whether it could be failed over: `None` while too little is known to say so. What is in the way is known for itself.
fn readiness(forecast: &Forecast) -> Option<bool> {
    if forecast.is_ready() { is_known(forecast).then_some(true) } else { Some(false) }
}

fn words(health: Health) -> &'static str {
    match health {
        Health::Healthy => "healthy again",
        Health::Degraded => "degraded",
        Health::Down => "DOWN",
        Health::Unknown => "not known to be well any more",
    }
}

/// Looks at how every deployment stands.
pub(crate) fn look_around(model: &mut Model) {
    for watched in &model.fleet {
        model.attention.see(&watched.assessment);
    }
}

/// New entries of a run, the newest last.
pub(crate) fn read(model: &mut Model, deployment: &DeploymentName, state: &RunState, entries: &[&Entry]) {
    for entry in entries {
        if let Some((about, text)) = told(deployment, state, &entry.event) {
            model.attention.hear(about, text);
        }
    }
}

/// A run has come to its line of reversibility, or passed it: the newer of the two is what is still so. `None` where it
/// stands at neither, or not any more.
pub(crate) fn line(model: &mut Model, deployment: &DeploymentName, text: Option<&str>) {
    let about = format!("line {deployment}");
    match text {
        Some(text) => model.attention.hear(about, format!("{deployment}: {text}")),
        None => model.attention.forget(&about),
    }
}

fn told(deployment: &DeploymentName, state: &RunState, event: &RunEvent) -> Option<(String, String)> {
    let run = format!("run {deployment}");
    let title = |step| state.plan.step(step).map_or_else(String::new, |step| step.title.clone());
    match event {
        RunEvent::StepEnded { step, outcome, elapsed } => {
            let said = match outcome {
                StepOutcome::Done => format!("done after {}", format::age(*elapsed)),
                StepOutcome::Failed { reason } => format!("FAILED: {reason}"),
                StepOutcome::Skipped { .. } => "skipped".to_owned(),
            };
            // Steps that took no time are no news to anybody.
            let is_instant = *outcome == StepOutcome::Done && *elapsed < Duration::from_secs(1);
            (!is_instant).then(|| (run, format!("{deployment}: {} {said}", title(step))))
        }
        RunEvent::Question { step, .. } => Some((run, format!("{deployment} asks you about \"{}\"", title(step)))),
        RunEvent::RunEnded { outcome, .. } => {
            let said = match outcome {
                RunOutcome::Completed => "is completed",
                RunOutcome::Stopped => "stopped",
                RunOutcome::Failed => "FAILED",
                RunOutcome::Aborted => "was aborted",
            };
            Some((run, format!("{} of {deployment} {said}", state.plan.runbook)))
        }
        RunEvent::RunStarted { .. }
        | RunEvent::Resumed { .. }
        | RunEvent::Approved { .. }
        | RunEvent::Overridden { .. }
        | RunEvent::GuardsJudged { .. }
        | RunEvent::StepStarted { .. }
        | RunEvent::CallStarted { .. }
        | RunEvent::CallEnded { .. }
        | RunEvent::CallProbed { .. }
        | RunEvent::StepUndoStarted { .. }
        | RunEvent::UndoCallStarted { .. }
        | RunEvent::UndoCallEnded { .. }
        | RunEvent::StepUndone { .. }
        | RunEvent::LedgerOpened { .. }
        | RunEvent::LedgerClosed { .. }
        | RunEvent::LedgerKept { .. }
        | RunEvent::CanaryWritten { .. }
        | RunEvent::CanariesSought { .. }
        | RunEvent::FaultObserved { .. }
        | RunEvent::Answered { .. }
        | RunEvent::Paused { .. }
        | RunEvent::ModeChanged { .. }
        | RunEvent::GivenUp { .. }
        | RunEvent::Noted { .. }
        | RunEvent::IncidentDeclared { .. }
        | RunEvent::IncidentClosed { .. }
        | RunEvent::AccessRaised { .. }
        | RunEvent::AccessLowered { .. } => None,
    }
}

/// The call that is due, if one is.
pub(crate) fn due(model: &mut Model) -> Option<Effect> {
    model.attention.due().map(|text| Effect::Alert { text })
}

#[cfg(test)]
mod tests {
    use lifeboat_model::assessment::{Blocker, RegionAssessment, Role, RoleBasis};
    use lifeboat_model::time::Timestamp;
    use lifeboat_model::topology::Deployment;

    use super::*;

    /// With both regions healthy, and nothing known of a failover.
    fn assessed(name: &str, health: Health) -> Assessment {
        let deployment = Deployment::bare(name, "eu-west-1", "eu-central-1");
        let mut assessment = Assessment::unread(&deployment, Timestamp::UNIX_EPOCH);
        assessment.health = health;
        assessment.forecast.blockers.clear();
        assessment.regions = deployment.regions.both().map(|region| region_in(region, Health::Healthy)).into();
        assessment
    }

    fn region_in(region: &Region, health: Health) -> RegionAssessment {
        RegionAssessment {
            region: region.clone(),
            role: Role::Unknown,
            role_basis: RoleBasis::None,
            health,
            reasons: Vec::new(),
            reachable: None,
            last_answer: None,
            traffic: None,
            errors_percent: None,
        }
    }

    fn seen(attention: &mut Attention, health: Health) -> Option<String> {
        attention.see(&assessed("payments", health));
        attention.due()
    }

    fn later(attention: &mut Attention, assessment: &Assessment) -> Option<String> {
        attention.pass_time(PAUSE);
        attention.see(assessment);
        attention.due()
    }

    #[test]
    fn a_region_that_falls_rings_while_its_deployment_is_degraded_already() {
        let mut attention = Attention::default();
        let mut known = assessed("payments", Health::Degraded);
        assert!(later(&mut attention, &known).is_some());
        known.regions[1].health = Health::Down;
        assert_eq!(later(&mut attention, &known).as_deref(), Some("eu-central-1 of payments is DOWN"));
        assert_eq!(later(&mut attention, &known), None);
        // What changes at once is one call.
        (known.health, known.regions[0].health) = (Health::Down, Health::Down);
        let told = later(&mut attention, &known);
        assert_eq!(told.as_deref(), Some("payments is DOWN; eu-west-1 of payments is DOWN"));
        (known.health, known.regions[0].health, known.regions[1].health) =
            (Health::Healthy, Health::Healthy, Health::Healthy);
        assert_eq!(later(&mut attention, &known).as_deref(), Some("payments is healthy again"));
    }

    #[test]
    fn readiness_to_fail_over_is_told_when_it_is_lost_and_when_it_is_back() {
        let mut attention = Attention::default();
        let mut known = assessed("payments", Health::Healthy);
        assert_eq!(later(&mut attention, &known), None, "nothing is known of it");
        let lag = Blocker { what: "the lag of Aurora is over the RPO".to_owned(), fix: String::new() };
        known.forecast.blockers.push(lag.clone());
        assert_eq!(later(&mut attention, &known), None, "it is still being read");
        known.forecast.to = Some("eu-central-1".into());
        known.forecast.blockers.clear();
        assert_eq!(later(&mut attention, &known), None, "it is as it should be");
        known.forecast.blockers.push(lag);
        let told = later(&mut attention, &known);
        let wanted = "payments is NOT READY to fail over: the lag of Aurora is over the RPO";
        assert_eq!(told.as_deref(), Some(wanted));
        assert_eq!(later(&mut attention, &known), None);
        known.forecast.blockers.clear();
        assert_eq!(later(&mut attention, &known).as_deref(), Some("payments is ready to fail over again"));
    }

    #[test]
    fn a_change_of_health_is_told_once() {
        let mut attention = Attention::default();
        assert_eq!(seen(&mut attention, Health::Unknown), None);
        assert_eq!(seen(&mut attention, Health::Healthy), None);
        assert_eq!(seen(&mut attention, Health::Down).as_deref(), Some("payments is DOWN"));
        assert_eq!(seen(&mut attention, Health::Down), None);
    }

    #[test]
    fn bad_news_at_the_start_is_news() {
        let mut attention = Attention::default();
        assert_eq!(seen(&mut attention, Health::Degraded).as_deref(), Some("payments is degraded"));
    }

    #[test]
    fn what_flaps_is_told_as_it_is_when_the_pause_is_over() {
        let mut attention = Attention::default();
        assert!(seen(&mut attention, Health::Down).is_some());
        for _ in 0..50 {
            assert_eq!(seen(&mut attention, Health::Degraded), None);
            assert_eq!(seen(&mut attention, Health::Down), None);
        }
        assert_eq!(seen(&mut attention, Health::Degraded), None);
        attention.pass_time(PAUSE - 1);
        assert_eq!(attention.due(), None);
        attention.pass_time(1);
        assert_eq!(attention.due().as_deref(), Some("payments is degraded"));
        assert_eq!(attention.due(), None);
    }

    #[test]
    fn a_crowd_is_counted() {
        let mut attention = Attention::default();
        for name in ["a", "b", "c", "d", "e"] {
            attention.see(&assessed(name, Health::Down));
        }
        assert_eq!(attention.due().as_deref(), Some("c is DOWN; d is DOWN; e is DOWN; and 2 more"));
    }

    #[test]
    fn silence_forgets_what_it_did_not_tell() {
        let mut attention = Attention { silenced: true, ..Attention::default() };
        assert_eq!(seen(&mut attention, Health::Down), None);
        attention.silenced = false;
        assert_eq!(attention.due(), None);
    }
}
