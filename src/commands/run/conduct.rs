//! A run while it is under way: every entry told as it becomes durable, signals and typed answers passed on as orders.
//! It decides nothing about the run; leaving it loses nothing, because the journal goes first.

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use color_eyre::Result;
use lifeboat_engine::approval::Approval;
use lifeboat_engine::clock::SystemClock;
use lifeboat_engine::run::{self, Order, RunError, Surroundings};
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::plan::{Plan, StepId};
use lifeboat_model::port::Observe;
use lifeboat_model::run::{Answer, Asks, Entry, RunEvent, RunId, RunOutcome, RunState};
use lifeboat_model::time::{Clock as _, Duration, Timestamp};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};

use super::events;
use super::progress::Progress;
use super::tree::Watch;
use super::typed::Typed;
use crate::acting;
use crate::commands::{plan, preflight};
use crate::exit::{Exit, Failure};
use crate::output::Output;

/// Orders that may wait to be heard.
const ORDERS: usize = 16;
/// Between two drawings of the line that shows what is under way.
const REDRAW: Duration = Duration::from_secs(1);

/// What is to be done.
pub(crate) enum Act {
    Start { plan: Box<Plan>, approval: Approval, overrides: BTreeMap<GuardName, String> },
    Resume { run: RunId, before: Vec<Entry> },
    Abort { run: RunId, before: Vec<Entry> },
}

/// How the person at the keyboard takes part.
pub(crate) struct Manner {
    /// `None` where nobody can be asked: a question then stops the run.
    pub(crate) typed: Option<Typed>,
    /// Given at the very beginning.
    pub(crate) orders: Vec<Order>,
}

/// What a listener leaves for the loop: the run's name, and the question that is open.
#[derive(Clone, Debug, Default)]
struct Standing {
    run: Option<RunId>,
    state: Option<Box<RunState>>,
    question: Option<Asked>,
}

/// A question that is open.
#[derive(Clone, Debug, PartialEq)]
struct Asked {
    step: StepId,
    text: String,
    /// Of a question whether it is approved: the plan whose phrase is to be typed.
    approves: Option<Box<Plan>>,
    asks: Asks,
}

/// Prints; shared by whoever has something to say.
struct Screen<'a> {
    output: &'a mut Output,
    progress: Progress,
    /// Whether a passing line may be drawn.
    is_terminal: bool,
    /// The first failure to print: the run goes on without readers.
    unread: Option<io::Error>,
}

impl Screen<'_> {
    fn tell(&mut self, entry: &Entry) {
        let lines = self.progress.tell(entry);
        let told = if self.output.json {
            self.output.json_line(&events::line(entry))
        } else {
            lines.iter().try_for_each(|line| self.line(line))
        };
        self.keep(told);
    }

    fn line(&mut self, line: &str) -> io::Result<()> {
        if self.is_terminal {
            self.output.passing("")?;
        }
        self.output.data(line)
    }

    fn say(&mut self, line: &str) {
        let told = if self.output.json { self.output.note(line) } else { self.line(line) };
        self.keep(told);
    }

    fn redraw(&mut self, status: &str) {
        if self.is_terminal {
            let told = self.output.passing(status);
            self.keep(told);
        }
    }

    fn redraw_block(&mut self, lines: &[String]) {
        if self.is_terminal {
            let told = self.output.passing_block(lines);
            self.keep(told);
        }
    }

    fn keep(&mut self, told: io::Result<()>) {
        if let Err(error) = told
            && self.unread.is_none()
        {
            tracing::warn!(%error, "nobody reads what the run says");
            self.unread = Some(error);
        }
    }
}

