//! What single values tell: ARNs, hosts, URLs and names, taken apart. Each gives `None` for what it does
//! not recognise.

use lifeboat_model::id::{Arn, DnsName, Region, ZoneId};
use url::{Host, Url};

use crate::config::reader::is_known_region;

pub(crate) fn region(text: &str) -> Option<Region> {
    Region::is_well_formed(text).then(|| Region::from(text))
}

/// The region that ends a name, after a dash. The words before it may look like part of a region: only known ones count.
pub(crate) fn region_at_end(name: &str) -> Option<Region> {
    let ends = name.match_indices('-').filter_map(|(at, _)| name.get(at + 1..));
    ends.into_iter().find(|end| is_known_region(end)).map(Region::from)
}

pub(crate) fn arn(text: &str, service: &str) -> Option<Arn> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, named, _, _, rest]
            if partition.starts_with("aws") && *named == service && !rest.is_empty() =>
        {
            Some(Arn::from(text))
        }
        _ => None,
    }
}

/// A name, or the last part of an ARN of the service.
pub(crate) fn last_name(text: &str, service: &str, prefix: &str) -> Option<String> {
    let name = if text.starts_with("arn:") {
        let parsed = arn(text, service)?;
        parsed.resource()?.strip_prefix(prefix)?.split([':', '/']).next()?.to_owned()
    } else {
        text.to_owned()
    };
    let fine = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    fine.then_some(name)
}

pub(crate) struct AuroraHost {
    pub(crate) cluster: String,
    /// Emulators and mocks give endpoints without one.
    pub(crate) region: Option<Region>,
}

/// `NAME.cluster-ID.REGION.rds.amazonaws.com`, with or without a port.
pub(crate) fn aurora_host(text: &str) -> Option<AuroraHost> {
    let host = host(text)?;
    let labels: Vec<&str> = host.split('.').collect();
    let (cluster, rest) = labels.split_first()?;
    if rest.is_empty() || cluster.is_empty() {
        return None;
    }
    let region =
        rest.iter().zip(rest.iter().skip(1)).find(|(_, next)| **next == "rds").and_then(|(label, _)| region(label));
    Some(AuroraHost { cluster: (*cluster).to_owned(), region })
}

pub(crate) struct Api {
    pub(crate) id: String,
    pub(crate) region: Region,
    /// Whether there is more than a stage.
    pub(crate) has_path: bool,
}

/// `https://ID.execute-api.REGION.amazonaws.com/STAGE/…`.
pub(crate) fn api(text: &str) -> Option<Api> {
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    let host = url.host_str()?;
    let (id, region) = match host.split('.').collect::<Vec<_>>().as_slice() {
        [id, "execute-api", region, "amazonaws", "com", ..] => ((*id).to_owned(), self::region(region)?),
        _ => return None,
    };
    let depth = url.path_segments().map_or(0, |segments| segments.filter(|segment| !segment.is_empty()).count());
    Some(Api { id, region, has_path: depth > 1 })
}

/// The region of `https://ID.lambda-url.REGION.on.aws/`.
pub(crate) fn function_url(text: &str) -> Option<Region> {
    let url = Url::parse(text).ok().filter(|url| url.scheme() == "https")?;
    match url.host_str()?.split('.').collect::<Vec<_>>().as_slice() {
        [_, "lambda-url", region, "on", "aws"] => self::region(region),
        _ => None,
    }
}

/// The region of `NAME.REGION.elb.amazonaws.com` or `NAME.elb.REGION.amazonaws.com`; `None` inside where it has none.
#[expect(clippy::option_option, reason = "not a load balancer's name, against a name without a region")]
pub(crate) fn balancer_host(text: &str) -> Option<Option<Region>> {
    let host = host(text)?;
    if !host.ends_with(".amazonaws.com") || !host.split('.').any(|label| label == "elb") {
        return None;
    }
    Some(host.split('.').find_map(region))
}

pub(crate) fn bucket(text: &str) -> Option<String> {
    let name = text.strip_prefix("arn:aws:s3:::").or_else(|| text.strip_prefix("s3://")).unwrap_or(text);
    let fine = (3..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte));
    fine.then(|| name.to_owned())
}

