import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.retry.RetryPolicy;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.*;

/** The tour with the AWS SDK for Java v2. Claim by claim the same as ../boto3/tour.py, which has the reasons. */
public final class Tour {
    private static final String ENDPOINT = System.getenv("LEAT_ENDPOINT");
    private static final String PREFIX = System.getenv("LEAT_PREFIX");
    private static final SqsClient sqs = SqsClient.builder()
            .endpointOverride(URI.create(ENDPOINT))
            .region(Region.of(System.getenv("AWS_REGION")))
            .credentialsProvider(EnvironmentVariableCredentialsProvider.create())
            .overrideConfiguration(c -> c.retryPolicy(RetryPolicy.none()).apiCallTimeout(Duration.ofSeconds(60)))
            .build();

    private interface Step {
        void run() throws Exception;
    }

    private record Claim(String text, Step step) {}

    private static final List<Claim> claims = new ArrayList<>();

    private static void claim(String text, Step step) {
        claims.add(new Claim(text, step));
    }

    private static void check(boolean fact, Object detail) {
        if (!fact) {
            throw new AssertionError(String.valueOf(detail));
        }
    }

    private static void equal(Object got, Object want) {
        check(Objects.equals(got, want), "got " + got + " want " + want);
    }

    /** The call is refused with this code, and as this class where the API has one. The error's text. */
    private static String refused(String code, Class<? extends AwsServiceException> type, Step call) throws Exception {
        try {
            call.run();
        } catch (AwsServiceException error) {
            equal(error.awsErrorDetails().errorCode(), code);
            equal(error.getClass(), type);
            return error.awsErrorDetails().errorMessage();
        }
        throw new AssertionError("the call succeeded");
    }

    private static void until(BooleanSupplier fact) throws InterruptedException {
        for (long end = System.nanoTime() + 10_000_000_000L; !fact.getAsBoolean(); Thread.sleep(50)) {
            check(System.nanoTime() < end, "not within 10 s");
        }
    }

    private static String create(String name, Map<QueueAttributeName, String> attributes, Map<String, String> tags) {
        return sqs.createQueue(c -> c.queueName(PREFIX + name).attributes(attributes).tags(tags)).queueUrl();
    }

    private static String create(String name) {
        return sqs.createQueue(c -> c.queueName(PREFIX + name)).queueUrl();
    }

    private static String fifo(String name) {
        return create(name + ".fifo", Map.of(QueueAttributeName.FIFO_QUEUE, "true",
                QueueAttributeName.CONTENT_BASED_DEDUPLICATION, "true"), Map.of());
    }

    private static Map<String, String> attributes(String url, String... names) {
        return sqs.getQueueAttributes(c -> c.queueUrl(url).attributeNamesWithStrings(names)).attributesAsStrings();
    }

    private static String arn(String url) {
        return attributes(url, "QueueArn").get("QueueArn");
    }

    private static List<Message> receive(String url, int count, Consumer<ReceiveMessageRequest.Builder> more) {
        return sqs.receiveMessage(c -> {
            c.queueUrl(url).maxNumberOfMessages(count);
            more.accept(c);
        }).messages();
    }

    private static List<Message> receive(String url, int count) {
        return receive(url, count, c -> {});
    }

    private static Message one(List<Message> messages) {
        equal(messages.size(), 1);
        return messages.get(0);
    }

    private static Map<String, String> system(Message message) {
        return message.attributesAsStrings();
    }

    private static List<String> bodies(List<Message> messages) {
        return messages.stream().map(Message::body).collect(Collectors.toList());
    }

    private static List<String> sorted(List<String> texts) {
        return texts.stream().sorted().collect(Collectors.toList());
    }

    private static SendMessageResponse send(String url, String body) {
        return sqs.sendMessage(c -> c.queueUrl(url).messageBody(body));
    }

