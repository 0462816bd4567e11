//! The command line, as types for clap. No behaviour: what the words do is in `commands`.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use lifeboat_tui::screens::Screen;

/// A terminal console for two-region disaster recovery on AWS.
///
/// Without a command it opens the console; without a configuration, on the simulator. Without `--operate` it only reads:
/// nothing it can do then changes anything in an account.
#[derive(Debug, Parser)]
#[command(name = "lifeboat", version, propagate_version = false, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Options that mean the same with every command.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Everywhere")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are just that, and exclude nothing")]
pub(crate) struct Globals {
    /// The deployment to look at, by its name in the configuration
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) deployment: Option<String>,
    /// The configuration file
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
    /// Operator access: without it, nothing can be changed
    #[arg(long, global = true)]
    pub(crate) operate: bool,
    /// Nothing can be changed, and access cannot be raised in the console either
    #[arg(long, global = true, conflicts_with = "operate")]
    pub(crate) read_only: bool,
    /// Look at a simulated world: a scenario's name or file [default: calm]
    #[arg(long, global = true, value_name = "SCENARIO", num_args = 0..=1, default_missing_value = "calm")]
    pub(crate) simulate: Option<String>,
    /// The simulated world's seed [default: the scenario's own]
    #[arg(long, global = true, value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// A simulated world without memory, standing still so many seconds after its start
    #[arg(long, global = true, value_name = "SECONDS", value_parser = offset)]
    pub(crate) at_offset: Option<Duration>,
    /// How many times faster than real time a simulated world moves, or `max` [default: 1]
    #[arg(long, global = true, value_name = "N|max")]
    pub(crate) pace: Option<PaceArgument>,
    /// Begin the simulated world anew, forgetting the one that was kept
    #[arg(long, global = true)]
    pub(crate) fresh: bool,
    /// Print JSON instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The colour theme; `lifeboat themes` lists them
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) theme: Option<String>,
    /// No colour; the environment's `NO_COLOR` does the same
    #[arg(long, global = true)]
    pub(crate) no_color: bool,
    /// Draw with ASCII characters only
    #[arg(long, global = true)]
    pub(crate) ascii: bool,
    /// Tell the console as lines of text, for screen readers, pipes and terminals that cannot place text
    #[arg(long, global = true)]
    pub(crate) linear: bool,
    /// The console's screen to open on: overview, replication, health, alarms and so on
    #[arg(long, global = true, value_name = "NAME", value_parser = screen)]
    pub(crate) screen: Option<Screen>,
    /// Where simulated worlds and logs are kept
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) data_dir: Option<PathBuf>,
    /// How much is written to the log file in the data folder [default: info]
    #[arg(long, global = true, value_name = "LEVEL")]
    pub(crate) log_level: Option<LogLevel>,
    /// Set by those commands that may be meant for AWS without a configuration.
    #[arg(skip)]
    pub(crate) on_aws: bool,
    /// The world of the tutorial, under no rule that a configuration gives.
    #[arg(skip)]
    pub(crate) rehearsal: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Both regions at a glance: exits 0 when ready to fail over, 5 when not
    Status(StatusArguments),
    /// Every guard of a runbook with its verdict, evidence, age and fix: exits 3 when one refuses
    Preflight(PreflightArguments),
    /// What a runbook would do now: every call in order, and what it costs
    Plan(PlanArguments),
    /// Carry a runbook out
    Run(RunArguments),
    /// Make what a blueprint describes in two regions, or change what stands to it
    Up(UpArguments),
    /// Take a deployment away, and look for what is left
    Down(DownArguments),
    /// What is no longer as its templates have it; with `--operate`, CloudFormation looks again first
    Drift(DriftArguments),
    /// The runs there were, and those that are due
    Runs,
    /// Go on with a run that stopped or was cut off
    Resume(ResumeArguments),
    /// Give a run up, and take back what can be taken back
    Abort(AbortArguments),
    /// What was done: an append-only log in which no change goes unseen
    #[command(subcommand)]
    Journal(JournalCommand),
    /// What a run did, how long it took and what it lost
    Report(ReportArguments),
    /// Write, show or check the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// A deployment's configuration from an outputs file, from stacks or from a tag
    Import(ImportArguments),
    /// The least-privilege IAM policy, generated from the table of requests
    #[command(subcommand)]
    Iam(IamCommand),
    /// Architectures that can be built in two regions: the built-in ones, and folders of your own
    #[command(subcommand)]
    Blueprints(BlueprintsCommand),
    /// A failover rehearsed step by step, in a simulated world of its own
    Tutorial,
    /// The simulator's scenarios, each with its purpose
    Scenarios,
    /// The colour themes
    Themes,
    /// Completions for a shell, to standard output
    Completions {
        #[arg(value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// The manual page, to standard output
    Man,
    /// The last screen of a session that was written down when something panicked
    #[command(hide = true)]
    Replay {
        #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
}

#[derive(Clone, Debug, Args)]
pub(crate) struct StatusArguments {
    /// How long to wait for AWS altogether
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = some_seconds)]
    pub(crate) timeout: Duration,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct PreflightArguments {
    /// `switchover`, `failover`, `failback`, `drill`, `provision`, `teardown`, or one of your own
    #[arg(value_name = "RUNBOOK")]
    pub(crate) runbook: String,
    #[command(flatten)]
    pub(crate) build: BuildArguments,
    /// How long to wait for AWS altogether
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = some_seconds)]
    pub(crate) timeout: Duration,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct PlanArguments {
    /// `switchover`, `failover`, `failback`, `drill`, `provision`, `teardown`, or one of your own
    #[arg(value_name = "RUNBOOK")]
    pub(crate) runbook: String,
    #[command(flatten)]
    pub(crate) build: BuildArguments,
    /// As text, as JSON, as a script of `aws` commands, or as a paper copy in Markdown [default: text]
    #[arg(long, value_name = "FORM")]
    pub(crate) format: Option<PlanFormat>,
    /// Plan a rehearsal
    #[arg(long)]
    pub(crate) drill: bool,
    /// How long to wait for AWS altogether
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = some_seconds)]
    pub(crate) timeout: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    Text,
    Json,
    AwsCli,
    Markdown,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct RunArguments {
    /// `switchover`, `failover`, `failback`, `drill`, or one of your own
    #[arg(value_name = "RUNBOOK")]
    pub(crate) runbook: String,
    /// Run it as a rehearsal
    #[arg(long)]
    pub(crate) drill: bool,
    /// The phrase that `lifeboat plan` shows, instead of typing it
    #[arg(long, value_name = "PHRASE")]
    pub(crate) confirm: Option<String>,
    /// The hash of the plan that was read: with `--confirm` no other plan is run; alone it notes this person's approval
    /// for somebody else's run
    #[arg(long, value_name = "HASH", num_args = 0..=1, default_missing_value = "")]
    pub(crate) approve: Option<String>,
    /// Go on although a guard refuses, for a reason that is journaled; may be repeated
    #[arg(long = "override", value_name = "GUARD=REASON")]
    pub(crate) overrides: Vec<String>,
    /// Wait until then: RFC 3339, or HH:MM of this machine's time zone
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
    /// Only when a schedule of the configuration wants it by now
    #[arg(long)]
    pub(crate) if_due: bool,
    /// When the incident began, for the report: RFC 3339, or HH:MM of this machine's time zone
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<String>,
}

