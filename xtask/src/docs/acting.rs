//! Pages about acting: guards, runbooks with the kinds of their steps, the calls that change something, what the journal
//! holds, when a failover is right, and what the simulator can break.

use std::collections::BTreeMap;

use lifeboat_engine::runbooks;
use lifeboat_model::call::{Call, Repetition};
use lifeboat_model::guard::GuardName;
use lifeboat_model::rules::decision::{Advice, Criterion};
use lifeboat_model::runbook::{Direction, Mode, Runbook, StepKind, StepSpec};

use super::source::variants;
use super::table::Table;

const GUARDS: &str = include_str!("../../../crates/model/src/guard.rs");
const KINDS: &str = include_str!("../../../crates/model/src/runbook.rs");
const EVENTS: &str = include_str!("../../../crates/model/src/run.rs");
const FAULTS: &str = include_str!("../../../crates/sim/src/scenario.rs");

/// What the code says of the variant that is spelt so.
fn said_of(source: &str, of: &str, spelt: &str) -> String {
    let found = variants(source, of).into_iter().find(|variant| variant.spelt('-') == spelt);
    found.map(|variant| variant.said).unwrap_or_default()
}

pub(super) fn guards() -> String {
    let table = |names: &mut dyn Iterator<Item = GuardName>| {
        let mut table = Table::new(&["name", "passes when", "can be overridden", "an override outlives its plan"]);
        for guard in names {
            let overridden = if guard.can_be_overridden() { "with a reason" } else { "by nobody" };
            let outlives = match (guard.can_be_overridden(), guard.is_of_any_plan()) {
                (false, _) => "",
                (true, true) => "yes",
                (true, false) => "no",
            };
            table.row([
                format!("`{guard}`"),
                said_of(GUARDS, "GuardName", guard.as_str()),
                overridden.to_owned(),
                outlives.to_owned(),
            ]);
        }
        table
    };
    format!(
        "# Guards\n\nEach is judged as preflight, at planning, at confirmation and again immediately before the step it \
         belongs to. Whatever is not\nknown, or is too old to be trusted, refuses as well. `lifeboat preflight RUNBOOK` \
         and the console's screen `7` show each with its\nevidence, the age of that, and what mends it.\n\n## What \
         runbooks name\n\n{}\n## Of plans that make stacks or take them away\n\n{}",
        table(&mut GuardName::COMPOSABLE.into_iter()),
        table(&mut GuardName::BUILDING.into_iter()),
    )
}

pub(super) fn builtin_runbooks() -> String {
    let mut page = String::from(
        "# Built-in runbooks\n\nOne step here becomes as many as the deployment has resources for it, and none where it \
         has none. Steps of one group that follow\none another go side by side. What cannot be taken back stands below \
         the `approval`: above that line everything can.\n",
    );
    for runbook in runbooks::builtin() {
        page += &describe(&runbook);
    }
    let kinds = |kinds: &mut dyn Iterator<Item = StepKind>| {
        let mut table = Table::new(&["kind", "what it does", "moves traffic", "promotes a database"]);
        for kind in kinds {
            let mark = |so: bool| if so { "yes" } else { "" }.to_owned();
            table.row([
                format!("`{kind}`"),
                said_of(KINDS, "StepKind", kind.as_str()),
                mark(kind.moves_traffic()),
                mark(kind.promotes()),
            ]);
        }
        table
    };
    page += &format!("\n## Kinds of steps\n\n{}", kinds(&mut StepKind::COMPOSABLE.into_iter()));
    page += &format!(
        "\n`provision`, `teardown` and `drift` are made from a blueprint, of these kinds:\n\n{}",
        kinds(&mut StepKind::BUILDING.into_iter())
    );
    page
}

fn describe(runbook: &Runbook) -> String {
    let mode = match runbook.mode {
        Mode::Planned => "planned: both regions take part, and nothing is to be lost",
        Mode::Unplanned => "unplanned: nothing is asked of the region that is left",
    };
    let direction = match runbook.direction {
        Direction::ToStandby => "to the standby",
        Direction::ToHome => "to the home region",
    };
    let drill = if runbook.drill { " It is a rehearsal by itself." } else { "" };
    let guards: Vec<String> = runbook.guards.iter().map(|guard| format!("`{guard}`")).collect();
    let mut table = Table::new(&["#", "kind", "group", "goes on without it", "injects the fault", "guards of its own"]);
    for (index, step) in runbook.steps.iter().enumerate() {
        table.row(row(index, step));
    }
    format!(
        "\n## `{}`\n\n{} It is {mode}; it leads {direction}.{drill}\n\nGuards of the whole run: {}.\n\n{table}",
        runbook.name,
        runbook.purpose,
        guards.join(", ")
    )
}

