//! One story from its seed to its end: somebody plans, approves and begins a run; it goes on, dies, is taken up again by
//! another process, until it is over or waits for somebody who does not come.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};

use lifeboat_engine::approval::Approval;
use lifeboat_engine::journal::{Journal as _, MemoryJournal, history};
use lifeboat_engine::planner::{self, Intent, Known};
use lifeboat_engine::run::{self, Order, RunError, Safeguard, Safeguards, Surroundings};
use lifeboat_engine::runbooks;
use lifeboat_engine::watch::refresh_once;
use lifeboat_model::assessment::RunHistory;
use lifeboat_model::guard::GuardName;
use lifeboat_model::plan::Plan;
use lifeboat_model::port::{Mutate, Observe};
use lifeboat_model::read::Tempo;
use lifeboat_model::rules::assess;
use lifeboat_model::run::{Entry, Operator, RunEvent, RunId, RunOutcome, RunState};
use lifeboat_model::runbook::{Mode, Runbook};
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::{Clock, Duration, Timestamp, after};
use lifeboat_model::topology::Deployment;
use lifeboat_sim::{Outage, Pace, SimCloud};
use tokio::sync::mpsc;

use crate::company::{Company, Inbox, Mishaps};
use crate::dice::Dice;
use crate::onlooker::{Onlooker, Paths};
use crate::script::Script;
use crate::stage::{Alone, Beside, Driven, Stage, StageClock};
use crate::tally::{Happening, Tally};
use crate::watch::{self, Measurable};
use crate::wire::Wire;

/// No process of a story lasts longer.
const LEG: Duration = Duration::from_hours(8);
/// How often a run is taken up again before a story must be over; the last ones do not die.
const LEGS: u64 = 9;
const LAST_ARRIVES: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_secs(8);
/// Where the console stands, and its canaries are written from.
const OWN_VANTAGE: &str = "us-east-1";

/// What a seed told.
#[derive(Clone, Debug)]
pub struct Tale {
    pub seed: u64,
    pub tally: Tally,
    /// What must never be; empty for a good story.
    pub violations: Vec<String>,
    /// What happened, line by line, where it was asked for.
    pub trace: Vec<String>,
    /// How long it took in its own time.
    pub length: Duration,
    /// The hash of its journal's newest entry, which tells it from every other story.
    pub head: String,
}

/// How a story is told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Telling {
    /// The safeguard that the executor is to do without.
    pub without: Option<Safeguard>,
    /// Whether it is told line by line.
    pub traced: bool,
    /// A failover of a lost region in fair weather, for timing.
    pub plain: bool,
}

/// Tells the plain story of a seed with somebody looking on, who knows how long it had to take; `None` where it did not
/// come to its end.
pub fn look_on(seed: u64) -> Option<Paths> {
    let mut story = Story::set(Script::plain(seed)?, seed, Telling { plain: true, ..Telling::default() });
    story.onlooker = Some(Onlooker::new((*story.deployment).clone(), story.stage.now()));
    let tale = story.told();
    let is_whole = tale.tally.of(Happening::Completed) == 1 && tale.violations.is_empty();
    story.onlooker.filter(|_| is_whole)?.seen()
}

/// Tells the story of a seed.
pub fn tell(seed: u64, telling: Telling) -> Tale {
    let script = if telling.plain { Script::plain(seed) } else { Script::of(seed) };
    match script {
        Some(script) => Story::set(script, seed, telling).told(),
        None => Tale {
            seed,
            tally: Tally::default(),
            violations: vec!["the seed gives no script".to_owned()],
            trace: Vec::new(),
            length: Duration::ZERO,
            head: String::new(),
        },
    }
}

