//! Runbooks as users write them: what is read, and every mistake with its line and fix.

use lifeboat_engine::runbooks::{self, reference};
use lifeboat_model::runbook::{Direction, Mode, StepKind};
use proptest::prelude::*;

#[test]
fn the_built_in_runbooks_are_without_mistakes() {
    let names: Vec<String> = runbooks::builtin().iter().map(|runbook| runbook.name.to_string()).collect();
    assert_eq!(names, ["switchover", "failover", "failback", "drill"]);
    for (origin, source) in runbooks::sources() {
        assert_eq!(runbooks::parse(source, origin).err(), None, "{origin}");
    }
}

const WHOLE: &str = r#"
name = "evacuate"
purpose = "Leave with a warm-up."
mode = "planned"
direction = "to-home"
guards = ["lag", "parity"]

[[step]]
kind = "approval"
title = "Promote in {to}?"

[[step]]
kind = "aurora-switchover"
group = "promote"
timeout = "20m"
guards = ["standby-health"]

[[step]]
kind = "lambda-invoke"
group = "promote"
optional = true
with = { function = "warm-up", payload = '{"hot":true}' }

[[step]]
kind = "capacity"
[step.with]
percent = 150

[[step]]
kind = "traffic"
"#;

#[test]
fn a_runbook_is_read_as_it_was_written() {
    let runbook = runbooks::parse(WHOLE, "evacuate.toml").unwrap();
    assert_eq!((runbook.mode, runbook.direction, runbook.drill), (Mode::Planned, Direction::ToHome, false));
    let kinds: Vec<StepKind> = runbook.steps.iter().map(|step| step.kind).collect();
    assert_eq!(
        kinds,
        [StepKind::Approval, StepKind::AuroraSwitchover, StepKind::LambdaInvoke, StepKind::Capacity, StepKind::Traffic]
    );
    let invoke = &runbook.steps[2];
    assert_eq!((invoke.optional, invoke.line, invoke.with["payload"].as_str()), (true, 18, "{\"hot\":true}"));
    assert_eq!(runbook.steps[1].timeout.map(|it| it.as_secs()), Some(1200));
    assert_eq!(runbook.steps[3].with["percent"], "150");
}

/// Each a runbook that somebody may write, with all that is wrong with it.
const MISTAKEN: [(&str, &str); 20] = [
    ("not-toml", "name = \"a\"\npurpose = \n"),
    ("empty", ""),
    (
        "unknown-keys",
        "nam = \"a\"\npurpose = \"b\"\nmode = \"planed\"\ndirection = \"home\"\nowner = 1\n\n[[step]]\nkind = \"canary\"\ntimout = \"1m\"\n",
    ),
    ("wrong-types", "name = 1\npurpose = true\nmode = \"planned\"\ndrill = \"yes\"\nguards = \"lag\"\nstep = 3\n"),
    ("no-name", "name = \"My Runbook\"\npurpose = \" \"\nmode = \"planned\"\n[[step]]\nkind = \"canary\"\n"),
    (
        "unknown-kinds",
        "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n[[step]]\nkind = \"aurora-switch-over\"\n[[step]]\nkind = \"reboot\"\n[[step]]\ngroup = \"x\"\n",
    ),
    (
        "unknown-guards",
        "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\nguards = [\n  \"lags\",\n  \"lag\",\n  \"lag\",\n  7,\n]\n[[step]]\nkind = \"canary\"\nguards = [\"healthy\"]\n",
    ),
    (
        "bad-durations",
        "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n[[step]]\nkind = \"canary\"\ntimeout = \"soon\"\n[[step]]\nkind = \"s3-backlog\"\ntimeout = \"-1m\"\n[[step]]\nkind = \"wait-for\"\nwith = { condition = \"elapsed\", length = \"1 fortnight\" }\n",
    ),
    (
        "parameters",
        "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n[[step]]\nkind = \"canary\"\nwith = { nonce = \"1\" }\n[[step]]\nkind = \"dynamodb-drain\"\nwith = { factr = 5 }\n[[step]]\nkind = \"dynamodb-drain\"\nwith = { factor = 0 }\n[[step]]\nkind = \"s3-backlog\"\nwith = { direction = \"back\" }\n[[step]]\nkind = \"wait-for\"\n[[step]]\nkind = \"capacity\"\nwith = 5\n[[step]]\nkind = \"notice\"\nwith = { message = [\"a\"] }\n",
    ),
    (
        "traffic-first",
        "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n[[step]]\nkind = \"approval\"\n[[step]]\nkind = \"traffic\"\n[[step]]\nkind = \"parameter\"\n[[step]]\nkind = \"start-consumers\"\n[[step]]\nkind = \"aurora-switchover\"\n[[step]]\nkind = \"aurora-switchover\"\n",
    ),
    (
        "side-by-side",
        "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n[[step]]\nkind = \"approval\"\n[[step]]\nkind = \"aurora-switchover\"\ngroup = \"all\"\n[[step]]\nkind = \"traffic\"\ngroup = \"all\"\n[[step]]\nkind = \"canary\"\ngroup = \"all\"\n",
    ),
    (
        "drained-while-fencing",
        "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n[[step]]\nkind = \"fence\"\ngroup = \"one\"\n[[step]]\nkind = \"dynamodb-drain\"\ngroup = \"one\"\n[[step]]\nkind = \"restore-ledger\"\n",
    ),
    (
        "no-approval",
        "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n[[step]]\nkind = \"aurora-switchover\"\n[[step]]\nkind = \"approval\"\n[[step]]\nkind = \"lambda-invoke\"\nwith = { function = \"f\" }\n",
    ),
    (
        "no-ledger",
        "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n[[step]]\nkind = \"mute-alarms\"\n[[step]]\nkind = \"canary\"\n",
    ),
    (
        "after-the-ledger",
        "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n[[step]]\nkind = \"mute-alarms\"\n[[step]]\nkind = \"restore-ledger\"\n[[step]]\nkind = \"traffic\"\n[[step]]\nkind = \"restore-ledger\"\n",
    ),
    (
        "groups-apart",
        "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n[[step]]\nkind = \"capacity\"\ngroup = \"one\"\n[[step]]\nkind = \"canary\"\n[[step]]\nkind = \"start-consumers\"\ngroup = \"one\"\n[[step]]\nkind = \"notice\"\ngroup = \" \"\n",
    ),
    (
        "wrong-mode",
        "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n[[step]]\nkind = \"approval\"\n[[step]]\nkind = \"aurora-failover\"\n",
    ),
    (
        "asks-the-lost",
        "name = \"a\"\npurpose = \"b\"\nmode = \"unplanned\"\n[[step]]\nkind = \"fence\"\n[[step]]\nkind = \"approval\"\n[[step]]\nkind = \"aurora-switchover\"\n[[step]]\nkind = \"lambda-invoke\"\nwith = { function = \"f\", region = \"from\" }\n[[step]]\nkind = \"restore-ledger\"\n",
    ),
    (
        "decisive-and-optional",
        "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n[[step]]\nkind = \"approval\"\noptional = true\n[[step]]\nkind = \"traffic\"\noptional = true\n[[step]]\nkind = \"canary\"\ninject = true\n",
    ),
    ("idle-drill", "name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\ndrill = true\n[[step]]\nkind = \"canary\"\n"),
];

