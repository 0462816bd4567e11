//! How lengths of time are put in a sentence: in reasons, fixes and plain text. Columns of a screen have their own.

use crate::time::{Duration, Timestamp, age};

/// `850 ms`, `4.2 s`, `45 s`, `3 min 30 s`, `12 min`, `3 h`, `5 d`: enough to act upon, rounded up, as the screen
/// does: a loss or an outage is never told shorter than it is.
pub fn span(length: Duration) -> String {
    let millis = length.as_nanos().div_ceil(1_000_000);
    if millis < 1000 {
        return format!("{millis} ms");
    }
    let tenths = millis.div_ceil(100);
    if tenths < 100 {
        return match tenths % 10 {
            0 => format!("{} s", tenths / 10),
            tenth => format!("{}.{tenth} s", tenths / 10),
        };
    }
    let seconds = millis.div_ceil(1000);
    match (seconds, seconds % 60) {
        (..120, _) => format!("{seconds} s"),
        (120..600, 1..) => format!("{} min {} s", seconds / 60, seconds % 60),
        (120..7200, _) => format!("{} min", seconds.div_ceil(60)),
        (7200..172_800, _) => format!("{} h", seconds.div_ceil(3600)),
        (_, _) => format!("{} d", seconds.div_ceil(86_400)),
    }
}

/// How long ago, for `since …` and `… ago`.
pub fn ago(now: Timestamp, then: Timestamp) -> String {
    span(age(now, then))
}

/// ` for 3 min`, or nothing where it has just begun.
pub fn lasting(now: Timestamp, since: Timestamp) -> String {
    let length = age(now, since);
    if length.as_secs() == 0 { String::new() } else { format!(" for {}", span(length)) }
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [rest @ .., last] => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", rest.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_told_rounded_up() {
        for (millis, text) in [
            (0, "0 ms"),
            (850, "850 ms"),
            (4200, "4.2 s"),
            (7310, "7.4 s"),
            (9000, "9 s"),
            (9990, "10 s"),
            (45_900, "46 s"),
            (119_000, "119 s"),
            (120_000, "2 min"),
            (210_000, "3 min 30 s"),
            (601_000, "11 min"),
            (7_200_000, "2 h"),
            (172_800_000, "2 d"),
        ] {
            assert_eq!(span(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn a_list_reads_as_a_sentence_does() {
        assert_eq!(list::<&str>(&[]), "");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b"]), "a and b");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}
