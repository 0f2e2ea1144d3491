"""The audit and the repair against stores in which every fault was planted."""
import json
import os
import re
import subprocess
import time
import unittest

import server
import tap
from driver import EGUARD, EPERM, ETOOOLD
from server import Cluster, Server, on_both

DRIVER = os.path.join(os.path.dirname(server.FSCONSOLE), "tests", "live",
                      "audit_driver")
PREFIX = "fs:user:"
BATCH = ["country_iso", "risk_segment", "account_age_days", "tx_count_7d",
         "avg_amount_30d", "chargeback_count_180d"]
STREAMING = ["last_login_ts", "last_device_id", "tx_count_5m",
             "failed_logins_15m", "session_country"]
ALL = BATCH + STREAMING


def start(where, *words, prefix=PREFIX):
    uri = where if isinstance(where, str) else where.uri
    return subprocess.Popen(
        [DRIVER, uri, prefix, *map(str, words)], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, preexec_fn=server.die_with_parent)


def finish(process):
    out, err = process.communicate()
    if process.returncode != 0:
        raise AssertionError(err.decode("utf-8", "replace")[-2000:])
    answer = json.loads(out)
    answer["steps"] = [tuple(map(int, line.split()))
                       for line in err.splitlines()]
    answer["why"] = bytes.fromhex(answer["why"]).decode()
    if "unknown" in answer:
        answer["unknown"] = {bytes.fromhex(k): v
                             for k, v in answer["unknown"].items()}
        for v in answer["violations"].values():
            v["examples"] = [bytes.fromhex(x) for x in v["examples"]]
    return answer


def audit(where, sample=0, rate=0, gentle=0, seed=1, schema=(), **more):
    return finish(start(where, "audit", sample, rate, gentle, seed,
                        *sum(map(list, schema), []), **more))


def repair(where, dry=0, delete=0, gate=1, rate=0, gentle=0, **more):
    return finish(start(where, "repair", dry, delete, gate, rate, gentle,
                        **more))


def key(entity):
    return PREFIX.encode() + (entity if isinstance(entity, bytes)
                              else entity.encode())


