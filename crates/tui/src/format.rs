//! Numbers and names as people read them. Lengths of time and sizes round up, so that no danger looks smaller than it
//! is and nothing that exists looks like nothing; ages and what is left of a thing round down.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::Offset;
use serde::{Deserialize, Serialize};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What takes the place of a value that is not known.
pub const NO_DATA: &str = "no data";

const MILLI: u128 = 1_000_000;
const SECOND: u128 = 1_000 * MILLI;
const MINUTE: u128 = 60 * SECOND;
const HOUR: u128 = 60 * MINUTE;

/// A length that matters by being long: lag, data at risk, recovery time. Never shown shorter than it is.
pub fn duration(length: Duration) -> String {
    let nanos = length.as_nanos();
    let up = |unit: u128| nanos.div_ceil(unit);
    let tenths = |count: u128| format!("{}.{}", count / 10, count % 10);
    match nanos {
        0 => "0 s".to_owned(),
        _ if up(MILLI / 10) < 100 => format!("{} ms", tenths(up(MILLI / 10))),
        _ if up(MILLI) < 1000 => format!("{} ms", up(MILLI)),
        _ if nanos.is_multiple_of(SECOND) && nanos < 100 * SECOND => format!("{} s", nanos / SECOND),
        _ if up(SECOND / 10) < 1000 => format!("{} s", tenths(up(SECOND / 10))),
        _ => clock(up(SECOND)),
    }
}

/// A target that was written down in whole units: `60 s`, `15 min`, `0.5 s`.
pub fn target(length: Duration) -> String {
    let nanos = length.as_nanos();
    match nanos {
        0 => "0 s".to_owned(),
        _ if nanos.is_multiple_of(HOUR) => format!("{} h", nanos / HOUR),
        _ if nanos.is_multiple_of(MINUTE) && nanos > MINUTE => format!("{} min", nanos / MINUTE),
        _ if nanos.is_multiple_of(SECOND) && nanos < 10 * MINUTE => format!("{} s", nanos / SECOND),
        _ => duration(length),
    }
}

/// How old something is, or how much of it is left: whole seconds, rounded down.
pub fn age(length: Duration) -> String {
    clock(length.as_nanos() / SECOND)
}

fn clock(seconds: u128) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3600 => format!("{minutes}m{:02}s", seconds % 60),
        3600..86_400 => format!("{hours}h{:02}m", minutes % 60),
        86_400..604_800 => format!("{days}d{:02}h", hours % 24),
        _ => format!("{days}d"),
    }
}

/// A count with its thousands set apart.
/// What is left of something, as a clock shows it: `29:12`. Rounded up, so that it is zero only at the end.
pub fn countdown(left: Duration) -> String {
    let seconds = left.as_millis().div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in powers of 1024, rounded up.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if number < 1024 {
        return format!("{number} B");
    }
    let mut scale: u128 = 1024;
    for unit in UNITS {
        let tenths = (u128::from(number) * 10).div_ceil(scale);
        if tenths < 10_000 || unit == "EiB" {
            return if tenths < 1000 {
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            } else {
                format!("{} {unit}", tenths.div_ceil(10))
            };
        }
        scale *= 1024;
    }
    format!("{number} B")
}

/// Something a second. A trickle is not nothing.
pub fn rate(per_second: f64) -> String {
    match per_second {
        rate if !rate.is_finite() => NO_DATA.to_owned(),
        rate if rate <= 0.0 => "0/s".to_owned(),
        rate if rate < 0.01 => "<0.01/s".to_owned(),
        rate if rate < 1.0 => format!("{rate:.2}/s"),
        rate if rate < 10.0 => format!("{rate:.1}/s"),
        rate => format!("{}/s", whole(rate)),
    }
}

