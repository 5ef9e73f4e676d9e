"""Claims about the race: what it makes of figures, and what it leaves behind. LEATD and LEAT_BENCH name the programs."""
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.dont_write_bytecode = True

import contenders
import peers
import report

HERE = pathlib.Path(__file__).resolve().parent
LEATD, LEAT_BENCH = os.environ.get("LEATD"), os.environ.get("LEAT_BENCH")
RACE_SECONDS = 120


def figure(value, **wrong):
    return {"value": value, "wrong": wrong, "first": "because" if wrong else ""}


def outcome(figures, loaded=None, rounds=5):
    """Of leat and two peers in one mode. figures: contender -> operation -> list."""
    return {"machine": {"system": "test", "processors": 2}, "rounds": rounds, "seconds": 1, "hiccups": [0, 0],
            "modes": {"apart": "pinned"}, "skipped": {},
            "contenders": [{"key": "leat", "title": "leat", "is_leat": True},
                           {"key": "slow", "title": "Slow 1", "is_leat": False},
                           {"key": "quick", "title": "Quick 2", "is_leat": False}],
            "figures": {"apart": figures}, "loaded": {"apart": loaded or {}}}


def rates(leat, slow, quick):
    return {name: {"send": [figure(value) for value in values]}
            for name, values in (("leat", leat), ("slow", slow), ("quick", quick))}


def row(key):
    return next(row for row in report.ROWS if row[0] == key)


class Ratios(unittest.TestCase):
    def test_are_taken_within_a_round_before_their_median(self):
        race = outcome(rates([100, 200, 900], [10, 100, 100], [1, 1, 1]))
        self.assertEqual(report.ratios_of(race, "apart", row("send"), "leat", "slow"), [10, 2, 9])
        self.assertEqual(report.verdict_of(race, "apart", row("send"), "leat", [{"key": "slow", "title": "S"}]), (9, "S"))

    def test_of_latencies_are_above_one_when_leat_waits_less(self):
        race = outcome({"leat": {"wake": [figure(2)]}, "slow": {"wake": [figure(30)]}})
        self.assertEqual(report.ratios_of(race, "apart", row("wake"), "leat", "slow"), [15])

    def test_leave_out_rounds_without_both_figures(self):
        race = outcome(rates([100, None, 300], [10, 10, None], []))
        self.assertEqual(report.ratios_of(race, "apart", row("send"), "leat", "slow"), [10])

    def test_under_load_compare_leat_at_the_rate_of_that_peer(self):
        loaded = {"slow": {"slow": [figure(50)], "leat": [figure(5)]}, "quick": {"quick": [figure(8)], "leat": [figure(2)]}}
        race = outcome({}, loaded)
        self.assertEqual(report.ratios_of(race, "apart", row("loaded"), "leat", "slow"), [10])
        self.assertEqual(report.ratios_of(race, "apart", row("loaded"), "leat", "quick"), [4])


class Verdicts(unittest.TestCase):
    def judged(self, leat, slow, quick, rounds=5, hiccups=0):
        race = outcome(rates(leat * rounds, slow * rounds, quick * rounds))
        race["hiccups"] = [hiccups]
        table = report.ratio_table(race, "apart", "leat")
        return next(line for line in table if line[0] == "send")[-2:]

    def test_rest_on_the_hardest_peer(self):
        self.assertEqual(self.judged([1000], [10], [101]), ["9.9, Quick 2", "MISSED"])
        self.assertEqual(self.judged([1000], [10], [100]), ["10, Quick 2", "met"])

    def test_are_withheld_on_a_busy_machine_and_after_few_rounds(self):
        self.assertEqual(self.judged([1000], [10], [10], hiccups=0.03), ["100, Quick 2", "?"])
        self.assertEqual(self.judged([1000], [10], [10], rounds=4), ["100, Quick 2", "?"])

    def test_pass_over_a_peer_without_figures(self):
        self.assertEqual(self.judged([1000], [10], [None]), ["100, Slow 1", "met"])

    def test_are_withheld_without_any_figure(self):
        self.assertEqual(self.judged([1000], [None], [None]), ["-", "-"])


class Tables(unittest.TestCase):
    def shown(self, **wrong):
        race = outcome({"leat": {"send": [figure(100)]}, "slow": {"send": [figure(10, **wrong)]}, "quick": {}})
        return report.text(race)

    def test_show_processor_time_of_rates_only(self):
        race = outcome({"leat": {"send": [{**figure(100), "cpu_us": us} for us in (8, 9, 30)],
                                 "wake": [{**figure(1), "cpu_us": 5}]}})
        self.assertEqual([line[2] for line in report.cpu_table(race, "apart")[1:]], ["9"])

    def test_mark_what_went_wrong_and_tell_it(self):
        text = self.shown(lost=3)
        self.assertIn("10 !", text)
        self.assertIn("Slow 1, apart, send: 3 missing after 6 s (the first: because)", text)

    def test_tell_duplicates_of_standard_queues_without_a_mark(self):
        text = self.shown(duplicates=3)
        self.assertNotIn(" !\n", text.split("How many times")[0])
        self.assertIn("3 duplicates", text)

    def test_show_who_was_skipped_and_why(self):
        race = outcome(rates([1], [1], [1]))
        race["skipped"] = {"gone": {"title": "Gone 3", "reason": "no java on this machine"}}
        for shown in (report.text(race), report.markdown(race)):
            self.assertIn("Gone 3: no java on this machine", shown)

    def test_say_when_the_machine_was_busy(self):
        race = outcome(rates([1], [1], [1]))
        race["hiccups"] = [0.2, 0.4]
        self.assertIn("The machine was busy: 30%", report.text(race))

    def test_of_fewer_rounds_than_planned_say_so(self):
        text = report.text(outcome(rates([1, 1], [1, 1], [1, 1])))
        self.assertIn("2 of 5 rounds", text)
        self.assertIn("no verdict", text)

    def test_of_markdown_have_as_many_cells_in_every_line(self):
        lines = [line for line in report.markdown(outcome(rates([1], [2], [3]))).splitlines() if line.startswith("|")]
        tables = [line.count("|") for line in lines]
        self.assertEqual(set(tables), {6})

    def test_shorten_numbers(self):
        for value, text in ((None, "-"), (0.1234, "0.123"), (9.96, "9.96"), (123.4, "123"), (4321, "4.3 k"),
                            (98765, "99 k")):
            self.assertEqual(report.number(value), text)


