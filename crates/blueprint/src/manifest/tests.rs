//! Manifests read and refused, and the schema beside the reader.

use jsonschema::Validator;
use serde_json::Value as Json;

use super::*;
use crate::blueprint::{builtin_files, builtin_names};

const SMALLEST: &str = r#"
format = 1
name = "queue"
title = "Queue"
purpose = "A table in two regions."

[objectives]
rto = "1h 30m"

[regions.home]
parameter = "PrimaryRegion"
default = "us-east-1"
environment = ["PRIMARY_REGION"]
[regions.partner]
parameter = "SecondaryRegion"
default = "us-west-2"

[tags]
Environment = "{EnvironmentSuffix}"

[parameters.EnvironmentSuffix]
type = "string"
default = "dev"
pattern = "^[a-z0-9]+$"
max_length = 15
about = "Ends every name."

[parameters.Capacity]
type = "integer"
default = 2
min = 1
max = 8
allowed = [1, 2, 4, 8]
about = "How many."

[parameters.Alarms]
type = "boolean"
default = true
about = "Whether."

[parameters.Certificate]
type = "certificate"
default = ""
region = "home"
about = "Which."

[[check]]
kind = "regions-differ"
[[check]]
kind = "zones"
count = 2
regions = ["home", "partner"]
[[check]]
kind = "name-length"
name = "queue-{EnvironmentSuffix}"
of = "S3 bucket"
max = 63
[[check]]
kind = "together"
parameters = ["Certificate", "Alarms"]
why = "so it is"

[[stack]]
id = "table"
name = "queue-{EnvironmentSuffix}-table"
template = "table.yaml"
region = "us-east-1"
capabilities = []

[[stack]]
id = "reader"
name = "queue-{EnvironmentSuffix}-reader"
template = "reader.yaml"
region = "partner"
capabilities = ["CAPABILITY_NAMED_IAM"]
after_steps = ["key"]
only_if = "Alarms"
[stack.inputs]
TableName = "{table.TableName}"
KeyArn = "{table.KeyArn?}"

[[step]]
id = "key"
kind = "managed-key"
when = "create"
region = "home"
alias = "alias/aws/rds"

[[step]]
id = "token"
kind = "secure-parameter"
when = "create"
regions = ["home", "partner"]
name = "/queue/{EnvironmentSuffix}/token"
length = 40

[[step]]
id = "empty"
kind = "empty-bucket"
when = "delete"
before = ["table"]
region = "home"
bucket = "queue-{EnvironmentSuffix}"
stop_replication = true

[teardown]
leftovers = [{ kind = "log-group", region = "both", name = "/queue/{EnvironmentSuffix}" }]

[[refusal]]
stack = "table"
resource = "Table"
says = "Replica cannot be deleted"
because = "it was made today"
retry = "30m"

[[expected_drift]]
stack = "table"
resource = "Table"
paths = ["/Replicas"]
because = "a run changes them"

[outputs]
files = ["flat-outputs.json"]
[outputs.keys]
tableName = "{table.TableName}"
zones = ["{table.Zone}", "{table.Others[]}"]
[outputs.environment]
tableName = "TABLE_NAME"

[deployment]
dynamodb = { tables = ["{table.TableName}"] }

[[deployment_if]]
parameter = "Alarms"
alarms = { prefixes = ["queue-{EnvironmentSuffix}-"] }

[modules]
stores = ["table.Table"]

[counts]
home = 1
partner = 1
global = 0
total = 2
home_stacks = ["table"]
partner_stacks = ["reader"]
global_stacks = []
also = []
without = []

[[cost]]
what = "Tables"
usd_month_from = 1
usd_month_to = 2.5
"#;

fn validator() -> Validator {
    let schema: Json = serde_json::from_str(include_str!("../../../../blueprints/manifest.schema.json")).unwrap();
    jsonschema::options().should_validate_formats(true).build(&schema).unwrap()
}

fn as_json(text: &str) -> Json {
    serde_json::to_value(text.parse::<::toml::Table>().unwrap()).unwrap()
}

