//! What CloudWatch failed to read may not look as if nothing had been measured.

use std::sync::atomic::{AtomicUsize, Ordering};

use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::Facts;
use lifeboat_model::id::Region;
use lifeboat_model::metric::{Measure, MetricKey, MetricQuery, Subject, Window};
use lifeboat_model::port::Observe;
use lifeboat_model::read::Read;
use lifeboat_model::time::Timestamp;
use serde_json::{Value, json};

use super::stage::{Answers, Logins, cbor_answer, observer, settings};

fn query(function: &str) -> MetricQuery {
    let spec = Measure::LambdaErrors.spec();
    MetricQuery {
        key: MetricKey {
            measure: Measure::LambdaErrors,
            region: "us-east-1".into(),
            subject: Subject::Function(function.into()),
        },
        namespace: spec.namespace.to_owned(),
        name: spec.name.to_owned(),
        dimensions: vec![("FunctionName".to_owned(), function.to_owned())],
        stat: spec.stat.to_owned(),
        period_s: spec.period_s,
    }
}

/// The functions with how many points each has, as read from these pages.
async fn read(functions: &[&str], pages: Vec<Value>) -> Result<Vec<(String, usize)>, CloudErrorKind> {
    let sent = AtomicUsize::new(0);
    let client = Answers::by(move |_| cbor_answer(&pages[sent.fetch_add(1, Ordering::Relaxed)]));
    let observer = observer(settings(), client, &Logins::of("AKIATEST"));
    let window = Window { from: Timestamp::UNIX_EPOCH, to: Timestamp::from_second(300).expect("a time") };
    let queries = functions.iter().map(|function| query(function)).collect();
    match observer.read(&Region::from("us-east-1"), &Read::Metrics { queries, window }).await {
        Ok(Facts::Metrics(found)) => Ok(found
            .into_iter()
            .map(|series| match series.key.subject {
                Subject::Function(name) => (name.as_str().to_owned(), series.points.len()),
                other => panic!("nobody asked for {other:?}"),
            })
            .collect()),
        Ok(other) => panic!("other facts: {other:?}"),
        Err(error) => Err(error.kind),
    }
}

fn result(id: &str, status: &str, seconds: &[i64]) -> Value {
    let at: Vec<Value> = seconds.iter().map(|second| json!({ "epoch": second })).collect();
    json!({ "Id": id, "StatusCode": status, "Timestamps": at, "Values": vec![1.0; seconds.len()] })
}

fn page(results: &[Value], next: Option<&str>) -> Value {
    let mut page = json!({ "MetricDataResults": results });
    if let Some(next) = next {
        page["NextToken"] = next.into();
    }
    page
}

#[tokio::test]
async fn a_series_without_points_is_a_gap_and_one_that_failed_is_left_out() {
    for status in ["InternalError", "Forbidden"] {
        let results = [result("m0", "Complete", &[]), result("m1", status, &[]), result("m2", "Complete", &[60, 120])];
        let found = read(&["quiet", "failed", "busy"], vec![page(&results, None)]).await;
        assert_eq!(found, Ok(vec![("quiet".to_owned(), 0), ("busy".to_owned(), 2)]), "{status}");
    }
}

#[tokio::test]
async fn a_read_of_which_every_series_failed_has_failed() {
    for (status, kind) in
        [("InternalError", CloudErrorKind::ServiceFailure), ("Forbidden", CloudErrorKind::Denied { action: None })]
    {
        let results = [result("m0", status, &[]), result("m1", status, &[])];
        assert_eq!(read(&["one", "two"], vec![page(&results, None)]).await, Err(kind));
    }
}

#[tokio::test]
async fn partial_data_goes_on_with_the_next_page() {
    let pages = vec![
        page(&[result("m0", "PartialData", &[60]), result("m1", "InternalError", &[])], Some("more")),
        page(&[result("m0", "Complete", &[120]), result("m1", "Complete", &[60])], None),
    ];
    assert_eq!(read(&["long", "late"], pages).await, Ok(vec![("long".to_owned(), 2), ("late".to_owned(), 1)]));
}
