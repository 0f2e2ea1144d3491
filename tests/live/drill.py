"""The drill by itself, on a private server."""
import glob
import json
import os
import subprocess
import time
import unittest

import tap
from server import (FSCONSOLE, Server, die_with_parent, folder, require,
                    wait)
from tui import Tui


def begin(*args, **env):
    env = {**os.environ, "FSCONSOLE_REDIS_SERVER": require("redis"), **env}
    return subprocess.Popen([FSCONSOLE, *args], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, env=env,
                            stdin=subprocess.DEVNULL,
                            preexec_fn=die_with_parent)


def end(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def run(*args):
    return end(begin(*args))


class Drill(unittest.TestCase):
    def test_forecast_and_recovery(self):
        status, out, err = run(
            "--demo", "--streaming-ttl", "3s", "--tick", "50ms",
            "--users-per-tick", "40", "drill", "--for", "4s", "--json")
        self.assertEqual(status, 0, err)
        report = json.loads(out)
        points = [(p["at_seconds"], p["features"]["tx_count_5m"])
                  for p in report["timeline"]]
        self.assertEqual(points[0][0], 0)
        self.assertGreater(points[0][1], 90)
        self.assertEqual({c for at, c in points if 3.5 < at < 4}, {0})
        self.assertGreater(points[-1][1], 85)
        self.assertEqual(sorted(points), points)
        # Each fifth of a second some go: the curve is as fine as the points.
        self.assertLess(report["error_seconds"], 0.4 * tap.SLOWNESS)
        self.assertTrue(0 < report["recovery_seconds"] < 3 * tap.SLOWNESS)
        paused = [p for p in report["timeline"] if p["at_seconds"] < 4]
        worst = max(abs(p["features"][f] - p["expected"][f])
                    for p in paused for f in p["features"])
        self.assertAlmostEqual(report["error_percent"], worst, 3)
        last = report["timeline"][-1]
        self.assertEqual(set(last["expected"]), set(last["features"]))
        self.assertEqual(set(last["expected"].values()), {None})

    def test_a_short_pause_is_judged_too(self):
        """Nothing goes in it, and that was to be expected."""
        status, out, err = run(
            "--demo", "--streaming-ttl", "1h", "--tick", "50ms",
            "--users-per-tick", "40", "drill", "--for", "1s", "--json")
        self.assertEqual(status, 0, err)
        report = json.loads(out)
        self.assertIsNone(report["error_seconds"])
        self.assertEqual(report["error_percent"], 0)
        status, out, err = run(
            "--demo", "--streaming-ttl", "1h", "--tick", "50ms",
            "--users-per-tick", "40", "drill", "--for", "1s")
        self.assertRegex(out, r"forecast off by - and 0\.0 percentage points")

    def test_who_else_writes_ends_it(self):
        where = folder()
        drill = begin("--demo", "--tick", "100ms", "--users-per-tick", "50",
                      "drill", "--for", "10m", "--json", XDG_RUNTIME_DIR=where)
        self.addCleanup(drill.kill)
        wait(lambda: glob.glob(f"{where}/*/*sock*"), 10, "the demo's server")
        other = begin("-s", glob.glob(f"{where}/*/*sock*")[0], "stream",
                      "--for", "10m", "--tick", "100ms")
        self.addCleanup(end, other)
        self.addCleanup(other.kill)
        status, out, err = end(drill)
        self.assertEqual((status, out), (2, ""), err)
        self.assertRegex(err, r"\Afsconsole: drill: \w+ was written .* ago, "
                         r"in the pause: somebody else writes .*\n\Z")

    def console(self, server, *args):
        t = Tui([FSCONSOLE, *server.address, "--write", *args], 120, 40)
        self.addCleanup(t.close)
        t.expect(r" WRITE ")
        t.send("p")
        t.expect(r"● running")
        return t

    def fill(self, server, n):
        r = server.client()
        r.many(("HSET", f"fs:user:u{i}", "country_iso", "DE")
               for i in range(n))
        return r

    def test_the_worker_goes_on_when_another_writes(self):
        server = Server()
        self.addCleanup(server.stop)
        r = self.fill(server, 50)
        t = self.console(server, "--tick", "100ms", "--users-per-tick", "50")
        t.expect(r"Entities ─+ 50 ─")
        t.send(":drill --for 10m<enter>")
        t.expect(r"the worker is paused on purpose", 30)
        r("HSETEX", "fs:user:u7", "EX", 300, "FIELDS", 1, "tx_count_5m", 1)
        wait(lambda: r("HSETEX", "fs:user:u7", "EX", 300, "FIELDS", 1,
                       "tx_count_5m", 1) and t.pump(0) is not None and
             t.line("tx_count_5m was written .* somebody else writes"), 20,
             "the drill to end")
        t.send("<esc>")
        t.expect(r"● running")

    def test_a_duty_is_kept(self):
        server = Server()
        self.addCleanup(server.stop)
        r = self.fill(server, 10000)
        t = self.console(server, "--streaming-ttl", "5s", "--tick", "1s",
                         "--users-per-tick", "2000")
        t.expect(r"Entities ─+ 10,000 ─", 60)
        t.send(":drill --for 6s<enter>")
        t.expect(r"the worker is paused on purpose", 60)
        r("CONFIG", "RESETSTAT")
        start = time.monotonic()
        t.expect(r"the worker runs again|the forecast was wrong", 60)
        took = time.monotonic() - start
        busy = {name: int(stat.split("usec=")[1].split(",")[0]) / 1e6
                for name, stat in r.info("commandstats").items()
                if not name.startswith("cmdstat_hsetex")}
        print(f"drill: {sum(busy.values()) / took:.1%} of {took:.1f} s", busy)
        self.assertLess(sum(busy.values()) / took, 0.1)

    def test_only_the_writer_can(self):
        with Server() as s:
            status, out, err = run(*s.address, "drill", "--for", "1s")
            self.assertEqual((status, out), (2, ""))
            self.assertIn("--demo", err)
            self.assertNotIn("hset", s.client().calls())

    def test_usage(self):
        for args in ((), ("--for", "0"), ("--for", "1s", "x")):
            self.assertEqual(run("-s", "/nowhere", "drill", *args)[0], 2)


if __name__ == "__main__":
    tap.main()
