//! The least-privilege policies, made from the table of operations and the deployments' own resources: what a
//! policy allows can then never be more, nor less, than what the program asks.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

mod changes;
mod handlers;
mod provisioner;

pub use provisioner::{POLICY_LIMIT, Provisioner, provisioner_policies};

use super::reads::polled;
use crate::id::Region;
use crate::read::{OPERATIONS, Operation, Service};
use crate::topology::Deployment;

/// What an action may be limited to.
enum Scope {
    /// AWS judges it by the resource, so the policy names the resources.
    Resources(BTreeSet<String>),
    /// AWS knows no resource for it; the region it is asked in is the only limit there is.
    Regions(BTreeSet<Region>),
}

/// The policy of a reader of these deployments: nothing but reads, of nothing but their resources, in nothing but
/// their regions, as far as IAM can tell them apart. Without deployments: every read, of anything.
pub fn read_only_policy(deployments: &[Deployment]) -> Value {
    let statements = if deployments.is_empty() { vec![everything()] } else { scoped(deployments) };
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The policy of an operator of these deployments: what their reader may, and every call on their resources. Without
/// deployments: every read and every call, on anything. What an owner's own keys (KMS) and the policies on resources
/// demand beyond that is not known here.
pub fn operator_policy(deployments: &[Deployment]) -> Value {
    let (mut statements, changing) = if deployments.is_empty() {
        (vec![everything()], changes::everything())
    } else {
        (scoped(deployments), changes::scoped(deployments))
    };
    statements.extend(changing);
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn everything() -> Value {
    let actions: BTreeSet<&str> = OPERATIONS.iter().filter_map(|operation| operation.iam).collect();
    json!({ "Sid": "LifeboatReads", "Effect": "Allow", "Action": actions, "Resource": "*" })
}

fn scoped(deployments: &[Deployment]) -> Vec<Value> {
    let asked = asked(deployments);
    let mut by_resources: BTreeMap<(Service, BTreeSet<String>), BTreeSet<&str>> = BTreeMap::new();
    let mut by_regions: BTreeMap<BTreeSet<Region>, BTreeSet<&str>> = BTreeMap::new();
    for operation in OPERATIONS {
        let Some(action) = operation.iam else { continue };
        match scope(operation, deployments, &asked) {
            Scope::Resources(resources) if !resources.is_empty() => {
                by_resources.entry((operation.service, resources)).or_default().insert(action);
            }
            Scope::Regions(regions) if !regions.is_empty() => {
                by_regions.entry(regions).or_default().insert(action);
            }
            Scope::Resources(_) | Scope::Regions(_) => {}
        }
    }
    let resources = by_resources.into_iter().map(|((service, resources), actions)| {
        let mut statement = statement(&format!("LifeboatReads{service:?}"), &actions);
        statement.insert("Resource".to_owned(), json!(resources));
        statement
    });
    let regions = by_regions.into_iter().map(|(regions, actions)| {
        let mut statement = statement("LifeboatReadsAny", &actions);
        statement.insert("Resource".to_owned(), json!("*"));
        statement.insert("Condition".to_owned(), json!({ "StringEquals": { "aws:RequestedRegion": regions } }));
        statement
    });
    let all: Vec<Map<String, Value>> = resources.chain(regions).chain(decryption(deployments)).collect();
    numbered(all)
}

fn statement(sid: &str, actions: &BTreeSet<&str>) -> Map<String, Value> {
    let mut statement = Map::new();
    statement.insert("Sid".to_owned(), json!(sid));
    statement.insert("Effect".to_owned(), json!("Allow"));
    statement.insert("Action".to_owned(), json!(actions));
    statement
}

/// IAM wants every `Sid` once: the second of a kind gets a number.
fn numbered(statements: Vec<Map<String, Value>>) -> Vec<Value> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    statements
        .into_iter()
        .map(|mut statement| {
            if let Some(Value::String(sid)) = statement.get_mut("Sid") {
                let count = seen.entry(sid.clone()).or_default();
                *count += 1;
                if *count > 1 {
                    *sid = format!("{sid}{count}");
                }
            }
            Value::Object(statement)
        })
        .collect()
}

/// Which regions are asked for each service, over all deployments.
fn asked(deployments: &[Deployment]) -> BTreeMap<Service, BTreeSet<Region>> {
    let mut asked: BTreeMap<Service, BTreeSet<Region>> = BTreeMap::new();
    for (region, service) in deployments.iter().flat_map(polled) {
        asked.entry(service).or_default().insert(region);
    }
    asked
}

fn scope<'a>(
    operation: &Operation,
    deployments: &'a [Deployment],
    asked: &BTreeMap<Service, BTreeSet<Region>>,
) -> Scope {
    let regions = || Scope::Regions(asked.get(&operation.service).cloned().unwrap_or_default());
    let resources = |of: fn(&Names<'a>) -> Vec<String>| {
        Scope::Resources(deployments.iter().flat_map(|deployment| of(&Names { deployment })).collect())
    };
    match operation.name {
        "DescribeGlobalClusters" => resources(Names::global_clusters),
        "DescribeDBClusters" => resources(Names::clusters),
        "DescribeTable" => resources(Names::tables),
        "GetBucketReplication" | "GetBucketVersioning" | "ListObjectVersions" | "ListMultipartUploads" => {
            resources(Names::buckets)
        }
        "GetHealthCheck" | "GetHealthCheckStatus" => resources(Names::health_checks),
        "ListResourceRecordSets" => resources(Names::zones),
        "GetFunctionConfiguration" | "GetFunctionConcurrency" => resources(Names::functions),
        "DescribeAccelerator" | "ListListeners" => resources(Names::accelerators),
        "ListEndpointGroups" => resources(Names::listeners),
        "GetParametersByPath" => resources(Names::parameters),
        "DescribeStacks"
        | "DescribeStackEvents"
        | "ListStackResources"
        | "DescribeChangeSet"
        | "DescribeStackResourceDrifts"
        | "GetTemplate" => resources(Names::stacks),
        "DescribeBackupVault" | "ListRecoveryPointsByBackupVault" => resources(Names::vaults),
        "GetServiceQuota" => resources(Names::quotas),
        // Alarms could be named, but composite ones are only shown to who may describe all.
        _ => regions(),
    }
}

