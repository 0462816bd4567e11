//! CloudFormation as the account has it: stacks, change sets and what they have made, folded from the log of deeds in
//! virtual time. It walks the real templates; which deployment's physics stand on them is decided in `cloud`. What a
//! state comes to depends on the deeds, the scenario and the seed alone, and no reader changes it.

pub(crate) mod change;
pub(crate) mod contents;
pub(crate) mod deeds;
pub(crate) mod founding;
pub(crate) mod physical;
pub(crate) mod refusals;
mod work;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use lifeboat_blueprint::template::Template;
use lifeboat_model::id::{DeploymentName, Region, StackName};
use serde_json::Value;

use crate::ACCOUNT;
use crate::draw::Draw;
use crate::scenario::Scenario;
use change::{Changed, Laid};
use contents::Contents;
use founding::Founded;
use work::Work;

/// The tag by which a deployment's stacks are known.
pub(crate) const DEPLOYMENT_TAG: &str = "lifeboat:deployment";
/// The tag that tells which blueprint they were made from.
pub(crate) const BLUEPRINT_TAG: &str = "lifeboat:blueprint";

/// What the account's state depends on besides its deeds.
#[derive(Clone, Copy)]
pub(crate) struct Nature<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) draw: Draw,
}

/// A stack by where it is and what it is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) region: Region,
    pub(crate) name: StackName,
}

impl Key {
    pub(crate) fn new(region: &Region, name: &StackName) -> Self {
        Self { region: region.clone(), name: name.clone() }
    }
}

/// Everything that CloudFormation, and what it drives, knows of.
#[derive(Clone, Debug, Default)]
pub(crate) struct Account {
    /// The newest second that has happened.
    pub(crate) now: i64,
    pub(crate) stacks: BTreeMap<Key, Arc<Stack>>,
    pub(crate) change_sets: BTreeMap<(Key, String), Arc<ChangeSet>>,
    /// Stacks that are gone, under their ids: their events can still be read.
    pub(crate) gone: BTreeMap<String, Arc<Stack>>,
    pub(crate) contents: Contents,
    /// Deployments whose stacks were complete, by name: they live until their last stack is gone.
    pub(crate) founded: BTreeMap<DeploymentName, Arc<Founded>>,
    /// Whether anything was made, changed or taken away since the beginning.
    pub(crate) changed: bool,
    /// How many resources were made in a place.
    made: BTreeMap<String, u32>,
    /// How many stacks there were of a name.
    stacks_made: BTreeMap<Key, u32>,
}

/// A template as it was sent.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) body: Cow<'static, str>,
    /// Parameters whose values are not told.
    pub(crate) no_echo: BTreeSet<String>,
    /// As it was read, until it is forgotten.
    read: Mutex<Option<Arc<Template>>>,
}

impl Sent {
    pub(crate) fn new(body: Cow<'static, str>, template: Template) -> Self {
        let parameters = template.parameters.iter().filter(|(_, parameter)| parameter.no_echo);
        let no_echo = parameters.map(|(name, _)| name.clone()).collect();
        Self { body, no_echo, read: Mutex::new(Some(Arc::new(template))) }
    }

    /// Read again where it was forgotten.
    pub(crate) fn template(&self) -> Result<Arc<Template>, String> {
        let held = self.read.lock().unwrap_or_else(PoisonError::into_inner).clone();
        held.map_or_else(|| change::parsed(&self.body).map(Arc::new), Ok)
    }

