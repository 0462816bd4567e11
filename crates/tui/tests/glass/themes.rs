//! Themes: readable by WCAG's measure, told apart by colour-blind eyes where they promise it, and mistakes in a user's
//! file named with line and fix.

use lifeboat_tui::theme::colour::{Colour, contrast};
use lifeboat_tui::theme::{ColourDepth, Ground, Role, Styles, Theme};
use ratatui::style::{Color, Modifier};

fn theme(name: &str) -> Theme {
    Theme::built_in().into_iter().find(|theme| theme.name == name).unwrap()
}

#[test]
fn every_theme_file_is_built_in_and_parses() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../themes");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let mut names: Vec<String> = Theme::built_in().into_iter().map(|theme| theme.name).collect();
    files.sort();
    names.sort();
    assert_eq!(files, names);
    assert!(names.len() >= 8);
}

#[test]
fn every_text_is_readable_by_wcag_aa_and_high_contrast_by_aaa() {
    let is_fixed = |theme: &Theme| matches!(theme.appearance(Role::Text).bg, Some(Colour::Rgb(..)));
    for theme in Theme::built_in().into_iter().filter(is_fixed) {
        let ground = theme.appearance(Role::Text);
        for role in Role::ALL {
            let appearance = theme.appearance(*role);
            let (fg, bg) = (appearance.fg.or(ground.fg).unwrap(), appearance.bg.or(ground.bg).unwrap());
            let needed = match (role.is_text(), theme.name.starts_with("high-contrast")) {
                (true, true) => 7.0,
                (true, false) => 4.5,
                (false, _) => 3.0,
            };
            let ratio = contrast(fg, bg).unwrap();
            assert!(ratio >= needed, "{} {}: {ratio:.2}, needs {needed}", theme.name, role.name());
        }
    }
}

/// The sixteen as xterm has them when nobody has changed them.
const XTERM: [(u8, u8, u8); 16] = [
    (0, 0, 0),
    (0xcd, 0, 0),
    (0, 0xcd, 0),
    (0xcd, 0xcd, 0),
    (0, 0, 0xee),
    (0xcd, 0, 0xcd),
    (0, 0xcd, 0xcd),
    (0xe5, 0xe5, 0xe5),
    (0x7f, 0x7f, 0x7f),
    (0xff, 0, 0),
    (0, 0xff, 0),
    (0xff, 0xff, 0),
    (0x5c, 0x5c, 0xff),
    (0xff, 0, 0xff),
    (0, 0xff, 0xff),
    (0xff, 0xff, 0xff),
];

const BLACK: (u8, u8, u8) = (0, 0, 0);
const WHITE: (u8, u8, u8) = (0xff, 0xff, 0xff);

fn ansi(colour: Color) -> Option<usize> {
    let order = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    order.into_iter().position(|known| known == colour)
}

/// As xterm shows a colour; `own` is the terminal's.
fn in_xterm(colour: Color, own: (u8, u8, u8)) -> (u8, u8, u8) {
    let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
    match colour {
        Color::Reset => own,
        Color::Rgb(red, green, blue) => (red, green, blue),
        Color::Indexed(index @ 232..) => (8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10),
        Color::Indexed(index @ 16..) => {
            (level((index - 16) / 36), level((index - 16) / 6 % 6), level((index - 16) % 6))
        }
        other => XTERM[ansi(other).unwrap()],
    }
}

/// The worst contrast at which this is seen: many terminals show bold by the bright colour, and dim by half of it.
fn seen_contrast(style: ratatui::style::Style, ground: (u8, u8, u8)) -> f64 {
    let own = if ground == BLACK { XTERM[7] } else { BLACK };
    let (fg, bg) = (in_xterm(style.fg.unwrap(), own), in_xterm(style.bg.unwrap(), ground));
    let is = |modifier| style.add_modifier.contains(modifier);
    let bright = style.fg.and_then(ansi).filter(|code| *code < 8 && is(Modifier::BOLD)).map(|code| XTERM[code + 8]);
    let half = |one: u8, other: u8| u8::try_from(u16::midpoint(one.into(), other.into())).unwrap();
    let dim = |fg: (u8, u8, u8)| {
        if is(Modifier::DIM) { (half(fg.0, bg.0), half(fg.1, bg.1), half(fg.2, bg.2)) } else { fg }
    };
    let of = |(red, green, blue)| Colour::Rgb(red, green, blue);
    let ratios = std::iter::once(fg).chain(bright).map(|fg| contrast(of(dim(fg)), of(bg)).unwrap());
    ratios.fold(f64::INFINITY, f64::min)
}

