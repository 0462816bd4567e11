//! A plan as text of eighty columns: what is lost first, then the steps in order with the line of reversibility drawn
//! across them, then what to type.

use lifeboat_model::call::Call;
use lifeboat_model::plan::{Plan, Reversible, Step, StepId};
use lifeboat_model::port::Reality;
use lifeboat_model::runbook::Mode;
use lifeboat_model::wording::span;
use unicode_width::UnicodeWidthStr;

mod build;

use super::words;
use crate::output::{Emphasis, wrap};

const WIDTH: usize = 80;

type Paint<'a> = &'a dyn Fn(Emphasis, &str) -> String;

pub(crate) fn of(plan: &Plan, reality: &Reality, paint: Paint<'_>) -> String {
    let mut page = Page { lines: Vec::new(), paint };
    page.head(plan, reality);
    match &plan.build {
        Some(build) => build::tell(&mut page, plan, build),
        None => page.loss(plan),
    }
    page.steps(plan);
    page.notes(plan);
    page.foot(plan);
    let mut text = page.lines.join("\n");
    text.push('\n');
    text
}

struct Page<'a> {
    lines: Vec<String>,
    paint: Paint<'a>,
}

impl Page<'_> {
    fn paint(&self, emphasis: Emphasis, text: &str) -> String {
        (self.paint)(emphasis, text)
    }

    fn title(&mut self, text: &str) {
        let title = self.paint(Emphasis::Strong, text);
        self.lines.push(String::new());
        self.lines.push(title);
    }

    /// `first` before the first line, spaces of the same width before the others.
    fn paragraph(&mut self, first: &str, text: &str) {
        let indent = " ".repeat(first.width());
        for (number, line) in wrap(text, WIDTH.saturating_sub(first.width())).into_iter().enumerate() {
            self.lines.push(format!("{}{line}", if number == 0 { first } else { &indent }).trim_end().to_owned());
        }
    }

    fn head(&mut self, plan: &Plan, reality: &Reality) {
        let world = match reality {
            Reality::Live => "LIVE".to_owned(),
            Reality::Simulated(scenario) => format!("SIMULATED, {scenario}"),
        };
        let drill = if plan.drill { "  DRILL" } else { "" };
        let regions = match (&plan.build, plan.mode) {
            (Some(_), Mode::Planned) => format!("in {} and {}", plan.to, plan.from),
            (Some(_), Mode::Unplanned) => format!("in {} alone: {} does not answer", plan.to, plan.from),
            (None, _) => format!("{}, from {} to {}", words::mode(plan.mode), plan.from, plan.to),
        };
        let name = self.paint(Emphasis::Strong, &format!("{} {}", plan.runbook, plan.deployment));
        self.lines.push(format!("{name}  {world}{drill}"));
        let account = plan.account.as_ref().map_or_else(|| "account unknown".to_owned(), |id| format!("account {id}"));
        self.lines.push(format!("{regions}, {account}"));
        if let Some(writer) = &plan.writer {
            self.paragraph("writer now: ", writer.as_str());
        }
        self.lines.push(format!("planned at {:.0}", plan.made_at));
    }

    fn loss(&mut self, plan: &Plan) {
        self.title("What it costs");
        let losses = words::losses(plan);
        if losses.is_empty() {
            self.paragraph("  ", "no data: it has no store");
        }
        for (store, loss) in losses {
            self.paragraph("  ", &format!("{store}: {loss}"));
        }
        let again = plan
            .predicted
            .rto
            .map_or_else(|| "after a time that is not known".to_owned(), |rto| format!("after {}", span(rto)));
        let whole = plan.predicted.length.map_or_else(|| "not known".to_owned(), span);
        self.paragraph("  ", &format!("clients can write again {again}; the whole run: {whole}"));
    }

    fn steps(&mut self, plan: &Plan) {
        self.title("Steps");
        if plan.steps.iter().any(|step| !step.after.is_empty()) {
            self.paragraph("  ", "Each begins as soon as those it waits for are over.");
        }
        for (number, steps, line) in words::groups(plan) {
            if line {
                self.line_of_reversibility();
            }
            if steps.len() > 1 {
                self.lines.push(format!("{number:>3}  side by side:"));
            }
            for step in steps {
                let mark = if steps.len() > 1 { "   -  ".to_owned() } else { format!("{number:>3}  ") };
                self.step(&mark, step);
            }
        }
        if plan.point_of_no_return().is_none() {
            self.lines.push(String::new());
            self.paragraph("  ", "Every step can be undone.");
        }
    }

    fn line_of_reversibility(&mut self) {
        let text = " above this line everything can be undone, below it not ";
        let side = WIDTH.saturating_sub(text.width()) / 2;
        let line = format!("{}{text}{}", "=".repeat(side), "=".repeat(WIDTH - text.width() - side));
        let line = self.paint(Emphasis::Bad, &line);
        self.lines.push(line);
    }

    fn step(&mut self, mark: &str, step: &Step) {
        self.paragraph(mark, &step.title);
        let indent = " ".repeat(mark.width() + 2);
        let mut traits = vec![step.kind.to_string(), words::expected(step)];
        traits.push(format!("given up after {}", span(step.timeout)));
        traits.extend(step.temporary.then(|| "put back at the end".to_owned()));
        traits.extend(step.optional.then(|| "the run goes on without it".to_owned()));
        traits.extend(step.inject.then(|| "the fault of this drill".to_owned()));
        self.paragraph(&indent, &traits.join(", "));
        if !step.after.is_empty() {
            let after: Vec<&str> = step.after.iter().map(StepId::as_str).collect();
            self.paragraph(&format!("{indent}after "), &after.join(", "));
        }
        for call in &step.calls {
            self.call(&indent, call);
        }
        for condition in &step.verify {
            self.paragraph(&format!("{indent}until "), &words::condition(condition));
        }
        if !step.guards.is_empty() {
            let guards: Vec<&str> = step.guards.iter().map(|guard| guard.as_str()).collect();
            self.paragraph(&format!("{indent}only if "), &format!("{} pass", guards.join(", ")));
        }
        if let Reversible::No(reason) = &step.reversible {
            let label = self.paint(Emphasis::Bad, "cannot be undone");
            self.lines.push(format!("{indent}{label}:"));
            self.paragraph(&format!("{indent}  "), reason);
        }
    }

    fn call(&mut self, indent: &str, call: &Call) {
        let place = format!("{} in {}, {}", call.operation(), call.endpoint_region(), words::plane(call.plane()));
        self.paragraph(&format!("{indent}> "), &format!("{place}; needs {}", call.iam_actions().join(", ")));
    }

    fn notes(&mut self, plan: &Plan) {
        if plan.notes.is_empty() {
            return;
        }
        self.title("To know before");
        for note in &plan.notes {
            self.paragraph("  - ", note);
        }
    }

    fn foot(&mut self, plan: &Plan) {
        self.lines.push(String::new());
        let guards: Vec<&str> = plan.guards.iter().map(|guard| guard.as_str()).collect();
        self.paragraph("guards: ", &guards.join(", "));
        self.lines.push(format!("hash:   {}", plan.hash()));
        self.lines.push(format!("phrase: {}", plan.phrase()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::plan::example;

    fn plain(plan: &Plan) -> String {
        of(plan, &Reality::Simulated("region-loss".to_owned()), &|_, text| text.to_owned())
    }

    #[test]
    fn the_line_of_reversibility_stands_right_above_the_promotion() {
        let text = plain(&example::failover());
        let lines: Vec<&str> = text.lines().collect();
        let line = lines.iter().position(|line| line.starts_with("====")).unwrap();
        assert!(lines[line + 1].contains("side by side"), "{text}");
        assert!(lines[line + 2].contains("Promote aurora-dr-dev"), "{text}");
        assert_eq!(lines.iter().filter(|line| line.starts_with("====")).count(), 1);
        assert!(!text.contains("Every step can be undone"));
    }

    #[test]
    fn a_plan_that_can_be_undone_says_so_instead() {
        let mut plan = example::failover();
        plan.steps.retain(Step::is_reversible);
        let text = plain(&plan);
        assert!(text.contains("Every step can be undone") && !text.contains("===="), "{text}");
    }

    #[test]
    fn what_is_not_known_is_said_to_be_unknown() {
        let text = plain(&example::failover());
        assert!(text.contains("Aurora: up to the last 1.3 s of writes"), "{text}");
        assert!(text.contains("DynamoDB: not known how much"), "{text}");
        assert!(text.contains("not known how long"), "{text}");
    }

    #[test]
    fn a_stack_that_is_not_there_is_not_said_to_be_kept() {
        let text = plain(&Plan { build: Some(example::build()), ..example::failover() });
        assert!(text.contains("not there shop-primary in us-east-1") && !text.contains("keep"), "{text}");
        assert!(text.contains("holds 3 versions"), "{text}");
    }

    #[test]
    fn no_line_is_wider_than_the_page_but_for_one_word() {
        for line in plain(&example::failover()).lines() {
            assert!(line.width() <= WIDTH || line.trim().split(' ').count() <= 3, "{line}");
        }
    }
}
