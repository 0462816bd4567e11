"""Makes an IAM user that has exactly the policy, or the list of policies, on standard input; prints its access key as JSON."""

import json
import sys

import boto3

iam = boto3.client("iam", region_name="us-east-1")
name = sys.argv[1]
arn = iam.create_user(UserName=name)["User"]["Arn"]
given = json.load(sys.stdin)
for place, policy in enumerate(given if isinstance(given, list) else [given]):
    iam.put_user_policy(UserName=name, PolicyName=f"under-test-{place}", PolicyDocument=json.dumps(policy))
key = iam.create_access_key(UserName=name)["AccessKey"]
print(json.dumps({"arn": arn, "access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}))
