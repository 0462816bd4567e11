//! From entries to a report: one walk over what happened. Lenient where the fold over a run is strict: a report of a
//! run that contradicts itself must still be made, and says so.

use lifeboat_model::call::{Call, Receipt};
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::objective::Objectives;
use lifeboat_model::plan::{Plan, Step, StepId};
use lifeboat_model::rules::aws_cli;
use lifeboat_model::run::{
    Entry, Found, LedgerItem, Malformed, Measured, RunEvent, RunState, StepOutcome, StepStatus, TrueLoss,
};
use lifeboat_model::time::{Duration, Timestamp, age};

use super::words::{found_words, words};
use super::{
    Against, Answered, Approved, CallTold, Canaries, Canary, Chain, Ending, Evidence, Fault, GuardTold, LedgerState,
    LedgerTold, Moment, NoReport, Override, Phases, Question, REPORT_VERSION, Report, Sought, StepTold,
};

pub(super) fn read(entries: &[Entry]) -> Result<Report, NoReport> {
    let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return Err(NoReport::Empty) };
    let mut report = begin(first, last, entries)?;
    let mut plan = match &first.event {
        RunEvent::RunStarted { plan, .. } => plan.as_ref(),
        other => return Err(NoReport::NoBeginning(other.name())),
    };
    let mut end: Option<(&Measured, Option<&TrueLoss>)> = None;
    for entry in entries {
        report.take(entry);
        if let RunEvent::ModeChanged { plan: next, .. } = &entry.event {
            plan = next.as_ref();
        }
        if let RunEvent::RunEnded { measured, truth, .. } = &entry.event {
            end = Some((measured, truth.as_ref()));
        }
        if let RunEvent::Resumed { .. } = &entry.event {
            // What was measured when it stopped is measured anew when it ends.
            end = None;
        }
        if let Some(text) = words(&entry.event, plan, &report.canaries) {
            let (at, offset) = (entry.at, report.offset(entry.at));
            let event = entry.event.name();
            report.timeline.push(Moment { sequence: entry.sequence, at, offset, event, text });
        }
    }
    report.canaries.put_in_order();
    report.measure(plan, end);
    Ok(report)
}

fn begin(first: &Entry, last: &Entry, entries: &[Entry]) -> Result<Report, NoReport> {
    let RunEvent::RunStarted { plan, hash, by, reality, incident_began_at } = &first.event else {
        return Err(NoReport::NoBeginning(first.event.name()));
    };
    Ok(Report {
        version: REPORT_VERSION,
        run: first.run.clone(),
        deployment: first.deployment.clone(),
        account: plan.account.clone(),
        runbook: plan.runbook.clone(),
        mode: plan.mode,
        drill: plan.drill,
        reality: reality.clone(),
        from: plan.from.clone(),
        to: plan.to.clone(),
        plan_hash: hash.clone(),
        plan_notes: plan.notes.clone(),
        started_by: by.clone(),
        approvals: Vec::new(),
        started_at: first.at,
        incident_began_at: *incident_began_at,
        last_at: last.at,
        ending: Ending { outcome: None, reason: None },
        length: age(last.at, first.at),
        predicted_length: plan.predicted.length,
        build: plan.build.clone(),
        rto: Against::default(),
        no_rto: None,
        rpo: std::collections::BTreeMap::new(),
        phases: Phases::default(),
        canaries: Canaries::default(),
        steps: plan.steps.iter().map(StepTold::planned).collect(),
        guards: Vec::new(),
        overrides: Vec::new(),
        faults: Vec::new(),
        questions: Vec::new(),
        ledger: Vec::new(),
        timeline: Vec::new(),
        incidents: Vec::new(),
        notes: Vec::new(),
        evidence: Evidence {
            entries: entries.len(),
            first_sequence: first.sequence,
            last_sequence: last.sequence,
            first_hash: first.hash.clone(),
            last_hash: last.hash.clone(),
            contradiction: contradiction(entries),
            chain: Chain::NotVerified,
        },
    })
}