fn row(index: usize, step: &StepSpec) -> [String; 6] {
    let mark = |so: bool| if so { "yes" } else { "" }.to_owned();
    let guards: Vec<String> = step.guards.iter().map(|guard| format!("`{guard}`")).collect();
    let kind = if step.kind == StepKind::Approval {
        "`approval`: from here on not everything can be taken back".to_owned()
    } else {
        format!("`{}`", step.kind)
    };
    let group = step.group.clone().unwrap_or_default();
    [(index + 1).to_string(), kind, group, mark(step.optional), mark(step.inject), guards.join(", ")]
}

pub(super) fn calls() -> String {
    let mut known: BTreeMap<(&str, &[&str]), Repetition> = BTreeMap::new();
    for call in Call::samples() {
        let place = known.entry((call.operation(), call.iam_actions())).or_insert_with(|| call.repetition());
        // Of several that are sent by one operation the most careful holds.
        if call.repetition() == Repetition::ProbeFirst {
            *place = Repetition::ProbeFirst;
        }
    }
    let mut table = Table::new(&["API operation", "IAM actions", "found begun and not ended"]);
    for ((operation, actions), repetition) in known {
        let actions: Vec<String> = actions.iter().map(|action| format!("`{action}`")).collect();
        let again = match repetition {
            Repetition::Idempotent => "sent again: twice is as once",
            Repetition::ProbeFirst => "looked for first: twice may undo, fail or duplicate",
        };
        table.row([format!("`{operation}`"), actions.join(", "), again.to_owned()]);
    }
    format!(
        "# What is changed\n\nLifeboat sends these operations and no others that change anything, and none of them without \
         an approved plan that names it with\nall its arguments. `lifeboat iam operator` prints the policy that allows \
         just those of your deployment. What is only read is in\n[What is read](reads.md).\n\n{table}"
    )
}

pub(super) fn events() -> String {
    let mut table = Table::new(&["event", "what it says", "fields"]);
    for variant in variants(EVENTS, "RunEvent") {
        let fields: Vec<String> = variant.fields.iter().map(|field| format!("`{field}`")).collect();
        table.row([format!("`{}`", variant.spelt('_')), variant.said.clone(), fields.join(", ")]);
    }
    format!(
        "# Events of the journal\n\nEach entry has its `sequence`, `run`, `deployment`, time (`at`) and the hashes that \
         bind it to the entry before; what happened\nstands in `event`, with these fields. `lifeboat journal show --json` \
         prints them as they are kept.\n\n{table}"
    )
}

fn list(all: impl Iterator<Item = &'static str>) -> String {
    all.map(|words| format!("- {words}")).collect::<Vec<_>>().join("\n")
}

pub(super) fn decision() -> String {
    let criteria = list(Criterion::ALL.into_iter().map(Criterion::words));
    let advice = list(Advice::ALL.into_iter().map(Advice::words));
    format!(
        "# Whether to fail over\n\nThe decision card (`D`) holds these criteria against what is known, each with its \
         evidence and the age of that. A criterion of\nwhich nothing is known, or nothing new enough, is unknown: it \
         never counts for a failover. The card decides nothing.\n\nFor a failover to be right it must hold that\n\n{criteria}\n\n## What it says\n\n{advice}"
    )
}

pub(super) fn faults() -> String {
    let mut table = Table::new(&["kind", "what it breaks", "fields"]);
    for variant in variants(FAULTS, "FaultKind") {
        let fields: Vec<String> = variant.fields.iter().map(|field| format!("`{field}`")).collect();
        table.row([format!("`{}`", variant.spelt('-')), variant.said.clone(), fields.join(", ")]);
    }
    format!(
        "## What can be broken\n\nEach fault of a scenario is of one of these kinds, and holds `from` a second of the scenario, `until` another one.\n\n{table}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assert_said(source: &str, of: &str) {
        let all = variants(source, of);
        assert!(!all.is_empty(), "{of}");
        for variant in all {
            assert!(!variant.said.is_empty(), "{of}::{} says nothing of itself", variant.name);
        }
    }

    #[test]
    fn everything_that_a_page_lists_says_what_it_is() {
        for (source, of) in [(GUARDS, "GuardName"), (KINDS, "StepKind"), (EVENTS, "RunEvent"), (FAULTS, "FaultKind")] {
            assert_said(source, of);
        }
    }

    #[test]
    fn what_is_spelt_from_the_source_is_what_the_program_spells() {
        let spelt: Vec<String> = variants(GUARDS, "GuardName").iter().map(|variant| variant.spelt('-')).collect();
        assert_eq!(spelt, GuardName::all().map(GuardName::as_str).collect::<Vec<_>>());
        let kinds = StepKind::COMPOSABLE.into_iter().chain(StepKind::BUILDING);
        let spelt: Vec<String> = variants(KINDS, "StepKind").iter().map(|variant| variant.spelt('-')).collect();
        assert_eq!(spelt, kinds.map(StepKind::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn the_page_of_the_journal_names_what_stands_beside_runs() {
        let page = events();
        for event in ["run_started", "incident_declared", "incident_closed", "access_raised", "access_lowered"] {
            assert!(page.contains(&format!("`{event}`")), "{event}\n{page}");
        }
    }
}
