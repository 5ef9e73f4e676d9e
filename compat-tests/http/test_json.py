"""JSON answers to the byte: reference A2, A3, A9, I."""
import json

from harness import (ACCOUNT, UUID, Connection, Server, arn, bodies, call, case, check, create, equal, exchange, fresh_name,
                     is_error, json_call, matches, ok, receive, request_bytes, send, shared)


@case("json: a send is answered with its members and headers")
def _():
    server = shared()
    url = create(server)
    answer = json_call(server, "SendMessage", {"QueueUrl": url, "MessageBody": "hi", "MessageAttributes": {
        "k": {"DataType": "String", "StringValue": "x"}, "b": {"DataType": "Binary", "BinaryValue": "AQID"}}})
    equal(answer.status, 200)
    equal(answer.headers["content-type"], "application/x-amz-json-1.0")
    matches(answer.headers["x-amzn-requestid"], UUID.pattern)
    equal(int(answer.headers["content-length"]), len(answer.body))
    check("date" in answer.headers, answer.headers)
    check("x-amzn-query-error" not in answer.headers, answer.headers)
    got = answer.json()
    equal(sorted(got), ["MD5OfMessageAttributes", "MD5OfMessageBody", "MessageId"])
    equal(got["MD5OfMessageBody"], "49f68a5c8493ec2c0bf489821c21fc3b")
    matches(got["MessageId"], UUID.pattern)
    check(" " not in answer.text and "\n" not in answer.text, "blanks in the document", answer.text)


@case("json: operations without output have an empty body and keep the content type")
def _():
    server = shared()
    url = create(server)
    send(server, url)
    handle = receive(server, url)[0]["ReceiptHandle"]
    for operation, members in (
            ("ChangeMessageVisibility", {"ReceiptHandle": handle, "VisibilityTimeout": 5}),
            ("DeleteMessage", {"ReceiptHandle": handle}),
            ("SetQueueAttributes", {"Attributes": {"DelaySeconds": "0"}}),
            ("TagQueue", {"Tags": {"a": "b"}}), ("UntagQueue", {"TagKeys": ["a"]}),
            ("AddPermission", {"Label": "l", "AWSAccountIds": [ACCOUNT], "Actions": ["*"]}),
            ("RemovePermission", {"Label": "l"}), ("PurgeQueue", {}), ("DeleteQueue", {})):
        answer = json_call(server, operation, {"QueueUrl": url, **members})
        equal((answer.status, answer.body, answer.headers.get("content-length")), (200, b"", "0"), operation)
        equal(answer.headers.get("content-type"), "application/x-amz-json-1.0", operation)


@case("json: outputs with nothing to say are an empty object")
def _():
    server = shared()
    url = create(server)
    for operation, members in (
            ("ReceiveMessage", {"QueueUrl": url}), ("ListQueueTags", {"QueueUrl": url}),
            ("ListQueues", {"QueueNamePrefix": "there-is-none"}), ("GetQueueAttributes", {"QueueUrl": url}),
            ("GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["Policy"]}),
            ("ListMessageMoveTasks", {"SourceArn": arn(url)})):
        answer = json_call(server, operation, members)
        equal((answer.status, answer.body), (200, b"{}"), operation)
    answer = json_call(server, "ListDeadLetterSourceQueues", {"QueueUrl": url})
    check(answer.json() in ({}, {"queueUrls": []}), answer)


@case("json: a received message has its members and no empty ones")
def _():
    server = shared()
    url = create(server)
    send(server, url, "hi")
    message = receive(server, url)[0]
    equal(sorted(message), ["Body", "MD5OfBody", "MessageId", "ReceiptHandle"])
    check(len(message["ReceiptHandle"]) <= 1024, len(message["ReceiptHandle"]))
    call(server, "ChangeMessageVisibility", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"],
         VisibilityTimeout=0)
    message = receive(server, url, AttributeNames=["All"], MessageAttributeNames=["All"])[0]
    equal(sorted(message["Attributes"]),
          ["ApproximateFirstReceiveTimestamp", "ApproximateReceiveCount", "SenderId", "SentTimestamp"])
    check(all(isinstance(value, str) for value in message["Attributes"].values()), message)
    check("MessageAttributes" not in message, message)


@case("json: an error has type, text and the query code in a header")
def _():
    answer = json_call(shared(), "GetQueueUrl", {"QueueName": "missing"})
    is_error(answer, "QueueDoesNotExist", "The specified queue does not exist.")
    equal(answer.body, b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist",'
                       b'"message":"The specified queue does not exist."}')


@case("json: a batch with a failure lists both kinds and omits empty ones")
def _():
    server = shared()
    url = create(server)
    got = call(server, "SendMessageBatch", QueueUrl=url, Entries=[
        {"Id": "bad", "MessageBody": "\x01"}, {"Id": "ok", "MessageBody": "fine"}])
    failed, = got["Failed"]
    equal((failed["Id"], failed["Code"], failed["SenderFault"]), ("bad", "InvalidMessageContents", True))
    check(failed["Message"].startswith("Invalid binary character '#x1' was found in the message body"), failed)
    equal([sorted(entry) for entry in got["Successful"]], [["Id", "MD5OfMessageBody", "MessageId"]])
    got = call(server, "SendMessageBatch", QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "a"}])
    equal(sorted(got), ["Successful"])
    got = call(server, "DeleteMessageBatch", QueueUrl=url, Entries=[{"Id": "a", "ReceiptHandle": "b"}])
    equal(sorted(got), ["Failed"])


