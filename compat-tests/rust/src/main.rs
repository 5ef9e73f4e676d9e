//! The tour with the AWS SDK for Rust. Claim by claim the same as ../boto3/tour.py, which has the reasons.
//! A claim fails by panicking; each runs as a task of its own, so that the next one follows.

use std::collections::{BTreeMap, HashMap};
use std::env;
use std::future::Future;
use std::pin::Pin;
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::operation::create_queue::CreateQueueError;
use aws_sdk_sqs::operation::send_message::SendMessageOutput;
use aws_sdk_sqs::operation::send_message_batch::SendMessageBatchError;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::*;

static ENDPOINT: LazyLock<String> = LazyLock::new(|| env::var("LEAT_ENDPOINT").unwrap());
static PREFIX: LazyLock<String> = LazyLock::new(|| env::var("LEAT_PREFIX").unwrap());
static SQS: LazyLock<Client> = LazyLock::new(|| {
    let variable = |name: &str| env::var(name).unwrap();
    Client::from_conf(
        aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(ENDPOINT.as_str())
            .region(Region::new(variable("AWS_REGION")))
            .credentials_provider(Credentials::new(
                variable("AWS_ACCESS_KEY_ID"),
                variable("AWS_SECRET_ACCESS_KEY"),
                None,
                None,
                "tour",
            ))
            .retry_config(RetryConfig::disabled())
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build(),
    )
});

type Texts = BTreeMap<String, String>;

fn sqs() -> &'static Client {
    &SQS
}

fn queue(name: &str) -> String {
    format!("{}{name}", *PREFIX)
}

fn texts<const N: usize>(rows: [(&str, &str); N]) -> Texts {
    rows.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

fn pause(ms: u64) -> tokio::time::Sleep {
    tokio::time::sleep(Duration::from_millis(ms))
}

/// The call is refused with this code, and as the variant that `is` looks for. The error's text.
fn refused<T: std::fmt::Debug, E, R>(result: Result<T, SdkError<E, R>>, code: &str, is: fn(&E) -> bool) -> String
where
    E: ProvideErrorMetadata + std::fmt::Debug + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    let error = match result.expect_err("the call succeeded") {
        SdkError::ServiceError(answer) => answer.into_err(),
        other => panic!("no answer of the service: {other:?}"),
    };
    assert_eq!(error.code(), Some(code));
    assert!(is(&error), "another variant: {error:?}");
    error.message().unwrap_or_default().to_string()
}

async fn try_create(name: &str, attributes: &[(&str, &str)]) -> Result<String, SdkError<CreateQueueError>> {
    let mut request = sqs().create_queue().queue_name(queue(name));
    for (name, value) in attributes {
        request = request.attributes((*name).into(), *value);
    }
    Ok(request.send().await?.queue_url.unwrap())
}

async fn create(name: &str) -> String {
    try_create(name, &[]).await.unwrap()
}

async fn fifo(name: &str) -> String {
    let attributes = [("FifoQueue", "true"), ("ContentBasedDeduplication", "true")];
    try_create(&format!("{name}.fifo"), &attributes).await.unwrap()
}

async fn attributes(url: &str, names: &[&str]) -> Texts {
    let names = names.iter().map(|name| QueueAttributeName::from(*name)).collect();
    let got = sqs().get_queue_attributes().queue_url(url).set_attribute_names(Some(names)).send().await.unwrap();
    got.attributes.unwrap_or_default().into_iter().map(|(name, value)| (name.as_str().into(), value)).collect()
}

async fn arn(url: &str) -> String {
    attributes(url, &["QueueArn"]).await.remove("QueueArn").unwrap()
}

#[derive(Default)]
struct Ask<'a> {
    attributes: &'a [&'a str],
    system: &'a [&'a str],
    visibility: Option<i32>,
    wait: Option<i32>,
}

const HIDE_NOT: Ask = Ask { attributes: &[], system: &[], visibility: Some(0), wait: None };

async fn receive_with(url: &str, count: i32, ask: Ask<'_>) -> Vec<Message> {
    let mut request = sqs()
        .receive_message()
        .queue_url(url)
        .max_number_of_messages(count)
        .set_visibility_timeout(ask.visibility)
        .set_wait_time_seconds(ask.wait);
    for name in ask.attributes {
        request = request.message_attribute_names(*name);
    }
    for name in ask.system {
        request = request.message_system_attribute_names((*name).into());
    }
    request.send().await.unwrap().messages.unwrap_or_default()
}

async fn receive(url: &str, count: i32) -> Vec<Message> {
    receive_with(url, count, Ask::default()).await
}

fn one(mut messages: Vec<Message>) -> Message {
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.body().unwrap()).collect()
}

fn sorted_bodies(messages: &[Message]) -> Vec<&str> {
    let mut got = bodies(messages);
    got.sort();
    got
}

