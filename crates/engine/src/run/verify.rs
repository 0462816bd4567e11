//! Waiting until what a step was to bring about is seen, and no longer than its time-out.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use futures::future::BoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use lifeboat_model::id::Region;
use lifeboat_model::plan::{Condition, Step};
use lifeboat_model::read::{PlannedRead, Service};
use lifeboat_model::time::{Duration, Timestamp, after, age};
use lifeboat_model::topology::Deployment;

use super::control::Halt;
use super::executor::Executor;
use super::sight::Sight;
use super::step::Failed;
use crate::conditions::{self, Asked, Held, Seen};

/// From one look to the next: a fortieth of what has been waited already, so that looking adds little to short waits and
/// asks little of long ones.
const SHARE_OF_WAIT: u32 = 40;
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(5);
const LONGEST_FOR_CANARIES: Duration = Duration::from_secs(2);
/// Where nothing but canaries is waited for: the application itself is asked, and nobody's limits are used up.
const FOR_CANARIES_ALONE: Duration = Duration::from_millis(500);

/// What is read together: one service of a region, or figures with the facts that name them.
type Places = BTreeSet<(Region, Service)>;

/// Looks that are under way. What is silent is not asked a second time meanwhile, and holds up nobody who has answered.
#[derive(Default)]
struct Looks<'a> {
    under_way: BTreeSet<Places>,
    /// Whether questions beside the polls are.
    questions_are: bool,
    answers: FuturesUnordered<BoxFuture<'a, Answered>>,
}

enum Answered {
    Places(Places),
    Questions,
}

impl<'a> Looks<'a> {
    fn begin(&mut self, sight: &'a Sight<'_>, pending: &[&Condition], deployment: &Deployment) {
        for places in pending.iter().flat_map(|condition| together(conditions::reads(condition, deployment))) {
            if self.under_way.insert(places.clone()) {
                self.answers.push(Box::pin(async move {
                    sight.look(&places).await;
                    Answered::Places(places)
                }));
            }
        }
    }

    fn ask(&mut self, sight: &'a Sight<'_>, questions: Vec<PlannedRead>) {
        if questions.is_empty() || self.questions_are {
            return;
        }
        self.questions_are = true;
        self.answers.push(Box::pin(async move {
            sight.find(&questions).await;
            Answered::Questions
        }));
    }

    fn are_over(&self) -> bool {
        self.answers.is_empty()
    }

    async fn next(&mut self) {
        match self.answers.next().await {
            Some(Answered::Places(places)) => {
                self.under_way.remove(&places);
            }
            Some(Answered::Questions) => self.questions_are = false,
            None => {}
        }
    }
}

fn together(places: Places) -> Vec<Places> {
    if places.iter().any(|(_, service)| *service == Service::Metrics) {
        return vec![places];
    }
    places.into_iter().map(|place| BTreeSet::from([place])).collect()
}

/// How waiting ended.
pub(super) enum Verified {
    Yes,
    /// Only sending the calls again helps.
    Again(String),
    Failed(Failed),
}

enum Judgement {
    Holds,
    NotYet {
        missing: String,
        /// What is refused for a while.
        refused: Option<String>,
    },
    Again(String),
    Never(String),
}

