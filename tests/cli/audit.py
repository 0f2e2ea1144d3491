#!/usr/bin/python3
"""What an audit says of a store in which everything was planted."""
import json
import math
import re
import signal
import unittest

import tap
from server import on_both, wait
from shell import SAMPLE, STREAMING, StoreCase, popen, value_of

KINDS = ["leak", "missing", "no-key-ttl", "orphan", "over-ttl",
         "key-before-field", "not-hash", "stalled"]
FEATURE = {"name", "class", "present", "missing", "coverage_percent",
           "no_ttl", "leaks", "over_ttl", "ttl_seconds", "histogram",
           "youngest_write_seconds", "stalled", "half_gone_seconds",
           "all_gone_seconds"}


class Planted(StoreCase):
    def setUp(self):
        super().setUp()
        whole = {name: "1" for name in SAMPLE}
        for n in range(20):
            self.hset(f"good{n}", whole,
                      field_ttl={s: 300 for s in STREAMING})
        for n in range(5):
            self.hset(f"leak{n}", whole, field_ttl={
                s: 200 for s in STREAMING if s != "tx_count_5m"})
        for n in range(4):
            self.hset(f"batch{n}", {"country_iso": "US", "odd\"\xff": 1})
        for n in range(3):
            self.hset(f"forever{n}", whole, ttl=0,
                      field_ttl={s: 100 for s in STREAMING})
        for n in range(2):
            self.hset(f"orphan{n}", {"tx_count_5m": 1},
                      field_ttl={"tx_count_5m": 250})
        self.hset("over", whole, field_ttl={
            **{s: 300 for s in STREAMING}, "last_login_ts": 5000})
        self.hset(b"early\xfe", whole, ttl=60,
                  field_ttl={s: 200 for s in STREAMING})
        self.r("SET", self.key("string"), "x")


@on_both
class Json(Planted):
    def test_counts(self):
        a = self.json("audit")
        self.assertEqual(set(a), {
            "entities", "sampled", "complete", "elapsed_ms",
            "keys_without_ttl", "orphans", "not_hashes", "features",
            "unknown_features", "violations"})
        self.assertEqual((a["entities"], a["sampled"], a["complete"]),
                         (36, 36, True))
        self.assertEqual((a["keys_without_ttl"], a["orphans"],
                          a["not_hashes"]), (3, 2, 1))
        self.assertEqual([f["name"] for f in a["features"]], list(SAMPLE))
        self.assertTrue(all(set(f) == FEATURE for f in a["features"]))
        self.assertEqual(a["unknown_features"],
                         [{"name": "odd\"\u00ff", "count": 4}])
        f = {f["name"]: f for f in a["features"]}
        self.assertEqual((f["country_iso"]["present"],
                          f["country_iso"]["missing"]), (34, 2))
        self.assertAlmostEqual(f["country_iso"]["coverage_percent"],
                               100 * 34 / 36, places=3)
        self.assertEqual((f["tx_count_5m"]["present"],
                          f["tx_count_5m"]["leaks"],
                          f["tx_count_5m"]["no_ttl"]), (32, 5, 5))
        self.assertEqual(f["last_login_ts"]["over_ttl"], 1)

    def test_times(self):
        f = {f["name"]: f for f in self.json("audit")["features"]}
        ttl = f["tx_count_5m"]["ttl_seconds"]
        self.assertEqual(list(ttl), ["min", "p5", "p50", "p95", "max"])
        self.assertAlmostEqual(ttl["min"], 100, delta=3)
        self.assertAlmostEqual(ttl["p50"], 300, delta=10)
        self.assertAlmostEqual(ttl["max"], 300, delta=3)
        self.assertEqual(sorted(ttl.values()), list(ttl.values()))
        self.assertAlmostEqual(f["tx_count_5m"]["youngest_write_seconds"], 0,
                               delta=3)
        self.assertEqual(sum(b["count"]
                             for b in f["tx_count_5m"]["histogram"]), 27)
        self.assertEqual(list(f["country_iso"]["ttl_seconds"].values()),
                         [None] * 5)

    def test_violations(self):
        v = {v["kind"]: v for v in self.json("audit")["violations"]}
        self.assertLessEqual(set(v), set(KINDS))
        self.assertEqual(v["leak"]["count"], 5)
        self.assertEqual(sorted(v["leak"]["examples"]),
                         [f"leak{n}" for n in range(5)])
        self.assertEqual(v["no-key-ttl"]["count"], 3)
        self.assertEqual(v["orphan"]["count"], 2)
        self.assertEqual(v["over-ttl"]["examples"], ["over"])
        self.assertEqual(v["not-hash"]["count"], 1)
        self.assertEqual([value_of(e) for e in
                          v["key-before-field"]["examples"]], [b"early\xfe"])
        self.assertLessEqual(max(len(x["examples"]) for x in v.values()), 10)

    def test_sample(self):
        a = self.json("audit", "--sample", 10)
        self.assertEqual(a["sampled"], 10)
        for f in a["features"]:
            self.assertEqual(f["present"] + f["missing"], 10)
            self.assertTrue(0 <= f["coverage_low_percent"] <=
                            f["coverage_percent"] <=
                            f["coverage_high_percent"] <= 100)
            self.assertEqual(list(f["estimates"]),
                             ["missing", "no_ttl", "leaks", "over_ttl"])
            for name, n in f["estimates"].items():
                self.assertTrue(f[name] <= n["low"] <= n["count"] <=
                                n["high"] <= 36, (name, n))
        self.assertEqual(list(a["estimates"]),
                         ["keys_without_ttl", "orphans"])


