//! The console's loop: receive, record, update, perform, draw. Nothing is awaited in it but the next thing
//! to happen: clouds are opened and read, keys are read and frames are written by others.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use lifeboat_engine::clock::SystemClock;
use lifeboat_engine::watch::{Watch, WatchEvent};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::time::{Clock, Timestamp, age};
use lifeboat_model::topology::Deployment;
use lifeboat_tui::acting::LiveRun;
use lifeboat_tui::model::Watched;
use lifeboat_tui::{Effect, Key, Model, Msg, Opening, update, view};
use ratatui::layout::Size;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::building::Site;
use crate::effects::{self, Performed, Reach, Watches};
use crate::exit::Failure;
use crate::tape::SharedTape;
use crate::terminal::ability::Provoked;
use crate::terminal::background::{self, Background};
use crate::terminal::canvas::Canvas;
use crate::terminal::input::{self, Input};
use crate::terminal::panic::Panicked;
use crate::terminal::signal::{Asked, Signals};
use crate::terminal::writer::{Writer, Written};
use crate::terminal::{self, Terminal};
use crate::themes;
use crate::wiring::Wired;

mod apart;
mod archive;
mod building;
mod conducting;
mod drafting;
mod estate;
mod frames;
mod keeping;
mod linear;
mod paper;
mod raising;
mod standing;
mod tempo;
mod writing;

use archive::{Archivist, Found};
use conducting::{Conductor, Told, Wanted, Writing};
use estate::{Surveyed, Surveyor};
use frames::{FrameBudget, Urgency};
pub(crate) use keeping::Keep;
use keeping::Keeper;
use linear::Teller;
pub(crate) use standing::Bench;
use standing::{Judge, Judged};
use tempo::TempoKeeper;

/// Observations on their way to the glass. A whole refresh of the largest architecture is some thirty; this lets the
/// answers of several deployments arrive at once while a frame is drawn. A poller that finds it full waits, and no
/// more than one answer of each is ever held.
const OBSERVATIONS: usize = 256;

/// The time on the screen moves once a second. While a sentence stands in the footer it moves four times as often,
/// since the glass counts a sentence's time in ticks.
const TICK: Duration = Duration::from_secs(1);
const TICK_WITH_NOTICE: Duration = Duration::from_millis(250);

/// Ticks come closer together than this, unless nothing moved at all.
const STANDSTILL: Duration = Duration::from_secs(3);

/// The clouds, once they are open.
pub(crate) struct World {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) bench: Bench,
    /// Where deployments are made and taken away.
    pub(crate) site: Site,
    /// What the user should know of the way they were opened.
    pub(crate) notices: Vec<String>,
}

/// Opens the clouds, apart from the loop: the first frame waits for nobody. While that does not succeed it says why.
pub(crate) type OpenWorld = Box<dyn FnOnce(mpsc::Sender<Failure>) -> Entrance + Send>;
type Entrance = Pin<Box<dyn Future<Output = Result<World, Failure>> + Send>>;

/// Attempts are seconds apart.
const TROUBLES: usize = 1;

/// Everything a session begins with.
pub(crate) struct Stage {
    pub(crate) opening: Opening,
    pub(crate) reach: Reach,
    /// Where dumps go and what is remembered is kept.
    pub(crate) data_dir: PathBuf,
    /// The user's own themes, to be looked at again when they are saved.
    pub(crate) themes: Option<themes::Watched>,
    /// What an earlier session of this process reads from the terminal: only one thread may.
    pub(crate) inputs: Option<mpsc::Receiver<Input>>,
    /// The themes to take when the terminal tells what its background is; `None` when the user has named one.
    /// Told as lines of text instead of drawn: the terminal is not taken.
    pub(crate) linear: bool,
    pub(crate) by_background: Option<ByBackground>,
    pub(crate) tape: SharedTape,
    pub(crate) panicked: Panicked,
    /// For tests of what happens then.
    pub(crate) provoke_panic: Option<Provoked>,
    /// For how long access is raised, where that is less than usual.
    pub(crate) access_lasts: Option<Duration>,
}