@case("json: the answer is the same with and without x-amzn-query-mode")
def _():
    server = shared()
    for mode in ({}, {"x-amzn-query-mode": "true"}):
        is_error(json_call(server, "GetQueueUrl", {"QueueName": "missing"}, headers=mode), "QueueDoesNotExist")


@case("json: a request to the queue's path works, the body decides the queue")
def _():
    server = shared()
    one, two = create(server), create(server)
    path = "/" + one.split("/", 3)[3]
    ok(json_call(server, "SendMessage", {"QueueUrl": one, "MessageBody": "1"}, path=path))
    ok(json_call(server, "SendMessage", {"QueueUrl": two, "MessageBody": "2"}, path=path))
    equal((bodies(receive(server, one)), bodies(receive(server, two))), (["1"], ["2"]))


@case("json: a queue is named by a url with any host, any path before it, or its bare name")
def _():
    server = shared()
    url = create(server)
    account, name = url.split("/")[-2:]
    forms = [name, f"{account}/{name}", f"/{account}/{name}", f"https://sqs.us-east-1.amazonaws.com/{account}/{name}",
             f"http://proxy.example:81/some/where/{account}/{name}"]
    for form in forms:
        send(server, form, form)
    got = []
    while batch := receive(server, url, MaxNumberOfMessages=10):
        got += bodies(batch)
    equal(sorted(got), sorted(forms))


@case("json: queue urls carry the host that the client used")
def _():
    with Server(host_names="queues.example, sqs.example") as server:
        name = fresh_name()
        for host in (f"localhost:{server.port}", "queues.example", "sqs.example:8443"):
            answer = json_call(server, "CreateQueue", {"QueueName": name}, headers={"Host": host})
            equal(ok(answer)["QueueUrl"], f"http://{host}/{ACCOUNT}/{name}")


@case("json: the trace header of the request goes with the message, the parameter wins")
def _():
    server = shared()
    url = create(server)
    header = {"X-Amzn-Trace-Id": "Root=1-67891233-abcdef012345678912345678"}
    ok(json_call(server, "SendMessage", {"QueueUrl": url, "MessageBody": "1"}, headers=header))
    message, = receive(server, url, MessageSystemAttributeNames=["AWSTraceHeader"])
    equal(message["Attributes"], {"AWSTraceHeader": header["X-Amzn-Trace-Id"]})
    ok(json_call(server, "SendMessage", {"QueueUrl": url, "MessageBody": "2", "MessageSystemAttributes": {
        "AWSTraceHeader": {"DataType": "String", "StringValue": "Root=mine"}}}, headers=header))
    message, = receive(server, url, MessageSystemAttributeNames=["AWSTraceHeader"])
    equal(message["Attributes"], {"AWSTraceHeader": "Root=mine"})


@case("json: null is absent and unknown members are ignored")
def _():
    server = shared()
    url = create(server)
    ok(json_call(server, "SendMessage", {"QueueUrl": url, "MessageBody": "x", "DelaySeconds": None,
                                         "MessageAttributes": None, "Unknown": {"a": [1, 2, {"b": None}]}}))
    equal(len(receive(server, url)), 1)


