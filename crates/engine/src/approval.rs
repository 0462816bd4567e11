//! Approval: the only key that starts a run, and how a person makes one. It is made from the phrase that was typed for
//! the very plan that was shown; there is no other way to come by one, and nothing in here decides whether to ask.

use lifeboat_model::plan::{Plan, PlanHash};
use lifeboat_model::run::Operator;
use lifeboat_model::time::Timestamp;

/// One person's word for one plan.
///
/// The fields are private, so that having one proves that the phrase was typed:
///
/// ```compile_fail,E0451
/// use lifeboat_engine::approval::Approval;
/// use lifeboat_model::plan::PlanHash;
///
/// fn forge(hash: PlanHash, by: lifeboat_model::run::Operator, at: lifeboat_model::time::Timestamp) -> Approval {
///     Approval { hash, by, at, phrase: String::new() }
/// }
/// ```
///
/// and neither a default nor a file makes one:
///
/// ```compile_fail,E0277
/// fn is_made_of_nothing<T: Default>() {}
/// is_made_of_nothing::<lifeboat_engine::approval::Approval>();
/// ```
///
/// ```compile_fail,E0277
/// fn is_made_of_a_file<T: serde::de::DeserializeOwned>() {}
/// is_made_of_a_file::<lifeboat_engine::approval::Approval>();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    hash: PlanHash,
    by: Operator,
    at: Timestamp,
    phrase: String,
}

/// Why there is no approval; each says what to do next.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    #[error(
        "what was shown ({}) is no longer what would be done ({}): read the plan again, then type `{phrase}`",
        shown.short(),
        plan.short()
    )]
    AnotherPlan { shown: PlanHash, plan: PlanHash, phrase: String },
    #[error("nothing was typed: to approve, type `{phrase}`")]
    Nothing { phrase: String },
    #[error("`{typed}` is not the phrase: to approve, type `{phrase}`")]
    AnotherPhrase { typed: String, phrase: String },
}

impl Approval {
    /// Holds `typed` against the phrase of `plan`, letter for letter: only the end of its line is left out. `shown` is
    /// the hash of the plan that the person had before them.
    pub fn by_phrase(
        plan: &Plan,
        shown: &PlanHash,
        typed: &str,
        by: Operator,
        at: Timestamp,
    ) -> Result<Self, NotApproved> {
        let (hash, phrase) = (plan.hash(), plan.phrase());
        if *shown != hash {
            return Err(NotApproved::AnotherPlan { shown: shown.clone(), plan: hash, phrase });
        }
        let typed = without_line_end(typed);
        if typed.is_empty() {
            return Err(NotApproved::Nothing { phrase });
        }
        if typed != phrase {
            return Err(NotApproved::AnotherPhrase { typed: typed.to_owned(), phrase });
        }
        Ok(Self { hash, by, at, phrase })
    }

    /// Of the plan that was approved.
    pub fn hash(&self) -> &PlanHash {
        &self.hash
    }

    pub fn by(&self) -> &Operator {
        &self.by
    }

    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// What was typed.
    pub fn phrase(&self) -> &str {
        &self.phrase
    }
}

/// One line end is the key that sent the line. A second one, or a blank, was typed and counts.
fn without_line_end(typed: &str) -> &str {
    let line = typed.strip_suffix('\n').unwrap_or(typed);
    line.strip_suffix('\r').unwrap_or(line)
}
