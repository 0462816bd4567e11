//! What was chosen for a blueprint: regions, name, parameters, each checked. From here on a value is taken as it is.

use std::collections::BTreeMap;

use lifeboat_model::id::{DeploymentName, Region};

use crate::manifest::{Braced, Manifest, Piece, Place, Side, Word, is_on};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub home: Region,
    pub partner: Region,
    pub deployment: DeploymentName,
    /// Every parameter of the manifest, as text.
    pub values: BTreeMap<String, String>,
    /// The caller's own tags; those of the manifest win over them.
    pub tags: BTreeMap<String, String>,
}

impl Chosen {
    /// All as the manifest has it.
    pub fn defaults(manifest: &Manifest, deployment: DeploymentName) -> Self {
        let values = manifest.parameters.iter().map(|parameter| (parameter.name.clone(), parameter.default.clone()));
        Self {
            home: manifest.home.default.clone(),
            partner: manifest.partner.default.clone(),
            deployment,
            values: values.collect(),
            tags: BTreeMap::new(),
        }
    }

    pub fn region(&self, side: Side) -> &Region {
        match side {
            Side::Home => &self.home,
            Side::Partner => &self.partner,
        }
    }

    pub fn place(&self, place: &Place) -> Region {
        match place {
            Place::Side(side) => self.region(*side).clone(),
            Place::Fixed(region) => region.clone(),
        }
    }

    /// A parameter of the manifest, or the region's.
    pub fn value(&self, manifest: &Manifest, name: &str) -> Option<&str> {
        if name == manifest.home.parameter {
            return Some(self.home.as_str());
        }
        if name == manifest.partner.parameter {
            return Some(self.partner.as_str());
        }
        self.values.get(name).map(String::as_str)
    }

    pub fn is_on(&self, parameter: &str) -> bool {
        self.values.get(parameter).is_some_and(|value| is_on(value))
    }

    /// What a word is, where it was chosen rather than made.
    pub(crate) fn word(&self, word: &Word) -> Option<String> {
        match word {
            Word::Parameter(name) => self.values.get(name).cloned(),
            Word::Home => Some(self.home.to_string()),
            Word::Partner => Some(self.partner.to_string()),
            Word::Deployment => Some(self.deployment.to_string()),
            Word::Nonce => Some("{nonce}".to_owned()),
            Word::Output { .. } | Word::Step { .. } => None,
        }
    }

    /// A text all of whose words were chosen; a word that was not stays as it is written.
    pub(crate) fn text(&self, text: &Braced) -> String {
        let pieces = text.pieces.iter().map(|piece| match piece {
            Piece::Literal(text) => text.clone(),
            Piece::Word(word) => self.word(word).unwrap_or_else(|| word.to_string()),
        });
        pieces.collect()
    }
}
