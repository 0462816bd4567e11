//! `lifeboat`: the console. Puts the session together; what happens in it is in `session`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use color_eyre::Result;
use jiff::tz::TimeZone;
use lifeboat_engine::clock::SystemClock;
use lifeboat_model::id::DeploymentName;
use lifeboat_model::port::Reality;
use lifeboat_model::time::Clock;
use lifeboat_tui::Opening;
use lifeboat_tui::format::{ClockFace, LocalOffset};
use lifeboat_tui::symbols::SymbolSet;
use lifeboat_tui::theme::{ColourDepth, Ground, Theme};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::acting;
use crate::building::Site;
use crate::cli::Globals;
use crate::commands::Context;
use crate::config::env::Environment;
use crate::exit::{Exit, Failure};
use crate::runbooks;
use crate::session::{self, Bench, ByBackground, Ending, Left, OpenWorld, Stage, World};
use crate::tape::SharedTape;
use crate::terminal::ability::{self, Surroundings};
use crate::terminal::background::Background;
use crate::terminal::{self, panic};
use crate::wiring::{self, Outline, Wiring};

/// In the data folder: plans that were written to be printed.
const PAPER: &str = "paper";
/// Between two attempts to discover what a deployment consists of.
const NEXT_ATTEMPT: Duration = Duration::from_secs(10);

pub(crate) async fn run(context: &mut Context<'_>) -> Result<Exit> {
    let surroundings = Surroundings::read();
    terminal::require(surroundings.term.as_deref()).map_err(|reason| {
        Failure::usage(reason.to_string())
            .hint("`lifeboat status` prints the same facts anywhere, `--json` for programs")
    })?;
    let outline = wiring::outline(context.globals, context.environment)?;
    let tape = SharedTape::new(outline.data_dir());
    let stage = stage(context.globals, &outline, &surroundings, tape.clone());
    let world = entrance(context.globals.clone(), context.environment.clone(), outline);
    // A task of its own, so that a panic in it ends here, with the terminal given back and an exit code.
    match tokio::spawn(session::run(stage, world)).await {
        Ok(Ok(Left { ending, acting })) => left(context, ending, &acting),
        Ok(Err(failure)) => Err(failure.into()),
        Err(_) => Ok(Exit::Error),
    }
}

fn left(context: &mut Context<'_>, ending: Ending, acting: &[DeploymentName]) -> Result<Exit> {
    // A terminal that is lost can be told nothing; that a run was left is told by the exit code all the same.
    let mut told = Ok(());
    if let Ending::Signalled(what) = ending {
        told = context.output.note(&format!("ended by {what}"));
    }
    for name in acting {
        told = told.and(context.output.note(&format!(
            "a run of {name} was left where it stood; the journal holds what was begun: \
             `lifeboat resume --deployment {name} --operate`"
        )));
    }
    if !matches!(ending, Ending::Signalled(_)) {
        told?;
    }
    Ok(match ending {
        Ending::Panicked => Exit::Error,
        Ending::Quit | Ending::Signalled(_) if acting.is_empty() => Exit::Done,
        Ending::Quit | Ending::Signalled(_) => Exit::RunFailed,
    })
}

fn stage(globals: &Globals, outline: &Outline, surroundings: &Surroundings, tape: SharedTape) -> Stage {
    let console = outline.console();
    let depth = ability::color_depth(!console.color.value);
    let (theme, by_background) = match &console.theme {
        Some(theme) => (Some(theme.value.clone()), None),
        None => unnamed_theme(&outline.themes, surroundings, depth),
    };
    let now = SystemClock.now();
    let opening = Opening {
        access: outline.access,
        pinned: wiring::pinned(globals).map(str::to_owned),
        selected: outline.deployments.get(outline.selected).map(|deployment| deployment.name.clone()),
        tempo: outline.tempo,
        keymap: outline.keymap().clone(),
        themes: outline.themes.clone(),
        theme,
        depth,
        symbols: if console.ascii.value { SymbolSet::Ascii } else { SymbolSet::Unicode },
        pace: globals.pace.map(|pace| pace.to_string()).filter(|_| outline.reality.is_simulated()),
        local: LocalOffset(TimeZone::system().to_offset(now).seconds()),
        face: if console.utc.value { ClockFace::Utc } else { ClockFace::Local },
        ..Opening::new(outline.reality.clone(), outline.deployments.clone(), now)
    };
    let dump = tape.clone();
    let panicked = panic::install(move || match dump.dump() {
        Ok(Some(path)) => {
            panic::say(&format!("the last minutes are in `{}`; `lifeboat replay` shows them", path.display()));
        }
        Ok(None) => {}
        Err(error) => panic::say(&format!("the last minutes could not be written down: {error}")),
    });
    Stage {
        opening,
        passage: surroundings.passage,
        by_background,
        tape,
        panicked,
        provoke_panic: surroundings.provoke_panic,
    }
}

