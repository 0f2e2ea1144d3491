#!/usr/bin/python3
"""What the writing commands write, against what a direct client finds."""
import json
import os
import re
import signal
import tempfile
import time
import unittest

import tap
from fault import RSS_MIB, Running
from server import folder, on_both, wait
from shell import BATCH, STREAMING, OddStore, StoreCase, popen


@on_both
class BulkLoad(StoreCase):
    def test_made_up(self):
        said = self.json("bulk-load")
        self.assertEqual(set(said), {"loaded", "rejected", "fields",
                                     "ttl_seconds", "elapsed_ms",
                                     "entities_per_second"})
        self.assertEqual((said["loaded"], said["rejected"], said["fields"],
                          said["ttl_seconds"]), (200, 0, 1200, 86400))
        self.assertAlmostEqual(said["entities_per_second"],
                               200000 / said["elapsed_ms"], delta=1000)
        self.assertEqual(self.ids(), [b"u%04d" % n for n in range(1, 201)])
        for entity in self.ids():
            self.assertEqual(sorted(self.fields(entity)),
                             sorted(n.encode() for n in BATCH))
            self.assertAlmostEqual(self.r("TTL", self.key(entity)), 86400,
                                   delta=60)

    def test_seed_count_and_ttl(self):
        self.ok("bulk-load", "--count", 5, "--seed", 7, "--ttl", "36h")
        first = {i: self.fields(i) for i in self.ids()}
        self.assertEqual(len(first), 5)
        self.assertAlmostEqual(self.r("TTL", self.key("u0001")), 129600,
                               delta=60)
        self.r("FLUSHALL")
        self.ok("bulk-load", "--count", 5, "--seed", 7)
        self.assertEqual({i: self.fields(i) for i in self.ids()}, first)
        self.ok("bulk-load", "--count", 5, "--seed", 8)
        self.assertNotEqual({i: self.fields(i) for i in self.ids()}, first)

    def test_text(self):
        self.assertRegex(
            self.ok("bulk-load", "--count", 1).out,
            r"^loaded 1 entity, 6 fields; TTL 24h; [0-9.]+ m?s, "
            r"[0-9.]+k? entities/s\n$")

    def test_csv(self):
        rows = ("user,country_iso,tx_count_7d,unknown\r\n"
                '"a\nb",US,14,x\r\n'
                'c,,"0",\r\n'
                "d,\"\",-3,\"q\"\"\"\r\n")
        said = self.json("bulk-load", "--from", "-", "--format", "csv",
                         "--id", "user", stdin=rows)
        self.assertEqual((said["loaded"], said["rejected"], said["fields"]),
                         (3, 0, 7))
        self.assertEqual(self.fields("a\nb"), {
            b"country_iso": b"US", b"tx_count_7d": b"14", b"unknown": b"x"})
        self.assertEqual(self.fields("c"), {b"tx_count_7d": b"0"})
        self.assertEqual(self.fields("d"), {
            b"country_iso": b"", b"tx_count_7d": b"-3", b"unknown": b'q"'})

    def test_bad_rows(self):
        rows = ["entity,tx_count_7d"]
        rows += [f"u{n}," + ("1" if n % 2 else "x\x1b[31m")
                 for n in range(60)]
        result = self.run_("--json", "bulk-load", "--from", "-", "--format",
                           "csv", stdin="\n".join(rows) + "\n")
        self.assertEqual(result.status, 1)
        self.assertEqual((result.json["loaded"], result.json["rejected"]),
                         (30, 30))
        said = result.err.splitlines()
        self.assertEqual(len(said), 21)
        self.assertEqual(said[0], "fsconsole: stdin:2: tx_count_7d: "
                         "'x\\e[31m' is not an int64 (byte 19)")
        self.assertRegex(said[19], r"^fsconsole: stdin:40: .* \(byte 332\)$")
        self.assertEqual(said[20],
                         "fsconsole: stdin: 10 more rows like these")
        self.assertNotIn("\x1b", result.err)

    def test_strict(self):
        rows = "entity,tx_count_7d\na,1\nb,x\nc,3\n"
        result = self.run_("bulk-load", "--from", "-", "--format", "csv",
                           "--strict", stdin=rows)
        self.assertEqual(result.status, 1)
        self.assertIn("fsconsole: stdin:3: ", result.err)
        self.assertEqual(self.ids(), [b"a"])

    def test_no_such_file(self):
        result = self.run_("bulk-load", "--from", "/nonexistent/x.csv")
        self.assertEqual((result.status, result.out), (1, ""))
        self.assertEqual(result.err.count("\n"), 1)
        self.assertIn("/nonexistent/x.csv", result.err)

    def test_nothing_is_waited_for_at_the_end(self):
        empty = os.path.join(folder(), "none.ndjson")
        open(empty, "w").close()
        for args in (["bulk-load", "--count", 0],
                     ["bulk-load", "--from", empty],
                     ["stream", "--from", empty]):
            with self.subTest(args=args):
                # It was 100 ms each time.
                took = [self.ok("--json", *args).json["elapsed_ms"]
                        for _ in range(5)]
                self.assertLess(min(took), 90)

    def test_cancelled(self):
        """What is acknowledged is said, and is there."""
        with popen("-s", self.server.path, "--json", "bulk-load", "--from",
                   "-") as p:
            for n in range(1000):
                p.stdin.write(b'{"entity":"u%d","features":{"a":1}}\n' % n)
            p.stdin.flush()
            wait(lambda: self.r("DBSIZE") == 1000, 10, "the rows")
            p.send_signal(signal.SIGINT)
            # Not communicate(), which would end its input.
            self.assertEqual(p.wait(10 * tap.SLOWNESS), 130)
            said = json.loads(p.stdout.read())
            self.assertEqual(said["loaded"], 1000)
            self.assertIn(b"1000 entities are acknowledged", p.stderr.read())


    def connections(self):
        return int(self.r.info("stats")["total_connections_received"])

    def test_cancelled_while_nobody_writes(self):
        path = os.path.join(folder(), "rows.csv")
        os.mkfifo(path)
        before = self.connections()
        with popen("-s", self.server.path, "bulk-load", "--from", path) as p:
            wait(lambda: self.connections() > before, 10, "the connection")
            p.send_signal(signal.SIGINT)
            self.assertEqual(p.wait(10 * tap.SLOWNESS), 130)
            self.assertNotIn(b"given up", p.stderr.read())

    def test_over_what_is_no_hash(self):
        """Whose expiry is set with the first alone, and that is told."""
        for i in (0, 4000, 4999):
            self.r("SET", self.key(f"u{i}"), "x")
        rows = "entity,country_iso\n" + "".join(
            f"u{i},DE\n" for i in range(5000))
        result = self.run_("bulk-load", "--from", "-", "--format", "csv",
                           "--id", "entity", "--json", stdin=rows)
        self.assertEqual(result.status, 1, result)
        self.assertEqual(result.json["loaded"], 4997)
        self.assertRegex(result.err, r"u0: its time to live was set all the "
                         "same: .*WRONGTYPE")
        self.assertEqual(result.err.count("all the same"), 2)   # and summary
        self.assertNotIn("(byte", result.err)
        for i in (4000, 4999):
            self.assertIn(f"u{i}: ", result.err)
            self.assertEqual(self.r("TTL", self.key(f"u{i}")), -1)
        for i in (1, 3999, 4998):
            self.assertGreater(self.r("TTL", self.key(f"u{i}")), 86000)

