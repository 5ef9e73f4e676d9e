#include "bench/settings.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>

#include "base/banned.h"

/* Kinds of values; each row of the table has one and the place it goes to. */
enum kind { KIND_U32, KIND_I32, KIND_U64, KIND_REAL, KIND_YES, KIND_NO, KIND_TEXT, KIND_SPECIAL };

struct row {
    const char *name;
    const char *value; /* as the help shows it; NULL: the option takes none */
    enum kind kind;
    size_t at;
    double min, max;
    const char *about;
};

#define AT(member) offsetof(struct settings, member)

static const struct row rows[] = {
    {"endpoint", "URL", KIND_TEXT, AT(endpoint), 0, 0,
     "the server, http://HOST:PORT [http://127.0.0.1:9324]"},
    {"protocol", "P", KIND_SPECIAL, 0, 0, 0, "json or query [json]"},
    {"connections", "N", KIND_U32, AT(connections), 1, SETTINGS_LANES_MAX,
     "connections kept open [64]"},
    {"pipeline", "N", KIND_U32, AT(pipeline), 1, 64, "requests in flight on each [1]"},
    {"threads", "N", KIND_U32, AT(threads), 1, SETTINGS_THREADS_MAX,
     "threads that share the connections [1]"},
    {"no-keepalive", NULL, KIND_YES, AT(closes), 0, 0, "a new connection for each request"},
    {"batch", "N", KIND_U32, AT(batch), 1, WRITER_BATCH_MAX,
     "messages a request; above 1 the batch actions are used [1]"},
    {"size", "BYTES", KIND_U32, AT(body_bytes), BODY_BYTES_MIN, BODY_BYTES_MAX,
     "of a message body [300]"},
    {"queues", "N", KIND_U32, AT(queues), 1, SETTINGS_QUEUES_MAX, "queues to spread over [1]"},
    {"groups", "N", KIND_U32, AT(groups), 0, SETTINGS_GROUPS_MAX,
     "FIFO queues with N message groups [standard queues]"},
    {"seconds", "S", KIND_REAL, AT(seconds), 0.01, 86400, "how long to measure [5]"},
    {"warmup", "S", KIND_REAL, AT(warmup_s), 0, 3600, "how long to run before that [0.5]"},
    {"requests", "N", KIND_U64, AT(requests), 0, 1e15,
     "stop after N cycles of the workload, without warm-up [by --seconds]"},
    {"limit", "S", KIND_REAL, AT(limit_s), 0, 86400,
     "stop after S seconds even if --requests has not been reached [0: none]"},
    {"rate", "R", KIND_REAL, AT(rate), 0, 1e8,
     "open loop: R cycles a second, late or not [0: closed loop]"},
    {"arrivals", "KIND", KIND_SPECIAL, 0, 0, 0, "of the open loop: poisson or constant [poisson]"},
    {"fill", "N", KIND_U64, AT(fill), 0, 1e9,
     "messages sent before a workload that needs some [by --seconds]"},
    {"receivers", "N", KIND_U32, AT(receivers), 1, SETTINGS_LANES_MAX,
     "connections of flow and wake that receive [half of them]"},
    {"around", "N", KIND_U32, AT(around), 1, WRITER_BATCH_MAX,
     "messages a request before and after the measurement, for servers without batches [what fits]"},
    {"wait", "S", KIND_U32, AT(wait_s), 0, 20, "WaitTimeSeconds of long polls [20]"},
    {"visibility", "S", KIND_I32, AT(visibility_s), 0, 43200,
     "VisibilityTimeout of receives; 0 leaves messages visible [the queue's]"},
    {"hidden", "S", KIND_U32, AT(hidden_s), 0, 43200, "visibility timeout of the queues made [30]"},
    {"timeout", "S", KIND_REAL, AT(timeout_s), 0.1, 3600, "of a request [30]"},
    {"drain", "S", KIND_REAL, AT(drain_s), 0, 86400,
     "how long to wait at the end for messages still missing [35]"},
    {"no-check", NULL, KIND_NO, AT(checks), 0, 0,
     "do not look at bodies, do not empty the queues at the end"},
    {"keep-queues", NULL, KIND_YES, AT(keeps_queues), 0, 0, "do not delete the queues at the end"},
    {"names", "PREFIX", KIND_TEXT, AT(names), 0, 0,
     "names of the queues: PREFIX-0, ...; messages found there are foreign [new names each run]"},
    {"sign", "MODE", KIND_SPECIAL, 0, 0, 0, "v4, dummy (right form, wrong signature) or none [v4]"},
    {"no-sign", NULL, KIND_SPECIAL, 0, 0, 0, "the same as --sign none"},
    {"region", "NAME", KIND_SPECIAL, 0, 0, 0, "in signatures [AWS_REGION or us-east-1]"},
    {"server-pid", "PID", KIND_I32, AT(server_pid), 1, 4194304,
     "report this process's CPU time and memory"},
    {"cpu", "N", KIND_I32, AT(cpu), 0, 1023, "pin the threads to processor N"},
    {"seed", "N", KIND_U64, AT(seed), 0, 1e18, "of what is random [1]"},
    {"json", "FILE", KIND_TEXT, AT(json_path), 0, 0,
     "write the result as JSON, - for standard output"},
    {"plot", "FILE", KIND_TEXT, AT(plot_path), 0, 0, "draw latency by percentile, as SVG"},
    {"no-progress", NULL, KIND_NO, AT(shows_progress), 0, 0, "no progress line"},
    {"help", NULL, KIND_SPECIAL, 0, 0, 0, "this text"},
};

