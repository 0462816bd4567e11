//! Every kind of call is made by the program's own hand against an emulator, or is listed among those that cannot be.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat_model::call::Call;
use lifeboat_model::port::Mutate;

use crate::it::filled::Filled;
use crate::it::harness::ministack;
use crate::it::iam::{calls_in_order, listed};
use crate::it::observer::operator;
use crate::it::proxy::{Fault, Matching, Proxy};
use crate::it::resolver::Resolver;
use crate::it::samples;

#[tokio::test]
async fn every_call_is_served_by_an_emulator_or_listed_as_unproven() {
    let own = ministack().account();
    let filling = own.clone();
    let filled = tokio::task::spawn_blocking(move || Filled::fill(&filling)).await.expect("it is filled");
    let proxy = Proxy::before(ministack());
    // Over a service that it has not got this emulator stands still for a while, for everybody: that it has not got it
    // is seen where nobody else is asked.
    proxy.inject(Matching::operation("UpdateEndpointGroup"), Fault::Fail);
    let operator = operator(&proxy.of(&own), &Resolver::start());
    let mut refused = BTreeMap::new();
    let (mut tried, mut served) = (BTreeSet::new(), BTreeSet::new());
    for call in calls_in_order(&filled).into_iter().chain(samples::provisioning(&filled)) {
        tried.insert(call.operation());
        match operator.perform(&call).await {
            // A vault that no emulator fills is empty, and nothing was sent.
            Ok(receipt) if receipt.request_id.is_none() && matches!(call, Call::EmptyVault { .. }) => {
                refused.insert(call.operation().to_owned(), format!("{receipt:?}"));
            }
            Ok(receipt) => {
                assert!(receipt.request_id.is_some(), "{call:?} was answered without a request id");
                served.insert(call.operation().to_owned());
            }
            Err(error) => drop(refused.insert(call.operation().to_owned(), error.to_string())),
        }
    }
    assert_eq!(tried, Call::samples().iter().map(Call::operation).collect(), "every kind of call is tried");
    // A record that is there already is not made again; that one is changed is enough.
    refused.retain(|operation, _| !served.contains(operation));
    let operations: BTreeSet<String> = refused.keys().cloned().collect();
    assert_eq!(operations, listed("## Calls that no emulator serves"), "{refused:#?}");
}
