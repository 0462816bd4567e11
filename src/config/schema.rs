//! Every section and key of the configuration: the one table from which come the reader's idea of what
//! is known, the hints for what is not, and the commented sample.

use lifeboat_model::assessment::StoreKind;

/// One key: what it is for and how it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// One sentence, as a comment of the sample.
    pub(crate) meaning: &'static str,
    /// A TOML value, as the sample shows it.
    pub(crate) example: &'static str,
    /// What holds without it, in words; `None` where it must be stated.
    pub(crate) default: Option<&'static str>,
}

/// A table of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    /// As messages name it.
    pub(crate) title: &'static str,
    pub(crate) keys: &'static [Key],
}

impl Section {
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.keys.iter().map(|key| key.name)
    }

    pub(crate) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }
}

const fn key(name: &'static str, example: &'static str, default: &'static str, meaning: &'static str) -> Key {
    Key { name, meaning, example, default: Some(default) }
}

const fn needed(name: &'static str, example: &'static str, meaning: &'static str) -> Key {
    Key { name, meaning, example, default: None }
}

/// The only word for `access`: whoever may act there says so when the session begins, not in a file.
pub(crate) const READ_ONLY: &str = "read-only";

/// The only version there is.
pub(crate) const VERSION: i64 = 1;

pub(crate) const TOP: Section = Section {
    title: "the file",
    keys: &[
        needed("version", "1", "The version of this file's format."),
        key("deployment", "\"payments-prod\"", "the first of the file", "The deployment to show first."),
        key("console", "{}", "as below", "How the console looks and how often it asks."),
        key(
            "keys",
            "{}",
            "as `?` shows in the console",
            "Keys of the console: an action's name, and a list of its keys.",
        ),
        key("deployments", "{}", "none: the simulator", "The deployments, each under its own name."),
    ],
};

pub(crate) const CONSOLE: Section = Section {
    title: "[console]",
    keys: &[
        key("theme", "\"dark\"", "by the terminal's background", "The colour theme; `lifeboat themes` lists them."),
        key("ascii", "false", "false", "Draw with ASCII characters only."),
        key("color", "true", "true", "Use colour; `NO_COLOR` and `--no-color` win over it."),
        key("utc", "true", "true", "Show times in UTC rather than in the machine's own time zone."),
        key(
            "notices",
            "\"all\"",
            "all",
            "How a change of health or the end of a step calls you: `all`, `bell`, `desktop` (OSC 9 and 777) or `none`.",
        ),
        key(
            "tempo",
            "\"calm\"",
            "calm; fast on the simulator",
            "How often AWS is asked: `calm` (most things once a minute) or `fast` (every few seconds, at a higher cost).",
        ),
    ],
};

/// A line of `[keys]`, which the console reads itself: the actions are its own.
pub(crate) const KEYS_EXAMPLE: &str = "refresh-now = [\"r\", \"f5\"]";

