//! Every step kind with its meaning, its parameters and an example: the one table from which a runbook's `with` is
//! checked and the reference page is made.

use std::fmt::Write;

use lifeboat_model::runbook::StepKind;

use super::reading::duration;

/// What a parameter's text must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Any text. `{deployment}`, `{runbook}`, `{from}`, `{to}` and `{mode}` stand for what they name.
    Text,
    /// The beginning of names.
    Prefix,
    OneOf(&'static [&'static str]),
    Duration,
    /// A whole number within these bounds.
    Number(u32, u32),
}

impl Form {
    /// Why a text is not of this form; `None` where it is.
    pub(super) fn refuses(self, text: &str) -> Option<String> {
        match self {
            Self::Text => None,
            Self::Prefix => text.is_empty().then(|| "is empty".to_owned()),
            Self::OneOf(choices) => (!choices.contains(&text)).then(|| format!("must be {}", alternatives(choices))),
            Self::Duration => {
                duration(text).is_none().then(|| "must be a duration such as \"90s\" or \"10m\"".to_owned())
            }
            Self::Number(least, most) => (!text.parse::<u32>().is_ok_and(|number| (least..=most).contains(&number)))
                .then(|| format!("must be a whole number from {least} to {most}")),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Prefix => "beginning of names".to_owned(),
            Self::OneOf(choices) => alternatives(choices),
            Self::Duration => "duration".to_owned(),
            Self::Number(least, most) => format!("{least} to {most}"),
        }
    }
}

fn alternatives(choices: &[&str]) -> String {
    let quoted: Vec<String> = choices.iter().map(|choice| format!("\"{choice}\"")).collect();
    match quoted.as_slice() {
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        all => all.join(", "),
    }
}

/// One entry of a step's `with`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static str,
    pub form: Form,
    /// `None` where it must be given.
    pub default: Option<&'static str>,
    pub meaning: &'static str,
    /// As its text.
    pub example: &'static str,
}

/// A step kind, as its author needs to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindReference {
    pub kind: StepKind,
    /// What it does and when it is left out of a plan.
    pub meaning: &'static str,
    pub parameters: &'static [Parameter],
}

impl KindReference {
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// A step of this kind, as a runbook writes it, with every parameter.
    pub fn example(&self) -> String {
        let mut text = format!("[[step]]\nkind = \"{}\"\n", self.kind);
        if !self.parameters.is_empty() {
            let given: Vec<String> = self
                .parameters
                .iter()
                .map(|parameter| format!("{} = \"{}\"", parameter.name, parameter.example))
                .collect();
            text.push_str("with = { ");
            text.push_str(&given.join(", "));
            text.push_str(" }\n");
        }
        text
    }
}

const fn kind(kind: StepKind, parameters: &'static [Parameter], meaning: &'static str) -> KindReference {
    KindReference { kind, meaning, parameters }
}

const FUNCTIONS: Parameter = Parameter {
    name: "functions",
    form: Form::Prefix,
    default: Some(""),
    meaning: "Only the functions whose names begin so; without it, all of the deployment.",
    example: "payment-",
};

const DIRECTIONS: Form = Form::OneOf(&["forward", "reverse", "both"]);

