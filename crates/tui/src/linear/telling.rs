//! What is in view as lines of text, in the order in which it matters: the world, what a person must do first, the dialog
//! that is open or else the screen, pane by pane and row by row. No line depends on where another one stands.

use lifeboat_model::snapshot::RegionSnapshot;
use lifeboat_model::time::{Duration, age};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::filling;
use crate::dialogs::{About, Dialog, answer, form, help, message};
use crate::format;
use crate::look::Look;
use crate::model::{Access, Model, Reach, Stage};
use crate::screens::{self, Item, Page, Screen, overview};
use crate::theme::Role;
use crate::view::{banner, draw_dialog};

/// Rows of a pane that are told unasked: a filter finds the rest.
const ROWS: usize = 30;
/// Facts of a row that are told with it: opening it tells all.
const FACTS: usize = 5;

/// What has not answered so long after the first answer is told as it is.
const SETTLED: Duration = Duration::from_secs(3);

/// Where one is. Once it changes, what is in view is told anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    screen: Screen,
    deployment: usize,
    dialogs: Vec<String>,
    filter: String,
    sort: usize,
    pane: usize,
    /// The plan that is read: its hash and how many guards refuse it.
    plan: Option<(String, usize)>,
    /// Whether what is to be read has arrived.
    has_arrived: bool,
}

impl Place {
    pub fn of(model: &Model) -> Self {
        let state = model.screens.of(model.screen);
        let name = |dialog: &Dialog| match dialog {
            Dialog::Message { about, .. } => format!("{about:?}"),
            Dialog::Confirm(confirm) => format!("{:?} {:?}", confirm.what, confirm.hash),
            Dialog::Answer(asking) => format!("{:?}", asking.question),
            Dialog::Columns(picking) => format!("{picking:?} {:?}", model.display.hidden),
            Dialog::Values(taking) => format!("{taking:?}"),
            Dialog::Help { .. } => "help".to_owned(),
            Dialog::Palette(_) => "palette".to_owned(),
            Dialog::Filter(_) => "filter".to_owned(),
            // One asks for the next: when it began, then what is known.
            Dialog::Reason(reason) => format!("{:?}", reason.what),
            Dialog::Greeting => "greeting".to_owned(),
            Dialog::Picker(_) => "picker".to_owned(),
            Dialog::Form(form) => format!("form {}", form.choice.blueprint),
        };
        Self {
            screen: model.screen,
            deployment: model.selected,
            dialogs: model.dialogs.iter().map(name).collect(),
            filter: state.filter.clone(),
            sort: state.sort,
            pane: state.pane,
            plan: plan(model),
            has_arrived: has_arrived(model),
        }
    }
}

/// Whether there is anything to be told of the deployment that is shown: it was read, or it is known that it does not
/// answer. Rows of nothing are no news.
pub fn is_read(model: &Model) -> bool {
    let Some(watched) = model.watched().filter(|watched| watched.stage == Stage::Standing) else { return true };
    let assessment = &watched.assessment;
    let is_ready = overview::is_known(&assessment.forecast) && assessment.forecast.blockers.is_empty();
    let is_silent = assessment.regions.iter().any(|region| region.reachable == Some(false));
    let contacts = watched.snapshot.regions.values().flat_map(RegionSnapshot::contacts);
    let first = contacts.filter_map(|contact| contact.answered_at).min();
    let is_settled = first.is_some_and(|first| age(model.now, first) >= SETTLED);
    is_ready || is_silent || is_settled || !model.dialogs.is_empty()
}

fn has_arrived(model: &Model) -> bool {
    let writing = match model.dialogs.last() {
        Some(Dialog::Message { about: About::Document(writing), .. }) => writing,
        Some(Dialog::Picker(_)) => return model.offers.is_some(),
        Some(Dialog::Form(form)) => return form::draft(model, form).is_some() || model.undraftable.is_some(),
        Some(_) | None => return false,
    };
    let reading = model.watched().and_then(|watched| watched.archive.reading.as_ref());
    reading.is_some_and(|reading| reading.writing == *writing && reading.told.is_some())
}

fn plan(model: &Model) -> Option<(String, usize)> {
    let is_read = matches!(model.dialogs.last(), Some(Dialog::Message { about: About::Proposal { .. }, .. }));
    let proposal = model.watched()?.proposal.as_ref().filter(|_| is_read)?;
    Some((proposal.hash.to_string(), proposal.refusing().len()))
}

/// Everything in view.
pub fn screen(model: &Model) -> Vec<String> {
    let look = Look::of(model);
    let mut lines = vec![head(model, &look)];
    lines.extend(banner::texts(model, &look).into_iter().map(|text| format!("! {text}")));
    match model.dialogs.last() {
        Some(dialog) => lines.extend(dialog_lines(model, &look, dialog)),
        None if model.fleet.is_empty() => {
            lines.push("There is no deployment: `lifeboat config init` begins one, `open-blueprints` (b) lists what can be built.".to_owned());
        }
        None => lines.extend(panes(model, &look)),
    }
    lines
}

fn head(model: &Model, look: &Look<'_>) -> String {
    let name = model.watched().map_or("no deployment", |watched| watched.deployment.name.as_str());
    let raised = model.watched().map(|watched| watched.reach);
    let access = match (model.access_here(), raised) {
        (Access::ReadOnly, _) if model.pinned_here().is_some() => "read-only (pinned)".to_owned(),
        (Access::ReadOnly, _) => "read-only".to_owned(),
        (Access::Operate, Some(Reach::Raised { left })) => format!("OPERATE for {}", format::age(left)),
        (Access::Operate, Some(Reach::AsOpened | Reach::Lowered) | None) => "OPERATE".to_owned(),
    };
    let age = model.watched().and_then(|watched| watched.snapshot.newest());
    let age = age.map_or_else(|| "nothing read yet".to_owned(), |at| format!("data {} old", look.age(at)));
    let world = banner::reality(model, look);
    format!(
        "{}: {world}, {name}, {access}, {} {}, {age}",
        model.screen.title(),
        look.time_of_day(model.now),
        look.zone()
    )
}

