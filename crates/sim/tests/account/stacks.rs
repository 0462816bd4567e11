//! Deployments made and taken away through the ports: what stands is seen, what does not is not, and others notice
//! nothing of it.

use std::path::Path;
use std::time::Duration;

use lifeboat_blueprint::{Chosen, InputValue, StackPlan, StackSpec, StepAction};
use lifeboat_model::call::{Call, Change, LateValue, StackInput, TemplateText};
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::Facts;
use lifeboat_model::facts::change_set::ChangeSet;
use lifeboat_model::facts::drift::ResourceDriftStatus;
use lifeboat_model::facts::leftover::Named;
use lifeboat_model::facts::probe::ProbeOutcome;
use lifeboat_model::facts::stack::Stack;
use lifeboat_model::id::{DeploymentName, Region, StackName};
use lifeboat_model::port::{Mutate, Observe};
use lifeboat_model::read::Read;
use lifeboat_model::topology::{Blueprint, Deployment};
use lifeboat_sim::scenario::parse;
use lifeboat_sim::{Pace, Scenario, SimCloud};

use crate::looking::{deployment, scenario};

const SUFFIX: &str = "qa";

fn chosen(blueprint: Blueprint, name: &str) -> Chosen {
    let built_in = lifeboat_blueprint::find(blueprint.as_str()).expect("it is built in");
    let mut chosen = Chosen::defaults(&built_in.manifest, DeploymentName::from(name));
    chosen.values.insert("EnvironmentSuffix".to_owned(), SUFFIX.to_owned());
    chosen
}

fn plan(blueprint: Blueprint, chosen: &Chosen) -> StackPlan {
    let built_in = lifeboat_blueprint::find(blueprint.as_str()).expect("it is built in");
    lifeboat_blueprint::stacks(built_in, chosen).unwrap_or_else(|mistakes| panic!("{mistakes:?}"))
}

async fn stack(cloud: &SimCloud, region: &Region, name: &StackName) -> Option<Stack> {
    let read = Read::Stacks { stacks: vec![name.clone()] };
    let Ok(Facts::Stacks(mut found)) = cloud.read(region, &read).await else { panic!("stacks are told") };
    found.pop()
}

async fn change_set(cloud: &SimCloud, spec: &StackSpec, name: &str) -> ChangeSet {
    let read = Read::ChangeSet { stack: spec.name.clone(), change_set: name.to_owned() };
    let Ok(Facts::ChangeSet(Some(found))) = cloud.read(&spec.region, &read).await else { panic!("it is there") };
    found
}

async fn writer_endpoint(cloud: &SimCloud, region: &Region, global: &str) -> String {
    let read = Read::Aurora { global_cluster: global.into() };
    let Ok(Facts::Aurora(facts)) = cloud.read(region, &read).await else { panic!("Aurora is told") };
    facts.global.and_then(|global| global.endpoint).expect("it has an endpoint while its deployment is being made")
}

async fn answer(cloud: &SimCloud, plan: &StackPlan, value: &InputValue) -> Option<String> {
    Some(match value {
        InputValue::Literal(text) => text.clone(),
        InputValue::Output { stack: (region, name), key, .. } => {
            stack(cloud, region, name).await?.outputs.get(key)?.clone()
        }
        InputValue::StepAnswer { step, .. } => {
            let step = plan.steps.iter().find(|own| own.id == *step)?;
            let StepAction::GlobalWriterEndpoint { region, global_cluster } = &step.action else { return None };
            let global = Box::pin(answer(cloud, plan, global_cluster)).await?;
            writer_endpoint(cloud, region, &global).await
        }
        InputValue::Text(parts) => {
            let mut text = String::new();
            for part in parts {
                text.push_str(&Box::pin(answer(cloud, plan, part)).await?);
            }
            text
        }
    })
}

async fn until_still(cloud: &SimCloud, spec: &StackSpec) -> Option<Stack> {
    for _ in 0..4_000 {
        match stack(cloud, &spec.region, &spec.name).await {
            Some(stack) if stack.is_in_progress() => cloud.sim_clock().advance(Duration::from_secs(10)),
            other => return other,
        }
    }
    panic!("{} comes to no end", spec.name)
}

