//! Stacks of a deployment as they are read in each state of the world, plans that make and take them away, blueprints to
//! choose from and what is said of choices.

use std::collections::BTreeMap;
use std::time::Duration;

use lifeboat_model::call::Call;
use lifeboat_model::cloud_error::CloudErrorKind;
use lifeboat_model::facts::stack::{DriftStatus, Stack, StackEvent, StackResource};
use lifeboat_model::guard::{GuardName, GuardReport, Verdict};
use lifeboat_model::id::{Region, StackName};
use lifeboat_model::observation::Reading;
use lifeboat_model::plan::{
    Build, BuildResource, BuildStack, Condition, CostLine, Plan, Predicted, ResourceAction, StackAction, Step, StepId,
};
use lifeboat_model::read::Service;
use lifeboat_model::runbook::{Mode, PROVISION, StepKind, TEARDOWN};
use lifeboat_tui::Msg;
use lifeboat_tui::acting::Proposal;
use lifeboat_tui::drafting::{Choice, Complaint, Draft, Field, FieldKind, NAME_FIELD, Offer, Outcome, Size};
use lifeboat_tui::estate::{Bill, Described, Differing, Estate, KnownStack, StackNews, StackPart};

use super::runs::{self, Telling};
use super::{HOME, NAME, PARTNER, State, ago, silence};

const RESOURCES: [(&str, &str); 4] = [
    ("SessionsTable", "AWS::DynamoDB::GlobalTable"),
    ("AssetsBucket", "AWS::S3::Bucket"),
    ("PaymentsFunction", "AWS::Lambda::Function"),
    ("PrimaryHealthCheck", "AWS::Route53::HealthCheck"),
];

fn bill(usd_month: f64, is_at_least: bool) -> Bill {
    Bill { usd_month, is_at_least, has_guesses: is_at_least }
}

fn known(id: &str, region: &str, usd: f64) -> KnownStack {
    let described = RESOURCES.map(|(logical_id, resource_type)| Described {
        logical_id: logical_id.to_owned(),
        resource_type: resource_type.to_owned(),
    });
    KnownStack {
        id: id.to_owned(),
        name: format!("payments-prod-{id}").into(),
        region: region.into(),
        bill: Some(bill(usd, id == "app")),
        described: described.to_vec(),
        stack: Reading::default(),
        resources: Reading::default(),
        drift: Reading::default(),
    }
}

/// What is known before anything is read.
pub(crate) fn unread() -> Estate {
    Estate {
        blueprint: Some("payments-aurora (built in)".to_owned()),
        gap: None,
        protected: false,
        bill: Some(bill(412.7, true)),
        prices: vec!["prices of 2026-01: AWS's price list".to_owned()],
        stacks: vec![known("data", HOME, 230.1), known("app", HOME, 91.3), known("standby", PARTNER, 91.3)],
    }
}

/// Somebody else made it, and nobody said of what.
pub(crate) fn imported() -> Estate {
    let gap = "no stack of payments-aurora is known to Lifeboat: which blueprint it was made from is not known\nname its \
               stacks under `stacks` of the deployment in the configuration, and they are shown here";
    Estate { gap: Some(gap.to_owned()), ..Estate::default() }
}

fn stack(known: &KnownStack, status: &str, reason: Option<&str>, events: Vec<StackEvent>) -> Stack {
    Stack {
        name: known.name.clone(),
        id: None,
        status: status.to_owned(),
        status_reason: reason.map(str::to_owned),
        drift: if known.id == "data" { DriftStatus::Drifted } else { DriftStatus::InSync },
        drift_checked_at: (known.id != "standby").then(|| ago(9000)),
        created_at: Some(ago(900_000)),
        updated_at: Some(ago(4000)),
        termination_protection: known.id == "data",
        parameters: BTreeMap::from([("EnvironmentSuffix".to_owned(), "prod".to_owned())]),
        outputs: BTreeMap::from([("TableName".to_owned(), "payments-sessions".to_owned())]),
        tags: BTreeMap::new(),
        events,
    }
}

