//! What a rehearsal must show: that something was injected, and that it was felt. A drill that injected nothing, or saw
//! no effect of what it injected, has failed.

use std::collections::BTreeSet;
use std::convert::Infallible;

use lifeboat_model::assessment::{Assessment, Health};
use lifeboat_model::id::Region;
use lifeboat_model::plan::{Condition, StepId};
use lifeboat_model::read::Service;
use lifeboat_model::rules::reads;
use lifeboat_model::run::{RunEvent, StepStatus};
use lifeboat_model::time::{Duration, after};

use super::control::Halt;
use super::executor::Executor;

/// How often a drill looks at the region that is to be left.
const LOOKS_EVERY: Duration = Duration::from_secs(15);
/// Metrics are a minute late, and alarms another: until then an effect may still show itself.
const SHOWS_WITHIN: Duration = Duration::from_mins(3);

/// What is wrong with a region, where something is.
pub(super) fn fault_of(assessment: &Assessment, region: &Region) -> Option<String> {
    let here = assessment.regions.iter().find(|it| it.region == *region)?;
    if here.reachable == Some(false) {
        return Some(format!("{region} does not answer"));
    }
    (here.health == Health::Down).then(|| match here.reasons.first() {
        Some(reason) => format!("{region} is down: {reason}"),
        None => format!("{region} is down"),
    })
}

fn health_of(assessment: &Assessment, region: &Region) -> Health {
    assessment.regions.iter().find(|it| it.region == *region).map_or(Health::Unknown, |it| it.health)
}

impl Executor<'_> {
    /// Of whatever was wrong before the run began.
    pub(super) fn record_fault(&self) -> Result<(), Halt> {
        let from = self.plan().from;
        let fault = {
            let snapshot = self.sight.snapshot();
            fault_of(&self.sight.assess(&snapshot), &from)
        };
        match fault {
            Some(what) => self.record(&RunEvent::FaultObserved { what }),
            None => Ok(()),
        }
    }

    /// In a drill: looks at the region that is to be left now and then, and records when it falls ill. For ever.
    pub(super) async fn watch_for_effects(&self) -> Infallible {
        let plan = self.plan();
        if !plan.drill || self.recorder().memory.has_seen_fault {
            return std::future::pending().await;
        }
        let before = self.health_now(&plan.from);
        loop {
            self.surroundings.clock.sleep(LOOKS_EVERY).await;
            if !self.has_injected() {
                continue;
            }
            let seen = self.look_for_effect(&plan.from, before).await;
            if matches!(seen, Ok(true) | Err(_)) {
                return std::future::pending().await;
            }
        }
    }

    fn health_now(&self, region: &Region) -> Health {
        let snapshot = self.sight.snapshot();
        health_of(&self.sight.assess(&snapshot), region)
    }

    async fn look_for_effect(&self, from: &Region, before: Health) -> Result<bool, Halt> {
        let of_region: BTreeSet<(Region, Service)> = reads::polled(&self.surroundings.deployment)
            .into_iter()
            .filter(|(region, service)| region == from && shows_effects(*service))
            .collect();
        self.sight.look(&of_region).await;
        let now = self.health_now(from);
        if now <= before || now < Health::Degraded {
            return Ok(false);
        }
        let what = format!("{from} went from {} to {}", before.as_str(), now.as_str());
        self.record(&RunEvent::FaultObserved { what })?;
        Ok(true)
    }

    fn has_injected(&self) -> bool {
        let recorder = self.recorder();
        recorder
            .memory
            .begun
            .iter()
            .any(|step| step.inject && matches!(recorder.state.status(&step.id), StepStatus::Done | StepStatus::Undone))
    }

    /// What failed before the injection, or where none was, proves nothing of it.
    fn has_felt(&self) -> bool {
        let recorder = self.recorder();
        let memory = &recorder.memory;
        let injected_at = memory.injected_at;
        memory.has_seen_fault
            || memory.canaries.iter().any(|written| {
                !written.acknowledged && injected_at.is_some_and(|injected_at| written.sent_at >= injected_at)
            })
    }

    /// Where the move itself is the fault, and the standby serves at once, clients fail nowhere: that they are led
    /// elsewhere is the effect, and the step was done only because that was seen.
    fn clients_led_away(&self) -> Option<String> {
        let recorder = self.recorder();
        let is_done = |id: &StepId| recorder.state.status(id) == StepStatus::Done;
        let moved = recorder.memory.begun.iter().filter(|step| step.inject && is_done(&step.id));
        let led = moved.flat_map(|step| &step.verify).find_map(|condition| match condition {
            Condition::AnswersLeadTo { name, region } => Some((name, region)),
            _ => None,
        });
        led.map(|(name, region)| format!("clients of {name} were led to {region}"))
    }

    /// Why the drill has failed, where it has.
    pub(super) async fn judge_drill(&self) -> Result<Option<String>, Halt> {
        let plan = self.plan();
        if !plan.drill {
            return Ok(None);
        }
        let was_there = self.recorder().memory.has_seen_fault;
        if !was_there && !self.has_injected() {
            return Ok(Some("the drill injected nothing, and nothing was wrong when it began".to_owned()));
        }
        if !self.has_felt()
            && let Some(what) = self.clients_led_away()
        {
            self.record(&RunEvent::FaultObserved { what })?;
        }
        let ends_at = after(self.now(), SHOWS_WITHIN);
        while !self.has_felt() && self.now() < ends_at {
            self.wait_through(LOOKS_EVERY).await?;
            self.look_for_effect(&plan.from, Health::Healthy).await?;
        }
        Ok((!self.has_felt()).then(|| "what the drill injected had no effect that could be seen".to_owned()))
    }
}

/// What tells how a region serves its clients.
fn shows_effects(service: Service) -> bool {
    matches!(service, Service::Probes | Service::LoadBalancing | Service::Lambda | Service::Metrics | Service::Alarms)
}
