// The tour with the AWS SDK for JavaScript v3. Claim by claim the same as ../boto3/tour.py, which has the reasons.
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import * as api from "@aws-sdk/client-sqs";

const ENDPOINT = process.env.LEAT_ENDPOINT;
const PREFIX = process.env.LEAT_PREFIX;
const client = new api.SQSClient({ endpoint: ENDPOINT, maxAttempts: 1 });
const call = (name, input) => client.send(new api[`${name}Command`](input));

const claims = [];
const claim = (text, run) => claims.push({ text, run });
const equal = assert.deepEqual;
const check = (fact, detail) => assert.ok(fact, typeof detail === "string" ? detail : JSON.stringify(detail));

const create = async (name, attributes, tags) =>
  (await call("CreateQueue", { QueueName: PREFIX + name, Attributes: attributes, tags })).QueueUrl;
const fifo = (name) => create(`${name}.fifo`, { FifoQueue: "true", ContentBasedDeduplication: "true" });
const attributes = async (url, ...names) =>
  (await call("GetQueueAttributes", { QueueUrl: url, AttributeNames: names })).Attributes;
const arn = async (url) => (await attributes(url, "QueueArn")).QueueArn;
const receive = async (url, count = 1, more = {}) =>
  (await call("ReceiveMessage", { QueueUrl: url, MaxNumberOfMessages: count, ...more })).Messages ?? [];
const send = (url, body, more = {}) => call("SendMessage", { QueueUrl: url, MessageBody: body, ...more });
const remove = (url, message) =>
  call("DeleteMessage", { QueueUrl: url, ReceiptHandle: message.ReceiptHandle });
const bodies = (messages) => messages.map((message) => message.Body);
const system = (...names) => ({ MessageSystemAttributeNames: names });

// The call is refused, as the class that the SDK has for the error, or with the name where it has none.
async function refused(name, promise) {
  try {
    await promise;
  } catch (error) {
    equal(error.name, name);
    if (api[name]) check(error instanceof api[name], `${error.constructor.name} is no ${name}`);
    return error.message;
  }
  assert.fail("the call succeeded");
}

async function until(fact, seconds = 10) {
  for (const end = Date.now() + seconds * 1000; !(await fact()); await pause(50))
    check(Date.now() < end, `not within ${seconds} s`);
}

claim("create queue with attributes and tags", async () => {
  const url = await create("main", { VisibilityTimeout: "45", DelaySeconds: "0" }, { team: "water", empty: "" });
  equal(await attributes(url, "VisibilityTimeout"), { VisibilityTimeout: "45" });
  equal((await call("ListQueueTags", { QueueUrl: url })).Tags, { team: "water", empty: "" });
});

claim("create queue again gives the same url", async () => {
  equal(await create("main", { VisibilityTimeout: "45" }), await create("main"));
});

claim("queue url ends in account and name", async () => {
  const url = await create("main");
  check(url.startsWith(`${ENDPOINT}/`), url);
  assert.match(new URL(url).pathname, new RegExp(`^/\\d{12}/${PREFIX}main$`));
});

claim("get queue url", async () => {
  equal((await call("GetQueueUrl", { QueueName: `${PREFIX}main` })).QueueUrl, await create("main"));
});

claim("list queues by prefix in pages", async () => {
  const wanted = [];
  for (let i = 0; i < 5; i++) wanted.push(await create(`page-${i}`));
  const found = [];
  let pages = 0;
  for await (const page of api.paginateListQueues({ client, pageSize: 2 }, { QueueNamePrefix: `${PREFIX}page-` })) {
    check(page.QueueUrls.length <= 2, page);
    found.push(...page.QueueUrls);
    pages++;
  }
  equal(found.sort(), wanted);
  equal(pages, 3);
  equal((await call("ListQueues", { QueueNamePrefix: `${PREFIX}page-` })).QueueUrls.sort(), wanted);
  equal((await call("ListQueues", { QueueNamePrefix: `${PREFIX}nothing-here` })).QueueUrls, undefined);
});

