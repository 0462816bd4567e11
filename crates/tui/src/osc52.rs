//! The escape sequence that puts a text on the clipboard of the machine the operator sits at, over SSH too. Text in,
//! text out; writing it to the terminal is the program's part.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What stands between us and the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Passage {
    #[default]
    Direct,
    /// tmux swallows the sequence unless it is wrapped for the terminal outside (`allow-passthrough on`).
    Tmux,
    /// GNU screen, which also cuts device control strings longer than 768 bytes.
    Screen,
}

/// Terminals cut or ignore longer sequences; xterm's limit is the tightest in common use.
pub const LONGEST: usize = 74_994;

/// The sequence that sets the clipboard; `None` when the text is too long to arrive whole.
pub fn sequence(text: &str, passage: Passage) -> Option<String> {
    if text.len() > LONGEST {
        return None;
    }
    let plain = format!("\u{1b}]52;c;{}\u{7}", STANDARD.encode(text));
    Some(passed(&plain, passage))
}

/// A sequence as the terminal outside gets it, whatever stands between.
pub(crate) fn passed(plain: &str, passage: Passage) -> String {
    const SCREEN_CHUNK: usize = 700;
    match passage {
        Passage::Direct => plain.to_owned(),
        Passage::Tmux => format!("\u{1b}Ptmux;{}\u{1b}\\", plain.replace('\u{1b}', "\u{1b}\u{1b}")),
        Passage::Screen => {
            let mut wrapped = String::with_capacity(plain.len() + plain.len() / 100);
            let mut rest = plain;
            while !rest.is_empty() {
                // A cut that would fall inside a character is not made.
                let (chunk, after) = rest.split_at_checked(SCREEN_CHUNK).unwrap_or((rest, ""));
                wrapped.push_str("\u{1b}P");
                wrapped.push_str(chunk);
                wrapped.push_str("\u{1b}\\");
                rest = after;
            }
            wrapped
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clipboard_gets_the_text_in_base64() {
        assert_eq!(sequence("lag 420 ms", Passage::Direct).unwrap(), "\u{1b}]52;c;bGFnIDQyMCBtcw==\u{7}");
    }

    #[test]
    fn tmux_is_passed_with_each_escape_doubled() {
        assert_eq!(sequence("x", Passage::Tmux).unwrap(), "\u{1b}Ptmux;\u{1b}\u{1b}]52;c;eA==\u{7}\u{1b}\\");
    }

    #[test]
    fn screen_gets_pieces_it_does_not_cut() {
        let wrapped = sequence(&"x".repeat(5000), Passage::Screen).unwrap();
        let pieces: Vec<&str> = wrapped.split("\u{1b}\\").filter(|piece| !piece.is_empty()).collect();
        assert!(pieces.iter().all(|piece| piece.starts_with("\u{1b}P") && piece.len() <= 768));
        let whole: String = pieces.iter().map(|piece| piece.strip_prefix("\u{1b}P").unwrap()).collect();
        assert_eq!(whole, sequence(&"x".repeat(5000), Passage::Direct).unwrap());
    }

    #[test]
    fn what_would_be_cut_is_not_sent() {
        assert_eq!(sequence(&"x".repeat(LONGEST + 1), Passage::Direct), None);
        assert!(sequence(&"x".repeat(LONGEST), Passage::Direct).is_some());
    }
}
