"""Is a history one that leat may have? `check(records)` gives a list of violations, as text.

What "may have" is: every function below is one promise. Nothing here knows the server; a history written by hand is as
good as a recorded one (checker_test.py). Each is O(n log n).
"""
import bisect
import collections

SLACK_S = 0.03        # between clocks read on both sides of a socket
SLACK_RESTART_S = 0.2  # deadlines that were carried over a restart


class Message:
    """Everything that happened to one logical send."""

    def __init__(self, token):
        self.token = token
        self.sends = []
        self.deliveries = []  # (receive record, message of it), by the end of the receive

    @property
    def acked(self):
        return [send for send in self.sends if send["outcome"] == "ok"]


class Index:
    def __init__(self, records):
        self.records = sorted(records, key=lambda record: record.get("end", 0))
        self.queues = {record["queue"]: record for record in records if record["op"] == "queue"}
        self.sources = {queue["dlq"]: queue for queue in self.queues.values() if queue.get("dlq")}
        self.crashes = sorted(record["at"] for record in records if record["op"] == "crash")
        self.kills = sorted(record["at"] for record in records if record["op"] == "crash" and record["how"] == "kill")
        self.messages = {}
        self.deletes = collections.defaultdict(list)  # (queue, id) -> records
        self.changes = collections.defaultdict(list)
        self.receives = []
        self.strangers = []  # deliveries of tokens nobody sent
        self._durable = collections.defaultdict(list)  # queue -> when operations began whose answer proves durability
        self._unknown = collections.defaultdict(list)  # queue -> when receives began whose answer is not known
        for record in self.records:
            getattr(self, "_" + record["op"], lambda record: None)(record)
        for times in list(self._durable.values()) + list(self._unknown.values()):
            times.sort()

    def is_fifo(self, queue):
        return self.queues[queue]["fifo"]

    def _proof(self, record):
        """An SDK repeats by itself: its answer may be of a later life than the one its call began in."""
        if record["outcome"] == "ok" and not record.get("sdk"):
            self._durable[record["queue"]].append(record["at"])

    def _send(self, record):
        self._proof(record)
        self.messages.setdefault(record["token"], Message(record["token"])).sends.append(record)

    def _delete(self, record):
        self._proof(record)
        self.deletes[record["queue"], record["id"]].append(record)

    def _change(self, record):
        self._proof(record)
        self.changes[record["queue"], record["id"]].append(record)

    def _receive(self, record):
        if record["outcome"] != "ok":
            if record["outcome"] == "unknown":
                self._unknown[record["queue"]].append(record["at"])
            return
        self.receives.append(record)
        if self.is_fifo(record["queue"]) and record["messages"]:
            self._proof(record)
        for message in record["messages"]:
            if message["token"] in self.messages:
                self.messages[message["token"]].deliveries.append((record, message))
            else:
                self.strangers.append((record, message))

    def settle(self):
        """Finds the sends of deliveries that were answered before their sends, and puts the deliveries of a message in
        the order in which the server made them: by the end, those that overlap by their count."""
        left = []
        for receive, message in self.strangers:
            if message["token"] in self.messages:
                self.messages[message["token"]].deliveries.append((receive, message))
            else:
                left.append((receive, message))
        self.strangers = left
        for entry in self.messages.values():
            entry.deliveries.sort(key=lambda delivery: delivery[0]["end"])
            for at in range(1, len(entry.deliveries)):
                while at > 0 and is_swapped(entry.deliveries[at - 1], entry.deliveries[at]):
                    entry.deliveries[at - 1:at + 1] = reversed(entry.deliveries[at - 1:at + 1])
                    at -= 1

    def may_be_forgotten(self, receive):
        """A receive of a standard queue is not waited for: a kill may take it back, unless a later operation of the
        same queue was made durable in the same life of the server (then everything before it was, too)."""
        if self.is_fifo(receive["queue"]):
            return False
        at = bisect.bisect_left(self.kills, receive["at"])
        if at == len(self.kills):
            return False
        times = self._durable[receive["queue"]]
        proof = bisect.bisect_right(times, receive["end"])
        return not (proof < len(times) and times[proof] < self.kills[at])

    def has_crash(self, since, until):
        at = bisect.bisect_left(self.crashes, since)
        return at < len(self.crashes) and self.crashes[at] <= until

    def unknown_receives(self, queue, until):
        return bisect.bisect_left(self._unknown[queue], until)


def is_swapped(first, second):
    return second[0]["at"] < first[0]["end"] and second[1]["count"] < first[1]["count"]


