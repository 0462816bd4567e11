//! Forms told as lines: each field asked for in words, each mistake told at once, and a way out of each.

use lifeboat_model::time::Timestamp;
use lifeboat_tui::drafting::Choice;
use lifeboat_tui::linear::{self, Marks, Place};
use lifeboat_tui::{Effect, Model, Msg, update};

use super::hands::{model, model_in, said};
use super::worlds::{self, State, estates};

/// The worst loss may be of a store without an objective, while another one misses its own.
#[test]
fn what_is_over_is_named_and_what_has_no_objective_carries_no_tick() {
    let mut model = model();
    let assessment = &mut model.fleet[0].assessment;
    let (worst, other) = (assessment.stores[1].clone(), assessment.stores[0].kind);
    assessment.forecast.rpo.clone_from(&worst.at_risk);
    assessment.forecast.rpo_store = Some((worst.kind, worst.name.clone()));
    assessment.forecast.rpo_met = Some(true);
    (assessment.stores[1].rpo_target, assessment.stores[1].within_rpo) = (None, None);
    let row = |model: &mut Model| {
        let _ = update(model, Msg::Key("6".parse().unwrap()));
        let text = lifeboat_tui::view_text(model);
        text.lines().find(|line| line.contains("payments-aurora") && line.contains("us-east-1")).unwrap().to_owned()
    };
    let shown = row(&mut model);
    assert!(shown.contains("12.1 s") && !shown.contains("✔ 12.1 s"), "{shown}");
    let assessment = &mut model.fleet[0].assessment;
    assessment.forecast.rpo_met = Some(false);
    assessment.stores[0].within_rpo = Some(false);
    assert!(row(&mut model).contains("✖ 12.1 s"));
    let told = linear::news(&mut Marks::default(), &model).join("\n");
    assert!(told.contains(&format!("OVER ITS RPO: {}", other.as_str())), "{told}");
}

/// Somebody who reads lines, and what was told so far.
struct Reader {
    model: Model,
    marks: Marks,
    place: Option<Place>,
    told: Vec<String>,
    effects: Vec<Effect>,
}

impl Reader {
    fn new(model: Model) -> Self {
        let mut reader = Self { model, marks: Marks::default(), place: None, told: Vec::new(), effects: Vec::new() };
        reader.listen();
        reader
    }

    /// As the session does.
    fn listen(&mut self) {
        self.told.extend(linear::news(&mut self.marks, &self.model));
        let place = Place::of(&self.model);
        if self.place.as_ref() != Some(&place) {
            self.told.extend(linear::screen(&self.model));
            self.place = Some(place);
        }
    }

    fn happen(&mut self, msg: Msg) {
        let effects = update(&mut self.model, msg);
        for effect in effects {
            if let Effect::Draft { choice } = &effect {
                let draft = estates::draft(choice);
                let _ = update(&mut self.model, Msg::Drafted { of: choice.clone(), outcome: Ok(Box::new(draft)) });
            }
            self.effects.push(effect);
        }
    }

    /// Types a line; gives what is told because of it.
    fn say(&mut self, line: &str) -> String {
        self.told.clear();
        self.effects.clear();
        let heard = linear::hear(&self.model, line);
        self.told.extend(heard.say);
        self.marks.heard();
        if heard.again {
            self.place = None;
        }
        for msg in heard.msgs {
            self.happen(msg);
        }
        self.listen();
        self.told.join("\n")
    }
}

/// In the form of a blueprint, judged.
fn filling() -> Reader {
    let mut reader = Reader::new(model());
    reader.say("b");
    reader.happen(Msg::Blueprints(estates::offers()));
    reader.listen();
    assert!(reader.told.iter().any(|line| line.starts_with("  1. payments-aurora")), "{:?}", reader.told);
    let told = reader.say("1");
    assert!(told.contains("Field 1 of 7, name: payments-aurora, as usual"), "{told}");
    assert!(told.contains("`esc` leaves without"), "{told}");
    reader
}

fn choice(reader: &Reader) -> Choice {
    match reader
        .effects
        .iter()
        .rev()
        .find_map(|effect| if let Effect::Draft { choice } = effect { Some(choice) } else { None })
    {
        Some(choice) => choice.clone(),
        None => panic!("{:?}", reader.effects),
    }
}

#[test]
fn a_form_is_filled_in_line_by_line() {
    let mut reader = filling();
    let told = reader.say("shop-two");
    assert!(told.contains("name is shop-two") && told.contains("Field 2 of 7, PrimaryRegion"), "{told}");
    assert_eq!(choice(&reader).name.as_deref(), Some("shop-two"));
    // What stands is not told again with each field.
    assert!(!told.contains("A line that you type is the value"), "{told}");
    let told = reader.say("next");
    assert!(told.contains("Field 3 of 7") && reader.effects.is_empty(), "{told}");
    let told = reader.say("back");
    assert!(told.contains("Field 2 of 7"), "{told}");
    reader.say("field Monitoring");
    let told = reader.say("maybe");
    assert!(told.contains("Monitoring is on or off") && reader.effects.is_empty(), "{told}");
    reader.say("on");
    assert_eq!(choice(&reader).values.get("Monitoring").map(String::as_str), Some("true"));
    let told = reader.say("8");
    assert!(told.contains("is one of") && reader.effects.is_empty(), "{told}");
    let told = reader.say("30");
    assert!(told.contains("that was the last field"), "{told}");
    assert_eq!(choice(&reader).values.get("LogRetentionDays").map(String::as_str), Some("30"));
    let told = reader.say("fields");
    assert!(told.contains("1. name: shop-two, chosen") && told.contains("6. Monitoring: on, chosen"), "{told}");
    reader.say("field 1");
    reader.say("usual");
    assert_eq!(choice(&reader).name, None);
    reader.say("plan");
    assert!(matches!(reader.effects.as_slice(), [Effect::Propose { .. }]), "{:?}", reader.effects);
}