struct Story {
    seed: u64,
    script: Script,
    telling: Telling,
    stage: Arc<Stage>,
    wire: Arc<Wire>,
    journal: Arc<MemoryJournal>,
    deployment: Arc<Deployment>,
    processes: u32,
    /// How many runs were planned.
    runs: u64,
    /// When clients began to suffer, where somebody says so.
    incident_began_at: Option<Timestamp>,
    /// Where in the journal each process of the newest run began.
    legs: Vec<u64>,
    deaths: u64,
    onlooker: Option<Onlooker>,
    /// Whether what was read once is kept for later.
    remembers: bool,
    known: Snapshot,
}

/// What one process left.
enum Left {
    Ended(Box<RunState>),
    Died,
    Error(RunError),
    Stuck,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Taking {
    Up,
    Back,
}

impl Story {
    fn set(script: Script, seed: u64, telling: Telling) -> Self {
        let cloud = SimCloud::fresh(script.scenario.clone(), seed, Pace::Stepped);
        let of_blueprint = |deployment: &Deployment| deployment.blueprint == Some(script.blueprint);
        let mut deployment = cloud
            .deployments()
            .into_iter()
            .find(of_blueprint)
            .unwrap_or_else(|| Deployment::bare("none", "us-east-1", "us-east-2"));
        if !script.has_canary {
            deployment.canary = None;
        }
        let stage = Stage::new(cloud);
        let journal = Arc::new(MemoryJournal::new());
        let wire = Wire::new(
            Arc::clone(&stage),
            deployment.clone(),
            script.dice.on("wire"),
            script.weather,
            Arc::clone(&journal),
            telling.traced,
        );
        let remembers = telling.plain || script.dice.on("remembers").percent(60);
        let mut story = Self {
            seed,
            script,
            telling,
            stage,
            wire,
            journal,
            deployment: Arc::new(deployment),
            processes: 0,
            runs: 0,
            incident_began_at: None,
            legs: Vec::new(),
            deaths: 0,
            onlooker: None,
            remembers,
            known: Snapshot::default(),
        };
        story.settle_in();
        story
    }

    /// Up to when somebody sits down to plan; before anything went wrong, somebody may have looked.
    fn settle_in(&mut self) {
        if self.remembers {
            self.stage.advance_to(self.script.calm_at);
            self.known = self.look().unwrap_or_default();
        }
        self.stage.advance_to(self.script.begins);
    }

    fn told(&mut self) -> Tale {
        for act in 0..self.script.acts {
            let dice = self.script.dice.on("act").nth(act);
            if !self.play(dice, act) {
                break;
            }
            let is_last = act + 1 == self.script.acts;
            // Whatever is still on its way arrives within this.
            self.let_pass(if is_last { LAST_ARRIVES } else { dice.on("pause").between_s(5, 900) });
        }
        let (tally, violations, trace) = self.wire.told();
        let trace = if self.telling.traced { self.render(trace, &self.all_entries()) } else { Vec::new() };
        let head = self.journal.head().map(|head| head.hash).unwrap_or_default();
        let length = self.stage.now().saturating_sub(self.script.begins);
        Tale { seed: self.seed, tally, violations, trace, length, head }
    }