class Million(StoreCase):
    ROWS, BAD = 1000000, 100001

    def test_a_million_rows_and_a_bad_one(self):
        """It is named; the rest is loaded, or --strict stops there."""
        path = os.path.join(folder(), "rows.csv")
        row = "u%03d,%s\n"
        with open(path, "w", encoding="ascii") as f:
            f.write("entity,tx_count_7d\n")
            f.writelines(row % (n % 1000, "x" if n == self.BAD else 5)
                         for n in range(1, self.ROWS + 1))
        load = ["-s", self.server.path, "--json", "bulk-load", "--from", path]
        running = Running(load, limit=60), Running([*load, "--strict"],
                                                   limit=60)
        whole, strict = (p.wait() for p in running)
        said = (f"fsconsole: {path}:{self.BAD + 1}: tx_count_7d: 'x' is not "
                f"an int64 (byte {19 + 7 * (self.BAD - 1)})\n")
        for r, loaded in (whole, self.ROWS - 1), (strict, self.BAD - 1):
            self.assertEqual(r.status, 1, r)
            self.assertEqual((r.json["loaded"], r.json["rejected"]),
                             (loaded, 1))
            self.assertLess(r.rss, RSS_MIB)
            self.assertTrue(r.err.startswith(said), r)
        self.assertEqual(whole.err, said)
        self.assertIn(f"stopped at the first bad row, line {self.BAD + 1}",
                      strict.err)


