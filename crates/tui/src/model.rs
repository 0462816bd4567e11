//! All the state of the glass. It has one owner, can be written down whole, and changes only in `update`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use lifeboat_model::assessment::{Assessment, CostRate, RunHistory};
use lifeboat_model::id::DeploymentName;
use lifeboat_model::incident::{Incident, Logbook};
use lifeboat_model::port::Reality;
use lifeboat_model::preflight::{OpenRun, Standing};
use lifeboat_model::read::Tempo;
use lifeboat_model::rules;
use lifeboat_model::snapshot::Snapshot;
use lifeboat_model::time::{Duration, Timestamp, age};
use lifeboat_model::topology::Deployment;
use serde::{Deserialize, Serialize};

use crate::acting::{LiveRun, PastRun, Proposal, Proposing};
use crate::archive::{Archive, Proof, Writing};
use crate::attention::Attention;
use crate::dialogs::{About, Dialog};
use crate::drafting::{Draft, Offer};
use crate::effect::RequestId;
use crate::estate::{Estate, is_about_stacks};
use crate::format::{ClockFace, LocalOffset};
use crate::key::Key;
use crate::keymap::Keymap;
use crate::remembered::Remembered;
use crate::screens::{self, Screen, Screens};
use crate::symbols::SymbolSet;
use crate::theme::{ColourDepth, Theme};
use crate::tutorial::{self, Tutorial};

/// What this session may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    #[default]
    ReadOnly,
    Operate,
}

/// What the program knows when the console opens.
#[derive(Clone, Debug)]
pub struct Opening {
    pub reality: Reality,
    pub access: Access,
    /// Why access may not be raised in this session, where it may not.
    pub pinned: Option<String>,
    /// The same of single deployments, which are not operated whatever the session was opened with.
    pub pins: BTreeMap<DeploymentName, String>,
    pub deployments: Vec<Deployment>,
    /// The one to show first; the first of all when absent or unknown.
    pub selected: Option<DeploymentName>,
    /// The screen to open on.
    pub screen: Screen,
    /// At which tempo the pollers start.
    pub tempo: Tempo,
    /// How fast virtual time goes, as it is to be read after `×`: `10`, `max`. Nothing where it is not known or where
    /// the world is real.
    pub pace: Option<String>,
    pub now: Timestamp,
    pub columns: u16,
    pub rows: u16,
    pub keymap: Keymap,
    /// The built-in themes and the user's own.
    pub themes: Vec<Theme>,
    /// By name; the first when absent or unknown.
    pub theme: Option<String>,
    pub depth: ColourDepth,
    pub symbols: SymbolSet,
    pub local: LocalOffset,
    pub face: ClockFace,
    /// What was kept of earlier sessions.
    pub remembered: Remembered,
    /// Whether who opens it is to be told what this is, unless that was seen before.
    pub greets: bool,
    /// Nobody wants to be called by bell or notice.
    pub silenced: bool,
    /// Whether this is the tutorial's world, with its guidance.
    pub tutorial: bool,
}

impl Opening {
    /// The defaults for everything that is a matter of taste.
    pub fn new(reality: Reality, deployments: Vec<Deployment>, now: Timestamp) -> Self {
        Self {
            reality,
            access: Access::ReadOnly,
            pinned: None,
            pins: BTreeMap::new(),
            deployments,
            selected: None,
            screen: Screen::default(),
            tempo: Tempo::Calm,
            pace: None,
            now,
            columns: 80,
            rows: 24,
            keymap: Keymap::default(),
            themes: Theme::built_in(),
            theme: None,
            depth: ColourDepth::Rgb,
            symbols: SymbolSet::Unicode,
            local: LocalOffset::default(),
            face: ClockFace::Utc,
            remembered: Remembered::default(),
            greets: false,
            silenced: false,
            tutorial: false,
        }
    }
}

/// Whether a deployment is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    #[default]
    Standing,
    /// It is proposed, and nothing of it is made.
    Unmade,
    /// It was taken away in this session.
    Gone,
}

