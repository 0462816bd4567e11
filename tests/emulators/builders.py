"""Puts what an emulator has not by itself into the regions that are named: AWS's own key for RDS, and, as a function that
custom resources find, `builder.py`. Prints the functions' ARNs as JSON. Nothing of it belongs to a deployment."""

import io
import json
import os
import pathlib
import sys
import zipfile

import boto3

NAME, REGIONS = sys.argv[1], sys.argv[2:]
code = io.BytesIO()
with zipfile.ZipFile(code, "w") as archive:
    entry = zipfile.ZipInfo("index.py", date_time=(2020, 1, 1, 0, 0, 0))
    archive.writestr(entry, (pathlib.Path(__file__).parent / "builder.py").read_text())
trust = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
role = boto3.client("iam").create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
made = {}
for region in REGIONS:
    kms = boto3.client("kms", region_name=region)
    # AWS makes its own key for RDS when it is first described.
    kms.create_alias(AliasName="alias/aws/rds", TargetKeyId=kms.create_key()["KeyMetadata"]["KeyId"])
    made[region] = boto3.client("lambda", region_name=region).create_function(
        FunctionName=NAME,
        Runtime="python3.11",
        Role=role,
        Handler="index.handler",
        Timeout=300,
        Code={"ZipFile": code.getvalue()},
        Environment={
            "Variables": {
                "BUILDER_ENDPOINT": os.environ["AWS_ENDPOINT_URL"],
                "BUILDER_KEY": os.environ["AWS_ACCESS_KEY_ID"],
                "BUILDER_REGION": region,
            }
        },
    )["FunctionArn"]
    # There from the beginning, and not from when it is first run.
    boto3.client("logs", region_name=region).create_log_group(logGroupName=f"/aws/lambda/{NAME}")
print(json.dumps(made))