@on_both
class Set(StoreCase):
    def test_classes(self):
        self.hset("u1", {"country_iso": "US"}, ttl=1000)
        said = self.json("set", "u1", "risk_segment=low", "tx_count_5m=3",
                         "own=a=b")
        self.assertEqual(said, {"written": 3})
        self.assertEqual(self.fields("u1"), {
            b"country_iso": b"US", b"risk_segment": b"low",
            b"tx_count_5m": b"3", b"own": b"a=b"})
        self.assertAlmostEqual(self.r("TTL", self.key("u1")), 1000, delta=5)
        self.assertEqual(self.field_ttl("u1", "risk_segment"), -1)
        self.assertEqual(self.field_ttl("u1", "own"), -1)
        self.assertAlmostEqual(self.field_ttl("u1", "tx_count_5m"), 300,
                               delta=5)

    def test_odd_bytes(self):
        self.hset(b"\xff", {"a": 1})
        self.ok("set", b"\xff", b"\xfe\n=\x80", "country_iso=")
        self.assertEqual(self.fields(b"\xff"), {
            b"a": b"1", b"\xfe\n": b"\x80", b"country_iso": b""})

    def test_what_may_be_a_mistake_is_told(self):
        self.hset("u1", {"country_iso": "US", "risk_segment": "low"})
        self.assertEqual(self.ok("set", "u1", "country_iso=DE").out,
                         "written 1 feature\n")
        self.assertEqual(
            self.ok("set", "u1", "contry_iso=DE", "tx_count_5m=1").out,
            "written 2 features\ncontry_iso: not in the schema, and without "
            "a time to live of its own\n")
        self.assertEqual(
            self.ok("set", "ul", "country_iso=DE").out,
            "written 1 feature\nthe entity is new, or held nothing else\n"
            "its key has no time to live\n")
        self.assertEqual(self.json("set", "u3", "x=1"), {"written": 1})

    def test_not_a_hash(self):
        self.r("SET", self.key("s"), "x")
        result = self.run_("set", "s", "country_iso=US")
        self.assertIn(result.status, (1, 3))
        self.assertEqual(result.out, "")
        self.assertEqual(self.r("GET", self.key("s")), b"x")


@on_both
class Delete(OddStore):
    def test_delete(self):
        said = self.json("delete", "u1", b"\xff\xfe")
        self.assertEqual(said, {"deleted": 2})
        self.assertEqual(len(self.ids()), 3)

    def test_missing_and_not_hashes(self):
        result = self.run_("--json", "delete", "nobody", "string", "u1")
        self.assertEqual(result.status, 1)
        self.assertEqual(result.json, {"deleted": 1})
        self.assertEqual(self.r("GET", self.key("string")), b"x")