fn system(message: &Message) -> Texts {
    let found = message.attributes().cloned().unwrap_or_default();
    found.into_iter().map(|(name, value)| (name.as_str().into(), value)).collect()
}

async fn send(url: &str, body: &str) -> SendMessageOutput {
    sqs().send_message().queue_url(url).message_body(body).send().await.unwrap()
}

async fn send_fifo(url: &str, group: &str, body: &str, dedup: Option<&str>) -> SendMessageOutput {
    let request = sqs().send_message().queue_url(url).message_body(body).message_group_id(group);
    request.set_message_deduplication_id(dedup.map(Into::into)).send().await.unwrap()
}

async fn remove(url: &str, message: &Message) {
    let handle = message.receipt_handle().unwrap();
    sqs().delete_message().queue_url(url).receipt_handle(handle).send().await.unwrap();
}

async fn tags(url: &str) -> Option<HashMap<String, String>> {
    sqs().list_queue_tags().queue_url(url).send().await.unwrap().tags
}

fn text(kind: &str, value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type(kind).string_value(value).build().unwrap()
}

fn entry(id: &str, body: &str) -> SendMessageBatchRequestEntry {
    SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
}

fn failures(entries: &[BatchResultErrorEntry]) -> Vec<String> {
    entries.iter().map(|entry| format!("{} {} {}", entry.id(), entry.code(), entry.sender_fault())).collect()
}

async fn send_batch(ids: &[&str]) -> Result<impl std::fmt::Debug + use<>, SdkError<SendMessageBatchError>> {
    let entries = ids.iter().map(|id| entry(id, "x")).collect();
    sqs().send_message_batch().queue_url(create("main").await).set_entries(Some(entries)).send().await
}

async fn task(url: &str) -> ListMessageMoveTasksResultEntry {
    let got = sqs().list_message_move_tasks().source_arn(arn(url).await).send().await.unwrap();
    got.results().first().unwrap().clone()
}

async fn until_status(url: &str, status: &str) {
    let end = Instant::now() + Duration::from_secs(10);
    while task(url).await.status() != Some(status) {
        assert!(Instant::now() < end, "not {status} within 10 s");
        pause(50).await;
    }
}

/// A queue whose messages have all moved to its dead-letter queue, and that one.
async fn dead_letters(name: &str, count: usize, sends: usize) -> (String, String) {
    let dead = create(&format!("{name}-dead")).await;
    let policy = format!(r#"{{"deadLetterTargetArn":"{}","maxReceiveCount":{count}}}"#, arn(&dead).await);
    let url = try_create(name, &[("RedrivePolicy", &policy)]).await.unwrap();
    for number in 0..sends {
        send(&url, &format!("poison {number}")).await;
    }
    for _ in 0..count {
        assert_eq!(receive_with(&url, 10, HIDE_NOT).await.len(), sends);
    }
    assert_eq!(receive_with(&url, 10, HIDE_NOT).await.len(), 0);
    (url, dead)
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64
}

async fn create_queue_with_attributes_and_tags() {
    let made = sqs()
        .create_queue()
        .queue_name(queue("main"))
        .attributes(QueueAttributeName::VisibilityTimeout, "45")
        .attributes(QueueAttributeName::DelaySeconds, "0")
        .tags("team", "water")
        .tags("empty", "")
        .send()
        .await
        .unwrap();
    let url = made.queue_url().unwrap();
    assert_eq!(attributes(url, &["VisibilityTimeout"]).await, texts([("VisibilityTimeout", "45")]));
    let wanted = HashMap::from([("team".to_string(), "water".to_string()), ("empty".into(), "".into())]);
    assert_eq!(tags(url).await, Some(wanted));
}

async fn create_queue_again() {
    assert_eq!(try_create("main", &[("VisibilityTimeout", "45")]).await.unwrap(), create("main").await);
}

async fn queue_url_shape() {
    let url = create("main").await;
    let path = url.strip_prefix(&format!("{}/", *ENDPOINT)).unwrap();
    let (account, name) = path.split_once('/').unwrap();
    assert_eq!(name, queue("main"));
    assert!(account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()), "{account}");
}

async fn get_queue_url() {
    let got = sqs().get_queue_url().queue_name(queue("main")).send().await.unwrap();
    assert_eq!(got.queue_url(), Some(create("main").await.as_str()));
}

async fn list_queues() {
    let mut wanted = Vec::new();
    for number in 0..5 {
        wanted.push(create(&format!("page-{number}")).await);
    }
    let (mut found, mut pages) = (Vec::new(), 0);
    let mut pager = sqs().list_queues().queue_name_prefix(queue("page-")).max_results(2).into_paginator().send();
    while let Some(page) = pager.next().await {
        let urls = page.unwrap().queue_urls.unwrap();
        assert!(urls.len() <= 2);
        found.extend(urls);
        pages += 1;
    }
    found.sort();
    assert_eq!((found, pages), (wanted.clone(), 3));
    let mut all = sqs().list_queues().queue_name_prefix(queue("page-")).send().await.unwrap().queue_urls.unwrap();
    all.sort();
    assert_eq!(all, wanted);
    assert_eq!(sqs().list_queues().queue_name_prefix(queue("nothing-here")).send().await.unwrap().queue_urls, None);
}

