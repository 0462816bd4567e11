//! A plan as a POSIX shell script of literal `aws` commands: what an operator runs when there is no Lifeboat. Each step's
//! calls, then the waits that the executor would make; the phrase is asked for at the line of reversibility.

use lifeboat_model::call::Call;
use lifeboat_model::plan::{Plan, Reversible, Step};
use lifeboat_model::rules::aws_cli::{command, posix, quoted};
use lifeboat_model::runbook::StepKind;
use lifeboat_model::topology::Deployment;
use lifeboat_model::wording::span;

use super::words;

mod late;
mod waits;

/// What every script begins with, after the head.
const PRELUDE: &str = r#"set -eu
AWS_PAGER=
AWS_MAX_ATTEMPTS=2
AWS_STS_REGIONAL_ENDPOINTS=regional
export AWS_PAGER AWS_MAX_ATTEMPTS AWS_STS_REGIONAL_ENDPOINTS

# A region that is lost does not answer: nobody waits for it for long.
aws() {
    attempts=$AWS_MAX_ATTEMPTS patience=15
    case "$1 $2" in
        # Until the change before it has gone through, Route 53 refuses the next one.
        'route53 change-resource-record-sets') attempts=8 ;;
        # A function may take a quarter of an hour, and what it does must not be done twice.
        'lambda invoke') attempts=1 patience=900 ;;
    esac
    AWS_MAX_ATTEMPTS=$attempts command aws "$@" --cli-connect-timeout 5 --cli-read-timeout "$patience"
}

say() { printf '%s\n' "$*"; }
tell() { printf '%s\n' "$*" >&2; }
fail() { tell "stopped: $*"; exit 1; }

# begins [temporary]: before a step, the commands that take it back, newest first.
line=above back= standing=
begins() {
    noted=$(cat)
    back="$noted
$back"
    [ -z "${1-}" ] || standing="$noted
$standing"
}

# However it ends before its end: what stands, and how it is taken back.
ended() {
    code=$?
    trap - EXIT
    set +e
    if [ "$line" = below ]; then
        tell 'Stopped below the line: what was moved stays moved. Mend what failed, and begin again.'
        [ -z "$standing" ] || tell "Until then these temporary changes stand; this takes them back:
$standing"
    elif [ -n "$back" ]; then
        tell "Nothing that cannot be undone was done this time. What was begun is taken back by:
$back"
        tell 'To take it back now, type: undo (not if an earlier attempt has gone below the line)'
        if IFS= read -r typed && [ "$typed" = undo ]; then
            eval "$back"
        fi
    fi
    exit "$code"
}
trap ended EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# confirmed WORDS: asks until just these are typed.
confirmed() {
    say "To go on, type: $1"
    while IFS= read -r typed; do
        [ "$typed" != "$1" ] || return 0
        tell "that was not the phrase, which is: $1"
    done
    fail 'nothing was typed'
}

# wait_until SECONDS WANTED COMMAND...: asks again until the command prints just that.
wait_until() {
    left=$1 wanted=$2
    shift 2
    until seen=$("$@" 2>&1) && [ "$seen" = "$wanted" ]; do
        [ "$left" -gt 0 ] || fail "wanted '$wanted' of: $*; saw '$seen'"
        sleep 5
        left=$((left - 5))
    done
}

# wait_number SECONDS at_least|at_most NUMBER COMMAND...: the same for a number.
wait_number() {
    left=$1 order=$2 bound=$3
    shift 3
    until seen=$("$@" 2>&1) && is_number "$seen" && "$order" "$seen" "$bound"; do
        [ "$left" -gt 0 ] || fail "wanted $order $bound of: $*; saw '$seen'"
        sleep 5
        left=$((left - 5))
    done
}
is_number() { printf '%s\n' "$1" | grep -Eq '^[0-9]+([.][0-9]+)?$'; }
at_least() { awk "BEGIN { exit !($1 >= $2) }"; }
at_most() { awk "BEGIN { exit !($1 <= $2) }"; }
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }

# newest QUERIES REGION: a metric's newest value since the step began.
newest() {
    aws cloudwatch get-metric-data --metric-data-queries "$1" --start-time "$begun" --end-time "$(now)" \
        --query 'MetricDataResults[0].Values[0]' --output text --region "$2"
}

# invoked FUNCTION REGION PAYLOAD: fails when the function does, which the exit code of `aws` does not tell. The payload
# goes in as a file, as the two generations of the AWS CLI read it differently as a word.
invoked() {
    told=$(mktemp)
    failure=$(printf '%s' "$3" | aws lambda invoke --function-name "$1" --payload fileb:///dev/stdin \
        --query FunctionError --output text --region "$2" "$told") || failure='the call'
    cat "$told"
    rm -f "$told"
    [ "$failure" = None ] || { tell "$1 failed: $failure"; return 1; }
}