def show(record):
    picked = {key: value for key, value in record.items() if key not in ("messages", "attributes", "digest", "handle")}
    return " ".join(f"{key}={value:.4f}" if isinstance(value, float) else f"{key}={value}"
                    for key, value in picked.items())


# ---- invariants 1, 5, 6, 10: nothing lost, invented, damaged, doubled, brought back ----

def check_invented(index):
    for receive, message in index.strangers:
        yield f"invented: nobody sent this message: {show(message)} in {show(receive)}"


def check_damaged(index):
    for entry in index.messages.values():
        for receive, message in entry.deliveries:
            send = entry.sends[0]
            if message.get("damage"):
                yield f"damaged: {message['damage']}: {show(message)} in {show(receive)}"
            if message["digest"] != send["digest"]:
                yield f"damaged: another body than was sent: {show(message)} in {show(receive)}"
            if message.get("attributes") != send.get("attributes"):
                yield (f"damaged: attributes {message.get('attributes')} were {send.get('attributes')}: "
                       f"{show(message)}")
            if message.get("group") != send.get("group"):
                yield f"damaged: another group than {send.get('group')}: {show(message)}"
            home = {send["queue"], index.queues[send["queue"]].get("dlq")}
            if receive["queue"] not in home:
                yield f"damaged: in a queue it was not sent to: {show(message)} in {show(receive)}"


def check_doubled(index):
    for entry in index.messages.values():
        told = {send["id"] for send in entry.acked}
        seen = {message["id"] for _, message in entry.deliveries}
        if len(told) > 1:
            yield f"doubled: retries of one send were told different ids: {[show(send) for send in entry.acked]}"
        if len(seen | told) > 1:
            yield f"doubled: one send, messages {sorted(seen | told)}: {[show(send) for send in entry.sends]}"
        if seen and all(send["outcome"] == "fail" for send in entry.sends):
            yield f"doubled: a refused send was delivered: {show(entry.sends[0])}"


def check_id_reuse(index):
    owners = {}
    for entry in index.messages.values():
        for name in {send["id"] for send in entry.acked} | {message["id"] for _, message in entry.deliveries}:
            if owners.setdefault(name, entry.token) != entry.token:
                yield f"invented: id {name} belongs to {owners[name]} and to {entry.token}"


def deletes_of(index, entry):
    names = {send["id"] for send in entry.acked} | {message["id"] for _, message in entry.deliveries}
    queue = entry.sends[0]["queue"]
    for name in names:
        for home in (queue, index.queues[queue].get("dlq")):
            yield from index.deletes.get((home, name), [])


def check_lost(index):
    if not any(record["op"] == "drained" for record in index.records):
        return
    for entry in index.messages.values():
        if entry.acked and all(delete["outcome"] == "fail" for delete in deletes_of(index, entry)):
            yield (f"lost: acknowledged, never deleted, not there at the end: {show(entry.acked[0])}; "
                   f"delivered {len(entry.deliveries)} times")


def check_resurrected(index):
    for entry in index.messages.values():
        for receive, message in entry.deliveries:
            for delete in index.deletes.get((receive["queue"], message["id"]), []):
                if delete["outcome"] == "ok" and receive["at"] > delete["end"]:
                    yield f"resurrected: {show(delete)}, then {show(message)} in {show(receive)}"


# ---- invariant 8: nobody else gets what is in flight; 13: nothing comes early ----

def hidden_until(index, receive, message, before, handle=None):
    """The least time until which the message must be hidden after that receive, as seen by a receive that ends at
    `before`. With a handle: as far as that handle alone has caused it."""
    deadline = receive["at"] + receive["visibility"]
    settled = receive["end"]
    for change in sorted(index.changes.get((receive["queue"], message["id"]), []), key=lambda change: change["at"]):
        if change["end"] < receive["at"] or change["at"] > before or change["outcome"] == "fail":
            continue
        if handle is not None and change["handle"] != handle:
            continue
        moved = change["at"] + change["timeout"]
        is_settled = change["outcome"] == "ok" and change["at"] >= settled and change["end"] <= before
        deadline = moved if is_settled else min(deadline, moved)
        settled = max(settled, change["end"])
    return deadline


def check_exclusive(index):
    for entry in index.messages.values():
        for (first, message), (second, again) in zip(entry.deliveries, entry.deliveries[1:]):
            if first["queue"] != second["queue"] or first is second or index.may_be_forgotten(first):
                continue
            slack = SLACK_RESTART_S if index.has_crash(first["at"], second["end"]) else SLACK_S
            if second["end"] + slack < hidden_until(index, first, message, second["end"]):
                yield (f"not exclusive: delivered while in flight: {show(first)}, then {show(second)}: "
                       f"{show(again)}")


