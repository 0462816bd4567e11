"""Builds a payments deployment in two regions of an emulator, as another client than Lifeboat's own would, and prints
what it put there as JSON. The endpoint and the credentials come from the AWS_* variables."""

import argparse
import datetime
import io
import json
import zipfile

import boto3
from botocore.config import Config

HOME, PARTNER = "us-east-1", "us-east-2"

# What the metrics say at the end of every series. Each number is its own, so that one shown in another's place is seen.
VALUES = {
    "rpo_lag_ms": 412.0,
    "replication_lag_ms": 173.0,
    "dynamodb_latency_ms": 640.0,
    "s3_latency_s": 23.0,
    "s3_pending_bytes": 345678.0,
    "s3_pending_operations": 17.0,
    "home_healthy_percent": 88.0,
    "partner_healthy_percent": 94.0,
}
# Put where a series must not be read from, or under a name that must not be asked for.
DECOY = 987654.0


def client(service, region):
    return boto3.client(service, region_name=region, config=Config(retries={"max_attempts": 1}))


def aurora(sfx):
    home, partner = client("rds", HOME), client("rds", PARTNER)
    name = f"aurora-global-{sfx}"
    engine = {"Engine": "aurora-postgresql", "EngineVersion": "16.8"}
    home.create_global_cluster(GlobalClusterIdentifier=name, StorageEncrypted=True, **engine)
    home.create_db_cluster(
        DBClusterIdentifier=f"aurora-primary-{sfx}",
        GlobalClusterIdentifier=name,
        MasterUsername="payments",
        MasterUserPassword="only-for-an-emulator",
        BackupRetentionPeriod=7,
        **engine,
    )
    for n in (1, 2):
        home.create_db_instance(
            DBInstanceIdentifier=f"aurora-primary-{sfx}-{n}",
            DBClusterIdentifier=f"aurora-primary-{sfx}",
            DBInstanceClass="db.r6g.large",
            Engine="aurora-postgresql",
        )
    partner.create_db_cluster(DBClusterIdentifier=f"aurora-dr-{sfx}", GlobalClusterIdentifier=name, **engine)
    partner.create_db_instance(
        DBInstanceIdentifier=f"aurora-dr-{sfx}-1",
        DBClusterIdentifier=f"aurora-dr-{sfx}",
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
    )
    members = home.describe_global_clusters(GlobalClusterIdentifier=name)["GlobalClusters"][0]["GlobalClusterMembers"]
    return {
        "global_cluster": name,
        "home_cluster": f"aurora-primary-{sfx}",
        "partner_cluster": f"aurora-dr-{sfx}",
        "members": [{"arn": m["DBClusterArn"], "is_writer": m["IsWriter"]} for m in members],
    }


def table(sfx):
    name = f"payment-transactions-{sfx}"
    dynamodb = client("dynamodb", HOME)
    dynamodb.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": "Deployment", "Value": sfx}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    dynamodb.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": PARTNER}}])
    dynamodb.put_item(TableName=name, Item={"id": {"S": "first"}})
    return {"table": name}


def buckets(sfx, role, one_way):
    home, partner = f"dr-primary-bucket-{sfx}", f"dr-secondary-bucket-{sfx}"
    client("s3", HOME).create_bucket(Bucket=home)
    client("s3", PARTNER).create_bucket(Bucket=partner, CreateBucketConfiguration={"LocationConstraint": PARTNER})
    for region, bucket in ((HOME, home), (PARTNER, partner)):
        client("s3", region).put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    pairs = [(HOME, home, partner)] if one_way else [(HOME, home, partner), (PARTNER, partner, home)]
    for region, source, destination in pairs:
        client("s3", region).put_bucket_replication(
            Bucket=source,
            ReplicationConfiguration={
                "Role": role,
                "Rules": [
                    {
                        "ID": "everything",
                        "Priority": 1,
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "DeleteMarkerReplication": {"Status": "Enabled"},
                        "Destination": {
                            "Bucket": f"arn:aws:s3:::{destination}",
                            "ReplicationTime": {"Status": "Enabled", "Time": {"Minutes": 15}},
                            "Metrics": {"Status": "Enabled", "EventThreshold": {"Minutes": 15}},
                        },
                    }
                ],
            },
        )
    return {"home_bucket": home, "partner_bucket": partner, "rule": "everything"}


