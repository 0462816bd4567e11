//! A custom metric's value: what an alarm behind an inverted health check watches.

use aws_sdk_cloudwatch::types::{Dimension, MetricDatum};
use lifeboat_model::call::{Call, CustomMetric, Receipt};
use lifeboat_model::cloud_error::CloudError;

use crate::hand::{Hand, failure};

/// Without a time of its own: the point is of the moment in which CloudWatch takes it.
pub(crate) async fn put_metric(
    hand: &Hand,
    call: &Call,
    metric: &CustomMetric,
    value: f64,
) -> Result<Receipt, CloudError> {
    let dimensions = metric.dimensions.iter().map(|(name, value)| Dimension::builder().name(name).value(value).build());
    let datum = MetricDatum::builder()
        .metric_name(&metric.name)
        .set_dimensions(Some(dimensions.collect()).filter(|dimensions: &Vec<_>| !dimensions.is_empty()))
        .value(value)
        .build();
    let answer = hand
        .once
        .cloudwatch()
        .put_metric_data()
        .namespace(&metric.namespace)
        .metric_data(datum)
        .send()
        .await
        .map_err(failure(call))?;
    Ok(hand.receipt(&answer))
}
