//! Blueprints: what is made in two regions, in which order, from which choices, and how it is taken away. Everything
//! here is a value: files are read by those who ask, and nothing speaks to AWS. The planner, which says what will be
//! made, and the simulated account, which makes it, find the same in a template because both look here.

pub mod blueprint;
pub mod choose;
pub mod chosen;
pub mod cost;
pub mod counts;
pub mod durations;
pub mod gathered;
pub mod lint;
pub mod manifest;
pub mod mistake;
pub mod stacks;
pub mod template;
pub mod value;
pub mod yaml;

pub use blueprint::{
    Blueprint, Origin, SCHEMA, SCHEMA_FILE, builtin, builtin_files, builtin_names, find, is_blueprint_file, read,
    read_builtin,
};
pub use choose::{Ask, Given, Spoken, asks, choose, spoken};
pub use chosen::Chosen;
pub use cost::{Cost, CostLine, by_stack, cost};
pub use counts::{Counted, counted};
pub use durations::{Expected, Usual, expected, until_all_stand};
pub use gathered::{
    Gathered, Missing, deployment, deployment_toml, outputs_file, outputs_file_names, outputs_of_environment,
};
pub use lint::{Finding, Rule, lint};
pub use manifest::Manifest;
pub use mistake::Mistake;
pub use stacks::{Input, InputValue, StackPlan, StackSpec, StepAction, StepSpec, TeardownSpec, stacks};
pub use template::{Declaration, Evaluated, ParameterValue, Resource, Template, TemplateSetting};
pub use value::{Later, Reference, Unsettled, Value};
