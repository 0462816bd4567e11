//! Themes: from a role, which says what a thing means, to a style. Views name roles and never colours. A theme may say
//! what it likes; what the terminal cannot show is replaced here, and meaning never rests on colour alone.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use crate::problem::{Problem, nearest};

pub mod colour;

use colour::Colour;

macro_rules! roles {
    ($($(#[$doc:meta])* $role:ident = $name:literal),+ $(,)?) => {
        /// What a piece of text or a line means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Role {
            $($(#[$doc])* #[serde(rename = $name)] $role,)+
        }

        impl Role {
            pub const ALL: &[Self] = &[$(Self::$role),+];

            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$role => $name,)+
                }
            }
        }
    };
}

roles! {
    /// Plain text, and the ground everything stands on.
    Text = "text",
    /// Labels, units and what is of less weight.
    Muted = "muted",
    /// Titles of panes and columns.
    Heading = "heading",
    /// The title of the pane that has the keys.
    Focus = "focus",
    /// Keys to press, and what is typed.
    Accent = "accent",
    /// Lines between panes.
    Border = "border",
    /// The selected row.
    Selection = "selection",
    Ok = "ok",
    Caution = "caution",
    Danger = "danger",
    Unknown = "unknown",
    /// A number that is too old to be trusted.
    Stale = "stale",
    /// Header and footer when the world is real.
    Live = "live",
    /// Header and footer when it is a rehearsal.
    Simulated = "simulated",
    /// Something a person must do first.
    Banner = "banner",
    /// Curves.
    Chart = "chart",
    /// Where the objective lies in a curve.
    Threshold = "threshold",
}

impl Role {
    /// Whether it is read as text; lines and curves need less contrast.
    pub fn is_text(self) -> bool {
        !matches!(self, Self::Border | Self::Chart | Self::Threshold)
    }
}

/// How a role looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appearance {
    pub fg: Option<Colour>,
    pub bg: Option<Colour>,
    pub emphasis: Emphasis,
}

/// What a terminal can do to a letter besides colouring it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Emphasis(u8);

impl Emphasis {
    const NAMED: [(&'static str, u8, Modifier); 5] = [
        ("bold", 1, Modifier::BOLD),
        ("dim", 2, Modifier::DIM),
        ("italic", 4, Modifier::ITALIC),
        ("underline", 8, Modifier::UNDERLINED),
        ("reverse", 16, Modifier::REVERSED),
    ];

    fn modifier(self) -> Modifier {
        Self::NAMED
            .iter()
            .filter(|(_, bit, _)| self.0 & bit != 0)
            .fold(Modifier::empty(), |all, (_, _, one)| all | *one)
    }
}

/// What the terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ColourDepth {
    /// `NO_COLOR`, or a terminal without colours.
    None,
    /// The sixteen colours that the terminal's own settings define.
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    #[default]
    Rgb,
}

/// On which background a theme is meant to stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    Dark,
    Light,
    /// The terminal's own, whatever it is.
    Terminal,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theme {
    pub name: String,
    /// One sentence for lists of themes.
    pub purpose: String,
    pub ground: Ground,
    roles: BTreeMap<Role, Appearance>,
}

const BUILT_IN: &[&str] = &[
    include_str!("../../../themes/dark.toml"),
    include_str!("../../../themes/light.toml"),
    include_str!("../../../themes/high-contrast.toml"),
    include_str!("../../../themes/high-contrast-light.toml"),
    include_str!("../../../themes/colour-blind-dark.toml"),
    include_str!("../../../themes/colour-blind-light.toml"),
    include_str!("../../../themes/nord.toml"),
    include_str!("../../../themes/solarized-light.toml"),
    include_str!("../../../themes/terminal.toml"),
    include_str!("../../../themes/terminal-light.toml"),
    include_str!("../../../themes/monochrome.toml"),
];

/// The theme for terminals with sixteen colours.
pub const TERMINAL: &str = "terminal";
/// The same where the background is light.
pub const TERMINAL_LIGHT: &str = "terminal-light";
/// The theme without colours.
pub const MONOCHROME: &str = "monochrome";

impl Theme {
    /// The themes that come with the program, the default first.
    pub fn built_in() -> Vec<Self> {
        BUILT_IN.iter().filter_map(|source| Self::from_toml(source, &[]).ok()).collect()
    }

    pub fn appearance(&self, role: Role) -> Appearance {
        self.roles.get(&role).copied().unwrap_or_default()
    }