/// Something an hour.
pub fn hourly(per_hour: f64) -> String {
    match per_hour {
        rate if !rate.is_finite() => NO_DATA.to_owned(),
        rate if rate <= 0.0 => "0".to_owned(),
        rate if rate < 1.0 => "<1".to_owned(),
        rate => whole(rate),
    }
}

/// A share in percent. Only nothing is `0 %` and only all is `100 %`.
pub fn percent(share: f64) -> String {
    match share {
        share if !share.is_finite() => NO_DATA.to_owned(),
        share if share <= 0.0 => "0 %".to_owned(),
        share if share < 0.1 => "<0.1 %".to_owned(),
        share if share > 99.9 && share < 100.0 => ">99.9 %".to_owned(),
        share if share >= 100.0 => format!("{} %", whole(share)),
        share => format!("{share:.1} %"),
    }
}

/// US dollars an hour. A fraction of a cent is not nothing.
pub fn dollars(amount: f64) -> String {
    match amount {
        amount if !amount.is_finite() => NO_DATA.to_owned(),
        amount if amount <= 0.0 => "$0".to_owned(),
        amount if amount < 0.01 => "<$0.01".to_owned(),
        amount => format!("${amount:.2}"),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "finite and positive here, and saturating")]
fn whole(number: f64) -> String {
    count(number.round() as u64)
}

/// How many columns a text takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text, at most `columns` wide; what had to go is marked by `mark`, as far as even that fits.
pub fn truncate(text: &str, columns: usize, mark: &str) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mark = if width(mark) <= columns { mark } else { "" };
    let mut kept = head(text, columns - width(mark)).to_owned();
    kept.push_str(mark);
    kept
}

/// Shortened in the middle: both ends of an ARN tell more than its beginning alone.
pub fn truncate_middle(text: &str, columns: usize, mark: &str) -> String {
    if width(text) <= columns || columns < width(mark) + 2 {
        return truncate(text, columns, mark);
    }
    let room = columns - width(mark);
    let front = head(text, room.div_ceil(2));
    format!("{front}{mark}{}", tail(text, room - width(front)))
}

/// As many characters from the front as fit.
fn head(text: &str, columns: usize) -> &str {
    let mut used = 0;
    for (index, letter) in text.char_indices() {
        used += letter.width().unwrap_or(0);
        if used > columns {
            return text.get(..index).unwrap_or(text);
        }
    }
    text
}

/// As many characters from the back as fit.
fn tail(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let mut from = text.len();
    for (index, letter) in text.char_indices().rev() {
        used += letter.width().unwrap_or(0);
        if used > columns {
            break;
        }
        from = index;
    }
    text.get(from..).unwrap_or("")
}

/// A text broken between words into lines of at most `columns`; a word that is longer is broken anywhere.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        let mut rest = word;
        if !line.is_empty() && width(&line) + 1 + width(rest) <= columns {
            line.push(' ');
        } else if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        while width(rest) > columns {
            let front = head(rest, columns);
            // A character wider than the room can only stand alone.
            let cut =
                if front.is_empty() { rest.chars().next().map_or(rest.len(), char::len_utf8) } else { front.len() };
            let (front, after) = rest.split_at_checked(cut).unwrap_or((rest, ""));
            lines.push(front.to_owned());
            rest = after;
        }
        line.push_str(rest);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// The text in pieces of at most `columns`, its blanks kept: what is to be copied, and tables.
pub fn chop(text: &str, columns: usize) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while width(rest) > columns.max(1) {
        let front = head(rest, columns.max(1));
        // A character wider than the room can only stand alone.
        // After a word where one ends in the second half: what is broken is hard to read.
        let word = front.rfind(' ').map(|blank| blank + 1).filter(|end| *end > front.len() / 2);
        let cut = match word {
            Some(end) => end,
            None if front.is_empty() => rest.chars().next().map_or(rest.len(), char::len_utf8),
            None => front.len(),
        };
        let (front, after) = rest.split_at_checked(cut).unwrap_or((rest, ""));
        pieces.push(front.to_owned());
        rest = after;
    }
    pieces.push(rest.to_owned());
    pieces
}