    /// Of those that stand when a world begins most are never asked for again, and together they are large.
    fn forget(&self) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    ReviewInProgress,
    CreateInProgress,
    CreateComplete,
    RollbackInProgress,
    RollbackComplete,
    RollbackFailed,
    DeleteInProgress,
    DeleteComplete,
    DeleteFailed,
    UpdateInProgress,
    UpdateCompleteCleanupInProgress,
    UpdateComplete,
    UpdateRollbackInProgress,
    UpdateRollbackCompleteCleanupInProgress,
    UpdateRollbackComplete,
    UpdateRollbackFailed,
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ReviewInProgress => "REVIEW_IN_PROGRESS",
            Self::CreateInProgress => "CREATE_IN_PROGRESS",
            Self::CreateComplete => "CREATE_COMPLETE",
            Self::RollbackInProgress => "ROLLBACK_IN_PROGRESS",
            Self::RollbackComplete => "ROLLBACK_COMPLETE",
            Self::RollbackFailed => "ROLLBACK_FAILED",
            Self::DeleteInProgress => "DELETE_IN_PROGRESS",
            Self::DeleteComplete => "DELETE_COMPLETE",
            Self::DeleteFailed => "DELETE_FAILED",
            Self::UpdateInProgress => "UPDATE_IN_PROGRESS",
            Self::UpdateCompleteCleanupInProgress => "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            Self::UpdateComplete => "UPDATE_COMPLETE",
            Self::UpdateRollbackInProgress => "UPDATE_ROLLBACK_IN_PROGRESS",
            Self::UpdateRollbackCompleteCleanupInProgress => "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            Self::UpdateRollbackComplete => "UPDATE_ROLLBACK_COMPLETE",
            Self::UpdateRollbackFailed => "UPDATE_ROLLBACK_FAILED",
        }
    }

    /// Whether the stack is as its template says, and takes an update.
    pub(crate) fn is_whole(self) -> bool {
        matches!(
            self,
            Self::CreateComplete
                | Self::UpdateComplete
                | Self::UpdateRollbackComplete
                | Self::UpdateCompleteCleanupInProgress
                | Self::UpdateRollbackCompleteCleanupInProgress
        )
    }

    pub(crate) fn takes_update(self) -> bool {
        matches!(self, Self::CreateComplete | Self::UpdateComplete | Self::UpdateRollbackComplete)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a stack is made from.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    pub(crate) sent: Arc<Sent>,
    pub(crate) inputs: BTreeMap<String, String>,
    pub(crate) tags: Vec<(String, String)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Stack {
    pub(crate) id: String,
    pub(crate) key: Key,
    pub(crate) status: Status,
    pub(crate) reason: Option<String>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: Option<i64>,
    pub(crate) protected: bool,
    /// `None` while it is only under review.
    pub(crate) wanted: Option<Wanted>,
    pub(crate) outputs: BTreeMap<String, String>,
    pub(crate) resources: BTreeMap<String, Resource>,
    /// Oldest first.
    pub(crate) events: Vec<Event>,
    /// When drift was last looked for.
    pub(crate) drift_asked_at: Option<i64>,
    work: Option<Work>,
    /// What an update that is under way, or failed half-way, goes back to.
    before: Option<(Wanted, BTreeMap<String, Laid>)>,
}

impl Stack {
    pub(crate) fn tag(&self, key: &str) -> Option<&str> {
        let tags = &self.wanted.as_ref()?.tags;
        tags.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_str())
    }

    fn tell(&mut self, at: i64, logical_id: &str, status: &str, reason: Option<&str>) {
        let resource = self.resources.get(logical_id);
        self.events.push(Event {
            at,
            logical_id: logical_id.to_owned(),
            physical_id: resource.and_then(|resource| resource.id.clone()),
            kind: resource.map(|resource| resource.laid.kind.clone()).unwrap_or_default(),
            status: status.to_owned(),
            reason: reason.map(ToOwned::to_owned),
        });
    }

    fn become_(&mut self, at: i64, status: Status, reason: Option<&str>) {
        self.status = status;
        self.reason = reason.map(ToOwned::to_owned);
        self.events.push(Event {
            at,
            logical_id: self.key.name.to_string(),
            physical_id: Some(self.id.clone()),
            kind: "AWS::CloudFormation::Stack".to_owned(),
            status: status.as_str().to_owned(),
            reason: self.reason.clone(),
        });
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Resource {
    /// As the template says it.
    pub(crate) laid: Laid,
    pub(crate) id: Option<String>,
    pub(crate) status: &'static str,
    pub(crate) reason: Option<String>,
    pub(crate) since: i64,
    /// Whether it exists.
    pub(crate) stands: bool,
    pub(crate) made_at: i64,
    /// Its properties as they were last sent.
    pub(crate) sent: Value,
    pub(crate) attributes: BTreeMap<String, Value>,
    /// What it replaced, until that is cleaned up.
    pub(crate) replaced: Option<Box<Replaced>>,
}

#[derive(Clone, Debug)]
pub(crate) struct Replaced {
    pub(crate) id: String,
    pub(crate) sent: Value,
    pub(crate) attributes: BTreeMap<String, Value>,
    pub(crate) made_at: i64,
}

impl Resource {
    fn waiting(laid: Laid) -> Self {
        Self {
            laid,
            id: None,
            status: "",
            reason: None,
            since: 0,
            stands: false,
            made_at: 0,
            sent: Value::Null,
            attributes: BTreeMap::new(),
            replaced: None,
        }
    }

    /// A property as it was sent, as text.
    pub(crate) fn text(&self, property: &str) -> &str {
        self.sent.get(property).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.get(name).and_then(Value::as_str).unwrap_or_default()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) at: i64,
    pub(crate) logical_id: String,
    pub(crate) physical_id: Option<String>,
    pub(crate) kind: String,
    pub(crate) status: String,
    pub(crate) reason: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct ChangeSet {
    pub(crate) creates: bool,
    pub(crate) created_at: i64,
    /// Until then it is being worked out.
    pub(crate) ready_at: i64,
    /// What it would do, or why it can do nothing.
    pub(crate) outcome: Result<Vec<Changed>, String>,
    pub(crate) executed: bool,
    pub(crate) wanted: Wanted,
}

impl Account {
    pub(crate) fn stack(&self, region: &Region, name: &StackName) -> Option<&Stack> {
        self.stacks.get(&Key::new(region, name)).map(Arc::as_ref)
    }

    /// Every resource that exists now, with its stack.
    pub(crate) fn standing(&self) -> impl Iterator<Item = (&Stack, &Resource)> {
        self.stacks.values().flat_map(|stack| {
            stack.resources.values().filter(|resource| resource.stands).map(move |resource| (stack.as_ref(), resource))
        })
    }

    /// The resource of a type, in a region, that AWS knows by this id.
    pub(crate) fn find(&self, kind: &str, region: &Region, id: &str) -> Option<(&Stack, &Resource)> {
        self.standing().find(|(stack, resource)| {
            resource.laid.kind == kind && stack.key.region == *region && resource.id.as_deref() == Some(id)
        })
    }

    /// The same, wherever its stack is: for what has no region, or another than its stack's.
    pub(crate) fn find_anywhere(&self, kind: &str, id: &str) -> Option<(&Stack, &Resource)> {
        self.standing().find(|(_, resource)| resource.laid.kind == kind && resource.id.as_deref() == Some(id))
    }

    /// Whether nothing will happen to it unless somebody does something.
    pub(crate) fn is_at_rest(&self) -> bool {
        self.next().is_none()
    }

    fn stack_mut(&mut self, key: &Key) -> Option<&mut Stack> {
        self.stacks.get_mut(key).map(Arc::make_mut)
    }

    /// The id of the next stack of a name.
    fn new_stack_id(&mut self, key: &Key) -> String {
        let before = self.stacks_made.entry(key.clone()).or_default();
        let word = physical::uuid(&format!("stack {}/{}/{before}", key.region, key.name));
        *before += 1;
        format!("arn:aws:cloudformation:{}:{ACCOUNT}:stack/{}/{word}", key.region, key.name)
    }

    /// Names of Availability Zones, as an account sees them.
    pub(crate) fn zones(region: &Region) -> Vec<String> {
        let letters = match region.as_str() {
            "us-east-1" => "abcdef",
            "us-west-2" | "ap-northeast-2" => "abcd",
            "us-west-1" | "ca-west-1" => "ab",
            _ => "abc",
        };
        letters.chars().map(|letter| format!("{region}{letter}")).collect()
    }

    /// Names of stacks of one deployment.
    pub(crate) fn stacks_of<'a>(&'a self, deployment: &'a DeploymentName) -> impl Iterator<Item = &'a Stack> {
        self.stacks
            .values()
            .map(Arc::as_ref)
            .filter(move |stack| stack.tag(DEPLOYMENT_TAG) == Some(deployment.as_str()))
    }

    /// The state as text: two histories are the same when this is.
    pub(crate) fn imprint(&self) -> String {
        let mut ids = BTreeSet::new();
        for stack in self.stacks.values().chain(self.gone.values()) {
            ids.insert(format!("{} {} {:?} {:?}", stack.id, stack.status, stack.events, stack.outputs));
            for (logical_id, resource) in &stack.resources {
                ids.insert(format!(
                    "{} {logical_id} {:?} {} {}",
                    stack.id, resource.id, resource.status, resource.sent
                ));
            }
        }
        format!("{ids:?}{:?}", self.contents)
    }
}

#[cfg(test)]
mod tests;
