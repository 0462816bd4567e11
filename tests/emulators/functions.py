"""Runs the inline code of every function in the blueprints against clients of AWS that keep what is written in memory,
and asks it what clients, checkers and alarms would. Prints which were asked, as JSON; what is wrong ends it.

Usage: functions.py FOLDER-OF-BLUEPRINTS NODE
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import types

import yaml

STORE = {}
CALLS = []


class Template(yaml.SafeLoader):
    """YAML in which CloudFormation's short tags stand for one-key maps."""


def tagged(loader, name, node):
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}


Template.add_multi_constructor("!", tagged)


class Table:
    def put_item(self, Item):
        STORE[next(value for key, value in Item.items() if key.endswith("_id"))] = Item

    def get_item(self, Key, ConsistentRead):
        assert ConsistentRead, "a canary is looked for where it was written"
        found = STORE.get(next(iter(Key.values())))
        return {"Item": found} if found else {}


ANSWERS = {
    "get_health_check_status": {
        "HealthCheckObservations": [
            {"StatusReport": {"Status": "Failure: timed out"}},
            {"StatusReport": {"Status": "Success: HTTP Status Code 200, OK"}},
        ]
    },
    "test_dns_answer": {"RecordData": ["192.0.2.1"], "ResponseCode": "NOERROR"},
    "describe_auto_scaling_groups": {"AutoScalingGroups": [{"DesiredCapacity": 2, "MaxSize": 8}]},
}


class Client:
    def __init__(self, service):
        self.service = service

    def __getattr__(self, operation):
        def call(**arguments):
            CALLS.append((operation, arguments))
            return ANSWERS.get(operation, {})

        return call


def pretend():
    boto3 = types.ModuleType("boto3")
    boto3.resource = lambda *_, **__: types.SimpleNamespace(Table=lambda _: Table())
    boto3.client = lambda service, **_: Client(service)
    config = types.ModuleType("botocore.config")
    config.Config = lambda **_: None
    sys.modules |= {"boto3": boto3, "botocore": types.ModuleType("botocore"), "botocore.config": config}


def loaded(properties, **settings):
    """The module that the code is, with its variables; what only a stack can tell is made up."""
    STORE.clear()
    CALLS.clear()
    variables = properties["Environment"]["Variables"]
    os.environ.update({name: value if isinstance(value, str) else "told-by-a-stack" for name, value in variables.items()})
    os.environ.update({"AWS_REGION": "us-east-1"} | settings)
    module = types.ModuleType("index")
    exec(compile(properties["Code"]["ZipFile"], "index.py", "exec"), module.__dict__)
    return module


def expect(code, answer):
    assert answer["statusCode"] == code, (code, answer)


def payments(properties):
    def ask(**event):
        return module.handler(event, None)

    module = loaded(properties)
    expect(200, ask(httpMethod="GET", queryStringParameters=None))
    expect(201, ask(httpMethod="POST", body='{"canary": "n1"}'))
    expect(200, ask(httpMethod="GET", queryStringParameters={"canary": "n1"}))
    expect(404, ask(httpMethod="GET", queryStringParameters={"canary": "n2"}))
    expect(201, ask(httpMethod="POST", body='{"amount": 5.5, "currency": "EUR"}'))
    for body in ("{", "[]", '{"amount": 0, "currency": "EUR"}', '{"amount": "NaN", "currency": "EUR"}', '{"amount": 5, "currency": "eur"}'):
        expect(400, ask(httpMethod="POST", body=body))


def events(properties):
    def ask(**event):
        return module.handler({"requestContext": {"elb": {}}, **event}, None)

    module = loaded(properties)
    expect(200, ask(httpMethod="GET", path="/health"))
    expect(201, ask(httpMethod="POST", path="/canary", body='{"canary": "n1"}'))
    expect(200, ask(httpMethod="GET", path="/canary/n1"))
    expect(404, ask(httpMethod="GET", path="/canary/n2"))
    expect(400, ask(httpMethod="POST", path="/canary", body="{"))
    assert module.handler({"id": "e1", "detail-type": "x"}, None) is None
    assert "event#e1" in STORE, "what happens is kept"


def alarm(name, state):
    return {"Sns": {"Message": json.dumps({"AlarmName": name, "NewStateValue": state})}}


def failover(properties):
    settings = {"CAPACITY": "4", "ALARM_NAME": "ours", "SNS_TOPIC_ARN": "arn:aws:sns:us-east-1:1:t"}
    module = loaded(properties, **settings, AUTOMATIC_PROMOTION="false")
    module.handler({"Records": [alarm("another", "ALARM"), alarm("ours", "OK"), {"Sns": {"Message": "x"}}, {}]}, None)
    assert not CALLS, "nothing but its own alarm moves it"
    module.handler({"Records": [alarm("ours", "ALARM")]}, None)
    asked = [operation for operation, _ in CALLS]
    assert "failover_global_cluster" not in asked, "a promotion that loses data waits for a person"
    assert asked[-1] == "publish", asked
    capacity = next(arguments for operation, arguments in CALLS if operation == "set_desired_capacity")
    assert capacity["DesiredCapacity"] == 4, capacity
    # Of 16 checkers: Route 53 itself calls what more than 18 % of them reach healthy.
    for failing, promotes in ((0, False), (8, False), (13, False), (14, True), (16, True)):
        states = ["Failure: timed out"] * failing + ["Success: HTTP Status Code 200, OK"] * (16 - failing)
        assert promoted(properties, settings, states) == promotes, failing
    assert not promoted(properties, settings, []), "a check that nobody told of yet says nothing"
    assert not promoted(properties, settings, None), "who cannot be asked says nothing"


