//! Everybody beside the executor: the person who answers and orders, the second operator who tries the lock, and death.
//! What they do, and when, is the seed's.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, PoisonError};

use lifeboat_engine::approval::Approval;
use lifeboat_engine::journal::{Dies, Journal as _, LockError, MemoryJournal};
use lifeboat_engine::run::Order;
use lifeboat_model::plan::{Plan, StepId};
use lifeboat_model::run::{Answer, Entry, Operator, RunEvent};
use lifeboat_model::time::{Clock as _, Duration};
use tokio::sync::mpsc;

use crate::dice::Dice;
use crate::stage::{Beside, Stage, StageClock};
use crate::tally::Happening;
use crate::wire::Wire;

/// More questions than this, and the person leaves: a run that nobody answers stops.
const QUESTIONS_HEARD: u64 = 10;
/// By then nobody watches any more.
const WATCHED_FOR: Duration = Duration::from_hours(2);

/// Entries as the executor tells them.
pub(crate) type Inbox = Arc<Mutex<Vec<Entry>>>;

enum Act {
    Give(Order),
    Leave,
    TryTheLock,
    Kill,
}

pub(crate) struct Company<'a> {
    dice: Dice,
    stage: &'a Arc<Stage>,
    wire: &'a Arc<Wire>,
    journal: &'a Arc<MemoryJournal>,
    inbox: Inbox,
    orders: Option<mpsc::Sender<Order>>,
    acts: BTreeMap<(Duration, u64), Act>,
    entered: u64,
    questions: u64,
    operator: Operator,
    /// The plan that took the place of the first.
    replanned: Option<Box<Plan>>,
    /// When this process dies by its journal, and how much of it goes on for a moment.
    dies: Option<(Dies, bool)>,
}

/// What this leg of a story may bring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mishaps {
    /// Whether the process may die.
    pub(crate) may_die: bool,
    /// Whether people interfere beyond answering.
    pub(crate) may_interfere: bool,
    /// Whether the run can become unplanned.
    pub(crate) may_go_unplanned: bool,
}