async fn get_queue_attributes() {
    let got = attributes(&create("main").await, &["All"]).await;
    for (name, value) in [
        ("VisibilityTimeout", "45"),
        ("MaximumMessageSize", "1048576"),
        ("DelaySeconds", "0"),
        ("MessageRetentionPeriod", "345600"),
        ("ReceiveMessageWaitTimeSeconds", "0"),
        ("SqsManagedSseEnabled", "true"),
        ("ApproximateNumberOfMessages", "0"),
        ("ApproximateNumberOfMessagesNotVisible", "0"),
        ("ApproximateNumberOfMessagesDelayed", "0"),
    ] {
        assert_eq!((name, got.get(name).map(String::as_str)), (name, Some(value)));
    }
    assert!(got["QueueArn"].ends_with(&format!(":{}", queue("main"))), "{got:?}");
    assert!((got["CreatedTimestamp"].parse::<i64>().unwrap() - now_ms() / 1000).abs() < 600, "{got:?}");
    for name in ["FifoQueue", "Policy", "RedrivePolicy"] {
        assert!(!got.contains_key(name), "{name}");
    }
}

async fn set_queue_attributes() {
    let url = create("main").await;
    let set = |size: &str| {
        let request = sqs().set_queue_attributes().queue_url(&url);
        request
            .attributes(QueueAttributeName::VisibilityTimeout, "30")
            .attributes(QueueAttributeName::MaximumMessageSize, size)
            .send()
    };
    set("2048").await.unwrap();
    let got = attributes(&url, &["VisibilityTimeout", "MaximumMessageSize"]).await;
    assert_eq!(got, texts([("VisibilityTimeout", "30"), ("MaximumMessageSize", "2048")]));
    set("1048576").await.unwrap();
}

async fn tags_are_listed_and_removed() {
    let url = create("tags").await;
    assert_eq!(tags(&url).await, None);
    sqs().tag_queue().queue_url(&url).tags("a", "1").tags("b", "2").send().await.unwrap();
    sqs().tag_queue().queue_url(&url).tags("b", "3").send().await.unwrap();
    let b = ("b".to_string(), "3".to_string());
    assert_eq!(tags(&url).await, Some(HashMap::from([("a".into(), "1".into()), b.clone()])));
    sqs().untag_queue().queue_url(&url).tag_keys("a").tag_keys("missing").send().await.unwrap();
    assert_eq!(tags(&url).await, Some(HashMap::from([b])));
}

async fn permissions() {
    let url = create("permissions").await;
    let request = sqs().add_permission().queue_url(&url).label("friends").aws_account_ids("111122223333");
    request.actions("SendMessage").actions("ReceiveMessage").send().await.unwrap();
    let policy = attributes(&url, &["Policy"]).await.remove("Policy").unwrap().replace([' ', '\n'], "");
    for part in [
        r#""Version":"2008-10-17""#,
        r#""Sid":"friends""#,
        "SQS:ReceiveMessage",
        "SQS:SendMessage",
        r#""Principal":{"AWS":"arn:aws:iam::111122223333:root"}"#,
    ] {
        assert!(policy.contains(part), "{part} is not in {policy}");
    }
    sqs().remove_permission().queue_url(&url).label("friends").send().await.unwrap();
    assert_eq!(attributes(&url, &["Policy"]).await, Texts::new());
}

async fn send_receive_delete() {
    let url = create("main").await;
    let sent = send(&url, "hello").await;
    assert_eq!(sent.md5_of_message_body(), Some("5d41402abc4b2a76b9719d911017c592"));
    assert_eq!((sent.sequence_number(), sent.md5_of_message_attributes()), (None, None));
    let got = one(receive(&url, 1).await);
    assert_eq!((got.message_id(), got.body()), (sent.message_id(), Some("hello")));
    assert_eq!(got.md5_of_body(), sent.md5_of_message_body());
    assert!(got.attributes().is_none() && got.message_attributes().is_none(), "{got:?}");
    remove(&url, &got).await;
    remove(&url, &got).await;
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    assert_eq!(attributes(&url, &names).await, texts([(names[0], "0"), (names[1], "0")]));
}

async fn body_byte_for_byte() {
    let url = create("main").await;
    let long = "x".repeat(1000);
    let body = format!("<a href=\"x\">&amp;</a>\r\n\t'%2B+ \u{e9}\u{4e2d}\u{1f30a}\u{fffd} {long}\r");
    send(&url, &body).await;
    let got = one(receive(&url, 1).await);
    assert_eq!(got.body(), Some(body.as_str()));
    remove(&url, &got).await;
}

