//! One region's clients, each made when first asked. A region shares nothing with another: not connections, not
//! credentials, not retry budgets. So a region that hangs can only exhaust itself. The one exception is the turns at
//! Route 53, which has one endpoint and one quota for the account.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::identity::SharedIdentityCache;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_types::service_config::ServiceConfigKey;
use lifeboat_model::cloud_error::CloudError;
use lifeboat_model::id::Region;
use lifeboat_model::read::Service;
use lifeboat_model::time::Timestamp;
use tokio::sync::OnceCell;

use crate::error::Asked;
use crate::meter::Meter;
use crate::session::{CredentialSource, RegionCredentials, RenewableCache, SdkChain};
use crate::session::{retries, timeouts};
use crate::settings::AwsSettings;
use crate::turn::Turns;

macro_rules! clients {
    ($($service:ident: $sdk:ident),+ $(,)?) => {
        #[derive(Debug, Default)]
        struct Clients {
            $($service: OnceLock<$sdk::Client>,)+
        }

        impl Endpoint {
            $(pub(crate) fn $service(&self) -> &$sdk::Client {
                self.clients.$service.get_or_init(|| {
                    let config = $sdk::config::Builder::from(&self.sdk).interceptor(self.meter.clone());
                    $sdk::Client::from_conf(config.build())
                })
            })+
        }
    };
}

clients! {
    autoscaling: aws_sdk_autoscaling,
    backup: aws_sdk_backup,
    cloudformation: aws_sdk_cloudformation,
    cloudwatch: aws_sdk_cloudwatch,
    dynamodb: aws_sdk_dynamodb,
    elbv2: aws_sdk_elasticloadbalancingv2,
    global_accelerator: aws_sdk_globalaccelerator,
    kms: aws_sdk_kms,
    lambda: aws_sdk_lambda,
    logs: aws_sdk_cloudwatchlogs,
    rds: aws_sdk_rds,
    route53: aws_sdk_route53,
    secretsmanager: aws_sdk_secretsmanager,
    servicequotas: aws_sdk_servicequotas,
    sns: aws_sdk_sns,
    ssm: aws_sdk_ssm,
    sts: aws_sdk_sts,
    tagging: aws_sdk_resourcegroupstagging,
}

/// One region's endpoints.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) region: Region,
    pub(crate) credentials: Arc<RegionCredentials>,
    /// To be taken before each request to Route 53.
    pub(crate) route53_turns: Turns,
    sdk: SdkConfig,
    meter: Meter,
    clients: Clients,
    s3: OnceLock<aws_sdk_s3::Client>,
}

impl Endpoint {
    pub(crate) fn s3(&self) -> &aws_sdk_s3::Client {
        self.s3.get_or_init(|| {
            let config = aws_sdk_s3::config::Builder::from(&self.sdk)
                .interceptor(self.meter.clone())
                .force_path_style(self.has_own_s3());
            aws_sdk_s3::Client::from_conf(config.build())
        })
    }

    /// A custom endpoint has no names for its buckets in anybody's DNS, so they go into the path.
    fn has_own_s3(&self) -> bool {
        self.own_endpoint("S3").is_some()
    }

    /// The endpoint that somebody named for a service, by environment, profile or setting; one of the service's own first.
    pub(crate) fn own_endpoint(&self, service: &'static str) -> Option<String> {
        let own =
            ServiceConfigKey::builder().service_id(service).env("AWS_ENDPOINT_URL").profile("endpoint_url").build();
        let named = self.sdk.service_config().zip(own.ok()).and_then(|(told, key)| told.load_config(key));
        named.or_else(|| self.sdk.endpoint_url().map(str::to_owned))
    }

    /// What every client here is made from.
    pub(crate) fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    pub(crate) fn asked(&self, service: Service, operation: &'static str) -> Asked {
        Asked::reading(service, self.region.clone(), operation)
    }

