"""The store against real servers, and what a plain client says is there."""
import unittest

import tap
from driver import (EGUARD, EINPUT, ENOENT, ESERVER, ETYPE, EUSAGE,
                    LEAK, LIVE, MISSING, NO_TTL, OK, PREFIX, Clustered, Store,
                    fill)
from resp import slot
from server import Cluster, Server, on_both

BATCH = ["country_iso", "risk_segment", "account_age_days", "tx_count_7d",
         "avg_amount_30d", "chargeback_count_180d"]
STREAMING = ["last_login_ts", "last_device_id", "tx_count_5m",
             "failed_logins_15m", "session_country"]
ALL = BATCH + STREAMING


class Live(unittest.TestCase):
    """One server for the class, empty before each test."""
    kind = "redis"
    args = ()
    prefix = "fs:user:"
    ttls = {}

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.kind, args=cls.args)
        cls.r = cls.server.client()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        self.r("FLUSHALL")
        self.st = Store(self.server, self.prefix, ttls=self.ttls)
        self.addCleanup(self.st.close)

    def now(self):
        sec, usec = self.r("TIME")
        return int(sec) * 1000 + int(usec) // 1000


def fields(answer):
    return {f["name"].decode("utf-8", "surrogateescape"): f
            for f in answer["entity"]["fields"]}


class Reading(Live):
    def test_values_and_deadlines_are_as_the_server_says(self):
        key = "fs:user:u0001"
        self.r("HSET", key, "country_iso", "DE", "tx_count_5m", 7, "x", 1)
        self.r("PEXPIRE", key, 60000)
        self.r("HPEXPIRE", key, 30000, "FIELDS", 1, "tx_count_5m")
        a = self.st.read("u0001", "tx_count_5m", "country_iso", "nope")
        e, f = a["entity"], fields(a)
        self.assertTrue(a["ok"])
        self.assertEqual(e["exists"], 1)
        self.assertEqual(e["found"], 2)
        self.assertEqual([x["name"] for x in e["fields"]],
                         [b"tx_count_5m", b"country_iso", b"nope"])
        self.assertEqual(f["tx_count_5m"]["value"], b"7")
        self.assertEqual(f["country_iso"]["value"], b"DE")
        self.assertIsNone(f["nope"]["value"])
        self.assertEqual(e["key_deadline"], self.r("PEXPIRETIME", key))
        self.assertEqual([f[n]["deadline"] for n in f],
                         self.r("HPEXPIRETIME", key, "FIELDS", 3, *f))
        self.assertEqual([f[n]["state"] for n in f],
                         [LIVE, NO_TTL, MISSING])
        self.assertEqual([f[n]["ttl"] for n in f], [300000, 0, 0])
        self.assertLess(abs(e["server_ms"] - self.now()), 2000)

    def test_a_streaming_feature_without_ttl_is_a_leak(self):
        self.r("HSET", "fs:user:u1", "tx_count_5m", 7)
        f = fields(self.st.read("u1", "tx_count_5m"))
        self.assertEqual(f["tx_count_5m"]["state"], LEAK)

    def test_an_entity_that_is_not_there_is_an_answer(self):
        a = self.st.read("none", *ALL)
        self.assertEqual((a["ok"], a["code"]), (1, OK))
        self.assertEqual(a["entity"]["exists"], 0)
        self.assertEqual(a["entity"]["key_deadline"], -2)
        self.assertEqual({f["deadline"] for f in a["entity"]["fields"]}, {-2})

    def test_without_names_it_is_still_known_whether_it_is_there(self):
        self.r("HSET", "fs:user:u1", "x", 7)
        self.assertEqual(self.st.read("u1")["entity"]["exists"], 1)
        self.assertEqual(self.st.read("u2")["entity"]["exists"], 0)

    def test_a_key_that_is_no_hash(self):
        self.r("SET", "fs:user:s", "x")
        for names in (ALL, []):
            e = self.st.read("s", *names)["entity"]
            self.assertEqual((e["exists"], e["code"]), (1, ETYPE))

    def test_any_bytes(self):
        entity, name = b"\0\x1b[2J{x}*", b"tx\0\n\xff"
        value = bytes(range(256))
        self.r("HSET", b"fs:user:" + entity, name, value, "", "")
        a = self.st.read(entity, name, b"")
        self.assertEqual(a["entity"]["id"], entity)
        self.assertEqual([f["value"] for f in a["entity"]["fields"]],
                         [value, b""])

    def test_a_value_of_a_megabyte_is_read_whole(self):
        self.r("HSET", "fs:user:u1", "x", b"v" * (1 << 20))
        f = self.st.read("u1", "x")["entity"]["fields"][0]
        self.assertEqual(f["value"], b"v" * (1 << 20))

    def test_an_id_must_not_be_empty(self):
        self.assertEqual(self.st.read("", "x")["code"], EINPUT)

    def test_counters(self):
        self.r("HSET", "fs:user:u1", "a", 1, "b", 2)
        self.st.read("u1", "a", "b", "c")
        self.st.read("u2", "a")
        stats = self.st("stats")
        self.assertEqual((stats["reads"], stats["fields_returned"]), (2, 2))

    def test_one_round_trip(self):
        self.r("HSET", "fs:user:u1", "a", 1)
        self.st.read("u1", "a")
        self.r("CONFIG", "RESETSTAT")
        self.st.read("u1", "a")
        calls = self.r.calls()
        self.assertEqual({n: calls.get(n) for n in
                          ("hmget", "hpexpiretime", "pexpiretime", "time")},
                         dict.fromkeys(("hmget", "hpexpiretime",
                                        "pexpiretime", "time"), 1))