/// What is to be made.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct BuildArguments {
    /// A blueprint's name, or a folder of the same form [default: the one that the deployment was made from]
    #[arg(value_name = "BLUEPRINT")]
    pub(crate) blueprint: Option<String>,
    /// The deployment's name [default: the blueprint's, with the suffix where that is not the usual one]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// A parameter of the blueprint; may be repeated
    #[arg(long = "param", value_name = "KEY=VALUE")]
    pub(crate) parameters: Vec<String>,
    /// Parameters from a file, in TOML or JSON
    #[arg(long = "param-file", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) parameter_file: Option<PathBuf>,
    /// A tag for everything that is made, beside the blueprint's own; may be repeated
    #[arg(long = "tag", value_name = "KEY=VALUE")]
    pub(crate) tags: Vec<String>,
    /// Where the outputs files are written [default: cfn-outputs]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) outputs: Option<PathBuf>,
    /// In AWS, though nothing is configured yet: without a configuration everything else is on the simulator
    #[arg(long)]
    pub(crate) aws: bool,
}

/// How a plan comes to be carried out.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ApprovalArguments {
    /// The phrase that the plan shows, instead of typing it
    #[arg(long, value_name = "PHRASE")]
    pub(crate) confirm: Option<String>,
    /// The hash of the plan that was read: with `--confirm` no other plan is run; alone it notes this person's approval
    /// for somebody else's run
    #[arg(long, value_name = "HASH", num_args = 0..=1, default_missing_value = "")]
    pub(crate) approve: Option<String>,
    /// Go on although a guard refuses, for a reason that is journaled; may be repeated
    #[arg(long = "override", value_name = "GUARD=REASON")]
    pub(crate) overrides: Vec<String>,
}

