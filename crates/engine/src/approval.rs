//! Approval: the only key that starts a run, and how a person makes one.
