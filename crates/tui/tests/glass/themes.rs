//! Themes: readable by WCAG's measure, told apart by colour-blind eyes where they promise it, and mistakes in a user's
//! file named with line and fix.

use lifeboat_tui::theme::colour::{Colour, contrast};
use lifeboat_tui::theme::{ColourDepth, Ground, Role, Styles, Theme};
use ratatui::style::Color;

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
    for theme in Theme::built_in().into_iter().filter(|theme| theme.ground != Ground::Terminal) {
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
      hint: use one of dark, light, high-contrast, high-contrast-light, colour-blind-dark, colour-blind-light, nord, solarized-light, terminal, monochrome
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
