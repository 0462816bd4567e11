//! Acting through the program itself on an emulated account: what its runs changed is told by another client, and every
//! request by the proxy between.

use std::fs;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::it::application::Application;
use crate::it::filled::{Filled, NAME};
use crate::it::harness::{Account, Emulator};
use crate::it::program::{Deployed, Ran};
use crate::it::proxy::{Fault, Matching};

mod killed;
mod levers;
mod promotions;
mod scripted;
mod served;

/// A filled account with a configuration that says no more than a test is about, and an application for canaries.
pub(crate) struct Operated {
    pub(crate) deployed: Deployed,
    pub(crate) application: Application,
}

impl Operated {
    /// `parts` are the configuration's own names of what the deployment consists of.
    pub(crate) fn on(emulator: &'static Emulator, parts: &[&str]) -> Self {
        let own = emulator.account();
        Self::of(emulator, &own, Filled::fill(&own), parts)
    }

    pub(crate) fn of(emulator: &'static Emulator, own: &Account, filled: Filled, parts: &[&str]) -> Self {
        let operated = Self { deployed: Deployed::around(emulator, own, filled), application: Application::start() };
        operated.answer_by_records();
        operated.configure(parts);
        operated
    }

    /// From here on with somebody else's credentials.
    pub(crate) fn act_as(&mut self, account: &Account) {
        self.deployed.account = self.deployed.proxy.of(account);
    }

    fn answer_by_records(&self) {
        self.deployed.inject(Matching::operation("TestDNSAnswer"), Fault::AnswerByRecords);
    }

    /// Takes the injected faults away.
    pub(crate) fn heal(&self) {
        self.deployed.heal();
        self.answer_by_records();
    }

    /// Writes the configuration anew.
    pub(crate) fn configure(&self, parts: &[&str]) {
        let lines: Vec<String> = ["itself"].iter().chain(parts).map(|part| self.part(part)).collect();
        fs::write(&self.deployed.configuration, lines.join("\n")).expect("the test's folder can be written");
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.deployed.filled.text(name)
    }

    fn part(&self, part: &str) -> String {
        let t = |name: &str| self.text(name);
        let (home, partner) = (t("home"), t("partner"));
        let each = |part: &str| {
            let of = |side: &str| t(&format!("{side}_{part}"));
            format!("{{ {home} = [{:?}], {partner} = [{:?}] }}", of("home"), of("partner"))
        };
        match part {
            "itself" => format!(
                "version = 1\n[deployments.{NAME}]\nhome = {home:?}\npartner = {partner:?}\naccount = {:?}\n\
                 objectives = {{ rpo = \"60s\", rto = \"5m\", expected_promotion = \"5s\" }}",
                t("account")
            ),
            "aurora" => format!("aurora = {{ global_cluster = {:?} }}", t("global_cluster")),
            "dynamodb" => format!("dynamodb = {{ tables = [{:?}] }}", t("table")),
            "names" => format!(
                "public_name = {record:?}\nresolvers = [{:?}]\nrecords = [{{ zone = {:?}, name = {record:?} }}]\n\
                 health_checks = [{{ id = {:?}, watches = {home:?} }}, {{ id = {:?}, watches = {partner:?} }}]",
                self.deployed.resolver.address().to_string(),
                t("zone"),
                t("home_check"),
                t("partner_check"),
                record = t("record"),
            ),
            "functions" => format!("functions = {}", each("function")),
            "scaling_groups" => format!("scaling_groups = {}", each("group")),
            "load_balancers" => format!(
                "load_balancers = [{{ arn = {:?}, target_group = {:?} }}, {{ arn = {:?}, target_group = {:?} }}]",
                t("home_balancer"),
                t("home_target_group"),
                t("partner_balancer"),
                t("partner_target_group")
            ),
            "topics" => format!("topics = [{:?}, {:?}]", t("home_topic"), t("partner_topic")),
            "active_parameter" => format!("active_parameter = {{ name = {:?} }}", self.parameter()),
            "leading_parameter" => {
                format!("active_parameter = {{ name = {:?}, moves_traffic = true }}", self.parameter())
            }
            "canary" => format!(
                "canary = {{ write_url = {:?}, read_urls = {{ aurora = {:?} }}, interval = \"200ms\" }}",
                self.application.url("/canary"),
                self.application.url("/canary/{nonce}")
            ),
            unknown => panic!("no part is called `{unknown}`"),
        }
    }

    /// The parameter that names the active region.
    pub(crate) fn parameter(&self) -> String {
        format!("{}region-note", self.text("parameter_path"))
    }

    /// The member cluster of the global database in the standby's region, by its ARN.
    pub(crate) fn standby(&self) -> String {
        let partner = self.text("partner");
        format!("arn:aws:rds:{partner}:{}:cluster:{}", self.text("account"), self.text("partner_cluster"))
    }