    /// One run from its plan to its end; whether another may follow.
    fn play(&mut self, dice: Dice, act: u64) -> bool {
        self.legs.clear();
        self.runs += 1;
        let Some(plan) = self.plan(dice, act) else { return false };
        if !self.telling.plain && dice.on("phrase").percent(10) {
            self.type_wrongly(&plan);
        }
        if !self.telling.plain {
            self.let_pass(dice.on("decides").between_s(1, 90));
        }
        self.incident_began_at = if dice.on("declares").percent(70) { self.suffering_since() } else { None };
        let Some(mut left) = self.begin(dice, plan) else { return false };
        let Some(run) = self.newest_run() else { return false };
        let mut turns = 0;
        loop {
            self.check_leg(&run, &left);
            turns += 1;
            let dice = dice.on("leg").nth(turns);
            let taking = match &left {
                Left::Stuck => return false,
                // Its process died with its last word on its lips.
                Left::Error(RunError::Over { .. }) => return self.is_well(),
                Left::Error(RunError::PutsBack { .. }) => Taking::Up,
                Left::Error(RunError::Refused(_)) if dice.on("give-in").percent(50) => Taking::Back,
                Left::Died | Left::Error(_) if dice.on("give-up").percent(15) => Taking::Back,
                Left::Died | Left::Error(_) => Taking::Up,
                Left::Ended(state) => match state.ended.map(|(outcome, _)| outcome) {
                    Some(RunOutcome::Stopped) if turns >= LEGS || dice.on("leave").percent(10) => return false,
                    Some(RunOutcome::Stopped) if dice.on("give-up").percent(20) => Taking::Back,
                    Some(RunOutcome::Stopped) => Taking::Up,
                    Some(RunOutcome::Completed | RunOutcome::Failed | RunOutcome::Aborted) => {
                        if state.ledger.is_empty() || dice.on("leave").percent(60) || turns >= LEGS {
                            return self.is_well();
                        }
                        Taking::Up
                    }
                    None => {
                        self.wire.violation("it returned and is not over");
                        return false;
                    }
                },
            };
            // One that has only just died is still under way, and processes die a few times only.
            if turns > 3 * LEGS && !matches!(left, Left::Died) {
                if self.nobody_tells_who_acts() {
                    return false;
                }
                self.wire.violation("it was taken up again and again and is not over");
                return false;
            }
            self.let_pass(dice.on("gap").between_ms(0, 120_000));
            left = self.take(dice, &run, taking, turns);
        }
    }

    fn is_well(&self) -> bool {
        self.wire.told().1.is_empty()
    }

    /// Both regions are silent for good: whoever cannot be told may neither go on nor take back.
    fn nobody_tells_who_acts(&self) -> bool {
        let pair = [&self.deployment.regions.home, &self.deployment.regions.partner];
        self.look().is_some_and(|seen| {
            pair.iter().all(|region| seen.region(region).is_none_or(|here| here.identity.failure.is_some()))
        })
    }

    // ---- Planning

    fn look(&self) -> Option<Snapshot> {
        let cloud: Arc<dyn Observe> = Arc::clone(&self.wire) as Arc<dyn Observe>;
        let refresh = refresh_once(&self.deployment, cloud, self.clock(), LOOK);
        match self.stage.drive(refresh, LEG, &mut Alone) {
            Driven::Ready(observations) => {
                let mut snapshot = self.known.clone();
                for observation in observations {
                    snapshot.apply(observation);
                }
                Some(snapshot)
            }
            Driven::CutOff | Driven::Stuck(_) => {
                self.wire.violation("a look around never ended");
                None
            }
        }
    }

    fn plan(&mut self, dice: Dice, act: u64) -> Option<Plan> {
        let runbook = self.runbook(dice, act)?;
        let snapshot = self.look()?;
        if self.remembers {
            self.known = snapshot.clone();
        }
        let (history, now) = (self.history(), self.clock().now());
        let assessment = assess(&self.deployment, &snapshot, &history, Tempo::Fast, now);
        let known = Known {
            deployment: &self.deployment,
            snapshot: &snapshot,
            assessment: &assessment,
            history: &history,
            now,
        };
        let intent = Intent { drill: !self.telling.plain && dice.on("drill").percent(10) };
        match planner::plan(&runbook, &intent, &known) {
            Ok(plan) => Some(plan),
            Err(cannot) => {
                self.wire.count(Happening::CannotPlan);
                self.wire.trace(|| format!("planner: {}: {cannot}", runbook.name));
                None
            }
        }
    }

    fn runbook(&self, dice: Dice, act: u64) -> Option<Runbook> {
        let names: &[&str] = if self.telling.plain {
            &["failover"]
        } else if act > 0 {
            &["failback", "failback", "failback", "switchover", "failover"]
        } else if self.script.home_is_lost {
            &["failover", "failover", "failover", "failover", "switchover", "drill"]
        } else {
            &["switchover", "switchover", "switchover", "failover", "failover", "drill", "failback"]
        };
        let name = dice.on("runbook").pick(names)?;
        runbooks::builtin().into_iter().find(|runbook| runbook.name.as_str() == *name)
    }

