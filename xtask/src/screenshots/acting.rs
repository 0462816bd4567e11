//! Pictures of acting: a switchover from the runbooks to its report, a failover of a region that is gone, and what the
//! journal tells afterwards. Each run is carried out, and pictures are taken of it on the way.

use std::ops::ControlFlow;
use std::time::Duration;

use lifeboat_model::plan::StepId;
use lifeboat_model::run::{Entry, RunEvent};
use lifeboat_model::topology::Blueprint;
use lifeboat_tui::model::Watched;
use lifeboat_tui::{Model, Msg, update};

use super::desk::Desk;
use super::{Taken, picture};

const LARGE: (u16, u16) = (120, 40);
const SMALL: (u16, u16) = (80, 24);

const BLUEPRINT: Blueprint = Blueprint::PaymentsAurora;

/// As many canaries in a row have failed when clients are shown without service.
const FAILED: usize = 4;

const LOOKS: Duration = Duration::from_secs(8);
/// So that the run begins in the middle of a minute: S3's metrics tell of whole ones only, and a wait for them is as long as
/// it need be.
const READS: Duration = Duration::from_secs(10);
const TYPES: Duration = Duration::from_secs(4);

/// More runbooks than are listed.
const LISTED: usize = 20;

struct Story {
    scenario: &'static str,
    desk: Desk,
    taken: Vec<Taken>,
}

pub(super) async fn pictures() -> Result<Vec<Taken>, String> {
    let mut all = switchover().await?;
    all.extend(failover().await?);
    all.push(question().await?);
    Ok(all)
}

async fn switchover() -> Result<Vec<Taken>, String> {
    let mut story = Story::sit_down("calm").await?;
    story.desk.press("7")?;
    story.take("runbooks", "Every runbook with what it would do now, and every guard with its evidence", LARGE)?;
    story.desk.press("x")?;
    story.take("proposal", "The plan as it would be carried out now, before anything is begun", LARGE)?;
    story.desk.press("x")?;
    let half: String = story.phrase()?.chars().take(18).collect();
    story.desk.wait(READS).await?;
    story.desk.type_in(&half)?;
    story.desk.wait(TYPES).await?;
    story.take("confirmation", "What it costs once more, and the phrase that must be typed for it", LARGE)?;
    story.type_rest(&half)?;
    let mut seen = Seen::default();
    let during = [
        ("run", "A switchover past its line: writes are fenced, canaries fail, the recovery time runs", LARGE),
        ("run-80x24", "The same on a small terminal", SMALL),
    ];
    story
        .carry_out(&during, |model, entry| {
            seen.note(model, entry);
            seen.is_worth_a_picture()
        })
        .await?;
    story.take("run-ended", "The run is over: what it cost clients, held against the objectives", LARGE)?;
    story.desk.press("o")?;
    story.take("report", "The report of the run: measured, step by step", LARGE)?;
    story.desk.press("esc")?;
    story.run_later("failback", Duration::from_mins(45), false).await?;
    story.run_later("switchover", Duration::from_mins(45), true).await?;
    story.desk.press("9")?;
    story.take("history", "Every run there was, and the journal, verified entry by entry", LARGE)?;
    story.desk.press("enter")?;
    story.take("journal", "The journal as a whole: how many entries, and whether any was changed", LARGE)?;
    story.desk.press("esc j = j j =")?;
    story.take("comparison", "Two runs side by side: what was promised, what was measured, step by step", LARGE)?;
    Ok(story.taken)
}

