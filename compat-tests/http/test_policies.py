"""Who may do what: queue policies as Amazon takes and reads them, move tasks, everybody, root. Reference B3, C1, C18."""
import base64
import json
import pathlib
import urllib.parse

from botocore.exceptions import ClientError

from harness import (ACCOUNT, Server, arn, case, check, create, equal, exchange, fresh_name, is_error, is_xml_error,
                     json_call, query_call, shared)
from server import CREDENTIALS, KEY, OTHER_ACCOUNT, OTHER_KEY, OTHER_SECRET
from test_auth import client, denied, presign, signed_headers

BAD_POLICY = "Invalid value for the parameter Policy."
SPEC = json.loads((pathlib.Path(__file__).resolve().parents[2] / "api-spec" / "sqs.json").read_text(encoding="utf-8"))
DENIED = "with an explicit deny in a resource-based policy"


def statement(url, effect="Allow", principal="*", action="sqs:SendMessage", **more):
    return {"Effect": effect, "Principal": principal, "Action": action, "Resource": arn(url), **more}


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def set_policy(sqs, url, *statements):
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": document(*statements) if statements else ""})


def both_refuse(server, url, policy, status, name, code, text):
    """SetQueueAttributes in both protocols, and CreateQueue."""
    is_error(json_call(server, "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": policy}}), name, text)
    is_error(json_call(server, "CreateQueue", {"QueueName": fresh_name(), "Attributes": {"Policy": policy}}), name, text)
    is_xml_error(query_call(server, {"Action": "SetQueueAttributes", "QueueUrl": url, "Attribute.1.Name": "Policy",
                                     "Attribute.1.Value": policy}), status, code, text)


@case("policies: one that would never match is refused")
def _():
    server = shared()
    url = create(server)
    other = {"AWS": OTHER_ACCOUNT}
    bad = [statement(url, principal={"AWS": f"arn:aws:iam::{OTHER_ACCOUNT}:user/*"}),
           statement(url, principal={"AWS": "222*"}), statement(url, action="SendMessage"),
           statement(url, action="sqs:Nonsense"), statement(url, action="sqs:SendMessageBatch"),
           statement(url, principal=other, action="sqs:ListQueues"),
           statement(url, principal=other, action=["sqs:SendMessage", "sqs:SetQueueAttributes"]),
           statement(url, Condition={"StringEqualz": {"aws:SourceAccount": ACCOUNT}})]
    missing = statement(url)
    del missing["Resource"]
    all_but = statement(url)
    all_but["NotPrincipal"] = {"AWS": ACCOUNT}
    del all_but["Principal"]
    for row in bad + [missing, all_but]:
        both_refuse(server, url, document(row), 400, "InvalidAttributeValue", "InvalidAttributeValue", BAD_POLICY)
    for row in (statement(url, principal={"AWS": ACCOUNT}, action="sqs:ListQueues"),
                statement(url, principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"}, action="sqs:SetQueueAttributes"),
                statement(url, "Deny", action="sqs:DeleteQueue"), statement(url, principal=other, action="SQS:*")):
        answer = json_call(server, "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": document(row)}})
        equal(answer.status, 200, row, answer)


@case("policies: too large, too many actions, too many statements")
def _():
    server = shared()
    url = create(server)
    limit = (403, "OverLimit", "OverLimit")
    text = document(statement(url))
    both_refuse(server, url, text + " " * (8193 - len(text)), *limit, "Submitted policy is over max allowed size.")
    answer = json_call(server, "SetQueueAttributes",
                       {"QueueUrl": url, "Attributes": {"Policy": text + " " * (8192 - len(text))}})
    equal(answer.status, 200, answer)
    actions = ["sqs:SendMessage"] * 8
    both_refuse(server, url, document(statement(url, action=actions)), *limit,
                "8 actions were found in a statement from the submitted policy, max allowed is 7")
    both_refuse(server, url, document(*[statement(url)] * 21), *limit,
                "21 statements were found in the submitted policy, max allowed is 20")
    both_refuse(server, url, "{}", 400, "InvalidAttributeValue", "InvalidAttributeValue", BAD_POLICY)


