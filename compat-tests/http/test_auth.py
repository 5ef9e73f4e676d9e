"""Signatures, presigned URLs, other accounts: reference B."""
import datetime
import json
import time
import urllib.parse

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from harness import (ACCOUNT, REGION, Server, arn, bodies, case, check, equal, exchange, fresh_name, is_error,
                     is_xml_error, json_call, query_call, shared)
from server import KEY, OTHER_ACCOUNT, OTHER_KEY, OTHER_SECRET, SECRET


def client(server, key=KEY, secret=SECRET, region=REGION, **more):
    return boto3.client("sqs", endpoint_url=server.url, region_name=region, aws_access_key_id=key,
                        aws_secret_access_key=secret, config=Config(retries={"max_attempts": 0}), **more)


def presign(server, parameters, path="/", key=KEY, secret=SECRET, expires=60, at=None):
    """The target (path and query) of a presigned GET."""
    request = botocore.awsrequest.AWSRequest("GET", f"{server.url}{path}?{urllib.parse.urlencode(parameters)}")
    signer = botocore.auth.SigV4QueryAuth(botocore.credentials.Credentials(key, secret), "sqs", REGION, expires)
    if at is None:
        signer.add_auth(request)
    else:
        original = botocore.auth.get_current_datetime if hasattr(botocore.auth, "get_current_datetime") else None
        when = datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
        if original is not None:
            botocore.auth.get_current_datetime = lambda remove_tzinfo=True: when.replace(tzinfo=None)
            try:
                signer.add_auth(request)
            finally:
                botocore.auth.get_current_datetime = original
    return request.url[len(server.url):]


def signed_headers(server, body, target, key=KEY, secret=SECRET, region=REGION, service="sqs"):
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"AmazonSQS.{target}"}
    request = botocore.awsrequest.AWSRequest("POST", server.url + "/", headers=headers, data=body)
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(key, secret), service, region).add_auth(request)
    return dict(request.headers.items())


MISMATCH = ("The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.")
BAD_TOKEN = "The security token included in the request is invalid."


@case("auth: no credentials are AccessDenied in both protocols")
def _():
    server = shared("verify")
    is_error(json_call(server, "ListQueues", {}), "AccessDeniedException")
    answer = query_call(server, {"Action": "ListQueues"})
    equal(answer.status, 403, answer)
    check("<Code>AccessDenied</Code>" in answer.text, answer)


@case("auth: a signature over the body, and nothing else, is accepted")
def _():
    server = shared("verify")
    headers = signed_headers(server, b"{}", "ListQueues")
    equal(exchange(server, "POST", "/", headers, b"{}").status, 200)
    is_error(exchange(server, "POST", "/", headers, b'{"MaxResults":5}'), "InvalidSignatureException", MISMATCH)
    is_error(exchange(server, "POST", "/?x=1", headers, b"{}"), "InvalidSignatureException", MISMATCH)
    is_error(exchange(server, "POST", "/", {**headers, "X-Amz-Target": "AmazonSQS.CreateQueue"},
                      b"{}"), "InvalidSignatureException", MISMATCH)


@case("auth: wrong secret, unknown key, broken header, other region")
def _():
    server = shared("verify")

    def post(headers):
        return exchange(server, "POST", "/", headers, b"{}")

    is_error(post(signed_headers(server, b"{}", "ListQueues", secret="wrong")), "InvalidSignatureException", MISMATCH)
    is_error(post(signed_headers(server, b"{}", "ListQueues", key="AKIDUNKNOWN")), "UnrecognizedClientException",
             BAD_TOKEN)
    for region, service in (("eu-west-1", "sqs"), (REGION, "sns")):
        is_error(post(signed_headers(server, b"{}", "ListQueues", region=region, service=service)),
                 "InvalidSignatureException")
    headers = signed_headers(server, b"{}", "ListQueues")
    for broken in ("AWS4-HMAC-SHA256 Credential=bogus", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 x",
                   headers["Authorization"].split(", Signature")[0]):
        is_error(post({**headers, "Authorization": broken}), "IncompleteSignatureException")


@case("auth: signature errors in the query protocol")
def _():
    server = shared("verify")
    target = presign(server, {"Action": "ListQueues"})
    equal(exchange(server, "GET", target).status, 200)
    is_xml_error(exchange(server, "GET", target + "0"), 403, "SignatureDoesNotMatch", MISMATCH)
    is_xml_error(exchange(server, "GET", presign(server, {"Action": "ListQueues"}, key="AKIDUNKNOWN")), 403,
                 "InvalidClientTokenId", BAD_TOKEN)


