/* Signed requests that must verify: made by an independent implementation of the specification,
 * and, where the name says so, by botocore 1.44. The key is AKIDEXAMPLE with the secret
 * wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY; the region is us-east-1. Form of the text: see
 * testkit/request.h. */
#ifndef LEAT_AUTH_VERIFY_VECTORS_H
#define LEAT_AUTH_VERIFY_VECTORS_H

#include <stdbool.h>

struct verify_vector {
    const char *name;
    const char *now;
    bool is_presigned;
    const char *request;
};

/* clang-format off */
static const struct verify_vector verify_vectors[] = {
    {"empty body", "20150830T123600Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-date, Signature=94d67a3948971b645d67e658251e2015ecb"
     "96606b4dfd6d34010169a117c6eae\n"
     "\n"},
    {"JSON call", "20150830T123600Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "Content-Type: application/x-amz-json-1.0\n"
     "X-Amz-Target: AmazonSQS.SendMessage\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=e71c01d3e"
     "44e591c90584eb453c50168e6951d77b69ae10a84e636037065fc36\n"
     "\n"
     "{\"QueueUrl\":\"http://localhost:9324/000000000000/q\",\"MessageBody\":\"hi\"}"},
    {"content-length is signed", "20150830T123600Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "Content-Length: 70\n"
     "X-Amz-Target: AmazonSQS.SendMessage\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=content-length;host;x-amz-date;x-amz-target, Signature=c91572f"
     "e195740b72628ed3a8d5bdda041d36d438ca15e08c7f1dfb9c9d91905\n"
     "\n"
     "{\"QueueUrl\":\"http://localhost:9324/000000000000/q\",\"MessageBody\":\"hi\"}"},
    {"values are trimmed and blanks collapse", "20150830T123600Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "My-Header1:    value1   of  a\tb \n"
     "My-Header2:  \"a   b   c\"  \n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;my-header1;my-header2;x-amz-date, Signature=96599b84862f1"
     "5fdf136c70c020c1c6c9bec7a7eb31f4615e6ac54acc6dc7fc2\n"
     "\n"},
    {"an empty value", "20150830T123600Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "My-Header1: \n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;my-header1;x-amz-date, Signature=e96d97e42389d2f21a76454d"
     "3508037c5f68560edfe50af5d8c7380534bf17f5\n"
     "\n"},
    {"values of one name are joined in order", "20150830T123600Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "My-Header1: value4\n"
     "My-Header1: value1\n"
     "Other: x\n"
     "My-Header1:   value3\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;my-header1;x-amz-date, Signature=393c1616337f7d102f938358"
     "ca782eaec1e175b377f5afb73df2a35bdf3ae17f\n"
     "\n"},
    {"parameters are sorted by name, then value", "20150830T123600Z", false,
     "GET /?Param-3=Value3&Param=Value2&Param-3=Value1&A=&%41=b\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-date, Signature=f5be911009594436627bc50ac9c25b27e58"
     "f26876a017af73e5c9d6fd28bb22c\n"
     "\n"},
    {"escapes are normalised", "20150830T123600Z", false,
     "GET /?Action=SendMessage&MessageBody=%e2%9c%93+%7e%2F%25&QueueUrl=http%3a%2f%2fh%2f1"
     "%2fq\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-date, Signature=6a88abc42a1a8b2f8d85f8b6c240e0f5ac1"
     "3f5d6d68f40a79b17dbe759f3065c\n"
     "\n"},
    {"a parameter without equal sign", "20150830T123600Z", false,
     "GET /?Action=ListQueues&flag&&x=1=2\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-date, Signature=4180bad559d6675a23a3a3cc6ce2ba4862a"
     "b793fe8744a1e4ea2b3ad849166da\n"
     "\n"},
    {"blanks are + or %20", "20150830T123600Z", false,
     "GET /?MessageBody=a+b%20c\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-date, Signature=18fb11a090db5786a6d7aa33b89ba17ad23"
     "c81ab6aa4354ded47255ea9812b9a\n"
     "\n"},
    {"slashes and dots of the path", "20150830T123600Z", false,
     "POST //000000000000/./x/..//queue/\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-date, Signature=d86566eb08ec64e91ad27ee93c89a6ac29f"
     "44821cdfc1ff55ad1f9c2d9e9a20d\n"
     "\n"},
    {"dots above the root", "20150830T123600Z", false,
     "POST /../../000000000000/queue/..\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-date, Signature=b6ff9a6561ac734cde769a2de497313d94c"
     "4e0bcdc4a895a8b39969fc742c074\n"
     "\n"},
    {"escapes in the path are encoded again", "20150830T123600Z", false,
     "POST /000000000000/my%2Dqueue%20x\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-date, Signature=bba954734d31998748f0c05e76a01c5ee54"
     "283e92e62ea50dcc6a0ac527700f1\n"
     "\n"},
    {"FIFO queue path", "20150830T123600Z", false,
     "GET /000000000000/my-queue_1.fifo?Action=GetQueueUrl\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-date, Signature=92aec9196be84c39d6188796748dfb88fe3"
     "08132316cc6db60dbca6506ec80fc\n"
     "\n"},
    {"commas without blanks", "20150830T123600Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Target: AmazonSQS.SendMessage\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest,SignedHeaders=host;x-amz-date;x-amz-target,Signature=598880a2d8b54326207fb3e3"
     "c19fff6854405591b1b183c4ea3b2b7b800242c8\n"
     "\n"
     "{\"QueueUrl\":\"http://localhost:9324/000000000000/q\",\"MessageBody\":\"hi\"}"},
    {"commas between blanks", "20150830T123600Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest , SignedHeaders=host;x-amz-date , Signature=94d67a3948971b645d67e658251e2015e"
     "cb96606b4dfd6d34010169a117c6eae\n"
     "\n"},
    {"Date in place of X-Amz-Date", "20150830T123600Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=date;host, Signature=cef9940f17e5fcfa7e67fef03c98c88de6fde2624"
     "1f761adcab7a3cbeda3baa3\n"
     "\n"},
    {"declared payload hash", "20150830T123600Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Content-Sha256: b4db579b396b2cda30ccf24265e91309f12406b1051a34b058210342f5e0d8"
     "8f\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=20f5953d426116"
     "34757f4638251315a2a927bb2fafe21d992a22c330bb7674b6\n"
     "\n"
     "{\"QueueUrl\":\"http://localhost:9324/000000000000/q\",\"MessageBody\":\"hi\"}"},
    {"declared payload hash in capitals", "20150830T123600Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Content-Sha256: B4DB579B396B2CDA30CCF24265E91309F12406B1051A34B058210342F5E0D8"
     "8F\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=4cb3ce1cbed027"
     "81803eb8c8da04b4a10cd6922ab1b6c790b7540b6375e73711\n"
     "\n"
     "{\"QueueUrl\":\"http://localhost:9324/000000000000/q\",\"MessageBody\":\"hi\"}"},
    {"declared payload hash, not signed as a header", "20150830T123600Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Content-Sha256: b4db579b396b2cda30ccf24265e91309f12406b1051a34b058210342f5e0d8"
     "8f\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-date, Signature=61abaf4c158bdd063db03622261efe2b62b"
     "8208e4b1e0079b9d356ce414876f4\n"
     "\n"
     "{\"QueueUrl\":\"http://localhost:9324/000000000000/q\",\"MessageBody\":\"hi\"}"},
    {"session token", "20150830T123600Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Security-Token: any/token+at=all\n"
     "X-Amz-Date: 20150830T123600Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=efdf27174ac7b9"
     "fcf7867ce4f3878deb82e550ed4668f048aa0e9355698b19d7\n"
     "\n"},
    {"last second of a leap day", "20240229T235959Z", false,
     "POST /\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Date: 20240229T235959Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20240229/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=host;x-amz-date, Signature=c356aca21df2c861ac98da018ccfa364c87"
     "b575c38fe36765b07a9ed32eca738\n"
     "\n"},
    {"presigned", "20150830T123600Z", true,
     "GET /?Action=ListQueues&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPL"
     "E%2F20150830%2Fus-east-1%2Fsqs%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expi"
     "res=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=f03f400f92191b0b803b165dd2699262dd"
     "8f09473441691bee46400f5068d10e\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "\n"},
    {"presigned send", "20150830T123600Z", true,
     "GET /000000000000/q?Action=SendMessage&MessageBody=a%20%26%20b%0A%C3%A9&X-Amz-Algori"
     "thm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fsqs%2Faws"
     "4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-"
     "Amz-Signature=1c718814dc16351f5a5491cc5d541524e5aec716a44ef546bd497318a7ab2201\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "\n"},
    {"presigned with a session token", "20150830T123600Z", true,
     "GET /?Action=ListQueues&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPL"
     "E%2F20150830%2Fus-east-1%2Fsqs%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expi"
     "res=3600&X-Amz-SignedHeaders=host&X-Amz-Security-Token=any%2Ftoken%2Bat%3Dall&X-Amz-"
     "Signature=0fc7626aabb5bdf25dcd9eb837a1978620f59ac0934ced94c4ad852c80ba6aa5\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "\n"},
    {"presigned with a body and more headers", "20150830T123600Z", true,
     "POST /?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus"
     "-east-1%2Fsqs%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=3600&X-Amz-Si"
     "gnedHeaders=content-type%3Bhost%3Bx-amz-target&X-Amz-Signature=85d8648e2f61a883d6b69"
     "fc0ca75af70e31d965a68345ad142b8457578458ca3\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "X-Amz-Target: AmazonSQS.SendMessage\n"
     "Content-Type: application/x-amz-json-1.0\n"
     "\n"
     "{\"QueueUrl\":\"http://localhost:9324/000000000000/q\",\"MessageBody\":\"hi\"}"},
    {"presigned for a week", "20150830T123600Z", true,
     "GET /?Action=ListQueues&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPL"
     "E%2F20150830%2Fus-east-1%2Fsqs%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expi"
     "res=604800&X-Amz-SignedHeaders=host&X-Amz-Signature=04ac4f68817fe20a05b8158b52dde5d2"
     "6e2d4cc8a9b691cfed9037b1ba4284b7\n"
     "Host: sqs.us-east-1.amazonaws.com\n"
     "\n"},
    {"botocore: SendMessage", "20261120T084219Z", false,
     "POST /\n"
     "Host: 127.0.0.1:9324\n"
     "X-Amz-Target: AmazonSQS.SendMessage\n"
     "Content-Type: application/x-amz-json-1.0\n"
     "x-amzn-query-mode: true\n"
     "User-Agent: Botocore/1.44.5\n"
     "X-Amz-Date: 20261120T084219Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=content-type;host;x-amz-date;x-amz-target;x-amzn-query-mode, S"
     "ignature=ad0b9b31304e481cb7c7b1678982fb4e862defc6059c7dde24c2a37bc5f2c433\n"
     "amz-sdk-invocation-id: 2f9dbe8d-f14b-4b96-a7b3-6ab651346db9\n"
     "amz-sdk-request: attempt=1; max=3\n"
     "Content-Length: 191\n"
     "\n"
     "{\"QueueUrl\": \"http://127.0.0.1:9324/000000000000/orders.fifo\", \"MessageBody"
     "\": \"caf\\u00e9 \\\"1\\\"\", \"MessageGroupId\": \"g\", \"MessageAttributes"
     "\": {\"n\": {\"DataType\": \"Number\", \"StringValue\": \"7\"}}}"},
    {"botocore: ReceiveMessage", "20261120T084219Z", false,
     "POST /\n"
     "Host: 127.0.0.1:9324\n"
     "X-Amz-Target: AmazonSQS.ReceiveMessage\n"
     "Content-Type: application/x-amz-json-1.0\n"
     "x-amzn-query-mode: true\n"
     "User-Agent: Botocore/1.44.5\n"
     "X-Amz-Date: 20261120T084219Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=content-type;host;x-amz-date;x-amz-target;x-amzn-query-mode, S"
     "ignature=464e68e826949b9603b55032939913cb3092fd6dfcc6e9bc659440234fc7cf38\n"
     "amz-sdk-invocation-id: 38d54c93-77d1-48e2-8c43-1e3ba920e691\n"
     "amz-sdk-request: attempt=1; max=3\n"
     "Content-Length: 75\n"
     "\n"
     "{\"QueueUrl\": \"http://127.0.0.1:9324/000000000000/q\", \"WaitTimeSeconds\": 20}"},
    {"botocore: ListQueues with a session token", "20261120T084220Z", false,
     "POST /\n"
     "Host: 127.0.0.1:9324\n"
     "X-Amz-Target: AmazonSQS.ListQueues\n"
     "Content-Type: application/x-amz-json-1.0\n"
     "x-amzn-query-mode: true\n"
     "User-Agent: Botocore/1.44.5\n"
     "X-Amz-Date: 20261120T084220Z\n"
     "X-Amz-Security-Token: FwoGZXIvYXdzEXAMPLE//token+==\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target"
     ";x-amzn-query-mode, Signature=336f197daca89490ae6871b1984a7c9e45d0fc044e689ba7ca6de7"
     "34ead0bffb\n"
     "amz-sdk-invocation-id: 2f986305-40db-4ee2-99cb-42291dd9d23d\n"
     "amz-sdk-request: attempt=1; max=3\n"
     "Content-Length: 2\n"
     "\n"
     "{}"},
    {"botocore: query protocol", "20261120T084220Z", false,
     "POST /000000000000/q\n"
     "Host: localhost:9324\n"
     "Content-Type: application/x-www-form-urlencoded; charset=utf-8\n"
     "X-Amz-Date: 20261120T084220Z\n"
     "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261120/us-east-1/sqs/aws4_r"
     "equest, SignedHeaders=content-type;host;x-amz-date, Signature=c0dd65f8972fcd1287dbb9"
     "8e005ada35c1782d1bb2c648412b88c73a92c34b9c\n"
     "Content-Length: 57\n"
     "\n"
     "Action=SendMessage&MessageBody=a+b%26c&Version=2012-11-05"},
    {"botocore: presigned", "20261120T084220Z", true,
     "GET /000000000000/q?Action=SendMessage&MessageBody=a%20b%26c%E2%9C%93&X-Amz-Algorith"
     "m=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261120%2Fus-east-1%2Fsqs%2Faws4_"
     "request&X-Amz-Date=20261120T084220Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-"
     "Signature=ac065d29809ee07a196b342d0fa5c6d1f74c64f05611d5065afd0b53826761a0\n"
     "Host: localhost:9324\n"
     "\n"},
    {"botocore: presigned with a session token", "20261120T084220Z", true,
     "GET /?Action=ListQueues&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPL"
     "E%2F20261120%2Fus-east-1%2Fsqs%2Faws4_request&X-Amz-Date=20261120T084220Z&X-Amz-Expi"
     "res=60&X-Amz-SignedHeaders=host&X-Amz-Security-Token=FwoGZXIvYXdzEXAMPLE%2F%2Ftoken%"
     "2B%3D%3D&X-Amz-Signature=4f610b84e83172b09d4a61012dd473843349922048b4a0fce0e83906762"
     "d5938\n"
     "Host: localhost:9324\n"
     "\n"},
    {"botocore: presigned, dots in the path", "20261120T084220Z", true,
     "GET //000000000000/./q?Action=ReceiveMessage&b=2&a=1&X-Amz-Algorithm=AWS4-HMAC-SHA25"
     "6&X-Amz-Credential=AKIDEXAMPLE%2F20261120%2Fus-east-1%2Fsqs%2Faws4_request&X-Amz-Dat"
     "e=20261120T084220Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=23b1519"
     "8e09960556d47507df34e5fa22989e69d4a0d5eb1f88937a245da2b5b\n"
     "Host: localhost:9324\n"
     "\n"},
};
/* clang-format on */

#define VERIFY_VECTORS_COUNT (sizeof(verify_vectors) / sizeof(verify_vectors[0]))

#endif
