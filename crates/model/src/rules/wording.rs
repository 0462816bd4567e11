//! How lengths of time are put in a sentence. The screen has its own columns; these are for reasons and fixes.

use crate::time::{Duration, Timestamp, age};

/// `850 ms`, `4.2 s`, `45 s`, `12 min`, `3 h`, `5 d`: one unit, rounded down, enough to act upon.
pub(super) fn span(length: Duration) -> String {
    let (millis, seconds) = (length.as_millis(), length.as_secs());
    match seconds {
        0 => format!("{millis} ms"),
        1..10 if length.subsec_millis() >= 100 => format!("{seconds}.{} s", length.subsec_millis() / 100),
        1..120 => format!("{seconds} s"),
        120..7200 => format!("{} min", seconds / 60),
        7200..172_800 => format!("{} h", seconds / 3600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// How long ago, for `since …` and `… ago`.
pub(super) fn ago(now: Timestamp, then: Timestamp) -> String {
    span(age(now, then))
}

/// ` for 3 min`, or nothing where it has just begun.
pub(super) fn lasting(now: Timestamp, since: Timestamp) -> String {
    let length = age(now, since);
    if length.as_secs() == 0 { String::new() } else { format!(" for {}", span(length)) }
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list<T: AsRef<str>>(items: &[T]) -> String {
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
    fn a_length_is_told_in_one_unit() {
        for (millis, text) in [
            (0, "0 ms"),
            (850, "850 ms"),
            (4200, "4.2 s"),
            (9000, "9 s"),
            (45_900, "45 s"),
            (119_000, "119 s"),
            (120_000, "2 min"),
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
