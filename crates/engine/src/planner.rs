//! From a runbook, a deployment and what is known of it to a plan. Pure.