def check_delay(index):
    for entry in index.messages.values():
        delay = entry.sends[0].get("delay") or 0
        due = min(send["at"] for send in entry.sends) + delay
        if delay and entry.deliveries:
            receive = entry.deliveries[0][0]
            slack = SLACK_RESTART_S if index.has_crash(due - delay, receive["end"]) else SLACK_S
            if receive["end"] + slack < due:
                yield f"early: delay {delay} s: {show(entry.sends[0])} came in {show(receive)}"


# ---- invariant 9: receipt handles ----

def check_handles(index):
    owners = {}
    for receive in index.receives:
        for message in receive["messages"]:
            owner = (message["id"], receive["end"])
            if owners.setdefault(message["handle"], owner) != owner:
                yield f"handles: one handle in two receives: {show(message)} in {show(receive)}"


def check_refused(index):
    given = {}
    for receive in index.receives:
        for message in receive["messages"]:
            given[message["handle"]] = (receive, message)
    for record in index.records:
        if record["op"] not in ("delete", "change") or record["outcome"] != "fail":
            continue
        if not index.is_fifo(record["queue"]):
            if record["op"] == "delete":
                yield f"handles: a delete on a standard queue was refused: {show(record)}"
            continue
        receive, message = given.get(record["handle"], (None, None))
        if receive and record["end"] + SLACK_S < hidden_until(index, receive, message, record["end"],
                                                               record["handle"]) and not any(
                later is not record and later["outcome"] != "fail" and later["at"] < record["end"]
                for later in index.deletes.get((record["queue"], record["id"]), [])):
            yield f"handles: refused while in force: {show(record)}, received by {show(receive)}"


# ---- invariant 14: receive counts and dead letters ----

def check_receive_counts(index):
    for entry in index.messages.values():
        certain = []  # ends of earlier deliveries that cannot be forgotten, ascending
        source = entry.sends[0]["queue"]
        begun = sorted(receive["at"] for receive, _ in entry.deliveries)
        for receive, message in entry.deliveries:
            least = bisect.bisect_left(certain, receive["at"]) + 1
            most = bisect.bisect_left(begun, receive["end"]) + index.unknown_receives(source, receive["end"])
            dlq = index.queues[source].get("dlq")
            if dlq:
                most += index.unknown_receives(dlq, receive["end"])
            if not least <= message["count"] <= most:
                yield (f"receive count: {message['count']}, should be {least} to {most}: {show(message)} in "
                       f"{show(receive)}")
            if not index.may_be_forgotten(receive):
                bisect.insort(certain, receive["end"])


def check_dead_letters(index):
    for entry in index.messages.values():
        source = index.queues[entry.sends[0]["queue"]]
        moved_at = None
        for receive, message in entry.deliveries:
            if source.get("dlq") == receive["queue"]:
                moved_at = receive["end"] if moved_at is None else moved_at
                if message["count"] <= source["max"]:
                    yield f"dead letter: moved too early: {show(message)} in {show(receive)}"
            elif source.get("dlq"):
                if message["count"] > source["max"]:
                    yield f"dead letter: should have moved: {show(message)} in {show(receive)}"
                if moved_at is not None and receive["at"] > moved_at:
                    yield f"dead letter: in its source again: {show(message)} in {show(receive)}"


# ---- invariant 11: FIFO ----

def numbered(index):
    """(queue, group) -> [(sequence, message entry)], ascending, of every message whose number is known."""
    groups = collections.defaultdict(dict)
    for entry in index.messages.values():
        send = entry.sends[0]
        if not index.is_fifo(send["queue"]):
            continue
        numbers = {int(ack["sequence"]) for ack in entry.acked}
        numbers |= {int(message["sequence"]) for receive, message in entry.deliveries
                    if receive["queue"] == send["queue"]}
        for number in numbers:
            groups[send["queue"], send["group"]][number] = entry
    return {key: sorted(group.items(), key=lambda row: row[0]) for key, group in groups.items()}


