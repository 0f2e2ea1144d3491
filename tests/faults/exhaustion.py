#!/usr/bin/python3
"""Nothing left: kinds 129 and 130 of tests/FAULTS.md, memory and descriptors.

tests/faults/starved is the program with an allocator that fails on purpose.
Every allocation that a command makes is one that fails here, once alone and
once with all after it: one in so many in make check, each in make sweep.
"""
import concurrent.futures
import json
import os
import random
import re
import resource
import signal
import tempfile

import tap
from fault import Case, Running
from resp import Resp
from server import FSCONSOLE, Server, Tls, folder
from tui import Tui

STARVED = os.path.join(os.path.dirname(FSCONSOLE), "tests", "faults",
                       "starved")
SWEEP = bool(os.environ.get("FS_TEST_SWEEP"))
RUNS = 1 << 30 if SWEEP else int(28 / tap.SLOWNESS ** 0.5)
MESSAGE = (r"(?s)\A(?!.*fsconsole:.*fsconsole:)(.*\n)?"
           r"fsconsole: (.*: )?(?i:out of memory|cannot allocate memory"
           r"|no thread could be started.*)\n\Z")
# Of one failure among many libc and OpenSSL may keep the reason to themselves.
THEIR_OWN = r"\Afsconsole: (connect [^\n]*|TLS): [^\n]+\n\Z"
ROWS = "entity,country_iso,age\n" + "".join(
    f"u{i:04},DE,{i}\n" for i in range(1, 10))

# Libraries that fail leave things behind, and to look for them takes files.
NO_LEAKS = {"ASAN_OPTIONS": "detect_leaks=0"}

# Without memory for its first steps curses itself ends the program.
CURSES_ENDS = (1, -signal.SIGSEGV)


def shape(value):
    """A JSON document without its numbers, which differ from run to run."""
    if isinstance(value, dict):
        return {k: shape(v) for k, v in value.items()}
    if isinstance(value, list):
        # Of entities there is a sample, in no order.
        return sorted((shape(v) for v in value), key=str)
    return value if isinstance(value, (str, bool)) else None


def numbers(count):
    """Which allocations fail: all, or as many as there is time for."""
    if count <= RUNS:
        return range(1, count + 1)
    step = count / RUNS
    # Not the same in each run; a failure tells its number.
    return sorted({int(i * step + random.random() * step) + 1
                   for i in range(RUNS)})


class Memory(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(tcp=True)
        cls.addClassCleanup(cls.server.stop)
        cls.rows = os.path.join(folder(), "rows.csv")
        with open(cls.rows, "w", encoding="ascii") as f:
            f.write(ROWS)
        cls.fill(cls.server)

    @staticmethod
    def fill(server):
        r = server.client()
        for i in range(1, 10):
            r("HSET", f"fs:user:u{i:04}", "country_iso", "DE", "age", i,
              "tx_count_5m", 3)
            r("EXPIRE", f"fs:user:u{i:04}", 3600)
            r("HEXPIRE", f"fs:user:u{i:04}", 300, "FIELDS", 1, "tx_count_5m")

    def starve(self, args, n, **how):
        return Running(args, env={**NO_LEAKS, "FS_STARVE": str(n), **how},
                       program=STARVED).wait()

    def sweep(self, args, check=None):
        """args, a list or made from a prefix, with each allocation failing."""
        make = args if callable(args) else lambda _: args
        with tempfile.NamedTemporaryFile() as f:
            whole = self.starve(make("all:"), 0, FS_STARVE_COUNT=f.name)
            self.assertEqual(whole.status, 0, whole)
            count = int(f.read())
        self.assertGreater(count, 20)

        def one(n):
            prefix = f"{n}:"
            args = make(prefix)
            r = self.starve(args, n)
            self.ended_well(r, args, n, whole)
            if check:
                check(r, prefix)
            return r.status

        which = [f"{n}{how}" for n in numbers(count) for how in ("", "+")]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(one, which))
        print(f"{args if isinstance(args, list) else make('N:')}: {count} "
              f"allocations, {len(which)} runs, "
              f"{sum(s == 3 for s in statuses)} ended for it")
        self.assertIn(3, statuses)

    def ended_well(self, r, args, n, whole):
        # A sanitizer needs memory for a new thread itself.
        if "Sanitizer: CHECK failed" in r.err:
            return
        with self.subTest(fails=n):
            self.is_clean(r)
            if r.status == 3:
                # It may have been at the very end.
                if n.endswith("+") or not re.search(THEIR_OWN, r.err):
                    self.assertRegex(r.err, MESSAGE, r)
                return
            # What failed was not needed.
            self.assertEqual(r.status, whole.status, r)
            self.assertNotIn("fsconsole: ", r.err, r)
            self.assertEqual(len(r.out.splitlines()),
                             len(whole.out.splitlines()), r)
            if "--json" in args:
                self.assertEqual(shape(r.json), shape(whole.json), r)

    def test_129_schema(self):
        self.sweep(["schema", "--json"])

    def test_129_state(self):
        self.sweep(["-u", self.server.uri, "state", "--json"])

    def test_129_read(self):
        self.sweep([*self.server.address, "read", "u0001", "--json"])

    def test_129_batch_read(self):
        self.sweep([*self.server.address, "batch-read", "u0001", "u0002",
                    "u0003", "--rows", "ndjson"])

    def test_129_audit(self):
        self.sweep([*self.server.address, "audit", "--json"])

    def test_129_bulk_load(self):
        def claims(result, prefix):
            with Resp(self.server.path) as r:
                there = r("KEYS", prefix + "*")
            found = re.search(r'"loaded": *(\d+)', result.out)
            claimed = int(found[1]) if found else 0
            self.assertLessEqual(claimed, len(there), result)
            if result.status == 0:
                self.assertEqual(claimed, 9, result)

        self.sweep(lambda prefix: [
            *self.server.address, "--prefix", prefix, "bulk-load", "--from",
            self.rows, "--format", "csv", "--id", "entity", "--json"], claims)

    def test_129_tls(self):
        with Server(tls=Tls()) as s:
            self.sweep([*s.address, "state", "--json"])

    def test_129_one_screen(self):
        self.sweep([*self.server.address, "--once"])

    def test_129_console(self):
        """It ends with the terminal as it was, and says why."""
        theirs, which = 0, numbers(600)[::1 if SWEEP else 3]
        for n in which:
            with self.subTest(fails=n), Tui(
                    [STARVED, *self.server.address],
                    env={**NO_LEAKS, "FS_STARVE": f"{n}+"}) as t:
                status = t.wait_exit()
                self.assertEqual(t.left_behind(), [])
                if status in CURSES_ENDS and b"\x1b[?1049h" not in t.raw:
                    theirs += 1
                    continue
                self.assertEqual(status, 3)
                self.assertRegex(t.text(), "fsconsole: (out of memory|no th)")
        print(f"{len(which)} runs, {theirs} ended by curses before it "
              f"touched the terminal")
        self.assertLess(theirs, len(which) / 2)


