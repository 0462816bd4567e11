//! Following a plan from its first open group to its end, with canaries and orders beside it. One task, so that the
//! same world and the same orders give the same run.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::future::join_all;
use lifeboat_model::guard::{GuardName, GuardReport};
use lifeboat_model::plan::{Plan, Step, StepId};
use lifeboat_model::read::Tempo;
use lifeboat_model::run::{Answer, RunEvent, RunState, StepStatus};
use lifeboat_model::runbook::Mode;
use lifeboat_model::time::{Duration, Timestamp};
use tokio::sync::mpsc;

use super::control::{Control, Halt};
use super::recorder::Recorder;
use super::safeguards::Safeguards;
use super::sight::Sight;
use super::turns::{Passed, Turns};
use super::{Order, RunError, Surroundings};
use crate::conditions::CanaryView;
use crate::guards::{self, Session, Situation};
use crate::journal::{Lock, approvals};

pub(super) struct Executor<'a> {
    pub(super) surroundings: &'a Surroundings,
    pub(super) safeguards: Safeguards,
    pub(super) sight: Sight<'a>,
    pub(super) session: Session,
    pub(super) control: Control,
    /// The right to act, given back when the run is left.
    lock: Box<dyn Lock>,
    recorder: Mutex<Recorder<'a>>,
    /// Answers that an earlier process was given and did nothing about, by step, each to its question.
    pub(super) left_over: Mutex<BTreeMap<StepId, (String, Answer)>>,
    /// One question at a time: whoever asks holds the floor.
    pub(super) floor: tokio::sync::Mutex<()>,
}

/// An answer that only stops a run was obeyed as soon as its process was gone: whoever goes on with it is asked anew.
fn left_over(recorder: &Recorder<'_>) -> BTreeMap<StepId, (String, Answer)> {
    let is_obeyed = |step: &StepId, answer: &Answer| recorder.state.asks_of(step).is_stopped_by(answer);
    let mut answers = recorder.memory.answers.clone();
    answers.retain(|step, (_, answer)| !is_obeyed(step, answer));
    answers
}

impl<'a> Executor<'a> {
    pub(super) fn new(
        surroundings: &'a Surroundings,
        safeguards: Safeguards,
        sight: Sight<'a>,
        session: Session,
        recorder: Recorder<'a>,
        lock: Box<dyn Lock>,
    ) -> Self {
        Self {
            lock,
            surroundings,
            safeguards,
            sight,
            session,
            control: Control::new(recorder.state.paused),
            left_over: Mutex::new(left_over(&recorder)),
            recorder: Mutex::new(recorder),
            floor: tokio::sync::Mutex::new(()),
        }
    }

