//! The glass from outside: keys and messages in, screens and effects out.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::let_underscore_must_use,
    reason = "what a test cannot unwrap has failed; effects that a case is not about are dropped"
)]

#[path = "glass/worlds.rs"]
#[allow(dead_code, reason = "shared with the gallery and the benchmark, which use other parts")]
mod worlds;

#[path = "glass/access.rs"]
mod access;
#[path = "glass/acting.rs"]
mod acting;
#[path = "glass/camera.rs"]
mod camera;
#[path = "glass/clock.rs"]
mod clock;
#[path = "glass/comfort.rs"]
mod comfort;
#[path = "glass/deciding.rs"]
mod deciding;
#[path = "glass/dialogs.rs"]
mod dialogs;
#[path = "glass/frame.rs"]
mod frame;
#[path = "glass/hands.rs"]
mod hands;
#[path = "glass/history.rs"]
mod history;
#[path = "glass/incident.rs"]
mod incident;
#[path = "glass/keys.rs"]
mod keys;
#[path = "glass/leftovers.rs"]
mod leftovers;
#[path = "glass/line.rs"]
mod line;
#[path = "glass/lines.rs"]
mod lines;
#[path = "glass/messages.rs"]
mod messages;
#[path = "glass/palette.rs"]
mod palette;
#[path = "glass/runbooks.rs"]
mod runbooks;
#[path = "glass/running.rs"]
mod running;
#[path = "glass/screens.rs"]
mod screens;
#[path = "glass/seconds.rs"]
mod seconds;
#[path = "glass/stacks.rs"]
mod stacks;
#[path = "glass/themes.rs"]
mod themes;
