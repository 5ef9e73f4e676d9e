/* The calls around a run: making and deleting queues. Blocking, one connection, with a time limit; any thread. */
#ifndef LEAT_BENCH_CONTROL_H
#define LEAT_BENCH_CONTROL_H

#include "bench/settings.h"

#define CONTROL_WHY_BYTES 512u

struct control;

/* The endpoint outlives it. */
struct control *control_create(const struct settings *settings, const struct endpoint *endpoint);
/* Accepts NULL. */
void control_destroy(struct control *control);

/* The queue goes into the arena. False: control_why tells. */
MUST_CHECK bool control_create_queue(struct control *control, struct slice name,
                                     struct arena *arena, struct writer_queue *ret_queue);
MUST_CHECK bool control_delete_queue(struct control *control, const struct writer_queue *queue);
/* Of the call that failed last. */
const char *control_why(const struct control *control);

#endif
