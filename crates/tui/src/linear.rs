//! The console as lines of text, for screen readers, pipes and terminals that cannot place text: another view of the same
//! model, and another way to say the same things to it. `telling` says what is there, `news` what has changed, `hearing`
//! what a line means, `filling` all three of a form.

mod filling;
pub mod hearing;
pub mod news;
pub mod telling;

pub use hearing::{Heard, hear};
pub use news::{Marks, news, notice};
pub use telling::{Place, is_read, row, screen};