/// Every kind, in the order in which runbooks mostly use them.
pub const KINDS: [KindReference; 22] = [
    kind(
        StepKind::MuteAlarms,
        &[Parameter {
            name: "at-least",
            form: Form::Duration,
            default: Some("1h"),
            meaning: "How long the rule lasts at least where nobody takes it back; it is four times the plan's length where that is longer.",
            example: "2h",
        }],
        "Alarms of both regions stop acting and go on evaluating, by a mute rule that the restore ledger takes back. Left out where there are no alarms.",
    ),
    kind(
        StepKind::Notice,
        &[
            Parameter {
                name: "message",
                form: Form::Text,
                default: Some("{runbook} of {deployment} from {from} to {to}."),
                meaning: "The message.",
                example: "{to} is active.",
            },
            Parameter {
                name: "subject",
                form: Form::Text,
                default: Some("Lifeboat: {runbook} of {deployment}"),
                meaning: "The subject of e-mails: at most 100 ASCII characters are sent.",
                example: "Lifeboat: {deployment}",
            },
        ],
        "The deployment's SNS topics are told. It never stops a run. Left out where there are no topics.",
    ),
    kind(
        StepKind::Fence,
        &[FUNCTIONS],
        "Functions of the region that is left refuse every invocation: their reserved concurrency becomes 0 until the restore ledger puts it back. Only where both regions have functions and something moves the clients; never in unplanned mode.",
    ),
    kind(
        StepKind::PauseConsumers,
        &[FUNCTIONS],
        "Event sources of the region that is left stop delivering. Put back by the restore ledger, unless the other region's begin in the same run. Never in unplanned mode.",
    ),
    kind(
        StepKind::Approval,
        &[Parameter {
            name: "text",
            form: Form::Text,
            default: Some("Go on: what follows cannot all be taken back"),
            meaning: "What is asked.",
            example: "Promote the database in {to}?",
        }],
        "A person says yes before anything below it happens. Whatever cannot be taken back stands below one.",
    ),
    kind(
        StepKind::AuroraSwitchover,
        &[],
        "The Aurora cluster of the region that becomes active becomes the writer, without loss. Planned mode only. Left out without Aurora.",
    ),
    kind(
        StepKind::AuroraFailover,
        &[],
        "The Aurora cluster of the region that becomes active is promoted, and what had not been replicated is lost. Unplanned mode only. Left out without Aurora.",
    ),
    kind(
        StepKind::DynamodbDrain,
        &[
            Parameter {
                name: "factor",
                form: Form::Number(1, 100),
                default: Some("10"),
                meaning: "How many times the recent maximum of the replication latency is waited.",
                example: "20",
            },
            Parameter {
                name: "at-least",
                form: Form::Duration,
                default: Some("1s"),
                meaning: "The least that is waited.",
                example: "30s",
            },
        ],
        "Once writes have stopped, what is on its way in global tables arrives. Left out where the runbook's fence is, for tables of strong consistency, and in unplanned mode.",
    ),
    kind(
        StepKind::S3Backlog,
        &[Parameter {
            name: "direction",
            form: DIRECTIONS,
            default: Some("forward"),
            meaning: "Forward is from the region that is left to the one that becomes active.",
            example: "both",
        }],
        "Nothing waits to be replicated between the buckets. Left out for a direction that replicates nothing or publishes no metrics, for one that clients go on writing to because the runbook's fence is left out, and in unplanned mode.",
    ),
    kind(
        StepKind::S3ReverseReplication,
        &[
            Parameter {
                name: "direction",
                form: DIRECTIONS,
                default: Some("reverse"),
                meaning: "Reverse is from the region that becomes active back to the one that is left.",
                example: "forward",
            },
            Parameter {
                name: "rule",
                form: Form::Prefix,
                default: Some("lifeboat-reverse"),
                meaning: "The name of the rules that are added.",
                example: "back-home",
            },
        ],
        "A direction of S3 replication without an enabled rule gets rules that mirror the other direction's. Left out where there is one, and in unplanned mode.",
    ),
    kind(
        StepKind::Capacity,
        &[Parameter {
            name: "percent",
            form: Form::Number(1, 400),
            default: Some("100"),
            meaning: "The size aimed at, in percent of the active region's.",
            example: "150",
        }],
        "Auto Scaling groups of the region that becomes active are brought to the size of the other region's, never lowered. Left out where they have it.",
    ),
    kind(
        StepKind::StartConsumers,
        &[FUNCTIONS],
        "Event sources of the region that becomes active begin to deliver. Left out where they do.",
    ),
    kind(
        StepKind::Parameter,
        &[],
        "The parameter that names the active region is written: in both regions when planned, else where the run leads. Left out where none is configured.",
    ),
    kind(
        StepKind::Traffic,
        &[],
        "Clients are led to the region that becomes active by whatever the deployment has, data plane first: a lever that the standby pulls, an accelerator, health checks, records.",
    ),
    kind(
        StepKind::StandbyTakesOver,
        &[],
        "Clients move by an object or a metric written in the standby, which an inverted health check watches. No control plane takes part.",
    ),
    kind(
        StepKind::Accelerator,
        &[],
        "Clients move by Global Accelerator's dials and weights: the group that becomes active first, then the other to dial 0 and weight 0.",
    ),
    kind(
        StepKind::HealthCheckInversion,
        &[],
        "Clients move by inverting the health check of the primary record, or by taking that back. Never by disabling it: disabled means healthy.",
    ),
    kind(
        StepKind::RecordChange,
        &[],
        "Clients move by changed records: failover records exchange what they point at, weights are exchanged, a plain name points at the other region.",
    ),
    kind(
        StepKind::Canary,
        &[],
        "A write through the public name is acknowledged and found in every store that can be asked. Left out where no canary is configured.",
    ),
    kind(
        StepKind::LambdaInvoke,
        &[
            Parameter {
                name: "function",
                form: Form::Text,
                default: None,
                meaning: "Its name, one of the deployment's functions.",
                example: "warm-up",
            },
            Parameter {
                name: "region",
                form: Form::OneOf(&["from", "to"]),
                default: Some("to"),
                meaning: "In the region that is left, or in the one that becomes active.",
                example: "to",
            },
            Parameter {
                name: "payload",
                form: Form::Text,
                default: Some("{}"),
                meaning: "The JSON it is given.",
                example: "{}",
            },
        ],
        "A function is invoked and must answer. What it does cannot be taken back, so it stands below an approval.",
    ),
    kind(
        StepKind::WaitFor,
        &[
            Parameter {
                name: "condition",
                form: Form::OneOf(&[
                    "synchronized",
                    "alarms-quiet",
                    "at-risk-at-most",
                    "elapsed",
                    "answers-lead-there",
                    "canary-served",
                ]),
                default: None,
                meaning: "`synchronized`: every member of the Aurora global cluster is. `alarms-quiet`: no alarm of `region` is in ALARM. `at-risk-at-most`: at most `bound` of `store` would be lost. `elapsed`: `length` has passed. `answers-lead-there`: Route 53 answers with the region that becomes active. `canary-served`: as the step `canary`.",
                example: "at-risk-at-most",
            },
            Parameter {
                name: "region",
                form: Form::OneOf(&["from", "to"]),
                default: Some("to"),
                meaning: "For `alarms-quiet`.",
                example: "to",
            },
            Parameter {
                name: "store",
                form: Form::OneOf(&["aurora", "dynamodb", "s3"]),
                default: Some("aurora"),
                meaning: "For `at-risk-at-most`.",
                example: "s3",
            },
            Parameter {
                name: "bound",
                form: Form::Duration,
                default: Some("1s"),
                meaning: "For `at-risk-at-most`.",
                example: "15m",
            },
            Parameter {
                name: "length",
                form: Form::Duration,
                default: Some("1m"),
                meaning: "For `elapsed`.",
                example: "5m",
            },
        ],
        "A condition becomes true. Left out where the deployment has nothing that it is about.",
    ),
    kind(
        StepKind::RestoreLedger,
        &[],
        "What was temporary is put back as it was. Every runbook with a temporary step has one, after everything that changes anything.",
    ),
];

/// What is to be known of a kind.
pub fn of(kind: StepKind) -> &'static KindReference {
    const { assert!(KINDS.len() == StepKind::COMPOSABLE.len(), "every kind has its entry") };
    let [first, ..] = &KINDS;
    KINDS.iter().find(|reference| reference.kind == kind).unwrap_or(first)
}

/// The table as Markdown, for the reference page.
pub fn markdown() -> String {
    let mut text = String::new();
    for reference in &KINDS {
        // Writing to a text cannot fail.
        _ = writeln!(text, "### `{}`\n\n{}\n", reference.kind, reference.meaning);
        if !reference.parameters.is_empty() {
            text.push_str("| parameter | form | default | meaning |\n|---|---|---|---|\n");
            for parameter in reference.parameters {
                let default = match parameter.default {
                    None => "(must be given)".to_owned(),
                    Some("") => "(all)".to_owned(),
                    Some(default) => format!("`{default}`"),
                };
                _ = writeln!(
                    text,
                    "| `{}` | {} | {default} | {} |",
                    parameter.name,
                    parameter.form.words(),
                    parameter.meaning
                );
            }
            text.push('\n');
        }
        _ = writeln!(text, "```toml\n{}```\n", reference.example());
    }
    text
}