def check_sequence_numbers(index):
    for entry in index.messages.values():
        if not index.is_fifo(entry.sends[0]["queue"]):
            continue
        told = {ack["sequence"] for ack in entry.acked}
        seen = {message["sequence"] for receive, message in entry.deliveries
                if receive["queue"] == entry.sends[0]["queue"]}
        if len(told | seen) > 1:
            yield f"fifo: one message, sequence numbers {sorted(told | seen)}: {entry.token}"
    queues = collections.defaultdict(list)
    for record in index.records:
        if record["op"] == "send" and record["outcome"] == "ok" and index.is_fifo(record["queue"]) \
                and not record.get("repeats"):
            queues[record["queue"]].append(record)
    for sends in queues.values():
        begun = sorted(sends, key=lambda send: send["at"])
        highest, done = (0, None), 0
        for send in begun:  # `sends` is sorted by end
            while done < len(sends) and sends[done]["end"] < send["at"]:
                highest = max(highest, (int(sends[done]["sequence"]), done))
                done += 1
            if highest[0] >= int(send["sequence"]):
                yield f"fifo: number {send['sequence']} was given after {show(sends[highest[1]])}: {show(send)}"


def left_at(index, entry, queue):
    """The earliest time at which the message may have left its group: infinite when nobody let it go."""
    times = [delete["at"] for delete in deletes_of(index, entry)
             if delete["outcome"] != "fail" and delete["queue"] == queue]
    moved = any(receive["queue"] != queue for receive, _ in entry.deliveries)
    return -1 if moved else min(times, default=float("inf"))


def check_group_order(index):
    left, place = {}, {}
    for (queue, group), rows in numbered(index).items():
        worst = float("-inf")
        column = []
        for position, (number, entry) in enumerate(rows):
            mine = left_at(index, entry, queue)
            worst = max(worst, mine)
            column.append((worst, mine, entry))
            place[queue, group, number] = position
        left[queue, group] = column
    for receive in index.receives:
        last = {}
        together = {message["token"] for message in receive["messages"]}
        for message in receive["messages"]:
            key = (receive["queue"], message.get("group"))
            position = place.get(key + (int(message["sequence"] or 0),)) if key in left else None
            if position is None:
                continue
            if last.get(key, -1) > position:
                yield f"fifo: not in order within one receive: {show(message)} in {show(receive)}"
            last[key] = max(position, last.get(key, -1))
            column = left[key]
            while position > 0 and column[position - 1][0] >= receive["end"]:
                position -= 1
                _, mine, entry = column[position]
                if mine >= receive["end"] and entry.token not in together:
                    yield (f"fifo: {show(message)} came in {show(receive)} while {entry.token} of its group was "
                           f"before it: {show(entry.sends[0])}")
                    break


# ---- invariant 12: deduplication ----

def check_dedup(index):
    known = {}
    for record in index.records:
        if record["op"] != "send" or record["outcome"] != "ok" or not record.get("dedup"):
            continue
        key = (record["queue"], record["dedup"])
        first = known.setdefault(key, record)
        if record["end"] - first["at"] < 290 and (first["id"], first["sequence"]) != (record["id"],
                                                                                       record["sequence"]):
            yield f"dedup: {show(first)}, then {show(record)}"


# ---- invariant 15: counts at rest ----

def check_counts(index):
    for record in index.records:
        if record["op"] != "counts" or record["queue"] in index.sources:
            continue
        family = {record["queue"], index.queues[record["queue"]].get("dlq")} - {None}
        total = sum(other["total"] for other in index.records
                    if other["op"] == "counts" and other["queue"] in family and other["rest"] == record["rest"])
        least = most = 0
        for entry in index.messages.values():
            sends = [send for send in entry.sends if send["end"] <= record["end"]]
            if not sends or sends[0]["queue"] not in family:
                continue
            deletes = [delete for delete in deletes_of(index, entry)
                       if delete["end"] <= record["end"] and delete["outcome"] != "fail"]
            is_there = any(send["outcome"] == "ok" for send in sends) or entry.deliveries
            may_be_there = is_there or any(send["outcome"] == "unknown" for send in sends)
            is_gone = any(delete["outcome"] == "ok" and not is_stale(index, entry, delete) for delete in deletes)
            least += bool(is_there and not deletes)
            most += bool(may_be_there and not is_gone)
        if not least <= total <= most:
            yield f"counts: {sorted(family)} say {total}, should be {least} to {most} (rest {record['rest']})"


def is_stale(index, entry, delete):
    """A delete in the source of a message that may have become a dead letter already: it does nothing."""
    return bool(index.queues[delete["queue"]].get("dlq")) and any(
        receive["queue"] != delete["queue"] for receive, _ in entry.deliveries)


CHECKS = [check_invented, check_damaged, check_doubled, check_id_reuse, check_lost, check_resurrected, check_exclusive,
          check_delay, check_handles, check_refused, check_receive_counts, check_dead_letters, check_sequence_numbers,
          check_group_order, check_dedup, check_counts]


def check(records):
    index = Index(records)
    index.settle()
    return [violation for function in CHECKS for violation in function(index)]