pub(crate) const DEPLOYMENT: Section = Section {
    title: "[deployments.NAME]",
    keys: &[
        needed("home", "\"us-east-1\"", "The region that was active when the deployment was built."),
        needed("partner", "\"us-east-2\"", "The other region. Who is active now is read from live data."),
        key("account", "\"123456789012\"", "not compared", "The account it must be in, compared with the caller's."),
        key(
            "blueprint",
            "\"payments-aurora\"",
            "none",
            "The architecture it was built as, where it is one of the five.",
        ),
        key(
            "access",
            "\"read-only\"",
            "whatever the session may",
            "`read-only`: nothing is changed there from this machine, `--operate` or not. On the simulator one of its name \
             is held to it too.",
        ),
        key("profile", "\"prod\"", "AWS's own chain", "The AWS profile to read with."),
        key(
            "role_arn",
            "\"arn:aws:iam::123456789012:role/lifeboat-read\"",
            "none",
            "A role to assume on top of the profile.",
        ),
        key(
            "endpoint_urls",
            "{ us-east-1 = \"http://127.0.0.1:4566\" }",
            "AWS's own",
            "Endpoints to ask instead of AWS's, by region.",
        ),
        key(
            "objectives",
            "{ rpo = \"1s\", rto = \"2m\" }",
            "none stated",
            "What the owner has promised: the most data, as time, that may be lost, and the longest outage.",
        ),
        key("public_name", "\"api.payments.acme.org\"", "none", "The name clients use, whatever stands behind it."),
        key("aurora", "{ global_cluster = \"aurora-global-prod\" }", "none", "The Aurora global database."),
        key("dynamodb", "{ tables = [\"payment-transactions-prod\"] }", "none", "DynamoDB global tables."),
        key(
            "s3",
            "[{ source = \"docs-primary-prod\", destination = \"docs-dr-prod\" }]",
            "none",
            "S3 replication, a direction each.",
        ),
        key(
            "health_checks",
            "[{ id = \"0b34e9a1-5c2f-4a52-9d61-2f6a3c1d7e10\", watches = \"us-east-1\" }]",
            "none",
            "Route 53 health checks, and the region whose endpoint each watches.",
        ),
        key(
            "records",
            "[{ zone = \"Z0123456789ABCDEFGHIJ\", name = \"api.payments.acme.org\" }]",
            "none",
            "Names in hosted zones whose records decide where clients go.",
        ),
        key(
            "resolvers",
            "[\"1.1.1.1\", \"8.8.8.8:53\"]",
            "the machine's own",
            "Resolvers to ask for those names, as clients do.",
        ),
        key("alarms", "{ prefixes = [\"payments-prod-\"] }", "none", "CloudWatch alarms, looked for in both regions."),
        key(
            "load_balancers",
            "[{ arn = \"arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0a1b2c3d4e5f6071\" }]",
            "none",
            "Application and network load balancers, with their target groups.",
        ),
        key(
            "apis",
            "[{ region = \"us-east-1\", rest = \"payments\", stage = \"prod\" }]",
            "none",
            "API Gateway APIs: a REST API by name and stage, an HTTP API by id.",
        ),
        key(
            "functions",
            "{ us-east-1 = [\"payment-processor-primary\"], us-east-2 = [\"payment-processor-dr\"] }",
            "none",
            "Lambda functions: a list of names that are the same in both regions, or a list for each region.",
        ),
        key(
            "accelerators",
            "[\"arn:aws:globalaccelerator::123456789012:accelerator/1234abcd-abcd-1234-abcd-1234abcdefgh\"]",
            "none",
            "Global Accelerator accelerators, by ARN.",
        ),
        key(
            "parameters",
            "{ paths = [\"/payments/prod/\"] }",
            "none",
            "Parameter Store, compared between the regions.",
        ),
        key(
            "stacks",
            "{ us-east-1 = [\"payments-primary\"], us-east-2 = [\"payments-dr\"] }",
            "none",
            "CloudFormation stacks; written like `functions`.",
        ),
        key("vaults", "[\"payments-prod\"]", "none", "AWS Backup vaults; written like `functions`."),
        key("scaling_groups", "[\"shop-prod\"]", "none", "Auto Scaling groups; written like `functions`."),
        key(
            "quotas",
            "[{ service = \"lambda\", code = \"L-B99A9384\" }]",
            "none",
            "Service quotas that must not be smaller in one region than in the other.",
        ),
        key(
            "probes",
            "[{ url = \"https://api.payments.acme.org/health\" }]",
            "none",
            "URLs that Lifeboat itself asks with GET, as a client would.",
        ),
        key(
            "canary",
            "{ write_url = \"https://api.payments.acme.org/canary\", read_urls = { aurora = \"https://api.payments.acme.org/canary/{nonce}\" } }",
            "none: no run measures what clients met",
            "How Lifeboat writes to the application as a client of it does, and finds again what it wrote.",
        ),
        key(
            "active_parameter",
            "{ name = \"/payments/prod/active-region\" }",
            "none",
            "The parameter, under one name in both regions, that says which region is active.",
        ),
        key(
            "standby_takes_over",
            "[{ region = \"us-east-2\", check = \"0b34e9a1-5c2f-4a52-9d61-2f6a3c1d7e10\", bucket = \"payments-takeover-dr\", key = \"take-over\" }]",
            "none",
            "What is written in a standby so that traffic moves to it without any control plane.",
        ),
        key(
            "topics",
            "[\"arn:aws:sns:us-east-1:123456789012:payments-dr\"]",
            "none: nobody is told",
            "SNS topics that are told of runs.",
        ),
        key(
            "replication_role",
            "\"arn:aws:iam::123456789012:role/docs-replication\"",
            "the role of the direction that replicates already",
            "The role that S3 assumes where replication has yet to be set up.",
        ),
        key("two_person", "true", "false", "Whether a second person must approve a plan before it may be run."),
        key("minimum_delay", "\"30m\"", "none", "The least time between the end of one run and the next."),
        key(
            "freeze_windows",
            "[{ reason = \"month-end closing\", cron = \"0 18 28 * *\", time_zone = \"Europe/Amsterdam\", lasts = \"96h\" }]",
            "none",
            "Times in which no planned run begins.",
        ),
        key(
            "schedules",
            "[{ runbook = \"switchover\", drill = true, cron = \"0 10 * * 2\", time_zone = \"Europe/Amsterdam\" }]",
            "none",
            "Runs that are due again and again; `lifeboat run RUNBOOK --if-due` makes those that are.",
        ),
        key(
            "discover",
            "{ tag = \"Application=payments\" }",
            "nothing",
            "Look for resources at the start, besides those stated here: by `tag`, by `stacks`, or in an `outputs` file.",
        ),
    ],
};

