//! What the glass is told of a blueprint and of what was chosen for it: what it comes to, what can be chosen, and what is
//! wrong with a choice. Values in, values out: it reads no file, asks nobody, and knows nothing of who is waiting.

use std::collections::BTreeMap;

use lifeboat_blueprint::manifest::{Manifest, Parameter, ParameterKind};
use lifeboat_blueprint::{
    Blueprint, Chosen, Cost, Given, Mistake, Origin, Spoken, StackPlan, StepAction, by_stack, cost, counted, spoken,
    stacks, until_all_stand,
};
use lifeboat_model::id::DeploymentName;
use lifeboat_tui::drafting::{Choice, Complaint, Draft, Field, FieldKind, NAME_FIELD, Offer, Outcome, Size};
use lifeboat_tui::estate::Bill;

/// As a deployment is called that nobody has named: nothing is made of it.
pub(crate) const UNNAMED: &str = "unnamed";

fn origin(blueprint: &Blueprint) -> String {
    match &blueprint.origin {
        Origin::BuiltIn => "built in".to_owned(),
        Origin::Folder(path) => path.clone(),
    }
}

/// `named`: by which it is asked for.
pub(crate) fn offer(named: &str, blueprint: &Blueprint) -> Offer {
    let manifest = &blueprint.manifest;
    let chosen = Chosen::defaults(manifest, DeploymentName::from(UNNAMED));
    let (size, mistakes) = match size(blueprint, &chosen) {
        Ok((size, _)) => (Some(size), Vec::new()),
        Err(found) => (None, found.iter().map(ToString::to_string).collect()),
    };
    let is_option = |parameter: &&Parameter| parameter.kind == ParameterKind::Boolean && parameter.default == "false";
    Offer {
        named: named.to_owned(),
        name: manifest.name.clone(),
        purpose: manifest.purpose.clone(),
        origin: origin(blueprint),
        size,
        options: manifest
            .parameters
            .iter()
            .filter(is_option)
            .map(|parameter| format!("{}: {}", parameter.name, parameter.about))
            .collect(),
        notes: manifest.notes.clone(),
        mistakes,
    }
}

pub(crate) fn bill(cost: &Cost) -> Bill {
    Bill { usd_month: cost.total_usd, is_at_least: cost.is_at_least(), has_guesses: cost.has_guesses() }
}

/// When the prices were valid, and what they leave out.
pub(crate) fn prices(cost: &Cost) -> Vec<String> {
    let mut said = vec![format!("prices of {}: {}", cost.prices_of, cost.source)];
    said.extend(cost.notes.iter().cloned());
    said
}

fn size(blueprint: &Blueprint, chosen: &Chosen) -> Result<(Size, StackPlan), Vec<Mistake>> {
    let plan = stacks(blueprint, chosen)?;
    let cost = cost(blueprint, chosen)?;
    let counted = counted(blueprint, chosen)?.map(|counted| {
        let (home, partner, global) = (counted.home, counted.partner, counted.global);
        format!("{home} home + {partner} partner + {global} of both = {}", counted.total())
    });
    let size = Size {
        home: chosen.home.clone(),
        partner: chosen.partner.clone(),
        stacks: plan.stacks.len(),
        resources: plan.stacks.iter().map(|stack| stack.evaluated.resources.len()).sum(),
        counted,
        bill: bill(&cost),
        prices: prices(&cost),
        expected: until_all_stand(&plan),
    };
    Ok((size, plan))
}

/// What each stack costs, by its id within the manifest; of none where that cannot be told.
pub(crate) fn bills(blueprint: &Blueprint, chosen: &Chosen) -> BTreeMap<String, Bill> {
    let costs = by_stack(blueprint, chosen).unwrap_or_default();
    costs.iter().map(|(id, cost)| (id.clone(), bill(cost))).collect()
}

/// All that is said of these choices.
pub(crate) fn drafted(
    choice: &Choice,
    blueprint: &Blueprint,
    fields: Vec<Field>,
    judged: Result<(Outcome, StackPlan), Vec<Complaint>>,
) -> Draft {
    let (outcome, secrets, complaints) = match judged {
        Ok((outcome, plan)) => (Some(outcome), secrets(&plan), Vec::new()),
        Err(complaints) => (None, Vec::new(), complaints),
    };
    Draft { of: choice.clone(), title: blueprint.name().to_owned(), fields, complaints, outcome, secrets }
}

/// What comes of choices that the manifest allows, unless the templates do not.
pub(crate) fn outcome(
    blueprint: &Blueprint,
    chosen: &Chosen,
    is_known: bool,
    outputs: String,
) -> Result<(Outcome, StackPlan), Vec<Complaint>> {
    let (size, plan) = size(blueprint, chosen).map_err(|found| complaints(&blueprint.manifest, &found))?;
    Ok((Outcome { deployment: chosen.deployment.clone(), size, is_known, outputs }, plan))
}

pub(crate) fn complaints(manifest: &Manifest, found: &[Mistake]) -> Vec<Complaint> {
    found.iter().map(|mistake| complaint(manifest, mistake)).collect()
}

