//! Characters that must join their neighbours, as paths: lines, blocks and braille.

use super::{CELL_HEIGHT, CELL_WIDTH};

/// The weight of each arm of a line, from the middle of the cell: 0 none, 1 light, 2 heavy.
struct Arms {
    up: u32,
    right: u32,
    down: u32,
    left: u32,
}

/// A path that fills what `symbol` fills in the cell at (x, y); `None` for everything that is a letter.
pub(super) fn shape(symbol: &str, x: u32, y: u32) -> Option<String> {
    let mut letters = symbol.chars();
    let (letter, None) = (letters.next()?, letters.next()) else { return None };
    if let Some(arms) = arms(letter) {
        return Some(lines(&arms, x, y));
    }
    match letter {
        '\u{2581}'..='\u{2588}' => {
            let eighths = u32::from(letter) - 0x2580;
            let height = eighths * CELL_HEIGHT / 8;
            Some(rectangle(x, y + CELL_HEIGHT - height, CELL_WIDTH, height))
        }
        '\u{2589}'..='\u{258f}' => {
            let eighths = 8 - (u32::from(letter) - 0x2588);
            Some(rectangle(x, y, (eighths * CELL_WIDTH).div_ceil(8), CELL_HEIGHT))
        }
        '\u{2580}' => Some(rectangle(x, y, CELL_WIDTH, CELL_HEIGHT / 2)),
        '\u{2591}'..='\u{2593}' => Some(shade(u32::from(letter) - 0x2590, x, y)),
        '\u{2801}'..='\u{28ff}' => Some(braille(u32::from(letter) - 0x2800, x, y)),
        _ => None,
    }
}

fn arms(letter: char) -> Option<Arms> {
    let (up, right, down, left) = match letter {
        '─' | '╌' | '┄' | '┈' => (0, 1, 0, 1),
        '│' | '╎' | '┆' | '┊' => (1, 0, 1, 0),
        '┌' | '╭' => (0, 1, 1, 0),
        '┐' | '╮' => (0, 0, 1, 1),
        '└' | '╰' => (1, 1, 0, 0),
        '┘' | '╯' => (1, 0, 0, 1),
        '├' => (1, 1, 1, 0),
        '┤' => (1, 0, 1, 1),
        '┬' => (0, 1, 1, 1),
        '┴' => (1, 1, 0, 1),
        '┼' => (1, 1, 1, 1),
        '━' => (0, 2, 0, 2),
        '┃' => (2, 0, 2, 0),
        '┏' => (0, 2, 2, 0),
        '┓' => (0, 0, 2, 2),
        '┗' => (2, 2, 0, 0),
        '┛' => (2, 0, 0, 2),
        '┣' => (2, 2, 2, 0),
        '┫' => (2, 0, 2, 2),
        '┳' => (0, 2, 2, 2),
        '┻' => (2, 2, 0, 2),
        '╋' => (2, 2, 2, 2),
        '╴' => (0, 0, 0, 1),
        '╵' => (1, 0, 0, 0),
        '╶' => (0, 1, 0, 0),
        '╷' => (0, 0, 1, 0),
        _ => return None,
    };
    Some(Arms { up, right, down, left })
}

/// Each arm reaches across the middle by its own weight, so that corners are closed.
fn lines(arms: &Arms, x: u32, y: u32) -> String {
    let (middle_x, middle_y) = (CELL_WIDTH / 2, CELL_HEIGHT / 2);
    [
        (arms.up, rectangle(x + middle_x, y, arms.up, middle_y + arms.up)),
        (arms.down, rectangle(x + middle_x, y + middle_y, arms.down, CELL_HEIGHT - middle_y)),
        (arms.left, rectangle(x, y + middle_y, middle_x + arms.left, arms.left)),
        (arms.right, rectangle(x + middle_x, y + middle_y, CELL_WIDTH - middle_x, arms.right)),
    ]
    .into_iter()
    .filter(|(weight, _)| *weight > 0)
    .map(|(_, path)| path)
    .collect()
}

fn rectangle(x: u32, y: u32, width: u32, height: u32) -> String {
    format!("M{x} {y}h{width}v{height}h-{width}z")
}

/// A raster, denser with each of the three shades.
fn shade(density: u32, x: u32, y: u32) -> String {
    let mut path = String::new();
    for row in (0..CELL_HEIGHT).step_by(2) {
        for column in (row / 2 % 2..CELL_WIDTH).step_by(2) {
            let keep = match density {
                1 => (row / 2 + column) % 4 == 0,
                2 => (row / 2 + column) % 2 == 0,
                _ => true,
            };
            if keep {
                path += &rectangle(x + column, y + row, 1, if density == 3 { 2 } else { 1 });
            }
        }
    }
    path
}

/// Eight dots, by the bits that Unicode gives them.
fn braille(bits: u32, x: u32, y: u32) -> String {
    const DOTS: [(u32, u32, u32); 8] = [
        (0x01, 0, 0),
        (0x02, 0, 1),
        (0x04, 0, 2),
        (0x08, 1, 0),
        (0x10, 1, 1),
        (0x20, 1, 2),
        (0x40, 0, 3),
        (0x80, 1, 3),
    ];
    let mut path = String::new();
    for (bit, column, row) in DOTS {
        if bits & bit != 0 {
            path += &rectangle(x + 1 + column * 4, y + 1 + row * 5, 2, 2);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_not_shapes() {
        for letter in ["a", " ", "é", "●", "▲", "ab", ""] {
            assert_eq!(shape(letter, 0, 0), None, "{letter}");
        }
    }

    #[test]
    fn lines_reach_the_edges_of_their_cell() {
        let across = shape("─", 9, 20).unwrap();
        assert!(across.contains("M9 30h5v1") && across.contains("M13 30h5v1"), "{across}");
        assert_eq!(shape("█", 0, 0).unwrap(), "M0 0h9v20h-9z");
        assert_eq!(shape("▄", 0, 0).unwrap(), "M0 10h9v10h-9z");
    }
}