class Many(Live):
    def test_in_the_order_asked(self):
        self.r.many(("HSET", f"fs:user:{i}", "a", i) for i in range(0, 5000, 2))
        self.r("SET", "fs:user:7", "no hash")
        for ttls in (True, False):
            got = self.st.many(range(5000), ["a", "b"], ttls)
            self.assertEqual([int(e["id"]) for e in got], list(range(5000)))
            for i, e in enumerate(got):
                if i == 7:
                    self.assertEqual((e["code"], e["exists"]), (ETYPE, 1))
                    continue
                self.assertEqual(e["exists"], i % 2 == 0)
                self.assertEqual(e["fields"][0]["value"],
                                 b"%d" % i if i % 2 == 0 else None)

    def test_the_time_is_asked_for_once_in_a_thousand(self):
        self.r("CONFIG", "RESETSTAT")
        got = self.st.many(range(2500), ["a"])
        self.assertEqual(self.r.calls()["time"], 3)
        self.assertLess(max(abs(e["server_ms"] - self.now()) for e in got),
                        2000)


class Inspecting(Live):
    def check(self, a, key):
        """All that is there, by name, as a plain client sees it."""
        there = self.r.hash(key)
        f = fields(a)
        self.assertEqual(list(f), sorted(f, key=lambda n: n.encode(
            "utf-8", "surrogateescape")))
        self.assertEqual(set(f), set(there) | set(ALL))
        deadlines = dict(zip(f, self.r("HPEXPIRETIME", key, "FIELDS", len(f),
                                       *f)))
        for name, field in f.items():
            self.assertEqual(field["value"], there[name].encode(
                "utf-8", "surrogateescape") if name in there else None)
            self.assertEqual(field["deadline"], deadlines[name])
        e = a["entity"]
        self.assertEqual(e["found"], len(there))
        self.assertEqual(e["key_deadline"], self.r("PEXPIRETIME", key))
        self.assertEqual(e["encoding"].encode(),
                         self.r("OBJECT", "ENCODING", key))
        self.assertGreater(e["memory"], 0)

    def fill(self):
        key = "fs:user:u1"
        self.r("HSET", key, *sum(([n, f"v-{n}"] for n in ALL), []),
               "extra", 1, "another", 2)
        self.r("PEXPIRE", key, 50000)
        self.r("HPEXPIRE", key, 40000, "FIELDS", 3, "extra", *STREAMING[:2])
        return key

    def test_schema_and_extras_by_name(self):
        key = self.fill()
        a = self.st.inspect("u1")
        self.check(a, key)
        self.assertEqual({n: f["class"] for n, f in fields(a).items()},
                         {n: 0 for n in BATCH} | {n: 1 for n in STREAMING} |
                         {"extra": 2, "another": 2})

    def test_again_it_is_one_round_trip(self):
        key = self.fill()
        self.st.inspect("u1")
        self.r("CONFIG", "RESETSTAT")
        self.check(self.st.inspect("u1"), key)
        calls = self.r.calls()
        self.assertEqual([calls.get(n, 0) - k for n, k in (
            ("hmget", 0), ("time", 0), ("hscan", 0), ("hstrlen", 0))],
            [1, 1, 0, 0])

    def test_a_field_that_appears_is_found(self):
        key = self.fill()
        self.st.inspect("u1")
        self.r("HSET", key, "new", 3)
        self.r("HDEL", key, "extra", "country_iso")
        self.check(self.st.inspect("u1"), key)

    def test_it_goes_and_comes_back(self):
        key = self.fill()
        self.st.inspect("u1")
        self.r("DEL", key)
        a = self.st.inspect("u1")
        self.assertEqual((a["ok"], a["entity"]["exists"]), (1, 0))
        self.assertEqual(set(fields(a)), set(ALL))
        self.fill()
        self.check(self.st.inspect("u1"), key)
        self.r("DEL", key)
        self.r("SET", key, "x")
        a = self.st.inspect("u1")
        self.assertEqual((a["entity"]["exists"], a["entity"]["code"]),
                         (1, ETYPE))
        self.r("DEL", key)
        self.fill()
        self.check(self.st.inspect("u1"), key)

    def test_large_values_are_not_fetched(self):
        key = self.fill()
        big = b"v" * (1 << 20)
        self.r("HSET", key, "country_iso", big, "extra", big)
        for _ in range(3):
            self.r("CONFIG", "RESETSTAT")
            before = int(self.r.info("stats")["total_net_output_bytes"])
            a = self.st.inspect("u1")
            after = int(self.r.info("stats")["total_net_output_bytes"])
            f = fields(a)
            for name in ("country_iso", "extra"):
                self.assertEqual((f[name]["value"], f[name]["size"]),
                                 (b"", 1 << 20))
                self.assertIn(f[name]["state"], (NO_TTL, LIVE))
            self.assertEqual(f["another"]["value"], b"2")
            self.assertEqual(a["entity"]["found"], len(ALL) + 2)
            self.assertLess(after - before, 100000)

    def test_a_hundred_thousand_fields(self):
        key = "fs:user:big"
        for i in range(0, 100000, 1000):
            self.r("HSET", key, *sum(([f"f{n}", n]
                                      for n in range(i, i + 1000)), []))
        self.r("HSET", key, "country_iso", "DE")
        before = int(self.r.info("stats")["total_net_output_bytes"])
        a = self.st.inspect("big")
        after = int(self.r.info("stats")["total_net_output_bytes"])
        self.assertLess(after - before, 200000)
        self.assertEqual(a["entity"]["hlen"], 100001)
        f = fields(a)
        self.assertEqual(f["country_iso"]["value"], b"DE")
        extras = [n for n in f if n not in ALL]
        self.assertEqual(len(extras), 1000)
        for n in extras:
            self.assertEqual(f[n]["value"], n[1:].encode())
        self.assertEqual(len(self.st.inspect("big")["entity"]["fields"]),
                         len(f))

    def test_a_thousand_fields_are_all_shown(self):
        key = "fs:user:k"
        self.r("HSET", key, *sum(([f"f{n}", n] for n in range(1000)), []))
        self.check(self.st.inspect("k"), key)

    def test_what_a_user_may_not_ask_is_unknown(self):
        self.fill()
        self.r("ACL", "SETUSER", "u", "on", ">p", "~*", "+@all", "-object",
               "-memory")
        with Store(f"unix://u:p@{self.server.path}") as st:
            a = st.inspect("u1")
        self.assertEqual(fields(a)["country_iso"]["value"], b"v-country_iso")
        self.assertEqual((a["entity"]["encoding"], a["entity"]["memory"]),
                         ("", -1))