@on_both
class Approximate(StoreCase):
    def test_a_sample_of_many(self):
        for at in range(0, 60000, 5000):
            self.r.many(("HSET", self.key(f"u{n}"), "country_iso", "US")
                        for n in range(at, at + 5000))
        a = self.json("audit", "--sample", 100)
        self.assertIs(a["approximate"], True)
        self.assertAlmostEqual(a["entities"], 60000, delta=3000)
        self.assertRegex(self.ok("audit", "--sample", 100).out,
                         r"\A~[\d,]+ entities, a sample of 100 read")
        self.assertIn("fsconsole_audit_approximate{prefix=\"fs:user:\"} 1\n",
                      self.ok("audit", "--sample", 100, "--prometheus").out)
        for command in ("audit", "state", "entities"):
            self.assertNotIn("approximate", self.json(command))


@on_both
class CutShort(StoreCase):
    def cancel(self, *args):
        self.r.many(("HSET", self.key(f"u{n}"), "country_iso", "US")
                    for n in range(3000))
        with popen("-s", self.server.path, *args) as p:
            wait(lambda: int(self.r.calls().get("hpexpiretime", 0)) >= 500,
                 10, "some of them")
            p.send_signal(signal.SIGINT)
            out, err = p.communicate(timeout=10 * tap.SLOWNESS)
        self.assertEqual((p.returncode, err),
                         (130, b"fsconsole: cancelled\n"))
        self.r("CONFIG", "RESETSTAT")
        return out.decode()

    def test_of_all(self):
        out = self.cancel("audit", "--rate", 1000)
        m = re.match(r"cut short after ([\d,]+) of about ([\d,]+) entities, "
                     r"read in \d[^\n]*; NOT COMPLETE\n", out)
        self.assertTrue(m, out)
        read, about = (int(n.replace(",", "")) for n in m.groups())
        self.assertTrue(500 <= read < 3000)
        self.assertAlmostEqual(about, 3000, delta=600)
        self.assertNotIn("sample", out)
        a = json.loads(self.cancel("--json", "audit", "--rate", 1000))
        self.assertEqual((a["complete"], a["approximate"]), (False, True))
        self.assertNotIn("estimates", a)

    def test_of_a_sample(self):
        out = self.cancel("audit", "--rate", 1000, "--sample", 2000)
        self.assertRegex(out, r"\A~?[\d,]+ entities, a sample of [\d,]+ read in "
                         r"\d[^\n]*; NOT COMPLETE\n")