/// The resource names of one deployment, as IAM writes them.
struct Names<'a> {
    deployment: &'a Deployment,
}

impl Names<'_> {
    /// The account where it is known; any, where it is not.
    fn account(&self) -> &str {
        self.deployment.account.as_ref().map_or("*", |account| account.as_str())
    }

    fn partition(&self) -> &'static str {
        match self.deployment.regions.home.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    fn regional(&self, service: &str, region: &Region, resource: &str) -> String {
        format!("arn:{}:{service}:{region}:{}:{resource}", self.partition(), self.account())
    }

    fn in_pair(&self, service: &str, resource: &str) -> Vec<String> {
        self.deployment.regions.both().into_iter().map(|region| self.regional(service, region, resource)).collect()
    }

    fn global_clusters(&self) -> Vec<String> {
        let ids = self.deployment.global_cluster.iter();
        ids.map(|id| format!("arn:{}:rds::{}:global-cluster:{id}", self.partition(), self.account())).collect()
    }

    /// Member clusters are found live, so any cluster of the two regions may be one.
    fn clusters(&self) -> Vec<String> {
        self.deployment.global_cluster.iter().flat_map(|_| self.in_pair("rds", "cluster:*")).collect()
    }

    fn tables(&self) -> Vec<String> {
        self.deployment.tables.iter().flat_map(|table| self.in_pair("dynamodb", &format!("table/{table}"))).collect()
    }

    fn buckets(&self) -> Vec<String> {
        let ends = self.deployment.buckets.iter().flat_map(|pair| [&pair.source.name, &pair.destination.name]);
        ends.map(|name| format!("arn:{}:s3:::{name}", self.partition())).collect()
    }

    fn health_checks(&self) -> Vec<String> {
        let checks = self.deployment.health_checks.iter();
        checks.map(|check| format!("arn:{}:route53:::healthcheck/{}", self.partition(), check.id)).collect()
    }

    fn zones(&self) -> Vec<String> {
        let records = self.deployment.records.iter();
        records.map(|record| format!("arn:{}:route53:::hostedzone/{}", self.partition(), record.zone)).collect()
    }

    fn functions(&self) -> Vec<String> {
        let functions = self.deployment.functions.iter();
        functions.map(|it| self.regional("lambda", &it.region, &format!("function:{}", it.name))).collect()
    }

    fn accelerators(&self) -> Vec<String> {
        self.deployment.accelerators.iter().map(|arn| arn.as_str().to_owned()).collect()
    }

    fn listeners(&self) -> Vec<String> {
        self.deployment.accelerators.iter().map(|arn| format!("{arn}/listener/*")).collect()
    }

    /// Asking by path is judged by the path itself, and by what lies under it.
    fn parameters(&self) -> Vec<String> {
        let paths = self.deployment.parameter_paths.iter().map(|path| path.as_str().trim_matches('/'));
        paths
            .flat_map(|path| match path {
                "" => self.in_pair("ssm", "parameter/*"),
                path => {
                    let mut both = self.in_pair("ssm", &format!("parameter/{path}"));
                    both.extend(self.in_pair("ssm", &format!("parameter/{path}/*")));
                    both
                }
            })
            .collect()
    }

    fn stacks(&self) -> Vec<String> {
        let stacks = self.deployment.stacks.iter();
        stacks.map(|it| self.regional("cloudformation", &it.region, &format!("stack/{}/*", it.name))).collect()
    }

    fn vaults(&self) -> Vec<String> {
        let vaults = self.deployment.vaults.iter();
        vaults.map(|it| self.regional("backup", &it.region, &format!("backup-vault:{}", it.name))).collect()
    }

    fn quotas(&self) -> Vec<String> {
        let quotas = self.deployment.quotas.iter();
        quotas.flat_map(|it| self.in_pair("servicequotas", &format!("{}/{}", it.service_code, it.quota_code))).collect()
    }
}

