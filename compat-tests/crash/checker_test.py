"""The checkers see what they are for: histories written by hand, each with the violation it must give (or none)."""
import checker


def queue(name="q", fifo=False, dlq=None, most=0):
    return {"op": "queue", "queue": name, "fifo": fifo, "dlq": dlq, "max": most, "end": 0}


def send(token, at, outcome="ok", **more):
    record = {"op": "send", "queue": "q", "token": token, "at": at, "end": at + 0.1, "outcome": outcome,
              "digest": "d-" + token, "attributes": None, "delay": 0, "group": None, "dedup": None}
    if outcome == "ok":
        record.update(id="i-" + token, sequence=None)
    return {**record, **more}


def fifo(token, at, sequence, outcome="ok", **more):
    more = {"group": "g", "dedup": token, **more}
    if outcome == "ok":
        more["sequence"] = str(sequence)
    return send(token, at, outcome, **more)


def item(token, count=1, **more):
    return {"id": "i-" + token, "token": token, "digest": "d-" + token, "attributes": None, "count": count,
            "handle": f"h-{token}-{count}", "sequence": None, "group": None, "damage": None, **more}


def fifo_item(token, sequence, count=1, **more):
    return item(token, count, **{"sequence": str(sequence), "group": "g", **more})


def receive(at, *messages, visibility=10, outcome="ok", **more):
    return {"op": "receive", "queue": "q", "at": at, "end": at + 0.1, "outcome": outcome, "visibility": visibility,
            "messages": list(messages), **more}


def delete(token, at, outcome="ok", count=1, **more):
    return {"op": "delete", "queue": "q", "id": "i-" + token, "handle": f"h-{token}-{count}", "at": at,
            "end": at + 0.1, "outcome": outcome, "code": None, **more}


def change(token, at, timeout, outcome="ok", count=1):
    return {**delete(token, at, outcome, count), "op": "change", "timeout": timeout}


def crash(at, how="kill"):
    return {"op": "crash", "how": how, "at": at, "end": at + 0.1}


def counts(total, at, name="q", rest=1):
    return {"op": "counts", "queue": name, "total": total, "at": at, "end": at, "rest": rest}


DRAINED = {"op": "drained", "at": 900, "end": 900}
TWO = [queue(dlq="dead", most=1), queue("dead")]

