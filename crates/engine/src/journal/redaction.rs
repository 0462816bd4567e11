//! The one place that decides what is never written down. It may not touch what is needed to act again: plans and calls
//! stand in the journal as they were approved, and by their own contract hold no secret.
//!
//! What is redacted:
//! - what AWS answered to a call (`Receipt::detail`): a function may return anything. Its length and SHA-256 stay.
//! - in every text that people, AWS or a transport wrote: what has the shape of a secret. The rest of the text stays.

use std::borrow::Cow;
use std::sync::LazyLock;

use lifeboat_model::call::Receipt;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::guard::{GuardReport, Verdict};
use lifeboat_model::plan::hexadecimal;
use lifeboat_model::run::{Answer, Found, RunEvent, StepOutcome};
use regex_lite::Regex;
use sha2::{Digest, Sha256};

/// The shapes of secrets, and what stays of each.
const SHAPES: [(&str, &str); 6] = [
    // A URL's user and password.
    (r"(?i)\b([a-z][a-z0-9+.-]*://)[^\s/@:]*:[^\s/@]+@", "${1}[redacted]@"),
    // A header's credentials, of whatever scheme.
    (
        r#"(?i)\b(authorization["']?\s*[:=]\s*["']?(?:(?:bearer|basic|aws4-hmac-sha256)\s+)?)[^\s"',;&][^"'\r\n]*"#,
        "${1}[redacted]",
    ),
    // A token of any issuer that names itself by its scheme.
    (r"(?i)\b(bearer\s+)[a-z0-9._~+/=-]{8,}", "${1}[redacted]"),
    // JSON Web Tokens.
    (r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?", "[redacted]"),
    // AWS access key ids, of users, roles and sessions.
    (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", "[redacted]"),
    // A value that its name calls a secret.
    (
        r#"(?i)([a-z0-9_.-]*(?:passw(?:or)?d|passphrase|secret|x-amz-signature|api[_-]?key|private[_-]?key|token)[a-z0-9_-]*\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\,;&}{]+"#,
        "${1}[redacted]",
    ),
];

static PATTERNS: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    SHAPES.iter().filter_map(|(shape, stays)| Regex::new(shape).ok().map(|regex| (regex, *stays))).collect()
});

/// The event as it may be written down.
pub(super) fn redacted(event: &RunEvent) -> RunEvent {
    let mut event = event.clone();
    match &mut event {
        // Needed to act again, and approved as they stand.
        RunEvent::RunStarted { .. }
        | RunEvent::ModeChanged { .. }
        | RunEvent::CallStarted { .. }
        | RunEvent::UndoCallStarted { .. }
        | RunEvent::LedgerOpened { .. }
        // What must be typed is shown to whoever types it.
        | RunEvent::Approved { .. }
        // Nothing but names, numbers and times.
        | RunEvent::StepStarted { .. }
        | RunEvent::StepUndoStarted { .. }
        | RunEvent::StepUndone { .. }
        | RunEvent::LedgerClosed { .. }
        | RunEvent::CanariesSought { .. }
        | RunEvent::Paused { .. }
        | RunEvent::Resumed { .. }
        | RunEvent::GivenUp { .. } | RunEvent::AccessRaised { .. } | RunEvent::AccessLowered { .. } => {}
        RunEvent::CallEnded { outcome, .. } | RunEvent::UndoCallEnded { outcome, .. } => answer(outcome),
        RunEvent::Overridden { reason, .. } | RunEvent::LedgerKept { reason, .. } => scrub(reason),
        RunEvent::GuardsJudged { reports, .. } => reports.iter_mut().for_each(report),
        RunEvent::CallProbed { found, .. } => match found {
            Found::CannotTell { reason } => scrub(reason),
            Found::Happened | Found::DidNotHappen | Found::UnderWay => {}
        },
        RunEvent::StepEnded { outcome, .. } => match outcome {
            StepOutcome::Failed { reason } | StepOutcome::Skipped { reason } => scrub(reason),
            StepOutcome::Done => {}
        },
        RunEvent::CanaryWritten { outcome, .. } => {
            if let Err(why) = outcome {
                scrub(why);
            }
        }
        RunEvent::FaultObserved { what } => scrub(what),
        RunEvent::Question { text, .. } | RunEvent::Noted { text, .. } | RunEvent::IncidentDeclared { text, .. } | RunEvent::IncidentClosed { text, .. } => scrub(text),
        RunEvent::Answered { answer, .. } => match answer {
            Answer::Skip { reason } => scrub(reason),
            Answer::Yes | Answer::No | Answer::Retry | Answer::Abort => {}
        },
        RunEvent::RunEnded { reason, .. } => reason.iter_mut().for_each(scrub),
    }
    event
}

