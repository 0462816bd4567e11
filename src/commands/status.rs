//! `lifeboat status`: everything read once, judged, and told as text or JSON. Unknown is not ready.

use std::sync::Arc;

use color_eyre::Result;
use lifeboat_engine::watch::cost::{Counts, Meter};
use lifeboat_engine::watch::refresh_once;
use lifeboat_model::assessment::{Assessment, CostRate, RunHistory};
use lifeboat_model::port::Reality;
use lifeboat_model::read::Tempo;
use lifeboat_model::rules::{self, reads};
use lifeboat_model::snapshot::Snapshot;

use crate::cli::StatusArguments;
use crate::commands::Context;
use crate::exit::{Exit, Failure};
use crate::wiring;

pub(crate) mod json;
pub(crate) mod text;

/// What a status says, before it is known in which form.
pub(crate) struct Status {
    pub(crate) reality: Reality,
    pub(crate) assessment: Assessment,
    pub(crate) cost: CostRate,
}

impl Status {
    /// Ready means known to be ready: no blocker, and both ends of the failover known.
    pub(crate) fn is_ready(&self) -> bool {
        let forecast = &self.assessment.forecast;
        forecast.is_ready() && forecast.from.is_some() && forecast.to.is_some()
    }
}

/// What a single look is judged by: the numbers mean the same on AWS and on the simulator.
const TEMPO: Tempo = Tempo::Calm;

pub(crate) async fn run(context: &mut Context<'_>, arguments: &StatusArguments) -> Result<Exit> {
    let wiring = wiring::wire(context.globals, context.environment).await?;
    for notice in &wiring.notices {
        context.output.note(&format!("note: {}", notice.trim_end()))?;
    }
    let wired = wiring.selected().ok_or_else(|| Failure::error("there is no deployment to look at"))?;
    let begun = wiring.clock.now();
    let observations =
        refresh_once(&wired.deployment, Arc::clone(&wired.cloud), Arc::clone(&wiring.clock), arguments.timeout).await;
    let mut snapshot = Snapshot::default();
    for observation in observations {
        snapshot.apply(observation);
    }
    let now = wiring.clock.now().max(begun);
    let assessment = rules::assess(&wired.deployment, &snapshot, &RunHistory::default(), TEMPO, now);
    // A single look measures no rate: what is told is what watching at this tempo would cost.
    let estimate = reads::hourly(&wired.deployment, &snapshot, TEMPO, now);
    let cost = Meter::new(now).rate(now, Counts::default(), estimate);
    let status = Status { reality: wiring.reality.clone(), assessment, cost };
    if context.output.json {
        context.output.json(&json::of(&status))?;
    } else {
        let text = text::of(&status, &|emphasis, text| context.output.paint(emphasis, text));
        context.output.data(&text)?;
    }
    Ok(if status.is_ready() { Exit::Done } else { Exit::NotReady })
}