pub(crate) fn zone(text: &str) -> Option<ZoneId> {
    let id = text.trim_start_matches("arn:aws:route53:::").trim_start_matches('/').trim_start_matches("hostedzone/");
    let fine =
        (1..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    fine.then(|| ZoneId::from(id))
}

pub(crate) fn dns_name(text: &str) -> Option<DnsName> {
    let host = host(text)?;
    let labels = || host.trim_end_matches('.').split('.');
    let fine = labels().count() > 1
        && labels().all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        });
    fine.then(|| DnsName::normal(host.as_str()))
}

/// The host of a URL, or of a bare `host:port`.
fn host(text: &str) -> Option<String> {
    if text.contains("://") {
        return match Url::parse(text).ok()?.host()? {
            Host::Domain(name) => Some(name.to_owned()),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        };
    }
    let host = text.split(['/', ':']).next()?;
    (!host.is_empty() && !host.contains(char::is_whitespace)).then(|| host.to_owned())
}

pub(crate) fn health_check(text: &str) -> Option<String> {
    let id = text.strip_prefix("arn:aws:route53:::healthcheck/").unwrap_or(text);
    let fine = (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fine.then(|| id.to_owned())
}

pub(crate) fn alarm(text: &str) -> Option<(Option<Arn>, String)> {
    if !text.starts_with("arn:") {
        return Some((None, text.to_owned()));
    }
    let parsed = arn(text, "cloudwatch")?;
    let name = parsed.resource()?.strip_prefix("alarm:")?.to_owned();
    (!name.is_empty()).then_some((Some(parsed), name))
}

/// The path a parameter is in; a path stays as it is.
pub(crate) fn parameter_path(text: &str) -> Option<String> {
    let name = match arn(text, "ssm") {
        Some(parsed) => format!("/{}", parsed.resource()?.strip_prefix("parameter/")?),
        None => text.to_owned(),
    };
    let end = name.starts_with('/').then(|| name.rfind('/')).flatten()?;
    // A single level is a path of its own: `/dev`.
    if end == 0 { Some(name).filter(|name| name.len() > 1) } else { name.get(..=end).map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_urls_tell_their_region() {
        let host = aurora_host("aurora-dr-dev.cluster-ro-xyz.us-east-2.rds.amazonaws.com:5432").unwrap();
        assert_eq!((host.cluster.as_str(), host.region), ("aurora-dr-dev", Some("us-east-2".into())));
        assert_eq!(aurora_host("mock.cluster.endpoint").unwrap().region, None);
        let stage = api("https://abc123.execute-api.us-east-1.amazonaws.com/prod").unwrap();
        assert!(!stage.has_path);
        assert!(api("https://abc123.execute-api.us-east-1.amazonaws.com/prod/payment").unwrap().has_path);
        assert!(api("https://acme.org/prod").is_none());
        assert_eq!(function_url("https://abc.lambda-url.us-west-2.on.aws/"), Some("us-west-2".into()));
        assert_eq!(balancer_host("a-1.us-east-1.elb.amazonaws.com"), Some(Some("us-east-1".into())));
        assert_eq!(balancer_host("n-1.elb.us-east-2.amazonaws.com"), Some(Some("us-east-2".into())));
        assert_eq!(balancer_host("a.elb.amazonaws.com"), Some(None));
        assert_eq!(balancer_host("acme.org"), None);
        assert_eq!(region_at_end("tap-dev-secondary-us-west-2"), Some("us-west-2".into()));
        assert_eq!(region_at_end("tap-dev-secondary"), None);
    }

    #[test]
    fn names_are_taken_out_of_arns() {
        assert_eq!(
            last_name("arn:aws:lambda:us-east-1:123456789012:function:pay:live", "lambda", "function:"),
            Some("pay".to_owned())
        );
        assert_eq!(last_name("pay", "lambda", "function:"), Some("pay".to_owned()));
        assert_eq!(last_name("arn:aws:sqs:us-east-1:123456789012:pay", "lambda", "function:"), None);
        assert_eq!(bucket("arn:aws:s3:::shop-assets").as_deref(), Some("shop-assets"));
        assert_eq!(parameter_path("/app/dev/db-endpoint").as_deref(), Some("/app/dev/"));
        assert_eq!(parameter_path("app"), None);
        assert_eq!(zone("/hostedzone/Z1234567890ABC"), Some("Z1234567890ABC".into()));
        assert_eq!(dns_name("https://API.acme.org/x"), Some("api.acme.org".into()));
        assert_eq!(dns_name("localhost"), None);
    }
}
