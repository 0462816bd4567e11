"""Prints, as JSON, what another client than Lifeboat's own reads in an emulator: the other side of every comparison."""

import argparse
import datetime
import json

import boto3

parser = argparse.ArgumentParser()
parser.add_argument("--global-cluster")
parser.add_argument("--table")
parser.add_argument("--function", help="REGION/NAME")
parser.add_argument("--item", nargs=4, metavar=("REGION", "TABLE", "KEY_NAME", "KEY"))
parser.add_argument("--object", nargs=3, metavar=("REGION", "BUCKET", "KEY"))
parser.add_argument("--parameter", nargs=2, metavar=("REGION", "NAME"))
parser.add_argument("--metric", nargs=3, metavar=("REGION", "NAMESPACE", "NAME"))
parser.add_argument("--group", nargs=2, metavar=("REGION", "NAME"))
parser.add_argument("--concurrency", nargs=2, metavar=("REGION", "FUNCTION"))
parser.add_argument("--mapping", nargs=2, metavar=("REGION", "UUID"))
parser.add_argument("--records", nargs=2, metavar=("ZONE", "NAME"))
parser.add_argument("--replication", nargs=2, metavar=("REGION", "BUCKET"))
parser.add_argument("--check", metavar="ID")
parser.add_argument("--notices", nargs=2, metavar=("REGION", "QUEUE"))
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
if arguments.item:
    region, table, key_name, key = arguments.item
    got = boto3.client("dynamodb", region_name=region).get_item(TableName=table, Key={key_name: {"S": key}})
    seen["item"] = got.get("Item")
if arguments.object:
    region, bucket, key = arguments.object
    listed = boto3.client("s3", region_name=region).list_objects_v2(Bucket=bucket, Prefix=key)
    seen["object"] = [{"key": found["Key"], "size": found["Size"]} for found in listed.get("Contents", [])]
if arguments.parameter:
    region, name = arguments.parameter
    got = boto3.client("ssm", region_name=region).get_parameter(Name=name, WithDecryption=True)["Parameter"]
    seen["parameter"] = {"value": got["Value"], "type": got["Type"], "version": got["Version"]}
if arguments.metric:
    region, namespace, name = arguments.metric
    now = datetime.datetime.now(datetime.timezone.utc)
    cloudwatch = boto3.client("cloudwatch", region_name=region)
    listed = cloudwatch.list_metrics(Namespace=namespace, MetricName=name)["Metrics"]
    seen["metric"] = [
        {
            "dimensions": {dimension["Name"]: dimension["Value"] for dimension in metric["Dimensions"]},
            "values": [
                point["Maximum"]
                for point in cloudwatch.get_metric_statistics(
                    Namespace=namespace,
                    MetricName=name,
                    Dimensions=metric["Dimensions"],
                    StartTime=now - datetime.timedelta(minutes=10),
                    EndTime=now + datetime.timedelta(minutes=1),
                    Period=60,
                    Statistics=["Maximum"],
                )["Datapoints"]
            ],
        }
        for metric in listed
    ]
if arguments.group:
    region, name = arguments.group
    described = boto3.client("autoscaling", region_name=region).describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    group = described["AutoScalingGroups"][0]
    seen["group"] = {"min": group["MinSize"], "desired": group["DesiredCapacity"], "max": group["MaxSize"]}
if arguments.concurrency:
    region, name = arguments.concurrency
    got = boto3.client("lambda", region_name=region).get_function_concurrency(FunctionName=name)
    seen["concurrency"] = got.get("ReservedConcurrentExecutions")
if arguments.mapping:
    region, uuid = arguments.mapping
    seen["mapping"] = boto3.client("lambda", region_name=region).get_event_source_mapping(UUID=uuid)["State"]
if arguments.records:
    zone, name = arguments.records
    listed = boto3.client("route53", region_name="us-east-1").list_resource_record_sets(HostedZoneId=zone)
    seen["records"] = [found for found in listed["ResourceRecordSets"] if found["Name"].rstrip(".") == name]
if arguments.replication:
    region, bucket = arguments.replication
    s3 = boto3.client("s3", region_name=region)
    try:
        seen["replication"] = s3.get_bucket_replication(Bucket=bucket)["ReplicationConfiguration"]
    except s3.exceptions.ClientError as error:
        seen["replication"] = error.response["Error"]["Code"]
if arguments.check:
    got = boto3.client("route53", region_name="us-east-1").get_health_check(HealthCheckId=arguments.check)["HealthCheck"]
    seen["check"] = {"version": got["HealthCheckVersion"], "config": got["HealthCheckConfig"]}
if arguments.notices:
    region, queue = arguments.notices
    sqs = boto3.client("sqs", region_name=region)
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5).get("Messages", [])
    envelopes = [json.loads(message["Body"]) for message in received]
    seen["notices"] = [{"subject": it["Subject"], "message": it["Message"]} for it in envelopes]

print(json.dumps(seen))