# answer NAME: what a client is told, by whichever of these is here. None of them asks AWS's control planes.
answer() {
    dig +short +time=2 +tries=2 "$1" 2>/dev/null || nslookup "$1" 2>/dev/null || getent hosts "$1" || say '   no answer'
}
"#;

pub(crate) fn of(plan: &Plan, deployment: &Deployment) -> String {
    let mut script = Script { lines: Vec::new(), plan, deployment, confirmed: false };
    script.head();
    for (number, steps, line) in words::groups(plan) {
        if line {
            script.blank();
            script.comment("==== Above this line everything can be undone, below it not. ====");
            script.confirm();
            script.push("line=below");
        }
        script.group(number, steps);
    }
    script.blank();
    script.push("trap - EXIT");
    script.push(format!("say {}", quoted(&format!("done: {}", plan.phrase()))));
    let mut text = script.lines.join("\n");
    text.push('\n');
    text
}

/// A call as the script makes it; `None` where no command says it.
fn said(call: &Call) -> Option<String> {
    if let Call::InvokeFunction { region, function, payload } = call {
        return Some(format!("invoked {} {region} {}", quoted(function.as_str()), quoted(payload)));
    }
    let mut commands = command(call);
    if let Call::SetHealthCheckInverted { .. } = call {
        // Any change takes the check to its next version, an earlier attempt's and its undo too, and what is asked for
        // is the same whatever the version. That it is not made twice is looked at.
        for argv in &mut commands {
            drop_option(argv, "--health-check-version");
        }
    }
    (!commands.is_empty()).then(|| posix(&commands))
}

/// Together with its value.
fn drop_option(argv: &mut Vec<String>, option: &str) {
    if let Some(at) = argv.iter().position(|word| word == option) {
        argv.drain(at..argv.len().min(at + 2));
    }
}

struct Script<'a> {
    lines: Vec<String>,
    plan: &'a Plan,
    deployment: &'a Deployment,
    confirmed: bool,
}