    /// Reads a theme. `known` are those it may build upon with `inherits`.
    pub fn from_toml(source: &str, known: &[Self]) -> Result<Self, Vec<Problem>> {
        let document = DeTable::parse(source).map_err(|error| vec![Problem::syntax(source, &error)])?;
        Reader { source, problems: Vec::new() }.theme(document.get_ref(), known)
    }

    fn has_rgb(&self) -> bool {
        self.roles.values().flat_map(|appearance| [appearance.fg, appearance.bg]).flatten().any(Colour::is_rgb)
    }
}

const NO_PARENT: &str = "is no theme to inherit from";

/// Walks a theme's file, collecting every mistake rather than the first.
struct Reader<'a> {
    source: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn theme(mut self, document: &DeTable<'_>, known: &[Theme]) -> Result<Theme, Vec<Problem>> {
        let mut theme =
            Theme { name: String::new(), purpose: String::new(), ground: Ground::Dark, roles: BTreeMap::new() };
        let mut ground = None;
        let mut roles = None;
        for (key, value) in document {
            let span = value.span();
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("name", DeValue::String(text)) => text.as_ref().clone_into(&mut theme.name),
                ("purpose", DeValue::String(text)) => text.as_ref().clone_into(&mut theme.purpose),
                ("ground", DeValue::String(text)) => ground = self.ground(text, &span),
                ("inherits", DeValue::String(text)) => self.inherit(text, &span, known, &mut theme),
                ("roles", DeValue::Table(table)) => roles = Some(table),
                ("name" | "purpose" | "ground" | "inherits", _) => {
                    self.complain(&span, format!("`{}` must be a text", key.get_ref()), "put it in quotes");
                }
                ("roles", _) => {
                    self.complain(&span, "`roles` must be a table", "write `[roles]` and the roles below it");
                }
                (other, _) => {
                    let fix = "a theme has `name`, `purpose`, `ground`, `inherits` and `[roles]`";
                    self.complain(&key.span(), format!("a theme has no `{other}`"), fix);
                }
            }
        }
        if let Some(ground) = ground {
            theme.ground = ground;
        }
        for (name, value) in roles.into_iter().flatten() {
            self.role(name.get_ref(), &name.span(), value.get_ref(), &value.span(), &mut theme);
        }
        self.finish(theme)
    }

    fn finish(mut self, theme: Theme) -> Result<Theme, Vec<Problem>> {
        if theme.name.is_empty() {
            self.complain(&(0..0), "the theme has no name", "write `name = \"mine\"` at the top");
        }
        let missing: Vec<&str> =
            Role::ALL.iter().filter(|role| !theme.roles.contains_key(role)).map(|role| role.name()).collect();
        let is_orphan = self.problems.iter().any(|problem| problem.what.contains(NO_PARENT));
        // Without the parent it named, what the theme lacks says nothing.
        if !missing.is_empty() && !is_orphan {
            let what = format!("no appearance for {}", missing.join(", "));
            self.complain(&(0..0), what, "add them under `[roles]`, or start with `inherits = \"dark\"`");
        }
        if self.problems.is_empty() {
            Ok(theme)
        } else {
            self.problems.sort();
            Err(self.problems)
        }
    }

    fn complain(&mut self, span: &std::ops::Range<usize>, what: impl Into<String>, fix: impl Into<String>) {
        self.problems.push(Problem::at(self.source, span, what, fix));
    }

    fn ground(&mut self, text: &str, span: &std::ops::Range<usize>) -> Option<Ground> {
        match text {
            "dark" => Some(Ground::Dark),
            "light" => Some(Ground::Light),
            "terminal" => Some(Ground::Terminal),
            other => {
                self.complain(span, format!("`{other}` is no ground"), "use `dark`, `light` or `terminal`");
                None
            }
        }
    }

    fn inherit(&mut self, name: &str, span: &std::ops::Range<usize>, known: &[Theme], theme: &mut Theme) {
        if let Some(parent) = known.iter().find(|candidate| candidate.name == name) {
            theme.ground = parent.ground;
            for (role, appearance) in &parent.roles {
                theme.roles.entry(*role).or_insert(*appearance);
            }
        } else {
            let names: Vec<&str> = known.iter().map(|theme| theme.name.as_str()).collect();
            let fix = if names.is_empty() {
                "leave `inherits` out".to_owned()
            } else {
                format!("use one of {}", names.join(", "))
            };
            self.complain(span, format!("`{name}` {NO_PARENT}"), fix);
        }
    }

    fn role(
        &mut self,
        name: &str,
        name_span: &std::ops::Range<usize>,
        value: &DeValue<'_>,
        span: &std::ops::Range<usize>,
        theme: &mut Theme,
    ) {
        let Some(role) = Role::ALL.iter().copied().find(|role| role.name() == name) else {
            let names = || Role::ALL.iter().map(|role| role.name());
            let fix = match nearest(name, names()) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("the roles are {}", names().collect::<Vec<_>>().join(", ")),
            };
            return self.complain(name_span, format!("there is no role `{name}`"), fix);
        };
        let DeValue::Table(fields) = value else {
            let fix = format!("write `{name} = {{ fg = \"#d0d0d0\", bold = true }}`");
            return self.complain(span, format!("role `{name}` must be a table"), fix);
        };
        let mut appearance = Appearance::default();
        for (field, value) in fields {
            self.field(field.get_ref(), &field.span(), value, &mut appearance);
        }
        theme.roles.insert(role, appearance);
    }

    fn field(
        &mut self,
        field: &str,
        field_span: &std::ops::Range<usize>,
        value: &toml::Spanned<DeValue<'_>>,
        appearance: &mut Appearance,
    ) {
        let emphasis = Emphasis::NAMED.iter().find(|(name, _, _)| *name == field);
        match (field, value.get_ref(), emphasis) {
            ("fg", DeValue::String(text), _) => appearance.fg = self.colour(text, &value.span()),
            ("bg", DeValue::String(text), _) => appearance.bg = self.colour(text, &value.span()),
            ("fg" | "bg", _, _) => self.complain(&value.span(), format!("`{field}` must be a text"), colour::FORMS),
            (_, DeValue::Boolean(true), Some((_, bit, _))) => appearance.emphasis.0 |= bit,
            (_, DeValue::Boolean(false), Some(_)) => {}
            (_, _, Some(_)) => {
                self.complain(
                    &value.span(),
                    format!("`{field}` must be true or false"),
                    "write `true` or leave it out",
                );
            }
            (_, _, None) => {
                let fix = "a role has `fg`, `bg`, `bold`, `dim`, `italic`, `underline` and `reverse`";
                self.complain(field_span, format!("a role has no `{field}`"), fix);
            }
        }
    }

    fn colour(&mut self, text: &str, span: &std::ops::Range<usize>) -> Option<Colour> {
        let colour = Colour::parse(text);
        if colour.is_none() {
            self.complain(span, format!("`{text}` is no colour"), colour::FORMS);
        }
        colour
    }
}

