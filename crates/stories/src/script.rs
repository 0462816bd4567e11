//! What is decided of a story before it begins, all of it by its seed: the architecture, what goes wrong around it,
//! what is wanted of it, and how its requests fare.

use lifeboat_model::time::Duration;
use lifeboat_model::topology::Blueprint;
use lifeboat_sim::{Scenario, scenario};

use crate::dice::Dice;

/// How requests fare beyond what the scenario says, each a chance in percent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weather {
    /// Refused as too many; nothing happened.
    pub(crate) throttled: u64,
    /// Done, and the answer lost.
    pub(crate) unanswered: u64,
    /// The connection broke before anything happened.
    pub(crate) torn: u64,
    /// The connection broke, and the request arrives a little later all the same.
    pub(crate) late: u64,
    /// A read is refused as too many.
    pub(crate) blinded: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Script {
    pub(crate) dice: Dice,
    pub(crate) blueprint: Blueprint,
    pub(crate) scenario: Scenario,
    /// As it was written.
    pub(crate) faults: String,
    /// A moment before anything went wrong.
    pub(crate) calm_at: Duration,
    /// When somebody sits down to plan.
    pub(crate) begins: Duration,
    /// Whether clients of the home region lose it.
    pub(crate) home_is_lost: bool,
    pub(crate) weather: Weather,
    /// Whether the deployment says how it is written to.
    pub(crate) has_canary: bool,
    /// How often the process may die.
    pub(crate) deaths: u64,
    /// How many runs follow one another.
    pub(crate) acts: u64,
}

/// When the first fault may begin, before anybody plans.
const LEAD_S: u64 = 240;

impl Script {
    /// Of a seed; `None` never, but that a scenario's text is read as any other's is.
    pub(crate) fn of(seed: u64) -> Option<Self> {
        let dice = Dice::new(seed);
        let begins = dice.on("begins").between_s(LEAD_S + 60, LEAD_S + 400);
        let (text, home_is_lost) = faults(dice.on("faults"), begins.as_secs());
        Some(Self {
            dice,
            blueprint: *dice.on("blueprint").pick(&Blueprint::ALL)?,
            scenario: scenario::parse("story.toml", &text).ok()?,
            faults: text,
            calm_at: begins.saturating_sub(Duration::from_secs(LEAD_S + 30)),
            begins,
            home_is_lost,
            weather: weather(dice.on("weather")),
            has_canary: !dice.on("canary").percent(10),
            deaths: if dice.on("deaths").percent(55) { 1 + dice.on("deaths").nth(1).below(4) } else { 0 },
            acts: if dice.on("acts").percent(25) { 2 } else { 1 },
        })
    }

    /// Whether a kind of fault is part of it, whenever.
    pub(crate) fn has(&self, fault: &str) -> bool {
        self.faults.contains(&format!("kind = \"{fault}\""))
    }

    /// A failover of a lost region in fair weather, with nobody in the way: what is timed.
    pub(crate) fn plain(seed: u64) -> Option<Self> {
        let dice = Dice::new(seed);
        let begins = Duration::from_mins(2);
        let lost = "name = \"plain\"\npurpose = \"The home region is lost.\"\n\n[[fault]]\nat = \"60s\"\n\
                    kind = \"region-loss\"\nregion = \"home\"\n";
        Some(Self {
            dice,
            blueprint: *dice.on("blueprint").pick(&Blueprint::ALL)?,
            scenario: scenario::parse("story.toml", lost).ok()?,
            faults: lost.to_owned(),
            calm_at: Duration::from_secs(30),
            begins,
            home_is_lost: true,
            weather: Weather::default(),
            has_canary: true,
            deaths: 0,
            acts: 1,
        })
    }
}

fn weather(dice: Dice) -> Weather {
    let kind = |name: &str, often: u64, up_to: u64| {
        let dice = dice.on(name);
        if dice.percent(often) { 3 + dice.nth(1).below(up_to) } else { 0 }
    };
    if dice.on("fair").percent(30) {
        return Weather::default();
    }
    Weather {
        throttled: kind("throttled", 40, 30),
        unanswered: kind("unanswered", 40, 40),
        torn: kind("torn", 30, 25),
        late: kind("late", 25, 25),
        blinded: kind("blinded", 25, 15),
    }
}

/// The text of a scenario, and whether it takes the home region away around the time when somebody plans.
fn faults(dice: Dice, begins_s: u64) -> (String, bool) {
    let mut text = vec!["name = \"story\"\npurpose = \"Whatever the seed says.\"\n".to_owned()];
    let mut home_is_lost = false;
    if dice.on("calm").percent(20) {
        return (text.concat(), false);
    }
    let at = |dice: Dice| begins_s.saturating_sub(LEAD_S) + dice.on("at").below(LEAD_S + 240);
    let mut add = |dice: Dice, kind: &str, fields: &str| {
        let at = at(dice);
        text.push(format!("\n[[fault]]\nat = \"{at}s\"\nkind = \"{kind}\"\n{fields}"));
        if dice.on("ends").percent(65) {
            text.push(format!("for = \"{}s\"\n", 30 + dice.on("for").below(2400)));
        }
    };
    let own = |name: &str| dice.on(name);
    if own("loss").percent(40) {
        home_is_lost = true;
        add(own("loss"), "region-loss", "region = \"home\"\n");
    }
    if own("standby").percent(6) {
        add(own("standby"), "region-loss", "region = \"partner\"\n");
    }
    if own("partition").percent(8) {
        add(own("partition"), "partition", "");
    }
    if own("fencing").percent(6) {
        add(own("fencing"), "fencing-fails", "");
    }
    if own("slow").percent(15) {
        let factor = 2 + own("slow").nth(1).below(20);
        add(own("slow"), "slow-promotion", &format!("factor = {factor}.0\n"));
    }
    if own("lag").percent(12) {
        let store = own("lag").nth(1).pick(&["aurora", "dynamodb", "s3"]).copied().unwrap_or("s3");
        let factor = 2 + own("lag").nth(2).below(300);
        add(own("lag"), "slow-replication", &format!("stores = [\"{store}\"]\nfactor = {factor}.0\n"));
    }
    if own("outage").percent(12) {
        let services = ["route53", "rds", "lambda", "autoscaling", "cloudwatch", "global-accelerator", "sns"];
        let service = own("outage").nth(1).pick(&services).copied().unwrap_or("rds");
        add(own("outage"), "control-plane-outage", &format!("services = [\"{service}\"]\n"));
    }
    if own("throttling").percent(10) {
        add(own("throttling"), "throttling", "chance = 0.3\n");
    }
    if own("replies").percent(15) {
        add(own("replies"), "lost-reply", "chance = 0.6\n");
    }
    if own("credentials").percent(3) {
        add(own("credentials"), "credential-expiry", "");
    }
    if own("gray").percent(8) {
        add(own("gray"), "gray-failure", "region = \"home\"\nshare = 0.4\n");
    }
    if own("stuck").percent(6) {
        add(own("stuck"), "stuck-dns", "vantages = [\"ap-northeast-1\"]\n");
    }
    if own("drift").percent(5) {
        add(own("drift"), "drift", "region = \"partner\"\nwhat = [\"capacity\", \"replication-rule\"]\n");
    }
    (text.concat(), home_is_lost)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_seed_is_a_story() {
        let mut blueprints = BTreeSet::new();
        for seed in 0..500 {
            let script = Script::of(seed).expect("its scenario is one");
            blueprints.insert(script.blueprint);
        }
        assert_eq!(blueprints.len(), Blueprint::ALL.len());
    }
}
