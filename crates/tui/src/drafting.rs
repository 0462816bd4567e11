//! What is to be made before a plan of it exists: the blueprints there are, what is chosen for one, and what the program
//! says of these choices. The glass keeps what was typed; every judgement of it comes from the blueprint's own rules.
//!
//! Nothing in here is secret, because no parameter of a blueprint may be: secrets are generated while stacks are made.

use std::collections::BTreeMap;

use lifeboat_model::id::{DeploymentName, Region};
use lifeboat_model::time::Duration;
use serde::{Deserialize, Serialize};

use crate::estate::Bill;

/// A blueprint that can be built.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// By which it is asked for: its name where it is built in, else its folder.
    pub named: String,
    pub name: String,
    pub purpose: String,
    /// `built in`, or where it is.
    pub origin: String,
    /// With the parameters as the manifest has them; `None` where it has mistakes.
    pub size: Option<Size>,
    /// What can be switched on beyond what is always made, each a sentence.
    pub options: Vec<String>,
    pub notes: Vec<String>,
    /// Why it cannot be built as it is.
    pub mistakes: Vec<String>,
}

/// What a blueprint comes to with what was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Size {
    pub home: Region,
    pub partner: Region,
    pub stacks: usize,
    pub resources: usize,
    /// As the architecture counts them: `8 home + 7 partner + 1 of both = 16`.
    pub counted: Option<String>,
    pub bill: Bill,
    pub prices: Vec<String>,
    /// Usually, along the longest way; what only history could tell is in the plan.
    pub expected: Duration,
}

/// What was chosen for a blueprint, as far as anything was.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Choice {
    /// As in [`Offer::named`].
    pub blueprint: String,
    /// `None`: as it is usually called.
    pub name: Option<String>,
    /// By the parameter's name, the regions' among them.
    pub values: BTreeMap<String, String>,
}

/// Which of the fields names the deployment.
pub const NAME_FIELD: &str = "name";

/// One thing that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The parameter's name, or [`NAME_FIELD`].
    pub id: String,
    pub kind: FieldKind,
    /// What it is while nobody types anything, and who says so: `the default`, `variable PRIMARY_REGION`.
    pub usual: String,
    pub usual_from: String,
    pub about: String,
    /// What it may be, in words; empty where it may be anything.
    pub rule: String,
    /// Why it cannot be changed later.
    pub permanent: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    Text,
    /// `true` or `false`.
    Switch,
    /// One of these.
    OneOf(Vec<String>),
}

/// Something wrong with what was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Complaint {
    /// The field it is about, where it is about one.
    pub field: Option<String>,
    pub what: String,
    pub fix: String,
}

/// What the program says of what was chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Draft {
    /// Of which choices this is said: others may have been made since.
    pub of: Choice,
    pub title: String,
    pub fields: Vec<Field>,
    /// Everything that is wrong with it, at once.
    pub complaints: Vec<Complaint>,
    /// `None` while something is wrong.
    pub outcome: Option<Outcome>,
    /// What is generated while it is made, and shown to nobody; each a sentence.
    pub secrets: Vec<String>,
}

/// What comes of choices that nothing is wrong with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub deployment: DeploymentName,
    pub size: Size,
    /// It stands, or was begun: this changes it.
    pub is_known: bool,
    /// Where its outputs are written.
    pub outputs: String,
}

impl Choice {
    pub fn of(blueprint: impl Into<String>) -> Self {
        Self { blueprint: blueprint.into(), ..Self::default() }
    }

    pub(crate) fn typed(&self, field: &str) -> Option<&str> {
        if field == NAME_FIELD { self.name.as_deref() } else { self.values.get(field).map(String::as_str) }
    }

    /// Takes what was typed; `None` is what it usually is.
    pub(crate) fn put(&mut self, field: &str, text: Option<String>) {
        match (field == NAME_FIELD, text) {
            (true, text) => self.name = text,
            (false, Some(text)) => {
                self.values.insert(field.to_owned(), text);
            }
            (false, None) => {
                self.values.remove(field);
            }
        }
    }
}

impl Choice {
    /// What a field holds by these choices.
    pub(crate) fn value<'a>(&'a self, field: &'a Field) -> &'a str {
        self.typed(&field.id).unwrap_or(&field.usual)
    }
}

impl Draft {
    pub(crate) fn complaints_of<'a>(&'a self, field: &'a str) -> impl Iterator<Item = &'a Complaint> {
        self.complaints.iter().filter(move |complaint| complaint.field.as_deref() == Some(field))
    }
}
