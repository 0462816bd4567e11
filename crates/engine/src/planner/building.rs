//! What plans of stacks have in common, whether they make or take away: the ground they are planned on, how each stack
//! stands, and why no plan can be made. Pure: what is missing is named as a question, and who plans asks it.

mod cost;
mod diff;
pub mod drift;
mod parts;
pub mod provision;
pub mod teardown;

use std::collections::BTreeMap;

use lifeboat_blueprint::manifest::LeftoverKind;
use lifeboat_blueprint::stacks::LeftoverSpec;
use lifeboat_blueprint::{Blueprint, Chosen, StackPlan, StackSpec};
use lifeboat_model::call::Call;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::leftover::Named;
use lifeboat_model::facts::stack::Stack;
use lifeboat_model::id::{AccountId, DeploymentName, Region, StackName};
use lifeboat_model::objective::Objectives;
use lifeboat_model::plan::{Condition, Plan, Step, StepId};
use lifeboat_model::read::PlannedRead;
use lifeboat_model::time::{Duration, Timestamp};
use lifeboat_model::wording::list;

use crate::findings::Findings;
use crate::questions;

use super::invariants::Broken;

/// Everything a plan of stacks is made from.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    pub blueprint: &'a Blueprint,
    pub chosen: &'a Chosen,
    /// What the blueprint comes to with what was chosen.
    pub stacks: &'a StackPlan,
    /// What the deployment is known to have had before: stacks of parameters that are off now are among them.
    pub earlier: &'a [Earlier],
    pub account: Option<&'a AccountId>,
    pub objectives: &'a Objectives,
    pub findings: &'a Findings,
    /// How long steps of the same name took in earlier runs: their median, and of how many.
    pub lengths: &'a BTreeMap<StepId, (Duration, usize)>,
    pub now: Timestamp,
}

/// A stack that Lifeboat made once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Earlier {
    /// Within the manifest.
    pub id: String,
    pub region: Region,
    pub name: StackName,
}

/// Why no plan of stacks can be made. Each says what a person can do.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum CannotBuild {
    #[error("{0}")]
    NotRead(CloudError),
    #[error("{what} in {region} has not been asked")]
    NotAsked { what: String, region: Region },
    #[error("{stack} in {region} is {status}: something is being done to it")]
    Busy { stack: StackName, region: Region, status: String },
    #[error("a deletion of {stack} in {region} failed half-way (DELETE_FAILED), and what is left of it may hold data")]
    HalfDeleted { stack: StackName, region: Region },
    #[error("{stack} in {region} belongs to the deployment `{owner}`, and not to this one")]
    NotOurs { stack: StackName, region: Region, owner: String },
    #[error("{stack} in {region} is there already, and nothing tells whose it is")]
    Untagged { stack: StackName, region: Region },
    #[error(
        "{stack} in {region} stands as `{id}` of this deployment, which would now be {wanted}: both would be deployed, and \
         only one known"
    )]
    OtherName { id: String, stack: StackName, region: Region, wanted: String },
    #[error("{region} does not answer, and {stack} can be made only with what its stacks tell")]
    NeedsTheLost { stack: StackName, region: Region },
    #[error("nothing can be made in {region}, which does not answer")]
    Lost { region: Region },
    #[error("the deployment is protected: {why}")]
    Protected { why: String },
    #[error("which of the two regions writes to {global_cluster} is not known: {why}")]
    RolesUnknown { global_cluster: String, why: String },
    #[error("what the template of {stack} comes to now cannot be told: {why}")]
    NotUnderstood { stack: StackName, why: String },
    #[error("`{parameter}` cannot be changed while {resource} of {stack} stands: {why}")]
    Permanent { deployment: DeploymentName, parameter: String, stack: StackName, resource: String, why: String },
    #[error("the plan breaks a rule that no plan may break: {0}")]
    Breaks(Broken),
}

