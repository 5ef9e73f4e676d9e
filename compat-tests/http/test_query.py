"""Query requests and XML answers to the byte: reference A1, A4-A7, I."""
import base64
import json
import re
import urllib.parse
import xml.etree.ElementTree

from harness import (ACCOUNT, UUID, bodies, call, case, check, counts, create, equal, exchange, fresh_name,
                     is_xml_error, matches, query_call, receive, send, shared)

NAMESPACE = "http://queue.amazonaws.com/doc/2012-11-05/"
MISSING_QUEUE = "The specified queue does not exist for this wsdl version."


def path_of(url):
    return "/" + url.split("/", 3)[3]


def envelope(operation, result):
    return (re.escape(f'<?xml version="1.0"?><{operation}Response xmlns="{NAMESPACE}">') + result +
            "<ResponseMetadata><RequestId>" + UUID.pattern + f"</RequestId></ResponseMetadata></{operation}Response>")


def values(answer, path):
    """Texts of the elements at a path like Message/Body, without namespaces."""
    equal(answer.status, 200, answer)
    root = xml.etree.ElementTree.fromstring(answer.text)
    return [element.text or "" for element in
            root.findall(".//" + "/".join(f"{{{NAMESPACE}}}{part}" for part in path.split("/")))]


@case("query: a send by POST is answered in one line of XML")
def _():
    server = shared()
    url = create(server)
    answer = query_call(server, {
        "Action": "SendMessage", "Version": "2012-11-05", "MessageBody": "hi", "MessageAttribute.1.Name": "k",
        "MessageAttribute.1.Value.DataType": "String", "MessageAttribute.1.Value.StringValue": "x"}, path_of(url))
    equal((answer.status, answer.headers["content-type"]), (200, "text/xml"))
    matches(answer.headers["x-amzn-requestid"], UUID.pattern)
    matches(answer.text, envelope("SendMessage", (
        "<SendMessageResult><MessageId>" + UUID.pattern + "</MessageId>"
        "<MD5OfMessageBody>49f68a5c8493ec2c0bf489821c21fc3b</MD5OfMessageBody>"
        "<MD5OfMessageAttributes>a45daa70926828a2f0a1db3418e6feb4</MD5OfMessageAttributes></SendMessageResult>")))
    check(answer.headers["x-amzn-requestid"] in answer.text, "the request ids differ", answer)


@case("query: an empty receive, and an operation without output")
def _():
    server = shared()
    url = create(server)
    answer = query_call(server, {"Action": "ReceiveMessage", "QueueUrl": url})
    matches(answer.text, envelope("ReceiveMessage", "<ReceiveMessageResult/>"))
    answer = query_call(server, {"Action": "DeleteMessage", "QueueUrl": url, "ReceiptHandle": _receipt(server, url)})
    matches(answer.text, envelope("DeleteMessage", ""))


def _receipt(server, url):
    send(server, url, "hi")
    return receive(server, url)[0]["ReceiptHandle"]


@case("query: a message with attributes in XML")
def _():
    server = shared()
    url = create(server)
    send(server, url, "a<b>&\"c\"\r\n", MessageAttributes={
        "k": {"DataType": "String", "StringValue": "x"}, "b": {"DataType": "Binary", "BinaryValue": "AQID"}})
    answer = query_call(server, {"Action": "ReceiveMessage", "QueueUrl": url, "AttributeName.1": "SentTimestamp",
                                 "MessageAttributeName.1": "All"})
    text = answer.text
    for part in ("<Body>a&lt;b&gt;&amp;&quot;c&quot;&#xD;\n</Body>", "<ReceiveMessageResult><Message><MessageId>",
                 "<Attribute><Name>SentTimestamp</Name><Value>",
                 "<MessageAttribute><Name>k</Name><Value><StringValue>x</StringValue><DataType>String</DataType>"
                 "</Value></MessageAttribute>",
                 "<MessageAttribute><Name>b</Name><Value><BinaryValue>AQID</BinaryValue><DataType>Binary</DataType>"
                 "</Value></MessageAttribute>"):
        check(part in text, "\n  no  ", part, "\n  in  ", text)
    equal(values(answer, "Message/Body"), ["a<b>&\"c\"\r\n"])


@case("query: errors in XML")
def _():
    server = shared()
    url = create(server)
    is_xml_error(query_call(server, {"Action": "DeleteMessage", "QueueUrl": url, "ReceiptHandle": "garbage"}), 404,
                 "ReceiptHandleIsInvalid", 'The input receipt handle "garbage" is not a valid receipt handle.')
    is_xml_error(query_call(server, {"Action": "GetQueueUrl", "QueueName": "missing"}), 400,
                 "AWS.SimpleQueueService.NonExistentQueue", MISSING_QUEUE)
    is_xml_error(query_call(server, {"Action": "SendMessage", "QueueUrl": url}), 400, "MissingParameter",
                 "The request must contain the parameter MessageBody.")


