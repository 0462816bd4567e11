//! What each message does to the model, and what it asks of the world. Pure and total; it only routes: a screen's or a
//! dialog's own affairs are in its file.

use lifeboat_model::id::DeploymentName;
use lifeboat_model::read::Tempo;
use lifeboat_model::runbook::{DRIFT, TEARDOWN};
use lifeboat_model::snapshot::Observation;
use lifeboat_model::time::{Duration, Timestamp};
use lifeboat_model::topology::Deployment;

use crate::action::{Action, Context};
use crate::attention;
use crate::dialogs::palette::{self, Choice, Leading};
use crate::dialogs::{About, Dialog, answer, columns, filter, form, greeting, help, message, picker, values};
use crate::effect::Effect;
use crate::format::ClockFace;
use crate::key::{Key, KeyCode};
use crate::keymap::Resolution;
use crate::model::{Model, Stage, Watched};
use crate::msg::Msg;
use crate::screens::{self, Opened, Screen};
use crate::scroll::{self, Step};
use crate::tutorial;
use crate::view::view_text;
use answering::Straight;

mod access;
mod acting;
mod answering;
mod archive;
mod drafting;
mod incident;
mod keeping;
mod plans;
mod seconds;

/// How long the judgement of the deployment in view may stand, and that of the others.
const PATIENCE: Duration = Duration::from_secs(1);
const PATIENCE_FLEET: Duration = Duration::from_secs(10);
/// How many of the other deployments are judged a tick, so that a large fleet costs a frame no more than a small one.
const ROUND: usize = 8;

pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = routed(model, msg);
    drafting::forget_unmade(model);
    drafting::forget_gone(model);
    effects.extend(archive::ask(model));
    tutorial::follow(model);
    effects.extend(attention::due(model));
    effects
}