fn told(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_manifest_is_read_whole() {
    let manifest = Manifest::read(SMALLEST).unwrap_or_else(|mistakes| panic!("{}", told(&mistakes)));
    assert_eq!(manifest.name, "queue");
    assert_eq!(manifest.objectives, [("rto".to_owned(), "1h 30m".to_owned())]);
    assert_eq!(manifest.stack("table").unwrap().region, Place::Fixed(Region::from("us-east-1")));
    assert_eq!(manifest.stack("reader").unwrap().region, Place::Side(Side::Partner));
    let reader = manifest.stack("reader").unwrap();
    assert_eq!(manifest.waits_for(reader).into_iter().collect::<Vec<_>>(), ["key", "table"]);
    assert_eq!(manifest.refusals[0].retry, Duration::from_mins(30));
    assert_eq!(manifest.parameter("Alarms").unwrap().default, "true");
    assert_eq!(manifest.parameter("Capacity").unwrap().allowed, ["1", "2", "4", "8"]);
    assert_eq!(manifest.module("table", "Table"), Some("stores"));
    assert!((manifest.costs[0].usd_month_to - 2.5).abs() < f64::EPSILON);
}

/// What is replaced in the smallest manifest, and what the mistake says.
const REFUSED_BY_BOTH: &[(&str, &str, &str)] = &[
    ("format = 1\n", "format = 2\n", "format = 1"),
    ("format = 1\n", "", "add format = 1"),
    ("name = \"queue\"", "name = \"Queue\"", "lower-case"),
    ("title = \"Queue\"", "titel = \"Queue\"", "did you mean `title`?"),
    ("purpose = \"A table in two regions.\"", "purpose = \"\"", "`purpose`"),
    ("purpose = \"A table in two regions.\"", "purpose = 1", "is not text"),
    ("rto = \"1h 30m\"", "rto = \"soon\"", "a length of time"),
    ("rto = \"1h 30m\"", "rtt = \"1h\"", "did you mean `rto`?"),
    ("default = \"us-east-1\"", "default = \"moon\"", "region"),
    ("environment = [\"PRIMARY_REGION\"]", "environment = \"PRIMARY_REGION\"", "is not a list"),
    ("[regions.partner]\nparameter = \"SecondaryRegion\"\ndefault = \"us-west-2\"\n", "", "lacks `partner`"),
    ("Environment = \"{EnvironmentSuffix}\"", "Environment = 1", "is not text"),
    ("type = \"string\"", "type = \"text\"", "there is no type `text`"),
    ("default = \"dev\"", "default = 1", "is not text"),
    ("pattern = \"^[a-z0-9]+$\"", "pattern = \"(\"", "no pattern"),
    ("max_length = 15", "max_length = 0", "1 or more"),
    ("about = \"Ends every name.\"\n", "", "lacks `about`"),
    ("[parameters.Capacity]", "[parameters.Ca-pacity]", "no name of a parameter"),
    ("default = 2\n", "default = \"2\"\n", "is not a whole number"),
    ("allowed = [1, 2, 4, 8]", "allowed = []", "is not a list of different"),
    ("allowed = [1, 2, 4, 8]", "allowed = [2, 2]", "is not a list of different"),
    ("default = true", "default = \"true\"", "is not true or false"),
    ("default = \"\"\nregion = \"home\"", "default = \"\"", "lacks `region`"),
    ("kind = \"regions-differ\"", "kind = \"regions-difer\"", "did you mean `regions-differ`?"),
    ("kind = \"regions-differ\"", "kind = \"regions-differ\"\nparameter = \"Alarms\"", "has no `parameter`"),
    ("count = 2\n", "count = 0\n", "1 or more"),
    ("regions = [\"home\", \"partner\"]\n[[check]]", "regions = []\n[[check]]", "write home, partner or both"),
    ("regions = [\"home\", \"partner\"]\n[[check]]", "regions = [\"here\"]\n[[check]]", "there is no region `here`"),
    ("max = 63\n", "", "lacks `max`"),
    ("parameters = [\"Certificate\", \"Alarms\"]", "parameters = [\"Alarms\"]", "two parameters or more"),
    ("id = \"table\"\n", "", "lacks `id`"),
    ("id = \"table\"\n", "id = \"a table\"\n", "is not a name"),
    ("template = \"table.yaml\"", "template = \"../table.yaml\"", "a template's file"),
    ("region = \"us-east-1\"\ncapabilities", "region = \"moon\"\ncapabilities", "write home, partner"),
    ("capabilities = []\n", "", "lacks `capabilities`"),
    ("[\"CAPABILITY_NAMED_IAM\"]", "[\"CAPABILITY_ALL\"]", "there is no capability"),
    ("after_steps = [\"key\"]", "after_step = [\"key\"]", "did you mean `after_steps`?"),
    ("after_steps = [\"key\"]", "after_steps = [\"key\", \"key\"]", "twice"),
    ("TableName = \"{table.TableName}\"\nKeyArn", "TableName = 1\nKeyArn", "is not text"),
    ("kind = \"managed-key\"", "kind = \"manage-key\"", "did you mean `managed-key`?"),
    ("when = \"create\"\nregion", "when = \"delete\"\nregion", "no step of that time"),
    ("alias = \"alias/aws/rds\"", "alias = \"alias/mine\"", "an alias of AWS's own"),
    ("alias = \"alias/aws/rds\"", "bucket = \"x\"", "has no `bucket`"),
    ("name = \"/queue/{EnvironmentSuffix}/token\"", "name = \"token\"", "begin it with /"),
    ("length = 40", "length = 8", "16 or more"),
    ("length = 40", "length = 1024", "more than 512"),
    ("stop_replication = true", "stop_replication = \"yes\"", "is not true or false"),
    ("kind = \"log-group\"", "kind = \"log\"", "there is no kind `log`"),
    ("region = \"both\"", "region = \"us-east-1\"", "there is no region"),
    ("retry = \"30m\"", "retry = \"30\"", "a length of time"),
    ("says = \"Replica cannot be deleted\"\n", "", "lacks `says`"),
    ("paths = [\"/Replicas\"]", "paths = [\"Replicas\"]", "are no paths"),
    ("paths = [\"/Replicas\"]", "paths = []", "are no paths"),
    ("files = [\"flat-outputs.json\"]\n", "", "lacks `files`"),
    ("tableName = \"TABLE_NAME\"", "tableName = \"table\"", "the name of a variable"),
    ("zones = [\"{table.Zone}\", \"{table.Others[]}\"]", "zones = [1]", "is not text"),
    ("[deployment]\ndynamodb = { tables = [\"{table.TableName}\"] }\n", "", "lacks `deployment`"),
    ("parameter = \"Alarms\"\nalarms", "alarms", "lacks `parameter`"),
    ("stores = [\"table.Table\"]", "stores = [\"Table\"]", "no resource of a stack"),
    ("stores = [\"table.Table\"]", "stores = [\"table.Table\", \"table.Table\"]", "twice"),
    ("without = []\n", "", "lacks `without`"),
    ("home = 1\n", "home = -1\n", "0 or more"),
    ("usd_month_to = 2.5", "usd_month = 2.5", "has not one amount"),
    ("usd_month_from = 1\n", "usd_month_from = -1\n", "a number from 0"),
    ("[[cost]]", "[[costs]]", "did you mean `cost`?"),
];

#[test]
fn the_schema_and_the_reader_refuse_the_same() {
    let validator = validator();
    assert!(validator.is_valid(&as_json(SMALLEST)));
    for (from, to, says) in REFUSED_BY_BOTH {
        assert!(SMALLEST.contains(from), "{from:?}");
        let text = SMALLEST.replacen(from, to, 1);
        let mistakes = Manifest::read(&text).expect_err(to);
        assert!(told(&mistakes).contains(says), "{to:?}: {}", told(&mistakes));
        assert!(mistakes.iter().all(|mistake| mistake.line > 0 && !mistake.fix.is_empty()), "{mistakes:?}");
        assert!(!validator.is_valid(&as_json(&text)), "the schema takes {to:?}");
    }
}

#[test]
fn the_schema_and_the_reader_take_the_same() {
    let validator = validator();
    for (from, to) in [
        ("purpose = ", "protected = true\nnotes = [\"One.\"]\npurpose = "),
        ("retry = \"30m\"", "retry = \"1h30m\""),
        ("usd_month_from = 1\nusd_month_to = 2.5", "usd_month = 3"),
        ("region = \"us-east-1\"\ncapabilities", "region = \"us-gov-west-1\"\ncapabilities"),
        ("kind = \"log-group\", region = \"both\"", "kind = \"kms-key\", region = \"home\""),
        ("[modules]\nstores = [\"table.Table\"]\n", ""),
        ("[[cost]]\nwhat = \"Tables\"\nusd_month_from = 1\nusd_month_to = 2.5\n", ""),
    ] {
        assert!(SMALLEST.contains(from), "{from:?}");
        let text = SMALLEST.replacen(from, to, 1);
        Manifest::read(&text).unwrap_or_else(|mistakes| panic!("{to:?}: {}", told(&mistakes)));
        assert!(validator.is_valid(&as_json(&text)), "the schema refuses {to:?}");
    }
    for name in builtin_names() {
        let (_, text) = builtin_files(name).iter().find(|(file, _)| *file == MANIFEST_FILE).unwrap();
        let errors: Vec<String> = validator.iter_errors(&as_json(text)).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
    }
}

#[test]
fn what_is_named_must_be_there() {
    for (from, to, says) in [
        (
            "Environment = \"{EnvironmentSuffix}\"",
            "Environment = \"{EnvironmentSufix}\"",
            "did you mean `EnvironmentSuffix`?",
        ),
        (
            "TableName = \"{table.TableName}\"\nKeyArn",
            "TableName = \"{tabel.TableName}\"\nKeyArn",
            "did you mean `table`?",
        ),
        ("after_steps = [\"key\"]", "after_steps = [\"keys\"]", "did you mean `key`?"),
        ("after_steps = [\"key\"]", "after_steps = [\"empty\"]", "when stacks are created"),
        ("only_if = \"Alarms\"", "only_if = \"Alarm\"", "did you mean `Alarms`?"),
        ("before = [\"table\"]", "before = [\"tables\"]", "did you mean `table`?"),
        ("id = \"reader\"", "id = \"table\"", "there are two `table`"),
        ("[parameters.Alarms]", "[parameters.PrimaryRegion]", "a region's parameter and another"),
        ("name = \"queue-{EnvironmentSuffix}-table\"", "name = \"queue-{reader.X}\"", "before anything is made"),
        ("name = \"queue-{EnvironmentSuffix}-table\"", "name = \"queue-{EnvironmentSuffix\"", "does not close it"),
        ("name = \"queue-{EnvironmentSuffix}-table\"", "name = \"queue-{a b}\"", "no value in braces"),
        ("default = 2\n", "default = 3\n", "not among `allowed`"),
        ("default = \"dev\"", "default = \"DEV\"", "does not fit `pattern`"),
        ("home_stacks = [\"table\"]", "home_stacks = []", "names stack `table` nowhere"),
        ("total = 2", "total = 3", "not the sum"),
        ("tableName = \"TABLE_NAME\"", "table_name = \"TABLE_NAME\"", "which is no key"),
        ("KeyArn = \"{table.KeyArn?}\"", "KeyArn = \"x{table.KeyArns[]}\"", "let the list stand alone"),
        ("capabilities = []\n", "capabilities = []\nafter = [\"reader\"]\n", "wait for each other: table, reader"),
    ] {
        assert!(SMALLEST.contains(from), "{from:?}");
        let text = SMALLEST.replacen(from, to, 1);
        let mistakes = Manifest::read(&text).expect_err(to);
        assert!(told(&mistakes).contains(says), "{to:?}: {}", told(&mistakes));
    }
}

#[test]
fn every_mistake_is_told_at_once_with_its_line() {
    let text = SMALLEST
        .replacen("title = \"Queue\"", "titel = \"Queue\"", 1)
        .replacen("max_length = 15", "max_length = 0", 1)
        .replacen("retry = \"30m\"", "retry = \"never\"", 1);
    let mistakes = Manifest::read(&text).unwrap_err();
    let line_of = |needle: &str| 1 + text.lines().position(|line| line.contains(needle)).unwrap();
    let lines: Vec<usize> = mistakes.iter().map(|mistake| mistake.line).collect();
    for needle in ["titel", "max_length = 0", "never"] {
        assert!(lines.contains(&line_of(needle)), "{needle}: {}", told(&mistakes));
    }
    assert!(lines.is_sorted());
    let syntax = Manifest::read("format = 1\nname = \n").unwrap_err();
    assert_eq!((syntax.len(), syntax[0].line), (1, 2));
}

#[test]
fn words_in_braces_are_told_apart() {
    let words = |text: &str| Braced::read(text, 1).map(|braced| braced.words().cloned().collect::<Vec<_>>());
    let output = |stack: &str, key: &str, optional, list| Word::Output {
        stack: stack.to_owned(),
        key: key.to_owned(),
        optional,
        list,
    };
    assert_eq!(words("{home}-{partner}-{deployment}"), Ok(vec![Word::Home, Word::Partner, Word::Deployment]));
    assert_eq!(
        words("{a-b.Key}{a.Key?}{a.Key[]}"),
        Ok(vec![output("a-b", "Key", false, false), output("a", "Key", true, false), output("a", "Key", false, true)])
    );
    assert_eq!(words("{step.end-point?}"), Ok(vec![Word::Step { id: "end-point".to_owned(), optional: true }]));
    assert_eq!(words("{Name}"), Ok(vec![Word::Parameter("Name".to_owned())]));
    assert_eq!(words("plain }"), Ok(vec![]));
    for bad in ["{", "{}", "{a b}", "{a.b.c}", "{A.Key}", "{home?}", "{Name[]}", "{1x}"] {
        assert!(words(bad).is_err(), "{bad}");
    }
    for text in ["{home}", "{a.Key?}", "{a.Key[]}", "{step.x?}", "{Name}"] {
        assert_eq!(words(text).unwrap()[0].to_string(), text);
    }
}
