#!/usr/bin/env python3
"""Tries Keepwarm's released template in a throw-away AWS account, and reports each expectation.

Needs botocore, and credentials of an account in which nothing else is: it makes and deletes stacks,
tables, keys, secrets, roles and a bucket whose names begin with `keepwarm`. On an emulator
(--emulator URL) it goes as far as that goes, and says what it has skipped and why.

    infra/smoke/smoke.py --release DIRECTORY --yes
"""

import argparse
import io
import json
import pathlib
import re
import sys
import time
import uuid
import zipfile

import botocore.session
from botocore.exceptions import ClientError

# What an emulator cannot do: the reason for a step that is skipped there.
RUNS = "no function runs there"
DENIES = "it enforces no policies"

READER = """
const { createReader } = require('./keepwarm.cjs');
const reader = createReader({ nearTtl: 0 });
exports.handler = async ({ tenant, name }) => {
  const begun = performance.now();
  try {
    const credential = await reader.get(tenant, name);
    return { text: credential.text(), millis: performance.now() - begun };
  } catch (error) {
    return { code: error.code, millis: performance.now() - begun };
  }
};
"""


class Skipped(Exception):
    """A step that cannot be done here; the text says why."""


class Report:
    """The expectations and their results."""

    def __init__(self):
        self.rows = []

    def step(self, expectation, action):
        """Runs a step. Reports any exception, and continues with the others."""
        begun = time.monotonic()
        try:
            result, detail = "ok", action()
        except Skipped as skipped:
            result, detail = "skipped", str(skipped)
        except Exception as failure:  # Every exception is a finding.
            result, detail = "FAILED", f"{type(failure).__name__}: {failure}"
        row = {
            "expectation": expectation,
            "result": result,
            "seconds": round(time.monotonic() - begun, 1),
            "detail": detail if detail is None or isinstance(detail, str) else json.dumps(detail),
        }
        self.rows.append(row)
        print(f"{result:8} {row['seconds']:7.1f} s  {expectation}  {row['detail'] or ''}", flush=True)
        return result == "ok"

    def write(self, file):
        lines = ["| expectation | result | seconds | detail |", "| --- | --- | ---: | --- |"]
        for row in self.rows:
            detail = (row["detail"] or "").replace("|", "\\|").replace("\n", " ")
            lines.append(f"| {row['expectation']} | {row['result']} | {row['seconds']} | {detail} |")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines) + "\n")
        file.with_suffix(".json").write_text(json.dumps(self.rows, indent=2) + "\n")

    def count(self, result):
        return sum(row["result"] == result for row in self.rows)