class Planting(unittest.TestCase):
    def client(self, _key):
        return self.r

    def plant(self, entity, names=ALL, ttl=86400000, extra=(), **left):
        """An entity; left: milliseconds by streaming feature, 0 is a leak."""
        k = key(entity)
        r = self.client(k)
        commands = [("HSET", k, *sum(([n, "v"] for n in [*names, *extra]),
                                     []))]
        if ttl:
            commands.append(("PEXPIRE", k, ttl))
        for n in names:
            ms = left.get(n, 200000 if n in STREAMING else 0)
            if ms:
                commands.append(("HPEXPIRE", k, ms, "FIELDS", 1, n))
        for reply in r.many(commands):
            self.assertNotIsInstance(reply, Exception)

    def plant_all(self):
        for i in range(30):
            self.plant(f"good{i}", tx_count_5m=1000 * (i + 10))
        for i in range(5):
            self.plant(f"leak{i}", tx_count_5m=0, last_login_ts=0)
        for i in range(12):
            self.plant(f"batch{i}", BATCH[:4])
        for i in range(4):
            self.plant(f"forever{i}", ttl=0)
        for i in range(3):
            self.plant(f"orphan{i}", STREAMING[:2])
        # With a feature that the schema does not know it is no orphan.
        self.plant("stranger", STREAMING[:1], extra=["who"])
        self.plant("only", [], extra=["who", b"\xff\0"])
        self.plant("large", extra=[f"x{i}" for i in range(1000)])
        self.plant(b"over\xff", last_device_id=350000, tx_count_5m=900000)
        self.plant("slack", last_device_id=300900)
        self.plant("early", ttl=150000)
        self.client(key("s"))("SET", key("s"), "x")
        self.client(key("l"))("RPUSH", key("l"), "x")
        for k in ("fs:users:1", "fs:user", "fs:user:"):
            self.client(k)("HSET", k, "a", 1)

    ENTITIES = 30 + 5 + 12 + 4 + 3 + 6

    def check_all(self, a):
        self.assertEqual((a["code"], a["complete"], a["approximate"]),
                         (0, 1, 0), a["why"])
        self.assertEqual((a["entities"], a["sampled"], a["done"], a["total"]),
                         (self.ENTITIES,) * 4)
        self.assertEqual((a["keys_without_ttl"], a["orphans"],
                          a["not_hashes"]), (4, 3, 2))
        f = a["features"]
        self.assertEqual(list(f), ALL)
        self.assertEqual(
            {n: (v["present"], v["missing"], v["no_ttl"], v["leaks"],
                 v["over_ttl"]) for n, v in f.items()},
            {**{n: (55, 5, 55, 0, 0) for n in BATCH[:4]},
             **{n: (43, 17, 43, 0, 0) for n in BATCH[4:]},
             "last_login_ts": (47, 13, 5, 5, 0),
             "last_device_id": (46, 14, 0, 0, 1),
             "tx_count_5m": (43, 17, 5, 5, 1),
             "failed_logins_15m": (43, 17, 0, 0, 0),
             "session_country": (43, 17, 0, 0, 0)})
        for v in f.values():
            self.assertAlmostEqual(v["coverage"], 100 * v["present"] / 60)
            self.assertEqual((v["low"], v["high"]), (v["coverage"],) * 2)
            for n in ("missing", "leaks", "over_ttl"):
                self.assertEqual(v["all_" + n], [v[n]] * 3)
        self.assertEqual((a["sample"], a["all_orphans"]), (0, [3] * 3))
        self.assertEqual(a["unknown"], {b"who": 2, b"\xff\0": 1, b"(many)": 1})
        self.check_violations(a["violations"])

    def check_violations(self, v):
        self.assertEqual({n: x["count"] for n, x in v.items()}, {
            "leak": 10, "missing": 4 * 5 + 2 * 17 + 13 + 14 + 3 * 17,
            "no-key-ttl": 4, "orphan": 3, "over-ttl": 2,
            "key-before-field": 1, "not-hash": 2})
        self.assertEqual(sorted(v["leak"]["examples"]),
                         [b"leak%d" % i for i in range(5)])
        self.assertEqual(sorted(v["orphan"]["examples"]),
                         [b"orphan%d" % i for i in range(3)])
        self.assertEqual(sorted(v["no-key-ttl"]["examples"]),
                         [b"forever%d" % i for i in range(4)])
        self.assertEqual(v["over-ttl"]["examples"], [b"over\xff"])
        self.assertEqual(v["key-before-field"]["examples"], [b"early"])
        self.assertEqual(sorted(v["not-hash"]["examples"]), [b"l", b"s"])
        missing = v["missing"]["examples"]
        self.assertEqual((len(missing), len(set(missing))), (10, 10))


class One(Planting):
    kind = "redis"

    @classmethod
    def setUpClass(cls):
        cls.server = cls.where = Server(cls.kind, args=[
            "--enable-debug-command", "local"])
        cls.r = cls.server.client()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        self.r("FLUSHALL")

    def many(self, n, **more):
        """n entities with one batch feature, fast; with(i): more of it."""
        names = more.get("names", lambda i: ["country_iso"])
        for at in range(0, n, 5000):
            self.r.many(("HSET", key(f"u{i:05}"),
                         *sum(([x, 1] for x in names(i)), []))
                        for i in range(at, min(n, at + 5000)))


