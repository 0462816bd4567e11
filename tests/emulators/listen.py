"""Subscribes a new queue to a topic, so that `look.py --notices` can tell what its subscribers were told."""

import json
import sys

import boto3

topic = sys.argv[1]
region, queue = topic.split(":")[3], "listener-" + topic.rsplit(":", 1)[-1]
sqs = boto3.client("sqs", region_name=region)
url = sqs.create_queue(QueueName=queue)["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
boto3.client("sns", region_name=region).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
print(json.dumps({"region": region, "queue": queue}))
