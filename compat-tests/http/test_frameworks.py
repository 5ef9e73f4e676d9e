"""What frameworks and tools do with the API, in their own order."""
import json
import re
import urllib.parse
import uuid

from harness import (ACCOUNT, arn, bodies, call, case, check, counts, create, equal, fresh_name, is_error, json_call, ok,
                     query_call, receive, send, shared)


@case("kombu: queues are found by prefix and by the last part of their url")
def _():
    server = shared()
    prefix = fresh_name("celery") + "-"
    made = {name: create(server, {"VisibilityTimeout": "1800"}, prefix + name) for name in ("celery", "mail")}
    found = {url.split("/")[-1]: url for url in call(server, "ListQueues", QueueNamePrefix=prefix)["QueueUrls"]}
    equal(found, {prefix + name: url for name, url in made.items()})
    # Its asynchronous client builds query requests to the queue's path by hand.
    url = made["celery"]
    path = urllib.parse.urlsplit(url).path
    answer = query_call(server, {"Action": "SendMessage", "MessageBody": "task", "Version": "2012-11-05"}, path)
    equal(answer.status, 200, answer)
    answer = query_call(server, {"Action": "ReceiveMessage", "MaxNumberOfMessages": 10, "WaitTimeSeconds": 10,
                                 "AttributeName.1": "ApproximateReceiveCount", "QueueUrl": url}, path)
    handle = re.search("<ReceiptHandle>(.*?)</ReceiptHandle>", answer.text).group(1)
    check("<Name>ApproximateReceiveCount</Name><Value>1</Value>" in answer.text, answer)
    answer = query_call(server, {"Action": "DeleteMessage", "ReceiptHandle": handle, "QueueUrl": url}, path)
    equal(answer.status, 200, answer)
    # Its purge counts first.
    send(server, url)
    equal(counts(server, url)[0], 1)
    call(server, "PurgeQueue", QueueUrl=url)
    equal(counts(server, url), (0, 0, 0))


