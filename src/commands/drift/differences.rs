//! What differs between a resource and its template, with what runs exchange told apart. It asks nothing and prints nothing.

use lifeboat_blueprint::manifest::ExpectedDrift;
use lifeboat_model::facts::drift::{PropertyDrift, ResourceDrift, ResourceDriftStatus};

/// One difference, with why it is expected, where it is.
pub(crate) struct Difference<'a> {
    pub(crate) resource: &'a ResourceDrift,
    pub(crate) property: Option<&'a PropertyDrift>,
    pub(crate) because: Option<&'a str>,
}

impl Difference<'_> {
    pub(crate) fn what(&self) -> String {
        match self.property {
            None => "is deleted".to_owned(),
            Some(PropertyDrift { path, expected, actual, .. }) => format!("{path} is {actual}, not {expected}"),
        }
    }
}

/// What differs of a resource. What runs exchange between the regions is told as expected.
pub(crate) fn differences<'a>(
    stack: &str,
    resource: &'a ResourceDrift,
    expected: &'a [ExpectedDrift],
) -> Vec<Difference<'a>> {
    match resource.status {
        ResourceDriftStatus::Deleted => vec![Difference { resource, property: None, because: None }],
        ResourceDriftStatus::Modified => {
            let of = |property: &'a PropertyDrift| {
                let known = expected.iter().find(|known| {
                    known.stack == stack
                        && known.resource == resource.logical_id
                        && known.paths.iter().any(|path| is_below(&property.path, path))
                });
                let because = known.map(|known| known.because.as_str());
                Difference { resource, property: Some(property), because }
            };
            resource.differences.iter().map(of).collect()
        }
        ResourceDriftStatus::InSync
        | ResourceDriftStatus::NotChecked
        | ResourceDriftStatus::Unknown
        | ResourceDriftStatus::Unsupported
        | ResourceDriftStatus::Other(_) => Vec::new(),
    }
}

/// Whether one JSON pointer is the other, or points into it.
fn is_below(path: &str, above: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