claim("get queue attributes", async () => {
  const got = await attributes(await create("main"), "All");
  const wanted = {
    VisibilityTimeout: "45", MaximumMessageSize: "1048576", DelaySeconds: "0", MessageRetentionPeriod: "345600",
    ReceiveMessageWaitTimeSeconds: "0", SqsManagedSseEnabled: "true", ApproximateNumberOfMessages: "0",
    ApproximateNumberOfMessagesNotVisible: "0", ApproximateNumberOfMessagesDelayed: "0",
  };
  for (const [name, value] of Object.entries(wanted)) equal([name, got[name]], [name, value]);
  check(got.QueueArn.endsWith(`:${PREFIX}main`), got.QueueArn);
  check(Math.abs(Number(got.CreatedTimestamp) - Date.now() / 1000) < 600, got.CreatedTimestamp);
  equal([got.FifoQueue, got.Policy, got.RedrivePolicy], [undefined, undefined, undefined]);
});

claim("set queue attributes", async () => {
  const url = await create("main");
  const set = (values) => call("SetQueueAttributes", { QueueUrl: url, Attributes: values });
  await set({ VisibilityTimeout: "30", MaximumMessageSize: "2048" });
  equal(await attributes(url, "VisibilityTimeout", "MaximumMessageSize"),
    { VisibilityTimeout: "30", MaximumMessageSize: "2048" });
  await set({ MaximumMessageSize: "1048576" });
});

claim("tags are listed and removed", async () => {
  const QueueUrl = await create("tags");
  const tags = async () => (await call("ListQueueTags", { QueueUrl })).Tags;
  equal(await tags(), undefined);
  await call("TagQueue", { QueueUrl, Tags: { a: "1", b: "2" } });
  await call("TagQueue", { QueueUrl, Tags: { b: "3" } });
  equal(await tags(), { a: "1", b: "3" });
  await call("UntagQueue", { QueueUrl, TagKeys: ["a", "missing"] });
  equal(await tags(), { b: "3" });
});

claim("permissions are added and removed", async () => {
  const QueueUrl = await create("permissions");
  await call("AddPermission", {
    QueueUrl, Label: "friends", AWSAccountIds: ["111122223333"], Actions: ["SendMessage", "ReceiveMessage"],
  });
  const policy = JSON.parse((await attributes(QueueUrl, "Policy")).Policy);
  equal(policy.Version, "2008-10-17");
  equal(policy.Statement[0].Sid, "friends");
  equal(policy.Statement[0].Action.sort(), ["SQS:ReceiveMessage", "SQS:SendMessage"]);
  equal(policy.Statement[0].Principal, { AWS: "arn:aws:iam::111122223333:root" });
  await call("RemovePermission", { QueueUrl, Label: "friends" });
  equal(await attributes(QueueUrl, "Policy"), undefined);
});

claim("send, receive and delete a message", async () => {
  const url = await create("main");
  const sent = await send(url, "hello");
  equal(sent.MD5OfMessageBody, "5d41402abc4b2a76b9719d911017c592");
  equal([sent.SequenceNumber, sent.MD5OfMessageAttributes], [undefined, undefined]);
  const [got] = await receive(url);
  equal([got.MessageId, got.Body, got.MD5OfBody], [sent.MessageId, "hello", "5d41402abc4b2a76b9719d911017c592"]);
  equal([got.Attributes, got.MessageAttributes], [undefined, undefined]);
  await remove(url, got);
  await remove(url, got);
  const counts = await attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible");
  equal(Object.values(counts), ["0", "0"]);
});

claim("a body comes back byte for byte", async () => {
  const url = await create("main");
  const body = `<a href="x">&amp;</a>\r\n\t'%2B+ \u00e9\u4e2d\u{1f30a}\ufffd ${"x".repeat(1000)}\r`;
  await send(url, body);
  const [got] = await receive(url);
  equal(got.Body, body);
  await remove(url, got);
});

const ATTRIBUTES = {
  color: { DataType: "String", StringValue: "blue & <green> \u00e9" },
  count: { DataType: "Number", StringValue: "3.140" },
  blob: { DataType: "Binary", BinaryValue: new Uint8Array([0, 1, 255]) },
  "Help.Me": { DataType: "String.custom", StringValue: "x" },
  size: { DataType: "Number.int", StringValue: "7" },
};

