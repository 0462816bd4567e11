//! What every implementation owes to whoever makes and takes away stacks: a change set changes nothing and says all that it
//! would, a stack stands when its events say so and is gone when it is deleted, a secret is the same wherever it is, and
//! what is emptied is empty.

use lifeboat_model::call::{Call, Change, LateValue, StackInput, TemplateText};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::change_set::{ChangeAction, ChangeSet, Replacement};
use lifeboat_model::facts::drift::{Detection, DetectionStatus, ResourceDriftStatus};
use lifeboat_model::facts::leftover::{Found, Named};
use lifeboat_model::facts::parameter::{Parameter, ValueDigest};
use lifeboat_model::facts::s3::BucketContents;
use lifeboat_model::facts::stack::{Stack, StackEvent, first_failure};
use lifeboat_model::id::{BucketName, ParameterName, Region, StackName};
use lifeboat_model::read::Read;
use lifeboat_model::time::{Duration, Timestamp, after};

use super::changes::{Changeable, PATIENCE};

const TEMPLATE: &str = "\
Parameters:
  Suffix: {Type: String}
  Text: {Type: String, Default: one}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    DeletionPolicy: Delete
    Properties: {TopicName: !Sub 'lifeboat-${Suffix}'}
  Value:
    Type: AWS::SSM::Parameter
    DeletionPolicy: Delete
    Properties: {Name: !Sub '/lifeboat/${Suffix}', Type: String, Value: !Ref Text}
Outputs:
  TopicArn: {Value: !Ref Topic}
";

/// One stack of the suite, and how it is asked about.
struct Site<'a> {
    changing: &'a Changeable,
    region: Region,
    stack: StackName,
}

fn given(key: &str, text: &str) -> StackInput {
    StackInput { key: key.to_owned(), value: LateValue::Literal(text.to_owned()) }
}

impl<'a> Site<'a> {
    fn new(changing: &'a Changeable, name: &str) -> Self {
        let region = changing.world.deployment.regions.home.clone();
        let suffix = changing.world.deployment.name.to_string();
        Self { changing, region, stack: format!("lifeboat-{suffix}-{name}").into() }
    }

    fn change_set(&self, name: &str, creates: bool, body: &str, text: Option<&str>) -> Call {
        let suffix = if creates {
            given("Suffix", self.stack.as_str())
        } else {
            StackInput { key: "Suffix".to_owned(), value: LateValue::Previous }
        };
        let text = match text {
            Some(text) => given("Text", text),
            None => StackInput { key: "Text".to_owned(), value: LateValue::Previous },
        };
        Call::CreateChangeSet {
            region: self.region.clone(),
            stack: self.stack.clone(),
            change_set: name.to_owned(),
            creates,
            template: TemplateText::new(body),
            inputs: vec![suffix, text],
            capabilities: Vec::new(),
            tags: vec![("Environment".to_owned(), "dev".to_owned())],
        }
    }

    fn execute(&self, change_set: &str, creates: bool) -> Call {
        let (region, stack) = (self.region.clone(), self.stack.clone());
        Call::ExecuteChangeSet { region, stack, change_set: change_set.to_owned(), creates }
    }

    fn delete(&self) -> Call {
        Call::DeleteStack { region: self.region.clone(), stack: self.stack.clone() }
    }

    async fn read(&self, read: Read) -> Facts {
        self.changing.world.read(&self.region, read).await
    }

