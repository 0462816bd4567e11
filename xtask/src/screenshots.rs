//! Pictures of the real screens: the simulator standing still at a moment of a scenario, read by the real
//! pollers' code, judged by the real rules and drawn by the real glass; of acting, real runs of it. The same tree gives the
//! same bytes.

use std::sync::Arc;
use std::time::Duration;

use lifeboat_engine::journal::MemoryJournal;
use lifeboat_engine::watch::refresh_once;
use lifeboat_model::port::Observe;
use lifeboat_model::read::Tempo;
use lifeboat_model::topology::Blueprint;
use lifeboat_sim::{Scenario, SimCloud, scenario};
use lifeboat_tui::theme::{ColourDepth, Ground};
use lifeboat_tui::{Access, Model, Msg, Opening, update, view};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

use crate::tree::{Generated, TreeError};

mod acting;
mod archive;
mod building;
mod desk;
mod drafting;
mod estate;
mod lines;
mod making;
mod svg;

use svg::Paper;

pub(crate) const FOLDER: &str = "screenshots";

/// Any seed would do; the pictures only have to stay the same.
const SEED: u64 = 1;

/// Before anything goes wrong in any scenario.
const FIRST_LOOK_S: u64 = 20;

/// Far more than the simulator needs to answer.
const LIMIT: Duration = Duration::from_mins(1);

/// The world of the tutorial, as the program has it.
const TUTORIAL: &str = include_str!("../../src/commands/tutorial.toml");
const TUTORIAL_NAME: &str = "tutorial";

/// How the console was come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    ByName,
    /// For the first time, without a configuration.
    First,
    Tutorial,
}

/// One picture: which world, which moment of it, and what is looked at.
struct Shot {
    name: &'static str,
    title: &'static str,
    scenario: &'static str,
    offset_s: u64,
    deployment: Blueprint,
    keys: &'static [&'static str],
    columns: u16,
    rows: u16,
    theme: &'static str,
    start: Start,
}

impl Shot {
    const fn calm(name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title,
            scenario: "calm",
            offset_s: 11_400,
            deployment: Blueprint::PaymentsAurora,
            keys: &[],
            columns: 120,
            rows: 40,
            theme: "dark",
            start: Start::ByName,
        }
    }

    const fn of(self, scenario: &'static str, offset_s: u64) -> Self {
        Self { scenario, offset_s, ..self }
    }

    const fn keys(self, keys: &'static [&'static str]) -> Self {
        Self { keys, ..self }
    }

    const fn size(self, columns: u16, rows: u16) -> Self {
        Self { columns, rows, ..self }
    }

    const fn deployment(self, deployment: Blueprint) -> Self {
        Self { deployment, ..self }
    }

    const fn start(self, start: Start) -> Self {
        Self { start, ..self }
    }

    const fn theme(self, theme: &'static str) -> Self {
        Self { theme, ..self }
    }
}

const SHOTS: &[Shot] = &[
    Shot::calm("overview", "Both regions of a deployment side by side, all well"),
    Shot::calm("overview-80x24", "The overview on a small terminal").size(80, 24),
    Shot::calm("overview-200x60", "The overview on a large terminal").size(200, 60),
    Shot::calm("overview-light", "The overview in the light theme").theme("light"),
    Shot::calm("region-loss", "The home region has gone silent: its numbers grow old, the other's stay fresh")
        .of("region-loss", 900),
    Shot::calm("gray-failure", "The platform says all is well while clients fail: the contradiction is listed")
        .of("gray-failure", 900),
    Shot::calm("replication", "Every store's lag over three hours").of("replica-lag", 1200).keys(&["2"]),
    Shot::calm("health", "Health checks by checker, and the answers of DNS").of("region-loss", 900).keys(&["3"]),
    Shot::calm("alarms", "Alarms of both regions").of("region-loss", 900).keys(&["4"]),
    Shot::calm("capacity", "Capacity, versions and parameters compared")
        .of("drift", 1200)
        .keys(&["5"])
        .deployment(Blueprint::Ecommerce),
    Shot::calm("fleet", "All deployments, a row each").of("region-loss", 900).keys(&["6"]),
    Shot::calm("forecast", "What a failover now would lose, and how long it would take")
        .of("replica-lag", 1200)
        .keys(&["w"]),
    Shot::calm("help", "The keys that work here").keys(&["?"]),
    Shot::calm("palette", "Anything by a few letters").keys(&[":", "a", "l"]),
    Shot::calm("welcome", "The first start: what this is, and what to try").of("calm", 60).start(Start::First),
    Shot::calm("access", "Access is raised by typing the deployment's name, for half an hour")
        .keys(&["O", "p", "a", "y", "m", "e", "n", "t", "s"]),
    Shot::calm("tutorial", "The tutorial: the active region is gone, and each step is led")
        .of(TUTORIAL_NAME, 240)
        .start(Start::Tutorial),
];

/// A picture that was taken.
struct Taken {
    name: &'static str,
    title: &'static str,
    /// What it shows, and how it came about.
    caption: String,
    text: String,
}

