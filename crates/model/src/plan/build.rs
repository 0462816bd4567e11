//! What a plan makes, changes or takes away of a deployment itself: its stacks with every resource, what they cost and
//! how long they take. Beside the calls, which carry the templates' text: this is what a person approves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::facts::leftover::Named;
use crate::id::{GlobalClusterId, Region, StackName};
use crate::time::Duration;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Build {
    /// The blueprint's name.
    pub blueprint: String,
    /// The folder it was read from; `None` for one that is built in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<String>,
    /// What it was asked for with. Nothing secret is ever a parameter.
    pub parameters: BTreeMap<String, String>,
    /// Whether its manifest says that it must not be taken away.
    pub protected: bool,
    /// In the order of the manifest.
    pub stacks: Vec<BuildStack>,
    /// What CloudFormation cannot do, and the plan does instead, each a sentence.
    pub beyond: Vec<String>,
    /// What it costs while it stands, or no longer costs once it is gone.
    pub cost: Vec<CostLine>,
    pub usd_month: f64,
    /// When the prices were valid, and where they are from.
    pub prices: String,
    /// What its regions must offer.
    pub engines: Vec<EngineWanted>,
    pub zones: Vec<ZonesWanted>,
    pub quotas: Vec<QuotaWanted>,
    /// Names that nothing may have yet.
    pub names: Vec<NamesWanted>,
    /// Deletions that are known to be refused at first, each a sentence with why and for how long.
    pub refusals: Vec<String>,
    /// How much there was of what is deleted when the plan was made, each a sentence: not hashed, since it changes with
    /// everything that clients write.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forecast: Vec<String>,
    /// Whose roles decide which of two stacks is deleted first; the plan names the writer they were told of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub global_cluster: Option<GlobalClusterId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuildStack {
    /// Its name within the manifest.
    pub id: String,
    pub name: StackName,
    pub region: Region,
    pub action: StackAction,
    /// As CloudFormation told when the plan was made; `None` where there was no such stack. A plan is for this status
    /// and no other.
    pub status: Option<String>,
    pub resources: Vec<BuildResource>,
    /// The longest way through its resources.
    pub expected: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StackAction {
    Create,
    Update,
    /// It stands as it should.
    Keep,
    Delete,
    /// Its region does not answer: nothing is done to it.
    Leave,
}

impl StackAction {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Keep => "keep",
            Self::Delete => "delete",
            Self::Leave => "leave",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BuildResource {
    pub logical_id: String,
    pub resource_type: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    pub action: ResourceAction,
    /// Whether data go with it when it goes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub holds_data: bool,
    pub expected: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceAction {
    Add,
    Modify,
    /// Another takes its place, and what it held goes.
    Replace,
    Remove,
    Keep,
}

impl ResourceAction {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Modify => "modify",
            Self::Replace => "REPLACE",
            Self::Remove => "remove",
            Self::Keep => "keep",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CostLine {
    pub what: String,
    /// `None` where no price of it is known.
    pub usd_month: Option<f64>,
    /// How the number comes about: `2 × $0.073 an hour`.
    pub basis: String,
}

/// A version of a database engine, with support for global databases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineWanted {
    pub region: Region,
    pub engine: String,
    pub version: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ZonesWanted {
    pub region: Region,
    pub count: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaWanted {
    pub region: Region,
    pub service_code: String,
    pub quota_code: String,
    /// For people, in the plural.
    pub what: String,
    pub at_least: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamesWanted {
    pub region: Region,
    pub named: Vec<Named>,
}

/// What is looked for in one region once everything is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leftovers {
    /// Whatever bears all of these.
    pub tags: Vec<(String, String)>,
    /// What bears none.
    pub named: Vec<Named>,
    pub stacks: Vec<StackName>,
}

impl Build {
    /// What another resource takes the place of, and with it its data.
    pub fn loses_data(&self) -> impl Iterator<Item = (&BuildStack, &BuildResource)> {
        self.stacks.iter().flat_map(|stack| stack.resources.iter().map(move |resource| (stack, resource))).filter(
            |(_, resource)| {
                resource.holds_data && matches!(resource.action, ResourceAction::Replace | ResourceAction::Remove)
            },
        )
    }

    /// Whether it leaves everything as it is.
    pub fn is_nothing(&self) -> bool {
        self.stacks.iter().all(|stack| matches!(stack.action, StackAction::Keep | StackAction::Leave))
    }
}