fn routed(model: &mut Model, msg: Msg) -> Vec<Effect> {
    match msg {
        Msg::Key(key) => press(model, key),
        Msg::Paste(text) => paste(model, &text),
        Msg::Action(action) => act(model, action),
        Msg::Resized { columns, rows } => {
            (model.display.columns, model.display.rows) = (columns, rows);
            Vec::new()
        }
        Msg::Tick(now) => tick(model, now),
        Msg::WallClock(now) => {
            acting::keep_time(model, now);
            Vec::new()
        }
        Msg::Observed(observation) => observed(model, observation),
        Msg::Cost { deployment, rate } => {
            if let Some(watched) = model.find_mut(&deployment) {
                watched.cost = Some(rate);
            }
            Vec::new()
        }
        Msg::History { deployment, history } => {
            if let Some(watched) = model.find_mut(&deployment) {
                watched.history = history;
                watched.unassessed = true;
            }
            Vec::new()
        }
        Msg::Standing { deployment, standing } => {
            if let Some(watched) = model.find_mut(&deployment) {
                watched.standing = Some(standing);
            }
            Vec::new()
        }
        Msg::Proposed { deployment, runbook, outcome } => {
            acting::proposed(model, &deployment, &runbook, outcome);
            Vec::new()
        }
        Msg::Run { deployment, entries, here } => {
            acting::run(model, &deployment, &entries, here);
            Vec::new()
        }
        Msg::RunLeft { deployment, outcome } => {
            acting::left(model, &deployment, outcome);
            Vec::new()
        }
        Msg::Access { deployment, access, left, why } => access::changed(model, &deployment, (access, left), why),
        Msg::Printed { outcome } => {
            match outcome {
                // Nothing comes between somebody and what is being typed.
                Ok(path) if context(model).takes_text() => model.say(format!("the paper copy is {path}")),
                Ok(path) => open_page(model, Dialog::Message { about: About::Paper { path }, top: 0 }),
                Err(why) => model.complain(format!("there is no paper copy: {why}")),
            }
            Vec::new()
        }
        Msg::Logbook { deployment, logbook, past } => {
            incident::logged(model, &deployment, logbook, past);
            Vec::new()
        }
        Msg::Journal { deployment, query, at, outcome } => {
            archive::told(model, &deployment, query, at, outcome);
            Vec::new()
        }
        Msg::Verified { at, chain } => {
            archive::verified(model, at, chain);
            Vec::new()
        }
        Msg::Document { deployment, writing, outcome } => {
            archive::document(model, &deployment, &writing, outcome);
            Vec::new()
        }
        Msg::Estate { deployment, estate } => {
            if let Some(watched) = model.find_mut(&deployment) {
                watched.estate = Some(estate.succeeding(watched.estate.take()));
            }
            Vec::new()
        }
        Msg::StackRead { deployment, region, stack, at, news } => {
            if let Some(estate) = model.find_mut(&deployment).and_then(|watched| watched.estate.as_mut()) {
                estate.take(&region, &stack, at, news);
            }
            Vec::new()
        }
        Msg::Blueprints(offers) => {
            drafting::offered(model, offers);
            Vec::new()
        }
        Msg::Drafted { of, outcome } => {
            drafting::drafted(model, &of, outcome);
            Vec::new()
        }
        Msg::TakenAway(deployment) => {
            drafting::taken_away(model, &deployment);
            Vec::new()
        }
        Msg::Done { request, outcome } => {
            match (model.awaited.remove(&request), outcome) {
                (Some(words), Ok(())) => model.say(words),
                (_, Err(trouble)) => model.complain(trouble),
                (None, Ok(())) => {}
            }
            Vec::new()
        }
        Msg::Notice { text, trouble: false } => {
            model.say(text);
            Vec::new()
        }
        Msg::Notice { text, trouble: true } => {
            model.complain(text);
            Vec::new()
        }
        Msg::Theme(name) => {
            let named = model.display.themes.iter().position(|theme| theme.name == name);
            model.display.theme = named.unwrap_or(model.display.theme);
            Vec::new()
        }
        Msg::Tempo { deployment, tempo } => {
            if let Some(watched) = model.find_mut(&deployment) {
                watched.tempo = tempo;
                watched.unassessed = true;
            }
            Vec::new()
        }
        Msg::Discovered(deployments) => {
            discovered(model, deployments);
            Vec::new()
        }
        Msg::Themes(themes) => {
            let name = model.theme().map(|theme| theme.name.clone());
            model.display.theme = themes.iter().position(|theme| Some(&theme.name) == name.as_ref()).unwrap_or(0);
            model.display.themes = themes;
            Vec::new()
        }
        Msg::LocalOffset(offset) => {
            model.display.local = offset;
            Vec::new()
        }
    }
}

/// These and no others are there. What has been read of one stays read, and the one that is shown stays shown.
fn discovered(model: &mut Model, deployments: Vec<Deployment>) {
    let shown = model.watched().map(|watched| watched.deployment.name.clone());
    let tempo = model.watched().map_or(Tempo::Calm, |watched| watched.tempo);
    let mut before = std::mem::take(&mut model.fleet);
    for deployment in deployments {
        let known = before.iter().position(|watched| watched.deployment.name == deployment.name);
        let watched = match known {
            Some(place) => {
                Watched { deployment, unassessed: true, stage: Stage::Standing, ..before.swap_remove(place) }
            }
            None => Watched::new(deployment, tempo, model.now),
        };
        model.fleet.push(watched);
    }
    // What is proposed or was just taken away is not among those that there are, and is still being read.
    model.fleet.extend(before.into_iter().filter(|watched| watched.stage != Stage::Standing));
    let place = shown.and_then(|name| model.fleet.iter().position(|watched| watched.deployment.name == name));
    if place.is_none() {
        model.screens.forget_selections();
    }
    model.selected = place.unwrap_or(0);
}