/// One deployment with all that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    pub deployment: Deployment,
    pub snapshot: Snapshot,
    pub history: RunHistory,
    pub tempo: Tempo,
    /// `None` until it has been measured.
    pub cost: Option<CostRate>,
    /// What the facts mean, as of `assessment.at`.
    pub assessment: Assessment,
    /// Whether facts arrived that the assessment does not know.
    pub unassessed: bool,
    #[serde(default)]
    pub stage: Stage,
    /// Its stacks; `None` until somebody looked at them.
    #[serde(default)]
    pub estate: Option<Estate>,
    /// `None` until the runbooks were first judged.
    #[serde(default)]
    pub standing: Option<Standing>,
    /// What was asked to be proposed, and the plan of it once it is made.
    #[serde(default)]
    pub proposing: Option<Proposing>,
    #[serde(default)]
    pub proposal: Option<Proposal>,
    /// The newest run that is known entry by entry.
    #[serde(default)]
    pub run: Option<LiveRun>,
    /// The one before, while another is being begun in its place.
    #[serde(default)]
    pub earlier: Option<LiveRun>,
    /// What was asked for and has not told anything yet: a beginning, or going on.
    #[serde(default)]
    pub beginning: Option<String>,
    /// Why what was asked for was not begun, or not gone on with.
    #[serde(default)]
    pub refused: Option<String>,
    /// What happened before.
    #[serde(default)]
    pub archive: Archive,
    /// What is written of it beside its runs; `None` until that was read.
    #[serde(default)]
    pub logbook: Option<Logbook>,
    /// Its runs, the newest first, as far back as an incident may go.
    #[serde(default)]
    pub past: Vec<PastRun>,
    /// What was made of access to it since the session was opened.
    #[serde(default)]
    pub reach: Reach,
}

/// What became of access to one deployment since the session was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    #[default]
    AsOpened,
    /// Raised for so much longer, of the terminal's own time.
    Raised {
        left: Duration,
    },
    Lowered,
}

impl Watched {
    pub(crate) fn new(deployment: Deployment, tempo: Tempo, now: Timestamp) -> Self {
        let assessment = Assessment::unread(&deployment, now);
        Self {
            deployment,
            snapshot: Snapshot::default(),
            history: RunHistory::default(),
            tempo,
            cost: None,
            assessment,
            unassessed: false,
            stage: Stage::Standing,
            estate: None,
            standing: None,
            proposing: None,
            proposal: None,
            run: None,
            earlier: None,
            beginning: None,
            refused: None,
            logbook: None,
            past: Vec::new(),
            reach: Reach::AsOpened,
            archive: Archive::default(),
        }
    }

    /// Whether it is known if an incident is open: not before the journal was read.
    pub fn knows_of_incidents(&self) -> bool {
        self.logbook.is_some()
    }

    /// The incident that is open, as far as that is known.
    pub fn incident(&self) -> Option<&Incident> {
        self.logbook.as_ref().and_then(Logbook::open)
    }

    /// How its run stands with whoever executes it; `None` before that was judged, and where another one is open.
    pub(crate) fn open_run(&self) -> Option<&OpenRun> {
        let open = self.standing.as_ref()?.open_run.as_ref()?;
        (self.run.as_ref()?.id() == Some(&open.id)).then_some(open)
    }

    /// Whether its run waits for somebody to go on with it; not before it is known that nobody executes it.
    pub fn is_left(&self) -> bool {
        let is_waiting = self.run.as_ref().is_some_and(|run| !run.here && !run.is_over());
        is_waiting && self.beginning.is_none() && self.open_run().is_some_and(|open| open.holder.is_none())
    }

    /// Whether this process executes a run of it, or is about to.
    pub fn is_acting_here(&self) -> bool {
        self.beginning.is_some() || self.run.as_ref().is_some_and(|run| run.here)
    }