@on_both
class Limits(Planted):
    def broken(self, *args):
        result = self.run_("audit", *args)
        self.assertEqual(result.status, 1, result)
        self.assertRegex(result.err, r"\Afsconsole: audit: [^\n]+\n\Z")
        self.assertIn("36 entities", result.out)
        return result.err

    def test_each(self):
        self.assertIn("5 leaks", self.broken("--max-leaks", 4))
        self.ok("audit", "--max-leaks", 5)
        self.broken("--max-missing", "5")
        self.ok("audit", "--max-missing", "20")
        self.broken("--fail-on", "leak,orphan")
        self.broken("--fail-on", "not-hash")

    VAIN = ("fsconsole: audit: no feature has an expected interval, so none "
            "can be said to have stalled; --schema gives one\n")

    def test_a_limit_on_what_is_not_known(self):
        for limit in (["--fail-on", "stalled"], ["--max-stalled", 0]):
            result = self.run_("audit", *limit)
            self.assertEqual((result.status, result.err), (0, self.VAIN))
            self.assertEqual(result.out.count("no interval between"), 1)
        result = self.run_("audit", "--fail-on", "stalled,orphan")
        self.assertEqual(result.status, 1)
        self.assertRegex(result.err, re.escape(self.VAIN) +
                         r"fsconsole: audit: [^\n]*2 of orphan[^\n]*\n\Z")
        self.assertEqual(self.run_("audit", "--max-leaks", 9).err, "")

    def test_leaks_of_a_sample_are_those_of_the_store(self):
        self.r("FLUSHALL")
        self.r.many(("HSET", self.key(f"u{n}"), "tx_count_5m", 1)
                    for n in range(1300))
        result = self.run_("audit", "--sample", 100, "--max-leaks", 110)
        self.assertEqual(result.status, 1)
        self.assertIn("about 1300 leaks, by a sample of 100 of 1300",
                      result.err)
        self.ok("audit", "--sample", 100, "--max-leaks", 1300)

    def test_stalled(self):
        self.r("FLUSHALL")
        schema = self.server.dir + "/schema.json"
        with open(schema, "w", encoding="utf-8") as f:
            f.write('{"features": [{"name": "a", "class": "streaming", '
                    '"type": "int64", "interval": "10s"}]}')
        self.hset("u1", {"a": 1}, field_ttl={"a": 250})
        result = self.run_("--schema", schema, "audit", "--max-stalled", 1)
        self.assertEqual((result.status, result.err), (0, ""))
        self.assertNotIn("no interval", result.out)
        result = self.run_("--schema", schema, "audit", "--max-stalled", 0)
        self.assertEqual(result.status, 1)
        self.assertIn("stalled", result.err)