/// What of the entries no run can have done, with the sequence at which it shows.
fn contradiction(entries: &[Entry]) -> Option<String> {
    let (first, rest) = entries.split_first()?;
    let at = |entry: &Entry, error: &Malformed| format!("entry {}: {error}", entry.sequence);
    let mut state = match RunState::begin(first) {
        Ok(state) => state,
        Err(error) => return Some(at(first, &error)),
    };
    let mut before = first.sequence;
    for entry in rest {
        if entry.sequence <= before || entry.run != first.run {
            return Some(format!("entry {} does not belong after entry {before}", entry.sequence));
        }
        before = entry.sequence;
        if let Err(error) = state.apply(&entry.event, entry.at) {
            return Some(at(entry, &error));
        }
    }
    None
}

impl StepTold {
    fn planned(step: &Step) -> Self {
        Self {
            id: step.id.clone(),
            kind: step.kind,
            title: step.title.clone(),
            group: step.group,
            status: StepStatus::Pending,
            attempts: 0,
            reason: None,
            started: None,
            expected: step.expected,
            expected_basis: step.expected_basis.clone(),
            actual: None,
            optional: step.optional,
            inject: step.inject,
            calls: Vec::new(),
        }
    }
}

impl Report {
    pub(super) fn offset(&self, at: Timestamp) -> Duration {
        age(at, self.started_at)
    }

    fn step(&mut self, id: &StepId) -> Option<&mut StepTold> {
        self.steps.iter_mut().find(|step| step.id == *id)
    }

    fn take(&mut self, entry: &Entry) {
        let (at, offset) = (entry.at, self.offset(entry.at));
        match &entry.event {
            RunEvent::RunStarted { .. }
            | RunEvent::Paused { .. }
            | RunEvent::GivenUp { .. }
            | RunEvent::Noted { .. }
            | RunEvent::IncidentDeclared { .. }
            | RunEvent::IncidentClosed { .. }
            | RunEvent::AccessRaised { .. }
            | RunEvent::AccessLowered { .. }
            | RunEvent::StepUndoStarted { .. } => {}
            RunEvent::Approved { by, hash, phrase } => {
                let approved = Approved { by: by.clone(), at, plan_hash: hash.clone(), typed: phrase.clone() };
                self.approvals.push(approved);
            }
            RunEvent::Overridden { guard, reason, by } => {
                self.overrides.push(Override { offset, guard: *guard, reason: reason.clone(), by: by.clone() });
            }
            RunEvent::GuardsJudged { step, reports } => {
                let told = |report: &_| GuardTold { offset, step: step.clone(), report: Clone::clone(report) };
                self.guards.extend(reports.iter().map(told));
            }
            RunEvent::StepStarted { step, attempt } => {
                self.ending = Ending { outcome: None, reason: None };
                if let Some(step) = self.step(step) {
                    step.status = StepStatus::Begun;
                    step.attempts = *attempt;
                    step.reason = None;
                    step.started = Some(offset);
                }
            }
            RunEvent::CallStarted { step, index, call } => self.call_started(step, *index, call, offset, false),
            RunEvent::UndoCallStarted { step, index, call } => self.call_started(step, *index, call, offset, true),
            RunEvent::CallEnded { step, index, outcome } => self.call_ended(step, *index, outcome, offset, false),
            RunEvent::UndoCallEnded { step, index, outcome } => self.call_ended(step, *index, outcome, offset, true),
            RunEvent::CallProbed { step, index, found } => self.call_probed(step, *index, found),
            RunEvent::StepEnded { step, outcome, elapsed } => self.step_ended(step, outcome, *elapsed),
            RunEvent::StepUndone { step } => {
                for item in self.ledger.iter_mut().filter(|item| item.step == *step) {
                    item.state = LedgerState::Undone;
                }
                if let Some(step) = self.step(step) {
                    step.status = StepStatus::Undone;
                }
            }
            RunEvent::LedgerOpened { item } => self.ledger.push(LedgerTold::opened(item)),
            RunEvent::LedgerClosed { step } => self.ledger_is(step, &LedgerState::Restored),
            RunEvent::LedgerKept { step, reason } => {
                self.ledger_is(step, &LedgerState::Kept { reason: reason.clone() });
            }
            RunEvent::CanaryWritten { nonce, sent_at, outcome } => self.canary(nonce, *sent_at, outcome),
            RunEvent::CanariesSought { store, found, missing, unknown } => {
                let sought =
                    Sought { store: *store, found: found.len(), missing: missing.clone(), unknown: unknown.len() };
                self.canaries.sought.retain(|before| before.store != *store);
                self.canaries.sought.push(sought);
            }
            RunEvent::FaultObserved { what } => self.faults.push(Fault { offset, what: what.clone() }),
            RunEvent::Question { step, text, .. } => {
                self.questions.push(Question { offset, step: step.clone(), text: text.clone(), answer: None });
            }
            RunEvent::Answered { step, answer, by } => {
                let open = |question: &&mut Question| question.step == *step && question.answer.is_none();
                if let Some(question) = self.questions.iter_mut().rev().find(open) {
                    let after = offset.saturating_sub(question.offset);
                    question.answer = Some(Answered { answer: answer.clone(), by: by.clone(), after });
                }
            }
            RunEvent::Resumed { .. } => self.ending = Ending { outcome: None, reason: None },
            RunEvent::ModeChanged { mode, plan, hash, .. } => {
                self.mode = *mode;
                self.plan_hash = hash.clone();
                self.replan(plan);
            }
            RunEvent::RunEnded { outcome, reason, .. } => {
                self.ending = Ending { outcome: Some(*outcome), reason: reason.clone() };
            }
        }
    }