# what it is, the history, how the only kind of violation begins (None: there is none)
TABLE = [
    ("a message's whole life", [queue(), send("a", 1), receive(2, item("a")), delete("a", 3), DRAINED], None),
    ("lost", [queue(), send("a", 1), DRAINED], "lost"),
    ("lost though it was delivered once", [queue(), send("a", 1), receive(2, item("a")), DRAINED], "lost"),
    ("gone, its delete was not answered", [queue(), send("a", 1), receive(2, item("a")),
                                      delete("a", 3, "unknown"), DRAINED], None),
    ("an unknown send that is not there", [queue(), send("a", 1, "unknown"), DRAINED], None),
    ("an unknown send that is there", [queue(), send("a", 1, "unknown"), receive(2, item("a")), delete("a", 3),
                                       DRAINED], None),
    ("a refused send that is there", [queue(), send("a", 1, "fail"), receive(2, item("a")), delete("a", 3)],
     "doubled"),
    ("an unknown send twice", [queue(), send("a", 1, "unknown"),
                               receive(2, item("a"), item("a", id="j", handle="h2"))], "doubled"),
    ("retries with two ids", [queue(), send("a", 1), send("a", 2, id="j")], "doubled"),
    ("another id than was told", [queue(), send("a", 1), receive(2, item("a", id="j", handle="h2"))], "doubled"),
    ("two messages, one id", [queue(), send("a", 1), send("b", 1, id="i-a")], "invented"),
    ("nobody sent it", [queue(), receive(2, item("x"))], "invented"),
    ("answered after its delivery", [queue(), send("a", 1, end=5), receive(2, item("a")), delete("a", 6), DRAINED],
     None),
    ("another body", [queue(), send("a", 1), receive(2, item("a", digest="x"))], "damaged"),
    ("other attributes", [queue(), send("a", 1), receive(2, item("a", attributes={"k": "v"}))], "damaged"),
    ("a queue it was not sent to", [queue(), queue("r"), send("a", 1), receive(2, item("a"), queue="r")], "damaged"),
    ("back after its delete", [queue(), send("a", 1), receive(2, item("a"), visibility=0), delete("a", 3),
                               receive(4, item("a", 2))], "resurrected"),
    ("back after its delete, by a kill", [queue(), send("a", 1), receive(2, item("a"), visibility=0),
                                          delete("a", 3), crash(3.5), receive(4, item("a", 2))], "resurrected"),
    ("back after an unknown delete", [queue(), send("a", 1), receive(2, item("a"), visibility=0),
                                      delete("a", 3, "unknown"), receive(4, item("a", 2))], None),
    ("while in flight", [queue(), send("a", 1), receive(2, item("a")), receive(5, item("a", 2))], "not exclusive"),
    ("after its time", [queue(), send("a", 1), receive(2, item("a")), receive(12.5, item("a", 2))], None),
    ("two receives at one time, answered in the other order",
     [queue(), send("a", 1), receive(3.05, item("a", 2)), receive(3, item("a"), visibility=0, end=3.2)], None),
    ("two receives at one time, both hiding it",
     [queue(), send("a", 1), receive(3.05, item("a", 2)), receive(3, item("a"), end=3.2)], "not exclusive"),
    ("made visible", [queue(), send("a", 1), receive(2, item("a")), change("a", 3, 0), receive(5, item("a", 2))],
     None),
    ("kept longer", [queue(), send("a", 1), receive(2, item("a"), visibility=1), change("a", 2.5, 20),
                     receive(5, item("a", 2))], "not exclusive"),
    ("kept longer, perhaps", [queue(), send("a", 1), receive(2, item("a"), visibility=1),
                              change("a", 2.5, 20, "unknown"), receive(5, item("a", 2))], None),
    ("a receive that a kill took back", [queue(), send("a", 1), receive(2, item("a")), crash(3),
                                         receive(5, item("a", 1, handle="h2"))], None),
    ("a receive that must have survived a kill", [queue(), send("a", 1), receive(2, item("a")), send("b", 2.5),
                                                  crash(3), receive(5, item("a", 2))], "not exclusive"),
    ("a receive that must have survived a stop", [queue(), send("a", 1), receive(2, item("a")), crash(3, "stop"),
                                                  receive(5, item("a", 2))], "not exclusive"),
    ("a fifo receive must survive", [queue(fifo=True), fifo("a", 1, 1), receive(2, fifo_item("a", 1)), crash(3),
                                     receive(5, fifo_item("a", 1, 2))], "not exclusive"),
    ("too early", [queue(), send("a", 1, delay=5), receive(2, item("a"))], "early"),
    ("after its delay", [queue(), send("a", 1, delay=5), receive(6, item("a"))], None),
    ("one handle twice", [queue(), send("a", 1), receive(2, item("a"), visibility=0),
                          receive(3, item("a", 2, handle="h-a-1"))], "handles"),
    ("a delete refused", [queue(), send("a", 1), receive(2, item("a")), delete("a", 3, "fail")], "handles"),
    ("a fifo delete refused in force", [queue(fifo=True), fifo("a", 1, 1), receive(2, fifo_item("a", 1)),
                                        delete("a", 3, "fail")], "handles"),
    ("a fifo delete refused late", [queue(fifo=True), fifo("a", 1, 1), receive(2, fifo_item("a", 1)),
                                    delete("a", 13, "fail")], None),
    ("a fifo delete refused in force of its own change", [queue(fifo=True), fifo("a", 1, 1),
                                                          receive(2, fifo_item("a", 1), visibility=0),
                                                          change("a", 2.11, 10), delete("a", 3, "fail")], "handles"),
    ("a fifo delete refused in force of another's change", [queue(fifo=True), fifo("a", 1, 1),
                                                            receive(2, fifo_item("a", 1), visibility=0),
                                                            receive(2.2, fifo_item("a", 1, 2)),
                                                            change("a", 2.31, 10, count=2), delete("a", 3, "fail")],
     None),
    ("a count that stands", [queue(), send("a", 1), receive(2, item("a"), visibility=0),
                             receive(3, item("a", 1, handle="h2"))], "receive count"),
    ("a count that jumps", [queue(), send("a", 1), receive(2, item("a", 2))], "receive count"),
    ("a count that jumps by a lost answer", [queue(), send("a", 1), receive(1.5, outcome="unknown"),
                                             receive(2, item("a", 2))], None),
    ("a dead letter", TWO + [send("a", 1), receive(2, item("a"), visibility=0),
                             receive(3, item("a", 2), queue="dead"), delete("a", 4, count=2, queue="dead"), DRAINED],
     None),
    ("dead too early", TWO + [send("a", 1), receive(3, item("a"), queue="dead")], "dead letter"),
    ("not dead in time", TWO + [send("a", 1), receive(2, item("a"), visibility=0), receive(3, item("a", 2))],
     "dead letter"),
    ("in two queues", [queue(dlq="dead", most=3), queue("dead"), send("a", 1)] + [
        receive(2 + n, item("a", 1 + n), visibility=0) for n in range(3)] + [
            receive(6, item("a", 4), visibility=0, queue="dead"), crash(6.5),
            receive(7, item("a", 3, handle="h3"), visibility=0)], "dead letter"),
    ("numbers grow", [queue(fifo=True), fifo("a", 1, 5), fifo("b", 2, 6)], None),
    ("numbers fall", [queue(fifo=True), fifo("a", 1, 5), crash(1.5), fifo("b", 2, 4)], "fifo"),
    ("numbers of concurrent sends", [queue(fifo=True), fifo("a", 1, 5), fifo("b", 1.05, 4)], None),
    ("a group in order", [queue(fifo=True), fifo("a", 1, 1), fifo("b", 2, 2),
                          receive(3, fifo_item("a", 1), fifo_item("b", 2)), delete("a", 4), delete("b", 5), DRAINED],
     None),
    ("a group out of order", [queue(fifo=True), fifo("a", 1, 1), fifo("b", 2, 2),
                              receive(3, fifo_item("b", 2), fifo_item("a", 1))], "fifo"),
    ("the older one is left out", [queue(fifo=True), fifo("a", 1, 1), fifo("b", 2, 2),
                                   receive(3, fifo_item("b", 2))], "fifo"),
    ("the older one is in flight", [queue(fifo=True), fifo("a", 1, 1), fifo("b", 2, 2), receive(3, fifo_item("a", 1)),
                                    receive(4, fifo_item("b", 2))], "fifo"),
    ("the older one is deleted", [queue(fifo=True), fifo("a", 1, 1), fifo("b", 2, 2), receive(3, fifo_item("a", 1)),
                                  delete("a", 4), receive(5, fifo_item("b", 2))], None),
    ("an unlock that a kill made", [queue(fifo=True), fifo("a", 1, 1), fifo("b", 2, 2), fifo("c", 3, 3),
                                    receive(4, fifo_item("a", 1), fifo_item("b", 2)), delete("a", 5), crash(6),
                                    receive(7, fifo_item("c", 3))], "fifo"),
    ("another group", [queue(fifo=True), fifo("a", 1, 1), fifo("b", 2, 2, group="h"),
                       receive(3, fifo_item("b", 2, group="h"))], None),
    ("a repeat with the first number", [queue(fifo=True), fifo("a", 1, 1), fifo("a", 2, 1, repeats=True)], None),
    ("a repeat that is new", [queue(fifo=True), fifo("a", 1, 1), crash(1.5), fifo("b", 2, 2, dedup="a")], "dedup"),
    ("a dedup id after its window", [queue(fifo=True), fifo("a", 1, 1), fifo("b", 302, 2, dedup="a")], None),
    ("counts", [queue(), send("a", 1), send("b", 2), send("c", 3, "unknown"), delete("a", 4), counts(1, 5)], None),
    ("counts with an unknown send", [queue(), send("a", 1), send("c", 3, "unknown"), counts(2, 5)], None),
    ("counts too low", [queue(), send("a", 1), send("b", 2), counts(1, 5)], "counts"),
    ("counts too high", [queue(), send("a", 1), delete("a", 2), counts(1, 5)], "counts"),
    ("counts of a queue and its dead letters", TWO + [send("a", 1), send("b", 1), counts(1, 5),
                                                      counts(1, 5, "dead")], None),
    ("counts: in both", TWO + [send("a", 1), counts(1, 5), counts(1, 5, "dead")], "counts"),
]


def failures():
    """Rows of the table that do not come out as they say."""
    for name, records, wanted in TABLE:
        found = checker.check(records)
        kinds = {violation.split(":")[0] for violation in found}
        if kinds != ({wanted} if wanted else set()):
            yield f"{name}: wanted {wanted or 'nothing'}, got {found or 'nothing'}"


if __name__ == "__main__":
    problems = list(failures())
    print("\n".join(problems) or f"{len(TABLE)} histories")
    raise SystemExit(bool(problems))