    private static SendMessageResponse sendFifo(String url, String group, String body, String dedup) {
        return sqs.sendMessage(c -> c.queueUrl(url).messageBody(body).messageGroupId(group)
                .messageDeduplicationId(dedup));
    }

    private static void remove(String url, Message message) {
        sqs.deleteMessage(c -> c.queueUrl(url).receiptHandle(message.receiptHandle()));
    }

    private static Map<String, String> tags(String url) {
        return sqs.listQueueTags(c -> c.queueUrl(url)).tags();
    }

    private static MessageAttributeValue text(String type, String value) {
        return MessageAttributeValue.builder().dataType(type).stringValue(value).build();
    }

    private static List<String> failures(List<BatchResultErrorEntry> entries) {
        return entries.stream().map(e -> e.id() + " " + e.code() + " " + e.senderFault()).collect(Collectors.toList());
    }

    private static void sendBatch(String... ids) {
        List<SendMessageBatchRequestEntry> entries = Arrays.stream(ids)
                .map(id -> SendMessageBatchRequestEntry.builder().id(id).messageBody("x").build())
                .collect(Collectors.toList());
        String url = create("main");
        sqs.sendMessageBatch(c -> c.queueUrl(url).entries(entries));
    }

    private static ListMessageMoveTasksResultEntry task(String url) {
        String source = arn(url);
        return sqs.listMessageMoveTasks(c -> c.sourceArn(source)).results().get(0);
    }

    /** A queue whose messages have all moved to its dead-letter queue, and that one. */
    private static List<String> deadLetters(String name, int count, int sends) {
        String dead = create(name + "-dead");
        String policy = "{\"deadLetterTargetArn\":\"" + arn(dead) + "\",\"maxReceiveCount\":" + count + "}";
        String url = create(name, Map.of(QueueAttributeName.REDRIVE_POLICY, policy), Map.of());
        for (int i = 0; i < sends; i++) {
            send(url, "poison " + i);
        }
        for (int i = 0; i < count; i++) {
            equal(receive(url, 10, c -> c.visibilityTimeout(0)).size(), sends);
        }
        equal(receive(url, 10, c -> c.visibilityTimeout(0)).size(), 0);
        return List.of(url, dead);
    }