impl ApprovalArguments {
    /// Whether the command only notes this person's approval, for somebody else's run.
    pub(crate) fn only_approves(&self) -> bool {
        self.approve.is_some() && self.confirm.is_none()
    }
}

#[derive(Clone, Debug, Args)]
pub(crate) struct UpArguments {
    #[command(flatten)]
    pub(crate) build: BuildArguments,
    #[command(flatten)]
    pub(crate) approval: ApprovalArguments,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DownArguments {
    /// The deployment [default: the one that `--deployment` or the configuration chooses]
    #[arg(value_name = "DEPLOYMENT")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) approval: ApprovalArguments,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct DriftArguments {
    /// The deployment [default: the one that `--deployment` or the configuration chooses]
    #[arg(value_name = "DEPLOYMENT")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) approval: ApprovalArguments,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ResumeArguments {
    /// The run's name [default: the newest that may be gone on with]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// The answer to the question that the run waits with
    #[arg(long, value_name = "ANSWER", conflicts_with = "skip")]
    pub(crate) answer: Option<AnswerArgument>,
    /// Skip the step that the run waits at, for a reason that is journaled
    #[arg(long, value_name = "REASON")]
    pub(crate) skip: Option<String>,
    /// Go on without the region that is to be left: it is lost
    #[arg(long)]
    pub(crate) unplanned: bool,
    /// The phrase of the plan whose approval the run waits for, instead of typing it
    #[arg(long, value_name = "PHRASE", conflicts_with_all = ["answer", "skip", "unplanned"])]
    pub(crate) confirm: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerArgument {
    Yes,
    No,
    Retry,
    Abort,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct AbortArguments {
    /// The run's name [default: the newest that may be gone on with]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum JournalCommand {
    /// How many entries each run has
    List,
    /// Every entry of a run, or of all
    Show {
        #[arg(value_name = "RUN")]
        run: Option<String>,
    },
    /// Write a line beside your name: with the run that is not over, else with the deployment
    Note {
        #[arg(value_name = "TEXT")]
        text: String,
    },
    /// Prove that nothing was changed: exits 6 and names the entry when something was
    Verify,
    /// Every entry as it is stored, a line of JSON each
    Export {
        #[arg(value_name = "RUN")]
        run: Option<String>,
    },
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ReportArguments {
    /// The run's name [default: the newest]
    #[arg(value_name = "RUN")]
    pub(crate) run: Option<String>,
    /// In which form [default: markdown]
    #[arg(long, value_name = "FORM")]
    pub(crate) format: Option<ReportFormat>,
    /// An earlier run to hold it against
    #[arg(long, value_name = "RUN")]
    pub(crate) compare: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Markdown,
    Html,
    Json,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Write a commented configuration; never overwrites one
    Init {
        /// Print it instead of writing it
        #[arg(long)]
        print: bool,
    },
    /// The configuration in effect, with where each value comes from
    Show,
    /// Every mistake in the configuration, with line and fix
    Check,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct ImportArguments {
    /// `flat-outputs.json`, `pulumi-outputs-SUFFIX.json`, or what `pulumi stack output --json` printed
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,
    /// A CloudFormation stack to read resources from; may be repeated
    #[arg(long = "stack", value_name = "NAME", conflicts_with = "file")]
    pub(crate) stacks: Vec<String>,
    /// A tag that every resource of the deployment bears
    #[arg(long, value_name = "KEY=VALUE", conflicts_with_all = ["file", "stacks"])]
    pub(crate) tag: Option<String>,
    /// The deployment's name in the configuration
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// The region that was active when the deployment was built
    #[arg(long, value_name = "REGION")]
    pub(crate) home: Option<String>,
    /// The other region
    #[arg(long, value_name = "REGION")]
    pub(crate) partner: Option<String>,
    /// The AWS profile to read with, and to note in the configuration
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Add the deployment to the configuration file instead of printing it
    #[arg(long)]
    pub(crate) write: bool,
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum BlueprintsCommand {
    /// The built-in blueprints, each with its size and purpose
    List,
    /// What a blueprint makes, from which choices, in which order, and what it costs
    Show {
        /// A built-in blueprint's name, or a folder
        #[arg(value_name = "NAME|FOLDER", value_hint = ValueHint::DirPath)]
        blueprint: String,
    },
    /// A copy of a blueprint's files, to change and use as your own; never overwrites any
    Export {
        /// A built-in blueprint's name, or a folder
        #[arg(value_name = "NAME|FOLDER", value_hint = ValueHint::DirPath)]
        blueprint: String,
        /// Where to: made where it is not there
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
    /// Every mistake in a blueprint and every breach of a rule, with file, line and fix: exits 1 when there is one
    Lint {
        /// A built-in blueprint's name, or a folder [default: all that are built in]
        #[arg(value_name = "NAME|FOLDER", value_hint = ValueHint::DirPath)]
        blueprint: Option<String>,
    },
}

#[derive(Clone, Debug, Subcommand)]
pub(crate) enum IamCommand {
    /// What every screen and command that reads needs, and nothing more
    ReadOnly,
    /// What every runbook needs besides, and nothing more
    Operator,
    /// What making and taking away deployments needs, as a list of policies to be attached together
    Provisioner {
        /// Blueprints, by name or folder [default: all that are built in]
        #[arg(value_name = "BLUEPRINT")]
        blueprints: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogLevel {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// `--pace N|max`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PaceArgument {
    Times(f64),
    Max,
}

impl fmt::Display for PaceArgument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Times(times) => write!(f, "{times}"),
            Self::Max => f.write_str("max"),
        }
    }
}

impl FromStr for PaceArgument {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        match text.parse::<f64>() {
            Ok(times) if times > 0.0 && times <= 1000.0 => Ok(Self::Times(times)),
            Ok(_) | Err(_) => Err("give a number greater than 0 and up to 1000, such as `10`, or `max`".to_owned()),
        }
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let wrong = || "give a number of seconds, such as `600`".to_owned();
    let seconds: f64 = text.strip_suffix('s').unwrap_or(text).parse().map_err(|_| wrong())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| wrong())
}

fn screen(text: &str) -> Result<Screen, String> {
    Screen::named(text).ok_or_else(|| {
        let names: Vec<String> = Screen::ALL.into_iter().map(|screen| screen.title().to_lowercase()).collect();
        format!("the screens are {}", names.join(", "))
    })
}

/// A world is computed second by second from its beginning.
fn offset(text: &str) -> Result<Duration, String> {
    let offset = seconds(text)?;
    if offset > Duration::from_hours(24 * 7) {
        Err("give at most 604800 seconds, a week".to_owned())
    } else {
        Ok(offset)
    }
}

fn some_seconds(text: &str) -> Result<Duration, String> {
    let length = seconds(text)?;
    if length.is_zero() { Err("give at least a fraction of a second".to_owned()) } else { Ok(length) }
}