@on_both
class Auditing(One):
    def test_every_fault_is_counted(self):
        self.plant_all()
        a = audit(self.where)
        self.check_all(a)
        self.assertGreater(a["elapsed_us"], 0)

    def test_gentle_and_by_rate_it_finds_the_same(self):
        self.plant_all()
        self.check_all(audit(self.where, gentle=1))
        began = time.monotonic()
        a = audit(self.where, rate=100)
        self.check_all(a)
        self.assertGreater(time.monotonic() - began, 0.4)
        self.assertGreater(len(a["steps"]), 3)

    def test_an_empty_store(self):
        self.r("SET", "other", 1)
        for sample in (0, 10):
            a = audit(self.where, sample=sample)
            self.assertEqual((a["code"], a["complete"], a["entities"],
                              a["sampled"], a["violations"]),
                             (0, 1, 0, 0, {}))
            self.assertEqual({f["coverage"] for f in a["features"].values()},
                             {0})

    def test_times(self):
        for i in range(100):
            self.plant(f"u{i}", ["country_iso", "tx_count_5m"],
                       ttl=1000 * (i + 201) * 2,
                       tx_count_5m=1000 * (i + 101))
        f = audit(self.where)["features"]
        t = f["tx_count_5m"]
        for name, want in (("min", 101), ("p50", 150), ("max", 200),
                           ("half", 150), ("all", 200), ("youngest", 100)):
            self.assertAlmostEqual(t[name], want, delta=5, msg=name)
        self.assertAlmostEqual(t["youngest"], 300 - t["max"])
        self.assertEqual(sum(t["histogram"]), 100)
        self.assertEqual(sum(t["histogram"][:3]), 0)
        self.assertEqual(sum(t["histogram"][8:]), 0)
        b = f["country_iso"]
        self.assertEqual((b["min"], b["youngest"]), (None, None))
        self.assertAlmostEqual(b["half"], 500, delta=12)
        self.assertAlmostEqual(b["all"], 600, delta=5)
        self.assertEqual(b["histogram"], [100] + [0] * 11)

    def test_stalled(self):
        for i in range(20):
            self.plant(f"u{i}", tx_count_5m=250000, last_login_ts=290000)
        schema = [("tx_count_5m", 0, 20000), ("last_login_ts", 0, 20000)]
        a = audit(self.where, schema=schema)
        self.assertEqual({n for n, f in a["features"].items()
                          if f["stalled"]}, {"tx_count_5m"})
        self.assertEqual(a["violations"]["stalled"],
                         {"count": 1, "examples": [b"tx_count_5m"]})
        a = audit(self.where, schema=[("tx_count_5m", 0, 30000)])
        self.assertNotIn("stalled", a["violations"])

    def test_an_own_ttl_is_what_counts(self):
        self.plant("u1", tx_count_5m=50000)
        a = audit(self.where, schema=[("tx_count_5m", 10000, 0)])
        self.assertEqual(a["features"]["tx_count_5m"]["over_ttl"], 1)

    def test_what_expires_meanwhile_is_not_counted(self):
        self.many(2000)
        for i in range(0, 2000, 2):
            self.r("PEXPIRE", key(f"u{i:05}"), 400)
        self.r("DEBUG", "SET-ACTIVE-EXPIRE", 0)
        self.addCleanup(self.r, "DEBUG", "SET-ACTIVE-EXPIRE", 1)
        process = start(self.where, "audit", 0, 1000, 0, 1)
        time.sleep(0.6)
        a = finish(process)
        self.assertEqual(a["code"], 0, a["why"])
        self.assertEqual(a["entities"], a["sampled"])
        self.assertGreaterEqual(a["sampled"], 1000)
        self.assertLess(a["sampled"], 1700)
        f = a["features"]["country_iso"]
        self.assertEqual((f["present"], f["missing"]), (a["sampled"], 0))

    def test_what_appears_meanwhile_harms_nobody(self):
        """Tables grow and shrink; who was there throughout counts once."""
        self.many(2000)
        process = start(self.where, "audit", 0, 1000, 0, 1)
        self.assertTrue(process.stderr.readline())
        new = [key(f"new{i}") for i in range(20000)]
        self.r.many(("HSET", k, "risk_segment", "low") for k in new)
        self.r.many(("DEL", k) for k in new[2000:])
        a = finish(process)
        self.assertEqual((a["code"], a["complete"], a["sample"]), (0, 1, 0),
                         a["why"])
        self.assertEqual(a["entities"], a["sampled"])
        f = a["features"]
        self.assertEqual((f["country_iso"]["present"],
                          f["risk_segment"]["missing"]), (2000, 2000))
        appeared = a["sampled"] - 2000
        self.assertTrue(0 < appeared <= 20000, a["sampled"])
        self.assertEqual((f["risk_segment"]["present"],
                          f["country_iso"]["missing"]), (appeared,) * 2)
        self.assertEqual(a["violations"]["no-key-ttl"]["count"],
                         a["sampled"])

    def test_a_hash_whose_fields_have_all_expired_is_none(self):
        self.r("DEBUG", "SET-ACTIVE-EXPIRE", 0)
        self.addCleanup(self.r, "DEBUG", "SET-ACTIVE-EXPIRE", 1)
        self.plant("ghost", STREAMING, **dict.fromkeys(STREAMING, 50))
        self.plant("half", STREAMING, **dict.fromkeys(STREAMING[:2], 50))
        time.sleep(0.2)
        a = audit(self.where)
        self.assertEqual((a["entities"], a["orphans"], a["unknown"]),
                         (1, 1, {}))
        self.assertEqual(repair(self.where, dry=1)["orphans"], 1)

    def test_what_may_not_be_asked_is_said(self):
        self.many(10)
        self.r("ACL", "SETUSER", "u", "on", ">p", "~*", "+@all",
               "-hpexpiretime")
        a = audit(f"unix://u:p@{self.server.path}")
        self.assertIn(a["code"], (EPERM, ETOOOLD))
        self.assertEqual(a["complete"], 0)
        self.assertIn("hpexpiretime", a["why"].lower())

    def test_no_value_is_read_and_nothing_changes(self):
        self.plant_all()
        self.r("CONFIG", "RESETSTAT")
        audit(self.where)
        calls = set(self.r.calls())
        self.assertLessEqual(
            calls - {"client|setname", "client|setinfo", "client|no-touch",
                     "command|info", "acl|whoami", "info", "config|resetstat",
                     "select", "ping", "hello", "cluster|shards"},
            {"scan", "dbsize", "hpexpiretime", "pexpiretime", "hlen", "hkeys",
             "time"})
        # The names of two only: one of the rest has too many.
        self.assertEqual(int(self.r.calls()["hkeys"]), 2)


