//! Which keys ask for which action, and where: the table's defaults with the user's own laid over them, entry by
//! entry. A user's file that contradicts itself is refused with its lines, never half obeyed.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use crate::action::{Action, Context};
use crate::key::{Key, KeyError};
use crate::problem::{Problem, nearest};

/// Keys pressed one after the other; most have one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Chord(Vec<Key>);

impl Chord {
    /// Keys separated by spaces: `g t`, `ctrl+r`.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let keys: Vec<Key> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(KeyError { text: text.to_owned(), reason: "it is empty" });
        }
        Ok(Self(keys))
    }

    pub fn keys(&self) -> &[Key] {
        &self.0
    }

    /// Whether pressing one could be the beginning of, or the same as, pressing the other.
    fn collides(&self, other: &Self) -> bool {
        let shared = self.0.len().min(other.0.len());
        self.0.iter().take(shared).eq(other.0.iter().take(shared))
    }

    fn begins_with_text(&self) -> bool {
        self.0.first().is_some_and(|key| key.text().is_some())
    }

    /// Whether it can be pressed in `context` at all.
    fn works_in(&self, context: Context) -> bool {
        !(context.takes_text() && self.begins_with_text())
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{key}")?;
        }
        Ok(())
    }
}

/// What a row of key presses means so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    Action(Action),
    /// The beginning of a chord: wait for the next key.
    Begun,
    Unbound,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keymap {
    bindings: Vec<(Action, Chord)>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self { bindings: Action::ALL.iter().flat_map(|action| default_chords(*action)).collect() }
    }
}

fn default_chords(action: Action) -> impl Iterator<Item = (Action, Chord)> {
    action.entry().keys.iter().filter_map(move |text| Chord::parse(text).ok().map(|chord| (action, chord)))
}

impl Keymap {
    pub fn resolve(&self, context: Context, pressed: &[Key]) -> Resolution {
        let here = || {
            self.bindings
                .iter()
                .filter(|(action, chord)| action.entry().contexts.contains(context) && chord.works_in(context))
        };
        if let Some((action, _)) = here().find(|(_, chord)| chord.keys() == pressed) {
            return Resolution::Action(*action);
        }
        if here().any(|(_, chord)| chord.keys().starts_with(pressed)) { Resolution::Begun } else { Resolution::Unbound }
    }

    /// The chords of an action, the first being the one to show.
    pub fn chords(&self, action: Action) -> impl Iterator<Item = &Chord> {
        self.bindings.iter().filter(move |(bound, _)| *bound == action).map(|(_, chord)| chord)
    }

    /// The chord to show for an action in a context.
    pub fn shown(&self, action: Action, context: Context) -> Option<&Chord> {
        self.chords(action).find(|chord| chord.works_in(context))
    }

    /// Reads the table `[keys]` of a TOML document, each entry `action = ["key", …]`; everything else in the document
    /// is left to its own reader. An action that is named has just the keys it is given.
    pub fn from_toml(source: &str) -> Result<Self, Vec<Problem>> {
        let document = DeTable::parse(source).map_err(|error| vec![Problem::syntax(source, &error)])?;
        let Some((_, keys)) = document.get_ref().iter().find(|(name, _)| name.get_ref() == "keys") else {
            return Ok(Self::default());
        };
        let DeValue::Table(entries) = keys.get_ref() else {
            let fix = "write `[keys]` on a line of its own, and entries such as `refresh-now = [\"f5\"]` below it";
            return Err(vec![Problem::at(source, &keys.span(), "`keys` is not a table", fix)]);
        };
        Overrides::read(source, entries).into_keymap(source)
    }
}

/// What the user's file says, with where it says it.
struct Overrides {
    given: BTreeMap<Action, Vec<(Chord, std::ops::Range<usize>)>>,
    problems: Vec<Problem>,
}