claim("message attributes of every type come back", async () => {
  const url = await create("main");
  const sent = await send(url, "attributes", { MessageAttributes: ATTRIBUTES });
  equal(sent.MD5OfMessageAttributes.length, 32);
  const [got] = await receive(url, 1, { MessageAttributeNames: ["All"] });
  equal(Object.keys(got.MessageAttributes).sort(), Object.keys(ATTRIBUTES).sort());
  for (const [name, value] of Object.entries(ATTRIBUTES)) {
    const { DataType, StringValue, BinaryValue } = got.MessageAttributes[name];
    equal([DataType, StringValue, BinaryValue && [...BinaryValue]],
      [value.DataType, value.StringValue, value.BinaryValue && [...value.BinaryValue]]);
  }
  equal(got.MD5OfMessageAttributes, sent.MD5OfMessageAttributes);
  await remove(url, got);
});

claim("message attributes are selected by name and prefix", async () => {
  const url = await create("main");
  const names = { "Help.Me": "Me", Hello: "There", General: "Kenobi" };
  await send(url, "select", {
    MessageAttributes: Object.fromEntries(
      Object.entries(names).map(([name, value]) => [name, { DataType: "String", StringValue: value }])),
  });
  for (const [wanted, found, digest] of [
    [["Hello"], ["Hello"], "a311262e065454b75da111d535b8dacd"],
    [["Hel.*"], ["Hello", "Help.Me"], "83fee93c1bcd8b9a5a923ffacdc636c7"],
    [["Hello", "General", "nothing"], ["General", "Hello"], "fca026605781cb4126a1e9044df24232"],
    [[".*"], ["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5"],
  ]) {
    const [got] = await receive(url, 1, { MessageAttributeNames: wanted, VisibilityTimeout: 0 });
    equal(Object.keys(got.MessageAttributes).sort(), found);
    equal(got.MD5OfMessageAttributes, digest);
  }
  const [got] = await receive(url, 1, { MessageAttributeNames: ["nothing"] });
  equal([got.MessageAttributes, got.MD5OfMessageAttributes], [undefined, undefined]);
  await remove(url, got);
});

claim("system attributes of a message", async () => {
  const url = await create("main");
  const before = Date.now();
  await send(url, "system");
  await receive(url, 1, { VisibilityTimeout: 0 });
  const [got] = await receive(url, 1, system("All"));
  const found = got.Attributes;
  equal(found.ApproximateReceiveCount, "2");
  check(found.SenderId, found);
  check(Math.abs(Number(found.SentTimestamp) - before) < 60000, found);
  check(Number(found.ApproximateFirstReceiveTimestamp) >= Number(found.SentTimestamp), found);
  equal([found.SequenceNumber, found.AWSTraceHeader], [undefined, undefined]);
  await remove(url, got);
});

claim("trace header comes back", async () => {
  const url = await create("main");
  const trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
  const sent = await send(url, "traced", {
    MessageSystemAttributes: { AWSTraceHeader: { DataType: "String", StringValue: trace } },
  });
  equal(sent.MD5OfMessageSystemAttributes, "5ae4d5d7636402d80f4eb6d213245a88");
  const [got] = await receive(url, 1, system("AWSTraceHeader"));
  equal(got.Attributes, { AWSTraceHeader: trace });
  await remove(url, got);
});

claim("an empty queue gives no messages", async () => {
  equal((await call("ReceiveMessage", { QueueUrl: await create("main") })).Messages, undefined);
});

claim("a delayed message waits", async () => {
  const url = await create("delayed");
  await send(url, "later", { DelaySeconds: 1 });
  equal(await receive(url), []);
  equal(await attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"),
    { ApproximateNumberOfMessages: "0", ApproximateNumberOfMessagesDelayed: "1" });
  equal(bodies(await receive(url, 1, { WaitTimeSeconds: 5 })), ["later"]);
});

const sendBatch = (url, entries) => call("SendMessageBatch", { QueueUrl: url, Entries: entries });

claim("send batch reports the entry that failed", async () => {
  const url = await create("batch");
  const got = await sendBatch(url, [
    { Id: "one", MessageBody: "one", MessageAttributes: { k: { DataType: "String", StringValue: "x" } } },
    { Id: "late", MessageBody: "late", DelaySeconds: 901 },
    { Id: "two", MessageBody: "two" },
  ]);
  equal(got.Successful.map((entry) => entry.Id), ["one", "two"]);
  equal(got.Successful[0].MD5OfMessageAttributes, "a45daa70926828a2f0a1db3418e6feb4");
  equal(got.Failed.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
    [["late", "InvalidParameterValue", true]]);
  equal(bodies(await receive(url, 10)).sort(), ["one", "two"]);
});

claim("receive ten and delete in a batch with one failure", async () => {
  const url = await create("ten");
  for (const start of [0, 10]) {
    const entries = Array.from({ length: 10 }, (_, i) => ({ Id: `${start + i}`, MessageBody: `body ${start + i}` }));
    const got = await sendBatch(url, entries);
    equal([got.Failed, got.Successful.length], [undefined, 10]);
  }
  const messages = await receive(url, 10);
  equal(messages.length, 10);
  const entries = messages.slice(0, 9).map(({ ReceiptHandle }, i) => ({ Id: `m${i}`, ReceiptHandle }));
  const got = await call("DeleteMessageBatch", {
    QueueUrl: url, Entries: [...entries, { Id: "bad", ReceiptHandle: "garbage" }],
  });
  equal(got.Successful.map((entry) => entry.Id), entries.map((entry) => entry.Id));
  equal(got.Failed.map(({ Id, Code, SenderFault }) => [Id, Code, SenderFault]),
    [["bad", "ReceiptHandleIsInvalid", true]]);
  const counts = await attributes(url, "All");
  equal([counts.ApproximateNumberOfMessages, counts.ApproximateNumberOfMessagesNotVisible], ["10", "1"]);
});

claim("change visibility makes a message visible again", async () => {
  const url = await create("visibility");
  await send(url, "again");
  const [first] = await receive(url);
  equal(await receive(url), []);
  await call("ChangeMessageVisibility", { QueueUrl: url, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0 });
  const [second] = await receive(url);
  equal(second.MessageId, first.MessageId);
  assert.notEqual(second.ReceiptHandle, first.ReceiptHandle);
});

claim("change visibility in a batch with one failure", async () => {
  const url = await create("visibility-batch");
  await sendBatch(url, [{ Id: "a", MessageBody: "a" }, { Id: "b", MessageBody: "b" }]);
  const messages = await receive(url, 10);
  const got = await call("ChangeMessageVisibilityBatch", {
    QueueUrl: url,
    Entries: [
      { Id: "good", ReceiptHandle: messages[0].ReceiptHandle, VisibilityTimeout: 0 },
      { Id: "bad", ReceiptHandle: "garbage", VisibilityTimeout: 0 },
    ],
  });
  equal(got.Successful.map((entry) => entry.Id), ["good"]);
  equal(got.Failed.map(({ Id, Code }) => [Id, Code]), [["bad", "ReceiptHandleIsInvalid"]]);
  equal((await receive(url, 10)).map((message) => message.MessageId), [messages[0].MessageId]);
});

const sendFifo = (url, group, body, more = {}) => send(url, body, { MessageGroupId: group, ...more });

claim("fifo keeps the order of a group", async () => {
  const url = await fifo("order");
  for (let i = 0; i < 3; i++) for (const group of ["g1", "g2"]) await sendFifo(url, group, `${group}-${i}`);
  const got = bodies(await receive(url, 10, system("All")));
  for (const group of ["g1", "g2"])
    equal(got.filter((body) => body.startsWith(group)), [0, 1, 2].map((i) => `${group}-${i}`));
});

claim("fifo locks a group until its messages are deleted", async () => {
  const url = await fifo("lock");
  for (const body of ["a1", "a2", "b1"]) await sendFifo(url, body[0], body);
  const [first] = await receive(url, 1, system("MessageGroupId"));
  equal([first.Body, first.Attributes], ["a1", { MessageGroupId: "a" }]);
  equal(bodies(await receive(url, 10)), ["b1"]);
  equal(await receive(url, 10), []);
  await remove(url, first);
  equal(bodies(await receive(url, 10)), ["a2"]);
});

claim("fifo sequence numbers grow", async () => {
  const url = await fifo("sequence");
  const numbers = [];
  for (let i = 0; i < 4; i++) numbers.push((await sendFifo(url, "g", `m${i}`)).SequenceNumber);
  for (const number of numbers) assert.match(number, /^\d{20}$/);
  equal(numbers, [...new Set(numbers)].sort());
  const got = await receive(url, 10, system("SequenceNumber", "MessageDeduplicationId"));
  equal(got.map((message) => message.Attributes.SequenceNumber), numbers);
  equal(got[0].Attributes.MessageDeduplicationId.length, 64);
});

claim("fifo drops a duplicate and repeats its answer", async () => {
  const url = await fifo("duplicate");
  const first = await sendFifo(url, "g", "one", { MessageDeduplicationId: "same" });
  const second = await sendFifo(url, "g", "two", { MessageDeduplicationId: "same" });
  equal([second.MessageId, second.SequenceNumber], [first.MessageId, first.SequenceNumber]);
  equal(bodies(await receive(url, 10)), ["one"]);
});

async function deadLetters(name, count, sends) {
  const dead = await create(`${name}-dead`);
  const policy = { deadLetterTargetArn: await arn(dead), maxReceiveCount: count };
  const url = await create(name, { RedrivePolicy: JSON.stringify(policy) });
  for (let i = 0; i < sends; i++) await send(url, `poison ${i}`);
  for (let i = 0; i < count; i++) equal((await receive(url, 10, { VisibilityTimeout: 0 })).length, sends);
  equal(await receive(url, 10, { VisibilityTimeout: 0 }), []);
  return [url, dead];
}

claim("dead letters after too many receives", async () => {
  const [url, dead] = await deadLetters("dlq", 2, 1);
  const [got] = await receive(dead, 1, { VisibilityTimeout: 0, ...system("All") });
  equal(got.Body, "poison 0");
  equal(got.Attributes.DeadLetterQueueSourceArn, await arn(url));
  equal(got.Attributes.ApproximateReceiveCount, "3");
});

claim("dead letter sources are listed", async () => {
  const sources = async (name) =>
    (await call("ListDeadLetterSourceQueues", { QueueUrl: await create(name) })).queueUrls ?? [];
  equal(await sources("dlq-dead"), [await create("dlq")]);
  equal(await sources("dlq"), []);
});

const task = async (url) => (await call("ListMessageMoveTasks", { SourceArn: await arn(url) })).Results[0];

claim("a move task brings dead letters back", async () => {
  const [url, dead] = await deadLetters("redrive", 1, 3);
  check((await call("StartMessageMoveTask", { SourceArn: await arn(dead) })).TaskHandle, "no handle");
  await until(async () => (await task(dead)).Status === "COMPLETED");
  const done = await task(dead);
  equal([done.ApproximateNumberOfMessagesMoved, done.TaskHandle], [3, undefined]);
  check(done.StartedTimestamp > 1600000000000, done);
  equal(await receive(dead, 10), []);
  equal(bodies(await receive(url, 10)).sort(), ["poison 0", "poison 1", "poison 2"]);
});

claim("a move task is cancelled", async () => {
  const [, dead] = await deadLetters("cancel", 1, 5);
  const target = await arn(await create("cancel-target"));
  const { TaskHandle } = await call("StartMessageMoveTask", {
    SourceArn: await arn(dead), DestinationArn: target, MaxNumberOfMessagesPerSecond: 1,
  });
  const running = await task(dead);
  equal([running.Status, running.TaskHandle, running.MaxNumberOfMessagesPerSecond, running.DestinationArn],
    ["RUNNING", TaskHandle, 1, target]);
  const moved = (await call("CancelMessageMoveTask", { TaskHandle })).ApproximateNumberOfMessagesMoved;
  check(moved >= 0 && moved < 5, `${moved}`);
  await until(async () => (await task(dead)).Status === "CANCELLED");
  check((await receive(dead, 10)).length > 0, "nothing stayed in the source");
});

claim("a long poll is answered by a later send", async () => {
  const url = await create("poll");
  const started = Date.now();
  const later = pause(500).then(() => send(url, "wake up"));
  equal(bodies(await receive(url, 10, { WaitTimeSeconds: 15 })), ["wake up"]);
  const waited = Date.now() - started;
  check(waited > 300 && waited < 5000, `${waited} ms`);
  await later;
});

claim("purge empties a queue", async () => {
  const url = await create("purge");
  for (const body of "abc") await send(url, body);
  await call("PurgeQueue", { QueueUrl: url });
  await until(async () => (await receive(url, 10)).length === 0);
});

claim("a second purge is refused as PurgeQueueInProgress", async () => {
  equal(await refused("PurgeQueueInProgress", call("PurgeQueue", { QueueUrl: await create("purge") })),
    `Only one PurgeQueue operation on ${PREFIX}purge is allowed every 60 seconds.`);
});

claim("a missing queue is QueueDoesNotExist", async () => {
  equal(await refused("QueueDoesNotExist", call("GetQueueUrl", { QueueName: `${PREFIX}missing` })),
    "The specified queue does not exist.");
  await refused("QueueDoesNotExist", send(`${await create("main")}-missing`, "x"));
});

claim("other attributes for an existing name are QueueNameExists", async () => {
  equal(await refused("QueueNameExists", create("main", { VisibilityTimeout: "31" })),
    "A queue already exists with the same name and a different value for attribute VisibilityTimeout");
});

claim("an unknown attribute is InvalidAttributeName", async () => {
  equal(await refused("InvalidAttributeName", attributes(await create("main"), "Foobar")),
    "Unknown Attribute Foobar.");
});

claim("a bad attribute value is InvalidAttributeValue", async () => {
  const input = { QueueUrl: await create("main"), Attributes: { VisibilityTimeout: "43201" } };
  equal(await refused("InvalidAttributeValue", call("SetQueueAttributes", input)),
    "Invalid value for the parameter VisibilityTimeout.");
});

claim("a bad receipt handle is ReceiptHandleIsInvalid", async () => {
  equal(await refused("ReceiptHandleIsInvalid", remove(await create("main"), { ReceiptHandle: "garbage" })),
    'The input receipt handle "garbage" is not a valid receipt handle.');
});

const same = [{ Id: "same", MessageBody: "a" }, { Id: "same", MessageBody: "b" }];

claim("repeated batch ids are BatchEntryIdsNotDistinct", async () => {
  equal(await refused("BatchEntryIdsNotDistinct", sendBatch(await create("main"), same)), "Id same repeated.");
});

claim("an empty batch is EmptyBatchRequest", async () => {
  await refused("EmptyBatchRequest", sendBatch(await create("main"), []));
});

claim("eleven batch entries are TooManyEntriesInBatchRequest", async () => {
  const entries = Array.from({ length: 11 }, (_, i) => ({ Id: `${i}`, MessageBody: "x" }));
  equal(await refused("TooManyEntriesInBatchRequest", sendBatch(await create("main"), entries)),
    "Maximum number of entries per request are 10. You have sent 11.");
});

claim("a bad batch id is InvalidBatchEntryId", async () => {
  await refused("InvalidBatchEntryId", sendBatch(await create("main"), [{ Id: "no blanks", MessageBody: "x" }]));
});

claim("a control character is InvalidMessageContents", async () => {
  assert.match(await refused("InvalidMessageContents", send(await create("main"), "a\x07")),
    /^Invalid binary character '#x7' was found in the message body/);
});

claim("a bad number of messages is InvalidParameterValue", async () => {
  equal(await refused("InvalidParameterValue", receive(await create("main"), 11)),
    "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.");
});

claim("a message without group on fifo is MissingParameter", async () => {
  equal(await refused("MissingParameter", send(await fifo("order"), "x")),
    "The request must contain the parameter MessageGroupId.");
});

claim("an unknown task source is ResourceNotFoundException", async () => {
  const input = { SourceArn: `${await arn(await create("main"))}-missing` };
  await refused("ResourceNotFoundException", call("StartMessageMoveTask", input));
});

claim("delete queue", async () => {
  const url = await create("gone");
  await call("DeleteQueue", { QueueUrl: url });
  await refused("QueueDoesNotExist", attributes(url, "All"));
  await refused("QueueDeletedRecently", create("gone"));
});

let failed = 0;
for (const { text, run } of claims) {
  try {
    await run();
    console.log(`ok - ${text}`);
  } catch (error) {
    failed++;
    console.log(`not ok - ${text}\n# ${`${error.name}: ${error.message}`.replaceAll("\n", "\n# ")}`);
  }
}
console.log(`1..${claims.length}`);
process.exit(failed ? 1 : 0);