#[test]
fn what_a_terminal_shows_of_a_theme_is_readable_on_its_ground() {
    let themes = Theme::built_in();
    for theme in &themes {
        let grounds = match (theme.ground, theme.name.as_str()) {
            (Ground::Light, _) => vec![WHITE],
            // It is what is taken where nothing is known to be light.
            (Ground::Dark, _) | (Ground::Terminal, "terminal") => vec![BLACK],
            (Ground::Terminal, _) => vec![BLACK, WHITE],
        };
        for (ground, depth) in grounds.into_iter().flat_map(|ground| {
            [ColourDepth::Rgb, ColourDepth::Indexed, ColourDepth::Sixteen].map(|depth| (ground, depth))
        }) {
            let styles = Styles::resolve(theme, &themes, depth);
            for role in Role::ALL {
                // Without any colour nothing but faintness tells a label from its value, and what is faint there says
                // nothing that a value or a sign beside it does not: it is held to what large text needs.
                let is_label = theme.name == "monochrome" && matches!(role, Role::Muted | Role::Stale);
                let needed = if role.is_text() && !is_label { 4.5 } else { 3.0 };
                let ratio = seen_contrast(styles.of(*role), ground);
                let name = role.name();
                assert!(ratio >= needed, "{} {name} with {depth:?} on {ground:?}: {ratio:.2}", theme.name);
            }
        }
    }
}

#[test]
fn with_sixteen_colours_a_light_ground_gets_no_bright_ones_and_other_bytes_than_a_dark_one() {
    let themes = Theme::built_in();
    let on = |name: &str| Styles::resolve(&theme(name), &themes, ColourDepth::Sixteen);
    assert_ne!(on("light"), on("dark"));
    for name in ["light", "solarized-light", "high-contrast-light", "colour-blind-light", "terminal-light"] {
        for role in Role::ALL {
            let style = on(name).of(*role);
            let is_on_its_ground = style.bg == Some(Color::Reset);
            let code = style.fg.and_then(ansi);
            assert!(!is_on_its_ground || code.is_none_or(|code| code < 8), "{name} {}", role.name());
        }
    }
}

/// How a colour looks to an eye without one kind of cone (Machado, Oliveira and Fernandes 2009, full severity).
fn seen(colour: Colour, deficiency: [[f64; 3]; 3]) -> [f64; 3] {
    let Colour::Rgb(red, green, blue) = colour else { panic!("not a fixed colour") };
    let channels = [red, green, blue].map(|channel| f64::from(channel) / 255.0);
    deficiency
        .map(|row| row.iter().zip(channels).map(|(factor, channel)| factor * channel).sum::<f64>().clamp(0.0, 1.0))
}

const PROTANOPIA: [[f64; 3]; 3] =
    [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]];
const DEUTERANOPIA: [[f64; 3]; 3] =
    [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]];

#[test]
fn colour_blind_themes_keep_good_and_bad_apart() {
    for name in ["colour-blind-dark", "colour-blind-light"] {
        let theme = theme(name);
        let of = |role| theme.appearance(role).fg.unwrap();
        for deficiency in [PROTANOPIA, DEUTERANOPIA] {
            for bad in [Role::Caution, Role::Danger] {
                let (a, b) = (seen(of(Role::Ok), deficiency), seen(of(bad), deficiency));
                let distance: f64 = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                assert!(distance > 0.3, "{name}: ok and {} are {distance:.2} apart", bad.name());
            }
        }
    }
}

