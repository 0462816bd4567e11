//! Everything that can happen to the glass, as data: a session is a starting model and a row of these.

use std::sync::Arc;

use lifeboat_model::assessment::{CostRate, RunHistory};
use lifeboat_model::document::Document;
use lifeboat_model::id::{DeploymentName, Region, StackName};
use lifeboat_model::incident::Logbook;
use lifeboat_model::preflight::Standing;
use lifeboat_model::read::Tempo;
use lifeboat_model::run::Entry;
use lifeboat_model::runbook::RunbookName;
use lifeboat_model::snapshot::Observation;
use lifeboat_model::time::{Duration, Timestamp};
use lifeboat_model::topology::Deployment;
use serde::{Deserialize, Serialize};

use crate::acting::{PastRun, Proposal};
use crate::action::Action;
use crate::archive::{Chain, Query, Shelf, Writing};
use crate::drafting::{Choice, Draft, Offer};
use crate::effect::RequestId;
use crate::estate::{Estate, StackNews};
use crate::format::LocalOffset;
use crate::key::Key;
use crate::model::Access;
use crate::theme::Theme;

#[expect(clippy::large_enum_variant, reason = "each is moved once and dropped; a box would cost what it saves")]
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Msg {
    Key(Key),
    /// Bracketed paste. Text where text is taken, nothing anywhere else.
    Paste(String),
    /// Asked for by other means than a key.
    Action(Action),
    Resized {
        columns: u16,
        rows: u16,
    },
    /// The time by the cloud's clock, which is virtual on the simulator. Sent about four times a second.
    Tick(Timestamp),
    /// The time by the operator's own clock, which no simulation hurries: what a person has so long for ends by it. Sent
    /// beside each tick, and before a key after which it may have been standing still.
    WallClock(Timestamp),
    Observed(Observation),
    Cost {
        deployment: DeploymentName,
        rate: CostRate,
    },
    History {
        deployment: DeploymentName,
        history: RunHistory,
    },
    /// Where the deployment's runbooks stand.
    Standing {
        deployment: DeploymentName,
        standing: Standing,
    },
    /// The plan that was asked for, or why none can be made.
    Proposed {
        deployment: DeploymentName,
        runbook: RunbookName,
        outcome: Result<Box<Proposal>, String>,
    },
    /// What is new of a run; the first entry of another one takes the place of the run that was shown. A tape holds the
    /// same entries as the model, and not a copy of them.
    Run {
        deployment: DeploymentName,
        entries: Vec<Arc<Entry>>,
        /// Executed by this process.
        here: bool,
    },
    /// This process executes the deployment's run no more, with why where it could not go on.
    RunLeft {
        deployment: DeploymentName,
        outcome: Result<(), String>,
    },
    /// What may be done with the deployment from now on, and for how much longer where that is limited; `why` where a
    /// person is to be told.
    Access {
        deployment: DeploymentName,
        access: Access,
        left: Option<Duration>,
        why: Option<String>,
    },
    /// Where the paper copy of a plan is, or why there is none.
    Printed {
        outcome: Result<String, String>,
    },
    /// What is written of the deployment beside its runs, and the newest of these.
    Logbook {
        deployment: DeploymentName,
        logbook: Logbook,
        past: Vec<PastRun>,
    },
    /// What the journal holds; `None` where that is what was told before.
    Journal {
        deployment: DeploymentName,
        query: Query,
        at: Timestamp,
        outcome: Result<Option<Box<Shelf>>, String>,
    },
    /// Whether the journal is whole.
    Verified {
        at: Timestamp,
        chain: Chain,
    },
    /// What was made of the journal to be read in full.
    Document {
        deployment: DeploymentName,
        writing: Writing,
        outcome: Result<Box<Document>, String>,
    },
    /// Which stacks a deployment has, and what is known of them beforehand. What was read of them stays read.
    Estate {
        deployment: DeploymentName,
        estate: Box<Estate>,
    },
    /// One reading of one stack.
    StackRead {
        deployment: DeploymentName,
        region: Region,
        stack: StackName,
        at: Timestamp,
        news: StackNews,
    },
    /// The blueprints that there are.
    Blueprints(Vec<Offer>),
    /// What was chosen, judged; or why it cannot be.
    Drafted {
        of: Choice,
        outcome: Result<Box<Draft>, String>,
    },
    /// A teardown ended, and nothing of the deployment is left.
    TakenAway(DeploymentName),
    /// An effect is done, or failed; the text says what a person should know.
    Done {
        request: RequestId,
        outcome: Result<(), String>,
    },
    /// Something the program has to say.
    Notice {
        text: String,
        trouble: bool,
    },
    /// Use this theme, by name: the terminal has told that its background is light, or dark.
    Theme(String),
    /// The pollers of the deployment go at this tempo now, though nobody at the keys asked for it.
    Tempo {
        deployment: DeploymentName,
        tempo: Tempo,
    },
    /// All the deployments that there are, in full: when the console opened only an outline of them was known.
    Discovered(Vec<Deployment>),
    /// The themes changed, as when a user's file was saved. The one in use stays in use by its name.
    Themes(Vec<Theme>),
    /// The operator's offset from UTC changed, or was found out.
    LocalOffset(LocalOffset),
}
