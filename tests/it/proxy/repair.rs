//! Every answer that is changed on its way from an emulator, each with the reason. Without these the program would be
//! tested against something that AWS never sends.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use hyper::http::response::Parts;

use super::Recorded;

/// Texts of one service's answers, wrong and right.
struct Repair {
    service: &'static str,
    replace: &'static [(&'static str, &'static str)],
}

const REPAIRS: &[Repair] = &[
    // ministack's global clusters have no endpoint that follows the writer; all of AWS's have one.
    Repair {
        service: "rds",
        replace: &[(
            "</GlobalClusterIdentifier>",
            "</GlobalClusterIdentifier><Endpoint>writer.global-emulated.global.rds.amazonaws.com</Endpoint>",
        )],
    },
    // ministack writes the booleans of a health check as Python does; XML has `true` and `false`, and the SDK refuses
    // the whole answer.
    Repair {
        service: "route53",
        replace: &[
            ("<Inverted>True</Inverted>", "<Inverted>true</Inverted>"),
            ("<Inverted>False</Inverted>", "<Inverted>false</Inverted>"),
            ("<Disabled>True</Disabled>", "<Disabled>true</Disabled>"),
            ("<Disabled>False</Disabled>", "<Disabled>false</Disabled>"),
            ("<EnableSNI>True</EnableSNI>", "<EnableSNI>true</EnableSNI>"),
            ("<EnableSNI>False</EnableSNI>", "<EnableSNI>false</EnableSNI>"),
            ("<MeasureLatency>True</MeasureLatency>", "<MeasureLatency>true</MeasureLatency>"),
            ("<MeasureLatency>False</MeasureLatency>", "<MeasureLatency>false</MeasureLatency>"),
        ],
    },
];

pub(super) fn repaired(request: &Recorded, mut head: Parts, body: Bytes) -> Response<Full<Bytes>> {
    let repairs: Vec<_> = REPAIRS.iter().filter(|repair| repair.service == request.service).collect();
    let body = match std::str::from_utf8(&body) {
        Ok(text) if !repairs.is_empty() => {
            let pairs = repairs.iter().flat_map(|repair| repair.replace);
            Bytes::from(pairs.fold(text.to_owned(), |text, (wrong, right)| text.replace(wrong, right)))
        }
        _ => body,
    };
    // The body is whole by now; its framing is written anew.
    head.headers.remove(CONTENT_LENGTH);
    head.headers.remove(TRANSFER_ENCODING);
    Response::from_parts(head, Full::new(body))
}