async fn attributes_of_every_type() {
    let url = create("main").await;
    let blob = MessageAttributeValue::builder().data_type("Binary").binary_value(Blob::new([0u8, 1, 255]));
    let wanted = HashMap::from([
        ("color".to_string(), text("String", "blue & <green> \u{e9}")),
        ("count".into(), text("Number", "3.140")),
        ("blob".into(), blob.build().unwrap()),
        ("Help.Me".into(), text("String.custom", "x")),
        ("size".into(), text("Number.int", "7")),
    ]);
    let request = sqs().send_message().queue_url(&url).message_body("attributes");
    let sent = request.set_message_attributes(Some(wanted.clone())).send().await.unwrap();
    let got = one(receive_with(&url, 1, Ask { attributes: &["All"], ..Ask::default() }).await);
    assert_eq!(got.message_attributes(), Some(&wanted));
    assert_eq!(got.md5_of_message_attributes(), sent.md5_of_message_attributes());
    // This client verifies no digests of attributes; the value was computed by the others.
    assert_eq!(sent.md5_of_message_attributes().map(str::len), Some(32));
    remove(&url, &got).await;
}

async fn attributes_selected() {
    let url = create("main").await;
    let request = sqs().send_message().queue_url(&url).message_body("select");
    let request = request.message_attributes("Help.Me", text("String", "Me"));
    let request = request.message_attributes("Hello", text("String", "There"));
    request.message_attributes("General", text("String", "Kenobi")).send().await.unwrap();
    let rows: [(&[&str], &[&str], &str); 4] = [
        (&["Hello"], &["Hello"], "a311262e065454b75da111d535b8dacd"),
        (&["Hel.*"], &["Hello", "Help.Me"], "83fee93c1bcd8b9a5a923ffacdc636c7"),
        (&["Hello", "General", "nothing"], &["General", "Hello"], "fca026605781cb4126a1e9044df24232"),
        (&[".*"], &["General", "Hello", "Help.Me"], "4c360f3fdafd970e05fae2f149d997f5"),
    ];
    for (wanted, found, digest) in rows {
        let got = one(receive_with(&url, 1, Ask { attributes: wanted, ..HIDE_NOT }).await);
        let mut names: Vec<&str> = got.message_attributes().unwrap().keys().map(String::as_str).collect();
        names.sort();
        assert_eq!((names.as_slice(), got.md5_of_message_attributes()), (found, Some(digest)));
    }
    let got = one(receive_with(&url, 1, Ask { attributes: &["nothing"], ..Ask::default() }).await);
    assert_eq!((got.message_attributes(), got.md5_of_message_attributes()), (None, None));
    remove(&url, &got).await;
}

async fn system_attributes() {
    let url = create("main").await;
    let before = now_ms();
    send(&url, "system").await;
    one(receive_with(&url, 1, HIDE_NOT).await);
    let got = one(receive_with(&url, 1, Ask { system: &["All"], ..Ask::default() }).await);
    let found = system(&got);
    assert_eq!(found["ApproximateReceiveCount"], "2");
    assert!(!found["SenderId"].is_empty());
    let sent: i64 = found["SentTimestamp"].parse().unwrap();
    assert!((sent - before).abs() < 60_000, "{found:?}");
    assert!(found["ApproximateFirstReceiveTimestamp"].parse::<i64>().unwrap() >= sent, "{found:?}");
    assert!(!found.contains_key("SequenceNumber") && !found.contains_key("AWSTraceHeader"), "{found:?}");
    remove(&url, &got).await;
}

async fn trace_header() {
    let url = create("main").await;
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let value = MessageSystemAttributeValue::builder().data_type("String").string_value(trace).build().unwrap();
    let request = sqs().send_message().queue_url(&url).message_body("traced");
    let request = request.message_system_attributes(MessageSystemAttributeNameForSends::AwsTraceHeader, value);
    let sent = request.send().await.unwrap();
    assert_eq!(sent.md5_of_message_system_attributes(), Some("5ae4d5d7636402d80f4eb6d213245a88"));
    let got = one(receive_with(&url, 1, Ask { system: &["AWSTraceHeader"], ..Ask::default() }).await);
    assert_eq!(system(&got), texts([("AWSTraceHeader", trace)]));
    remove(&url, &got).await;
}

async fn empty_queue() {
    let got = sqs().receive_message().queue_url(create("main").await).send().await.unwrap();
    assert_eq!(got.messages, None);
}

async fn delayed_message() {
    let url = create("delayed").await;
    sqs().send_message().queue_url(&url).message_body("later").delay_seconds(1).send().await.unwrap();
    assert_eq!(receive(&url, 1).await, []);
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"];
    assert_eq!(attributes(&url, &names).await, texts([(names[0], "0"), (names[1], "1")]));
    assert_eq!(bodies(&receive_with(&url, 1, Ask { wait: Some(5), ..Ask::default() }).await), ["later"]);
}

