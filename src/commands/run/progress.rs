//! A run's entries as lines for people, as they come: what began, how it went against what was expected, what is asked.
//! It is told every entry, in order, and prints nothing itself.

use std::collections::{BTreeMap, VecDeque};

use lifeboat_model::guard::GuardReport;
use lifeboat_model::plan::{Plan, Step, StepId};
use lifeboat_model::run::{
    Answer, Entry, Found, LedgerItem, Measured, Operator, RunEvent, RunOutcome, StepOutcome, TrueLoss,
};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::time::{Duration, Timestamp, age};
use lifeboat_model::wording::span;

use super::tree::Watch;
use crate::commands::plan::words;

/// As many canaries as the strip shows.
const STRIP: usize = 24;

/// What is known of the run so far.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    plan: Option<Plan>,
    began: BTreeMap<StepId, Timestamp>,
    /// The newest canaries: whether each was acknowledged.
    strip: VecDeque<bool>,
}

impl Progress {
    /// For a run that is gone on with: what happened before is known, and not told again.
    pub(crate) fn after(entries: &[Entry]) -> Self {
        let mut progress = Self::default();
        for entry in entries {
            progress.tell(entry);
        }
        progress.began.clear();
        progress
    }

    fn step(&self, id: &StepId) -> Option<&Step> {
        self.plan.as_ref().and_then(|plan| plan.step(id))
    }

    fn title<'a>(&'a self, id: &'a StepId) -> &'a str {
        self.step(id).map_or(id.as_str(), |step| step.title.as_str())
    }

    /// The lines that an entry is worth; often none.
    pub(crate) fn tell(&mut self, entry: &Entry) -> Vec<String> {
        let said = self.said(entry);
        let at = entry.at.strftime("%H:%M:%S");
        said.into_iter().map(|line| format!("{at}  {line}")).collect()
    }

