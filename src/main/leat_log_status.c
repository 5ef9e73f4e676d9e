/* leat log status: what the logs and engines of a running server hold and have done. */
#include "main/leat.h"

#include "base/banned.h"

static double mega(const json_t *log, const char *name)
{
    return (double)leat_number_of(log, name) / 1e6;
}

static void print_log(const json_t *log)
{
    printf("worker %lld: %lld messages, %.1f MB of memory for them\n",
           leat_number_of(log, "worker"), leat_number_of(log, "engine_messages"),
           mega(log, "engine_bytes"));
    if (leat_number_of(log, "unknown_queues") > 0)
        printf(
            "    %lld queues are in the log that the metadata store does not know; their messages are kept\n",
            leat_number_of(log, "unknown_queues"));
    if (json_object_get(log, "records") == NULL) {
        printf("    no log\n");
        return;
    }
    printf(
        "    disk %.1f MB in %lld segments and %lld spares, %.0f %% alive; room for %.1f MB more\n",
        mega(log, "disk_bytes"), leat_number_of(log, "segments"), leat_number_of(log, "spares"),
        100 * json_number_value(json_object_get(log, "live_share")), mega(log, "available_bytes"));
    printf(
        "    since the start: %lld records, %.1f MB; %lld batches, %lld syncs; copied %.1f MB, %lld "
        "snapshots, %.1f MB: write amplification %.2f\n",
        leat_number_of(log, "records"), mega(log, "record_bytes"), leat_number_of(log, "batches"),
        leat_number_of(log, "syncs"), mega(log, "relocated_bytes"),
        leat_number_of(log, "snapshots"), mega(log, "snapshot_bytes"),
        json_number_value(json_object_get(log, "write_amplification")));
    printf("    cache: %lld bodies, %.1f MB; %lld found, %lld not, %lld read from the disk\n",
           leat_number_of(log, "cache_bodies"), mega(log, "cache_bytes"),
           leat_number_of(log, "cache_hits"), leat_number_of(log, "cache_misses"),
           leat_number_of(log, "cold_reads"));
}

int leat_log_status(struct leat_request *request)
{
    json_t *answer = leat_ask(request, "GET", SLICE("/log"), SLICE_NONE), *log;
    size_t i;
    if (answer == NULL)
        return LEAT_BAD;
    json_array_foreach(json_object_get(answer, "logs"), i, log)
    {
        if (request->wants_json)
            leat_print_json(log, stdout);
        else
            print_log(log);
    }
    json_decref(answer);
    return LEAT_GOOD;
}