impl Executor<'_> {
    /// `began_at`: nothing read before it counts. `ends_at` is counted by this process: one that died took none of it.
    ///
    /// Judged at each answer: where a region is silent, what the other says is enough for many conditions, and clients
    /// wait.
    pub(super) async fn verify(&self, step: &Step, began_at: Timestamp, ends_at: Timestamp) -> Result<Verified, Halt> {
        if step.verify.is_empty() {
            return Ok(Verified::Yes);
        }
        let first_look_at = self.now();
        let mut pending: Vec<&Condition> = step.verify.iter().collect();
        let mut looks = Looks::default();
        let mut is_refusal_told = false;
        loop {
            let looked_at = self.now();
            if looked_at < ends_at {
                looks.begin(&self.sight, &pending, &self.surroundings.deployment);
                looks.ask(&self.sight, self.questions(&pending, began_at));
            }
            let is_sought = self.seek_for(&pending, began_at).await?;
            let mut is_news = is_sought || looks.are_over();
            let next_look_at = after(looked_at, pause(&pending, first_look_at, began_at, looked_at)).min(ends_at);
            loop {
                if is_news {
                    let missing = match self.judge_conditions(&mut pending, began_at) {
                        Judgement::Holds => return Ok(Verified::Yes),
                        Judgement::Never(why) => return Ok(Verified::Failed(why)),
                        Judgement::Again(why) => return Ok(Verified::Again(why)),
                        Judgement::NotYet { missing, refused } => {
                            // Once each time that it is sent: what is waited for is the same at every look.
                            if let Some(why) = refused.filter(|_| !is_refusal_told) {
                                is_refusal_told = true;
                                self.note(format!("{}: {why}", step.title))?;
                            }
                            missing
                        }
                    };
                    if self.now() >= ends_at && looks.are_over() {
                        let why = format!("not seen within {} s: {missing}", step.timeout.as_secs());
                        return Ok(Verified::Failed(why));
                    }
                }
                let left = age(next_look_at, self.now());
                tokio::select! {
                    biased;
                    halt = self.control.halted() => return Err(halt),
                    () = looks.next(), if !looks.are_over() => is_news = true,
                    () = self.surroundings.clock.sleep(left) => break,
                }
            }
            // What is still on its way when time is up is waited for: each look ends by itself.
            while self.now() >= ends_at && !looks.are_over() {
                looks.next().await;
            }
        }
    }

    /// Whether canaries were looked for.
    async fn seek_for(&self, pending: &[&Condition], began_at: Timestamp) -> Result<bool, Halt> {
        let is_wanted = pending.iter().any(|condition| matches!(condition, Condition::CanaryServed));
        if is_wanted {
            self.seek_newest_canary(began_at).await?;
        }
        Ok(is_wanted)
    }

    fn questions(&self, pending: &[&Condition], since: Timestamp) -> Vec<PlannedRead> {
        let plan = self.plan();
        let findings = self.sight.findings();
        let asked = Asked { plan: Some(&plan), findings: &findings, since };
        pending.iter().flat_map(|condition| conditions::asks(condition, &asked)).collect()
    }

    /// Leaves in `pending` what does not hold yet.
    fn judge_conditions(&self, pending: &mut Vec<&Condition>, began_at: Timestamp) -> Judgement {
        let plan = self.plan();
        let snapshot = self.sight.snapshot();
        let findings = self.sight.findings();
        let assessment = LazyCell::new(|| self.sight.assess(&snapshot));
        let canary = self.canary_view();
        let seen = Seen {
            deployment: &self.surroundings.deployment,
            snapshot: &snapshot,
            findings: &findings,
            plan: Some(&plan),
            assessment: &assessment,
            began_at,
            now: self.now(),
            canary: &canary,
        };
        let mut missing = Vec::new();
        let (mut again, mut never, mut refused) = (None, None, None);
        pending.retain(|condition| match conditions::judge(condition, &seen) {
            Held::Yes => false,
            Held::NotYet(why) | Held::Unknown(why) => {
                missing.push(why);
                true
            }
            Held::Later(why) => {
                refused.get_or_insert_with(|| why.clone());
                missing.push(why);
                true
            }
            Held::Again(why) => {
                again.get_or_insert(why);
                true
            }
            Held::Never(why) => {
                never.get_or_insert(why);
                true
            }
        });
        match (never, again) {
            (Some(why), _) => Judgement::Never(why),
            // What is only waited for may be what the calls are still doing.
            (None, _) if !missing.is_empty() => Judgement::NotYet { missing: missing.join("; "), refused },
            (None, Some(why)) => Judgement::Again(why),
            (None, None) => Judgement::Holds,
        }
    }
}

fn pause(pending: &[&Condition], first_look_at: Timestamp, began_at: Timestamp, now: Timestamp) -> Duration {
    let waits_for_canaries = pending.iter().any(|condition| matches!(condition, Condition::CanaryServed));
    let longest = if waits_for_canaries { LONGEST_FOR_CANARIES } else { LONGEST };
    let usual = (age(now, first_look_at) / SHARE_OF_WAIT).clamp(SHORTEST, longest);
    if pending.iter().all(|condition| matches!(condition, Condition::CanaryServed)) {
        return FOR_CANARIES_ALONE;
    }
    // What passes by itself is known to the moment.
    let lengths = pending.iter().filter_map(|condition| match condition {
        Condition::Elapsed { length } => Some(length.saturating_sub(age(now, began_at))),
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
        | Condition::CanaryServed
        | Condition::AlarmsQuiet { .. }
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
        | Condition::NothingLeft { .. } => None,
    });
    let all_by_themselves = pending.iter().all(|condition| matches!(condition, Condition::Elapsed { .. }));
    match lengths.max() {
        Some(length) if all_by_themselves => length.max(Duration::from_millis(1)),
        Some(length) => length.clamp(Duration::from_millis(1), usual),
        None => usual,
    }
}
