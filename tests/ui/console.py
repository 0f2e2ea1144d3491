#!/usr/bin/python3
"""The console as one uses it: keys in, screen out, on real Redis."""
import os
import re
import signal
import tempfile
import time
import unittest

import tap
from server import FSCONSOLE, Cluster, Server, wait
from tui import Tui


class Console(unittest.TestCase):
    def start(self, *args, cols=120, rows=40, **how):
        t = Tui([FSCONSOLE, *map(str, args)], cols, rows, **how)
        self.addCleanup(t.close)
        return t

    def demo(self, *args, **how):
        t = self.start("--demo", *args, **how)
        t.expect(r"Entities ─+ 200 ─")
        t.expect(r"● running")
        t.expect(r"Inspector ─.* u0001 ")
        return t

    def on(self, server, *args, **how):
        return self.start(*server.address, *args, **how)

    def esc(self, t):
        """The Esc key by itself: what follows it at once makes it another."""
        t.send("<esc>")
        time.sleep(0.06)

    def leave(self, t):
        t.send("q")
        self.assertEqual(t.wait_exit(3), 0)
        self.assertEqual(t.left_behind(), [])


def fill(server, count=3, **fields):
    r = server.client()
    for i in range(1, count + 1):
        r("HSET", f"fs:user:u{i:04}", "country_iso", "DE",
          *[x for pair in fields.items() for x in pair])
        r("EXPIRE", f"fs:user:u{i:04}", 86400)
    return r


