//! Selection and window arithmetic. Pure numbers: what they are the numbers of is not its concern.

use std::ops::Range;

/// How a selection moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Up,
    Down,
    PageUp(usize),
    PageDown(usize),
    Top,
    Bottom,
}

/// Where the selection stands after a step among `len` rows. Stays within them; 0 when there are none.
pub fn moved(selected: usize, len: usize, step: Step) -> usize {
    let last = len.saturating_sub(1);
    let next = match step {
        Step::Up => selected.saturating_sub(1),
        Step::Down => selected.saturating_add(1),
        Step::PageUp(rows) => selected.saturating_sub(rows.max(1)),
        Step::PageDown(rows) => selected.saturating_add(rows.max(1)),
        Step::Top => 0,
        Step::Bottom => last,
    };
    next.min(last)
}

/// The next of `len` things in a circle, or the one before.
pub fn turned(current: usize, len: usize, forward: bool) -> usize {
    match (len, forward) {
        (0, _) => 0,
        (_, true) => (current + 1) % len,
        (_, false) => (current.min(len) + len - 1) % len,
    }
}

/// The rows to show: the selected one in the middle, except near both ends, so that nothing but the data and the
/// selection decide what is seen.
pub fn window(len: usize, height: usize, selected: usize) -> Range<usize> {
    let highest = len.saturating_sub(height);
    let start = selected.min(len.saturating_sub(1)).saturating_sub(height / 2).min(highest);
    start..(start + height).min(len)
}

/// The lines of a text to show, from `top` on; never past the point where the last line is at the foot.
pub fn page(len: usize, height: usize, top: usize) -> Range<usize> {
    let start = top.min(len.saturating_sub(height));
    start..(start + height).min(len)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            Just(Step::Up),
            Just(Step::Down),
            (0usize..100).prop_map(Step::PageUp),
            (0usize..100).prop_map(Step::PageDown),
            Just(Step::Top),
            Just(Step::Bottom),
        ]
    }

    proptest! {
        #[test]
        fn a_selection_stays_among_the_rows(selected in 0usize..2000, len in 0usize..1000, step in any_step()) {
            let next = moved(selected, len, step);
            prop_assert!(next < len || (len == 0 && next == 0));
        }

        #[test]
        fn what_is_selected_is_seen(len in 1usize..1000, height in 1usize..100, selected in 0usize..1000) {
            let seen = window(len, height, selected);
            let selected = selected.min(len - 1);
            prop_assert!(seen.contains(&selected));
            prop_assert_eq!(seen.len(), height.min(len));
            prop_assert!(seen.end <= len);
        }

        #[test]
        fn a_page_is_full_while_there_is_text(len in 0usize..1000, height in 0usize..100, top in 0usize..2000) {
            let seen = page(len, height, top);
            prop_assert_eq!(seen.len(), height.min(len));
            prop_assert!(seen.end <= len);
        }

        #[test]
        fn going_round_forward_and_back_ends_where_it_began(len in 1usize..50, at in 0usize..50) {
            let at = at % len;
            prop_assert_eq!(turned(turned(at, len, true), len, false), at);
        }

        #[test]
        fn down_and_up_again_is_no_move(len in 2usize..1000, at in 0usize..1000) {
            let at = at % (len - 1);
            prop_assert_eq!(moved(moved(at, len, Step::Down), len, Step::Up), at);
        }
    }
}
