//! What can be built, and what comes of the choices that somebody makes for it, beside the loop: folders are read, and
//! choices judged by the blueprint's own rules. Nothing is asked of a cloud here, and nothing is made.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use lifeboat_blueprint::manifest::{Manifest, Parameter, ParameterKind};
use lifeboat_blueprint::{
    Blueprint, Chosen, Cost, Given, Mistake, Origin, Spoken, StackPlan, StepAction, builtin, by_stack, cost, counted,
    spoken, stacks, until_all_stand,
};
use lifeboat_model::id::DeploymentName;
use lifeboat_tui::drafting::{Choice, Complaint, Draft, Field, FieldKind, NAME_FIELD, Offer, Outcome, Size};
use lifeboat_tui::estate::Bill;

use crate::building::{self, Decided, Meant, Site, Undecided, Wanted, blueprint, meant};
use crate::config::env::Environment;
use crate::exit::Failure;
use crate::provisioned;

/// As a deployment is called that nobody has named: nothing is made of it.
const UNNAMED: &str = "unnamed";
/// Where own blueprints are, beside the configuration and below where the program was started.
const FOLDER: &str = "blueprints";
/// A folder's name among those of a blueprint.
const MANIFEST: &str = "manifest.toml";
/// As many folders as are looked into in one place: who starts the program in a large one waits for no list of it.
const LOOKED_INTO: usize = 200;

/// The built-in blueprints, then the user's own.
pub(super) fn offers(site: &Site) -> Vec<Offer> {
    let mut offers: Vec<Offer> = builtin().iter().map(|blueprint| offer(blueprint.name(), blueprint)).collect();
    for folder in own_folders(site) {
        let named = folder.display().to_string();
        match blueprint(&named) {
            Ok(found) => offers.push(offer(&named, &found)),
            Err(failure) => offers.push(broken(&named, &failure)),
        }
    }
    offers
}

/// Each once, by where it really is.
fn own_folders(site: &Site) -> Vec<PathBuf> {
    let mut places: Vec<PathBuf> = vec![PathBuf::from("."), PathBuf::from(FOLDER)];
    places.extend(site.wiring.folder.iter().map(|beside| beside.join(FOLDER)));
    let mut folders: Vec<PathBuf> = places.iter().flat_map(|place| with_manifest(place)).collect();
    if let Some(store) = &site.wiring.provisioned {
        // What was made from it once can be made from it again.
        folders.extend(provisioned::all(store).0.into_iter().filter_map(|kept| kept.folder));
    }
    let mut seen = BTreeSet::new();
    folders
        .into_iter()
        .filter_map(|folder| folder.canonicalize().ok())
        .filter(|folder| seen.insert(folder.clone()))
        .collect()
}

fn with_manifest(place: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(place) else { return Vec::new() };
    let folders = entries.take(LOOKED_INTO).filter_map(Result::ok).map(|entry| entry.path());
    let mut found: Vec<PathBuf> = folders.filter(|path| path.join(MANIFEST).is_file()).collect();
    found.sort();
    found
}

fn origin(blueprint: &Blueprint) -> String {
    match &blueprint.origin {
        Origin::BuiltIn => "built in".to_owned(),
        Origin::Folder(path) => path.clone(),
    }
}

