//! The project's own chores, one command each: `cargo xtask docs|screenshots|tidy|bench|sim`. With `--check`
//! nothing is written and what would change fails. Never shipped; knows nothing of AWS's SDK.

#![expect(clippy::format_push_string, reason = "pages are put together from pieces, once, and read as they stand")]

use std::io::Write as _;
use std::process::ExitCode;

mod bench;
mod docs;
mod screenshots;
mod sim;
mod tidy;
mod tree;

use tree::{Mode, Tree, TreeError};

const USAGE: &str = "\
usage: cargo xtask COMMAND [--check]

  docs          reference pages in docs/generated, from the tables in the code
  screenshots   pictures in screenshots, of the real screens on the simulator
  tidy          the layout's own rules: walls between crates, heads and names of files,
                links, anchors and commands of the book
  ci            all of these with --check
  bench FILE [start|idle|day|keys]
                start to first frame, idle CPU, memory, bytes, and keys of the program FILE, in a pseudo-terminal
  sim           runs told from seeds, with faults, crashes and people, and what must hold of each:
                --seeds N (256), --from N, --jobs N, --without SAFEGUARD; --trace SEED tells one line by line;
                --bench measures what the executor and a simulated failover cost";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["docs"] => docs(Mode::Write),
        ["docs", "--check"] => docs(Mode::Check),
        ["screenshots"] => screenshots(Mode::Write),
        ["screenshots", "--check"] => screenshots(Mode::Check),
        ["tidy"] | ["tidy", "--check"] => tidy(),
        ["ci"] => docs(Mode::Check)
            .and_then(|docs| Ok(docs & screenshots(Mode::Check)?))
            .and_then(|so_far| Ok(so_far & tidy()?)),
        ["sim", words @ ..] => sim::run(words).map(|(report, is_well)| {
            print(&report);
            is_well
        }),
        ["bench", program, part @ ..] if part.len() < 2 => bench::run(program, part.first().copied()).map(|report| {
            print(&report);
            true
        }),
        _ => {
            say(USAGE);
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Each gives whether all is as it should be.
type Outcome = Result<bool, TreeError>;

fn docs(mode: Mode) -> Outcome {
    let tree = Tree::open()?;
    let is_settled = settled("docs", &tree, docs::FOLDER, &docs::pages(), mode)?;
    if mode == Mode::Write {
        return Ok(is_settled);
    }
    // No book is built here: what building it would trip over is looked for.
    Ok(told(&tidy::book::check(&tree)?) & is_settled)
}

fn screenshots(mode: Mode) -> Outcome {
    let tree = Tree::open()?;
    settled("screenshots", &tree, screenshots::FOLDER, &screenshots::pictures()?, mode)
}

fn settled(command: &str, tree: &Tree, folder: &str, wanted: &[tree::Generated], mode: Mode) -> Outcome {
    let changed = tree::settle(tree, folder, wanted, mode)?;
    for path in &changed {
        let verb = if mode == Mode::Write { "written" } else { "out of date" };
        say(&format!("{verb}: {}", path.display()));
    }
    if mode == Mode::Check && !changed.is_empty() {
        say(&format!("\nhint: `cargo xtask {command}` writes them anew"));
        return Ok(false);
    }
    Ok(true)
}

fn tidy() -> Outcome {
    Ok(told(&tidy::offences(&Tree::open()?)?))
}

/// Whether there is nothing to tell.
fn told(offences: &[tidy::Offence]) -> bool {
    for offence in offences {
        say(&offence.to_string());
    }
    offences.is_empty()
}

/// To standard error: everything but a report.
fn say(text: &str) {
    // Nobody left to tell is no failure of the chore.
    drop(writeln!(std::io::stderr(), "{text}"));
}

fn print(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}
