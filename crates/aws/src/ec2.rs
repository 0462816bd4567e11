//! EC2: which Availability Zones this account may use. It is the one question that EC2 is ever asked, and its SDK crate
//! takes more memory to compile than many machines have: so the operation is put together here, from the parts that
//! every SDK crate is made of. Signing, retries, time-outs and the classes of failure are those of the others.

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::metadata::ErrorMetadata;
use aws_smithy_xml::decode::{Document, ScopedDecoder, XmlDecodeError, try_data};
use aws_types::SigningName;
use aws_types::region::SigningRegion;
use lifeboat_model::cloud_error::{CloudError, CloudErrorKind};
use lifeboat_model::read::Service;

use crate::clients::Endpoint;

const OPERATION: &str = "DescribeAvailabilityZones";
/// As its API reference has it.
const REQUEST: &str = "Action=DescribeAvailabilityZones&Version=2016-11-15";

/// By name. Local and Wavelength Zones are none: no load balancer or database of a template could be there.
pub(crate) async fn zones(at: &Endpoint) -> Result<Vec<String>, CloudError> {
    let Some(operation) = operation(at) else {
        let why = "there is nothing to send a request with";
        return Err(at.asked(Service::Network, OPERATION).refused(CloudErrorKind::MissingCredentials, why));
    };
    let found: Zones = operation.invoke(()).await.map_err(at.failure(Service::Network, OPERATION))?;
    let mut names: Vec<String> = found.0.into_iter().filter(Zone::is_usable).map(|zone| zone.name).collect();
    names.sort();
    Ok(names)
}

#[derive(Debug, Default)]
struct Zones(Vec<Zone>);

#[derive(Debug, Default)]
struct Zone {
    name: String,
    state: String,
    /// Missing where there are no others.
    kind: Option<String>,
}

impl Zone {
    fn is_usable(&self) -> bool {
        !self.name.is_empty()
            && self.state == "available"
            && self.kind.as_deref().is_none_or(|kind| kind == "availability-zone")
    }
}

type Described = Operation<(), Zones, ErrorMetadata>;

/// `None` where the configuration lacks a part: every endpoint of ours has them all.
fn operation(at: &Endpoint) -> Option<Described> {
    let sdk = at.sdk();
    let operation = Operation::builder()
        .service_name("EC2")
        .operation_name(OPERATION)
        .http_client(sdk.http_client()?)
        .endpoint_url(&url(at))
        .standard_retry(sdk.retry_config()?)
        .retry_classifier(HttpStatusCodeClassifier::default())
        .retry_classifier(TransientErrorClassifier::<ErrorMetadata>::new())
        .retry_classifier(AwsErrorCodeClassifier::<ErrorMetadata>::new())
        .timeout_config(sdk.timeout_config()?.clone())
        .sleep_impl(sdk.sleep_impl()?)
        .time_source(sdk.time_source().unwrap_or_default())
        .interceptor(at.meter().clone())
        .runtime_plugin(signing(at)?)
        .serializer(|(): ()| request())
        .deserializer(answer)
        .build();
    Some(operation)
}

fn url(at: &Endpoint) -> String {
    let domain = if at.region.as_str().starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    at.own_endpoint("EC2").unwrap_or_else(|| format!("https://ec2.{}.{domain}", at.region))
}

fn signing(at: &Endpoint) -> Option<StaticRuntimePlugin> {
    let (sdk, mut config) = (at.sdk(), Layer::new("EC2"));
    config.store_put(AuthSchemeOptionResolverParams::new(()));
    config.store_put(SigningName::from_static("ec2"));
    config.store_put(SigningRegion::from(sdk.region()?.clone()));
    config.store_put(SigV4OperationSigningConfig { signing_options: SigningOptions::default(), ..Default::default() });
    let mut parts = RuntimeComponentsBuilder::new("EC2");
    parts.set_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
        StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
    )));
    parts.push_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()));
    parts.set_identity_cache(Some(sdk.identity_cache()?));
    parts.set_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(sdk.credentials_provider()?));
    Some(StaticRuntimePlugin::new().with_config(config.freeze()).with_runtime_components(parts))
}

type Refused = Box<dyn std::error::Error + Send + Sync>;

fn request() -> Result<HttpRequest, Refused> {
    let mut request = HttpRequest::new(SdkBody::from(REQUEST));
    request.set_method("POST")?;
    request.set_uri("/")?;
    request.headers_mut().try_insert("content-type", "application/x-www-form-urlencoded")?;
    request.headers_mut().try_insert("content-length", REQUEST.len().to_string())?;
    Ok(request)
}

fn answer(answer: &HttpResponse) -> Result<Zones, OrchestratorError<ErrorMetadata>> {
    let text = answer.body().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
    if answer.status().is_success() {
        described(text).map_err(OrchestratorError::other)
    } else {
        Err(OrchestratorError::operation(refused(text).unwrap_or_else(|_| ErrorMetadata::builder().build())))
    }
}

fn described(text: &str) -> Result<Zones, XmlDecodeError> {
    let mut document = Document::new(text);
    let mut root = document.root_element()?;
    let mut zones = Zones::default();
    while let Some(mut part) = root.next_tag() {
        if part.start_el().matches("availabilityZoneInfo") {
            while let Some(mut item) = part.next_tag() {
                zones.0.push(zone(&mut item)?);
            }
        }
    }
    Ok(zones)
}

fn zone(item: &mut ScopedDecoder<'_, '_>) -> Result<Zone, XmlDecodeError> {
    let mut zone = Zone::default();
    while let Some(mut field) = item.next_tag() {
        match field.start_el().local().to_owned().as_str() {
            "zoneName" => try_data(&mut field)?.trim().clone_into(&mut zone.name),
            "zoneState" => try_data(&mut field)?.trim().clone_into(&mut zone.state),
            "zoneType" => zone.kind = Some(try_data(&mut field)?.trim().to_owned()),
            // What else EC2 says of a zone.
            _ => {}
        }
    }
    Ok(zone)
}

/// EC2 words its refusals as no other service does: `Response`, `Errors`, `Error`.
fn refused(text: &str) -> Result<ErrorMetadata, XmlDecodeError> {
    let mut document = Document::new(text);
    let mut root = document.root_element()?;
    let mut error = ErrorMetadata::builder();
    while let Some(mut errors) = root.next_tag() {
        if !errors.start_el().matches("Errors") {
            continue;
        }
        while let Some(mut one) = errors.next_tag() {
            while let Some(mut field) = one.next_tag() {
                match field.start_el().local().to_owned().as_str() {
                    "Code" => error = error.code(try_data(&mut field)?.trim()),
                    "Message" => error = error.message(try_data(&mut field)?.trim()),
                    _ => {}
                }
            }
        }
    }
    Ok(error.build())
}
