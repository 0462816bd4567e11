//! What a template comes to: JSON, but for what only the cloud can know until it has made something. No I/O and no
//! guessing: what is not known stays a reference.

use std::collections::BTreeSet;
use std::fmt;
use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Number};

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Value>),
    /// In the template's order.
    Map(Vec<(String, Value)>),
    Later(Later),
}

/// A value that is made of what is not known yet.
#[derive(Clone, Debug, PartialEq)]
pub enum Later {
    Of(Reference),
    Join {
        delimiter: String,
        list: Box<Value>,
    },
    Split {
        delimiter: String,
        text: Box<Value>,
    },
    Select {
        index: usize,
        list: Box<Value>,
    },
    Base64(Box<Value>),
    Json(Box<Value>),
    Length(Box<Value>),
    /// `count` blocks of `bits` host bits each, within a block.
    Cidr {
        block: Box<Value>,
        count: u32,
        bits: u32,
    },
}

/// What only the cloud can tell.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// What CloudFormation calls the physical id of a resource of the stack.
    Ref(String),
    GetAtt {
        logical_id: String,
        attribute: String,
    },
    /// A parameter of the template whose value is not known yet, or that AWS looks up.
    Parameter {
        name: String,
        told: String,
    },
    /// The account, where it was not given.
    Account,
    StackId,
    /// The names of the stack's region's Availability Zones, where they were not given.
    Zones {
        region: String,
    },
}

impl Reference {
    /// The resource that has to be there first.
    pub fn logical_id(&self) -> Option<&str> {
        match self {
            Self::Ref(id) | Self::GetAtt { logical_id: id, .. } => Some(id),
            Self::Parameter { .. } | Self::Account | Self::StackId | Self::Zones { .. } => None,
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ref(id) => write!(f, "<{id}>"),
            Self::GetAtt { logical_id, attribute } => write!(f, "<{logical_id}.{attribute}>"),
            Self::Parameter { told, .. } => f.write_str(told),
            Self::Account => f.write_str("<account>"),
            Self::StackId => f.write_str("<stack id>"),
            Self::Zones { region } => write!(f, "<zones of {region}>"),
        }
    }
}

/// Why a value cannot be settled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsettled {
    /// Nobody could say what these are.
    Unknown(BTreeSet<Reference>),
    /// What they are does not fit: a list where text is needed, or too short a list.
    Unfit(String),
}

impl fmt::Display for Unsettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(references) => {
                let names: Vec<String> = references.iter().map(ToString::to_string).collect();
                write!(f, "not known yet: {}", names.join(", "))
            }
            Self::Unfit(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Unsettled {}

impl Value {
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub fn entries(&self) -> &[(String, Value)] {
        match self {
            Self::Map(entries) => entries,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) | Self::Later(_) => &[],
        }
    }

    pub fn items(&self) -> &[Value] {
        match self {
            Self::List(items) => items,
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::Map(_) | Self::Later(_) => &[],
        }
    }

    /// By keys parted by `/`, one below the other; a list is gone into by its positions.
    pub fn at(&self, path: &str) -> Option<&Value> {
        path.split('/').filter(|part| !part.is_empty()).try_fold(self, |value, part| match part.parse::<usize>() {
            Ok(position) if matches!(value, Self::List(_)) => value.items().get(position),
            _ => value.get(part),
        })
    }

    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::List(_) | Self::Map(_) | Self::Later(_) => None,
        }
    }

    /// A scalar that is known, as CloudFormation hands it on.
    pub fn scalar(&self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text.clone()),
            Self::Bool(flag) => Some(flag.to_string()),
            Self::Number(number) => Some(number.to_string()),
            Self::Null | Self::List(_) | Self::Map(_) | Self::Later(_) => None,
        }
    }

    /// Whether nothing in it is left for the cloud to say.
    pub fn is_known(&self) -> bool {
        self.references().is_empty()
    }

    /// All that it waits for.
    pub fn references(&self) -> BTreeSet<Reference> {
        let mut found = BTreeSet::new();
        self.gather(&mut found);
        found
    }

    fn gather(&self, found: &mut BTreeSet<Reference>) {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => {}
            Self::List(items) => items.iter().for_each(|item| item.gather(found)),
            Self::Map(entries) => entries.iter().for_each(|(_, value)| value.gather(found)),
            Self::Later(Later::Of(reference)) => {
                found.insert(reference.clone());
            }
            Self::Later(
                Later::Join { list: inner, .. }
                | Later::Split { text: inner, .. }
                | Later::Select { list: inner, .. }
                | Later::Base64(inner)
                | Later::Json(inner)
                | Later::Length(inner)
                | Later::Cidr { block: inner, .. },
            ) => inner.gather(found),
        }
    }

    /// The value with every reference replaced by what `known` says of it. Every value is settled or says why not.
    pub fn settle(
        &self,
        known: &dyn Fn(&Reference) -> Option<serde_json::Value>,
    ) -> Result<serde_json::Value, Unsettled> {
        let missing: BTreeSet<Reference> =
            self.references().into_iter().filter(|reference| known(reference).is_none()).collect();
        if !missing.is_empty() {
            return Err(Unsettled::Unknown(missing));
        }
        self.made(known)
    }

    fn made(&self, known: &dyn Fn(&Reference) -> Option<serde_json::Value>) -> Result<serde_json::Value, Unsettled> {
        Ok(match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(flag) => (*flag).into(),
            Self::Number(number) => serde_json::Value::Number(number.clone()),
            Self::Text(text) => text.clone().into(),
            Self::List(items) => {
                serde_json::Value::Array(items.iter().map(|item| item.made(known)).collect::<Result<_, _>>()?)
            }
            Self::Map(entries) => {
                let made = entries.iter().map(|(key, value)| Ok((key.clone(), value.made(known)?)));
                serde_json::Value::Object(made.collect::<Result<Map<_, _>, Unsettled>>()?)
            }
            Self::Later(later) => later.made(known)?,
        })
    }

    /// The value as JSON, where nothing in it is left for the cloud to say.
    pub fn known(&self) -> Option<serde_json::Value> {
        self.settle(&|_| None).ok()
    }

    /// As JSON with every reference written as a reader would name it: for showing, never for sending.
    pub fn shown(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(flag) => (*flag).into(),
            Self::Number(number) => serde_json::Value::Number(number.clone()),
            Self::Text(text) => text.clone().into(),
            Self::List(items) => items.iter().map(Value::shown).collect(),
            Self::Map(entries) => {
                serde_json::Value::Object(entries.iter().map(|(key, value)| (key.clone(), value.shown())).collect())
            }
            Self::Later(later) => later.to_string().into(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Later(later) => later.fmt(f),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::List(_) | Self::Map(_) => self.shown().fmt(f),
        }
    }
}

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Of(reference) => reference.fmt(f),
            Self::Join { delimiter, list } => match list.as_ref() {
                Value::List(items) => {
                    let texts: Vec<String> = items.iter().map(ToString::to_string).collect();
                    f.write_str(&texts.join(delimiter))
                }
                other => other.fmt(f),
            },
            Self::Split { text, .. } => text.fmt(f),
            Self::Select { index, list } => write!(f, "{list}[{index}]"),
            Self::Base64(inner) | Self::Json(inner) => inner.fmt(f),
            Self::Length(inner) => write!(f, "<length of {inner}>"),
            Self::Cidr { block, count, .. } => write!(f, "<{count} blocks of {block}>"),
        }
    }
}