    /// By the clock that requests are signed with.
    pub(crate) fn now(&self) -> Timestamp {
        let clock = self.sdk.time_source().unwrap_or_default();
        Timestamp::try_from(clock.now()).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The same place, asked with these settings in place of its own: other clients and connections, but the same
    /// credentials, turns and meter.
    pub(crate) fn with(
        &self,
        change: impl FnOnce(aws_types::sdk_config::Builder) -> aws_types::sdk_config::Builder,
    ) -> Self {
        Self {
            region: self.region.clone(),
            credentials: Arc::clone(&self.credentials),
            route53_turns: self.route53_turns.clone(),
            sdk: change(self.sdk.to_builder()).build(),
            meter: self.meter.clone(),
            clients: Clients::default(),
            s3: OnceLock::new(),
        }
    }

    /// Classifies a failure, for `map_err`.
    pub(crate) fn failure<E>(
        &self,
        service: Service,
        operation: &'static str,
    ) -> impl Fn(SdkError<E, HttpResponse>) -> CloudError
    where
        E: ProvideErrorMetadata + Error + Send + Sync + 'static,
    {
        let asked = self.asked(service, operation);
        move |error| asked.failed(&error)
    }
}

/// What carries requests, and who signs them. Tests put their own in place of the network and the SDK's chain.
#[derive(Clone, Default)]
pub struct Transport {
    pub http: Option<SharedHttpClient>,
    pub credentials: Option<Arc<dyn CredentialSource>>,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").field("credentials", &self.credentials).finish_non_exhaustive()
    }
}

/// All regions' endpoints, each made when first asked.
#[derive(Debug)]
pub(crate) struct Endpoints {
    settings: AwsSettings,
    transport: Transport,
    meter: Meter,
    /// Of an account, not of a region.
    route53_turns: Turns,
    by_region: Mutex<BTreeMap<Region, Arc<OnceCell<Arc<Endpoint>>>>>,
}

impl Endpoints {
    pub(crate) fn new(settings: AwsSettings, transport: Transport) -> Self {
        Self {
            settings,
            transport,
            meter: Meter::default(),
            route53_turns: Turns::default(),
            by_region: Mutex::default(),
        }
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    pub(crate) fn settings(&self) -> &AwsSettings {
        &self.settings
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    pub(crate) async fn at(&self, region: &Region) -> Arc<Endpoint> {
        let cell = {
            let mut by_region = self.by_region.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(by_region.entry(region.clone()).or_default())
        };
        Arc::clone(cell.get_or_init(|| self.open(region)).await)
    }

    async fn open(&self, region: &Region) -> Arc<Endpoint> {
        let http = self.transport.http.clone().unwrap_or_else(|| https(Connections::Kept));
        let source = self.transport.credentials.clone().unwrap_or_else(|| {
            Arc::new(SdkChain { settings: self.settings.clone(), http: http.clone() }) as Arc<dyn CredentialSource>
        });
        let limit = self.settings.timeouts.to_find_credentials();
        let credentials = Arc::new(RegionCredentials::new(region.clone(), source, limit));
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .region(aws_config::Region::new(region.as_str().to_owned()))
            .http_client(http)
            .retry_config(retries(&self.settings))
            .timeout_config(timeouts(&self.settings))
            .identity_cache(SharedIdentityCache::new(RenewableCache(Arc::clone(&credentials))))
            .credentials_provider(SharedCredentialsProvider::from(
                Arc::clone(&credentials) as Arc<dyn aws_credential_types::provider::ProvideCredentials>
            ));
        if let Some(profile) = &self.settings.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(url) = self.settings.endpoint_urls.get(region) {
            loader = loader.endpoint_url(url);
        }
        Arc::new(Endpoint {
            region: region.clone(),
            credentials,
            route53_turns: self.route53_turns.clone(),
            sdk: loader.load().await,
            meter: self.meter.clone(),
            clients: Clients::default(),
            s3: OnceLock::new(),
        })
    }
}

/// What becomes of a connection after its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Connections {
    Kept,
    /// Every request makes its own.
    Fresh,
}

/// TLS by rustls on ring, named here and nowhere installed for the whole process.
pub(crate) fn https(connections: Connections) -> SharedHttpClient {
    let builder = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring));
    match connections {
        Connections::Kept => builder,
        Connections::Fresh => builder.pool_max_idle_per_host(0),
    }
    .build_https()
}
