//! A full tour of every command and every screen sends nothing but questions: a recording proxy sees every request.

use std::collections::BTreeSet;

use lifeboat_model::read::OPERATIONS;
use lifeboat_tui::action::{Action, Context};
use lifeboat_tui::screens::Screen;

use crate::it::console::pty::{Console, Start};
use crate::it::harness::ministack;
use crate::it::program::Deployed;

/// The verbs of operations that change nothing.
const QUESTIONS: [&str; 6] = ["Get", "Describe", "Head", "List", "Test", "Validate"];

/// What the table of reads allows.
fn allowed() -> BTreeSet<String> {
    OPERATIONS.iter().map(|operation| operation.name.to_owned()).collect()
}

fn assert_only_questions(deployed: &Deployed, by: &str) -> BTreeSet<String> {
    let seen: BTreeSet<String> = deployed.proxy.take().into_iter().map(|request| request.operation).collect();
    let others: BTreeSet<_> = seen.difference(&allowed()).cloned().collect();
    assert!(others.is_empty(), "{by} sends {others:?}, which the table of reads does not name");
    seen
}

#[test]
fn the_table_of_reads_names_nothing_but_questions() {
    for operation in OPERATIONS {
        let asks = QUESTIONS.iter().any(|verb| operation.name.starts_with(verb));
        assert!(asks, "{}", operation.name);
        if let Some(iam) = operation.iam {
            let (_, action) = iam.split_once(':').expect("an IAM action is `service:Action`");
            assert!(QUESTIONS.iter().any(|verb| action.starts_with(verb)), "{iam}");
        }
    }
}

#[test]
fn every_command_only_asks() {
    let deployed = Deployed::on(ministack());
    let stack = deployed.filled.text("home_stack").to_owned();
    let tag = format!("Deployment={}", deployed.filled.text("suffix"));
    let regions = ["--home", "us-east-1", "--partner", "us-east-2"];
    let commands: Vec<Vec<&str>> = vec![
        vec!["status"],
        vec!["status", "--json"],
        vec!["--operate", "status", "--json"],
        vec!["config", "show"],
        vec!["config", "check"],
        vec!["config", "init", "--print"],
        [&["import", "--stack", stack.as_str()][..], &regions].concat(),
        [&["import", "--tag", tag.as_str()][..], &regions].concat(),
        vec!["iam", "read-only"],
        vec!["scenarios"],
        vec!["themes"],
        vec!["completions", "bash"],
        vec!["man"],
    ];
    deployed.proxy.take();
    for command in commands {
        let ran = deployed.run(&command);
        assert!(matches!(ran.code, Some(0 | 5)), "{command:?}: {ran:?}");
        let seen = assert_only_questions(&deployed, &format!("{command:?}"));
        let asks_aws = matches!(command[0], "status" | "--operate" | "import");
        assert_eq!(!seen.is_empty(), asks_aws, "{command:?} sends {seen:?}");
    }
}

/// The escape key in the one encoding that the next byte cannot change the meaning of (kitty's, which every terminal
/// library reads): a bare 0x1b and a digit after it are Alt and the digit.
const ESCAPE: &str = "\x1b[27u";

/// The keys of an action that can be typed as they are written.
fn typed(action: Action) -> Vec<String> {
    let named = [("up", "\x1b[A"), ("down", "\x1b[B"), ("enter", "\r"), ("tab", "\t"), ("esc", ESCAPE)];
    let keys = action.entry().keys.iter();
    keys.filter_map(|key| {
        let sequence = named.iter().find(|(name, _)| name == key).map(|(_, sequence)| (*sequence).to_owned());
        sequence.or_else(|| (key.chars().count() == 1).then(|| (*key).to_owned()))
    })
    .collect()
}

pub(crate) fn live_console(deployed: &Deployed) -> Console {
    let configuration = deployed.configuration.to_str().expect("a temporary path is UTF-8");
    let variables = deployed.account.variables();
    let start = variables
        .iter()
        .filter(|(name, _)| name.starts_with("AWS_"))
        .fold(Start::new(&["--config", configuration]).size(200, 60), |start, (name, value)| start.env(name, value));
    start.run()
}

/// Goes to a screen, and waits until everything typed before has been taken: the palette shows what is typed last.
fn go_to(console: &mut Console, number: &str, screen: Screen) {
    let last = format!("is-it-{number}-yet");
    console.press(&format!(":{last}"));
    console.wait_for(&[&last]);
    console.press(ESCAPE);
    console.wait_gone(&last);
    console.press(number);
    console.wait_for(&[&format!("▸{number} {}", screen.title())]);
}

