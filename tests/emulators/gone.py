"""Deletes a bucket, which is refused unless nothing is in it, and prints whether it went as JSON."""

import json
import sys

import boto3

bucket, region = sys.argv[1:3]
boto3.client("s3", region_name=region).delete_bucket(Bucket=bucket)
print(json.dumps({"deleted": bucket}))
