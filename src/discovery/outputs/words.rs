//! The output keys of the five architectures, exactly as they write them, and what each means. Keys beyond
//! those are understood by their words where these leave no doubt.

use std::time::Duration;

use lifeboat_model::assessment::StoreKind;
use lifeboat_model::topology::Blueprint;

use crate::config::diagnostic::nearest;
use crate::discovery::outputs::document::{Document, Output};
use crate::exit::Failure;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    Home,
    Partner,
}

impl Side {
    pub(crate) const BOTH: [Self; 2] = [Self::Home, Self::Partner];

    /// Its key in the configuration.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Partner => "partner",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Suffix,
    Region(Side),
    /// Known, and nothing that is watched.
    Ignored,
    Topic,
    AuroraEndpoint(Side),
    GlobalCluster,
    ApiUrl(Side),
    FunctionUrl(Side),
    Bucket(Side),
    Table,
    Zone,
    PublicName,
    AcceleratorName,
    Accelerator,
    Function(Side),
    Check(Option<Side>),
    Alarm,
    LoadBalancer(Side),
    LoadBalancerName(Side),
    TargetGroup(Side),
    Vault(Side),
    Parameter,
}

impl Meaning {
    pub(crate) fn takes_many(self) -> bool {
        matches!(
            self,
            Self::Ignored
                | Self::Topic
                | Self::Table
                | Self::Alarm
                | Self::Parameter
                | Self::Check(_)
                | Self::Accelerator
                | Self::Function(_)
        )
    }
}

use Meaning as M;
use Side::{Home, Partner};

const ECOMMERCE: &[(&str, Meaning)] = &[
    ("primary_endpoint", M::PublicName),
    ("primary_alb_dns", M::LoadBalancerName(Home)),
    ("secondary_alb_dns", M::LoadBalancerName(Partner)),
    ("database_primary_endpoint", M::AuroraEndpoint(Home)),
    ("database_secondary_endpoint", M::AuroraEndpoint(Partner)),
    ("storage_bucket_primary", M::Bucket(Home)),
    ("storage_bucket_secondary", M::Bucket(Partner)),
    ("sns_topic_arn", M::Topic),
];

const PAYMENTS_AURORA: &[(&str, Meaning)] = &[
    ("environment_suffix", M::Suffix),
    ("primary_region", M::Region(Home)),
    ("dr_region", M::Region(Partner)),
    ("primary_vpc_id", M::Ignored),
    ("dr_vpc_id", M::Ignored),
    ("primary_aurora_endpoint", M::AuroraEndpoint(Home)),
    ("dr_aurora_endpoint", M::AuroraEndpoint(Partner)),
    ("primary_api_endpoint", M::ApiUrl(Home)),
    ("dr_api_endpoint", M::ApiUrl(Partner)),
    ("primary_bucket_name", M::Bucket(Home)),
    ("dr_bucket_name", M::Bucket(Partner)),
    ("dynamodb_table_name", M::Table),
    ("route53_zone_id", M::Zone),
    ("route53_fqdn", M::PublicName),
    ("primary_lambda_function_name", M::Function(Home)),
    ("dr_lambda_function_name", M::Function(Partner)),
];

const GLOBAL_ACCELERATOR: &[(&str, Meaning)] =
    &[("primary_vpc_id", M::Ignored), ("secondary_vpc_id", M::Ignored), ("global_accelerator_dns", M::AcceleratorName)];

const SERVERLESS: &[(&str, Meaning)] = &[
    ("primaryLambdaUrl", M::FunctionUrl(Home)),
    ("secondaryLambdaUrl", M::FunctionUrl(Partner)),
    ("globalTableName", M::Table),
    ("primaryBucketName", M::Bucket(Home)),
    ("secondaryBucketName", M::Bucket(Partner)),
];

const PAYMENTS_SERVERLESS: &[(&str, Meaning)] = &[
    ("primaryApiEndpoint", M::ApiUrl(Home)),
    ("secondaryApiEndpoint", M::ApiUrl(Partner)),
    ("failoverDnsName", M::PublicName),
    // The primary alone is checked.
    ("healthCheckId", M::Check(Some(Home))),
    ("alarmArns", M::Alarm),
];

