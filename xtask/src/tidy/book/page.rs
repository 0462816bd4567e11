//! A page of Markdown as far as it is checked: where its links lead, what its headings are called, and which commands
//! it shows. Reads the text it is given; knows of no other page.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::command;

/// Fences of this kind show what is printed, and no commands.
const OUTPUT: &str = "text";
/// mdBook's own word, which a page read as it stands shows as it is.
const INCLUDE: &str = "{{#include ";

#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) links: Vec<Link>,
    pub(super) anchors: BTreeSet<String>,
    pub(super) commands: Vec<Shown>,
    pub(super) includes: Vec<Include>,
}

/// A file that a built book shows in the place of a line, or a part of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Include {
    pub(super) line: usize,
    pub(super) file: String,
    /// Empty for the whole, else lines such as `2:`, or the name of an anchor.
    pub(super) part: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// From 1.
    pub(super) line: usize,
    pub(super) target: String,
}

/// A command of the program, as a page shows it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) line: usize,
    /// Its name first.
    pub(super) words: Vec<String>,
    /// Whether it is to be typed as it stands. In running text a command is often only named.
    pub(super) whole: bool,
}

pub(super) fn read(text: &str) -> Page {
    let mut page = Page::default();
    let mut slugs = BTreeMap::new();
    let mut heading: Option<String> = None;
    let mut shows_commands = false;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        let line = line_of(text, range.start);
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                page.links.push(Link { line, target: dest_url.into_string() });
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                page.anchors.extend(heading.take().map(|title| anchor(&title, &mut slugs)));
            }
            Event::Start(Tag::CodeBlock(kind)) => shows_commands = !is_output(&kind),
            Event::End(TagEnd::CodeBlock) => shows_commands = false,
            Event::Code(code) => {
                page.commands.extend(command::words(&code).map(|words| Shown { line, words, whole: false }));
                heading = heading.map(|title| title + &code);
            }
            Event::Text(words) => {
                page.commands.extend(shows_commands.then(|| commands(&words, line)).into_iter().flatten());
                heading = heading.map(|title| title + &words);
            }
            _ => {}
        }
    }
    page.includes = includes(text).collect();
    page.links.extend(page.includes.iter().map(|one| Link { line: one.line, target: one.file.clone() }));
    page
}

fn is_output(kind: &CodeBlockKind<'_>) -> bool {
    matches!(kind, CodeBlockKind::Fenced(info) if info.split_whitespace().next() == Some(OUTPUT))
}

/// The commands among the lines of a fence that begins at `first`.
fn commands(text: &str, first: usize) -> Vec<Shown> {
    let shown = |(index, line)| command::words(line).map(|words| Shown { line: first + index, words, whole: true });
    text.lines().enumerate().filter_map(shown).collect()
}

fn includes(text: &str) -> impl Iterator<Item = Include> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let (_, rest) = line.split_once(INCLUDE)?;
        let (named, _) = rest.split_once('}')?;
        let (file, part) = named.split_once(':').unwrap_or((named, ""));
        Some(Include { line: index + 1, file: file.trim().to_owned(), part: part.trim().to_owned() })
    })
}

/// Whether a file has the part that is included of it.
pub(super) fn has_part(text: &str, part: &str) -> bool {
    let number = |word: &str| if word.is_empty() { Some(None) } else { word.parse::<usize>().ok().map(Some) };
    let (from, to) = part.split_once(':').unwrap_or((part, part));
    match (number(from), number(to)) {
        (Some(from), Some(to)) => {
            let (from, to) = (from.unwrap_or(1), to.unwrap_or(from.unwrap_or(1)));
            (1..=to).contains(&from) && to <= text.lines().count()
        }
        _ => [format!("ANCHOR: {part}"), format!("ANCHOR_END: {part}")]
            .iter()
            .all(|mark| text.lines().any(|line| line.trim_end().ends_with(mark.as_str()))),
    }
}

/// What a heading is called in a link: as GitHub does it, which mdBook does alike.
fn anchor(title: &str, taken: &mut BTreeMap<String, usize>) -> String {
    let slug: String = title
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect();
    let count = taken.entry(slug.clone()).or_default();
    let name = if *count == 0 { slug } else { format!("{slug}-{count}") };
    *count += 1;
    name
}

fn line_of(text: &str, offset: usize) -> usize {
    text.get(..offset).map_or(0, |before| before.matches('\n').count()) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_called_as_readers_link_to_them() {
        let page = read("# What `plan` says\n\n## At 03:00: first, look\n\n## Twice\n\n## Twice\n");
        let expected = ["at-0300-first-look", "twice", "twice-1", "what-plan-says"];
        assert_eq!(page.anchors.iter().map(String::as_str).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn links_are_found_with_their_lines_and_not_in_code() {
        let page = read("One\n[two](a.md)\n\n| cell |\n|---|\n| [three](b.md#c) |\n\n`[four](c.md)`\n");
        let found: Vec<(usize, &str)> = page.links.iter().map(|link| (link.line, link.target.as_str())).collect();
        assert_eq!(found, [(2, "a.md"), (6, "b.md#c")]);
    }

    #[test]
    fn a_part_of_a_file_is_there_by_its_lines_or_by_its_anchor() {
        let text = "one\n// ANCHOR: here\ntwo\n// ANCHOR_END: here\n// ANCHOR: open\n";
        for good in ["", "2", "2:", ":3", "2:3", "here"] {
            assert!(has_part(text, good), "{good}");
        }
        for bad in ["6", "6:", ":9", "3:2", "0", "there", "open", "her"] {
            assert!(!has_part(text, bad), "{bad}");
        }
    }

    #[test]
    fn commands_are_found_in_fences_and_named_in_text() {
        let page =
            read("Say `lifeboat runs`.\n\n```\nlifeboat status\n$ lifeboat drift   # compares\ncargo run\n```\n");
        let found: Vec<(usize, String, bool)> =
            page.commands.iter().map(|shown| (shown.line, shown.words.join(" "), shown.whole)).collect();
        let expected = [(1, "lifeboat runs", false), (4, "lifeboat status", true), (5, "lifeboat drift", true)]
            .map(|(line, words, whole)| (line, words.to_owned(), whole));
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_printed_is_no_command() {
        assert_eq!(read("```text\nlifeboat says so\n```\n").commands, []);
    }
}
