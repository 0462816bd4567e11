"""Prints, as JSON, what an account holds in the regions that are named, as AWS's own client for Python lists it: by region
and kind, what each thing is called. Two of them tell what came and what went. `--of` names the only services to ask."""

import argparse
import json

import boto3

# By service: the operation, what of the answer is a list, and what each of it is called.
KINDS = [
    ("apigateway", "get_rest_apis", "items", "name"),
    ("autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName"),
    ("backup", "list_backup_plans", "BackupPlansList", "BackupPlanName"),
    ("backup", "list_backup_vaults", "BackupVaultList", "BackupVaultName"),
    ("cloudformation", "list_stacks", "StackSummaries", "StackName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName"),
    ("dynamodb", "list_tables", "TableNames", None),
    ("ec2", "describe_addresses", "Addresses", "AllocationId"),
    ("ec2", "describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    ("ec2", "describe_launch_templates", "LaunchTemplates", "LaunchTemplateName"),
    ("ec2", "describe_nat_gateways", "NatGateways", "NatGatewayId"),
    ("ec2", "describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId"),
    ("ec2", "describe_route_tables", "RouteTables", "RouteTableId"),
    ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("ec2", "describe_subnets", "Subnets", "SubnetId"),
    ("ec2", "describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId"),
    ("ec2", "describe_vpc_peering_connections", "VpcPeeringConnections", "VpcPeeringConnectionId"),
    ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName"),
    ("elbv2", "describe_target_groups", "TargetGroups", "TargetGroupName"),
    ("events", "list_endpoints", "Endpoints", "Name"),
    ("events", "list_event_buses", "EventBuses", "Name"),
    ("events", "list_rules", "Rules", "Name"),
    ("iam", "list_instance_profiles", "InstanceProfiles", "InstanceProfileName"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("kms", "list_keys", "Keys", "KeyId"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("rds", "describe_db_cluster_snapshots", "DBClusterSnapshots", "DBClusterSnapshotIdentifier"),
    ("rds", "describe_db_clusters", "DBClusters", "DBClusterIdentifier"),
    ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    ("rds", "describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    ("rds", "describe_global_clusters", "GlobalClusters", "GlobalClusterIdentifier"),
    ("route53", "list_health_checks", "HealthChecks", "Id"),
    ("route53", "list_hosted_zones", "HostedZones", "Name"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("secretsmanager", "list_secrets", "SecretList", "Name"),
    ("sns", "list_subscriptions", "Subscriptions", "SubscriptionArn"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("ssm", "describe_parameters", "Parameters", "Name"),
]


def is_there(kind, it):
    gone = {"DELETE_COMPLETE"} if kind == "list_stacks" else {"deleted"}
    states = [it.get("StackStatus"), it.get("State")] if isinstance(it, dict) else []
    status = it.get("Status") if isinstance(it, dict) else None
    return not (gone & {*states, status.get("Code") if isinstance(status, dict) else None})


# What they list is the same in every region.
GLOBAL = {"iam", "route53", "s3"}

parser = argparse.ArgumentParser()
parser.add_argument("regions", nargs="+")
parser.add_argument("--of", action="append")
arguments = parser.parse_args()
held, session = {}, boto3.Session()
for region in arguments.regions:
    clients = {}
    for service, operation, key, name in KINDS:
        is_asked = not arguments.of or service in arguments.of
        if not is_asked or (service in GLOBAL and region != arguments.regions[0]):
            continue
        if service not in clients:
            clients[service] = session.client(service, region_name=region)
        given = {"IncludePlannedDeletion": True} if operation == "list_secrets" else {}
        found = getattr(clients[service], operation)(**given)[key]
        names = sorted(it[name] if name else it for it in found if is_there(operation, it))
        held[f"{region} {service} {key}"] = names
print(json.dumps(held))