async fn request(cloud: &SimCloud, blueprint: Blueprint, plan: &StackPlan, spec: &StackSpec) -> Call {
    let (_, body) = lifeboat_blueprint::builtin_files(blueprint.as_str())
        .iter()
        .find(|(file, _)| *file == spec.template)
        .expect("its template");
    let mut inputs = Vec::new();
    for input in &spec.inputs {
        if let Some(value) = answer(cloud, plan, &input.value).await {
            inputs.push(StackInput { key: input.key.clone(), value: LateValue::Literal(value) });
        }
    }
    let mut tags = spec.tags.clone();
    tags.push(("lifeboat:blueprint".to_owned(), blueprint.as_str().to_owned()));
    Call::CreateChangeSet {
        region: spec.region.clone(),
        stack: spec.name.clone(),
        change_set: "first".to_owned(),
        creates: true,
        template: TemplateText::new(*body),
        inputs,
        capabilities: spec.capabilities.clone(),
        tags,
    }
}

async fn prepare(cloud: &SimCloud, plan: &StackPlan) {
    for step in &plan.steps {
        match &step.action {
            StepAction::ManagedKey { region, alias } => {
                let call = Call::MakeManagedKey { region: region.clone(), alias: alias.clone() };
                cloud.perform(&call).await.expect("AWS makes it");
            }
            StepAction::SecureParameter { regions, name, .. } => {
                for region in regions {
                    let copy_from = regions.first().filter(|first| *first != region).cloned();
                    let call = Call::EnsureSecureParameter {
                        region: region.clone(),
                        name: name.as_str().into(),
                        copy_from,
                        length: 40,
                    };
                    cloud.perform(&call).await.expect("it is made");
                }
            }
            StepAction::GlobalWriterEndpoint { .. }
            | StepAction::DeleteParameter { .. }
            | StepAction::EmptyBucket { .. }
            | StepAction::EmptyVault { .. }
            | StepAction::ForeignRecords { .. } => {}
        }
    }
}

async fn make(cloud: &SimCloud, blueprint: Blueprint, plan: &StackPlan, spec: &StackSpec) {
    let call = request(cloud, blueprint, plan, spec).await;
    cloud.perform(&call).await.unwrap_or_else(|error| panic!("{}: {error}", spec.name));
    assert!(change_set(cloud, spec, "first").await.is_pending());
    cloud.sim_clock().advance(Duration::from_secs(10));
    let set = change_set(cloud, spec, "first").await;
    assert!(set.is_ready() && set.changes.len() == spec.evaluated.resources.len(), "{set:?}");
    let call = Call::ExecuteChangeSet {
        region: spec.region.clone(),
        stack: spec.name.clone(),
        change_set: "first".to_owned(),
        creates: true,
    };
    cloud.perform(&call).await.unwrap_or_else(|error| panic!("{}: {error}", spec.name));
    let made = until_still(cloud, spec).await.expect("it is there");
    assert!(made.is_complete(), "{}: {} {:?} {:?}", spec.name, made.status, made.status_reason, made.events);
}

async fn up(cloud: &SimCloud, blueprint: Blueprint, chosen: &Chosen) -> StackPlan {
    let plan = plan(blueprint, chosen);
    prepare(cloud, &plan).await;
    for spec in &plan.stacks {
        make(cloud, blueprint, &plan, spec).await;
    }
    plan
}

async fn down(cloud: &SimCloud, plan: &StackPlan) {
    for step in &plan.steps {
        match &step.action {
            StepAction::EmptyBucket { region, bucket, .. } => {
                let bucket = answer(cloud, plan, bucket).await.expect("it is told");
                let call = Call::EmptyBucket { region: region.clone(), bucket: bucket.as_str().into() };
                while cloud.perform(&call).await.expect("it is there").detail.as_deref() != Some("nothing was left") {}
            }
            StepAction::EmptyVault { region, vault } => {
                let vault = answer(cloud, plan, vault).await.expect("it is told");
                let call = Call::EmptyVault { region: region.clone(), vault: vault.as_str().into() };
                cloud.perform(&call).await.expect("it is there");
                cloud.sim_clock().advance(Duration::from_mins(2));
            }
            StepAction::DeleteParameter { regions, name } => {
                for region in regions {
                    let call = Call::DeleteParameter { region: region.clone(), name: name.as_str().into() };
                    cloud.perform(&call).await.expect("it goes");
                }
            }
            StepAction::ManagedKey { .. }
            | StepAction::GlobalWriterEndpoint { .. }
            | StepAction::SecureParameter { .. }
            | StepAction::ForeignRecords { .. } => {}
        }
    }
    for spec in plan.stacks.iter().rev() {
        let call = Call::DeleteStack { region: spec.region.clone(), stack: spec.name.clone() };
        for _ in 0..100 {
            cloud.perform(&call).await.expect("it is taken");
            if until_still(cloud, spec).await.is_none() {
                break;
            }
            cloud.sim_clock().advance(Duration::from_mins(30));
        }
        assert!(stack(cloud, &spec.region, &spec.name).await.is_none(), "{}", spec.name);
    }
}