async fn failover() -> Result<Vec<Taken>, String> {
    let mut story = Story::sit_down("region-loss").await?;
    story.desk.let_pass(Duration::from_secs(70));
    story.desk.look().await?;
    story.desk.press("i")?;
    story.desk.type_in("-1m")?;
    story.desk.press("enter")?;
    story.desk.type_in("us-east-1 does not answer, clients call in")?;
    story.desk.press("enter")?;
    story.desk.press("m")?;
    story.desk.type_in("the provider confirms an outage of the whole region")?;
    story.desk.press("enter")?;
    story.take(
        "incident",
        "An incident that was declared: what is left of the recovery time, and what was said",
        LARGE,
    )?;
    story.desk.press("esc")?;
    story.desk.press("D")?;
    story.take(
        "decision",
        "The decision card: what speaks for a failover and against it, each with what is known",
        LARGE,
    )?;
    story.desk.press("esc")?;
    story.desk.let_pass(Duration::from_mins(3));
    story.desk.look().await?;
    story.desk.press("7")?;
    story.take(
        "runbooks-region-loss",
        "A region is lost: which runbooks may still run, and what refuses the rest",
        LARGE,
    )?;
    story.propose("failover", false)?;
    story.take("failover-plan", "A failover of a lost region: what it would lose is said first", LARGE)?;
    story.desk.press("x")?;
    story.desk.wait(READS).await?;
    story.type_rest("")?;
    let mut seen = Seen::default();
    let during = [("failover-run", "A failover under way: what is done, what is waited for, what clients meet", LARGE)];
    story
        .carry_out(&during, |model, entry| {
            seen.note(model, entry);
            seen.is_worth_a_picture()
        })
        .await?;
    Ok(story.taken)
}

/// A step failed, and a person is asked.
async fn question() -> Result<Taken, String> {
    let mut story = Story::sit_down("stuck-promotion").await?;
    story.desk.let_pass(Duration::from_mins(4));
    story.desk.look().await?;
    story.propose("failover", false)?;
    story.desk.press("x")?;
    story.desk.wait(READS).await?;
    story.type_rest("")?;
    let title = "A run that asks: what failed, and what follows from each answer";
    let mut asked = None;
    let outcome = story
        .desk
        .conduct(&mut |model, entry| {
            if !entry.is_some_and(|entry| matches!(entry.event, RunEvent::Question { .. })) {
                return Ok(ControlFlow::Continue(()));
            }
            let mut model = model.clone();
            let key = "a".parse().map_err(|error| format!("{error}"))?;
            drop(update(&mut model, Msg::Key(key)));
            asked = Some(taken("stuck-promotion", &model, ("question", title, LARGE))?);
            Ok(ControlFlow::Break(()))
        })
        .await;
    outcome.map_err(|why| story.complaint(&why))?;
    asked.ok_or_else(|| story.complaint("nothing was asked"))
}

/// What was told of a run so far, for choosing the moment.
#[derive(Default)]
struct Seen {
    is_past_line: bool,
    /// Canaries that failed in a row since.
    failing: usize,
}

impl Seen {
    fn note(&mut self, model: &Model, entry: &Entry) {
        match &entry.event {
            RunEvent::CanaryWritten { outcome: Ok(_), .. } => self.failing = 0,
            RunEvent::CanaryWritten { outcome: Err(_), .. } if self.is_past_line => self.failing += 1,
            RunEvent::StepStarted { step, .. } => self.is_past_line |= is_beyond_line(model, step),
            _ => {}
        }
    }

    fn is_worth_a_picture(&self) -> bool {
        self.is_past_line && self.failing >= FAILED
    }
}

/// Whether not all of what this step does can be undone, or of what comes with it.
fn is_beyond_line(model: &Model, step: &StepId) -> bool {
    let state = model.watched().and_then(|watched| watched.run.as_ref()).and_then(|run| run.state());
    state.is_some_and(|state| {
        let group = state.plan.step(step).map(|step| step.group);
        state.plan.point_of_no_return().zip(group).is_some_and(|(line, group)| group >= line)
    })
}

/// A name, a title and a size.
type During = (&'static str, &'static str, (u16, u16));

