//! What the regions that a run needs say of Aurora's global cluster: the newest word, and whether the words agree. The
//! region that is to become active must be heard; in a planned run the other one too.

use lifeboat_model::facts::aurora::GlobalCluster;
use lifeboat_model::id::{Arn, Region};
use lifeboat_model::read::Service;
use lifeboat_model::time::{Duration, Timestamp, age};

use super::footing::Footing;

/// Both regions describe the same cluster: words further apart than this differ because it has changed since.
const SAME_MOMENT: Duration = Duration::from_secs(10);

pub(super) struct Heard<'a> {
    pub(super) newest: &'a GlobalCluster,
    pub(super) newest_from: &'a Region,
    /// The operation under way, by whichever word tells of one.
    pub(super) under_way: Option<String>,
}

struct Word<'a> {
    from: &'a Region,
    at: Timestamp,
    global: &'a GlobalCluster,
}

/// `None` where what was heard does not tell, which is then a gap.
pub(super) fn heard<'a>(on: &mut Footing<'a>) -> Option<Heard<'a>> {
    let is_asked = !on.is_unplanned() || on.is_heard(&on.plan().from, Service::Aurora);
    weighed(on, is_asked)
}

/// The same once a promotion may have been made. In an unplanned run the region that is left is not asked again, and
/// what it said before, or goes on believing, is no matter.
pub(super) fn heard_since_promotion<'a>(on: &mut Footing<'a>) -> Option<Heard<'a>> {
    let is_asked = !on.is_unplanned();
    weighed(on, is_asked)
}

fn weighed<'a>(on: &mut Footing<'a>, is_asked: bool) -> Option<Heard<'a>> {
    let plan = on.plan();
    let mut words: Vec<Word<'a>> = word(on, &plan.to).into_iter().collect();
    let is_missing = words.is_empty();
    let other = if is_asked { word(on, &plan.from) } else { None };
    if is_missing || (is_asked && other.is_none()) {
        return None;
    }
    words.extend(other);
    words.sort_by_key(|word| std::cmp::Reverse(word.at));
    let newest = words.first()?;
    for earlier in words.iter().skip(1) {
        if writers(earlier.global) != writers(newest.global) && age(newest.at, earlier.at) <= SAME_MOMENT {
            on.gap(format!(
                "the regions disagree about Aurora's writer: {} names {}, {} names {}; both must answer again",
                newest.from,
                told(newest.global),
                earlier.from,
                told(earlier.global)
            ));
            return None;
        }
    }
    let under_way = words.iter().find_map(|word| word.global.failover.as_ref()).map(|state| state.status.to_string());
    Some(Heard { newest: newest.global, newest_from: newest.from, under_way })
}

fn word<'a>(on: &mut Footing<'a>, region: &'a Region) -> Option<Word<'a>> {
    let facts = on.read(region, Service::Aurora, |here| &here.aurora)?;
    let at = on.situation.snapshot.region(region)?.aurora.last.as_ref()?.at;
    let Some(global) = facts.global.as_ref() else {
        on.gap(format!("Aurora in {region} knows no such global cluster"));
        return None;
    };
    Some(Word { from: region, at, global })
}

pub(super) fn writers(global: &GlobalCluster) -> Vec<&Arn> {
    let mut writers: Vec<&Arn> = global.members.iter().filter(|it| it.is_writer).map(|it| &it.cluster).collect();
    writers.sort();
    writers
}

/// The writers' names, or `nobody`.
pub(super) fn told(global: &GlobalCluster) -> String {
    match writers(global).as_slice() {
        [] => "nobody".to_owned(),
        some => some.iter().map(|arn| short(arn)).collect::<Vec<_>>().join(" and "),
    }
}

/// `aurora-dr-dev in us-east-2`.
pub(super) fn short(arn: &Arn) -> String {
    match (arn.cluster_id(), arn.region()) {
        (Some(cluster), Some(region)) => format!("{cluster} in {region}"),
        _ => arn.to_string(),
    }
}
