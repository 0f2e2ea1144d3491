"""The drill by itself, on a private server."""
import json
import os
import subprocess
import unittest

import tap
from server import FSCONSOLE, Server, require


def run(*args):
    env = {**os.environ, "FSCONSOLE_REDIS_SERVER": require("redis")}
    p = subprocess.run([FSCONSOLE, *args], capture_output=True, text=True,
                       timeout=120, check=False, env=env,
                       stdin=subprocess.DEVNULL)
    return p.returncode, p.stdout, p.stderr


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
        self.assertEqual([c for at, c in points if 3.5 < at < 4], [0, 0])
        self.assertGreater(points[-1][1], 85)
        self.assertEqual(sorted(points), points)
        # Each fifth of a second some go: the curve is as fine as the points.
        self.assertLess(report["error_seconds"], 0.4 * tap.SLOWNESS)
        self.assertTrue(0 < report["recovery_seconds"] < 3 * tap.SLOWNESS)

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
