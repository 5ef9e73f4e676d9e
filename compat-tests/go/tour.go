// The tour with the AWS SDK for Go v2. Claim by claim the same as ../boto3/tour.py, which has the reasons.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

var (
	endpoint = os.Getenv("LEAT_ENDPOINT")
	prefix   = os.Getenv("LEAT_PREFIX")
	ctx      = context.Background()
	client   = sqs.New(sqs.Options{
		BaseEndpoint:     aws.String(endpoint),
		Region:           os.Getenv("AWS_REGION"),
		RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(
			os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), ""),
	})
)

type names = []types.QueueAttributeName

var str = aws.String

type broken struct{ text string }

func fail(format string, values ...any) { panic(broken{fmt.Sprintf(format, values...)}) }

func check(fact bool, details ...any) {
	if !fact {
		fail("%v", details)
	}
}

func equal(got, want any) {
	if !reflect.DeepEqual(got, want) {
		fail("got %#v want %#v", got, want)
	}
}

// must passes on the output of a call that has to succeed.
func must[T any](output T, err error) T {
	if err != nil {
		fail("%v", err)
	}
	return output
}

// refused: the error has this code, and this type where the API has one. The error's text.
func refused[T error](code string, err error) string {
	if err == nil {
		fail("the call succeeded")
	}
	var typed T
	if !errors.As(err, &typed) {
		fail("no %T: %v", typed, err)
	}
	var answer smithy.APIError
	check(errors.As(err, &answer), err)
	equal(answer.ErrorCode(), code)
	return answer.ErrorMessage()
}

func second[A, B any](_ A, b B) B { return b }

func create(name string, attributes ...string) string {
	input := &sqs.CreateQueueInput{QueueName: str(prefix + name), Attributes: map[string]string{}}
	for i := 0; i < len(attributes); i += 2 {
		input.Attributes[attributes[i]] = attributes[i+1]
	}
	return *must(client.CreateQueue(ctx, input)).QueueUrl
}

func fifo(name string) string {
	return create(name+".fifo", "FifoQueue", "true", "ContentBasedDeduplication", "true")
}

func attributes(url string, wanted ...types.QueueAttributeName) map[string]string {
	return must(client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url, AttributeNames: wanted})).Attributes
}

func arn(url string) string { return attributes(url, "QueueArn")["QueueArn"] }

func receiveWith(url string, count int32, more sqs.ReceiveMessageInput) []types.Message {
	more.QueueUrl, more.MaxNumberOfMessages = &url, count
	return must(client.ReceiveMessage(ctx, &more)).Messages
}

func receive(url string, count int32) []types.Message {
	return receiveWith(url, count, sqs.ReceiveMessageInput{})
}

// one is the only message of a receive.
func one(messages []types.Message) types.Message {
	if len(messages) != 1 {
		fail("%d messages, want 1", len(messages))
	}
	return messages[0]
}

func bodies(messages []types.Message) []string {
	got := []string{}
	for _, message := range messages {
		got = append(got, *message.Body)
	}
	return got
}

func sorted(texts []string) []string {
	sort.Strings(texts)
	return texts
}

func keys[V any](of map[string]V) []string {
	got := []string{}
	for key := range of {
		got = append(got, key)
	}
	return sorted(got)
}

func send(url, body string) *sqs.SendMessageOutput {
	return must(client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body}))
}

func sendFifo(url, group, body string, dedup ...string) *sqs.SendMessageOutput {
	input := &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body, MessageGroupId: &group}
	if len(dedup) > 0 {
		input.MessageDeduplicationId = &dedup[0]
	}
	return must(client.SendMessage(ctx, input))
}

func remove(url string, message types.Message) {
	must(client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: message.ReceiptHandle}))
}

func tags(url string) map[string]string {
	return must(client.ListQueueTags(ctx, &sqs.ListQueueTagsInput{QueueUrl: &url})).Tags
}

