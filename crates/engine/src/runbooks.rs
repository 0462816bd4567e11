//! Runbooks as TOML: the built-in ones and those users write, with errors that name line and fix.