fn resource(known: &KnownStack, index: usize, status: &str, reason: Option<&str>, seconds_ago: u64) -> StackResource {
    let (logical_id, resource_type) = RESOURCES[index];
    StackResource {
        stack: known.name.clone(),
        logical_id: logical_id.to_owned(),
        physical_id: (status != "CREATE_IN_PROGRESS").then(|| format!("{}-{logical_id}", known.name)),
        resource_type: resource_type.to_owned(),
        status: status.to_owned(),
        reason: reason.map(str::to_owned),
        updated_at: Some(ago(seconds_ago)),
    }
}

fn event(known: &KnownStack, index: usize, status: &str, reason: Option<&str>, seconds_ago: u64) -> StackEvent {
    StackEvent {
        id: format!("{}-{index}-{status}", known.name),
        at: ago(seconds_ago),
        logical_id: RESOURCES[index].0.to_owned(),
        resource_type: RESOURCES[index].1.to_owned(),
        status: status.to_owned(),
        reason: reason.map(str::to_owned),
    }
}

fn told(known: &KnownStack, seconds_ago: u64, news: StackNews) -> Msg {
    let (region, stack): (Region, StackName) = (known.region.clone(), known.name.clone());
    Msg::StackRead { deployment: NAME.into(), region, stack, at: ago(seconds_ago), news }
}

const DENIED: &str =
    "Resource handler returned message: \"User is not authorized to perform: s3:PutReplicationConfiguration\"";

/// All that is read, in this state of the world.
pub(crate) fn readings(state: State) -> Vec<Msg> {
    let estate = unread();
    let seconds = if state == State::Stale { 2000 } else { 12 };
    let mut news = Vec::new();
    for known in &estate.stacks {
        let fails = matches!(state, State::Failing | State::GrayFailure) && known.id == "app";
        let status = if fails { "UPDATE_ROLLBACK_COMPLETE" } else { "CREATE_COMPLETE" };
        let events = vec![
            event(known, 1, if fails { "UPDATE_FAILED" } else { "CREATE_COMPLETE" }, fails.then_some(DENIED), 4100),
            event(known, 0, "CREATE_COMPLETE", None, 4300),
        ];
        let reason = fails.then_some("The following resource(s) failed to update: [AssetsBucket].");
        news.push(told(known, seconds, StackNews::Stack(Some(Box::new(stack(known, status, reason, events))))));
        let resources = (0..RESOURCES.len())
            .map(|index| {
                let is_bad = fails && index == 1;
                let status = if is_bad { "UPDATE_FAILED" } else { "CREATE_COMPLETE" };
                resource(known, index, status, is_bad.then_some(DENIED), 4100)
            })
            .collect();
        news.push(told(known, seconds, StackNews::Resources(resources)));
    }
    let data = &estate.stacks[0];
    let role = Differing {
        logical_id: "PrimaryHealthCheck".to_owned(),
        resource_type: "AWS::Route53::HealthCheck".to_owned(),
        what: "/HealthCheckConfig/Inverted is true, not false".to_owned(),
        because: Some("a run inverts it to move clients".to_owned()),
    };
    let drifted = Differing {
        logical_id: "PaymentsFunction".to_owned(),
        resource_type: "AWS::Lambda::Function".to_owned(),
        what: "/MemorySize is 1024, not 512".to_owned(),
        because: None,
    };
    let differing = if state == State::Failing { vec![role, drifted] } else { vec![role] };
    news.push(told(data, seconds, StackNews::Drift(differing)));
    if state == State::RegionLoss {
        let error = silence(Service::Stacks, HOME, CloudErrorKind::Unreachable);
        for known in &estate.stacks[..2] {
            news.push(told(known, 1, StackNews::Failed(StackPart::Stack, error.clone())));
            news.push(told(known, 1, StackNews::Failed(StackPart::Resources, error.clone())));
        }
    }
    news
}