    /// Never held while waiting.
    pub(super) fn recorder(&self) -> MutexGuard<'_, Recorder<'a>> {
        self.recorder.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Timestamp {
        self.surroundings.clock.now()
    }

    /// Durable once it returns `Ok`.
    pub(super) fn record(&self, event: &RunEvent) -> Result<(), Halt> {
        if self.recorder().record(self.now(), event) {
            Ok(())
        } else {
            self.control.break_off();
            Err(Halt::Broken)
        }
    }

    pub(super) fn note(&self, text: impl Into<String>) -> Result<(), Halt> {
        self.record(&RunEvent::Noted { text: text.into(), by: self.surroundings.operator.clone() })
    }

    pub(super) fn state(&self) -> RunState {
        self.recorder().state.clone()
    }

    pub(super) fn plan(&self) -> Plan {
        self.recorder().state.plan.clone()
    }

    pub(super) fn status(&self, step: &StepId) -> StepStatus {
        self.recorder().state.status(step)
    }

    pub(super) fn began(&self, step: &StepId) -> Option<(Timestamp, u32)> {
        self.recorder().state.began.get(step).copied()
    }

    /// Whether the right to act is still this run's. Once it is not, somebody else may be doing what this hand would do:
    /// nothing more is done, and nothing more is written about a run that may be another's by now.
    pub(super) fn may_act(&self) -> Result<(), Halt> {
        if self.lock.is_held() {
            return Ok(());
        }
        self.recorder().break_off(RunError::LockLost);
        self.control.break_off();
        Err(Halt::Broken)
    }

    /// Waits, unless somebody wants the run to go another way.
    pub(super) async fn wait(&self, length: Duration) -> Result<(), Halt> {
        tokio::select! {
            biased;
            halt = self.control.halted() => Err(halt),
            () = self.surroundings.clock.sleep(length) => Ok(()),
        }
    }

    /// Waits whatever anybody wants, while there is a journal.
    pub(super) async fn wait_through(&self, length: Duration) -> Result<(), Halt> {
        tokio::select! {
            biased;
            () = self.control.broken() => Err(Halt::Broken),
            () = self.surroundings.clock.sleep(length) => Ok(()),
        }
    }

    pub(super) fn judge_guards(&self, guards: &[GuardName], plan: &Plan) -> Vec<GuardReport> {
        let overrides = self.recorder().state.overrides.clone();
        let session = self.session_now(guards);
        let snapshot = self.sight.snapshot();
        let findings = self.sight.findings();
        let assessment = self.sight.assess(&snapshot);
        let situation = Situation {
            deployment: &self.surroundings.deployment,
            snapshot: &snapshot,
            findings: &findings,
            assessment: &assessment,
            tempo: Tempo::Fast,
            now: self.now(),
            plan,
            session: &session,
        };
        guards::judge_all(guards, &situation, &overrides)
    }

    /// A second person may have approved what this run has become since it began.
    fn session_now(&self, guards: &[GuardName]) -> Session {
        let mut session = self.session.clone();
        if guards.contains(&GuardName::SecondPerson) {
            match approvals(&*self.surroundings.journal, &self.surroundings.deployment.name) {
                Ok(approvals) => session.approvals = approvals,
                Err(error) => tracing::warn!(%error, "what second persons approved since could not be read"),
            }
        }
        session
    }

    pub(super) fn canary_view(&self) -> CanaryView {
        super::canary::view(&self.recorder().memory, &self.surroundings.deployment)
    }

    /// Runs to the end, the stop or the failure, hearing orders all the while.
    pub(super) async fn conduct(&self, orders: mpsc::Receiver<Order>) -> Result<RunState, RunError> {
        self.beside_orders(orders, self.work()).await
    }

    /// The same for a run that is given up.
    pub(super) async fn conduct_abort(&self, orders: mpsc::Receiver<Order>) -> Result<RunState, RunError> {
        self.beside_orders(orders, self.give_up()).await
    }

    pub(super) async fn beside_orders(
        &self,
        orders: mpsc::Receiver<Order>,
        work: impl Future<Output = Result<(), Halt>> + Send,
    ) -> Result<RunState, RunError> {
        let ended = tokio::select! {
            biased;
            ended = work => ended,
            never = self.listen(orders) => match never {},
        };
        let broken = self.recorder().take_error();
        match (ended, broken) {
            (_, Some(error)) => Err(error),
            (Ok(()) | Err(_), None) => Ok(self.state()),
        }
    }

    async fn work(&self) -> Result<(), Halt> {
        if self.recorder().memory.is_undoing {
            return self.give_up().await;
        }
        let followed = tokio::select! {
            biased;
            followed = self.follow_and_judge() => followed,
            never = self.write_canaries() => match never {},
            never = self.watch_for_effects() => match never {},
        };
        match followed {
            Ok(failing) => self.finish(failing).await,
            Err(Halt::Stopped(reason)) => self.stop(reason),
            Err(Halt::Abort) => self.give_up().await,
            // An order to go unplanned is taken where the plan is followed, so none is left here.
            Err(Halt::Unplanned) => self.stop("it was to become unplanned".to_owned()),
            Err(Halt::Broken) => Err(Halt::Broken),
        }
    }

    async fn listen(&self, mut orders: mpsc::Receiver<Order>) -> Infallible {
        while let Some(order) = orders.recv().await {
            // What cannot be recorded has broken the run, and its parts know.
            if self.take(order).is_err() {
                break;
            }
        }
        self.control.close();
        std::future::pending().await
    }

    fn take(&self, order: Order) -> Result<(), Halt> {
        let by = self.surroundings.operator.clone();
        match order {
            Order::Pause if !self.recorder().state.paused => {
                self.record(&RunEvent::Paused { by })?;
                self.control.pause(true);
            }
            Order::Resume if self.recorder().state.paused => {
                self.record(&RunEvent::Resumed { by })?;
                self.control.pause(false);
            }
            Order::Pause | Order::Resume => {}
            Order::Answer { step, question, answer } => {
                if self.is_asked(&step, &question, &answer) {
                    self.control.answer(step, question, answer);
                } else {
                    tracing::warn!(%step, "an answer came to no question");
                }
            }
            Order::Approve(approval) => {
                let is_asked_for = self.recorder().state.approves.as_ref() == Some(approval.hash());
                if is_asked_for {
                    self.control.approve(approval);
                } else {
                    tracing::warn!(plan = approval.hash().short(), "an approval came of another plan");
                }
            }
            Order::Abort => {
                self.record(&RunEvent::GivenUp { by })?;
                self.control.abort();
            }
            Order::GoUnplanned => match self.plan().mode {
                Mode::Planned => {
                    self.note("a person wants it to go on unplanned")?;
                    self.control.go_unplanned(true);
                }
                Mode::Unplanned => self.note("it is unplanned already")?,
            },
            Order::Note(text) => self.note(text)?,
        }
        Ok(())
    }

    /// Whether this is the question that is open, and one that may be answered so.
    fn is_asked(&self, step: &StepId, question: &str, answer: &Answer) -> bool {
        let recorder = self.recorder();
        let is_open = recorder.state.question.as_ref().is_some_and(|(asked, text)| asked == step && text == question);
        is_open && recorder.state.asks().is_some_and(|asks| asks.takes(answer))
    }

    /// To the end of every step, and of a drill until its effect was felt: what clients feel of it, only canaries tell.
    /// Why it failed all the same, where it did.
    async fn follow_and_judge(&self) -> Result<Vec<String>, Halt> {
        let is_served = self.follow_plan().await?;
        let mut failing: Vec<String> = self.judge_drill().await?.into_iter().collect();
        if is_served == Some(false) {
            failing.push("no client was seen to be served after the last change".to_owned());
        }
        Ok(failing)
    }

    /// Whether clients were seen to be served at the end; `None` where nobody can know.
    async fn follow_plan(&self) -> Result<Option<bool>, Halt> {
        loop {
            match self.follow_as_planned().await {
                Err(Halt::Unplanned) => self.go_unplanned().await?,
                ended => return ended,
            }
        }
    }

    /// From wherever the plan stands to its end, or to an order that changes it.
    async fn follow_as_planned(&self) -> Result<Option<bool>, Halt> {
        self.lay_baseline().await?;
        while self.next_group().await? {}
        self.restore_what_was_forgotten().await?;
        self.await_recovery().await
    }

    /// Carries out the first group that is not over; `false` when all are.
    async fn next_group(&self) -> Result<bool, Halt> {
        self.control.pass().await?;
        if !self.is_approved() {
            self.ask_for_approval().await?;
        }
        let steps = self.open_steps();
        if steps.is_empty() {
            return Ok(false);
        }
        let turns = Turns::new(&steps, |id| self.is_over(id));
        let ended = join_all(steps.iter().map(|step| self.carry_out_in_turn(step, &turns))).await;
        let has_moved = ended.contains(&Ok(Passed::Over));
        let halts = ended.into_iter().filter_map(Result::err);
        match halts.max() {
            Some(halt) => Err(halt),
            None if has_moved => Ok(true),
            None => Err(Halt::Stopped("what is left of the plan waits for what will not happen".to_owned())),
        }
    }

    /// Once those that it waits for are over; not at all where one of them is not.
    async fn carry_out_in_turn(&self, step: &Step, turns: &Turns) -> Result<Passed, Halt> {
        let ended = match turns.come(step, &self.control).await {
            Ok(Passed::Over) => self.carry_out(step).await.map(|()| Passed::Over),
            Ok(Passed::Barred) => Ok(Passed::Barred),
            Err(halt) => Err(halt),
        };
        turns.tell(&step.id, ended.clone().unwrap_or(Passed::Barred));
        ended
    }

    /// Whether who waits for this step may begin.
    fn is_over(&self, id: &StepId) -> bool {
        let recorder = self.recorder();
        let may_fail = || recorder.state.plan.step(id).is_some_and(|step| step.optional);
        match recorder.state.status(id) {
            StepStatus::Done | StepStatus::Skipped => true,
            StepStatus::Failed => may_fail(),
            StepStatus::Pending | StepStatus::Begun | StepStatus::Undone => false,
        }
    }

    fn open_steps(&self) -> Vec<Step> {
        let recorder = self.recorder();
        let is_open = |step: &&Step| match recorder.state.status(&step.id) {
            StepStatus::Pending | StepStatus::Begun => true,
            StepStatus::Failed => !step.optional,
            StepStatus::Done | StepStatus::Skipped | StepStatus::Undone => false,
        };
        let open = |group: &[Step]| -> Vec<Step> { group.iter().filter(is_open).cloned().collect() };
        recorder.state.plan.groups().map(open).find(|steps| !steps.is_empty()).unwrap_or_default()
    }

    pub(super) fn is_approved(&self) -> bool {
        let recorder = self.recorder();
        recorder.memory.approved.contains(&recorder.state.hash)
    }
}
