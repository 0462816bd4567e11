//! Alarms: what they watch must be published where they stand, and silence must mean something.

use std::collections::BTreeSet;

use lifeboat_model::id::ROUTE53_REGION;

use super::{At, Findings, Rule, items};
use crate::manifest::Place;
use crate::yaml::Node;

pub(super) fn look(at: &At<'_>, found: &mut Findings) {
    if !at.is("AWS::CloudWatch::Alarm") {
        return;
    }
    if !at.present(&["TreatMissingData"]) {
        found.whole(at, Rule::B20, "does not say what missing data mean", "add TreatMissingData");
    }
    let of_tables = at.resource.properties.get("Namespace").and_then(Node::text) == Some("AWS/DynamoDB");
    if let (true, Some(said)) = (of_tables, at.resource.properties.get("TreatMissingData"))
        && said.text().is_some_and(|said| said != "ignore")
    {
        let what = "says of missing data what CloudWatch does not do with metrics of DynamoDB: it ignores them";
        found.add(at, said.line, Rule::B20, what.to_owned(), "write TreatMissingData: ignore".to_owned());
    }
    for metric in metrics(at) {
        judge(at, metric, found);
    }
}

/// The alarm's own metric, or those that it computes with: each has a namespace, a name and dimensions.
fn metrics<'a>(at: &At<'a>) -> Vec<&'a Node> {
    let mut found = vec![&at.resource.properties];
    for list in at.any(&["Metrics"]) {
        found.extend(items(list).into_iter().filter_map(|query| query.at(&["MetricStat", "Metric"])));
    }
    found
}

fn judge(at: &At<'_>, metric: &Node, found: &mut Findings) {
    let namespace = metric.get("Namespace").and_then(Node::text).unwrap_or_default();
    let name = metric.get("MetricName").and_then(Node::text).unwrap_or_default();
    let balanced = matches!(namespace, "AWS/ApplicationELB" | "AWS/NetworkELB");
    if balanced && name.contains("HostCount") {
        let dimensions: BTreeSet<&str> = metric
            .get("Dimensions")
            .map(items)
            .unwrap_or_default()
            .into_iter()
            .filter_map(|dimension| dimension.get("Name").and_then(Node::text))
            .collect();
        for dimension in ["TargetGroup", "LoadBalancer"].iter().filter(|name| !dimensions.contains(**name)) {
            let what = format!("watches {name} without {dimension}");
            found.add(at, metric.line, Rule::B18, what, format!("add the dimension {dimension}"));
        }
    }
    let elsewhere = at
        .place
        .stacks
        .iter()
        .find(|stack| !matches!(&stack.region, Place::Fixed(region) if region.as_str() == ROUTE53_REGION));
    if let (true, Some(stack)) = (namespace == "AWS/Route53", elsewhere) {
        let what = format!("watches a health check from stack `{}`, which may be elsewhere", stack.id);
        found.add(at, metric.line, Rule::B19, what, format!("move it to a stack with region = \"{ROUTE53_REGION}\""));
    }
}
