//! Plans and runs of stacks on behalf of the person at the glass: what they are made from, and what follows from a run that
//! ended. Everything that matters is done by the same functions that `up`, `down` and `drift` use.

use std::sync::Arc;

use lifeboat_model::id::DeploymentName;
use lifeboat_model::run::RunOutcome;
use lifeboat_model::topology::Deployment;
use lifeboat_tui::acting::Proposal;
use tokio::sync::mpsc;

use super::conducting::{Told, Wanted};
use super::drafting;
use crate::acting::{Case, PATIENCE, View};
use crate::building::{self, Building, Site, Wish};
use crate::exit::Failure;
use crate::wiring::{Latch, There, Wired};

/// What a plan of stacks was made from, and what was seen for it.
pub(crate) struct Built {
    pub(super) building: Building,
    pub(super) view: View,
}

/// The reason, and what a person can do about it.
pub(super) fn in_words(failure: &Failure) -> String {
    match &failure.hint {
        Some(hint) => format!("{}; {hint}", failure.message),
        None => failure.message.clone(),
    }
}

/// The plan of stacks as it would be carried out now, with every guard's verdict.
pub(super) async fn proposal(
    site: &Site,
    name: &DeploymentName,
    wish: Wish,
    wanted: &Wanted,
) -> Result<(Proposal, Built), Failure> {
    let building = match (wish, &wanted.choice) {
        (Wish::Provision, Some(choice)) => drafting::building(site, choice)?,
        (Wish::Provision, None) => {
            return Err(Failure::usage("which blueprint is not said").hint("choose one of those that can be built"));
        }
        (Wish::Teardown | Wish::Drift, _) => Building::of_what_stands_at(site, name, wish).await?,
    };
    let (plan, view) = building.plan(PATIENCE).await?;
    let session = building.case.session(&view)?;
    let reports = building.case.judge(&plan, &view, &session, &wanted.overrides);
    Ok((Proposal::new(wanted.runbook.clone(), false, plan, reports), Built { building, view }))
}

/// What a run of stacks is gone on with in: nobody writes to the application meanwhile.
pub(super) fn case(site: &Site, deployment: &Deployment) -> Result<Case, Failure> {
    let known = site.wiring.deployments.iter().find(|wired| wired.deployment.name == deployment.name);
    let (cloud, operator) =
        known.map_or_else(|| site.wiring.door.clone(), |wired| (Arc::clone(&wired.cloud), wired.operator.clone()));
    let deployment = Arc::new(Deployment { canary: None, ..deployment.clone() });
    let latch = Latch::Shut("it is being made: access is given when the session begins".to_owned());
    site.case(Wired { deployment, cloud, operator, latch })
}

/// What follows from a run of stacks that was begun and ended: what is kept is put right, and the deployment is shown as it is now, or
/// no more.
///
/// An error says what could not be put right, though the run itself is over.
pub(super) async fn settle(
    case: &Case,
    wish: Wish,
    there: Option<There>,
    tell: &mpsc::Sender<Told>,
) -> Result<(), String> {
    let followed = building::follow_up(case).await;
    // Nobody listens any more when the console is being left.
    let outcome = match followed {
        Ok(said) => {
            for text in said {
                drop(tell.send(Told::Said(text)).await);
            }
            Ok(())
        }
        Err(failure) => Err(in_words(&failure)),
    };
    let heads = case.journal.runs(Some(case.name())).map_err(|error| error.to_string())?;
    if heads.first().and_then(|head| head.outcome) != Some(RunOutcome::Completed) {
        return outcome;
    }
    match wish {
        Wish::Teardown => drop(tell.send(Told::TakenAway(case.name().clone())).await),
        Wish::Provision => {
            let found = there.and_then(|there| there().into_iter().find(|found| found.name == *case.name()));
            if let Some(deployment) = found {
                let wired = Wired { deployment: Arc::new(deployment), ..case.wired.clone() };
                drop(tell.send(Told::Stands(Box::new(wired))).await);
            }
        }
        Wish::Drift => {}
    }
    outcome
}