static const char *read_environment(const char *name, const char *otherwise)
{
    const char *value = getenv(name);
    return value != NULL && value[0] != 0 ? value : otherwise;
}

void settings_init(struct settings *settings)
{
    *settings = (struct settings){
        .endpoint = "http://127.0.0.1:9324",
        .signer = {.mode = SIGNER_V4,
                   .access_key =
                       slice_from_text(read_environment("AWS_ACCESS_KEY_ID", "leat-bench")),
                   .secret_key =
                       slice_from_text(read_environment("AWS_SECRET_ACCESS_KEY", "leat-bench")),
                   .token = slice_from_text(read_environment("AWS_SESSION_TOKEN", "")),
                   .region = slice_from_text(read_environment("AWS_REGION", "us-east-1"))},
        .connections = 64,
        .pipeline = 1,
        .threads = 1,
        .batch = 1,
        .around = WRITER_BATCH_MAX,
        .body_bytes = 300,
        .queues = 1,
        .wait_s = 20,
        .visibility_s = -1,
        .hidden_s = 30,
        .seconds = 5,
        .warmup_s = 0.5,
        .timeout_s = 30,
        .drain_s = 35,
        .checks = true,
        .shows_progress = true,
        .cpu = -1,
        .seed = 1,
    };
}

static void print_help(void)
{
    printf(
        "leat-bench [run] [--OPTION VALUE] ... WORKLOAD\n"
        "leat-bench null | sync | suite | ceilings | growth | log  [--help]\n\n"
        "Loads any SQS endpoint and measures it. It makes its own queues and deletes them at the end.\n"
        "Keys are those of AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. The second form:\n"
        "a server that does nothing, bare writes made durable, and suites that start leatd themselves.\n\n"
        "workloads:\n");
    for (const struct workload *w = workload_next(NULL); w != NULL; w = workload_next(w))
        printf("  %-16s %s\n", w->name, w->about);
    printf("\noptions:\n");
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        printf("  --%s%s%s\n        %s\n", rows[i].name, rows[i].value != NULL ? " " : "",
               rows[i].value != NULL ? rows[i].value : "", rows[i].about);
}

static bool parse_number(const struct row *row, const char *text, double *ret_value)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    if (errno != 0 || end == text || *end != 0 || !isfinite(value) || value < row->min ||
        value > row->max)
        return false;
    if (row->kind != KIND_REAL && value != floor(value))
        return false;
    *ret_value = value;
    return true;
}

static void store_number(const struct row *row, double value, void *at)
{
    if (row->kind == KIND_U32)
        *(uint32_t *)at = (uint32_t)value;
    else if (row->kind == KIND_I32)
        *(int32_t *)at = (int32_t)value;
    else if (row->kind == KIND_U64)
        *(uint64_t *)at = (uint64_t)value;
    else
        *(double *)at = value;
}

/* The index of text among the names, which end with NULL; -1: none. */
static int find_name(const char *text, const char *const *names)
{
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(text, names[i]) == 0)
            return i;
    return -1;
}

static bool store_special(const char *name, const char *text, struct settings *settings)
{
    static const char *const protocols[] = {"json", "query", NULL};
    static const char *const arrivals[] = {"poisson", "constant", NULL};
    static const char *const modes[] = {"none", "dummy", "v4", NULL};
    int found = 0;
    if (strcmp(name, "protocol") == 0) {
        found = find_name(text, protocols);
        settings->protocol = found == 1 ? WRITER_QUERY : WRITER_JSON;
    } else if (strcmp(name, "arrivals") == 0) {
        found = find_name(text, arrivals);
        settings->is_constant = found == 1;
    } else if (strcmp(name, "sign") == 0) {
        found = find_name(text, modes);
        settings->signer.mode = found >= 0 ? (enum signer_mode)found : SIGNER_V4;
    } else if (strcmp(name, "no-sign") == 0) {
        settings->signer.mode = SIGNER_NONE;
    } else if (strcmp(name, "region") == 0) {
        settings->signer.region = slice_from_text(text);
    }
    return found >= 0;
}

