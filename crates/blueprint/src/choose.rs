//! From what a user gave to what is [`Chosen`]: a flag wins over a configuration key, that over a variable of the
//! environment, that over the manifest's default. Everything that can be refused without asking AWS is refused here, all
//! at once, with what to do; what only AWS can tell is handed back as [`Ask`]s.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;

use lifeboat_model::id::{DeploymentName, Region};

use crate::chosen::Chosen;
use crate::manifest::{CheckKind, Manifest, Parameter, ParameterKind, RegionChoice, Side, is_on};
use crate::mistake::{Mistake, suggestion};
use crate::template::whole_pattern;

/// What was given, by where it came from.
pub struct Given<'a> {
    pub deployment: DeploymentName,
    /// `--param NAME=VALUE`, by the parameter's name; the regions' parameters among them.
    pub flags: BTreeMap<String, String>,
    /// Of a parameter file: the manifest's configuration keys, or parameters' names.
    pub configuration: BTreeMap<String, String>,
    /// Of the process.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// The caller's own.
    pub tags: BTreeMap<String, String>,
}

impl fmt::Debug for Given<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Given")
            .field("deployment", &self.deployment)
            .field("flags", &self.flags)
            .field("configuration", &self.configuration)
            .field("tags", &self.tags)
            .finish_non_exhaustive()
    }
}

/// Nothing at all.
fn silent(_: &str) -> Option<String> {
    None
}

impl Given<'static> {
    /// A name alone: all else as the manifest has it.
    pub fn nothing(deployment: DeploymentName) -> Self {
        Self {
            deployment,
            flags: BTreeMap::new(),
            configuration: BTreeMap::new(),
            environment: &silent,
            tags: BTreeMap::new(),
        }
    }
}

/// What has to be asked of AWS before anything is created.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ask {
    /// Whether the region offers the version, for global databases.
    EngineVersion { region: Region, engine: String, version: String },
    /// Whether the region has so many Availability Zones.
    Zones { region: Region, count: usize },
}

/// A value, and what it came from as messages name it.
struct Said {
    text: String,
    from: String,
}

pub fn choose(manifest: &Manifest, given: &Given<'_>) -> Result<Chosen, Vec<Mistake>> {
    let mut chooser = Chooser { manifest, given, mistakes: Vec::new() };
    chooser.unknown();
    chooser.deployment();
    let home = chooser.region(&manifest.home);
    let partner = chooser.region(&manifest.partner);
    let mut chosen = Chosen {
        home,
        partner,
        deployment: given.deployment.clone(),
        values: BTreeMap::new(),
        tags: given.tags.clone(),
    };
    for parameter in &manifest.parameters {
        let said = chooser.said(&parameter.name, &parameter.configuration, &parameter.environment);
        let value = match said {
            Some(said) => chooser.parameter(parameter, &said, &chosen),
            None => parameter.default.clone(),
        };
        chosen.values.insert(parameter.name.clone(), value);
    }
    chooser.tags();
    chooser.checks(&chosen);
    if chooser.mistakes.is_empty() {
        return Ok(chosen);
    }
    chooser.mistakes.dedup();
    Err(chooser.mistakes)
}

/// What a choice is, and who says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// The parameter's name; of a region the parameter that holds it.
    pub parameter: String,
    pub text: String,
    /// As messages name it: `--param NAME`, `variable NAME`, `the default`.
    pub from: String,
}

/// Every choice as it stands, right or wrong: the regions first, then the parameters as the manifest has them.
pub fn spoken(manifest: &Manifest, given: &Given<'_>) -> Vec<Spoken> {
    let chooser = Chooser { manifest, given, mistakes: Vec::new() };
    let of = |name: &str, default: &str, configuration: &[String], environment: &[String]| {
        let said = chooser.said(name, configuration, environment);
        let said = said.unwrap_or_else(|| Said { text: default.to_owned(), from: "the default".to_owned() });
        Spoken { parameter: name.to_owned(), text: said.text, from: said.from }
    };
    let regions = chooser
        .regions()
        .map(|choice| of(&choice.parameter, choice.default.as_str(), &choice.configuration, &choice.environment));
    let parameters = manifest
        .parameters
        .iter()
        .map(|parameter| of(&parameter.name, &parameter.default, &parameter.configuration, &parameter.environment));
    regions.into_iter().chain(parameters).collect()
}

