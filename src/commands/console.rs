//! `lifeboat`: the console. Puts the session together; what happens in it is in `session`.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use color_eyre::Result;
use jiff::tz::TimeZone;
use lifeboat_engine::clock::SystemClock;
use lifeboat_model::port::Reality;
use lifeboat_model::time::Clock;
use lifeboat_tui::Opening;
use lifeboat_tui::alert::Means;
use lifeboat_tui::format::{ClockFace, LocalOffset};
use lifeboat_tui::symbols::SymbolSet;
use lifeboat_tui::theme::{ColourDepth, Ground, Theme};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

use crate::acting;
use crate::building::Site;
use crate::cli::{Globals, PaceArgument};
use crate::commands::Context;
use crate::config::Notices;
use crate::config::env::Environment;
use crate::effects::Reach;
use crate::exit::{Exit, Failure};
use crate::session::{self, Bench, ByBackground, Ending, Left, OpenWorld, Stage, World};
use crate::tape::SharedTape;
use crate::terminal::ability::{self, Surroundings};
use crate::terminal::background::Background;
use crate::terminal::panic::{self, Panicked};
use crate::terminal::{self, NoTerminal};
use crate::wiring::{self, Outline, Wiring};
use crate::{remembered, runbooks, themes};

/// In the data folder: plans that were written to be printed.
const PAPER: &str = "paper";
/// Between two attempts to discover what a deployment consists of.
const NEXT_ATTEMPT: Duration = Duration::from_secs(10);

/// What it is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Watch,
    /// The guided rehearsal, in a world of its own.
    Tutorial,
}

/// How fast the tutorial's world goes: what takes minutes is over before one grows tired of it.
const TUTORIAL_PACE: f64 = 10.0;

pub(crate) async fn run(context: &mut Context<'_>, way: Way) -> Result<Exit> {
    let surroundings = Surroundings::read();
    let linear = match terminal::require(surroundings.term.as_deref()) {
        _ if context.globals.linear => true,
        Ok(()) => false,
        Err(NoTerminal::Dumb) => true,
        Err(reason @ (NoTerminal::Output | NoTerminal::Input)) => {
            return Err(Failure::usage(reason.to_string())
                .hint(
                    "`lifeboat status` prints the same facts anywhere, `--json` for programs; `lifeboat --linear` tells \
                     the console as lines of text",
                )
                .into());
        }
    };
    let outline = wiring::outline(context.globals, context.environment)?;
    let tape = SharedTape::new(outline.data_dir());
    let panicked = install(&tape);
    let place = Place { data_dir: outline.data_dir().to_owned(), tape, panicked, surroundings, linear };
    let mut way = way;
    let mut before: Option<Left> = None;
    let mut outline = Some(outline);
    // The tutorial can be gone to from the console, and left for it again; asked for by name it is left for the shell.
    let home = way;
    loop {
        let globals = match way {
            Way::Watch => context.globals.clone(),
            Way::Tutorial => rehearsal(context.globals, &place.data_dir),
        };
        let outline = match outline.take().filter(|_| way == Way::Watch) {
            Some(outline) => outline,
            None => wiring::outline(&globals, context.environment)?,
        };
        let stage = stage(&globals, &outline, &place, before.take());
        let world = entrance(globals, context.environment.clone(), outline);
        // A task of its own, so that a panic in it ends here, with the terminal given back and an exit code.
        let ended = match tokio::spawn(session::run(stage, world)).await {
            Ok(ended) => ended?,
            Err(_) => return Ok(Exit::Error),
        };
        way = match (ended.ending, way, home) {
            (Ending::Tutorial, ..) => Way::Tutorial,
            (Ending::Quit, Way::Tutorial, Way::Watch) => Way::Watch,
            (Ending::Quit | Ending::Signalled(_) | Ending::Panicked, ..) => return left(context, ended),
        };
        before = Some(ended);
    }
}

/// A simulated world of its own, begun anew: neither its journal nor its rules are those of anything else.
fn rehearsal(globals: &Globals, data_dir: &Path) -> Globals {
    Globals {
        deployment: Some(wiring::FIRST.as_str().to_owned()),
        operate: true,
        read_only: false,
        simulate: Some("tutorial".to_owned()),
        seed: None,
        at_offset: None,
        pace: Some(globals.pace.unwrap_or(PaceArgument::Times(TUTORIAL_PACE))),
        fresh: true,
        screen: None,
        data_dir: Some(data_dir.join("tutorial")),
        rehearsal: true,
        ..globals.clone()
    }
}

/// What one session after the other has in common.
struct Place {
    /// The user's own, whatever world is shown.
    data_dir: PathBuf,
    tape: SharedTape,
    panicked: Panicked,
    surroundings: Surroundings,
    /// Told as lines of text.
    linear: bool,
}

fn install(tape: &SharedTape) -> Panicked {
    let dump = tape.clone();
    panic::install(move || match dump.dump() {
        Ok(Some(path)) => {
            panic::say(&format!("the last minutes are in `{}`; `lifeboat replay` shows them", path.display()));
        }
        Ok(None) => {}
        Err(error) => panic::say(&format!("the last minutes could not be written down: {error}")),
    })
}