impl Later {
    fn made(&self, known: &dyn Fn(&Reference) -> Option<serde_json::Value>) -> Result<serde_json::Value, Unsettled> {
        match self {
            Self::Of(reference) => {
                known(reference).ok_or_else(|| Unsettled::Unknown(BTreeSet::from([reference.clone()])))
            }
            Self::Join { delimiter, list } => {
                // A list that was told as text is parted at its commas, as CloudFormation parts a parameter.
                let texts =
                    items(list.made(known)?).into_iter().map(|item| text(&item)).collect::<Result<Vec<_>, _>>()?;
                Ok(texts.join(delimiter).into())
            }
            Self::Split { delimiter, text: inner } => Ok(match inner.made(known)? {
                serde_json::Value::Array(items) => serde_json::Value::Array(items),
                other => parts(&text(&other)?, delimiter),
            }),
            Self::Select { index, list } => {
                let items = items(list.made(known)?);
                let length = items.len();
                items
                    .into_iter()
                    .nth(*index)
                    .ok_or_else(|| Unsettled::Unfit(format!("there is no item {index} in a list of {length}")))
            }
            Self::Base64(inner) => Ok(STANDARD.encode(text(&inner.made(known)?)?).into()),
            Self::Json(inner) => Ok(inner.made(known)?.to_string().into()),
            Self::Length(inner) => Ok(items(inner.made(known)?).len().into()),
            Self::Cidr { block, count, bits } => blocks(&text(&block.made(known)?)?, *count, *bits),
        }
    }
}

fn items(value: serde_json::Value) -> Vec<serde_json::Value> {
    match value {
        serde_json::Value::Array(items) => items,
        serde_json::Value::String(text) => text.split(',').map(|part| part.trim().into()).collect(),
        other => vec![other],
    }
}

fn parts(text: &str, delimiter: &str) -> serde_json::Value {
    if delimiter.is_empty() {
        return serde_json::Value::Array(vec![text.into()]);
    }
    text.split(delimiter).collect()
}

fn text(value: &serde_json::Value) -> Result<String, Unsettled> {
    match value {
        serde_json::Value::String(text) => Ok(text.clone()),
        serde_json::Value::Bool(flag) => Ok(flag.to_string()),
        serde_json::Value::Number(number) => Ok(number.to_string()),
        serde_json::Value::Null => Err(Unsettled::Unfit("there is nothing where text is needed".to_owned())),
        serde_json::Value::Array(_) => Err(Unsettled::Unfit("there is a list where text is needed".to_owned())),
        serde_json::Value::Object(_) => Err(Unsettled::Unfit("there is an object where text is needed".to_owned())),
    }
}

/// As `Fn::Cidr` parts an IPv4 block.
fn blocks(block: &str, count: u32, bits: u32) -> Result<serde_json::Value, Unsettled> {
    let unfit = || Unsettled::Unfit(format!("`{block}` cannot be parted into {count} blocks of {bits} bits"));
    let (address, length) = block.split_once('/').ok_or_else(unfit)?;
    let address = u32::from(address.parse::<Ipv4Addr>().map_err(|_| unfit())?);
    let length = length.parse::<u32>().ok().filter(|length| *length <= 32).ok_or_else(unfit)?;
    let room = 32 - length;
    let most = room.checked_sub(bits).filter(|_| (1..=32).contains(&bits)).map(|spare| 1_u64 << spare);
    if most.is_none_or(|most| u64::from(count) > most) || count == 0 || count > 256 {
        return Err(unfit());
    }
    let first = u64::from(address) >> room << room;
    let made = (0..u64::from(count)).filter_map(|n| u32::try_from(first + (n << bits)).ok());
    Ok(made.map(|start| format!("{}/{}", Ipv4Addr::from(start), 32 - bits)).collect())
}
