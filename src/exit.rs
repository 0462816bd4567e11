//! How a command can end: the one table of exit codes, and failures that were foreseen and have a remedy.
//! Nothing in here prints or ends the process.

use std::process::ExitCode;

/// Scripts rely on these numbers: none is ever reused or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    Done,
    Error,
    Usage,
    Refused,
    RunFailed,
    NotReady,
    JournalBroken,
}

impl Exit {
    pub(crate) const ALL: [Self; 7] =
        [Self::Done, Self::Error, Self::Usage, Self::Refused, Self::RunFailed, Self::NotReady, Self::JournalBroken];

    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Usage => 2,
            Self::Refused => 3,
            Self::RunFailed => 4,
            Self::NotReady => 5,
            Self::JournalBroken => 6,
        }
    }

    /// As the manual page says it.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done; for `status`: ready to fail over",
            Self::Error => "an error: nothing could be learnt or done, or `config check` found mistakes",
            Self::Usage => "the command line is wrong",
            Self::Refused => "a guard refused",
            Self::RunFailed => "a run failed or is incomplete",
            Self::NotReady => "not ready to fail over, or not known to be ready",
            Self::JournalBroken => "the journal's chain is broken",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A failure that was foreseen: what is wrong, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Failure {
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self { exit: Exit::Error, message: message.into(), hint: None }
    }

    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), hint: None }
    }

    /// A guard, or what guards rest on, says no.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self { exit: Exit::Refused, message: message.into(), hint: None }
    }

    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}