class Writing(Live):
    ttls = {"session_country": 50000}

    def deadlines(self, key, *names):
        now = self.now()
        return [d - now if d > 0 else d for d in
                self.r("HPEXPIRETIME", key, "FIELDS", len(names), *names)]

    def about(self, ms, want):
        self.assertLessEqual(ms, want)
        self.assertGreater(ms, want - 5000)

    def test_load(self):
        w = self.st.load("u1", 70000, country_iso="DE", tx_count_7d=5)
        self.assertEqual((w["ack"], w["fields"], w["tag"]), (1, 2, 7))
        self.assertEqual(self.r.hash("fs:user:u1"),
                         {"country_iso": "DE", "tx_count_7d": "5"})
        self.about(self.r("PTTL", "fs:user:u1"), 70000)
        self.assertEqual(self.st("stats")["batch_writes"], 1)

    def test_load_renews(self):
        self.st.load("u1", 1000, country_iso="DE")
        self.st.load("u1", 70000, country_iso="US")
        self.about(self.r("PTTL", "fs:user:u1"), 70000)

    def test_stream(self):
        w = self.st.stream("u1", last_device_id="ios", tx_count_5m=3,
                           session_country="DE")
        self.assertEqual((w["ack"], w["fields"]), (1, 3))
        a, b, c = self.deadlines("fs:user:u1", "last_device_id",
                                 "tx_count_5m", "session_country")
        self.about(a, 300000)
        self.about(b, 300000)
        self.about(c, 50000)
        self.assertEqual(self.st("stats")["streaming_writes"], 3)

    def test_stream_with_a_ttl_of_its_own(self):
        self.st.stream("u1", 9000, tx_count_5m=3, session_country="DE")
        for ms in self.deadlines("fs:user:u1", "tx_count_5m",
                                 "session_country"):
            self.about(ms, 9000)

    def test_a_batch_feature_is_not_streamed(self):
        for ttl in (0, 9000):
            w = self.st.stream("u1", ttl, tx_count_5m=3, country_iso="DE")
            self.assertEqual((w["ack"], w["code"]), (0, EINPUT))
            self.assertIn("country_iso", w["why"])
        self.assertEqual(self.r("EXISTS", "fs:user:u1"), 0)

    def test_set(self):
        self.r("HSET", "fs:user:u1", "country_iso", "DE")
        self.r("PEXPIRE", "fs:user:u1", 40000)
        w = self.st.set("u1", country_iso="US", tx_count_5m=3, other="x")
        self.assertEqual((w["ack"], w["fields"]), (1, 3))
        self.assertEqual(self.r.hash("fs:user:u1"), {
            "country_iso": "US", "tx_count_5m": "3", "other": "x"})
        self.about(self.r("PTTL", "fs:user:u1"), 40000)
        a, b, c = self.deadlines("fs:user:u1", "country_iso", "tx_count_5m",
                                 "other")
        self.assertEqual((a, c), (-1, -1))
        self.about(b, 300000)
        stats = self.st("stats")
        self.assertEqual((stats["batch_writes"], stats["streaming_writes"]),
                         (2, 1))

    def test_must_exist(self):
        w = self.st.stream("u1", 0, True, tx_count_5m=3, session_country="x")
        self.assertEqual((w["ack"], w["revived"], w["code"]), (0, 1, ENOENT))
        self.assertEqual(self.r("EXISTS", "fs:user:u1"), 0)
        self.st.load("u1", 70000, country_iso="DE")
        w = self.st.stream("u1", 0, True, tx_count_5m=3, session_country="x")
        self.assertEqual((w["ack"], w["revived"]), (1, 0))
        self.assertEqual(self.st("stats")["streaming_writes"], 2)

    def test_the_undoing_takes_only_what_was_written(self):
        # Somebody else writes between the write and its undoing: simulated
        # by a key whose deadline has passed while its fields are written.
        self.r("HSET", "fs:user:u1", "country_iso", "DE")
        w = self.st.stream("u1", 0, True, tx_count_5m=3)
        self.assertEqual(w["ack"], 1)
        self.assertEqual(set(self.r.hash("fs:user:u1")),
                         {"country_iso", "tx_count_5m"})

    def test_times_out_of_range_are_not_sent(self):
        self.r("CONFIG", "RESETSTAT")
        for ttl in (0, -1, 1 << 60):
            w = self.st.load("u1", ttl, country_iso="DE")
            self.assertEqual((w["ack"], w["code"]), (0, EUSAGE))
        for ttl in (-1, 1 << 46, 1 << 60):
            w = self.st.stream("u1", ttl, tx_count_5m=1)
            self.assertEqual((w["ack"], w["code"]), (0, EUSAGE))
        self.assertFalse({"hset", "hsetex"} & set(self.r.calls()))
        self.assertEqual(self.st.stream("u1", 1 << 45, tx_count_5m=1)["ack"],
                         1)
        self.assertEqual(self.st.load("u1", 1 << 50, tx_count_7d=1)["ack"], 1)

    def test_nothing_to_write(self):
        self.assertEqual(self.st.load("u1", 1000)["code"], EINPUT)
        self.assertEqual(self.st.stream("u1")["code"], EINPUT)
        self.assertEqual(self.st.set("u1")["code"], EINPUT)
        self.assertEqual(self.st.load("", 1000, a=1)["code"], EINPUT)

    def test_a_key_that_is_no_hash(self):
        self.r("SET", "fs:user:s", "x")
        for w in (self.st.load("s", 1000000, a=1), self.st.stream("s", a=1),
                  self.st.set("s", country_iso=1, tx_count_5m=1)):
            self.assertEqual((w["ack"], w["code"], w["fields"]), (0, ETYPE, 0))
            self.assertIn("fs:user:s", w["why"])
        self.assertEqual(self.r("GET", "fs:user:s"), b"x")

    def test_the_gate(self):
        self.st("gate", 0)
        for w in (self.st.load("u1", 1000, a=1), self.st.stream("u1", a=1),
                  self.st.set("u1", a=1)):
            self.assertEqual((w["ack"], w["code"], w["unknown"]),
                             (0, EGUARD, 0))
        self.assertEqual(self.r("DBSIZE"), 0)
        self.assertEqual(self.st("stats")["batch_writes"], 0)

    def test_any_bytes(self):
        name, value = b"\0\xff\r\n", bytes(range(256)) * 100
        w = self.st("set", b"\xff\0", name, value)
        self.assertEqual(w["ack"], 1)
        self.assertEqual(self.r("HGET", b"fs:user:\xff\0", name), value)

    def test_ten_thousand_through_the_window(self):
        w = self.st("loads", 10000, 1, 86400000, 20)
        self.assertEqual((w["ack"], w["failed"]), (10000, 0))
        self.assertEqual(self.r("DBSIZE"), 10000)
        self.assertEqual(self.st("stats")["batch_writes"], 10000)
        self.assertGreater(self.r("PTTL", "fs:user:u10000"), 80000000)


