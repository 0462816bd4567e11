//! A built-in blueprint as a folder of templates that an emulator can make. What the emulator lacks and its services'
//! own APIs have is built through those, by a custom resource in the same place; what nothing there can make is taken
//! out, with all that speaks of it. Each deviation is listed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use lifeboat_blueprint::yaml::{Kind, Node};
use lifeboat_blueprint::{Declaration, Template, builtin_files};
use serde_json::{Map, Value, json};
use toml_edit::{DocumentMut, Item, Table, Value as Toml};

/// The function that builds, by the service's own API, what no template of the emulator's can. `builder.py` is its code.
pub(crate) const BUILDER: &str = "emulator-builder";

/// What the builder makes in the place of a resource.
const BUILT: [&str; 8] = [
    "AWS::Backup::BackupSelection",
    "AWS::EC2::EIP",
    "AWS::EC2::NatGateway",
    "AWS::EC2::VPCPeeringConnection",
    "AWS::Events::Endpoint",
    "AWS::RDS::DBCluster",
    "AWS::RDS::GlobalCluster",
    "AWS::Route53::HealthCheck",
];

/// What the emulator cannot do by templates, as `lacking.py` found it.
#[derive(Clone, Debug)]
pub(crate) struct Lacking {
    /// Types that it refuses.
    pub(crate) types: BTreeSet<String>,
    /// Properties that it takes and forgets, by type.
    pub(crate) properties: BTreeMap<String, BTreeSet<String>>,
}

/// What the manifest says of the world outside, which a test has on the loopback.
#[derive(Clone, Debug)]
pub(crate) struct Outside {
    pub(crate) resolver: String,
    /// Where whatever is probed answers, and canaries are written.
    pub(crate) application: String,
}

#[derive(Debug)]
pub(crate) struct Lowered {
    pub(crate) files: BTreeMap<String, String>,
    /// One line a deviation, in order.
    pub(crate) deviations: BTreeSet<String>,
}

/// `stands` says what there is with the parameters that are chosen, by template and logical id; only that is listed.
pub(crate) fn lower(name: &str, lacking: &Lacking, outside: &Outside, stands: &BTreeSet<(String, String)>) -> Lowered {
    let mut lowering = Lowering { lacking, deviations: BTreeSet::new(), gone: BTreeSet::new(), mute: BTreeSet::new() };
    let mut files = BTreeMap::new();
    for (file, text) in builtin_files(name).iter().filter(|(file, _)| *file != "manifest.toml") {
        let template = Template::read(file, text).unwrap_or_else(|mistakes| panic!("{file}: {mistakes:?}"));
        let is_listed = |id: &str| stands.contains(&((*file).to_owned(), id.to_owned()));
        files.insert((*file).to_owned(), lowering.template(&template, &is_listed));
    }
    let manifest = builtin_files(name).iter().find(|(file, _)| *file == "manifest.toml").expect("it has a manifest").1;
    files.insert("manifest.toml".to_owned(), lowering.manifest(manifest, outside));
    Lowered { files, deviations: lowering.deviations }
}

struct Lowering<'a> {
    lacking: &'a Lacking,
    deviations: BTreeSet<String>,
    /// Resources that are taken out, by template and logical id.
    gone: BTreeSet<(String, String)>,
    /// Outputs that spoke of them, by template and key.
    mute: BTreeSet<(String, String)>,
}

/// In the place of an output's value that only a resource could tell that is not there.
const NOT_THERE: &str = "not-on-this-emulator";