    fn said(&mut self, entry: &Entry) -> Vec<String> {
        match &entry.event {
            RunEvent::RunStarted { plan, hash, by, .. } => {
                self.plan = Some(plan.as_ref().clone());
                vec![format!("run {} begun by {}, plan {}", entry.run, name(by), hash.short())]
            }
            RunEvent::Approved { by, hash, .. } => vec![format!("approved by {}, plan {}", name(by), hash.short())],
            RunEvent::Overridden { guard, reason, .. } => vec![format!("guard {guard} overridden: {reason}")],
            RunEvent::GuardsJudged { step, reports } => self.judged(step.as_ref(), reports),
            RunEvent::StepStarted { step, attempt } => vec![self.begun(step, *attempt, entry.at)],
            // That there was nothing to clear away is no trouble.
            RunEvent::CallEnded { outcome: Err(error), .. } if error.found_nothing_to_delete() => Vec::new(),
            RunEvent::CallEnded { step, outcome: Err(error), .. } => vec![format!("  {}: {error}", self.title(step))],
            RunEvent::CallProbed { step, found, .. } => {
                vec![format!("  {}: {}", self.title(step), found_in_words(found))]
            }
            RunEvent::StepEnded { step, outcome, elapsed } => vec![self.ended(step, outcome, *elapsed)],
            RunEvent::StepUndoStarted { step } => vec![format!("undoing: {}", self.title(step))],
            RunEvent::UndoCallEnded { step, outcome: Err(error), .. } => {
                vec![format!("  undoing {}: {error}", self.title(step))]
            }
            RunEvent::StepUndone { step } => vec![format!("undone: {}", self.title(step))],
            RunEvent::LedgerOpened { item } => vec![format!("  to be put back: {}", item.what)],
            RunEvent::LedgerClosed { step } => vec![format!("  put back: {}", self.title(step))],
            RunEvent::LedgerKept { step, reason } => vec![format!("  NOT put back: {}: {reason}", self.title(step))],
            RunEvent::CanaryWritten { outcome, .. } => self.canary(outcome.as_ref().err()),
            RunEvent::CanariesSought { store, missing, unknown, found } => vec![format!(
                "canaries in {}: {} found, {} missing, {} not known",
                words::store_name(*store),
                found.len(),
                missing.len(),
                unknown.len()
            )],
            RunEvent::FaultObserved { what } => vec![format!("the fault is seen: {what}")],
            RunEvent::Question { text, .. } => vec![format!("QUESTION  {text}")],
            RunEvent::Answered { answer, by, .. } => {
                vec![format!("answered by {}: {}", name(by), answer_in_words(answer))]
            }
            RunEvent::Paused { by } => vec![format!("paused by {}: what is begun is finished first", name(by))],
            RunEvent::Resumed { by } => vec![format!("gone on with by {}", name(by))],
            RunEvent::GivenUp { by } => {
                // No stack is deleted because a run was given up.
                let makes_stacks = self.plan.as_ref().is_some_and(|plan| plan.build.is_some());
                let what = if makes_stacks {
                    "what stands stays, and `lifeboat up` or `lifeboat down` goes on from there"
                } else {
                    "what was done is taken back, last first"
                };
                vec![format!("given up by {}: {what}", name(by))]
            }
            RunEvent::ModeChanged { mode, plan, hash, by } => {
                self.plan = Some(plan.as_ref().clone());
                vec![
                    format!("{} from here on, by {}: plan {}", words::mode(*mode), name(by), hash.short()),
                    format!("  lost by it: {}", words::loss_in_short(plan)),
                ]
            }
            RunEvent::Noted { text, .. } => vec![format!("note: {text}")],
            RunEvent::IncidentDeclared { text, .. } => vec![format!("incident declared: {text}")],
            RunEvent::IncidentClosed { text, .. } => vec![format!("incident closed: {text}")],
            RunEvent::AccessRaised { by, .. } => vec![format!("access raised by {}", name(by))],
            RunEvent::AccessLowered { by, .. } => vec![format!("the access of {} ended", name(by))],
            RunEvent::RunEnded { outcome, reason, measured, truth, ledger } => {
                self.began.clear();
                let mut lines = vec![ending(*outcome, reason.as_deref())];
                let of_stacks = |plan: &Plan| {
                    plan.build.is_some() || plan.steps.iter().all(|step| step.kind == StepKind::DetectDrift)
                };
                // Clients have no part in it.
                if !self.plan.as_ref().is_some_and(of_stacks) {
                    lines.extend(measurement(measured, truth.as_ref()));
                }
                lines.extend(ledger.iter().map(still_there));
                lines
            }
            RunEvent::CallStarted { .. }
            | RunEvent::CallEnded { outcome: Ok(_), .. }
            | RunEvent::UndoCallStarted { .. }
            | RunEvent::UndoCallEnded { outcome: Ok(_), .. } => Vec::new(),
        }
    }

    fn judged(&self, step: Option<&StepId>, reports: &[GuardReport]) -> Vec<String> {
        let refusing: Vec<&str> =
            reports.iter().filter(|report| !report.allows()).map(|report| report.guard.as_str()).collect();
        let of = step.map_or_else(String::new, |step| format!(" of {}", self.title(step)));
        match (refusing.is_empty(), step) {
            (true, None) => vec![format!("{} guards let it run", reports.len())],
            (true, Some(_)) => Vec::new(),
            (false, _) => vec![format!("refused by the guards{of}: {}", refusing.join(", "))],
        }
    }

    fn begun(&mut self, step: &StepId, attempt: u32, at: Timestamp) -> String {
        self.began.insert(step.clone(), at);
        let again = if attempt > 1 { format!(", attempt {attempt}") } else { String::new() };
        let expected =
            self.step(step).and_then(|step| step.expected).map(|length| format!(", expected {}", span(length)));
        format!("> {}{}{again}", self.title(step), expected.unwrap_or_default())
    }

