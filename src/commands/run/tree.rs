//! The stacks that are being made or taken away, drawn over themselves while a run goes on: each resource that is under
//! way or has failed, since when, and how long the stack should still take; and how far what is emptied has got. It looks
//! beside the run and decides nothing: what the run waits for the run itself sees.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lifeboat_engine::clock::SystemClock;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::leftover::Named;
use lifeboat_model::facts::stack::StackResource;
use lifeboat_model::id::{BucketName, Region, StackName, VaultName};
use lifeboat_model::plan::{Condition, Plan, Step, StepId};
use lifeboat_model::port::Observe;
use lifeboat_model::read::Read;
use lifeboat_model::time::{Clock as _, Duration, Timestamp, age};
use lifeboat_model::wording::span;
use tokio::task::JoinHandle;

/// Between two looks at what is under way.
const BETWEEN_LOOKS: Duration = Duration::from_secs(3);
/// As many resources of one stack as are shown: the rest are counted.
const SHOWN: usize = 6;

/// How wide a bar is.
const BAR: usize = 24;

/// What a step under way is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Stack(Region, StackName),
    Bucket(Region, BucketName),
    Vault(Region, VaultName),
}

impl Place {
    fn question(&self) -> (&Region, Read) {
        match self {
            Self::Stack(region, stack) => (region, Read::StackResources { stacks: vec![stack.clone()] }),
            Self::Bucket(region, bucket) => (region, Read::BucketContents { buckets: vec![bucket.clone()] }),
            Self::Vault(region, vault) => (region, Read::Named { names: vec![Named::RecoveryPoint(vault.clone())] }),
        }
    }
}

/// How much something holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Holding {
    count: u64,
    /// Nobody counted to the end.
    is_more: bool,
}

/// What was seen of all that is under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    wanted: Vec<Place>,
    resources: BTreeMap<Place, Vec<StackResource>>,
    /// What was there at the first look, and at the last.
    holdings: BTreeMap<Place, (Holding, Holding)>,
}

impl Seen {
    /// What cannot be seen here is seen, and waited for, by the run.
    fn take(&mut self, place: Place, facts: Facts) {
        match facts {
            Facts::StackResources(resources) => {
                self.resources.insert(place, resources);
            }
            Facts::BucketContents(buckets) => {
                let count = buckets.iter().map(|found| found.versions + found.delete_markers + found.uploads).sum();
                self.hold(place, Holding { count, is_more: buckets.iter().any(|found| found.is_more) });
            }
            Facts::Named(found) => {
                let count = u64::try_from(found.len()).unwrap_or(u64::MAX);
                self.hold(place, Holding { count, is_more: false });
            }
            _ => {}
        }
    }

    fn hold(&mut self, place: Place, now: Holding) {
        self.holdings.entry(place).and_modify(|(_, last)| *last = now).or_insert((now, now));
    }
}