@case("query: GET and POST work on the root and on the queue's path")
def _():
    server = shared()
    url = create(server)
    for method in ("GET", "POST"):
        for path, more in (("/", {"QueueUrl": url}), (path_of(url), {}), ("/", {"QueueUrl": url.split("/")[-1]})):
            answer = query_call(server, {"Action": "SendMessage", "MessageBody": f"{method} {path}", **more}, path, method)
            equal(answer.status, 200, answer)
    equal(counts(server, url), (6, 0, 0))


@case("query: the parameter QueueUrl wins over the path")
def _():
    server = shared()
    one, two = create(server), create(server)
    query_call(server, {"Action": "SendMessage", "MessageBody": "x", "QueueUrl": two}, path_of(one))
    equal((counts(server, one), counts(server, two)), ((0, 0, 0), (1, 0, 0)))


@case("query: parameters may stand in the target and in the body")
def _():
    server = shared()
    url = create(server)
    answer = exchange(server, "POST", path_of(url) + "?Action=SendMessage",
                      {"Content-Type": "application/x-www-form-urlencoded"}, "MessageBody=split")
    equal(answer.status, 200, answer)
    equal(bodies(receive(server, url)), ["split"])


@case("query: actions that a queue's path does not have are InvalidAction")
def _():
    server = shared()
    url = create(server)
    for action in ("CreateQueue", "ListQueues", "FooBar"):
        answer = query_call(server, {"Action": action, "QueueName": "x"}, path_of(url), "GET")
        is_xml_error(answer, 400, "InvalidAction", f"The action {action} is not valid for this endpoint.")


@case("query: GetQueueUrl works on another queue's path")
def _():
    server = shared()
    one, two = create(server), create(server)
    answer = query_call(server, {"Action": "GetQueueUrl", "QueueName": two.split("/")[-1]}, path_of(one), "GET")
    equal(values(answer, "QueueUrl"), [two])


@case("query: a queue's path without action is 404 UnknownOperationException")
def _():
    server = shared()
    url = create(server)
    for headers in ({}, {"Accept": "application/json"}):
        answer = exchange(server, "GET", path_of(url), headers)
        equal((answer.status, answer.text.strip()), (404, "<UnknownOperationException/>"))


@case("query: Accept application/json gives the document as JSON")
def _():
    server = shared()
    url = create(server)
    accept = {"Accept": "application/json"}
    answer = query_call(server, {"Action": "GetQueueAttributes", "AttributeName.1": "QueueArn"}, path_of(url), "GET",
                        accept)
    equal(answer.status, 200, answer)
    got = answer.json()["GetQueueAttributesResponse"]
    equal([row["Name"] for row in got["GetQueueAttributesResult"]["Attributes"]], ["QueueArn"])
    matches(got["ResponseMetadata"]["RequestId"], UUID.pattern)
    answer = query_call(server, {"Action": "ListQueues"}, path_of(url), "GET", accept)
    equal((answer.status, answer.json()["Error"]["Code"]), (400, "InvalidAction"))


@case("query: blanks, plus signs and escapes in parameters")
def _():
    server = shared()
    url = create(server)
    for text in ("a+b", "a b", "100%", "a&b=c", "\u00e9\u4e2d\U0001f30a", "line\nbreak\ttab\rreturn"):
        query_call(server, {"Action": "SendMessage", "QueueUrl": url, "MessageBody": text})
        query_call(server, {"Action": "SendMessage", "QueueUrl": url, "MessageBody": text}, method="GET")
        answer = query_call(server, {"Action": "ReceiveMessage", "QueueUrl": url, "MaxNumberOfMessages": "10"})
        equal(values(answer, "Message/Body"), [text, text])
    answer = query_call(server, f"Action=SendMessage&QueueUrl={urllib.parse.quote(url)}&MessageBody=a+b%20c")
    equal(values(query_call(server, {"Action": "ReceiveMessage", "QueueUrl": url}), "Message/Body"), ["a b c"])


@case("query: attributes, tags and names are lists from one on")
def _():
    server = shared()
    name = fresh_name()
    answer = query_call(server, {
        "Action": "CreateQueue", "QueueName": name, "Attribute.1.Name": "VisibilityTimeout", "Attribute.1.Value": "7",
        "Attribute.2.Name": "DelaySeconds", "Attribute.2.Value": "3", "Tag.1.Key": "team", "Tag.1.Value": "water"})
    url, = values(answer, "QueueUrl")
    answer = query_call(server, {"Action": "GetQueueAttributes", "QueueUrl": url,
                                 "AttributeName.1": "VisibilityTimeout", "AttributeName.3": "DelaySeconds"})
    got = dict(zip(values(answer, "Attribute/Name"), values(answer, "Attribute/Value")))
    equal(got, {"VisibilityTimeout": "7", "DelaySeconds": "3"})
    answer = query_call(server, {"Action": "ListQueueTags", "QueueUrl": url})
    equal((values(answer, "Tag/Key"), values(answer, "Tag/Value")), (["team"], ["water"]))
    query_call(server, {"Action": "UntagQueue", "QueueUrl": url, "TagKey.1": "team"})
    equal(values(query_call(server, {"Action": "ListQueueTags", "QueueUrl": url}), "Tag/Key"), [])
    query_call(server, {"Action": "SetQueueAttributes", "QueueUrl": url, "Attribute.Name": "DelaySeconds",
                        "Attribute.Value": "0"})
    answer = query_call(server, {"Action": "GetQueueAttributes", "QueueUrl": url, "AttributeName.1": "DelaySeconds"})
    equal(values(answer, "Attribute/Value"), ["0"])


