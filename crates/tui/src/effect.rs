//! Everything the glass can ask of the world. Each carries all it needs; nothing is looked up afterwards.

use std::collections::BTreeMap;

use lifeboat_model::guard::GuardName;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::plan::Plan;
use lifeboat_model::read::Tempo;
use lifeboat_model::run::RunId;
use lifeboat_model::runbook::RunbookName;
use lifeboat_model::time::Timestamp;
use serde::{Deserialize, Serialize};

use crate::acting::{Question, Saying};
use crate::archive::{Query, Writing};
use crate::drafting::Choice;
use crate::remembered::Remembered;

/// Names one request to the program, so that its completion finds the words it was asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub u64);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// Leave the console. What runs in the cloud is not touched.
    Quit,
    /// Put `text` on the operator's clipboard (see [`crate::osc52`]). Answered by [`crate::Msg::Done`].
    Copy {
        request: RequestId,
        text: String,
    },
    /// Read everything of the deployment now. Answered by [`crate::Msg::Done`] once it was asked for.
    Refresh {
        request: RequestId,
        deployment: DeploymentName,
    },
    /// Poll the deployment at this tempo from now on.
    SetTempo {
        deployment: DeploymentName,
        tempo: Tempo,
    },
    /// Clear the terminal and draw everything again.
    Redraw,
    /// Write the screen, as text, to a file of its own. Answered by [`crate::Msg::Notice`] with where it is.
    Dump {
        text: String,
    },
    /// Keep this for the next session.
    Remember(Remembered),
    /// Call the person, by bell or by a notice on the desktop.
    Alert {
        text: String,
    },
    /// Leave this world for the tutorial's own.
    Tutorial,
    /// Make the plan of this runbook as it would be carried out now. Answered by [`crate::Msg::Proposed`].
    Propose {
        deployment: DeploymentName,
        runbook: RunbookName,
        drill: bool,
        /// What is to be made, where the runbook makes a deployment.
        choice: Option<Choice>,
        /// Guards that a person goes on against, with why.
        overrides: BTreeMap<GuardName, String>,
    },
    /// Tell which blueprints there are. Answered by [`crate::Msg::Blueprints`].
    Blueprints,
    /// Judge what was chosen, and what it comes to. Answered by [`crate::Msg::Drafted`], for the newest choice at least.
    Draft {
        choice: Choice,
    },
    /// Carry this plan out: `phrase` was typed for it. Answered by [`crate::Msg::Run`] as it goes on, and by
    /// [`crate::Msg::RunLeft`] once it does not.
    Begin {
        deployment: DeploymentName,
        plan: Box<Plan>,
        phrase: String,
        overrides: BTreeMap<GuardName, String>,
    },
    /// Write down that this person approves the plan, for a run that somebody else executes (`run`) or is to begin: its
    /// phrase was typed. Whether they count as another is not judged here. Answered by [`crate::Msg::Notice`].
    ApproveAsSecond {
        deployment: DeploymentName,
        run: Option<RunId>,
        plan: Box<Plan>,
        typed: String,
    },
    /// Write the plan to a file; where none is given it is made first. Answered by [`crate::Msg::Printed`].
    Print {
        deployment: DeploymentName,
        runbook: RunbookName,
        drill: bool,
        plan: Option<Box<Plan>>,
    },
    /// Give up a run that nobody executes. Answered as a beginning is.
    Abort {
        deployment: DeploymentName,
        run: RunId,
    },
    /// Go on with a run that nobody executes. Answered as a beginning is.
    Resume {
        deployment: DeploymentName,
        run: RunId,
    },
    /// Let this session act on the deployment for a while: its name was typed for it. Answered by
    /// [`crate::Msg::Access`].
    RaiseAccess {
        deployment: DeploymentName,
        typed: String,
    },
    /// Only read it from now on. Answered likewise.
    LowerAccess {
        deployment: DeploymentName,
    },
    /// Write down that an incident is under way, that it is over, or a note. Answered by [`crate::Msg::Done`], and by
    /// [`crate::Msg::Logbook`].
    DeclareIncident {
        request: RequestId,
        deployment: DeploymentName,
        began_at: Timestamp,
        text: String,
    },
    CloseIncident {
        request: RequestId,
        deployment: DeploymentName,
        text: String,
    },
    Note {
        request: RequestId,
        deployment: DeploymentName,
        text: String,
    },
    /// Read the journal, these of its entries among it, and again while they are in view. Answered by
    /// [`crate::Msg::Journal`].
    ReadJournal {
        deployment: DeploymentName,
        query: Query,
    },
    /// Walk through the whole journal. Answered by [`crate::Msg::Verified`].
    VerifyJournal,
    /// Make this of what the journal holds. Answered by [`crate::Msg::Document`].
    ReadDocument {
        deployment: DeploymentName,
        writing: Writing,
    },
    /// Tell the run that is executed here what a person says, to the question that is open where one is.
    Say {
        deployment: DeploymentName,
        question: Option<Question>,
        what: Saying,
    },
}