    private static void queues() {
        claim("create queue with attributes and tags", () -> {
            Map<String, String> wanted = Map.of("team", "water", "empty", "");
            String url = create("main", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "45",
                    QueueAttributeName.DELAY_SECONDS, "0"), wanted);
            equal(attributes(url, "VisibilityTimeout"), Map.of("VisibilityTimeout", "45"));
            equal(tags(url), wanted);
        });
        claim("create queue again gives the same url", () -> equal(
                create("main", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "45"), Map.of()), create("main")));
        claim("queue url ends in account and name", () -> {
            String url = create("main");
            check(url.startsWith(ENDPOINT + "/"), url);
            check(URI.create(url).getPath().matches("/\\d{12}/" + PREFIX + "main"), url);
        });
        claim("get queue url", () -> equal(sqs.getQueueUrl(c -> c.queueName(PREFIX + "main")).queueUrl(),
                create("main")));
        claim("list queues by prefix in pages", () -> {
            List<String> wanted = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                wanted.add(create("page-" + i));
            }
            List<String> found = new ArrayList<>();
            int pages = 0;
            for (ListQueuesResponse page : sqs.listQueuesPaginator(
                    c -> c.queueNamePrefix(PREFIX + "page-").maxResults(2))) {
                check(page.queueUrls().size() <= 2, page);
                found.addAll(page.queueUrls());
                pages++;
            }
            equal(sorted(found), wanted);
            equal(pages, 3);
            equal(sorted(sqs.listQueues(c -> c.queueNamePrefix(PREFIX + "page-")).queueUrls()), wanted);
            check(!sqs.listQueues(c -> c.queueNamePrefix(PREFIX + "nothing-here")).hasQueueUrls(), "queues");
        });
        claim("get queue attributes", () -> {
            Map<String, String> got = attributes(create("main"), "All");
            Map<String, String> wanted = Map.of("VisibilityTimeout", "45", "MaximumMessageSize", "1048576",
                    "DelaySeconds", "0", "MessageRetentionPeriod", "345600", "ReceiveMessageWaitTimeSeconds", "0",
                    "SqsManagedSseEnabled", "true", "ApproximateNumberOfMessages", "0",
                    "ApproximateNumberOfMessagesNotVisible", "0", "ApproximateNumberOfMessagesDelayed", "0");
            wanted.forEach((name, value) -> equal(name + "=" + got.get(name), name + "=" + value));
            check(got.get("QueueArn").endsWith(":" + PREFIX + "main"), got);
            long created = Long.parseLong(got.get("CreatedTimestamp"));
            check(Math.abs(created - System.currentTimeMillis() / 1000) < 600, created);
            for (String name : List.of("FifoQueue", "Policy", "RedrivePolicy")) {
                check(!got.containsKey(name), name);
            }
        });
        claim("set queue attributes", () -> {
            String url = create("main");
            Consumer<Map<String, String>> set = values -> sqs.setQueueAttributes(
                    c -> c.queueUrl(url).attributesWithStrings(values));
            Map<String, String> wanted = Map.of("VisibilityTimeout", "30", "MaximumMessageSize", "2048");
            set.accept(wanted);
            equal(attributes(url, "VisibilityTimeout", "MaximumMessageSize"), wanted);
            set.accept(Map.of("MaximumMessageSize", "1048576"));
        });
        claim("tags are listed and removed", () -> {
            String url = create("tags");
            check(!sqs.listQueueTags(c -> c.queueUrl(url)).hasTags(), "tags");
            sqs.tagQueue(c -> c.queueUrl(url).tags(Map.of("a", "1", "b", "2")));
            sqs.tagQueue(c -> c.queueUrl(url).tags(Map.of("b", "3")));
            equal(tags(url), Map.of("a", "1", "b", "3"));
            sqs.untagQueue(c -> c.queueUrl(url).tagKeys("a", "missing"));
            equal(tags(url), Map.of("b", "3"));
        });
        claim("permissions are added and removed", () -> {
            String url = create("permissions");
            sqs.addPermission(c -> c.queueUrl(url).label("friends").awsAccountIds("111122223333")
                    .actions("SendMessage", "ReceiveMessage"));
            String policy = attributes(url, "Policy").get("Policy").replaceAll("\\s", "");
            for (String part : List.of("\"Version\":\"2008-10-17\"", "\"Sid\":\"friends\"", "SQS:ReceiveMessage",
                    "SQS:SendMessage", "\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:root\"}")) {
                check(policy.contains(part), part + " is not in " + policy);
            }
            sqs.removePermission(c -> c.queueUrl(url).label("friends"));
            check(!sqs.getQueueAttributes(c -> c.queueUrl(url).attributeNamesWithStrings("Policy")).hasAttributes(),
                    "attributes");
        });
    }

    private static void messages() {
        claim("send, receive and delete a message", () -> {
            String url = create("main");
            SendMessageResponse sent = send(url, "hello");
            equal(sent.md5OfMessageBody(), "5d41402abc4b2a76b9719d911017c592");
            check(sent.sequenceNumber() == null && sent.md5OfMessageAttributes() == null, sent);
            Message got = one(receive(url, 1));
            equal(List.of(got.messageId(), got.body(), got.md5OfBody()),
                    List.of(sent.messageId(), "hello", "5d41402abc4b2a76b9719d911017c592"));
            check(!got.hasAttributes() && !got.hasMessageAttributes(), got);
            remove(url, got);
            remove(url, got);
            equal(attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"),
                    Map.of("ApproximateNumberOfMessages", "0", "ApproximateNumberOfMessagesNotVisible", "0"));
        });
        claim("a body comes back byte for byte", () -> {
            String url = create("main");
            String body = "<a href=\"x\">&amp;</a>\r\n\t'%2B+ \u00e9\u4e2d\ud83c\udf0a\ufffd " + "x".repeat(1000) + "\r";
            send(url, body);
            Message got = one(receive(url, 1));
            equal(got.body(), body);
            remove(url, got);
        });
        claim("message attributes of every type come back", () -> {
            String url = create("main");
            Map<String, MessageAttributeValue> wanted = Map.of(
                    "color", text("String", "blue & <green> \u00e9"),
                    "count", text("Number", "3.140"),
                    "blob", MessageAttributeValue.builder().dataType("Binary")
                            .binaryValue(SdkBytes.fromByteArray(new byte[] {0, 1, (byte) 255})).build(),
                    "Help.Me", text("String.custom", "x"),
                    "size", text("Number.int", "7"));
            SendMessageResponse sent = sqs.sendMessage(
                    c -> c.queueUrl(url).messageBody("attributes").messageAttributes(wanted));
            Message got = one(receive(url, 1, c -> c.messageAttributeNames("All")));
            equal(got.messageAttributes(), wanted);
            equal(got.md5OfMessageAttributes(), sent.md5OfMessageAttributes());
            remove(url, got);
        });
        claim("message attributes are selected by name and prefix", () -> {
            String url = create("main");
            sqs.sendMessage(c -> c.queueUrl(url).messageBody("select").messageAttributes(Map.of(
                    "Help.Me", text("String", "Me"), "Hello", text("String", "There"),
                    "General", text("String", "Kenobi"))));
            Map<List<String>, String> rows = Map.of(
                    List.of("Hello"), "[Hello] a311262e065454b75da111d535b8dacd",
                    List.of("Hel.*"), "[Hello, Help.Me] 83fee93c1bcd8b9a5a923ffacdc636c7",
                    List.of("Hello", "General", "nothing"), "[General, Hello] fca026605781cb4126a1e9044df24232",
                    List.of(".*"), "[General, Hello, Help.Me] 4c360f3fdafd970e05fae2f149d997f5");
            rows.forEach((wanted, found) -> {
                Message got = one(receive(url, 1, c -> c.messageAttributeNames(wanted).visibilityTimeout(0)));
                equal(new TreeSet<>(got.messageAttributes().keySet()) + " " + got.md5OfMessageAttributes(), found);
            });
            Message got = one(receive(url, 1, c -> c.messageAttributeNames("nothing")));
            check(!got.hasMessageAttributes() && got.md5OfMessageAttributes() == null, got);
            remove(url, got);
        });
        claim("system attributes of a message", () -> {
            String url = create("main");
            long before = System.currentTimeMillis();
            send(url, "system");
            one(receive(url, 1, c -> c.visibilityTimeout(0)));
            Message got = one(receive(url, 1, c -> c.messageSystemAttributeNamesWithStrings("All")));
            Map<String, String> found = system(got);
            equal(found.get("ApproximateReceiveCount"), "2");
            check(!found.get("SenderId").isEmpty(), found);
            long sent = Long.parseLong(found.get("SentTimestamp"));
            check(Math.abs(sent - before) < 60_000, found);
            check(Long.parseLong(found.get("ApproximateFirstReceiveTimestamp")) >= sent, found);
            check(!found.containsKey("SequenceNumber") && !found.containsKey("AWSTraceHeader"), found);
            remove(url, got);
        });
        claim("trace header comes back", () -> {
            String url = create("main");
            String trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
            SendMessageResponse sent = sqs.sendMessage(c -> c.queueUrl(url).messageBody("traced")
                    .messageSystemAttributes(Map.of(MessageSystemAttributeNameForSends.AWS_TRACE_HEADER,
                            MessageSystemAttributeValue.builder().dataType("String").stringValue(trace).build())));
            equal(sent.md5OfMessageSystemAttributes(), "5ae4d5d7636402d80f4eb6d213245a88");
            Message got = one(receive(url, 1, c -> c.messageSystemAttributeNamesWithStrings("AWSTraceHeader")));
            equal(system(got), Map.of("AWSTraceHeader", trace));
            remove(url, got);
        });
        claim("an empty queue gives no messages", () -> {
            String url = create("main");
            check(!sqs.receiveMessage(c -> c.queueUrl(url)).hasMessages(), "messages");
        });
        claim("a delayed message waits", () -> {
            String url = create("delayed");
            sqs.sendMessage(c -> c.queueUrl(url).messageBody("later").delaySeconds(1));
            equal(receive(url, 1).size(), 0);
            equal(attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"),
                    Map.of("ApproximateNumberOfMessages", "0", "ApproximateNumberOfMessagesDelayed", "1"));
            equal(bodies(receive(url, 1, c -> c.waitTimeSeconds(5))), List.of("later"));
        });
        claim("send batch reports the entry that failed", () -> {
            String url = create("batch");
            SendMessageBatchResponse got = sqs.sendMessageBatch(c -> c.queueUrl(url).entries(
                    e -> e.id("one").messageBody("one").messageAttributes(Map.of("k", text("String", "x"))),
                    e -> e.id("late").messageBody("late").delaySeconds(901),
                    e -> e.id("two").messageBody("two")));
            equal(got.successful().stream().map(SendMessageBatchResultEntry::id).collect(Collectors.toList()),
                    List.of("one", "two"));
            equal(got.successful().get(0).md5OfMessageAttributes(), "a45daa70926828a2f0a1db3418e6feb4");
            equal(failures(got.failed()), List.of("late InvalidParameterValue true"));
            equal(sorted(bodies(receive(url, 10))), List.of("one", "two"));
        });
        claim("receive ten and delete in a batch with one failure", () -> {
            String url = create("ten");
            for (int start = 0; start < 20; start += 10) {
                List<SendMessageBatchRequestEntry> entries = IntStream.range(start, start + 10)
                        .mapToObj(i -> SendMessageBatchRequestEntry.builder().id("" + i).messageBody("body " + i)
                                .build()).collect(Collectors.toList());
                SendMessageBatchResponse got = sqs.sendMessageBatch(c -> c.queueUrl(url).entries(entries));
                check(got.successful().size() == 10 && !got.hasFailed(), got);
            }
            List<Message> messages = receive(url, 10);
            equal(messages.size(), 10);
            List<DeleteMessageBatchRequestEntry> entries = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                String id = i < 9 ? "m" + i : "bad";
                String handle = i < 9 ? messages.get(i).receiptHandle() : "garbage";
                entries.add(DeleteMessageBatchRequestEntry.builder().id(id).receiptHandle(handle).build());
            }
            DeleteMessageBatchResponse got = sqs.deleteMessageBatch(c -> c.queueUrl(url).entries(entries));
            equal(got.successful().size(), 9);
            equal(got.successful().get(8).id(), "m8");
            equal(failures(got.failed()), List.of("bad ReceiptHandleIsInvalid true"));
            equal(attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"),
                    Map.of("ApproximateNumberOfMessages", "10", "ApproximateNumberOfMessagesNotVisible", "1"));
        });
        claim("change visibility makes a message visible again", () -> {
            String url = create("visibility");
            send(url, "again");
            Message first = one(receive(url, 1));
            equal(receive(url, 1).size(), 0);
            sqs.changeMessageVisibility(c -> c.queueUrl(url).receiptHandle(first.receiptHandle()).visibilityTimeout(0));
            Message second = one(receive(url, 1));
            equal(second.messageId(), first.messageId());
            check(!second.receiptHandle().equals(first.receiptHandle()), "the receipt handle is the same");
        });
        claim("change visibility in a batch with one failure", () -> {
            String url = create("visibility-batch");
            send(url, "a");
            send(url, "b");
            List<Message> messages = receive(url, 10);
            ChangeMessageVisibilityBatchResponse got = sqs.changeMessageVisibilityBatch(c -> c.queueUrl(url).entries(
                    e -> e.id("good").receiptHandle(messages.get(0).receiptHandle()).visibilityTimeout(0),
                    e -> e.id("bad").receiptHandle("garbage").visibilityTimeout(0)));
            equal(got.successful().size(), 1);
            equal(got.successful().get(0).id(), "good");
            equal(failures(got.failed()), List.of("bad ReceiptHandleIsInvalid true"));
            equal(one(receive(url, 10)).messageId(), messages.get(0).messageId());
        });
    }

    private static void fifos() {
        claim("fifo keeps the order of a group", () -> {
            String url = fifo("order");
            for (int i = 0; i < 3; i++) {
                for (String group : List.of("g1", "g2")) {
                    sendFifo(url, group, group + "-" + i, null);
                }
            }
            List<Message> got = receive(url, 10, c -> c.messageSystemAttributeNamesWithStrings("All"));
            for (String group : List.of("g1", "g2")) {
                equal(bodies(got.stream().filter(m -> system(m).get("MessageGroupId").equals(group))
                        .collect(Collectors.toList())), List.of(group + "-0", group + "-1", group + "-2"));
            }
        });
        claim("fifo locks a group until its messages are deleted", () -> {
            String url = fifo("lock");
            for (String body : List.of("a1", "a2", "b1")) {
                sendFifo(url, body.substring(0, 1), body, null);
            }
            Message first = one(receive(url, 1, c -> c.messageSystemAttributeNamesWithStrings("MessageGroupId")));
            equal(first.body(), "a1");
            equal(system(first), Map.of("MessageGroupId", "a"));
            equal(bodies(receive(url, 10)), List.of("b1"));
            equal(receive(url, 10).size(), 0);
            remove(url, first);
            equal(bodies(receive(url, 10)), List.of("a2"));
        });
        claim("fifo sequence numbers grow", () -> {
            String url = fifo("sequence");
            List<String> numbers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                numbers.add(sendFifo(url, "g", "m" + i, null).sequenceNumber());
                check(numbers.get(i).matches("\\d{20}"), numbers);
            }
            equal(new ArrayList<>(new TreeSet<>(numbers)), numbers);
            List<Message> got = receive(url, 10,
                    c -> c.messageSystemAttributeNamesWithStrings("SequenceNumber", "MessageDeduplicationId"));
            equal(got.stream().map(m -> system(m).get("SequenceNumber")).collect(Collectors.toList()), numbers);
            equal(system(got.get(0)).get("MessageDeduplicationId").length(), 64);
        });
        claim("fifo drops a duplicate and repeats its answer", () -> {
            String url = fifo("duplicate");
            SendMessageResponse first = sendFifo(url, "g", "one", "same");
            SendMessageResponse second = sendFifo(url, "g", "two", "same");
            equal(second.messageId() + second.sequenceNumber(), first.messageId() + first.sequenceNumber());
            equal(bodies(receive(url, 10)), List.of("one"));
        });
    }

    private static void moves() {
        claim("dead letters after too many receives", () -> {
            List<String> urls = deadLetters("dlq", 2, 1);
            Message got = one(receive(urls.get(1), 1,
                    c -> c.visibilityTimeout(0).messageSystemAttributeNamesWithStrings("All")));
            equal(got.body(), "poison 0");
            equal(system(got).get("DeadLetterQueueSourceArn"), arn(urls.get(0)));
            equal(system(got).get("ApproximateReceiveCount"), "3");
        });
        claim("dead letter sources are listed", () -> {
            String dead = create("dlq-dead");
            String url = create("dlq");
            equal(sqs.listDeadLetterSourceQueues(c -> c.queueUrl(dead)).queueUrls(), List.of(url));
            equal(sqs.listDeadLetterSourceQueues(c -> c.queueUrl(url)).queueUrls(), List.of());
        });
        claim("a move task brings dead letters back", () -> {
            List<String> urls = deadLetters("redrive", 1, 3);
            String url = urls.get(0);
            String dead = urls.get(1);
            String source = arn(dead);
            check(sqs.startMessageMoveTask(c -> c.sourceArn(source)).taskHandle() != null, "no handle");
            until(() -> task(dead).status().equals("COMPLETED"));
            equal(task(dead).approximateNumberOfMessagesMoved(), 3L);
            check(task(dead).taskHandle() == null && task(dead).startedTimestamp() > 1_600_000_000_000L, task(dead));
            equal(receive(dead, 10).size(), 0);
            equal(sorted(bodies(receive(url, 10))), List.of("poison 0", "poison 1", "poison 2"));
        });
        claim("a move task is cancelled", () -> {
            String dead = deadLetters("cancel", 1, 5).get(1);
            String source = arn(dead);
            String target = arn(create("cancel-target"));
            String handle = sqs.startMessageMoveTask(c -> c.sourceArn(source).destinationArn(target)
                    .maxNumberOfMessagesPerSecond(1)).taskHandle();
            ListMessageMoveTasksResultEntry running = task(dead);
            equal(List.of(running.status(), running.taskHandle(), running.destinationArn()),
                    List.of("RUNNING", handle, target));
            equal(running.maxNumberOfMessagesPerSecond(), 1);
            long moved = sqs.cancelMessageMoveTask(c -> c.taskHandle(handle)).approximateNumberOfMessagesMoved();
            check(moved >= 0 && moved < 5, moved);
            until(() -> task(dead).status().equals("CANCELLED"));
            check(!receive(dead, 10).isEmpty(), "nothing stayed in the source");
        });
        claim("a long poll is answered by a later send", () -> {
            String url = create("poll");
            long started = System.nanoTime();
            CompletableFuture<SendMessageResponse> later = CompletableFuture.supplyAsync(() -> send(url, "wake up"),
                    CompletableFuture.delayedExecutor(500, TimeUnit.MILLISECONDS));
            equal(bodies(receive(url, 10, c -> c.waitTimeSeconds(15))), List.of("wake up"));
            long waited = (System.nanoTime() - started) / 1_000_000;
            check(waited > 300 && waited < 5000, waited + " ms");
            later.join();
        });
        claim("purge empties a queue", () -> {
            String url = create("purge");
            for (String body : List.of("a", "b", "c")) {
                send(url, body);
            }
            sqs.purgeQueue(c -> c.queueUrl(url));
            until(() -> receive(url, 10).isEmpty());
        });
    }

    private static void errors() {
        String service = "AWS.SimpleQueueService.";
        claim("a second purge is refused as PurgeQueueInProgress", () -> {
            String url = create("purge");
            equal(refused(service + "PurgeQueueInProgress", PurgeQueueInProgressException.class,
                    () -> sqs.purgeQueue(c -> c.queueUrl(url))),
                    "Only one PurgeQueue operation on " + PREFIX + "purge is allowed every 60 seconds.");
        });
        claim("a missing queue is QueueDoesNotExist", () -> {
            equal(refused(service + "NonExistentQueue", QueueDoesNotExistException.class,
                    () -> sqs.getQueueUrl(c -> c.queueName(PREFIX + "missing"))),
                    "The specified queue does not exist.");
            String url = create("main") + "-missing";
            refused(service + "NonExistentQueue", QueueDoesNotExistException.class, () -> send(url, "x"));
        });
        claim("other attributes for an existing name are QueueNameExists", () -> equal(
                refused("QueueAlreadyExists", QueueNameExistsException.class,
                        () -> create("main", Map.of(QueueAttributeName.VISIBILITY_TIMEOUT, "31"), Map.of())),
                "A queue already exists with the same name and a different value for attribute VisibilityTimeout"));
        claim("an unknown attribute is InvalidAttributeName", () -> {
            String url = create("main");
            equal(refused("InvalidAttributeName", InvalidAttributeNameException.class,
                    () -> attributes(url, "Foobar")), "Unknown Attribute Foobar.");
        });
        claim("a bad attribute value is InvalidAttributeValue", () -> {
            String url = create("main");
            equal(refused("InvalidAttributeValue", InvalidAttributeValueException.class,
                    () -> sqs.setQueueAttributes(c -> c.queueUrl(url)
                            .attributesWithStrings(Map.of("VisibilityTimeout", "43201")))),
                    "Invalid value for the parameter VisibilityTimeout.");
        });
        claim("a bad receipt handle is ReceiptHandleIsInvalid", () -> {
            String url = create("main");
            equal(refused("ReceiptHandleIsInvalid", ReceiptHandleIsInvalidException.class,
                    () -> sqs.deleteMessage(c -> c.queueUrl(url).receiptHandle("garbage"))),
                    "The input receipt handle \"garbage\" is not a valid receipt handle.");
        });
        claim("repeated batch ids are BatchEntryIdsNotDistinct", () -> equal(
                refused(service + "BatchEntryIdsNotDistinct", BatchEntryIdsNotDistinctException.class,
                        () -> sendBatch("same", "same")), "Id same repeated."));
        claim("an empty batch is EmptyBatchRequest", () ->
                refused(service + "EmptyBatchRequest", EmptyBatchRequestException.class, () -> sendBatch()));
        claim("eleven batch entries are TooManyEntriesInBatchRequest", () -> equal(
                refused(service + "TooManyEntriesInBatchRequest", TooManyEntriesInBatchRequestException.class,
                        () -> sendBatch("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11")),
                "Maximum number of entries per request are 10. You have sent 11."));
        claim("a bad batch id is InvalidBatchEntryId", () -> refused(service + "InvalidBatchEntryId",
                InvalidBatchEntryIdException.class, () -> sendBatch("no blanks")));
        claim("a control character is InvalidMessageContents", () -> {
            String url = create("main");
            String text = refused("InvalidMessageContents", InvalidMessageContentsException.class,
                    () -> send(url, "a\u0007"));
            check(text.startsWith("Invalid binary character '#x7' was found in the message body"), text);
        });
        claim("a bad number of messages is InvalidParameterValue", () -> {
            String url = create("main");
            equal(refused("InvalidParameterValue", SqsException.class, () -> receive(url, 11)),
                    "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, "
                            + "if provided.");
        });
        claim("a message without group on fifo is MissingParameter", () -> {
            String url = fifo("order");
            equal(refused("MissingParameter", SqsException.class, () -> send(url, "x")),
                    "The request must contain the parameter MessageGroupId.");
        });
        claim("an unknown task source is ResourceNotFoundException", () -> {
            String source = arn(create("main")) + "-missing";
            refused("ResourceNotFoundException", ResourceNotFoundException.class,
                    () -> sqs.startMessageMoveTask(c -> c.sourceArn(source)));
        });
        claim("delete queue", () -> {
            String url = create("gone");
            sqs.deleteQueue(c -> c.queueUrl(url));
            refused(service + "NonExistentQueue", QueueDoesNotExistException.class, () -> attributes(url, "All"));
            refused(service + "QueueDeletedRecently", QueueDeletedRecentlyException.class, () -> create("gone"));
        });
    }

    public static void main(String[] arguments) {
        queues();
        messages();
        fifos();
        moves();
        errors();
        int failed = 0;
        for (Claim claim : claims) {
            try {
                claim.step().run();
                System.out.println("ok - " + claim.text());
            } catch (Exception | AssertionError problem) {
                failed++;
                System.out.println("not ok - " + claim.text() + "\n# "
                        + String.valueOf(problem).replace("\n", "\n# "));
            }
        }
        System.out.println("1.." + claims.size());
        System.exit(failed == 0 ? 0 : 1);
    }
}
