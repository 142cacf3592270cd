"""Makes one call with boto3: python3 boto3-client.py ENDPOINT SERVICE OPERATION INPUT. Prints the output as JSON."""

import json
import sys

import boto3
from botocore import xform_name

endpoint, service, operation, given = sys.argv[1:]
client = boto3.client(service, endpoint_url=endpoint)
output = getattr(client, xform_name(operation))(**json.loads(given))
output.pop("ResponseMetadata")
print(json.dumps(output, default=str))
