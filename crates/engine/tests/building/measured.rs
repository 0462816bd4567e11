//! How long making a deployment takes beside the longest way through what its stacks themselves take, by the words of their
//! own events. Numbers to be read, and nothing that is asserted: run it by name.

use std::collections::BTreeMap;
use std::time::Duration;

use lifeboat_model::facts::Facts;
use lifeboat_model::port::Observe;
use lifeboat_model::read::Read;
use lifeboat_model::time::age;

use crate::account::{Account, FIVE, outcome, told};

/// From the first event of a stack's execution to its last.
async fn own_time(account: &Account, id: &str) -> Duration {
    let stacks = account.stacks();
    let spec = stacks.stack(id).expect("it was planned");
    let read = Read::StackEvents { stack: spec.name.clone(), since: None };
    let Facts::StackEvents(events) = account.cloud.read(&spec.region, &read).await.expect("it answers") else {
        panic!("{id} has other facts")
    };
    let begun = events.iter().filter(|event| event.status == "CREATE_IN_PROGRESS").map(|event| event.at).min();
    let ended = events.iter().map(|event| event.at).max();
    age(ended.expect("it has events"), begun.expect("it was begun"))
}

#[tokio::test]
#[ignore = "a measurement, whose numbers go to docs/benchmarks.md"]
async fn makespan_over_the_critical_path() {
    println!(
        "| blueprint | stacks | one after the other | critical path | makespan | over it |\n|---|---|---|---|---|---|"
    );
    for name in FIVE {
        let account = Account::new("empty-account", name);
        let plan = account.planned(false).await;
        let state = account.run(plan, |_| None).await.expect("it runs");
        let entries = account.entries();
        assert!(outcome(&state).is_some(), "{}", told(&entries));
        let makespan = age(entries.last().expect("it ended").at, entries[0].at);
        let (mut ends, mut sum) = (BTreeMap::<String, Duration>::new(), Duration::ZERO);
        let stacks = account.stacks().stacks;
        for spec in &stacks {
            let own = own_time(&account, &spec.id).await;
            let begins = spec.after.iter().filter_map(|id| ends.get(id)).max().copied().unwrap_or_default();
            ends.insert(spec.id.clone(), begins + own);
            sum += own;
        }
        let critical = ends.into_values().max().expect("it has stacks");
        println!(
            "| `{name}` | {} | {:.0} s | {:.0} s | {:.0} s | {:.1} % |",
            stacks.len(),
            sum.as_secs_f64(),
            critical.as_secs_f64(),
            makespan.as_secs_f64(),
            (makespan.as_secs_f64() / critical.as_secs_f64() - 1.0) * 100.0
        );
    }
}