/// A theme for each background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ByBackground {
    pub(crate) dark: String,
    pub(crate) light: String,
}

/// How a session ended, and what of its work is not over.
#[derive(Debug)]
pub(crate) struct Left {
    pub(crate) ending: Ending,
    /// The theme that was in use, by name.
    pub(crate) theme: Option<String>,
    /// For the session that comes after this one.
    pub(crate) inputs: mpsc::Receiver<Input>,
    /// Deployments of which a run was executed here: it stopped where it was.
    pub(crate) acting: Vec<DeploymentName>,
    /// Those of which the run is over, but not what follows from it.
    pub(crate) settling: Vec<DeploymentName>,
    /// Whether everything that a person wanted written down is.
    pub(crate) written: bool,
}

/// How a session ended when nothing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Quit,
    /// The tutorial was asked for.
    Tutorial,
    Signalled(&'static str),
    /// Something panicked; the report is on the screen already.
    Panicked,
}

/// Runs the console until it is left.
pub(crate) async fn run(mut stage: Stage, world: OpenWorld) -> Result<Left, Failure> {
    let signals = Signals::listen().map_err(lost)?;
    let linear = stage.linear;
    let terminal = if linear { None } else { Some(Terminal::take().map_err(lost)?) };
    let (columns, rows) = if linear { LINEAR } else { crossterm::terminal::size().map_err(lost)? };
    let mut inputs = match stage.inputs.take() {
        Some(inputs) => inputs,
        None if linear => input::start_lines().map_err(lost)?,
        None => input::start(stage.by_background.is_some()).map_err(lost)?,
    };
    let (writer, written) = Writer::start(terminal::raw_output().map_err(lost)?).map_err(lost)?;
    let mut session = Session::new(stage, Size::new(columns, rows), writer).map_err(lost)?;
    let outcome = session.live(terminal.as_ref(), world, signals, &mut inputs, written).await;
    // The terminal first: stopping the pollers can wait, an operator cannot.
    if linear {
        session.writer.finish();
    } else {
        session.writer.leave();
    }
    drop(terminal);
    let (acting, settling) = (session.conductor.acting(), session.conductor.settling());
    // Before anything is waited for: nobody sees any more what a run does.
    session.conductor.stop();
    let written = session.conductor.written_down().await;
    let theme = session.model.theme().map(|theme| theme.name.clone());
    let ending = match outcome {
        Ok(ending) => ending,
        Err(Stop::Failed(failure)) => return Err(failure),
        Err(Stop::Lost(error)) => {
            tracing::debug!("the terminal is gone: {error}");
            LOST
        }
    };
    Ok(Left { ending, theme, inputs, acting, settling, written })
}

/// Nobody is at the terminal any more. The kernel tells it in several ways at once, of which any may be the first.
const LOST: Ending = Ending::Signalled("a lost terminal");

/// Why the loop cannot go on.
enum Stop {
    /// The terminal takes nothing any more: a way to be left like a signal, since it was there before.
    Lost(std::io::Error),
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What a session that is told as lines takes for its window: nothing in it depends on that, but that it is none that
/// is too small.
const LINEAR: (u16, u16) = (120, 40);

/// How the model is shown.
enum Face {
    Glass(Canvas),
    Linear(Box<Teller>),
}

impl Face {
    fn is_linear(&self) -> bool {
        matches!(self, Self::Linear(_))
    }