/// Carries it out to its end, its stop, or to the second signal.
pub(crate) async fn conduct(
    output: &mut Output,
    act: Act,
    surroundings: &Surroundings,
    manner: Manner,
) -> Result<Exit> {
    let Manner { mut typed, orders: opening } = manner;
    let (run, before) = match &act {
        Act::Start { .. } => (None, Vec::new()),
        Act::Resume { run, before } | Act::Abort { run, before } => (Some(run.clone()), before.clone()),
    };
    let makes_stacks = match &act {
        Act::Start { plan, .. } => plan.build.is_some(),
        Act::Resume { before, .. } | Act::Abort { before, .. } => {
            RunState::of(before).is_ok_and(|state| state.plan.build.is_some())
        }
    };
    let standing = watch::Sender::new(Standing { run, ..standing_after(&before) });
    let is_terminal = typed.is_some() && Output::is_terminal();
    let screen = Mutex::new(Screen { output, progress: Progress::after(&before), is_terminal, unread: None });
    let mut seen = |entry: &Entry| {
        locked(&screen).tell(entry);
        standing.send_if_modified(|standing| note(standing, entry));
    };
    let (orders, received) = mpsc::channel(ORDERS);
    for order in opening {
        orders.try_send(order)?;
    }
    let mut signals = Signals::listen()?;
    let watch = Watch::begin(Arc::clone(&surroundings.cloud) as Arc<dyn Observe>, is_terminal);
    let mut acting: Pin<Box<dyn Future<Output = Result<RunState, RunError>> + '_>> = match act {
        Act::Start { plan, approval, overrides } => {
            Box::pin(run::start(*plan, approval, overrides, surroundings, received, &mut seen))
        }
        Act::Resume { run, .. } => Box::pin(async move { run::resume(&run, surroundings, received, &mut seen).await }),
        Act::Abort { run, .. } => Box::pin(async move { run::abort(&run, surroundings, received, &mut seen).await }),
    };
    let mut changes = standing.subscribe();
    changes.mark_changed();
    let mut mouth = Mouth { surroundings, orders: Some(orders), asked: None, signalled: false, makes_stacks };
    loop {
        tokio::select! {
            biased;
            outcome = &mut acting => {
                locked(&screen).redraw("");
                drop(acting);
                return ended(outcome, &screen, surroundings.clock.now());
            }
            name = signals.next() => {
                if !mouth.interrupted(name, &screen) {
                    locked(&screen).redraw("");
                    return Ok(left_at_once(&standing.borrow(), &screen));
                }
            }
            line = next(&mut typed), if typed.is_some() => {
                if let Some(line) = line {
                    mouth.pass_on(&line, &screen);
                } else {
                    typed = None;
                    mouth.close_if_asked();
                }
            }
            Ok(()) = changes.changed() => {
                let question = changes.borrow_and_update().question.clone();
                mouth.consider(question, typed.is_some(), &screen);
            }
            () = SystemClock.sleep(REDRAW), if is_terminal => {
                let now = surroundings.clock.now();
                let block = locked(&screen).progress.stacks(&watch, now);
                if let Some(lines) = block {
                    locked(&screen).redraw_block(&lines);
                } else {
                    let status = { locked(&screen).progress.status(now) };
                    locked(&screen).redraw(&status);
                }
            }
        }
    }
}

fn locked<'s, 'a>(screen: &'s Mutex<Screen<'a>>) -> MutexGuard<'s, Screen<'a>> {
    screen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn standing_after(before: &[Entry]) -> Standing {
    let Ok(state) = RunState::of(before) else { return Standing::default() };
    Standing { run: None, question: asked(&state), state: Some(Box::new(state)) }
}

/// The question that is open, with what it takes.
fn asked(state: &RunState) -> Option<Asked> {
    let ((step, text), asks) = (state.question.clone()?, state.asks()?);
    let approves = state.approves.is_some().then(|| Box::new(state.plan.clone()));
    Some(Asked { step, text, approves, asks })
}

/// Takes in what an entry says of the run's name and of questions; whether anything changed.
fn note(standing: &mut Standing, entry: &Entry) -> bool {
    let is_new = standing.run.as_ref() != Some(&entry.run);
    standing.run = Some(entry.run.clone());
    match (&mut standing.state, &entry.event) {
        (state, RunEvent::RunStarted { .. }) => *state = RunState::begin(entry).ok().map(Box::new),
        (Some(state), event) => {
            if let Err(error) = state.apply(event, entry.at) {
                tracing::error!(%error, "an entry was told that its run does not allow");
            }
        }
        (None, _) => {}
    }
    let question = match &entry.event {
        RunEvent::Question { .. }
        | RunEvent::ModeChanged { .. }
        | RunEvent::Answered { .. }
        | RunEvent::Approved { .. } => standing.state.as_deref().and_then(asked),
        _ => return is_new,
    };
    let is_other = question != standing.question;
    standing.question = question;
    is_other || is_new
}

async fn next(typed: &mut Option<Typed>) -> Option<String> {
    match typed {
        Some(typed) => typed.line().await,
        None => None,
    }
}

/// What is said to the run on behalf of the person here.
struct Mouth<'a> {
    surroundings: &'a Surroundings,
    /// `None` once nothing more can be said: a question then stops the run.
    orders: Option<mpsc::Sender<Order>>,
    asked: Option<Asked>,
    signalled: bool,
    makes_stacks: bool,
}