pub(crate) fn estate(state: State) -> Estate {
    let mut model = lifeboat_tui::Model::new(lifeboat_tui::Opening::new(
        lifeboat_model::port::Reality::Live,
        vec![super::deployment(NAME)],
        super::now(),
    ));
    let estate = Msg::Estate { deployment: NAME.into(), estate: Box::new(unread()) };
    for msg in std::iter::once(estate).chain(readings(state)) {
        let _ = lifeboat_tui::update(&mut model, msg);
    }
    model.fleet[0].estate.clone().unwrap()
}

fn build_stack(id: &str, region: &str, action: StackAction, status: Option<&str>) -> BuildStack {
    let change = if action == StackAction::Delete { ResourceAction::Remove } else { ResourceAction::Add };
    BuildStack {
        id: id.to_owned(),
        name: format!("payments-prod-{id}").into(),
        region: region.into(),
        action,
        status: status.map(str::to_owned),
        resources: RESOURCES
            .iter()
            .map(|(logical_id, resource_type)| BuildResource {
                logical_id: (*logical_id).to_owned(),
                resource_type: (*resource_type).to_owned(),
                module: None,
                action: change,
                holds_data: ["SessionsTable", "AssetsBucket"].contains(logical_id),
                expected: Some(Duration::from_secs(40)),
            })
            .collect(),
        expected: Some(Duration::from_secs(150)),
    }
}

fn step(kind: StepKind, group: usize, id: &str, title: &str) -> Step {
    let mut step = runs::plan(Mode::Planned).steps[1].clone();
    (step.id, step.kind, step.group) = (StepId::new(id), kind, group);
    (step.title, step.expected) = (title.to_owned(), Some(Duration::from_secs(150)));
    "median of 3 runs".clone_into(&mut step.expected_basis);
    step
}

fn deletion(group: usize, id: &str, region: &str) -> Step {
    let stack: StackName = format!("payments-prod-{id}").into();
    let call = Call::DeleteStack { region: region.into(), stack: stack.clone() };
    let mut step = step(StepKind::DeleteStack, group, &format!("delete-{id}"), &format!("Delete {stack} in {region}"));
    step.reversible = Step::reversible(std::slice::from_ref(&call));
    step.calls = vec![call];
    step.verify = vec![Condition::StackGone { region: region.into(), stack, refusals: Vec::new() }];
    step
}

/// Takes the deployment away.
pub(crate) fn teardown() -> Plan {
    let stacks = [("standby", PARTNER), ("app", HOME), ("data", HOME)];
    let mut steps = vec![step(StepKind::Approval, 0, "approve", "Take payments-aurora away, with all that it holds")];
    steps.extend(stacks.into_iter().enumerate().map(|(index, (id, region))| deletion(index + 1, id, region)));
    Plan {
        runbook: TEARDOWN.into(),
        writer: None,
        guards: vec![GuardName::Identity, GuardName::Unprotected],
        steps,
        predicted: Predicted {
            rto: None,
            rpo: BTreeMap::new(),
            rpo_now: BTreeMap::new(),
            length: Some(Duration::from_secs(450)),
        },
        build: Some(build(StackAction::Delete, Some("CREATE_COMPLETE"))),
        notes: vec!["payments-prod-standby goes before payments-prod-data: the reader is in us-east-2 now.".to_owned()],
        ..runs::plan(Mode::Planned)
    }
}

/// Makes it.
pub(crate) fn provision() -> Plan {
    let made = |group: usize, id: &str, region: &str| {
        let stack: StackName = format!("payments-prod-{id}").into();
        let title = format!("Make {stack} in {region}");
        let mut step = step(StepKind::Stack, group, &format!("make-{id}"), &title);
        step.verify =
            vec![Condition::StackComplete { region: region.into(), stack, change_set: "lifeboat-1".to_owned() }];
        step
    };
    Plan {
        runbook: PROVISION.into(),
        steps: vec![
            step(StepKind::Approval, 0, "approve", "Make payments-aurora"),
            made(1, "data", HOME),
            made(2, "app", HOME),
            made(2, "standby", PARTNER),
        ],
        build: Some(build(StackAction::Create, None)),
        notes: Vec::new(),
        ..teardown()
    }
}

