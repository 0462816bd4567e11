"""A function behind custom resources: it builds by a service's own API what the templates of the emulator cannot, and it
is slow, or fails, as it is told to. The emulator runs it as it runs any function, in a process of its own."""

import json
import os
import time
import urllib.request

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

CLIENTS = {}


def client(service, region=None):
    region = region or os.environ["BUILDER_REGION"]
    if (service, region) not in CLIENTS:
        CLIENTS[service, region] = boto3.client(
            service,
            region_name=region,
            endpoint_url=os.environ["BUILDER_ENDPOINT"],
            aws_access_key_id=os.environ["BUILDER_KEY"],
            aws_secret_access_key="emulated",
            config=Config(retries={"total_max_attempts": 1}),
        )
    return CLIENTS[service, region]


def call(service, operation, given, region=None):
    """Calls it with as much of `given` as it takes, as the types that it takes: CloudFormation hands on texts only."""
    here = client(service, region)
    shape = here.meta.service_model.operation_model(operation).input_shape
    return getattr(here, xform_name(operation))(**fitted(shape, given))


def fitted(shape, value):
    if shape.type_name == "structure":
        return {name: fitted(shape.members[name], it) for name, it in value.items() if name in shape.members}
    if shape.type_name == "list":
        return [fitted(shape.member, it) for it in value]
    if shape.type_name == "map":
        return {name: fitted(shape.value, it) for name, it in value.items()}
    if shape.type_name == "boolean":
        return value == "true"
    if shape.type_name in ("integer", "long"):
        return int(value)
    if shape.type_name in ("float", "double"):
        return float(value)
    return value


class Kind:
    """One kind of resource: `make` gives the physical id and the attributes, `unmake` what takes it away."""

    def change(self, physical_id, new, old):
        self.unmake(physical_id, old)
        return self.make(new)


class GlobalCluster(Kind):
    def make(self, it):
        call("rds", "CreateGlobalCluster", it)
        return it["GlobalClusterIdentifier"], {}

    def unmake(self, physical_id, it):
        call("rds", "DeleteGlobalCluster", {"GlobalClusterIdentifier": physical_id})


class Cluster(Kind):
    def make(self, it):
        made = call("rds", "CreateDBCluster", it)["DBCluster"]
        return it["DBClusterIdentifier"], {
            "DBClusterArn": made["DBClusterArn"],
            "DBClusterResourceId": made["DbClusterResourceId"],
            "Endpoint.Address": made["Endpoint"],
            "Endpoint.Port": str(made["Port"]),
            "ReadEndpoint.Address": made["ReaderEndpoint"],
        }

    def change(self, physical_id, new, old):
        call("rds", "ModifyDBCluster", new)
        made = call("rds", "DescribeDBClusters", {"DBClusterIdentifier": physical_id})["DBClusters"][0]
        return physical_id, {
            "DBClusterArn": made["DBClusterArn"],
            "DBClusterResourceId": made["DbClusterResourceId"],
            "Endpoint.Address": made["Endpoint"],
            "ReadEndpoint.Address": made["ReaderEndpoint"],
        }

    def unmake(self, physical_id, it):
        # As CloudFormation does: the member leaves the global database before it is deleted.
        arn = call("rds", "DescribeDBClusters", {"DBClusterIdentifier": physical_id})["DBClusters"][0]["DBClusterArn"]
        found = call("rds", "DescribeGlobalClusters", {"GlobalClusterIdentifier": it["GlobalClusterIdentifier"]})
        members = found["GlobalClusters"][0]["GlobalClusterMembers"]
        if any(member["DBClusterArn"] == arn for member in members):
            leaving = {"GlobalClusterIdentifier": it["GlobalClusterIdentifier"], "DbClusterIdentifier": arn}
            call("rds", "RemoveFromGlobalCluster", leaving)
        call("rds", "DeleteDBCluster", {"DBClusterIdentifier": physical_id, "SkipFinalSnapshot": "true"})


