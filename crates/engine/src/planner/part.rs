//! A step before it has its place: what its kind decides. What its runbook says comes on top.

use lifeboat_model::call::Call;
use lifeboat_model::guard::GuardName;
use lifeboat_model::plan::{Condition, Step, StepId};
use lifeboat_model::runbook::StepSpec;
use lifeboat_model::time::Duration;

use crate::runbooks::reading::duration;
use crate::runbooks::reference;

#[derive(Clone, Debug)]
pub(super) struct Part {
    /// Wanted; numbered where another step has it.
    pub(super) id: String,
    pub(super) title: String,
    pub(super) calls: Vec<Call>,
    pub(super) verify: Vec<Condition>,
    pub(super) guards: Vec<GuardName>,
    pub(super) temporary: bool,
    pub(super) expected: Option<Duration>,
    pub(super) expected_basis: String,
    pub(super) timeout: Duration,
    pub(super) optional: bool,
}

/// How long one answered request takes, where nothing is waited for.
pub(super) const REQUEST: Duration = Duration::from_secs(1);

impl Part {
    pub(super) fn new(id: impl Into<String>, title: impl Into<String>, timeout: Duration) -> Self {
        Self {
            id: slug(&id.into()),
            title: title.into(),
            calls: Vec::new(),
            verify: Vec::new(),
            guards: Vec::new(),
            temporary: false,
            expected: None,
            expected_basis: String::new(),
            timeout,
            optional: false,
        }
    }

    pub(super) fn calls(mut self, calls: impl IntoIterator<Item = Call>) -> Self {
        self.calls.extend(calls);
        self
    }

    pub(super) fn verify(mut self, conditions: impl IntoIterator<Item = Condition>) -> Self {
        self.verify.extend(conditions);
        self
    }

    pub(super) fn guards(mut self, guards: impl IntoIterator<Item = GuardName>) -> Self {
        self.guards.extend(guards);
        self
    }

    pub(super) fn expected(mut self, length: Option<Duration>, basis: impl Into<String>) -> Self {
        self.expected = length;
        self.expected_basis = basis.into();
        self
    }

    /// It takes as long as its requests.
    pub(super) fn at_once(self) -> Self {
        let length = REQUEST.saturating_mul(u32::try_from(self.calls.len()).unwrap_or(u32::MAX));
        self.expected(Some(length), "a second a request")
    }

    pub(super) fn temporary(mut self) -> Self {
        self.temporary = true;
        self
    }

    pub(super) fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    pub(super) fn into_step(self, spec: &StepSpec, id: StepId, group: usize) -> Step {
        let mut guards = self.guards;
        guards.extend(&spec.guards);
        guards.sort_unstable();
        guards.dedup();
        let timeout = spec.timeout.unwrap_or(self.timeout);
        Step {
            id,
            kind: spec.kind,
            title: spec.title.clone().unwrap_or(self.title),
            group,
            reversible: Step::reversible(&self.calls),
            calls: self.calls,
            verify: self.verify,
            guards,
            temporary: self.temporary,
            expected: self.expected,
            expected_basis: self.expected_basis,
            timeout,
            optional: self.optional || spec.optional,
            inject: spec.inject,
            after: Vec::new(),
            repeats: None,
        }
    }
}

/// Letters, digits and hyphens: an id is typed on a command line.
fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'a'..='z' | '0'..='9' | '.' => slug.push(letter),
            'A'..='Z' => slug.push(letter.to_ascii_lowercase()),
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_matches('-').to_owned()
}

/// A step's parameter, or its default.
pub(super) fn text_of<'a>(spec: &'a StepSpec, name: &str) -> &'a str {
    let default = || reference::of(spec.kind).parameter(name).and_then(|parameter| parameter.default).unwrap_or("");
    spec.with.get(name).map_or_else(default, String::as_str)
}

pub(super) fn length_of(spec: &StepSpec, name: &str) -> Duration {
    let default = || reference::of(spec.kind).parameter(name).and_then(|parameter| parameter.default);
    spec.with.get(name).and_then(|text| duration(text)).or_else(|| default().and_then(duration)).unwrap_or_default()
}

pub(super) fn number_of(spec: &StepSpec, name: &str) -> u32 {
    let default = || reference::of(spec.kind).parameter(name).and_then(|parameter| parameter.default);
    spec.with
        .get(name)
        .and_then(|text| text.parse().ok())
        .or_else(|| default().and_then(|text| text.parse().ok()))
        .unwrap_or_default()
}
