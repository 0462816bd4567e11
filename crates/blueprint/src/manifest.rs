//! A blueprint's manifest: what a template cannot say. Read strictly, all mistakes at once, each with its line. What it
//! comes to with chosen values is for others; nothing here looks at templates.

pub mod braces;
mod names;
mod reader;
mod toml;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::time::Duration;

use lifeboat_model::id::Region;

pub use braces::{Braced, Piece, Word};

use crate::mistake::Mistake;

pub const MANIFEST_FILE: &str = "manifest.toml";
/// The only form of a manifest that there is so far.
pub const FORMAT: i64 = 1;

#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    pub name: String,
    pub title: String,
    pub purpose: String,
    /// Stacks are protected from deletion, and a teardown is refused.
    pub protected: bool,
    pub notes: Vec<String>,
    /// As the configuration writes them: key and length.
    pub objectives: Vec<(String, String)>,
    pub home: RegionChoice,
    pub partner: RegionChoice,
    pub tags: Vec<(String, Braced)>,
    pub parameters: Vec<Parameter>,
    pub checks: Vec<Check>,
    pub stacks: Vec<Stack>,
    pub steps: Vec<Step>,
    pub teardown: Teardown,
    pub refusals: Vec<Refusal>,
    pub expected_drift: Vec<ExpectedDrift>,
    pub outputs: Outputs,
    pub deployment: Form,
    pub deployment_if: Vec<DeploymentIf>,
    pub modules: Vec<Module>,
    pub counts: Option<Counts>,
    pub costs: Vec<CostEstimate>,
}

/// How one of the two regions is chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionChoice {
    pub line: usize,
    /// The templates' parameter that holds it.
    pub parameter: String,
    pub default: Region,
    pub environment: Vec<String>,
    pub configuration: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Home,
    Partner,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::Home, Self::Partner];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Partner => "partner",
        }
    }
}

/// Where a stack or a step is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Side(Side),
    Fixed(Region),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    pub name: String,
    pub line: usize,
    pub kind: ParameterKind,
    /// As text, as templates take it.
    pub default: String,
    pub pattern: Option<String>,
    pub max_length: Option<u64>,
    pub allowed: Vec<String>,
    pub min: Option<i64>,
    pub max: Option<i64>,
    /// Of a certificate.
    pub region: Option<Side>,
    pub environment: Vec<String>,
    pub configuration: Vec<String>,
    /// The resources that a change of it replaces.
    pub replaces: Vec<String>,
    /// Why nothing of that can be replaced: while it stands the parameter stays as it is.
    pub permanent: Option<String>,
    pub about: String,
    pub fix: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    Text,
    Integer,
    Boolean,
    Domain,
    Certificate,
}

impl ParameterKind {
    pub const ALL: [Self; 5] = [Self::Text, Self::Integer, Self::Boolean, Self::Domain, Self::Certificate];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "integer",
            Self::Boolean => "boolean",
            Self::Domain => "domain",
            Self::Certificate => "certificate",
        }
    }
}

/// Whether a parameter's value counts as switched on.
pub fn is_on(value: &str) -> bool {
    !matches!(value, "false" | "0" | "")
}

/// What must be so before anything is created.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    pub line: usize,
    pub kind: CheckKind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum CheckKind {
    RegionsDiffer,
    UnreservedDomain { parameter: String },
    Together { parameters: Vec<String>, why: String },
    Needs { parameter: String, needs: String, why: String },
    NameLength { name: Braced, of: String, max: u64 },
    EngineVersion { engine: String, version: String, regions: Vec<Side> },
    Zones { count: usize, regions: Vec<Side> },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    pub line: usize,
    pub id: String,
    pub name: Braced,
    pub template: String,
    pub region: Place,
    pub capabilities: Vec<String>,
    pub tags: Vec<(String, Braced)>,
    pub after: Vec<String>,
    pub after_steps: Vec<String>,
    pub only_if: Option<String>,
    /// The logical id of a member of the global database.
    pub aurora_cluster: Option<String>,
    pub inputs: Vec<(String, Braced)>,
}

/// What CloudFormation cannot do.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub line: usize,
    pub id: String,
    pub when: When,
    /// Stacks.
    pub after: Vec<String>,
    /// Stacks.
    pub before: Vec<String>,
    pub only_if: Option<String>,
    pub why: Option<String>,
    pub kind: StepKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Create,
    Delete,
}

#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    ManagedKey { region: Place, alias: String },
    GlobalWriterEndpoint { region: Place, global_cluster: Braced },
    SecureParameter { regions: Vec<Side>, name: Braced, length: usize },
    DeleteParameter { regions: Vec<Side>, name: Braced },
    EmptyBucket { region: Place, bucket: Braced, stop_replication: bool },
    EmptyVault { region: Place, vault: Braced },
    ForeignRecords { zone: Braced },
}

impl StepKind {
    pub const NAMES: [&str; 7] = [
        "managed-key",
        "global-writer-endpoint",
        "secure-parameter",
        "delete-parameter",
        "empty-bucket",
        "empty-vault",
        "foreign-records",
    ];