fn panes(model: &Model, look: &Look<'_>) -> Vec<String> {
    let screen = model.screen;
    let state = model.screens.of(screen);
    let mut lines = Vec::new();
    if screen == Screen::Run {
        lines.extend(screens::run::told(model, look));
    }
    for (pane, name) in screen.panes().iter().enumerate() {
        let items = screens::items(model, screen, pane);
        let here = if state.pane == pane && screen.panes().len() > 1 { " (this pane)" } else { "" };
        let filter = screens::filter_of(model, screen, pane);
        let filter = if filter.is_empty() { String::new() } else { format!(", with \"{filter}\"") };
        let rows = if items.len() == 1 { "1 row".to_owned() } else { format!("{} rows", items.len()) };
        lines.push(format!("{name}{here}: {rows}{filter}"));
        if screen == Screen::Overview && pane == overview::FORECAST {
            // Its rows are parts of one page.
            let page = model.watched().map(|watched| overview::forecast_page(look, watched));
            lines.extend(page.iter().flat_map(page_lines).map(|line| format!("  {line}")));
            continue;
        }
        let selected = (state.pane == pane).then(|| state.cursor(pane).index_in(&items)).flatten();
        for (index, item) in items.iter().take(ROWS).enumerate() {
            let mark = if selected == Some(index) { "*" } else { " " };
            lines.push(format!(" {mark}{}. {}", index + 1, row_text(model, look, pane, item)));
        }
        if items.len() > ROWS {
            lines.push(format!("  and {} more: /words shows those with these words only", items.len() - ROWS));
        }
    }
    lines
}

/// The row under the cursor.
pub fn row(model: &Model) -> Option<String> {
    let look = Look::of(model);
    let items_of = |pane| screens::items(model, model.screen, pane);
    let (pane, item) = screens::selected(model)?;
    let place = model.screens.of(model.screen).cursor(pane).index_in(&items_of(pane))?;
    Some(format!(" *{}. {}", place + 1, row_text(model, &look, pane, &item)))
}

fn row_text(model: &Model, look: &Look<'_>, pane: usize, item: &Item) -> String {
    let Some(page) = screens::page(model, look, model.screen, pane, &item.id) else { return item.copy.clone() };
    let facts = page.lines.iter().take_while(|line| line.role != Role::Heading || !line.label.is_empty());
    let mut said: Vec<String> = Vec::new();
    for line in facts.filter(|line| !line.text.trim().is_empty()) {
        let is_full = said.len() == FACTS;
        match said.last_mut() {
            // A fact without a label goes on with the one before it.
            Some(before) if line.label.is_empty() => {
                before.push_str(", ");
                before.push_str(line.text.trim());
            }
            _ if is_full => break,
            _ if line.label.is_empty() => said.push(line.text.trim().to_owned()),
            _ => said.push(format!("{} {}", line.label, line.text.trim())),
        }
    }
    format!("{}: {}", page.title, said.join("; "))
}

fn page_lines(page: &Page) -> Vec<String> {
    message::plain(page).lines().map(str::to_owned).filter(|line| !line.trim().is_empty()).collect()
}

fn dialog_lines(model: &Model, look: &Look<'_>, dialog: &Dialog) -> Vec<String> {
    let text = match dialog {
        Dialog::Message { about, .. } => message::text(model, about),
        Dialog::Help { .. } => help::text(model),
        Dialog::Greeting => crate::dialogs::greeting::text(model),
        Dialog::Answer(asking) => return answers(model, asking),
        Dialog::Filter(_) => "Type the words of the filter.".to_owned(),
        Dialog::Picker(_) => return filling::offers(model),
        Dialog::Form(_) => return filling::screen(model),
        Dialog::Reason(_) => {
            let asked = boxed(model, look, dialog);
            format!("{asked}A line that you type is taken as you write it; `esc` leaves without.")
        }
        Dialog::Columns(_) | Dialog::Values(_) | Dialog::Palette(_) | Dialog::Confirm(_) => boxed(model, look, dialog),
    };
    text.lines().map(str::to_owned).filter(|line| !line.trim().is_empty()).collect()
}

fn answers(model: &Model, asking: &answer::Asking) -> Vec<String> {
    let mut lines: Vec<String> = asking.question.iter().map(|(_, text)| text.clone()).collect();
    lines.push("Your answer, by its number; `esc` leaves it open:".to_owned());
    let choices = answer::choices(model);
    lines.extend(
        choices
            .iter()
            .enumerate()
            .map(|(index, choice)| format!("  {}. {}: {}", index + 1, choice.name, choice.consequence)),
    );
    lines
}

/// What stands in a box, without its frame.
fn boxed(model: &Model, look: &Look<'_>, dialog: &Dialog) -> String {
    let area = Rect::new(0, 0, 100, 80);
    let mut buffer = Buffer::empty(area);
    draw_dialog(model, look, dialog, area, &mut buffer);
    let is_frame = |letter: char| letter.to_string() == look.rule();
    let mut text = String::new();
    for row in area.rows() {
        let line: String =
            row.positions().filter_map(|place| buffer.cell(place)).map(ratatui::buffer::Cell::symbol).collect();
        let words: Vec<&str> = line.split_whitespace().filter(|word| !word.chars().all(is_frame)).collect();
        if !words.is_empty() {
            text.push_str(&words.join(" "));
            text.push('\n');
        }
    }
    text
}