@on_both
class Reset(OddStore):
    def test_dry_run(self):
        said = self.json("reset", "--dry-run")
        self.assertEqual(said, {"would_delete": 5})
        self.assertEqual(len(self.ids()), 5)
        self.assertEqual(self.ok("reset", "--dry-run").out,
                         "would delete 5 entities, 2 keys left alone that "
                         "are no hashes\n")

    def test_yes(self):
        left = {key for key in self.r("KEYS", "*")
                if key not in map(self.key, self.ids())}
        self.assertEqual(self.json("reset", "--yes"), {"deleted": 5})
        self.assertEqual(self.ids(), [])
        self.assertEqual(set(self.r("KEYS", "*")), left)
        self.assertEqual(self.json("reset", "--yes"), {"deleted": 0})


@on_both
class Cancelled(StoreCase):
    """What deletes and mends, and Ctrl-C."""

    def stop(self, calls, *args):
        """Ctrl-C once the server has had so many calls of a command."""
        self.r("CONFIG", "RESETSTAT")
        with popen("-s", self.server.path, "--json", *args) as p:
            name, least = calls
            wait(lambda: self.r.calls().get(name, 0) >= least, 20, name)
            p.send_signal(signal.SIGINT)
            out, _ = p.communicate(timeout=20 * tap.SLOWNESS)
            self.assertEqual(p.returncode, 130)
        return json.loads(out) if out else None

    def fill(self, n, *fields):
        self.r.many([["HSET", self.key(f"u{i:05d}"), *fields]
                     for i in range(n)])

    def test_reset_tells_all_that_it_deleted(self):
        for _ in range(3):
            self.fill(30000, "country_iso", "US")
            said = self.stop(("unlink", 1000), "reset", "--yes")
            self.assertEqual(said["deleted"], 30000 - self.r("DBSIZE"))
            self.assertGreater(self.r("DBSIZE"), 0)

    def test_repair_tells_all_that_it_mended(self):
        self.fill(30000, "tx_count_5m", "1", "country_iso", "US")
        said = self.stop(("hpexpire", 1000), "repair", "--yes")
        calls = self.r.calls()
        self.assertEqual(said["repaired"],
                         calls["hpexpire"] + calls["pexpire"])
        self.assertLess(said["repaired"], 60000)

    def test_in_a_pause(self):
        self.fill(300, "country_iso", "US")
        self.stop(("scan", 1), "reset", "--dry-run", "--rate", "1")


@on_both
class Repair(StoreCase):
    def setUp(self):
        super().setUp()
        for n in range(3):
            self.hset(f"good{n}", {"country_iso": "US", "tx_count_5m": "1"},
                      field_ttl={"tx_count_5m": 100})
        self.hset("leak", {"country_iso": "US", "tx_count_5m": b"\xff"})
        self.hset("forever", {"country_iso": "US"}, ttl=0)
        self.hset("orphan", {"tx_count_5m": "1"},
                  field_ttl={"tx_count_5m": 100})
        self.r("SET", self.key("string"), "x")
        self.values = {i: self.fields(i) for i in self.ids()}

    def test_dry_run_changes_nothing(self):
        said = self.json("repair", "--dry-run")
        self.assertEqual(said, {"leaks": 1, "keys_without_ttl": 1,
                                "orphans": 1, "repaired": 0, "deleted": 0})
        self.assertEqual(self.field_ttl("leak", "tx_count_5m"), -1)
        self.assertEqual(self.r("TTL", self.key("forever")), -1)

    def test_repair(self):
        said = self.json("repair", "--yes")
        self.assertEqual(said, {"leaks": 1, "keys_without_ttl": 1,
                                "orphans": 1, "repaired": 2, "deleted": 0})
        self.assertAlmostEqual(self.field_ttl("leak", "tx_count_5m"), 300,
                               delta=5)
        self.assertAlmostEqual(self.r("TTL", self.key("forever")), 86400,
                               delta=60)
        self.assertEqual({i: self.fields(i) for i in self.ids()},
                         self.values)
        self.assertEqual(self.r("TTL", self.key("string")), -1)

    def test_orphans_are_listed(self):
        out = self.ok("repair", "--dry-run").out
        self.assertRegex(out, r"1 orphan\norphan  orphan\n\Z")

    def test_orphans(self):
        said = self.json("repair", "--yes", "--delete-orphans")
        self.assertEqual((said["orphans"], said["deleted"]), (1, 1))
        self.assertNotIn(b"orphan", self.ids())
        self.assertEqual(len(self.ids()), len(self.values) - 1)