    fn forget(&mut self) -> std::io::Result<()> {
        match self {
            Self::Glass(canvas) => canvas.forget(),
            Self::Linear(_) => Ok(()),
        }
    }
}

/// What the loop owns.
struct Session {
    model: Model,
    tape: SharedTape,
    face: Face,
    writer: Writer,
    budget: FrameBudget,
    /// Whether the screen may differ from the model.
    dirty: bool,
    /// Who waits for the next frame.
    urgency: Urgency,
    /// The buffer for the next frame; `None` while the writer has it.
    spare: Option<Vec<u8>>,
    /// For the terminal, beside the frames.
    extra: Vec<u8>,
    suspend: bool,
    /// Whether it was said what stopping the job would do to a run that is executed here.
    may_suspend: bool,
    /// What the glass was told last of the operator's own clock.
    wall: Timestamp,
    watches: Watches,
    tempo: TempoKeeper,
    judge: Judge,
    judged: mpsc::Receiver<Judged>,
    conductor: Conductor,
    conducted: mpsc::Receiver<Told>,
    archivist: Archivist,
    found: mpsc::Receiver<Found>,
    surveyor: Surveyor,
    surveyed: mpsc::Receiver<Surveyed>,
    clock: Option<Arc<dyn Clock>>,
    observe: mpsc::Sender<WatchEvent>,
    observed: mpsc::Receiver<WatchEvent>,
    reach: Reach,
    keeper: Keeper,
    kept: mpsc::Receiver<Msg>,
    /// What it is left for.
    left_for: Ending,
    by_background: Option<ByBackground>,
    panicked: Panicked,
    provoke_panic: Option<Provoked>,
}

/// What can happen next.
enum Happening {
    Panicked,
    Signal(Asked),
    Input(Option<Input>),
    Written(Option<Written>),
    Draw,
    Tick,
    World(Result<World, Failure>),
    /// The clouds could not be opened yet.
    Trouble(Failure),
    Observed(Option<WatchEvent>),
    /// Where the runbooks stand.
    Judged(Judged),
    /// What runs and proposals tell.
    Told(Told),
    /// What comes of files.
    Kept(Msg),
    /// What the journal holds.
    Found(Found),
    /// What stands in stacks.
    Surveyed(Surveyed),
}

impl Session {
    fn new(stage: Stage, size: Size, writer: Writer) -> std::io::Result<Self> {
        let Stage {
            opening,
            reach,
            data_dir,
            themes,
            linear,
            by_background,
            tape,
            panicked,
            provoke_panic,
            access_lasts,
            ..
        } = stage;
        let usual = opening.tempo;
        let model = Model::new(Opening { columns: size.width, rows: size.height, ..opening });
        tape.begin(model.clone());
        let (observe, observed) = mpsc::channel(OBSERVATIONS);
        let (judge, judged) = Judge::new();
        let lasts = access_lasts.map_or(raising::LASTS, |lasts| lasts.min(raising::LASTS));
        let (conductor, conducted) = Conductor::new(lasts);
        let (keeper, kept) = Keeper::start(data_dir, themes);
        let (archivist, found) = Archivist::new();
        let (surveyor, surveyed) = Surveyor::new();
        let extra = if by_background.is_some() { background::QUESTION.to_vec() } else { Vec::new() };
        Ok(Self {
            model,
            tape,
            face: if linear { Face::Linear(Box::new(Teller::new())) } else { Face::Glass(Canvas::new(size)?) },
            writer,
            budget: FrameBudget::new(Instant::now()),
            dirty: true,
            urgency: Urgency::Poll,
            spare: Some(Vec::new()),
            extra,
            suspend: false,
            may_suspend: false,
            wall: SystemClock.now(),
            watches: Watches::new(),
            tempo: TempoKeeper::new(usual),
            judge,
            judged,
            conductor,
            conducted,
            archivist,
            found,
            surveyor,
            surveyed,
            clock: None,
            observe,
            observed,
            reach,
            keeper,
            kept,
            left_for: Ending::Quit,
            by_background,
            panicked,
            provoke_panic,
        })
    }

