//! Metrics. As few requests as AWS allows, answers mapped back by position, and never a unit in the request:
//! a wrong one returns nothing.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy};
use futures::future::try_join_all;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::metric::{MetricQuery, Point, Series, Window};
use lifeboat_model::read::Service;

use crate::clients::Endpoint;
use crate::moment::{date_time, timestamp};

/// AWS's limit for one `GetMetricData`.
const QUERIES_A_REQUEST: usize = 500;

pub(crate) async fn metrics(at: &Endpoint, queries: &[MetricQuery], window: Window) -> Result<Vec<Series>, CloudError> {
    let requests = queries.chunks(QUERIES_A_REQUEST).map(|some| request(at, some, window));
    Ok(try_join_all(requests).await?.into_iter().flatten().collect())
}

/// Every query has its series in the answer, in the same order; one without points is a gap, not a zero.
async fn request(at: &Endpoint, queries: &[MetricQuery], window: Window) -> Result<Vec<Series>, CloudError> {
    let mut points: BTreeMap<usize, BTreeMap<_, f64>> = BTreeMap::new();
    let mut pages = at
        .cloudwatch()
        .get_metric_data()
        .set_metric_data_queries(Some(queries.iter().enumerate().map(|(index, query)| asked(index, query)).collect()))
        .start_time(date_time(window.from))
        .end_time(date_time(window.to))
        .scan_by(ScanBy::TimestampAscending)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(at.failure(Service::Metrics, "GetMetricData"))?;
        for result in page.metric_data_results() {
            if let Some(index) = result.id().and_then(index_of) {
                points.entry(index).or_default().extend(dated(result));
            }
        }
    }
    Ok(queries
        .iter()
        .enumerate()
        .map(|(index, query)| Series {
            key: query.key.clone(),
            points: points
                .remove(&index)
                .unwrap_or_default()
                .into_iter()
                .map(|(at, value)| Point { at, value })
                .collect(),
        })
        .collect())
}

fn asked(index: usize, query: &MetricQuery) -> MetricDataQuery {
    let dimensions = query.dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let metric = Metric::builder()
        .namespace(&query.namespace)
        .metric_name(&query.name)
        .set_dimensions(Some(dimensions.collect()))
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(i32::try_from(query.period_s).unwrap_or(i32::MAX))
        .stat(&query.stat)
        .build();
    MetricDataQuery::builder().id(format!("m{index}")).metric_stat(stat).return_data(true).build()
}

fn index_of(id: &str) -> Option<usize> {
    id.strip_prefix('m')?.parse().ok()
}

fn dated(result: &MetricDataResult) -> impl Iterator<Item = (lifeboat_model::time::Timestamp, f64)> {
    let values = result.timestamps().iter().zip(result.values());
    values.filter_map(|(at, value)| Some((timestamp(at)?, *value)))
}