/// Which clock times are shown by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum ClockFace {
    #[default]
    Utc,
    Local,
}

/// The operator's offset from UTC, in seconds east. The program finds it out; the glass has no time zone files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalOffset(pub i32);

impl LocalOffset {
    pub(crate) fn offset(self, face: ClockFace) -> Offset {
        match face {
            ClockFace::Utc => Offset::UTC,
            ClockFace::Local => Offset::from_seconds(self.0).unwrap_or(Offset::UTC),
        }
    }

    /// `14:03:07`
    pub fn time_of_day(self, at: Timestamp, face: ClockFace) -> String {
        self.offset(face).to_datetime(at).time().strftime("%H:%M:%S").to_string()
    }

    /// `14:03`
    pub fn hour_and_minute(self, at: Timestamp, face: ClockFace) -> String {
        self.offset(face).to_datetime(at).time().strftime("%H:%M").to_string()
    }

    /// `2026-03-01`
    pub fn date(self, at: Timestamp, face: ClockFace) -> String {
        self.offset(face).to_datetime(at).strftime("%Y-%m-%d").to_string()
    }

    /// `2026-03-01 14:03:07`
    pub fn date_and_time(self, at: Timestamp, face: ClockFace) -> String {
        self.offset(face).to_datetime(at).strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// `UTC`, `UTC+02`, `UTC-03:30`
    pub fn zone(self, face: ClockFace) -> String {
        let minutes = self.offset(face).seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, rest) = (minutes.abs() / 60, minutes.abs() % 60);
        match (hours, rest) {
            (0, 0) => "UTC".to_owned(),
            (_, 0) => format!("UTC{sign}{hours:02}"),
            _ => format!("UTC{sign}{hours:02}:{rest:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_read_well_and_never_understate() {
        for (nanos, text) in [
            (0, "0 s"),
            (1, "0.1 ms"),
            (400_000, "0.4 ms"),
            (9_950_000, "10 ms"),
            (420_000_000, "420 ms"),
            (400_000_000, "400 ms"),
            (999_000_001, "1.0 s"),
            (90_000_000_000, "90 s"),
            (1_200_000_000, "1.2 s"),
            (59_950_000_000, "60.0 s"),
            (60_010_000_000, "60.1 s"),
            (99_950_000_000, "1m40s"),
            (192_000_000_000, "3m12s"),
            (7_500_000_000_000, "2h05m"),
        ] {
            assert_eq!(duration(Duration::from_nanos(nanos)), text, "{nanos} ns");
        }
    }

    #[test]
    fn targets_are_as_they_were_written() {
        for (millis, text) in
            [(60_000, "60 s"), (900_000, "15 min"), (3_600_000, "1 h"), (500, "500 ms"), (90_000, "90 s")]
        {
            assert_eq!(target(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn ages_round_down() {
        for (millis, text) in
            [(0, "0s"), (999, "0s"), (59_999, "59s"), (252_000, "4m12s"), (11_100_000, "3h05m"), (360_000_000, "4d04h")]
        {
            assert_eq!(age(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn sizes_counts_rates_and_shares() {
        assert_eq!(
            (count(0), count(999), count(1240), count(1_000_000)),
            ("0".into(), "999".into(), "1,240".into(), "1,000,000".into())
        );
        assert_eq!(
            (bytes(0), bytes(1023), bytes(1025), bytes(1_048_576)),
            ("0 B".into(), "1023 B".into(), "1.1 KiB".into(), "1.0 MiB".into())
        );
        assert_eq!(bytes(u64::MAX), "16.0 EiB");
        assert_eq!(
            (rate(0.0), rate(0.001), rate(0.4), rate(124.4)),
            ("0/s".into(), "<0.01/s".into(), "0.40/s".into(), "124/s".into())
        );
        assert_eq!(
            (percent(0.0), percent(0.04), percent(99.96), percent(100.0)),
            ("0 %".into(), "<0.1 %".into(), ">99.9 %".into(), "100 %".into())
        );
        assert_eq!((dollars(0.0), dollars(0.004), dollars(0.31)), ("$0".into(), "<$0.01".into(), "$0.31".into()));
        assert_eq!(rate(f64::NAN), NO_DATA);
    }

    #[test]
    fn texts_are_cut_by_the_columns_they_take() {
        assert_eq!(truncate("payments", 5, "…"), "paym…");
        assert_eq!(truncate("日本語", 5, "…"), "日本…");
        assert_eq!(truncate("payments", 0, "…"), "");
        assert_eq!(truncate_middle("arn:aws:rds:cluster:x", 9, "…"), "arn:…er:x");
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap("", 3), [""]);
    }

    #[test]
    fn times_carry_their_zone() {
        let at: Timestamp = "2026-03-01T23:30:05Z".parse().unwrap();
        let berlin = LocalOffset(3600);
        assert_eq!(berlin.time_of_day(at, ClockFace::Utc), "23:30:05");
        assert_eq!(berlin.date_and_time(at, ClockFace::Local), "2026-03-02 00:30:05");
        assert_eq!(berlin.zone(ClockFace::Local), "UTC+01");
        assert_eq!(LocalOffset(-12_600).zone(ClockFace::Local), "UTC-03:30");
        assert_eq!(berlin.zone(ClockFace::Utc), "UTC");
    }

    /// Nanoseconds of a printed duration.
    fn read_back(text: &str) -> f64 {
        if let Some((number, unit)) = text.split_once(' ') {
            return number.parse::<f64>().unwrap() * if unit == "ms" { 1e6 } else { 1e9 };
        }
        let mut total = 0.0;
        let mut digits = String::new();
        for letter in text.chars() {
            match letter {
                'd' => total += std::mem::take(&mut digits).parse::<f64>().unwrap() * 86_400e9,
                'h' => total += std::mem::take(&mut digits).parse::<f64>().unwrap() * 3600e9,
                'm' => total += std::mem::take(&mut digits).parse::<f64>().unwrap() * 60e9,
                's' => total += std::mem::take(&mut digits).parse::<f64>().unwrap() * 1e9,
                digit => digits.push(digit),
            }
        }
        total
    }

    proptest! {
        #[test]
        fn a_duration_is_shown_at_least_as_long_as_it_is_and_not_much_longer(nanos in 1u64..3_500_000_000_000) {
            let shown = read_back(&duration(Duration::from_nanos(nanos)));
            let exact = nanos as f64;
            prop_assert!(shown >= exact - 1.0, "{shown} for {exact}");
            prop_assert!(shown <= exact * 1.12 + 100_000.0, "{shown} for {exact}");
        }

        #[test]
        fn an_age_is_never_shown_longer_than_it_is(millis in 0u64..10_000_000_000) {
            prop_assert!(read_back(&age(Duration::from_millis(millis))) <= millis as f64 * 1e6);
        }

        #[test]
        fn a_cut_text_fits(text in "\\PC{0,40}", columns in 0usize..50) {
            prop_assert!(width(&truncate(&text, columns, "…")) <= columns);
            prop_assert!(width(&truncate_middle(&text, columns, "…")) <= columns);
        }

        #[test]
        fn chopping_loses_nothing_at_all(text in "[a-z ✔]{0,80}", columns in 1usize..20) {
            let pieces = chop(&text, columns);
            prop_assert!(pieces.iter().all(|piece| width(piece) <= columns));
            prop_assert_eq!(pieces.concat(), text);
        }

        #[test]
        fn wrapping_loses_no_letter(text in "[a-z ]{0,80}", columns in 1usize..20) {
            let lines = wrap(&text, columns);
            prop_assert!(lines.iter().all(|line| width(line) <= columns));
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
