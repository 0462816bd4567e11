//! How lengths of time are put in a sentence: in reasons, fixes and plain text. Columns of a screen have their own.

use crate::time::{Duration, Timestamp, age};

/// `850 ms`, `4.2 s`, `45 s`, `3 min 30 s`, `2 h 5 min`, `5 d 3 h`: enough to act upon and to compare with what a screen
/// says, rounded up, as that does: a loss or an outage is never told shorter than it is.
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
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7200 => of_two(seconds, (60, "min"), (1, "s")),
        7200..172_800 => of_two(seconds, (3600, "h"), (60, "min")),
        _ => of_two(seconds, (86_400, "d"), (3600, "h")),
    }
}

/// In two units, of which the second is rounded up and left out where there is none of it.
fn of_two(seconds: u128, (large, name): (u128, &str), (small, rest_name): (u128, &str)) -> String {
    let seconds = seconds.div_ceil(small) * small;
    match (seconds / large, seconds % large / small) {
        (whole, 0) => format!("{whole} {name}"),
        (whole, rest) => format!("{whole} {name} {rest} {rest_name}"),
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
            (601_000, "10 min 1 s"),
            (796_000, "13 min 16 s"),
            (7_199_100, "2 h"),
            (7_200_000, "2 h"),
            (7_201_000, "2 h 1 min"),
            (172_799_000, "48 h"),
            (172_800_000, "2 d"),
            (176_401_000, "2 d 2 h"),
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