    /// Whether this process still does something that stops when it ends. A run that is over does nothing more.
    pub fn is_stopped_by_leaving(&self) -> bool {
        let is_open = self.run.as_ref().is_none_or(|run| !run.is_over());
        self.is_acting_here() && (is_open || self.beginning.is_some())
    }

    /// Whether the run of stacks that this process executed is over, and what follows from it is not: what is kept of
    /// them is brought up to date.
    pub fn is_settling_here(&self) -> bool {
        let is_of_stacks = |run: &LiveRun| run.state().is_some_and(|state| is_about_stacks(&state.plan));
        let is_over_here = |run: &LiveRun| run.here && run.is_over() && is_of_stacks(run);
        self.beginning.is_none() && self.run.as_ref().is_some_and(is_over_here)
    }

    pub(crate) fn assess(&mut self, now: Timestamp) {
        self.assessment = rules::assess(&self.deployment, &self.snapshot, &self.history, self.tempo, now);
        self.unassessed = false;
    }

    /// Whether the judgement can have changed: new facts, or time enough for ages to tell.
    pub(crate) fn is_outdated(&self, now: Timestamp, patience: Duration) -> bool {
        let backwards = now < self.assessment.at;
        let read = !self.snapshot.regions.is_empty();
        self.unassessed || (read && (backwards || age(now, self.assessment.at) >= patience))
    }
}

/// A sentence in the footer, for a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub text: String,
    pub trouble: bool,
    /// Ticks until it goes: virtual time may run at any speed, the reader's eyes do not.
    pub ticks_left: u8,
}

/// How things are drawn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Display {
    pub columns: u16,
    pub rows: u16,
    pub themes: Vec<Theme>,
    /// Index into `themes`.
    pub theme: usize,
    pub depth: ColourDepth,
    pub symbols: SymbolSet,
    pub local: LocalOffset,
    pub face: ClockFace,
    /// The titles of the columns that are put away, by the titles of all columns of their table.
    #[serde(default)]
    pub hidden: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    pub reality: Reality,
    /// With which the session was opened. What may be done with a deployment: [`Model::access_to`].
    pub access: Access,
    /// Why access may not be raised, where it may not.
    #[serde(default)]
    pub pinned: Option<String>,
    /// The same of single deployments.
    #[serde(default)]
    pub pins: BTreeMap<DeploymentName, String>,
    /// How fast virtual time goes.
    #[serde(default)]
    pub pace: Option<String>,
    pub now: Timestamp,
    /// The same by the operator's own clock; `None` until it was told.
    #[serde(default)]
    pub(crate) wall: Option<Timestamp>,
    pub fleet: Vec<Watched>,
    /// Index into `fleet` of the deployment that is shown.
    pub selected: usize,
    pub screen: Screen,
    /// Where one was before, each screen once, the one that was left last at the end.
    #[serde(default)]
    pub(crate) trail: Vec<Screen>,
    pub screens: Screens,
    /// The topmost is last and has the keys.
    pub dialogs: Vec<Dialog>,
    /// The keys of a chord that has begun.
    pub pressed: Vec<Key>,
    pub notice: Option<Notice>,
    pub display: Display,
    pub keymap: Keymap,
    /// What was chosen from the palette, newest first.
    pub chosen: VecDeque<String>,
    /// Requests that have not been answered, with the words for when they are.
    pub awaited: BTreeMap<RequestId, String>,
    pub next_request: u64,
    #[serde(default)]
    pub attention: Attention,
    #[serde(default)]
    pub tutorial: Tutorial,
    /// Whether the greeting was seen.
    #[serde(default)]
    pub(crate) greeted: bool,
    /// Whether the journal is whole.
    #[serde(default)]
    pub proof: Proof,
    /// Whether a key was pressed: from then on nothing changes the screen by itself.
    #[serde(default)]
    pub(crate) touched: bool,
    /// Whether leaving was asked for while a run is executed here, and only asking again leaves.
    #[serde(default)]
    pub(crate) leaving: bool,
    /// Quarters of a second for which letters go nowhere: what somebody was typing into was taken away, and the rest of it
    /// is no command.
    #[serde(default)]
    pub(crate) settling: u16,
    /// Quarters of a second for which it is news that guards refuse the plan that is read: they let it begin before.
    #[serde(default)]
    pub(crate) turned: u16,
    /// What can be built; `None` until it was asked for.
    #[serde(default)]
    pub offers: Option<Vec<Offer>>,
    /// What the program said last of what is being chosen, or why it can say nothing.
    #[serde(default)]
    pub draft: Option<Draft>,
    #[serde(default)]
    pub(crate) undraftable: Option<String>,
    /// The deployment whose incident was declared from here, until it is known to be open.
    #[serde(default)]
    pub(crate) declared: Option<DeploymentName>,
    /// The deployment that was shown before one was proposed.
    #[serde(default)]
    pub(crate) drafted_from: Option<DeploymentName>,
    /// Where the round of assessing the rest of the fleet has got to.
    pub(crate) round: usize,
}