class Demo(Console):
    def test_from_start_to_end(self):
        """Pause, watch streaming fields go while batch fields stay."""
        t = self.demo("--streaming-ttl", "4s", "--users-per-tick", "200")
        t.expect(r"last_device_id +\S+ +[0-4]s +[━╸]")
        t.send("p")
        t.expect(r"◐ paused")
        t.expect(r"last_device_id +\S+ +expired +\d\d:\d\d:\d\d", 8)
        t.expect(r"session_country +\S+ +expired")
        self.assertTrue(t.line(r"risk_segment +\S+ +no TTL"))
        t.send("p")
        t.expect(r"● running")
        t.expect(r"last_device_id +\S+ +[0-4]s +[━╸]")
        t.send("P")
        t.expect(r"○ stopped")
        self.leave(t)

    def test_gone_with_its_server(self):
        t = self.demo()
        children = lambda: [p for p in os.listdir("/proc") if p.isdigit()
                            and self.is_child(p, t.pid)]
        self.assertTrue(children())
        t.kill(signal.SIGKILL)
        t.wait_exit(3)
        wait(lambda: not children(), 5, "the server to go")

    def is_child(self, pid, parent):
        try:
            with open(f"/proc/{pid}/environ", "rb") as f:
                marked = f"FS_TEST_MARK={parent}".encode() in f.read()
            with open(f"/proc/{pid}/stat") as f:
                return marked or f.read().split()[3] == str(parent)
        except OSError:
            return False

    def test_read_and_batch_read(self):
        t = self.demo()
        t.send("jjr")
        t.expect(r"Read ─+ u0003  at \d\d:\d\d:\d\d")
        t.expect(r"\d+\.\d+ ms +p50 .* of 1 ")
        t.send("R")
        t.expect(r"at random: 100")
        t.send("50<enter>")
        t.expect(r"50 entities × 11")
        t.expect(r"entities missing 0")
        t.expect(r"country_iso +━+ +100 %")
        t.send("R<enter>")          # the last answer is the default
        t.expect(r"of 2")
        self.assertTrue(t.line(r"50 entities × 11"))
        self.leave(t)

    def test_bulk_load(self):
        t = self.demo()
        t.send("b")
        t.expect(r"Entities to load: 200")
        t.send("12x<enter>")        # refused at once, and mended
        t.expect(r"not a whole number from 1 on  Entities to load: 12x")
        t.send("<c-u>1000<enter>")
        t.expect(r"Time to live of their keys: 24h")
        t.send("1h<enter>")
        t.expect(r"loaded 1,000 entities")
        t.expect(r"Entities ─+ 1,000 ─")
        t.expect(r"key TTL (1h|59m\d+s)")
        t.send("b")
        self.esc(t)
        t.expect_gone(r"Entities to load")
        t.send("b12x<enter>")
        t.expect(r"not a whole number")
        self.esc(t)
        t.send("b")
        t.expect(r"Entities to load: 1000")     # only what was accepted
        t.send("5' --from /etc/passwd<enter>")
        t.expect(r"not a whole number")
        t.send("<c-u>7<enter>0s<enter>")
        t.expect(r"not a time as 90s, 5m or 24h")
        self.esc(t)
        t.send("R/u01<enter>")
        t.expect(r"not a whole number from 1 on  .*: /u01")
        self.esc(t)
        t.send("b")
        t.expect(r"Entities to load: 1000")
        self.esc(t)
        t.send("l")
        t.expect(r"bulk-load: loaded 1,000 entities in")
        self.esc(t)
        self.leave(t)

    def test_cancel(self):
        t = self.demo()
        t.send("b<c-u>2000000<enter><enter>")
        t.expect(r"bulk-load +[━╸─]+ +\d+ % .* of 2,000,000")
        t.send("?")                 # it freezes nothing
        t.expect(r"Help ─")
        self.esc(t)
        t.send("c")
        t.expect(r"cancel")
        t.expect_gone(r"of 2,000,000")
        self.leave(t)

    def test_reset_wants_the_prefix(self):
        t = self.demo()
        t.send("x")
        t.expect(r"Type fs:user: to delete all entities of the demo:")
        t.send("fs:use<enter>")
        t.expect(r"nothing is changed")
        t.send("xfs:user:<enter>")
        t.expect(r"Entities ─+ 0 ─")
        t.expect(r"batch writes +0\b")
        self.leave(t)

    def test_audit(self):
        t = self.demo()
        t.send("a")
        t.expect(r"200 entities  200 read, all of them")
        t.expect(r"missing +[\d,]+ +u0")
        t.expect(r"country_iso +━+ +100 %")
        t.send("<enter>")
        t.expect(r"missing +[\d,]+ entities; Enter inspects")
        t.expect(r"Enter inspect\b")
        t.send("G<enter>")
        t.expect(r"Inspector ─")
        # The cursor is where the Inspector is: r reads that one.
        t.send("r")
        t.expect(r"Read ─+ u\d{4}  at")
        shown = re.search(r"Inspector ─.* (u\d{4})", t.text())[1]
        self.assertEqual(re.search(r"Read ─+ (u\d{4})", t.text())[1], shown)
        self.assertTrue(t.line(rf"^▶ {shown} "))
        t.send(":audit --sample 50<enter>")
        t.expect(r"50 read, a sample  \w+ [\d.]+-[\d.]+ %  took")
        self.leave(t)

    def test_audit_tells_whose_fault_it_is(self):
        server = Server()
        self.addCleanup(server.stop)
        r = fill(server, tx_count_5m=3)     # a leak
        r("HSET", "fs:user:u0002", "country_iso", "US")
        r("HSET", "fs:user:u0003", "country_iso", "US", "session_country", 1)
        r("HPEXPIRE", "fs:user:u0003", 10 ** 7, "FIELDS", 1, "session_country")
        t = self.on(server)
        t.send("a")
        t.expect(r"3 read, all of them")
        t.send("jjj")               # leak, missing, over-ttl
        t.expect(r"(?m)^ session_country .* 2 +over")
        for feature, kind, n, entity in (
                ("tx_count_5m", "leak", 3, "u0001"),
                ("session_country", "over-ttl", 1, "u0003")):
            t.send("<enter>")
            t.expect(rf"{kind}  {feature}  {n} entit")
            t.expect(rf"(?m)^ +{entity}$")
            self.esc(t)
            t.send("j")
        self.leave(t)

    def test_drill(self):
        t = self.demo("--streaming-ttl", "3s", "--users-per-tick", "200")
        t.expect(r"last_device_id +\S+ +[0-3]s")
        t.send(":drill --for 5s<enter>")
        t.expect(r"the worker is paused on purpose")
        # What is there, what was forecast, and when half went.
        t.expect(r"last_device_id .* 0 % +0 % .* [\d.]+m?s +[\d.]+m?s .* █+",
                 20)
        t.expect(r"forecast █+")
        t.expect(r"the forecast was wrong by .*; full again after", 20)
        t.send("a")                 # from here to the audit
        t.expect(r"200 read, all of them")
        self.leave(t)

    def drains(self, t):
        """Without a key: what is there falls as it was forecast."""
        t.expect(r"the worker is paused for \d+s")
        t.expect(r"(?m)^ last_device_id .* [1-9]\d* % +[1-9]\d* % ")
        t.expect(r"(?m)^ last_device_id .* 0 % +0 % ", 20)
        self.assertNotIn("█", t.line("^ last_device_id").split("%")[2][:30])

    def test_a_pause_drains_in_the_audit_view(self):
        t = self.demo("--streaming-ttl", "4s", "--users-per-tick", "200")
        t.expect(r"last_device_id +\S+ +[0-4]s")
        t.send("a")
        t.expect(r"200 read, all of them")
        t.expect(r"(?m)^.* p pause .*\Z")
        t.send("p")
        self.drains(t)
        t.send("a")                 # the list, which lives too
        t.expect(r"200 read, all of them +the worker is paused")
        t.expect(r"missing +1,000 ")
        t.send("a")
        t.expect(r"the worker is paused for \d+s")
        t.send("p")                 # and it goes on
        t.expect_gone(r"the worker is paused")
        t.expect(r"200 read, all of them")
        self.esc(t)
        t.expect(r"● running")
        t.expect(r"last_device_id +\S+ +[0-4]s")
        t.send("p")
        t.expect(r"◐ paused")
        t.send("a")                 # the other way round
        self.drains(t)
        t.send("P")
        t.expect_gone(r"the worker is paused")
        self.esc(t)
        t.expect(r"○ stopped")
        self.leave(t)

    def test_a_pause_makes_way_and_is_held(self):
        t = self.demo("--streaming-ttl", "2s", "--users-per-tick", "200")
        t.expect(r"last_device_id +\S+ +[0-2]s")
        t.send("pa")
        t.expect(r"the worker is paused for \d+s")
        t.send(" ")
        t.expect("frozen at")
        t.send(" ")
        t.expect_gone("frozen at")
        t.send(":bulk-load --count 300<enter>")
        t.expect(r"loaded 300 entities")
        t.send(":audit --sample 50<enter>")
        t.expect(r"(?m)^ last_device_id .* 0 % +0 % ", 20)
        self.leave(t)