    /// What another client reads of the emulator, as `look.py` prints it.
    pub(crate) fn look(&self, arguments: &[&str]) -> Value {
        self.deployed.account.boto("look.py", arguments)
    }

    /// Another client sees the standby as the one writer, in both regions.
    pub(crate) fn assert_promoted(&self) {
        let seen = self.look(&["--global-cluster", self.text("global_cluster")]);
        for region in ["us-east-1", "us-east-2"] {
            assert_eq!(seen["aurora"][region]["writer"], json!([self.standby()]), "{seen}");
            assert_eq!(seen["aurora"][region]["status"], "available", "{seen}");
        }
    }

    /// Another client reads this region's parameter as naming the active region.
    pub(crate) fn assert_parameter(&self, region: &str, active: &str) {
        let seen = self.look(&["--parameter", region, &self.parameter()]);
        assert_eq!(seen["parameter"]["value"], active, "{seen}");
    }

    /// A runbook of the user's own, in the folder beside the configuration.
    pub(crate) fn add_runbook(&self, name: &str, text: &str) {
        let folder = self.deployed.folder.path().join("runbooks");
        fs::create_dir_all(&folder).expect("the test's folder can be written");
        fs::write(folder.join(format!("{name}.toml")), text).expect("the test's folder can be written");
    }

    /// The phrase that confirms a run to the standby.
    pub(crate) fn phrase(&self, runbook: &str) -> String {
        format!("{runbook} {NAME} {}", self.deployed.filled.partner())
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, runbook: &str, more: &[&str]) -> Ran {
        let phrase = self.phrase(runbook);
        let arguments = ["run", runbook, "--operate", "--json", "--confirm", &phrase];
        self.deployed.run(&[&arguments[..], more].concat())
    }

    /// The same, and it must be completed.
    pub(crate) fn completes(&self, runbook: &str, more: &[&str]) -> Vec<Value> {
        let ran = self.run(runbook, more);
        assert_eq!(ran.code, Some(0), "{runbook}: {}\n{}", ran.stderr, ran.stdout);
        let events = lines(&ran.stdout);
        let last = events.last().expect("a run tells something");
        assert_eq!((&last["event"], &last["outcome"]), (&"run_ended".into(), &"completed".into()), "{last}");
        events
    }

    /// The same in a process of its own.
    pub(crate) fn begin(&self, arguments: &[&str]) -> Child {
        let told =
            |name: &str| fs::File::create(self.deployed.folder.path().join(name)).expect("the folder can be written");
        Command::new(env!("CARGO_BIN_EXE_lifeboat"))
            .arg("--config")
            .arg(&self.deployed.configuration)
            .args(arguments)
            .env_clear()
            .env("LIFEBOAT_DATA_DIR", self.deployed.folder.path().join("data"))
            .envs(self.deployed.account.variables())
            .stdin(Stdio::null())
            .stdout(told("stdout"))
            .stderr(told("stderr"))
            .current_dir(self.deployed.folder.path())
            .spawn()
            .expect("the program was built with its tests")
    }

    /// The journal is whole, by the program's own proof; what it holds, event by event.
    pub(crate) fn journal(&self) -> Vec<Value> {
        let verified = self.deployed.run(&["journal", "verify"]);
        assert_eq!(verified.code, Some(0), "{verified:?}");
        let exported = self.deployed.run(&["journal", "export"]);
        assert_eq!(exported.code, Some(0), "{exported:?}");
        let body = |entry: &Value| serde_json::from_str(entry["body"].as_str().expect("a body")).expect("JSON");
        lines(&exported.stdout).iter().map(body).collect()
    }

    /// The calls that AWS took, by the journal: the operation's name, and the id that the service gave the request.
    pub(crate) fn journaled_calls(&self) -> Vec<(String, String)> {
        let events = self.journal();
        let started = |ended: &Value| {
            let same = |event: &&Value| {
                event["event"] == "call_started" && event["step"] == ended["step"] && event["index"] == ended["index"]
            };
            events.iter().rfind(same).expect("an outcome has an intent before it")["call"]["call"].clone()
        };
        let accepted =
            events.iter().filter(|event| event["event"] == "call_ended" && event["outcome"]["Ok"].is_object());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        accepted.map(|ended| (text(&started(ended)), text(&ended["outcome"]["Ok"]["request_id"]))).collect()
    }

    /// Exactly these calls were accepted, in this order, each with the id of its request.
    pub(crate) fn assert_journaled(&self, calls: &[&str]) {
        let journaled = self.journaled_calls();
        let names: Vec<&str> = journaled.iter().map(|(call, _)| call.as_str()).collect();
        assert_eq!(names, calls, "{journaled:?}");
        for (call, request_id) in &journaled {
            assert!(!request_id.is_empty(), "{call} has no request id: {journaled:?}");
        }
    }
}

pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect()
}
