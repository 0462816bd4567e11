//! `lifeboat resume`: goes on with a run from its journal, whoever began it and however it was left.

use color_eyre::Result;
use lifeboat_engine::approval::Approval;
use lifeboat_engine::run::{Order, Surroundings};
use lifeboat_model::run::{Answer, Entry, RunState};

use crate::acting::{self, Case, PATIENCE};
use crate::building;
use crate::cli::{AnswerArgument, ResumeArguments};
use crate::commands::Context;
use crate::commands::run::conduct::{Act, Manner, conduct};
use crate::commands::run::typed::Typed;
use crate::exit::{Exit, Failure};

pub(crate) async fn run(context: &mut Context<'_>, arguments: &ResumeArguments) -> Result<Exit> {
    let mut case = Case::to_act(context).await?;
    let run = case.run(arguments.run.as_deref())?;
    case.needs_access()?;
    let before = case.journal.entries(&run).map_err(|error| acting::journal_failure(&error))?;
    building::leave_clients_alone(&mut case, &before);
    let view = case.look(PATIENCE).await?;
    let surroundings = case.surroundings(view, None)?;
    let orders = orders(arguments, &before, &surroundings)?;
    let typed = if context.output.json || !orders.is_empty() { None } else { Typed::listen() };
    let exit = conduct(context.output, Act::Resume { run, before }, &surroundings, Manner { typed, orders }).await?;
    context.follow_up(&case).await?;
    Ok(exit)
}

/// What was said with the command, to the question that the run waits with.
fn orders(arguments: &ResumeArguments, before: &[Entry], surroundings: &Surroundings) -> Result<Vec<Order>, Failure> {
    if let Some(phrase) = &arguments.confirm {
        return approval(phrase, &state(before)?, surroundings).map(|approval| vec![Order::Approve(approval)]);
    }
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
    let state = state(before)?;
    let Some((step, question)) = state.question.clone() else {
        return Err(Failure::usage("the run waits with no question, so there is nothing to answer")
            .hint("leave the answer out: `lifeboat resume` goes on, and asks when it must"));
    };
    if state.approves.is_some() && answer == Answer::Yes {
        let phrase = state.plan.phrase();
        return Err(Failure::refused("the run waits for the approval of another plan, and a yes is none").hint(
            format!(
                "read what it would do and what is lost by it, then `lifeboat resume --operate --confirm \"{phrase}\"`"
            ),
        ));
    }
    let asks = state.asks_of(&step);
    if state.approves.is_none() && !asks.takes(&answer) {
        return Err(Failure::usage(format!("that is no answer to what the run asks: {question}"))
            .hint(format!("`lifeboat resume` without an answer asks it; it takes: {}", asks.typed())));
    }
    orders.push(Order::Answer { step, question, answer });
    Ok(orders)
}

fn state(before: &[Entry]) -> Result<RunState, Failure> {
    RunState::of(before).map_err(|error| Failure { exit: Exit::JournalBroken, ..Failure::error(error.to_string()) })
}

/// Of the plan that was made in the middle of the run and waits for its phrase.
fn approval(phrase: &str, state: &RunState, surroundings: &Surroundings) -> Result<Approval, Failure> {
    let Some(shown) = &state.approves else {
        return Err(Failure::usage("the run waits with no plan to approve")
            .hint("leave `--confirm` out: `lifeboat resume` goes on, and asks when it must"));
    };
    let Surroundings { operator, clock, .. } = surroundings;
    Approval::by_phrase(&state.plan, shown, phrase, operator.clone(), clock.now()).map_err(|error| {
        Failure::refused(format!("not confirmed: {error}; nothing more was done"))
            .hint("read the plan again, and give its phrase letter for letter")
    })
}