fn tick(model: &mut Model, now: Timestamp) -> Vec<Effect> {
    model.now = now;
    // Ticks come four times as often while a notice stands.
    acting::pass_time(model, if model.notice.is_some() { 1 } else { 4 });
    if let Some(notice) = &mut model.notice {
        notice.ticks_left = notice.ticks_left.saturating_sub(1);
        if notice.ticks_left == 0 {
            model.notice = None;
            // A warning that nobody sees any more is no warning.
            model.leaving = false;
        }
    }
    if let Some(watched) = model.watched_mut()
        && watched.is_outdated(now, PATIENCE)
    {
        watched.assess(now);
    }
    judge_others(model, now);
    attention::look_around(model);
    Vec::new()
}

/// A few of the other deployments, so that all have their turn.
fn judge_others(model: &mut Model, now: Timestamp) {
    let mut judged = 0;
    for _ in 0..model.fleet.len() {
        model.round = scroll::turned(model.round, model.fleet.len(), true);
        if let Some(watched) = model.fleet.get_mut(model.round)
            && watched.is_outdated(now, PATIENCE_FLEET)
        {
            watched.assess(now);
            judged += 1;
            if judged == ROUND {
                break;
            }
        }
    }
}

fn observed(model: &mut Model, observation: Observation) -> Vec<Effect> {
    let shown = model.watched().is_some_and(|watched| watched.deployment.name == observation.deployment);
    // An answer may be newer than the last tick; ages are never negative, but "now" must not lie before a fact.
    let now = model.now.max(observation.at);
    // What was asked before it was taken away may be answered after.
    if let Some(watched) = model.find_mut(&observation.deployment).filter(|watched| watched.stage != Stage::Gone) {
        watched.snapshot.apply(observation);
        watched.unassessed = true;
        if shown {
            watched.assess(now);
        }
    }
    Vec::new()
}

/// Where keys are pressed now.
pub(crate) fn context(model: &Model) -> Context {
    model.dialogs.last().map_or(Context::Screen(model.screen), Dialog::context)
}

fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    let context = context(model);
    model.notice = None;
    model.touched = true;
    if let Some(Dialog::Greeting) = model.dialogs.last() {
        return keeping::leave_greeting(model, key);
    }
    if model.settling > 0 && is_typing(key) && !context.takes_text() {
        acting::let_settle(model);
        model.complain("letters go nowhere while you type into what is not there: stop for two seconds");
        return Vec::new();
    }
    if context.takes_text()
        && let Some(letter) = key.text()
    {
        model.pressed.clear();
        return type_text(model, letter.encode_utf8(&mut [0; 4]));
    }
    if context.takes_text() && key == Key::plain(KeyCode::Backspace) {
        return erase(model, Erase::Letter);
    }
    model.pressed.push(key);
    match model.keymap.resolve(context, &model.pressed) {
        Resolution::Action(action) => {
            model.pressed.clear();
            act(model, action)
        }
        Resolution::Begun => Vec::new(),
        Resolution::Unbound => {
            let keys: Vec<String> = std::mem::take(&mut model.pressed).iter().map(ToString::to_string).collect();
            let help = model.keymap.shown(Action::OpenHelp, context).map(|chord| format!("; {chord} lists the keys"));
            model.say(format!("{} does nothing here{}", keys.join(" "), help.unwrap_or_default()));
            Vec::new()
        }
    }
}

/// What the fingers of somebody who types a phrase press.
fn is_typing(key: Key) -> bool {
    key.text().is_some() || [KeyCode::Enter, KeyCode::Backspace].map(Key::plain).contains(&key)
}

fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    model.pressed.clear();
    if let Some(Dialog::Confirm(_)) = model.dialogs.last() {
        model.complain("a paste confirms nothing: the phrase is typed");
    } else if context(model).takes_text() {
        // Line ends and escapes of a paste are no keys.
        let plain: String = text
            .chars()
            .map(|letter| if letter.is_whitespace() { ' ' } else { letter })
            .filter(|letter| !letter.is_control())
            .collect();
        return type_text(model, plain.trim());
    } else {
        model.say("nothing here takes pasted text");
    }
    Vec::new()
}