@on_both
class Stream(StoreCase):
    def test_ticks(self):
        self.ok("bulk-load", "--count", 50)
        said = self.json("stream", "--ticks", 3, "--tick", "20ms",
                         "--users-per-tick", 10)
        self.assertEqual(set(said), {"events", "written_fields", "rejected",
                                     "elapsed_ms"})
        self.assertEqual((said["events"], said["written_fields"],
                          said["rejected"]), (30, 150, 0))
        fresh = [i for i in self.ids() if len(self.fields(i)) == 11]
        self.assertTrue(10 <= len(fresh) <= 30)
        for name in STREAMING:
            self.assertAlmostEqual(self.field_ttl(fresh[0], name), 300,
                                   delta=5)

    def test_events(self):
        events = ('{"entity":"u1","features":{"tx_count_5m":3},"ttl":"30s"}\n'
                  '{"entity":"u2","features":{"tx_count_5m":"x"}}\n'
                  '{"entity":"u2","features":{"tx_count_7d":4}}\n'
                  '{"entity":"u2","features":{"tx_count_5m":4,'
                  '"session_country":"DE"}}\n')
        result = self.run_("--json", "stream", "--from", "-", stdin=events)
        self.assertEqual(result.status, 1)
        self.assertEqual((result.json["events"],
                          result.json["written_fields"],
                          result.json["rejected"]), (2, 3, 2))
        self.assertNotIn("unacknowledged", result.json)
        self.assertRegex(result.err, r"\Afsconsole: stdin:2: .*\n"
                         r"fsconsole: stdin:3: .*'tx_count_7d' is a batch "
                         r"feature.*\n\Z")
        self.assertAlmostEqual(self.field_ttl("u1", "tx_count_5m"), 30,
                               delta=2)
        self.assertEqual(self.fields("u2"), {b"tx_count_5m": b"4",
                                             b"session_country": b"DE"})

    def test_events_are_written_as_they_come(self):
        with popen("-s", self.server.path, "--json", "stream", "--from",
                   "-") as p:
            for n in range(5):
                p.stdin.write(b'{"entity":"u%d","features":'
                              b'{"tx_count_5m":1}}\n' % n)
                p.stdin.flush()
                began = time.monotonic()
                wait(lambda: self.r("EXISTS", self.key(f"u{n}")), 5, "it")
                if n > 0:
                    self.assertLess(time.monotonic() - began,
                                    0.05 * tap.SLOWNESS)
            p.send_signal(signal.SIGTERM)
            self.assertEqual(p.wait(10 * tap.SLOWNESS), 143)
            self.assertEqual(json.loads(p.stdout.read())["events"], 5)
            self.assertIn(b"5 events are safe", p.stderr.read())