/// What bears the deployment's tag, in both regions.
async fn tagged(cloud: &SimCloud, chosen: &Chosen) -> usize {
    let read = Read::Tagged { key: "lifeboat:deployment".to_owned(), value: chosen.deployment.to_string() };
    let mut count = 0;
    for region in [&chosen.home, &chosen.partner] {
        let Ok(Facts::Tagged(found)) = cloud.read(region, &read).await else { panic!("tags are told") };
        count += found.len();
    }
    count
}

async fn good_probes(cloud: &SimCloud, deployment: &Deployment) -> (usize, usize) {
    let read = Read::Probes { probes: deployment.probes.clone() };
    let Ok(Facts::Probes(probes)) = cloud.read(&deployment.regions.home, &read).await else { panic!("probes answer") };
    let good = |outcome: &ProbeOutcome| matches!(outcome, ProbeOutcome::Answered { status: 200, .. });
    (probes.iter().filter(|probe| good(&probe.outcome)).count(), probes.len())
}

async fn tables(cloud: &SimCloud, deployment: &Deployment) -> usize {
    let read = Read::Tables { tables: deployment.tables.clone() };
    let Ok(Facts::Tables(found)) = cloud.read(&deployment.regions.partner, &read).await else { panic!("it answers") };
    found.len()
}

#[tokio::test]
async fn an_empty_account_has_nothing_until_a_deployment_is_made_and_nothing_after_it_is_taken_away() {
    for blueprint in Blueprint::ALL {
        let cloud = SimCloud::fresh(scenario("empty-account"), 5, Pace::Stepped);
        assert!(cloud.deployments().is_empty());
        let mut chosen = chosen(blueprint, "mine");
        (chosen.home, chosen.partner) = (Region::from("eu-west-1"), Region::from("eu-central-1"));
        let plan = up(&cloud, blueprint, &chosen).await;
        let made = cloud.deployments();
        let [mine] = made.as_slice() else { panic!("{blueprint}: {made:?}") };
        assert_eq!((mine.name.as_str(), &mine.regions.partner), ("mine", &chosen.partner));
        cloud.sim_clock().advance(Duration::from_mins(5));
        let (good, all) = good_probes(&cloud, mine).await;
        assert!(good == all && all > 0, "{blueprint}: {good} of {all}");
        assert_eq!(tables(&cloud, mine).await, 1);
        let truth = cloud.truth(mine).expect("it lives");
        assert!(truth.writes.acknowledged > 100 && truth.writes.failed == 0, "{blueprint}: {:?}", truth.writes);
        assert!(tagged(&cloud, &chosen).await > 5);
        let named_tables: Vec<_> = plan.teardown.leftovers.iter().filter(|own| own.kind.as_str() == "table").collect();
        assert_eq!(named_tables.len(), 2, "{blueprint}: one in each region");
        for table in named_tables {
            let read = Read::Named { names: vec![Named::Table(table.name.as_str().into())] };
            let Ok(Facts::Named(found)) = cloud.read(&table.region, &read).await else { panic!("names are told") };
            assert_eq!(found.len(), 1, "{blueprint}: {} in {}", table.name, table.region);
            let read = Read::Tagged { key: "lifeboat:deployment".to_owned(), value: "mine".to_owned() };
            let Ok(Facts::Tagged(tagged)) = cloud.read(&table.region, &read).await else { panic!("tags are told") };
            let bears = tagged.keys().any(|arn| arn.as_str().ends_with(&format!(":table/{}", table.name)));
            assert!(bears, "{blueprint}: {} in {} bears its own tags", table.name, table.region);
        }
        down(&cloud, &plan).await;
        assert!(cloud.deployments().is_empty(), "{blueprint}");
        assert_eq!(tagged(&cloud, &chosen).await, 0, "{blueprint}");
        assert_eq!(tables(&cloud, mine).await, 0, "{blueprint}");
        for leftover in &plan.teardown.leftovers {
            let named = named(leftover.kind.as_str(), &leftover.name);
            let read = Read::Named { names: vec![named] };
            let Ok(Facts::Named(found)) = cloud.read(&leftover.region, &read).await else { panic!("names are told") };
            assert!(found.is_empty(), "{blueprint}: {found:?}");
        }
    }
}

