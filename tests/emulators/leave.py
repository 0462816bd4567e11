"""Leaves behind what a teardown must find: in each of two regions things that bear no stack's mark, and in the second a
bucket with versions, delete markers and an upload that nobody finished. Prints their names as JSON."""

import json
import sys

import boto3

suffix, home, partner = sys.argv[1:4]
names = {
    "group": f"/aws/lambda/left-{suffix}",
    "secret": f"left-{suffix}",
    "alias": f"alias/left-{suffix}",
    "bucket": f"left-{suffix}-{partner}",
    "cluster": f"left-{suffix}",
    "snapshot": f"kept-{suffix}",
}


def client(service, region=home):
    return boto3.client(service, region_name=region)


logs = client("logs")
for name in [names["group"], names["group"] + "/errors", names["group"] + "2"]:
    logs.create_log_group(logGroupName=name)

secrets = client("secretsmanager")
for name in [names["secret"], names["secret"] + "-other"]:
    secrets.create_secret(Name=name, SecretString="nobody reads this")
secrets.delete_secret(SecretId=names["secret"], RecoveryWindowInDays=7)

kms = client("kms")
key = kms.create_key()["KeyMetadata"]["KeyId"]
kms.create_alias(AliasName=names["alias"], TargetKeyId=key)
names["key"] = key

rds = client("rds")
rds.create_db_cluster(DBClusterIdentifier=names["cluster"], Engine="aurora-postgresql", EngineVersion="14.6",
                      MasterUsername="nobody", MasterUserPassword="nobody-logs-in")
rds.create_db_cluster_snapshot(DBClusterIdentifier=names["cluster"], DBClusterSnapshotIdentifier=names["snapshot"])

s3 = client("s3", partner)
s3.create_bucket(Bucket=names["bucket"], CreateBucketConfiguration={"LocationConstraint": partner})
s3.put_bucket_versioning(Bucket=names["bucket"], VersioningConfiguration={"Status": "Enabled"})
for body in [b"one", b"two"]:
    s3.put_object(Bucket=names["bucket"], Key="a b/ü", Body=body)
s3.put_object(Bucket=names["bucket"], Key="gone", Body=b"gone")
s3.delete_object(Bucket=names["bucket"], Key="gone")
s3.create_multipart_upload(Bucket=names["bucket"], Key="never finished")

print(json.dumps(names))