fn build(action: StackAction, status: Option<&str>) -> Build {
    let is_deletion = action == StackAction::Delete;
    let some = |sentence: &str| if is_deletion { vec![sentence.to_owned()] } else { Vec::new() };
    Build {
        blueprint: "payments-aurora".to_owned(),
        folder: None,
        parameters: BTreeMap::from([("EnvironmentSuffix".to_owned(), "prod".to_owned())]),
        protected: false,
        stacks: vec![
            build_stack("standby", PARTNER, action, status),
            build_stack("app", HOME, action, status),
            build_stack("data", HOME, action, status),
        ],
        beyond: vec!["/payments/prod/key is generated as a SecureString".to_owned()],
        cost: vec![
            CostLine { what: "Aurora".to_owned(), usd_month: Some(230.1), basis: "2 x $0.158 an hour".to_owned() },
            CostLine { what: "things".to_owned(), usd_month: None, basis: "no price of it is known".to_owned() },
        ],
        usd_month: 412.7,
        prices: "at least, because something has no known price; as of 2026-01".to_owned(),
        engines: Vec::new(),
        zones: Vec::new(),
        quotas: Vec::new(),
        names: Vec::new(),
        refusals: some(
            "SessionsTable was replicated less than 24 hours ago: AWS refuses to delete it until 2026-03-02 02:10:44",
        ),
        forecast: some("AssetsBucket holds 8,240 objects"),
        global_cluster: None,
    }
}

fn report(guard: GuardName, verdict: Verdict, evidence: &str) -> GuardReport {
    GuardReport { guard, verdict, evidence: evidence.to_owned(), read_at: Some(ago(5)), overridden: None }
}

pub(crate) fn proposed(plan: Plan, is_refused: bool) -> Proposal {
    let unprotected = if is_refused {
        let fix = "take the protection off: `aws cloudformation update-termination-protection`";
        Verdict::refuse("protected from being deleted: payments-prod-data in us-east-1", fix)
    } else {
        Verdict::Pass
    };
    let reports = vec![
        report(GuardName::Identity, Verdict::Pass, "the caller is in account 123456789012"),
        report(GuardName::Unprotected, unprotected, "no stack is protected from being deleted"),
    ];
    Proposal::new(plan.runbook.clone(), false, plan, reports)
}

/// In the middle of making it: one stack stands, one is under way.
pub(crate) fn being_made() -> Vec<Msg> {
    let mut telling = Telling::of(provision(), 200);
    telling.done(190, "make-data", 100);
    telling.begin(80, "make-app");
    let mut messages = vec![Msg::Run { deployment: NAME.into(), entries: telling.entries, here: true }];
    let estate = unread();
    messages.push(Msg::Estate { deployment: NAME.into(), estate: Box::new(unread()) });
    let (data, app, standby) = (&estate.stacks[0], &estate.stacks[1], &estate.stacks[2]);
    let made = (0..RESOURCES.len()).map(|index| resource(data, index, "CREATE_COMPLETE", None, 95)).collect();
    messages.push(told(data, 2, StackNews::Stack(Some(Box::new(stack(data, "CREATE_COMPLETE", None, Vec::new()))))));
    messages.push(told(data, 2, StackNews::Resources(made)));
    let events = vec![event(app, 0, "CREATE_IN_PROGRESS", Some("Resource creation Initiated"), 60)];
    messages.push(told(app, 2, StackNews::Stack(Some(Box::new(stack(app, "CREATE_IN_PROGRESS", None, events))))));
    let under_way =
        vec![resource(app, 0, "CREATE_IN_PROGRESS", None, 60), resource(app, 1, "CREATE_COMPLETE", None, 70)];
    messages.push(told(app, 2, StackNews::Resources(under_way)));
    messages.push(told(standby, 2, StackNews::Stack(None)));
    messages.push(told(standby, 2, StackNews::Resources(Vec::new())));
    messages
}