fn named(kind: &str, name: &str) -> Named {
    match kind {
        "log-group" => Named::LogGroup(name.to_owned()),
        "secret" => Named::Secret(name.to_owned()),
        "ssm-parameter" => Named::SsmParameter(name.into()),
        "kms-key" => Named::KmsKey(name.to_owned()),
        "recovery-point" => Named::RecoveryPoint(name.into()),
        "db-cluster-snapshot" => Named::DbClusterSnapshot(name.into()),
        "table" => Named::Table(name.into()),
        other => panic!("{other} is unknown"),
    }
}

#[tokio::test]
async fn one_deployment_is_made_and_taken_away_beside_five_that_notice_nothing() {
    let cloud = SimCloud::fresh(scenario("calm"), 5, Pace::Stepped);
    let payments = deployment(&cloud, Blueprint::PaymentsAurora);
    let chosen = chosen(Blueprint::Serverless, "second");
    let plan = up(&cloud, Blueprint::Serverless, &chosen).await;
    assert_eq!(cloud.deployments().len(), 6);
    down(&cloud, &plan).await;
    assert_eq!(cloud.deployments().len(), 5);
    let untouched = SimCloud::at_offset(scenario("calm"), 5, cloud.offset());
    assert_eq!(cloud.truth(&payments), untouched.truth(&payments));
}

#[tokio::test]
async fn one_of_the_five_is_taken_away_and_made_again() {
    let cloud = SimCloud::fresh(scenario("calm"), 5, Pace::Stepped);
    let mine = deployment(&cloud, Blueprint::PaymentsServerless);
    let mut chosen = chosen(Blueprint::PaymentsServerless, mine.name.as_str());
    chosen.values.insert("EnvironmentSuffix".to_owned(), "dev".to_owned());
    let plan = plan(Blueprint::PaymentsServerless, &chosen);
    down(&cloud, &plan).await;
    assert_eq!(cloud.deployments().len(), 4);
    let read = Read::Functions { functions: mine.functions.iter().map(|own| own.name.clone()).collect() };
    let Ok(Facts::Functions(found)) = cloud.read(&mine.regions.home, &read).await else { panic!("they answer") };
    assert!(found.functions.is_empty());
    let call = Call::SetFunctionConcurrency {
        region: mine.regions.home.clone(),
        function: mine.functions[0].name.clone(),
        reserved: Change { from: None, to: Some(0) },
    };
    assert_eq!(cloud.perform(&call).await.expect_err("it is gone").kind, CloudErrorKind::NotFound);
    up(&cloud, Blueprint::PaymentsServerless, &chosen).await;
    let again = deployment(&cloud, Blueprint::PaymentsServerless);
    assert_ne!(again.health_checks, mine.health_checks, "AWS gives a new health check another id");
    cloud.sim_clock().advance(Duration::from_mins(5));
    let (good, all) = good_probes(&cloud, &again).await;
    assert_eq!(good, all);
    let writes = cloud.truth(&again).expect("it lives").writes;
    assert!(writes.acknowledged > 100 && writes.failed == 0, "its clients are back: {writes:?}");
    cloud.perform(&call).await.expect("the function has its old name");
}

#[tokio::test]
async fn a_deployment_half_made_is_seen_as_far_as_it_is_made() {
    let cloud = SimCloud::fresh(scenario("empty-account"), 5, Pace::Stepped);
    let (blueprint, chosen) = (Blueprint::Ecommerce, chosen(Blueprint::Ecommerce, "shop"));
    let plan = plan(blueprint, &chosen);
    prepare(&cloud, &plan).await;
    for id in ["primary", "primary-database"] {
        make(&cloud, blueprint, &plan, plan.stack(id).expect("it is of the plan")).await;
    }
    assert!(cloud.deployments().is_empty());
    let read = Read::Aurora { global_cluster: format!("ecommerce-global-{SUFFIX}").as_str().into() };
    let Ok(Facts::Aurora(facts)) = cloud.read(&chosen.home, &read).await else { panic!("it answers") };
    let global = facts.global.expect("it stands");
    assert!(global.members.len() == 1 && global.members[0].is_writer, "{global:?}");
    assert_eq!(facts.cluster.map(|cluster| cluster.instances.len()), Some(1));
    let Ok(Facts::Aurora(facts)) = cloud.read(&chosen.partner, &read).await else { panic!("it answers") };
    assert!(facts.cluster.is_none());
}

