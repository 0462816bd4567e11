//! The bytes that call a person who looks elsewhere: the bell, and the two escape sequences by which terminals show a
//! notice on the desktop. Text in, text out; writing it to the terminal is the program's part.

use crate::osc52::{Passage, passed};

/// Which of them to send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Means {
    pub bell: bool,
    /// `OSC 9 ; text`, as iTerm2, WezTerm, kitty and Ghostty understand it.
    pub osc_9: bool,
    /// `OSC 777 ; notify ; title ; text`, as rxvt, foot and what is built on VTE understand it.
    pub osc_777: bool,
}

/// No notice shows more.
const LONGEST: usize = 200;

/// The bytes to send. Whatever the text holds, it ends no sequence before its time.
pub fn sequence(title: &str, text: &str, means: Means, passage: Passage) -> String {
    let plain = |text: &str| -> String {
        // A semicolon would begin another field, and a number before one another command.
        text.chars()
            .filter(|letter| !letter.is_control())
            .map(|letter| if letter == ';' { ',' } else { letter })
            .take(LONGEST)
            .collect()
    };
    let (title, text) = (plain(title), plain(text));
    let mut bytes = String::new();
    if means.osc_9 {
        bytes.push_str(&passed(&format!("\u{1b}]9;{title}: {text}\u{7}"), passage));
    }
    if means.osc_777 {
        bytes.push_str(&passed(&format!("\u{1b}]777;notify;{title};{text}\u{7}"), passage));
    }
    if means.bell {
        // Multiplexers take the bell as it is, and mark the window with it.
        bytes.push('\u{7}');
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Means = Means { bell: true, osc_9: true, osc_777: true };

    #[test]
    fn each_means_has_its_bytes() {
        let of = |means| sequence("Lifeboat", "payments is DOWN", means, Passage::Direct);
        assert_eq!(of(Means::default()), "");
        assert_eq!(of(Means { bell: true, ..Means::default() }), "\u{7}");
        assert_eq!(of(Means { osc_9: true, ..Means::default() }), "\u{1b}]9;Lifeboat: payments is DOWN\u{7}");
        assert_eq!(of(Means { osc_777: true, ..Means::default() }), "\u{1b}]777;notify;Lifeboat;payments is DOWN\u{7}");
    }

    #[test]
    fn what_a_cloud_says_cannot_end_the_sequence() {
        let said = sequence("Lifeboat", "no\u{7}\u{1b}]52;c;AAAA\u{7} such; thing", ALL, Passage::Direct);
        assert_eq!(said.matches('\u{1b}').count(), 2, "{said:?}");
        assert_eq!(said.matches('\u{7}').count(), 3, "{said:?}");
        assert!(said.contains("no]52,c,AAAA such, thing"), "{said:?}");
    }

    #[test]
    fn tmux_and_screen_pass_it_on_and_ring_themselves() {
        let tmux = sequence("Lifeboat", "x", ALL, Passage::Tmux);
        assert!(tmux.starts_with("\u{1b}Ptmux;\u{1b}\u{1b}]9;") && tmux.ends_with("\u{1b}\\\u{7}"), "{tmux:?}");
        let screen = sequence("Lifeboat", "x", ALL, Passage::Screen);
        assert!(screen.starts_with("\u{1b}P\u{1b}]9;") && screen.ends_with("\u{1b}\\\u{7}"), "{screen:?}");
    }
}