/// The field that a mistake is about, by where its value came from.
fn complaint(manifest: &Manifest, mistake: &Mistake) -> Complaint {
    let from = mistake.file.as_str();
    let by_variable = |variable: &str| {
        let regions = [&manifest.home, &manifest.partner];
        let region = regions.iter().find(|one| one.environment.iter().any(|name| name == variable));
        let parameter = manifest.parameters.iter().find(|one| one.environment.iter().any(|name| name == variable));
        region.map(|one| one.parameter.clone()).or_else(|| parameter.map(|one| one.name.clone()))
    };
    let field = match (from.strip_prefix("--param "), from.strip_prefix("variable ")) {
        (Some(name), _) => Some(name.to_owned()),
        (None, Some(variable)) => by_variable(variable),
        (None, None) if from == "--name" => Some(NAME_FIELD.to_owned()),
        (None, None) => None,
    };
    Complaint { field, what: mistake.what.clone(), fix: mistake.fix.clone() }
}

/// The name, the regions and every parameter, each as it is while nobody types anything. `kept`: what it was made with.
pub(crate) fn fields(
    environment: &dyn Fn(&str) -> Option<String>,
    manifest: &Manifest,
    kept: BTreeMap<String, String>,
    usual_name: String,
) -> Vec<Field> {
    let given = Given { configuration: kept, environment, ..Given::nothing(DeploymentName::from(usual_name.as_str())) };
    let name = Field {
        id: NAME_FIELD.to_owned(),
        kind: FieldKind::Text,
        usual: usual_name,
        usual_from: "as usual".to_owned(),
        about: "What the deployment is called here, and by which its stacks are tagged.".to_owned(),
        rule: "letters, digits, hyphens, underscores and dots".to_owned(),
        permanent: None,
    };
    let of = |spoken: Spoken| {
        let from = if spoken.from.ends_with("of the parameter file") { "as it stands".to_owned() } else { spoken.from };
        if let Some(parameter) = manifest.parameter(&spoken.parameter) {
            return Field {
                id: spoken.parameter,
                kind: kind(parameter),
                usual: spoken.text,
                usual_from: from,
                about: parameter.about.clone(),
                rule: rule(parameter),
                permanent: parameter.permanent.clone(),
            };
        }
        let is_home = spoken.parameter == manifest.home.parameter;
        let about =
            if is_home { "The home region: active at first." } else { "The partner region: the standby at first." };
        Field {
            id: spoken.parameter,
            kind: FieldKind::Text,
            usual: spoken.text,
            usual_from: from,
            about: about.to_owned(),
            rule: "a region's code, such as us-east-1".to_owned(),
            permanent: None,
        }
    };
    std::iter::once(name).chain(spoken(manifest, &given).into_iter().map(of)).collect()
}

fn kind(parameter: &Parameter) -> FieldKind {
    if parameter.kind == ParameterKind::Boolean {
        FieldKind::Switch
    } else if parameter.allowed.is_empty() {
        FieldKind::Text
    } else {
        FieldKind::OneOf(parameter.allowed.clone())
    }
}

/// What it may be, in the manifest's own words where it has any.
fn rule(parameter: &Parameter) -> String {
    let mut said: Vec<String> = parameter.fix.iter().cloned().collect();
    let of_kind = match parameter.kind {
        ParameterKind::Boolean => Some("on or off".to_owned()),
        ParameterKind::Integer if parameter.allowed.is_empty() => Some("a whole number".to_owned()),
        ParameterKind::Domain => Some("a domain, or none".to_owned()),
        ParameterKind::Certificate => Some("the ARN of a certificate, or none".to_owned()),
        ParameterKind::Integer | ParameterKind::Text => None,
    };
    said.extend(of_kind.filter(|_| parameter.fix.is_none()));
    if !parameter.allowed.is_empty() {
        said.push(format!("one of {}", parameter.allowed.join(", ")));
    }
    said.extend(parameter.min.map(|least| format!("{least} or more")));
    said.extend(parameter.max.map(|most| format!("{most} or less")));
    if parameter.fix.is_none() {
        said.extend(parameter.pattern.iter().map(|pattern| format!("of the form {pattern}")));
        said.extend(parameter.max_length.map(|most| format!("at most {most} characters")));
    }
    said.join("; ")
}

pub(crate) fn secrets(plan: &StackPlan) -> Vec<String> {
    plan.steps
        .iter()
        .filter_map(|step| match &step.action {
            StepAction::SecureParameter { name, .. } => Some(format!(
                "{name} is generated as a SecureString while it is made: nobody types it, and nothing here holds it"
            )),
            StepAction::ManagedKey { .. }
            | StepAction::GlobalWriterEndpoint { .. }
            | StepAction::DeleteParameter { .. }
            | StepAction::EmptyBucket { .. }
            | StepAction::EmptyVault { .. }
            | StepAction::ForeignRecords { .. } => None,
        })
        .collect()
}
