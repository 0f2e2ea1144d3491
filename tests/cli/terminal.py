#!/usr/bin/python3
"""The commands on a terminal: width, colour, progress, what must be typed."""
import re
import unittest

import tap
from server import FSCONSOLE
from shell import StoreCase, run
from tui import Tui


# Without the user's own settings.
OWN = {"HOME": "/nonexistent", "NO_COLOR": None, "FSCONSOLE_URI": None,
       "XDG_CONFIG_HOME": None, "REDISCLI_AUTH": None, "VALKEYCLI_AUTH": None}


class OnTerminal(StoreCase):
    def tui(self, *args, cols=80, rows=24, env=(), term="xterm-256color"):
        t = Tui(["env", *env, FSCONSOLE, "-s", self.server.path,
                 *map(str, args)], cols=cols, rows=rows, term=term, env=OWN)
        self.addCleanup(t.close)
        return t

    def ended(self, t, status=0):
        self.assertEqual(t.wait_exit(), status, t.text())
        self.assertEqual(t.left_behind(), [])


class Look(OnTerminal):
    def setUp(self):
        super().setUp()
        self.hset("u1", {"country_iso": "US", "tx_count_5m": "3",
                         "last_device_id": "d" * 500,
                         "session_country": "\x1b[2J\u4e2d" * 30},
                  field_ttl={"tx_count_5m": 100})

    def test_no_row_is_wider_than_the_terminal(self):
        for cols in (80, 60, 200):
            with self.subTest(cols=cols):
                t = self.tui("inspect", "u1", cols=cols, rows=40)
                self.ended(t)
                rows = [l for l in t.lines() if l.startswith("streaming")]
                self.assertEqual(len(rows), 5)
                self.assertNotIn(b"\x1b[2J", t.raw)
                self.assertIn("…", t.line("^streaming  last_device_id"))

    def test_columns_line_up(self):
        t = self.tui("read", "u1", "country_iso", "session_country",
                     "tx_count_5m")
        self.ended(t)
        rows = t.lines()[1:4]
        # A wide character is one of two columns here.
        rows = [row.replace("\u4e2d", "--") for row in rows]
        ends = {re.search(r"no TTL|1m\d+s", row).end() for row in rows}
        self.assertEqual(len(ends), 1, rows)

    def colors(self, *args, **more):
        t = self.tui(*args, "read", "u1", **more)
        self.ended(t)
        return bool(re.search(rb"\x1b\[\d+m", t.raw))

    def test_colour(self):
        self.assertTrue(self.colors())
        self.assertFalse(self.colors(env=["NO_COLOR=1"]))
        self.assertTrue(self.colors("--color", "always",
                                    env=["NO_COLOR=1"]))
        self.assertFalse(self.colors("--color=never"))
        self.assertFalse(self.colors(term="dumb"))
        self.assertNotIn("\x1b", self.ok("read", "u1").out)
        self.assertIn("\x1b[31m", self.ok("--color=always", "read", "u1").out)

    def test_ascii(self):
        for args, env in (["--ascii"], []), ([], ["LC_ALL=C"]):
            t = self.tui(*args, "inspect", "u1", env=env)
            self.ended(t)
            self.assertTrue(all(b < 0x80 for b in t.raw))
            self.assertIn("~", t.line("last_device_id"))

    def test_csv_rows(self):
        t = self.tui("batch-read", "u1", "--rows", "csv", cols=200)
        self.ended(t)
        self.assertNotIn(b"\x1b[2J", t.raw)


class Typed(OnTerminal):
    def setUp(self):
        super().setUp()
        for n in range(3):
            self.hset(f"u{n}", {"country_iso": "US", "tx_count_5m": "1"})

    def test_reset(self):
        t = self.tui("reset")
        t.expect(r"would delete 3 entities")
        t.expect(r"Type the prefix fs:user: to go on:$")
        self.assertEqual(len(self.ids()), 3)
        t.send("fs:user:<enter>")
        self.ended(t)
        self.assertEqual(self.ids(), [])
        t.expect(r"^deleted 3 entities$")

    def test_something_else(self):
        for keys in ("y<enter>", "<enter>", "fs:user<enter>", "<c-d>"):
            with self.subTest(keys=keys):
                t = self.tui("reset")
                t.expect(r"to go on:$")
                t.send(keys)
                self.ended(t, 1)
                self.assertEqual(len(self.ids()), 3)
                t.expect("nothing changed")

    def test_interrupted(self):
        t = self.tui("reset")
        t.expect(r"to go on:$")
        t.send("<c-c>")
        self.ended(t, 130)
        self.assertEqual(len(self.ids()), 3)

    def test_repair(self):
        t = self.tui("repair")
        t.expect(r"3 leaks, 0 keys without TTL, 0 orphans")
        t.send("fs:user:<enter>")
        self.ended(t)
        t.expect(r"repaired 3, deleted 0$")
        self.assertGreater(self.field_ttl("u1", "tx_count_5m"), 0)

    def test_yes_and_dry_run_do_not_ask(self):
        t = self.tui("reset", "--dry-run")
        self.ended(t)
        self.assertEqual(len(self.ids()), 3)
        t = self.tui("reset", "--yes")
        self.ended(t)
        self.assertEqual(self.ids(), [])
        self.assertNotIn(b"Type", t.raw)

    def test_read_only_does_not_ask(self):
        t = self.tui("--read-only", "reset")
        self.ended(t, 2)
        self.assertNotIn(b"Type", t.raw)


class Progress(OnTerminal):
    def test_long_work(self):
        t = self.tui("bulk-load", "--count", 2000, "--rate", 1000)
        t.expect(r"bulk-load: [\d,]+ of 2,000, \d+%, [\d.]+k?/s, \ds left$")
        self.ended(t)
        # It is gone when the result stands there.
        self.assertRegex(t.text(), r"\Aloaded 2,000 entities, ")

    def test_a_sample_that_is_drawn(self):
        """Of a small store all is walked over first, here in two seconds."""
        self.r.many([["HSET", self.key(f"u{n}"), "country_iso", "DE"]
                     for n in range(1000)])
        for args, name in ((["batch-read", "--count", 900], "batch-read"),
                           (["schema", "--infer", "--sample", 900],
                            "schema")):
            with self.subTest(args=args):
                t = self.tui(*args, "--rate", 50)
                t.expect(rf"{name}: drawing the sample, \d+%$")
                t.send("<c-c>")
                self.ended(t, 130)

    def test_not_in_a_file(self):
        result = self.ok("bulk-load", "--count", 2000, "--rate", 1000)
        self.assertEqual(result.err, "")

    def test_short_work_shows_none(self):
        t = self.tui("bulk-load", "--count", 100)
        self.ended(t)
        self.assertNotIn(b"left", t.raw)


class HelpOnTerminal(unittest.TestCase):
    def test_help(self):
        with Tui([FSCONSOLE, "--help"], rows=120, env=OWN) as t:
            self.assertEqual(t.wait_exit(), 0)
            self.assertEqual([l for l in t.text().splitlines() if l],
                             [l for l in run("--help").out.splitlines() if l])


if __name__ == "__main__":
    tap.main()
