//! The table of reads and the requests that are sent are one and the same: the policy made from the table is
//! enough, and nothing in it is idle.

use std::collections::BTreeSet;

use lifeboat_model::call::TemplateText;
use lifeboat_model::facts::leftover::Named;
use lifeboat_model::id::Region;
use lifeboat_model::metric::{Measure, MetricKey, MetricQuery, Subject, Window};
use lifeboat_model::port::Observe;
use lifeboat_model::read::{OPERATIONS, Read};
use lifeboat_model::time::Timestamp;
use lifeboat_model::topology::{AlarmSelection, QuotaTarget, RecordTarget};

use super::stage::{Answers, Logins, answer, observer, settings};

/// One question of every kind, except probes, which are no requests to AWS.
fn every_read() -> Vec<Read> {
    let record = RecordTarget { zone: "Z123".into(), name: "app.example.com".into() };
    let key = MetricKey {
        measure: Measure::AuroraRpoLag,
        region: "us-east-1".into(),
        subject: Subject::Cluster("shop".into()),
    };
    let spec = Measure::AuroraRpoLag.spec();
    let query = MetricQuery {
        key,
        namespace: spec.namespace.to_owned(),
        name: spec.name.to_owned(),
        dimensions: vec![("DBClusterIdentifier".to_owned(), "shop".to_owned())],
        stat: spec.stat.to_owned(),
        period_s: spec.period_s,
    };
    let since = Timestamp::UNIX_EPOCH;
    vec![
        Read::Identity,
        Read::Aurora { global_cluster: "shop-global".into() },
        Read::Tables { tables: vec!["orders".into()] },
        Read::Buckets { buckets: vec!["shop-home".into()] },
        Read::HealthChecks { checks: vec!["hc".into()] },
        Read::Records { records: vec![record.clone()] },
        Read::Answers { records: vec![record] },
        Read::Metrics { queries: vec![query], window: Window { from: since, to: since } },
        Read::Alarms {
            selection: AlarmSelection { prefixes: vec!["shop-".to_owned()], names: vec!["lag".to_owned()] },
            history_since: since,
        },
        Read::TargetGroups { groups: vec!["arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/1".into()] },
        Read::Functions { functions: vec!["charge".into()] },
        Read::Accelerators { accelerators: vec!["arn:aws:globalaccelerator::1:accelerator/1".into()] },
        Read::Parameters { paths: vec!["/shop/".into()], decrypt: true },
        Read::Stacks { stacks: vec!["shop-data".into()] },
        Read::Vaults { vaults: vec!["shop-vault".into()] },
        Read::ScalingGroups { groups: vec!["shop-web".into()] },
        Read::Quotas { quotas: vec![QuotaTarget { service_code: "ec2".into(), quota_code: "L-1".into() }] },
        Read::StackResources { stacks: vec!["shop-data".into()] },
        Read::Tagged { key: "app".to_owned(), value: "shop".to_owned() },
        Read::StackEvents { stack: "shop-data".into(), since: None },
        Read::ChangeSet { stack: "shop-data".into(), change_set: "lifeboat-1".to_owned() },
        Read::StackDrifts { stacks: vec!["shop-data".into()] },
        Read::DriftDetection { detection: "1".to_owned() },
        Read::StackTemplates { stacks: vec!["shop-data".into()] },
        Read::TemplateVerdict { template: TemplateText::new("Resources: {}") },
        Read::BucketContents { buckets: vec!["shop-home".into()] },
        Read::EngineVersions { engine: "aurora-postgresql".to_owned(), version: "14.6".to_owned() },
        Read::AvailabilityZones,
        Read::ZoneRecords { zones: vec!["Z123".into()] },
    ]
    .into_iter()
    .chain(every_name().map(|named| Read::Named { names: vec![named] }))
    .collect()
}

fn every_name() -> [Named; 8] {
    [
        Named::LogGroup("/aws/lambda/charge".to_owned()),
        Named::Secret("shop-db".to_owned()),
        Named::SsmParameter("/shop/api-key".into()),
        Named::KmsKey("alias/shop".to_owned()),
        Named::RecoveryPoint("shop-vault".into()),
        Named::DbClusterSnapshot("shop".into()),
        Named::Table("shop-orders".into()),
        Named::Bucket("shop-home".into()),
    ]
}

/// Asked only after another has answered; the recordings hold them.
const SECOND: [&str; 6] = [
    "DescribeDBClusters",
    "GetHealthCheckStatus",
    "ListEndpointGroups",
    "ListMultipartUploads",
    "DescribeKey",
    "ListBackupVaults",
];

#[tokio::test]
async fn just_what_the_table_of_reads_names_is_sent() {
    let mut settings = settings();
    settings.resolvers = vec![([127, 0, 0, 1], 9).into()];
    settings.timeouts.lookup = std::time::Duration::from_millis(50);
    let nobody = Answers::by(|_| answer(503, &[], String::new()));
    let observer = observer(settings, nobody, &Logins::of("AKIATEST"));
    for read in every_read() {
        let outcome = observer.read(&Region::from("us-east-1"), &read).await;
        assert!(outcome.is_err() || matches!(read, Read::Answers { .. }), "{read:?}: {outcome:?}");
    }
    let sent: BTreeSet<String> = observer.operations().into_keys().chain(SECOND.map(str::to_owned)).collect();
    let table: BTreeSet<String> = OPERATIONS.iter().map(|row| row.name.to_owned()).collect();
    assert_eq!(sent, table);
}

#[tokio::test]
async fn a_metric_is_counted_for_the_bill() {
    let observer = observer(settings(), Answers::by(|_| answer(503, &[], String::new())), &Logins::of("AKIATEST"));
    let metrics = every_read().into_iter().find(|read| matches!(read, Read::Metrics { .. })).expect("it is there");
    assert!(observer.read(&Region::from("us-east-1"), &metrics).await.is_err());
    assert_eq!((observer.usage().requests, observer.usage().metrics), (1, 1));
}
