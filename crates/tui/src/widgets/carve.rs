//! Cutting an area into parts. Never fails: where there is no room, parts are empty.

use ratatui::layout::Rect;

/// The upper `height` rows, and what is below.
pub(crate) fn rows(area: Rect, height: u16) -> (Rect, Rect) {
    let height = height.min(area.height);
    let upper = Rect { height, ..area };
    let lower = Rect { y: area.y.saturating_add(height), height: area.height - height, ..area };
    (upper, lower)
}

/// The left `width` columns, and what is right of a gap of one column.
pub(crate) fn columns(area: Rect, width: u16) -> (Rect, Rect) {
    let width = width.min(area.width);
    let left = Rect { width, ..area };
    let used = width.saturating_add(1).min(area.width);
    let right = Rect { x: area.x.saturating_add(used), width: area.width - used, ..area };
    (left, right)
}

/// `count` columns of equal width, with gaps of one; the last takes what is left over.
pub(crate) fn equal_columns(area: Rect, count: u16) -> Vec<Rect> {
    let mut parts = Vec::new();
    let mut rest = area;
    for remaining in (1..=count).rev() {
        let width = rest.width.saturating_sub(remaining - 1) / remaining;
        let (part, after) = if remaining == 1 { (rest, rest) } else { columns(rest, width) };
        parts.push(part);
        rest = after;
    }
    parts
}

/// The same area moved in by `columns` on the left.
pub(crate) fn indented(area: Rect, columns: u16) -> Rect {
    let by = columns.min(area.width);
    Rect { x: area.x.saturating_add(by), width: area.width - by, ..area }
}

/// An area of at most this size in the middle of another.
pub(crate) fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x.saturating_add((area.width - width) / 2),
        y: area.y.saturating_add((area.height - height) / 2),
        width,
        height,
    }
}