#[test]
fn each_mistake_is_told_at_once_and_when_it_is_mended() {
    let mut reader = filling();
    reader.say("field EnvironmentSuffix");
    let told = reader.say("Prod!");
    assert!(told.contains("! mistake in EnvironmentSuffix: `Prod!`") && told.contains("one to fifteen"), "{told}");
    let told = reader.say("plan");
    assert!(told.contains("! mistake in EnvironmentSuffix") && told.contains("1 mistake in what you chose"), "{told}");
    assert!(reader.effects.iter().all(|effect| !matches!(effect, Effect::Propose { .. })));
    reader.say("field EnvironmentSuffix");
    let told = reader.say("prod");
    assert!(told.contains("Nothing is wrong with it"), "{told}");
    assert_eq!(choice(&reader).values.get("EnvironmentSuffix").map(String::as_str), Some("prod"));
}

#[test]
fn the_words_that_lead_on_can_be_values_too() {
    let mut reader = filling();
    reader.say("=next");
    assert_eq!(choice(&reader).name.as_deref(), Some("next"));
    reader.say("field ParentDomain");
    reader.say("shop.example.com");
    reader.say("field ParentDomain");
    reader.say("=");
    assert_eq!(choice(&reader).values.get("ParentDomain"), None, "none, as it usually is");
}

#[test]
fn there_is_a_way_out_and_a_line_too_long_is_not_half_taken() {
    let mut reader = filling();
    let told = reader.say(&"x".repeat(300));
    assert!(told.contains("nothing of this one was taken") && reader.effects.is_empty(), "{told}");
    let told = reader.say("field nowhere");
    assert!(told.contains("there is no field `nowhere`"), "{told}");
    reader.say("esc");
    reader.say("esc");
    assert!(reader.model.dialogs.is_empty(), "{:?}", reader.model.dialogs);
}

#[test]
fn no_number_beyond_the_list_chooses_anything() {
    let mut reader = Reader::new(model());
    reader.say("b");
    reader.happen(Msg::Blueprints(estates::offers()));
    for number in ["0", "99"] {
        let told = reader.say(number);
        assert!(told.contains("nothing was chosen") && reader.effects.is_empty(), "{told}");
    }
}

#[test]
fn an_incident_and_a_note_are_asked_for_in_words() {
    let mut reader = Reader::new(model());
    let told = reader.say("show-incident");
    assert!(told.contains("When did it begin?") && told.contains("`esc` leaves without"), "{told}");
    let told = reader.say("in a while");
    assert!(
        reader.effects.is_empty() && !said(&reader.model).is_empty(),
        "{told} {:?} {:?}",
        reader.effects,
        reader.model.dialogs
    );
    let told = reader.say("-12m");
    assert!(told.contains("It began 12m") && told.contains("What is known of it"), "{told}");
    reader.say("writes fail");
    let [Effect::DeclareIncident { began_at, text, .. }] = reader.effects.as_slice() else {
        panic!("{:?}", reader.effects)
    };
    let wanted: Timestamp = super::worlds::ago(720);
    assert_eq!((*began_at, text.as_str()), (wanted, "writes fail"));
    let told = reader.say("write-note");
    assert!(told.contains("A note for the journal"), "{told}");
    reader.say("esc");
    assert!(reader.model.dialogs.is_empty());
}

#[test]
fn the_first_question_tells_what_is_special_here_and_the_second_what_everything_does() {
    let mut reader = Reader::new(model());
    reader.say("8");
    let told = reader.say("?");
    assert!(told.contains("  answer (a): What can be said to the run now"), "{told}");
    assert!(told.contains("show-alarms (4)") && !told.contains("Alarms of both regions"), "{told}");
    assert!(told.lines().count() < 30, "{told}");
    let more = reader.say("? all");
    assert!(more.contains("  show-alarms (4): Alarms of both regions"), "{more}");
    assert!(!more.contains("What can be said to the run now"), "{more}");
}

#[test]
fn whether_one_could_fail_over_is_told_when_it_changes_and_not_again() {
    let mut reader = Reader::new(model());
    let of = |told: &[String]| told.iter().filter(|line| line.contains("to fail over")).cloned().collect::<Vec<_>>();
    let first = of(&reader.told);
    assert!(matches!(first.as_slice(), [line] if line.contains("is READY to fail over; lose up to")), "{first:?}");
    reader.told.clear();
    reader.listen();
    assert_eq!(of(&reader.told), Vec::<String>::new());
    let failing = model_in(State::Failing);
    reader.model.fleet[0].assessment = failing.fleet[0].assessment.clone();
    reader.listen();
    let then = of(&reader.told);
    assert!(matches!(then.as_slice(), [line] if line.contains("NOT READY to fail over, 2 blockers")), "{then:?}");
    // Of another deployment it is told as well, and of what was never read nothing.
    let unread = Reader::new(model_in(State::Empty));
    assert_eq!(of(&unread.told), Vec::<String>::new());
}

#[test]
fn what_was_not_read_is_no_first_telling() {
    assert!(!linear::is_read(&model_in(State::Empty)));
    assert!(linear::is_read(&model()));
    // That nothing answers is something to tell.
    assert!(linear::is_read(&model_in(State::RegionLoss)));
    let mut empty = worlds::live(State::Empty);
    empty.fleet.clear();
    assert!(linear::is_read(&empty));
}
