//! The one table of what a user can ask for: name, words, default keys and where it works. The keymap, the help,
//! the footer, the palette and the reference pages are all made from it; nothing about an action stands elsewhere.

use serde::{Deserialize, Serialize};

use crate::screens::Screen;

/// Where keys are pressed. Each has its own map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Context {
    Screen(Screen),
    /// The help, and the page of one thing in full: text to be read.
    Reading,
    /// The plan that is proposed: text to be read, and begun.
    Proposal,
    /// The choices that a person has with a run.
    Answer,
    /// Where a phrase is typed that something is done for.
    Confirm,
    /// Where a reason is typed.
    Reason,
    /// The choice of columns.
    Columns,
    /// The choice of a value to be copied.
    Values,
    /// Where a blueprint is chosen.
    Picker,
    /// Where the values of a blueprint's parameters are typed.
    Form,
    Palette,
    Filter,
}

impl Context {
    pub const ALL: [Self; 21] = [
        Self::Screen(Screen::Overview),
        Self::Screen(Screen::Replication),
        Self::Screen(Screen::Health),
        Self::Screen(Screen::Alarms),
        Self::Screen(Screen::Capacity),
        Self::Screen(Screen::Fleet),
        Self::Screen(Screen::Runbooks),
        Self::Screen(Screen::Run),
        Self::Screen(Screen::History),
        Self::Screen(Screen::Stacks),
        Self::Reading,
        Self::Proposal,
        Self::Answer,
        Self::Confirm,
        Self::Reason,
        Self::Columns,
        Self::Values,
        Self::Picker,
        Self::Form,
        Self::Palette,
        Self::Filter,
    ];

    /// Whether plain characters are text here, whatever they are bound to.
    pub fn takes_text(self) -> bool {
        match self {
            Self::Palette | Self::Filter | Self::Confirm | Self::Reason | Self::Form => true,
            Self::Screen(_)
            | Self::Reading
            | Self::Proposal
            | Self::Answer
            | Self::Columns
            | Self::Values
            | Self::Picker => false,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Screen(screen) => screen.title(),
            Self::Reading => "a page of text",
            Self::Proposal => "a proposed plan",
            Self::Answer => "an answer",
            Self::Confirm => "a confirmation",
            Self::Reason => "a reason",
            Self::Columns => "the choice of columns",
            Self::Values => "the choice of a value",
            Self::Picker => "the blueprints",
            Self::Form => "a form",
            Self::Palette => "the palette",
            Self::Filter => "the filter",
        }
    }
}

impl Context {
    /// The same in a word or two, for where there is no room.
    pub(crate) fn within(self) -> &'static str {
        match self {
            Self::Screen(screen) => screen.title(),
            Self::Reading => "a page",
            Self::Proposal => "a plan",
            Self::Answer => "an answer",
            Self::Confirm => "a phrase",
            Self::Reason => "a reason",
            Self::Columns => "columns",
            Self::Values => "values",
            Self::Picker => "blueprints",
            Self::Form => "a form",
            Self::Palette => "here",
            Self::Filter => "a filter",
        }
    }
}

/// Sets of contexts, as the table needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contexts {
    Everywhere,
    /// Any screen while no dialog is open.
    Screens,
    ScreensAndReading,
    /// Any screen that shows one deployment.
    OneDeployment,
    /// Screens whose rows can be put in another order.
    Sortable,
    /// Pages of text only.
    Pages,
    Typing,
    /// The screen of the runbooks.
    Runbooks,
    /// The screen of the run.
    Run,
    /// The screen of what happened before.
    History,
    /// The screen of the stacks.
    Stacks,
    /// The page of a proposed plan.
    Proposal,
    /// Where a plan is at hand.
    Plans,
    /// The choice of columns.
    Columns,
}