# Below this the loader of shared libraries ends it.
LIMITS = range(4, 17)
TOO_MANY = r"(?i)too many open files"


class Descriptors(Case):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(tcp=True)
        cls.addClassCleanup(cls.server.stop)
        cls.server.client()("HSET", "fs:user:u0001", "country_iso", "DE")
        cls.rows = os.path.join(folder(), "rows.csv")
        with open(cls.rows, "w", encoding="ascii") as f:
            f.write(ROWS)

    def limited(self, args, pattern=TOO_MANY, statuses=(3,), enough=True):
        """With each limit it works or says what is missing."""
        def one(n):
            return n, Running(
                args, env=NO_LEAKS, before=lambda: resource.setrlimit(
                    resource.RLIMIT_NOFILE, (n, n))).wait()

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for n, r in pool.map(one, LIMITS):
                with self.subTest(limit=n):
                    self.is_clean(r)
                    if r.status != 0:
                        self.assertIn(r.status, statuses, r)
                        self.one_line(r, pattern)
                    # No command needs more.
                    self.assertTrue(r.status == 0 or n < 16 or not enough, r)

    def test_130_read(self):
        self.limited([*self.server.address, "read", "u0001"])

    def test_130_by_name(self):
        self.limited(["-h", "localhost", "-p", self.server.port, "read",
                      "u0001"])

    def test_130_tls(self):
        with Server(tls=Tls()) as s:
            self.limited([*s.address, "state"])

    def test_130_bulk_load(self):
        # The file may be what cannot be opened.
        self.limited([*self.server.address, "bulk-load", "--from", self.rows,
                      "--id", "entity"], statuses=(1, 3))

    def test_130_one_screen(self):
        self.limited([*self.server.address, "--timeout", "1s",
                      "--connect-timeout", "1s", "--once"],
                     TOO_MANY + "|did not answer in time")

    def test_130_demo(self):
        # Its server has its own words, and needs more than all this.
        self.limited(["--demo", "state"], "--demo: ", enough=False)

    def test_130_console(self):
        for n in LIMITS:
            with self.subTest(limit=n), Tui(
                    ["sh", "-c", f'ulimit -n {n}; exec "$@"', "sh", FSCONSOLE,
                     *self.server.address],
                    env=NO_LEAKS) as t:
                t.wait_until(lambda: not t.alive() or "READ-ONLY" in t.text())
                if t.alive():
                    before = cpu_seconds(t.pid)
                    t.written_in(0.5)
                    self.assertLess(cpu_seconds(t.pid) - before, 0.4)
                    t.send("q")
                    self.assertEqual(t.wait_exit(), 0)
                else:
                    self.assertEqual(t.wait_exit(), 3)
                    self.assertRegex(t.text(), TOO_MANY)
                self.assertEqual(t.left_behind(), [])


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as f:
        words = f.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    tap.main()
