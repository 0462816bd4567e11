//! Scripts, read by a shell and run with an `aws` that only writes down what it is asked.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::id::Region;
use lifeboat_model::plan::{Condition, Plan};
use lifeboat_model::runbook::{Mode, StepKind};
use lifeboat_model::time::Duration;
use lifeboat_model::topology::RecordTarget;

use super::*;
use crate::commands::plan::example;

const PHRASE: &str = "failover payments-aurora us-east-2\n";

fn script() -> String {
    of(&example::failover(), &example::deployment())
}

/// What came of a script.
#[derive(Debug)]
struct Ran {
    fine: bool,
    /// What `aws` was asked, a line each.
    log: String,
    said: String,
    errors: String,
}

impl Ran {
    /// What was asked that changes something, in order.
    fn changes(&self) -> Vec<&str> {
        let looks = ["describe", "get", "list", "test"];
        let changes = |line: &&str| !looks.iter().any(|look| line.split(' ').nth(1).unwrap().starts_with(look));
        self.log.lines().filter(changes).collect()
    }

    fn asked(&self, part: &str) -> usize {
        self.log.lines().filter(|line| line.contains(part)).count()
    }
}

/// With what is typed to it, and with an `aws` that first does what `more` says.
fn ran(script: &str, typed: &str, more: &str) -> Ran {
    ran_by("sh", script, typed, more)
}

fn ran_by(shell: &str, script: &str, typed: &str, more: &str) -> Ran {
    Bench::new(more).ran(shell, script, typed)
}

