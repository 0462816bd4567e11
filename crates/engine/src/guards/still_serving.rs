//! At least one region goes on serving: where clients are led, they are served.

use lifeboat_model::assessment::Health;
use lifeboat_model::facts::probe::ProbeOutcome;
use lifeboat_model::read::Service;

use super::footing::{Footing, because};
use super::standby_health::vouchers;

pub(super) fn judge(on: &mut Footing<'_>) {
    let to = &on.plan().to;
    vouchers(on, to);
    probes(on);
    let Some(assessed) = on.region(to) else { return };
    let reasons = because(&assessed.reasons);
    match assessed.health {
        Health::Healthy => on.saw(format!("{to} is healthy and goes on serving")),
        Health::Degraded => on.saw(format!("{to} is degraded and goes on serving{reasons}")),
        Health::Unknown => {}
        Health::Down => on.refuse(
            format!("{to} is down{reasons}: after this step no region would serve"),
            format!("mend {to} before clients are led there; `lifeboat status` shows what fails"),
        ),
    }
}

/// What clients of the region meet, where Lifeboat asks as one of them.
fn probes(on: &mut Footing<'_>) {
    let to = &on.plan().to;
    let configured: Vec<_> = on.deployment().probes.iter().filter(|probe| probe.region.as_ref() == Some(to)).collect();
    if configured.is_empty() {
        return;
    }
    let Some(read) = on.read(to, Service::Probes, |here| &here.probes) else { return };
    for target in configured {
        match read.iter().find(|probe| probe.target == *target).map(|probe| &probe.outcome) {
            None => on.gap(format!("{} has not been asked yet", target.url)),
            Some(outcome) if outcome.is_good() => on.saw(format!("{} answers", target.url)),
            Some(ProbeOutcome::Answered { status, .. }) => on.refuse(
                format!("clients led to {to} would not be served: {} answers with status {status}", target.url),
                format!("mend what {to} answers: `curl -i {}`", target.url),
            ),
            Some(ProbeOutcome::Failed { reason }) => on.refuse(
                format!("clients led to {to} would not be served: {} does not answer ({reason})", target.url),
                format!("mend what {to} answers: `curl -i {}`", target.url),
            ),
        }
    }
}