class Smoke:
    def __init__(self, options, report):
        self.options = options
        self.report = report
        self.emulated = options.emulator is not None
        keys = {}
        if self.emulated:
            keys = {
                "endpoint_url": options.emulator,
                "aws_access_key_id": "test",
                "aws_secret_access_key": "test",
                "region_name": "us-east-1",
            }
        self.session = botocore.session.get_session()
        self.client = lambda service, **more: self.session.create_client(
            service, **{**keys, **more})
        self.run = uuid.uuid4().hex[:8]
        self.suffix = f"-smoke-{self.run}"
        self.bucket = f"keepwarm-smoke-{self.run}"
        self.tenant = f"tenant-{self.run}"
        self.template = json.loads((options.release / "template.json").read_text())
        self.outputs = {}
        self.left = {}
        self.made = []

    # -- the steps, in their order

    def all(self):
        step = self.report.step
        step("the release is uploaded", self.upload)
        if not step("the template makes a stack", lambda: self.deploy(self.suffix)):
            return
        step("a second stack fits beside it", self.second)
        step("every name ends with the suffix", self.names)
        step("a function in Node can be given the reader's policies", self.make_reader)
        step("a credential is read", lambda: self.reads("first"))
        step("a rotation is read within a minute", self.rotate)
        step("initialisation and first reads are measured", self.measure)
        step("a stranger cannot publish, whatever its own policy says", self.forbidden)
        step("a revocation is refused within a minute", self.revoke)
        step("an edited profile goes live", self.redeploy)
        step("destroyed, the stack leaves key and tables", self.destroy)
        step("it is deployed again with what it left", self.again)

    def upload(self):
        s3 = self.client("s3")
        region = s3.meta.region_name
        where = {} if region == "us-east-1" else {
            "CreateBucketConfiguration": {"LocationConstraint": region}
        }
        s3.create_bucket(Bucket=self.bucket, **where)
        self.made.append(lambda: self.empty_bucket(s3))
        for file in ("keepwarm-managed.zip", f"keepwarm-pinned-{self.options.architecture}.zip"):
            path = self.options.release / file
            if path.exists():
                with path.open("rb") as body:
                    s3.put_object(Bucket=self.bucket, Key=file, Body=body)
            elif self.emulated:
                s3.put_object(Bucket=self.bucket, Key=file, Body=empty_zip())
            else:
                raise FileNotFoundError(path)
        s3.put_object(Bucket=self.bucket, Key="template.json", Body=json.dumps(self.body()))
        return f"{len(json.dumps(self.body()))} bytes of template"

    def deploy(self, suffix, **more):
        formation = self.client("cloudformation")
        name = f"keepwarm{suffix}"
        parameters = {
            "Suffix": suffix,
            "CodeBucket": self.bucket,
            "Architecture": self.options.architecture,
            "Source": "secretsmanager",
            "SecretsPrefix": f"keepwarm{suffix}/",
            "SecretsProfile": "plain",
            "Profiles": '{"profiles": {"plain": {"scheme": "plain"}}}',
            **more,
        }
        arguments = {
            "StackName": name,
            "Capabilities": ["CAPABILITY_IAM"],
            "Parameters": [
                {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
            ],
            **self.template_argument(),
        }
        exists = name in self.outputs
        if exists:
            formation.update_stack(**arguments)
        else:
            formation.create_stack(**arguments)
            if "ExistingKey" not in more:
                # Undone in reverse, so after the stack.
                self.made.append(lambda: self.delete_left(name))
            self.made.append(lambda: self.delete_stack(name))
        stack = self.settled(name)
        if not stack["StackStatus"] in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
            raise RuntimeError(f"{stack['StackStatus']}: {self.why(name)}")
        self.outputs[name] = {
            output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])
        }
        self.left.setdefault(name, self.outputs[name])
        return stack["StackStatus"]

    def second(self):
        status = self.deploy(self.suffix + "-b")
        one = set(self.outputs[f"keepwarm{self.suffix}"].values())
        other = set(self.outputs[f"keepwarm{self.suffix}-b"].values())
        if one & other:
            raise RuntimeError(f"shared: {one & other}")
        return status

    def names(self):
        outputs = self.stack()
        for output in ("CacheTable", "WheelTable", "Bus"):
            if not outputs[output].endswith(self.suffix):
                raise RuntimeError(outputs[output])
        tables = self.client("dynamodb").list_tables()["TableNames"]
        return [table for table in tables if table.endswith(self.suffix)]

    def make_reader(self):
        bundle = self.options.reader
        code = io.BytesIO()
        with zipfile.ZipFile(code, "w") as archive:
            archive.writestr("index.js", READER)
            if bundle.exists():
                archive.write(bundle, "keepwarm.cjs")
            elif self.emulated:
                archive.writestr("keepwarm.cjs", "")
            else:
                raise FileNotFoundError(bundle)
        outputs = self.stack()
        role = self.role("reader", "lambda.amazonaws.com", [
            outputs["ReaderPolicyArn"],
            outputs["ResolverCallerPolicyArn"],
            "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        ])
        functions = self.client("lambda")
        self.reader = f"keepwarm-reader{self.suffix}"
        self.retry(lambda: functions.create_function(
            FunctionName=self.reader,
            Runtime="nodejs22.x",
            Handler="index.handler",
            Role=role,
            Timeout=30,
            Code={"ZipFile": code.getvalue()},
            Environment={"Variables": {
                "KEEPWARM_CACHE_TABLE": outputs["CacheTable"],
                "KEEPWARM_KMS_KEY": outputs["KeyArn"],
                "KEEPWARM_BUS": outputs["Bus"],
                "KEEPWARM_RESOLVER": outputs["ResolverArn"],
            }},
        ))
        self.made.append(lambda: functions.delete_function(FunctionName=self.reader))
        return self.reader

    def reads(self, value):
        secrets = self.client("secretsmanager")
        name = f"keepwarm{self.suffix}/{self.tenant}/bank"
        secrets.create_secret(Name=name, SecretString=value)
        self.made.append(lambda: secrets.delete_secret(
            SecretId=name, ForceDeleteWithoutRecovery=True))
        self.runs_functions()
        return self.until(lambda answer: answer.get("text") == value)

    def rotate(self):
        self.client("secretsmanager").put_secret_value(
            SecretId=f"keepwarm{self.suffix}/{self.tenant}/bank", SecretString="second")
        self.runs_functions()
        return self.until(lambda answer: answer.get("text") == "second")

    def forbidden(self):
        self.enforces_policies()
        entry = self.change("Credential Invalidated")
        try:
            self.client("events").put_events(Entries=[entry])
        except ClientError as error:
            if error.response["Error"]["Code"] in ("AccessDeniedException", "AccessDenied"):
                return error.response["Error"]["Message"]
            raise
        raise RuntimeError("it was published")

    def revoke(self):
        outputs = self.stack()
        account = self.client("sts").get_caller_identity()["Account"]
        role = self.role("publisher", None, [outputs["PublisherPolicyArn"]], account, {
            "keepwarm-publisher": outputs["Bus"]
        })
        if self.emulated:
            events = self.client("events")
        else:
            assumed = self.retry(lambda: self.client("sts").assume_role(
                RoleArn=role, RoleSessionName="smoke"))["Credentials"]
            events = self.client(
                "events",
                aws_access_key_id=assumed["AccessKeyId"],
                aws_secret_access_key=assumed["SecretAccessKey"],
                aws_session_token=assumed["SessionToken"],
            )
        answer = self.retry(lambda: events.put_events(
            Entries=[self.change("Credential Revoked")]))
        if answer["FailedEntryCount"]:
            raise RuntimeError(json.dumps(answer["Entries"]))
        if self.emulated:
            self.arrives(outputs["UrgentQueueUrl"])
        self.runs_functions()
        return self.until(lambda got: got.get("code") == "REVOKED")

    def redeploy(self):
        functions = self.client("lambda")
        alias = {"FunctionName": f"keepwarm-decryptor{self.suffix}", "Name": "live"}
        before = functions.get_alias(**alias)["FunctionVersion"]
        self.deploy(
            self.suffix,
            Profiles='{"profiles": {"plain": {"scheme": "plain"}, "other": {"scheme": "plain"}}}',
            Deployment="edited",
        )
        after = functions.get_alias(**alias)["FunctionVersion"]
        if before == after:
            raise RuntimeError(f"version {before} is still live")
        return f"version {before}, then {after}"

    def measure(self):
        self.runs_functions()
        logs = self.client("logs")
        found = {}
        for part in ("decryptor", "resolver", "warmer"):
            events = logs.filter_log_events(
                logGroupName=f"/aws/lambda/keepwarm-{part}{self.suffix}", filterPattern="REPORT")
            found[part] = sorted({
                float(match.group(1))
                for event in events["events"]
                for match in re.finditer(r"(?:Init|Restore) Duration: ([\d.]+) ms", event["message"])
            })
        reads = [self.ask() for _ in range(20)]
        if not all("text" in read for read in reads):
            raise RuntimeError(f"refused: {[read.get('code') for read in reads]}")
        found["reads"] = [round(read["millis"], 1) for read in reads]
        return found

    def destroy(self):
        name = f"keepwarm{self.suffix}"
        self.kept = dict(self.stack())
        self.delete_stack(name)
        del self.outputs[name]
        dynamo = self.client("dynamodb")
        state = self.client("kms").describe_key(KeyId=self.kept["KeyArn"])["KeyMetadata"]["KeyState"]
        dynamo.describe_table(TableName=self.kept["WheelTable"])
        if state != "Enabled":
            raise RuntimeError(f"the key is {state}")
        return f"the wheel is there, the key is {state}"

    def again(self):
        status = self.deploy(
            self.suffix, ExistingKey=self.kept["KeyArn"], ExistingTables="true")
        if self.stack()["KeyArn"] != self.kept["KeyArn"]:
            raise RuntimeError("another key")
        return status

    # -- the parts of the steps

    def stack(self):
        return self.outputs[f"keepwarm{self.suffix}"]

    def body(self):
        """The template, without the resources that an emulator does not support."""
        if not self.options.leave_out:
            return self.template
        body = json.loads(json.dumps(self.template))
        body.pop("Rules", None)
        left_out = set(self.options.leave_out.split(","))
        math = "AWS::CloudWatch::Alarm.Metrics" in left_out
        gone = {
            name
            for name, resource in body["Resources"].items()
            if resource["Type"] in left_out
            or (math and resource["Type"] == "AWS::CloudWatch::Alarm"
                and "Metrics" in resource["Properties"])
        }
        more = gone
        while more:
            for section in ("Resources", "Outputs"):
                for name in more:
                    body[section].pop(name, None)
            more = {
                name
                for section in ("Resources", "Outputs")
                for name, element in body[section].items()
                if any(f'"{each}"' in json.dumps(element) for each in gone)
            }
            gone = gone | more
        return body

    def template_argument(self):
        if self.emulated:
            # Without spaces it is small enough to be passed on, and need not be fetched.
            text = json.dumps(self.body(), separators=(",", ":"))
            if len(text) <= 51_200:
                return {"TemplateBody": text}
        s3 = self.client("s3")
        return {"TemplateURL": f"{s3.meta.endpoint_url}/{self.bucket}/template.json"
                if self.emulated else
                f"https://{self.bucket}.s3.{s3.meta.region_name}.amazonaws.com/template.json"}

    def settled(self, name):
        formation = self.client("cloudformation")
        for _ in range(self.options.patience):
            stack = formation.describe_stacks(StackName=name)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack
            time.sleep(self.pause())
        raise TimeoutError(f"{name} is still {stack['StackStatus']}")

    def why(self, name):
        events = self.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return "; ".join(
            f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}"
            for event in events
            if event["ResourceStatus"].endswith("FAILED")
        )[:1000]

    def delete_stack(self, name):
        formation = self.client("cloudformation")
        formation.delete_stack(StackName=name)
        for _ in range(self.options.patience):
            try:
                status = formation.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"]
            except ClientError:
                return
            if status == "DELETE_COMPLETE":
                return
            if status == "DELETE_FAILED":
                raise RuntimeError(self.why(name))
            time.sleep(self.pause())
        raise TimeoutError(f"{name} is still there")

    def delete_left(self, name):
        """The resources that outlive their stack."""
        outputs = self.left[name]
        self.client("kms").schedule_key_deletion(KeyId=outputs["KeyArn"], PendingWindowInDays=7)
        self.delete_table(outputs["WheelTable"])

    def delete_table(self, name):
        dynamo = self.client("dynamodb")
        dynamo.update_table(TableName=name, DeletionProtectionEnabled=False)
        self.retry(lambda: dynamo.delete_table(TableName=name))

    def empty_bucket(self, s3):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket):
            for each in page.get("Contents", []):
                s3.delete_object(Bucket=self.bucket, Key=each["Key"])
        s3.delete_bucket(Bucket=self.bucket)

    def role(self, name, service, policies, account=None, tags=None):
        iam = self.client("iam")
        full = f"keepwarm-{name}{self.suffix}"
        principal = {"Service": service} if service else {"AWS": f"arn:aws:iam::{account}:root"}
        arn = iam.create_role(
            RoleName=full,
            AssumeRolePolicyDocument=json.dumps({
                "Version": "2012-10-17",
                "Statement": [
                    {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
                ],
            }),
            Tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()],
        )["Role"]["Arn"]
        self.made.append(lambda: iam.delete_role(RoleName=full))
        for policy in policies:
            try:
                iam.attach_role_policy(RoleName=full, PolicyArn=policy)
            except ClientError:
                # An emulator may not have AWS's own policies.
                if not (self.emulated and ":aws:policy/" in policy):
                    raise
                continue
            self.made.append(lambda p=policy: iam.detach_role_policy(RoleName=full, PolicyArn=p))
        return arn

    def change(self, kind):
        return {
            "EventBusName": self.stack()["Bus"],
            "Source": "keepwarm",
            "DetailType": kind,
            "Detail": json.dumps({"tenant": self.tenant, "name": "bank"}),
        }

    def arrives(self, queue):
        messages = self.client("sqs").receive_message(
            QueueUrl=queue, WaitTimeSeconds=10).get("Messages", [])
        if not messages or json.loads(messages[0]["Body"])["detail"]["tenant"] != self.tenant:
            raise RuntimeError("no event in the urgent queue")

    def runs_functions(self):
        if self.emulated:
            raise Skipped(RUNS)

    def enforces_policies(self):
        if self.emulated:
            raise Skipped(DENIES)

    def ask(self):
        answer = self.client("lambda").invoke(
            FunctionName=self.reader,
            Payload=json.dumps({"tenant": self.tenant, "name": "bank"}),
        )
        return json.loads(answer["Payload"].read())

    def until(self, wanted):
        begun = time.monotonic()
        while time.monotonic() - begun < 60:
            answer = self.ask()
            if wanted(answer):
                return f"after {time.monotonic() - begun:.1f} s; {answer['millis']:.1f} ms"
            time.sleep(0.5)
        raise TimeoutError(f"the last answer was {answer.get('code', 'another value')}")

    def retry(self, action):
        """IAM is eventually consistent."""
        for left in range(10, -1, -1):
            try:
                return action()
            except ClientError:
                if left == 0 or self.emulated:
                    raise
                time.sleep(3)

    def pause(self):
        return 0.2 if self.emulated else 5

    def clean(self):
        for undo in reversed(self.made):
            try:
                undo()
            except Exception as failure:  # The rest must still be cleaned.
                if not self.emulated:
                    print(f"not cleaned: {failure}", file=sys.stderr)