class HealthCheck(Kind):
    def make(self, it):
        config = {"CallerReference": str(time.time_ns()), "HealthCheckConfig": it["HealthCheckConfig"]}
        made = call("route53", "CreateHealthCheck", config)["HealthCheck"]["Id"]
        tags = {"ResourceType": "healthcheck", "ResourceId": made, "AddTags": it.get("HealthCheckTags", [])}
        call("route53", "ChangeTagsForResource", tags)
        return made, {"HealthCheckId": made}

    def unmake(self, physical_id, it):
        call("route53", "DeleteHealthCheck", {"HealthCheckId": physical_id})


def tags(kind, it):
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": it["Tags"]}]} if it.get("Tags") else {}


class Address(Kind):
    def make(self, it):
        made = call("ec2", "AllocateAddress", it | tags("elastic-ip", it))
        return made["PublicIp"], {"AllocationId": made["AllocationId"], "PublicIp": made["PublicIp"]}

    def unmake(self, physical_id, it):
        found = call("ec2", "DescribeAddresses", {"PublicIps": [physical_id]})["Addresses"]
        call("ec2", "ReleaseAddress", {"AllocationId": found[0]["AllocationId"]})


class NatGateway(Kind):
    def make(self, it):
        made = call("ec2", "CreateNatGateway", it | tags("natgateway", it))["NatGateway"]["NatGatewayId"]
        return made, {"NatGatewayId": made}

    def unmake(self, physical_id, it):
        call("ec2", "DeleteNatGateway", {"NatGatewayId": physical_id})


class Peering(Kind):
    def make(self, it):
        asked = call("ec2", "CreateVpcPeeringConnection", it | tags("vpc-peering-connection", it))
        made = {"VpcPeeringConnectionId": asked["VpcPeeringConnection"]["VpcPeeringConnectionId"]}
        call("ec2", "AcceptVpcPeeringConnection", made, it["PeerRegion"])
        return made["VpcPeeringConnectionId"], {"Id": made["VpcPeeringConnectionId"]}

    def unmake(self, physical_id, it):
        call("ec2", "DeleteVpcPeeringConnection", {"VpcPeeringConnectionId": physical_id})


class BackupSelection(Kind):
    def make(self, it):
        made = call("backup", "CreateBackupSelection", it)
        return f"{made['BackupPlanId']}|{made['SelectionId']}", {"SelectionId": made["SelectionId"]}

    def unmake(self, physical_id, it):
        plan, selection = physical_id.split("|")
        call("backup", "DeleteBackupSelection", {"BackupPlanId": plan, "SelectionId": selection})


class EventEndpoint(Kind):
    def make(self, it):
        call("events", "CreateEndpoint", it)
        made = call("events", "DescribeEndpoint", {"Name": it["Name"]})
        return it["Name"], {
            "Arn": made["Arn"],
            "EndpointId": made.get("EndpointId", it["Name"]),
            "EndpointUrl": made.get("EndpointUrl", f"https://{it['Name']}.endpoint.events.amazonaws.com"),
        }

    def unmake(self, physical_id, it):
        call("events", "DeleteEndpoint", {"Name": physical_id})


class TableProperties(Kind):
    def others(self, it):
        return [replica for replica in it.get("Replicas", []) if replica["Region"] != os.environ["BUILDER_REGION"]]

    def make(self, it):
        for replica in self.others(it):
            call("dynamodb", "UpdateTable", {
                "TableName": it["Name"],
                "ReplicaUpdates": [{"Create": {"RegionName": replica["Region"]}}],
            })
        for replica in it.get("Replicas", []):
            recovery = replica.get("PointInTimeRecoverySpecification")
            if recovery:
                given = {"TableName": it["Name"], "PointInTimeRecoverySpecification": recovery}
                call("dynamodb", "UpdateContinuousBackups", given, replica["Region"])
        return f"{it['Name']}-properties", {}

    def change(self, physical_id, new, old):
        return physical_id, {}

    def unmake(self, physical_id, it):
        for replica in self.others(it):
            gone = {"TableName": it["Name"], "ReplicaUpdates": [{"Delete": {"RegionName": replica["Region"]}}]}
            call("dynamodb", "UpdateTable", gone)