#[tokio::test]
async fn a_world_that_is_left_while_stacks_are_made_goes_on_as_if_it_had_been_watched() {
    async fn begin(cloud: &SimCloud) {
        let (blueprint, chosen) = (Blueprint::Serverless, chosen(Blueprint::Serverless, "kept"));
        let plan = plan(blueprint, &chosen);
        for id in ["secondary", "global"] {
            let spec = plan.stack(id).expect("it is of the plan");
            cloud.perform(&request(cloud, blueprint, &plan, spec).await).await.expect("it is taken");
        }
        cloud.sim_clock().advance(Duration::from_secs(10));
        for id in ["secondary", "global"] {
            let spec = plan.stack(id).expect("it is of the plan");
            let (region, stack) = (spec.region.clone(), spec.name.clone());
            let call = Call::ExecuteChangeSet { region, stack, change_set: "first".to_owned(), creates: true };
            cloud.perform(&call).await.expect("it is executed");
        }
        cloud.sim_clock().advance(Duration::from_secs(20));
    }
    let open = |dir: &Path| SimCloud::open(dir, scenario("empty-account"), 3, Pace::Stepped, false).expect("it opens");
    let (left, watched) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let first = open(left.path());
    begin(&first).await;
    drop(first);
    let second = open(left.path());
    second.sim_clock().advance(Duration::from_mins(10));
    let other = open(watched.path());
    begin(&other).await;
    for _ in 0..60 {
        other.sim_clock().advance(Duration::from_secs(10));
        other.imprint();
    }
    assert_eq!(second.offset(), other.offset());
    assert!(second.imprint() == other.imprint(), "the worlds differ");
    assert!(other.moment().imprint() == other.imprint(), "a look sees another world");
}

#[tokio::test]
async fn a_request_whose_answer_was_lost_can_be_sent_again() {
    let cloud = SimCloud::fresh(scenario("lost-replies"), 5, Pace::Stepped);
    cloud.sim_clock().advance(Duration::from_secs(400));
    let call = Call::CreateChangeSet {
        region: "us-east-1".into(),
        stack: "mine".into(),
        change_set: "first".to_owned(),
        creates: true,
        template: TemplateText::new("Resources:\n  Topic: {Type: AWS::SNS::Topic}\n"),
        inputs: Vec::new(),
        capabilities: Vec::new(),
        tags: Vec::new(),
    };
    let mut lost = 0;
    for _ in 0..20 {
        lost +=
            usize::from(cloud.perform(&call).await.is_err_and(|error| error.kind == CloudErrorKind::OutcomeUnknown));
        cloud.sim_clock().advance(Duration::from_secs(1));
    }
    assert!(lost > 0, "no answer was lost");
    assert_eq!(
        stack(&cloud, &"us-east-1".into(), &"mine".into()).await.expect("it is known").status,
        "REVIEW_IN_PROGRESS"
    );
}