/// The text being typed, if any is.
fn text_mut(model: &mut Model) -> Option<&mut String> {
    match model.dialogs.last_mut()? {
        Dialog::Palette(search) => {
            search.selected = 0;
            Some(&mut search.typed)
        }
        Dialog::Filter(_) => Some(&mut model.screens.of_mut(model.screen).filter),
        Dialog::Confirm(confirm) => Some(&mut confirm.typed),
        Dialog::Reason(reason) => Some(&mut reason.typed),
        // What is typed into a form is judged: see `drafting`.
        Dialog::Help { .. }
        | Dialog::Message { .. }
        | Dialog::Answer(_)
        | Dialog::Columns(_)
        | Dialog::Values(_)
        | Dialog::Greeting
        | Dialog::Picker(_)
        | Dialog::Form(_) => None,
    }
}

/// No name is longer, and a paste may be.
const LONGEST_TEXT: usize = 200;

fn type_text(model: &mut Model, added: &str) -> Vec<Effect> {
    if let Some(Dialog::Form(_)) = model.dialogs.last() {
        return drafting::type_text(model, added);
    }
    if let Some(text) = text_mut(model) {
        let room = LONGEST_TEXT.saturating_sub(text.chars().count());
        text.extend(added.chars().take(room));
    }
    Vec::new()
}

#[derive(Clone, Copy)]
enum Erase {
    Letter,
    Word,
    Line,
}

fn erase(model: &mut Model, what: Erase) -> Vec<Effect> {
    let cut = |text: &mut String| match what {
        Erase::Letter => {
            text.pop();
        }
        Erase::Word => {
            let kept = text.trim_end().rfind(char::is_whitespace).map_or(0, |index| index + 1);
            text.truncate(kept);
        }
        Erase::Line => text.clear(),
    };
    match (model.dialogs.last(), what) {
        (Some(Dialog::Form(_)), Erase::Line) => return drafting::erase_all(model),
        (Some(Dialog::Form(_)), Erase::Letter | Erase::Word) => return drafting::erase(model, cut),
        _ => {}
    }
    if let Some(text) = text_mut(model) {
        cut(text);
    }
    Vec::new()
}

fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    if !matches!(action, Action::Quit | Action::QuitAnywhere) {
        model.leaving = false;
    }
    match action {
        Action::ShowOverview => show(model, Screen::Overview),
        Action::ShowReplication => show(model, Screen::Replication),
        Action::ShowHealth => show(model, Screen::Health),
        Action::ShowAlarms => show(model, Screen::Alarms),
        Action::ShowCapacity => show(model, Screen::Capacity),
        Action::ShowFleet => show(model, Screen::Fleet),
        Action::ShowRunbooks => show(model, Screen::Runbooks),
        Action::ShowRun => show(model, Screen::Run),
        Action::ShowHistory => show(model, Screen::History),
        Action::ShowStacks => show(model, Screen::Stacks),
        Action::OpenBlueprints => return drafting::open_picker(model),
        Action::ToggleFold => {
            if !screens::stacks::toggle(model) {
                model.say("no stack is selected");
            }
        }
        Action::DetectDrift => return acting::propose_of_stacks(model, DRIFT),
        Action::TakeAway => return acting::propose_of_stacks(model, TEARDOWN),
        Action::Propose => return acting::propose(model),
        Action::Begin => return acting::begin(model),
        Action::ShowDecision => open_page(model, Dialog::Message { about: About::Decision, top: 0 }),
        Action::PrintPlan => return plans::print(model),
        Action::OverrideGuard => plans::override_guard(model),
        Action::ApprovePlan => seconds::open(model),
        Action::AbortRun => answering::abort(model),
        Action::ShowIncident => incident::show(model),
        Action::WriteNote => incident::note(model),
        Action::RaiseAccess => return access::toggle(model),
        Action::ToggleDrill => return acting::toggle_drill(model),
        Action::ToggleCalls => acting::toggle_calls(model),
        Action::Answer => answering::answer(model),
        Action::RetryStep => answering::straight_to(model, Straight::Retry),
        Action::SkipStep => answering::straight_to(model, Straight::Skip),
        Action::GoUnplanned => answering::straight_to(model, Straight::Unplanned),
        Action::PauseRun => return answering::pause(model),
        Action::ResumeRun => answering::resume(model),
        Action::ReportRun => return archive::report(model),
        Action::Compare => return archive::compare(model),
        Action::VerifyJournal => return archive::verify(model),
        Action::NextDeployment => turn_deployment(model, true),
        Action::PreviousDeployment => turn_deployment(model, false),
        Action::MoveUp => step(model, Step::Up),
        Action::MoveDown => step(model, Step::Down),
        Action::PageUp => step(model, Step::PageUp(page_rows(model))),
        Action::PageDown => step(model, Step::PageDown(page_rows(model))),
        Action::MoveTop => step(model, Step::Top),
        Action::MoveBottom => step(model, Step::Bottom),
        Action::FocusNext => turn_pane(model, true),
        Action::FocusPrevious => turn_pane(model, false),
        Action::Open => return open(model),
        Action::Back => back(model),
        Action::ClosePage => {
            model.dialogs.pop();
        }
        Action::OpenFilter => {
            let state = model.screens.of_mut(model.screen);
            state.filter_pane = state.pane;
            let before = state.filter.clone();
            model.dialogs.push(Dialog::Filter(filter::Edit { before }));
        }
        Action::CycleSort => cycle_sort(model),
        Action::OpenPalette => model.dialogs.push(Dialog::Palette(palette::Search::default())),
        Action::OpenHelp => open_page(model, Dialog::Help { top: 0 }),
        Action::ExplainForecast => open_page(model, Dialog::Message { about: About::Forecast, top: 0 }),
        Action::CopyValue => return copy_value(model),
        Action::CopyAny => keeping::choose_value(model),
        Action::CopyScreen => return copy(model, "the screen", view_text(model)),
        Action::CopyCommand => return keeping::copy_command(model),
        Action::DumpScreen => return keeping::dump_screen(model),
        Action::ChooseColumns => keeping::choose_columns(model),
        Action::ToggleColumn => return keeping::toggle_column(model),
        Action::ToggleSilence => keeping::toggle_silence(model),
        Action::Tutorial => return keeping::tutorial(model),
        Action::ShowGreeting => keeping::greet(model),
        Action::RefreshNow => return refresh(model),
        Action::ToggleTempo => return toggle_tempo(model),
        Action::ToggleClock => toggle_clock(model),
        Action::CycleTheme => cycle_theme(model),
        Action::ToggleSymbols => model.display.symbols = model.display.symbols.other(),
        Action::Redraw => return vec![Effect::Redraw],
        Action::EraseWord => return erase(model, Erase::Word),
        Action::EraseLine => return erase(model, Erase::Line),
        Action::Quit | Action::QuitAnywhere => return acting::quit(model),
    }
    Vec::new()
}

fn show(model: &mut Model, screen: Screen) {
    model.dialogs.clear();
    model.turn_to(screen);
    if screen == Screen::Fleet {
        model.point_at_shown();
    }
}

/// A page of the same kind is replaced, not stacked.
fn open_page(model: &mut Model, dialog: Dialog) {
    model.dialogs.retain(|open| open.context() != Context::Reading);
    model.dialogs.push(dialog);
}

fn select(model: &mut Model, index: usize) {
    if index != model.selected && index < model.fleet.len() {
        model.selected = index;
        model.screens.forget_selections();
        model.point_at_shown();
        let now = model.now;
        if let Some(watched) = model.watched_mut().filter(|watched| watched.is_outdated(now, PATIENCE)) {
            watched.assess(now);
        }
    }
}