impl Overrides {
    fn read(source: &str, entries: &DeTable<'_>) -> Self {
        let mut overrides = Self { given: BTreeMap::new(), problems: Vec::new() };
        for (name, value) in entries {
            let Some(action) = Action::named(name.get_ref()) else {
                overrides.problems.push(unknown_action(source, name.get_ref(), &name.span()));
                continue;
            };
            let DeValue::Array(listed) = value.get_ref() else {
                let fix = format!("write a list: `{name} = [\"f5\"]`, or `[]` for no key", name = name.get_ref());
                overrides.problems.push(Problem::at(source, &value.span(), "keys must be a list of texts", fix));
                continue;
            };
            let mut chords = Vec::new();
            for item in listed {
                match item.get_ref() {
                    DeValue::String(text) => match Chord::parse(text) {
                        Ok(chord) => chords.push((chord, item.span())),
                        Err(error) => {
                            let what = format!("`{}` is not a key", error.text);
                            overrides.problems.push(Problem::at(source, &item.span(), what, error.reason));
                        }
                    },
                    _ => overrides.problems.push(Problem::at(
                        source,
                        &item.span(),
                        "a key must be a text",
                        "put it in quotes",
                    )),
                }
            }
            if chords.is_empty() && action == Action::QuitAnywhere {
                let fix = "give it at least one key: without it there is no way out while typing";
                overrides.problems.push(Problem::at(source, &value.span(), "`quit-anywhere` has no key", fix));
            }
            overrides.given.insert(action, chords);
        }
        overrides
    }

    fn into_keymap(mut self, source: &str) -> Result<Keymap, Vec<Problem>> {
        let defaults = Action::ALL
            .iter()
            .filter(|action| !self.given.contains_key(action))
            .flat_map(|action| default_chords(*action));
        let mut placed: Vec<(Action, Chord)> = defaults.collect();
        for (action, chords) in &self.given {
            for (chord, span) in chords {
                if let Some(problem) = self.refusal(source, *action, chord, span, &placed) {
                    self.problems.push(problem);
                }
                placed.push((*action, chord.clone()));
            }
        }
        if self.problems.is_empty() {
            // In the table's order, so that help and footer do not depend on the file's.
            placed.sort_by_key(|(action, _)| *action);
            Ok(Keymap { bindings: placed })
        } else {
            self.problems.sort();
            Err(self.problems)
        }
    }

    /// Why this chord cannot be bound to this action beside those already placed.
    fn refusal(
        &self,
        source: &str,
        action: Action,
        chord: &Chord,
        span: &std::ops::Range<usize>,
        placed: &[(Action, Chord)],
    ) -> Option<Problem> {
        let name = action.entry().name;
        if !Context::ALL.into_iter().any(|context| action.entry().contexts.contains(context) && chord.works_in(context))
        {
            let what = format!("`{chord}` can never ask for `{name}`: it works only where characters are text");
            return Some(Problem::at(source, span, what, "use a key with `ctrl+` or a named key"));
        }
        placed.iter().find_map(|(other, taken)| {
            let both = |context: &Context| {
                action.entry().contexts.contains(*context)
                    && other.entry().contexts.contains(*context)
                    && chord.works_in(*context)
                    && taken.works_in(*context)
            };
            let context = Context::ALL.into_iter().find(both).filter(|_| chord.collides(taken))?;
            let other_name = other.entry().name;
            let what = if action == *other {
                format!("`{chord}` is given twice to `{name}`")
            } else {
                format!("`{chord}` of `{name}` conflicts with `{taken}` of `{other_name}` in {}", context.name())
            };
            let fix = if self.given.contains_key(other) {
                "give one of them another key".to_owned()
            } else {
                format!("use another key, or free this one with `{other_name} = []`")
            };
            Some(Problem::at(source, span, what, fix))
        })
    }
}

