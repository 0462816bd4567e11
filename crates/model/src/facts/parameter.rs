//! Parameter Store entries, compared between regions by name, version and digest. Values are never kept.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::id::ParameterName;
use crate::open_enum;
use crate::time::Timestamp;

open_enum! {
    pub enum ParameterKind {
        Plain = "String",
        List = "StringList",
        Secure = "SecureString",
    }
}

/// A keyed hash of a value, with a key that lives as long as the process: equal values compare equal,
/// and the digest says nothing about them to anyone else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueDigest([u8; 16]);

impl ValueDigest {
    pub fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for ValueDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ValueDigest(..)")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    pub name: ParameterName,
    pub kind: ParameterKind,
    pub version: i64,
    pub modified_at: Option<Timestamp>,
    /// `None` for a SecureString that was not decrypted: its value is then unknown, not equal.
    pub digest: Option<ValueDigest>,
}