@on_both
class Sampling(One):
    def test_a_sample(self):
        self.many(3000, names=lambda i: ["country_iso"] +
                  (["risk_segment"] if i % 4 == 0 else []))
        self.r.many(("SET", f"other:{i}", 1) for i in range(3000))
        inside = 0
        for seed in range(20):
            a = audit(self.where, sample=200, seed=seed)
            self.assertEqual((a["code"], a["complete"], a["sampled"],
                              a["done"], a["total"]), (0, 1, 200, 200, 200))
            self.assertAlmostEqual(a["entities"], 3000, delta=300)
            f = a["features"]["risk_segment"]
            self.assertEqual(f["present"] + f["missing"], 200)
            self.assertAlmostEqual(f["high"] - f["low"], 11.5, delta=3)
            inside += f["low"] <= 25 <= f["high"]
        print(f"{inside} of 20")
        self.assertGreaterEqual(inside, 15)

    def test_what_there_is_in_all_is_estimated(self):
        """Of 2,000: 400 leak, 1,600 lack it, 100 have keys without TTL."""
        for i in range(2000):
            self.plant(f"u{i}", ["country_iso"] + ["tx_count_5m"] *
                       (i % 5 == 0), ttl=86400000 * (i % 20 != 0),
                       tx_count_5m=0)
        inside = [0, 0, 0]
        for seed in range(20):
            a = audit(self.where, sample=200, seed=seed)
            self.assertEqual((a["code"], a["sample"], a["sampled"],
                              a["entities"]), (0, 1, 200, 2000))
            f = a["features"]["tx_count_5m"]
            for at, (n, part, true) in enumerate((
                    (f["all_leaks"], f["leaks"], 400),
                    (f["all_missing"], f["missing"], 1600),
                    (a["all_keys_without_ttl"], a["keys_without_ttl"], 100))):
                self.assertEqual(n[0], 10 * part)
                self.assertLess(part, n[1])
                inside[at] += n[1] <= true <= n[2]
        print(f"{inside} of 20")
        self.assertGreaterEqual(min(inside), 15)

    def test_more_than_there_are(self):
        self.many(700)
        for sample in (700, 5000):
            a = audit(self.where, sample=sample)
            self.assertEqual((a["entities"], a["sampled"], a["complete"],
                              a["approximate"]), (700, 700, 1, 0))
            f = a["features"]["country_iso"]
            self.assertEqual((f["low"], f["high"]), (100, 100))

    def test_a_rate_holds(self):
        self.many(500)
        began = time.monotonic()
        a = audit(self.where, sample=100, rate=200)
        self.assertEqual(a["sampled"], 100)
        self.assertGreater(time.monotonic() - began, 0.3)
        self.assertEqual(audit(self.where, sample=150, gentle=1)["sampled"],
                         150)

    def test_a_sample_is_drawn_by_the_rate_and_gently(self):
        self.many(4000)
        for more in ({"rate": 1000}, {"gentle": 1}):
            self.r("CONFIG", "RESETSTAT")
            began = time.monotonic()
            a = audit(self.where, sample=1000, **more)
            took = time.monotonic() - began
            self.assertEqual((a["code"], a["complete"], a["sampled"]),
                             (0, 1, 1000))
            walked = [w for done, _, w in a["steps"] if w > 0 and not done]
            self.assertEqual(walked, sorted(walked))
            self.assertGreater(len(set(walked)), 2)
            # 4,000 keys at 10,000 a second, twice, and then 1,000 entities.
            if "rate" in more:
                self.assertGreater(took, 1.35)
                continue
            self.assertGreaterEqual(int(self.r.calls()["scan"]), 40)
            busy = sum(int(re.search(r"usec=(\d+)", stat)[1]) for stat in
                       self.r.info("commandstats").values()) / 1e6
            print(f"{busy:.3f} of {a['elapsed_us'] / 1e6:.3f} s")
            self.assertLess(busy, 0.2 * a["elapsed_us"] / 1e6)

    def test_the_population_of_a_larger_store(self):
        self.many(60000)
        a = audit(self.where, sample=1000)
        self.assertEqual(a["sampled"], 1000)
        self.assertAlmostEqual(a["entities"], 60000, delta=3000)
        self.assertEqual(a["approximate"], 1)
        a = audit(self.where, sample=100000)
        self.assertEqual((a["entities"], a["sampled"], a["approximate"]),
                         (60000, 60000, 0))

    def test_what_has_gone_since_it_was_drawn_is_not_counted(self):
        self.many(1000)
        process = start(self.where, "audit", 600, 300, 0, 1)
        while process.stderr.readline().startswith(b"0 "):
            pass
        self.r("FLUSHALL")
        a = finish(process)
        self.assertEqual((a["code"], a["total"]), (0, 600))
        self.assertLess(a["sampled"], 600)
        f = a["features"]["country_iso"]
        self.assertEqual((f["present"], f["missing"]), (a["sampled"], 0))