impl<'a> Company<'a> {
    pub(crate) fn gather(
        dice: Dice,
        (stage, wire, journal): (&'a Arc<Stage>, &'a Arc<Wire>, &'a Arc<MemoryJournal>),
        operator: Operator,
        mishaps: Mishaps,
    ) -> (Self, mpsc::Receiver<Order>) {
        let (sender, receiver) = mpsc::channel(64);
        let mut company = Self {
            dice,
            stage,
            wire,
            journal,
            inbox: Inbox::default(),
            orders: Some(sender),
            acts: BTreeMap::new(),
            entered: 0,
            questions: 0,
            operator,
            replanned: None,
            dies: None,
        };
        company.expect(WATCHED_FOR, Act::Leave);
        if mishaps.may_die {
            company.arrange_death();
        }
        if mishaps.may_interfere {
            company.arrange_orders(mishaps);
        }
        (company, receiver)
    }

    pub(crate) fn inbox(&self) -> Inbox {
        Arc::clone(&self.inbox)
    }

    fn arrange_death(&mut self) {
        let dice = self.dice.on("death");
        if dice.percent(20) {
            self.expect(dice.nth(1).between_ms(0, 400_000), Act::Kill);
            return;
        }
        let head = self.journal.head().map_or(0, |head| head.sequence);
        let when = if dice.nth(2).percent(50) { Dies::BeforeDurable } else { Dies::AfterDurable };
        self.journal.dies_at(head + 1 + dice.nth(3).below(90), when);
        self.dies = Some((when, dice.nth(4).percent(50)));
    }

    fn arrange_orders(&mut self, mishaps: Mishaps) {
        let on = |matter: &str| self.dice.on(matter);
        let (rival, pause, abort, unplanned, leave) =
            (on("rival"), on("pause"), on("abort"), on("unplanned"), on("leave"));
        if rival.percent(30) {
            self.expect(rival.nth(1).between_s(0, 200), Act::TryTheLock);
        }
        if pause.percent(12) {
            let at = pause.nth(1).between_s(0, 200);
            self.expect(at, Act::Give(Order::Pause));
            self.expect(at + pause.nth(2).between_s(1, 200), Act::Give(Order::Resume));
        }
        if abort.percent(8) {
            self.expect(abort.nth(1).between_s(0, 300), Act::Give(Order::Abort));
        }
        if mishaps.may_go_unplanned && unplanned.percent(25) {
            self.expect(unplanned.nth(1).between_s(0, 300), Act::Give(Order::GoUnplanned));
        }
        if leave.percent(8) {
            self.expect(leave.nth(1).between_s(0, 300), Act::Leave);
        }
    }

    fn expect(&mut self, from_now: Duration, act: Act) {
        self.entered += 1;
        self.acts.insert((self.stage.now().saturating_add(from_now), self.entered), act);
    }

    fn hear(&mut self, entry: &Entry) {
        let wire = self.wire;
        match &entry.event {
            RunEvent::Question { step, text, approves } => {
                wire.count(Happening::Question);
                self.answer(step, text, approves.is_some());
            }
            RunEvent::Paused { .. } => wire.count(Happening::Paused),
            RunEvent::ModeChanged { plan, .. } => {
                self.replanned = Some(plan.clone());
                wire.count(Happening::WentUnplanned);
            }
            RunEvent::StepUndone { .. } => wire.count(Happening::StepUndone),
            RunEvent::LedgerClosed { .. } => wire.count(Happening::LedgerClosed),
            RunEvent::LedgerKept { .. } => wire.count(Happening::LedgerKept),
            RunEvent::StepEnded { outcome, .. } => match outcome {
                lifeboat_model::run::StepOutcome::Done => {}
                lifeboat_model::run::StepOutcome::Failed { .. } => wire.count(Happening::StepFailed),
                lifeboat_model::run::StepOutcome::Skipped { .. } => wire.count(Happening::StepSkipped),
            },
            RunEvent::CallProbed { found, .. } => wire.count(match found {
                lifeboat_model::run::Found::Happened => Happening::ProbedHappened,
                lifeboat_model::run::Found::DidNotHappen => Happening::ProbedNot,
                lifeboat_model::run::Found::UnderWay => Happening::ProbedUnderWay,
                lifeboat_model::run::Found::CannotTell { .. } => Happening::ProbedUnclear,
            }),
            _ => {}
        }
    }

    fn answer(&mut self, step: &StepId, text: &str, is_approval: bool) {
        self.questions += 1;
        let dice = self.dice.on("answer").nth(self.questions);
        if self.questions > QUESTIONS_HEARD {
            self.expect(Duration::from_secs(1), Act::Leave);
            return;
        }
        let answer = match dice.on("which").below(100) {
            0..85 if is_approval => Answer::Yes,
            0..40 => Answer::Retry,
            40..62 => Answer::Skip { reason: "the story goes on without it".to_owned() },
            62..80 => Answer::Yes,
            80..90 => Answer::No,
            _ => Answer::Abort,
        };
        let after = dice.on("after").between_ms(500, 60_000);
        if dice.on("astray").percent(10) {
            // To another question than the one that is open: it may not be heard.
            let (step, question) = (StepId::new("no-such-step"), text.to_owned());
            let order = Order::Answer { step, question, answer: Answer::Yes };
            self.expect(after / 2, Act::Give(order));
        }
        let order = match (self.approval(), &answer) {
            (Some(approval), Answer::Yes) if is_approval => Order::Approve(approval),
            _ => Order::Answer { step: step.clone(), question: text.to_owned(), answer },
        };
        self.expect(after, Act::Give(order));
    }

    /// The phrase of the plan that was made in the middle of the run, typed.
    fn approval(&self) -> Option<Approval> {
        let plan = self.replanned.as_deref()?;
        let at = StageClock(Arc::clone(self.stage)).now();
        Approval::by_phrase(plan, &plan.hash(), &plan.phrase(), self.operator.clone(), at).ok()
    }

    fn try_the_lock(&self) {
        let rival = Operator { arn: None, user: "rival".to_owned(), host: "elsewhere".to_owned(), process: 9999 };
        let deployment = self.wire.deployment_name();
        match self.journal.lock(&deployment, &rival, StageClock(Arc::clone(self.stage)).now()) {
            Err(LockError::Held { .. }) => self.wire.count(Happening::RivalRefused),
            Err(LockError::Unavailable { .. }) => {}
            Ok(_) => self.wire.violation("a second operator got the lock of a run that goes on"),
        }
    }

    fn give(&mut self, order: Order) {
        self.wire.trace(|| format!("person: {order:?}"));
        if let Some(orders) = &self.orders {
            // A full channel is a person nobody listens to.
            drop(orders.try_send(order));
        }
    }
}

impl Beside for Company<'_> {
    fn look(&mut self, _: Duration) -> ControlFlow<()> {
        let heard = std::mem::take(&mut *self.inbox.lock().unwrap_or_else(PoisonError::into_inner));
        for entry in &heard {
            self.hear(entry);
        }
        match self.dies {
            // What it does while it dies may be seen, but not its last word.
            Some((when, false)) if self.journal.is_dead() => {
                self.dies = None;
                self.count_death(when);
                ControlFlow::Break(())
            }
            Some((when, true)) if self.journal.is_dead() => {
                self.dies = None;
                self.count_death(when);
                ControlFlow::Continue(())
            }
            Some(_) | None => ControlFlow::Continue(()),
        }
    }

    fn next_at(&self) -> Option<Duration> {
        let act = self.acts.keys().next().map(|(at, _)| *at);
        act.into_iter().chain(self.wire.next_landing()).min()
    }

    fn happen(&mut self, now: Duration) -> ControlFlow<()> {
        self.wire.land_due();
        while let Some(first) = self.acts.first_entry().filter(|first| first.key().0 <= now) {
            match first.remove() {
                Act::Give(order) => self.give(order),
                Act::Leave => {
                    self.wire.trace(|| "person: leaves".to_owned());
                    self.orders = None;
                }
                Act::TryTheLock => self.try_the_lock(),
                Act::Kill => {
                    self.wire.trace(|| "process: killed".to_owned());
                    self.wire.count(Happening::Killed);
                    return ControlFlow::Break(());
                }
            }
        }
        ControlFlow::Continue(())
    }
}

impl Company<'_> {
    fn count_death(&self, when: Dies) {
        self.wire.trace(|| format!("process: dies, {when:?}"));
        self.wire.count(match when {
            Dies::BeforeDurable => Happening::DiedBeforeDurable,
            Dies::AfterDurable => Happening::DiedAfterDurable,
        });
    }
}
