//! What is asked of AWS before, while and after stacks are made, by answers with several pages, strangers among them, and
//! things that are not there.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use lifeboat_model::call::TemplateText;
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::change_set::{ChangeAction, ChangeSet, Replacement};
use lifeboat_model::facts::drift::{DetectionStatus, Difference, PropertyDrift, ResourceDriftStatus};
use lifeboat_model::facts::leftover::{Found, Named};
use lifeboat_model::facts::stack::{DriftStatus, StackEvent};
use lifeboat_model::port::Observe;
use lifeboat_model::read::Read;
use serde_json::{Value, json};

use super::stage::{Logins, Sent, Wire, answer, observer, settings};

/// Asks against these answers; the facts and what was sent.
async fn asked(
    read: Read,
    answers: impl Fn(&Sent) -> HttpResponse + Send + Sync + 'static,
) -> (Result<Facts, CloudError>, Vec<Sent>) {
    let wire = Wire::default();
    let observer = observer(settings(), wire.answering(answers), &Logins::of("AKIATEST"));
    let outcome = observer.read(&"us-east-1".into(), &read).await;
    (outcome, wire.take())
}

fn told(operation: &str, result: &str) -> HttpResponse {
    answer(
        200,
        &[],
        format!("<{operation}Response><{operation}Result>{result}</{operation}Result></{operation}Response>"),
    )
}

fn missing(words: &str) -> HttpResponse {
    answer(
        400,
        &[],
        format!("<ErrorResponse><Error><Code>ValidationError</Code><Message>{words}</Message></Error></ErrorResponse>"),
    )
}

/// Which page of a query API is asked for.
fn page_of(sent: &Sent) -> Option<String> {
    let text = sent.text();
    let next = text.split('&').find_map(|field| field.strip_prefix("NextToken=").or(field.strip_prefix("Marker=")));
    next.map(str::to_owned)
}

// ---- Stacks

fn event(id: &str, second: u32, status: &str) -> String {
    format!(
        "<member><EventId>{id}</EventId><Timestamp>2026-01-05T09:00:{second:02}.250Z</Timestamp><LogicalResourceId>{id}\
         </LogicalResourceId><ResourceType>AWS::SNS::Topic</ResourceType><ResourceStatus>{status}</ResourceStatus>\
         <ResourceStatusReason>why</ResourceStatusReason></member>"
    )
}

fn pages_of_events(sent: &Sent) -> HttpResponse {
    let pages = [
        [event("f", 50, "CREATE_FAILED"), event("e", 40, "CREATE_IN_PROGRESS")],
        [event("d", 30, "CREATE_COMPLETE"), event("c", 20, "X")],
        [event("b", 10, "X"), event("a", 1, "X")],
    ];
    let place = page_of(sent).map_or(0, |page| page.parse::<usize>().expect("a page"));
    let next = if place + 1 < pages.len() { format!("<NextToken>{}</NextToken>", place + 1) } else { String::new() };
    told("DescribeStackEvents", &format!("<StackEvents>{}</StackEvents>{next}", pages[place].concat()))
}