#[test]
fn every_mistake_is_told_at_once_with_its_line_and_fix() {
    let mut text = String::new();
    for (name, source) in MISTAKEN {
        let mistakes = runbooks::parse(source, &format!("{name}.toml")).expect_err(name);
        assert!(mistakes.iter().all(|mistake| !mistake.fix.is_empty() && mistake.line >= 1), "{mistakes:?}");
        let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
        text.push_str(&lines.join("\n"));
        text.push_str("\n\n");
    }
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("plans");
    settings.bind(|| insta::assert_snapshot!("mistakes", text));
}

#[test]
fn every_kinds_example_is_read_with_its_parameters() {
    for reference in &reference::KINDS {
        let example = reference.example();
        let source = format!("name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n\n{example}");
        let of_the_step: Vec<String> = match runbooks::parse(&source, "example") {
            Ok(_) => Vec::new(),
            // What stands around it is another matter.
            Err(mistakes) => mistakes
                .iter()
                .map(ToString::to_string)
                .filter(|mistake| mistake.contains("parameter") || mistake.contains("there is no"))
                .collect(),
        };
        assert_eq!(of_the_step, [""; 0], "{example}");
        for parameter in reference.parameters {
            let default = parameter.default.unwrap_or(parameter.example);
            let with =
                format!("[[step]]\nkind = \"{}\"\nwith = {{ {} = '{default}' }}\n", reference.kind, parameter.name);
            let source = format!("name = \"a\"\npurpose = \"b\"\nmode = \"planned\"\n\n{with}");
            let refused = runbooks::parse(&source, "default").err().unwrap_or_default();
            let of_it = refused.iter().filter(|it| it.what.starts_with(&format!("`{}` is", parameter.name)));
            assert_eq!(of_it.filter(|_| default.len() > 1).count(), 0, "{with}: {refused:?}");
        }
    }
}

#[test]
fn the_reference_page_holds_the_table_of_kinds() {
    let page = include_str!("../../../../docs/runbooks.md");
    let table = reference::markdown();
    assert!(page.trim_end().ends_with(table.trim_end()), "docs/runbooks.md must end with:\n{table}");
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        drop(runbooks::parse(&text, "any"));
    }

    /// Near what is right: lines left out, doubled, exchanged and cut.
    #[test]
    fn no_change_of_a_runbook_makes_the_reader_panic(
        which in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..4_u8), 1..12),
    ) {
        let source = runbooks::sources().nth(which).unwrap().1;
        let mut lines: Vec<String> = source.lines().map(str::to_owned).collect();
        for (one, other, what) in changes {
            if lines.is_empty() {
                break;
            }
            let (one, other) = (one.index(lines.len()), other.index(lines.len()));
            match what {
                0 => { lines.remove(one); }
                1 => { let line = lines[other].clone(); lines.insert(one, line); }
                2 => lines.swap(one, other),
                _ => { let cut: String = lines[one].chars().take(other).collect(); lines[one] = cut; }
            }
        }
        if let Err(mistakes) = runbooks::parse(&lines.join("\n"), "changed") {
            prop_assert!(!mistakes.is_empty());
            prop_assert!(mistakes.iter().all(|mistake| (1..=lines.len().max(1) + 1).contains(&mistake.line)));
        }
    }
}