    /// What was done under the plan before stays; what was only planned goes.
    fn replan(&mut self, plan: &Plan) {
        self.plan_notes.clone_from(&plan.notes);
        self.predicted_length = plan.predicted.length;
        self.steps.retain(|told| told.attempts > 0 || told.status != StepStatus::Pending);
        for step in &plan.steps {
            match self.steps.iter_mut().find(|told| told.id == step.id) {
                Some(told) => told.group = step.group,
                None => self.steps.push(StepTold::planned(step)),
            }
        }
    }

    fn call_started(&mut self, step: &StepId, index: usize, call: &Call, offset: Duration, undo: bool) {
        let Some(step) = self.step(step) else { return };
        step.calls.push(CallTold {
            attempt: step.attempts,
            index,
            undo,
            operation: call.operation().to_owned(),
            endpoint_region: call.endpoint_region(),
            command: aws_cli::posix(&aws_cli::command(call)),
            started: offset,
            took: None,
            accepted: None,
            needless: false,
            request_id: None,
            said: None,
            found: None,
        });
    }

    fn newest_call(&mut self, step: &StepId, index: usize, undo: bool) -> Option<&mut CallTold> {
        self.step(step)?.calls.iter_mut().rev().find(|call| call.index == index && call.undo == undo)
    }

    fn call_ended(
        &mut self,
        step: &StepId,
        index: usize,
        outcome: &Result<Receipt, CloudError>,
        offset: Duration,
        undo: bool,
    ) {
        let Some(call) = self.newest_call(step, index, undo) else { return };
        call.took = Some(offset.saturating_sub(call.started));
        call.accepted = Some(outcome.is_ok());
        match outcome {
            Ok(receipt) => {
                call.request_id.clone_from(&receipt.request_id);
                call.said.clone_from(&receipt.detail);
            }
            Err(error) => {
                call.request_id.clone_from(&error.request_id);
                call.said = Some(error.to_string());
                call.needless = error.found_nothing_to_delete();
            }
        }
    }

    fn call_probed(&mut self, step: &StepId, index: usize, found: &Found) {
        if let Some(call) = self.newest_call(step, index, false) {
            call.found = Some(found_words(found));
        }
    }

