//! Deployments made, watched, moved and taken away by the program itself, through the CloudFormation of an emulated account:
//! the built-in blueprints, as far as an emulator can make them, and blueprints whose stacks are slow or fail. What came and
//! what went is told by another client.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use lifeboat_blueprint::{Chosen, StackPlan, builtin, find, stacks};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::it::application::Application;
use crate::it::emulated::lines;
use crate::it::harness::{Account, Emulator, ministack};
use crate::it::observer::now;
use crate::it::program::{Ran, program};
use crate::it::proxy::{Fault, Matching, Proxy};
use crate::it::recorded;
use crate::it::resolver::Resolver;

mod five;
mod killed;
mod lowering;
mod measured;
mod rows;
mod slow;

use lowering::{BUILDER, Lacking, Outside, lower};

/// An account with a folder from which something is made in it.
pub(super) struct Yard {
    /// Asked past the proxy.
    pub(super) own: Account,
    pub(super) proxy: Proxy,
    pub(super) account: Account,
    resolver: Resolver,
    application: Application,
    folder: TempDir,
    /// What the deployment is called.
    pub(super) name: String,
    pub(super) regions: [String; 2],
    /// By which its resources are told apart, even where names are one space for all accounts of an emulator.
    pub(super) suffix: String,
}

impl Yard {
    /// With nothing in it that could be made yet.
    pub(super) fn empty(emulator: &'static Emulator, name: &str, regions: [&str; 2]) -> Self {
        let own = emulator.account();
        let proxy = Proxy::before(emulator);
        let account = proxy.of(&own);
        let yard = Self {
            suffix: format!("e{}", &own.access_key_id[own.access_key_id.len() - 4..]),
            own,
            proxy,
            account,
            resolver: Resolver::start(),
            application: Application::start(),
            folder: tempfile::tempdir().expect("the temporary folder can be written"),
            name: name.to_owned(),
            regions: regions.map(str::to_owned),
        };
        fs::create_dir(yard.blueprint()).expect("the test's folder can be written");
        // A configuration that speaks of nothing: what is real is AWS.
        fs::write(yard.configuration(), "version = 1\n").expect("the test's folder can be written");
        yard.own.boto("builders.py", &[&[BUILDER], &yard.asked_regions()[..]].concat());
        yard.supplement();
        yard
    }

    /// With a built-in blueprint as far as the emulator can make it, and what of it cannot be made as it is written.
    pub(super) fn of(name: &str) -> (Self, BTreeSet<String>) {
        let manifest = &find(name).unwrap_or_else(|| panic!("no blueprint is called {name}")).manifest;
        let regions = [manifest.home.default.as_str(), manifest.partner.default.as_str()];
        let yard = Self::empty(ministack(), name, regions);
        let lowered = lower(name, lacking(), &yard.outside(), &standing(name));
        yard.write(&lowered.files);
        (yard, lowered.deviations)
    }

    /// What the emulator does not serve: answers as AWS gives them.
    fn supplement(&self) {
        self.proxy.inject(Matching::operation("TestDNSAnswer"), Fault::AnswerByRecords);
        self.proxy.inject(Matching::operation("GetHealthCheckStatus"), recorded::checkers(16, 0, now()));
        self.proxy.inject(Matching::operation("GetServiceQuota"), recorded::quota());
    }

    /// Takes the injected faults away.
    pub(super) fn heal(&self) {
        self.proxy.heal();
        self.supplement();
    }

    fn outside(&self) -> Outside {
        Outside { resolver: self.resolver.address().to_string(), application: self.application.url("") }
    }

    /// Where the regions are asked, with the one that answers for what is global.
    pub(super) fn asked_regions(&self) -> Vec<&str> {
        let mut regions: BTreeSet<&str> = self.regions.iter().map(String::as_str).collect();
        regions.insert("us-east-1");
        regions.into_iter().collect()
    }

    pub(super) fn blueprint(&self) -> PathBuf {
        self.folder.path().join("blueprint")
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("lifeboat.toml")
    }

    pub(super) fn write(&self, files: &BTreeMap<String, String>) {
        for (file, text) in files {
            fs::write(self.blueprint().join(file), text).expect("the test's folder can be written");
        }
    }

    /// A runbook of the user's own, in the folder beside the configuration.
    pub(super) fn add_runbook(&self, name: &str, text: &str) {
        let folder = self.folder.path().join("runbooks");
        fs::create_dir_all(&folder).expect("the test's folder can be written");
        fs::write(folder.join(format!("{name}.toml")), text).expect("the test's folder can be written");
    }