class BucketProperties(Kind):
    def make(self, it):
        if "BucketEncryption" in it:
            rules = [
                {"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]}
                for rule in it["BucketEncryption"]["ServerSideEncryptionConfiguration"]
            ]
            given = {"Bucket": it["Name"], "ServerSideEncryptionConfiguration": {"Rules": rules}}
            call("s3", "PutBucketEncryption", given)
        if "ReplicationConfiguration" in it:
            configuration = it["ReplicationConfiguration"]
            rules = [{"ID": rule["Id"]} | rule for rule in configuration["Rules"]]
            given = {"Bucket": it["Name"], "ReplicationConfiguration": configuration | {"Rules": rules}}
            call("s3", "PutBucketReplication", given)
        return f"{it['Name']}-properties", {}

    def change(self, physical_id, new, old):
        return self.make(new)

    def unmake(self, physical_id, it):
        pass


class Wait(Kind):
    """Takes as long as it is told to, and fails where it is told to."""

    def make(self, it):
        self.phase("Create", it)
        return f"waited-{time.time_ns()}", {}

    def change(self, physical_id, new, old):
        self.phase("Update", new)
        return physical_id, {}

    def unmake(self, physical_id, it):
        self.phase("Delete", it)

    def phase(self, phase, it):
        # What is told by a parameter of the account can be changed while the stack stands.
        name = it.get("ToldBy")
        if name:
            it = it | json.loads(client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
        time.sleep(float(it.get(f"{phase}Seconds", 0)))
        # On the way back from a change it does not fail again.
        if it.get(f"{phase}Fails") and it.get("FailsAt", it.get("Version")) == it.get("Version"):
            raise RuntimeError(it[f"{phase}Fails"])


KINDS = {
    "Custom::Backup-BackupSelection": BackupSelection,
    "Custom::DynamoDB-GlobalTable-Properties": TableProperties,
    "Custom::EC2-EIP": Address,
    "Custom::EC2-NatGateway": NatGateway,
    "Custom::EC2-VPCPeeringConnection": Peering,
    "Custom::Events-Endpoint": EventEndpoint,
    "Custom::RDS-DBCluster": Cluster,
    "Custom::RDS-GlobalCluster": GlobalCluster,
    "Custom::Route53-HealthCheck": HealthCheck,
    "Custom::S3-Bucket-Properties": BucketProperties,
    "Custom::Wait": Wait,
}


def build(event):
    kind, asked = KINDS[event["ResourceType"]](), event["ResourceProperties"]
    if event["RequestType"] == "Create":
        return kind.make(asked)
    if event["RequestType"] == "Update":
        return kind.change(event["PhysicalResourceId"], asked, event["OldResourceProperties"])
    kind.unmake(event["PhysicalResourceId"], asked)
    return event["PhysicalResourceId"], {}


def handler(event, context):
    answer = {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    try:
        physical_id, data = build(event)
        answer |= {"Status": "SUCCESS", "PhysicalResourceId": physical_id, "Data": data}
    except Exception as error:
        reason = error.response["Error"]["Message"] if isinstance(error, ClientError) else str(error) or repr(error)
        failed = event.get("PhysicalResourceId", f"{event['LogicalResourceId']}-never-made")
        answer |= {"Status": "FAILED", "Reason": reason, "PhysicalResourceId": failed}
    body = json.dumps(answer).encode()
    asked = urllib.request.Request(event["ResponseURL"], data=body, method="PUT", headers={"Content-Type": ""})
    urllib.request.urlopen(asked).read()