async fn send_batch_with_failure() {
    let url = create("batch").await;
    let with_attribute = SendMessageBatchRequestEntry::builder().id("one").message_body("one");
    let late = SendMessageBatchRequestEntry::builder().id("late").message_body("late").delay_seconds(901);
    let request = sqs().send_message_batch().queue_url(&url);
    let request = request.entries(with_attribute.message_attributes("k", text("String", "x")).build().unwrap());
    let got = request.entries(late.build().unwrap()).entries(entry("two", "two")).send().await.unwrap();
    assert_eq!(got.successful().iter().map(|entry| entry.id()).collect::<Vec<_>>(), ["one", "two"]);
    assert_eq!(got.successful()[0].md5_of_message_attributes(), Some("a45daa70926828a2f0a1db3418e6feb4"));
    assert_eq!(failures(got.failed()), ["late InvalidParameterValue true"]);
    assert_eq!(sorted_bodies(&receive(&url, 10).await), ["one", "two"]);
}

async fn receive_ten() {
    let url = create("ten").await;
    for start in [0, 10] {
        let entries = (start..start + 10).map(|n| entry(&n.to_string(), &format!("body {n}"))).collect();
        let got = sqs().send_message_batch().queue_url(&url).set_entries(Some(entries)).send().await.unwrap();
        assert_eq!((got.successful().len(), got.failed().len()), (10, 0));
    }
    let messages = receive(&url, 10).await;
    assert_eq!(messages.len(), 10);
    let mut request = sqs().delete_message_batch().queue_url(&url);
    for number in 0..10 {
        let (id, handle) = match number {
            9 => ("bad".to_string(), "garbage"),
            _ => (format!("m{number}"), messages[number].receipt_handle().unwrap()),
        };
        let entry = DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle);
        request = request.entries(entry.build().unwrap());
    }
    let got = request.send().await.unwrap();
    assert_eq!((got.successful().len(), got.successful()[8].id()), (9, "m8"));
    assert_eq!(failures(got.failed()), ["bad ReceiptHandleIsInvalid true"]);
    let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
    assert_eq!(attributes(&url, &names).await, texts([(names[0], "10"), (names[1], "1")]));
}

async fn change_visibility() {
    let url = create("visibility").await;
    send(&url, "again").await;
    let first = one(receive(&url, 1).await);
    assert_eq!(receive(&url, 1).await, []);
    let request = sqs().change_message_visibility().queue_url(&url).visibility_timeout(0);
    request.receipt_handle(first.receipt_handle().unwrap()).send().await.unwrap();
    let second = one(receive(&url, 1).await);
    assert_eq!(second.message_id(), first.message_id());
    assert_ne!(second.receipt_handle(), first.receipt_handle());
}

async fn change_visibility_batch() {
    let url = create("visibility-batch").await;
    send(&url, "a").await;
    send(&url, "b").await;
    let messages = receive(&url, 10).await;
    let mut request = sqs().change_message_visibility_batch().queue_url(&url);
    for (id, handle) in [("good", messages[0].receipt_handle().unwrap()), ("bad", "garbage")] {
        let entry = ChangeMessageVisibilityBatchRequestEntry::builder().id(id).receipt_handle(handle);
        request = request.entries(entry.visibility_timeout(0).build().unwrap());
    }
    let got = request.send().await.unwrap();
    assert_eq!(got.successful().iter().map(|entry| entry.id()).collect::<Vec<_>>(), ["good"]);
    assert_eq!(failures(got.failed()), ["bad ReceiptHandleIsInvalid true"]);
    assert_eq!(one(receive(&url, 10).await).message_id(), messages[0].message_id());
}

async fn fifo_order() {
    let url = fifo("order").await;
    for number in 0..3 {
        for group in ["g1", "g2"] {
            send_fifo(&url, group, &format!("{group}-{number}"), None).await;
        }
    }
    let got = receive_with(&url, 10, Ask { system: &["All"], ..Ask::default() }).await;
    for group in ["g1", "g2"] {
        let of_group: Vec<Message> =
            got.iter().filter(|message| system(message)["MessageGroupId"] == group).cloned().collect();
        assert_eq!(bodies(&of_group), [0, 1, 2].map(|number| format!("{group}-{number}")));
    }
}

async fn fifo_lock() {
    let url = fifo("lock").await;
    for body in ["a1", "a2", "b1"] {
        send_fifo(&url, &body[..1], body, None).await;
    }
    let first = one(receive_with(&url, 1, Ask { system: &["MessageGroupId"], ..Ask::default() }).await);
    assert_eq!((first.body(), system(&first)), (Some("a1"), texts([("MessageGroupId", "a")])));
    assert_eq!(bodies(&receive(&url, 10).await), ["b1"]);
    assert_eq!(receive(&url, 10).await, []);
    remove(&url, &first).await;
    assert_eq!(bodies(&receive(&url, 10).await), ["a2"]);
}