class Pause(Console):
    def test_who_else_writes(self):
        server = Server()
        self.addCleanup(server.stop)
        r = fill(server)
        t = self.on(server, "--write", "--tick", "100ms")
        t.send("p")
        t.expect(r"● running")
        t.expect(r"last_device_id +\S+ +[45]m")
        t.send("pa")
        t.expect(r"the worker is paused for \d+s")
        write = lambda: r("HSETEX", "fs:user:u0002", "EX", 300, "FIELDS", 1,
                          "tx_count_5m", 1)
        t.wait_until(lambda: write() and t.line(
            "paused for .* but somebody else wrote tx_count_5m"))
        t.expect(r"(?m)^ tx_count_5m .* 100 % +- ")
        self.leave(t)


class Nodes(Console):
    """The Store pane of a cluster, while nodes are in trouble."""

    def keys_of(self, c, node):
        return (k for k in (f"fs:user:u{i:05}" for i in range(99999))
                if c.node(k) is node)

    def put(self, c, keys, count):
        for _ in range(count):
            key = next(keys)
            c.client(key)("HSET", key, "country_iso", "DE")

    def at(self, node):
        return rf"127\.0\.0\.1:{node.port} +"

    def test_one_hangs_and_the_others_go_on(self):
        # It alone decides how long it is waited for: nobody takes over.
        with Cluster(args=["--cluster-require-full-coverage", "no"]) as c:
            lively, hung = c.nodes[0], c.nodes[1]
            keys = self.keys_of(c, lively)
            self.put(c, keys, 3)
            self.put(c, self.keys_of(c, hung), 5)
            t = self.on(c, "--timeout", "60s", cols=200, rows=50)
            t.expect(self.at(lively) + r"primary +[\d,]+ +3 ")
            t.expect(self.at(hung) + r"primary +[\d,]+ +5 ")
            hung.freeze()
            t.expect(self.at(hung) + r"primary +no answer for \d+ s")
            t.expect(r"connected [\d.]+ ms +1 of 3 nodes silent")
            where = rf"127\.0\.0\.1:{hung.port}"
            t.expect(rf"Store ─+ 1 of 3 nodes silent: {where} ─")
            # Who asks for more of it is told so, and does not wait a minute.
            gone = next(self.keys_of(c, hung)).split(":")[-1]
            t.send(f":read {gone}<enter>")
            t.expect(rf"{where}: no answer for \d+ s")
            for n in (4, 5):
                self.put(c, keys, 1)
                t.expect(self.at(lively) + rf"primary +[\d,]+ +{n} ", 20)
                self.assertTrue(t.line(self.at(hung) + "primary +no answer"))
            hung.thaw()
            t.expect(self.at(hung) + r"primary +[\d,]+ +5 ", 20)
            t.expect_gone("silent")
            self.leave(t)

    def test_replicas_are_nodes(self):
        with Cluster(replicas=1) as c:
            t = self.on(c, cols=200, rows=50)
            t.expect(r"6 nodes", 30)
            for i, node in enumerate(c.nodes):
                t.expect(self.at(node) + ("replica" if i > 2 else "primary"))
            c.nodes[4].kill()
            t.expect(self.at(c.nodes[4]) + "replica +down", 20)
            t.expect(r"connected [\d.]+ ms +1 of 6 nodes down")
            where = rf"127\.0\.0\.1:{c.nodes[4].port}"
            t.expect(rf"Store ─+ 1 of 6 nodes down: {where} ─")
            t.resize(120, 40)
            t.expect(rf" :{c.nodes[4].port} replica down, ")
            t.expect(rf" :{c.nodes[0].port} primary +5461 +0 ")
            t.resize(80, 24)
            t.expect(rf"Store ─+ {where} down")
            self.leave(t)


    def test_a_job_is_shown_from_its_beginning(self):
        t = self.demo("--streaming-ttl", "60s")
        t.send(":bulk-load --count 3000<enter>")
        t.expect(r"loaded 3,000 entities")
        # Until its first report, in seconds, there is no word of the load.
        t.send(":drill --for 9s<enter>")
        t.expect(r"^ drill  .*c cancel")
        self.assertFalse(t.line("bulk-load"))
        t.send("c")
        t.expect(r"cancelled")
        self.leave(t)