@on_both
class Prometheus(Planted):
    LINE = re.compile(r'fsconsole_[a-z_]+\{((?:[a-z_]+="(?:\\[\\"n]|[^"\\\n])*"'
                      r',?)*)\} (\S+)\Z')

    def samples(self, text):
        """Name, labels and value; the format is checked on the way."""
        typed, helped, found = {}, {}, []
        for line in text.splitlines():
            if line.startswith("#"):
                _, what, name, rest = line.split(" ", 3)
                into = {"HELP": helped, "TYPE": typed}[what]
                self.assertNotIn(name, into)
                into[name] = rest
                continue
            m = self.LINE.match(line)
            self.assertTrue(m, line)
            name = line.split("{")[0]
            family = re.sub("_(bucket|sum|count)$", "", name)
            if typed.get(family) != "histogram":
                family = name
            # What is said of a family stands right before its samples.
            self.assertEqual(family, list(typed)[-1])
            self.assertEqual(family, list(helped)[-1])
            self.assertEqual("histogram" if name != family else "gauge",
                             typed[family])
            labels = dict(re.findall(r'([a-z_]+)="((?:\\.|[^"\\])*)"', m[1]))
            self.assertTrue(math.isfinite(float(m[2])))
            found.append((name, labels, float(m[2])))
        keys = [(n, tuple(sorted(l.items()))) for n, l, _ in found]
        self.assertEqual(len(keys), len(set(keys)), "a sample twice")
        return found

    def histograms(self, found, name):
        """Of each feature its buckets, sum and count; checked on the way."""
        got = {}
        for n, labels, value in found:
            if not n.startswith(name):
                continue
            h = got.setdefault(labels["feature"], {"le": [], "n": []})
            if n == name + "_bucket":
                self.assertNotIn("sum", h)
                h["le"].append(float(labels["le"].replace("+Inf", "inf")))
                h["n"].append(value)
            else:
                self.assertNotIn("le", labels)
                h[n.removeprefix(name + "_")] = value
        for h in got.values():
            self.assertEqual(h["le"], sorted(set(h["le"])))
            self.assertEqual(h["le"][-1], math.inf)
            self.assertEqual(h["n"], sorted(h["n"]))
            self.assertEqual(h["n"][-1], h["count"])
        return got

    def test_format(self):
        out = self.ok("audit", "--prometheus").out
        self.assertTrue(out.endswith("\n"))
        found = self.samples(out)
        value = {(n, l.get("feature"), l.get("kind")): v
                 for n, l, v in found if "quantile" not in l and
                 "le" not in l}
        self.assertTrue(all(l["prefix"] == self.prefix for _, l, _ in found))
        self.assertEqual(value["fsconsole_entities", None, None], 36)
        self.assertEqual(value["fsconsole_audit_complete", None, None], 1)
        self.assertEqual(value["fsconsole_feature_leaks", "tx_count_5m",
                               None], 5)
        self.assertEqual(value["fsconsole_feature_coverage_ratio",
                               "tx_count_5m", None], 32 / 36)
        self.assertEqual(value["fsconsole_violations", None, "orphan"], 2)
        self.assertEqual(value["fsconsole_unknown_feature",
                               'odd\\"\u00ff', None], 4)

    def test_a_sample_has_its_intervals(self):
        found = self.samples(self.ok("audit", "--prometheus", "--sample",
                                     20).out)
        value = {(n.removeprefix("fsconsole_feature_coverage"),
                  l.get("feature")): v for n, l, v in found}
        for f in SAMPLE:
            self.assertLessEqual(value["_low_ratio", f], value["_ratio", f])
            self.assertLessEqual(value["_ratio", f], value["_high_ratio", f])
            self.assertLess(value["_low_ratio", f], value["_high_ratio", f])
        value = {(n, l.get("feature")): v for n, l, v in found}
        for n, f in (("feature_leaks", "tx_count_5m"), ("orphans", None)):
            n = f"fsconsole_{n}"
            self.assertLessEqual(value[n, f], value[n + "_estimate_low", f])
            self.assertLessEqual(value[n + "_estimate_low", f],
                                 value[n + "_estimate", f])
            self.assertLess(value[n + "_estimate", f],
                            value[n + "_estimate_high", f])

    def test_histogram(self):
        found = self.samples(self.ok("audit", "--prometheus").out)
        got = self.histograms(found, "fsconsole_feature_time_left_seconds")
        self.assertEqual(list(got), list(SAMPLE))
        h = got["tx_count_5m"]
        self.assertEqual(h["le"][:3] + h["le"][-2:], [25, 50, 75, 275,
                                                      math.inf])
        # 21 have 300 s, 2 have 250, 1 has 200, 3 have 100; 5 leak.
        self.assertEqual(h["n"], [0, 0, 0, 3, 3, 3, 3, 4, 4, 6, 6, 27])
        self.assertAlmostEqual(h["sum"], 21 * 300 + 200 + 2 * 250 + 3 * 100,
                               delta=27 * 3)
        self.assertEqual(got["country_iso"]["count"], 31)
        self.assertAlmostEqual(got["country_iso"]["sum"], 30 * 86400 + 60,
                               delta=31 * 3)

    def test_limits_hold_here_too(self):
        result = self.run_("audit", "--prometheus", "--max-leaks", 0)
        self.assertEqual(result.status, 1)
        self.samples(result.out)


class Text(Planted):
    def test_text(self):
        out = self.ok("audit").out
        self.assertRegex(out, r"\A36 entities, all read in [0-9.]+ m?s\n")
        self.assertRegex(out, r"(?m)^tx_count_5m +88\.9% .* LEAKS 5$")
        self.assertRegex(out, r"(?m)^orphan +2  orphan\d orphan\d$")
        self.assertRegex(out, r"(?m)^key-before-field +1  early\\xFE$")

    def test_empty(self):
        self.r("FLUSHALL")
        self.assertEqual(self.json("audit")["entities"], 0)
        self.assertRegex(self.ok("audit").out, r"\A0 entities, all read")


if __name__ == "__main__":
    unittest.TestCase.maxDiff = 4000
    tap.main()
