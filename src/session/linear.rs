//! The session as lines of text: what is to be told now, and what a typed line asks for. It holds what was told, and
//! nothing else.

use lifeboat_tui::linear::{self, Heard, Marks, Place};
use lifeboat_tui::{Model, Msg};

const WELCOME: &str = "Lifeboat, told as lines. A line that you type is a command: `?` lists what can be typed here, an \
                       empty line tells everything again, `quit` leaves.";

#[derive(Debug)]
pub(crate) struct Teller {
    marks: Marks,
    /// What was told whole last; `None` when it is to be told again.
    place: Option<Place>,
    row: Option<String>,
    /// Whether the cursor is being moved by whoever types.
    moved: bool,
    waiting: Vec<String>,
}

impl Teller {
    pub(crate) fn new() -> Self {
        let waiting = vec![WELCOME.to_owned()];
        Self { marks: Marks::default(), place: None, row: None, moved: false, waiting }
    }

    /// The messages that a line means.
    pub(crate) fn hear(&mut self, model: &Model, line: &str) -> Vec<Msg> {
        let Heard { msgs, say, again } = linear::hear(model, line);
        self.waiting.extend(say);
        self.marks.heard();
        if again {
            self.place = None;
        }
        self.row = linear::row(model);
        self.moved = true;
        msgs
    }

    /// Adds what is to be told now.
    pub(crate) fn tell(&mut self, model: &Model, bytes: &mut Vec<u8>) {
        let mut lines = std::mem::take(&mut self.waiting);
        lines.extend(linear::news(&mut self.marks, model));
        let place = Place::of(model);
        if self.place.as_ref() != Some(&place) {
            lines.extend(linear::screen(model));
            self.place = Some(place);
        } else if std::mem::take(&mut self.moved) && model.dialogs.is_empty() {
            let row = linear::row(model);
            if row != self.row {
                lines.extend(row);
            }
        }
        self.moved = false;
        for line in lines {
            bytes.extend(model.display.symbols.confined(line.trim_end()).bytes());
            bytes.push(b'\n');
        }
    }
}