class WithoutHsetex(Writing):
    """The same by MULTI, HSET, HPEXPIRE, EXEC."""

    args = ("--rename-command", "HSETEX", "")

    def setUp(self):
        super().setUp()
        self.assertEqual(self.st("server")["hsetex"], 0)


class Full(Live):
    """A server at its memory limit refuses HSET and accepts PEXPIRE."""

    def fill(self, value="on"):
        self.st.load("u1", 1000000, country_iso="DE")
        self.st.stream("u1", 1000, tx_count_5m="1")
        self.r("CONFIG", "SET", "maxmemory", 1)
        self.addCleanup(self.r, "CONFIG", "SET", "maxmemory", 0)

    def test_plain_it_is_told_that_a_stale_value_was_renewed(self):
        # The limit came after the store looked for one.
        self.fill()
        w = self.st.load("u1", 5000000, country_iso="US")
        self.assertEqual((w["ack"], w["stale"], w["code"]), (0, 1, ESERVER))
        self.assertIn("OOM", w["why"])
        self.assertEqual(self.r("HGET", "fs:user:u1", "country_iso"), b"DE")
        self.assertGreater(self.r("PTTL", "fs:user:u1"), 1000000)
        self.assertEqual(self.st("stats")["batch_writes"], 1)

    def test_in_a_transaction_it_cannot_happen(self):
        self.fill()
        with Store(self.server) as st:
            w = st.load("u1", 5000000, country_iso="US")
        self.assertEqual((w["ack"], w["stale"], w["code"]), (0, 0, ESERVER))
        self.assertIn("OOM", w["why"])
        self.assertLessEqual(self.r("PTTL", "fs:user:u1"), 1000000)

    def test_a_stream_is_atomic(self):
        self.fill()
        w = self.st.stream("u1", 500000, tx_count_5m="2")
        self.assertEqual((w["ack"], w["stale"], w["code"]), (0, 0, ESERVER))
        self.assertLessEqual(self.r("HPTTL", "fs:user:u1", "FIELDS", 1,
                                    "tx_count_5m")[0], 1000)

    def test_a_stream_without_hsetex_is_atomic(self):
        self.r("ACL", "SETUSER", "u", "on", ">p", "~*", "+@all", "-hsetex")
        with Store(f"unix://u:p@{self.server.path}") as st:
            # Refused as HSETEX, and sent again.
            w = st.stream("u2", 500000, tx_count_5m="2")
            self.assertEqual(w["ack"], 1)
            self.fill()
            w = st.stream("u1", 500000, tx_count_5m="2")
        self.assertEqual((w["ack"], w["stale"], w["code"]), (0, 0, ESERVER))
        self.assertLessEqual(self.r("HPTTL", "fs:user:u1", "FIELDS", 1,
                                    "tx_count_5m")[0], 1000)

    def test_half_way_through(self):
        self.r("CONFIG", "SET", "maxmemory",
               int(self.r.info("memory")["used_memory"]) + 3000000)
        self.addCleanup(self.r, "CONFIG", "SET", "maxmemory", 0)
        with Store(self.server) as st:
            w = st("loads", 20000, 1, 86400000, 500)
            self.assertEqual(w["ack"] + w["failed"], 20000)
            self.assertGreater(w["failed"], 0)
            self.assertEqual(w["stale"], 0)
            self.assertEqual(self.r("DBSIZE"), w["ack"])
            self.assertEqual(st("stats")["batch_writes"], w["ack"])


