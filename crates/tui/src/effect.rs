//! Everything the glass can ask of the world. Each carries all it needs; nothing is looked up afterwards.

use lifeboat_model::id::DeploymentName;
use lifeboat_model::read::Tempo;
use serde::{Deserialize, Serialize};

/// Names one request to the program, so that its completion finds the words it was asked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub u64);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Leave the console. What runs in the cloud is not touched.
    Quit,
    /// Put `text` on the operator's clipboard (see [`crate::osc52`]). Answered by [`crate::Msg::Done`].
    Copy { request: RequestId, text: String },
    /// Read everything of the deployment now. Answered by [`crate::Msg::Done`] once it was asked for.
    Refresh { request: RequestId, deployment: DeploymentName },
    /// Poll the deployment at this tempo from now on.
    SetTempo { deployment: DeploymentName, tempo: Tempo },
    /// Clear the terminal and draw everything again.
    Redraw,
}
