"""Answers questions about an account as AWS's own client for Python sees it. Standard input is a JSON list of questions,
each a region, a service and an operation, its arguments, and what of the answer is asked for (JMESPath); printed is the
list of answers."""

import json
import sys

import boto3
import jmespath
from botocore.exceptions import ClientError
from jmespath.exceptions import JMESPathError


def answer(question):
    try:
        asked = boto3.client(question["service"], region_name=question["region"])
        return jmespath.search(question["at"], getattr(asked, question["operation"])(**question["arguments"]))
    except (ClientError, JMESPathError) as error:
        return {"error": str(error)}


print(json.dumps([answer(question) for question in json.load(sys.stdin)], default=str))