#[test]
fn a_terminal_gets_only_what_it_can_show() {
    let themes = Theme::built_in();
    for theme in &themes {
        for role in Role::ALL {
            let none = Styles::resolve(theme, &themes, ColourDepth::None).of(*role);
            assert_eq!((none.fg, none.bg), (Some(Color::Reset), Some(Color::Reset)), "{}", theme.name);
            let sixteen = Styles::resolve(theme, &themes, ColourDepth::Sixteen).of(*role);
            let indexed = Styles::resolve(theme, &themes, ColourDepth::Indexed).of(*role);
            for colour in [sixteen.fg, sixteen.bg].into_iter().flatten() {
                assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{}", theme.name);
            }
            for colour in [indexed.fg, indexed.bg].into_iter().flatten() {
                assert!(!matches!(colour, Color::Rgb(..)), "{}", theme.name);
            }
        }
    }
}

#[test]
fn without_colours_what_matters_still_stands_out() {
    let themes = Theme::built_in();
    let styles = Styles::resolve(&themes[0], &themes, ColourDepth::None);
    for role in [Role::Danger, Role::Selection, Role::Banner, Role::Heading, Role::Live, Role::Simulated] {
        assert_ne!(styles.of(role).add_modifier, styles.of(Role::Text).add_modifier, "{}", role.name());
    }
    assert_ne!(styles.of(Role::Live).add_modifier, styles.of(Role::Simulated).add_modifier);
}

#[test]
fn a_users_theme_may_change_a_few_roles_only() {
    let source = "name = \"mine\"\ninherits = \"dark\"\n[roles]\nok = { fg = \"#00ff00\", bold = true }\n";
    let mine = Theme::from_toml(source, &Theme::built_in()).unwrap();
    assert_eq!(mine.appearance(Role::Ok).fg, Some(Colour::Rgb(0, 255, 0)));
    assert_eq!(mine.appearance(Role::Danger), theme("dark").appearance(Role::Danger));
}

#[test]
fn mistakes_in_a_theme_are_named_with_line_and_fix() {
    let complaints = |source: &str| {
        let problems = Theme::from_toml(source, &Theme::built_in()).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let source = "\
inherits = \"drak\"
ground = \"grey\"
colour = 3
[roles]
okay = { fg = \"#00ff00\" }
caution = { fg = \"yelow\", blink = true }
danger = \"red\"
ok = { bold = 1 }
";
    insta::assert_snapshot!(complaints(source), @r##"
    line 1: `drak` is no theme to inherit from
      hint: use one of dark, light, high-contrast, high-contrast-light, colour-blind-dark, colour-blind-light, nord, solarized-light, terminal, terminal-light, monochrome
    line 1: the theme has no name
      hint: write `name = "mine"` at the top
    line 2: `grey` is no ground
      hint: use `dark`, `light` or `terminal`
    line 3: a theme has no `colour`
      hint: a theme has `name`, `purpose`, `ground`, `inherits` and `[roles]`
    line 5: there is no role `okay`
      hint: did you mean `ok`?
    line 6: `yelow` is no colour
      hint: write `#rrggbb`, `default`, or a terminal colour such as `red` or `bright-blue`
    line 6: a role has no `blink`
      hint: a role has `fg`, `bg`, `bold`, `dim`, `italic`, `underline` and `reverse`
    line 7: role `danger` must be a table
      hint: write `danger = { fg = "#d0d0d0", bold = true }`
    line 8: `bold` must be true or false
      hint: write `true` or leave it out
    "##);
    insta::assert_snapshot!(complaints("name = \"mine\"\n[roles]\nok = { fg = \"#00ff00\" }\n"), @r##"
    line 1: no appearance for text, muted, heading, focus, accent, border, selection, caution, danger, unknown, stale, live, simulated, banner, chart, threshold
      hint: add them under `[roles]`, or start with `inherits = "dark"`
    "##);
    insta::assert_snapshot!(complaints("name = \"mine\n"), @r##"
    line 1: invalid basic string, expected `"`
      hint: correct the TOML on this line
    "##);
}
