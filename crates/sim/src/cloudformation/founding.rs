//! Deployments as they are found among the stacks: which blueprint they were made from, whether everything of it stands,
//! and the five that stand when a world begins, which are walked once and shared.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use lifeboat_blueprint::{Chosen, InputValue, StackPlan, StepAction};
use lifeboat_model::id::{DeploymentName, Region};
use lifeboat_model::topology;

use super::{Account, BLUEPRINT_TAG, DEPLOYMENT_TAG, Key, Nature, Sent, Stack, Wanted};
use crate::blueprint;
use crate::draw::digest;
use crate::estate::Estate;
use crate::side::Pair;
use crate::world::BUILT_BEFORE_S;

/// A deployment all of whose stacks were complete.
#[derive(Clone, Debug)]
pub(crate) struct Founded {
    pub(crate) name: DeploymentName,
    pub(crate) blueprint: topology::Blueprint,
    pub(crate) regions: Pair<Region>,
    /// The manifest's own parameters.
    pub(crate) values: BTreeMap<String, String>,
    /// Its stacks by their ids within the manifest.
    pub(crate) stacks: BTreeMap<String, Key>,
    /// Since when; below offset zero for those that were there before.
    pub(crate) since: i64,
    /// When somebody began to take it away.
    pub(crate) left_at: Option<i64>,
    /// What its physics stand on; `None` where the stacks lack what the architecture is made of.
    pub(crate) estate: Option<Arc<Estate>>,
    /// What makes it itself: when one of these is another, it is another deployment.
    identity: Vec<String>,
}

/// Types without which a deployment is not the one it was.
const IDENTITY: &[&str] = &[
    "AWS::ApiGateway::RestApi",
    "AWS::DynamoDB::GlobalTable",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::GlobalAccelerator::Accelerator",
    "AWS::GlobalAccelerator::EndpointGroup",
    "AWS::Lambda::Function",
    "AWS::Lambda::Url",
    "AWS::RDS::DBCluster",
    "AWS::Route53::HealthCheck",
    "AWS::Route53::HostedZone",
    "AWS::S3::Bucket",
];

/// The account in which each built-in blueprint stands once, under its own name, as it does when a world begins.
pub(crate) fn standing_five(standby_takes_over: bool) -> Arc<Account> {
    static STANDING: OnceLock<Arc<Account>> = OnceLock::new();
    static TAKING_OVER: OnceLock<Arc<Account>> = OnceLock::new();
    if standby_takes_over {
        let changed = || {
            let mut account = standing_five(false).as_ref().clone();
            account.lay_estates(true);
            Arc::new(account)
        };
        return Arc::clone(TAKING_OVER.get_or_init(changed));
    }
    let stand = || {
        let mut account = Account { now: i64::MIN, ..Account::default() };
        for blueprint in topology::Blueprint::ALL {
            if let Err(error) = account.stand_built_in(blueprint, "dev") {
                // Tests hold every built-in blueprint to be walkable; a world without one of them is still a world.
                tracing::error!(%blueprint, error, "a built-in blueprint cannot be walked");
            }
        }
        account.lay_estates(false);
        Arc::new(account)
    };
    Arc::clone(STANDING.get_or_init(stand))
}

/// An account with one built-in blueprint under a suffix.
pub(crate) fn standing_one(blueprint: topology::Blueprint, suffix: &str) -> Result<Account, String> {
    let mut account = Account { now: i64::MIN, ..Account::default() };
    account.stand_built_in(blueprint, suffix)?;
    account.lay_estates(false);
    Ok(account)
}

