//! What giving a run up comes to, in words: what is taken back and what stays, of this run and no other. The forecast is the
//! model's; each change is looked for before anything is done about it.

use lifeboat_model::run::{RunState, Undo};
use lifeboat_model::wording::list;

use crate::format;
use crate::theme::Role;

/// As many steps as are named beside a choice.
const NAMED: usize = 3;
/// As many as are listed above a phrase.
const LISTED: usize = 5;

/// What the choice is called: nobody takes the one for the other.
pub(crate) fn name(state: &RunState) -> &'static str {
    if state.undo().back.is_empty() { "abort" } else { "abort and undo" }
}

/// `undoes 3 changes in about 3 s, the last first: …; stays: …`
pub(crate) fn in_short(state: &RunState) -> String {
    let undo = state.undo();
    if undo.is_nothing() {
        return "nothing was changed by it yet, and nothing has to be undone: the run is over then".to_owned();
    }
    let mut said = Vec::new();
    if !undo.back.is_empty() {
        let titles: Vec<&str> = undo.back.iter().map(|(title, _)| title.as_str()).collect();
        said.push(format!("undoes {}, the last first: {}", amount(&undo), few(&titles)));
    }
    if !undo.stays.is_empty() {
        let titles: Vec<&str> = undo.stays.iter().map(|(title, _)| title.as_str()).collect();
        said.push(format!("STAYS as it is: {}", few(&titles)));
    }
    format!("{}. The run is over then", said.join(". "))
}

/// The same step by step.
pub(crate) fn in_full(state: &RunState) -> Vec<(Role, String)> {
    let undo = state.undo();
    let mut said = Vec::new();
    if undo.is_nothing() {
        said.push((Role::Text, "Nothing was changed by it yet: there is nothing to undo.".to_owned()));
    }
    if !undo.back.is_empty() {
        said.push((Role::Text, format!("Undoes {}, the last first:", amount(&undo))));
        let line = |(title, requests): &(String, usize)| (Role::Text, format!("  {title}: {}", counted(*requests)));
        said.extend(undo.back.iter().take(LISTED).map(line));
        said.extend(rest(undo.back.len()).map(|rest| (Role::Text, rest)));
    }
    if !undo.stays.is_empty() {
        said.push((Role::Danger, "Stays as it is:".to_owned()));
        let line = |(title, why): &(String, String)| (Role::Danger, format!("  {title}: {why}"));
        said.extend(undo.stays.iter().take(LISTED).map(line));
        said.extend(rest(undo.stays.len()).map(|rest| (Role::Danger, rest)));
    }
    if undo.moved {
        let text = format!("The database has moved to {}, or may have: nothing leads clients back.", state.plan.to);
        said.push((Role::Danger, text));
    }
    if state.plan.build.is_some() {
        let text = "`lifeboat up` goes on from what stands, `lifeboat down` takes it away.";
        said.push((Role::Text, text.to_owned()));
    }
    said.push((Role::Muted, "What was begun is looked for before anything else; the run is over then.".to_owned()));
    said
}

fn rest(count: usize) -> Option<String> {
    let more = count.saturating_sub(LISTED);
    (more > 0).then(|| format!("  and {more} more"))
}

fn amount(undo: &Undo) -> String {
    let steps = undo.back.len();
    let steps = if steps == 1 { "1 step".to_owned() } else { format!("{steps} steps") };
    format!("{steps} by {} in about {}", counted(undo.requests()), format::duration(undo.length()))
}

fn counted(requests: usize) -> String {
    if requests == 1 { "1 request".to_owned() } else { format!("{requests} requests") }
}

fn few(titles: &[&str]) -> String {
    let more = titles.len().saturating_sub(NAMED);
    let mut named: Vec<String> = titles.iter().take(NAMED).map(|title| (*title).to_owned()).collect();
    if more > 0 {
        named.push(format!("{more} more"));
    }
    list(&named)
}