    async fn stack_named(&self, name: &StackName) -> Option<Stack> {
        match self.read(Read::Stacks { stacks: vec![name.clone()] }).await {
            Facts::Stacks(mut found) => found.pop(),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until nothing is being done to it.
    async fn at_rest(&self) -> Option<Stack> {
        for _ in 0..PATIENCE {
            match self.stack_named(&self.stack).await {
                Some(stack) if stack.is_in_progress() => (self.changing.pass)(),
                found => return found,
            }
        }
        panic!("{} is never at rest", self.stack)
    }

    async fn set(&self, name: &str) -> Option<ChangeSet> {
        match self.read(Read::ChangeSet { stack: self.stack.clone(), change_set: name.to_owned() }).await {
            Facts::ChangeSet(found) => found,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until AWS has worked it out.
    async fn worked_out(&self, name: &str) -> ChangeSet {
        for _ in 0..PATIENCE {
            match self.set(name).await {
                Some(found) if !found.is_pending() => return found,
                Some(_) => (self.changing.pass)(),
                None => panic!("{name} is not there"),
            }
        }
        panic!("{name} is never worked out")
    }

    async fn events(&self, stack: &StackName, since: Option<Timestamp>) -> Vec<StackEvent> {
        match self.read(Read::StackEvents { stack: stack.clone(), since }).await {
            Facts::StackEvents(found) => found,
            other => panic!("{other:?}"),
        }
    }
}

async fn is_made(site: &Site<'_>) -> Stack {
    let changing = site.changing;
    let template = TemplateText::new(TEMPLATE);
    let Facts::TemplateVerdict(verdict) = site.read(Read::TemplateVerdict { template }).await else {
        panic!("a verdict")
    };
    assert_eq!(verdict.refused, None);

    let create = site.change_set("first", true, TEMPLATE, Some("one"));
    let made = changing.perform(&create).await;
    let found = site.worked_out("first").await;
    assert!(found.is_ready() && !found.is_empty(), "{found:?}");
    let changes: Vec<_> = found.changes.iter().map(|it| (it.logical_id.as_str(), &it.action, it.may_lose())).collect();
    let add = ChangeAction::Add;
    assert_eq!(changes, [("Topic", &add, false), ("Value", &add, false)]);
    let stack = site.stack_named(&site.stack).await.expect("it is known by name");
    assert!(stack.is_in_review() && stack.outputs.is_empty(), "nothing was made yet: {stack:?}");
    // The answer may have got lost: the very same call is not refused.
    assert_eq!(changing.perform(&create).await.detail, made.detail);
    let other = site.change_set("first", true, TEMPLATE, Some("another"));
    assert_eq!(changing.refused(&other).await.kind, CloudErrorKind::Conflict);

    changing.perform(&site.execute("first", true)).await;
    let stack = site.at_rest().await.expect("it stands");
    assert!(stack.is_complete(), "{stack:?}");
    assert!(stack.outputs["TopicArn"].ends_with(&format!("lifeboat-{}", site.stack)), "{stack:?}");
    assert_eq!(stack.parameters["Text"], "one");
    assert_eq!(stack.tags["Environment"], "dev");
    stack
}

async fn tells_what_happened(site: &Site<'_>, stack: &Stack) {
    let events = site.events(&site.stack, None).await;
    for logical_id in ["Topic", "Value"] {
        let is_done = |it: &StackEvent| it.logical_id == logical_id && it.status == "CREATE_COMPLETE";
        assert!(events.iter().any(is_done), "{events:?}");
    }
    assert!(events.windows(2).all(|pair| pair[0].at >= pair[1].at), "newest first");
    assert_eq!(first_failure(&events), None);
    let newest = events[0].at;
    assert!(site.events(&site.stack, Some(newest)).await.iter().all(|event| event.at == newest));
    assert_eq!(site.events(&site.stack, Some(after(newest, Duration::from_secs(1)))).await, []);

    let Facts::StackResources(resources) = site.read(Read::StackResources { stacks: vec![site.stack.clone()] }).await
    else {
        panic!("resources")
    };
    assert_eq!(resources.len(), 2);
    assert!(resources.iter().all(|it| it.status == "CREATE_COMPLETE" && it.physical_id.is_some()), "{resources:?}");
    let stacks = vec![site.stack.clone(), "no-such-stack".into()];
    let Facts::StackTemplates(templates) = site.read(Read::StackTemplates { stacks }).await else {
        panic!("templates")
    };
    assert_eq!(templates.iter().map(|it| it.body.as_str()).collect::<Vec<_>>(), [TEMPLATE]);
    assert!(stack.id.is_some());
}

async fn is_changed(site: &Site<'_>) {
    let changing = site.changing;
    changing.perform(&site.change_set("second", false, TEMPLATE, Some("two"))).await;
    let found = site.worked_out("second").await;
    let [change] = found.changes.as_slice() else { panic!("{found:?}") };
    assert_eq!((change.logical_id.as_str(), &change.action), ("Value", &ChangeAction::Modify));
    assert_eq!((&change.replacement, change.may_lose()), (&Some(Replacement::No), false), "{change:?}");
    changing.perform(&site.execute("second", false)).await;
    let stack = site.at_rest().await.expect("it stands");
    assert_eq!((stack.status.as_str(), stack.parameters["Text"].as_str()), ("UPDATE_COMPLETE", "two"));

    // Nothing to do is no failure, and nothing that could be done.
    changing.perform(&site.change_set("third", false, TEMPLATE, None)).await;
    let found = site.worked_out("third").await;
    assert!(found.is_empty() && !found.is_ready(), "{found:?}");
    let (region, stack) = (site.region.clone(), site.stack.clone());
    let delete = Call::DeleteChangeSet { region, stack, change_set: "third".to_owned() };
    for _ in 0..2 {
        changing.perform(&delete).await;
    }
    assert_eq!(site.set("third").await, None);
}

async fn is_compared(site: &Site<'_>) {
    let (region, stack) = (site.region.clone(), site.stack.clone());
    let begun = site.changing.perform(&Call::DetectDrift { region, stack }).await;
    let detection = begun.detail.expect("the detection's id");
    let found = detected(site, &detection).await;
    assert_eq!((found.status, found.drifted_resources), (DetectionStatus::Complete, Some(0)));
    let Facts::StackDrifts(drifts) = site.read(Read::StackDrifts { stacks: vec![site.stack.clone()] }).await else {
        panic!("drifts")
    };
    let [drift] = drifts.as_slice() else { panic!("{drifts:?}") };
    assert!(!drift.resources.is_empty());
    for resource in &drift.resources {
        assert_eq!((&resource.status, resource.differences.len()), (&ResourceDriftStatus::InSync, 0), "{resource:?}");
    }
}

async fn detected(site: &Site<'_>, detection: &str) -> Detection {
    for _ in 0..PATIENCE {
        match site.read(Read::DriftDetection { detection: detection.to_owned() }).await {
            Facts::DriftDetection(Some(found)) if found.status == DetectionStatus::InProgress => {
                (site.changing.pass)();
            }
            Facts::DriftDetection(Some(found)) => return found,
            other => panic!("{other:?}"),
        }
    }
    panic!("the detection never ends")
}

async fn is_taken_away(site: &Site<'_>, id: &StackName) {
    let changing = site.changing;
    let (region, stack) = (site.region.clone(), site.stack.clone());
    let protect = Call::SetTerminationProtection { region, stack, on: Change::new(false, true) };
    changing.perform(&protect).await;
    assert!(site.stack_named(&site.stack).await.expect("it stands").termination_protection);
    assert_eq!(changing.refused(&site.delete()).await.kind, CloudErrorKind::Conflict);
    assert!(site.stack_named(&site.stack).await.expect("it stands still").is_complete());
    changing.undo(&protect).await;

    changing.perform(&site.delete()).await;
    assert_eq!(site.at_rest().await, None, "a stack that is gone is not found by its name");
    let gone = site.stack_named(id).await.expect("it is remembered by its id");
    assert!(gone.is_deleted(), "{gone:?}");
    let events = site.events(id, None).await;
    assert!(events.iter().any(|it| it.logical_id == "Topic" && it.status == "DELETE_COMPLETE"), "{events:?}");
    changing.perform(&site.delete()).await;
    let execute = site.execute("first", true);
    assert_eq!(changing.refused(&execute).await.kind, CloudErrorKind::NotFound);
}

/// From its first change set until it is only remembered.
pub(crate) async fn a_stack_is_made_changed_compared_and_taken_away(changing: &Changeable) {
    let site = Site::new(changing, "whole");
    let stack = is_made(&site).await;
    tells_what_happened(&site, &stack).await;
    is_changed(&site).await;
    is_compared(&site).await;
    let id = stack.id.expect("it has an id");
    is_taken_away(&site, &id.as_str().into()).await;
}

/// A stack for others to try their hands at.
pub(crate) async fn a_stack_stands(changing: &Changeable) -> StackName {
    let site = Site::new(changing, "tried");
    is_made(&site).await;
    changing.perform(&site.change_set("second", false, TEMPLATE, Some("two"))).await;
    site.worked_out("second").await;
    site.stack
}

/// Each kind of call by which that stack could be changed or lost, and another made.
pub(crate) fn whatever_makes_or_takes_away(changing: &Changeable, stack: &StackName) -> Vec<Call> {
    let site = Site { stack: stack.clone(), ..Site::new(changing, "tried") };
    let (region, stack) = (site.region.clone(), site.stack.clone());
    vec![
        site.delete(),
        site.change_set("third", false, TEMPLATE, Some("three")),
        site.execute("second", false),
        Call::DeleteChangeSet { region: region.clone(), stack: stack.clone(), change_set: "second".to_owned() },
        Call::SetTerminationProtection { region, stack, on: Change::new(false, true) },
        Site::new(changing, "other").change_set("first", true, TEMPLATE, Some("one")),
    ]
}

/// Whether it stands as it was made, with its second change set still to be executed.
pub(crate) async fn stands(changing: &Changeable, stack: &StackName) -> bool {
    let site = Site { stack: stack.clone(), ..Site::new(changing, "tried") };
    let ready = site.set("second").await.is_some_and(|set| set.is_ready());
    ready
        && site.at_rest().await.is_some_and(|stack| stack.status == "CREATE_COMPLETE" && !stack.termination_protection)
}

pub(crate) async fn is_deleted(changing: &Changeable, stack: &StackName) {
    let site = Site { stack: stack.clone(), ..Site::new(changing, "tried") };
    changing.perform(&site.delete()).await;
    assert_eq!(site.at_rest().await, None);
}

/// A change set that is given up leaves no stack behind.
pub(crate) async fn what_was_only_looked_at_leaves_nothing(changing: &Changeable) {
    let site = Site::new(changing, "looked-at");
    let create = site.change_set("first", true, TEMPLATE, Some("one"));
    changing.perform(&create).await;
    site.worked_out("first").await;
    changing.undo(&create).await;
    assert_eq!(site.at_rest().await, None);
}

/// In AWS's own words, and with nothing left of what was made before.
pub(crate) async fn a_creation_that_fails_goes_back_and_says_why(changing: &Changeable) {
    let site = Site::new(changing, "failing");
    let broken = TEMPLATE.replace("Type: String, Value:", "Type: Nonsense, Value:");
    changing.perform(&site.change_set("first", true, &broken, Some("one"))).await;
    site.worked_out("first").await;
    changing.perform(&site.execute("first", true)).await;
    let stack = site.at_rest().await.expect("what is left of it stands");
    assert_eq!((stack.status.as_str(), stack.is_complete()), ("ROLLBACK_COMPLETE", false));
    let events = site.events(&site.stack, None).await;
    let failure = first_failure(&events).expect("something failed");
    assert_eq!(failure.logical_id, "Value");
    assert!(failure.reason.as_deref().is_some_and(|reason| reason.contains("Nonsense")), "{failure:?}");
    let gone = |it: &StackEvent| it.logical_id == "Topic" && it.status == "DELETE_COMPLETE";
    assert!(events.iter().any(gone), "{events:?}");
    // Only by deletion does it go on from there.
    let again = site.change_set("second", false, TEMPLATE, Some("one"));
    let refused = changing.refused(&again).await;
    // ministack has other words for it than AWS, by which alone the two kinds are told apart.
    assert!(matches!(refused.kind, CloudErrorKind::Conflict | CloudErrorKind::Invalid), "{refused:?}");
    changing.perform(&site.delete()).await;
    assert_eq!(site.at_rest().await, None);
}

// ---- Secrets

async fn parameter(changing: &Changeable, region: &Region, name: &ParameterName) -> Vec<Found> {
    let names = vec![Named::SsmParameter(name.clone())];
    match changing.world.read(region, Read::Named { names }).await {
        Facts::Named(found) => found,
        other => panic!("{other:?}"),
    }
}

async fn digest(changing: &Changeable, region: &Region, name: &ParameterName) -> (i64, ValueDigest) {
    let paths = vec![ParameterName::from("/lifeboat-secret")];
    let Facts::Parameters(found) = changing.world.read(region, Read::Parameters { paths, decrypt: true }).await else {
        panic!("parameters")
    };
    let is_it = |it: &&Parameter| it.name == *name;
    let found = found.iter().find(is_it).expect("it is there");
    (found.version, found.digest.clone().expect("it was decrypted"))
}

/// Made once, the same in both regions, kept as it is, and taken away.
pub(crate) async fn a_secret_is_made_once_and_copied(changing: &Changeable) {
    let (home, partner) = (&changing.world.deployment.regions.home, &changing.world.deployment.regions.partner);
    let name = ParameterName::new(format!("/lifeboat-secret/{}", changing.world.deployment.name));
    let ensure = |region: &Region, copy_from: Option<&Region>| Call::EnsureSecureParameter {
        region: region.clone(),
        name: name.clone(),
        copy_from: copy_from.cloned(),
        length: 40,
    };
    assert_eq!(changing.refused(&ensure(partner, Some(home))).await.kind, CloudErrorKind::NotFound);
    for (call, how) in [
        (ensure(home, None), "made"),
        (ensure(home, None), "kept"),
        (ensure(partner, Some(home)), "copied"),
        (ensure(partner, Some(home)), "kept"),
    ] {
        assert_eq!(changing.perform(&call).await.detail.as_deref(), Some(how), "{call:?}");
    }
    let at_home = digest(changing, home, &name).await;
    assert_eq!(at_home.0, 1, "it was written once");
    assert_eq!(digest(changing, partner, &name).await, at_home);
    for region in [home, partner] {
        let found = parameter(changing, region, &name).await;
        assert_eq!(found.iter().map(|it| it.state.as_deref()).collect::<Vec<_>>(), [Some("SecureString")]);
        let delete = Call::DeleteParameter { region: region.clone(), name: name.clone() };
        for _ in 0..2 {
            changing.perform(&delete).await;
        }
        assert_eq!(parameter(changing, region, &name).await, []);
    }
}

// ---- Buckets

/// Page by page, until nothing is left; and nothing is asked of a bucket that is gone.
pub(crate) async fn a_bucket_is_emptied(changing: &Changeable, region: &Region, bucket: &BucketName) {
    let contents = async || match changing
        .world
        .read(region, Read::BucketContents { buckets: vec!["no-such-bucket-here".into(), bucket.clone()] })
        .await
    {
        Facts::BucketContents(mut found) if found.len() == 1 => found.pop().expect("the bucket is there"),
        other => panic!("{other:?}"),
    };
    assert!(!contents().await.is_empty(), "there is something to empty");
    let call = Call::EmptyBucket { region: region.clone(), bucket: bucket.clone() };
    for _ in 0..PATIENCE {
        if changing.perform(&call).await.detail.as_deref() == Some("nothing was left") {
            let empty =
                BucketContents { name: bucket.clone(), versions: 0, delete_markers: 0, uploads: 0, is_more: false };
            assert_eq!(contents().await, empty);
            let gone = Call::EmptyBucket { region: region.clone(), bucket: "no-such-bucket-here".into() };
            changing.perform(&gone).await;
            return;
        }
    }
    panic!("{bucket} is never empty")
}
