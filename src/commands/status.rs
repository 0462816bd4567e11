//! `lifeboat status`: everything read once, judged, and told as text or JSON. Unknown is not ready.

use color_eyre::Result;
use lifeboat_engine::guards::{LockView, Session};
use lifeboat_engine::journal::RunHead;
use lifeboat_engine::watch::cost::{Counts, Meter};
use lifeboat_model::assessment::{Assessment, CostRate};
use lifeboat_model::port::Reality;
use lifeboat_model::rules::reads;
use lifeboat_model::run::Operator;
use lifeboat_model::time::Timestamp;

use crate::acting::{self, Case, TEMPO};
use crate::cli::StatusArguments;
use crate::commands::{Context, runs};
use crate::exit::Exit;

pub(crate) mod json;
pub(crate) mod text;

/// What a status says, before it is known in which form.
pub(crate) struct Status<'a> {
    pub(crate) reality: Reality,
    pub(crate) assessment: Assessment,
    pub(crate) cost: CostRate,
    pub(crate) standing: Standing<'a>,
}

/// What concerns runs.
pub(crate) struct Standing<'a> {
    /// Whether this session may act.
    pub(crate) may_act: bool,
    pub(crate) open_run: Option<RunHead>,
    /// Who acts on the deployment at this moment.
    pub(crate) lock: Option<(Operator, Timestamp)>,
    pub(crate) scheduled: Vec<runs::Scheduled<'a>>,
}

impl Status<'_> {
    /// Ready means known to be ready: no blocker, and both ends of the failover known.
    pub(crate) fn is_ready(&self) -> bool {
        let forecast = &self.assessment.forecast;
        forecast.is_ready() && forecast.from.is_some() && forecast.to.is_some()
    }
}

pub(crate) async fn run(context: &mut Context<'_>, arguments: &StatusArguments) -> Result<Exit> {
    let case = Case::to_look_at_least(context).await?;
    let view = case.look(arguments.timeout).await?;
    // A single look measures no rate: what is told is what watching at this tempo would cost.
    let estimate = reads::hourly(&case.wired.deployment, &view.snapshot, TEMPO, view.now);
    let cost = Meter::new(view.now).rate(view.now, Counts::default(), estimate);
    let standing = standing(&case, &case.session(&view)?, view.now)?;
    let status = Status { reality: case.wiring.reality.clone(), assessment: view.assessment, cost, standing };
    if context.output.json {
        context.output.json(&json::of(&status))?;
    } else {
        let text = text::of(&status, &|emphasis, text| context.output.paint(emphasis, text));
        context.output.data(&text)?;
    }
    Ok(if status.is_ready() { Exit::Done } else { Exit::NotReady })
}

fn standing<'a>(case: &'a Case, session: &Session, now: Timestamp) -> Result<Standing<'a>> {
    let heads = case.journal.runs(Some(case.name())).map_err(|error| acting::journal_failure(&error))?;
    let scheduled = runs::schedules(&case.wired.deployment, &heads, now)?;
    let lock = match &session.lock {
        LockView::Held { by, since } => Some((by.clone(), *since)),
        LockView::Free | LockView::Mine => None,
    };
    let open_run = heads.into_iter().find(RunHead::is_open);
    Ok(Standing { may_act: session.access, open_run, lock, scheduled })
}