impl Account {
    fn stand_built_in(&mut self, blueprint: topology::Blueprint, suffix: &str) -> Result<(), String> {
        let mut built_in = lifeboat_blueprint::read_builtin(blueprint.as_str()).ok_or("there is no such blueprint")?;
        let mut chosen = Chosen::defaults(&built_in.manifest, DeploymentName::from(blueprint.as_str()));
        chosen.values.insert("EnvironmentSuffix".to_owned(), suffix.to_owned());
        let told = |mistakes: Vec<lifeboat_blueprint::Mistake>| {
            mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        let plan = lifeboat_blueprint::stacks(&built_in, &chosen).map_err(told)?;
        for step in &plan.steps {
            self.take_step(&step.action);
        }
        let files = lifeboat_blueprint::builtin_files(blueprint.as_str()).iter();
        let sent: BTreeMap<&str, Arc<Sent>> = files
            .filter_map(|(file, body)| {
                let template = built_in.templates.remove(*file)?;
                Some((*file, Arc::new(Sent::new(Cow::Borrowed(body), template))))
            })
            .collect();
        for spec in &plan.stacks {
            let sent = sent.get(spec.template.as_str()).ok_or("its template is missing")?;
            let template = sent.template()?;
            let inputs =
                spec.inputs.iter().filter_map(|input| Some((input.key.clone(), self.answer(&plan, &input.value)?)));
            let mut inputs: BTreeMap<String, String> = inputs.collect();
            for (name, parameter) in &template.parameters {
                if let Some(default) = &parameter.default {
                    inputs.entry(name.clone()).or_insert_with(|| default.clone());
                }
            }
            let mut tags = spec.tags.clone();
            tags.retain(|(key, _)| key != BLUEPRINT_TAG);
            tags.push((BLUEPRINT_TAG.to_owned(), blueprint.as_str().to_owned()));
            let key = Key::new(&spec.region, &spec.name);
            self.stand(&key, Wanted { sent: Arc::clone(sent), inputs, tags }, -BUILT_BEFORE_S)?;
        }
        for sent in sent.values() {
            sent.forget();
        }
        let mut founded = founded(chosen, blueprint, &plan);
        founded.since = -BUILT_BEFORE_S;
        founded.identity = self.identity(&founded);
        let (buckets, vaults) = (self.buckets_of(&founded), self.vaults_of(&founded));
        self.contents.stock(&buckets, &vaults);
        self.contents.fill(&buckets, &vaults, 0);
        self.founded.insert(founded.name.clone(), Arc::new(founded));
        Ok(())
    }

    fn lay_estates(&mut self, standby_takes_over: bool) {
        let names: Vec<DeploymentName> = self.founded.keys().cloned().collect();
        for name in names {
            let estate = blueprint::estate_of(self, &name, standby_takes_over).map(Arc::new);
            if let Some(founded) = self.founded.get_mut(&name) {
                Arc::make_mut(founded).estate = estate;
            }
        }
    }

    fn take_step(&mut self, action: &StepAction) {
        match action {
            StepAction::ManagedKey { region, alias } => {
                self.contents.make_key(region, alias);
            }
            StepAction::SecureParameter { regions, name, .. } => {
                for region in regions {
                    self.contents.put_secure(region, name, digest(name.as_bytes()), -BUILT_BEFORE_S);
                }
            }
            StepAction::GlobalWriterEndpoint { .. }
            | StepAction::DeleteParameter { .. }
            | StepAction::EmptyBucket { .. }
            | StepAction::EmptyVault { .. }
            | StepAction::ForeignRecords { .. } => {}
        }
    }

    /// An input with what the stacks before it have told.
    pub(super) fn answer(&self, plan: &StackPlan, value: &InputValue) -> Option<String> {
        match value {
            InputValue::Literal(text) => Some(text.clone()),
            InputValue::Output { stack: (region, name), key, .. } => {
                self.stack(region, name)?.outputs.get(key).cloned()
            }
            InputValue::StepAnswer { step, .. } => {
                let step = plan.steps.iter().find(|own| own.id == *step)?;
                let StepAction::GlobalWriterEndpoint { global_cluster, .. } = &step.action else { return None };
                self.answer(plan, global_cluster).map(|global| writer_endpoint(&global))
            }
            InputValue::Text(parts) => parts.iter().map(|part| self.answer(plan, part)).collect(),
        }
    }

    /// Sees whether a deployment is whole now that one of its stacks is.
    pub(super) fn found(&mut self, nature: Nature<'_>, key: &Key) {
        let Some(name) = self.stacks.get(key).and_then(|stack| stack.tag(DEPLOYMENT_TAG)).map(DeploymentName::from)
        else {
            return;
        };
        let Some((chosen, blueprint, plan)) = self.plan_of(&name) else { return };
        let whole = |key: &Key| self.stacks.get(key).is_some_and(|stack| stack.status.is_whole());
        let mut new = founded(chosen, blueprint, &plan);
        if !new.stacks.values().all(whole) {
            return;
        }
        new.identity = self.identity(&new);
        new.since = self.now;
        if let Some(known) = self.founded.get(&name)
            && known.identity == new.identity
        {
            new.since = known.since;
            new.estate.clone_from(&known.estate);
        }
        let (buckets, vaults) = (self.buckets_of(&new), self.vaults_of(&new));
        let now = self.now;
        self.contents.fill(&buckets, &vaults, now);
        let is_new = new.estate.is_none();
        self.founded.insert(name.clone(), Arc::new(new));
        if is_new {
            let estate = blueprint::estate_of(self, &name, nature.scenario.standby_takes_over).map(Arc::new);
            if let Some(founded) = self.founded.get_mut(&name) {
                Arc::make_mut(founded).estate = estate;
            }
        }
    }

    /// A stack is gone, and with the last of them the deployment.
    pub(super) fn forget(&mut self, stack: &Stack) {
        let Some(name) = stack.tag(DEPLOYMENT_TAG).map(DeploymentName::from) else { return };
        if self.stacks_of(&name).next().is_none() {
            self.founded.remove(&name);
        }
    }

    /// Somebody begins to take away what these clients use: they are told to go.
    pub(super) fn clients_leave(&mut self, name: &DeploymentName) {
        let Some(founded) = self.founded.get(name).filter(|founded| founded.left_at.is_none()).cloned() else { return };
        let (buckets, vaults) = (self.buckets_of(&founded), self.vaults_of(&founded));
        let now = self.now;
        self.contents.leave(&buckets, &vaults, now);
        self.founded.insert(name.clone(), Arc::new(Founded { left_at: Some(now), ..founded.as_ref().clone() }));
    }

    /// What the stacks of a deployment were made from.
    fn plan_of(&self, name: &DeploymentName) -> Option<(Chosen, topology::Blueprint, StackPlan)> {
        let stacks: Vec<&Stack> = self.stacks_of(name).collect();
        let tagged = stacks.iter().find_map(|stack| stack.tag(BLUEPRINT_TAG));
        let blueprint = match tagged {
            Some(name) => topology::Blueprint::parse(name)?,
            None => topology::Blueprint::ALL.into_iter().find(|own| stacks.iter().any(|stack| is_of(stack, *own)))?,
        };
        let built_in = lifeboat_blueprint::find(blueprint.as_str())?;
        let manifest = &built_in.manifest;
        let mut chosen = Chosen::defaults(manifest, name.clone());
        for wanted in stacks.iter().filter_map(|stack| stack.wanted.as_ref()) {
            for (input, value) in &wanted.inputs {
                if *input == manifest.home.parameter {
                    chosen.home = Region::from(value.as_str());
                } else if *input == manifest.partner.parameter {
                    chosen.partner = Region::from(value.as_str());
                } else if let Some(known) = chosen.values.get_mut(input) {
                    known.clone_from(value);
                }
            }
        }
        let plan = lifeboat_blueprint::stacks(built_in, &chosen).ok()?;
        Some((chosen, blueprint, plan))
    }

    /// What of a deployment makes it itself.
    fn identity(&self, founded: &Founded) -> Vec<String> {
        let stacks = founded.stacks.values().filter_map(|key| self.stacks.get(key));
        stacks
            .flat_map(|stack| stack.resources.values())
            .filter(|resource| IDENTITY.contains(&resource.laid.kind.as_str()))
            .filter_map(|resource| {
                // One that was made anew under its old name is another.
                Some(format!("{} {}", resource.id.as_ref()?, resource.made_at))
            })
            .collect()
    }

    fn buckets_of(&self, founded: &Founded) -> Vec<String> {
        self.ids_of(founded, "AWS::S3::Bucket").into_iter().map(|(_, id)| id).collect()
    }

    fn vaults_of(&self, founded: &Founded) -> Vec<(Region, String)> {
        self.ids_of(founded, "AWS::Backup::BackupVault")
    }

    fn ids_of(&self, founded: &Founded, kind: &str) -> Vec<(Region, String)> {
        let stacks = founded.stacks.values().filter_map(|key| self.stacks.get(key));
        let mut ids = Vec::new();
        for stack in stacks {
            let own = stack.resources.values().filter(|own| own.laid.kind == kind && own.stands);
            ids.extend(own.filter_map(|own| Some((stack.key.region.clone(), own.id.clone()?))));
        }
        ids
    }
}

fn founded(chosen: Chosen, blueprint: topology::Blueprint, plan: &StackPlan) -> Founded {
    Founded {
        name: chosen.deployment,
        blueprint,
        regions: Pair::new(chosen.home, chosen.partner),
        values: chosen.values,
        stacks: plan.stacks.iter().map(|spec| (spec.id.clone(), Key::new(&spec.region, &spec.name))).collect(),
        since: 0,
        left_at: None,
        estate: None,
        identity: Vec::new(),
    }
}

/// Whether a stack was made from a template of a built-in blueprint, word for word.
fn is_of(stack: &Stack, blueprint: topology::Blueprint) -> bool {
    let body = stack.wanted.as_ref().map(|wanted| wanted.sent.body.as_ref());
    lifeboat_blueprint::builtin_files(blueprint.as_str()).iter().any(|(_, text)| Some(*text) == body)
}

/// The endpoint that follows a global cluster's writer.
pub(crate) fn writer_endpoint(global: &str) -> String {
    format!("{global}.global-{}.global.rds.amazonaws.com", super::physical::short(global))
}
