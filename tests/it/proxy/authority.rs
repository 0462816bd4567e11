//! What Route 53's own name servers would answer. No emulator serves `TestDNSAnswer`; here it is answered from the
//! records and the health checks that the emulator itself holds at that moment, so that a name leads elsewhere when, and
//! only when, what decides it was really changed. Every check passes by itself; an inverted one therefore fails.

use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HOST, HeaderMap};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response};

use http_body_util::Full;
use std::net::SocketAddr;

use super::{Closed, forward, wire};

/// One record set as the emulator lists it.
struct Listed<'a>(&'a str);

impl<'a> Listed<'a> {
    fn field(&self, name: &str) -> Option<&'a str> {
        element(self.0, name)
    }

    fn weight(&self) -> u32 {
        self.field("Weight").and_then(|weight| weight.parse().ok()).unwrap_or(0)
    }
}

/// The text of the first element of this name.
fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

pub(super) async fn answer(head: &Parts, upstream: SocketAddr) -> Result<Response<Full<Bytes>>, Closed> {
    let asked = |name: &str| {
        let query = head.uri.query().unwrap_or_default();
        query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default().to_owned()
    };
    let (zone, name, kind) = (asked("hostedzoneid"), asked("recordname"), asked("recordtype"));
    let records = get(&head.headers, &format!("/2013-04-01/hostedzone/{zone}/rrset"), upstream).await?;
    let wanted = format!("{}.", name.trim_end_matches('.'));
    let here: Vec<Listed<'_>> = records
        .split("<ResourceRecordSet>")
        .skip(1)
        .map(Listed)
        .filter(|record| record.field("Name") == Some(wanted.as_str()) && record.field("Type") == Some(kind.as_str()))
        .collect();
    let value = match led_by(&here, &head.headers, upstream).await? {
        Some(record) => record.field("Value").map(str::to_owned),
        None => None,
    };
    let entry = value.map_or_else(String::new, |value| {
        format!("<RecordDataEntry>{}.</RecordDataEntry>", value.trim_end_matches('.'))
    });
    let body = format!(
        "<?xml version=\"1.0\"?>\n<TestDNSAnswerResponse xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\">\
         <Nameserver>ns-2048.awsdns-64.com</Nameserver><RecordName>{wanted}</RecordName><RecordType>{kind}</RecordType>\
         <RecordData>{entry}</RecordData><ResponseCode>NOERROR</ResponseCode><Protocol>UDP</Protocol>\
         </TestDNSAnswerResponse>"
    );
    Ok(wire::reply(200, "text/xml", body))
}

/// The record that is answered: the primary while its check passes, else the secondary; of weighted ones the heaviest.
async fn led_by<'r, 'x>(
    here: &'r [Listed<'x>],
    headers: &HeaderMap,
    upstream: SocketAddr,
) -> Result<Option<&'r Listed<'x>>, Closed> {
    let of = |role: &str| here.iter().find(|record| record.field("Failover") == Some(role));
    let (Some(primary), Some(secondary)) = (of("PRIMARY"), of("SECONDARY")) else {
        return Ok(here.iter().max_by_key(|record| record.weight()));
    };
    let Some(check) = primary.field("HealthCheckId") else { return Ok(Some(primary)) };
    let described = get(headers, &format!("/2013-04-01/healthcheck/{check}"), upstream).await?;
    let is_inverted = element(&described, "Inverted").is_some_and(|text| text.eq_ignore_ascii_case("true"));
    Ok(Some(if is_inverted { secondary } else { primary }))
}

/// A question to the emulator itself, in the name of whoever asked: it tells accounts apart by the key alone.
async fn get(headers: &HeaderMap, path: &str, upstream: SocketAddr) -> Result<String, Closed> {
    let mut request = Request::builder().method(Method::GET).uri(path);
    for name in [AUTHORIZATION, HOST] {
        if let Some(value) = headers.get(&name) {
            request = request.header(name, value);
        }
    }
    let (head, ()) = request.body(()).map_err(|_| Closed)?.into_parts();
    let (_, body) = forward(head, Bytes::new(), upstream).await?;
    String::from_utf8(body.to_vec()).map_err(|_| Closed)
}