/// The page that says where the paper is opens once it is written, over whatever is shown by then: it is waited for.
fn wait_for_paper(console: &Console) {
    console.wait("what became of the paper copy", |screen| {
        let contents = screen.contents();
        ["On paper", "there is no paper copy"].iter().any(|said| contents.contains(said))
    });
}

#[test]
fn every_key_of_every_screen_only_asks() {
    let deployed = Deployed::on(ministack());
    deployed.proxy.take();
    let mut console = live_console(&deployed);
    console.wait_for(&["LIVE", "us-east-1", "us-east-2", "ACTIVE", "STANDBY"]);
    // Keys that act on a runbook act on nothing before the first judgement.
    console.press("7");
    console.wait_for(&["Guards of switchover"]);
    for (number, screen) in ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0"].into_iter().zip(Screen::ALL) {
        go_to(&mut console, number, screen);
        for action in
            Action::ALL.iter().copied().filter(|action| !matches!(action, Action::Quit | Action::QuitAnywhere))
        {
            if !action.entry().contexts.contains(Context::Screen(screen)) {
                continue;
            }
            for key in typed(action) {
                console.press(&key);
                if action == Action::PrintPlan {
                    wait_for_paper(&console);
                }
                // Whatever it opened is closed again, and the screen is the one of this turn.
                console.press(ESCAPE);
                console.press(ESCAPE);
                console.press(number);
            }
        }
        // A terminal holds but so many keys that are not read yet: none may be lost.
        go_to(&mut console, number, screen);
    }
    console.press("q");
    assert!(console.ended().success());
    let seen = assert_only_questions(&deployed, "the console");
    // The tour went everywhere: each service of the deployment was asked, and nothing that it has not got, that only
    // discovery asks, or that is asked of stacks that are not at rest, to be made or to be taken away.
    let never: BTreeSet<String> = [
        "DescribeAvailabilityZones",
        "DescribeChangeSet",
        "DescribeDBClusterSnapshots",
        "DescribeDBEngineVersions",
        "DescribeKey",
        "DescribeLogGroups",
        "DescribeParameters",
        "DescribeStackDriftDetectionStatus",
        "DescribeStackResourceDrifts",
        "GetTemplate",
        "HeadBucket",
        "ListAliases",
        "ListBackupVaults",
        "ListMultipartUploads",
        "ListObjectVersions",
        "ListSecrets",
        "ValidateTemplate",
        "DescribeStackEvents",
        "DescribeAccelerator",
        "ListListeners",
        "ListEndpointGroups",
        "GetServiceQuota",
        "ListStackResources",
        "GetResources",
    ]
    .map(str::to_owned)
    .into();
    assert_eq!(seen, allowed().difference(&never).cloned().collect());
}

#[test]
fn the_console_shows_what_another_client_put() {
    let deployed = Deployed::on(ministack());
    let mut console = live_console(&deployed);
    console.wait_for(&["LIVE", deployed.filled.text("account"), "ACTIVE", "STANDBY"]);
    console.press("2");
    // 412 ms of Aurora's lag, 640 ms of DynamoDB's, 17 objects waiting in S3.
    console.wait_for(&["412", "640", "17"]);
    console.press("4");
    console.wait_for(&["dr-health-check", "ALARM"]);
    console.press("q");
    assert!(console.ended().success());
}

#[test]
fn the_console_follows_a_switchover_made_elsewhere() {
    let deployed = Deployed::on(ministack());
    let mut console = live_console(&deployed);
    console.wait_for(&["LIVE", "ACTIVE", "STANDBY"]);
    let contents = console.contents();
    let before = roles_in(&contents);
    deployed.account.boto("swap.py", &["--global-cluster", deployed.filled.text("global_cluster"), "--lag-ms", "77"]);
    console.press("r");
    console.wait("the roles to be exchanged", |screen| {
        let contents = screen.contents();
        let now = roles_in(&contents);
        now.len() == before.len() && now.iter().rev().eq(before.iter())
    });
    console.press("q");
    assert!(console.ended().success());
}

/// The roles in the order in which a row of the screen shows them.
fn roles_in(contents: &str) -> Vec<&str> {
    let row = contents.lines().find(|line| line.contains("ACTIVE") && line.contains("STANDBY")).unwrap_or_default();
    let mut found: Vec<_> =
        ["ACTIVE", "STANDBY"].into_iter().filter_map(|role| Some((row.find(role)?, role))).collect();
    found.sort_unstable();
    found.into_iter().map(|(_, role)| role).collect()
}
