// What runs in the page: the SDK against the address in the query, its outcome in the document's title.
import * as api from "@aws-sdk/client-sqs";

const endpoint = new URLSearchParams(location.search).get("endpoint");
const client = new api.SQSClient({
  endpoint, region: "us-east-1", maxAttempts: 1,
  credentials: { accessKeyId: "AKIDCOMPAT0000000000", secretAccessKey: "compat/secret+key0123456789abcdefghijklm" },
});
const call = (name, input) => client.send(new api[`${name}Command`](input));

async function tour() {
  const { QueueUrl } = await call("CreateQueue", { QueueName: "from-a-page" });
  await call("SendMessage", { QueueUrl, MessageBody: "hello" });
  const { Messages } = await call("ReceiveMessage", { QueueUrl });
  await call("DeleteMessage", { QueueUrl, ReceiptHandle: Messages[0].ReceiptHandle });
  const { Attributes } = await call("GetQueueAttributes", { QueueUrl, AttributeNames: ["All"] });
  let refused = "";
  await call("GetQueueUrl", { QueueName: "missing" }).catch((error) => { refused = error.name; });
  return `${Messages[0].Body} ${Attributes.ApproximateNumberOfMessages} ${refused}`;
}

tour().then((text) => text, (error) => `failed: ${error.name}`).then((text) => {
  document.body.textContent = `outcome: ${text}`;
  fetch(`/outcome?${encodeURIComponent(text)}`);
});