def empty_zip():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("placeholder", "")
    return data.getvalue()


def main():
    root = pathlib.Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--release", type=pathlib.Path, required=True,
                        help="directory with template.json and the zips")
    parser.add_argument("--reader", type=pathlib.Path,
                        default=root / "cache-reader/node/dist/index.cjs",
                        help="the Node reader as one CommonJS file")
    parser.add_argument("--architecture", default="x86_64", choices=["x86_64", "arm64"])
    parser.add_argument("--report", type=pathlib.Path, default=root / "target/smoke/report.md")
    parser.add_argument("--emulator", metavar="URL", help="an emulator instead of AWS")
    parser.add_argument("--leave-out", default="",
                        help="types of resources that the emulator does not know")
    parser.add_argument("--patience", type=int, default=360, help="polls of a stack")
    parser.add_argument("--yes", action="store_true", help="this is a throw-away account")
    options = parser.parse_args()
    if not options.emulator and not options.yes:
        parser.error("without --emulator it takes --yes: it makes and deletes things on AWS")
    report = Report()
    smoke = Smoke(options, report)
    try:
        smoke.all()
    finally:
        smoke.clean()
        report.write(options.report)
    print(f"smoke: {report.count('ok')} ok, {report.count('skipped')} skipped, "
          f"{report.count('FAILED')} failed; {options.report}")
    sys.exit(1 if report.count("FAILED") or not report.count("ok") else 0)


if __name__ == "__main__":
    main()
