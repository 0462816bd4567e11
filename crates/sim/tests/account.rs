//! The simulated account from outside: through its ports, as a console and an executor see it.
#![expect(clippy::expect_used, clippy::panic, reason = "what tests share fails as a test does")]

#[path = "account/calls.rs"]
mod calls;
#[path = "account/canaries.rs"]
mod canaries;
#[path = "account/determinism.rs"]
mod determinism;
#[path = "account/keeping.rs"]
mod keeping;
#[path = "account/levers.rs"]
mod levers;
#[path = "account/looking.rs"]
mod looking;
#[path = "account/promotions.rs"]
mod promotions;
#[path = "account/scenarios.rs"]
mod scenarios;
#[path = "account/stacks.rs"]
mod stacks;
#[path = "account/troubles.rs"]
mod troubles;
#[path = "account/truths.rs"]
mod truths;
