//! The program itself as a person or a script runs it, on an emulated account and nothing of the machine's own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::it::filled::{Filled, NAME};
use crate::it::harness::{Account, Emulator};
use crate::it::observer::now;
use crate::it::proxy::{Fault, Matching, Proxy};
use crate::it::recorded;
use crate::it::resolver::Resolver;

/// An account that another client has filled, a proxy before it, and a configuration that names what is there.
pub(crate) struct Deployed {
    pub(crate) filled: Filled,
    pub(crate) proxy: Proxy,
    /// Asked through the proxy.
    pub(crate) account: Account,
    pub(crate) resolver: Resolver,
    pub(crate) folder: TempDir,
    pub(crate) configuration: PathBuf,
}

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {self:?}"))
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let Output { status, stdout, stderr } = output;
        let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
        Self { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
    }
}

impl Deployed {
    pub(crate) fn on(emulator: &'static Emulator) -> Self {
        Self::of(emulator, &emulator.account())
    }

    pub(crate) fn of(emulator: &'static Emulator, own: &Account) -> Self {
        let deployed = Self::around(emulator, own, Filled::fill(own));
        deployed.filled.configuration(deployed.folder.path(), deployed.resolver.address(), &[]);
        deployed
    }

    /// The same around what is filled already, with a configuration that is still to be written.
    pub(crate) fn around(emulator: &'static Emulator, own: &Account, filled: Filled) -> Self {
        let proxy = Proxy::before(emulator);
        let resolver = Resolver::start();
        let folder = tempfile::tempdir().expect("the temporary folder can be written");
        let configuration = folder.path().join("lifeboat.toml");
        let deployed = Self { account: proxy.of(own), filled, proxy, resolver, folder, configuration };
        deployed.answer_with("home_host");
        deployed.supplement();
        deployed
    }

    /// Answers, by Route 53 and the resolver, that lead to one of the two regions.
    pub(crate) fn answer_with(&self, host: &str) {
        let (name, host) = (self.filled.text("record"), self.filled.text(host));
        self.resolver.set(name, host);
        self.proxy.inject(Matching::operation("TestDNSAnswer"), recorded::dns_answer(name, host));
    }

    /// What the emulator does not serve, from recorded answers; anew after every `heal`.
    pub(crate) fn supplement(&self) {
        self.proxy.inject(Matching::operation("GetHealthCheckStatus"), recorded::checkers(14, 2, now()));
    }

    /// Takes the injected faults away and leaves the recorded answers.
    pub(crate) fn heal(&self) {
        self.proxy.heal();
        self.answer_with("home_host");
        self.supplement();
    }

    pub(crate) fn inject(&self, matching: Matching, fault: Fault) {
        self.proxy.inject(matching, fault);
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_as(&self.account, arguments)
    }

    pub(crate) fn run_as(&self, account: &Account, arguments: &[&str]) -> Ran {
        let mut all = vec!["--config", self.configuration.to_str().expect("a temporary path is UTF-8")];
        all.extend(arguments);
        program(&all, &account.variables(), self.folder.path())
    }

    pub(crate) fn status(&self) -> Value {
        self.run(&["status", "--json", "--deployment", NAME]).json()
    }
}

/// Runs the program with this environment and no other.
pub(crate) fn program(arguments: &[&str], variables: &[(&'static str, String)], folder: &Path) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_lifeboat"))
        .args(arguments)
        .env_clear()
        .env("LIFEBOAT_DATA_DIR", folder.join("data"))
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .current_dir(folder)
        .output()
        .expect("the program was built with its tests");
    output.into()
}