impl Mouth<'_> {
    fn order(&mut self, order: Order) {
        if let Some(orders) = &self.orders {
            // Full only when nobody listens any more, and then there is nobody to tell.
            drop(orders.try_send(order));
        }
    }

    /// The first time what is begun is finished and the run stops; `false` for the second time: at once.
    fn interrupted(&mut self, name: &str, screen: &Mutex<Screen<'_>>) -> bool {
        if self.signalled {
            return false;
        }
        self.signalled = true;
        let leaving = if self.makes_stacks {
            "once more leaves at once: CloudFormation goes on with what it has begun, and `lifeboat resume` with the rest"
        } else {
            "once more leaves at once"
        };
        locked(screen).say(&format!("{name}: what is begun is finished, then the run stops; {leaving}"));
        self.order(Order::Pause);
        // Nobody will answer any more.
        self.orders = None;
        true
    }

    /// A question that nobody here can answer stops the run.
    fn consider(&mut self, question: Option<Asked>, somebody: bool, screen: &Mutex<Screen<'_>>) {
        let is_new = question != self.asked;
        self.asked = question;
        let Some(asked) = self.asked.as_ref().filter(|_| is_new) else { return };
        match &asked.approves {
            _ if !somebody => self.orders = None,
            Some(plan) => {
                let lost = plan::words::loss_in_short(plan);
                let phrase = plan.phrase();
                locked(screen).say(&format!(
                    "  Lost by it: {lost}.\n  To approve it, type the phrase: {phrase}\n  {}",
                    asked.asks.typed()
                ));
            }
            None => locked(screen).say(&format!("  {}", asked.asks.typed())),
        }
    }

    fn close_if_asked(&mut self) {
        if self.asked.is_some() {
            self.orders = None;
        }
    }

    fn pass_on(&mut self, line: &str, screen: &Mutex<Screen<'_>>) {
        match (self.asked.clone(), answer(line)) {
            (Some(Asked { approves: Some(plan), .. }), None | Some(Said::Answer(Answer::Yes))) => {
                self.approve(&plan, line, screen);
            }
            (Some(Asked { step, text: question, asks, .. }), Some(Said::Answer(answer))) if asks.takes(&answer) => {
                self.order(Order::Answer { step, question, answer });
            }
            (Some(_), Some(Said::Unplanned)) => self.order(Order::GoUnplanned),
            (Some(Asked { asks, .. }), None | Some(Said::Answer(_))) => {
                locked(screen).say(&format!("  that is no answer to it: {}", asks.typed()));
            }
            (None, _) if line.trim().is_empty() => {}
            (None, _) => locked(screen).say("  nothing is asked; Ctrl-C stops the run after what is begun"),
        }
    }

    /// Only the phrase of the plan that was shown approves it, typed as at the start of a run.
    fn approve(&mut self, plan: &Plan, line: &str, screen: &Mutex<Screen<'_>>) {
        let Surroundings { operator, clock, .. } = self.surroundings;
        match Approval::by_phrase(plan, &plan.hash(), line, operator.clone(), clock.now()) {
            Ok(approval) => self.order(Order::Approve(approval)),
            Err(error) => locked(screen).say(&format!("  {error}; n or a gives it up")),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Answer(Answer),
    Unplanned,
}

fn answer(line: &str) -> Option<Said> {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let answer = match (word, rest.trim()) {
        ("y" | "yes", "") => Answer::Yes,
        ("n" | "no", "") => Answer::No,
        ("r" | "retry", "") => Answer::Retry,
        ("a" | "abort", "") => Answer::Abort,
        ("u" | "unplanned", "") => return Some(Said::Unplanned),
        ("s" | "skip", reason) if !reason.is_empty() => Answer::Skip { reason: reason.to_owned() },
        _ => return None,
    };
    Some(Said::Answer(answer))
}

fn ended(outcome: Result<RunState, RunError>, screen: &Mutex<Screen<'_>>, now: Timestamp) -> Result<Exit> {
    let mut screen = locked(screen);
    let state = match outcome {
        Ok(state) => state,
        Err(error) => return Err(failure(&error, &mut screen, now)?.into()),
    };
    let outcome = state.ended.map_or(RunOutcome::Stopped, |(outcome, _)| outcome);
    let hint = match outcome {
        RunOutcome::Completed => format!("`lifeboat report {}` tells it all", state.id),
        RunOutcome::Stopped => format!(
            "`lifeboat resume {run} --operate` goes on with it, `lifeboat abort {run} --operate` takes back what can be",
            run = state.id
        ),
        RunOutcome::Failed | RunOutcome::Aborted => format!("`lifeboat report {}` tells what happened", state.id),
    };
    let told = screen.output.note(&hint);
    screen.keep(told);
    Ok(if outcome == RunOutcome::Completed { Exit::Done } else { Exit::RunFailed })
}

/// Why there is no run, or no more of it. Guards are told one by one, as data where data was asked for.
fn failure(error: &RunError, screen: &mut Screen<'_>, now: Timestamp) -> Result<Failure> {
    Ok(match error {
        RunError::Refused(reports) => {
            let refusing: Vec<_> = reports.iter().filter(|report| !report.allows()).cloned().collect();
            return Ok(refused(screen.output, &refusing, now)?);
        }
        RunError::Held { .. } => Failure::refused(format!("lock: {error}"))
            .hint("`lifeboat runs` shows the run that is under way; wait for its end, or stop it where it runs"),
        RunError::NotApproved { .. } => {
            Failure::refused(error.to_string()).hint("read the plan again and approve that: `lifeboat plan`")
        }
        RunError::NoSuchRun(_) | RunError::OtherDeployment { .. } => {
            Failure::usage(error.to_string()).hint("`lifeboat runs` lists them")
        }
        RunError::Over { run, .. } => {
            Failure::error(error.to_string()).hint(format!("`lifeboat report {run}` tells what it did"))
        }
        RunError::PutsBack { run, .. } => {
            Failure::error(error.to_string()).hint(format!("`lifeboat resume {run}` puts it back"))
        }
        RunError::Lock(source) => Failure::error(format!("{error}: {source}")),
        RunError::LockLost => Failure { exit: Exit::RunFailed, message: error.to_string(), hint: None }
            .hint("`lifeboat runs` shows whether somebody else goes on with it"),
        RunError::Journal(source) => {
            let failure = acting::journal_failure(source);
            Failure { exit: Exit::RunFailed, message: format!("{error}: {}", failure.message), hint: failure.hint }
        }
        RunError::Malformed(source) => broken(format!("{error}: {source}")),
        RunError::Broken(source) => broken(format!("{error}: {source}")),
        RunError::OtherPlan { .. } => broken(error.to_string()),
    })
}

fn broken(message: String) -> Failure {
    let failure = Failure { exit: Exit::JournalBroken, message, hint: None };
    failure.hint("`lifeboat journal verify` proves whether anybody changed it")
}

/// Guards that refuse: one by one to standard error, and as one line of data with `--json`.
pub(crate) fn refused(output: &mut Output, refusing: &[GuardReport], now: Timestamp) -> io::Result<Failure> {
    if output.json {
        let guards: Vec<_> = refusing.iter().map(|report| preflight::guard(report, now)).collect();
        output.json_line(&serde_json::json!({ "event": "refused", "version": 1, "guards": guards }))?;
    }
    let names: Vec<&str> = refusing.iter().map(|report| report.guard.as_str()).collect();
    let mut message = format!("refused by {}; nothing was begun\n", names.join(", "));
    for report in refusing {
        let plain = GuardLines(report);
        message.push_str(&plain.to_string());
    }
    Ok(Failure::refused(message.trim_end()).hint(
        "`lifeboat preflight` judges them again; `--override GUARD=REASON` goes on against one, where that is allowed",
    ))
}

/// A refusing guard as lines: its name and reason, then its fix.
struct GuardLines<'a>(&'a GuardReport);