/// What the manifest wants to know of AWS, each question once.
pub fn asks(manifest: &Manifest, chosen: &Chosen) -> Vec<Ask> {
    let mut found = Vec::new();
    for check in &manifest.checks {
        match &check.kind {
            CheckKind::EngineVersion { engine, version, regions } => {
                found.extend(regions.iter().map(|side| Ask::EngineVersion {
                    region: chosen.region(*side).clone(),
                    engine: engine.clone(),
                    version: version.clone(),
                }));
            }
            CheckKind::Zones { count, regions } => {
                let ask = |side: &Side| Ask::Zones { region: chosen.region(*side).clone(), count: *count };
                found.extend(regions.iter().map(ask));
            }
            CheckKind::RegionsDiffer
            | CheckKind::UnreservedDomain { .. }
            | CheckKind::Together { .. }
            | CheckKind::Needs { .. }
            | CheckKind::NameLength { .. } => {}
        }
    }
    found.sort();
    found.dedup();
    found
}

struct Chooser<'a> {
    manifest: &'a Manifest,
    given: &'a Given<'a>,
    mistakes: Vec<Mistake>,
}

impl<'a> Chooser<'a> {
    fn refuse(&mut self, from: &str, what: String, fix: impl Into<String>) {
        self.mistakes.push(Mistake { file: from.to_owned(), line: 0, what, fix: fix.into() });
    }

    fn regions(&self) -> [&'a RegionChoice; 2] {
        [&self.manifest.home, &self.manifest.partner]
    }

    /// Says what was given and means nothing to this blueprint.
    fn unknown(&mut self) {
        let manifest = self.manifest;
        let mut names: Vec<&str> = manifest.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
        names.extend(self.regions().map(|region| region.parameter.as_str()));
        let given = self.given;
        for name in given.flags.keys().filter(|name| !names.contains(&name.as_str())) {
            let fix = suggestion(name, names.iter().copied());
            self.refuse(&format!("--param {name}"), format!("there is no parameter `{name}`"), fix);
        }
        let mut keys = names.clone();
        keys.extend(manifest.parameters.iter().flat_map(|parameter| &parameter.configuration).map(String::as_str));
        keys.extend(
            [&manifest.home, &manifest.partner].into_iter().flat_map(|one| &one.configuration).map(String::as_str),
        );
        for key in given.configuration.keys().filter(|key| !keys.contains(&key.as_str())) {
            let fix = suggestion(key, keys.iter().copied());
            self.refuse("parameter file", format!("there is no parameter `{key}`"), fix);
        }
    }

    fn deployment(&mut self) {
        let name = self.given.deployment.as_str();
        let good = (1..=64).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if !good {
            let fix = "use letters, digits, hyphens, underscores and dots, beginning with a letter or digit";
            self.refuse("--name", format!("`{name}` cannot name a deployment"), fix);
        }
    }

