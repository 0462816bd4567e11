//! The decision card: should one fail over at all? Written criteria with what is known of each at this moment, and what
//! waiting costs against switching. It says what speaks for what; a person decides.

use lifeboat_model::rules::decision::{self, Advice, Judged, Known, Speaks};
use lifeboat_model::time::age;

use crate::acting::words;
use crate::action::{Action, Context};
use crate::format;
use crate::look::Look;
use crate::model::{Model, Watched};
use crate::screens::Page;
use crate::theme::Role;

pub(super) fn page(model: &Model, look: &Look<'_>, watched: &Watched) -> Page {
    let since = watched.incident().map(|incident| incident.began_at);
    let deployment = &watched.deployment;
    let known = Known {
        deployment,
        snapshot: &watched.snapshot,
        assessment: &watched.assessment,
        standing: watched.standing.as_ref(),
        tempo: watched.tempo,
        since,
    };
    let decided = decision::decide(&known, look.now);
    let mut page = Page::new(format!("Should {} be failed over at all?", deployment.name));
    let (role, mark) = sign_of(look, decided.advice);
    page.fact("says", role, format!("{mark} {}", decided.advice.words()));
    let from = decided.from.as_ref().map_or_else(|| "not known".to_owned(), ToString::to_string);
    let to = decided.to.as_ref().map_or_else(|| "not known".to_owned(), ToString::to_string);
    page.fact("would lead", Role::Text, format!("{from} {} {to}", look.symbols.arrow));
    let (role, within) = match (decided.advice, decided.decide_within) {
        // Nothing is to be decided, and nothing presses.
        (Advice::Stay, None) => (Role::Text, "nothing to decide as it stands".to_owned()),
        (Advice::Stay, Some(left)) if left.is_zero() => {
            (Role::Text, "nothing to decide as it stands; a failover would miss the RTO".to_owned())
        }
        (Advice::Stay, Some(left)) => {
            (Role::Text, format!("nothing to decide as it stands; should it change, within {}", format::age(left)))
        }
        (_, None) => (Role::Unknown, format!("{} not known", look.symbols.unknown)),
        (_, Some(left)) if left.is_zero() => (
            Role::Danger,
            format!("{} now: the RTO is missed as it is, and by more with every minute", look.symbols.danger),
        ),
        (_, Some(left)) => (Role::Text, format!("{}, for a failover to be over in time", format::age(left))),
    };
    page.fact("decide in", role, within);
    page.heading("What would speak for it");
    for judged in &decided.criteria {
        criterion(&mut page, look, judged);
    }
    costs(&mut page, model, look, watched);
    page.sentence(Role::Text, "");
    page.sentence(Role::Muted, "It is judged anew with everything that is read; what it says is no order.");
    page
}

fn sign_of(look: &Look<'_>, advice: Advice) -> (Role, &'static str) {
    match advice {
        Advice::Stay => (Role::Ok, look.symbols.ok),
        Advice::FailOver => (Role::Danger, look.symbols.danger),
        Advice::MendStandby
        | Advice::LeadClients
        | Advice::RollBack
        | Advice::MendCompute
        | Advice::ShiftAway
        | Advice::Prepare
        | Advice::WeighLoss => (Role::Caution, look.symbols.caution),
        Advice::FindOut => (Role::Unknown, look.symbols.unknown),
    }
}

fn criterion(page: &mut Page, look: &Look<'_>, judged: &Judged) {
    // Neither is good or bad by itself: in a calm world nothing speaks for it, and that is no alarm.
    let (role, mark) = match judged.speaks {
        Speaks::For => (Role::Heading, "yes"),
        Speaks::Against => (Role::Text, "no"),
        Speaks::Unknown => (Role::Unknown, look.symbols.unknown),
    };
    let age = judged.at.map_or_else(|| "never read".to_owned(), |at| format!("{} ago", look.age(at)));
    page.fact(mark, role, judged.criterion.words());
    page.fact("", Role::Muted, format!("  {} ({age})", judged.evidence));
}

/// What one pays for either.
fn costs(page: &mut Page, model: &Model, look: &Look<'_>, watched: &Watched) {
    let forecast = &watched.assessment.forecast;
    page.heading("Waiting");
    if let Some(incident) = watched.incident() {
        let used = format::age(age(look.now, incident.began_at));
        page.fact("so far", Role::Text, format!("{used} since {}", look.time_of_day(incident.began_at)));
    } else if !watched.knows_of_incidents() {
        page.fact("so far", Role::Unknown, "not known: the journal, which tells of incidents, was not read yet");
    } else {
        let key = model.keymap.shown(Action::ShowIncident, Context::Reading);
        let key = key.map_or_else(|| "the palette".to_owned(), ToString::to_string);
        page.fact("so far", Role::Unknown, format!("not known: {key} declares when it began"));
    }
    let objective = forecast.rto_target.map_or_else(|| "none is set".to_owned(), format::target);
    page.fact("RTO", Role::Text, objective);
    page.heading("Switching");
    let takes = forecast.rto.map_or_else(
        || format!("at least {}; the rest is not known", format::duration(forecast.rto_at_least)),
        format::duration,
    );
    page.fact("takes", if forecast.rto.is_some() { Role::Text } else { Role::Unknown }, takes);
    if forecast.rpo.is_none() {
        page.fact("loses", Role::Unknown, format!("{} not known", look.symbols.unknown));
    }
    for store in &watched.assessment.stores {
        let (role, lost) = look.dated(store.at_risk.as_ref(), |lost| format::duration(*lost), Role::Text);
        page.fact("loses", role, format!("{}: {lost}", words::store(store.kind)));
    }
    let back = match watched.assessment.stores.len() {
        0 => "a failback".to_owned(),
        1 => "a failback, once the store that is left behind has caught up".to_owned(),
        count => format!("a failback, once {count} stores that are left behind have caught up"),
    };
    page.fact("then", Role::Text, back);
}
