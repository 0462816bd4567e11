"""Makes health checks of the kinds that only moto writes as Route 53 does, and prints their ids as JSON."""

import json

import boto3

route53 = boto3.client("route53", region_name="us-east-1")


def check(reference, **config):
    config = {"Type": "HTTPS", "FullyQualifiedDomainName": f"{reference}.example.com", "Port": 443} | config
    return route53.create_health_check(CallerReference=reference, HealthCheckConfig=config)["HealthCheck"]["Id"]


print(
    json.dumps(
        {
            "plain": check("plain", RequestInterval=30, FailureThreshold=3, ResourcePath="/live"),
            "inverted": check("inverted", Inverted=True),
            "disabled": check("disabled", Disabled=True),
        }
    )
)
