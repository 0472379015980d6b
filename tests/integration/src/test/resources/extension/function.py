"""A Lambda function in Python that reads a credential through the extension: the example of docs/reader-extension.md."""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

PORT = os.environ.get("KEEPWARM_EXTENSION_PORT", "2774")


def credential(tenant, name, **options):
    query = urllib.parse.urlencode({"tenant": tenant, "name": name, **options}, quote_via=urllib.parse.quote)
    request = urllib.request.Request(f"http://localhost:{PORT}/v1/credential?{query}")
    request.add_header("X-Keepwarm-Token", os.environ["AWS_SESSION_TOKEN"])
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def handler(event, context):
    found = credential(event["tenant"], event["name"])
    if found["value"] != event.get("accepts", found["value"]):  # the other side has refused it
        found = credential(event["tenant"], event["name"], rejected=found["handle"])
    return {"value": found["value"], "version": found["version"]}


if __name__ == "__main__":
    for line in sys.stdin:
        try:
            answer = handler(json.loads(line), None)
        except urllib.error.HTTPError as error:
            answer = {"status": error.code, "code": json.load(error)["code"]}
        print(json.dumps(answer), flush=True)