impl Contexts {
    /// Where that is, in words.
    pub fn place(self) -> &'static str {
        match self {
            Self::Everywhere => "everywhere",
            Self::Screens => "on every screen",
            Self::ScreensAndReading => "on every screen and page",
            Self::OneDeployment => "where one deployment is shown",
            Self::Sortable => "where there are rows to sort",
            Self::Pages => "on a page of text",
            Self::Typing => "where text is typed",
            Self::Runbooks => "on Runbooks",
            Self::Run => "on Run",
            Self::History => "on History",
            Self::Stacks => "on Stacks",
            Self::Proposal => "on a proposed plan",
            Self::Plans => "on Runbooks, on Run and on a proposed plan",
            Self::Columns => "in the choice of columns",
        }
    }

    pub fn contains(self, context: Context) -> bool {
        let is_page = matches!(context, Context::Reading | Context::Proposal);
        match (self, context) {
            (Self::Everywhere, _) | (Self::Screens, Context::Screen(_)) => true,
            (Self::Pages, _) => is_page,
            (Self::ScreensAndReading, _) => is_page || matches!(context, Context::Screen(_)),
            (Self::Typing, _) => context.takes_text(),
            (Self::Proposal, _) | (Self::Plans, Context::Proposal) => context == Context::Proposal,
            (Self::Columns, _) => context == Context::Columns,
            (Self::OneDeployment, Context::Screen(screen)) => screen != Screen::Fleet,
            (Self::Sortable, Context::Screen(screen)) => screen.is_sortable(),
            (Self::Runbooks, Context::Screen(screen)) => screen == Screen::Runbooks,
            (Self::Plans, Context::Screen(screen)) => matches!(screen, Screen::Runbooks | Screen::Run),
            (Self::Run, Context::Screen(screen)) => screen == Screen::Run,
            (Self::History, Context::Screen(screen)) => screen == Screen::History,
            (Self::Stacks, Context::Screen(screen)) => screen == Screen::Stacks,
            (
                Self::Screens
                | Self::OneDeployment
                | Self::Sortable
                | Self::Runbooks
                | Self::Run
                | Self::History
                | Self::Stacks
                | Self::Plans,
                Context::Reading
                | Context::Proposal
                | Context::Answer
                | Context::Confirm
                | Context::Reason
                | Context::Columns
                | Context::Values
                | Context::Picker
                | Context::Form
                | Context::Palette
                | Context::Filter,
            ) => false,
        }
    }
}

/// Under which heading the help lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Screens,
    Acting,
    Moving,
    Finding,
    Reading,
    Display,
    Program,
}

impl Group {
    pub const ALL: [Self; 7] =
        [Self::Screens, Self::Acting, Self::Moving, Self::Finding, Self::Reading, Self::Display, Self::Program];

    pub fn title(self) -> &'static str {
        match self {
            Self::Screens => "Screens and deployments",
            Self::Acting => "Acting",
            Self::Moving => "Moving about",
            Self::Finding => "Finding",
            Self::Reading => "Reading and copying",
            Self::Display => "Display",
            Self::Program => "Program",
        }
    }
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    pub action: Action,
    /// As written in the configuration.
    pub name: &'static str,
    /// One word or two, for the footer.
    pub label: &'static str,
    /// A sentence, for the help, the palette and the reference pages.
    pub description: &'static str,
    pub keys: &'static [&'static str],
    pub contexts: Contexts,
    pub group: Group,
    /// Where it comes in the footer; `None` keeps it out.
    pub footer: Option<u8>,
}

/// From each row: the variant, its place in [`Action::ALL`] and its [`Entry`]. An action without a row cannot be written.
macro_rules! actions {
    ($($action:ident: $name:literal, $label:literal, $keys:expr, $contexts:ident, $group:ident, $footer:expr, $description:literal;)+) => {
        /// What a user can ask for. Written in files and tapes by its name.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Action {
            $(#[doc = $description] #[serde(rename = $name)] $action,)+
        }

        impl Action {
            pub const ALL: &[Self] = &[$(Self::$action),+];

            pub fn entry(self) -> Entry {
                match self {
                    $(Self::$action => Entry {
                        action: self,
                        name: $name,
                        label: $label,
                        description: $description,
                        keys: $keys,
                        contexts: Contexts::$contexts,
                        group: Group::$group,
                        footer: $footer,
                    },)+
                }
            }
        }
    };
}

