//! Answers to questions that are not polled, newest first: what a plan of stacks, a run or a look for leftovers asks for
//! itself. It keeps and finds; it asks and judges nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use futures::future::join_all;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::Facts;
use lifeboat_model::id::{DeploymentName, Region, StackName};
use lifeboat_model::observation::{Observed, Reading};
use lifeboat_model::port::Observe;
use lifeboat_model::read::{PlannedRead, Read};
use lifeboat_model::time::{Clock, Duration, Timestamp, age};

use crate::watch::ask;

/// How many questions are asked of all regions together at once: CloudFormation throttles an account that asks more.
const AT_ONCE: usize = 8;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// By the question as text: a question has no order of its own.
    answers: BTreeMap<String, Reading<Facts>>,
    /// Comparisons that this process has begun, by the id that AWS gave each: it stands in no journal.
    detections: BTreeMap<(Region, StackName), String>,
}

static NONE: LazyLock<Findings> = LazyLock::new(Findings::default);

impl Findings {
    /// For who asked nothing.
    pub fn none() -> &'static Self {
        &NONE
    }

    pub fn take(&mut self, asked: &PlannedRead, at: Timestamp, outcome: Result<Facts, CloudError>) {
        let reading = self.answers.entry(key(asked)).or_default();
        match outcome {
            Ok(facts) => reading.succeed(facts, at),
            Err(error) => reading.fail(error, at),
        }
    }

    /// What somebody else asked too; the newer answer to a question that both asked.
    pub fn join(&mut self, other: Self) {
        self.answers.extend(other.answers);
        self.detections.extend(other.detections);
    }

    /// That a stack is being compared with what is there, under this id.
    pub fn compares(&mut self, region: &Region, stack: &StackName, detection: &str) {
        self.detections.insert((region.clone(), stack.clone()), detection.to_owned());
    }

    /// How that comparison stands is asked by its id; `None` where this process has begun none.
    pub fn comparison(&self, region: &Region, stack: &StackName) -> Option<PlannedRead> {
        let detection = self.detections.get(&(region.clone(), stack.clone()))?.clone();
        Some(question(region, Read::DriftDetection { detection }))
    }

    pub fn get(&self, asked: &PlannedRead) -> Option<&Reading<Facts>> {
        self.answers.get(&key(asked))
    }

    /// The last good answer, where it is no older than `at_most`.
    pub fn recent(&self, asked: &PlannedRead, now: Timestamp, at_most: Duration) -> Option<Observed<&Facts>> {
        let reading = self.get(asked).filter(|reading| reading.failure.is_none())?;
        reading.last.as_ref().filter(|last| age(now, last.at) <= at_most).map(Observed::as_ref)
    }
}

fn key(asked: &PlannedRead) -> String {
    // Questions are plain data; one that could not be written down would only be found by nobody.
    serde_json::to_string(asked).unwrap_or_default()
}

/// A question with the region whose endpoint is asked.
pub fn question(region: &Region, read: Read) -> PlannedRead {
    PlannedRead { region: region.clone(), read }
}

/// Asks all of these, each once, a few at the same time.
pub async fn find(
    deployment: &DeploymentName,
    cloud: Arc<dyn Observe>,
    clock: Arc<dyn Clock>,
    questions: &[PlannedRead],
    patience: Duration,
) -> Findings {
    let mut findings = Findings::default();
    let mut once: BTreeMap<String, &PlannedRead> = BTreeMap::new();
    for question in questions {
        once.insert(key(question), question);
    }
    let once: Vec<&PlannedRead> = once.into_values().collect();
    for some in once.chunks(AT_ONCE) {
        let answers =
            some.iter().map(|question| ask(deployment, &*cloud, &*clock, &question.region, &question.read, patience));
        for (question, observation) in some.iter().zip(join_all(answers).await) {
            findings.take(question, observation.at, observation.outcome);
        }
    }
    findings
}