    fn history(&self) -> RunHistory {
        history(&*self.journal, &self.deployment.name, &self.wire.reality()).unwrap_or_default()
    }

    fn type_wrongly(&self, plan: &Plan) {
        let by = self.operator();
        let now = self.clock().now();
        let other = format!("{} {} {}", plan.runbook, plan.deployment, plan.from);
        for typed in [String::new(), other, plan.phrase().to_uppercase(), format!(" {}", plan.phrase())] {
            if Approval::by_phrase(plan, &plan.hash(), &typed, by.clone(), now).is_ok() {
                self.wire.violation(format!("`{typed}` was taken for the phrase"));
            }
        }
        self.wire.count(Happening::WrongPhrase);
    }

    // ---- Running

    fn begin(&mut self, dice: Dice, plan: Plan) -> Option<Left> {
        self.processes += 1;
        let (by, now) = (self.operator(), self.clock().now());
        let approval = match Approval::by_phrase(&plan, &plan.hash(), &plan.phrase(), by, now) {
            Ok(approval) => approval,
            Err(refused) => {
                self.wire.violation(format!("the right phrase was refused: {refused}"));
                return None;
            }
        };
        self.wire.count(match plan.mode {
            Mode::Planned => Happening::Planned,
            Mode::Unplanned => Happening::Unplanned,
        });
        if plan.drill {
            self.wire.count(Happening::Drill);
        }
        let overrides = if self.telling.plain { BTreeMap::new() } else { overrides(dice.on("overrides"), &plan) };
        let (mode, begun_at) = (plan.mode, self.head());
        let left = self.leg(dice.on("first"), mode, 0, |surroundings, orders, seen, without| {
            Box::pin(async move {
                match without {
                    None => run::start(plan, approval, overrides, surroundings, orders, seen).await,
                    Some(without) => {
                        let safeguards = Safeguards::without(without);
                        run::start_with(safeguards, plan, approval, surroundings, orders, seen).await
                    }
                }
            })
        });
        if let Left::Error(RunError::Refused(reports)) = &left {
            self.wire.count(Happening::Refused);
            for report in reports.iter().filter(|report| !report.allows()) {
                self.wire.trace(|| format!("guard: {} {:?}", report.guard, report.verdict));
            }
            if self.head() != begun_at {
                self.wire.violation("a run that was refused stands in the journal");
            }
            return None;
        }
        if self.went_against_a_guard() {
            self.wire.count(Happening::Overridden);
        }
        Some(left)
    }

    fn went_against_a_guard(&self) -> bool {
        let entries = self.newest_run().and_then(|run| self.journal.entries(&run).ok()).unwrap_or_default();
        entries.iter().any(|entry| match &entry.event {
            RunEvent::GuardsJudged { step: None, reports } => reports.iter().any(|report| report.overridden.is_some()),
            _ => false,
        })
    }

    fn take(&mut self, dice: Dice, run: &RunId, taking: Taking, turns: u64) -> Left {
        self.processes += 1;
        let mode = self.mode(run);
        match taking {
            Taking::Up => {
                self.wire.count(Happening::Resumed);
                self.wire.trace(|| "process: another takes it up".to_owned());
            }
            Taking::Back => {
                self.wire.count(Happening::GivenUp);
                self.wire.trace(|| "process: another gives it up".to_owned());
            }
        }
        let run = run.clone();
        self.leg(dice, mode, turns, |surroundings, orders, seen, without| {
            Box::pin(async move {
                match (taking, without) {
                    (Taking::Up, None) => run::resume(&run, surroundings, orders, seen).await,
                    (Taking::Up, Some(without)) => {
                        run::resume_with(Safeguards::without(without), &run, surroundings, orders, seen).await
                    }
                    (Taking::Back, _) => run::abort(&run, surroundings, orders, seen).await,
                }
            })
        })
    }