/// Every picture, and a page that shows them all.
pub(crate) fn pictures() -> Result<Vec<Generated>, TreeError> {
    let failed = |name: &str, why: String| TreeError::unreadable(format!("{FOLDER}/{name}").as_ref(), &why);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| TreeError::unreadable(FOLDER.as_ref(), &error))?;
    let mut taken = Vec::new();
    for shot in SHOTS {
        taken.push(runtime.block_on(take(shot)).map_err(|why| failed(shot.name, why))?);
    }
    taken.extend(runtime.block_on(acting::pictures()).map_err(|why| failed("acting", why))?);
    taken.extend(runtime.block_on(building::pictures()).map_err(|why| failed("building", why))?);
    taken.extend(runtime.block_on(making::pictures()).map_err(|why| failed("making", why))?);
    taken.push(runtime.block_on(lines::picture()).map_err(|why| failed("lines", why))?);
    let gallery = Generated { path: format!("{FOLDER}/README.md").into(), text: gallery(&taken) };
    let pictures = taken
        .into_iter()
        .map(|taken| Generated { path: format!("{FOLDER}/{}.svg", taken.name).into(), text: taken.text });
    Ok(pictures.chain([gallery]).collect())
}

fn gallery(pictures: &[Taken]) -> String {
    let mut page = String::from(
        "<!-- Written by cargo xtask screenshots. Do not edit. -->\n\n# Screenshots\n\nOf the real screens, on the \
         simulator. `cargo xtask screenshots` takes them anew.\n",
    );
    for Taken { name, title, caption, .. } in pictures {
        page += &format!("\n## {title}\n\n{caption}\n\n![{title}]({name}.svg)\n");
    }
    page
}

/// The console at its start.
fn opened(shot: &Shot, cloud: &SimCloud) -> Model {
    Model::new(Opening {
        selected: Some(shot.deployment.as_str().into()),
        tempo: Tempo::Fast,
        columns: shot.columns,
        rows: shot.rows,
        theme: Some(shot.theme.to_owned()),
        depth: ColourDepth::Rgb,
        greets: shot.start == Start::First,
        tutorial: shot.start == Start::Tutorial,
        access: if shot.start == Start::Tutorial { Access::Operate } else { Access::ReadOnly },
        ..Opening::new(cloud.reality(), cloud.deployments(), cloud.clock().now())
    })
}

/// Reads everything once, at the moment at which the cloud stands still.
async fn look(model: &mut Model, cloud: SimCloud) -> Result<(), String> {
    let (clock, deployments) = (cloud.clock(), cloud.deployments());
    let observer: Arc<dyn Observe> = Arc::new(cloud);
    drop(update(model, Msg::Tick(clock.now())));
    // Of deployments on which nobody has acted.
    let journal = MemoryJournal::new();
    for deployment in &deployments {
        drop(update(model, archive::logbook(&journal, &deployment.name)?));
        for observation in refresh_once(deployment, Arc::clone(&observer), Arc::clone(&clock), LIMIT).await {
            drop(update(model, Msg::Observed(observation)));
        }
    }
    // Every deployment of the fleet is judged within a few ticks; the clock stands still.
    for _ in 0..deployments.len() {
        drop(update(model, Msg::Tick(clock.now())));
    }
    Ok(())
}

fn world(name: &str) -> Result<Scenario, String> {
    if name == TUTORIAL_NAME {
        return scenario::parse("tutorial.toml", TUTORIAL).map_err(|error| error.to_string());
    }
    scenario::find(name).ok_or_else(|| format!("there is no scenario `{name}`"))
}

async fn take(shot: &Shot) -> Result<Taken, String> {
    let scenario = world(shot.scenario)?;
    let at = |offset_s| SimCloud::at_offset(scenario.clone(), SEED, Duration::from_secs(offset_s));
    let mut model = opened(shot, &at(FIRST_LOOK_S));
    // A console that has been watching since before anything went wrong: what has gone silent grows old in view.
    for offset_s in [FIRST_LOOK_S, shot.offset_s] {
        look(&mut model, at(offset_s)).await?;
    }
    for key in shot.keys {
        let key = key.parse().map_err(|error| format!("{error}"))?;
        drop(update(&mut model, Msg::Key(key)));
    }
    let caption = format!(
        "Scenario `{}` after {} s, `{}`, {}×{}, theme `{}`.",
        shot.scenario, shot.offset_s, shot.deployment, shot.columns, shot.rows, shot.theme
    );
    picture(&model, shot.name, shot.title, caption)
}

/// The glass as it is drawn.
fn picture(model: &Model, name: &'static str, title: &'static str, caption: String) -> Result<Taken, String> {
    let (columns, rows) = (model.display.columns, model.display.rows);
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).map_err(|error| error.to_string())?;
    terminal.draw(|frame| view(model, frame)).map_err(|error| error.to_string())?;
    let light = model.theme().is_some_and(|theme| theme.ground == Ground::Light);
    let paper = if light { Paper::LIGHT } else { Paper::DARK };
    let buffer = terminal.backend().buffer();
    Ok(Taken { name, title, caption, text: svg::render(buffer, paper, title) })
}