impl Lowering<'_> {
    fn template(&mut self, template: &Template, is_listed: &dyn Fn(&str) -> bool) -> String {
        let mut whole = tree(&template.root);
        self.images(template, &mut whole);
        let mut resources = Map::new();
        let (mut gone, mut renamed) = (BTreeSet::new(), BTreeSet::new());
        for declaration in &template.resources {
            let id = &declaration.logical_id;
            let Value::Object(mut resource) = whole["Resources"][id].take() else { panic!("{id} is no map") };
            let tell = |lowering: &mut Self, what: &str| {
                if is_listed(id) {
                    let kind = &declaration.resource_type;
                    lowering.deviations.insert(format!("{} {id} {kind}: {what}", template.file));
                }
            };
            if !self.refuses(declaration) {
                let forgotten = self.forgotten(declaration);
                if !forgotten.is_empty() {
                    for property in &forgotten {
                        tell(self, &format!("{property} by its own API"));
                    }
                    resources.insert(format!("{id}Properties"), companion(declaration, &resource, &forgotten));
                }
                if self.is_told_otherwise(declaration) {
                    tell(self, "Ref by its attribute Id");
                    renamed.insert(id.clone());
                }
                resources.insert(id.clone(), Value::Object(resource));
            } else if BUILT.contains(&declaration.resource_type.as_str()) {
                tell(self, "by its own API");
                resource.insert("Type".to_owned(), json!(custom(&declaration.resource_type)));
                let properties = resource.entry("Properties").or_insert_with(|| json!({}));
                properties["ServiceToken"] = builder();
                resources.insert(id.clone(), Value::Object(resource));
            } else if !is_listed(id) {
                // Nobody asks for it, and of what is not asked for the emulator refuses nothing.
                resources.insert(id.clone(), Value::Object(resource));
            } else {
                tell(self, "left out");
                gone.insert(id.clone());
                self.gone.insert((template.file.clone(), id.clone()));
            }
        }
        for resource in resources.values_mut() {
            forget_dependencies(resource, &gone);
        }
        whole["Resources"] = Value::Object(resources);
        tell_by_id(&mut whole, &renamed);
        if let Some(outputs) = whole.get_mut("Outputs").and_then(Value::as_object_mut) {
            for (key, output) in outputs {
                if gone.iter().any(|id| speaks_of(&output["Value"], id)) {
                    output["Value"] = json!(NOT_THERE);
                    self.mute.insert((template.file.clone(), key.clone()));
                }
            }
        }
        serde_json::to_string_pretty(&whole).expect("it is JSON")
    }

    /// What is looked up among AWS's public parameters is said outright where there are none.
    fn images(&mut self, template: &Template, whole: &mut Value) {
        let public = "AWS::SSM::Parameter::Value";
        if !self.lacking.properties.contains_key(public) {
            return;
        }
        for (name, parameter) in whole["Parameters"].as_object_mut().into_iter().flatten() {
            if parameter["Type"].as_str().is_some_and(|kind| kind.starts_with(public)) {
                *parameter = json!({ "Type": "String", "Default": "ami-0123456789abcdef0" });
                self.deviations.insert(format!("{} parameter {name}: a literal", template.file));
            }
        }
    }

    /// Whether the emulator has no such resource, or makes another than was asked for.
    fn refuses(&self, declaration: &Declaration) -> bool {
        self.lacking.types.contains(&declaration.resource_type)
            || (declaration.resource_type == "AWS::RDS::DBCluster" && !self.forgotten(declaration).is_empty())
    }

    fn forgotten(&self, declaration: &Declaration) -> Vec<String> {
        let Some(forgotten) = self.lacking.properties.get(&declaration.resource_type) else { return Vec::new() };
        let has = |property: &&String| declaration.property(&property.split('.').collect::<Vec<_>>()).is_some();
        forgotten.iter().filter(has).cloned().collect()
    }

    /// Whether a reference to it is not what it is on AWS.
    fn is_told_otherwise(&self, declaration: &Declaration) -> bool {
        self.lacking.properties.get(&declaration.resource_type).is_some_and(|forgotten| forgotten.contains("Ref"))
    }

    fn manifest(&mut self, text: &str, outside: &Outside) -> String {
        let mut manifest: DocumentMut = text.parse().expect("a built-in manifest is TOML");
        let templates: BTreeMap<String, String> =
            tables(&manifest, "stack").map(|stack| (text_of(stack, "id"), text_of(stack, "template"))).collect();
        let is_gone = |stack: &str, resource: &str| {
            let file = &templates[stack];
            self.gone.contains(&(file.clone(), resource.to_owned()))
        };
        for section in ["refusal", "expected_drift"] {
            if let Some(entries) = manifest.get_mut(section).and_then(Item::as_array_of_tables_mut) {
                entries.retain(|entry| !is_gone(&text_of(entry, "stack"), &text_of(entry, "resource")));
            }
        }
        if let Some(modules) = manifest.get_mut("modules").and_then(Item::as_table_mut) {
            for (_, resources) in modules.iter_mut() {
                resources.as_array_mut().expect("modules are lists").retain(|name| {
                    let (stack, resource) =
                        name.as_str().and_then(|name| name.split_once('.')).expect("STACK.RESOURCE");
                    !is_gone(stack, resource)
                });
            }
        }
        let mute: Vec<String> = templates
            .iter()
            .flat_map(|(stack, file)| {
                self.mute.iter().filter(move |(of, _)| of == file).map(move |(_, key)| format!("{{{stack}.{key}"))
            })
            .collect();
        let mut lost = Vec::new();
        let without = |table: &mut Table, lost: &mut Vec<String>| {
            let speaks = |item: &Item| mute.iter().any(|word| item.to_string().contains(word.as_str()));
            let keys: Vec<String> =
                table.iter().filter(|(_, item)| speaks(item)).map(|(key, _)| key.to_owned()).collect();
            for key in keys {
                table.remove(&key);
                lost.push(key);
            }
            if table.contains_key("probes") {
                lead_to(table, outside);
            }
        };
        let deployment = manifest["deployment"].as_table_mut().expect("a built-in blueprint has a deployment");
        without(deployment, &mut lost);
        deployment["resolvers"] = Item::Value(Toml::from_iter([outside.resolver.as_str()]));
        if let Some(additions) = manifest.get_mut("deployment_if").and_then(Item::as_array_of_tables_mut) {
            let mut unlisted = Vec::new();
            additions.iter_mut().for_each(|addition| without(addition, &mut unlisted));
            additions.retain(|addition| addition.iter().any(|(key, _)| key != "parameter" && key != "unless"));
        }
        self.deviations.extend(lost.iter().map(|key| format!("manifest.toml deployment {key}: left out")));
        manifest.to_string()
    }
}