fn size() -> Size {
    Size {
        home: HOME.into(),
        partner: PARTNER.into(),
        stacks: 3,
        resources: 12,
        counted: Some("4 home + 4 partner + 4 of both = 12".to_owned()),
        bill: bill(412.7, true),
        prices: vec!["prices of 2026-01: AWS's price list".to_owned()],
        expected: Duration::from_mins(21),
    }
}

pub(crate) fn offers() -> Vec<Offer> {
    let payments = Offer {
        named: "payments-aurora".to_owned(),
        name: "payments-aurora".to_owned(),
        purpose: "A service with a global database and a load balancer in each region.".to_owned(),
        origin: "built in".to_owned(),
        size: Some(size()),
        options: vec!["Monitoring: Topics and alarms in both regions, for both directions.".to_owned()],
        notes: vec!["A standby without a writer of its own serves reads.".to_owned()],
        mistakes: Vec::new(),
    };
    let own = Offer {
        named: "/home/ada/blueprints/queue".to_owned(),
        name: "queue".to_owned(),
        purpose: "A table in two regions.".to_owned(),
        origin: "/home/ada/blueprints/queue".to_owned(),
        size: None,
        options: Vec::new(),
        notes: Vec::new(),
        mistakes: vec!["manifest.toml:12: there is no template `table.yml`; did you mean `table.yaml`?".to_owned()],
    };
    vec![payments, own]
}

fn field(id: &str, kind: FieldKind, usual: &str, from: &str, about: &str, rule: &str) -> Field {
    Field {
        id: id.to_owned(),
        kind,
        usual: usual.to_owned(),
        usual_from: from.to_owned(),
        about: about.to_owned(),
        rule: rule.to_owned(),
        permanent: None,
    }
}

/// What the program says of these choices: a suffix with capitals is a mistake, as with the blueprint's own rules.
pub(crate) fn draft(of: &Choice) -> Draft {
    let suffix = of.values.get("EnvironmentSuffix").map_or("dev", String::as_str);
    let is_good = !suffix.is_empty() && suffix.chars().all(|letter| letter.is_ascii_lowercase());
    let complaint = Complaint {
        field: Some("EnvironmentSuffix".to_owned()),
        what: format!("`{suffix}` as EnvironmentSuffix does not have the form that it must have"),
        fix: "one to fifteen lower-case letters, digits and single hyphens".to_owned(),
    };
    let usual = "payments-aurora";
    let name = of.name.clone().unwrap_or_else(|| usual.to_owned());
    let outcome =
        Outcome { deployment: name.as_str().into(), size: size(), is_known: false, outputs: "cfn-outputs".to_owned() };
    Draft {
        of: of.clone(),
        title: "payments-aurora".to_owned(),
        fields: vec![
            field(
                NAME_FIELD,
                FieldKind::Text,
                usual,
                "as usual",
                "What the deployment is called.",
                "letters and digits",
            ),
            field(
                "PrimaryRegion",
                FieldKind::Text,
                HOME,
                "the default",
                "The home: active at first region.",
                "a region's code",
            ),
            field(
                "SecondaryRegion",
                FieldKind::Text,
                PARTNER,
                "variable DR_REGION",
                "The partner region.",
                "a region's code",
            ),
            field(
                "EnvironmentSuffix",
                FieldKind::Text,
                "dev",
                "the default",
                "Stands in every name.",
                "lower-case letters",
            ),
            field(
                "ParentDomain",
                FieldKind::Text,
                "",
                "the default",
                "The domain of the public name.",
                "a domain, or none",
            ),
            field(
                "Monitoring",
                FieldKind::Switch,
                "false",
                "the default",
                "Topics and alarms in both regions.",
                "on or off",
            ),
            field(
                "LogRetentionDays",
                FieldKind::OneOf(["0", "7", "30"].map(str::to_owned).to_vec()),
                "0",
                "the default",
                "How long logs are kept.",
                "one of 0, 7, 30",
            ),
        ],
        complaints: if is_good { Vec::new() } else { vec![complaint] },
        outcome: is_good.then_some(outcome),
        secrets: vec!["/payments/prod/key is generated as a SecureString: nobody types it".to_owned()],
    }
}
