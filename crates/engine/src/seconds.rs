//! The word of a second person for a plan that somebody else executes, or is to. Who counts as another is decided here and
//! by the guard, from what AWS calls them; whoever carries the word decides nothing.

use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::{Plan, PlanHash};
use lifeboat_model::run::{Entry, Malformed, Operator, RunEvent, RunId, RunState};
use lifeboat_model::time::Timestamp;

use crate::approval::{Approval, NotApproved};
use crate::guards::{NotASecond, may_be_second};
use crate::journal::{self, Journal, JournalError};

/// Why the word was not taken. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum CannotSecond {
    #[error(transparent)]
    NotApproved(#[from] NotApproved),
    #[error(transparent)]
    NotASecond(#[from] NotASecond),
    #[error("the journal has no run {0} that waits for anybody")]
    NoOpenRun(RunId),
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// What is approved: the plan that was shown, and the run that follows it where there is one already.
#[derive(Clone, Copy, Debug)]
pub struct Of<'a> {
    pub deployment: &'a DeploymentName,
    pub run: Option<&'a RunId>,
    pub shown: &'a Plan,
}

/// Holds what was typed against the plan as the journal has it now, and writes down that `by` approves it. Gives the
/// hash that was approved.
pub fn approve(
    journal: &dyn Journal,
    of: Of<'_>,
    typed: &str,
    by: &Operator,
    at: Timestamp,
) -> Result<PlanHash, CannotSecond> {
    let (plan, executing) = match of.run {
        None => (of.shown.clone(), journal.holder(of.deployment)?.map(|(holder, _)| holder)),
        Some(run) => {
            let entries = journal.entries(run)?;
            let state = RunState::of(&entries)?;
            if state.is_over() || state.plan.deployment != *of.deployment {
                return Err(CannotSecond::NoOpenRun(run.clone()));
            }
            let executing = executing(journal, &entries, of.deployment)?;
            (state.plan, executing)
        }
    };
    may_be_second(by, executing.as_ref())?;
    let approval = Approval::by_phrase(&plan, &of.shown.hash(), typed, by.clone(), at)?;
    journal::approve(journal, of.deployment, by, approval.hash(), at)?;
    Ok(approval.hash().clone())
}

/// Who executes a run: whoever holds its lock; where nobody does, whoever took it up last.
pub fn executing(
    journal: &dyn Journal,
    entries: &[Entry],
    deployment: &DeploymentName,
) -> Result<Option<Operator>, JournalError> {
    if let Some((holder, _)) = journal.holder(deployment)? {
        return Ok(Some(holder));
    }
    let taken_up = |event: &RunEvent| match event {
        RunEvent::Resumed { by } | RunEvent::RunStarted { by, .. } => Some(by.clone()),
        _ => None,
    };
    Ok(entries.iter().rev().find_map(|entry| taken_up(&entry.event)))
}

#[cfg(test)]
mod tests {
    use lifeboat_model::plan::PLAN_VERSION;
    use lifeboat_model::run::RunOutcome;
    use lifeboat_model::runbook::Mode;

    use super::*;
    use crate::journal::MemoryJournal;

    fn person(session: &str) -> Operator {
        Operator {
            arn: Some(format!("arn:aws:sts::123456789012:assumed-role/operator/{session}").into()),
            user: session.to_owned(),
            host: "desk".to_owned(),
            process: 1,
        }
    }

    fn plan(writer: &str) -> Plan {
        Plan {
            version: PLAN_VERSION,
            runbook: "failover".into(),
            mode: Mode::Unplanned,
            deployment: "payments".into(),
            account: None,
            from: "us-east-1".into(),
            to: "us-east-2".into(),
            drill: false,
            made_at: Timestamp::UNIX_EPOCH,
            writer: Some(writer.into()),
            guards: Vec::new(),
            steps: Vec::new(),
            predicted: lifeboat_model::plan::Predicted::default(),
            objectives: lifeboat_model::objective::Objectives::default(),
            build: None,
            notes: Vec::new(),
        }
    }

    fn begun(journal: &dyn Journal, plan: &Plan) -> RunId {
        let run = RunId::new("r1");
        let event = RunEvent::RunStarted {
            plan: Box::new(plan.clone()),
            hash: plan.hash(),
            by: person("ann"),
            reality: None,
            incident_began_at: None,
        };
        journal.append(&run, &plan.deployment, Timestamp::UNIX_EPOCH, &event).unwrap();
        run
    }

    const PHRASE: &str = "failover payments us-east-2";

    fn said(
        journal: &dyn Journal,
        run: Option<&RunId>,
        shown: &Plan,
        typed: &str,
        by: &Operator,
    ) -> Result<(), String> {
        let of = Of { deployment: &shown.deployment, run, shown };
        approve(journal, of, typed, by, Timestamp::UNIX_EPOCH).map(|_| ()).map_err(|error| error.to_string())
    }

    #[test]
    fn somebody_else_approves_what_the_run_is_by_its_phrase() {
        let (journal, plan) = (MemoryJournal::new(), plan("one"));
        let run = begun(&journal, &plan);
        assert_eq!(said(&journal, Some(&run), &plan, PHRASE, &person("bea")), Ok(()));
        let approvals = journal::approvals(&journal, &plan.deployment).unwrap();
        assert_eq!(approvals, [(person("bea"), plan.hash(), Timestamp::UNIX_EPOCH)]);
    }

    #[test]
    fn nobody_approves_their_own_run_nor_under_a_name_that_is_nobodys_nor_without_the_phrase() {
        let (journal, plan) = (MemoryJournal::new(), plan("one"));
        let run = begun(&journal, &plan);
        let other_window = Operator { process: 2, host: "laptop".to_owned(), ..person("ann") };
        let unknown = Operator { arn: None, ..person("bea") };
        for (by, typed, why) in [
            (other_window, PHRASE, "somebody else"),
            (person("botocore-session-1"), PHRASE, "nobody's"),
            (unknown, PHRASE, "AWS does not say who you are"),
            (person("bea"), "failover", "is not the phrase"),
        ] {
            let refused = said(&journal, Some(&run), &plan, typed, &by).unwrap_err();
            assert!(refused.contains(why), "{refused}");
        }
        assert_eq!(journal::approvals(&journal, &plan.deployment).unwrap(), []);
    }

    #[test]
    fn whoever_took_a_run_up_executes_it_and_whoever_began_it_is_somebody_else_then() {
        let (journal, plan) = (MemoryJournal::new(), plan("one"));
        let run = begun(&journal, &plan);
        let resumed = RunEvent::Resumed { by: person("bea") };
        journal.append(&run, &plan.deployment, Timestamp::UNIX_EPOCH, &resumed).unwrap();
        assert!(said(&journal, Some(&run), &plan, PHRASE, &person("bea")).is_err());
        assert_eq!(said(&journal, Some(&run), &plan, PHRASE, &person("ann")), Ok(()));
    }

    #[test]
    fn what_is_no_longer_the_plan_that_was_read_is_not_approved() {
        let (journal, now) = (MemoryJournal::new(), plan("one"));
        let run = begun(&journal, &now);
        let refused = said(&journal, Some(&run), &plan("another"), PHRASE, &person("bea")).unwrap_err();
        assert!(refused.contains("no longer what would be done"), "{refused}");
    }

    #[test]
    fn a_run_that_is_over_waits_for_nobody() {
        let (journal, plan) = (MemoryJournal::new(), plan("one"));
        let run = begun(&journal, &plan);
        let event = RunEvent::RunEnded {
            outcome: RunOutcome::Aborted,
            reason: None,
            measured: lifeboat_model::run::Measured::default(),
            truth: None,
            ledger: Vec::new(),
        };
        journal.append(&run, &plan.deployment, Timestamp::UNIX_EPOCH, &event).unwrap();
        let refused = said(&journal, Some(&run), &plan, PHRASE, &person("bea")).unwrap_err();
        assert!(refused.contains("waits for anybody"), "{refused}");
    }

    #[test]
    fn a_plan_that_is_yet_to_be_begun_is_approved_by_whoever_does_not_hold_the_lock() {
        let (journal, plan) = (MemoryJournal::new(), plan("one"));
        assert_eq!(said(&journal, None, &plan, PHRASE, &person("bea")), Ok(()));
        let _lock = journal.lock(&plan.deployment, &person("ann"), Timestamp::UNIX_EPOCH).unwrap();
        assert!(said(&journal, None, &plan, PHRASE, &person("ann")).is_err());
    }
}