@case("policies: one without a version is read back with one")
def _():
    server = shared()
    url = create(server)
    policy = {"Id": "mine", "Statement": [statement(url)]}
    answer = json_call(server, "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": json.dumps(policy)}})
    equal(answer.status, 200, answer)
    got = json_call(server, "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["Policy"]}).json()
    equal(json.loads(got["Attributes"]["Policy"]), {"Version": "2008-10-17", **policy})
    with Server() as other:
        name, attributes = fresh_name(), {"Policy": json.dumps(policy)}
        for _ in range(2):
            answer = json_call(other, "CreateQueue", {"QueueName": name, "Attributes": attributes})
            equal(answer.status, 200, answer)
        other.stop()
        other.start()
        answer = json_call(other, "CreateQueue", {"QueueName": name, "Attributes": attributes})
        equal(answer.status, 200, answer)


@case("policies: an explicit deny of each action holds")
def _():
    server = shared("verify")
    mine = client(server)
    url = mine.create_queue(QueueName=fresh_name("each"))["QueueUrl"]
    target = mine.create_queue(QueueName=fresh_name("each"))["QueueUrl"]
    redrive = json.dumps({"deadLetterTargetArn": arn(url), "maxReceiveCount": 1})
    mine.set_queue_attributes(QueueUrl=target, Attributes={"RedrivePolicy": redrive})
    handle = base64.b64encode(json.dumps({"taskId": "00000000-0000-0000-0000-000000000000",
                                          "sourceArn": arn(url)}).encode()).decode()
    entry = {"Id": "a", "MessageBody": "x", "ReceiptHandle": "x", "VisibilityTimeout": 1}
    samples = {"AWSAccountIds": [OTHER_ACCOUNT], "Actions": ["SendMessage"], "Label": "l", "TaskHandle": handle,
               "SourceArn": arn(url), "QueueName": url.split("/")[-1], "MessageBody": "x", "ReceiptHandle": "x",
               "VisibilityTimeout": 1, "Attributes": {"DelaySeconds": "0"}, "Tags": {"a": "b"}, "TagKeys": ["a"],
               "QueueUrl": url, "Entries": [entry]}
    checked = []
    for action in SPEC["actions"]:
        name = action["name"]
        if name == "ListQueues":
            continue  # is about no queue, so no queue's policy says anything of it
        set_policy(mine, url, statement(url, "Deny", action=action["iam_action"]))
        members = {m["name"]: samples[m["name"]] for m in action["request"] if m["name"] in samples}
        if name == "CreateQueue":
            del members["Attributes"]
        if "Entries" in members:
            shape = next(m["of"] for m in action["request"] if m["name"] == "Entries")
            members["Entries"] = [{m["name"]: entry[m["name"]] for m in SPEC["shapes"][shape] if m["name"] in entry}]
        body = json.dumps(members).encode()
        answer = exchange(server, "POST", "/", signed_headers(server, body, name), body)
        if name == "RemovePermission":
            check(answer.status != 403, "root may", answer)
        else:
            text = is_error(answer, "AccessDeniedException")
            check(DENIED in text and action["iam_action"].lower() in text and arn(url) in text, name, text)
        set_policy(mine, url)
        checked.append(name)
    equal(len(checked), 22)


@case("policies: a move task needs what it does, at the source and the target")
def _():
    server = shared("verify")
    mine = client(server)
    dead, source, target = (mine.create_queue(QueueName=fresh_name("move"))["QueueUrl"] for _ in range(3))
    redrive = json.dumps({"deadLetterTargetArn": arn(dead), "maxReceiveCount": 1})
    mine.set_queue_attributes(QueueUrl=source, Attributes={"RedrivePolicy": redrive})

    def start(**more):
        return mine.start_message_move_task(SourceArn=arn(dead), **more)

    for action in ("StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        set_policy(mine, dead, statement(dead, "Deny", action=f"sqs:{action}"))
        for more in ({}, {"DestinationArn": arn(target)}):
            code, status, error = denied(start, **more)
            equal((code, status), ("AccessDenied", 403))
            check(f"sqs:{action.lower()} on resource: {arn(dead)} {DENIED}" in str(error), error)
    set_policy(mine, dead)
    set_policy(mine, target, statement(target, "Deny"))
    code, _, error = denied(start, DestinationArn=arn(target))
    equal(code, "AccessDenied")
    check(f"sqs:sendmessage on resource: {arn(target)}" in str(error), error)
    set_policy(mine, source, statement(source, "Deny"))
    code, _, error = denied(start)
    equal(code, "AccessDenied")
    check(f"sqs:sendmessage on resource: {arn(source)}" in str(error), error)
    set_policy(mine, source)
    set_policy(mine, dead, statement(dead, "Deny", action="sqs:SendMessage"))
    start()  # sending to the source of the task is not needed
    equal(len(mine.list_message_move_tasks(SourceArn=arn(dead))["Results"]), 1)


@case("policies: the anonymous are served where a policy lets everybody in")
def _():
    server = shared("verify")
    mine = client(server)
    url = mine.create_queue(QueueName=fresh_name("open"))["QueueUrl"]
    closed = mine.create_queue(QueueName=fresh_name("closed"))["QueueUrl"]
    path = urllib.parse.urlsplit(url).path
    set_policy(mine, url, statement(url, action=["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:GetQueueUrl"]))
    for answer in (json_call(server, "SendMessage", {"QueueUrl": url, "MessageBody": "json"}),
                   query_call(server, {"Action": "SendMessage", "MessageBody": "form"}, path),
                   query_call(server, {"Action": "SendMessage", "MessageBody": "url"}, path, "GET")):
        equal(answer.status, 200, answer)
    got = json_call(server, "ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": 10,
                                               "MessageSystemAttributeNames": ["SenderId"]})
    equal(got.status, 200, got)
    equal({message["Attributes"]["SenderId"] for message in got.json()["Messages"]}, {"127.0.0.1"})
    answer = json_call(server, "GetQueueUrl", {"QueueName": url.split("/")[-1], "QueueOwnerAWSAccountId": ACCOUNT})
    equal(answer.json().get("QueueUrl"), url, answer)
    text = "Access to the resource https://sqs.us-east-1.amazonaws.com{} is denied."
    for operation, members in (("DeleteMessage", {"QueueUrl": url, "ReceiptHandle": "x"}), ("ListQueues", {}),
                               ("CreateQueue", {"QueueName": "x"}), ("DeleteQueue", {"QueueUrl": url}),
                               ("SendMessage", {"QueueUrl": closed, "MessageBody": "x"}), ("Nonsense", {}),
                               ("SendMessage", {"QueueUrl": url + "-none", "MessageBody": "x"}), ("SendMessage", {}),
                               ("SendMessage", "{"), ("StartMessageMoveTask", {"SourceArn": arn(url)}),
                               ("GetQueueUrl", {"QueueName": "x", "QueueOwnerAWSAccountId": ACCOUNT}),
                               ("GetQueueUrl", {"QueueName": closed.split("/")[-1],
                                                "QueueOwnerAWSAccountId": ACCOUNT}),
                               ("GetQueueUrl", {})):
        is_error(json_call(server, operation, members), "AccessDeniedException", text.format("/"))
    is_xml_error(query_call(server, {"Action": "PurgeQueue"}, path), 403, "AccessDenied", text.format(path))
    # Whoever shows credentials is held to them.
    headers = signed_headers(server, b"{}", "SendMessage", secret="wrong")
    is_error(exchange(server, "POST", "/", headers, b"{}"), "InvalidSignatureException")
    set_policy(mine, url, statement(url), statement(url, "Deny", Condition={
        "StringEquals": {"aws:PrincipalType": "Anonymous"}}))
    is_error(json_call(server, "SendMessage", {"QueueUrl": url, "MessageBody": "x"}), "AccessDeniedException")
    set_policy(mine, url, statement(url, principal={"AWS": OTHER_ACCOUNT}))
    is_error(json_call(server, "SendMessage", {"QueueUrl": url, "MessageBody": "x"}), "AccessDeniedException")


@case("policies: root takes back a policy that shuts everybody out")
def _():
    server = Server(auth="verify")
    (server.home / "credentials").write_text(CREDENTIALS + f"""
[ann]
aws_access_key_id = AKIDANN
aws_secret_access_key = ann-secret
account_id = {ACCOUNT}
user_name = ann
""")
    with server.start():
        root, ann = client(server), client(server, "AKIDANN", "ann-secret")
        url = root.create_queue(QueueName="q")["QueueUrl"]
        shut = statement(url, "Deny", action="sqs:*")
        set_policy(root, url, shut)
        equal(denied(ann.set_queue_attributes, QueueUrl=url, Attributes={"Policy": ""})[0], "AccessDenied")
        equal(denied(root.set_queue_attributes, QueueUrl=url, Attributes={"Policy": "", "DelaySeconds": "1"})[0],
              "AccessDenied")
        equal(denied(root.set_queue_attributes, QueueUrl=url, Attributes={"DelaySeconds": "1"})[0], "AccessDenied")
        equal(denied(root.send_message, QueueUrl=url, MessageBody="x")[0], "AccessDenied")
        set_policy(root, url, {**shut, "Sid": "shut"})
        root.remove_permission(QueueUrl=url, Label="shut")
        ann.send_message(QueueUrl=url, MessageBody="x")
        set_policy(root, url, shut)
        set_policy(root, url)
        ann.send_message(QueueUrl=url, MessageBody="x")


@case("policies: a known key that is absent does not match, an unknown one is on the safe side")
def _():
    server = shared("verify")
    mine = client(server)
    url = mine.create_queue(QueueName=fresh_name("keys"))["QueueUrl"]
    for condition, is_denied in (({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
                                 ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, True),
                                 ({"StringEquals": {"aws:ResourceTag/team": "x"}}, False),
                                 ({"StringEquals": {"aws:Nonsense": "x"}}, True)):
        set_policy(mine, url, statement(url, "Deny", Condition=condition))
        try:
            mine.send_message(QueueUrl=url, MessageBody="x")
            check(not is_denied, condition)
        except ClientError as error:
            check(is_denied and DENIED in str(error), condition, error)


@case("auth: X-Amz-Target is signed, and the path that was signed is the one that is used")
def _():
    server = shared("verify")
    mine, other = client(server), client(server, OTHER_KEY, OTHER_SECRET)
    name = fresh_name("path")
    url = mine.create_queue(QueueName=name)["QueueUrl"]
    theirs = other.create_queue(QueueName=name)["QueueUrl"]
    path = urllib.parse.urlsplit(url).path
    target = presign(server, {"Action": "SendMessage", "MessageBody": "x"}, path)
    for changed in (target.replace(path, path.replace("/", "//"), 1), target.replace(path, "/x/.." + path, 1),
                    target.replace(path, f"/{OTHER_ACCOUNT}/..{path}", 1),
                    target.replace(path, path.rsplit("/", 1)[0] + "/./" + name, 1)):
        equal(exchange(server, "GET", changed).status, 200, changed)
    equal(len(mine.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]), 4)
    equal(mine.receive_message(QueueUrl=url).get("Messages"), None)
    equal(other.receive_message(QueueUrl=theirs).get("Messages"), None)
    set_policy(other, theirs, statement(theirs, principal={"AWS": ACCOUNT}) | {"Resource": "*"})
    there = f"/{OTHER_ACCOUNT}/"
    signed = presign(server, {"Action": "SendMessage", "MessageBody": "for the other"}, there + name)
    equal(exchange(server, "GET", signed.replace(there, there + "x/../", 1)).status, 200)
    equal([message["Body"] for message in other.receive_message(QueueUrl=theirs)["Messages"]], ["for the other"])
    # Under the owner's signature for his queue, nobody reaches another one.
    for changed in (path + "/../" + name, path.rsplit("/", 1)[0] + "/x/../../" + name, path + "/%2e%2e/x",
                    path.replace(name, "%70" + name[1:])):
        answer = exchange(server, "GET", target.replace(path, changed, 1))
        check(answer.status != 200 or changed.startswith(path + "/../"), changed, answer)
    # A presigned URL is for its action, whatever header somebody adds to it.
    answer = exchange(server, "GET", target, {"X-Amz-Target": "AmazonSQS.PurgeQueue"})
    is_error(answer, "InvalidSignatureException",
             "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.")
    headers = signed_headers(server, b"{}", "ListQueues")
    check(KEY in headers["Authorization"] and "x-amz-target" in headers["Authorization"], headers)
    cut = {**headers, "Authorization": headers["Authorization"].replace(";x-amz-target", "")}
    is_error(exchange(server, "POST", "/", cut, b"{}"), "InvalidSignatureException")


@case("auth: the region that is wrong is named")
def _():
    server = shared("verify")
    text = "Credential should be scoped to a valid region, not 'queue'. "
    is_error(exchange(server, "POST", "/", signed_headers(server, b"{}", "ListQueues", region="queue"), b"{}"),
             "InvalidSignatureException", text)
    body = "Action=ListQueues"
    headers = signed_headers(server, body, "ListQueues", region="queue")
    del headers["X-Amz-Target"]
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    is_xml_error(exchange(server, "POST", "/", headers, body), 403, "SignatureDoesNotMatch", text)


def starts(server):
    """None, or the log of a server that did not start."""
    try:
        server.start()
        return None
    except RuntimeError as problem:
        return str(problem)


@case("auth: a session token of 1,500 bytes in the credentials file")
def _():
    server = Server(auth="verify")
    token = "IQoJb3JpZ2luX2VjE" + "x" * 1481 + "=="
    path = server.home / "credentials"
    path.write_text(CREDENTIALS + f"[s]\naws_access_key_id = ASIA1\naws_secret_access_key = s\n"
                                  f"aws_session_token = {token}\n")
    with server.start():
        client(server, "ASIA1", "s", aws_session_token=token).list_queues()
        equal(denied(client(server, "ASIA1", "s", aws_session_token=token[:-3] + "===").list_queues)[0],
              "InvalidClientTokenId")
        equal(denied(client(server, "ASIA1", "s").list_queues)[0], "InvalidClientTokenId")


@case("auth: a credentials file that lets nobody, or everybody, in")
def _():
    for text, mode, want in (("# none\n", 0o600, "there is no key in it: nobody could sign a request"),
                             (CREDENTIALS, 0o666, "everybody may write to it (mode 0666); chmod 600"),
                             (CREDENTIALS + "[x]\naws_session_token = " + "x" * 17000 + "\n", 0o600,
                              "this line is too long: 16384 bytes are the most")):
        server = Server(auth="verify")
        path = server.home / "credentials"
        path.write_text(text)
        path.chmod(mode)
        said = starts(server)
        check(said is not None and f"{path}" in said and want in said, said)
        server.remove()
    with Server(auth="verify") as server:
        check("everybody" not in server.log_tail(), server.log_tail())
        server.stop()
        (server.home / "credentials").chmod(0o644)
        server.start()
        check("everybody may read the keys in it (mode 0644); chmod 600" in server.log_tail(), server.log_tail())
        server.stop()
        server.auth = "off"
        server.options["credentials"] = server.home / "credentials"
        server.start()
        check("--auth is off" in server.log_tail() and "is not read" in server.log_tail(), server.log_tail())