fn keys(blueprint: Blueprint) -> &'static [(&'static str, Meaning)] {
    match blueprint {
        Blueprint::Ecommerce => ECOMMERCE,
        Blueprint::PaymentsAurora => PAYMENTS_AURORA,
        Blueprint::GlobalAccelerator => GLOBAL_ACCELERATOR,
        Blueprint::Serverless => SERVERLESS,
        Blueprint::PaymentsServerless => PAYMENTS_SERVERLESS,
    }
}

/// Where an architecture is built when nobody says otherwise.
pub(crate) fn usual_region(blueprint: Blueprint, side: Side) -> &'static str {
    match (side, blueprint) {
        (Home, _) => "us-east-1",
        (Partner, Blueprint::Ecommerce | Blueprint::Serverless) => "us-west-2",
        (Partner, Blueprint::PaymentsAurora | Blueprint::GlobalAccelerator | Blueprint::PaymentsServerless) => {
            "us-east-2"
        }
    }
}

/// What an architecture promises: the store its RPO is of, that RPO, and its RTO.
pub(crate) fn objectives(blueprint: Blueprint) -> Option<(StoreKind, Duration, Duration)> {
    match blueprint {
        Blueprint::PaymentsAurora => Some((StoreKind::Aurora, Duration::from_secs(1), Duration::from_mins(2))),
        Blueprint::PaymentsServerless => Some((StoreKind::DynamoDb, Duration::from_mins(1), Duration::from_mins(5))),
        Blueprint::Ecommerce | Blueprint::GlobalAccelerator | Blueprint::Serverless => None,
    }
}

/// Whether no other architecture has, or could well have, a key of this name.
fn is_telling(blueprint: Blueprint, key: &str) -> bool {
    match blueprint {
        // Its document names three keys and only describes the others, which may be called as those of payments are.
        Blueprint::GlobalAccelerator => key != "primary_vpc_id",
        Blueprint::PaymentsAurora => {
            key.starts_with("dr_") || key.starts_with("route53_") || key == "environment_suffix"
        }
        Blueprint::Ecommerce | Blueprint::Serverless | Blueprint::PaymentsServerless => true,
    }
}

/// Whose keys these are: the architecture with the most telling keys there, then with the most of all. `None` when no
/// key is of any.
pub(crate) fn architecture(document: &Document<'_>) -> Result<Option<Blueprint>, Failure> {
    let has = |key: &str| document.outputs.iter().any(|output| output.key == key);
    let mut scores: Vec<((usize, usize), Blueprint)> = Blueprint::ALL
        .into_iter()
        .map(|blueprint| {
            let there: Vec<&str> = keys(blueprint).iter().map(|(key, _)| *key).filter(|key| has(key)).collect();
            let telling = there.iter().filter(|key| is_telling(blueprint, key)).count();
            ((telling, there.len()), blueprint)
        })
        .filter(|((_, all), _)| *all > 0)
        .collect();
    scores.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    match scores.as_slice() {
        [] => Ok(None),
        [(one, first), (other, second), ..] if one == other => {
            Err(Failure::error(format!("{}: its keys are of `{first}` as much as of `{second}`", document.file))
                .hint("export all outputs of the stack, not a few"))
        }
        [(_, best), ..] => Ok(Some(*best)),
    }
}

/// What a key means: as its architecture has it, else by its words.
pub(crate) fn meaning(blueprint: Option<Blueprint>, output: &Output) -> Option<Meaning> {
    let stated = blueprint.map(keys).unwrap_or_default().iter().find(|(key, _)| *key == output.key);
    stated.map(|(_, meaning)| *meaning).or_else(|| by_words(output))
}