async fn fifo_sequence_numbers() {
    let url = fifo("sequence").await;
    let mut numbers: Vec<String> = Vec::new();
    for number in 0..4 {
        let sent = send_fifo(&url, "g", &format!("m{number}"), None).await;
        let next = sent.sequence_number().unwrap().to_string();
        assert!(next.len() == 20 && next.bytes().all(|byte| byte.is_ascii_digit()), "{next}");
        assert!(numbers.last().is_none_or(|last| *last < next), "{numbers:?} then {next}");
        numbers.push(next);
    }
    let ask = Ask { system: &["SequenceNumber", "MessageDeduplicationId"], ..Ask::default() };
    let got: Vec<Texts> = receive_with(&url, 10, ask).await.iter().map(system).collect();
    assert_eq!(got.iter().map(|found| found["SequenceNumber"].clone()).collect::<Vec<_>>(), numbers);
    assert_eq!(got[0]["MessageDeduplicationId"].len(), 64);
}

async fn fifo_duplicate() {
    let url = fifo("duplicate").await;
    let first = send_fifo(&url, "g", "one", Some("same")).await;
    let second = send_fifo(&url, "g", "two", Some("same")).await;
    assert_eq!((second.message_id(), second.sequence_number()), (first.message_id(), first.sequence_number()));
    assert_eq!(bodies(&receive(&url, 10).await), ["one"]);
}

async fn dead_letters_after_receives() {
    let (url, dead) = dead_letters("dlq", 2, 1).await;
    let got = one(receive_with(&dead, 1, Ask { system: &["All"], ..HIDE_NOT }).await);
    assert_eq!(got.body(), Some("poison 0"));
    assert_eq!(system(&got)["DeadLetterQueueSourceArn"], arn(&url).await);
    assert_eq!(system(&got)["ApproximateReceiveCount"], "3");
}

async fn dead_letter_sources() {
    let (dead, url) = (create("dlq-dead").await, create("dlq").await);
    let sources = |url: &str| sqs().list_dead_letter_source_queues().queue_url(url).send();
    assert_eq!(sources(&dead).await.unwrap().queue_urls(), std::slice::from_ref(&url));
    assert_eq!(sources(&url).await.unwrap().queue_urls().len(), 0);
}

async fn move_task() {
    let (url, dead) = dead_letters("redrive", 1, 3).await;
    let started = sqs().start_message_move_task().source_arn(arn(&dead).await).send().await.unwrap();
    assert!(started.task_handle().is_some());
    until_status(&dead, "COMPLETED").await;
    let done = task(&dead).await;
    assert_eq!((done.approximate_number_of_messages_moved(), done.task_handle()), (3, None));
    assert!(done.started_timestamp() > 1_600_000_000_000, "{done:?}");
    assert_eq!(receive(&dead, 10).await, []);
    assert_eq!(sorted_bodies(&receive(&url, 10).await), ["poison 0", "poison 1", "poison 2"]);
}

async fn move_task_cancelled() {
    let (_, dead) = dead_letters("cancel", 1, 5).await;
    let target = arn(&create("cancel-target").await).await;
    let request = sqs().start_message_move_task().source_arn(arn(&dead).await).destination_arn(&target);
    let handle = request.max_number_of_messages_per_second(1).send().await.unwrap().task_handle.unwrap();
    let running = task(&dead).await;
    assert_eq!((running.status(), running.task_handle()), (Some("RUNNING"), Some(handle.as_str())));
    assert_eq!(running.destination_arn(), Some(target.as_str()));
    assert_eq!(running.max_number_of_messages_per_second(), Some(1));
    let cancelled = sqs().cancel_message_move_task().task_handle(handle).send().await.unwrap();
    assert!((0..5).contains(&cancelled.approximate_number_of_messages_moved()), "{cancelled:?}");
    until_status(&dead, "CANCELLED").await;
    assert!(!receive(&dead, 10).await.is_empty(), "nothing stayed in the source");
}

async fn long_poll() {
    let url = create("poll").await;
    let started = Instant::now();
    let sender = url.clone();
    let later = tokio::spawn(async move {
        pause(500).await;
        send(&sender, "wake up").await;
    });
    assert_eq!(bodies(&receive_with(&url, 10, Ask { wait: Some(15), ..Ask::default() }).await), ["wake up"]);
    let waited = started.elapsed();
    assert!(waited > Duration::from_millis(300) && waited < Duration::from_secs(5), "{waited:?}");
    later.await.unwrap();
}

async fn purge() {
    let url = create("purge").await;
    for body in ["a", "b", "c"] {
        send(&url, body).await;
    }
    sqs().purge_queue().queue_url(&url).send().await.unwrap();
    let end = Instant::now() + Duration::from_secs(10);
    while !receive(&url, 10).await.is_empty() {
        assert!(Instant::now() < end, "not empty within 10 s");
        pause(50).await;
    }
}