    async fn live(
        &mut self,
        terminal: Option<&Terminal>,
        world: OpenWorld,
        mut signals: Signals,
        inputs: &mut mpsc::Receiver<Input>,
        mut written: mpsc::Receiver<Written>,
    ) -> Result<Ending, Stop> {
        // The first frame goes out before anything else is begun.
        self.draw()?;
        let (trouble, mut troubles) = mpsc::channel(TROUBLES);
        let mut entrance = Some(world(trouble));
        let mut ticks = every(TICK);
        loop {
            let happening = tokio::select! {
                biased;
                () = self.panicked.happened() => Happening::Panicked,
                asked = signals.next() => Happening::Signal(asked),
                input = inputs.recv() => Happening::Input(input),
                outcome = written.recv() => Happening::Written(outcome),
                // Before the observations, of which there may be more than ever fit between two frames.
                () = tokio::time::sleep_until(self.budget.next(self.urgency)), if self.may_draw() => Happening::Draw,
                _ = ticks.tick() => Happening::Tick,
                world = opened(&mut entrance) => Happening::World(world),
                Some(trouble) = troubles.recv() => Happening::Trouble(trouble),
                Some(judged) = self.judged.recv() => Happening::Judged(judged),
                Some(told) = self.conducted.recv() => Happening::Told(told),
                Some(msg) = self.kept.recv() => Happening::Kept(msg),
                Some(found) = self.found.recv() => Happening::Found(found),
                Some(surveyed) = self.surveyed.recv() => Happening::Surveyed(surveyed),
                event = self.observed.recv() => Happening::Observed(event),
            };
            match happening {
                Happening::Panicked => return Ok(Ending::Panicked),
                Happening::Signal(Asked::Leave(name)) => return Ok(Ending::Signalled(name)),
                Happening::Signal(Asked::GoOn) => {
                    terminal.map_or(Ok(()), Terminal::retake).map_err(Stop::Lost)?;
                    self.redraw()?;
                }
                // Nothing more will be typed: whoever tells it lines from a file has said all.
                Happening::Input(None) if self.face.is_linear() => return Ok(Ending::Quit),
                // The reading thread ends when the terminal is gone.
                Happening::Input(None) | Happening::Written(None | Some(Err(_))) => {
                    return Ok(LOST);
                }
                Happening::Input(Some(input)) => {
                    if self.receive(input)? {
                        return Ok(self.left_for);
                    }
                }
                Happening::Written(Some(Ok(buffer))) => {
                    self.spare = Some(buffer);
                    if std::mem::take(&mut self.suspend) {
                        terminal.map_or(Ok(()), Terminal::suspend).map_err(Stop::Lost)?;
                        self.redraw()?;
                    }
                }
                Happening::Draw => self.draw()?,
                Happening::Tick => {
                    self.notice_size()?;
                    self.tick()?;
                }
                Happening::World(world) => {
                    entrance = None;
                    self.enter(world?)?;
                }
                Happening::Trouble(failure) => {
                    self.happen(Msg::Notice { text: failure.message, trouble: true })?;
                }
                Happening::Observed(event) => self.observe(event)?,
                Happening::Judged(judged) => {
                    for msg in self.judge.messages(judged) {
                        self.happen(msg)?;
                    }
                }
                Happening::Kept(msg) => {
                    self.happen(msg)?;
                }
                Happening::Found(found) => {
                    for msg in self.archivist.messages(found) {
                        self.happen(msg)?;
                    }
                }
                Happening::Told(told) => self.told(told)?,
                Happening::Surveyed(surveyed) => {
                    for msg in self.surveyor.messages(surveyed) {
                        self.happen(msg)?;
                    }
                }
            }
            let wanted = if self.model.notice.is_some() { TICK_WITH_NOTICE } else { TICK };
            if ticks.period() != wanted {
                ticks = every(wanted);
            }
        }
    }

    /// A terminal that changes its size before the first key is waited for tells nobody, nor does one behind a
    /// multiplexer that swallows the signal.
    fn notice_size(&mut self) -> Result<(), Stop> {
        let Face::Glass(canvas) = &self.face else { return Ok(()) };
        let Ok(window) = crossterm::terminal::window_size() else { return Ok(()) };
        let (width, height) = (window.columns, window.rows);
        if canvas.size() != Size::new(width, height) {
            self.receive(Input::Resized { width, height })?;
        }
        Ok(())
    }

    /// The time by the operator's own clock.
    fn tell_time(&mut self) -> Result<(), Stop> {
        self.wall = SystemClock.now();
        self.happen(Msg::WallClock(self.wall)).map(drop)
    }