/// Looks again and again until it is dropped.
pub(super) struct Watch {
    seen: Arc<Mutex<Seen>>,
    looking: JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

fn locked(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watch {
    /// Only where somebody sees it: nobody else is to pay for its requests.
    pub(super) fn begin(cloud: Arc<dyn Observe>, is_seen: bool) -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        let looking = tokio::spawn(async move {
            if !is_seen {
                return;
            }
            loop {
                let wanted = locked(&shared).wanted.clone();
                for place in wanted {
                    let (region, read) = place.question();
                    let answer = cloud.read(region, &read).await;
                    if let Ok(facts) = answer {
                        locked(&shared).take(place, facts);
                    }
                }
                // Real time, at which a person looks: a simulated clock would run ahead while nobody but this waits.
                SystemClock.sleep(BETWEEN_LOOKS).await;
            }
        });
        Self { seen, looking }
    }

    /// The block as it stands now. `began`: the steps that are under way.
    pub(super) fn lines(&self, plan: &Plan, began: &BTreeMap<StepId, Timestamp>, now: Timestamp) -> Vec<String> {
        let under_way: Vec<(&Step, Timestamp)> =
            plan.steps.iter().filter_map(|step| Some((step, *began.get(&step.id)?))).collect();
        let seen = {
            let mut seen = locked(&self.seen);
            seen.wanted = under_way.iter().filter_map(|(step, _)| place(step)).collect();
            seen.clone()
        };
        lines(&seen, plan, &under_way, now)
    }
}

/// The stack that a step makes, changes or deletes, or what it empties.
fn place(step: &Step) -> Option<Place> {
    step.verify.iter().find_map(|condition| match condition {
        Condition::StackComplete { region, stack, .. } | Condition::StackGone { region, stack, .. } => {
            Some(Place::Stack(region.clone(), stack.clone()))
        }
        Condition::BucketEmpty { region, bucket } => Some(Place::Bucket(region.clone(), bucket.clone())),
        Condition::VaultEmpty { region, vault } => Some(Place::Vault(region.clone(), vault.clone())),
        _ => None,
    })
}

fn lines(seen: &Seen, plan: &Plan, under_way: &[(&Step, Timestamp)], now: Timestamp) -> Vec<String> {
    let mut lines = Vec::new();
    for (step, began) in under_way {
        let elapsed = age(now, *began);
        let left = step.expected.map(|expected| match expected.checked_sub(elapsed) {
            Some(left) => format!(", {} to go", whole(left)),
            None => format!(", {} longer than expected", whole(elapsed.saturating_sub(expected))),
        });
        lines.push(format!("> {}  {}{}", step.title, whole(elapsed), left.unwrap_or_default()));
        let Some(place) = place(step) else { continue };
        if let Some((first, last)) = seen.holdings.get(&place) {
            lines.push(of_holding(*first, *last));
        }
        if let (Place::Stack(region, stack), Some(resources)) = (&place, seen.resources.get(&place)) {
            lines.extend(of_stack(resources, planned(plan, region, stack), now));
        }
    }
    lines
}

/// How far something is emptied. A bar needs an end, and nobody may have counted to it.
fn of_holding(first: Holding, last: Holding) -> String {
    if first.is_more || last.is_more {
        return format!("    at least {} to go", last.count);
    }
    let all = first.count.max(last.count);
    let gone = all - last.count;
    let width = u64::try_from(BAR).unwrap_or(1);
    let filled = usize::try_from((gone * width).checked_div(all).unwrap_or(width)).unwrap_or(BAR).min(BAR);
    format!("    [{}{}] {gone} of {all} gone", "#".repeat(filled), ".".repeat(BAR - filled))
}

/// How many resources the plan has for a stack: AWS lists each only once it has begun with it.
fn planned(plan: &Plan, region: &Region, name: &StackName) -> usize {
    let stacks = plan.build.iter().flat_map(|build| &build.stacks);
    stacks.filter(|stack| stack.region == *region && stack.name == *name).map(|stack| stack.resources.len()).sum()
}

fn of_stack(resources: &[StackResource], planned: usize, now: Timestamp) -> Vec<String> {
    let is_done = |resource: &&StackResource| resource.status.ends_with("_COMPLETE");
    let done = resources.iter().filter(is_done).count();
    let mut lines = vec![format!("    {done} of {} resources are done", planned.max(resources.len()))];
    let mut others: Vec<&StackResource> = resources.iter().filter(|resource| !is_done(resource)).collect();
    // What failed is what a person looks for; then what takes longest.
    others.sort_by_key(|resource| (!resource.status.ends_with("_FAILED"), resource.updated_at));
    for resource in others.iter().take(SHOWN) {
        let since = resource.updated_at.map(|at| format!("  {}", whole(age(now, at)))).unwrap_or_default();
        let reason = resource.reason.as_deref().filter(|_| resource.status.ends_with("_FAILED"));
        let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        let StackResource { logical_id, resource_type, status, .. } = resource;
        lines.push(format!("    {status:<20} {logical_id} ({resource_type}){since}{reason}"));
    }
    if others.len() > SHOWN {
        lines.push(format!("    and {} more", others.len() - SHOWN));
    }
    lines
}

fn whole(length: Duration) -> String {
    span(Duration::from_secs(length.as_secs()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(logical_id: &str, status: &str, reason: Option<&str>) -> StackResource {
        StackResource {
            stack: "shop".into(),
            logical_id: logical_id.to_owned(),
            physical_id: None,
            resource_type: "AWS::SNS::Topic".to_owned(),
            status: status.to_owned(),
            reason: reason.map(str::to_owned),
            updated_at: Some(Timestamp::UNIX_EPOCH),
        }
    }

    #[test]
    fn what_failed_stands_first_with_its_reason_and_what_is_done_is_counted() {
        let resources = [
            resource("Topic", "CREATE_IN_PROGRESS", None),
            resource("Queue", "CREATE_FAILED", Some("Access denied")),
            resource("Table", "CREATE_COMPLETE", None),
        ];
        let now = Timestamp::from_second(90).unwrap();
        let told = of_stack(&resources, 4, now);
        assert_eq!(told[0], "    1 of 4 resources are done");
        assert!(told[1].contains("CREATE_FAILED") && told[1].ends_with("Access denied"), "{told:?}");
        assert!(told[2].contains("Topic (AWS::SNS::Topic)  90 s"), "{told:?}");
    }

    #[test]
    fn what_is_emptied_is_told_against_what_was_there_at_first() {
        let holding = |count, is_more| Holding { count, is_more };
        assert_eq!(
            of_holding(holding(8240, false), holding(6180, false)),
            "    [######..................] 2060 of 8240 gone"
        );
        assert!(of_holding(holding(0, false), holding(0, false)).contains(&"#".repeat(BAR)));
        assert!(
            of_holding(holding(10, false), holding(12, false)).ends_with("0 of 12 gone"),
            "it was filled meanwhile"
        );
        assert_eq!(of_holding(holding(50_000, true), holding(48_000, true)), "    at least 48000 to go");
    }

    #[test]
    fn a_stack_of_many_resources_takes_few_lines() {
        let resources: Vec<StackResource> =
            (0..50).map(|number| resource(&format!("R{number}"), "CREATE_IN_PROGRESS", None)).collect();
        let told = of_stack(&resources, 50, Timestamp::UNIX_EPOCH);
        assert_eq!(told.len(), SHOWN + 2);
        assert_eq!(told.last().map(String::as_str), Some("    and 44 more"));
    }
}