class Removing(Live):
    def fill(self, n=1234):
        self.r.many(("HSET", f"fs:user:u{i}", "a", 1) for i in range(n))
        self.r("SET", "fs:user:s", 1)
        self.r("SADD", "fs:user:t", 1)
        self.r("HSET", "fs:other", "a", 1)
        self.r("HSET", "fs:user:", "a", 1)

    KEPT = {b"fs:user:s", b"fs:user:t", b"fs:other", b"fs:user:"}

    def keys(self):
        return set(self.r("KEYS", "*"))

    def test_reset_takes_the_hashes_under_the_prefix_alone(self):
        self.fill()
        a = self.st("reset", 0)
        self.assertEqual((a["ok"], a["deleted"], a["found"], a["complete"],
                          a["not_hashes"]), (1, 1234, 1234, 1, 2))
        self.assertEqual(self.keys(), self.KEPT)

    def test_dry_run(self):
        self.fill()
        a = self.st("reset", 1)
        self.assertEqual((a["ok"], a["deleted"], a["found"], a["complete"]),
                         (1, 0, 1234, 1))
        self.assertEqual(self.r("DBSIZE"), 1238)

    def test_reset_needs_the_gate(self):
        self.fill()
        self.st("gate", 0)
        a = self.st("reset", 0)
        self.assertEqual((a["ok"], a["code"], a["deleted"]), (0, EGUARD, 0))
        self.assertEqual(self.r("DBSIZE"), 1238)

    def test_delete(self):
        self.fill()
        a = self.st("delete", "u1", "u2", "nope", "s", "u1")
        self.assertEqual((a["ok"], a["deleted"], a["not_hashes"]), (1, 2, 1))
        self.assertEqual(a["missing"], 2)
        self.assertEqual(self.r("DBSIZE"), 1236)
        self.assertEqual(self.r("GET", "fs:user:s"), b"1")

    def test_an_empty_store(self):
        a = self.st("reset", 0)
        self.assertEqual((a["ok"], a["deleted"], a["complete"]), (1, 0, 1))