/// Only where the owner wants SecureString values compared, and only by way of Parameter Store.
fn decryption(deployments: &[Deployment]) -> Option<Map<String, Value>> {
    let comparing = deployments.iter().filter(|it| it.compare_secure_parameters && !it.parameter_paths.is_empty());
    let (mut keys, mut ways) = (BTreeSet::new(), BTreeSet::new());
    for deployment in comparing {
        let names = Names { deployment };
        keys.extend(names.in_pair("kms", "key/*"));
        let domain = if names.partition() == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
        ways.extend(deployment.regions.both().into_iter().map(|region| format!("ssm.{region}.{domain}")));
    }
    (!keys.is_empty()).then(|| {
        let mut statement = statement("LifeboatReadsSecureParameters", &BTreeSet::from(["kms:Decrypt"]));
        statement.insert("Resource".to_owned(), json!(keys));
        statement.insert("Condition".to_owned(), json!({ "StringEquals": { "kms:ViaService": ways } }));
        statement
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{Arn, HealthCheckId};
    use crate::topology::{HealthCheckTarget, InRegion, QuotaTarget};

    pub(super) fn whole() -> Deployment {
        super::super::tests::everything()
    }

    pub(super) fn statements(policy: &Value) -> &Vec<Value> {
        policy["Statement"].as_array().unwrap()
    }

    pub(super) fn actions(policy: &Value) -> BTreeSet<&str> {
        statements(policy)
            .iter()
            .flat_map(|statement| statement["Action"].as_array().unwrap())
            .map(|action| action.as_str().unwrap())
            .collect()
    }

    #[test]
    fn without_deployments_it_is_the_whole_table_and_nothing_else() {
        let policy = read_only_policy(&[]);
        let table: BTreeSet<&str> = OPERATIONS.iter().filter_map(|operation| operation.iam).collect();
        assert_eq!(actions(&policy), table);
        assert_eq!(policy["Version"], "2012-10-17");
    }

    #[test]
    fn a_deployment_with_everything_gets_every_action_that_is_polled() {
        let policy = read_only_policy(&[whole()]);
        let polled: BTreeSet<&str> = OPERATIONS
            .iter()
            .filter(|operation| {
                let looked_for = matches!(operation.service, Service::Discovery | Service::Keys | Service::Network);
                !looked_for || operation.name == "ListStackResources"
            })
            .filter_map(|operation| operation.iam)
            .collect();
        assert_eq!(actions(&policy), polled);
    }

    #[test]
    fn no_action_changes_anything() {
        for policy in [read_only_policy(&[]), read_only_policy(&[whole()])] {
            for action in actions(&policy) {
                let verb = action.split_once(':').unwrap().1;
                assert!(
                    ["Get", "List", "Describe", "TestDNSAnswer", "ValidateTemplate"]
                        .iter()
                        .any(|reading| verb.starts_with(reading)),
                    "{action}"
                );
            }
        }
    }

    #[test]
    fn services_that_are_not_used_are_not_allowed() {
        let mut bare = Deployment::bare("bare", "us-east-1", "us-east-2");
        bare.tables.push("orders".into());
        let policy = read_only_policy(&[bare]);
        assert_eq!(actions(&policy), BTreeSet::from(["cloudwatch:GetMetricData", "dynamodb:DescribeTable"]));
    }

    #[test]
    fn resources_are_named_where_iam_judges_by_them_and_regions_where_it_cannot() {
        let policy = read_only_policy(&[whole()]);
        for statement in statements(&policy) {
            let is_any = statement["Resource"] == "*";
            assert_eq!(is_any, statement["Condition"]["StringEquals"]["aws:RequestedRegion"].is_array(), "{statement}");
        }
        let text = policy.to_string();
        for resource in [
            "arn:aws:rds::123456789012:global-cluster:shop",
            "arn:aws:dynamodb:us-east-1:123456789012:table/orders",
            "arn:aws:dynamodb:us-east-2:123456789012:table/orders",
            "arn:aws:s3:::shop-assets",
            "arn:aws:route53:::healthcheck/check-home",
            "arn:aws:route53:::hostedzone/Z1",
            "arn:aws:lambda:us-east-2:123456789012:function:pay",
            "arn:aws:ssm:us-east-1:123456789012:parameter/shop/*",
            "arn:aws:cloudformation:us-east-1:123456789012:stack/shop-p/*",
        ] {
            assert!(text.contains(&format!("\"{resource}\"")), "{resource}");
        }
    }

    #[test]
    fn a_region_condition_lets_the_global_services_through() {
        // In Europe, Route 53 is still asked in us-east-1 and Global Accelerator in us-west-2.
        let mut far = Deployment::bare("far", "eu-west-1", "eu-central-1");
        far.health_checks.push(HealthCheckTarget { id: HealthCheckId::from("check"), watches: None });
        far.records = whole().records;
        far.accelerators.push(Arn::from("arn:aws:globalaccelerator::123456789012:accelerator/a"));
        let policy = read_only_policy(&[far]);
        let regions_of = |action: &str| -> Vec<&str> {
            let statement = statements(&policy)
                .iter()
                .find(|it| it["Action"].as_array().unwrap().contains(&json!(action)))
                .unwrap();
            let regions = statement["Condition"]["StringEquals"]["aws:RequestedRegion"].as_array();
            regions.into_iter().flatten().map(|region| region.as_str().unwrap()).collect()
        };
        assert_eq!(regions_of("route53:TestDNSAnswer"), ["us-east-1"]);
        assert_eq!(regions_of("cloudwatch:GetMetricData"), ["us-east-1", "us-west-2"]);
        assert!(policy.to_string().contains("accelerator/a/listener/*"));
    }

    #[test]
    fn secrets_are_opened_only_at_the_owners_wish_and_only_through_parameter_store() {
        let mut comparing = whole();
        assert!(!actions(&read_only_policy(&[comparing.clone()])).contains("kms:Decrypt"));
        comparing.compare_secure_parameters = true;
        let policy = read_only_policy(&[comparing]);
        let statement = statements(&policy).iter().find(|it| it["Action"] == json!(["kms:Decrypt"])).unwrap();
        assert_eq!(
            statement["Condition"]["StringEquals"]["kms:ViaService"],
            json!(["ssm.us-east-1.amazonaws.com", "ssm.us-east-2.amazonaws.com"])
        );
    }

    #[test]
    fn statements_have_names_of_their_own() {
        let mut other = Deployment::bare("other", "eu-west-1", "eu-central-1");
        other.functions.push(InRegion::new("eu-west-1", "pay"));
        other.quotas.push(QuotaTarget { service_code: "lambda".into(), quota_code: "L-1".into() });
        let policy = read_only_policy(&[whole(), other]);
        let names: Vec<&str> = statements(&policy).iter().map(|it| it["Sid"].as_str().unwrap()).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        assert!(names.iter().all(|name| name.bytes().all(|b| b.is_ascii_alphanumeric())), "{names:?}");
    }
}