// Columns: name in files, label in the footer, default keys, where it works, heading in the help, place in the footer.
actions! {
    ShowOverview: "show-overview", "overview", &["1"], Screens, Screens, None,
        "Both regions side by side, and what a failover now would cost";
    ShowReplication: "show-replication", "replication", &["2"], Screens, Screens, None,
        "Every data store: lag over three hours, what is pending, what is at risk";
    ShowHealth: "show-health", "health", &["3"], Screens, Screens, None,
        "Health checks by checker, DNS answers, targets, probes, dependencies";
    ShowAlarms: "show-alarms", "alarms", &["4"], Screens, Screens, None,
        "Alarms of both regions and their history";
    ShowCapacity: "show-capacity", "capacity", &["5"], Screens, Screens, None,
        "Capacity, versions, parameters, backups and stacks compared between the regions";
    ShowFleet: "show-fleet", "fleet", &["6"], Screens, Screens, None,
        "All deployments, a row each";
    ShowRunbooks: "show-runbooks", "runbooks", &["7"], Screens, Screens, None,
        "What each runbook would do now, and every guard with its verdict, evidence and fix";
    ShowRun: "show-run", "run", &["8"], Screens, Screens, None,
        "The run that is under way: its question, its steps, its clients, and what is left of the recovery time";
    ShowHistory: "show-history", "history", &["9"], Screens, Screens, None,
        "Every run there was, what the journal holds of it and whether it is whole, and what is still to be put back";
    ShowStacks: "show-stacks", "stacks", &["0"], Screens, Screens, None,
        "Every stack of both regions with its resources: how each is doing, what differs from its template, what it costs";
    OpenBlueprints: "open-blueprints", "build", &["b"], Screens, Acting, None,
        "What can be built: choose a blueprint, then its parameters, then read the plan of it";
    ToggleFold: "toggle-fold", "fold", &["space"], Stacks, Moving, Some(1),
        "Show the resources of the selected stack, or the stack alone";
    DetectDrift: "detect-drift", "drift", &["d"], Stacks, Acting, Some(2),
        "Have CloudFormation compare every stack with what is there: the plan of it is shown first";
    TakeAway: "take-away", "teardown", &["x"], Stacks, Acting, Some(0),
        "Make the plan that takes the deployment away: what will refuse to be deleted, in which order, and what stays";
    Propose: "propose", "plan", &["x"], Runbooks, Acting, Some(0),
        "Make the plan of the selected runbook as it would be carried out now, to be read before anything is begun";
    Begin: "begin", "begin", &["x"], Proposal, Acting, Some(0),
        "Begin the plan on this page: what it costs is said once more, and its phrase is typed";
    ToggleDrill: "toggle-drill", "drill", &["d"], Proposal, Acting, Some(2),
        "Make the plan as a drill, a rehearsal that must prove itself, or as the real thing";
    ToggleCalls: "toggle-calls", "calls", &["c"], Proposal, Acting, Some(1),
        "Show each step's exact calls, or its title only";
    ApprovePlan: "approve-plan", "approve", &["a"], Proposal, Acting, Some(0),
        "Approve this plan as the second person, for a run that somebody else begins: its phrase is typed";
    Answer: "answer", "answer", &["a"], Run, Acting, Some(0),
        "What can be said to the run now, each choice with what follows from it";
    RetryStep: "retry-step", "retry", &["e"], Run, Acting, None,
        "Try again what the run asks about: what is judged and sent again is told first";
    SkipStep: "skip-step", "skip", &["S"], Run, Acting, None,
        "Go on without the step that the run asks about, with a reason that is journaled";
    GoUnplanned: "go-unplanned", "emergency", &["U"], Run, Acting, None,
        "Emergency: have the rest of the run planned anew without the region that it came from; its loss is read and typed first";
    PauseRun: "pause-run", "pause", &["p"], Run, Acting, Some(1),
        "Finish what is begun and begin nothing more, or go on";
    ResumeRun: "resume-run", "go on", &["R"], Run, Acting, Some(1),
        "Go on with a run that nobody executes, looking first for what was begun; or put back what one that is over left";
    ReportRun: "report-run", "report", &["o"], Run, Acting, Some(2),
        "How the run went so far: what was measured, step by step, and what is still to be put back";
    RaiseAccess: "raise-access", "access", &["O"], ScreensAndReading, Acting, Some(2),
        "Raise access to this deployment by typing its name, for half an hour at most, or lower it at once";
    ShowIncident: "show-incident", "incident", &["i"], ScreensAndReading, Acting, None,
        "Declare an incident of this deployment, or show the one that is open; on its page, close it";
    WriteNote: "write-note", "note", &["m"], ScreensAndReading, Acting, None,
        "Write a line into the journal, beside your name and the time";
    ShowDecision: "show-decision", "decide", &["D"], ScreensAndReading, Acting, None,
        "Should one fail over at all: written criteria with what is known of each now, and what waiting costs";
    PrintPlan: "print-plan", "paper", &["P"], Plans, Acting, Some(7),
        "Write this plan to a file as a paper copy, with literal names and commands";
    OverrideGuard: "override-guard", "override", &["!"], Proposal, Acting, Some(3),
        "Go on against a guard that refuses and may be overridden, with a reason that is journaled";
    AbortRun: "abort-run", "give up", &["A"], Run, Acting, Some(3),
        "Give up the run: what can be taken back is told first, and taken back the last first";
    Compare: "compare", "compare", &["="], History, Reading, Some(2),
        "Mark the selected run; on a second one, show both side by side";
    VerifyJournal: "verify-journal", "verify", &["v"], History, Reading, Some(3),
        "Walk through the whole journal now, and say whether every entry is as it was written";
    NextDeployment: "next-deployment", "next", &["n"], Screens, Screens, Some(9),
        "Go to the next deployment";
    PreviousDeployment: "previous-deployment", "previous", &["N"], Screens, Screens, None,
        "Go to the previous deployment";
    MoveUp: "move-up", "up", &["up", "k", "ctrl+p"], Everywhere, Moving, None,
        "One row up";
    MoveDown: "move-down", "next row", &["down", "j", "ctrl+n"], Everywhere, Moving, Some(0),
        "One row down";
    PageUp: "page-up", "page up", &["pageup", "ctrl+b"], Everywhere, Moving, None,
        "A page up";
    PageDown: "page-down", "page down", &["pagedown", "ctrl+f"], Everywhere, Moving, None,
        "A page down";
    MoveTop: "move-top", "top", &["g", "home"], Everywhere, Moving, None,
        "To the first row";
    MoveBottom: "move-bottom", "bottom", &["G", "end"], Everywhere, Moving, None,
        "To the last row";
    FocusNext: "focus-next", "pane", &["tab", "right", "l"], Screens, Moving, Some(3),
        "To the next pane";
    FocusPrevious: "focus-previous", "pane back", &["shift+tab", "left", "h"], Screens, Moving, None,
        "To the pane before";
    Open: "open", "open", &["enter"], Everywhere, Moving, Some(4),
        "Open what is selected";
    Back: "back", "back", &["esc"], Everywhere, Moving, Some(5),
        "Close the dialog, drop the filter, or go back to the screen before; from the first, to the overview";
    OpenFilter: "open-filter", "filter", &["/"], Screens, Finding, Some(1),
        "Show only rows with these words; `!word` hides those that have it";
    CycleSort: "cycle-sort", "sort", &["s"], Sortable, Finding, Some(6),
        "Put the rows in another order";
    OpenPalette: "open-palette", "palette", &[":", "ctrl+k"], ScreensAndReading, Finding, Some(0),
        "Find any action, screen, deployment, region or resource by a few letters";
    OpenHelp: "open-help", "help", &["?", "f1"], ScreensAndReading, Reading, Some(2),
        "The keys that work here, and what the symbols mean";
    ExplainForecast: "explain-forecast", "what if", &["w"], OneDeployment, Reading, Some(7),
        "What a failover now would lose and how long it would take, in full";
    CopyValue: "copy-value", "copy", &["y"], ScreensAndReading, Reading, Some(8),
        "Copy the selected value";
    CopyAny: "copy-any", "copy part", &["V"], ScreensAndReading, Reading, None,
        "Choose one of all values of what is selected or read, and copy it";
    CopyScreen: "copy-screen", "copy screen", &["Y"], ScreensAndReading, Reading, None,
        "Copy the screen as text";
    CopyCommand: "copy-command", "copy command", &["ctrl+y"], ScreensAndReading, Reading, None,
        "Copy the `aws` command that shows what is selected or read, or what a step or a plan sends";
    DumpScreen: "dump-screen", "dump", &["ctrl+s"], ScreensAndReading, Reading, None,
        "Write the screen as text to a file in the data folder";
    RefreshNow: "refresh-now", "refresh", &["r"], ScreensAndReading, Program, Some(10),
        "Read everything of this deployment now";
    ToggleTempo: "toggle-tempo", "tempo", &["f"], Screens, Program, None,
        "Read often, as during a run, or calmly";
    ToggleClock: "toggle-clock", "clock", &["u"], ScreensAndReading, Display, None,
        "Times in UTC or in local time";
    CycleTheme: "cycle-theme", "theme", &["t"], ScreensAndReading, Display, None,
        "The next theme";
    ChooseColumns: "choose-columns", "columns", &["C"], Screens, Display, None,
        "Choose the columns of the table in view";
    ToggleColumn: "toggle-column", "show or hide", &["space"], Columns, Display, Some(0),
        "Show this column, or put it away";
    ToggleSilence: "toggle-silence", "silence", &["B"], ScreensAndReading, Display, None,
        "No more bell and desktop notices in this session, or again";
    ToggleSymbols: "toggle-symbols", "symbols", &["ctrl+t"], ScreensAndReading, Display, None,
        "Draw with plain ASCII characters, or with Unicode";
    Redraw: "redraw", "redraw", &["ctrl+l"], Everywhere, Display, None,
        "Draw the whole screen again";
    EraseWord: "erase-word", "erase word", &["ctrl+w"], Typing, Finding, None,
        "Erase the word before the cursor";
    EraseLine: "erase-line", "erase line", &["ctrl+u"], Typing, Finding, None,
        "Erase all that was typed";
    Tutorial: "tutorial", "tutorial", &["T"], Screens, Program, None,
        "Rehearse a failover, led step by step, in a simulated world of its own; there, end the guidance";
    ShowGreeting: "greeting", "welcome", &["ctrl+g"], ScreensAndReading, Program, None,
        "What this is, and what to try first";
    ClosePage: "close-page", "close", &["q"], Pages, Reading, Some(0),
        "Close this page";
    Quit: "quit", "quit", &["q"], Screens, Program, Some(11),
        "Leave; what is running in the cloud is not touched";
    QuitAnywhere: "quit-anywhere", "quit", &["ctrl+c"], Everywhere, Program, None,
        "Leave from anywhere, even while typing";
}

impl Action {
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.entry().name == name)
    }

    /// Whether it is done to the row under the cursor of its one screen, rather than to a deployment or a run.
    pub(crate) fn is_about_a_row(self) -> bool {
        matches!(self, Self::Propose | Self::ToggleFold | Self::Compare)
    }
}
