//! What a run asks, in full, and with which keys it is answered.

use ratatui::text::Line;

use super::Scene;
use crate::acting::choices;
use crate::action::Action;
use crate::dialogs::answer;
use crate::format;
use crate::theme::Role;

impl Scene<'_> {
    /// What is asked, in full, and with which keys it is answered.
    pub(super) fn question(&self, width: u16, height: u16) -> Vec<Line<'static>> {
        let look = self.look;
        let Some((step, text)) = self.run.question().filter(|_| !self.run.is_over()) else { return Vec::new() };
        let room = usize::from(width.saturating_sub(4));
        let mut rows = format::wrap(text, room);
        // Under it stand its keys, and below them the steps.
        let most = usize::from(height / 3).max(3);
        let cut = rows.len() > most;
        rows.truncate(most);
        if cut && let Some(last) = rows.last_mut() {
            *last = format!(
                "{} {} (all of it: {})",
                look.truncate(last, room.saturating_sub(20)),
                look.symbols.cut,
                self.key(Action::Answer)
            );
        }
        let title = self.state.plan.step(step).map_or(step.as_str(), |step| step.title.as_str());
        let mark = look.symbols.caution;
        let mut lines = vec![Line::from(
            look.span(Role::Banner, look.truncate(&format!(" {mark} QUESTION about: {title} "), usize::from(width))),
        )];
        lines.extend(rows.into_iter().map(|row| Line::from(look.span(Role::Heading, format!("  {row}")))));
        let how = if self.run.here {
            format!("  {} answers: {}", self.key(Action::Answer), answer::in_short(self.watched, self.run))
        } else if self.run.wants_second_person() {
            format!(
                "  it waits for a second person: {} approves it, for anybody but who executes it",
                self.key(Action::Answer)
            )
        } else if choices::of(self.watched, self.run).is_empty() {
            String::new()
        } else {
            "  it is answered where it is executed, or by going on with it once nobody does".to_owned()
        };
        lines.push(Line::from(look.span(Role::Accent, look.truncate(&how, usize::from(width)))));
        lines
    }
}