impl Story {
    /// A console that has been looked at for a while.
    async fn sit_down(scenario: &'static str) -> Result<Self, String> {
        let mut desk = Desk::open(scenario, BLUEPRINT)?;
        for _ in 0..2 {
            desk.let_pass(LOOKS);
            desk.look().await?;
        }
        Ok(Self { scenario, desk, taken: Vec::new() })
    }

    fn take(&mut self, name: &'static str, title: &'static str, size: (u16, u16)) -> Result<(), String> {
        let taken = taken(self.scenario, &self.desk.model, (name, title, size))?;
        self.taken.push(taken);
        Ok(())
    }

    fn phrase(&self) -> Result<String, String> {
        let proposal = self.desk.model.watched().and_then(|watched| watched.proposal.as_ref());
        proposal.map(|proposal| proposal.plan.phrase()).ok_or_else(|| self.complaint("nothing is proposed"))
    }

    fn complaint(&self, what: &str) -> String {
        let refused = |watched: &Watched| {
            let why = watched.proposing.as_ref().and_then(|proposing| proposing.refused.clone());
            let guards = watched.proposal.as_ref().map(|proposal| format!("{:?}", proposal.refusing()));
            [why, guards, watched.refused.clone()].into_iter().flatten().collect::<Vec<_>>().join("; ")
        };
        format!("{what}: {}", self.desk.model.watched().map(refused).unwrap_or_default())
    }

    /// The runbook's plan, on its page.
    fn propose(&mut self, runbook: &str, drill: bool) -> Result<(), String> {
        self.desk.press("7 g")?;
        for _ in 0..LISTED {
            self.desk.press("x")?;
            let proposing = self.desk.model.watched().and_then(|watched| watched.proposing.as_ref());
            if proposing.is_some_and(|proposing| proposing.runbook.as_str() == runbook) {
                return if drill { self.desk.press("d") } else { Ok(()) };
            }
            self.desk.press("esc j")?;
        }
        Err(format!("no runbook `{runbook}` is listed"))
    }

    fn type_rest(&mut self, typed: &str) -> Result<(), String> {
        let phrase = self.phrase()?;
        self.desk.type_in(phrase.strip_prefix(typed).unwrap_or_default())?;
        self.desk.press("enter")
    }

    /// To its end, with pictures of the first moment that is wanted.
    async fn carry_out(
        &mut self,
        during: &[During],
        mut is_wanted: impl FnMut(&Model, &Entry) -> bool,
    ) -> Result<(), String> {
        let mut waiting: Vec<During> = during.to_vec();
        let (scenario, all) = (self.scenario, &mut self.taken);
        let mut seen = |model: &Model, entry: Option<&Entry>| {
            let Some(entry) = entry else { return Ok(ControlFlow::Continue(())) };
            if !waiting.is_empty() && is_wanted(model, entry) {
                for shot in waiting.drain(..) {
                    all.push(taken(scenario, model, shot)?);
                }
            }
            Ok(ControlFlow::Continue(()))
        };
        let outcome = self.desk.conduct(&mut seen).await;
        outcome.map_err(|why| self.complaint(&why))?;
        match waiting.first() {
            Some((name, ..)) => Err(format!("the moment of `{name}` never came")),
            None => Ok(()),
        }
    }

    /// Another run, some time later.
    async fn run_later(&mut self, runbook: &str, after: Duration, drill: bool) -> Result<(), String> {
        self.desk.let_pass(after);
        self.desk.look().await?;
        self.propose(runbook, drill)?;
        self.desk.press("x")?;
        self.type_rest("")?;
        self.carry_out(&[], |_, _| false).await
    }
}

/// The glass as it is now, at this size.
fn taken(scenario: &str, model: &Model, (name, title, (columns, rows)): During) -> Result<Taken, String> {
    let caption = format!("Scenario `{scenario}`, a run carried out on it, `{BLUEPRINT}`, {columns}×{rows}.");
    let mut model = model.clone();
    drop(update(&mut model, Msg::Resized { columns, rows }));
    picture(&model, name, title, caption)
}