class OddPrefix(Live):
    """Characters of a glob in the prefix mean themselves."""
    prefix = "a*?[b]\\c:"

    def test_only_its_own_keys(self):
        own = [f"{self.prefix}{i}" for i in range(20)]
        other = ["abbc:1", "a*?b\\c:1", "a*?[b]c:1", "aXXXb]\\c:2", "a*?[b]\\c"]
        self.r.many(("HSET", k, "a", 1) for k in own + other)
        a = self.st.ids()
        self.assertEqual(sorted(int(i) for i in a["ids"]), list(range(20)))
        self.assertEqual(self.st("reset", 0)["deleted"], 20)
        self.assertEqual({k.decode() for k in self.r("KEYS", "*")}, set(other))


class InACluster(Clustered):
    """The same calls where the keys lie on three nodes."""

    IDS = [f"u{i:04}" for i in range(1, 1501)]

    def keys(self, entity):
        return self.cluster.client(PREFIX + entity)

    def test_written_where_the_slot_is(self):
        w = self.st("loads", len(self.IDS), 1, 86400000, 20)
        self.assertEqual((w["ack"], w["failed"]), (len(self.IDS), 0))
        sizes = [c("DBSIZE") for c in self.cluster.clients()]
        self.assertEqual(sum(sizes), len(self.IDS))
        self.assertGreater(min(sizes), 400)
        for entity in self.IDS[::100]:
            key = PREFIX + entity
            self.assertEqual(self.keys(entity)("HLEN", key), 1)
            self.assertGreater(self.keys(entity)("PTTL", key), 80000000)

    def test_read_in_the_order_asked(self):
        self.fill(len(self.IDS))
        got = self.st.many(self.IDS, ["a", "b"])
        self.assertEqual([e["id"].decode() for e in got], self.IDS)
        self.assertEqual([f["value"] for e in got for f in e["fields"][:1]],
                         [b"%d" % i for i in range(1, len(self.IDS) + 1)])
        self.assertLess(max(e["server_ms"] for e in got) -
                        min(e["server_ms"] for e in got), 5000)

    def test_each_node_is_asked_for_its_time(self):
        self.fill(len(self.IDS))
        for c in self.cluster.clients():
            c("CONFIG", "RESETSTAT")
        self.st.many(self.IDS, ["a"])
        self.assertEqual([c.calls()["time"] for c in self.cluster.clients()],
                         [1, 1, 1])

    def test_inspect_tells_slot_and_node(self):
        self.fill(30)
        for entity in self.IDS[:30]:
            e = self.st.inspect(entity)["entity"]
            node = self.cluster.node(PREFIX + entity)
            self.assertEqual((e["exists"], e["slot"]),
                             (1, slot(PREFIX + entity)))
            self.assertEqual(e["node"], f"127.0.0.1:{node.port}")

    def test_stream_and_undo(self):
        self.fill(30)
        for entity in self.IDS[:60]:
            w = self.st.stream(entity, 0, True, tx_count_5m=1)
            there = int(entity[1:]) <= 30
            self.assertEqual((w["ack"], w["revived"]), (there, not there))
        self.assertEqual(sum(c("DBSIZE") for c in self.cluster.clients()), 30)

    def test_delete(self):
        self.fill(100)
        a = self.st("delete", *self.IDS[:50], "nope")
        self.assertEqual((a["ok"], a["deleted"], a["missing"]), (1, 50, 1))
        self.assertEqual(sum(c("DBSIZE") for c in self.cluster.clients()), 50)