    /// One process, from its beginning to its end or death.
    fn leg(
        &mut self,
        dice: Dice,
        mode: Mode,
        turns: u64,
        task: impl for<'a> FnOnce(
            &'a Surroundings,
            mpsc::Receiver<Order>,
            run::Listener<'a>,
            Option<Safeguard>,
        ) -> Running<'a>,
    ) -> Left {
        self.legs.push(self.head());
        let mishaps = Mishaps {
            may_die: self.deaths < self.script.deaths,
            may_interfere: !self.telling.plain && turns < LEGS / 2,
            may_go_unplanned: mode == Mode::Planned,
        };
        let surroundings = self.surroundings();
        let (stage, wire, journal) = (Arc::clone(&self.stage), Arc::clone(&self.wire), Arc::clone(&self.journal));
        let (mut company, orders) = Company::gather(dice, (&stage, &wire, &journal), self.operator(), mishaps);
        let (inbox, told) = (company.inbox(), company.inbox());
        let mut seen = move |entry: &Entry| {
            told.lock().unwrap_or_else(PoisonError::into_inner).push(entry.clone());
        };
        let task = task(&surroundings, orders, &mut seen, self.telling.without);
        let mut beside = LookedOn { company: &mut company, onlooker: self.onlooker.as_mut(), inbox, stage: &stage };
        let driven = stage.drive(task, LEG, &mut beside);
        let died = journal.is_dead();
        // Whether or not death came, the next process is another.
        journal.revive();
        match driven {
            Driven::Stuck(why) => {
                wire.violation(format!("it hangs: {why}"));
                Left::Stuck
            }
            Driven::CutOff => {
                self.deaths += 1;
                Left::Died
            }
            Driven::Ready(Err(RunError::Journal(_))) if died => {
                self.deaths += 1;
                Left::Died
            }
            Driven::Ready(_) if died => {
                wire.violation("it went on after its journal had failed");
                Left::Died
            }
            Driven::Ready(Ok(state)) => Left::Ended(Box::new(state)),
            Driven::Ready(Err(error)) => Left::Error(error),
        }
    }

    // ---- Looking at what was left

    fn check_leg(&self, run: &RunId, left: &Left) {
        for words in watch::examine(&self.journal, run, &self.legs) {
            self.wire.violation(words);
        }
        match left {
            Left::Died | Left::Stuck | Left::Error(RunError::PutsBack { .. }) => {}
            Left::Error(RunError::Refused(_)) => self.wire.count(Happening::Stopped),
            Left::Error(RunError::Over { outcome, .. }) => self.wire.count(ended(*outcome)),
            Left::Error(error) => {
                let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
                self.wire.violation(format!("it ended with an error: {error}{cause}"));
            }
            Left::Ended(state) => self.check_end(run, state),
        }
    }

    fn check_end(&self, run: &RunId, state: &RunState) {
        let entries = self.journal.entries(run).unwrap_or_default();
        match RunState::of(&entries) {
            Ok(told) if told == *state => {}
            Ok(told) => self.wire.violation(format!(
                "the journal tells another state than the executor: {}",
                difference(&format!("{told:?}"), &format!("{state:?}"))
            )),
            Err(malformed) => self.wire.violation(format!("the entries are no run: {malformed}")),
        }
        let Some((outcome, _)) = state.ended else { return };
        self.wire.trace(|| format!("run: {}", outcome.as_str()));
        self.wire.count(ended(outcome));
        // A process that was dead for a while wrote no canaries meanwhile, and nobody can measure what nobody saw.
        if self.legs.len() == 1
            && let Some(wrong) = watch::measured(&entries, &self.deployment, self.measurable(&entries))
        {
            self.wire.count(Happening::MeasuredAgainstTruth);
            for words in wrong {
                self.wire.violation(words);
            }
        }
    }

