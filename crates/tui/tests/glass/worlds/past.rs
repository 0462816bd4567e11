//! A journal of some nights, as it is told to the glass.

use std::collections::BTreeMap;
use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::call::Call;
use lifeboat_model::document::Document;
use lifeboat_model::objective::Objectives;
use lifeboat_model::plan::StepId;
use lifeboat_model::port::Reality;
use lifeboat_model::run::{LedgerItem, Measured, RunId, RunOutcome};
use lifeboat_tui::archive::{Chain, JournalLine, Outstanding, PastRun, Place, Query, Shelf, WINDOW, Window};
use lifeboat_tui::theme::Role;
use lifeboat_tui::{Effect, Model, Msg, update};

use super::runs::operator;
use super::{HOME, NAME, PARTNER, ago, now};

const DAY: u64 = 86_400;

fn measured(rto_s: Option<u64>, aurora_ms: u64, dynamo: Option<u64>) -> Measured {
    Measured {
        rto: rto_s.map(Duration::from_secs),
        rto_at_least: rto_s.is_none().then_some(Duration::from_secs(12)),
        rpo: BTreeMap::from([
            (StoreKind::Aurora, Some(Duration::from_millis(aurora_ms))),
            (StoreKind::DynamoDb, dynamo.map(Duration::from_secs)),
        ]),
        ..Measured::default()
    }
}

fn run(id: &str, runbook: &str, began: u64, length: u64, outcome: Option<RunOutcome>) -> PastRun {
    PastRun {
        id: RunId::new(format!("{NAME}-{id}")),
        runbook: runbook.into(),
        drill: false,
        reality: Some(Reality::Live),
        from: HOME.into(),
        to: PARTNER.into(),
        started_at: ago(began),
        last_at: ago(began - length),
        outcome,
        by: operator(),
        entries: 240,
        objectives: Objectives {
            rpo: Some(Duration::from_mins(1)),
            rto: Some(Duration::from_mins(15)),
            ..Objectives::default()
        },
        measured: None,
        builds: false,
        holder: None,
    }
}

/// One of each: cut off, completed within its objectives, beyond them, not seen whole, a rehearsal elsewhere, stacks.
pub(crate) fn runs() -> Vec<PastRun> {
    let mut all = vec![
        run("failover-20260228-213012", "failover", DAY / 2, 312, None),
        run("switchover-20260227-140007", "switchover", 2 * DAY, 252, Some(RunOutcome::Completed)),
        run("failover-20260220-031455", "failover", 9 * DAY, 2_110, Some(RunOutcome::Failed)),
        run("failback-20260214-080000", "failback", 15 * DAY, 640, Some(RunOutcome::Stopped)),
        run("failover-20260201-120000", "failover", 28 * DAY, 180, Some(RunOutcome::Completed)),
        run("provision-20260101-090000", "provision", 59 * DAY, 1_840, Some(RunOutcome::Completed)),
    ];
    all[1].drill = true;
    all[1].measured = Some(measured(Some(32), 0, Some(9)));
    all[2].measured = Some(measured(Some(1_022), 74_200, Some(12)));
    all[3].measured = Some(measured(None, 0, None));
    all[4].measured = Some(measured(Some(41), 0, Some(0)));
    all[4].reality = Some(Reality::Simulated("region-loss".to_owned()));
    all[5].builds = true;
    all
}

pub(crate) fn outstanding() -> Vec<Outstanding> {
    let unmute = Call::UnmuteAlarms {
        region: PARTNER.into(),
        rule: "lifeboat-payments".to_owned(),
        alarms: vec!["payments-5xx".into()],
        until: ago(0),
    };
    let item = |step: &str, what: &str, restore| LedgerItem { step: StepId::new(step), what: what.to_owned(), restore };
    let runs = runs();
    vec![
        Outstanding {
            run: runs[2].id.clone(),
            runbook: "failover".into(),
            is_open: false,
            item: item("mute-1", "the actions of 4 alarms muted in us-east-2", vec![unmute.clone()]),
            since: ago(9 * DAY - 4),
            kept: Some("us-east-2 does not answer".to_owned()),
        },
        Outstanding {
            run: runs[0].id.clone(),
            runbook: "failover".into(),
            is_open: true,
            item: item("mute-2", "the actions of 1 alarm muted in us-east-1", vec![unmute]),
            since: ago(DAY / 2 - 10),
            kept: None,
        },
    ]
}