/// An `aws` that remembers what it was asked from one script to the next.
struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn new(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let aws = folder.path().join("aws");
        std::fs::write(&aws, example::aws(more)).unwrap();
        std::fs::set_permissions(&aws, std::fs::Permissions::from_mode(0o755)).unwrap();
        std::fs::write(folder.path().join("log"), "").unwrap();
        Self { folder }
    }

    fn ran(&self, shell: &str, script: &str, typed: &str) -> Ran {
        let log = self.folder.path().join("log");
        let mut shell = Command::new(shell)
            .args(["-c", script])
            .env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", self.folder.path().display()))
            .env("LOG", &log)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A script that stops before it asks leaves nobody to read.
        drop(shell.stdin.take().unwrap().write_all(typed.as_bytes()));
        let output = shell.wait_with_output().unwrap();
        Ran {
            fine: output.status.success(),
            log: std::fs::read_to_string(&log).unwrap(),
            said: String::from_utf8(output.stdout).unwrap(),
            errors: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A call that no command says.
fn unsayable() -> Call {
    Call::ChangeRecord { zone: "Z1".into(), before: None, after: None }
}

/// The failover with one step more before its end, for what only some plans have.
fn with(kind: StepKind, calls: Vec<Call>, verify: Vec<Condition>) -> Plan {
    let mut plan = example::failover();
    let last = plan.steps.pop().unwrap();
    plan.steps.push(example::step(kind, last.group, "One step more", calls, verify));
    plan.steps.push(Step { group: last.group + 1, ..last });
    plan
}

#[test]
fn the_phrase_is_asked_for_once_and_before_anything_that_cannot_be_undone() {
    let text = script();
    let asked = text.find("\nconfirmed ").unwrap();
    assert_eq!(text.matches("\nconfirmed ").count(), 1, "{text}");
    assert!(asked < text.find("failover-global-cluster").unwrap());
    assert!(text.find("put-function-concurrency").unwrap() < asked, "what can be undone comes before the line");
}

#[test]
fn a_promotion_looks_before_it_acts() {
    let text = script();
    let promotion = text.find("aws rds failover-global-cluster").unwrap();
    let look = text.find("if [ \"$(aws rds describe-global-clusters").unwrap();
    assert!(look < promotion, "{text}");
}

#[test]
fn what_was_temporary_is_put_back_last_first() {
    let text = script();
    let back = text.rfind("lambda delete-function-concurrency").unwrap();
    let unmuted = text.rfind("delete-alarm-mute-rule").unwrap();
    assert!(back < unmuted, "{text}");
    let mut plan = example::failover();
    plan.steps[1].calls = vec![unsayable()];
    let done = ran(&of(&plan, &example::deployment()).replace("\nfail ", "\nsay "), PHRASE, "");
    assert!(done.fine && done.said.contains("by hand: Fence pay-dr"), "{done:?}");
}

#[test]
fn shells_can_read_it() {
    for shell in ["sh", "bash"] {
        let mut shell = Command::new(shell).arg("-n").stdin(Stdio::piped()).spawn().unwrap();
        shell.stdin.take().unwrap().write_all(script().as_bytes()).unwrap();
        assert!(shell.wait().unwrap().success());
    }
}

#[test]
fn run_with_the_phrase_it_asks_for_everything_in_order_and_without_it_nothing_below_the_line() {
    let done = ran(&script(), PHRASE, "");
    assert!(done.fine, "{done:?}");
    let order = ["put-alarm-mute-rule", "put-function-concurrency", "failover-global-cluster", "put-parameter"];
    let changes = done.changes();
    for (wanted, line) in order.iter().zip(&changes) {
        assert!(line.contains(wanted), "{wanted} expected: {changes:#?}");
    }
    for wrong in ["failover payments-aurora\n", "\n", ""] {
        let stopped = ran(&script(), wrong, "");
        assert!(!stopped.fine && stopped.asked("failover-global-cluster") == 0, "{stopped:?}");
        assert_eq!(stopped.asked("put-function-concurrency"), 1);
    }
}

// ------ A region that is lost.

/// Answers for the example's plan out of us-east-1: what a client is told, and what the active region is called.
fn out_of(from: &str, mode: Mode) -> (Plan, Deployment) {
    let mut deployment = example::deployment();
    deployment.records.push(RecordTarget { zone: "Z1".into(), name: "pay.example.test".into() });
    let led = Condition::AnswersLeadTo { name: "pay.example.test".into(), region: "us-east-2".into() };
    let mut plan = with(StepKind::Traffic, Vec::new(), vec![led]);
    plan.steps.retain(|step| step.kind != StepKind::Parameter);
    plan.from = Region::from(from);
    plan.mode = mode;
    (plan, deployment)
}

#[test]
fn a_failover_out_of_the_region_of_route_53_asks_that_region_nothing() {
    let (plan, deployment) = out_of("us-east-1", Mode::Unplanned);
    // Whoever asks it waits, and is told nothing.
    let lost = "case \" $* \" in *' --region us-east-2 '*) ;; *) exit 255 ;; esac";
    let done = ran(&of(&plan, &deployment), PHRASE, lost);
    assert!(done.fine, "{done:?}");
    assert_eq!(done.asked("--region us-east-1"), 0, "{}", done.log);
    assert_eq!(done.asked("test-dns-answer"), 0, "{}", done.log);
    assert_eq!(done.asked("failover-global-cluster"), 1);
}

#[test]
fn route_53_is_asked_what_it_answers_where_its_region_is_not_the_lost_one() {
    for (from, mode) in [("eu-west-1", Mode::Unplanned), ("us-east-1", Mode::Planned)] {
        let (plan, deployment) = out_of(from, mode);
        let done = ran(&of(&plan, &deployment), PHRASE, "");
        assert!(done.fine && done.asked("test-dns-answer") == 1, "{done:?}");
    }
}

#[test]
fn a_region_that_does_not_answer_is_not_waited_for_long() {
    let done = ran(&script(), PHRASE, "");
    assert!(done.fine, "{done:?}");
    for line in done.log.lines() {
        assert!(line.ends_with(" --cli-connect-timeout 5 --cli-read-timeout 15 attempts=2"), "{line}");
    }
}

#[test]
fn a_metric_is_waited_for_by_its_newest_value_in_the_region_that_has_it() {
    let (store, bound) = (StoreKind::Aurora, Duration::from_secs(2));
    let plan = with(StepKind::WaitFor, Vec::new(), vec![Condition::AtRiskAtMost { store, bound }]);
    let told = "case \"$*\" in *get-metric-data*) echo 812.5 ;; esac";
    let done = ran(&of(&plan, &example::deployment()), PHRASE, told);
    assert!(done.fine, "{done:?}");
    let asked = done.log.lines().find(|line| line.contains("get-metric-data")).unwrap();
    assert!(asked.contains("AuroraGlobalDBRPOLag") && asked.contains("--region us-east-2 "), "{asked}");
}

// ------ A script that stops.

#[test]
fn a_phrase_that_was_mistyped_is_asked_for_again() {
    let done = ran(&script(), &format!("failover payments-aurora us-est-2\n\n{PHRASE}"), "");
    assert!(done.fine && done.asked("put-function-concurrency") == 1, "{done:?}");
    assert_eq!(done.errors.matches("not the phrase").count(), 2, "{done:?}");
}

/// What takes the example's two steps above the line back, last first.
const TAKE_BACK: [&str; 2] = [
    "aws lambda delete-function-concurrency --function-name pay-dr --region us-east-2",
    "aws cloudwatch delete-alarm-mute-rule --alarm-mute-rule-name lifeboat-payments-aurora --region us-east-2",
];

#[test]
fn a_script_that_stops_above_the_line_says_how_what_it_did_is_taken_back_and_does_so_only_when_told() {
    let refused = "case \"$*\" in *delete-function-concurrency*) exit 1 ;; esac";
    for (typed, more, undone) in [
        ("", "", false),
        ("no\n", "", false),
        ("undo\n", "", true),
        // One that cannot be taken back keeps no other from it.
        ("undo\n", refused, true),
    ] {
        let stopped = ran(&script().replace("\nconfirmed ", "\nfail now\nconfirmed "), typed, more);
        assert!(!stopped.fine && stopped.errors.contains("stopped: now"), "{stopped:?}");
        let told = TAKE_BACK.map(|command| stopped.errors.find(command).unwrap());
        assert!(told[0] < told[1], "{}", stopped.errors);
        let changes = stopped.changes();
        let tail = changes.get(2..).unwrap();
        assert_eq!(tail.len(), if undone { 2 } else { 0 }, "{changes:#?}");
        for (line, command) in tail.iter().zip(TAKE_BACK) {
            assert!(format!("aws {line}").starts_with(command), "{changes:#?}");
        }
    }
}

#[test]
fn only_what_was_begun_is_taken_back() {
    let refused = "case \"$*\" in *put-function-concurrency*) exit 1 ;; esac";
    let stopped = ran(&script().replace("\nsay '2. ", "\nfail before\nsay '2. "), "", refused);
    assert!(stopped.errors.contains(TAKE_BACK[1]) && !stopped.errors.contains(TAKE_BACK[0]), "{stopped:?}");
    let stopped = ran(&script(), "undo\n", refused);
    assert!(!stopped.fine && stopped.asked("delete-function-concurrency") == 1, "it may have happened: {stopped:?}");
    let stopped = ran(&script(), "undo\n", "case \"$*\" in *get-caller-identity*) exit 1 ;; esac");
    assert!(!stopped.fine && !stopped.errors.contains("undo") && stopped.changes().is_empty(), "{stopped:?}");
}

#[test]
fn below_the_line_nothing_is_taken_back_and_what_is_temporary_is_named() {
    let lost = "case \"$*\" in *put-parameter*) exit 1 ;; esac";
    let stopped = ran(&script(), &format!("{PHRASE}undo\n"), lost);
    assert!(!stopped.fine && stopped.asked("delete-") == 0, "{stopped:?}");
    assert!(stopped.errors.contains("begin again") && !stopped.errors.contains("type: undo"), "{stopped:?}");
    assert!(TAKE_BACK.iter().all(|command| stopped.errors.contains(command)), "{stopped:?}");
}

#[test]
fn a_script_that_is_interrupted_says_how_what_it_did_is_taken_back() {
    for (shell, signal) in [("sh", "INT"), ("sh", "TERM"), ("sh", "HUP"), ("bash", "INT")] {
        let text = script().replace("\nconfirmed ", &format!("\nkill -{signal} $$\nconfirmed "));
        let stopped = ran_by(shell, &text, "undo\n", "");
        assert!(!stopped.fine && stopped.asked("failover-global-cluster") == 0, "{stopped:?}");
        assert_eq!(stopped.asked("delete-"), 2, "{shell} {signal}: {stopped:?}");
    }
}

#[test]
fn a_script_that_went_through_takes_nothing_back_but_what_is_temporary() {
    let done = ran(&script(), PHRASE, "");
    assert!(done.fine && done.asked("delete-") == 2 && done.errors.is_empty(), "{done:?}");
}

// ------ Beginning again.

fn inversion() -> Plan {
    let inverted = lifeboat_model::call::Change::new(false, true);
    let call = Call::SetHealthCheckInverted { check: "abc".into(), version: 7, inverted };
    with(
        StepKind::HealthCheckInversion,
        vec![call],
        vec![Condition::CheckInverted { check: "abc".into(), inverted: true }],
    )
}

/// A health check that refuses a version that is no longer its own, and knows what it was asked for last.
const CHECK: &str = r#"case "$*" in
    *update-health-check*"--health-check-version 7"*) [ "$(grep -c update-health-check "$LOG")" = 1 ] || exit 1 ;;
    *get-health-check*) grep update-health-check "$LOG" | tail -n 1 | grep -q -e --inverted && echo True || echo False ;;