def names(sfx):
    route53 = client("route53", HOME)
    domain = f"payments-{sfx}.example.com"
    zone = route53.create_hosted_zone(Name=domain, CallerReference=sfx)["HostedZone"]["Id"].rsplit("/", 1)[-1]
    hosts = {region: f"{region}.{domain}" for region in (HOME, PARTNER)}
    checks = {
        region: route53.create_health_check(
            CallerReference=f"{sfx}-{region}",
            HealthCheckConfig={
                "Type": "HTTPS",
                "FullyQualifiedDomainName": hosts[region],
                "ResourcePath": "/payment",
                "Port": 443,
                "RequestInterval": 10,
                "FailureThreshold": 3,
            },
        )["HealthCheck"]["Id"]
        for region in (HOME, PARTNER)
    }
    route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={
            "Changes": [
                {
                    "Action": "CREATE",
                    "ResourceRecordSet": {
                        "Name": f"api.{domain}",
                        "Type": "CNAME",
                        "SetIdentifier": region,
                        "Failover": role,
                        "TTL": 60,
                        "ResourceRecords": [{"Value": hosts[region]}],
                        "HealthCheckId": checks[region],
                    },
                }
                for region, role in ((HOME, "PRIMARY"), (PARTNER, "SECONDARY"))
            ]
        },
    )
    return {
        "zone": zone,
        "domain": domain,
        "record": f"api.{domain}",
        "ttl_s": 60,
        "home_host": hosts[HOME],
        "partner_host": hosts[PARTNER],
        "home_check": checks[HOME],
        "partner_check": checks[PARTNER],
    }


def alarms(sfx, ids):
    put = {
        f"aurora-replication-lag-{sfx}": (
            PARTNER,
            ("AWS/RDS", "AuroraGlobalDBReplicationLag", "DBClusterIdentifier", ids["partner_cluster"]),
            (1000.0, "GreaterThanThreshold"),
            "OK",
        ),
        f"primary-health-check-{sfx}": (
            HOME,
            ("AWS/Route53", "HealthCheckStatus", "HealthCheckId", ids["home_check"]),
            (1.0, "LessThanThreshold"),
            "OK",
        ),
        f"dr-health-check-{sfx}": (
            HOME,
            ("AWS/Route53", "HealthCheckStatus", "HealthCheckId", ids["partner_check"]),
            (1.0, "LessThanThreshold"),
            "ALARM",
        ),
        f"backlog-{sfx}": (
            PARTNER,
            ("AWS/S3", "BytesPendingReplication", "SourceBucket", ids["home_bucket"]),
            (1e9, "GreaterThanThreshold"),
            "INSUFFICIENT_DATA",
        ),
    }
    for name, (region, (namespace, metric, dimension, value), (threshold, comparison), _) in put.items():
        client("cloudwatch", region).put_metric_alarm(
            AlarmName=name,
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": dimension, "Value": value}],
            Statistic="Maximum",
            Period=60,
            EvaluationPeriods=3,
            Threshold=threshold,
            ComparisonOperator=comparison,
            TreatMissingData="missing",
        )
    return put


def settle(put):
    """Sets the alarms' states last: the emulator evaluates an alarm on every datapoint."""
    for name, (region, _, _, state) in put.items():
        client("cloudwatch", region).set_alarm_state(AlarmName=name, StateValue=state, StateReason=f"set to {state}")
    return [
        {"name": alarm["AlarmName"], "region": region, "state": alarm["StateValue"]}
        for region in (HOME, PARTNER)
        for alarm in client("cloudwatch", region).describe_alarms(AlarmNames=list(put))["MetricAlarms"]
    ]


def parameters(sfx):
    path = f"/payments/{sfx}/"
    for region in (HOME, PARTNER):
        ssm = client("ssm", region)
        ssm.put_parameter(Name=f"{path}db-name", Value="payments", Type="String")
        ssm.put_parameter(Name=f"{path}region-note", Value=f"served from {region}", Type="String")
        ssm.put_parameter(Name=f"{path}api-key", Value="the-same-secret", Type="SecureString")
        for n in range(12):
            ssm.put_parameter(Name=f"{path}limits/tier-{n:02}", Value=str(n * 100), Type="String")
    client("ssm", HOME).put_parameter(Name=f"{path}only-at-home", Value="x", Type="String")
    return {"parameter_path": path, "parameters_home": 16, "parameters_partner": 15}