fn turn_deployment(model: &mut Model, forward: bool) {
    match model.fleet.len() {
        0 => model.say("no deployment is configured"),
        1 => model.say("there is only this deployment"),
        deployments => select(model, scroll::turned(model.selected, deployments, forward)),
    }
}

fn turn_pane(model: &mut Model, forward: bool) {
    let screen = model.screen;
    let state = model.screens.of_mut(screen);
    state.pane = scroll::turned(state.pane, screen.panes().len(), forward);
}

/// About a screenful, less what stands around the rows.
fn page_rows(model: &Model) -> usize {
    usize::from(model.display.rows).saturating_sub(10).max(1)
}

fn step(model: &mut Model, step: Step) {
    let lines = match model.dialogs.last() {
        None | Some(Dialog::Filter(_)) => return archive::step(model, step),
        Some(Dialog::Palette(search)) => palette::found(model, &search.typed).len(),
        Some(Dialog::Help { .. }) => help::tops(model),
        Some(Dialog::Message { about, .. }) => message::tops(model, about),
        Some(Dialog::Answer(_)) => answer::choices(model).len(),
        Some(Dialog::Columns(_)) => columns::titles(model).len(),
        Some(Dialog::Values(_)) => values::values(model).len(),
        Some(Dialog::Picker(_)) => picker::offers(model).len(),
        Some(Dialog::Form(form)) => form::draft(model, form).map_or(0, |draft| draft.fields.len()),
        Some(Dialog::Confirm(_) | Dialog::Reason(_) | Dialog::Greeting) => return,
    };
    match model.dialogs.last_mut() {
        Some(Dialog::Palette(search)) => search.selected = scroll::moved(search.selected, lines, step),
        Some(Dialog::Help { top } | Dialog::Message { top, .. }) => *top = scroll::moved(*top, lines, step),
        Some(Dialog::Answer(asking)) => asking.selected = scroll::moved(asking.selected, lines, step),
        Some(Dialog::Columns(picking)) => picking.selected = scroll::moved(picking.selected, lines, step),
        Some(Dialog::Values(taking)) => taking.selected = scroll::moved(taking.selected, lines, step),
        Some(Dialog::Picker(picker)) => picker.selected = scroll::moved(picker.selected, lines, step),
        Some(Dialog::Form(form)) => {
            (form.selected, form.edited) = (scroll::moved(form.selected, lines, step), None);
        }
        Some(Dialog::Filter(_) | Dialog::Confirm(_) | Dialog::Reason(_) | Dialog::Greeting) | None => {}
    }
}

fn open(model: &mut Model) -> Vec<Effect> {
    match model.dialogs.last() {
        Some(Dialog::Palette(_)) => return choose(model),
        Some(Dialog::Answer(_)) => return answering::choose(model),
        Some(Dialog::Values(_)) => return keeping::copy_chosen(model),
        Some(Dialog::Confirm(_)) => return acting::confirm(model),
        Some(Dialog::Reason(_)) => return acting::write(model),
        Some(Dialog::Picker(_)) => return drafting::pick(model),
        Some(Dialog::Form(_)) => return drafting::propose(model),
        Some(Dialog::Message { about: About::Proposal { .. }, .. }) => {
            acting::toggle_calls(model);
            return Vec::new();
        }
        Some(
            Dialog::Filter(_) | Dialog::Help { .. } | Dialog::Message { .. } | Dialog::Columns(_) | Dialog::Greeting,
        ) => {
            model.dialogs.pop();
            return Vec::new();
        }
        None => {}
    }
    let Some((pane, item)) = screens::selected(model) else {
        model.say("there is nothing to open");
        return Vec::new();
    };
    match screens::opened(model.screen, pane, &item) {
        Opened::Page => {
            let about = About::Item { screen: model.screen, pane, id: item.id };
            open_page(model, Dialog::Message { about, top: 0 });
        }
        Opened::Writing(writing) => return archive::open(model, writing),
        Opened::Goto { screen, pane, id } => goto(model, screen, pane, id),
        Opened::Deployment(index) => {
            select(model, index);
            show(model, Screen::Overview);
        }
    }
    Vec::new()
}

