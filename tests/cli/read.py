#!/usr/bin/python3
"""What the reading commands say, against what a direct client says."""
import csv
import io
import json
import os
import re
import subprocess
import tempfile
import time
import unittest

import tap
from resp import slot
from server import Cluster, on_both, wait
from shell import SAMPLE, OddStore, StoreCase, popen, run, value_of


def lines(text):
    return text.splitlines()


@on_both
class State(OddStore):
    def test_json(self):
        s = self.json("state", "--batch-ttl", "36h", "--streaming-ttl", "1500ms")
        info = self.r.info()
        version = info.get("valkey_version") or info["redis_version"]
        self.assertEqual(set(s), {"key_prefix", "batch_ttl_seconds",
                                  "streaming_ttl_seconds", "entity_count",
                                  "server"})
        self.assertEqual(s["key_prefix"], self.prefix)
        self.assertEqual(s["batch_ttl_seconds"], 129600)
        self.assertEqual(s["streaming_ttl_seconds"], 1.5)
        self.assertEqual(s["entity_count"], len(self.ids()))
        server = s["server"]
        self.assertEqual(set(server), {"name", "version", "mode", "nodes",
                                       "used_memory_bytes", "field_ttl",
                                       "hsetex"})
        self.assertEqual(server["name"].lower(), self.kind)
        self.assertEqual(server["version"], version)
        self.assertEqual((server["mode"], server["nodes"]), ("standalone", 1))
        self.assertGreater(server["used_memory_bytes"], 100000)
        self.assertEqual((server["field_ttl"], server["hsetex"]), (True, True))

    def test_text(self):
        out = self.ok("state").out
        self.assertRegex(out, r"(?m)^entities +5$")
        self.assertRegex(out, r"(?m)^prefix +fs\*\[u\]\?\\\\ \\e:$")
        self.assertNotIn("\x1b", out)

    def test_empty(self):
        self.r("FLUSHALL")
        self.assertEqual(self.json("state")["entity_count"], 0)


@on_both
class Entities(OddStore):
    def test_json(self):
        e = self.json("entities")
        self.assertEqual(set(e), {"count", "entity_ids"})
        self.assertEqual([value_of(i) for i in e["entity_ids"]], self.ids())
        self.assertEqual(e["count"], len(self.ids()))

    def test_text_is_a_line_each(self):
        out = self.ok("entities").out
        self.assertEqual(len(lines(out)), len(self.ids()))
        self.assertIn("a\\n\\e]0;x\\x07\"\\\\,b\n", out)
        self.assertIn("\\xFF\\xFE\n", out)

    def test_match_and_limit(self):
        e = self.json("entities", "--match", "u*")
        self.assertEqual(e["entity_ids"], ["u1"])
        e = self.json("entities", "--limit", 2)
        self.assertEqual([value_of(i) for i in e["entity_ids"]],
                         self.ids()[:2])
        self.assertEqual(e["count"], 2)
        self.assertEqual(self.json("entities", "--match", "nothing*"),
                         {"count": 0, "entity_ids": []})

    def test_many(self):
        self.r.many(["HSET", self.key(f"n{n:06}"), "a", 1]
                    for n in range(30000))
        e = self.json("entities", "--match", "n*")
        self.assertEqual(e["count"], 30000)
        self.assertEqual(e["entity_ids"], [f"n{n:06}" for n in range(30000)])


