/* The engine against a naive model, under random commands.
 *
 *     model_test [--seeds COUNT] [--from SEED] [--steps COUNT]
 *
 * Prints every seed with its options first. The first difference prints the last commands and both
 * answers and ends the run with status 1; `--seeds 1 --from SEED` repeats it. */
#include <signal.h>

#include "engine/model_rig.h"

#include "base/banned.h"

static struct rig *running;

/* An assertion of the engine broke: say what led to it. */
static void on_abort(int signal_number)
{
    (void)signal_number;
    if (running != NULL) {
        rig_print_trace(running);
        fprintf(stderr, "seed %llu, step %u: the engine aborts\n",
                (unsigned long long)running->options.seed, (unsigned)running->step);
    }
}

static void print_options(const struct rig_options *options)
{
    printf(
        "seed %llu: steps=%u queues=%u fifo=%u%% groups=%u dedups=%u unit=%lldms backlog=%u "
        "inflight=%u hold=%u%% fail=%u%% repeat=%u%% wait=%u%% vanish=%u%% grouped=%u%% "
        "batches=%u%% retried=%u%% dumps=%u%% confirmed=%u%% slow=%u%% late=%u%% short=%u%% replay_every=%u\n",
        (unsigned long long)options->seed, (unsigned)options->steps, (unsigned)options->queues,
        (unsigned)options->fifo_percent, (unsigned)options->groups, (unsigned)options->dedups,
        (long long)options->unit_ms, (unsigned)options->backlog_max,
        (unsigned)options->inflight_max, (unsigned)options->hold_percent,
        (unsigned)options->fail_percent, (unsigned)options->repeat_percent,
        (unsigned)options->wait_percent, (unsigned)options->vanish_percent,
        (unsigned)options->group_percent, (unsigned)options->big_batch_percent,
        (unsigned)options->retry_percent, (unsigned)options->dump_percent,
        (unsigned)options->confirm_percent, (unsigned)options->slow_percent,
        (unsigned)options->late_percent, (unsigned)options->short_retention_percent,
        (unsigned)options->replay_every);
    fflush(stdout);
}

static void run(uint64_t seed, uint32_t steps)
{
    static struct rig rig;
    struct rig_options options;
    rig_draw_options(seed, steps, &options);
    print_options(&options);
    rig_init(&rig, &options);
    running = &rig;
    rig_draw_world(&rig);
    for (rig.step = 1; rig.step <= steps; rig.step++) {
        rig_draw_command(&rig);
        if (rig.step % options.replay_every == 0)
            rig_replay(&rig, rig_chance(&rig, 50));
    }
    rig_replay(&rig, false);
    running = NULL;
    rig_done(&rig);
}

static bool read_number(int count, char **words, int *at, const char *name, uint64_t *ret_value)
{
    int64_t value = 0;
    if (strcmp(words[*at], name) != 0)
        return false;
    if (*at + 1 >= count || !slice_to_int64(slice_from_text(words[*at + 1]), &value) || value < 1) {
        fprintf(stderr, "%s needs a number above 0\n", name);
        exit(EXIT_FAILURE);
    }
    *ret_value = (uint64_t)value;
    *at += 2;
    return true;
}

int main(int count, char **words)
{
    uint64_t seeds = 150;
    uint64_t from = 1;
    uint64_t steps = 2000;
    for (int i = 1; i < count;) {
        if (!read_number(count, words, &i, "--seeds", &seeds) &&
            !read_number(count, words, &i, "--from", &from) &&
            !read_number(count, words, &i, "--steps", &steps)) {
            fprintf(stderr, "usage: model_test [--seeds COUNT] [--from SEED] [--steps COUNT]\n");
            return EXIT_FAILURE;
        }
    }
    signal(SIGABRT, on_abort);
    for (uint64_t i = 0; i < seeds; i++)
        run(from + i, (uint32_t)steps);
    printf("%llu seeds: no difference\n", (unsigned long long)seeds);
    return EXIT_SUCCESS;
}