    fn ended(&mut self, step: &StepId, outcome: &StepOutcome, elapsed: Duration) -> String {
        self.began.remove(step);
        let expected = self.step(step).and_then(|step| step.expected);
        let against = expected.map_or_else(String::new, |expected| format!(" (expected {})", span(expected)));
        match outcome {
            StepOutcome::Done => format!("done: {}, {}{against}", self.title(step), span(elapsed)),
            StepOutcome::Failed { reason } => {
                format!("FAILED: {}, after {}: {reason}", self.title(step), span(elapsed))
            }
            StepOutcome::Skipped { reason } => format!("skipped: {}: {reason}", self.title(step)),
        }
    }

    /// Told when writes begin to fail and when they succeed again, not each.
    fn canary(&mut self, failure: Option<&String>) -> Vec<String> {
        let before = self.strip.back().copied();
        self.strip.push_back(failure.is_none());
        while self.strip.len() > STRIP {
            self.strip.pop_front();
        }
        match (before, failure) {
            (None | Some(true), Some(why)) => vec![format!("clients cannot write: {why}")],
            (Some(false), None) => vec!["clients can write again".to_owned()],
            (None | Some(true), None) | (Some(false), Some(_)) => Vec::new(),
        }
    }

    /// The stacks that are under way, as a block that is drawn over; `None` for a run of anything else.
    pub(super) fn stacks(&self, watch: &Watch, now: Timestamp) -> Option<Vec<String>> {
        let plan = self.plan.as_ref().filter(|plan| plan.build.is_some())?;
        Some(watch.lines(plan, &self.began, now))
    }

    /// One line that is drawn over: the canaries, and what is under way for how long.
    pub(crate) fn status(&self, now: Timestamp) -> String {
        let strip: String = self.strip.iter().map(|good| if *good { '.' } else { '!' }).collect();
        let under_way: Vec<String> = self
            .began
            .iter()
            .map(|(step, at)| {
                let expected = self.step(step).and_then(|step| step.expected);
                let of = expected.map_or_else(String::new, |expected| format!(" of {}", span(expected)));
                format!("{} {}{of}", self.title(step), span(Duration::from_secs(age(now, *at).as_secs())))
            })
            .collect();
        match (strip.is_empty(), under_way.is_empty()) {
            (true, _) => under_way.join(" | "),
            (false, true) => format!("clients {strip}"),
            (false, false) => format!("clients {strip}  {}", under_way.join(" | ")),
        }
    }
}

pub(crate) fn name(by: &Operator) -> String {
    match &by.arn {
        Some(arn) => format!("{} ({arn})", by.user),
        None => by.user.clone(),
    }
}

fn found_in_words(found: &Found) -> String {
    match found {
        Found::Happened => "it has happened".to_owned(),
        Found::DidNotHappen => "it has not happened".to_owned(),
        Found::UnderWay => "it is under way".to_owned(),
        Found::CannotTell { reason } => format!("whether it has happened cannot be told: {reason}"),
    }
}

fn answer_in_words(answer: &Answer) -> String {
    match answer {
        Answer::Yes => "yes".to_owned(),
        Answer::No => "no".to_owned(),
        Answer::Retry => "retry".to_owned(),
        Answer::Skip { reason } => format!("skip, {reason}"),
        Answer::Abort => "abort".to_owned(),
    }
}

fn ending(outcome: RunOutcome, reason: Option<&str>) -> String {
    let word = outcome.as_str().to_uppercase();
    reason.map_or_else(|| word.clone(), |reason| format!("{word}: {reason}"))
}