fn offer(named: &str, blueprint: &Blueprint) -> Offer {
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

fn broken(named: &str, failure: &Failure) -> Offer {
    let name =
        Path::new(named).file_name().map_or_else(|| named.to_owned(), |name| name.to_string_lossy().into_owned());
    Offer {
        named: named.to_owned(),
        name,
        purpose: format!("the blueprint in {named} cannot be read"),
        origin: named.to_owned(),
        size: None,
        options: Vec::new(),
        notes: Vec::new(),
        mistakes: failure.message.lines().map(|line| line.trim().to_owned()).collect(),
    }
}

pub(super) fn bill(cost: &Cost) -> Bill {
    Bill { usd_month: cost.total_usd, is_at_least: cost.is_at_least(), has_guesses: cost.has_guesses() }
}

/// When the prices were valid, and what they leave out.
pub(super) fn prices(cost: &Cost) -> Vec<String> {
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
pub(super) fn bills(blueprint: &Blueprint, chosen: &Chosen) -> BTreeMap<String, Bill> {
    let costs = by_stack(blueprint, chosen).unwrap_or_default();
    costs.iter().map(|(id, cost)| (id.clone(), bill(cost))).collect()
}

impl From<&Choice> for Wanted {
    fn from(choice: &Choice) -> Self {
        Self {
            blueprint: Some(choice.blueprint.clone()),
            name: choice.name.clone(),
            flags: choice.values.clone(),
            ..Self::default()
        }
    }
}

/// What is to be said of these choices. Fails where not even the blueprint can be read.
pub(super) fn draft(site: &Site, choice: &Choice) -> Result<Draft, String> {
    let wanted = Wanted::from(choice);
    let found = blueprint(&choice.blueprint).map_err(|failure| failure.message)?;
    let store = site.wiring.provisioned.as_deref();
    let unnamed = Wanted { name: None, ..wanted.clone() };
    let usual_name = meant(&unnamed, store, &site.environment)
        .map_or_else(|_| found.name().to_owned(), |meant| meant.name.to_string());
    let (kept, judged) = match meant(&wanted, store, &site.environment) {
        Ok(meant) => {
            let kept = meant.kept.clone();
            (kept, decided(meant, &wanted, site))
        }
        Err(failure) => (None, Err(vec![unclear(&failure)])),
    };
    let fields = fields(&site.environment, &found.manifest, kept.as_ref(), usual_name);
    let (outcome, secrets, complaints) = match judged {
        Ok((outcome, plan)) => (Some(outcome), secrets(&plan), Vec::new()),
        Err(complaints) => (None, Vec::new(), complaints),
    };
    Ok(Draft { of: choice.clone(), title: found.name().to_owned(), fields, complaints, outcome, secrets })
}

fn unclear(failure: &Failure) -> Complaint {
    Complaint {
        field: Some(NAME_FIELD.to_owned()),
        what: failure.message.clone(),
        fix: failure.hint.clone().unwrap_or_else(|| "choose another name".to_owned()),
    }
}

fn decided(meant: Meant, wanted: &Wanted, site: &Site) -> Result<(Outcome, StackPlan), Vec<Complaint>> {
    let manifest = meant.blueprint.manifest.clone();
    let told = |found: &[Mistake]| found.iter().map(|mistake| complaint(&manifest, mistake)).collect::<Vec<_>>();
    let decided = meant.decide(wanted, &site.environment).map_err(|undecided| match undecided {
        Undecided::Mistaken(found) => told(&found),
        Undecided::Unclear(failure) => vec![unclear(&failure)],
    })?;
    let Decided { blueprint, chosen, kept, .. } = &decided;
    let (size, plan) = size(blueprint, chosen).map_err(|found| told(&found))?;
    let there = |name: &DeploymentName| site.wiring.deployments.iter().any(|wired| wired.deployment.name == *name);
    let outcome = Outcome {
        deployment: chosen.deployment.clone(),
        size,
        is_known: kept.is_some() || there(&chosen.deployment),
        outputs: decided.outputs_folder().display().to_string(),
    };
    Ok((outcome, plan))
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

/// The name, the regions and every parameter, each as it is while nobody types anything.
fn fields(
    environment: &Environment,
    manifest: &Manifest,
    kept: Option<&provisioned::Kept>,
    usual_name: String,
) -> Vec<Field> {
    let given = Given {
        configuration: kept.map(|kept| kept.parameters.clone()).unwrap_or_default(),
        environment: &|variable| environment.outside(variable),
        ..Given::nothing(DeploymentName::from(usual_name.as_str()))
    };
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

fn secrets(plan: &StackPlan) -> Vec<String> {
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

/// The building of what was chosen.
pub(super) fn building(site: &Site, choice: &Choice) -> Result<building::Building, Failure> {
    building::Building::to_provision_at(site, &Wanted::from(choice))
}

#[cfg(test)]
mod tests {
    use lifeboat_blueprint::{choose, find};

    use super::*;
    use crate::config::env;

    #[test]
    fn a_mistake_is_told_beside_the_field_that_it_is_about() {
        let blueprint = find("serverless").unwrap();
        let environment = |variable: &str| (variable == "DR_REGION").then(|| "nowhere".to_owned());
        let mut given = Given { environment: &environment, ..Given::nothing(DeploymentName::from("-shop")) };
        given.flags.insert("EnvironmentSuffix".to_owned(), "Dev".to_owned());
        given.flags.insert("VpcPeering".to_owned(), "true".to_owned());
        let found = choose(&blueprint.manifest, &given).unwrap_err();
        let complaints: Vec<Complaint> = found.iter().map(|mistake| complaint(&blueprint.manifest, mistake)).collect();
        let fields: Vec<Option<&str>> = complaints.iter().map(|complaint| complaint.field.as_deref()).collect();
        let wanted = [Some(NAME_FIELD), Some("SecondaryRegion"), Some("EnvironmentSuffix"), None];
        for field in wanted {
            assert!(fields.contains(&field), "{field:?} in {complaints:#?}");
        }
        assert!(complaints.iter().all(|complaint| !complaint.fix.is_empty()), "{complaints:#?}");
    }

    #[test]
    fn a_field_says_who_chose_its_value() {
        let manifest = &find("serverless").unwrap().manifest;
        let environment = Environment::of(&[(env::DR_REGION, "eu-west-1")]);
        let fields = fields(&environment, manifest, None, "serverless".to_owned());
        let of = |id: &str| fields.iter().find(|field| field.id == id).unwrap();
        assert_eq!(of(NAME_FIELD).usual, "serverless");
        assert_eq!(
            (of("PrimaryRegion").usual.as_str(), of("PrimaryRegion").usual_from.as_str()),
            ("us-east-1", "the default")
        );
        let partner = of("SecondaryRegion");
        assert_eq!((partner.usual.as_str(), partner.usual_from.as_str()), ("eu-west-1", "variable DR_REGION"));
        assert_eq!(of("Monitoring").kind, FieldKind::Switch);
        assert!(matches!(&of("LogRetentionDays").kind, FieldKind::OneOf(days) if days.contains(&"30".to_owned())));
        assert!(of("EnvironmentSuffix").rule.contains("lower-case letters"), "{}", of("EnvironmentSuffix").rule);
    }

    /// Nothing that is drawn, typed or kept on a tape can be a secret, because no parameter of any blueprint is one.
    #[test]
    fn what_is_generated_is_told_and_typed_by_nobody() {
        for blueprint in builtin() {
            let chosen = Chosen::defaults(&blueprint.manifest, DeploymentName::from(UNNAMED));
            let plan = stacks(blueprint, &chosen).unwrap();
            let fields = fields(&Environment::default(), &blueprint.manifest, None, blueprint.name().to_owned());
            for said in secrets(&plan) {
                assert!(said.contains("nobody types it"), "{said}");
            }
            for template in blueprint.templates.values() {
                let is_field = |name: &str| fields.iter().any(|field| field.id == name);
                let typed = template.parameters.iter().filter(|(name, parameter)| parameter.no_echo && is_field(name));
                assert_eq!(typed.count(), 0, "{}", blueprint.name());
            }
        }
    }
}