impl std::fmt::Display for GuardLines<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let name = self.0.guard;
        match &self.0.verdict {
            Verdict::Pass => Ok(()),
            Verdict::Refuse { reason, fix } => writeln!(f, "  {name}: {reason}\n    fix: {fix}"),
            Verdict::Unknown { reason } => {
                writeln!(f, "  {name}: not known, which refuses: {reason}")?;
                preflight::way_past(name).map_or(Ok(()), |fix| writeln!(f, "    fix: {fix}"))
            }
        }
    }
}

fn left_at_once(standing: &Standing, screen: &Mutex<Screen<'_>>) -> Exit {
    let what = match &standing.run {
        Some(run) => format!("left at once; the journal holds what was begun: `lifeboat resume {run} --operate`"),
        None => "left before anything was begun".to_owned(),
    };
    let mut screen = locked(screen);
    let told = screen.output.note(&what);
    screen.keep(told);
    Exit::RunFailed
}

/// What asks a run to stop.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.hangup.recv() => "SIGHUP",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_letter_or_its_word_and_a_skip_has_a_reason() {
        assert_eq!(answer(" y\n"), Some(Said::Answer(Answer::Yes)));
        assert_eq!(answer("retry"), Some(Said::Answer(Answer::Retry)));
        assert_eq!(answer("u"), Some(Said::Unplanned));
        let reason = "done by hand".to_owned();
        assert_eq!(answer("s done by hand"), Some(Said::Answer(Answer::Skip { reason })));
        for nothing in ["", "\n", "s", "skip ", "yes please", "Y", "q"] {
            assert_eq!(answer(nothing), None, "{nothing}");
        }
    }
}