func until(fact func() bool) {
	for end := time.Now().Add(10 * time.Second); !fact(); time.Sleep(50 * time.Millisecond) {
		check(time.Now().Before(end), "not within 10 s")
	}
}

func text(value, kind string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: &kind, StringValue: &value}
}

type claim struct {
	text string
	run  func()
}

var claims = []claim{
	{"create queue with attributes and tags", func() {
		wanted := map[string]string{"team": "water", "empty": ""}
		url := *must(client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: str(prefix + "main"),
			Attributes: map[string]string{"VisibilityTimeout": "45", "DelaySeconds": "0"}, Tags: wanted})).QueueUrl
		equal(attributes(url, "VisibilityTimeout"), map[string]string{"VisibilityTimeout": "45"})
		equal(tags(url), wanted)
	}},
	{"create queue again gives the same url", func() {
		equal(create("main", "VisibilityTimeout", "45"), create("main"))
	}},
	{"queue url ends in account and name", func() {
		url := create("main")
		check(regexp.MustCompile("^"+regexp.QuoteMeta(endpoint)+`/\d{12}/`+prefix+"main$").MatchString(url), url)
	}},
	{"get queue url", func() {
		got := must(client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: str(prefix + "main")}))
		equal(*got.QueueUrl, create("main"))
	}},
	{"list queues by prefix in pages", func() {
		wanted, found, pages := []string{}, []string{}, 0
		for i := 0; i < 5; i++ {
			wanted = append(wanted, create(fmt.Sprintf("page-%d", i)))
		}
		paginator := sqs.NewListQueuesPaginator(client, &sqs.ListQueuesInput{
			QueueNamePrefix: str(prefix + "page-"), MaxResults: aws.Int32(2)})
		for ; paginator.HasMorePages(); pages++ {
			page := must(paginator.NextPage(ctx)).QueueUrls
			check(len(page) <= 2, page)
			found = append(found, page...)
		}
		equal(sorted(found), wanted)
		equal(pages, 3)
		all := must(client.ListQueues(ctx, &sqs.ListQueuesInput{QueueNamePrefix: str(prefix + "page-")}))
		equal(sorted(all.QueueUrls), wanted)
		none := must(client.ListQueues(ctx, &sqs.ListQueuesInput{QueueNamePrefix: str(prefix + "nothing-here")}))
		equal(len(none.QueueUrls), 0)
	}},
	{"get queue attributes", func() {
		got := attributes(create("main"), "All")
		for name, value := range map[string]string{"VisibilityTimeout": "45", "MaximumMessageSize": "1048576",
			"DelaySeconds": "0", "MessageRetentionPeriod": "345600", "ReceiveMessageWaitTimeSeconds": "0",
			"SqsManagedSseEnabled": "true", "ApproximateNumberOfMessages": "0",
			"ApproximateNumberOfMessagesNotVisible": "0", "ApproximateNumberOfMessagesDelayed": "0"} {
			equal(name+"="+got[name], name+"="+value)
		}
		check(strings.HasSuffix(got["QueueArn"], ":"+prefix+"main"), got)
		created := must(strconv.ParseInt(got["CreatedTimestamp"], 10, 64))
		check(created-time.Now().Unix() < 600 && time.Now().Unix()-created < 600, created)
		for _, name := range []string{"FifoQueue", "Policy", "RedrivePolicy"} {
			_, there := got[name]
			check(!there, name)
		}
	}},
	{"set queue attributes", func() {
		url := create("main")
		set := func(values map[string]string) {
			must(client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: values}))
		}
		wanted := map[string]string{"VisibilityTimeout": "30", "MaximumMessageSize": "2048"}
		set(wanted)
		equal(attributes(url, "VisibilityTimeout", "MaximumMessageSize"), wanted)
		set(map[string]string{"MaximumMessageSize": "1048576"})
	}},
	{"tags are listed and removed", func() {
		url := create("tags")
		equal(len(tags(url)), 0)
		for _, more := range []map[string]string{{"a": "1", "b": "2"}, {"b": "3"}} {
			must(client.TagQueue(ctx, &sqs.TagQueueInput{QueueUrl: &url, Tags: more}))
		}
		equal(tags(url), map[string]string{"a": "1", "b": "3"})
		must(client.UntagQueue(ctx, &sqs.UntagQueueInput{QueueUrl: &url, TagKeys: []string{"a", "missing"}}))
		equal(tags(url), map[string]string{"b": "3"})
	}},
	{"permissions are added and removed", func() {
		url := create("permissions")
		must(client.AddPermission(ctx, &sqs.AddPermissionInput{QueueUrl: &url, Label: str("friends"),
			AWSAccountIds: []string{"111122223333"}, Actions: []string{"SendMessage", "ReceiveMessage"}}))
		var policy struct {
			Version   string
			Statement []struct {
				Sid       string
				Action    []string
				Principal map[string]string
			}
		}
		if err := json.Unmarshal([]byte(attributes(url, "Policy")["Policy"]), &policy); err != nil {
			fail("%v", err)
		}
		equal(policy.Version, "2008-10-17")
		equal(policy.Statement[0].Sid, "friends")
		equal(sorted(policy.Statement[0].Action), []string{"SQS:ReceiveMessage", "SQS:SendMessage"})
		equal(policy.Statement[0].Principal, map[string]string{"AWS": "arn:aws:iam::111122223333:root"})
		must(client.RemovePermission(ctx, &sqs.RemovePermissionInput{QueueUrl: &url, Label: str("friends")}))
		equal(len(attributes(url, "Policy")), 0)
	}},
	{"send, receive and delete a message", func() {
		url := create("main")
		sent := send(url, "hello")
		equal(*sent.MD5OfMessageBody, "5d41402abc4b2a76b9719d911017c592")
		check(sent.SequenceNumber == nil && sent.MD5OfMessageAttributes == nil, sent)
		got := one(receive(url, 1))
		equal([]string{*got.MessageId, *got.Body, *got.MD5OfBody},
			[]string{*sent.MessageId, "hello", "5d41402abc4b2a76b9719d911017c592"})
		equal(len(got.Attributes)+len(got.MessageAttributes), 0)
		remove(url, got)
		remove(url, got)
		equal(attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"),
			map[string]string{"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0"})
	}},
	{"a body comes back byte for byte", func() {
		url := create("main")
		body := "<a href=\"x\">&amp;</a>\r\n\t'%2B+ \u00e9\u4e2d\U0001f30a\ufffd " + strings.Repeat("x", 1000) + "\r"
		send(url, body)
		got := one(receive(url, 1))
		equal(*got.Body, body)
		remove(url, got)
	}},
	{"message attributes of every type come back", func() {
		url := create("main")
		wanted := map[string]types.MessageAttributeValue{
			"color":   text("blue & <green> \u00e9", "String"),
			"count":   text("3.140", "Number"),
			"blob":    {DataType: str("Binary"), BinaryValue: []byte{0, 1, 255}},
			"Help.Me": text("x", "String.custom"),
			"size":    text("7", "Number.int"),
		}
		sent := must(client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: str("attributes"),
			MessageAttributes: wanted}))
		got := one(receiveWith(url, 1, sqs.ReceiveMessageInput{MessageAttributeNames: []string{"All"}}))
		equal(keys(got.MessageAttributes), keys(wanted))
		for name, value := range wanted {
			found := got.MessageAttributes[name]
			equal(*found.DataType, *value.DataType)
			check(bytes.Equal(found.BinaryValue, value.BinaryValue), name)
			equal(aws.ToString(found.StringValue), aws.ToString(value.StringValue))
		}
		equal(*got.MD5OfMessageAttributes, *sent.MD5OfMessageAttributes)
		remove(url, got)
	}},
	{"message attributes are selected by name and prefix", func() {
		url := create("main")
		must(client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: str("select"),
			MessageAttributes: map[string]types.MessageAttributeValue{"Help.Me": text("Me", "String"),
				"Hello": text("There", "String"), "General": text("Kenobi", "String")}}))
		for _, row := range []struct {
			wanted, found []string
			digest        string
		}{
			{[]string{"Hello"}, []string{"Hello"}, "a311262e065454b75da111d535b8dacd"},
			{[]string{"Hel.*"}, []string{"Hello", "Help.Me"}, "83fee93c1bcd8b9a5a923ffacdc636c7"},
			{[]string{"Hello", "General", "nothing"}, []string{"General", "Hello"}, "fca026605781cb4126a1e9044df24232"},
			{[]string{".*"}, []string{"General", "Hello", "Help.Me"}, "4c360f3fdafd970e05fae2f149d997f5"},
		} {
			got := one(hidden(url, 1, sqs.ReceiveMessageInput{MessageAttributeNames: row.wanted}))
			equal(keys(got.MessageAttributes), row.found)
			equal(*got.MD5OfMessageAttributes, row.digest)
		}
		got := one(receiveWith(url, 1, sqs.ReceiveMessageInput{MessageAttributeNames: []string{"nothing"}}))
		check(len(got.MessageAttributes) == 0 && got.MD5OfMessageAttributes == nil, got)
		remove(url, got)
	}},
	{"system attributes of a message", func() {
		url := create("main")
		before := time.Now().UnixMilli()
		send(url, "system")
		one(hidden(url, 1, sqs.ReceiveMessageInput{}))
		got := one(receiveWith(url, 1, sqs.ReceiveMessageInput{AttributeNames: names{"All"}}))
		found := got.Attributes
		equal(found["ApproximateReceiveCount"], "2")
		check(found["SenderId"] != "", found)
		at := must(strconv.ParseInt(found["SentTimestamp"], 10, 64))
		check(at-before < 60000 && before-at < 60000, found)
		check(must(strconv.ParseInt(found["ApproximateFirstReceiveTimestamp"], 10, 64)) >= at, found)
		check(found["SequenceNumber"] == "" && found["AWSTraceHeader"] == "", found)
		remove(url, got)
	}},
	{"trace header comes back", func() {
		url := create("main")
		trace := "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
		sent := must(client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: str("traced"),
			MessageSystemAttributes: map[string]types.MessageSystemAttributeValue{
				"AWSTraceHeader": {DataType: str("String"), StringValue: &trace}}}))
		equal(*sent.MD5OfMessageSystemAttributes, "5ae4d5d7636402d80f4eb6d213245a88")
		got := one(receiveWith(url, 1, sqs.ReceiveMessageInput{AttributeNames: names{"AWSTraceHeader"}}))
		equal(got.Attributes, map[string]string{"AWSTraceHeader": trace})
		remove(url, got)
	}},
	{"an empty queue gives no messages", func() {
		equal(len(receive(create("main"), 1)), 0)
	}},
	{"a delayed message waits", func() {
		url := create("delayed")
		must(client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: str("later"), DelaySeconds: 1}))
		equal(len(receive(url, 1)), 0)
		equal(attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"),
			map[string]string{"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesDelayed": "1"})
		equal(bodies(receiveWith(url, 1, sqs.ReceiveMessageInput{WaitTimeSeconds: 5})), []string{"later"})
	}},
	{"send batch reports the entry that failed", func() {
		url := create("batch")
		got := must(client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &url,
			Entries: []types.SendMessageBatchRequestEntry{
				{Id: str("one"), MessageBody: str("one"),
					MessageAttributes: map[string]types.MessageAttributeValue{"k": text("x", "String")}},
				{Id: str("late"), MessageBody: str("late"), DelaySeconds: 901},
				{Id: str("two"), MessageBody: str("two")},
			}}))
		equal(len(got.Successful), 2)
		equal([]string{*got.Successful[0].Id, *got.Successful[1].Id}, []string{"one", "two"})
		equal(*got.Successful[0].MD5OfMessageAttributes, "a45daa70926828a2f0a1db3418e6feb4")
		equal(failures(got.Failed), []string{"late InvalidParameterValue true"})
		equal(sorted(bodies(receive(url, 10))), []string{"one", "two"})
	}},
	{"receive ten and delete in a batch with one failure", func() {
		url := create("ten")
		for start := 0; start < 20; start += 10 {
			entries := []types.SendMessageBatchRequestEntry{}
			for i := start; i < start+10; i++ {
				entries = append(entries, types.SendMessageBatchRequestEntry{
					Id: str(strconv.Itoa(i)), MessageBody: str(fmt.Sprintf("body %d", i))})
			}
			got := must(client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: entries}))
			equal([]int{len(got.Successful), len(got.Failed)}, []int{10, 0})
		}
		messages := receive(url, 10)
		equal(len(messages), 10)
		entries := []types.DeleteMessageBatchRequestEntry{}
		for i, message := range messages[:9] {
			entries = append(entries, types.DeleteMessageBatchRequestEntry{
				Id: str(fmt.Sprintf("m%d", i)), ReceiptHandle: message.ReceiptHandle})
		}
		entries = append(entries, types.DeleteMessageBatchRequestEntry{Id: str("bad"), ReceiptHandle: str("garbage")})
		got := must(client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &url, Entries: entries}))
		equal(len(got.Successful), 9)
		equal(*got.Successful[8].Id, "m8")
		equal(failures(got.Failed), []string{"bad ReceiptHandleIsInvalid true"})
		equal(attributes(url, "ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"),
			map[string]string{"ApproximateNumberOfMessages": "10", "ApproximateNumberOfMessagesNotVisible": "1"})
	}},
	{"change visibility makes a message visible again", func() {
		url := create("visibility")
		send(url, "again")
		first := one(receive(url, 1))
		equal(len(receive(url, 1)), 0)
		must(client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
			QueueUrl: &url, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0}))
		next := one(receive(url, 1))
		equal(*next.MessageId, *first.MessageId)
		check(*next.ReceiptHandle != *first.ReceiptHandle, "the receipt handle is the same")
	}},
	{"change visibility in a batch with one failure", func() {
		url := create("visibility-batch")
		send(url, "a")
		send(url, "b")
		messages := receive(url, 10)
		got := must(client.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &url,
			Entries: []types.ChangeMessageVisibilityBatchRequestEntry{
				// Older releases leave a zero out here, and the entry is refused for lack of it.
				{Id: str("good"), ReceiptHandle: messages[0].ReceiptHandle, VisibilityTimeout: 1},
				{Id: str("bad"), ReceiptHandle: str("garbage"), VisibilityTimeout: 1}}}))
		equal(len(got.Successful), 1)
		equal(*got.Successful[0].Id, "good")
		equal(failures(got.Failed), []string{"bad ReceiptHandleIsInvalid true"})
		again := receiveWith(url, 10, sqs.ReceiveMessageInput{WaitTimeSeconds: 5})
		equal(*one(again).MessageId, *messages[0].MessageId)
	}},
	{"fifo keeps the order of a group", func() {
		url := fifo("order")
		wanted := map[string][]string{}
		for i := 0; i < 3; i++ {
			for _, group := range []string{"g1", "g2"} {
				body := fmt.Sprintf("%s-%d", group, i)
				sendFifo(url, group, body)
				wanted[group] = append(wanted[group], body)
			}
		}
		got := map[string][]string{}
		for _, message := range receiveWith(url, 10, sqs.ReceiveMessageInput{AttributeNames: names{"All"}}) {
			group := message.Attributes["MessageGroupId"]
			got[group] = append(got[group], *message.Body)
		}
		equal(got, wanted)
	}},
	{"fifo locks a group until its messages are deleted", func() {
		url := fifo("lock")
		for _, body := range []string{"a1", "a2", "b1"} {
			sendFifo(url, body[:1], body)
		}
		first := one(receiveWith(url, 1, sqs.ReceiveMessageInput{AttributeNames: names{"MessageGroupId"}}))
		equal(*first.Body, "a1")
		equal(first.Attributes, map[string]string{"MessageGroupId": "a"})
		equal(bodies(receive(url, 10)), []string{"b1"})
		equal(len(receive(url, 10)), 0)
		remove(url, first)
		equal(bodies(receive(url, 10)), []string{"a2"})
	}},
	{"fifo sequence numbers grow", func() {
		url := fifo("sequence")
		numbers := []string{}
		for i := 0; i < 4; i++ {
			numbers = append(numbers, *sendFifo(url, "g", fmt.Sprintf("m%d", i)).SequenceNumber)
			check(regexp.MustCompile(`^\d{20}$`).MatchString(numbers[i]), numbers)
			check(i == 0 || numbers[i] > numbers[i-1], numbers)
		}
		for i, message := range receiveWith(url, 10, sqs.ReceiveMessageInput{
			AttributeNames: names{"SequenceNumber", "MessageDeduplicationId"}}) {
			equal(message.Attributes["SequenceNumber"], numbers[i])
			equal(len(message.Attributes["MessageDeduplicationId"]), 64)
		}
	}},
	{"fifo drops a duplicate and repeats its answer", func() {
		url := fifo("duplicate")
		first, again := sendFifo(url, "g", "one", "same"), sendFifo(url, "g", "two", "same")
		equal([]string{*again.MessageId, *again.SequenceNumber}, []string{*first.MessageId, *first.SequenceNumber})
		equal(bodies(receive(url, 10)), []string{"one"})
	}},
	{"dead letters after too many receives", func() {
		url, dead := deadLetters("dlq", 2, 1)
		got := one(hidden(dead, 1, sqs.ReceiveMessageInput{AttributeNames: names{"All"}}))
		equal(*got.Body, "poison 0")
		equal(got.Attributes["DeadLetterQueueSourceArn"], arn(url))
		equal(got.Attributes["ApproximateReceiveCount"], "3")
	}},
	{"dead letter sources are listed", func() {
		sources := func(name string) []string {
			return must(client.ListDeadLetterSourceQueues(ctx, &sqs.ListDeadLetterSourceQueuesInput{
				QueueUrl: str(create(name))})).QueueUrls
		}
		equal(sources("dlq-dead"), []string{create("dlq")})
		equal(len(sources("dlq")), 0)
	}},
	{"a move task brings dead letters back", func() {
		url, dead := deadLetters("redrive", 1, 3)
		check(must(client.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{
			SourceArn: str(arn(dead))})).TaskHandle != nil)
		until(func() bool { return *task(dead).Status == "COMPLETED" })
		equal(task(dead).ApproximateNumberOfMessagesMoved, int64(3))
		check(task(dead).TaskHandle == nil && task(dead).StartedTimestamp > 1600000000000, task(dead))
		equal(len(receive(dead, 10)), 0)
		equal(sorted(bodies(receive(url, 10))), []string{"poison 0", "poison 1", "poison 2"})
	}},
	{"a move task is cancelled", func() {
		_, dead := deadLetters("cancel", 1, 5)
		target := arn(create("cancel-target"))
		handle := must(client.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{SourceArn: str(arn(dead)),
			DestinationArn: &target, MaxNumberOfMessagesPerSecond: aws.Int32(1)})).TaskHandle
		running := task(dead)
		equal([]string{*running.Status, *running.TaskHandle, *running.DestinationArn},
			[]string{"RUNNING", *handle, target})
		equal(*running.MaxNumberOfMessagesPerSecond, int32(1))
		moved := must(client.CancelMessageMoveTask(ctx, &sqs.CancelMessageMoveTaskInput{
			TaskHandle: handle})).ApproximateNumberOfMessagesMoved
		check(moved >= 0 && moved < 5, moved)
		until(func() bool { return *task(dead).Status == "CANCELLED" })
		check(len(receive(dead, 10)) > 0, "nothing stayed in the source")
	}},
	{"a long poll is answered by a later send", func() {
		url := create("poll")
		started := time.Now()
		done := make(chan error, 1)
		go func() {
			time.Sleep(500 * time.Millisecond)
			_, err := client.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &url, MessageBody: str("wake up")})
			done <- err
		}()
		equal(bodies(receiveWith(url, 10, sqs.ReceiveMessageInput{WaitTimeSeconds: 15})), []string{"wake up"})
		waited := time.Since(started)
		check(waited > 300*time.Millisecond && waited < 5*time.Second, waited)
		equal(<-done, nil)
	}},
	{"purge empties a queue", func() {
		url := create("purge")
		for _, body := range []string{"a", "b", "c"} {
			send(url, body)
		}
		must(client.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: &url}))
		until(func() bool { return len(receive(url, 10)) == 0 })
	}},
	{"a second purge is refused as PurgeQueueInProgress", func() {
		err := second(client.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: str(create("purge"))}))
		equal(refused[*types.PurgeQueueInProgress]("AWS.SimpleQueueService.PurgeQueueInProgress", err),
			"Only one PurgeQueue operation on "+prefix+"purge is allowed every 60 seconds.")
	}},
	{"a missing queue is QueueDoesNotExist", func() {
		code := "AWS.SimpleQueueService.NonExistentQueue"
		err := second(client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: str(prefix + "missing")}))
		equal(refused[*types.QueueDoesNotExist](code, err), "The specified queue does not exist.")
		refused[*types.QueueDoesNotExist](code, second(client.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: str(create("main") + "-missing"), MessageBody: str("x")})))
	}},
	{"other attributes for an existing name are QueueNameExists", func() {
		err := second(client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: str(prefix + "main"),
			Attributes: map[string]string{"VisibilityTimeout": "31"}}))
		equal(refused[*types.QueueNameExists]("QueueAlreadyExists", err),
			"A queue already exists with the same name and a different value for attribute VisibilityTimeout")
	}},
	{"an unknown attribute is InvalidAttributeName", func() {
		err := second(client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl: str(create("main")), AttributeNames: names{"Foobar"}}))
		equal(refused[*types.InvalidAttributeName]("InvalidAttributeName", err), "Unknown Attribute Foobar.")
	}},
	{"a bad attribute value is InvalidAttributeValue", func() {
		err := second(client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: str(create("main")),
			Attributes: map[string]string{"VisibilityTimeout": "43201"}}))
		text := refused[smithy.APIError]("InvalidAttributeValue", err)
		equal(text, "Invalid value for the parameter VisibilityTimeout.")
	}},
	{"a bad receipt handle is ReceiptHandleIsInvalid", func() {
		err := second(client.DeleteMessage(ctx, &sqs.DeleteMessageInput{
			QueueUrl: str(create("main")), ReceiptHandle: str("garbage")}))
		equal(refused[*types.ReceiptHandleIsInvalid]("ReceiptHandleIsInvalid", err),
			`The input receipt handle "garbage" is not a valid receipt handle.`)
	}},
	{"repeated batch ids are BatchEntryIdsNotDistinct", func() {
		equal(refused[*types.BatchEntryIdsNotDistinct]("AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
			sendBatch("same", "same")), "Id same repeated.")
	}},
	{"an empty batch is EmptyBatchRequest", func() {
		refused[*types.EmptyBatchRequest]("AWS.SimpleQueueService.EmptyBatchRequest", sendBatch())
	}},
	{"eleven batch entries are TooManyEntriesInBatchRequest", func() {
		equal(refused[*types.TooManyEntriesInBatchRequest]("AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
			sendBatch("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11")),
			"Maximum number of entries per request are 10. You have sent 11.")
	}},
	{"a bad batch id is InvalidBatchEntryId", func() {
		refused[*types.InvalidBatchEntryId]("AWS.SimpleQueueService.InvalidBatchEntryId", sendBatch("no blanks"))
	}},
	{"a control character is InvalidMessageContents", func() {
		err := second(client.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: str(create("main")), MessageBody: str("a\x07")}))
		text := refused[*types.InvalidMessageContents]("InvalidMessageContents", err)
		check(strings.HasPrefix(text, "Invalid binary character '#x7' was found in the message body"), text)
	}},
	{"a bad number of messages is InvalidParameterValue", func() {
		err := second(client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: str(create("main")), MaxNumberOfMessages: 11}))
		equal(refused[smithy.APIError]("InvalidParameterValue", err),
			"Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.")
	}},
	{"a message without group on fifo is MissingParameter", func() {
		err := second(client.SendMessage(ctx, &sqs.SendMessageInput{
			QueueUrl: str(fifo("order")), MessageBody: str("x")}))
		equal(refused[smithy.APIError]("MissingParameter", err),
			"The request must contain the parameter MessageGroupId.")
	}},
	{"an unknown task source is ResourceNotFoundException", func() {
		err := second(client.StartMessageMoveTask(ctx, &sqs.StartMessageMoveTaskInput{
			SourceArn: str(arn(create("main")) + "-missing")}))
		refused[*types.ResourceNotFoundException]("ResourceNotFoundException", err)
	}},
	{"delete queue", func() {
		url := create("gone")
		must(client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: &url}))
		refused[*types.QueueDoesNotExist]("AWS.SimpleQueueService.NonExistentQueue",
			second(client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
				QueueUrl: &url, AttributeNames: names{"All"}})))
		refused[*types.QueueDeletedRecently]("AWS.SimpleQueueService.QueueDeletedRecently",
			second(client.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: str(prefix + "gone")})))
	}},
}

