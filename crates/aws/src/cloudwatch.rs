//! Metrics. As few requests as AWS allows, answers mapped back by position, and never a unit in the request:
//! a wrong one returns nothing.

pub(crate) mod mutate;

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat, ScanBy, StatusCode};
use futures::future::try_join_all;
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::metric::{MetricQuery, Point, Series, Window};
use lifeboat_model::read::Service;
use lifeboat_model::time::Timestamp;

use crate::clients::Endpoint;
use crate::moment::{date_time, timestamp};

const OPERATION: &str = "GetMetricData";

/// AWS's limit for one `GetMetricData`.
const QUERIES_A_REQUEST: usize = 500;

/// A query's series, or why AWS could not read it.
type Outcome = Result<Series, CloudError>;

/// The series that could be read, in the order of their queries. What AWS failed to read is left out, so that what is
/// known of it grows old; where that is all of them, the read has failed.
pub(crate) async fn metrics(at: &Endpoint, queries: &[MetricQuery], window: Window) -> Result<Vec<Series>, CloudError> {
    let requests = queries.chunks(QUERIES_A_REQUEST).map(|some| request(at, some, window));
    let mut read = Vec::new();
    let mut unread = None;
    for outcome in try_join_all(requests).await?.into_iter().flatten() {
        match outcome {
            Ok(series) => read.push(series),
            Err(error) => {
                tracing::warn!(%error, "a series could not be read");
                unread = unread.or(Some(error));
            }
        }
    }
    match unread {
        Some(error) if read.is_empty() => Err(error),
        _ => Ok(read),
    }
}

/// Every query has its outcome, in the same order; a series without points is a gap, not a zero.
async fn request(at: &Endpoint, queries: &[MetricQuery], window: Window) -> Result<Vec<Outcome>, CloudError> {
    let mut points: BTreeMap<usize, BTreeMap<_, f64>> = BTreeMap::new();
    let mut failures: BTreeMap<usize, CloudError> = BTreeMap::new();
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
        let page = page.map_err(at.failure(Service::Metrics, OPERATION))?;
        for result in page.metric_data_results() {
            let Some(index) = result.id().and_then(index_of) else { continue };
            points.entry(index).or_default().extend(dated(result));
            // The last page has the last word: what failed on one may be complete on the next.
            match failure(at, result) {
                Some(error) => failures.insert(index, error),
                None => failures.remove(&index),
            };
        }
    }
    let outcome = |(index, query): (usize, &MetricQuery)| match failures.remove(&index) {
        Some(error) => Err(error),
        None => Ok(series(query, points.remove(&index).unwrap_or_default())),
    };
    Ok(queries.iter().enumerate().map(outcome).collect())
}

fn series(query: &MetricQuery, points: BTreeMap<Timestamp, f64>) -> Series {
    Series { key: query.key.clone(), points: points.into_iter().map(|(at, value)| Point { at, value }).collect() }
}

/// A request that was answered may hold results that were not: those look as if nothing had been measured.
fn failure(at: &Endpoint, result: &MetricDataResult) -> Option<CloudError> {
    let kind = match result.status_code()? {
        StatusCode::InternalError => CloudErrorKind::ServiceFailure,
        StatusCode::Forbidden => CloudErrorKind::Denied { action: None },
        // `PartialData` goes on with the next page. `StatusCode` may grow.
        _ => return None,
    };
    let told = result.messages().iter().find_map(|message| message.value());
    let code = result.status_code().map_or("", StatusCode::as_str);
    let words = told.map_or_else(|| code.to_owned(), |told| format!("{code}: {told}"));
    Some(at.asked(Service::Metrics, OPERATION).refused(kind, &words))
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

fn dated(result: &MetricDataResult) -> impl Iterator<Item = (Timestamp, f64)> {
    let values = result.timestamps().iter().zip(result.values());
    values.filter_map(|(at, value)| Some((timestamp(at)?, *value)))
}
