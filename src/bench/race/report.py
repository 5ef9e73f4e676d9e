"""What a race's figures say: medians, ratios within rounds, verdicts; as text and as markdown.

Works on the JSON form of a race, so that a kept file can be shown again."""
import statistics

TARGET = 10
TRUSTED_ROUNDS = 5
HICCUPS_MAX = 0.02
NO_FAULT = {"scaled", "few"}        # a note, not a fault
LEGAL = {"duplicates", "after_delete"}  # of standard queues
ROWS = [  # key, name, unit, whether more is better, whether there is a target
    ("send", "send", "messages/s", True, True),
    ("receive-delete", "receive + delete", "messages/s", True, True),
    ("round-trip", "round trip", "messages/s", True, True),
    ("batch", "send, batches of 10", "messages/s", True, True),
    ("fifo", "FIFO round trip", "messages/s", True, True),
    ("wake", "long poll wake-up, p99", "ms", False, True),
    ("loaded", "send at 70 % of the weaker, p99", "ms", False, True),
    ("idle", "RSS, idle", "MiB", False, True),
    ("queued", "RSS per 100,000 queued", "MiB", False, True),
    ("start", "exec to first call", "ms", False, False),
]
WORDS = {"connect": "no connection", "broken": "connections broken", "timeout": "no answer in time",
         "malformed": "malformed answers", "status_4xx": "status 4xx", "status_5xx": "status 5xx",
         "entries": "batch entries refused", "corrupt": "corrupt bodies", "foreign": "foreign messages",
         "duplicates": "duplicates", "after_delete": "duplicates after delete", "out_of_order": "out of order",
         "lost": "missing after 6 s", "received_refused": "refused, yet delivered", "unserved": "due but never begun",
         "failed": "failed", "dead": "the server had ended", "scaled": "scaled up",
         "few": "too few to tell"}


def number(value):
    if value is None:
        return "-"
    if value >= 10000:
        return f"{value / 1000:.0f} k"
    if value >= 1000:
        return f"{value / 1000:.1f} k"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def figures_of(outcome, mode, key, who, peer=None):
    """Of all rounds. peer: in whose company, for latency at its rate."""
    if key == "loaded":
        return outcome["loaded"].get(mode, {}).get(peer or who, {}).get(who, [])
    return outcome["figures"].get(mode, {}).get(who, {}).get(key, [])


def median_of(figures):
    values = [figure["value"] for figure in figures if figure["value"] is not None]
    return statistics.median(values) if values else None


def is_doubtful(figures, key):
    legal = NO_FAULT | (LEGAL if key != "fifo" else set())
    return any(set(figure["wrong"]) - legal for figure in figures)


def ratios_of(outcome, mode, row, leat, peer):
    """How many times better leat is than the peer, a ratio a round; rounds without both figures are left out."""
    key, _, _, more_is_better, _ = row
    ratios = []
    for ours, theirs in zip(figures_of(outcome, mode, key, leat, peer), figures_of(outcome, mode, key, peer)):
        if not ours["value"] or not theirs["value"]:
            continue
        ratios.append(ours["value"] / theirs["value"] if more_is_better else theirs["value"] / ours["value"])
    return ratios


def verdict_of(outcome, mode, row, leat, peers):
    """(median ratio to the hardest peer, its title) or None."""
    found = []
    for peer in peers:
        ratios = ratios_of(outcome, mode, row, leat, peer["key"])
        if ratios:
            found.append((statistics.median(ratios), peer["title"]))
    return min(found) if found else None


def present_rows(outcome, mode):
    keys = {key for keys in outcome["figures"].get(mode, {}).values() for key in keys}
    if outcome["loaded"].get(mode):
        keys.add("loaded")
    return [row for row in ROWS if row[0] in keys]


def value_cell(outcome, mode, row, contender, peers):
    key = row[0]
    if key == "loaded" and contender["is_leat"]:
        medians = [median_of(figures_of(outcome, mode, key, contender["key"], peer["key"])) for peer in peers]
        medians = [value for value in medians if value is not None]
        if not medians:
            return "-"
        return number(min(medians)) if min(medians) == max(medians) else f"{number(min(medians))}-{number(max(medians))}"
    figures = figures_of(outcome, mode, key, contender["key"])
    text = number(median_of(figures))
    scaled = any("scaled" in figure["wrong"] for figure in figures)
    return ("~" if scaled else "") + text + (" !" if is_doubtful(figures, key) else "")


def value_table(outcome, mode):
    contenders = outcome["contenders"]
    peers = [c for c in contenders if not c["is_leat"]]
    table = [["", "unit"] + [c["title"] for c in contenders]]
    for row in present_rows(outcome, mode):
        table.append([row[1], row[2]] + [value_cell(outcome, mode, row, c, peers) for c in contenders])
    return table


def cpu_table(outcome, mode):
    """The server's processor time a request: it hardly moves when others are busy on the machine."""
    table = [["processor time of the server", "unit"] + [c["title"] for c in outcome["contenders"]]]
    for row in present_rows(outcome, mode):
        cells = []
        for contender in outcome["contenders"]:
            times = [figure.get("cpu_us") for figure in figures_of(outcome, mode, row[0], contender["key"])]
            times = [time for time in times if time is not None]
            cells.append(number(statistics.median(times)) if times and row[3] else "-")
        if set(cells) != {"-"}:
            table.append([row[1], "us/request"] + cells)
    return table