@on_both
class Repairing(One):
    def state(self):
        keys = sorted(self.r("KEYS", "*"))
        return {k: self.r.hash(k) for k in keys
                if self.r("TYPE", k) == b"hash"}

    COUNTS = {"leaks": 10, "keys_without_ttl": 4, "orphans": 3,
              "not_hashes": 2, "seen": Planting.ENTITIES}

    def counts(self, answer, **more):
        want = {"code": 0, "complete": 1, **self.COUNTS, **more}
        self.assertEqual({k: answer[k] for k in want}, want, answer["why"])

    def test_a_dry_run_counts(self):
        self.plant_all()
        before = self.state()
        self.counts(repair(self.where, dry=1, gate=0), repaired=0, deleted=0,
                    found=14)
        self.counts(repair(self.where, dry=1, delete=1, gate=0), repaired=0,
                    deleted=0, found=17)
        self.assertEqual(self.state(), before)
        self.check_all(audit(self.where))

    def test_it_needs_the_gate(self):
        self.plant_all()
        a = repair(self.where, gate=0)
        self.assertEqual((a["code"], a["complete"], a["repaired"]),
                         (EGUARD, 0, 0))
        self.check_all(audit(self.where))

    def test_repair(self):
        self.plant_all()
        before = self.state()
        self.counts(repair(self.where), repaired=14, deleted=0, found=14)
        self.assertEqual(self.state(), before)
        self.assertAlmostEqual(self.r.field_ttls(
            key("leak0"), "tx_count_5m")["tx_count_5m"], 300000, delta=9000)
        self.assertAlmostEqual(self.r.field_ttls(
            key("leak0"), "last_device_id")["last_device_id"], 200000,
            delta=9000)
        self.assertAlmostEqual(self.r("PTTL", key("forever0")), 86400000,
                               delta=9000)
        self.assertEqual(self.r("TTL", key("s")), -1)
        a = audit(self.where)
        self.assertEqual((a["keys_without_ttl"], a["orphans"]), (0, 3))
        self.assertNotIn("leak", a["violations"])
        self.assertEqual(repair(self.where)["repaired"], 0)

    def test_gentle_and_by_rate_it_mends_the_same(self):
        for more in ({"rate": 100}, {"gentle": 1}):
            self.r("FLUSHALL")
            self.plant_all()
            before = self.state()
            began = time.monotonic()
            self.counts(repair(self.where, **more), repaired=14, deleted=0,
                        found=14)
            if "rate" in more:
                self.assertGreater(time.monotonic() - began, 0.4)
            self.assertEqual(self.state(), before)

    def test_no_ttl_that_is_set_meanwhile_is_changed(self):
        self.plant("u1", ttl=0, tx_count_5m=0)
        self.r("CONFIG", "SET", "slowlog-log-slower-than", 0)
        self.assertEqual(repair(self.where)["repaired"], 2)
        self.r("CONFIG", "SET", "slowlog-log-slower-than", -1)
        changes = {x[3][0].upper(): x[3][1:] for x in
                   self.r("SLOWLOG", "GET", -1)
                   if b"EXPIRE" in x[3][0].upper()
                   and b"TIME" not in x[3][0].upper()}
        self.assertEqual(changes, {
            b"HPEXPIRE": [key("u1"), b"300000", b"NX", b"FIELDS", b"1",
                          b"tx_count_5m"],
            b"PEXPIRE": [key("u1"), b"86400000", b"NX"]})

    def test_orphans_are_deleted_and_nothing_else(self):
        self.plant_all()
        before = self.state()
        self.counts(repair(self.where, delete=1), repaired=14, deleted=3,
                    found=17)
        for i in range(3):
            del before[key(f"orphan{i}")]
        self.assertEqual(self.state(), before)
        self.assertEqual(audit(self.where)["orphans"], 0)


@on_both
class AuditingACluster(Planting):
    @classmethod
    def setUpClass(cls):
        cls.cluster = Cluster(cls.kind)
        cls.where = f"redis://127.0.0.1:{cls.cluster.nodes[0].port}"

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()

    def client(self, k):
        return self.cluster.client(k)

    def test_all(self):
        self.plant_all()
        self.check_all(audit(self.where))
        a = audit(self.where, sample=25)
        self.assertEqual((a["code"], a["sampled"]), (0, 25))
        a = repair(self.where, delete=1)
        self.assertEqual((a["code"], a["repaired"], a["deleted"]), (0, 14, 3))
        a = audit(self.where)
        self.assertEqual((a["entities"], a["orphans"],
                          a["keys_without_ttl"]), (self.ENTITIES - 3, 0, 0))


if __name__ == "__main__":
    tap.main()