fn measurement(measured: &Measured, truth: Option<&TrueLoss>) -> Vec<String> {
    let truth = measured.beside(truth);
    let rto = match (measured.rto, measured.rto_at_least) {
        (Some(rto), _) => span(rto),
        (None, Some(least)) => format!("at least {}: the outage was not seen whole", span(least)),
        (None, None) => measured.not_measured(),
    };
    let really = truth.map_or_else(String::new, |truth| format!(" (in truth {})", span(truth.rto)));
    let mut lines = vec![format!("  RTO {rto}{really}")];
    for (store, loss) in &measured.rpo {
        let lost = loss.map_or_else(|| "not measured".to_owned(), span);
        let really =
            truth.and_then(|truth| truth.rpo.get(store)).map(|really| format!(" (in truth {})", span(*really)));
        lines.push(format!("  RPO of {} {lost}{}", words::store_name(*store), really.unwrap_or_default()));
    }
    lines
}

fn still_there(item: &LedgerItem) -> String {
    format!("  still to be put back: {}", item.what)
}

#[cfg(test)]
mod tests {
    use lifeboat_model::run::RunId;

    use super::*;
    use crate::commands::plan::example;

    fn entry(event: RunEvent) -> Entry {
        Entry {
            sequence: 1,
            run: RunId::new("r"),
            deployment: "d".into(),
            at: Timestamp::UNIX_EPOCH,
            event,
            previous: String::new(),
            hash: String::new(),
        }
    }

    fn begun() -> Progress {
        let plan = example::failover();
        let by = Operator { arn: None, user: "ann".to_owned(), host: "h".to_owned(), process: 1 };
        let hash = plan.hash();
        let event = RunEvent::RunStarted { plan: Box::new(plan), hash, by, reality: None, incident_began_at: None };
        Progress::after(&[entry(event)])
    }

    #[test]
    fn a_step_is_told_with_what_it_took_and_what_was_expected() {
        let mut progress = begun();
        let step = StepId::new("aurora-failover-2");
        let started = progress.tell(&entry(RunEvent::StepStarted { step: step.clone(), attempt: 1 }));
        assert_eq!(started, ["00:00:00  > Promote aurora-dr-dev in us-east-2, expected 60 s"]);
        assert!(progress.status(Timestamp::UNIX_EPOCH).contains("of 60 s"));
        let elapsed = Duration::from_secs(71);
        let done = progress.tell(&entry(RunEvent::StepEnded { step, outcome: StepOutcome::Done, elapsed }));
        assert_eq!(done, ["00:00:00  done: Promote aurora-dr-dev in us-east-2, 71 s (expected 60 s)"]);
        assert_eq!(progress.status(Timestamp::UNIX_EPOCH), "");
    }

    #[test]
    fn who_gives_up_is_told_what_becomes_of_what_was_done() {
        let by = Operator { arn: None, user: "ann".to_owned(), host: "h".to_owned(), process: 1 };
        let given_up = || entry(RunEvent::GivenUp { by: by.clone() });
        let mut progress = begun();
        assert_eq!(progress.tell(&given_up()), ["00:00:00  given up by ann: what was done is taken back, last first"]);
        progress.plan.as_mut().unwrap().build = Some(example::build());
        let said = progress.tell(&given_up());
        assert!(said[0].contains("what stands stays") && !said[0].contains("taken back"), "{said:?}");
    }

    #[test]
    fn an_outage_is_told_at_its_beginning_and_its_end() {
        let mut progress = begun();
        let mut write = |outcome: Result<Timestamp, String>| {
            let (nonce, sent_at) = ("n".to_owned(), Timestamp::UNIX_EPOCH);
            progress.tell(&entry(RunEvent::CanaryWritten { nonce, sent_at, outcome })).len()
        };
        let (good, bad) = (Ok(Timestamp::UNIX_EPOCH), Err("refused".to_owned()));
        let told: Vec<usize> = [&good, &bad, &bad, &good, &good].into_iter().map(|one| write(one.clone())).collect();
        assert_eq!(told, [0, 1, 0, 1, 0]);
        assert_eq!(progress.status(Timestamp::UNIX_EPOCH), "clients .!!..");
    }
}