fn left(context: &mut Context<'_>, Left { ending, acting, settling, written, .. }: Left) -> Result<Exit> {
    // A terminal that is lost can be told nothing; that a run was left is told by the exit code all the same.
    let mut told = Ok(());
    if let Ending::Signalled(what) = ending {
        told = context.output.note(&format!("ended by {what}"));
    }
    for name in &acting {
        told = told.and(context.output.note(&format!(
            "a run of {name} was left where it stood; the journal holds what was begun: \
             `lifeboat resume --deployment {name} --operate`"
        )));
    }
    for name in &settling {
        told = told.and(context.output.note(&format!(
            "the run of {name} is over, but what follows from it was left: its outputs may not be written, and what is \
             kept of it may be old; the same `lifeboat up` or `lifeboat down {name}` again puts that right"
        )));
    }
    if !written {
        told = told.and(context.output.note(
            "what was written down last may be missing in the journal, which another process held: `lifeboat journal show` \
             tells what is there",
        ));
    }
    if !matches!(ending, Ending::Signalled(_)) {
        told?;
    }
    Ok(match ending {
        Ending::Panicked => Exit::Error,
        Ending::Quit | Ending::Tutorial if acting.is_empty() && !written => Exit::Error,
        Ending::Quit | Ending::Tutorial | Ending::Signalled(_) if acting.is_empty() => Exit::Done,
        Ending::Quit | Ending::Tutorial | Ending::Signalled(_) => Exit::RunFailed,
    })
}

fn stage(globals: &Globals, outline: &Outline, place: &Place, before: Option<Left>) -> Stage {
    let (console, surroundings) = (outline.console(), &place.surroundings);
    let depth = ability::color_depth(!console.color.value || place.linear);
    let (inputs, theme_before) = before.map_or((None, None), |before| (Some(before.inputs), before.theme));
    let (theme, by_background) = match (theme_before, &console.theme) {
        (Some(theme), _) => (Some(theme), None),
        (None, Some(theme)) => (Some(theme.value.clone()), None),
        (None, None) => unnamed_theme(&outline.themes, surroundings, depth),
    };
    let now = SystemClock.now();
    let (remembered, trouble) = remembered::read(&place.data_dir);
    if let Some(trouble) = trouble {
        tracing::warn!("{trouble}");
    }
    let opening = Opening {
        access: outline.access,
        pinned: wiring::pinned(globals),
        pins: outline.pins(),
        selected: outline.deployments.get(outline.selected).map(|deployment| deployment.name.clone()),
        screen: globals.screen.unwrap_or_default(),
        tempo: outline.tempo,
        keymap: outline.keymap().clone(),
        themes: outline.themes.clone(),
        theme,
        depth,
        symbols: if console.ascii.value || place.linear { SymbolSet::Ascii } else { SymbolSet::Unicode },
        pace: globals.pace.map(|pace| pace.to_string()).filter(|_| outline.reality.is_simulated()),
        local: LocalOffset(TimeZone::system().to_offset(now).seconds()),
        face: if console.utc.value { ClockFace::Utc } else { ClockFace::Local },
        remembered,
        // Who names a scenario knows what it is.
        greets: outline.reality.is_simulated() && globals.simulate.is_none(),
        silenced: console.notices.value == Notices::None,
        tutorial: globals.rehearsal,
        ..Opening::new(outline.reality.clone(), outline.deployments.clone(), now)
    };
    Stage {
        opening,
        reach: reach(place, console.notices.value),
        data_dir: place.data_dir.clone(),
        themes: themes::Watched::begin(outline.configuration()),
        inputs,
        linear: place.linear,
        by_background,
        tape: place.tape.clone(),
        panicked: place.panicked.clone(),
        provoke_panic: surroundings.provoke_panic,
        access_lasts: surroundings.access_lasts,
    }
}

/// Lines go to whoever reads them: of the means to call, only the bell of a terminal is one.
fn reach(place: &Place, wanted: Notices) -> Reach {
    let means = place.surroundings.notices(wanted);
    if place.linear {
        let means = Means { bell: means.bell && std::io::stdout().is_terminal(), ..Means::default() };
        return Reach { means, linear: true, ..Reach::default() };
    }
    Reach { passage: place.surroundings.passage, means, linear: false }
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
        // Without colours a theme fits any background.
        None if depth == ColourDepth::None => (Some(dark), None),
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
        pins: wiring.pins.clone(),
        person: person.clone(),
        reality: wiring.reality.clone(),
    };
    let notices = std::mem::take(&mut wiring.notices).into_iter().chain(problems).collect();
    let clock = Arc::clone(&wiring.clock);
    let runbooks = Arc::clone(&bench.runbooks);
    World { clock, bench, site: Site { wiring, runbooks, person, environment: environment.clone() }, notices }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_light_background_gets_a_light_theme_with_sixteen_colours_too() {
        let themes = Theme::built_in();
        let on = |colorfgbg: Option<&str>, depth| {
            let surroundings = Surroundings {
                term: Some("xterm".to_owned()),
                colorfgbg: colorfgbg.map(str::to_owned),
                ..Surroundings::default()
            };
            let (named, asked) = unnamed_theme(&themes, &surroundings, depth);
            (named.unwrap(), asked.map(|asked| asked.light))
        };
        for depth in [ColourDepth::Sixteen, ColourDepth::Indexed, ColourDepth::Rgb] {
            assert_eq!(on(Some("0;15"), depth), ("light".to_owned(), None));
            assert_eq!(on(Some("15;0"), depth), ("dark".to_owned(), None));
            // Where the environment says nothing the terminal is asked, and its answer is taken.
            assert_eq!(on(None, depth), ("dark".to_owned(), Some("light".to_owned())));
        }
        assert_eq!(on(None, ColourDepth::None), ("dark".to_owned(), None));
    }
}