/// Goes to another screen with one of its rows selected, and no filter in its way.
fn goto(model: &mut Model, screen: Screen, pane: usize, id: String) {
    show(model, screen);
    if screen == Screen::Stacks {
        screens::stacks::unfold(model, &id);
    }
    let state = model.screens.of_mut(screen);
    state.pane = pane;
    state.filter.clear();
    if let Some(cursor) = state.cursor_mut(pane) {
        cursor.id = Some(id);
    }
}

fn choose(model: &mut Model) -> Vec<Effect> {
    let Some(Dialog::Palette(search)) = model.dialogs.pop() else { return Vec::new() };
    let Some(candidate) = palette::found(model, &search.typed).into_iter().nth(search.selected) else {
        model.say(format!("nothing is called `{}`", search.typed));
        return Vec::new();
    };
    model.chosen.retain(|name| *name != candidate.name);
    model.chosen.push_front(candidate.name);
    model.chosen.truncate(palette::REMEMBERED);
    // What another deployment has is looked at there.
    if let Some(name) = &candidate.of {
        choose_deployment(model, name);
    }
    match candidate.choice {
        Choice::Action(action) => chosen_action(model, action),
        Choice::Deployment(name) => {
            choose_deployment(model, &name);
            Vec::new()
        }
        Choice::Theme(name) => {
            let place = model.display.themes.iter().position(|theme| theme.name == name);
            model.display.theme = place.unwrap_or(model.display.theme);
            model.say(format!("theme {name}"));
            Vec::new()
        }
        Choice::Row { screen, pane, id } => {
            goto(model, screen, pane, id);
            Vec::new()
        }
        Choice::Blueprint(named) => drafting::open_picker_at(model, &named),
        Choice::Region(region) => {
            open_page(model, Dialog::Message { about: About::Region(region), top: 0 });
            Vec::new()
        }
    }
}

/// The palette offers everything. What works on another screen leads there; what is done to a row is not done before
/// somebody has seen which.
fn chosen_action(model: &mut Model, action: Action) -> Vec<Effect> {
    let entry = action.entry();
    let screen = match palette::leading(model, context(model), action) {
        Leading::Here => return act(model, action),
        Leading::To(screen) => screen,
        Leading::Within(contexts) => {
            let places: Vec<&str> = contexts.into_iter().map(Context::name).collect();
            model.say(format!("`{}` works in {}", entry.name, places.join(", ")));
            return Vec::new();
        }
    };
    show(model, screen);
    if !action.is_about_a_row() {
        return act(model, action);
    }
    let key = model.keymap.shown(action, Context::Screen(screen)).map(|key| format!("{key} does it to "));
    let key = key.unwrap_or_else(|| format!("`{}` from here is done to ", entry.name));
    model.say(format!("{key}the row under the cursor"));
    Vec::new()
}

fn choose_deployment(model: &mut Model, name: &DeploymentName) {
    if let Some(index) = model.fleet.iter().position(|watched| watched.deployment.name == *name) {
        select(model, index);
    }
    if model.screen == Screen::Fleet {
        show(model, Screen::Overview);
    }
}

/// One thing at a time: the dialog, the filter, then the screen before.
fn back(model: &mut Model) {
    match model.dialogs.pop() {
        Some(Dialog::Filter(edit)) => model.screens.of_mut(model.screen).filter = edit.before,
        Some(
            Dialog::Help { .. }
            | Dialog::Message { .. }
            | Dialog::Palette(_)
            | Dialog::Answer(_)
            | Dialog::Confirm(_)
            | Dialog::Columns(_)
            | Dialog::Values(_)
            | Dialog::Greeting
            | Dialog::Reason(_)
            | Dialog::Picker(_)
            | Dialog::Form(_),
        ) => {}
        None => {
            let state = model.screens.of_mut(model.screen);
            if state.filter.is_empty() {
                go_back(model);
            } else {
                state.filter.clear();
            }
        }
    }
}

