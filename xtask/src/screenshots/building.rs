//! Pictures of what stands of a deployment, and of the way to another one: from the list of blueprints to what is chosen for
//! one. Nothing is made in them.

use std::time::Duration;

use lifeboat_model::topology::Blueprint;
use lifeboat_tui::dialogs::Dialog;
use lifeboat_tui::{Model, Msg, update};

use super::desk::Desk;
use super::{Taken, picture};

const BLUEPRINT: Blueprint = Blueprint::PaymentsAurora;
const COLUMNS: u16 = 120;
const ROWS: u16 = 40;

/// From the first stack of the home region to the standby's, whose resources are then shown.
const TO_WHAT_DIFFERS: &str = "down down down down space";

const LOOKS: Duration = Duration::from_secs(8);

pub(super) async fn pictures() -> Result<Vec<Taken>, String> {
    Ok(vec![standing().await?, offered().await?, chosen().await?])
}

async fn sit_down(scenario: &str) -> Result<Desk, String> {
    let mut desk = Desk::open(scenario, BLUEPRINT)?;
    for _ in 0..2 {
        desk.let_pass(LOOKS);
        desk.look().await?;
    }
    Ok(desk)
}

async fn standing() -> Result<Taken, String> {
    let mut desk = sit_down("drift").await?;
    desk.press("0")?;
    desk.survey().await?;
    desk.press(TO_WHAT_DIFFERS)?;
    taken("drift", &desk, ("stacks", "Every stack of both regions: how each is doing, what differs from its template"))
}

async fn offered() -> Result<Taken, String> {
    let mut desk = sit_down("calm").await?;
    desk.press("b")?;
    taken("calm", &desk, ("blueprints", "What can be built, and what each would make, cost and take"))
}

async fn chosen() -> Result<Taken, String> {
    let mut desk = sit_down("calm").await?;
    fill_in(&mut desk)?;
    taken(
        "calm",
        &desk,
        ("blueprint-form", "What is chosen for a blueprint, judged as it is typed, and what it comes to"),
    )
}

/// From any screen to a form whose choices are made.
pub(super) fn fill_in(desk: &mut Desk) -> Result<(), String> {
    desk.press("b")?;
    choose(desk, BLUEPRINT.as_str(), |model| {
        let Some(Dialog::Picker(picker)) = model.dialogs.last() else { return None };
        model.offers.as_ref()?.get(picker.selected).map(|offer| offer.named.clone())
    })?;
    desk.press("enter")?;
    choose(desk, "EnvironmentSuffix", |model| {
        let Some(Dialog::Form(form)) = model.dialogs.last() else { return None };
        model.draft.as_ref()?.fields.get(form.selected).map(|field| field.id.clone())
    })?;
    desk.press("backspace backspace backspace")?;
    desk.type_in("qa")
}

/// Moves down to a row.
fn choose(desk: &mut Desk, wanted: &str, here: impl Fn(&Model) -> Option<String>) -> Result<(), String> {
    for _ in 0..ROWS {
        if here(&desk.model).as_deref() == Some(wanted) {
            return Ok(());
        }
        desk.press("down")?;
    }
    Err(format!("there is no row `{wanted}`"))
}

fn taken(scenario: &str, desk: &Desk, (name, title): (&'static str, &'static str)) -> Result<Taken, String> {
    let mut model = desk.model.clone();
    drop(update(&mut model, Msg::Resized { columns: COLUMNS, rows: ROWS }));
    let caption = format!("Scenario `{scenario}`, `{BLUEPRINT}`, {COLUMNS}×{ROWS}.");
    picture(&model, name, title, caption)
}
