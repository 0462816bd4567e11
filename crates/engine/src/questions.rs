//! The questions that several ask for themselves: what a planner asks, what is seen before a step counts as done, what a
//! guard judges. An answer is found only by the very question that was asked, so each is written once.

use lifeboat_model::facts::leftover::Named;
use lifeboat_model::id::{BucketName, Region, StackName, ZoneId};
use lifeboat_model::read::{PlannedRead, Read};

use crate::findings::question;

pub(crate) fn stack(region: &Region, stack: &StackName) -> PlannedRead {
    question(region, Read::Stacks { stacks: vec![stack.clone()] })
}

pub(crate) fn change_set(region: &Region, stack: &StackName, change_set: &str) -> PlannedRead {
    question(region, Read::ChangeSet { stack: stack.clone(), change_set: change_set.to_owned() })
}

pub(crate) fn contents(region: &Region, bucket: &BucketName) -> PlannedRead {
    question(region, Read::BucketContents { buckets: vec![bucket.clone()] })
}

pub(crate) fn named(region: &Region, named: Named) -> PlannedRead {
    question(region, Read::Named { names: vec![named] })
}

/// The whole zone, beside the polls: those know only the names that the deployment is watched by.
pub(crate) fn zone(zone: &ZoneId) -> PlannedRead {
    question(&Region::route53(), Read::ZoneRecords { zones: vec![zone.clone()] })
}