#[tokio::test]
async fn what_a_run_changes_is_drift_once_somebody_looks_for_it() {
    let cloud = SimCloud::fresh(scenario("calm"), 5, Pace::Stepped);
    let mine = deployment(&cloud, Blueprint::PaymentsServerless);
    let global = mine.stacks.iter().find(|own| own.name.as_str().ends_with("-global")).expect("it has one").clone();
    let drifted = || async {
        let read = Read::StackDrifts { stacks: vec![global.name.clone()] };
        let Ok(Facts::StackDrifts(found)) = cloud.read(&global.region, &read).await else { panic!("it answers") };
        let all = found.into_iter().flat_map(|own| own.resources);
        all.filter(|own| own.status == ResourceDriftStatus::Modified)
            .map(|own| (own.logical_id, own.differences[0].path.clone()))
            .collect::<Vec<_>>()
    };
    let call = Call::SetHealthCheckInverted {
        check: mine.health_checks[0].id.clone(),
        version: 1,
        inverted: Change::new(false, true),
    };
    cloud.perform(&call).await.expect("it is inverted");
    assert_eq!(drifted().await, []);
    let look = Call::DetectDrift { region: global.region.clone(), stack: global.name.clone() };
    let detection = cloud.perform(&look).await.expect("it begins").detail.expect("its id");
    let read = Read::DriftDetection { detection };
    let Ok(Facts::DriftDetection(Some(begun))) = cloud.read(&global.region, &read).await else { panic!("it is known") };
    assert_eq!(begun.drift, None);
    cloud.sim_clock().advance(Duration::from_secs(20));
    let Ok(Facts::DriftDetection(Some(over))) = cloud.read(&global.region, &read).await else { panic!("it is known") };
    assert_eq!(over.drifted_resources, Some(1));
    assert_eq!(drifted().await, [("PrimaryHealthCheck".to_owned(), "/HealthCheckConfig/Inverted".to_owned())]);
}

#[tokio::test]
async fn a_stack_of_one_s_own_is_walked_and_told_as_far_as_it_is_known() {
    let cloud = SimCloud::fresh(scenario("calm"), 5, Pace::Stepped);
    let body = "Resources:\n  Table:\n    Type: AWS::DynamoDB::GlobalTable\n    Properties:\n      TableName: mine\n      Replicas: [{Region: \
                us-east-1}, {Region: us-west-2}]\n  Value: {Type: AWS::SSM::Parameter, Properties: {Name: /mine/a, Type: String, \
                Value: x}}\nOutputs:\n  Table: {Value: !Ref Table}\n";
    let (region, name): (Region, StackName) = ("us-east-1".into(), "mine".into());
    let call = Call::CreateChangeSet {
        region: region.clone(),
        stack: name.clone(),
        change_set: "first".to_owned(),
        creates: true,
        template: TemplateText::new(body),
        inputs: Vec::new(),
        capabilities: Vec::new(),
        tags: vec![("lifeboat:deployment".to_owned(), "mine".to_owned())],
    };
    cloud.perform(&call).await.expect("it is taken");
    cloud.sim_clock().advance(Duration::from_secs(10));
    let call = Call::ExecuteChangeSet {
        region: region.clone(),
        stack: name.clone(),
        change_set: "first".to_owned(),
        creates: true,
    };
    cloud.perform(&call).await.expect("it is executed");
    cloud.sim_clock().advance(Duration::from_mins(10));
    assert_eq!(stack(&cloud, &region, &name).await.expect("it is there").outputs["Table"], "mine");
    let Ok(Facts::Tables(tables)) =
        cloud.read(&"us-west-2".into(), &Read::Tables { tables: vec!["mine".into()] }).await
    else {
        panic!("it answers")
    };
    assert_eq!(tables[0].replicas.len(), 2);
    let read = Read::Parameters { paths: vec!["/mine/".into()], decrypt: false };
    let Ok(Facts::Parameters(found)) = cloud.read(&region, &read).await else { panic!("it answers") };
    assert_eq!(found[0].name.as_str(), "/mine/a");
    assert_eq!(cloud.deployments().len(), 5, "nothing is known of what it would do");
}

fn faulty(faults: &str) -> Scenario {
    let head = "name = \"mine\"\npurpose = \"A test.\"\nempty_account = true\n";
    parse("mine.toml", &format!("{head}{faults}")).unwrap_or_else(|error| panic!("{error}"))
}

/// A topic of one's own, in a region; its stack is being made.
async fn topic(cloud: &SimCloud, region: &str) {
    let (region, stack): (Region, StackName) = (region.into(), "mine".into());
    let change_set = "first".to_owned();
    let call = Call::CreateChangeSet {
        region: region.clone(),
        stack: stack.clone(),
        change_set: change_set.clone(),
        creates: true,
        template: TemplateText::new("Resources:\n  Topic: {Type: AWS::SNS::Topic}\n"),
        inputs: Vec::new(),
        capabilities: Vec::new(),
        tags: Vec::new(),
    };
    cloud.perform(&call).await.expect("it is taken");
    cloud.sim_clock().advance(Duration::from_secs(10));
    cloud.perform(&Call::ExecuteChangeSet { region, stack, change_set, creates: true }).await.expect("it is executed");
}