class NodeDead(unittest.TestCase):
    """What the others hold is read and written; what is not is told."""
    kind = "redis"

    def test_each_entity_has_its_own_outcome(self):
        cluster = Cluster(self.kind, args=["--cluster-require-full-coverage",
                                           "no"])
        self.addCleanup(cluster.stop)
        fill(cluster.client, 300)
        ids = [f"u{i:04}" for i in range(1, 301)]
        dead = cluster.nodes[1]
        with Store(f"redis://127.0.0.1:{cluster.nodes[0].port}") as st:
            dead.stop()
            for e in st.many(ids, ["a"]):
                lost = cluster.node(f"{PREFIX}{e['id'].decode()}") is dead
                self.assertEqual(e["code"] != 0, lost, e["why"])
                self.assertEqual(e["found"], not lost)
                self.assertEqual(e["exists"], not lost)
            w = st("loads", 300, 1, 86400000, 5)
            self.assertEqual(w["ack"] + w["failed"], 300)
            self.assertGreater(w["failed"], 50)
            self.assertEqual(w["ack"], sum(
                cluster.node(f"{PREFIX}{i}") is not dead for i in ids))
            self.assertIn(str(dead.port), w["why"])
            a = st("delete", *ids)
            self.assertEqual((a["ok"], a["deleted"]), (0, w["ack"]))


for case in (Reading, Many, Inspecting, Writing, WithoutHsetex, Full, Removing,
             OddPrefix, InACluster, NodeDead):
    on_both(case)
    del globals()[case.__name__]
del Live, Clustered, case

if __name__ == "__main__":
    tap.main()