/// To the screen before. A key that was pressed once too often is undone by the one that is said.
fn go_back(model: &mut Model) {
    let left = model.screen;
    let Some(screen) = model.way_back() else {
        model.say("this is where you began: there is no screen before it");
        return;
    };
    model.trail.pop();
    model.screen = screen;
    let key = model.keymap.shown(left.action(), Context::Screen(screen));
    let key = key.map_or_else(|| left.action().entry().name.to_owned(), ToString::to_string);
    model.say(format!("back to {}; {key} shows {} again", screen.title(), left.title()));
}

fn cycle_sort(model: &mut Model) {
    let screen = model.screen;
    let sorts = screen.sorts();
    let state = model.screens.of_mut(screen);
    state.sort = scroll::turned(state.sort, sorts.len(), true);
    if let Some(name) = sorts.get(state.sort) {
        let of = if screen == Screen::Overview { "stores " } else { "" };
        model.say(format!("{of}sorted by {name}"));
    }
}

fn copy(model: &mut Model, what: &str, text: String) -> Vec<Effect> {
    let request = model.request(format!("copied {what}"));
    vec![Effect::Copy { request, text }]
}

fn copy_value(model: &mut Model) -> Vec<Effect> {
    match model.dialogs.last() {
        Some(Dialog::Message { about, .. }) => {
            let text = message::text(model, about);
            copy(model, "the page", text)
        }
        Some(Dialog::Help { .. }) => {
            let text = help::text(model);
            copy(model, "the help", text)
        }
        Some(Dialog::Greeting) => {
            let text = greeting::text(model);
            copy(model, "the welcome", text)
        }
        Some(
            Dialog::Palette(_)
            | Dialog::Filter(_)
            | Dialog::Answer(_)
            | Dialog::Confirm(_)
            | Dialog::Columns(_)
            | Dialog::Values(_)
            | Dialog::Reason(_)
            | Dialog::Picker(_)
            | Dialog::Form(_),
        ) => Vec::new(),
        None => {
            if let Some((_, item)) = screens::selected(model) {
                copy(model, &format!("`{}`", item.copy), item.copy)
            } else {
                model.say("there is nothing to copy");
                Vec::new()
            }
        }
    }
}

fn refresh(model: &mut Model) -> Vec<Effect> {
    let Some(deployment) = model.watched().map(|watched| watched.deployment.name.clone()) else { return Vec::new() };
    let request = model.request(format!("asked for everything of {deployment}"));
    vec![Effect::Refresh { request, deployment }]
}

fn toggle_tempo(model: &mut Model) -> Vec<Effect> {
    let Some(watched) = model.watched_mut() else { return Vec::new() };
    let (tempo, words) = match watched.tempo {
        Tempo::Calm => (Tempo::Fast, "reading often, as during a run"),
        Tempo::Fast => (Tempo::Calm, "reading calmly"),
    };
    watched.tempo = tempo;
    watched.unassessed = true;
    let deployment = watched.deployment.name.clone();
    model.say(words);
    vec![Effect::SetTempo { deployment, tempo }]
}

fn toggle_clock(model: &mut Model) {
    model.display.face = match model.display.face {
        ClockFace::Utc => ClockFace::Local,
        ClockFace::Local => ClockFace::Utc,
    };
    let zone = model.display.local.zone(model.display.face);
    model.say(format!("times are in {zone}"));
}

fn cycle_theme(model: &mut Model) {
    model.display.theme = scroll::turned(model.display.theme, model.display.themes.len(), true);
    if let Some(name) = model.theme().map(|theme| theme.name.clone()) {
        model.say(format!("theme {name}"));
    }
}