@case("query: index zero is MalformedInput")
def _():
    server = shared()
    url = create(server)
    answer = query_call(server, {"Action": "GetQueueAttributes", "QueueUrl": url, "AttributeName.0": "All"})
    is_xml_error(answer, 400, "MalformedInput", "0 is not a valid index")


@case("query: a batch with a failure in XML")
def _():
    server = shared()
    url = create(server)
    entry = "SendMessageBatchRequestEntry"
    answer = query_call(server, {
        "Action": "SendMessageBatch", "QueueUrl": url,
        f"{entry}.1.Id": "a", f"{entry}.1.MessageBody": "one", f"{entry}.1.MessageAttribute.1.Name": "k",
        f"{entry}.1.MessageAttribute.1.Value.DataType": "String",
        f"{entry}.1.MessageAttribute.1.Value.StringValue": "x",
        f"{entry}.2.Id": "b", f"{entry}.2.MessageBody": "two", f"{entry}.2.DelaySeconds": "901"})
    equal(values(answer, "SendMessageBatchResultEntry/Id"), ["a"])
    equal(values(answer, "SendMessageBatchResultEntry/MD5OfMessageAttributes"), ["a45daa70926828a2f0a1db3418e6feb4"])
    for member, want in (("Id", "b"), ("Code", "InvalidParameterValue"), ("SenderFault", "true"),
                         ("Message", "Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be "
                                     ">= 0 and <= 900.")):
        equal(values(answer, f"BatchResultErrorEntry/{member}"), [want])


@case("query: binary values are base64")
def _():
    server = shared()
    url = create(server)
    data = bytes(range(256))
    query_call(server, {"Action": "SendMessage", "QueueUrl": url, "MessageBody": "x", "MessageAttribute.1.Name": "b",
                        "MessageAttribute.1.Value.DataType": "Binary",
                        "MessageAttribute.1.Value.BinaryValue": base64.b64encode(data).decode()})
    message, = receive(server, url, MessageAttributeNames=["b"])
    equal(base64.b64decode(message["MessageAttributes"]["b"]["BinaryValue"]), data)


@case("query: system attributes under both parameter names")
def _():
    server = shared()
    url = create(server)
    send(server, url)
    for name in ("AttributeName.1", "MessageSystemAttributeName.1"):
        answer = query_call(server, {"Action": "ReceiveMessage", "QueueUrl": url, "VisibilityTimeout": "0",
                                     name: "ApproximateReceiveCount"})
        equal(values(answer, "Message/Attribute/Name"), ["ApproximateReceiveCount"])


@case("query: what is no number is MalformedInput")
def _():
    server = shared()
    url = create(server)
    answer = query_call(server, {"Action": "ReceiveMessage", "QueueUrl": url, "MaxNumberOfMessages": "ten"})
    equal(answer.status, 400, answer)
    equal(re.findall("<Code>(.*?)</Code>", answer.text), ["MalformedInput"])


@case("query: list queues in pages")
def _():
    server = shared()
    prefix = fresh_name("page")
    for number in range(3):
        create(server, name=f"{prefix}-{number}")
    answer = query_call(server, {"Action": "ListQueues", "QueueNamePrefix": prefix, "MaxResults": "2"})
    urls = values(answer, "QueueUrl")
    token, = values(answer, "NextToken")
    answer = query_call(server, {"Action": "ListQueues", "QueueNamePrefix": prefix, "MaxResults": "2",
                                 "NextToken": token})
    urls += values(answer, "QueueUrl")
    equal(sorted(url.split("/")[-1] for url in urls), [f"{prefix}-{number}" for number in range(3)])
    equal(values(answer, "NextToken"), [])


@case("query: permissions are lists too")
def _():
    server = shared()
    url = create(server)
    answer = query_call(server, {"Action": "AddPermission", "QueueUrl": url, "Label": "one",
                                 "AWSAccountId.1": "111122223333", "ActionName.1": "ReceiveMessage"})
    matches(answer.text, envelope("AddPermission", ""))
    got = json.loads(call(server, "GetQueueAttributes", QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"])
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{url.split('/')[-1]}"
    equal(got, {"Version": "2008-10-17", "Id": f"{arn}/SQSDefaultPolicy", "Statement": [{
        "Sid": "one", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "SQS:ReceiveMessage", "Resource": arn}]})