@on_both
class Read(OddStore):
    def compare(self, entity, names, said):
        values = self.r("HMGET", self.key(entity), *names)
        ttls = self.r("HTTL", self.key(entity), "FIELDS", len(names), *names)
        self.assertEqual(set(said), {
            "entity", "exists", "requested", "values", "ttls",
            "key_ttl_seconds", "returned_count", "elapsed_ms"})
        self.assertEqual(value_of(said["entity"]), os.fsencode(entity))
        self.assertEqual([value_of(n) for n in said["requested"]],
                         [os.fsencode(n) for n in names])
        self.assertEqual([value_of(v) for v in said["values"].values()],
                         values)
        for mine, theirs in zip(said["ttls"].values(), ttls or
                                [-2] * len(names)):
            self.assertAlmostEqual(mine, theirs, delta=1)
        self.assertAlmostEqual(said["key_ttl_seconds"],
                               self.r("TTL", self.key(entity)), delta=1)
        self.assertEqual(said["returned_count"],
                         sum(v is not None for v in values))
        self.assertGreater(said["elapsed_ms"], 0)

    def test_sample_features(self):
        said = self.json("read", "u1")
        self.compare("u1", SAMPLE, said)
        self.assertEqual(list(said["values"]), list(SAMPLE))
        self.assertEqual(said["ttls"]["country_iso"] // 10, 900)
        self.assertEqual(said["ttls"]["tx_count_7d"], -1)
        self.assertEqual(said["ttls"]["last_device_id"], -2)

    def test_odd_names(self):
        names = ["odd\n\u202e", b"\xfe\\x", "", "country_iso", b"\xfe"]
        said = self.json("read", "u1", *names)
        self.compare("u1", names, said)
        self.assertEqual(list(said["values"]), [
            "odd\n\u202e", "\\xFE\\\\x", "", "country_iso", "\\xFE"])

    def test_odd_ids(self):
        for entity in self.ids():
            with self.subTest(entity=entity[:20]):
                self.compare(entity, SAMPLE, self.json("read", entity))

    def test_whole_values(self):
        for size in (4096, 4097, 1000000):
            self.hset("big", {"last_device_id": "y" * size})
            said = self.json("read", "big", "last_device_id")
            self.assertEqual(len(said["values"]["last_device_id"]), size)

    def test_missing(self):
        result = self.run_("--json", "read", "nobody", "country_iso")
        self.assertEqual((result.status, result.err), (1, ""))
        self.assertEqual(result.json | {"elapsed_ms": 0}, {
            "entity": "nobody", "exists": False, "requested": ["country_iso"],
            "values": {"country_iso": None}, "ttls": {"country_iso": -2},
            "key_ttl_seconds": -2, "returned_count": 0, "elapsed_ms": 0})
        result = self.run_("read", "nobody\x1b[31m")
        self.assertEqual(result.status, 1)
        self.assertEqual(result.out, "nobody\\e[31m   not there\n")

    def test_not_a_hash(self):
        result = self.run_("--json", "read", "string")
        self.assertEqual(result.status, 1)
        self.assertIn("fsconsole: ", result.err)
        self.assertEqual(len(lines(result.err)), 1)

    def test_text(self):
        out = self.ok("read", "u1", "tx_count_5m", "session_country", "gone",
                      "tx_count_7d").out
        self.assertNotIn("\x1b", out)
        head, *rows = lines(out)
        self.assertRegex(head, r"^u1   key TTL (1d|23h59m)   3 of 4 fields   "
                         r"[0-9.]+ ms$")
        self.assertRegex(rows[0], r"^tx_count_5m +3 +(2m|1m59s)$")
        self.assertRegex(rows[1],
                         r"^session_country +\\xFF\\x00\\e\[2J +no TTL +LEAK$")
        self.assertRegex(rows[2], r"^gone +- +missing$")
        self.assertRegex(rows[3], r"^tx_count_7d +14 +no TTL$")


@on_both
class Inspect(OddStore):
    def test_json(self):
        said = self.json("inspect", "u1")
        self.assertEqual(set(said), {"entity", "key", "exists",
                                     "key_ttl_seconds", "encoding",
                                     "memory_bytes", "fields"})
        self.assertEqual(said["entity"], "u1")
        self.assertEqual(said["key"], self.prefix + "u1")
        self.assertEqual(said["encoding"].encode(),
                         self.r("OBJECT", "ENCODING", self.key("u1")))
        self.assertEqual(said["memory_bytes"],
                         self.r("MEMORY", "USAGE", self.key("u1")))
        there = self.fields("u1")
        names = [value_of(f["name"]) for f in said["fields"]]
        self.assertEqual(names, sorted(set(there) |
                                       {n.encode() for n in SAMPLE}))
        for f, name in zip(said["fields"], names):
            self.assertEqual(value_of(f["value"]), there.get(name), name)
            self.assertAlmostEqual(f["ttl_seconds"],
                                   self.field_ttl("u1", name), delta=1)
        state = {n: f["state"] for n, f in zip(names, said["fields"])}
        self.assertEqual(state[b"tx_count_5m"], "live")
        self.assertEqual(state[b"country_iso"], "live")
        self.assertEqual(state[b"tx_count_7d"], "no-ttl")
        self.assertEqual(state[b"session_country"], "leak")
        self.assertEqual(state[b"last_device_id"], "missing")
        self.assertEqual(state[b"\xfe\\x"], "no-ttl")
        self.assertEqual({f["class"] for f in said["fields"]},
                         {"batch", "streaming", "extra"})

    def test_long_values_are_not_read(self):
        big, = (e for e in self.ids() if e.startswith(b"{tag}"))
        said = self.json("inspect", big)
        field, = (f for f in said["fields"] if f["state"] == "leak")
        self.assertEqual((field["value"], field["value_bytes"]), (None, 9000))
        self.assertRegex(self.ok("inspect", big).out,
                         r"last_device_id +8\.8 KB, not shown +no TTL")

    def test_missing_and_not_a_hash(self):
        result = self.run_("--json", "inspect", "nobody")
        self.assertEqual((result.status, result.err), (1, ""))
        self.assertFalse(result.json["exists"])
        self.assertEqual(result.json["key_ttl_seconds"], -2)
        self.assertEqual({f["state"] for f in result.json["fields"]},
                         {"missing"})
        self.assertEqual(self.run_("inspect", "list").status, 1)

    def test_text(self):
        out = self.ok("inspect", "u1").out
        self.assertNotIn("\x1b", out)
        self.assertRegex(out, r"^u1   key TTL .*   11 fields\n")
        self.assertRegex(out, r"(?m)^streaming  session_country .* LEAK$")
        self.assertRegex(out, r"(?m)^extra +odd\\n\\u\{202E\} +\{\"a\":1\} ")

    def test_key_before_field(self):
        self.hset("kf", {"tx_count_5m": 1}, ttl=50,
                  field_ttl={"tx_count_5m": 100})
        self.assertIn("the key goes before its field tx_count_5m\n",
                      self.ok("inspect", "kf").out)


@on_both
class Budget(StoreCase):
    """What reads many keeps to a rate, and to a tenth of the server's time."""
    N = 3000

    def setUp(self):
        super().setUp()
        self.r.many(("HSET", self.key(f"u{i:04}"), "a", i)
                    for i in range(self.N))

    def took(self, *args):
        began = time.monotonic()
        self.ok("--json", *args)
        return time.monotonic() - began

    def test_a_rate_is_kept(self):
        for args in (["state"], ["entities"],
                     ["batch-read", "--count", self.N],
                     ["schema", "--infer", "--sample", self.N]):
            with self.subTest(args):
                self.assertGreater(self.took(*args, "--rate", 3000), 0.85)

    def test_any_scan_keeps_the_rate_of_all(self):
        for args in (["state"], ["entities", "--match", "none*"],
                     ["audit"], ["reset", "--dry-run"]):
            with self.subTest(args):
                self.assertGreater(
                    self.took("--scan-rate", 3000, *args), 0.85)

    def fill_with_others(self):
        self.r("FLUSHALL")
        self.r.many(("SET", f"other{i}", i) for i in range(60000))
        self.r.many(("HSET", self.key(f"u{i}"), "a", i) for i in range(100))

    def gentle(self, *args):
        self.r("CONFIG", "RESETSTAT")
        took = self.took(*args, "--gentle")
        stats = self.r.info("commandstats")
        busy = sum(int(re.search(r"usec=(\d+)", v)[1])
                   for k, v in stats.items()
                   if k.split("_")[1] != "config|resetstat")
        print(f"{args[0]}: busy {busy} us of {took * 1e6:.0f}")
        self.assertLess(busy / (took * 1e6), 0.12)

    def test_gentle(self):
        for args in (["state"], ["batch-read", "--count", self.N],
                     ["schema", "--infer", "--sample", 1000]):
            with self.subTest(args):
                self.gentle(*args)

    def test_gentle_where_few_are_ours(self):
        self.fill_with_others()
        for args in (["batch-read", "--count", 5],
                     ["batch-read", "--count", 50],
                     ["schema", "--infer"], ["audit", "--sample", 5]):
            with self.subTest(args):
                self.gentle(*args)

    def drawn_within(self, rate, count):
        self.r("CONFIG", "RESETSTAT")
        took = self.took("--scan-rate", rate, "batch-read", "--count", count)
        scans = self.r.calls()["scan"]
        print(f"{scans} scans in {took:.2f} s")
        self.assertLess(scans, rate * took)

    def test_drawing_keeps_the_rate_of_all(self):
        self.drawn_within(3000, 50)
        self.fill_with_others()
        self.drawn_within(20000, 20)


@on_both
class Infer(StoreCase):
    def test_an_odd_one_is_not_the_rule(self):
        for i in range(200):
            self.hset(f"u{i}", {"plan": "free", "clicks": i, "leaky": "x"},
                      ttl=80000,
                      field_ttl={"clicks": 290, **({"leaky": 50} if i % 3
                                                   else {})})
        self.hset("odd", {"clicks": 1}, ttl=9000000,
                  field_ttl={"clicks": 700000})
        said = json.loads(self.ok("schema", "--infer").out)
        self.assertEqual(said["batch_ttl"], "24h")
        self.assertEqual({f["name"]: (f["class"], f.get("ttl"), f["type"])
                          for f in said["features"]}, {
            "plan": ("batch", None, "string"),
            "clicks": ("streaming", None, "int64"),
            "leaky": ("streaming", "1m", "string")})


@on_both
class BatchRead(OddStore):
    def test_named(self):
        result = self.run_("--json", "batch-read", "u1", b"\xff\xfe", "nobody",
                           "--features", "country_iso,tx_count_5m,gone")
        self.assertEqual((result.status, result.err), (1, ""))
        said = result.json
        self.assertGreater(said.pop("elapsed_ms"), 0)
        self.assertEqual(said, {
            "entity_count": 3, "field_count": 3, "returned_count": 3,
            "missing_entities": 1, "sample": [
                {"id": "u1", "field_count": 2},
                {"id": {"base64": "//4="}, "field_count": 1},
                {"id": "nobody", "field_count": 0}]})

    def test_all_there_is_a_success(self):
        self.ok("batch-read", "u1", b"\xff\xfe")

    def test_at_random(self):
        said = self.json("batch-read", "--count", 3)
        self.assertEqual((said["entity_count"], said["missing_entities"]),
                         (3, 0))
        ids = [value_of(s["id"]) for s in said["sample"]]
        self.assertEqual(len(set(ids)), 3)
        self.assertLessEqual(set(ids), set(self.ids()))
        # More than there are: all of them.
        said = self.json("batch-read", "--count", 1000)
        self.assertEqual(said["entity_count"], len(self.ids()))

    def rows(self, *args, form="csv"):
        result = self.run_("batch-read", *args, "--rows", form)
        self.assertRegex(result.err, r"^\d+ entit.* features? in ")
        return result

    def test_csv(self):
        names = ["country_iso", "risk_segment", "session_country", "gone"]
        entities = [*self.ids(), b"nobody"]
        result = self.rows(*entities, "--features", ",".join(names))
        self.assertEqual(result.status, 1)
        self.assertTrue(result.raw.endswith(b"\r\n"))
        text = result.raw.decode("latin-1")
        got = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        self.assertEqual(got[0], ["entity", *names])
        self.assertEqual([row[0].encode("latin-1") for row in got[1:]],
                         entities)
        for row, entity in zip(got[1:], entities):
            there = self.fields(entity)
            for name, cell in zip(names, row[1:]):
                self.assertEqual(cell.encode("latin-1"),
                                 there.get(name.encode(), b""))
        # Empty and not there are not the same.
        self.assertIn(b"u1,US,\"\",\xff\x00\x1b[2J,\r\n",
                      result.raw.replace(b'"\xff\x00\x1b[2J"',
                                         b"\xff\x00\x1b[2J"))

    def test_ndjson(self):
        result = self.rows(*self.ids(), form="ndjson")
        self.assertEqual(result.status, 0)
        rows = [json.loads(line) for line in lines(result.out)]
        for row, entity in zip(rows, self.ids()):
            there = self.fields(entity)
            self.assertEqual(value_of(row["entity"]), entity)
            self.assertEqual(set(row["features"]),
                             {n for n in SAMPLE if n.encode() in there})
            for name, value in row["features"].items():
                stored = there[name.encode()]
                if isinstance(value, (int, float)):
                    self.assertEqual(value, float(stored))
                else:
                    self.assertEqual(value_of(value), stored)
        one = rows[self.ids().index(b"u1")]["features"]
        self.assertEqual(one["tx_count_7d"], 14)
        self.assertEqual(one["avg_amount_30d"], 92.0)
        self.assertEqual(one["country_iso"], "US")

    def test_whole_values(self):
        self.hset("big", {"last_device_id": "y" * 100000})
        result = self.rows("big", "--features", "last_device_id",
                           form="ndjson")
        self.assertEqual(len(json.loads(result.out)["features"]
                             ["last_device_id"]), 100000)

    def test_from_a_file(self):
        result = self.rows("--from", "-", "--features", "tx_count_7d",
                           form="ndjson")
        self.assertEqual((result.status, result.out), (0, ""))
        ids = b"u1\nnobody\n"
        result = self.run_("batch-read", "--from", "-", "--features",
                           "tx_count_7d", "--rows", "csv", stdin=ids)
        self.assertEqual(result.out,
                         "entity,tx_count_7d\r\nu1,14\r\nnobody,\r\n")
        self.assertEqual(result.status, 1)

    def test_not_a_hash_is_named_and_the_rest_goes_on(self):
        result = self.run_("batch-read", "string", "u1", "--features",
                           "tx_count_7d", "--rows", "csv")
        self.assertEqual(result.out, "entity,tx_count_7d\r\nu1,14\r\n")
        self.assertEqual(result.status, 1)
        self.assertIn("fsconsole: string: ", result.err)

    def test_summary_as_json_on_stderr(self):
        result = self.run_("--json", "batch-read", "u1", "--rows", "csv")
        self.assertEqual(json.loads(result.err)["entity_count"], 1)


class Stream(StoreCase):
    def peak(self, ids):
        """Kilobytes that it needs for the rows of so many entities."""
        # What a sanitizer keeps of freed memory is not meant here.
        options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        with tempfile.TemporaryFile() as f:
            for n in range(ids):
                f.write(b"u%04d\n" % (n % 200 + 1))
            f.seek(0)
            with popen("-s", self.server.path, "batch-read", "--from", "-",
                       "--rows", "csv", stdin=f, stdout=subprocess.DEVNULL,
                       env={"ASAN_OPTIONS": options}) as p:
                said = p.stderr.read().decode()
                _, status, usage = os.wait4(p.pid, 0)
                p.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(p.returncode, 0, said)
        self.assertIn(f"{ids:,} entities", said)
        return usage.ru_maxrss

    def test_rows_are_not_held(self):
        self.ok("bulk-load")
        few, many = self.peak(10000), self.peak(100000)
        self.assertLess(many, few * 1.25)

    def test_many_at_random(self):
        self.ok("bulk-load", "--count", 20000)
        result = self.run_("batch-read", "--count", 20000, "--rows", "ndjson")
        rows = [json.loads(line) for line in lines(result.out)]
        self.assertEqual(len(rows), 20000)
        self.assertEqual(len({row["entity"] for row in rows}), 20000)

    def test_rows_load_again(self):
        self.ok("bulk-load", "--count", 50)
        before = {i: self.fields(i) for i in self.ids()}
        for form in ("csv", "ndjson"):
            rows = self.run_("batch-read", *self.ids(), "--rows", form,
                             "--features", "country_iso,risk_segment,"
                             "account_age_days,tx_count_7d,avg_amount_30d,"
                             "chargeback_count_180d").raw
            self.r("FLUSHALL")
            self.ok("bulk-load", "--from", "-", "--format", form, stdin=rows)
            self.assertEqual({i: self.fields(i) for i in self.ids()}, before)


@on_both
class OnACluster(unittest.TestCase):
    """The same commands; nothing tells them that it is one."""

    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(cls.kind)
        cls.where = cls.cluster.nodes[0].address

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()

    def json(self, *args):
        result = run(*self.where, "--json", *args)
        self.assertEqual((result.status, result.err), (0, ""))
        return result.json

    def test_all(self):
        self.assertEqual(self.json("bulk-load", "--count", 300)["loaded"],
                         300)
        state = self.json("state")
        self.assertEqual(state["entity_count"], 300)
        self.assertEqual(state["server"]["mode"], "cluster")
        self.assertEqual(state["server"]["nodes"], 3)
        ids = [f"u{n:04}" for n in range(1, 301)]
        self.assertEqual(self.json("entities")["entity_ids"], ids)
        result = run(*self.where, "batch-read", *ids, "--rows", "ndjson",
                     "--features", "country_iso")
        self.assertEqual(result.status, 0)
        for entity, line in zip(ids, lines(result.out)):
            key = "fs:user:" + entity
            country = self.cluster.client(key)("HGET", key, "country_iso")
            self.assertEqual(json.loads(line), {
                "entity": entity,
                "features": {"country_iso": country.decode()}})
        self.assertRegex(run(*self.where, "inspect", "u0001").out,
                         rf"   slot {slot('fs:user:u0001')} at \S+:\d+   ")
        self.assertEqual(self.json("delete", *ids[:7]), {"deleted": 7})
        self.assertEqual(self.json("reset", "--yes"), {"deleted": 293})
        self.assertEqual(self.json("entities")["count"], 0)


@on_both
class Announced(unittest.TestCase):
    """A cluster of names that mean nothing here."""

    def test_natmap(self):
        with Cluster(self.kind, args=["--cluster-preferred-endpoint-type",
                                      "hostname"]) as c:
            natmap = []
            for i, n in enumerate(c.nodes):
                n.client()("CONFIG", "SET", "cluster-announce-hostname",
                           f"node{i}.invalid")
                natmap += ["--natmap", f"node{i}.invalid=127.0.0.1"]
            wait(lambda: all(b"invalid" in n.client()("CLUSTER", "NODES")
                             .splitlines()[k] for n in c.nodes
                             for k in range(3)), 10, "the names to be known")
            where = c.nodes[0].address
            load = ["bulk-load", "--count", 300, "--json"]
            lost = run(*where, *load)
            self.assertEqual(lost.status, 3, lost)
            self.assertIn(".invalid", lost.err)
            where = [*where, *natmap]
            self.assertEqual(run(*where, *load).json["loaded"], 300)
            self.assertEqual(run(*where, "audit", "--json").json["entities"],
                             300)
            number = slot("fs:user:u0001")
            to = (c.owner[number] + 1) % 3
            c.migrating(number, to)
            c.migrate(number, to)
            self.assertEqual(                       # by ASK
                run(*where, "read", "u0001", "--json").status, 0)
            with popen(*where, "bulk-load", "--count", 20000, "--rate",
                       20000, "--json") as p:
                time.sleep(0.3)
                c.migrated(number, to)              # and MOVED
                out, err = p.communicate()
            self.assertEqual((p.returncode, err), (0, b""))
            self.assertEqual(json.loads(out)["loaded"], 20000)


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 4000
    tap.main()