impl Model {
    pub fn new(opening: Opening) -> Self {
        let Opening {
            reality,
            access,
            pinned,
            pins,
            deployments,
            selected,
            tempo,
            now,
            columns,
            rows,
            keymap,
            themes,
            ..
        } = opening;
        let position = |name: &DeploymentName| deployments.iter().position(|deployment| deployment.name == *name);
        let selected = selected.as_ref().and_then(position).unwrap_or(0);
        let theme = opening.theme.and_then(|name| themes.iter().position(|theme| theme.name == name)).unwrap_or(0);
        let mut model = Self {
            reality,
            access,
            pinned,
            pins,
            pace: opening.pace,
            now,
            wall: None,
            fleet: deployments.into_iter().map(|deployment| Watched::new(deployment, tempo, now)).collect(),
            selected,
            screen: opening.screen,
            trail: Vec::new(),
            screens: Screens::default(),
            dialogs: if opening.greets && !opening.remembered.greeted { vec![Dialog::Greeting] } else { Vec::new() },
            pressed: Vec::new(),
            notice: None,
            display: Display {
                columns,
                rows,
                themes,
                theme,
                depth: opening.depth,
                symbols: opening.symbols,
                local: opening.local,
                face: opening.face,
                hidden: opening.remembered.hidden,
            },
            keymap,
            chosen: VecDeque::new(),
            awaited: BTreeMap::new(),
            next_request: 1,
            attention: Attention::new(opening.silenced),
            tutorial: if opening.tutorial { Tutorial::Guided(tutorial::Stage::default()) } else { Tutorial::Elsewhere },
            greeted: opening.remembered.greeted,
            proof: Proof::default(),
            touched: false,
            leaving: false,
            settling: 0,
            turned: 0,
            offers: None,
            draft: None,
            undraftable: None,
            declared: None,
            drafted_from: None,
            round: 0,
        };
        model.point_at_shown();
        model
    }

    /// The deployment that is shown; `None` when none is configured.
    pub fn watched(&self) -> Option<&Watched> {
        self.fleet.get(self.selected)
    }

    /// What may be done with a deployment now.
    pub fn access_to(&self, watched: &Watched) -> Access {
        match watched.reach {
            Reach::AsOpened if self.pins.contains_key(&watched.deployment.name) => Access::ReadOnly,
            Reach::AsOpened => self.access,
            Reach::Raised { .. } => Access::Operate,
            Reach::Lowered => Access::ReadOnly,
        }
    }

    /// The same of the deployment that is shown.
    pub fn access_here(&self) -> Access {
        self.watched().map_or(self.access, |watched| self.access_to(watched))
    }

    /// Why access to the deployment that is shown may not be raised, where it may not.
    pub fn pinned_here(&self) -> Option<&str> {
        let of_deployment = || self.pins.get(&self.watched()?.deployment.name);
        self.pinned.as_ref().or_else(of_deployment).map(String::as_str)
    }