def stacks(sfx, account):
    made = {}
    for region, role in ((HOME, "primary"), (PARTNER, "dr")):
        name = f"TapStack{sfx}-{role}"
        template = {
            "Description": f"payments, {role}",
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"operations-{role}-{sfx}"}}},
            "Outputs": {"TopicArn": {"Value": {"Ref": "Topic"}}, "RegionRole": {"Value": role}},
        }
        cloudformation = client("cloudformation", region)
        cloudformation.create_stack(
            StackName=name,
            TemplateBody=json.dumps(template),
            Tags=[{"Key": "Environment", "Value": sfx}, {"Key": "DR-Role", "Value": role}],
        )
        cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
        # Without a policy of its own a topic lets everybody of the account publish, whatever IAM says of them.
        topic = f"arn:aws:sns:{region}:{account}:operations-{role}-{sfx}"
        alarms_only = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "cloudwatch.amazonaws.com"},
                    "Action": "sns:Publish",
                    "Resource": topic,
                }
            ],
        }
        client("sns", region).set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(alarms_only)
        )
        made[region] = (name, topic)
    (home, home_topic), (partner, partner_topic) = made[HOME], made[PARTNER]
    return {"home_stack": home, "partner_stack": partner, "home_topic": home_topic, "partner_topic": partner_topic}


def compute(sfx):
    iam = client("iam", HOME)
    trust = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
    role = iam.create_role(RoleName=f"payments-{sfx}", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        entry = zipfile.ZipInfo("index.py", date_time=(2020, 1, 1, 0, 0, 0))
        archive.writestr(entry, "def handler(event, context):\n    return {'statusCode': 200}\n")
    made = {"role": role}
    for key, region, part in (("home", HOME, "primary"), ("partner", PARTNER, "dr")):
        function = f"payment-processor-{part}-{sfx}"
        client("lambda", region).create_function(
            FunctionName=function,
            Runtime="python3.11",
            Role=role,
            Handler="index.handler",
            Code={"ZipFile": code.getvalue()},
        )
        made[f"{key}_function"] = function
        balancing = client("elbv2", region)
        ec2 = client("ec2", region)
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{region}{zone}")["Subnet"]["SubnetId"]
            for n, zone in enumerate("ab")
        ]
        balancer = balancing.create_load_balancer(Name=f"pay-{part}-{sfx}", Subnets=subnets)["LoadBalancers"][0]
        group = balancing.create_target_group(
            Name=f"pay-{part}-{sfx}", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip"
        )["TargetGroups"][0]["TargetGroupArn"]
        balancing.register_targets(TargetGroupArn=group, Targets=[{"Id": f"10.0.0.{n}", "Port": 80} for n in (10, 11)])
        made[f"{key}_balancer"] = balancer["LoadBalancerArn"]
        made[f"{key}_target_group"] = group
        scaling = client("autoscaling", region)
        scaling.create_launch_configuration(
            LaunchConfigurationName=f"pay-{part}-{sfx}", ImageId="ami-12345678", InstanceType="t3.micro"
        )
        scaling.create_auto_scaling_group(
            AutoScalingGroupName=f"pay-{part}-{sfx}",
            LaunchConfigurationName=f"pay-{part}-{sfx}",
            MinSize=1,
            MaxSize=6,
            DesiredCapacity=4 if region == HOME else 2,
            AvailabilityZones=[f"{region}a"],
        )
        made[f"{key}_group"] = f"pay-{part}-{sfx}"
        client("backup", region).create_backup_vault(BackupVaultName=f"payments-{part}-{sfx}")
        made[f"{key}_vault"] = f"payments-{part}-{sfx}"
    client("lambda", HOME).put_function_concurrency(
        FunctionName=made["home_function"], ReservedConcurrentExecutions=25
    )
    queue = client("sqs", HOME).create_queue(QueueName=f"payments-{sfx}")["QueueUrl"]
    attributes = client("sqs", HOME).get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
    # Disabled, so that the emulator polls nothing behind the tests' back.
    made["event_source"] = client("lambda", HOME).create_event_source_mapping(
        FunctionName=made["home_function"], EventSourceArn=attributes["QueueArn"], Enabled=False
    )["UUID"]
    return made


