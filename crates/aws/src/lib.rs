//! Lifeboat's ports on the AWS SDK: one file a service, each a request and its conversion to facts. No policy is
//! here: what the facts mean is the model's to say. This is the only crate that may name `aws-sdk-*`.

mod alarms;
mod autoscaling;
mod backup;
mod canary;
mod clients;
mod cloudformation;
mod cloudwatch;
mod dns;
mod dynamodb;
mod ec2;
mod elbv2;
mod error;
mod global_accelerator;
mod hand;
mod kms;
mod lambda;
mod logs;
mod meter;
mod moment;
mod named;
mod operator;
mod partial;
mod probes;
mod rds;
mod route53;
mod s3;
mod secretsmanager;
mod servicequotas;
mod session;
mod settings;
mod sns;
mod ssm;
mod sts;
mod tagging;
mod turn;

use std::collections::BTreeMap;

use async_trait::async_trait;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::facts::Facts;
use lifeboat_model::id::Region;
use lifeboat_model::port::{Observe, Reality, Usage};
use lifeboat_model::read::Read;
use lifeboat_model::time::Timestamp;

pub use clients::Transport;
pub use operator::AwsOperator;
pub use session::{CredentialSource, SessionState};
pub use settings::{AwsSettings, Timeouts};

use canary::Canaries;
use clients::{Endpoint, Endpoints};
use dns::Resolvers;
use probes::Prober;
use session::Renewal;
use ssm::DigestKey;

/// The reading half of AWS. Nothing in it can send a request that changes anything.
#[derive(Debug)]
pub struct AwsObserver {
    endpoints: Endpoints,
    resolvers: Resolvers,
    prober: Prober,
    canaries: Canaries,
    digest_key: DigestKey,
}

impl AwsObserver {
    /// Sends nothing and reads no file until the first question.
    pub fn new(settings: AwsSettings) -> Self {
        Self::with_transport(settings, Transport::default())
    }

    /// The same over another transport or other credentials than the SDK's own.
    pub fn with_transport(settings: AwsSettings, transport: Transport) -> Self {
        Self {
            resolvers: Resolvers::new(settings.resolvers.clone(), settings.timeouts.lookup),
            prober: Prober::new(settings.timeouts.probe),
            canaries: Canaries::new(settings.timeouts.probe),
            digest_key: DigestKey::random(),
            endpoints: Endpoints::new(settings, transport),
        }
    }

    /// How the credentials used in `region` stand.
    pub async fn session(&self, region: &Region, now: Timestamp) -> SessionState {
        self.endpoints.at(region).await.credentials.state(now).await
    }

    /// How often each API operation has been sent, retries included, by the API's own names.
    pub fn operations(&self) -> BTreeMap<String, u64> {
        self.endpoints.meter().operations()
    }

    async fn answer(&self, at: &Endpoint, read: &Read) -> Result<Facts, CloudError> {
        Ok(match read {
            Read::Identity => Facts::Identity(sts::identity(at).await?),
            Read::Aurora { global_cluster } => Facts::Aurora(rds::aurora(at, global_cluster).await?),
            Read::Tables { tables } => Facts::Tables(dynamodb::tables(at, tables).await?),
            Read::Buckets { buckets } => Facts::Buckets(s3::buckets(at, buckets).await?),
            Read::HealthChecks { checks } => Facts::HealthChecks(route53::health_checks(at, checks).await?),
            Read::Records { records } => Facts::Records(route53::records(at, records).await?),
            Read::Answers { records } => Facts::Answers(dns::answers(at, &self.resolvers, records).await?),
            Read::Metrics { queries, window } => Facts::Metrics(cloudwatch::metrics(at, queries, *window).await?),
            Read::Alarms { selection, history_since } => {
                Facts::Alarms(alarms::alarms(at, selection, *history_since).await?)
            }
            Read::TargetGroups { groups } => Facts::TargetGroups(elbv2::target_groups(at, groups).await?),
            Read::Functions { functions } => Facts::Functions(lambda::functions(at, functions).await?),
            Read::Accelerators { accelerators } => {
                Facts::Accelerators(global_accelerator::accelerators(at, accelerators).await?)
            }
            Read::Parameters { paths, decrypt } => {
                Facts::Parameters(ssm::parameters(at, &self.digest_key, paths, *decrypt).await?)
            }
            Read::Stacks { stacks } => Facts::Stacks(cloudformation::stacks(at, stacks).await?),
            Read::Vaults { vaults } => Facts::Vaults(backup::vaults(at, vaults).await?),
            Read::ScalingGroups { groups } => Facts::ScalingGroups(autoscaling::groups(at, groups).await?),
            Read::Quotas { quotas } => Facts::Quotas(servicequotas::quotas(at, quotas).await?),
            Read::Probes { probes } => Facts::Probes(self.prober.probe(probes).await),
            Read::Canaries { canary, store, nonces } => {
                Facts::Canaries(self.canaries.find(canary, *store, nonces).await)
            }
            Read::StackResources { stacks } => Facts::StackResources(cloudformation::resources(at, stacks).await?),
            Read::Tagged { key, value } => Facts::Tagged(tagging::tagged(at, key, value).await?),
            Read::StackEvents { stack, since } => {
                Facts::StackEvents(cloudformation::changes::events(at, stack, *since).await?)
            }
            Read::ChangeSet { stack, change_set } => {
                Facts::ChangeSet(cloudformation::changes::change_set(at, stack, change_set).await?)
            }
            Read::StackDrifts { stacks } => Facts::StackDrifts(cloudformation::drift::drifts(at, stacks).await?),
            Read::DriftDetection { detection } => {
                Facts::DriftDetection(cloudformation::drift::detection(at, detection).await?)
            }
            Read::StackTemplates { stacks } => Facts::StackTemplates(cloudformation::templates(at, stacks).await?),
            Read::TemplateVerdict { template } => Facts::TemplateVerdict(cloudformation::verdict(at, template).await?),
            Read::BucketContents { buckets } => Facts::BucketContents(s3::contents::contents(at, buckets).await?),
            Read::EngineVersions { engine, version } => {
                Facts::EngineVersions(rds::engine_versions(at, engine, version).await?)
            }
            Read::AvailabilityZones => Facts::AvailabilityZones(ec2::zones(at).await?),
            Read::Named { names } => Facts::Named(named::find(at, names).await?),
            Read::ZoneRecords { zones } => Facts::ZoneRecords(route53::zone_records(at, zones).await?),
        })
    }
}

#[async_trait]
impl Observe for AwsObserver {
    async fn read(&self, region: &Region, read: &Read) -> Result<Facts, CloudError> {
        let at = self.endpoints.at(region).await;
        let seen = at.credentials.generation();
        let error = match self.answer(&at, read).await {
            Ok(facts) => return Ok(facts),
            Err(error) => error,
        };
        if !error.kind.is_credentials() {
            return Err(error);
        }
        // Somebody may have logged in since the credentials in hand were found: then the person need not know.
        let error = match at.credentials.renew(seen, &error).await {
            Renewal::Unchanged => error,
            Renewal::Changed => match self.answer(&at, read).await {
                Ok(facts) => return Ok(facts),
                Err(error) => error,
            },
        };
        Err(at.credentials.explain(error).await)
    }

    fn reality(&self) -> Reality {
        Reality::Live
    }

    fn usage(&self) -> Usage {
        self.endpoints.meter().usage()
    }
}