@case("json: text of every kind comes back as it was sent")
def _():
    server = shared()
    url = create(server)
    for body in ("\t\n\r", "\\\"/\b".replace("\b", ""), "\u007f\u0080\u2028\u2029", "\ud7ff\ue000\ufffd", "\U00010000",
                 "\U0010ffff", " leading and trailing ", "{\"json\": true}", "0", "null"):
        for text in (json.dumps(body), json.dumps(body, ensure_ascii=False)):
            ok(json_call(server, "SendMessage",
                         f'{{"QueueUrl":{json.dumps(url)},"MessageBody":{text}}}'.encode("utf-8", "surrogatepass")))
            message, = receive(server, url, VisibilityTimeout=30)
            equal(message["Body"], body)
            call(server, "DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


@case("json: malformed bodies are SerializationException")
def _():
    server = shared()
    for body in ("", "{", '{"QueueName":', "[]", '"text"', "1", "null", "true", '{"QueueName":"a"} x', "{'a':1}",
                 '{"QueueName":"\x01"}', b'{"QueueName":"\xff\xfe"}', '{"QueueName":"\\ud800"}', "\ufeff{}",
                 '{"a":' * 2000 + "1" + "}" * 2000, "[" * 100_000):
        answer = json_call(server, "CreateQueue", body)
        check(answer.status == 400, repr(body)[:60], answer)
        # A lone surrogate is a matter of the value's rules for some parsers.
        if body not in ('{"QueueName":"\\ud800"}', ""):
            is_error(answer, "SerializationException")


@case("json: members of the wrong type are SerializationException")
def _():
    server = shared()
    url = create(server)
    integer = "STRING_VALUE can not be converted to an Integer"
    structure = "Start of structure or map found where not expected."
    for operation, members, text in (
            ("ReceiveMessage", {"MaxNumberOfMessages": "1"}, integer),
            ("ReceiveMessage", {"MaxNumberOfMessages": ""}, integer),
            ("ReceiveMessage", {"WaitTimeSeconds": " "}, integer),
            ("ReceiveMessage", {"WaitTimeSeconds": {}}, structure),
            ("SendMessage", {"MessageBody": {"a": 1}}, structure),
            ("SendMessage", {"MessageBody": ["a"]}, "Start of list found where not expected"),
            ("GetQueueAttributes", {"AttributeNames": "All"}, None),
            ("TagQueue", {"Tags": ["a"]}, None),
            ("DeleteMessage", {"ReceiptHandle": 5}, "NUMBER_VALUE can not be converted to a String"),
            ("DeleteMessage", {"ReceiptHandle": True}, "TRUE_VALUE can not be converted to a String"),
            ("DeleteMessage", {"ReceiptHandle": False}, "FALSE_VALUE can not be converted to a String"),
            ("SendMessageBatch", {"Entries": {"Id": "a"}}, None),
            ("SendMessageBatch", {"Entries": ["a"]}, None)):
        is_error(json_call(server, operation, {"QueueUrl": url, **members}), "SerializationException", text)


@case("json: a missing or unknown operation is UnknownOperationException")
def _():
    server = shared()
    for target in (None, "", "AmazonSQS.Foo", "AmazonSQS.", "Foo", "AmazonSNS.ListQueues", "AmazonSQS.listqueues"):
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        if target is not None:
            headers["X-Amz-Target"] = target
        is_error(exchange(server, "POST", "/", headers, "{}"), "UnknownOperationException")


@case("json: missing members get the errors that AWS gives")
def _():
    server = shared()
    url = create(server)
    missing = "The request must contain the parameter {}."
    for operation, members, name, text in (
            ("SendMessage", {"MessageBody": "x"}, "QueueDoesNotExist", "The specified queue does not exist."),
            ("SendMessage", {"QueueUrl": "", "MessageBody": "x"}, "QueueDoesNotExist", None),
            ("ReceiveMessage", {}, "QueueDoesNotExist", None),
            ("GetQueueUrl", {}, "InvalidParameterValueException", None),
            ("SendMessage", {"QueueUrl": url}, "MissingRequiredParameterException", missing.format("MessageBody")),
            ("SendMessage", {"QueueUrl": url, "MessageBody": ""}, "MissingRequiredParameterException",
             missing.format("MessageBody")),
            ("DeleteMessage", {"QueueUrl": url}, "MissingRequiredParameterException", missing.format("ReceiptHandle")),
            ("ChangeMessageVisibility", {"QueueUrl": url, "ReceiptHandle": "x"}, "MissingRequiredParameterException",
             missing.format("VisibilityTimeout")),
            ("SetQueueAttributes", {"QueueUrl": url}, "MissingRequiredParameterException",
             missing.format("Attribute.Name")),
            ("SendMessageBatch", {"QueueUrl": url}, "MissingRequiredParameterException", missing.format("Entries")),
            ("StartMessageMoveTask", {}, "MissingRequiredParameterException", missing.format("SourceArn"))):
        is_error(json_call(server, operation, members), name, text)


@case("json: a missing queue outranks malformed parameters")
def _():
    answer = json_call(shared(), "ReceiveMessage", {"QueueUrl": "missing", "MaxNumberOfMessages": 99})
    is_error(answer, "QueueDoesNotExist")


@case("json: many calls go over one connection")
def _():
    server = shared()
    url = create(server)
    with Connection(server) as connection:
        for number in range(50):
            body = json.dumps({"QueueUrl": url, "MessageBody": str(number)})
            connection.send(request_bytes("POST", "/", {
                "X-Amz-Target": "AmazonSQS.SendMessage", "Content-Type": "application/x-amz-json-1.0"}, body))
            equal(connection.answer().status, 200)
