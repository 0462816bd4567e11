"""Asks an emulator which of the resource types on standard input its CloudFormation refuses, and which properties it
takes and forgets, or whose reference tells something else than AWS's. Prints both as JSON. What it made to find out it takes away again."""

import json
import re
import sys

import boto3
from botocore.exceptions import ClientError

HOME, PARTNER = "us-east-1", "us-east-2"
# A parameter that AWS keeps in every region.
IMAGE = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
cloudformation = boto3.client("cloudformation", region_name=HOME)


def refused(types):
    # One type that nobody has is among them, so that nothing is ever made.
    resources = {f"R{n}": {"Type": it} for n, it in enumerate(sorted(types) + ["AWS::Nobody::HasThis"])}
    try:
        cloudformation.create_stack(StackName="types", TemplateBody=json.dumps({"Resources": resources}))
    except ClientError as error:
        found = re.search(r"Unrecognized resource types: \[([^\]]*)\]", error.response["Error"]["Message"])
        return sorted({it.strip() for it in found[1].split(",")} - {"AWS::Nobody::HasThis"})
    raise SystemExit("a type that nobody has was taken")


def kept(found):
    """Whether what a question is answered with holds anything."""
    try:
        return bool(found())
    except ClientError:
        return False


def forgotten():
    bucket = {
        "BucketName": "what-is-kept-of-a-bucket",
        "VersioningConfiguration": {"Status": "Enabled"},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]
        },
        "ReplicationConfiguration": {
            "Role": "arn:aws:iam::000000000000:role/r",
            "Rules": [
                {
                    "Id": "r",
                    "Status": "Enabled",
                    "Priority": 1,
                    "Filter": {"Prefix": ""},
                    "DeleteMarkerReplication": {"Status": "Disabled"},
                    "Destination": {"Bucket": "arn:aws:s3:::what-is-kept-elsewhere"},
                }
            ],
        },
    }
    region = {"PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}}
    table = {
        "TableName": "what-is-kept-of-a-table",
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
        "Replicas": [{"Region": HOME} | region, {"Region": PARTNER} | region],
    }
    cluster = {
        "DBClusterIdentifier": "what-is-kept-of-a-cluster",
        "GlobalClusterIdentifier": "what-is-kept",
        "Engine": "aurora-postgresql",
        "EngineVersion": "16.8",
        "MasterUsername": "somebody",
        "MasterUserPassword": "only-for-an-emulator",
    }
    rds, dynamodb = boto3.client("rds", region_name=HOME), boto3.client("dynamodb", region_name=HOME)
    s3 = boto3.client("s3", region_name=HOME)
    rds.create_global_cluster(GlobalClusterIdentifier="what-is-kept", Engine="aurora-postgresql", EngineVersion="16.8")
    s3.create_bucket(Bucket="what-is-kept-elsewhere")
    template = {
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": bucket},
            "Table": {"Type": "AWS::DynamoDB::GlobalTable", "Properties": table},
            "Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": cluster},
            "Secret": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "what-is-kept", "SecretString": "x"}},
        },
        "Outputs": {"Secret": {"Value": {"Ref": "Secret"}}},
    }
    cloudformation.create_stack(StackName="properties", TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="properties", WaiterConfig={"Delay": 1})
    stack = cloudformation.describe_stacks(StackName="properties")["Stacks"][0]
    here = {"Bucket": bucket["BucketName"]}
    questions = {
        "AWS::S3::Bucket VersioningConfiguration": lambda: s3.get_bucket_versioning(**here).get("Status"),
        "AWS::S3::Bucket PublicAccessBlockConfiguration": lambda: s3.get_public_access_block(**here),
        "AWS::S3::Bucket BucketEncryption": lambda: s3.get_bucket_encryption(**here)["ServerSideEncryptionConfiguration"][
            "Rules"
        ][0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"]
        == "aws:kms",
        "AWS::S3::Bucket ReplicationConfiguration": lambda: s3.get_bucket_replication(**here),
        "AWS::DynamoDB::GlobalTable Replicas": lambda: dynamodb.describe_table(TableName=table["TableName"])["Table"].get(
            "Replicas"
        ),
        "AWS::SSM::Parameter::Value Default": lambda: boto3.client("ssm", region_name=HOME).get_parameter(Name=IMAGE),
        "AWS::SecretsManager::Secret Ref": lambda: stack["Outputs"][0]["OutputValue"].startswith("arn:"),
        "AWS::RDS::DBCluster GlobalClusterIdentifier": lambda: rds.describe_global_clusters(
            GlobalClusterIdentifier="what-is-kept"
        )["GlobalClusters"][0]["GlobalClusterMembers"],
    }
    lost = [it for it, found in questions.items() if not kept(found)]
    cloudformation.delete_stack(StackName="properties")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="properties", WaiterConfig={"Delay": 1})
    rds.delete_global_cluster(GlobalClusterIdentifier="what-is-kept")
    s3.delete_bucket(Bucket="what-is-kept-elsewhere")
    return lost


print(json.dumps({"types": refused(json.load(sys.stdin)), "properties": forgotten()}))