// hidden receives with a visibility timeout of zero. The client leaves a zero out, so the queue's own value is used.
func hidden(url string, count int32, more sqs.ReceiveMessageInput) []types.Message {
	messages := receiveWith(url, count, more)
	for _, message := range messages {
		must(client.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
			QueueUrl: &url, ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0}))
	}
	return messages
}

func failures(entries []types.BatchResultErrorEntry) []string {
	got := []string{}
	for _, entry := range entries {
		got = append(got, fmt.Sprintf("%s %s %t", *entry.Id, *entry.Code, entry.SenderFault))
	}
	return got
}

func sendBatch(ids ...string) error {
	entries := []types.SendMessageBatchRequestEntry{}
	for _, id := range ids {
		entries = append(entries, types.SendMessageBatchRequestEntry{Id: str(id), MessageBody: str("x")})
	}
	_, err := client.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: str(create("main")), Entries: entries})
	return err
}

func task(url string) types.ListMessageMoveTasksResultEntry {
	return must(client.ListMessageMoveTasks(ctx, &sqs.ListMessageMoveTasksInput{SourceArn: str(arn(url))})).Results[0]
}

// deadLetters: a queue whose messages have all moved to its dead-letter queue, and that one.
func deadLetters(name string, count, sends int) (string, string) {
	dead := create(name + "-dead")
	url := create(name, "RedrivePolicy",
		fmt.Sprintf(`{"deadLetterTargetArn":"%s","maxReceiveCount":%d}`, arn(dead), count))
	for i := 0; i < sends; i++ {
		send(url, fmt.Sprintf("poison %d", i))
	}
	for i := 0; i < count; i++ {
		equal(len(hidden(url, 10, sqs.ReceiveMessageInput{})), sends)
	}
	equal(len(hidden(url, 10, sqs.ReceiveMessageInput{})), 0)
	return url, dead
}

func attempt(run func()) (problem any) {
	defer func() { problem = recover() }()
	run()
	return nil
}

func main() {
	failed := 0
	for _, claim := range claims {
		problem := attempt(claim.run)
		if problem == nil {
			fmt.Printf("ok - %s\n", claim.text)
			continue
		}
		failed++
		if known, ok := problem.(broken); ok {
			problem = known.text
		}
		fmt.Printf("not ok - %s\n# %s\n", claim.text, strings.ReplaceAll(fmt.Sprint(problem), "\n", "\n# "))
	}
	fmt.Printf("1..%d\n", len(claims))
	if failed > 0 {
		os.Exit(1)
	}
}