    /// Gives up the run that is not over.
    pub(super) fn abort(&self) {
        let ran = self.run(&["abort", "--operate", "--json"]);
        assert!(matches!(ran.code, Some(0 | 4)), "{:?} {}\n{}", ran.code, ran.stderr, tail(&ran.stdout));
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(&self.configuration(), arguments)
    }

    /// A file beside the configuration, such as another one.
    pub(super) fn configure(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("the test's folder can be written");
        path
    }

    pub(super) fn run_with(&self, configuration: &Path, arguments: &[&str]) -> Ran {
        let mut all = vec!["--config", configuration.to_str().expect("a temporary path is UTF-8")];
        all.extend(arguments);
        program(&all, &self.account.variables(), self.folder.path())
    }

    /// What makes it, with the phrase that its plan asks for.
    pub(super) fn up_arguments(&self) -> Vec<String> {
        let phrase = format!("provision {} {}", self.name, self.regions[0]);
        let blueprint = self.blueprint().display().to_string();
        let suffix = format!("EnvironmentSuffix={}", self.suffix);
        let outputs = self.folder.path().join("outputs").display().to_string();
        let given = ["up", &blueprint, "--aws", "--name", &self.name, "--param", &suffix, "--outputs", &outputs];
        [&given[..], &["--operate", "--json", "--confirm", &phrase]].concat().into_iter().map(str::to_owned).collect()
    }

    pub(super) fn down_arguments(&self) -> Vec<String> {
        let phrase = format!("teardown {} {}", self.name, self.regions[0]);
        ["down", &self.name, "--operate", "--json", "--confirm", &phrase].map(str::to_owned).into()
    }

    pub(super) fn up(&self) -> Ran {
        let arguments = self.up_arguments();
        self.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub(super) fn down(&self) -> Ran {
        let arguments = self.down_arguments();
        self.run(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    }

    pub(super) fn resume(&self, more: &[&str]) -> Ran {
        self.run(&[&["resume", "--operate", "--json"], more].concat())
    }

    /// In a process of its own.
    pub(super) fn begin(&self, arguments: &[String]) -> Child {
        let told = |name: &str| fs::File::create(self.folder.path().join(name)).expect("the folder can be written");
        Command::new(env!("CARGO_BIN_EXE_lifeboat"))
            .arg("--config")
            .arg(self.configuration())
            .args(arguments)
            .env_clear()
            .env("LIFEBOAT_DATA_DIR", self.folder.path().join("data"))
            .envs(self.account.variables())
            .stdin(Stdio::null())
            .stdout(told("stdout"))
            .stderr(told("stderr"))
            .current_dir(self.folder.path())
            .spawn()
            .expect("the program was built with its tests")
    }

    /// The deployments that the program keeps.
    pub(super) fn kept(&self) -> Vec<String> {
        let folder = fs::read_dir(self.folder.path().join("data/deployments"));
        let entries = folder.into_iter().flatten().map(|entry| entry.expect("the folder can be read").file_name());
        let is_kept = |name: &String| std::path::Path::new(name).extension().is_some_and(|ending| ending == "toml");
        entries.map(|name| name.to_string_lossy().into_owned()).filter(is_kept).collect()
    }

    /// One of its outputs files, whole.
    pub(super) fn outputs_text(&self) -> String {
        let folder = fs::read_dir(self.folder.path().join("outputs")).expect("outputs were written");
        let mut paths: Vec<PathBuf> = folder.map(|entry| entry.expect("the folder can be read").path()).collect();
        paths.sort();
        fs::read_to_string(paths.first().expect("there is one")).expect("it can be read")
    }

    /// What was written where `--outputs` says.
    pub(super) fn outputs(&self, file: &str) -> Value {
        let path = self.folder.path().join("outputs").join(file);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        serde_json::from_str(&text).expect("an outputs file is JSON")
    }

    /// All that the account holds in its regions, as another client lists it.
    pub(super) fn inventory(&self) -> Value {
        self.own.boto("inventory.py", &self.asked_regions())
    }

    /// The same of what stacks of topics and slow things consist of.
    pub(super) fn inventory_of_gadgets(&self) -> Value {
        let of = ["--of", "sns", "--of", "cloudformation"];
        self.own.boto("inventory.py", &[&self.asked_regions()[..], &of].concat())
    }

    /// What another client reads of a stack: its status and outputs.
    pub(super) fn stack(&self, region: &str, name: &str) -> Value {
        let question = json!([{
            "region": region, "service": "cloudformation", "operation": "describe_stacks",
            "arguments": { "StackName": name },
            "at": "Stacks[0].{status: StackStatus, outputs: Outputs}",
        }]);
        self.own.boto_given("seen.py", &[], &question.to_string())[0].clone()
    }

    /// What the blueprint comes to in this yard.
    pub(super) fn plan(&self) -> StackPlan {
        let blueprint = self.read_blueprint();
        let mut chosen = Chosen::defaults(&blueprint.manifest, self.name.as_str().into());
        chosen.values.insert("EnvironmentSuffix".to_owned(), self.suffix.clone());
        stacks(&blueprint, &chosen).expect("the blueprint comes to something")
    }

    /// The stacks that there are with what was chosen, by id, each with its region and name.
    pub(super) fn stacks(&self) -> Vec<(String, String, String)> {
        self.plan()
            .stacks
            .iter()
            .map(|spec| (spec.id.clone(), spec.region.to_string(), spec.name.to_string()))
            .collect()
    }

    pub(super) fn read_blueprint(&self) -> lifeboat_blueprint::Blueprint {
        let folder = fs::read_dir(self.blueprint()).expect("the blueprint's folder is there");
        let files = folder.map(|entry| {
            let entry = entry.expect("the folder can be read");
            let text = fs::read_to_string(entry.path()).expect("its files are text");
            (entry.file_name().to_string_lossy().into_owned(), text)
        });
        lifeboat_blueprint::read(&files.collect(), lifeboat_blueprint::Origin::Folder("here".to_owned()))
            .unwrap_or_else(|mistakes| panic!("{mistakes:#?}"))
    }
}

/// The last of what a run told, which must have gone through.
pub(super) fn completed(what: &str, ran: &Ran) -> Vec<Value> {
    assert_eq!(ran.code, Some(0), "{what}: {}\n{}", ran.stderr, tail(&ran.stdout));
    let events = lines(&ran.stdout);
    let last = events.last().unwrap_or_else(|| panic!("{what} tells nothing"));
    assert_eq!((&last["event"], &last["outcome"]), (&"run_ended".into(), &"completed".into()), "{what}: {last}");
    events
}

/// As much as a person would want to read of what went before.
pub(super) fn tail(text: &str) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(12)..].iter().map(|line| line.chars().take(600).collect::<String>() + "\n").collect()
}