@case("terraform: what was created is read back equal, again and again")
def _():
    server = shared()
    name = fresh_name("terraform")
    dead = create(server, name=name + "-dead")
    wanted = {"DelaySeconds": "90", "MaximumMessageSize": "2048", "MessageRetentionPeriod": "86400",
              "ReceiveMessageWaitTimeSeconds": "10", "VisibilityTimeout": "45",
              "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": 4}),
              "Policy": json.dumps({"Version": "2012-10-17", "Statement": [{
                  "Sid": "First", "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage",
                  "Resource": arn(dead).replace("-dead", "")}]})}
    url = create(server, wanted, name, {"Environment": "production"})
    matched = re.fullmatch(r"/\d{12}/" + name, urllib.parse.urlsplit(url).path)
    check(matched, url)
    first = call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
    for _ in range(6):
        equal(call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"], first)
    for key, value in wanted.items():
        if key in ("RedrivePolicy", "Policy"):
            equal(json.loads(first[key]), json.loads(value))
        else:
            equal(first[key], value)
    equal(call(server, "ListQueueTags", QueueUrl=url)["Tags"], {"Environment": "production"})
    call(server, "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": "", "RedrivePolicy": ""})
    got = call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
    check("Policy" not in got and "RedrivePolicy" not in got, got)
    call(server, "DeleteQueue", QueueUrl=url)
    is_error(json_call(server, "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]}),
             "QueueDoesNotExist")


@case("keda: counts are fresh after every call")
def _():
    server = shared()
    url = create(server)
    equal(len(urllib.parse.urlsplit(url).path.split("/")), 3)
    for number in range(3):
        send(server, url)
        equal(counts(server, url), (number + 1, 0, 0))
    send(server, url, DelaySeconds=900)
    message, = receive(server, url)
    equal(counts(server, url), (2, 1, 1))
    call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    equal(counts(server, url), (2, 0, 1))


@case("masstransit, spring, symfony: look up, create when missing, look up again")
def _():
    server = shared()
    name = fresh_name("service")
    is_error(json_call(server, "GetQueueUrl", {"QueueName": name}), "QueueDoesNotExist")
    url = create(server, {"VisibilityTimeout": "30"}, name, {"owner": "bus"})
    equal(call(server, "GetQueueUrl", QueueName=name)["QueueUrl"], url)
    equal(call(server, "GetQueueUrl", QueueName=name, QueueOwnerAWSAccountId=ACCOUNT)["QueueUrl"], url)


@case("spring: an attempt id repeats a fifo receive")
def _():
    server = shared()
    url = create(server, {"FifoQueue": "true", "ContentBasedDeduplication": "true"})
    send(server, url, "1", MessageGroupId="g")
    send(server, url, "2", MessageGroupId="g")
    attempt = {"ReceiveRequestAttemptId": str(uuid.uuid4()), "MaxNumberOfMessages": 10}
    first = receive(server, url, **attempt)
    equal(bodies(first), ["1", "2"])
    equal(receive(server, url, MaxNumberOfMessages=10), [])
    again = receive(server, url, **attempt)
    equal([message["ReceiptHandle"] for message in again], [message["ReceiptHandle"] for message in first])


@case("benthos: batch ids are message ids")
def _():
    server = shared()
    url = create(server)
    for number in range(3):
        send(server, url, str(number))
    messages = receive(server, url, MaxNumberOfMessages=10, AttributeNames=["All"], MessageAttributeNames=["All"])
    entries = [{"Id": message["MessageId"], "ReceiptHandle": message["ReceiptHandle"]} for message in messages]
    got = call(server, "ChangeMessageVisibilityBatch", QueueUrl=url,
               Entries=[{**entry, "VisibilityTimeout": 0} for entry in entries])
    equal(len(got["Successful"]), len(entries))
    got = call(server, "DeleteMessageBatch", QueueUrl=url, Entries=entries)
    equal(([entry["Id"] for entry in got["Successful"]], "Failed" in got), ([entry["Id"] for entry in entries], False))


@case("vector, nservicebus: timestamps are integers in milliseconds")
def _():
    server = shared()
    url = create(server)
    send(server, url)
    message, = receive(server, url, MessageSystemAttributeNames=["SentTimestamp", "ApproximateFirstReceiveTimestamp"])
    for value in message["Attributes"].values():
        check(re.fullmatch(r"\d{13}", value), message)


@case("laravel, php: nothing empty is in an answer")
def _():
    server = shared()
    url = create(server)

    def empties(value, path=""):
        if isinstance(value, dict):
            return ([path] if not value and path else []) + [
                found for key, item in value.items() for found in empties(item, f"{path}.{key}")]
        if isinstance(value, list):
            return ([path] if not value else []) + [found for item in value for found in empties(item, path + "[]")]
        return []

    send(server, url, MessageAttributes={})
    for operation, members in (
            ("ReceiveMessage", {"MessageAttributeNames": ["All"], "AttributeNames": ["All"]}), ("ReceiveMessage", {}),
            ("ListQueueTags", {}), ("GetQueueAttributes", {"AttributeNames": ["All"]}),
            ("SendMessageBatch", {"Entries": [{"Id": "a", "MessageBody": "b"}]}),
            ("DeleteMessageBatch", {"Entries": [{"Id": "a", "ReceiptHandle": "b"}]})):
        got = ok(json_call(server, operation, {"QueueUrl": url, **members}))
        equal(empties(got), [], operation)


@case("nservicebus: a fifo queue with a long delay reports it")
def _():
    server = shared()
    url = create(server, {"FifoQueue": "true", "DelaySeconds": "900"}, fresh_name("nsb") + "-delay.fifo")
    call(server, "SetQueueAttributes", QueueUrl=url, Attributes={"MessageRetentionPeriod": "345600"})
    got = call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["All"])["Attributes"]
    equal((got["DelaySeconds"], got["MessageRetentionPeriod"]), ("900", "345600"))
    send(server, url, MessageGroupId="g", MessageDeduplicationId="d")
    equal(counts(server, url), (0, 0, 1))


@case("s3 and sns: a policy for a service is stored as it was given")
def _():
    server = shared()
    url = create(server)
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": arn(url), "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t"}}}]}
    call(server, "SetQueueAttributes", QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    got = call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    equal(json.loads(got), policy)