    fn step_ended(&mut self, step: &StepId, outcome: &StepOutcome, elapsed: Duration) {
        let Some(step) = self.step(step) else { return };
        (step.status, step.reason) = match outcome {
            StepOutcome::Done => (StepStatus::Done, None),
            StepOutcome::Failed { reason } => (StepStatus::Failed, Some(reason.clone())),
            StepOutcome::Skipped { reason } => (StepStatus::Skipped, Some(reason.clone())),
        };
        // What was skipped before it began took no time.
        step.actual = step.started.map(|_| elapsed);
    }

    fn ledger_is(&mut self, step: &StepId, state: &LedgerState) {
        for item in self.ledger.iter_mut().filter(|item| item.step == *step) {
            item.state = state.clone();
        }
    }

    fn canary(&mut self, nonce: &str, sent_at: Timestamp, outcome: &Result<Timestamp, String>) {
        let offset = self.offset(sent_at);
        let canaries = &mut self.canaries;
        canaries.written += 1;
        let (acknowledged_after, failure) = match outcome {
            Ok(at) => (Some(age(*at, sent_at)), None),
            Err(why) => (None, Some(why.clone())),
        };
        canaries.failed += u64::from(failure.is_some());
        canaries.strip.push(Canary { nonce: nonce.to_owned(), offset, acknowledged_after, failure });
    }

    fn measure(&mut self, plan: &Plan, end: Option<(&Measured, Option<&TrueLoss>)>) {
        let objectives: &Objectives = &plan.objectives;
        let (measured, truth) = end.unzip();
        let truth = measured.and_then(|measured| measured.beside(truth.flatten()));
        self.no_rto = measured.and_then(Measured::why_no_rto);
        self.rto = Against {
            predicted: plan.predicted.rto,
            truth: truth.map(|truth| truth.rto),
            truth_longest: truth.map(|truth| truth.rto_longest),
            at_least: measured.and_then(|measured| measured.rto_at_least),
            ..Against::new(measured.and_then(|measured| measured.rto), objectives.rto)
        };
        if self.rto.at_least.zip(self.rto.objective).is_some_and(|(least, objective)| least > objective) {
            self.rto.met = Some(false);
        }
        let stores = measured.iter().flat_map(|measured| measured.rpo.keys()).chain(plan.predicted.rpo.keys());
        let stores = stores.chain(truth.iter().flat_map(|truth| truth.rpo.keys()));
        for store in stores {
            let lost = measured.and_then(|measured| measured.rpo.get(store).copied().flatten());
            let against = Against {
                predicted: plan.predicted.rpo.get(store).copied().flatten(),
                truth: truth.and_then(|truth| truth.rpo.get(store).copied()),
                ..Against::new(lost, objectives.rpo_of(*store))
            };
            self.rpo.insert(*store, against);
        }
        if let Some(phases) = measured.map(|measured| measured.phases) {
            self.phases = Phases {
                detection: phases.detection,
                decision: phases.decision,
                execution: phases.execution,
                verification: phases.verification,
            };
        }
    }
}

impl Canaries {
    /// Their ends overtake one another; clients know when they asked.
    fn put_in_order(&mut self) {
        self.strip.sort_by_key(|canary| canary.offset);
        self.first_failed = self.strip.iter().find(|canary| canary.failure.is_some()).map(|canary| canary.offset);
        let is_good_after = |canary: &&Canary| canary.failure.is_none() && Some(canary.offset) > self.first_failed;
        let good_after = self.strip.iter().find(is_good_after).map(|canary| canary.offset);
        self.first_good_after = self.first_failed.and(good_after);
    }
}

impl LedgerTold {
    fn opened(item: &LedgerItem) -> Self {
        let commands: Vec<Vec<String>> = item.restore.iter().flat_map(aws_cli::command).collect();
        Self {
            step: item.step.clone(),
            what: item.what.clone(),
            state: LedgerState::Open,
            restore: aws_cli::posix(&commands),
        }
    }
}