#[tokio::test]
async fn a_lost_region_holds_its_stacks_up_until_it_is_back() {
    let lost = faulty("[[fault]]\nat = \"11s\"\nfor = \"10m\"\nkind = \"region-loss\"\nregion = \"us-west-2\"\n");
    let cloud = SimCloud::fresh(lost, 1, Pace::Stepped);
    topic(&cloud, "us-west-2").await;
    cloud.sim_clock().advance(Duration::from_mins(5));
    let read = Read::Stacks { stacks: vec!["mine".into()] };
    let error = cloud.read(&"us-west-2".into(), &read).await.expect_err("nobody answers");
    assert_eq!(error.kind, CloudErrorKind::Timeout);
    cloud.sim_clock().advance(Duration::from_mins(10));
    let made = stack(&cloud, &"us-west-2".into(), &"mine".into()).await.expect("it is there");
    assert!(made.is_complete());
    let back = lifeboat_model::time::after(lifeboat_sim::EPOCH, Duration::from_secs(611));
    assert!(made.events[0].at >= back, "{:?}", made.events);
}

#[tokio::test]
async fn a_slow_resource_takes_as_many_times_as_long() {
    let took = |scenario: Scenario| async {
        let cloud = SimCloud::fresh(scenario, 1, Pace::Stepped);
        topic(&cloud, "us-west-2").await;
        let begun = cloud.offset();
        while stack(&cloud, &"us-west-2".into(), &"mine".into()).await.is_some_and(|stack| stack.is_in_progress()) {
            cloud.sim_clock().advance(Duration::from_secs(1));
        }
        cloud.offset().saturating_sub(begun).as_secs()
    };
    let usual = took(faulty("")).await;
    let slow =
        took(faulty("[[fault]]\nat = \"0s\"\nkind = \"slow-resource\"\nresources = [\"Topic\"]\nfactor = 20.0\n"))
            .await;
    assert!(slow >= usual * 15 && slow <= usual * 25, "{usual} s, {slow} s");
    let other =
        took(faulty("[[fault]]\nat = \"0s\"\nkind = \"slow-resource\"\nstacks = [\"theirs\"]\nfactor = 20.0\n")).await;
    assert_eq!(other, usual);
}

/// Makes a stack until it stands, as often as it takes.
async fn insist(cloud: &SimCloud, plan: &StackPlan, blueprint: Blueprint, spec: &StackSpec) -> usize {
    for attempt in 0..100 {
        let call = request(cloud, blueprint, plan, spec).await;
        cloud.perform(&call).await.unwrap_or_else(|error| panic!("{}: {error}", spec.name));
        cloud.sim_clock().advance(Duration::from_secs(10));
        let (region, stack) = (spec.region.clone(), spec.name.clone());
        let call = Call::ExecuteChangeSet { region, stack, change_set: "first".to_owned(), creates: true };
        cloud.perform(&call).await.unwrap_or_else(|error| panic!("{}: {error}", spec.name));
        let made = until_still(cloud, spec).await.expect("it is there");
        if made.is_complete() {
            return attempt;
        }
        assert!(made.status.starts_with("ROLLBACK_"), "{}: {}", spec.name, made.status);
        let call = Call::DeleteStack { region: spec.region.clone(), stack: spec.name.clone() };
        while until_still(cloud, spec).await.is_some() {
            cloud.perform(&call).await.expect("it is taken");
        }
    }
    panic!("{} cannot be made", spec.name)
}

#[tokio::test]
async fn where_stacks_fail_now_and_then_a_deployment_is_made_and_taken_away_all_the_same() {
    let blueprint = Blueprint::PaymentsServerless;
    let fault =
        "[[fault]]\nat = \"0s\"\nkind = \"resource-failure\"\noperations = [\"create\", \"delete\"]\nchance = 0.02\n";
    let mut again = 0;
    for seed in 0..6 {
        let cloud = SimCloud::fresh(faulty(fault), seed, Pace::Stepped);
        let chosen = chosen(blueprint, "mine");
        let plan = plan(blueprint, &chosen);
        prepare(&cloud, &plan).await;
        for spec in &plan.stacks {
            again += insist(&cloud, &plan, blueprint, spec).await;
        }
        assert_eq!(cloud.deployments().len(), 1);
        down(&cloud, &plan).await;
        assert_eq!(tagged(&cloud, &chosen).await, 0);
    }
    assert!(again > 0, "nothing failed");
}
