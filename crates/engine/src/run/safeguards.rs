//! What keeps a run from doing harm, each by name, so that a test can take one away and see that it is missed.

/// One of the executor's own rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safeguard {
    /// A call whose outcome nobody knows is looked for before it is sent again.
    ProbeBeforeRedo,
    /// A step's guards are judged, on what was read for them, immediately before it.
    GuardBeforeStep,
    /// A call is in the journal before it leaves.
    IntentBeforeAct,
    /// No traffic is moved before the database is seen to write where it is to go.
    DatabaseBeforeTraffic,
}

/// Which of them hold: all, always, except in a test of the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Safeguards {
    missing: Option<Safeguard>,
}

impl Safeguards {
    pub fn all() -> Self {
        Self { missing: None }
    }

    #[cfg(any(test, feature = "mutation"))]
    pub fn without(missing: Safeguard) -> Self {
        Self { missing: Some(missing) }
    }

    pub(super) fn hold(self, safeguard: Safeguard) -> bool {
        self.missing != Some(safeguard)
    }
}
