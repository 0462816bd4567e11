//! What is never written down, and what stands in its place. The same thing gets the same stand-in
//! everywhere, so that a tape still makes sense.

use std::collections::BTreeMap;

use serde_json::Value;

/// An AWS account number.
const ACCOUNT_DIGITS: usize = 12;

/// Takes accounts, sessions, access keys, addresses of people and pasted text out of every string.
pub(super) fn redact(value: &mut Value) {
    let mut accounts = BTreeMap::new();
    walk(value, &mut accounts);
}

fn walk(value: &mut Value, accounts: &mut BTreeMap<String, String>) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
        Value::String(text) => *text = redacted(text, accounts),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, accounts)),
        Value::Object(fields) => {
            if let Some(Value::String(pasted)) = fields.get_mut("Paste") {
                *pasted = pasted.chars().map(|letter| if letter.is_whitespace() { letter } else { 'x' }).collect();
            }
            let old = std::mem::take(fields);
            for (name, mut item) in old {
                walk(&mut item, accounts);
                fields.insert(redacted(&name, accounts), item);
            }
        }
    }
}

fn redacted(text: &str, accounts: &mut BTreeMap<String, String>) -> String {
    let is_part = |letter: char| letter.is_alphanumeric() || "@._+-".contains(letter);
    let without_session = session(text);
    let without_people: String = runs(&without_session, is_part)
        .map(|word| {
            if is_access_key(word) {
                "ACCESSKEY"
            } else if is_address(word) {
                "someone@example.com"
            } else {
                word
            }
        })
        .collect();
    runs(&without_people, |letter| letter.is_ascii_digit()).map(|run| account(run, accounts)).collect()
}

fn account(run: &str, accounts: &mut BTreeMap<String, String>) -> String {
    if run.len() != ACCOUNT_DIGITS || !run.bytes().all(|byte| byte.is_ascii_digit()) {
        return run.to_owned();
    }
    let next = accounts.len() + 1;
    accounts.entry(run.to_owned()).or_insert_with(|| format!("{next:012}")).clone()
}

/// The session's name in an assumed role's ARN is a person's, as a rule.
fn session(text: &str) -> String {
    let Some((before, after)) = text.split_once(":assumed-role/") else { return text.to_owned() };
    let Some((role, rest)) = after.split_once('/') else { return text.to_owned() };
    let end = rest.find(|letter: char| letter.is_whitespace() || "\"'`,".contains(letter)).unwrap_or(rest.len());
    let tail = rest.get(end..).unwrap_or_default();
    format!("{before}:assumed-role/{role}/session{tail}")
}

/// Alternately what is of one kind, and what stands between.
fn runs(text: &str, kind: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let of_kind = kind(rest.chars().next()?);
        let end = rest.find(|letter| kind(letter) != of_kind).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some(run)
    })
}

fn is_access_key(word: &str) -> bool {
    word.len() == 20
        && (word.starts_with("AKIA") || word.starts_with("ASIA"))
        && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn is_address(word: &str) -> bool {
    word.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_that_names_an_account_or_a_person_is_left() {
        let mut value = json!({
            "arn": "arn:aws:sts::123456789012:assumed-role/Operator/jane.doe@corp.example",
            "cluster": "arn:aws:rds:us-east-1:123456789012:cluster:aurora-primary-dev",
            "other": "arn:aws:rds:us-east-1:210987654321:cluster:x",
            "bucket": "assets-123456789012-us-east-2",
            "message": "User AKIAIOSFODNN7EXAMPLE (ops@corp.example) may not",
            "Paste": "hunter2 and more",
            "at": "2026-11-21T08:00:00.123456789Z",
            "1": [1, null, true],
        });
        redact(&mut value);
        assert_eq!(
            value,
            json!({
                "arn": "arn:aws:sts::000000000001:assumed-role/Operator/session",
                "cluster": "arn:aws:rds:us-east-1:000000000001:cluster:aurora-primary-dev",
                "other": "arn:aws:rds:us-east-1:000000000002:cluster:x",
                "bucket": "assets-000000000001-us-east-2",
                "message": "User ACCESSKEY (someone@example.com) may not",
                "Paste": "xxxxxxx xxx xxxx",
                "at": "2026-11-21T08:00:00.123456789Z",
                "1": [1, null, true],
            })
        );
    }
}
