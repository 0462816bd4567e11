//! What can lie over a screen. The topmost has the keys; each knows its own state and drawing.

use lifeboat_model::id::Region;
use serde::{Deserialize, Serialize};

use crate::action::Context;
use crate::screens::Screen;

pub mod filter;
pub mod help;
pub mod message;
pub mod palette;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Dialog {
    /// The keys that work on the screen below.
    Help {
        top: usize,
    },
    /// One thing in full. It names the thing and is drawn from what is known now, so that it does not grow old.
    Message {
        about: About,
        top: usize,
    },
    Palette(palette::Search),
    Filter(filter::Edit),
}

/// What a page is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum About {
    Item { screen: Screen, pane: usize, id: String },
    Region(Region),
    Forecast,
}

impl Dialog {
    pub(crate) fn context(&self) -> Context {
        match self {
            Self::Help { .. } | Self::Message { .. } => Context::Reading,
            Self::Palette(_) => Context::Palette,
            Self::Filter(_) => Context::Filter,
        }
    }
}
