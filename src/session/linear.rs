//! The session as lines of text: what is to be told now, and what a typed line asks for. It holds what was told, and
//! nothing else.

use lifeboat_tui::linear::{self, Heard, Marks, Place};
use lifeboat_tui::{Model, Msg};

const WELCOME: &str = "Lifeboat, told as lines. A line that you type is a command: `?` lists what can be typed here, an \
                       empty line tells everything again, `quit` leaves.";

const FIRST_READING: &str = "Nothing is read yet: the first reading is told once it is there; an empty line tells what is \
                             there now.";

#[derive(Debug)]
pub(crate) struct Teller {
    marks: Marks,
    /// What was told whole last; `None` when it is to be told again.
    place: Option<Place>,
    row: Option<String>,
    /// Whether the cursor is being moved by whoever types.
    moved: bool,
    waiting: Vec<String>,
    /// Whether what was typed last was `?`, and where: once more tells the rest.
    asked: Option<Place>,
    /// Whether the first reading is still waited for, and whether that was said.
    patient: bool,
    is_waiting: bool,
}

impl Teller {
    pub(crate) fn new() -> Self {
        let waiting = vec![WELCOME.to_owned()];
        Self {
            marks: Marks::default(),
            place: None,
            row: None,
            moved: false,
            waiting,
            asked: None,
            patient: true,
            is_waiting: false,
        }
    }

    /// The messages that a line means.
    pub(crate) fn hear(&mut self, model: &Model, line: &str) -> Vec<Msg> {
        // Whoever types does not wait to be told: what there is by now is theirs.
        self.patient = false;
        let is_asking = matches!(line.trim(), "?" | "help");
        let here = Place::of(model);
        let is_again = is_asking && self.asked.as_ref() == Some(&here);
        self.asked = (is_asking && !is_again).then_some(here);
        let Heard { msgs, say, again } = linear::hear(model, if is_again { "? all" } else { line });
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
        if self.waits(model) {
            if !std::mem::replace(&mut self.is_waiting, true) {
                lines.push(FIRST_READING.to_owned());
            }
            lines.extend(linear::notice(&mut self.marks, model));
            return write(model, &lines, bytes);
        }
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
        write(model, &lines, bytes);
    }

    /// At first nothing was read: that is told once, and what is there once it was.
    fn waits(&mut self, model: &Model) -> bool {
        self.patient &= !linear::is_read(model);
        self.patient
    }
}

fn write(model: &Model, lines: &[String], bytes: &mut Vec<u8>) {
    for line in lines {
        bytes.extend(model.display.symbols.confined(line.trim_end()).bytes());
        bytes.push(b'\n');
    }
}