    /// True when the console is to be left.
    fn receive(&mut self, input: Input) -> Result<bool, Stop> {
        self.urgency = Urgency::Key;
        let now = SystemClock.now();
        if now < self.wall || age(now, self.wall) > STANDSTILL {
            // The process was stopped, or the machine slept: what ran out meanwhile has run out before this key.
            self.tell_time()?;
        }
        let msg = match input {
            // What a shell's user expects of the key, which raw mode takes from the kernel.
            Input::Key(key) if key == Key::ctrl('z') => {
                let acting = self.conductor.acting();
                if !acting.is_empty() && !std::mem::replace(&mut self.may_suspend, true) {
                    let names: Vec<&str> = acting.iter().map(DeploymentName::as_str).collect();
                    let text = format!(
                        "a run of {} is executed here and would stand still with its lock held: ctrl+z once more does it",
                        names.join(", ")
                    );
                    return self.happen(Msg::Notice { text, trouble: true });
                }
                self.may_suspend = false;
                self.suspend = true;
                // Through the writer, so that nothing is being written when the process stops.
                self.dirty = true;
                self.face.forget().map_err(Stop::Lost)?;
                return Ok(false);
            }
            Input::Line(line) => return self.hear(&line),
            Input::Key(key) => {
                self.may_suspend = false;
                Msg::Key(key)
            }
            Input::Paste(text) => Msg::Paste(text),
            Input::Resized { width, height } => {
                // Even to the size it had: in between it may have been another one, and what was cut off then is gone.
                if let Face::Glass(canvas) = &mut self.face {
                    canvas.resize(Size::new(width, height));
                }
                self.redraw()?;
                Msg::Resized { columns: width, rows: height }
            }
            Input::Background(background) => match self.by_background.take() {
                Some(ByBackground { dark, light }) => {
                    Msg::Theme(if background == Background::Light { light } else { dark })
                }
                None => return Ok(false),
            },
        };
        self.happen(msg)
    }