class Panes(Console):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.stop)

    def test_leak_missing_extra_and_not_a_hash(self):
        r = fill(self.server, tx_count_5m=3, zz_extra="x" * 3000)
        r("HSET", "fs:user:u0002", "a\x1b[31m", "\x1b]0;t\x07\r\n")
        r("SET", "fs:user:string", "x")
        t = self.on(self.server)
        t.expect(r"tx_count_5m +3 +no TTL +LEAK")
        t.expect(r"zz_extra +x+… 2\.9 KB +no TTL")
        t.expect(r"risk_segment +missing")
        t.send("j<enter>")
        t.expect(r"a\\e\[31m +\\e\]0;t\\x07\\r\\n")
        self.assertNotIn(b"\x1b]0;t", t.raw)
        t.send(":inspect string<enter>")
        t.expect(r"not a hash")
        t.send(":inspect nobody<enter>")
        t.expect(r"no such entity")
        self.leave(t)

    def test_entity_goes_while_watched(self):
        r = fill(self.server)
        t = self.on(self.server)
        t.expect(r"country_iso +DE +no TTL")
        r("DEL", "fs:user:u0001")
        t.expect(r"country_iso +DE +gone +\d\d:\d\d:\d\d")
        self.assertFalse(t.line("expired"))
        self.leave(t)

    def test_value_pane(self):
        fill(self.server, zz="y" * 500)
        t = self.on(self.server, cols=80, rows=24)
        t.expect(r"1 to 10 of 12")
        t.send("4G<enter>")
        t.expect(r"Value ─+ zz  500 B")
        self.esc(t)
        t.expect(r"Inspector ─")
        self.leave(t)

    def test_filter(self):
        fill(self.server, 30)
        t = self.on(self.server)
        t.expect(r"Entities ─+ 30 ─")
        t.send("/2")
        t.expect(r"12 of 30")
        self.assertTrue(t.line(r"^. u0020 "))
        self.assertFalse(t.line(r"^. u0019 "))
        self.esc(t)             # without a trace
        t.expect(r"^. u0019 ")
        t.send("/2<enter>j")
        t.expect(r"^▶ u0012 ")
        self.esc(t)
        t.expect(r"^▶ u0012 ")
        t.expect(r"^. u0019 ")
        self.leave(t)

    def test_unlock(self):
        fill(self.server)
        t = self.on(self.server)
        t.expect(r"READ-ONLY")
        t.send("p")
        t.expect(r"Type fs:user: to unlock writes on .*:")
        t.send("nope<enter>")
        t.expect_gone(r"Type fs:user:")
        t.expect(r"READ-ONLY")
        t.send("p")
        t.send("fs:user:<enter>")
        t.expect(r" WRITE ")
        t.expect(r"● running")
        t.send("W")
        t.expect(r"READ-ONLY")
        t.expect(r"locked, and the worker is paused")
        t.expect(r"◐ paused")
        self.leave(t)

    def test_lock_while_a_load_runs(self):
        fill(self.server)
        t = self.on(self.server, "--write", "--tick", "100ms")
        t.expect(r"READ-ONLY|WRITE")
        t.send("p")
        t.expect(r"● running")
        t.send(":bulk-load --count 100000 --rate 100<enter>")
        t.expect(r"bulk-load")
        t.send("W")
        t.expect(r"locked, and the worker is paused")
        t.expect(r"◐ paused")
        t.send(":cancel<enter>")
        t.expect(r"cancelled")
        t.expect(r"◐ paused")
        self.leave(t)

    def test_a_frozen_screen_holds_no_job(self):
        fill(self.server)
        t = self.on(self.server, "--write")
        t.expect(r" WRITE ")
        # More bad rows and words of progress than wait in any queue.
        with tempfile.NamedTemporaryFile("w", suffix=".csv") as f:
            rows = [f"u{i % 1000:04},{i}\n" for i in range(900000)]
            rows[-1:-1] = [f"bad{i},x\n" for i in range(30)]
            f.write("entity,tx_count_7d\n" + "".join(rows))
            f.flush()
            t.send(f":bulk-load --from {f.name}<enter>")
            t.expect(r"bulk-load")
            t.send(" ")
            t.expect("frozen at")
            r = self.server.client()
            wait(lambda: r("HGET", "fs:user:u0999", "tx_count_7d") ==
                 b"899999", 60, "the last row")
            self.assertTrue(t.line("frozen at"))
            t.send(" ")
            t.expect(r"loaded 900")
        self.leave(t)

    def test_the_first_key_after_a_freeze(self):
        """What ended meanwhile stands in nobody's way."""
        r = fill(self.server)
        t = self.on(self.server, "--write")
        t.expect(r" WRITE ")
        for n, (keys, seen) in enumerate((
                ("p", r"● running"), ("P", r"○ stopped"),
                (":reset --dry-run<enter>", r"would delete"),
                ("a", r"read, all of them"))):
            # So slow that the screen is frozen before it ends.
            t.send(f":bulk-load --count {400 + n} --rate 400<enter>")
            t.expect(r"bulk-load .*of 4")
            t.send(" ")
            t.expect("frozen at")
            wait(lambda: r("DBSIZE") == 400 + n, 20, "the last row")
            t.settle()
            t.send(keys)
            t.expect(seen)
        self.leave(t)

    def test_read_only_for_good(self):
        fill(self.server)
        t = self.on(self.server, "--read-only")
        t.expect(r"u0001")
        self.assertFalse(t.line(r"p starts?\b"))
        self.assertFalse(t.line(r"b load"))
        for key in "pbxW":
            t.send(key)
            t.expect(r"read-only")
            self.esc(t)
        self.assertFalse(t.line("Type fs:user:"))
        self.leave(t)

    def test_repair_wants_the_prefix_too(self):
        r = fill(self.server)
        r("PERSIST", "fs:user:u0001")
        r("HSETEX", "fs:user:u0009", "EX", 300, "FIELDS", 1, "tx_count_5m", 1)
        t = self.on(self.server, "--write")
        t.expect("u0009")
        t.send(":repair --delete-orphans<enter>")
        t.expect(r"Type fs:user: to repair 0 leaks, 2 keys without TTL, "
                 r"delete 1 orphan on .*:")
        t.send("yes<enter>")
        t.expect(r"nothing is changed")
        self.assertEqual(r("EXISTS", "fs:user:u0009"), 1)
        t.send(":repair --dry-run<enter>")
        t.expect(r"leaks 0, keys without TTL \d+, orphans 1")
        self.assertEqual(r("TTL", "fs:user:u0001"), -1)
        t.send(":repair --delete-orphans<enter>")
        t.expect(r"Type fs:user: to repair 0 leaks")
        t.send("fs:user:<enter>")
        t.expect(r"deleted 1\b")
        self.assertEqual(r("EXISTS", "fs:user:u0009"), 0)
        t.send(":repair<enter>")
        t.expect(r"there is nothing to repair")
        t.send("l")
        t.expect(r"repair: repaired 1, deleted 1, orphans 1, [\d.]+ ms")
        self.esc(t)
        self.leave(t)

    def test_reset_keeps_its_options(self):
        """Typed with --rate it is as slow as that, once it is allowed."""
        r = fill(self.server)
        for i in range(400):
            r("HSET", f"fs:user:ux{i}", "country_iso", "US")
        t = self.on(self.server)
        t.expect("u0001")
        t.send(":reset --rate 20<enter>")
        t.expect(r"Type fs:user: to unlock writes")
        t.send("fs:user:<enter>")
        t.expect(r"Type fs:user: to delete all entities")
        t.send("fs:user:<enter>")
        wait(lambda: r("DBSIZE") < 403, 10, "the first to go")
        t.send("c")
        t.expect("cancel")
        self.assertGreater(r("DBSIZE"), 0)
        self.leave(t)

    def test_delete_of_many_is_a_job(self):
        r = self.server.client()
        for i in range(200):
            r("HSET", f"fs:user:{i}", "country_iso", "DE")
        t = self.on(self.server, "--write")
        t.expect(r"Entities ─+ 200 ─")
        r("CLIENT", "PAUSE", 60000, "WRITE")
        try:
            t.send(":delete")
            t.expect(r"^ : delete")
            t.write(b"\x1b[200~%b\x1b[201~" % b"".join(
                b" %d" % i for i in range(200)))
            t.expect(r"198 199")
            t.send("<enter>")
            t.expect(r"^ delete .*c cancel")
        finally:
            r("CLIENT", "UNPAUSE")
        t.expect(r"deleted 200 entities")
        t.send("j")
        t.expect(r"\? help")
        self.leave(t)

    def test_command_line(self):
        r = fill(self.server)
        t = self.on(self.server, "--write")
        t.expect(r"country_iso +DE")
        t.send(":set u0001 country_iso=FR<enter>")
        t.expect(r"country_iso +FR")
        t.send(":bat<tab>")
        t.expect(r"^ : batch-read")
        t.send(" u0001 nobody --features country_iso<enter>")
        t.expect(r"2 entities × 1\b")
        t.expect(r"entities missing 1")
        t.send(":<up>")
        t.expect(r"^ : batch-read u0001")
        self.esc(t)
        t.send(":frobnicate<enter>")
        t.expect(r"no command 'frobnicate'")
        t.send(":watch u0001<enter>")
        t.expect(r"command of the shell")
        t.send(":set u0001 tx_count_7d=x<enter>")
        t.expect(r"tx_count_7d.*x.*int|x.*tx_count_7d")
        t.send("j")
        t.expect(r"\? help")
        t.send(":set u0001 tx_count_7d=x<enter>")
        t.expect(r"tx_count_7d.*x.*int|x.*tx_count_7d")
        t.send(":delete u0003<enter>")
        t.expect(r"Entities ─+ 2 ─")
        self.assertEqual(r("EXISTS", "fs:user:u0003"), 0)
        self.leave(t)

    def test_what_is_not_carried_out_is_refused(self):
        fill(self.server)
        t = self.on(self.server)
        t.expect(r"country_iso +DE")
        for line, why in (
                ("inspect u0002 u0003", "inspect: one argument too many: 'u0003'"),
                ("zoom foo", "zoom: takes no argument: 'foo'"),
                ("state extra", "state: takes no argument: 'extra'"),
                ("audit --max-leaks 0", "audit: --max-leaks is for a shell"),
                ("entities --limit 2", "entities: --limit is for a shell"),
                ("batch-read --rows csv", "batch-read: --rows is for a shell"),
                ("batch-read --from -", "--from -: the console reads"),
                ("schema --infer", "schema: --infer is for a shell"),
                ("help nothing", "no command 'nothing'"),
                ("watch u0001", "a command of the shell")):
            t.send(f":{line}<enter>")
            t.expect(why)
        self.assertTrue(t.line(r"Inspector ─.* u0001 "))
        self.assertTrue(t.line(r"^▶ u0001 "))
        t.send(":inspect u0003<enter>")
        t.expect(r"Inspector ─.* u0003 ")
        t.expect(r"^▶ u0003 ")
        t.send(":schema<enter>")
        t.expect(r"Value ─+ the schema in force")
        t.expect(r'^ +"prefix": "fs:user:"')
        self.esc(t)
        t.send(":help audit<enter>")
        t.expect(r"\[--sample N\] \[--rate N\]")
        self.esc(t)
        self.leave(t)

    def test_entities_that_match(self):
        fill(self.server, 30)
        t = self.on(self.server)
        t.expect(r"Entities ─+ 30 ─")
        t.send(":entities --match u000?<enter>")
        t.expect(r"9 of 30")
        t.send(":entities --match u0009<enter>")
        t.expect(r"1 of 30")
        t.expect(r"^▶ u0009 ")
        t.send("/")
        self.esc(t)                 # the pattern is still one
        self.assertTrue(t.line(r"1 of 30"))
        t.send(":entities<enter>")
        t.expect(r"Entities ─+ 30 ─")
        self.leave(t)

    def test_overlays_have_their_own_keys(self):
        fill(self.server)
        t = self.on(self.server)
        t.expect(r"Inspector ─.* u0001 ")
        t.send("jl")
        t.expect(r"Log ─")
        t.send("zrjGi")             # none of them is the Log's but j and G
        t.send("y")
        t.expect(r"copied \d+ bytes")
        self.assertNotIn(b"\x1b]52;c;dTAwMD", t.raw)
        self.esc(t)
        t.expect(r"Inspector ─.* u0001 ")
        self.assertTrue(t.line(r"r reads one entity"))
        self.assertTrue(t.line(r"^▶ u0002 "))
        self.leave(t)

    def test_an_audit_is_of_now(self):
        r = fill(self.server, 20)
        t = self.on(self.server)
        t.expect(r"Entities ─+ 20 ─")
        t.send("a")
        t.expect(r"as of \d\d:\d\d:\d\d  20 entities  20 read")
        self.esc(t)
        for i in range(6, 21):
            r("DEL", f"fs:user:u{i:04}")
        t.send("a")                 # so young: it is only shown
        t.expect(r"as of .*  20 entities")
        self.esc(t)
        time.sleep(5)
        t.send("a")
        t.expect(r"as of \d\d:\d\d:\d\d  5 entities  5 read")
        self.leave(t)

    def test_into_the_inspector(self):
        fill(self.server, zz="z" * 600)
        t = self.on(self.server)
        t.expect(r"Inspector ─.* u0001 ")
        t.send("j<enter>")
        t.expect(r"Inspector ─.* u0002 ")
        t.send("<enter>")           # once more: in
        t.expect(r"y copy value .*Enter value")
        t.send("G<enter>")
        t.expect(r"Value ─+ zz  600 B")
        self.esc(t)
        self.leave(t)

    def test_features(self):
        fill(self.server)
        t = self.on(self.server)
        t.expect(r"u0001")
        t.send("f")
        t.expect(r"Features to read ─.* 11 of 11")
        t.send("a")
        t.expect(r"0 of 11")
        t.send("j <enter>r")
        t.expect(r"^[^\n]*risk_segment +missing")
        t.send(":features country_iso<enter>r")
        t.expect(r"country_iso +DE +no TTL")
        # What is typed asks as the keys do, unless it names some.
        t.send(":read u0002<enter>")
        t.expect(r"Read ─+ u0002  at")
        t.send(":batch-read u0001 u0002<enter>")
        t.expect(r"2 entities × 1\b")
        t.send("R<c-u>3<enter>")
        t.expect(r"3 entities × 1\b")
        t.send(":batch-read u0001 --features risk_segment,country_iso<enter>")
        t.expect(r"1 entit\w+ × 2\b")
        t.send(":features none<enter>")
        t.expect(r"no feature 'none'")
        self.leave(t)

    def test_views(self):
        fill(self.server)
        t = self.on(self.server, cols=80, rows=24)
        t.expect(r"u0001")
        t.send("?")
        t.expect(r"Help ─.*bulk-load")
        self.esc(t)
        t.send("l")
        t.expect(r"Log ─")
        t.send("l4z")
        t.expect(r"class +field +value")
        t.send("z6\t")
        t.expect(r"Batch read ─")
        t.send("++")
        t.expect(r"every 250ms")
        t.send("----------")
        t.expect(r"every 10s")
        self.leave(t)

    def test_copy(self):
        fill(self.server)
        t = self.on(self.server)
        t.expect(r"u0001")
        t.send("y")
        t.wait_until(lambda: b"\x1b]52;c;dTAwMDE=\x07" in t.raw)
        self.leave(t)

    def test_freeze(self):
        r = fill(self.server)
        t = self.on(self.server)
        t.expect(r"country_iso +DE")
        t.send(" ")
        t.expect(r"frozen at")
        r("HSET", "fs:user:u0001", "country_iso", "FR")
        t.settle()
        self.assertEqual(t.written_in(2.5), 0)
        t.send("j")
        t.expect(r"^▶ u0002")
        self.assertTrue(t.line(r"country_iso +DE"))
        t.send(" ")
        t.expect(r"country_iso +FR")
        self.leave(t)

    def test_narrow_and_wide(self):
        fill(self.server)
        t = self.on(self.server)
        t.expect(r"u0001")
        for cols, rows in ((80, 24), (60, 16), (200, 50), (61, 17)):
            t.resize(cols, rows)
            t.expect(r"Inspector ─")
            t.expect(r"country_iso")
        t.resize(59, 16)
        t.expect(r"needs 60x16; this is 59x16")
        t.resize(120, 40)
        t.expect(r"Batch read ─")
        self.leave(t)

    def test_mouse(self):
        fill(self.server)
        t = self.on(self.server, "--mouse")
        t.expect(r"u0003")
        t.write(b"\x1b[<0;5;5M\x1b[<0;5;5m")
        t.expect(r"^▶ u0003")
        t.write(b"\x1b[<64;5;5M")
        t.expect(r"^▶ u0002")
        self.leave(t)


if __name__ == "__main__":
    tap.main()
