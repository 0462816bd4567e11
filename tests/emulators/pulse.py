"""Lets what stands in an account live: publishes, each where AWS does, half an hour of every replication's lag and of every
health check, and clients' requests in one of the two regions, and sets every alarm to OK. What there is, it finds itself.
Prints what it found as JSON."""

import datetime
import json
import sys

import boto3
from botocore.config import Config

HOME, PARTNER, ACTIVE = sys.argv[1:4]
REQUESTS = float(sys.argv[4])
NEWEST = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)


def client(service, region):
    return boto3.client(service, region_name=region, config=Config(retries={"max_attempts": 1}))


def put(region, namespace, metric, value, unit, **dimensions):
    client("cloudwatch", region).put_metric_data(
        Namespace=namespace,
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": it} for name, it in dimensions.items()],
                "Timestamp": NEWEST - datetime.timedelta(minutes=back),
                "Value": value,
                "Unit": unit,
            }
            for back in range(31)
        ],
    )


found = {"clusters": [], "tables": [], "buckets": [], "checks": [], "alarms": []}
for cluster in client("rds", HOME).describe_global_clusters()["GlobalClusters"]:
    for member in cluster["GlobalClusterMembers"]:
        if not member["IsWriter"]:
            region, name = member["DBClusterArn"].split(":")[3], member["DBClusterArn"].rsplit(":", 1)[-1]
            put(region, "AWS/RDS", "AuroraGlobalDBRPOLag", 412.0, "Milliseconds", DBClusterIdentifier=name)
            put(region, "AWS/RDS", "AuroraGlobalDBReplicationLag", 173.0, "Milliseconds", DBClusterIdentifier=name)
            found["clusters"].append(name)
for table in client("dynamodb", HOME).list_tables()["TableNames"]:
    for here, there in ((HOME, PARTNER), (PARTNER, HOME)):
        towards = {"TableName": table, "ReceivingRegion": there}
        put(here, "AWS/DynamoDB", "ReplicationLatency", 640.0, "Milliseconds", **towards)
    found["tables"].append(table)
for bucket in client("s3", HOME).list_buckets()["Buckets"]:
    try:
        rules = client("s3", HOME).get_bucket_replication(Bucket=bucket["Name"])["ReplicationConfiguration"]["Rules"]
    except client("s3", HOME).exceptions.ClientError:
        continue
    # Where the copies go, which is the other region of the two.
    there = PARTNER if client("s3", HOME).head_bucket(Bucket=bucket["Name"])["BucketRegion"] == HOME else HOME
    for rule in rules:
        pair = {
            "SourceBucket": bucket["Name"],
            "DestinationBucket": rule["Destination"]["Bucket"].rsplit(":", 1)[-1],
            "RuleId": rule["ID"],
        }
        put(there, "AWS/S3", "ReplicationLatency", 2.0, "Seconds", **pair)
        put(there, "AWS/S3", "BytesPendingReplication", 0.0, "Bytes", **pair)
        put(there, "AWS/S3", "OperationsPendingReplication", 0.0, "Count", **pair)
    found["buckets"].append(bucket["Name"])
for check in client("route53", HOME).list_health_checks()["HealthChecks"]:
    put("us-east-1", "AWS/Route53", "HealthCheckStatus", 1.0, "None", HealthCheckId=check["Id"])
    put("us-east-1", "AWS/Route53", "HealthCheckPercentageHealthy", 100.0, "Percent", HealthCheckId=check["Id"])
    found["checks"].append(check["Id"])
for function in client("lambda", ACTIVE).list_functions()["Functions"]:
    put(ACTIVE, "AWS/Lambda", "Invocations", REQUESTS, "Count", FunctionName=function["FunctionName"])
# Last: the emulator judges an alarm at every point that is put.
for region in sorted({HOME, PARTNER, "us-east-1"}):
    for alarm in client("cloudwatch", region).describe_alarms()["MetricAlarms"]:
        well = {"AlarmName": alarm["AlarmName"], "StateValue": "OK", "StateReason": "all is well"}
        client("cloudwatch", region).set_alarm_state(**well)
        found["alarms"].append(alarm["AlarmName"])
print(json.dumps(found))
