"""Prints, as JSON, what another client than Lifeboat's own reads in an emulator: the other side of every comparison."""

import argparse
import json

import boto3

parser = argparse.ArgumentParser()
parser.add_argument("--global-cluster")
parser.add_argument("--table")
parser.add_argument("--function", help="REGION/NAME")
arguments = parser.parse_args()
seen = {}

if arguments.global_cluster:
    for region in ("us-east-1", "us-east-2"):
        described = boto3.client("rds", region_name=region).describe_global_clusters(
            GlobalClusterIdentifier=arguments.global_cluster
        )
        cluster = described["GlobalClusters"][0]
        seen.setdefault("aurora", {})[region] = {
            "status": cluster["Status"],
            "engine_version": cluster["EngineVersion"],
            "writer": [m["DBClusterArn"] for m in cluster["GlobalClusterMembers"] if m["IsWriter"]],
        }
if arguments.table:
    for region in ("us-east-1", "us-east-2"):
        table = boto3.client("dynamodb", region_name=region).describe_table(TableName=arguments.table)["Table"]
        seen.setdefault("table", {})[region] = {
            "status": table["TableStatus"],
            "replicas": sorted(replica["RegionName"] for replica in table.get("Replicas", [])),
        }
if arguments.function:
    region, name = arguments.function.split("/")
    found = boto3.client("lambda", region_name=region).get_function_configuration(FunctionName=name)
    seen["function"] = {"state": found["State"], "code_sha256": found["CodeSha256"]}

print(json.dumps(seen))