    /// A typed line. True when the console is to be left.
    fn hear(&mut self, line: &str) -> Result<bool, Stop> {
        let Face::Linear(teller) = &mut self.face else { return Ok(false) };
        self.dirty = true;
        for msg in teller.hear(&self.model, line) {
            if self.happen(msg)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// One message: on the tape, into the model, and whatever follows from it. True when the console is to be left.
    fn happen(&mut self, msg: Msg) -> Result<bool, Stop> {
        let mut waiting = vec![msg];
        let mut leave = false;
        while let Some(msg) = waiting.pop() {
            self.tape.record(&msg);
            self.dirty = true;
            for effect in update(&mut self.model, msg) {
                if matches!(effect, Effect::Refresh { .. }) {
                    self.surveyor.refresh();
                }
                let done = effects::perform(effect, &self.watches, self.reach);
                leave |= done.leave;
                waiting.extend(self.settle(done)?);
            }
        }
        Ok(leave)
    }

    /// The part of an effect that concerns the loop; gives the messages that answer it.
    fn settle(&mut self, done: Performed) -> Result<Vec<Msg>, Stop> {
        self.extra.extend(done.bytes);
        if done.redraw {
            self.redraw()?;
        }
        if let Some((deployment, tempo)) = done.tempo {
            self.tempo.asked(&deployment, tempo, self.model.now);
        }
        if done.tutorial {
            self.left_for = Ending::Tutorial;
        }
        let mut answers = done.answers;
        answers.extend(done.keep.and_then(|keep| self.keeper.perform(keep)));
        answers.extend(done.act.and_then(|effect| self.conduct(effect)));
        Ok(answers)
    }

    /// What the person at the glass wants done; gives what there is to say to it at once.
    fn conduct(&mut self, effect: Effect) -> Option<Msg> {
        let model = &self.model;
        let find = |name: &DeploymentName| -> Option<&Watched> {
            model.fleet.iter().find(|watched| watched.deployment.name == *name)
        };
        match effect {
            Effect::Propose { deployment, runbook, drill, choice, overrides } => {
                self.conductor.propose(find(&deployment)?, Wanted { runbook, drill, choice, overrides });
                None
            }
            Effect::Blueprints => {
                self.conductor.offer();
                None
            }
            Effect::Draft { choice } => {
                self.conductor.draft(choice);
                None
            }
            Effect::Begin { deployment, plan, phrase, overrides } => {
                self.conductor.carry_out(find(&deployment)?, plan, &phrase, overrides)
            }
            Effect::ApproveAsSecond { deployment, run, plan, typed } => {
                self.conductor.second(find(&deployment)?, run, plan, typed)
            }
            Effect::Abort { deployment, run } => self.conductor.abort(find(&deployment)?, run),
            Effect::Print { deployment, runbook, drill, plan } => {
                let wanted = Wanted { runbook, drill, choice: None, overrides: BTreeMap::new() };
                self.conductor.print(find(&deployment)?, wanted, plan)
            }
            Effect::Resume { deployment, run } => self.conductor.resume(find(&deployment)?, run),
            Effect::RaiseAccess { deployment, typed } => self.conductor.raise(find(&deployment)?, typed),
            Effect::LowerAccess { deployment } => self.conductor.lower(find(&deployment)?, false),
            Effect::DeclareIncident { request, deployment, began_at, text } => {
                self.conductor.write(find(&deployment)?, request, Writing::Declare { began_at, text })
            }
            Effect::CloseIncident { request, deployment, text } => {
                self.conductor.write(find(&deployment)?, request, Writing::Close { text })
            }
            Effect::Note { request, deployment, text } => {
                self.conductor.write(find(&deployment)?, request, Writing::Note { text })
            }
            Effect::Say { deployment, question, what } => self.conductor.say(find(&deployment)?, question, what),
            Effect::ReadJournal { deployment, query } => {
                self.archivist.read(deployment, query);
                None
            }
            Effect::VerifyJournal => {
                self.archivist.verify();
                None
            }
            Effect::ReadDocument { deployment, writing } => {
                self.archivist.write(deployment, writing);
                None
            }
            Effect::Quit
            | Effect::Copy { .. }
            | Effect::Refresh { .. }
            | Effect::SetTempo { .. }
            | Effect::Redraw
            | Effect::Dump { .. }
            | Effect::Remember(_)
            | Effect::Alert { .. }
            | Effect::Tutorial => None,
        }
    }

    fn tick(&mut self) -> Result<(), Stop> {
        self.tell_time()?;
        let Some(clock) = &self.clock else { return Ok(()) };
        let now = clock.now();
        self.happen(Msg::Tick(now))?;
        for msg in self.conductor.tick(&self.model) {
            self.happen(msg)?;
        }
        self.archivist.tick(&self.model);
        if let Some(clock) = self.clock.clone() {
            self.surveyor.tick(&self.model, &clock);
        }
        let Some(watched) = self.model.watched() else { return Ok(()) };
        self.judge.tick(watched, self.conductor.may_act(&watched.deployment.name), now);
        let (name, health, current) = (watched.deployment.name.clone(), watched.assessment.health, watched.tempo);
        if let Some(tempo) = self.tempo.judge(&name, health, current, now) {
            if let Some(watch) = self.watches.get(&name) {
                watch.set_tempo(tempo);
            }
            self.happen(Msg::Tempo { deployment: name, tempo })?;
        }
        Ok(())
    }

    /// The clouds are open: what they are is shown, and the reading begins.
    fn enter(&mut self, world: World) -> Result<(), Stop> {
        let World { clock, bench, site, notices } = world;
        let watched = site.wiring.deployments.clone();
        self.surveyor.begin(site.clone());
        self.conductor.begin(bench.clone(), site, Arc::clone(&clock));
        self.judge.begin(bench.clone());
        self.archivist.begin(bench, Arc::clone(&clock));
        self.happen(Msg::Tick(clock.now()))?;
        let known: Vec<Deployment> = watched.iter().map(|wired| wired.deployment.as_ref().clone()).collect();
        self.happen(Msg::Discovered(known))?;
        for text in notices {
            self.happen(Msg::Notice { text, trouble: false })?;
        }
        self.clock = Some(clock);
        for wired in watched {
            self.watch(wired);
        }
        Ok(())
    }

    /// Begins to poll a deployment. One that was polled under its name before is polled no more.
    fn watch(&mut self, wired: Wired) {
        let Some(clock) = self.clock.clone() else { return };
        let Wired { deployment, cloud, .. } = wired;
        let name = deployment.name.clone();
        let known = self.model.fleet.iter().find(|one| one.deployment.name == name);
        let tempo = known.map_or_else(Default::default, |one| one.tempo);
        let watch = Watch::start(deployment, cloud, clock, tempo, self.observe.clone());
        self.watches.insert(name, watch);
    }

    /// What runs and proposals tell; and what is there, or is there no more, because of a run.
    fn told(&mut self, told: Told) -> Result<(), Stop> {
        let (comes, goes) = match &told {
            Told::Stands(wired) => (Some(Wired::clone(wired)), None),
            Told::TakenAway(name) => (None, Some(name.clone())),
            Told::Proposed { .. }
            | Told::Blueprints(_)
            | Told::Drafted { .. }
            | Told::Said(_)
            | Told::Refused(_)
            | Told::Entry { .. }
            | Told::Read { .. }
            | Told::Whole { .. }
            | Told::Logged { .. }
            | Told::Left { .. }
            | Told::Raised { .. }
            | Told::Written { .. }
            | Told::Printed(_)
            | Told::Trouble(_) => (None, None),
        };
        let is_other = comes.is_some() || goes.is_some();
        if let Some(name) = goes {
            self.watches.remove(&name);
        }
        for msg in self.conductor.messages(told) {
            self.happen(msg)?;
        }
        let runs = self.model.fleet.iter().filter_map(|watched| watched.run.as_ref());
        if runs.filter(|run| run.here).filter_map(LiveRun::state).any(|state| !state.calls.is_empty()) {
            self.panic_where(Provoked::MidRun);
        }
        if let Some(wired) = comes {
            self.watch(wired);
        }
        if let Some(site) = self.conductor.site().filter(|_| is_other) {
            self.surveyor.forget(site.clone());
        }
        Ok(())
    }

    fn observe(&mut self, event: Option<WatchEvent>) -> Result<(), Stop> {
        match event {
            Some(WatchEvent::Observation(observation)) => self.happen(Msg::Observed(observation)),
            Some(WatchEvent::Cost { deployment, rate }) => self.happen(Msg::Cost { deployment, rate }),
            // This end holds a sender itself.
            None => Ok(false),
        }?;
        self.panic_where(Provoked::FirstAnswer);
        Ok(())
    }

    /// A debug build is asked to, by the tests of what happens then.
    fn panic_where(&self, here: Provoked) {
        let is_here = self.provoke_panic == Some(here);
        assert!(!cfg!(debug_assertions) || !is_here, "provoked, to see whether the terminal is given back");
    }

    fn may_draw(&self) -> bool {
        self.spare.is_some() && (self.dirty || !self.extra.is_empty())
    }

    fn redraw(&mut self) -> Result<(), Stop> {
        self.dirty = true;
        self.face.forget().map_err(Stop::Lost)
    }

    fn draw(&mut self) -> Result<(), Stop> {
        let Some(mut buffer) = self.spare.take() else { return Ok(()) };
        let model = &self.model;
        match &mut self.face {
            Face::Glass(canvas) => canvas.draw(|frame| view(model, frame), &mut buffer).map_err(Stop::Lost)?,
            Face::Linear(teller) => teller.tell(model, &mut buffer),
        }
        self.dirty = false;
        self.urgency = Urgency::Poll;
        self.budget.drawn(Instant::now());
        if !self.extra.is_empty() {
            buffer.splice(0..0, self.extra.drain(..));
        }
        if buffer.is_empty() {
            self.spare = Some(buffer);
        } else if let Err(refused) = self.writer.offer(buffer) {
            // The writer has ended, which it also says itself.
            self.spare = Some(refused);
        }
        Ok(())
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the form that `map_err` wants")]
fn lost(error: std::io::Error) -> Failure {
    Failure::error(format!("the terminal cannot be used: {error}"))
}

/// The first tick comes after one period: nothing is late yet.
fn every(period: Duration) -> Interval {
    let mut ticks = tokio::time::interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Never ready once the clouds are open.
async fn opened(entrance: &mut Option<Entrance>) -> Result<World, Failure> {
    match entrance {
        Some(entrance) => entrance.await,
        None => std::future::pending().await,
    }
}