fn answer(outcome: &mut Result<Receipt, CloudError>) {
    match outcome {
        Ok(receipt) => receipt.detail = receipt.detail.as_deref().map(fingerprint),
        Err(error) => {
            scrub(&mut error.message);
            error.fix.iter_mut().for_each(scrub);
        }
    }
}

fn report(report: &mut GuardReport) {
    scrub(&mut report.evidence);
    report.overridden.iter_mut().for_each(scrub);
    match &mut report.verdict {
        Verdict::Pass => {}
        Verdict::Refuse { reason, fix } => {
            scrub(reason);
            scrub(fix);
        }
        Verdict::Unknown { reason } => scrub(reason),
    }
}

/// What stays of a text that may be a secret as a whole: enough to see that two were the same.
fn fingerprint(text: &str) -> String {
    format!("{} bytes, SHA-256 {}", text.len(), hexadecimal(&Sha256::digest(text.as_bytes())))
}

/// A text of a person as it stands in the journal once it is written: for whoever looks for it there.
pub fn as_written(text: &str) -> String {
    let mut text = text.to_owned();
    scrub(&mut text);
    text
}

/// Takes out of a text what has the shape of a secret.
fn scrub(text: &mut String) {
    for (pattern, stays) in PATTERNS.iter() {
        if let Cow::Owned(without) = pattern.replace_all(text, *stays) {
            *text = without;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_is_a_pattern() {
        assert_eq!(PATTERNS.len(), SHAPES.len());
    }

    #[test]
    fn what_has_the_shape_of_a_secret_is_taken_out_and_the_rest_stays() {
        for (text, left) in [
            (
                "connect postgres://app:hunter2@db.internal:5432/pay: refused",
                "connect postgres://[redacted]@db.internal:5432/pay: refused",
            ),
            ("sent Authorization: Bearer abc.def-123 and got 401", "sent Authorization: Bearer [redacted]"),
            ("key AKIAIOSFODNN7EXAMPLE is unknown", "key [redacted] is unknown"),
            (
                "aws_secret_access_key=wJalrXUtnFEMI/K7MDENG in the environment",
                "aws_secret_access_key=[redacted] in the environment",
            ),
            (r#"{"db_password": "hunter2", "host": "db"}"#, r#"{"db_password": "[redacted]", "host": "db"}"#),
            (r#"got "{\"apiKey\":\"k-123\",\"n\":1}""#, r#"got "{\"apiKey\":\"[redacted]\",\"n\":1}""#),
            (
                "https://b.s3.amazonaws.com/k?X-Amz-Security-Token=FwoGZ&X-Amz-Signature=ab12&x=1",
                "https://b.s3.amazonaws.com/k?X-Amz-Security-Token=[redacted]&X-Amz-Signature=[redacted]&x=1",
            ),
            ("x-api-key: k-123 was refused", "x-api-key: [redacted] was refused"),
            ("refresh_token=abc&id_token=def", "refresh_token=[redacted]&id_token=[redacted]"),
            (r#"{"accessToken":"abc","token": "def"}"#, r#"{"accessToken":"[redacted]","token": "[redacted]"}"#),
            ("private-key=abc", "private-key=[redacted]"),
            ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVm expired", "token [redacted] expired"),
        ] {
            assert_eq!(as_written(text), left);
        }
    }

    #[test]
    fn what_people_write_of_a_run_stays_as_it_is() {
        for text in [
            "",
            "the region is lost; Route 53 answers us-east-2: go on",
            "ReplicationLag 84 ms at 2026-03-01T10:00:00Z, within 1 s",
            "arn:aws:sts::123456789012:assumed-role/dr-operator/ann",
            "aws ssm get-parameter --name /shop/active --region us-east-2",
            "its token has expired: sign in again",
            "no password was asked for, and the secret was not read",
            "https://shop.example.com/orders?canary=9f2c: 503",
        ] {
            assert_eq!(as_written(text), text);
        }
    }
}