impl Script<'_> {
    fn push(&mut self, line: impl Into<String>) {
        self.lines.push(line.into());
    }

    fn blank(&mut self) {
        self.push("");
    }

    fn comment(&mut self, text: &str) {
        for line in text.lines() {
            self.push(format!("# {line}").trim_end());
        }
    }

    fn head(&mut self) {
        let plan = self.plan;
        self.push("#!/bin/sh");
        self.comment(&plan.phrase());
        self.comment(&format!(
            "Made by Lifeboat from what it saw at {:.0}, and true of that moment: read it before you run it.",
            plan.made_at
        ));
        self.comment(&format!(
            "It is {}, from {} to {}; plan {}.",
            words::mode(plan.mode),
            plan.from,
            plan.to,
            plan.hash()
        ));
        self.comment("It needs a POSIX shell, the AWS CLI with an operator's credentials, and nothing of Lifeboat.");
        self.comment(
            "It stops at the first refusal. To go on after mending, begin again: promotions look before they act.",
        );
        self.comment(&format!("Lost by it: {}.", words::loss_in_short(plan)));
        for note in &plan.notes {
            self.comment(&format!("Note: {note}"));
        }
        let guards: Vec<&str> = plan.guards.iter().map(|guard| guard.as_str()).collect();
        self.comment(&format!("Lifeboat would judge these first, and a script cannot: {}.", guards.join(", ")));
        self.push(PRELUDE.trim_end());
        self.blank();
        if let Some(account) = &plan.account {
            self.comment("In the right account, or not at all.");
            self.push(format!(
                "account=$(aws sts get-caller-identity --query Account --output text --region {})",
                plan.to
            ));
            self.push(format!(
                "[ \"$account\" = {account} ] || fail \"these are credentials of account $account, not of {account}\""
            ));
        }
        if plan.point_of_no_return().is_none() {
            self.confirm();
        }
    }

    /// Once, whether by the line of reversibility or by an approval above it.
    fn confirm(&mut self) {
        if self.confirmed {
            return;
        }
        self.confirmed = true;
        let phrase = self.plan.phrase();
        self.push(format!("say {}", quoted(&format!("Lost from here on: {}.", words::loss_in_short(self.plan)))));
        self.push(format!("confirmed {}", quoted(&phrase)));
    }

    /// Side by side: first what every step asks for, then what each is done by.
    fn group(&mut self, number: usize, steps: &[Step]) {
        self.blank();
        for step in steps {
            self.comment(&format!("{number}. {} [{}, {}]", step.title, step.kind, words::expected(step)));
            if let Reversible::No(reason) = &step.reversible {
                self.comment(&format!("   Cannot be undone: {reason}"));
            }
        }
        self.push("begun=$(now)");
        // A shell does one thing at a time: where some wait for others, each is waited for before the next.
        let in_turn = steps.iter().any(|step| !step.after.is_empty());
        for step in steps {
            self.push(format!("say {}", quoted(&format!("{number}. {}", step.title))));
            self.note_undo(step);
            self.act(step);
            if in_turn {
                self.wait(step);
            }
        }
        if in_turn {
            return;
        }
        for step in steps {
            self.wait(step);
        }
    }

    fn act(&mut self, step: &Step) {
        match step.kind {
            StepKind::Approval => self.approval(),
            StepKind::RestoreLedger => self.restore(),
            StepKind::MuteAlarms
            | StepKind::Notice
            | StepKind::Fence
            | StepKind::PauseConsumers
            | StepKind::AuroraSwitchover
            | StepKind::AuroraFailover
            | StepKind::DynamodbDrain
            | StepKind::S3Backlog
            | StepKind::S3ReverseReplication
            | StepKind::Capacity
            | StepKind::StartConsumers
            | StepKind::Parameter
            | StepKind::HealthCheckInversion
            | StepKind::RecordChange
            | StepKind::StandbyTakesOver
            | StepKind::Accelerator
            | StepKind::Traffic
            | StepKind::Canary
            | StepKind::LambdaInvoke
            | StepKind::WaitFor
            | StepKind::Stack
            | StepKind::DeleteStack
            | StepKind::ManagedKey
            | StepKind::GlobalWriterEndpoint
            | StepKind::SecureParameter
            | StepKind::DeleteParameter
            | StepKind::EmptyBucket
            | StepKind::EmptyVault
            | StepKind::ForeignRecords
            | StepKind::Leftovers
            | StepKind::DetectDrift => {}
        }
        // Alarms that act are a nuisance, and a rule that says until when may have been made for a day gone by.
        let may_fail = step.optional || step.kind == StepKind::MuteAlarms;
        for call in &step.calls {
            let Some(said) = late::said(call, self.plan).or_else(|| said(call)) else {
                self.push(format!(
                    "fail {}",
                    quoted(&format!(
                        "no command says this: {}; do it in the console, and take it out here",
                        step.title
                    ))
                ));
                continue;
            };
            // There may be nothing to clear away.
            let clears = matches!(call, Call::DeleteChangeSet { .. });
            let said = if may_fail || clears {
                format!("{said} || say {}", quoted("   refused; going on without it"))
            } else {
                said
            };
            match waits::unless_done(call) {
                Some(check) => {
                    self.push(format!("if {check}; then"));
                    self.push("    say '   has happened already'");
                    self.push("else");
                    self.push(format!("    {said}"));
                    self.push("fi");
                }
                None => self.push(said),
            }
        }
    }

    /// The first asks for the phrase; one after it asks for a yes.
    fn approval(&mut self) {
        if !self.confirmed {
            return self.confirm();
        }
        self.push("confirmed yes");
    }

    /// For whoever stops before the end: the commands that take a step back, as they stand, in the script's own words.
    fn note_undo(&mut self, step: &Step) {
        let undo = step.undo().unwrap_or_default();
        if undo.is_empty() {
            return;
        }
        self.push(format!("begins{} <<'TAKE_BACK'", if step.temporary { " temporary" } else { "" }));
        self.comment(&step.title);
        for call in &undo {
            match said(call) {
                Some(said) => self.push(said),
                None => self.comment("   no command says this: do it by hand"),
            }
        }
        self.push("TAKE_BACK");
    }

    /// What was temporary, last first. What cannot be put back is said, and keeps nothing else from it.
    fn restore(&mut self) {
        let temporary: Vec<&Step> = self.plan.steps.iter().filter(|step| step.temporary).collect();
        for step in temporary.into_iter().rev() {
            let told = quoted(&format!("   not put back, do it by hand: {}", step.title));
            match step.undo() {
                Some(calls) => {
                    for call in calls {
                        match said(&call) {
                            Some(said) => self.push(format!("{said} || say {told}")),
                            None => self.push(format!("say {told}")),
                        }
                    }
                }
                None => self.push(format!("say {told}")),
            }
        }
        self.push("standing=");
    }

    fn wait(&mut self, step: &Step) {
        if !step.verify.is_empty() {
            self.comment(&format!("Done when, within {}:", span(step.timeout)));
        }
        for condition in &step.verify {
            self.comment(&format!("  {}", words::condition(condition)));
            for line in waits::of(condition, step.timeout, self.plan, self.deployment) {
                self.push(line);
            }
        }
    }
}

#[cfg(test)]
mod tests;
