//! Lifeboat's glass, in reading order. `update` is pure and total, `view` only reads; nothing in here may do I/O, look at
//! a clock, name an async runtime or hold anything from which a cloud could be changed.

pub mod acting;
pub mod action;
pub mod alert;
pub mod archive;
pub mod attention;
pub mod dialogs;
pub mod drafting;
pub mod effect;
pub mod estate;
pub mod format;
pub mod key;
pub mod keymap;
pub mod linear;
mod look;
pub mod model;
mod moment;
pub mod msg;
pub mod osc52;
pub mod problem;
pub mod remembered;
pub mod screens;
pub mod scroll;
pub mod symbols;
pub mod theme;
pub mod tutorial;
mod update;
mod view;
mod widgets;

pub use crate::action::Action;
pub use crate::effect::{Effect, RequestId};
pub use crate::key::{Key, KeyCode, Modifiers};
pub use crate::keymap::Keymap;
pub use crate::model::{Access, Model, Opening};
pub use crate::msg::Msg;
pub use crate::update::update;
pub use crate::view::{view, view_text};