esac"#;

#[test]
fn begun_again_it_promotes_nothing_and_inverts_nothing_a_second_time() {
    let (bench, text) = (Bench::new(CHECK), of(&inversion(), &example::deployment()));
    for _ in 0..2 {
        let done = bench.ran("sh", &text, PHRASE);
        assert!(done.fine, "{done:?}");
        assert_eq!(done.asked("update-health-check"), 1, "{done:?}");
        assert_eq!(done.asked("failover-global-cluster"), 1, "{done:?}");
    }
}

#[test]
fn a_health_check_that_was_taken_back_can_be_inverted_again() {
    let (bench, text) = (Bench::new(CHECK), of(&inversion(), &example::deployment()));
    assert!(bench.ran("sh", &text, PHRASE).fine);
    assert!(bench.ran("sh", "aws route53 update-health-check --health-check-id abc --no-inverted", "").fine);
    let done = bench.ran("sh", &text, PHRASE);
    assert!(done.fine && done.asked("update-health-check") == 3, "{done:?}");
}

// ------ Functions.

#[test]
fn a_function_that_fails_stops_the_script_and_is_never_called_twice() {
    let call = Call::InvokeFunction {
        region: "us-east-2".into(),
        function: "warm-up".into(),
        payload: r#"{"it's": "on"}"#.to_owned(),
    };
    let plan = with(StepKind::LambdaInvoke, vec![call], Vec::new());
    let text = of(&plan, &example::deployment());
    let answers = |error: &str| {
        format!(
            "case \"$*\" in *'lambda invoke'*) cat > \"$LOG.payload\"; cat \"$LOG.payload\" >> \"$LOG\"; echo {error} ;; esac"
        )
    };
    let done = ran(&text, PHRASE, &answers("None"));
    assert!(done.fine && done.asked(r#"{"it's": "on"}"#) == 1, "{done:?}");
    let invoked = done.log.lines().find(|line| line.starts_with("lambda invoke")).unwrap();
    assert!(!invoked.contains("--cli-binary-format"), "only one generation of the AWS CLI knows it: {invoked}");
    assert!(invoked.contains("--cli-read-timeout 900 ") && invoked.contains("attempts=1"), "{invoked}");
    let failed = ran(&text, PHRASE, &answers("Unhandled"));
    assert!(!failed.fine && failed.asked("lambda invoke") == 1, "{failed:?}");
    assert!(failed.errors.contains("warm-up") && failed.errors.contains("Unhandled"), "{failed:?}");
}
