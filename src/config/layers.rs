//! Where a value came from, and which of several wins: flag over environment over file over default.

use std::fmt;

/// Who said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    /// A line of the configuration file.
    File(usize),
    /// A variable of the environment.
    Environment(&'static str),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(line) => write!(f, "file, line {line}"),
            Self::Environment(name) => write!(f, "environment, {name}"),
            Self::Flag(name) => write!(f, "flag, {name}"),
        }
    }
}

/// A value in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sourced<T> {
    pub(crate) value: T,
    pub(crate) origin: Origin,
}

impl<T> Sourced<T> {
    pub(crate) fn default(value: T) -> Self {
        Self { value, origin: Origin::Default }
    }

    /// Lays a stronger layer over this one, where it says something.
    #[must_use]
    pub(crate) fn or_stronger(self, stronger: Option<T>, origin: impl FnOnce() -> Origin) -> Self {
        match stronger {
            Some(value) => Self { value, origin: origin() },
            None => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strongest_layer_that_speaks_wins() {
        let value = Sourced::default(1)
            .or_stronger(Some(2), || Origin::File(3))
            .or_stronger(None, || Origin::Environment("X"))
            .or_stronger(Some(4), || Origin::Flag("--x"));
        assert_eq!(value, Sourced { value: 4, origin: Origin::Flag("--x") });
        let value = Sourced::default(1).or_stronger(Some(2), || Origin::File(3)).or_stronger(None, || Origin::Default);
        assert_eq!(value.origin.to_string(), "file, line 3");
    }
}