impl CannotBuild {
    /// What a person can do about it.
    pub fn fix(&self) -> String {
        match self {
            Self::NotRead(error) => error.fix.clone().unwrap_or_else(|| "restore the right to read it".to_owned()),
            Self::NotAsked { .. } => "try again".to_owned(),
            Self::Busy { .. } => "wait until it is over; `lifeboat runs` shows whether it is one of Lifeboat's".to_owned(),
            Self::HalfDeleted { stack, region } => format!(
                "AWS can only delete such a stack: save what is in it first, then take the deployment away with `lifeboat \
                 down`, or that stack alone with `aws cloudformation delete-stack --stack-name {stack} --region {region}`, \
                 and make it anew"
            ),
            Self::NotOurs { .. } => "choose other names, for example with `--param EnvironmentSuffix=NAME`".to_owned(),
            Self::Untagged { .. } => "choose other names, for example with `--param EnvironmentSuffix=NAME`; if it is this \
                                      deployment's, name it under `stacks` of the deployment in the configuration"
                .to_owned(),
            Self::OtherName { .. } => {
                "choose another `--name` for a second deployment, or give the parameters that the first was made with"
                    .to_owned()
            }
            Self::NeedsTheLost { region, .. } | Self::Lost { region } => {
                format!("wait until {region} answers; what stands in the other region can be updated meanwhile")
            }
            Self::Protected { .. } => "take the protection off first, if that is what you want".to_owned(),
            Self::RolesUnknown { .. } => {
                "see `lifeboat status`: the reader's stack goes before the writer's, and which that is only live roles tell"
                    .to_owned()
            }
            Self::NotUnderstood { .. } => "look at the template with `aws cloudformation get-template`".to_owned(),
            Self::Permanent { deployment, .. } => format!(
                "leave it as it stands; or make another deployment with it and restore a snapshot there; or `lifeboat down \
                 {deployment}`, which deletes its data, and then `lifeboat up` with it"
            ),
            Self::Breaks(broken) => broken.fix().to_owned(),
        }
    }
}

/// How a stack stands.
#[derive(Clone, Copy, Debug)]
pub(super) enum Standing<'a> {
    Absent,
    /// Its region does not answer.
    Lost,
    Stands(&'a Stack),
}

impl<'a> Standing<'a> {
    pub(super) fn stack(self) -> Option<&'a Stack> {
        match self {
            Self::Stands(stack) => Some(stack),
            Self::Absent | Self::Lost => None,
        }
    }

    pub(super) fn is_lost(self) -> bool {
        matches!(self, Self::Lost)
    }
}

/// The tag by which a deployment's own things are found.
pub const DEPLOYMENT_TAG: &str = "lifeboat:deployment";
/// The tag that says what its stacks were made from.
pub const BLUEPRINT_TAG: &str = "lifeboat:blueprint";

