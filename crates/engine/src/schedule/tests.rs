//! Time tables on the nights that make them hard.

use super::*;
use lifeboat_model::runbook::RunbookName;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn schedule(cron: &str, time_zone: &str) -> Schedule {
    Schedule {
        runbook: RunbookName::new("switchover"),
        drill: true,
        cron: cron.to_owned(),
        time_zone: time_zone.to_owned(),
    }
}

fn amsterdam(cron: &str) -> Schedule {
    schedule(cron, "Europe/Amsterdam")
}

fn following(schedule: &Schedule, from: &str, count: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut from = at(from);
    for _ in 0..count {
        from = next(schedule, from).unwrap();
        all.push(from.to_string());
    }
    all
}

#[test]
fn the_next_one_is_after_not_at() {
    let quarterly = amsterdam("0 10 1 */3 *");
    assert_eq!(
        following(&quarterly, "2026-01-01T09:00:00Z", 3),
        ["2026-04-01T08:00:00Z", "2026-07-01T08:00:00Z", "2026-10-01T08:00:00Z"]
    );
}

#[test]
fn a_part_of_a_second_neither_skips_nor_repeats() {
    let daily = schedule("0 10 * * *", "UTC");
    assert_eq!(next(&daily, at("2026-05-01T09:59:59.999Z")), Ok(at("2026-05-01T10:00:00Z")));
    assert_eq!(next(&daily, at("2026-05-01T10:00:00.001Z")), Ok(at("2026-05-02T10:00:00Z")));
    let due = due(&daily, None, at("2026-05-01T10:00:00.5Z")).unwrap();
    assert_eq!(due.overdue_since, Some(at("2026-05-01T10:00:00Z")));
}

#[test]
fn what_a_spring_night_leaves_out_happens_right_after_the_gap() {
    // On 29 March 2026 clocks go from 02:00 to 03:00.
    let nightly = amsterdam("30 2 * * *");
    assert_eq!(
        following(&nightly, "2026-03-28T00:00:00Z", 3),
        ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]
    );
    let due = due(&nightly, None, at("2026-03-29T12:00:00Z")).unwrap();
    assert_eq!(due.overdue_since, Some(at("2026-03-29T01:00:00Z")), "found again from behind");
}

#[test]
fn what_an_autumn_night_has_twice_happens_once() {
    // On 25 October 2026 clocks go from 03:00 back to 02:00.
    let nightly = amsterdam("30 2 * * *");
    assert_eq!(following(&nightly, "2026-10-24T12:00:00Z", 2), ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]);
    let due = due(&nightly, None, at("2026-10-25T12:00:00Z")).unwrap();
    assert_eq!(due.overdue_since, Some(at("2026-10-25T00:30:00Z")));
}

#[test]
fn an_hourly_one_follows_the_clock_on_the_wall() {
    let hourly = amsterdam("30 * * * *");
    assert_eq!(
        following(&hourly, "2026-10-24T23:45:00Z", 3),
        ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"]
    );
    assert_eq!(following(&hourly, "2026-03-29T00:00:00Z", 2), ["2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"]);
}

#[test]
fn it_is_overdue_until_a_run_has_followed() {
    let monthly = amsterdam("0 10 1 * *");
    let now = at("2026-06-10T00:00:00Z");
    let missed = at("2026-06-01T08:00:00Z");
    for (last_run, overdue_since) in [
        (None, Some(missed)),
        (Some("2026-05-30T00:00:00Z"), Some(missed)),
        (Some("2026-06-01T07:59:59Z"), Some(missed)),
        (Some("2026-06-01T08:00:00Z"), None),
        (Some("2026-06-05T00:00:00Z"), None),
    ] {
        let due = due(&monthly, last_run.map(at), now).unwrap();
        assert_eq!(due, Due { next: at("2026-07-01T08:00:00Z"), overdue_since }, "{last_run:?}");
    }
}

#[test]
fn what_is_further_back_than_a_year_and_a_month_is_not_overdue() {
    let leap_day = schedule("0 10 29 2 *", "UTC");
    let soon = due(&leap_day, None, at("2024-06-01T00:00:00Z")).unwrap();
    assert_eq!(soon.overdue_since, Some(at("2024-02-29T10:00:00Z")));
    let late = due(&leap_day, None, at("2026-06-01T00:00:00Z")).unwrap();
    assert_eq!(late, Due { next: at("2028-02-29T10:00:00Z"), overdue_since: None });
}

#[test]
fn only_five_fields_of_a_known_zone_that_happen_are_taken() {
    assert_eq!(check("0 10 1 */3 *", "Europe/Amsterdam"), Ok(()));
    assert_eq!(check("0 10 * * MON#1", "America/New_York"), Ok(()));
    for (cron, zone, words) in [
        ("0 0 10 * * *", "UTC", "it has 6 fields"),
        ("0 10 * *", "UTC", "it has 4 fields"),
        ("@daily", "UTC", "it has 1 field"),
        ("", "UTC", "it has 0 fields"),
        ("61 10 * * *", "UTC", "no cron expression"),
        ("x 10 * * *", "UTC", "no cron expression"),
        ("0 10 * * *", "Amsterdam", "no time zone"),
        ("0 10 * * *", "", "no time zone"),
        ("0 10 30 2 *", "UTC", "never happens"),
    ] {
        let error = check(cron, zone).unwrap_err().to_string();
        assert!(error.contains(words), "{cron} {zone}: {error}");
    }
}

fn window(reason: &str, cron: &str, lasts: Duration) -> FreezeWindow {
    FreezeWindow { reason: reason.to_owned(), cron: cron.to_owned(), time_zone: "Europe/Amsterdam".to_owned(), lasts }
}

#[test]
fn a_window_is_open_from_its_beginning_until_its_end() {
    let windows = [window("year's end", "0 0 20 12 *", Duration::from_hours(24 * 14))];
    for (now, is_open) in [
        ("2026-12-19T22:59:59Z", false),
        ("2026-12-19T23:00:00Z", true),
        ("2027-01-02T22:59:59Z", true),
        ("2027-01-02T23:00:00Z", false),
    ] {
        let open = open_window(&windows, at(now)).unwrap();
        assert_eq!(open.map(|(_, ends)| ends), is_open.then(|| at("2027-01-02T23:00:00Z")), "{now}");
    }
}

#[test]
fn of_windows_that_overlap_the_one_that_ends_last_is_told() {
    let windows = [
        window("night", "0 20 * * *", Duration::from_hours(10)),
        window("weekend", "0 18 * * FRI", Duration::from_hours(60)),
        window("payday", "0 0 25 * *", Duration::from_hours(24)),
    ];
    let (open, ends) = open_window(&windows, at("2026-06-06T20:00:00Z")).unwrap().unwrap();
    assert_eq!((open.reason.as_str(), ends), ("weekend", at("2026-06-08T04:00:00Z")));
    assert_eq!(open_window(&[], at("2026-06-06T20:00:00Z")), Ok(None));
}

#[test]
fn a_window_that_cannot_be_read_is_an_error_and_never_closed() {
    let windows = [window("broken", "0 25 * * *", Duration::from_hours(1))];
    assert!(open_window(&windows, at("2026-06-06T20:00:00Z")).is_err());
}