fn unknown_action(source: &str, name: &str, span: &std::ops::Range<usize>) -> Problem {
    let fix = match nearest(name, Action::ALL.iter().map(|action| action.entry().name)) {
        Some(known) => format!("did you mean `{known}`? press `?` in the console for the list"),
        None => "press `?` in the console for the list of actions".to_owned(),
    };
    Problem::at(source, span, format!("there is no action `{name}`"), fix)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screens::Screen;

    const OVERVIEW: Context = Context::Screen(Screen::Overview);

    fn pressed(text: &str) -> Vec<Key> {
        Chord::parse(text).unwrap().keys().to_vec()
    }

    #[test]
    fn every_default_key_parses_and_none_collide() {
        let defaults: usize = Action::ALL.iter().map(|action| action.entry().keys.len()).sum();
        let keymap = Keymap::default();
        assert_eq!(keymap.bindings.len(), defaults);
        for (index, (action, chord)) in keymap.bindings.iter().enumerate() {
            for (other, taken) in &keymap.bindings[index + 1..] {
                let together = Context::ALL.into_iter().any(|context| {
                    action.entry().contexts.contains(context)
                        && other.entry().contexts.contains(context)
                        && chord.works_in(context)
                        && taken.works_in(context)
                });
                assert!(!(together && chord.collides(taken)), "{chord} of {action:?} and {taken} of {other:?}");
            }
        }
    }

    #[test]
    fn names_are_unique_and_every_action_works_somewhere() {
        for action in Action::ALL {
            let entry = action.entry();
            assert_eq!(Action::named(entry.name), Some(*action));
            assert!(Context::ALL.into_iter().any(|context| entry.contexts.contains(context)), "{}", entry.name);
            assert!(!entry.description.ends_with('.'), "{}", entry.name);
        }
    }

    #[test]
    fn a_key_resolves_by_context() {
        let keymap = Keymap::default();
        assert_eq!(keymap.resolve(OVERVIEW, &pressed("q")), Resolution::Action(Action::Quit));
        assert_eq!(keymap.resolve(Context::Reading, &pressed("q")), Resolution::Action(Action::ClosePage));
        assert_eq!(keymap.resolve(Context::Palette, &pressed("q")), Resolution::Unbound);
        assert_eq!(keymap.resolve(Context::Palette, &pressed("ctrl+c")), Resolution::Action(Action::QuitAnywhere));
        assert_eq!(keymap.resolve(OVERVIEW, &pressed("z")), Resolution::Unbound);
    }

    #[test]
    fn a_users_key_replaces_the_default_and_may_be_a_chord() {
        let keymap = Keymap::from_toml("other = 1\n[keys]\nrefresh-now = [\"f5\", \"z r\"]\n").unwrap();
        assert_eq!(keymap.resolve(OVERVIEW, &pressed("r")), Resolution::Unbound);
        assert_eq!(keymap.resolve(OVERVIEW, &pressed("f5")), Resolution::Action(Action::RefreshNow));
        assert_eq!(keymap.resolve(OVERVIEW, &pressed("z")), Resolution::Begun);
        assert_eq!(keymap.resolve(OVERVIEW, &pressed("z r")), Resolution::Action(Action::RefreshNow));
    }

    #[test]
    fn without_a_table_of_keys_the_defaults_hold() {
        assert_eq!(Keymap::from_toml("theme = \"dark\"\n"), Ok(Keymap::default()));
    }

    fn complaints(source: &str) -> Vec<String> {
        Keymap::from_toml(source).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn mistakes_are_named_with_line_and_fix() {
        let source = "\
[keys]
refesh-now = [\"f5\"]
quit = \"x\"
open-help = [\"hyper+h\"]
copy-value = [\"r\"]
cycle-theme = [\"z\"]
toggle-clock = [\"z z\"]
quit-anywhere = []
erase-word = [\"w\"]
";
        insta::assert_snapshot!(complaints(source).join("\n"), @r##"
        line 2: there is no action `refesh-now`
          hint: did you mean `refresh-now`? press `?` in the console for the list
        line 3: keys must be a list of texts
          hint: write a list: `quit = ["f5"]`, or `[]` for no key
        line 4: `hyper+h` is not a key
          hint: write a character, `enter`, `esc`, `tab`, `up`, `pagedown`, `f5` …, with `ctrl+`, `alt+`, `shift+` before it
        line 5: `r` of `copy-value` conflicts with `r` of `refresh-now` in Overview
          hint: use another key, or free this one with `refresh-now = []`
        line 6: `z` of `cycle-theme` conflicts with `z z` of `toggle-clock` in Overview
          hint: give one of them another key
        line 8: `quit-anywhere` has no key
          hint: give it at least one key: without it there is no way out while typing
        line 9: `w` can never ask for `erase-word`: it works only where characters are text
          hint: use a key with `ctrl+` or a named key
        "##);
    }

    #[test]
    fn what_is_not_toml_is_said_with_its_line() {
        insta::assert_snapshot!(complaints("[keys]\nquit = [\"x\"\n").join("\n"), @r##"
        line 2: unclosed array, expected `]`
          hint: correct the TOML on this line
        "##);
        insta::assert_snapshot!(complaints("a = 1\nkeys = 3\n").join("\n"), @r##"
        line 2: `keys` is not a table
          hint: write `[keys]` on a line of its own, and entries such as `refresh-now = ["f5"]` below it
        "##);
    }
}