/// The theme when none is named: by the background, as far as it is known, and what to take once the terminal tells it.
fn unnamed_theme(
    themes: &[Theme],
    surroundings: &Surroundings,
    depth: ColourDepth,
) -> (Option<String>, Option<ByBackground>) {
    let on = |ground: Ground| themes.iter().find(|theme| theme.ground == ground).map(|theme| theme.name.clone());
    let (Some(dark), Some(light)) = (on(Ground::Dark), on(Ground::Light)) else { return (None, None) };
    match surroundings.background() {
        Some(Background::Dark) => (Some(dark), None),
        Some(Background::Light) => (Some(light), None),
        // Without colours, or with the terminal's own sixteen, a theme fits any background.
        None if matches!(depth, ColourDepth::None | ColourDepth::Sixteen) => (Some(dark), None),
        None if !surroundings.background_can_be_asked() => (Some(dark), None),
        None => (Some(dark.clone()), Some(ByBackground { dark, light })),
    }
}

/// Opens the clouds on a thread where waiting is allowed. A simulated world that cannot be opened ends the console; a
/// deployment that cannot be discovered while AWS is silent is tried again: that may be the very day.
fn entrance(globals: Globals, environment: Environment, outline: Outline) -> OpenWorld {
    Box::new(move |troubles| {
        Box::pin(async move {
            let live = outline.reality == Reality::Live;
            let paper = outline.data_dir().join(PAPER);
            let mut attempt = Ok(outline);
            loop {
                let outcome = match attempt {
                    Ok(outline) => connect(globals.clone(), outline).await,
                    Err(failure) => Err(failure),
                };
                match outcome {
                    Ok(wiring) => return Ok(world(wiring, &environment, paper)),
                    Err(failure) if live => tell(&troubles, failure).await,
                    Err(failure) => return Err(failure),
                }
                attempt = wiring::outline(&globals, &environment);
            }
        })
    })
}

async fn tell(troubles: &mpsc::Sender<Failure>, failure: Failure) {
    // Nobody listens any more when the console is being left.
    drop(troubles.send(failure).await);
    SystemClock.sleep(NEXT_ATTEMPT).await;
}

async fn connect(globals: Globals, outline: Outline) -> Result<Wiring, Failure> {
    let here = Handle::current();
    let opened = tokio::task::spawn_blocking(move || here.block_on(wiring::connect(&globals, outline))).await;
    opened.unwrap_or_else(|_| Err(Failure::error("the clouds could not be opened: see the report above")))
}

fn world(mut wiring: Wiring, environment: &Environment, paper: PathBuf) -> World {
    let person = acting::person(environment);
    let (runbooks, problems) = runbooks::all(wiring.folder.as_deref());
    let bench = Bench {
        runbooks: runbooks.into(),
        journal: wiring.journal.clone(),
        last_known: wiring.last_known.clone(),
        paper,
        access: wiring.deployments.iter().any(|wired| wired.operator.is_some()),
        person: person.clone(),
        reality: wiring.reality.clone(),
    };
    let notices = std::mem::take(&mut wiring.notices).into_iter().chain(problems).collect();
    let clock = Arc::clone(&wiring.clock);
    let runbooks = Arc::clone(&bench.runbooks);
    World { clock, bench, site: Site { wiring, runbooks, person, environment: environment.clone() }, notices }
}
