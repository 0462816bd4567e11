//! Which reads a deployment needs.