    fn measurable(&self, entries: &[Entry]) -> Measurable {
        let script = &self.script;
        Measurable {
            rto: !script.has("gray-failure") && !self.has_unseen_outage(entries),
            // Clients who are led elsewhere while it only seeks miss other writes than it looked for.
            rpo: self.runs == 1
                && !["drift", "slow-replication", "partition"].iter().any(|fault| script.has(fault))
                && !self.has_unseen_outage(entries),
        }
    }

    /// Whether clients suffered during the run just when no canary was written: while it still looked around, or once its
    /// last step was over and it only sought what it had written.
    fn has_unseen_outage(&self, entries: &[Entry]) -> bool {
        let (Some(first), Some(last)) = (entries.first(), entries.last()) else { return false };
        let Some((seen_from, seen_to)) = watch::canaries_span(entries) else { return false };
        self.own_outages().into_iter().any(|Outage { begun, ended, .. }| {
            let was_during = begun <= last.at && ended.is_none_or(|ended| ended >= first.at);
            // The truth's clients and the canaries do not ask at the same moment.
            let began_after = after(begun, watch::RESOLUTION) >= seen_to;
            let ended_before = ended.is_some_and(|ended| ended <= after(seen_from, watch::RESOLUTION));
            was_during && (began_after || ended_before)
        })
    }

    // ---- What a process needs

    /// Since when clients at the console's own vantage cannot write; `None` while they can.
    fn suffering_since(&self) -> Option<Timestamp> {
        self.own_outages().into_iter().find(|outage| outage.ended.is_none()).map(|outage| outage.begun)
    }

    /// What clients at the console's own vantage met.
    fn own_outages(&self) -> Vec<Outage> {
        let outages = self.stage.cloud.truth(&self.deployment).map(|truth| truth.outages).unwrap_or_default();
        outages.into_iter().filter(|outage| outage.vantage == OWN_VANTAGE).collect()
    }

    fn surroundings(&self) -> Surroundings {
        Surroundings {
            deployment: Arc::clone(&self.deployment),
            cloud: Arc::clone(&self.wire) as Arc<dyn Mutate>,
            clock: self.clock(),
            journal: Arc::clone(&self.journal) as Arc<dyn lifeboat_engine::journal::Journal>,
            operator: self.operator(),
            runbooks: runbooks::builtin(),
            history: self.history(),
            known: self.known.clone(),
            incident_began_at: self.incident_began_at,
        }
    }

    fn clock(&self) -> Arc<dyn Clock> {
        Arc::new(StageClock(Arc::clone(&self.stage)))
    }

    fn operator(&self) -> Operator {
        Operator { arn: None, user: "story".to_owned(), host: "stage".to_owned(), process: self.processes }
    }

    fn head(&self) -> u64 {
        self.journal.head().map_or(0, |head| head.sequence)
    }

    fn newest_run(&self) -> Option<RunId> {
        self.journal.runs(None).ok()?.into_iter().next().map(|head| head.id)
    }

    fn mode(&self, run: &RunId) -> Mode {
        let entries = self.journal.entries(run).unwrap_or_default();
        RunState::of(&entries).map_or(Mode::Planned, |state| state.plan.mode)
    }

    /// Time in which no process lives.
    fn let_pass(&self, length: Duration) {
        let until = self.stage.now().saturating_add(length);
        while let Some(at) = self.wire.next_landing().filter(|at| *at <= until) {
            self.stage.advance_to(at);
            self.wire.land_due();
        }
        self.stage.advance_to(until);
    }

    // ---- Telling

    fn all_entries(&self) -> Vec<Entry> {
        let records = self.journal.records(None, 0).unwrap_or_default();
        records.iter().filter_map(|record| record.entry().ok()).collect()
    }

