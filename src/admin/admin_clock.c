/* The manual clock: reading and advancing it. */
#include "admin/admin_private.h"

#include "base/banned.h"

static json_t *show(struct admin_request *request)
{
    const struct clock *clock = node_clock(worker_node(request->worker));
    return json_pack("{s:s,s:I}", "clock", clock_is_manual(clock) ? "manual" : "system", "now_ms",
                     (json_int_t)clock_read(clock).wall.v);
}

void admin_clock_show(struct admin_request *request)
{
    admin_answer(request, show(request));
}

/* One letter goes round the workers, waiting at each until nothing is due there, until a whole round met nobody
 * behind: what one worker does can make work for another (dead letters, move tasks). */
struct round {
    struct letter letter;
    struct admin_request *request;
    struct worker *home;
    unsigned next; /* worker to visit */
    bool met_work;
};

static void come_home(struct letter *letter, void *owner)
{
    struct round *round = (struct round *)(void *)letter;
    MAYBE(owner);
    admin_answer(round->request, show(round->request));
}

static void visit(struct letter *letter, void *owner)
{
    struct round *round = (struct round *)(void *)letter;
    struct node *node = worker_node(round->home);
    if (worker_is_behind(owner)) {
        round->met_work = true;
        worker_post(owner, letter); /* back in its queue: the worker's turn goes on meanwhile */
        return;
    }
    round->next++;
    if (round->next == node_workers_count(node) && round->met_work) {
        round->next = 0;
        round->met_work = false;
    }
    if (round->next < node_workers_count(node)) {
        worker_post(node_worker(node, round->next), letter);
        return;
    }
    letter->deliver = come_home;
    worker_post(round->home, letter);
}

void admin_clock_advance(struct admin_request *request)
{
    struct node *node = worker_node(request->worker);
    int64_t ms;
    if (!admin_number(request, "advance", 0, 0, ADMIN_ADVANCE_MS_MAX, &ms))
        return;
    if (!clock_is_manual(node_clock(node))) {
        admin_refuse(request, 409,
                     "the clock follows the machine: start the server with --clock manual");
        return;
    }
    clock_advance(node_clock(node), ms);
    struct round *round = ARENA_NEW(request->arena, struct round);
    round->letter.deliver = visit;
    round->request = request;
    round->home = request->worker;
    worker_post(node_worker(node, 0), &round->letter);
}