/// The key that states the RPO of one kind of store.
pub(crate) fn rpo_key(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::Aurora => "rpo_aurora",
        StoreKind::DynamoDb => "rpo_dynamodb",
        StoreKind::S3 => "rpo_s3",
    }
}

pub(crate) const OBJECTIVES: Section = Section {
    title: "`objectives`",
    keys: &[
        key("rpo", "\"1m\"", "none", "The most data, as time, that may be lost of any store."),
        key("rpo_aurora", "\"1s\"", "`rpo`", "The same for Aurora alone."),
        key("rpo_dynamodb", "\"1m\"", "`rpo`", "The same for DynamoDB tables alone."),
        key(
            "rpo_s3",
            "\"15m\"",
            "`rpo`",
            "The same for S3 buckets alone: Replication Time Control promises 15 minutes.",
        ),
        key("rto", "\"2m\"", "none", "The longest outage, from the first failed request to the first good write."),
        key(
            "expected_promotion",
            "\"90s\"",
            "unknown until a run has been measured",
            "How long a promotion is expected to take.",
        ),
    ],
};

pub(crate) const AURORA: Section = Section {
    title: "`aurora`",
    keys: &[needed("global_cluster", "\"aurora-global-prod\"", "The global cluster's identifier.")],
};

pub(crate) const DYNAMODB: Section = Section {
    title: "`dynamodb`",
    keys: &[needed("tables", "[\"payment-transactions-prod\"]", "The global tables' names.")],
};

pub(crate) const S3: Section = Section {
    title: "`s3`",
    keys: &[
        needed("source", "\"docs-primary-prod\"", "The bucket that is written to."),
        needed("destination", "\"docs-dr-prod\"", "The bucket it is replicated to."),
        key("source_region", "\"us-east-1\"", "home", "Where the source is."),
        key("destination_region", "\"us-east-2\"", "the other region", "Where the destination is."),
    ],
};

pub(crate) const HEALTH_CHECK: Section = Section {
    title: "`health_checks`",
    keys: &[
        needed("id", "\"0b34e9a1-5c2f-4a52-9d61-2f6a3c1d7e10\"", "The health check's id."),
        key("watches", "\"us-east-1\"", "neither in particular", "The region whose endpoint it watches."),
    ],
};

pub(crate) const RECORD: Section = Section {
    title: "`records`",
    keys: &[
        needed("zone", "\"Z0123456789ABCDEFGHIJ\"", "The hosted zone's id."),
        needed("name", "\"api.payments.acme.org\"", "The records' name."),
    ],
};

pub(crate) const ALARMS: Section = Section {
    title: "`alarms`",
    keys: &[
        key("prefixes", "[\"payments-prod-\"]", "none", "How the names of the deployment's alarms begin."),
        key("names", "[\"aurora-replication-lag-prod\"]", "none", "Alarms by their whole names."),
    ],
};

pub(crate) const LOAD_BALANCER: Section = Section {
    title: "`load_balancers`",
    keys: &[
        needed(
            "arn",
            "\"arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/shop/0a1b2c3d4e5f6071\"",
            "The load balancer's ARN; its region and kind are read from it.",
        ),
        key(
            "target_group",
            "\"arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/shop/1a2b3c4d5e6f7081\"",
            "none: its targets are not known",
            "Its target group's ARN.",
        ),
    ],
};

pub(crate) const API: Section = Section {
    title: "`apis`",
    keys: &[
        needed("region", "\"us-east-1\"", "Where it is."),
        key("rest", "\"payments\"", "an HTTP API", "A REST API's name, as CloudWatch has it."),
        key("stage", "\"prod\"", "prod", "A REST API's stage."),
        key("http", "\"a1b2c3d4e5\"", "a REST API", "An HTTP API's id."),
    ],
};

pub(crate) const PARAMETERS: Section = Section {
    title: "`parameters`",
    keys: &[
        needed("paths", "[\"/payments/prod/\"]", "Path prefixes to compare between the regions."),
        key(
            "compare_secure",
            "false",
            "false",
            "Whether SecureString values may be decrypted, in memory only, to be compared.",
        ),
    ],
};

pub(crate) const QUOTA: Section = Section {
    title: "`quotas`",
    keys: &[
        needed("service", "\"lambda\"", "The service's code in Service Quotas."),
        needed("code", "\"L-B99A9384\"", "The quota's code."),
    ],
};