/// `primaryNlbArn` and `primary_nlb_arn` are the same words.
fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut after_lower = false;
    for letter in key.chars() {
        if !letter.is_ascii_alphanumeric() || (letter.is_ascii_uppercase() && after_lower) {
            words.push(String::new());
        }
        after_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        if let Some(word) = words.last_mut().filter(|_| letter.is_ascii_alphanumeric()) {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn side(words: &[String]) -> Option<Side> {
    let among = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    match (
        among(&["primary", "home", "active", "source"]),
        among(&["secondary", "dr", "partner", "standby", "replica"]),
    ) {
        (true, false) => Some(Home),
        (false, true) => Some(Partner),
        (true, true) | (false, false) => None,
    }
}

fn by_words(output: &Output) -> Option<Meaning> {
    let words = words(&output.key);
    let has = |word: &str| words.iter().any(|one| one == word);
    let any = |list: &[&str]| list.iter().any(|word| has(word));
    if any(&[
        "vpc",
        "subnet",
        "subnets",
        "ip",
        "ips",
        "bus",
        "dashboard",
        "role",
        "peering",
        "certificate",
        "listener",
        "username",
        "password",
        "secret",
    ]) {
        return Some(M::Ignored);
    }
    let side = side(&words);
    let text = output.value.as_str().unwrap_or_default();
    let is_arn = text.starts_with("arn:");
    if any(&["sns", "topic", "topics"]) {
        return Some(M::Topic);
    }
    if has("accelerator") {
        return if is_arn { Some(M::Accelerator) } else { has("dns").then_some(M::AcceleratorName) };
    }
    if has("health") && any(&["check", "checks"]) {
        return Some(M::Check(side));
    }
    if any(&["alarm", "alarms"]) {
        return Some(M::Alarm);
    }
    if any(&["table"]) {
        return Some(M::Table);
    }
    if has("zone") && has("id") {
        return Some(M::Zone);
    }
    if has("global") && has("cluster") && !is_arn {
        return Some(M::GlobalCluster);
    }
    if any(&["parameter", "ssm"]) && text.starts_with('/') {
        return Some(M::Parameter);
    }
    let side = side?;
    if has("region") {
        return Some(M::Region(side));
    }
    if has("bucket") {
        return Some(M::Bucket(side));
    }
    if any(&["target", "tg"]) && is_arn {
        return Some(M::TargetGroup(side));
    }
    if any(&["alb", "nlb", "balancer"]) {
        return Some(if is_arn { M::LoadBalancer(side) } else { M::LoadBalancerName(side) });
    }
    if any(&["aurora", "database", "db", "cluster", "rds"]) && has("endpoint") && !has("parameter") {
        return Some(M::AuroraEndpoint(side));
    }
    if text.contains(".lambda-url.") {
        return Some(M::FunctionUrl(side));
    }
    if text.contains(".execute-api.") {
        return Some(M::ApiUrl(side));
    }
    if any(&["lambda", "function"]) && any(&["arn", "name", "function"]) {
        return Some(M::Function(side));
    }
    if has("vault") {
        return Some(M::Vault(side));
    }
    None
}

/// How an output of no use is told; a key that is nearly a known one is said to be.
pub(crate) fn unused(key: &str) -> String {
    match nearest(key, all_keys()).filter(|near| *near != key) {
        Some(near) => format!("{key} (did you mean `{near}`?)"),
        None => key.to_owned(),
    }
}

fn all_keys() -> impl Iterator<Item = &'static str> + Clone {
    Blueprint::ALL.into_iter().flat_map(|blueprint| keys(blueprint).iter().map(|(key, _)| *key))
}

pub(crate) fn nothing_known(document: &Document<'_>) -> Failure {
    let first = document.outputs.first().map_or("", |output| output.key.as_str());
    let shown: Vec<String> = document.outputs.iter().take(5).map(|output| unused(&output.key)).collect();
    let more = document.outputs.len().saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let message = format!("nothing to watch is told by its keys: {}{more}", shown.join(", "));
    Failure::error(format!("{}:{}", document.file, document.at(first, &message))).hint(
        "expected are the outputs of one of the five architectures, such as `primary_api_endpoint` or `globalTableName`; \
         for others use `lifeboat import --stack NAME` or `--tag KEY=VALUE`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_apart_into_words_however_they_are_joined() {
        for key in ["primary_nlb_arn", "primaryNlbArn", "PrimaryNlbArn", "primary-nlb-arn"] {
            assert_eq!(words(key), ["primary", "nlb", "arn"], "{key}");
        }
    }

    #[test]
    fn each_architecture_states_its_number_of_keys() {
        let counts = Blueprint::ALL.map(|blueprint| keys(blueprint).len());
        assert_eq!(counts, [8, 16, 3, 5, 5]);
    }
}
