//! The simulated account from outside: through its ports, as a console and an executor see it.

#[path = "account/looking.rs"]
mod looking;
#[path = "account/scenarios.rs"]
mod scenarios;