class Peers(unittest.TestCase):
    def test_are_pinned_by_version_and_name_no_address(self):
        for path in (HERE / "peers").rglob("*"):
            if not path.is_file():
                continue
            text = path.read_text()
            if path.name == "requirements.txt":
                self.assertFalse([line for line in text.splitlines() if "==" not in line], path)
            addresses = [word for word in text.split() if "://" in word and "maven.apache.org/POM" not in word]
            self.assertEqual(addresses, [], path)

    def test_show_the_version_that_is_pinned(self):
        known, _ = peers.all_peers("")
        pins = {"elasticmq": ("pom.xml", "<version>{}</version>"), "goaws": ("go.mod", "goaws v{}"),
                "moto": ("requirements.txt", "moto=={}"), "localstack": ("requirements.txt", "localstack-core=={}")}
        self.assertEqual(set(known), set(pins))
        for key, (name, form) in pins.items():
            self.assertIn(form.format(known[key].version), (HERE / "peers" / key / name).read_text())

    def test_are_skipped_when_they_are_not_there_and_nothing_is_to_be_installed(self):
        known, _ = peers.all_peers("")
        with tempfile.TemporaryDirectory() as cache:
            for peer in known.values():
                with self.assertRaises(contenders.Failed):
                    peer.prepare(cache, False)


@unittest.skipUnless(LEATD and LEAT_BENCH and os.access(LEATD, os.X_OK), "no leatd")
class Races(unittest.TestCase):
    def command(self, *arguments):
        return [sys.executable, "-B", str(HERE / "race.py"), "--leatd", LEATD, "--leat-bench", LEAT_BENCH, "--peers",
                "leatd", "--rounds", "1", "--seconds", "0.1", "--queued", "1000", *arguments]

    def leftovers(self):
        return set(pathlib.Path(LEATD).parent.glob("race-*"))

    def test_of_leatd_against_itself_have_every_figure(self):
        before = self.leftovers()
        with tempfile.TemporaryDirectory() as place:
            file = pathlib.Path(place) / "race.json"
            done = subprocess.run(self.command("--modes", "apart", "--json", str(file)), capture_output=True, text=True,
                                  timeout=RACE_SECONDS)
            self.assertEqual(done.returncode, 0, done.stderr)
            race = json.loads(file.read_text())
        empty = []
        self.assertEqual([c["key"] for c in race["contenders"]], ["leat", "leat-memory", "leatd"])
        for who, found in race["figures"]["apart"].items():
            self.assertEqual(set(found), {row[0] for row in report.ROWS} - {"loaded"}, who)
            for key, figures in found.items():
                self.assertEqual(len(figures), 1)
                self.assertFalse({"failed", "dead", "lost"} & set(figures[0]["wrong"]), (who, key, figures[0]))
                if figures[0]["value"] is None:
                    empty.append(key)
        # A slow machine (or a build with sanitizers) may now and then not answer once in so short a time.
        self.assertLess(len(empty), len(report.ROWS), empty)
        self.assertEqual(set(race["loaded"]["apart"]["leatd"]), {"leat", "leat-memory", "leatd"})
        for title in ("leat, memory", "send at 70 %", "exec to first call"):
            self.assertIn(title, done.stdout)
        self.assertEqual(self.leftovers() - before, set())

    def test_that_are_interrupted_leave_nothing_behind(self):
        before = self.leftovers()
        race = subprocess.Popen(self.command("--modes", "sharing"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                preexec_fn=be_interruptible)
        try:
            deadline = time.monotonic() + RACE_SECONDS
            while not (servers := children_of(race.pid)) and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertTrue(servers)
            race.send_signal(signal.SIGINT)
            self.assertEqual(race.wait(RACE_SECONDS), 130)
        finally:
            race.kill()
            race.wait()
        for server in servers:
            self.assertFalse(os.path.exists(f"/proc/{server}"))
        self.assertEqual(self.leftovers() - before, set())


def be_interruptible():
    """Scripts start what is in the background with SIGINT ignored, and Python leaves that so."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


def children_of(pid):
    try:
        return [int(word) for word in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


if __name__ == "__main__":
    unittest.main(verbosity=2)