    pub fn as_str(&self) -> &'static str {
        match self {
            Self::ManagedKey { .. } => "managed-key",
            Self::GlobalWriterEndpoint { .. } => "global-writer-endpoint",
            Self::SecureParameter { .. } => "secure-parameter",
            Self::DeleteParameter { .. } => "delete-parameter",
            Self::EmptyBucket { .. } => "empty-bucket",
            Self::EmptyVault { .. } => "empty-vault",
            Self::ForeignRecords { .. } => "foreign-records",
        }
    }

    /// The texts in it that hold words in braces.
    pub fn texts(&self) -> Vec<&Braced> {
        match self {
            Self::ManagedKey { .. } => Vec::new(),
            Self::GlobalWriterEndpoint { global_cluster: text, .. }
            | Self::SecureParameter { name: text, .. }
            | Self::DeleteParameter { name: text, .. }
            | Self::EmptyBucket { bucket: text, .. }
            | Self::EmptyVault { vault: text, .. }
            | Self::ForeignRecords { zone: text } => vec![text],
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Teardown {
    pub aurora: Option<AuroraTeardown>,
    pub leftovers: Vec<Leftover>,
}

/// The two stacks of a global database, of which the one with the reader goes first.
#[derive(Clone, Debug, PartialEq)]
pub struct AuroraTeardown {
    pub line: usize,
    pub global_cluster: Braced,
    pub stacks: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Leftover {
    pub line: usize,
    pub kind: LeftoverKind,
    pub regions: Vec<Side>,
    pub name: Braced,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeftoverKind {
    LogGroup,
    Secret,
    SsmParameter,
    RecoveryPoint,
    DbClusterSnapshot,
    KmsKey,
    Table,
}

impl LeftoverKind {
    pub const ALL: [Self; 7] = [
        Self::LogGroup,
        Self::Secret,
        Self::SsmParameter,
        Self::RecoveryPoint,
        Self::DbClusterSnapshot,
        Self::KmsKey,
        Self::Table,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::LogGroup => "log-group",
            Self::Secret => "secret",
            Self::SsmParameter => "ssm-parameter",
            Self::RecoveryPoint => "recovery-point",
            Self::DbClusterSnapshot => "db-cluster-snapshot",
            Self::KmsKey => "kms-key",
            Self::Table => "table",
        }
    }
}

/// A slow refusal of a deletion that is known.
#[derive(Clone, Debug, PartialEq)]
pub struct Refusal {
    pub line: usize,
    pub stack: String,
    pub resource: String,
    pub says: String,
    pub because: String,
    pub retry: Duration,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedDrift {
    pub line: usize,
    pub stack: String,
    pub resource: String,
    pub paths: Vec<String>,
    pub because: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outputs {
    pub files: Vec<Braced>,
    /// In the manifest's order.
    pub keys: Vec<(String, OutputForm)>,
    /// A key, and the variable that stands in for it.
    pub environment: Vec<(String, String)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum OutputForm {
    One(Braced),
    List(Vec<Braced>),
}

/// A piece of TOML whose texts, keys among them, hold words in braces.
#[derive(Clone, Debug, PartialEq)]
pub enum Form {
    Text(Braced),
    Integer(i64),
    Float(f64),
    Bool(bool),
    List(Vec<Form>),
    Table(Vec<(Braced, Form)>),
}

/// What is added to the deployment while a parameter is on.
#[derive(Clone, Debug, PartialEq)]
pub struct DeploymentIf {
    pub line: usize,
    pub parameter: String,
    pub unless: Option<String>,
    pub adds: Form,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Module {
    pub name: String,
    pub line: usize,
    /// Stack and logical id.
    pub resources: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    pub line: usize,
    pub home: usize,
    pub partner: usize,
    pub global: usize,
    pub total: usize,
    pub home_stacks: Vec<String>,
    pub partner_stacks: Vec<String>,
    pub global_stacks: Vec<String>,
    /// Stacks that came on top.
    pub beyond_stacks: Vec<String>,
    /// Conditions under which resources count although they are off.
    pub also: Vec<String>,
    /// Conditions under which resources do not count although they are on.
    pub without: Vec<String>,
}

/// What the architecture's owners expect to pay.
#[derive(Clone, Debug, PartialEq)]
pub struct CostEstimate {
    pub line: usize,
    pub what: String,
    pub usd_month_from: f64,
    pub usd_month_to: f64,
}

impl Manifest {
    /// From the text of `manifest.toml`.
    pub fn read(text: &str) -> Result<Self, Vec<Mistake>> {
        reader::read(MANIFEST_FILE, text)
    }

    pub fn region(&self, side: Side) -> &RegionChoice {
        match side {
            Side::Home => &self.home,
            Side::Partner => &self.partner,
        }
    }

    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    pub fn stack(&self, id: &str) -> Option<&Stack> {
        self.stacks.iter().find(|stack| stack.id == id)
    }

    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The module that a resource counts to, where the architecture has modules.
    pub fn module(&self, stack: &str, logical_id: &str) -> Option<&str> {
        let holds = |module: &&Module| module.resources.iter().any(|(of, id)| of == stack && id == logical_id);
        self.modules.iter().find(holds).map(|module| module.name.as_str())
    }
}

/// The stacks and steps whose answers a text needs.
fn asked<'a>(texts: impl IntoIterator<Item = &'a Braced>) -> BTreeSet<&'a str> {
    let words = texts.into_iter().flat_map(Braced::words);
    words
        .filter_map(|word| match word {
            Word::Output { stack: id, .. } | Word::Step { id, .. } => Some(id.as_str()),
            Word::Parameter(_) | Word::Home | Word::Partner | Word::Deployment | Word::Nonce => None,
        })
        .collect()
}

impl Manifest {
    /// The stacks and steps that must be over before a stack begins.
    pub fn waits_for<'a>(&'a self, stack: &'a Stack) -> BTreeSet<&'a str> {
        let mut found = asked(stack.inputs.iter().map(|(_, text)| text));
        found.extend(stack.after.iter().chain(&stack.after_steps).map(String::as_str));
        found
    }
}

impl Step {
    /// The stacks that must stand, or be gone, before it begins.
    pub fn waits_for(&self) -> BTreeSet<&str> {
        let mut found: BTreeSet<&str> = self.after.iter().map(String::as_str).collect();
        if self.when == When::Create {
            found.extend(asked(self.kind.texts()));
        }
        found
    }
}