def measure(ids):
    """Half an hour of minutes, with a gap, ending in VALUES: every series in the one region where AWS publishes it."""
    newest = datetime.datetime.now(datetime.timezone.utc).replace(second=0, microsecond=0)
    # The gap: minutes 14 to 12 before now have no point at all.
    minutes = [newest - datetime.timedelta(minutes=back) for back in range(30, -1, -1) if back not in (12, 13, 14)]

    def put(region, namespace, metric, dimensions, last, unit):
        settled = newest - datetime.timedelta(minutes=10)
        client("cloudwatch", region).put_metric_data(
            Namespace=namespace,
            MetricData=[
                {
                    "MetricName": metric,
                    "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions],
                    "Timestamp": at,
                    "Value": last if at >= settled else last / 2,
                    "Unit": unit,
                }
                for at in minutes
            ],
        )

    v = VALUES
    for region, wrong in ((PARTNER, None), (HOME, DECOY)):
        dimension = [("DBClusterIdentifier", ids["partner_cluster"])]
        put(region, "AWS/RDS", "AuroraGlobalDBRPOLag", dimension, wrong or v["rpo_lag_ms"], "Milliseconds")
        put(region, "AWS/RDS", "AuroraGlobalDBReplicationLag", dimension, wrong or v["replication_lag_ms"], "Milliseconds")
    towards = [("TableName", ids["table"]), ("ReceivingRegion", PARTNER)]
    put(HOME, "AWS/DynamoDB", "ReplicationLatency", towards, v["dynamodb_latency_ms"], "Milliseconds")
    put(PARTNER, "AWS/DynamoDB", "ReplicationLatency", towards, DECOY, "Milliseconds")
    pair = [
        ("SourceBucket", ids["home_bucket"]),
        ("DestinationBucket", ids["partner_bucket"]),
        ("RuleId", ids["rule"]),
    ]
    for region, wrong in ((PARTNER, None), (HOME, DECOY)):
        put(region, "AWS/S3", "ReplicationLatency", pair, wrong or v["s3_latency_s"], "Seconds")
        put(region, "AWS/S3", "BytesPendingReplication", pair, wrong or v["s3_pending_bytes"], "Bytes")
        put(region, "AWS/S3", "OperationsPendingReplication", pair, wrong or v["s3_pending_operations"], "Count")
    for check, percent in (
        (ids["home_check"], v["home_healthy_percent"]),
        (ids["partner_check"], v["partner_healthy_percent"]),
    ):
        put(HOME, "AWS/Route53", "HealthCheckStatus", [("HealthCheckId", check)], 1.0, "None")
        put(HOME, "AWS/Route53", "HealthCheckPercentageHealthy", [("HealthCheckId", check)], percent, "Percent")
        put(PARTNER, "AWS/Route53", "HealthCheckPercentageHealthy", [("HealthCheckId", check)], 1.0, "Percent")
    return {
        "values": VALUES,
        "decoy": DECOY,
        "newest_point": newest.isoformat().replace("+00:00", "Z"),
        "gap_minutes_back": [12, 13, 14],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--suffix", required=True)
    parser.add_argument("--names-only", action="store_true", help="records and health checks, and nothing else")
    parser.add_argument("--one-way", action="store_true", help="replicate objects from home to partner only")
    arguments = parser.parse_args()
    sfx = arguments.suffix
    made = {"suffix": sfx, "home": HOME, "partner": PARTNER}
    made["account"] = client("sts", HOME).get_caller_identity()["Account"]
    if arguments.names_only:
        print(json.dumps(made | names(sfx)))
        return
    made |= compute(sfx)
    made |= aurora(sfx)
    made |= table(sfx)
    made |= buckets(sfx, made["role"], arguments.one_way)
    made |= names(sfx)
    made |= parameters(sfx)
    made |= stacks(sfx, made["account"])
    put = alarms(sfx, made)
    made |= measure(made)
    made["alarms"] = settle(put)
    print(json.dumps(made))


main()
