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

/// Areas one below the other, each as high as it needs. Where there is not enough for all, rows are dealt out one by one
/// until each has what it needs or nothing is left; where there is more, the last has it.
pub(crate) fn shared(area: Rect, needs: &[u16]) -> Vec<Rect> {
    let mut heights = vec![0_u16; needs.len()];
    let mut left = area.height;
    while left > 0 && heights.iter().zip(needs).any(|(height, need)| height < need) {
        for (height, need) in heights.iter_mut().zip(needs) {
            if left > 0 && *height < *need {
                *height += 1;
                left -= 1;
            }
        }
    }
    if let Some(last) = heights.last_mut() {
        *last += left;
    }
    let mut rest = area;
    heights
        .into_iter()
        .map(|height| {
            let (part, below) = rows(rest, height);
            rest = below;
            part
        })
        .collect()
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn parts_fill_the_area_and_nobody_starves_while_another_has_plenty(
            height in 0u16..100,
            needs in proptest::collection::vec(1u16..30, 1..6),
        ) {
            let area = Rect::new(0, 3, 10, height);
            let parts = shared(area, &needs);
            prop_assert_eq!(parts.iter().map(|part| part.height).sum::<u16>(), height);
            let least = parts.iter().zip(&needs).filter(|(part, need)| part.height < **need).map(|(part, _)| part.height).min();
            if let Some(least) = least {
                prop_assert!(parts.iter().all(|part| part.height <= least + 1));
            }
        }

        #[test]
        fn columns_lie_side_by_side(width in 0u16..200, count in 1u16..5) {
            let parts = equal_columns(Rect::new(2, 0, width, 1), count);
            prop_assert_eq!(parts.len(), usize::from(count));
            for pair in parts.windows(2) {
                prop_assert!(pair[0].right() <= pair[1].x);
            }
            prop_assert!(parts.iter().all(|part| part.right() <= 2 + width));
        }
    }
}