    /// Another screen is shown, and the way back to this one is kept.
    pub(crate) fn turn_to(&mut self, screen: Screen) {
        let left = std::mem::replace(&mut self.screen, screen);
        self.trail.retain(|before| *before != left && *before != screen);
        if left != screen {
            self.trail.push(left);
        }
    }

    /// Where one goes back to from the screen that is shown: to the one before, from the first to the overview; nowhere
    /// from there.
    pub(crate) fn way_back(&self) -> Option<Screen> {
        let home = Some(Screen::Overview).filter(|home| *home != self.screen);
        self.trail.last().copied().or(home)
    }

    /// Among all deployments the cursor stands on the one that is shown: whoever opens what is under it without looking
    /// stays where they are.
    pub(crate) fn point_at_shown(&mut self) {
        let items = screens::items(self, Screen::Fleet, 0);
        let place = items.iter().position(|item| item.source == self.selected);
        if let (Some(place), Some(cursor)) = (place, self.screens.of_mut(Screen::Fleet).cursor_mut(0)) {
            cursor.put(place, &items);
        }
    }

    pub(crate) fn watched_mut(&mut self) -> Option<&mut Watched> {
        self.fleet.get_mut(self.selected)
    }

    pub(crate) fn find_mut(&mut self, name: &DeploymentName) -> Option<&mut Watched> {
        self.fleet.iter_mut().find(|watched| watched.deployment.name == *name)
    }

    /// What is being read before it is begun: while it is, it is made anew again and again.
    pub fn proposing(&self) -> Option<(&DeploymentName, &Proposing)> {
        let is_read = self.dialogs.iter().any(|dialog| match dialog {
            Dialog::Message { about: About::Proposal { .. }, .. } => true,
            Dialog::Confirm(confirm) => confirm.is_of_proposal(),
            Dialog::Message { .. }
            | Dialog::Help { .. }
            | Dialog::Palette(_)
            | Dialog::Filter(_)
            | Dialog::Answer(_)
            | Dialog::Columns(_)
            | Dialog::Values(_)
            | Dialog::Greeting
            | Dialog::Reason(_)
            | Dialog::Picker(_)
            | Dialog::Form(_) => false,
        });
        let watched = self.watched().filter(|_| is_read)?;
        watched.proposing.as_ref().map(|proposing| (&watched.deployment.name, proposing))
    }

    /// What is being read in full: while it is, it is made anew as the journal grows.
    pub fn document_in_view(&self) -> Option<(&DeploymentName, &Writing)> {
        let writing = self.dialogs.iter().find_map(|dialog| match dialog {
            Dialog::Message { about: About::Document(writing), .. } => Some(writing),
            Dialog::Message { .. }
            | Dialog::Confirm(_)
            | Dialog::Help { .. }
            | Dialog::Palette(_)
            | Dialog::Filter(_)
            | Dialog::Answer(_)
            | Dialog::Columns(_)
            | Dialog::Values(_)
            | Dialog::Greeting
            | Dialog::Reason(_)
            | Dialog::Picker(_)
            | Dialog::Form(_) => None,
        })?;
        self.watched().map(|watched| (&watched.deployment.name, writing))
    }

    /// The theme in use; `None` only when the program gave none at all.
    pub fn theme(&self) -> Option<&Theme> {
        self.display.themes.get(self.display.theme)
    }

    pub(crate) fn say(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), trouble: false, ticks_left: NOTICE_TICKS });
    }

    pub(crate) fn complain(&mut self, text: impl Into<String>) {
        self.notice = Some(Notice { text: text.into(), trouble: true, ticks_left: NOTICE_TICKS });
    }

    /// A number for a request, remembered with what to say once it is done.
    pub(crate) fn request(&mut self, done: impl Into<String>) -> RequestId {
        let request = RequestId(self.next_request);
        self.next_request = self.next_request.wrapping_add(1);
        self.awaited.insert(request, done.into());
        request
    }
}

/// About five seconds at four ticks a second.
const NOTICE_TICKS: u8 = 20;