async fn events(since: Option<&str>) -> (Vec<StackEvent>, usize) {
    let since = since.map(|since| since.parse().expect("a time"));
    let (outcome, sent) = asked(Read::StackEvents { stack: "shop".into(), since }, pages_of_events).await;
    match outcome {
        Ok(Facts::StackEvents(events)) => (events, sent.len()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn events_are_asked_for_as_far_back_as_they_are_wanted_and_no_further() {
    let ids = |events: &[StackEvent]| events.iter().map(|event| event.id.clone()).collect::<Vec<_>>();
    let (all, requests) = events(None).await;
    assert_eq!((ids(&all).concat(), requests), ("fedcba".to_owned(), 3));
    let (some, requests) = events(Some("2026-01-05T09:00:30.250Z")).await;
    assert_eq!((ids(&some).concat(), requests), ("fed".to_owned(), 2), "the one of that very moment is new");
    let (none, requests) = events(Some("2026-01-05T09:10:00Z")).await;
    assert_eq!((none.len(), requests), (0, 1));
    let failed = &all[0];
    assert_eq!((failed.logical_id.as_str(), failed.status.as_str()), ("f", "CREATE_FAILED"));
    assert_eq!(failed.reason.as_deref(), Some("why"));
}

#[tokio::test]
async fn what_is_asked_of_a_stack_that_is_not_there_is_nothing() {
    let gone = |_: &Sent| missing("Stack with id shop does not exist");
    for read in [
        Read::StackEvents { stack: "shop".into(), since: None },
        Read::ChangeSet { stack: "shop".into(), change_set: "c".to_owned() },
        Read::StackDrifts { stacks: vec!["shop".into()] },
        Read::StackTemplates { stacks: vec!["shop".into()] },
    ] {
        let is_nothing = match asked(read.clone(), gone).await.0 {
            Ok(Facts::StackEvents(events)) => events.is_empty(),
            Ok(Facts::ChangeSet(found)) => found.is_none(),
            Ok(Facts::StackDrifts(found)) => found.is_empty(),
            Ok(Facts::StackTemplates(found)) => found.is_empty(),
            other => panic!("{read:?}: {other:?}"),
        };
        assert!(is_nothing, "{read:?}");
    }
}

fn changes(sent: &Sent) -> HttpResponse {
    let head = "<ChangeSetId>arn:aws:cs</ChangeSetId><StackId>arn:aws:stack</StackId><Status>CREATE_COMPLETE</Status>\
        <ExecutionStatus>AVAILABLE</ExecutionStatus><Parameters><member><ParameterKey>A</ParameterKey><ParameterValue>1\
        </ParameterValue></member></Parameters>";
    let change =
        |inner: &str| format!("<member><Type>Resource</Type><ResourceChange>{inner}</ResourceChange></member>");
    let (changes, next) = if page_of(sent).is_none() {
        let added = change(
            "<Action>Add</Action><LogicalResourceId>New</LogicalResourceId><ResourceType>AWS::SNS::Topic</ResourceType>\
             <Scope></Scope><Details></Details>",
        );
        (added, "<NextToken>2</NextToken>")
    } else {
        let modified = change(
            "<Action>Modify</Action><LogicalResourceId>Db</LogicalResourceId><PhysicalResourceId>db-1</PhysicalResourceId>\
             <ResourceType>AWS::RDS::DBCluster</ResourceType><Replacement>Conditional</Replacement>\
             <Scope><member>Properties</member><member>Tags</member></Scope><Details><member><Target><Attribute>Properties\
             </Attribute><Name>KmsKeyId</Name><RequiresRecreation>Always</RequiresRecreation></Target></member><member>\
             <Target><Attribute>Tags</Attribute></Target></member></Details>",
        );
        let removed = change(
            "<Action>Remove</Action><LogicalResourceId>Old</LogicalResourceId><PhysicalResourceId>old-1\
             </PhysicalResourceId><ResourceType>AWS::S3::Bucket</ResourceType>",
        );
        (modified + &removed, "")
    };
    told("DescribeChangeSet", &format!("{head}<Changes>{changes}</Changes>{next}"))
}

async fn change_set(answers: impl Fn(&Sent) -> HttpResponse + Send + Sync + 'static) -> ChangeSet {
    let read = Read::ChangeSet { stack: "shop".into(), change_set: "lifeboat-1".to_owned() };
    match asked(read, answers).await.0 {
        Ok(Facts::ChangeSet(Some(found))) => found,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_change_set_is_told_with_all_its_pages_and_with_what_may_be_lost() {
    let found = change_set(changes).await;
    assert!(found.is_ready() && !found.is_empty());
    let told: Vec<_> = found.changes.iter().map(|change| (change.logical_id.as_str(), &change.action)).collect();
    assert_eq!(told, [("New", &ChangeAction::Add), ("Db", &ChangeAction::Modify), ("Old", &ChangeAction::Remove)]);
    let [new, db, old] = found.changes.as_slice() else { panic!("three") };
    assert_eq!((new.physical_id.as_deref(), &new.replacement, new.may_lose()), (None, &None, false));
    assert_eq!((&db.replacement, db.may_lose()), (&Some(Replacement::Conditional), true));
    assert_eq!(db.changed, ["Properties.KmsKeyId", "Tags"]);
    assert_eq!((old.physical_id.as_deref(), old.may_lose()), (Some("old-1"), true));
    assert_eq!(found.parameters.get("A").map(String::as_str), Some("1"));
}

#[tokio::test]
async fn a_change_set_without_changes_is_no_failure() {
    let words =
        "The submitted information didn't contain changes. Submit different information to create a change set.";
    let result = format!(
        "<Status>FAILED</Status><ExecutionStatus>UNAVAILABLE</ExecutionStatus><StatusReason>{words}</StatusReason>"
    );
    let found = change_set(move |_| told("DescribeChangeSet", &result)).await;
    assert!(found.is_empty() && !found.is_ready(), "{found:?}");
}

#[tokio::test]
async fn drift_is_told_property_by_property_and_a_status_that_is_new_is_kept() {
    let resource = |id: &str, status: &str, differences: &str| {
        format!(
            "<member><LogicalResourceId>{id}</LogicalResourceId><PhysicalResourceId>{id}-1</PhysicalResourceId>\
             <ResourceType>AWS::Route53::HealthCheck</ResourceType><StackResourceDriftStatus>{status}\
             </StackResourceDriftStatus><PropertyDifferences>{differences}</PropertyDifferences>\
             <Timestamp>2026-01-05T09:00:00Z</Timestamp></member>"
        )
    };
    let difference = "<member><PropertyPath>/HealthCheckConfig/Inverted</PropertyPath><ExpectedValue>false</ExpectedValue>\
        <ActualValue>true</ActualValue><DifferenceType>NOT_EQUAL</DifferenceType></member>";
    let page = move |sent: &Sent| {
        let (found, next) = match page_of(sent) {
            None => (resource("Check", "MODIFIED", difference), "<NextToken>2</NextToken>"),
            Some(_) => (resource("Other", "SOMETHING_NEW", "") + &resource("Gone", "DELETED", ""), ""),
        };
        told("DescribeStackResourceDrifts", &format!("<StackResourceDrifts>{found}</StackResourceDrifts>{next}"))
    };
    let Ok(Facts::StackDrifts(found)) = asked(Read::StackDrifts { stacks: vec!["shop".into()] }, page).await.0 else {
        panic!("other facts")
    };
    let [stack] = found.as_slice() else { panic!("{found:?}") };
    let statuses: Vec<_> = stack.resources.iter().map(|resource| resource.status.clone()).collect();
    assert_eq!(
        statuses,
        [
            ResourceDriftStatus::Modified,
            ResourceDriftStatus::Other("SOMETHING_NEW".to_owned()),
            ResourceDriftStatus::Deleted
        ]
    );
    assert_eq!(
        stack.resources[0].differences,
        [PropertyDrift {
            path: "/HealthCheckConfig/Inverted".to_owned(),
            difference: Difference::NotEqual,
            expected: "false".to_owned(),
            actual: "true".to_owned(),
        }]
    );
}

#[tokio::test]
async fn a_detection_that_failed_says_why() {
    let result = "<StackId>arn:aws:stack</StackId><StackDriftDetectionId>1</StackDriftDetectionId><StackDriftStatus>DRIFTED\
        </StackDriftStatus><DetectionStatus>DETECTION_FAILED</DetectionStatus><DetectionStatusReason>no access to X\
        </DetectionStatusReason><DriftedStackResourceCount>2</DriftedStackResourceCount>\
        <Timestamp>2026-01-05T09:00:00Z</Timestamp>";
    let answers = move |_: &Sent| told("DescribeStackDriftDetectionStatus", result);
    let Ok(Facts::DriftDetection(Some(found))) =
        asked(Read::DriftDetection { detection: "1".to_owned() }, answers).await.0
    else {
        panic!("other facts")
    };
    assert_eq!((found.status, found.drift), (DetectionStatus::Failed, Some(DriftStatus::Drifted)));
    assert_eq!((found.reason.as_deref(), found.drifted_resources), (Some("no access to X"), Some(2)));
}

#[tokio::test]
async fn a_template_that_is_refused_is_an_answer_and_a_silence_is_none() {
    let read = || Read::TemplateVerdict { template: TemplateText::new("Resources: {}") };
    let words = "Template format error: At least one Resources member must be defined.";
    let Ok(Facts::TemplateVerdict(verdict)) = asked(read(), move |_| missing(words)).await.0 else {
        panic!("a verdict")
    };
    assert!(verdict.refused.expect("it is refused").contains(words));
    let good = "<Parameters><member><ParameterKey>Suffix</ParameterKey></member></Parameters><Capabilities>\
        <member>CAPABILITY_NAMED_IAM</member></Capabilities>";
    let (outcome, sent) = asked(read(), move |_| told("ValidateTemplate", good)).await;
    let Ok(Facts::TemplateVerdict(verdict)) = outcome else { panic!("a verdict") };
    assert_eq!(
        (verdict.refused, verdict.capabilities, verdict.parameters),
        (None, vec!["CAPABILITY_NAMED_IAM".to_owned()], vec!["Suffix".to_owned()])
    );
    assert!(sent[0].text().contains("TemplateBody=Resources"), "{sent:?}");
    let (silent, _) = asked(read(), |_| answer(503, &[], String::new())).await;
    assert_eq!(silent.expect_err("nobody answered").kind, CloudErrorKind::ServiceFailure);
}

// ---- What a creation rests on

#[tokio::test]
async fn versions_of_an_engine_are_told_with_whether_global_databases_take_them() {
    let version = |number: &str, global: bool| {
        format!(
            "<DBEngineVersion><Engine>aurora-postgresql</Engine><EngineVersion>{number}</EngineVersion><Status>available\
             </Status><SupportsGlobalDatabases>{global}</SupportsGlobalDatabases></DBEngineVersion>"
        )
    };
    let page = move |sent: &Sent| {
        let (found, next) = match page_of(sent) {
            None => (version("14.6", true), "<Marker>2</Marker>"),
            Some(_) => (version("14.60", false), ""),
        };
        told("DescribeDBEngineVersions", &format!("<DBEngineVersions>{found}</DBEngineVersions>{next}"))
    };
    let read = Read::EngineVersions { engine: "aurora-postgresql".to_owned(), version: "14.6".to_owned() };
    let (outcome, sent) = asked(read, page).await;
    let Ok(Facts::EngineVersions(found)) = outcome else { panic!("other facts") };
    let told: Vec<_> = found.iter().map(|found| (found.version.as_str(), found.global_databases)).collect();
    assert_eq!(told, [("14.6", true), ("14.60", false)]);
    assert!(sent[0].text().contains("Engine=aurora-postgresql&EngineVersion=14.6"), "{sent:?}");
}

#[tokio::test]
async fn only_zones_that_can_be_used_are_counted() {
    let zone = |name: &str, state: &str, kind: &str| {
        format!("<item><zoneName>{name}</zoneName><zoneState>{state}</zoneState><zoneType>{kind}</zoneType></item>")
    };
    let zones = [
        zone("us-east-1b", "available", "availability-zone"),
        zone("us-east-1a", "available", "availability-zone"),
        zone("us-east-1e", "impaired", "availability-zone"),
        zone("us-east-1-bos-1a", "available", "local-zone"),
    ]
    .concat();
    let body = format!(
        "<DescribeAvailabilityZonesResponse><availabilityZoneInfo>{zones}</availabilityZoneInfo>\
         </DescribeAvailabilityZonesResponse>"
    );
    let (outcome, _) = asked(Read::AvailabilityZones, move |_| answer(200, &[], body.clone())).await;
    let Ok(Facts::AvailabilityZones(found)) = outcome else { panic!("other facts") };
    assert_eq!(found, ["us-east-1a", "us-east-1b"]);
}

#[tokio::test]
async fn a_bucket_is_counted_up_to_a_limit_and_said_to_hold_more() {
    let page = "<ListVersionsResult><IsTruncated>true</IsTruncated><NextKeyMarker>m</NextKeyMarker><NextVersionIdMarker>v\
        </NextVersionIdMarker><Version><Key>a</Key></Version><DeleteMarker><Key>a</Key></DeleteMarker></ListVersionsResult>";
    let uploads =
        "<ListMultipartUploadsResult><Upload><Key>u</Key><UploadId>1</UploadId></Upload></ListMultipartUploadsResult>";
    let answers = move |sent: &Sent| answer(200, &[], if sent.path.contains("versions") { page } else { uploads });
    let read = || Read::BucketContents { buckets: vec!["shop".into()] };
    let (outcome, sent) = asked(read(), answers).await;
    let Ok(Facts::BucketContents(found)) = outcome else { panic!("other facts") };
    let [found] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((found.versions, found.delete_markers, found.uploads, found.is_more), (5, 5, 1, true));
    assert!(sent[1].path.contains("key-marker=m") && sent[1].path.contains("version-id-marker=v"), "{sent:?}");

    // The list of uploads is cut too.
    let (versions, cut) = (
        "<ListVersionsResult></ListVersionsResult>",
        "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated><Upload><Key>u</Key><UploadId>1</UploadId></Upload>\
         </ListMultipartUploadsResult>",
    );
    let answers = move |sent: &Sent| answer(200, &[], if sent.path.contains("versions") { versions } else { cut });
    let Ok(Facts::BucketContents(found)) = asked(read(), answers).await.0 else { panic!("other facts") };
    assert!(found[0].is_more, "{found:?}");

    let nobody = |_: &Sent| answer(404, &[], "<Error><Code>NoSuchBucket</Code></Error>");
    let Ok(Facts::BucketContents(found)) = asked(read(), nobody).await.0 else { panic!("other facts") };
    assert!(found.is_empty());
}

#[tokio::test]
async fn a_zone_is_told_whole() {
    let set = |name: &str, kind: &str| {
        format!(
            "<ResourceRecordSet><Name>{name}</Name><Type>{kind}</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>v\
             </Value></ResourceRecord></ResourceRecords></ResourceRecordSet>"
        )
    };
    let page = move |sent: &Sent| {
        let (sets, rest) = if sent.path.contains("name=") {
            assert!(sent.path.contains("name=b.shop.test.") && sent.path.contains("type=A"), "{sent:?}");
            (set("b.shop.test.", "A"), "<IsTruncated>false</IsTruncated>")
        } else {
            let first = set("shop.test.", "NS") + &set("\\052.shop.test.", "TXT");
            (
                first,
                "<IsTruncated>true</IsTruncated><NextRecordName>b.shop.test.</NextRecordName><NextRecordType>A</NextRecordType>",
            )
        };
        answer(
            200,
            &[],
            format!(
                "<ListResourceRecordSetsResponse><ResourceRecordSets>{sets}</ResourceRecordSets>{rest}<MaxItems>300</MaxItems>\
                 </ListResourceRecordSetsResponse>"
            ),
        )
    };
    let Ok(Facts::ZoneRecords(found)) = asked(Read::ZoneRecords { zones: vec!["Z1".into()] }, page).await.0 else {
        panic!("other facts")
    };
    let names: Vec<_> = found.iter().map(|record| (record.name.as_str(), record.record_type.as_str())).collect();
    assert_eq!(names, [("shop.test", "NS"), ("*.shop.test", "TXT"), ("b.shop.test", "A")]);
}

// ---- What is left

async fn named(
    named: Named,
    answers: impl Fn(&Sent) -> HttpResponse + Send + Sync + 'static,
) -> (Vec<Found>, Vec<Sent>) {
    let (outcome, sent) = asked(Read::Named { names: vec![named.clone()] }, answers).await;
    let Ok(Facts::Named(found)) = outcome else { panic!("{outcome:?}") };
    assert!(found.iter().all(|found| found.named == named), "{found:?}");
    (found, sent)
}

fn json_of(body: &Value) -> HttpResponse {
    answer(200, &[], body.to_string())
}

#[tokio::test]
async fn a_log_group_is_found_with_those_beneath_it_and_without_its_neighbours() {
    let groups = |sent: &Sent| match sent.json()["nextToken"].as_str() {
        None => json_of(&json!({ "nextToken": "2", "logGroups": [
            { "logGroupName": "/aws/lambda/shop-dev", "storedBytes": 1024 },
            { "logGroupName": "/aws/lambda/shop-dev2" },
        ]})),
        Some(_) => json_of(&json!({ "logGroups": [{ "logGroupName": "/aws/lambda/shop-dev/errors" }] })),
    };
    let (found, sent) = named(Named::LogGroup("/aws/lambda/shop-dev".to_owned()), groups).await;
    let told: Vec<_> = found.iter().map(|found| (found.id.as_str(), found.bytes)).collect();
    assert_eq!(told, [("/aws/lambda/shop-dev", Some(1024)), ("/aws/lambda/shop-dev/errors", None)]);
    assert_eq!(sent[0].json()["logGroupNamePrefix"], "/aws/lambda/shop-dev");
}

#[tokio::test]
async fn a_secret_that_waits_for_its_deletion_is_still_there() {
    let secrets = |_: &Sent| {
        json_of(&json!({ "SecretList": [
            { "Name": "shop-db", "ARN": "arn:aws:secretsmanager:us-east-1:1:secret:shop-db-x", "DeletedDate": 1_767_600_000 },
            { "Name": "shop-db-dr", "ARN": "arn:aws:secretsmanager:us-east-1:1:secret:shop-db-dr-x" },
        ]}))
    };
    let (found, sent) = named(Named::Secret("shop-db".to_owned()), secrets).await;
    let [secret] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(secret.state.as_deref(), Some("scheduled for deletion"));
    assert_eq!(secret.deleted_at.map(|at| at.to_string()).as_deref(), Some("2026-01-05T08:00:00Z"));
    let asked = sent[0].json();
    assert_eq!(asked["IncludePlannedDeletion"], true);
    assert_eq!(asked["Filters"], json!([{ "Key": "name", "Values": ["shop-db"] }]));
}

#[tokio::test]
async fn a_parameter_is_looked_for_without_its_value() {
    let parameters =
        |_: &Sent| json_of(&json!({ "Parameters": [{ "Name": "/shop/key", "Type": "SecureString", "Version": 1 }] }));
    let (found, sent) = named(Named::SsmParameter("/shop/key".into()), parameters).await;
    assert_eq!(found.iter().map(|found| found.state.as_deref()).collect::<Vec<_>>(), [Some("SecureString")]);
    assert_eq!(sent[0].target.as_deref(), Some("AmazonSSM.DescribeParameters"));
    assert_eq!(
        sent[0].json()["ParameterFilters"],
        json!([{ "Key": "Name", "Option": "Equals", "Values": ["/shop/key"] }])
    );
}

#[tokio::test]
async fn an_alias_that_has_no_key_yet_is_no_key() {
    let world = |sent: &Sent| match sent.target.as_deref() {
        Some("TrentService.ListAliases") => json_of(&json!({ "Aliases": [
            { "AliasName": "alias/aws/rds" },
            { "AliasName": "alias/shop", "TargetKeyId": "1" },
        ]})),
        _ => json_of(&json!({ "KeyMetadata": {
            "KeyId": sent.json()["KeyId"], "KeyState": "PendingDeletion", "DeletionDate": 1_767_600_000
        }})),
    };
    let (found, _) = named(Named::KmsKey("alias/aws/rds".to_owned()), world).await;
    assert!(found.is_empty(), "AWS lists its aliases before it makes their keys: {found:?}");
    let (found, _) = named(Named::KmsKey("alias/shop".to_owned()), world).await;
    let [key] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((key.id.as_str(), key.state.as_deref()), ("1", Some("PendingDeletion")));
    assert!(key.deleted_at.is_some());
    let (found, _) = named(Named::KmsKey("alias/other".to_owned()), world).await;
    assert!(found.is_empty());
    // By its own ARN no alias is needed, which may be gone.
    let arn = "arn:aws:kms:us-east-1:123456789012:key/7";
    let (found, sent) = named(Named::KmsKey(arn.to_owned()), world).await;
    assert_eq!((found[0].id.as_str(), found[0].state.as_deref()), (arn, Some("PendingDeletion")));
    assert_eq!(sent.len(), 1, "{sent:?}");
}

#[tokio::test]
async fn snapshots_of_one_cluster_are_those_of_no_other() {
    let snapshot = |id: &str, of: &str| {
        format!(
            "<DBClusterSnapshot><DBClusterSnapshotIdentifier>{id}</DBClusterSnapshotIdentifier><DBClusterIdentifier>{of}\
             </DBClusterIdentifier><Status>available</Status><AllocatedStorage>2</AllocatedStorage></DBClusterSnapshot>"
        )
    };
    let snapshots = [snapshot("rds:unplanned-global-failover-shop", "Shop"), snapshot("other", "shop2")].concat();
    let answers = move |_: &Sent| {
        told("DescribeDBClusterSnapshots", &format!("<DBClusterSnapshots>{snapshots}</DBClusterSnapshots>"))
    };
    let (found, _) = named(Named::DbClusterSnapshot("shop".into()), answers).await;
    let told: Vec<_> = found.iter().map(|found| (found.id.as_str(), found.bytes)).collect();
    assert_eq!(told, [("rds:unplanned-global-failover-shop", Some(2 << 30))]);
}

/// S3 tells by its status alone whose a bucket is.
#[tokio::test]
async fn a_bucket_s_name_is_free_only_where_s3_knows_of_none() {
    for (status, is_taken) in [(200, true), (403, true), (301, true), (404, false)] {
        let (found, _) = named(Named::Bucket("shop".into()), move |_| answer(status, &[], String::new())).await;
        assert_eq!(!found.is_empty(), is_taken, "{status}");
    }
    let names = vec![Named::Bucket("shop".into())];
    let (outcome, _) = asked(Read::Named { names }, |_| answer(500, &[], String::new())).await;
    assert!(outcome.is_err(), "what S3 does not tell is not free: {outcome:?}");
}

#[tokio::test]
async fn recovery_points_of_a_vault_are_told_and_a_vault_that_is_gone_has_none() {
    let arn = "arn:aws:backup:us-east-1:1:recovery-point:abc";
    let points = move |_: &Sent| {
        json_of(
            &json!({ "RecoveryPoints": [{ "RecoveryPointArn": arn, "Status": "COMPLETED", "BackupSizeInBytes": 7 }] }),
        )
    };
    let (found, _) = named(Named::RecoveryPoint("shop".into()), points).await;
    let [point] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((point.id.as_str(), point.state.as_deref(), point.bytes), ("abc", Some("COMPLETED"), Some(7)));
    let gone = |sent: &Sent| {
        if sent.path.contains("recovery-points") {
            answer(403, &[("x-amzn-errortype", "AccessDeniedException".to_owned())], "{}")
        } else {
            json_of(&json!({ "BackupVaultList": [] }))
        }
    };
    let (found, _) = named(Named::RecoveryPoint("shop".into()), gone).await;
    assert!(found.is_empty(), "{found:?}");
}

#[tokio::test]
async fn what_could_not_be_asked_for_by_name_is_not_said_to_be_gone() {
    let names = vec![Named::LogGroup("/a".to_owned()), Named::Secret("b".to_owned())];
    let (outcome, _) = asked(Read::Named { names }, |sent| match sent.target.as_deref() {
        Some("secretsmanager.ListSecrets") => {
            answer(400, &[], json!({ "__type": "AccessDeniedException", "message": "no" }).to_string())
        }
        _ => json_of(&json!({ "logGroups": [] })),
    })
    .await;
    let error = outcome.expect_err("a part is not known");
    assert!(matches!(error.kind, CloudErrorKind::Denied { .. }), "{error:?}");
    assert!(error.fix.expect("what mends it").contains("secretsmanager:ListSecrets"));
}