/// Kind by kind, what the second inventory has that the first had not.
pub(super) fn came(before: &Value, after: &Value) -> BTreeMap<String, Vec<String>> {
    let names = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().map(|name| name.as_str().expect("a name").to_owned()).collect()
    };
    let kinds = after.as_object().expect("kinds").iter();
    let came = kinds.map(|(kind, held)| {
        let had = names(&before[kind]);
        (kind.clone(), names(held).into_iter().filter(|name| !had.contains(name)).collect::<Vec<_>>())
    });
    came.filter(|(_, names)| !names.is_empty()).collect()
}

/// What the emulator lacks of all that the blueprints need: asked of it once, in an account of its own.
pub(super) fn lacking() -> &'static Lacking {
    static LACKING: OnceLock<Lacking> = OnceLock::new();
    LACKING.get_or_init(|| {
        let needed: BTreeSet<&str> = builtin()
            .iter()
            .flat_map(|blueprint| blueprint.templates.values())
            .flat_map(|template| template.resources.iter().map(|resource| resource.resource_type.as_str()))
            .collect();
        let told = ministack().account().boto_given("lacking.py", &[], &json!(needed).to_string());
        let texts = |list: &Value| -> Vec<String> {
            list.as_array().expect("a list").iter().map(|it| it.as_str().expect("a text").to_owned()).collect()
        };
        let mut properties: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for forgotten in texts(&told["properties"]) {
            let (kind, property) = forgotten.split_once(' ').expect("TYPE PROPERTY");
            properties.entry(kind.to_owned()).or_default().insert(property.to_owned());
        }
        Lacking { types: texts(&told["types"]).into_iter().collect(), properties }
    })
}

/// What there is of a built-in blueprint with the parameters that nobody changed, by template and logical id.
fn standing(name: &str) -> BTreeSet<(String, String)> {
    let blueprint = find(name).expect("it is built in");
    let plan = stacks(blueprint, &Chosen::defaults(&blueprint.manifest, name.into())).expect("it comes to something");
    let of = |spec: &lifeboat_blueprint::StackSpec| -> Vec<(String, String)> {
        spec.evaluated.resources.iter().map(|it| (spec.template.clone(), it.logical_id.clone())).collect()
    };
    plan.stacks.iter().flat_map(of).collect()
}
