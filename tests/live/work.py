"""The threads against real servers: the streamer, the worker, its census."""
import os
import subprocess
import threading
import time
import unittest

import tap
from server import FSCONSOLE, Cluster, Server, on_both, wait

DRIVER = os.environ.get("FS_WORK_DRIVER") or os.path.join(
    os.path.dirname(FSCONSOLE), "tests/live/work_driver")

STOPPED, RUNNING, PAUSED = range(3)
CONNECTING, UNREADY, UP, WAITING, REFUSED = range(5)
OK, EINPUT, EPARTIAL, ECANCEL, ECONNECT, EAUTH, ETYPE = (
    0, 2, 4, 6, 9, 12, 18)
STREAMING = ["last_login_ts", "last_device_id", "tx_count_5m",
             "failed_logins_15m", "session_country"]


class Threads:
    """The driver: one call a command, a dict as its answer."""

    def __init__(self, server, tick_ms=50, users=5, refresh_ms=100,
                 password=None):
        self.process = subprocess.Popen(
            [DRIVER, server.path, str(tick_ms), str(users), str(refresh_ms)] +
            ([password] if password is not None else []),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lock = threading.Lock()

    def __call__(self, *words):
        with self.lock:
            self.process.stdin.write(" ".join(map(str, words)) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        if not line:
            raise AssertionError(f"the driver ended at {words}")
        out = dict(w.split("=", 1) for w in line.rstrip("\n").split("\t"))
        return {k: int(v) if v.lstrip("-").isdigit() else v
                for k, v in out.items()}

    def ask(self, who, op, *args, timeout=60):
        self("ask", who, op, *args)
        return self("wait", who, timeout * 1000)

    def close(self):
        """End it; it says by its status whether a sanitizer complained."""
        self.process.stdin.close()
        status = self.process.wait(20)
        self.process.stdout.close()
        if status != 0:
            raise AssertionError(f"the driver ended with {status}")


class Live(unittest.TestCase):
    kind = "redis"

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.kind)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        self.r = self.server.client()
        self.r("FLUSHALL")
        self.r("CONFIG", "RESETSTAT")

    def threads(self, *args, **kw):
        t = Threads(self.server, *args, **kw)
        self.addCleanup(t.close)
        return t

    def fill(self, n, start=1, **fields):
        fields = fields or {"country_iso": "DE"}
        flat = [x for pair in fields.items() for x in pair]
        for i in range(start, start + n, 5000):
            self.r.many([["HSET", f"fs:user:u{j:04d}", *flat]
                         for j in range(i, min(i + 5000, start + n))])

    def writes(self):
        calls = self.r.calls()
        return calls.get("hsetex", 0) + calls.get("hset", 0)


@on_both
class Streamer(Live):
    def test_first_tick_after_one_period(self):
        self.fill(3)
        t = self.threads(tick_ms=600)
        before = self.writes()
        t("start")
        time.sleep(0.3)
        self.assertEqual(self.writes(), before)
        wait(lambda: self.writes() == before + 3, 5, "the first tick")

    def test_each_tick_writes_all_features_with_their_time(self):
        self.fill(10)
        t = self.threads(users=4)
        t("start")
        wait(lambda: t("stream").get("ticks", 0) >= 20, 10, "ticks")
        t("pause")
        s = t("stream")
        self.assertEqual(s["writes"], s["ticks"] * 4 * 5)
        self.assertEqual(s["streaming_writes"], s["writes"])
        self.assertEqual((s["errors"], s["code"]), (0, OK))
        for i in range(1, 11):
            ttls = self.r.field_ttls(f"fs:user:u{i:04d}", *STREAMING)
            for name in STREAMING:
                self.assertTrue(280000 < ttls[name] <= 300000, ttls)
            self.assertEqual(self.r("HTTL", f"fs:user:u{i:04d}", "FIELDS", 1,
                                    "country_iso"), [-1])

    def test_fewer_entities_than_asked_for(self):
        self.fill(2)
        t = self.threads(users=5)
        t("start")
        wait(lambda: t("stream").get("ticks", 0) >= 3, 10, "ticks")
        t("pause")
        s = t("stream")
        self.assertEqual(s["writes"], s["ticks"] * 2 * 5)

    def test_empty_store_is_idle(self):
        t = self.threads()
        t("start")
        time.sleep(0.4)
        s = t("stream")
        self.assertEqual((s["ticks"], s["errors"], s["run"]), (0, 0, RUNNING))
        self.assertEqual(self.r("DBSIZE"), 0)

    def test_states(self):
        self.fill(5)
        t = self.threads()

        def state():
            return t("stream").get("run")
        wait(lambda: state() == STOPPED, 5, "stopped")
        for word, expected in (("toggle", RUNNING), ("toggle", PAUSED),
                               ("toggle", RUNNING), ("stop", STOPPED),
                               ("resume", STOPPED), ("start", RUNNING),
                               ("toggle", PAUSED), ("resume", RUNNING),
                               ("lock", PAUSED), ("resume", PAUSED),
                               ("toggle", RUNNING), ("lock", PAUSED),
                               ("start", RUNNING)):
            t(word)
            wait(lambda e=expected: state() == e, 5, f"{word} to show")

    def test_a_node_that_is_full_does_not_hide_the_others(self):
        with Cluster(self.kind) as c:
            for i in range(60):
                key = f"fs:user:u{i:04d}"
                c.client(key)("HSET", key, "country_iso", "DE")
            full = c.nodes[0].client()
            full("CONFIG", "SET", "maxmemory", 1)
            t = Threads(c.nodes[0], users=30)
            self.addCleanup(t.close)
            t("start")
            wait(lambda: t("stream").get("errors", 0) >= 5, 20, "errors")
            t("pause")
            s = t("stream")
            there = sum(c.client(f"fs:user:u{i:04d}")(
                "HLEN", f"fs:user:u{i:04d}") - 1 for i in range(60))
            self.assertGreaterEqual(s["writes"], there)
            self.assertGreater(there, 0)
            self.assertEqual(s["writes"], s["streaming_writes"])

    def test_no_write_after_a_pause(self):
        # So many that a tick is nearly always in flight.
        self.fill(3000)
        t = self.threads(tick_ms=5, users=3000)
        t("start")
        for _ in range(20):
            time.sleep(0.02)
            self.assertEqual(t("pause")["was"], 1)
            before = self.writes()
            time.sleep(0.05)
            self.assertEqual(self.writes(), before)
            t("resume")
        self.assertEqual(t("pause")["was"], 1)
        self.assertEqual(t("pause")["was"], 0)

    def test_missed_ticks_are_skipped(self):
        self.fill(5)
        t = self.threads(tick_ms=50)
        t("start")
        wait(lambda: t("stream").get("ticks", 0) >= 2, 10, "ticks")
        self.server.freeze()
        before = t("stream")["ticks"]
        time.sleep(1)
        self.server.thaw()
        thawed = time.monotonic()
        time.sleep(0.5)
        s = t("stream")
        took = time.monotonic() - thawed
        # One in flight at each end; none of the twenty is made up.
        self.assertLessEqual(s["ticks"] - before, took / 0.05 + 3)
        self.assertGreaterEqual(s["skipped"], 15)
        self.assertEqual(s["errors"], 0)

    def test_what_expires_is_not_brought_back(self):
        self.fill(200)
        self.r.many([["PEXPIRE", f"fs:user:u{i:04d}", 500 + 10 * i]
                     for i in range(1, 201)])
        t = self.threads(tick_ms=5, users=50)
        t("start")
        wait(lambda: self.r("DBSIZE") == 0, 15, "all to expire")
        time.sleep(0.2)
        self.assertEqual(self.r("DBSIZE"), 0)
        self.assertGreater(t("stream")["ticks"], 10)

    def test_what_is_deleted_is_not_brought_back(self):
        t = self.threads(tick_ms=2, users=100)
        t("start")
        for _ in range(10):
            self.fill(200)
            ticks = t("stream").get("ticks", 0)
            wait(lambda n=ticks: t("stream").get("ticks", 0) > n + 5, 10,
                 "ticks")
            self.r("UNLINK", *[f"fs:user:u{i:04d}" for i in range(1, 201)])
            # A write that was on its way is undone when it is answered.
            wait(lambda: self.r("DBSIZE") == 0, 10, "an empty store")
        self.assertEqual(t("stream")["errors"], 0)

    def test_a_lost_server_comes_back(self):
        server = Server(self.kind)
        self.addCleanup(server.stop)
        t = Threads(server)
        self.addCleanup(t.close)
        server.client()("HSET", "fs:user:u1", "a", 1)
        t("start")
        wait(lambda: t("stream").get("ticks", 0) >= 2, 10, "ticks")
        server.kill()
        wait(lambda: t("stream")["code"] == ECONNECT, 10, "the error")
        self.assertEqual(t("stream")["run"], RUNNING)
        ticks = t("stream")["ticks"]
        server.start()
        server.client()("HSET", "fs:user:u1", "a", 1)
        wait(lambda: t("stream")["ticks"] > ticks + 2, 15, "ticks again")
        s = t("stream")
        self.assertGreater(s["errors"], 0)
        # What was counted before is not forgotten with the connection.
        self.assertEqual(s["streaming_writes"], s["writes"])

    def test_wrong_password_is_not_tried_again(self):
        server = Server(self.kind, args=["--requirepass", "right"])
        self.addCleanup(server.stop)
        t = Threads(server, tick_ms=20, refresh_ms=20, password="wrong")
        self.addCleanup(t.close)
        t("start")
        wait(lambda: t("stream").get("code") == EAUTH, 10, "the refusal")
        self.assertEqual(t("stream")["run"], STOPPED)
        wait(lambda: t("view", 100).get("link") == REFUSED, 10, "the refusal")
        self.assertEqual(t("view", 0)["retry_ms"], -1)
        r = server.client(password="right")
        before = r.calls().get("auth", 0)
        time.sleep(0.5)
        self.assertEqual(r.calls().get("auth", 0), before)
        r("CONFIG", "SET", "requirepass", "wrong")
        t("poke")
        wait(lambda: t("view", 100)["link"] == UP, 10, "the connection")


@on_both
class Views(Live):
    def test_count_and_ids(self):
        self.fill(300)
        self.r("SET", "fs:user:string", 1)
        self.r("SET", "other", 1)
        t = self.threads()
        v = wait(lambda: (lambda x: x.get("count") == 300 and x)(
            t("view", 100)), 10, "the count")
        self.assertEqual((v["link"], v["exact"], v["ids"], v["complete"]),
                         (UP, 1, 300, 1))
        self.fill(1, start=301)
        wait(lambda: t("view", 100)["ids"] == 301, 10, "the new one")
        self.r("UNLINK", *[f"fs:user:u{i:04d}" for i in range(1, 302)])
        v = wait(lambda: (lambda x: x["ids"] == 0 and x)(t("view", 100)), 10,
                 "none")
        self.assertEqual(v["count"], 0)

    def test_many_ids_are_cut_in_order(self):
        self.fill(50000)
        t = self.threads()
        v = wait(lambda: (lambda x: x.get("exact") == 1 and x)(
            t("view", 100)), 60, "the count")
        self.assertEqual((v["count"], v["ids"], v["complete"]),
                         (50000, 20000, 0))

    def test_nobody_waits_for_the_count(self):
        self.fill(100000)
        t = self.threads()
        worst = 0
        for _ in range(200):
            begin = time.monotonic()
            a = t.ask("quick", "read", "entity", "u0001", "feature",
                      "country_iso")
            worst = max(worst, time.monotonic() - begin)
            self.assertEqual((a["code"], a["fields"]), (OK, 1))
        self.assertLess(worst, 0.1 * tap.SLOWNESS)

    def test_between_scans_the_count_moves(self):
        self.fill(30000)
        t = self.threads()
        wait(lambda: t("view", 100).get("exact") == 1, 60, "the count")
        self.r("HSET", "fs:user:new", "a", 1)
        v = wait(lambda: (lambda x: x["count"] == 30001 and x)(
            t("view", 100)), 5, "the new one")
        self.assertEqual(v["exact"], 0)

    def test_among_other_keys_the_count_is_no_longer_exact(self):
        self.fill(30000)
        self.r("SET", "other", 1)
        t = self.threads()
        wait(lambda: t("view", 100).get("exact") == 1, 60, "the count")
        self.r("HSET", "fs:user:new", "a", 1)
        v = wait(lambda: (lambda x: x["exact"] == 0 and x)(
            t("view", 100)), 5, "it to be in doubt")
        self.assertEqual(v["count"], 30000)

    def test_expired_field_stays_with_its_last_value(self):
        self.r("HSET", "fs:user:u1", "country_iso", "DE", "tx_count_5m", 7)
        self.r("HPEXPIRE", "fs:user:u1", 600, "FIELDS", 1, "tx_count_5m")
        t = self.threads(refresh_ms=5000)
        t("follow", "u1")
        v = wait(lambda: (lambda x: x.get("id") == "u1" and x)(
            t("view", 100)), 5, "the entity")
        self.assertEqual((v["found"], v["expired"]), (2, ""))
        begin = time.monotonic()
        v = wait(lambda: (lambda x: x["expired"] and x)(t("view", 100)), 5,
                 "it to expire")
        # Told at its time, not at the next refresh.
        self.assertLess(time.monotonic() - begin, 2)
        self.assertEqual((v["expired"], v["found"]), ("tx_count_5m:7 ", 1))
        t("follow")
        wait(lambda: "id" not in t("view", 100), 8, "nothing to be followed")

    def test_followed_key_that_goes_when_time_ends(self):
        self.fill(1)
        self.r("PEXPIREAT", "fs:user:u0001", 2**63 - 1)
        t = self.threads()
        t("follow", "u0001")
        wait(lambda: t("view", 100).get("id") == "u0001", 8, "the entity")
        before = self.r.calls()["pexpiretime"]
        time.sleep(1)
        self.assertLess(self.r.calls()["pexpiretime"] - before, 100)

    def test_followed_key_that_is_none(self):
        self.r("SET", "fs:user:s", 1)
        t = self.threads()
        t("follow", "s")
        v = wait(lambda: (lambda x: x.get("id") == "s" and x)(
            t("view", 100)), 5, "the entity")
        self.assertEqual((v["link"], v["entity_code"]), (UP, ETYPE))
        t("follow", "none")
        v = wait(lambda: (lambda x: x.get("id") == "none" and x)(
            t("view", 100)), 5, "the entity")
        self.assertEqual((v["entity_code"], v["exists"]), (OK, 0))

    def test_lost_and_found(self):
        server = Server(self.kind)
        self.addCleanup(server.stop)
        t = Threads(server)
        self.addCleanup(t.close)
        wait(lambda: t("view", 100).get("link") == UP, 10, "the connection")
        server.kill()
        v = wait(lambda: (lambda x: x["link"] == WAITING and x)(
            t("view", 100)), 10, "the loss")
        self.assertEqual(v["code"], ECONNECT)
        self.assertLessEqual(v["retry_ms"], 5000)
        begin = time.monotonic()
        a = t.ask("quick", "read", "entity", "u1", "feature", "a")
        self.assertLess(time.monotonic() - begin, 0.5)
        self.assertEqual(a["code"], ECONNECT)
        server.start()
        server.client()("HSET", "fs:user:u1", "a", 1)
        wait(lambda: t("view", 100)["link"] == UP, 15, "the connection")
        a = t.ask("quick", "read", "entity", "u1", "feature", "a")
        self.assertEqual((a["code"], a["fields"]), (OK, 1))
        wait(lambda: t("view", 100)["count"] == 1, 10, "the count")

    def test_quiet(self):
        self.fill(200)
        t = self.threads(refresh_ms=1000)
        t("follow", "u0001")
        wait(lambda: t("view", 100).get("exact") == 1, 10, "the count")
        before, began = t("cpu")["us"], time.monotonic()
        time.sleep(4)
        used = t("cpu")["us"] - before
        share = used / 1e6 / (time.monotonic() - began)
        self.assertLess(share, 0.005 * tap.SLOWNESS)


@on_both
class Requests(Live):
    def test_load_and_read(self):
        t = self.threads()
        a = t.ask("jobs", "bulk-load", "count", 1500)
        self.assertEqual((a["code"], a["done"], a["fields"], a["failed"]),
                         (OK, 1500, 9000, 0))
        self.assertEqual(self.r("DBSIZE"), 1500)
        self.assertTrue(86390 <= self.r("TTL", "fs:user:u1500") <= 86400)
        a = t.ask("quick", "batch-read", "count", 40, "feature",
                  "country_iso", "feature", "nope", "rows", 1)
        self.assertEqual((a["asked"], a["done"], a["fields"], a["entities"]),
                         (40, 40, 40, 40))
        a = t.ask("quick", "batch-read", "entity", "u0001", "entity", "x",
                  "feature", "country_iso")
        self.assertEqual((a["asked"], a["missing"], a["fields"]), (2, 1, 1))
        a = t.ask("jobs", "state")
        self.assertEqual((a["done"], a["complete"]), (1500, 1))
        a = t.ask("jobs", "entities", "count", 7)
        self.assertEqual((a["ids"], a["done"]), (7, 1500))

    def test_cancelled_load_says_what_is_written(self):
        t = self.threads()
        t("ask", "jobs", "bulk-load", "count", 10000000)
        wait(lambda: self.r("DBSIZE") > 1000, 20, "the load to begin")
        begin = time.monotonic()
        t("cancel", "jobs")
        a = t("wait", "jobs", 5000)
        self.assertLess(time.monotonic() - begin, 1)
        self.assertEqual((a["code"], a["failed"]), (ECANCEL, 0))
        self.assertEqual(a["done"], self.r("DBSIZE"))

    def test_what_waits_is_cancelled_too(self):
        self.fill(10)
        t = self.threads()
        t("ask", "jobs", "bulk-load", "count", 10000000)
        t("ask", "jobs", "reset")
        t("ask", "jobs", "state")
        wait(lambda: self.r("DBSIZE") > 1000, 20, "the load to begin")
        t("cancel", "jobs")
        for _ in range(3):
            self.assertEqual(t("wait", "jobs", 5000)["code"], ECANCEL)
        self.assertGreater(self.r("DBSIZE"), 1000)
        self.assertEqual(t.ask("jobs", "state")["code"], OK)

    def test_rate(self):
        t = self.threads()
        begin = time.monotonic()
        a = t.ask("jobs", "bulk-load", "count", 60, "rate", 100)
        self.assertEqual(a["done"], 60)
        self.assertTrue(0.5 < time.monotonic() - begin < 2)

    def test_gentle(self):
        t = self.threads()
        a = t.ask("jobs", "bulk-load", "count", 400, "gentle", 1)
        self.assertEqual((a["done"], self.r("DBSIZE")), (400, 400))

    def test_set_and_delete(self):
        self.r("HSET", "fs:user:u1", "country_iso", "DE")
        self.r("PEXPIRE", "fs:user:u1", 50000)
        t = self.threads()
        a = t.ask("quick", "set", "entity", "u1", "feature", "tx_count_5m",
                  "value", 3, "feature", "tx_count_7d", "value", 4)
        self.assertEqual((a["code"], a["fields"]), (OK, 2))
        ttls = self.r.field_ttls("fs:user:u1", "tx_count_5m", "tx_count_7d")
        self.assertEqual(ttls["tx_count_7d"], -1)
        self.assertTrue(290000 < ttls["tx_count_5m"] <= 300000)
        self.assertTrue(40000 < self.r("PTTL", "fs:user:u1") <= 50000)
        a = t.ask("quick", "delete", "entity", "u1", "entity", "u2")
        self.assertEqual((a["deleted"], a["missing"]), (1, 1))
        self.assertEqual(self.r("DBSIZE"), 0)

    def test_reset_while_the_worker_writes(self):
        self.fill(5000)
        self.r("SET", "fs:user:string", 1)
        self.r("SET", "other", 1)
        t = self.threads(tick_ms=5, users=100)
        t("start")
        wait(lambda: t("stream").get("ticks", 0) > 2, 10, "ticks")
        a = t.ask("jobs", "reset", "dry", 1)
        self.assertEqual((a["code"], a["deleted"]), (OK, 5000))
        a = t.ask("jobs", "reset")
        self.assertEqual((a["code"], a["deleted"], a["complete"]),
                         (OK, 5000, 1))
        wait(lambda: sorted(self.r("KEYS", "*")) ==
             [b"fs:user:string", b"other"], 10, "what is not to go alone")
        wait(lambda: t("stream")["run"] == RUNNING, 5, "it to go on")

    def test_reset_leaves_a_paused_worker_paused(self):
        self.fill(5)
        t = self.threads()
        t("start")
        t("pause")
        wait(lambda: t("stream").get("run") == PAUSED, 10, "the pause")
        t.ask("jobs", "reset")
        self.assertEqual(t("stream")["run"], PAUSED)

    def test_reset_cancelled_while_it_waits_for_a_tick(self):
        self.fill(3000)
        t = self.threads(tick_ms=5, users=100)
        t.ask("jobs", "state")      # it is connected
        t("start")
        wait(lambda: t("stream").get("ticks", 0) > 2, 10, "ticks")
        self.r("CLIENT", "PAUSE", 60000, "WRITE")
        try:
            wait(lambda: int(self.r.info("clients")["blocked_clients"]), 10,
                 "a tick that is not answered")
            t("ask", "jobs", "reset")
            self.assertEqual(t("wait", "jobs", 300)["none"], 1)
            t("cancel", "jobs")
            self.assertEqual(t("wait", "jobs", 4000)["code"], ECANCEL)
        finally:
            self.r("CLIENT", "UNPAUSE")
        wait(lambda: t("stream")["run"] == RUNNING, 5, "it to go on")
        self.assertEqual(self.r.calls().get("unlink", 0), 0)
        self.assertEqual(self.r("DBSIZE"), 3000)

    def test_cancelled_delete_says_what_is_gone(self):
        self.fill(9000)
        t = self.threads()
        t.ask("jobs", "state")      # it is connected
        self.r("CLIENT", "PAUSE", 60000, "WRITE")
        try:
            t("ask", "jobs", "delete", "entities", 9000)
            wait(lambda: int(self.r.info("clients")["blocked_clients"]), 10,
                 "it to wait for the server")
            t("cancel", "jobs")
        finally:
            self.r("CLIENT", "UNPAUSE")
        a = t("wait", "jobs", 5000)
        self.assertEqual(a["code"], ECANCEL)
        # What was on its way is told, and nothing is sent after it.
        self.assertEqual(a["deleted"], 9000 - self.r("DBSIZE"))
        self.assertLess(a["deleted"], 1000)
        self.assertEqual(a["err"], f"{a['deleted']} of 9000 entities are "
                         "deleted: cancelled" if a["deleted"] else
                         "cancelled")

    def test_long_delete_shows_how_far_it_is(self):
        self.fill(9000)
        t = self.threads()
        t.ask("jobs", "state")
        self.r("CLIENT", "PAUSE", 400, "WRITE")
        a = t.ask("jobs", "delete", "entities", 9001)
        self.assertEqual((a["code"], a["deleted"], a["missing"]),
                         (OK, 9000, 1))
        self.assertGreater(a["progress"], 0)

    def test_watch(self):
        self.r("HSET", "fs:user:u1", "country_iso", "DE", "tx_count_5m", 7,
               "x", 1)
        self.r("HPEXPIRE", "fs:user:u1", 500, "FIELDS", 1, "tx_count_5m")
        t = self.threads()
        t("ask", "jobs", "watch", "entity", "u1", "for", 1500)
        time.sleep(0.25)
        self.r("HSET", "fs:user:u1", "country_iso", "FR")
        self.r("HDEL", "fs:user:u1", "x")
        time.sleep(0.2)
        self.r("EXPIRE", "fs:user:u1", 100)
        time.sleep(0.5)
        self.r("HSET", "fs:user:u1", "tx_count_5m", 8)
        a = t("wait", "jobs", 10000)
        self.assertEqual(a["code"], OK)
        events = a["events"].split()
        self.assertEqual(sorted(events[:2]), ["country_iso:set", "x:gone"])
        self.assertEqual(sorted(events[2:]), [
            "country_iso:renewed", "tx_count_5m:expired", "tx_count_5m:set"])

    def test_ticks_by_command(self):
        self.fill(3)
        t = self.threads(tick_ms=30)
        a = t.ask("jobs", "stream", "ticks", 4)
        self.assertEqual((a["code"], a["done"], a["fields"]), (OK, 12, 60))


@on_both
class Hanging(unittest.TestCase):
    """A server that does not answer any more holds nothing up."""

    def setUp(self):
        self.server = Server(self.kind)
        self.addCleanup(self.server.stop)
        self.addCleanup(self.server.thaw)
        self.t = Threads(self.server)
        self.addCleanup(self.t.close)

    def test_end_within_a_second(self):
        r = self.server.client()
        self.t("ask", "jobs", "bulk-load", "count", 10000000)
        self.t("start")
        wait(lambda: r("DBSIZE") > 1000, 20, "the load to begin")
        self.server.freeze()
        time.sleep(0.3)
        begin = time.monotonic()
        self.t("free")
        self.assertLess(time.monotonic() - begin, 1 * tap.SLOWNESS)

    def test_cancel_of_what_only_reads(self):
        r = self.server.client()
        r.many([["HSET", f"fs:user:{i}", "a", 1] for i in range(50000)])
        self.t("ask", "jobs", "state")
        self.server.freeze()
        time.sleep(0.3)
        begin = time.monotonic()
        self.t("cancel", "jobs")
        self.assertIn(self.t("wait", "jobs", 5000)["code"], (OK, ECANCEL))
        self.assertLess(time.monotonic() - begin, 1)

    def test_pause_returns_when_it_ends(self):
        self.server.client()("HSET", "fs:user:u1", "a", 1)
        self.t("start")
        wait(lambda: self.t("stream").get("ticks", 0) > 1, 10, "ticks")
        self.server.freeze()
        time.sleep(0.2)
        self.server.process and threading.Timer(
            0.5, self.server.thaw).start()
        self.assertEqual(self.t("pause")["was"], 1)


if __name__ == "__main__":
    tap.main()