static bool store(const struct row *row, const char *text, struct settings *settings)
{
    void *at = (char *)settings + row->at;
    double value;
    switch (row->kind) {
    case KIND_YES:
    case KIND_NO:
        *(bool *)at = row->kind == KIND_YES;
        return true;
    case KIND_TEXT:
        *(const char **)at = text;
        return true;
    case KIND_SPECIAL:
        return store_special(row->name, text, settings);
    case KIND_U32:
    case KIND_I32:
    case KIND_U64:
    case KIND_REAL:
        if (!parse_number(row, text, &value))
            return false;
        store_number(row, value, at);
        return true;
    }
    UNREACHABLE("every kind returns");
}

uint32_t settings_receivers_below(const struct settings *settings, uint32_t lanes)
{
    uint32_t all = settings_lanes(settings);
    uint32_t receivers = settings->receivers > 0 ? settings->receivers : all / 2;
    if (settings->workload->roles_count < 2)
        return 0;
    return (uint32_t)((uint64_t)lanes * receivers / all);
}

/* Every thread must have connections of both roles. */
static bool has_both_roles(const struct settings *settings)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < settings->threads; i++) {
        uint32_t share = settings_share(settings, i);
        uint32_t receivers = settings_receivers_below(settings, first + share) -
                             settings_receivers_below(settings, first);
        if (receivers == 0 || receivers >= share)
            return false;
        first += share;
    }
    return true;
}

const char *settings_check(const struct settings *settings)
{
    if (settings->workload == NULL)
        return "name a workload (see --help)";
    if (settings->connections < settings->threads)
        return "fewer connections than threads";
    if (settings->connections < settings->workload->roles_count * settings->threads)
        return "this workload needs two connections a thread";
    if (settings->pipeline > 1 && settings->workload->roles_count > 1)
        return "a parked receive would hold up what is pipelined behind it";
    if (settings->receivers > 0 && settings->workload->roles_count == 1)
        return "--receivers is for flow and wake";
    if (settings->workload->roles_count > 1 && !has_both_roles(settings))
        return "each thread needs a connection that sends and one that receives";
    if ((uint64_t)settings->connections * settings->pipeline > SETTINGS_LANES_MAX)
        return "too many requests in flight: connections times pipeline is at most 16384";
    if ((uint64_t)settings->body_bytes * settings->batch > SETTINGS_BATCH_BYTES)
        return "a batch carries at most 1048576 bytes: a smaller --size or --batch";
    if (settings->closes && settings->pipeline > 1)
        return "--no-keepalive leaves nothing to pipeline";
    uint32_t receivers = settings_receivers_below(settings, settings_lanes(settings));
    uint32_t senders = settings_lanes(settings) - receivers;
    if (settings->groups > 0 &&
        (senders < settings->queues || (receivers > 0 && receivers < settings->queues)))
        return "each FIFO queue needs a connection of its own";
    return NULL;
}

static void fill_options(struct option *options)
{
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        options[i] = (struct option){
            rows[i].name, rows[i].value != NULL ? required_argument : no_argument, NULL, 0};
}

static void complain(const struct row *row, const char *text)
{
    fprintf(stderr, "leat-bench: --%s: \"%s\" is not possible", row->name, text);
    if (row->kind == KIND_SPECIAL || row->kind == KIND_TEXT)
        fprintf(stderr, ": %s\n", row->about);
    else
        fprintf(stderr, ": %s from %.12g to %.12g\n",
                row->kind == KIND_REAL ? "a number" : "a whole number", row->min, row->max);
}

bool settings_parse(struct settings *settings, int argc, char **argv, int *ret_status)
{
    struct option options[ARRAY_COUNT(rows) + 1] = {{0}};
    int index, c;
    *ret_status = 2;
    fill_options(options);
    optind = 1;
    while ((c = getopt_long(argc, argv, "", options, &index)) == 0) {
        if (strcmp(rows[index].name, "help") == 0) {
            print_help();
            *ret_status = 0;
            return false;
        }
        if (!store(&rows[index], optarg, settings)) {
            complain(&rows[index], optarg);
            return false;
        }
    }
    if (c != -1)
        return false;
    for (int i = optind; i < argc; i++) {
        settings->workload = settings->workload == NULL ? workload_find(argv[i]) : NULL;
        if (settings->workload == NULL) {
            fprintf(stderr, "leat-bench: \"%s\": no such workload, or a second one (see --help)\n",
                    argv[i]);
            return false;
        }
    }
    const char *problem = settings_check(settings);
    if (problem != NULL)
        fprintf(stderr, "leat-bench: %s\n", problem);
    return problem == NULL;
}