async fn purge_in_progress() {
    let result = sqs().purge_queue().queue_url(create("purge").await).send().await;
    let code = "AWS.SimpleQueueService.PurgeQueueInProgress";
    let got = refused(result, code, |error| error.is_purge_queue_in_progress());
    assert_eq!(got, format!("Only one PurgeQueue operation on {} is allowed every 60 seconds.", queue("purge")));
}

const MISSING: &str = "AWS.SimpleQueueService.NonExistentQueue";

async fn missing_queue() {
    let result = sqs().get_queue_url().queue_name(queue("missing")).send().await;
    let got = refused(result, MISSING, |error| error.is_queue_does_not_exist());
    assert_eq!(got, "The specified queue does not exist.");
    let url = format!("{}-missing", create("main").await);
    let result = sqs().send_message().queue_url(url).message_body("x").send().await;
    refused(result, MISSING, |error| error.is_queue_does_not_exist());
}

async fn queue_name_exists() {
    let result = try_create("main", &[("VisibilityTimeout", "31")]).await;
    let got = refused(result, "QueueAlreadyExists", |error| error.is_queue_name_exists());
    let want = "A queue already exists with the same name and a different value for attribute VisibilityTimeout";
    assert_eq!(got, want);
}

async fn invalid_attribute_name() {
    let request = sqs().get_queue_attributes().queue_url(create("main").await);
    let result = request.attribute_names("Foobar".into()).send().await;
    let got = refused(result, "InvalidAttributeName", |error| error.is_invalid_attribute_name());
    assert_eq!(got, "Unknown Attribute Foobar.");
}

async fn invalid_attribute_value() {
    let request = sqs().set_queue_attributes().queue_url(create("main").await);
    let result = request.attributes(QueueAttributeName::VisibilityTimeout, "43201").send().await;
    let got = refused(result, "InvalidAttributeValue", |error| error.is_invalid_attribute_value());
    assert_eq!(got, "Invalid value for the parameter VisibilityTimeout.");
}

async fn receipt_handle_is_invalid() {
    let result = sqs().delete_message().queue_url(create("main").await).receipt_handle("garbage").send().await;
    let got = refused(result, "ReceiptHandleIsInvalid", |error| error.is_receipt_handle_is_invalid());
    assert_eq!(got, "The input receipt handle \"garbage\" is not a valid receipt handle.");
}

async fn batch_entry_ids_not_distinct() {
    let code = "AWS.SimpleQueueService.BatchEntryIdsNotDistinct";
    let got = refused(send_batch(&["same", "same"]).await, code, |error| error.is_batch_entry_ids_not_distinct());
    assert_eq!(got, "Id same repeated.");
}

async fn empty_batch() {
    let code = "AWS.SimpleQueueService.EmptyBatchRequest";
    refused(send_batch(&[]).await, code, |error| error.is_empty_batch_request());
}

async fn too_many_entries() {
    let code = "AWS.SimpleQueueService.TooManyEntriesInBatchRequest";
    let ids = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"];
    let got = refused(send_batch(&ids).await, code, |error| error.is_too_many_entries_in_batch_request());
    assert_eq!(got, "Maximum number of entries per request are 10. You have sent 11.");
}

async fn invalid_batch_entry_id() {
    let code = "AWS.SimpleQueueService.InvalidBatchEntryId";
    refused(send_batch(&["no blanks"]).await, code, |error| error.is_invalid_batch_entry_id());
}

async fn invalid_message_contents() {
    let result = sqs().send_message().queue_url(create("main").await).message_body("a\u{7}").send().await;
    let got = refused(result, "InvalidMessageContents", |error| error.is_invalid_message_contents());
    assert!(got.starts_with("Invalid binary character '#x7' was found in the message body"), "{got}");
}

async fn invalid_parameter_value() {
    let request = sqs().receive_message().queue_url(create("main").await);
    let got = refused(request.max_number_of_messages(11).send().await, "InvalidParameterValue", |_| true);
    let want = "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.";
    assert_eq!(got, want);
}

async fn missing_parameter() {
    let result = sqs().send_message().queue_url(fifo("order").await).message_body("x").send().await;
    let got = refused(result, "MissingParameter", |_| true);
    assert_eq!(got, "The request must contain the parameter MessageGroupId.");
}

async fn resource_not_found() {
    let source = format!("{}-missing", arn(&create("main").await).await);
    let result = sqs().start_message_move_task().source_arn(source).send().await;
    refused(result, "ResourceNotFoundException", |error| error.is_resource_not_found_exception());
}