impl<'a> Ground<'a> {
    pub(super) fn standing(&self, region: &Region, name: &StackName) -> Result<Standing<'a>, CannotBuild> {
        let asked = questions::stack(region, name);
        match self.heard(&asked, || format!("stack {name}"))? {
            None => Ok(Standing::Lost),
            Some(Facts::Stacks(stacks)) => {
                let found = stacks.iter().find(|stack| stack.name == *name && !stack.is_deleted());
                Ok(found.map_or(Standing::Absent, Standing::Stands))
            }
            Some(_) => Err(CannotBuild::NotAsked { what: format!("stack {name}"), region: region.clone() }),
        }
    }

    /// An answer; `None` where nobody answers there.
    pub(super) fn heard(
        &self,
        asked: &PlannedRead,
        what: impl FnOnce() -> String,
    ) -> Result<Option<&'a Facts>, CannotBuild> {
        let not_asked = || CannotBuild::NotAsked { what: what(), region: asked.region.clone() };
        let reading = self.findings.get(asked).ok_or_else(not_asked)?;
        match (&reading.failure, &reading.last) {
            (Some(failure), _) if failure.error.kind.is_silence() => Ok(None),
            (Some(failure), _) => Err(CannotBuild::NotRead(failure.error.clone())),
            (None, Some(last)) => Ok(Some(&last.value)),
            (None, None) => Err(CannotBuild::NotAsked { what: String::new(), region: asked.region.clone() }),
        }
    }

    /// The same of what no plan can be made without: that nobody answers is told.
    pub(super) fn must_hear(
        &self,
        asked: &PlannedRead,
        what: impl FnOnce() -> String,
    ) -> Result<&'a Facts, CannotBuild> {
        if let Some(facts) = self.heard(asked, what)? {
            return Ok(facts);
        }
        let failure = self.findings.get(asked).and_then(|reading| reading.failure.as_ref());
        Err(match failure {
            Some(failure) => CannotBuild::NotRead(failure.error.clone()),
            None => CannotBuild::NotAsked { what: asked.read.service().to_string(), region: asked.region.clone() },
        })
    }

    /// Those of another deployment are nobody's to change here, and neither are those of which nobody can tell whose they
    /// are: names of one kind are taken by many. A stack that was never executed has no tags yet, and nothing in it.
    pub(super) fn prove_ours(&self, region: &Region, stack: &Stack) -> Result<(), CannotBuild> {
        let is_known = || self.earlier.iter().any(|known| known.name == stack.name && known.region == *region);
        match stack.tags.get(DEPLOYMENT_TAG) {
            Some(owner) if owner != self.chosen.deployment.as_str() => {
                Err(CannotBuild::NotOurs { stack: stack.name.clone(), region: region.clone(), owner: owner.clone() })
            }
            Some(_) => Ok(()),
            None if stack.is_in_review() || is_known() => Ok(()),
            None => Err(CannotBuild::Untagged { stack: stack.name.clone(), region: region.clone() }),
        }
    }

    /// A stack's tags: those of the blueprint, and what says whose it is, whatever the blueprint says.
    pub(super) fn tags(&self, spec: &StackSpec) -> Vec<(String, String)> {
        let own = [
            (DEPLOYMENT_TAG.to_owned(), self.chosen.deployment.to_string()),
            (BLUEPRINT_TAG.to_owned(), self.blueprint.manifest.name.clone()),
        ];
        let others = spec.tags.iter().filter(|(key, _)| own.iter().all(|(name, _)| name != key)).cloned();
        let mut tags: Vec<(String, String)> = others.collect();
        tags.extend(own);
        tags
    }

    pub(super) fn template(&self, spec: &StackSpec) -> Option<&'a lifeboat_blueprint::Template> {
        self.blueprint.templates.get(&spec.template)
    }

    /// The pair as a plan names it: whichever of the two answers is where it leads.
    pub(super) fn direction(&self, lost: &[Region]) -> (Region, Region, lifeboat_model::runbook::Mode) {
        use lifeboat_model::runbook::Mode;
        let (home, partner) = (self.chosen.home.clone(), self.chosen.partner.clone());
        if lost.contains(&home) {
            (home, partner, Mode::Unplanned)
        } else if lost.contains(&partner) {
            (partner, home, Mode::Unplanned)
        } else {
            (partner, home, Mode::Planned)
        }
    }
}

/// What no plan of stacks may do, whoever made it: seen in the plan alone.
pub(super) fn prove(plan: &Plan) -> Result<(), CannotBuild> {
    super::invariants::invariants(plan).map_err(CannotBuild::Breaks)?;
    let Some(build) = &plan.build else { return Ok(()) };
    plan.steps.iter().try_for_each(can_be_repeated).map_err(CannotBuild::Breaks)?;
    for step in &plan.steps {
        for call in &step.calls {
            let Call::DeleteStack { region, stack } = call else { continue };
            let is_named = build.stacks.iter().any(|named| named.name == *stack && named.region == *region);
            if !is_named {
                let why = format!("{stack} in {region} is no stack of this deployment");
                return Err(CannotBuild::Breaks(Broken::Deletes { step: step.id.clone(), why }));
            }
        }
    }
    Ok(())
}