@on_both
class Watch(StoreCase):
    def watch(self, *args):
        p = popen("-s", self.server.path, *args)
        self.addCleanup(p.stdin.close)
        self.addCleanup(p.stdout.close)
        self.addCleanup(p.stderr.close)
        self.addCleanup(p.wait)
        self.addCleanup(p.kill)
        # It has looked once when it asks for a key's deadline a second time.
        self.r("CONFIG", "RESETSTAT")
        wait(lambda: self.r.calls().get("pexpiretime", 0) > 2, 10,
             "its first look")
        return p

    def test_events(self):
        self.hset("u1", {"country_iso": "US", "tx_count_5m": "1"},
                  field_ttl={"tx_count_5m": 100})
        p = self.watch("--json", "watch", "u1")
        self.r("HSET", self.key("u1"), b"\xff", "x")
        self.assertEqual(self.event(p), (
            "u1", {"base64": "/w=="}, "set"))
        self.r("HPEXPIRE", self.key("u1"), 200000, "FIELDS", 1,
               "tx_count_5m")
        self.assertEqual(self.event(p), ("u1", "tx_count_5m", "renewed"))
        self.r("HPEXPIRE", self.key("u1"), 300, "FIELDS", 1, "tx_count_5m")
        self.assertEqual(self.event(p), ("u1", "tx_count_5m", "renewed"))
        self.assertEqual(self.event(p), ("u1", "tx_count_5m", "expired"))
        self.r("HDEL", self.key("u1"), "country_iso")
        self.assertEqual(self.event(p), ("u1", "country_iso", "gone"))
        p.send_signal(signal.SIGINT)
        self.assertEqual(p.wait(10 * tap.SLOWNESS), 130)
        self.assertEqual(p.stderr.read(), b"")
        self.assertEqual(p.stdout.read(), b"")

    def event(self, p):
        said = json.loads(p.stdout.readline())
        self.assertRegex(said.pop("at"),
                         r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
        self.assertEqual(set(said), {"entity", "field", "event"})
        return said["entity"], said["field"], said["event"]

    def test_text_and_several(self):
        p = self.watch("watch", "u1", "u2", "--for", "60s")
        self.r("HSET", self.key("u2"), "a\n", 1)
        self.assertRegex(p.stdout.readline(),
                         rb"^\S+Z  set      u2  a\\n\n$")

    def test_a_key_that_goes_when_time_ends(self):
        self.hset("u1", {"country_iso": "US"})
        self.r("PEXPIREAT", self.key("u1"), 2**63 - 1)
        self.r("CONFIG", "RESETSTAT")
        self.ok("watch", "u1", "--for", "1s")
        self.assertLess(self.r.calls()["pexpiretime"], 100)

    def test_for(self):
        began = time.monotonic()
        self.assertEqual(self.ok("watch", "u1", "--for", "300ms").out, "")
        self.assertGreaterEqual(time.monotonic() - began, 0.3)


class Hung(StoreCase):
    def test_each_that_may_be_written_is_named(self):
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as f:
            f.write("entity,country_iso\n")
            f.writelines(f"u{i:07},DE\n" for i in range(1000000))
            f.flush()
            p = popen("-s", self.server.path, "--timeout", "1s", "bulk-load",
                      "--from", f.name)
            while self.r("DBSIZE") < 1000:
                time.sleep(0.01)
            self.server.freeze()
            try:
                out, err = (text.decode() for text in p.communicate())
            finally:
                self.server.thaw()
        self.assertEqual(p.returncode, 3, err)
        loaded = int(re.search(r"loaded ([\d,]+)", out)[1].replace(",", ""))
        failed = int(re.search(r"([\d,]+) not acknowledged", out)[1])
        self.assertGreater(failed, 20)
        self.assertEqual(
            re.findall(r"(?m)^fsconsole: \S+: fs:user:(u\d+): lost", err),
            [f"u{loaded + i:07}" for i in range(failed)])


class Pieces(StoreCase):
    """How much memory a long file takes."""

    def peak(self, rows):
        read, write = os.pipe()
        # What a sanitizer keeps of freed memory is not meant here.
        options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        with popen("-s", self.server.path, "bulk-load", "--from", "-",
                   stdin=read, env={"ASAN_OPTIONS": options}) as p:
            os.close(read)
            with os.fdopen(write, "wb") as f:
                for n in range(rows):
                    f.write(b'{"entity":"u%d","features":{"tx_count_7d":%d}}'
                            b'\n' % (n % 100, n))
            out = p.stdout.read()
            _, status, usage = os.wait4(p.pid, 0)
            p.returncode = os.waitstatus_to_exitcode(status)
            self.assertEqual(p.returncode, 0, p.stderr.read())
            self.assertIn(f"loaded {rows:,} entities".encode(), out)
            return usage.ru_maxrss

    def test_constant_memory(self):
        few, many = self.peak(20000), self.peak(200000)
        self.assertLess(many, few * 1.25)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 4000
    tap.main()