def ratio_cell(ratios):
    if not ratios:
        return "-"
    middle = statistics.median(ratios)
    if len(ratios) == 1:
        return f"{number(middle)}"
    return f"{number(middle)} ({number(min(ratios))}..{number(max(ratios))})"


def ratio_table(outcome, mode, leat):
    peers = [c for c in outcome["contenders"] if not c["is_leat"]]
    table = [["times better than"] + [p["title"] for p in peers] + ["the hardest", f"target {TARGET}"]]
    for row in present_rows(outcome, mode):
        verdict = verdict_of(outcome, mode, row, leat, peers)
        cells = [ratio_cell(ratios_of(outcome, mode, row, leat, p["key"])) for p in peers]
        judged = "-"
        if row[4] and verdict is not None:
            judged = ("met" if verdict[0] >= TARGET else "MISSED") if is_trusted(outcome) else "?"
        table.append([row[1]] + cells + [f"{number(verdict[0])}, {verdict[1]}" if verdict else "-", judged])
    return table


def wrong_lines(outcome):
    """What each contender did wrong, over all rounds of a mode."""
    titles = {c["key"]: c["title"] for c in outcome["contenders"]}
    lines = []

    def add(mode, who, name, figures):
        total, first = {}, ""
        for figure in figures:
            for fault, count in figure["wrong"].items():
                total[fault] = total.get(fault, 0) + count
            first = first or figure["first"]
        if total:
            counts = ", ".join(f"{count} {WORDS.get(fault, fault)}" for fault, count in total.items())
            lines.append(f"{titles.get(who, who)}, {mode}, {name}: {counts}" + (f" (the first: {first})" if first else ""))

    for mode in outcome["modes"]:
        for row in ROWS:
            for contender in outcome["contenders"]:
                who = contender["key"]
                if row[0] != "loaded":
                    add(mode, who, row[1], figures_of(outcome, mode, row[0], who))
                    continue
                for peer, found in outcome["loaded"].get(mode, {}).items():
                    if who in found:
                        beside = "" if who == peer else f" (at the rate of {titles.get(peer, peer)})"
                        add(mode, who, row[1] + beside, found[who])
    return lines


def rounds_of(outcome):
    """The fewest that a mode has; memory of slow servers is measured once."""
    return min((len(figures) for keys in outcome["figures"].values() for found in keys.values()
                for key, figures in found.items() if key != "queued"), default=0)


def hiccups_of(outcome):
    """The share of a spinning thread's time that went to others, before and between rounds."""
    return statistics.mean(outcome["hiccups"] or [0])


def is_trusted(outcome):
    return hiccups_of(outcome) <= HICCUPS_MAX and rounds_of(outcome) >= TRUSTED_ROUNDS


def notes(outcome):
    rounds, machine = rounds_of(outcome), outcome["machine"]
    lines = [f"{rounds} of {outcome['rounds']} rounds, {outcome['seconds']:g} s a run, {machine['processors']} "
             f"processors, {machine['system']}"]
    lines.append("leat: durable (sync), signatures verified. Peers: as they come, in memory. Medians over rounds; ratios "
                 "are taken within a round: median (least..most). !: something went wrong, see below; ~: scaled up.")
    if hiccups_of(outcome) > HICCUPS_MAX:
        lines.append(f"The machine was busy: {hiccups_of(outcome):.0%} of a spinning thread's time went to others. "
                     "No verdict rests on this.")
    if rounds < TRUSTED_ROUNDS:
        lines.append(f"Fewer than {TRUSTED_ROUNDS} rounds: a look, no verdict.")
    return lines


def text_table(table):
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]))]
    lines = ["  ".join(cell.ljust(widths[i]) if i == 0 else cell.rjust(widths[i]) for i, cell in enumerate(row)).rstrip()
             for row in table]
    return "\n".join([lines[0], "-" * max(len(line) for line in lines), *lines[1:]])


def markdown_table(table):
    def line(cells):
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    return "\n".join([line(table[0]), "|---" * len(table[0]) + "|", *(line(row) for row in table[1:])])


def render(outcome, table_of, heading, item):
    parts = ["\n".join(notes(outcome))]
    leats = [c for c in outcome["contenders"] if c["is_leat"]]
    for mode, about in outcome["modes"].items():
        parts.append(heading(f"{mode}: {about}"))
        parts.append(table_of(value_table(outcome, mode)))
        cpu = cpu_table(outcome, mode)
        if len(cpu) > 1:
            parts.append(table_of(cpu))
        if len(outcome["contenders"]) > len(leats):
            for leat in leats:
                parts.append(f"How many times better {leat['title']} is:")
                parts.append(table_of(ratio_table(outcome, mode, leat["key"])))
    lines = wrong_lines(outcome)
    if lines:
        parts.append("What went wrong:\n" + ("\n" if item else "") + "\n".join(item + line for line in lines))
    if outcome["skipped"]:
        parts.append("Skipped:\n" + ("\n" if item else "") +
                     "\n".join(f"{item}{peer['title']}: {peer['reason']}" for peer in outcome["skipped"].values()))
    return "\n\n".join(parts)


def text(outcome):
    return render(outcome, text_table, lambda line: f"== {line}", "")


def markdown(outcome):
    return render(outcome, markdown_table, lambda line: f"### {line}", "* ")