/// What holds by nothing but the calls sent again has calls, and may send them again.
fn can_be_repeated(step: &Step) -> Result<(), Broken> {
    let is_again = |condition: &Condition| {
        matches!(condition, Condition::StackGone { .. } | Condition::BucketEmpty { .. } | Condition::VaultEmpty { .. })
    };
    let waits_in_vain = step.repeats.is_some() && step.calls.is_empty();
    let ends_at_once = step.repeats.is_none() && !step.calls.is_empty() && step.verify.iter().any(is_again);
    if waits_in_vain || ends_at_once { Err(Broken::Repeats { step: step.id.clone() }) } else { Ok(()) }
}

/// Types of resources that hold what nobody can make again.
pub(super) fn holds_data(resource_type: &str) -> bool {
    matches!(
        resource_type,
        "AWS::RDS::DBCluster"
            | "AWS::RDS::GlobalCluster"
            | "AWS::RDS::DBInstance"
            | "AWS::DynamoDB::Table"
            | "AWS::DynamoDB::GlobalTable"
            | "AWS::S3::Bucket"
            | "AWS::SecretsManager::Secret"
            | "AWS::KMS::Key"
            | "AWS::Backup::BackupVault"
            | "AWS::EFS::FileSystem"
            | "AWS::SQS::Queue"
            | "AWS::Cognito::UserPool"
    )
}

pub(super) fn lost_regions(found: &[(&StackSpec, Standing<'_>)]) -> Vec<Region> {
    let mut lost: Vec<Region> =
        found.iter().filter(|(_, standing)| standing.is_lost()).map(|(spec, _)| spec.region.clone()).collect();
    lost.sort();
    lost.dedup();
    lost
}

pub(super) fn lost_note(lost: &[Region]) -> Option<String> {
    let names: Vec<&str> = lost.iter().map(Region::as_str).collect();
    (!lost.is_empty()).then(|| {
        format!("{} does not answer: nothing is done there, and it is not known what stands in it.", list(&names))
    })
}

fn folder(blueprint: &Blueprint) -> Option<String> {
    match &blueprint.origin {
        lifeboat_blueprint::Origin::BuiltIn => None,
        lifeboat_blueprint::Origin::Folder(path) => Some(path.clone()),
    }
}

/// Regions and parameters, as they were chosen.
fn parameters(ground: &Ground<'_>) -> BTreeMap<String, String> {
    let manifest = &ground.blueprint.manifest;
    let mut parameters = ground.chosen.values.clone();
    parameters.insert(manifest.home.parameter.clone(), ground.chosen.home.to_string());
    parameters.insert(manifest.partner.parameter.clone(), ground.chosen.partner.to_string());
    parameters
}

fn named(leftover: &LeftoverSpec) -> Named {
    let name = leftover.name.clone();
    match leftover.kind {
        LeftoverKind::LogGroup => Named::LogGroup(name),
        LeftoverKind::Secret => Named::Secret(name),
        LeftoverKind::SsmParameter => Named::SsmParameter(name.into()),
        LeftoverKind::KmsKey => Named::KmsKey(name),
        LeftoverKind::RecoveryPoint => Named::RecoveryPoint(name.into()),
        LeftoverKind::DbClusterSnapshot => Named::DbClusterSnapshot(name.into()),
        LeftoverKind::Table => Named::Table(name.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::parts::{Filling as _, step};
    use super::*;
    use lifeboat_model::runbook::StepKind;

    #[test]
    fn what_is_to_be_sent_again_can_be() {
        let (region, stack) = (Region::from("us-east-1"), StackName::from("shop"));
        let bare = || {
            let gone = Condition::StackGone { region: region.clone(), stack: stack.clone(), refusals: Vec::new() };
            step("delete-shop", StepKind::DeleteStack, "Delete shop").until([gone])
        };
        let call = Call::DeleteStack { region: region.clone(), stack: stack.clone() };
        let every = Duration::from_secs(15);
        assert!(can_be_repeated(&bare()).is_ok(), "it only waits");
        assert!(can_be_repeated(&bare().calls([call.clone()]).repeats(every)).is_ok());
        assert!(can_be_repeated(&bare().repeats(every)).is_err(), "nothing is ever sent");
        assert!(can_be_repeated(&bare().calls([call])).is_err(), "it is sent once, and may have to be again");
    }
}
