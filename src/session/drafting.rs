//! What can be built, and what comes of the choices that somebody makes for it, beside the loop: folders are read, and
//! choices judged by the blueprint's own rules. Nothing is asked of a cloud here, and nothing is made.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use lifeboat_blueprint::{StackPlan, builtin};
use lifeboat_model::id::DeploymentName;
use lifeboat_tui::drafting::{Choice, Complaint, Draft, NAME_FIELD, Offer, Outcome};

use crate::building::{self, Decided, Meant, Site, Undecided, Wanted, blueprint, meant};
use crate::exit::Failure;
use crate::provisioned;

mod told;

pub(super) use told::{bill, bills, prices};
use told::{complaints, drafted, fields, offer, outcome};

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
    let environment = |variable: &str| site.environment.outside(variable);
    let kept = kept.map(|kept| kept.parameters).unwrap_or_default();
    let fields = fields(&environment, &found.manifest, kept, usual_name);
    Ok(drafted(choice, &found, fields, judged))
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
    let decided = meant.decide(wanted, &site.environment).map_err(|undecided| match undecided {
        Undecided::Mistaken(found) => complaints(&manifest, &found),
        Undecided::Unclear(failure) => vec![unclear(&failure)],
    })?;
    let Decided { blueprint, chosen, kept, .. } = &decided;
    let there = |name: &DeploymentName| site.wiring.deployments.iter().any(|wired| wired.deployment.name == *name);
    let is_known = kept.is_some() || there(&chosen.deployment);
    outcome(blueprint, chosen, is_known, decided.outputs_folder().display().to_string())
}

/// The building of what was chosen.
pub(super) fn building(site: &Site, choice: &Choice) -> Result<building::Building, Failure> {
    building::Building::to_provision_at(site, &Wanted::from(choice))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lifeboat_blueprint::{Chosen, Given, choose, find, stacks};
    use lifeboat_tui::drafting::FieldKind;

    use super::told::{UNNAMED, secrets};
    use super::*;
    use crate::config::env::{self, Environment};

    #[test]
    fn a_mistake_is_told_beside_the_field_that_it_is_about() {
        let blueprint = find("serverless").unwrap();
        let environment = |variable: &str| (variable == "DR_REGION").then(|| "nowhere".to_owned());
        let mut given = Given { environment: &environment, ..Given::nothing(DeploymentName::from("-shop")) };
        given.flags.insert("EnvironmentSuffix".to_owned(), "Dev".to_owned());
        given.flags.insert("VpcPeering".to_owned(), "true".to_owned());
        let found = choose(&blueprint.manifest, &given).unwrap_err();
        let complaints = complaints(&blueprint.manifest, &found);
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
        let fields =
            fields(&|variable| environment.outside(variable), manifest, BTreeMap::new(), "serverless".to_owned());
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
            let name = blueprint.name().to_owned();
            let fields = fields(&|_| None, &blueprint.manifest, BTreeMap::new(), name);
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