    fn tags(&mut self) {
        for (key, value) in &self.given.tags {
            let good =
                (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256 && !key.starts_with("aws:");
            if !good {
                let fix = "a key has 1 to 128 characters and does not begin with aws:, a value has at most 256";
                self.refuse("--tag", format!("AWS does not take the tag `{key}`"), fix);
            }
        }
    }

    /// The strongest of what was said.
    fn said(&self, name: &str, configuration: &[String], environment: &[String]) -> Option<Said> {
        if let Some(text) = self.given.flags.get(name) {
            return Some(Said { text: text.clone(), from: format!("--param {name}") });
        }
        let keys = configuration.iter().map(String::as_str).chain([name]);
        for key in keys {
            if let Some(text) = self.given.configuration.get(key) {
                return Some(Said { text: text.clone(), from: format!("`{key}` of the parameter file") });
            }
        }
        environment.iter().find_map(|variable| {
            let text = (self.given.environment)(variable).filter(|text| !text.is_empty())?;
            Some(Said { text, from: format!("variable {variable}") })
        })
    }

    fn region(&mut self, choice: &RegionChoice) -> Region {
        let Some(said) = self.said(&choice.parameter, &choice.configuration, &choice.environment) else {
            return choice.default.clone();
        };
        if !Region::is_well_formed(&said.text) {
            let what = format!("`{}` is not a region", said.text);
            self.refuse(&said.from, what, "write a region's code, such as us-east-1");
        }
        Region::from(said.text)
    }

    fn parameter(&mut self, parameter: &Parameter, said: &Said, chosen: &Chosen) -> String {
        if let Some((what, fix)) = refusal(parameter, &said.text, chosen) {
            let fix = parameter.fix.clone().unwrap_or(fix);
            self.refuse(&said.from, format!("`{}` as {} {what}", said.text, parameter.name), fix);
        }
        said.text.clone()
    }

    fn checks(&mut self, chosen: &Chosen) {
        let manifest = self.manifest;
        for check in &manifest.checks {
            match &check.kind {
                CheckKind::RegionsDiffer => self.regions_differ(chosen),
                CheckKind::UnreservedDomain { parameter } => self.unreserved(chosen, parameter),
                CheckKind::Together { parameters, why } => self.together(chosen, parameters, why),
                CheckKind::Needs { parameter, needs, why } => self.needs(chosen, parameter, needs, why),
                CheckKind::NameLength { name, of, max } => {
                    let text = chosen.text(name);
                    let length = text.chars().count() as u64;
                    if length > *max {
                        let what = format!("`{text}` has {length} characters, and the name of a {of} may have {max}");
                        self.refuse("parameters", what, format!("choose values that are {} shorter", length - max));
                    }
                }
                CheckKind::EngineVersion { .. } | CheckKind::Zones { .. } => {}
            }
        }
    }

    fn regions_differ(&mut self, chosen: &Chosen) {
        if chosen.home == chosen.partner {
            let [home, partner] = self.regions().map(|region| region.parameter.clone());
            let what = format!("{home} and {partner} are both {}", chosen.home);
            self.refuse("parameters", what, "name two regions: one cannot stand in for itself");
        }
    }

    fn unreserved(&mut self, chosen: &Chosen, parameter: &str) {
        let Some(domain) = chosen.values.get(parameter) else { return };
        if let Some(reserved) = reserved(domain) {
            let fix = self.manifest.parameter(parameter).and_then(|parameter| parameter.fix.clone());
            self.refuse(
                "parameters",
                format!("{parameter} is `{domain}`, and Route 53 makes no zone in {reserved}"),
                fix.unwrap_or_else(|| "give a domain of your own".to_owned()),
            );
        }
    }

    fn together(&mut self, chosen: &Chosen, parameters: &[String], why: &str) {
        let (on, off): (Vec<&String>, Vec<&String>) = parameters.iter().partition(|name| chosen.is_on(name));
        if on.is_empty() || off.is_empty() {
            return;
        }
        let names = |names: &[&String]| names.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(" and ");
        let what = format!("{} is given and {} is not: {why}", names(&on), names(&off));
        self.refuse("parameters", what, "give all of them, or none");
    }

    fn needs(&mut self, chosen: &Chosen, parameter: &str, needs: &str, why: &str) {
        let default = self.manifest.parameter(needs).map(|parameter| parameter.default.as_str());
        let given = chosen.values.get(needs).is_some_and(|value| is_on(value) && Some(value.as_str()) != default);
        if chosen.is_on(parameter) && !given {
            let what = format!("{parameter} is given, and {needs} is not: {why}");
            self.refuse("parameters", what, format!("give {needs} too, or leave {parameter} out"));
        }
    }
}

/// Why a value is not taken, and what would be.
fn refusal(parameter: &Parameter, text: &str, chosen: &Chosen) -> Option<(String, String)> {
    let wrong = |what: &str, fix: String| Some((what.to_owned(), fix));
    match parameter.kind {
        ParameterKind::Boolean if !matches!(text, "true" | "false") => {
            return wrong("is neither true nor false", "write true or false".to_owned());
        }
        ParameterKind::Integer => match text.parse::<i64>() {
            Err(_) => return wrong("is no whole number", "write digits alone".to_owned()),
            Ok(number) => {
                if let Some(least) = parameter.min.filter(|least| number < *least) {
                    return wrong("is too little", format!("write {least} or more"));
                }
                if let Some(most) = parameter.max.filter(|most| number > *most) {
                    return wrong("is too much", format!("write {most} or less"));
                }
            }
        },
        // Where the default is none, none may be given.
        ParameterKind::Domain if !(is_domain(text) || text.is_empty() && parameter.default.is_empty()) => {
            return wrong(
                "is no domain",
                "write one of your own, such as acme.org, without scheme and path".to_owned(),
            );
        }
        ParameterKind::Certificate if !text.is_empty() => return certificate(parameter, text, chosen),
        ParameterKind::Boolean | ParameterKind::Domain | ParameterKind::Certificate | ParameterKind::Text => {}
    }
    if !parameter.allowed.is_empty() && !parameter.allowed.iter().any(|allowed| allowed == text) {
        return wrong("is not among what it may be", format!("write one of {}", parameter.allowed.join(", ")));
    }
    let length = text.chars().count() as u64;
    if let Some(most) = parameter.max_length.filter(|most| length > *most) {
        return Some((format!("has {length} characters"), format!("write {most} or fewer")));
    }
    let fits = parameter.pattern.as_deref().and_then(|pattern| Some((pattern, whole_pattern(pattern).ok()?)));
    match fits {
        Some((pattern, whole)) if !whole.is_match(text) => {
            wrong("does not have the form that it must have", format!("write something that fits {pattern}"))
        }
        _ => None,
    }
}

fn certificate(parameter: &Parameter, text: &str, chosen: &Chosen) -> Option<(String, String)> {
    let region = parameter.region.map(|side| chosen.region(side));
    let parts: Vec<&str> = text.split(':').collect();
    let example = || {
        let region = region.map_or("us-east-1", Region::as_str);
        format!("write arn:aws:acm:{region}:123456789012:certificate/…, or leave it out")
    };
    let ["arn", partition, "acm", of, account, resource] = parts.as_slice() else {
        return Some(("is not the ARN of a certificate".to_owned(), example()));
    };
    let id = resource.strip_prefix("certificate/").unwrap_or_default();
    let good = partition.starts_with("aws")
        && account.len() == 12
        && account.bytes().all(|b| b.is_ascii_digit())
        && !id.is_empty()
        && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-');
    if !good {
        return Some(("is not the ARN of a certificate".to_owned(), example()));
    }
    match region {
        Some(region) if region.as_str() != *of => {
            Some((format!("is a certificate of {of}, and is needed in {region}"), example()))
        }
        _ => None,
    }
}

/// A name under which a zone can be made: at least two labels, of what DNS takes.
fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    // What stands before it in the names of records needs room.
    text.len() <= 200
        && text.contains('.')
        && text.split('.').all(label)
        && !text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// The domain that is nobody's, where the name is one or is in one.
pub(crate) fn reserved(domain: &str) -> Option<&'static str> {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    ["example.com", "example.net", "example.org"]
        .into_iter()
        .find(|reserved| domain.strip_suffix(reserved).is_some_and(|before| before.is_empty() || before.ends_with('.')))
}
