//! `lifeboat resume`: goes on with a run from its journal, whoever began it and however it was left.

use color_eyre::Result;
use lifeboat_engine::run::Order;
use lifeboat_model::run::{Answer, Entry, RunState};

use crate::acting::{self, Case, PATIENCE};
use crate::cli::{AnswerArgument, ResumeArguments};
use crate::commands::Context;
use crate::commands::run::conduct::{Act, Manner, conduct};
use crate::commands::run::typed::Typed;
use crate::exit::{Exit, Failure};

pub(crate) async fn run(context: &mut Context<'_>, arguments: &ResumeArguments) -> Result<Exit> {
    let mut case = Case::to_act(context).await?;
    let run = case.run(arguments.run.as_deref())?;
    if case.wired.operator.is_none() {
        return Err(acting::no_access().into());
    }
    let before = case.journal.entries(&run).map_err(|error| acting::journal_failure(&error))?;
    let orders = orders(arguments, &before)?;
    let view = case.look(PATIENCE).await?;
    let surroundings = case.surroundings(view, None)?;
    let typed = if context.output.json || !orders.is_empty() { None } else { Typed::listen() };
    conduct(context.output, Act::Resume { run, before }, &surroundings, Manner { typed, orders }).await
}

/// What was said with the command, to the question that the run waits with.
fn orders(arguments: &ResumeArguments, before: &[Entry]) -> Result<Vec<Order>, Failure> {
    let mut orders = Vec::new();
    if arguments.unplanned {
        orders.push(Order::GoUnplanned);
    }
    let answer = match (arguments.answer, &arguments.skip) {
        (Some(AnswerArgument::Yes), _) => Answer::Yes,
        (Some(AnswerArgument::No), _) => Answer::No,
        (Some(AnswerArgument::Retry), _) => Answer::Retry,
        (Some(AnswerArgument::Abort), _) => Answer::Abort,
        (None, Some(reason)) if reason.trim().is_empty() => {
            return Err(Failure::usage("`--skip` lacks a reason").hint("write why, as the journal will have it"));
        }
        (None, Some(reason)) => Answer::Skip { reason: reason.trim().to_owned() },
        (None, None) => return Ok(orders),
    };
    let state = RunState::of(before)
        .map_err(|error| Failure { exit: Exit::JournalBroken, ..Failure::error(error.to_string()) })?;
    let Some((step, _)) = state.question else {
        return Err(Failure::usage("the run waits with no question, so there is nothing to answer")
            .hint("leave the answer out: `lifeboat resume` goes on, and asks when it must"));
    };
    orders.push(Order::Answer { step, answer });
    Ok(orders)
}