pub(crate) fn line(sequence: u64) -> JournalLine {
    let (event, role, text) = match sequence % 5 {
        0 => ("step_ended", Role::Ok, "done in 61.0 s: Promote payments-partner in us-east-2".to_owned()),
        1 => ("canary_written", Role::Muted, "canary: acknowledged".to_owned()),
        2 => ("canary_written", Role::Danger, "canary: FAILED: connection refused".to_owned()),
        3 => ("question", Role::Caution, "QUESTION: Promote payments-partner: retry it, skip it?".to_owned()),
        _ => ("step_started", Role::Text, "begun: Promote payments-partner in us-east-2".to_owned()),
    };
    JournalLine {
        sequence,
        run: runs()[0].id.clone(),
        at: Some(ago(DAY / 2 + 10_000 - sequence)),
        event: event.to_owned(),
        role,
        text,
        hash: format!("{:012x}", sequence.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16),
    }
}

/// What of a journal of this many entries is held when this is asked for.
pub(crate) fn window(query: &Query, total: u64) -> Window {
    let mut all: Vec<u64> = (1..=total).collect();
    if !query.oldest_first {
        all.reverse();
    }
    let last = all.len().saturating_sub(WINDOW);
    let offset = match query.place {
        Place::Start => 0,
        Place::End => last,
        Place::Around(wanted) => {
            let index = all.iter().position(|sequence| *sequence == wanted).unwrap_or(0);
            index.saturating_sub(WINDOW / 2).min(last)
        }
    };
    let lines = all.iter().skip(offset).take(WINDOW).map(|sequence| line(*sequence)).collect();
    Window { lines, offset, total: all.len() }
}

pub(crate) fn shelf(query: &Query, total: u64) -> Shelf {
    Shelf {
        file: Some("/var/lib/lifeboat".to_owned()),
        exists: true,
        newest: total,
        runs: Ok(runs()),
        older_runs: 0,
        outstanding: Ok(outstanding()),
        window: Ok(window(query, total)),
    }
}

pub(crate) fn whole(entries: u64) -> Msg {
    let chain = Chain::Whole { entries, hash: format!("{:064x}", 0x5eed), unattested: None };
    Msg::Verified { at: ago(5), chain }
}

pub(crate) fn broken() -> Msg {
    let why = "its content is not what was hashed when it was written: it was changed".to_owned();
    Msg::Verified { at: ago(5), chain: Chain::Broken { sequence: 731, run: Some(runs()[2].id.clone()), why } }
}

/// Answers what the glass asks of the journal, until it asks for nothing more.
pub(crate) fn answer(model: &mut Model, effects: Vec<Effect>, tell: &dyn Fn(&Query) -> Result<Shelf, String>) {
    let mut effects = effects;
    while let Some(effect) = effects.pop() {
        if let Effect::ReadJournal { deployment, query } = effect {
            let outcome = tell(&query).map(|shelf| Some(Box::new(shelf)));
            effects.extend(update(model, Msg::Journal { deployment, query, at: now(), outcome }));
        }
    }
}

/// A report as it is made of a run.
pub(crate) fn document() -> Document {
    let mut document = Document::default();
    document.title("Run payments-failover-20260220-031455: failover of payments");
    document.warning("Not everything temporary was put back: see the restore ledger (1).");
    document.paragraph(
        "Failed: unplanned failover from us-east-1 to us-east-2, in 35 min 10 s (the plan said 4 min). Clients could \
         not write for 17 min 2 s, which misses the objective of 15 min.",
    );
    document.list(vec!["drill: no".to_owned(), "where: AWS".to_owned()]);
    document.heading("RTO and RPO");
    document.table(
        ["", "measured", "objective", "", "predicted", "truth"],
        vec![
            ["RTO", "17 min 2 s", "15 min", "MISSED", "1 min 35 s", "\u{2014}"].map(str::to_owned),
            ["RPO Aurora", "1 min 14.2 s", "1 min", "MISSED", "1.3 s", "\u{2014}"].map(str::to_owned),
        ],
    );
    document.heading("Steps");
    document.table(
        ["group", "step", "outcome", "expected", "actual", "attempts"],
        vec![
            ["1", "Mute the actions of 4 alarms in us-east-2", "done", "2 s", "1.2 s", "1"].map(str::to_owned),
            [
                "2",
                "Promote payments-partner in us-east-2, whatever the old writer says",
                "FAILED",
                "1 min 12 s",
                "31 min",
                "3",
            ]
            .map(str::to_owned),
        ],
    );
    document.heading("Calls");
    document.literal(
        "aws rds failover-global-cluster --global-cluster-identifier payments-global --target-db-cluster-identifier \
         arn:aws:rds:us-east-2:123456789012:cluster:payments-partner --allow-data-loss --region us-east-2",
    );
    document
}