/// Probes go to the loopback, whatever they were to ask.
fn lead_to(table: &mut Table, outside: &Outside) {
    let probes = table["probes"].as_array_mut().expect("probes are a list");
    for (number, probe) in probes.iter_mut().enumerate() {
        let probe = probe.as_inline_table_mut().expect("a probe is a table");
        probe.insert("url", format!("{}/live/{number}", outside.application).into());
    }
}

fn tables<'a>(manifest: &'a DocumentMut, key: &str) -> impl Iterator<Item = &'a Table> {
    manifest[key].as_array_of_tables().expect("a list of tables").iter()
}

fn text_of(table: &Table, key: &str) -> String {
    table[key].as_str().unwrap_or_else(|| panic!("`{key}` is no text: {table}")).to_owned()
}

fn custom(resource_type: &str) -> String {
    let mut name = "Custom::".to_owned();
    write!(name, "{}", resource_type.trim_start_matches("AWS::").replace("::", "-")).expect("a text can be written");
    name
}

fn builder() -> Value {
    json!({ "Fn::Sub": format!("arn:aws:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{BUILDER}") })
}

/// What gives a resource that the emulator has made the properties that it forgot.
fn companion(declaration: &Declaration, resource: &Map<String, Value>, forgotten: &[String]) -> Value {
    let mut properties = json!({ "ServiceToken": builder(), "Name": { "Ref": declaration.logical_id } });
    for path in forgotten {
        let first = path.split('.').next().expect("a path has a first part");
        properties[first] = resource["Properties"][first].clone();
    }
    let mut companion = json!({
        "Type": format!("{}-Properties", custom(&declaration.resource_type)),
        "Properties": properties,
    });
    if let Some(condition) = &declaration.condition {
        companion["Condition"] = json!(condition);
    }
    companion
}

fn forget_dependencies(resource: &mut Value, gone: &BTreeSet<String>) {
    let Some(given) = resource.get("DependsOn").cloned() else { return };
    let names = if given.is_array() { given } else { json!([given]) };
    let is_left = |name: &&Value| !gone.contains(name.as_str().unwrap_or_default());
    let left: Vec<&Value> = names.as_array().expect("it was made one").iter().filter(is_left).collect();
    resource["DependsOn"] = json!(left);
}

/// References to these become their attribute `Id`, which is the same on AWS.
fn tell_by_id(value: &mut Value, renamed: &BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(id) = map.get("Ref").and_then(Value::as_str).filter(|id| renamed.contains(*id)) {
                *value = json!({ "Fn::GetAtt": [id, "Id"] });
                return;
            }
            map.values_mut().for_each(|value| tell_by_id(value, renamed));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| tell_by_id(item, renamed)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn speaks_of(value: &Value, id: &str) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, value)| match (key.as_str(), value) {
            ("Ref", Value::String(name)) => name == id,
            ("Fn::GetAtt", Value::String(name)) => name.split('.').next() == Some(id),
            ("Fn::GetAtt", Value::Array(parts)) => parts.first().and_then(Value::as_str) == Some(id),
            ("Fn::Sub", Value::String(text)) => {
                text.contains(&format!("${{{id}}}")) || text.contains(&format!("${{{id}."))
            }
            _ => speaks_of(value, id),
        }),
        Value::Array(items) => items.iter().any(|item| speaks_of(item, id)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

fn tree(node: &Node) -> Value {
    match &node.kind {
        Kind::Null => Value::Null,
        Kind::Bool(flag) => Value::Bool(*flag),
        Kind::Number(number) => Value::Number(number.clone()),
        Kind::Text(text) => Value::String(text.clone()),
        Kind::List(items) => Value::Array(items.iter().map(tree).collect()),
        Kind::Map(entries) => {
            Value::Object(entries.iter().map(|entry| (entry.key.clone(), tree(&entry.value))).collect())
        }
    }
}
