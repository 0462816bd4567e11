//! A run's entries as lines of JSON: a contract that scripts rely on. Lengths are seconds, in keys that end in `_s`;
//! the last line of a run has a form of its own.

use lifeboat_model::rules::aws_cli;
use lifeboat_model::run::{Entry, LedgerItem, Measured, RunEvent, RunId, RunOutcome, TrueLoss};
use serde_json::{Map, Value, json};

use crate::output::number;

/// Keys whose values are lengths of time, or hold them by store.
const LENGTHS: [&str; 15] = [
    "bound",
    "decision",
    "detection",
    "elapsed",
    "execution",
    "expected",
    "expected_promotion",
    "length",
    "rpo",
    "rpo_by_store",
    "rto",
    "rto_longest",
    "timeout",
    "verification",
    "lasts",
];

pub(crate) fn line(entry: &Entry) -> Value {
    if let RunEvent::RunEnded { outcome, measured, truth, ledger, .. } = &entry.event {
        let lost = measured.rpo.iter().map(|(store, loss)| (store.as_str().to_owned(), seconds(*loss))).collect();
        return ended(&entry.run, *outcome, measured, &lost, truth.as_ref(), ledger);
    }
    let mut fields = Map::new();
    fields.insert("event".to_owned(), json!(entry.event.name()));
    fields.insert("run".to_owned(), json!(entry.run));
    fields.insert("at".to_owned(), json!(entry.at.to_string()));
    fields.insert("sequence".to_owned(), json!(entry.sequence));
    if let Value::Object(said) = in_seconds(serde_json::to_value(&entry.event).unwrap_or(Value::Null)) {
        fields.extend(said.into_iter().filter(|(key, _)| key != "event"));
    }
    Value::Object(fields)
}

fn ended(
    run: &RunId,
    outcome: RunOutcome,
    measured: &Measured,
    rpo: &Map<String, Value>,
    truth: Option<&TrueLoss>,
    ledger: &[LedgerItem],
) -> Value {
    let mut line = json!({
        "event": "run_ended",
        "run": run,
        "outcome": outcome,
        "rto_s": seconds(measured.rto),
        "rpo_s": rpo,
        "truth": truth.map(self::truth),
        "ledger": ledger.iter().map(item).collect::<Vec<_>>(),
    });
    if let (Some(fields), Some(least)) = (line.as_object_mut(), measured.rto_at_least) {
        fields.insert("rto_at_least_s".to_owned(), seconds(Some(least)));
    }
    line
}

fn truth(truth: &TrueLoss) -> Value {
    let lost: Map<String, Value> =
        truth.rpo.iter().map(|(store, loss)| (store.as_str().to_owned(), seconds(Some(*loss)))).collect();
    json!({ "rto_s": seconds(Some(truth.rto)), "rto_longest_s": seconds(Some(truth.rto_longest)), "rpo_s": lost })
}

fn item(item: &LedgerItem) -> Value {
    let restore: Vec<String> = item.restore.iter().map(|call| aws_cli::posix(&aws_cli::command(call))).collect();
    json!({ "step": item.step, "what": item.what, "restore": restore })
}

fn seconds(length: Option<lifeboat_model::time::Duration>) -> Value {
    length.map_or(Value::Null, |length| number(length.as_secs_f64()))
}

/// Every length of time as a number of seconds, wherever it stands.
fn in_seconds(value: Value) -> Value {
    match value {
        Value::Object(fields) => match length(&fields) {
            Some(seconds) => seconds,
            None => Value::Object(
                fields
                    .into_iter()
                    .map(|(key, value)| {
                        let key = if LENGTHS.contains(&key.as_str()) { format!("{key}_s") } else { key };
                        (key, in_seconds(value))
                    })
                    .collect(),
            ),
        },
        Value::Array(items) => Value::Array(items.into_iter().map(in_seconds).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value,
    }
}

/// As serde writes a duration.
fn length(fields: &Map<String, Value>) -> Option<Value> {
    if fields.len() != 2 {
        return None;
    }
    let seconds = fields.get("secs")?.as_f64()?;
    Some(number(seconds + fields.get("nanos")?.as_f64()? / 1e9))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use lifeboat_model::assessment::StoreKind;
    use lifeboat_model::plan::{StepId, hexadecimal};
    use lifeboat_model::run::{Measured, StepOutcome};
    use lifeboat_model::time::{Duration, Timestamp};

    use super::*;
    use crate::commands::plan::example;

    fn entry(event: RunEvent) -> Entry {
        Entry {
            sequence: 7,
            run: RunId::new("r-1"),
            deployment: "payments-aurora".into(),
            at: Timestamp::UNIX_EPOCH,
            event,
            previous: hexadecimal(&[0; 32]),
            hash: hexadecimal(&[1; 32]),
        }
    }

    #[test]
    fn an_event_stands_with_its_run_time_and_place_and_lengths_in_seconds() {
        let step = StepId::new("promote");
        let elapsed = Duration::from_millis(61_500);
        let value = line(&entry(RunEvent::StepEnded { step, outcome: StepOutcome::Done, elapsed }));
        assert_eq!(
            value.to_string(),
            r#"{"event":"step_ended","run":"r-1","at":"1970-01-01T00:00:00Z","sequence":7,"step":"promote","outcome":"done","elapsed_s":61.5}"#
        );
    }

    #[test]
    fn a_plan_within_an_event_has_its_lengths_in_seconds_too() {
        let plan = example::failover();
        let hash = plan.hash();
        let by = lifeboat_model::run::Operator { arn: None, user: "u".into(), host: "h".into(), process: 1 };
        let event = RunEvent::RunStarted { plan: Box::new(plan), hash, by, reality: None, incident_began_at: None };
        let value = line(&entry(event));
        assert_eq!(value["plan"]["predicted"]["rpo_s"], json!({ "aurora": 1.3, "dynamodb": null }));
        assert_eq!(value["plan"]["steps"][2]["expected_s"], 60);
        assert!(!value.to_string().contains("nanos"), "{value}");
    }

    #[test]
    fn the_last_line_has_just_what_scripts_rely_on() {
        let measured = Measured {
            rto: Some(Duration::from_secs(90)),
            rpo: BTreeMap::from([(StoreKind::Aurora, Some(Duration::ZERO)), (StoreKind::S3, None)]),
            ..Measured::default()
        };
        let event = RunEvent::RunEnded {
            outcome: RunOutcome::Completed,
            reason: None,
            measured,
            truth: None,
            ledger: Vec::new(),
        };
        assert_eq!(
            line(&entry(event)).to_string(),
            r#"{"event":"run_ended","run":"r-1","outcome":"completed","rto_s":90,"rpo_s":{"aurora":0,"s3":null},"truth":null,"ledger":[]}"#
        );
    }
}
