//! Home and partner: the two sides of a deployment, and pairs of things of which each side has one.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Side {
    Home,
    Partner,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::Home, Self::Partner];

    pub(crate) fn other(self) -> Self {
        match self {
            Self::Home => Self::Partner,
            Self::Partner => Self::Home,
        }
    }
}

/// One of each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pair<T> {
    pub(crate) home: T,
    pub(crate) partner: T,
}

impl<T> Pair<T> {
    pub(crate) fn new(home: T, partner: T) -> Self {
        Self { home, partner }
    }

    pub(crate) fn from_fn(mut make: impl FnMut(Side) -> T) -> Self {
        Self { home: make(Side::Home), partner: make(Side::Partner) }
    }

    pub(crate) fn at(&self, side: Side) -> &T {
        match side {
            Side::Home => &self.home,
            Side::Partner => &self.partner,
        }
    }

    pub(crate) fn at_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Home => &mut self.home,
            Side::Partner => &mut self.partner,
        }
    }

    pub(crate) fn find(&self, mut fits: impl FnMut(&T) -> bool) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| fits(self.at(*side)))
    }
}