    fn render(&self, trace: Vec<(Duration, String)>, entries: &[Entry]) -> Vec<String> {
        let begins = lifeboat_sim::EPOCH;
        let mut lines: BTreeMap<(Duration, u8, usize), String> = BTreeMap::new();
        for (place, entry) in entries.iter().enumerate() {
            let at = lifeboat_model::time::age(entry.at, begins);
            lines.insert((at, 0, place), format!("{:>5} {}", entry.sequence, in_short(&entry.event)));
        }
        for (place, (at, words)) in trace.into_iter().enumerate() {
            lines.insert((at, 1, place), format!("      {words}"));
        }
        let header = format!(
            "{} of {:?}: begins at {:?}, weather {:?}, deaths {}, acts {}",
            self.seed,
            self.script.blueprint,
            self.script.begins,
            self.script.weather,
            self.script.deaths,
            self.script.acts
        );
        let faults = self.script.faults.lines().map(str::to_owned);
        let told = lines.into_iter().map(|((at, _, _), words)| format!("{:>9.3} {words}", at.as_secs_f64()));
        std::iter::once(header).chain(faults).chain(told).collect()
    }
}

/// Everybody beside the executor, and whoever looks on.
struct LookedOn<'a, 'b> {
    company: &'a mut Company<'b>,
    onlooker: Option<&'a mut Onlooker>,
    inbox: Inbox,
    stage: &'a Stage,
}

impl Beside for LookedOn<'_, '_> {
    fn look(&mut self, now: Duration) -> ControlFlow<()> {
        if let Some(onlooker) = &mut self.onlooker {
            self.inbox.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|entry| onlooker.hear(entry));
        }
        self.company.look(now)
    }

    fn next_at(&self) -> Option<Duration> {
        let looks = self.onlooker.as_ref().map(|onlooker| onlooker.next_at());
        self.company.next_at().into_iter().chain(looks).min()
    }

    fn happen(&mut self, now: Duration) -> ControlFlow<()> {
        if let Some(onlooker) = self.onlooker.as_mut().filter(|onlooker| onlooker.next_at() <= now) {
            onlooker.look(self.stage);
        }
        self.company.happen(now)
    }
}

type Running<'a> = std::pin::Pin<Box<dyn Future<Output = Result<RunState, RunError>> + Send + 'a>>;

/// Guards that somebody goes on against, whatever they will say.
fn overrides(dice: Dice, plan: &Plan) -> BTreeMap<GuardName, String> {
    let chance = if dice.percent(40) { 70 } else { 5 };
    plan.guards
        .iter()
        .enumerate()
        .filter(|(place, _)| dice.nth(1 + *place as u64).percent(chance))
        .map(|(_, guard)| (*guard, "the story wants it".to_owned()))
        .collect()
}

fn ended(outcome: RunOutcome) -> Happening {
    match outcome {
        RunOutcome::Completed => Happening::Completed,
        RunOutcome::Stopped => Happening::Stopped,
        RunOutcome::Failed => Happening::Failed,
        RunOutcome::Aborted => Happening::Aborted,
    }
}

/// Where two texts part, with what each goes on with.
fn difference(one: &str, other: &str) -> String {
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let from = same.saturating_sub(60);
    let part = |text: &str| text.chars().skip(from).take(160).collect::<String>();
    format!("`{}` and `{}`", part(one), part(other))
}

/// An event as a line: JSON without the plan, which is long.
fn in_short(event: &RunEvent) -> String {
    let text = serde_json::to_string(event).unwrap_or_default();
    match event {
        RunEvent::RunStarted { plan, .. } | RunEvent::ModeChanged { plan, .. } => {
            let steps: Vec<String> = plan.steps.iter().map(|step| format!("{}:{}", step.group, step.id)).collect();
            format!("{} {} {} [{}]", event.name(), plan.phrase(), plan.hash().short(), steps.join(", "))
        }
        RunEvent::GuardsJudged { step, reports } => {
            let said: Vec<String> = reports
                .iter()
                .map(|report| {
                    let word = if report.allows() { "pass" } else { "REFUSE" };
                    format!("{}={word}", report.guard)
                })
                .collect();
            format!("guards_judged {step:?} {}", said.join(" "))
        }
        _ => text.chars().take(400).collect(),
    }
}