def promoted(properties, settings, states):
    """Whether the standby is promoted, by the word of checkers; with none at all, Route 53 does not answer."""
    module = loaded(properties, **settings, AUTOMATIC_PROMOTION="true")
    seen = [{"StatusReport": {"Status": state}} for state in states or []]
    usual = ANSWERS["get_health_check_status"]
    ANSWERS["get_health_check_status"] = {} if states is None else {"HealthCheckObservations": seen}
    module.handler({"Records": [alarm("ours", "ALARM")]}, None)
    ANSWERS["get_health_check_status"] = usual
    return "failover_global_cluster" in [operation for operation, _ in CALLS]


PRETENDED = {
    "client-dynamodb": """
        const kept = {};
        exports.DynamoDBClient = class { async send(command) { return command(); } };
        exports.PutItemCommand = function (input) { return () => { kept[Object.values(input.Item)[0].S] = input.Item; return {}; }; };
        exports.GetItemCommand = function (input) { return () => ({ Item: kept[Object.values(input.Key)[0].S] }); };
    """,
    "client-s3": """
        const kept = {};
        exports.S3Client = class { async send(command) { return command(); } };
        exports.PutObjectCommand = function (input) { return () => { kept[input.Key] = input.Body; }; };
        exports.HeadObjectCommand = function (input) {
          return () => { if (!(input.Key in kept)) throw Object.assign(new Error("gone"), { $metadata: { httpStatusCode: 404 } }); };
        };
    """,
    "client-secrets-manager": """
        exports.SecretsManagerClient = class { async send() { return { SecretString: "key" }; } };
        exports.GetSecretValueCommand = class {};
    """,
}

ASK_PAYMENTS = """
    const ask = async (httpMethod, more) => (await handler({ httpMethod, ...more })).statusCode;
    const seen = (query) => ask("GET", { queryStringParameters: query });
    assert.equal(await ask("GET", {}), 200);
    assert.equal(await ask("POST", { body: '{"canary": "n1"}' }), 201);
    assert.equal(await seen({ canary: "n1" }), 200);
    assert.equal(await seen({ canary: "n2" }), 404);
    assert.equal(await seen({ canary: "n1", store: "s3" }), 200);
    assert.equal(await seen({ canary: "n2", store: "s3" }), 404);
    assert.equal(await ask("POST", { body: '{"amount": 3, "currency": "EUR"}' }), 201);
    for (const body of ["{", "[]", '{"amount": -1, "currency": "EUR"}', '{"amount": 3, "currency": "eur"}'])
      assert.equal(await ask("POST", { body }), 400, body);
"""

ASK_TAP = """
    const ask = (method, more) => handler({ requestContext: { http: { method } }, ...more });
    const code = async (method, more) => (await ask(method, more)).statusCode;
    const seen = (canary) => code("GET", { queryStringParameters: { canary } });
    assert.equal(await code("GET", {}), 200);
    assert.equal(await code("POST", { body: '{"canary": "n1"}' }), 201);
    assert.equal(await seen("n1"), 200);
    assert.equal(await seen("n2"), 404);
    for (const body of ["{", "[]"]) assert.equal(await code("POST", { body }), 400, body);
    assert.equal(await code("DELETE", {}), 405);
    assert.equal((await ask("GET", {})).headers["X-Signature"], undefined);
    process.env.SIGNING_SECRET = "a-secret";
    assert.equal((await ask("GET", {})).headers["X-Signature"].length, 64);
"""


def in_node(properties, node, asks):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "index.js").write_text(properties["Code"]["ZipFile"])
        for name, code in PRETENDED.items():
            package = root / "node_modules" / "@aws-sdk" / name
            package.mkdir(parents=True)
            (package / "index.js").write_text(code)
        head = 'const { handler } = require("./index.js"); const assert = require("node:assert/strict");'
        end = ".catch((error) => { console.error(error); process.exitCode = 1; });"
        (root / "ask.js").write_text(f"{head}\n(async () => {{{asks}}})(){end}\n")
        settings = {"AWS_REGION": "us-east-1", "TABLE_NAME": "table", "BUCKET_NAME": "bucket", "SIGNING_SECRET": ""}
        ran = subprocess.run([node, "ask.js"], cwd=root, capture_output=True, text=True, env=settings)
        assert ran.returncode == 0, ran.stderr


def main(folder, node):
    pretend()
    asked = []
    for path in sorted(pathlib.Path(folder).glob("*/*.yaml")):
        for name, resource in yaml.load(path.read_text(), Template)["Resources"].items():
            if resource["Type"] != "AWS::Lambda::Function":
                continue
            properties = resource["Properties"]
            if properties["Runtime"].startswith("nodejs"):
                in_node(properties, node, ASK_PAYMENTS if name == "PaymentFunction" else ASK_TAP)
            else:
                {"PaymentFunction": payments, "EventFunction": events, "FailoverFunction": failover}[name](properties)
            asked.append(f"{path.parent.name}/{path.name} {name}")
    print(json.dumps(asked))


main(*sys.argv[1:])