/// The styles of a theme as one terminal can show them: what a frame is drawn with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Styles(BTreeMap<Role, Style>);

impl Styles {
    /// `themes` is searched for the fallbacks; `theme` is used as it is where the terminal can show it.
    pub fn resolve(theme: &Theme, themes: &[Theme], depth: ColourDepth) -> Self {
        let named = |name: &str| themes.iter().find(|candidate| candidate.name == name);
        // Mapping arbitrary colours to the nearest of sixteen gives unreadable pairs, because what those sixteen
        // are is the terminal's affair. A theme made for them is better than a guess.
        let shown = match depth {
            ColourDepth::None => named(MONOCHROME).unwrap_or(theme),
            ColourDepth::Sixteen if theme.has_rgb() && theme.ground == Ground::Light => {
                named(TERMINAL_LIGHT).unwrap_or(theme)
            }
            ColourDepth::Sixteen if theme.has_rgb() => named(TERMINAL).unwrap_or(theme),
            ColourDepth::Sixteen | ColourDepth::Indexed | ColourDepth::Rgb => theme,
        };
        Self(Role::ALL.iter().map(|role| (*role, style(shown, *role, depth))).collect())
    }

    /// Everything plain: for a program that brought no theme.
    pub fn plain() -> Self {
        Self(BTreeMap::new())
    }

    pub fn of(&self, role: Role) -> Style {
        self.0.get(&role).copied().unwrap_or_default()
    }
}

fn style(theme: &Theme, role: Role, depth: ColourDepth) -> Style {
    let appearance = theme.appearance(role);
    let ground = theme.appearance(Role::Text);
    let (fg, bg) = (appearance.fg.or(ground.fg), appearance.bg.or(ground.bg));
    let shown = |colour: Option<Colour>| match (depth, colour) {
        (ColourDepth::None, _) | (_, None) => Color::Reset,
        (ColourDepth::Indexed, Some(colour)) => colour.indexed(),
        (ColourDepth::Sixteen | ColourDepth::Rgb, Some(colour)) => colour.exact(),
    };
    let fg_shown = match (depth, fg, bg) {
        (ColourDepth::Indexed, Some(fg), Some(bg)) => fg.indexed_on(bg),
        _ => shown(fg),
    };
    Style::new().fg(fg_shown).bg(shown(bg)).add_modifier(appearance.emphasis.modifier())
}