pub(crate) const PROBE: Section = Section {
    title: "`probes`",
    keys: &[
        needed("url", "\"https://api.payments.acme.org/health\"", "What to ask."),
        key("region", "\"us-east-1\"", "whichever is active", "The region that answers."),
    ],
};

pub(crate) const CANARY: Section = Section {
    title: "`canary`",
    keys: &[
        needed(
            "write_url",
            "\"https://api.payments.acme.org/canary\"",
            "Where a canary is posted, behind the public name: the JSON `{\"canary\":\"NONCE\"}`, any 2xx acknowledges it.",
        ),
        key(
            "read_urls",
            "{ aurora = \"https://api.payments.acme.org/canary/{nonce}\" }",
            "none: loss is not measured",
            "Where each store is asked for a canary, by `aurora`, `dynamodb` and `s3`: 200 is found, 404 is not.",
        ),
        key("interval", "\"1s\"", "1s", "Between two canaries: RTO and RPO are known to this precision."),
    ],
};

pub(crate) const ACTIVE_PARAMETER: Section = Section {
    title: "`active_parameter`",
    keys: &[
        needed("name", "\"/payments/prod/active-region\"", "The parameter's name."),
        key("home", "\"primary\"", "the home region's code", "Its value while the home region is active."),
        key("partner", "\"dr\"", "the partner region's code", "Its value while the partner region is active."),
        key(
            "moves_traffic",
            "true",
            "false",
            "Whether clients follow it: then it changes only once the database has moved.",
        ),
    ],
};

pub(crate) const TAKEOVER: Section = Section {
    title: "`standby_takes_over`",
    keys: &[
        needed("region", "\"us-east-2\"", "The region that takes over; what is written stands there."),
        needed(
            "check",
            "\"0b34e9a1-5c2f-4a52-9d61-2f6a3c1d7e10\"",
            "The inverted health check, on the other region's record, that watches it.",
        ),
        key("bucket", "\"payments-takeover-dr\"", "a metric", "The bucket, where an object is what is watched."),
        key("key", "\"take-over\"", "a metric", "The object: traffic moves while it exists."),
        key("namespace", "\"Payments/DR\"", "an object", "The metric's namespace, where a metric is what is watched."),
        key("metric", "\"TakeOver\"", "an object", "The metric's name."),
        key("dimensions", "{ Environment = \"prod\" }", "none", "The metric's dimensions."),
        key("on", "1", "1", "The metric's value that moves traffic."),
        key("off", "0", "0", "Its value otherwise."),
    ],
};

pub(crate) const FREEZE_WINDOW: Section = Section {
    title: "`freeze_windows`",
    keys: &[
        needed("reason", "\"month-end closing\"", "Why, as people are told."),
        needed("cron", "\"0 18 28 * *\"", "When each begins: a cron expression of five fields."),
        key("time_zone", "\"Europe/Amsterdam\"", "UTC", "The time zone it is meant in, by its IANA name."),
        needed("lasts", "\"96h\"", "How long each lasts."),
    ],
};

pub(crate) const SCHEDULE: Section = Section {
    title: "`schedules`",
    keys: &[
        needed("runbook", "\"switchover\"", "The runbook."),
        key("drill", "true", "false", "Whether the run is a rehearsal."),
        needed("cron", "\"0 10 * * 2\"", "When it is due: a cron expression of five fields."),
        key("time_zone", "\"Europe/Amsterdam\"", "UTC", "The time zone it is meant in, by its IANA name."),
    ],
};

pub(crate) const DISCOVER: Section = Section {
    title: "`discover`",
    keys: &[
        key("stacks", "[\"payments-prod\"]", "none", "CloudFormation stacks; written like `functions`."),
        key("tag", "\"Application=payments\"", "none", "A tag that every resource of the deployment bears."),
        key("outputs", "\"flat-outputs.json\"", "none", "An outputs file, from the configuration's folder."),
    ],
};

/// The tables within a deployment, by the key they stand under.
pub(crate) const NESTED: &[(&str, &Section)] = &[
    ("objectives", &OBJECTIVES),
    ("aurora", &AURORA),
    ("dynamodb", &DYNAMODB),
    ("s3", &S3),
    ("health_checks", &HEALTH_CHECK),
    ("records", &RECORD),
    ("alarms", &ALARMS),
    ("load_balancers", &LOAD_BALANCER),
    ("apis", &API),
    ("parameters", &PARAMETERS),
    ("quotas", &QUOTA),
    ("probes", &PROBE),
    ("canary", &CANARY),
    ("active_parameter", &ACTIVE_PARAMETER),
    ("standby_takes_over", &TAKEOVER),
    ("freeze_windows", &FREEZE_WINDOW),
    ("schedules", &SCHEDULE),
    ("discover", &DISCOVER),
];