@case("auth: presigned urls send, receive and delete a queue")
def _():
    server = shared("verify")
    url = client(server).create_queue(QueueName=fresh_name("presigned"))["QueueUrl"]
    path = urllib.parse.urlsplit(url).path
    answer = exchange(server, "GET", presign(server, {"Action": "SendMessage", "MessageBody": "a b+c&d/\u00e9"}, path))
    equal(answer.status, 200, answer)
    equal(bodies(client(server).receive_message(QueueUrl=url)["Messages"]), ["a b+c&d/\u00e9"])
    equal(exchange(server, "GET", presign(server, {"Action": "DeleteQueue"}, path)).status, 200)


@case("auth: a presigned url lives 15 minutes whatever it says")
def _():
    server = shared("verify")
    now = time.time()
    equal(exchange(server, "GET", presign(server, {"Action": "ListQueues"}, expires=1, at=now - 600)).status, 200)
    answer = exchange(server, "GET", presign(server, {"Action": "ListQueues"}, expires=604800, at=now - 960))
    equal(answer.status, 403, answer)
    check("<Code>SignatureDoesNotMatch</Code>" in answer.text and "Signature expired: " in answer.text, answer)
    answer = exchange(server, "GET", presign(server, {"Action": "ListQueues"}, at=now + 960))
    equal(answer.status, 403, answer)
    check("<Code>SignatureDoesNotMatch</Code>" in answer.text, answer)


def denied(function, **arguments):
    try:
        function(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"], error
    raise AssertionError("the call succeeded")


@case("auth: another account needs a permission, and gets only that")
def _():
    server = shared("verify")
    mine, other = client(server), client(server, OTHER_KEY, OTHER_SECRET)
    name = fresh_name("shared")
    url = mine.create_queue(QueueName=name)["QueueUrl"]
    equal(url.split("/")[-2], ACCOUNT)
    equal(other.create_queue(QueueName=name)["QueueUrl"].split("/")[-2], OTHER_ACCOUNT)
    equal(denied(other.send_message, QueueUrl=url, MessageBody="x")[:2], ("AccessDenied", 403))
    mine.add_permission(QueueUrl=url, Label="one", AWSAccountIds=[OTHER_ACCOUNT], Actions=["SendMessage"])
    other.send_message(QueueUrl=url, MessageBody="granted")
    other.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "batch"}])
    code, status, error = denied(other.receive_message, QueueUrl=url)
    equal((code, status), ("AccessDenied", 403))
    check("sqs:receivemessage" in str(error) and arn(url) in str(error), error)
    mine.add_permission(QueueUrl=url, Label="all", AWSAccountIds=[OTHER_ACCOUNT], Actions=["*"])
    equal(len(other.receive_message(QueueUrl=url)["Messages"]), 1)
    equal(denied(other.delete_queue, QueueUrl=url)[:2], ("AccessDenied", 403))
    equal(other.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=ACCOUNT)["QueueUrl"], url)
    mine.remove_permission(QueueUrl=url, Label="all")
    mine.remove_permission(QueueUrl=url, Label="one")
    code, _, error = denied(other.get_queue_url, QueueName=name, QueueOwnerAWSAccountId=ACCOUNT)
    equal(code, "AWS.SimpleQueueService.NonExistentQueue")
    check("The specified queue does not exist or you do not have access to it." in str(error), error)


@case("auth: an explicit deny holds for the owner too")
def _():
    server = shared("verify")
    mine = client(server)
    url = mine.create_queue(QueueName=fresh_name("deny"))["QueueUrl"]
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn(url)}]}
    mine.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(policy)})
    code, _, error = denied(mine.send_message, QueueUrl=url, MessageBody="x")
    equal(code, "AccessDenied")
    check("with an explicit deny in a resource-based policy" in str(error), error)
    mine.receive_message(QueueUrl=url)


@case("auth: off takes requests without, and with any, credentials")
def _():
    server = shared()
    equal(json_call(server, "ListQueues", {"MaxResults": 1}).status, 200)
    client(server, "anything", "at all").list_queues(MaxResults=1)


@case("auth: explain says in the log what was signed, never the secret")
def _():
    with Server(auth="explain") as server:
        headers = signed_headers(server, b"{}", "ListQueues", secret="wrong")
        is_error(exchange(server, "POST", "/", headers, b"{}"), "InvalidSignatureException")
        log = server.log_tail(200)
        check("AWS4-HMAC-SHA256" in log, log)
        check(SECRET not in log, "the secret is in the log")