async fn delete_queue() {
    let url = create("gone").await;
    sqs().delete_queue().queue_url(&url).send().await.unwrap();
    let request = sqs().get_queue_attributes().queue_url(&url);
    let result = request.attribute_names(QueueAttributeName::All).send().await;
    refused(result, MISSING, |error| error.is_queue_does_not_exist());
    let code = "AWS.SimpleQueueService.QueueDeletedRecently";
    refused(try_create("gone", &[]).await, code, |error| error.is_queue_deleted_recently());
}

type Claim = (&'static str, Pin<Box<dyn Future<Output = ()> + Send>>);

fn claims() -> Vec<Claim> {
    vec![
        ("create queue with attributes and tags", Box::pin(create_queue_with_attributes_and_tags())),
        ("create queue again gives the same url", Box::pin(create_queue_again())),
        ("queue url ends in account and name", Box::pin(queue_url_shape())),
        ("get queue url", Box::pin(get_queue_url())),
        ("list queues by prefix in pages", Box::pin(list_queues())),
        ("get queue attributes", Box::pin(get_queue_attributes())),
        ("set queue attributes", Box::pin(set_queue_attributes())),
        ("tags are listed and removed", Box::pin(tags_are_listed_and_removed())),
        ("permissions are added and removed", Box::pin(permissions())),
        ("send, receive and delete a message", Box::pin(send_receive_delete())),
        ("a body comes back byte for byte", Box::pin(body_byte_for_byte())),
        ("message attributes of every type come back", Box::pin(attributes_of_every_type())),
        ("message attributes are selected by name and prefix", Box::pin(attributes_selected())),
        ("system attributes of a message", Box::pin(system_attributes())),
        ("trace header comes back", Box::pin(trace_header())),
        ("an empty queue gives no messages", Box::pin(empty_queue())),
        ("a delayed message waits", Box::pin(delayed_message())),
        ("send batch reports the entry that failed", Box::pin(send_batch_with_failure())),
        ("receive ten and delete in a batch with one failure", Box::pin(receive_ten())),
        ("change visibility makes a message visible again", Box::pin(change_visibility())),
        ("change visibility in a batch with one failure", Box::pin(change_visibility_batch())),
        ("fifo keeps the order of a group", Box::pin(fifo_order())),
        ("fifo locks a group until its messages are deleted", Box::pin(fifo_lock())),
        ("fifo sequence numbers grow", Box::pin(fifo_sequence_numbers())),
        ("fifo drops a duplicate and repeats its answer", Box::pin(fifo_duplicate())),
        ("dead letters after too many receives", Box::pin(dead_letters_after_receives())),
        ("dead letter sources are listed", Box::pin(dead_letter_sources())),
        ("a move task brings dead letters back", Box::pin(move_task())),
        ("a move task is cancelled", Box::pin(move_task_cancelled())),
        ("a long poll is answered by a later send", Box::pin(long_poll())),
        ("purge empties a queue", Box::pin(purge())),
        ("a second purge is refused as PurgeQueueInProgress", Box::pin(purge_in_progress())),
        ("a missing queue is QueueDoesNotExist", Box::pin(missing_queue())),
        ("other attributes for an existing name are QueueNameExists", Box::pin(queue_name_exists())),
        ("an unknown attribute is InvalidAttributeName", Box::pin(invalid_attribute_name())),
        ("a bad attribute value is InvalidAttributeValue", Box::pin(invalid_attribute_value())),
        ("a bad receipt handle is ReceiptHandleIsInvalid", Box::pin(receipt_handle_is_invalid())),
        ("repeated batch ids are BatchEntryIdsNotDistinct", Box::pin(batch_entry_ids_not_distinct())),
        ("an empty batch is EmptyBatchRequest", Box::pin(empty_batch())),
        ("eleven batch entries are TooManyEntriesInBatchRequest", Box::pin(too_many_entries())),
        ("a bad batch id is InvalidBatchEntryId", Box::pin(invalid_batch_entry_id())),
        ("a control character is InvalidMessageContents", Box::pin(invalid_message_contents())),
        ("a bad number of messages is InvalidParameterValue", Box::pin(invalid_parameter_value())),
        ("a message without group on fifo is MissingParameter", Box::pin(missing_parameter())),
        ("an unknown task source is ResourceNotFoundException", Box::pin(resource_not_found())),
        ("delete queue", Box::pin(delete_queue())),
    ]
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let (mut failed, mut count) = (0, 0);
    for (text, claim) in claims() {
        count += 1;
        let Err(end) = tokio::spawn(claim).await else {
            println!("ok - {text}");
            continue;
        };
        failed += 1;
        let payload = end.into_panic();
        let detail = payload.downcast_ref::<String>().map(String::as_str);
        let detail = detail.or(payload.downcast_ref::<&str>().copied()).unwrap_or("panic");
        println!("not ok - {text}\n# {}", detail.replace('\n', "\n# "));
    }
    println!("1..{count}");
    std::process::exit(i32::from(failed > 0));
}
