//! The book in `docs/` and the pages beside it: every page is in the table of contents, every link and anchor leads
//! somewhere, and every command that is shown is one that the program has. Whether it is true is for people to judge.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::Offence;
use crate::docs;
use crate::tree::{Tree, TreeError};

mod command;
mod page;

use page::{Link, Page};

/// Where the book is, and its table of contents: mdBook's, and readable where it stands.
const FOLDER: &str = "docs";
const CONTENTS: &str = "docs/SUMMARY.md";

pub(crate) fn check(tree: &Tree) -> Result<Vec<Offence>, TreeError> {
    let mut pages = BTreeMap::new();
    for path in tree.files().iter().filter(|path| path.extension().is_some_and(|extension| extension == "md")) {
        pages.insert(path.clone(), page::read(&tree.read(path)?));
    }
    let mut found = outside_contents(&pages);
    for (path, page) in &pages {
        found.extend(page.links.iter().filter_map(|link| dead(path, link, &pages, tree.files())));
        found.extend(page.commands.iter().filter_map(|shown| {
            let refusal = docs::refusal(&shown.words, shown.whole)?;
            Some(Offence::at(path, shown.line, format!("`{}`: {refusal}", shown.words.join(" "))))
        }));
        for include in &page.includes {
            let target = resolved(path, &include.file);
            // That a file is not there at all is told as a link that leads nowhere.
            if tree.files().contains(&target) && !page::has_part(&tree.read(&target)?, &include.part) {
                let what = format!("`{}` has no `{}` to include", include.file, include.part);
                found.push(Offence::at(path, include.line, what));
            }
        }
    }
    Ok(found)
}

/// Pages of the book that no reader of it is led to, and entries of the contents that are no page of it.
fn outside_contents(pages: &BTreeMap<PathBuf, Page>) -> Vec<Offence> {
    let contents = Path::new(CONTENTS);
    let Some(summary) = pages.get(contents) else {
        return vec![Offence::whole(contents, "the book has no table of contents")];
    };
    let mut named = BTreeSet::new();
    let mut found = Vec::new();
    for link in &summary.links {
        let target = resolved(contents, &link.target);
        if !target.starts_with(FOLDER) {
            found.push(Offence::at(contents, link.line, format!("`{}` is not in the book's folder", link.target)));
        } else if !named.insert(target) {
            found.push(Offence::at(contents, link.line, format!("`{}` stands here twice", link.target)));
        }
    }
    let book = pages.keys().filter(|path| path.starts_with(FOLDER) && path.as_path() != contents);
    found.extend(
        book.filter(|path| !named.contains(*path))
            .map(|path| Offence::whole(path, format!("is not in the table of contents: add it to `{CONTENTS}`"))),
    );
    found
}

/// What is wrong with a link, if anything is.
fn dead(path: &Path, link: &Link, pages: &BTreeMap<PathBuf, Page>, files: &[PathBuf]) -> Option<Offence> {
    if link.target.contains("://") || link.target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = link.target.split_once('#').unwrap_or((&link.target, ""));
    let target = if file.is_empty() { path.to_owned() } else { resolved(path, file) };
    // A folder is there when something is in it.
    if !files.iter().any(|known| known.starts_with(&target)) {
        return Some(Offence::at(path, link.line, format!("`{}` leads nowhere", link.target)));
    }
    let known = pages.get(&target).is_some_and(|page| page.anchors.contains(anchor));
    (!anchor.is_empty() && !known)
        .then(|| Offence::at(path, link.line, format!("`{}`: no heading there is `#{anchor}`", link.target)))
}

/// The file that a page at `path` means by `target`, from the root.
fn resolved(path: &Path, target: &str) -> PathBuf {
    let mut parts: Vec<Component<'_>> = path.parent().into_iter().flat_map(Path::components).collect();
    for part in Path::new(target).components() {
        match part {
            Component::ParentDir => drop(parts.pop()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => parts.push(part),
        }
    }
    parts.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(files: &[(&str, &str)]) -> (BTreeMap<PathBuf, Page>, Vec<PathBuf>) {
        let pages = files.iter().map(|(path, text)| (PathBuf::from(path), page::read(text))).collect();
        (pages, files.iter().map(|(path, _)| PathBuf::from(path)).collect())
    }

    fn told(offences: impl IntoIterator<Item = Offence>) -> Vec<String> {
        offences.into_iter().map(|offence| offence.to_string()).collect()
    }

    fn dead_links(files: &[(&str, &str)]) -> Vec<String> {
        let (pages, files) = book(files);
        let of_page = |(path, page): (&PathBuf, &Page)| {
            page.links.iter().filter_map(|link| dead(path, link, &pages, &files)).collect::<Vec<_>>()
        };
        told(pages.iter().flat_map(of_page))
    }

    #[test]
    fn a_page_that_the_contents_leave_out_is_told() {
        let (pages, _) = book(&[
            ("docs/SUMMARY.md", "- [Install](install.md)\n- [Keys](generated/keys.md)\n"),
            ("docs/install.md", "# Install"),
            ("docs/generated/keys.md", "# Keys"),
            ("docs/runbooks/drill.md", "# Drill"),
            ("README.md", "# Not of the book"),
        ]);
        let found = told(outside_contents(&pages));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found.iter().any(|told| told.starts_with("docs/runbooks/drill.md: ")), "{found:?}");
    }

    #[test]
    fn the_contents_name_each_page_once_and_none_from_elsewhere() {
        let (pages, _) = book(&[
            ("docs/SUMMARY.md", "- [A](a.md)\n- [A again](a.md)\n- [Root](../README.md)\n"),
            ("docs/a.md", ""),
            ("README.md", ""),
        ]);
        let found = told(outside_contents(&pages));
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().any(|told| told.starts_with("docs/SUMMARY.md:2: ")), "{found:?}");
        assert!(found.iter().any(|told| told.starts_with("docs/SUMMARY.md:3: ")), "{found:?}");
    }

    #[test]
    fn a_book_without_contents_is_no_book() {
        let (pages, _) = book(&[("docs/a.md", "")]);
        assert_eq!(outside_contents(&pages).len(), 1);
    }

    #[test]
    fn links_lead_to_files_folders_and_headings_that_are_there() {
        let good = "[file](b.md) [heading](b.md#two-words) [here](#top) [up](../README.md) [folder](../docs) \
                    [web](https://example.org/none) ![picture](../screenshots/a.svg)\n\n# Top\n";
        let rest = [("docs/b.md", "## Two words"), ("README.md", ""), ("screenshots/a.svg", "")];
        let with = |text| [("docs/a.md", text)].into_iter().chain(rest).collect::<Vec<_>>();
        assert_eq!(dead_links(&with(good)), [""; 0]);
        for bad in ["[x](c.md)", "[x](b.md#three)", "[x](#none)", "[x](README.md)", "![x](a.svg)", "[x](../doc)"] {
            let found = dead_links(&with(bad));
            assert_eq!(found.len(), 1, "{bad}: {found:?}");
            assert!(found.iter().all(|told| told.starts_with("docs/a.md:1: ")), "{found:?}");
        }
    }

    #[test]
    fn what_a_built_page_includes_must_be_there() {
        assert_eq!(dead_links(&[("docs/a.md", "{{#include ../B.md:3:}}"), ("B.md", "")]), [""; 0]);
        assert_eq!(dead_links(&[("docs/a.md", "{{#include ../C.md}}"), ("B.md", "")]).len(), 1);
    }
}
