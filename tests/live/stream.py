"""stream --from: events as they come, and what becomes of them when the
server goes away."""
import contextlib
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import tap
from server import FSCONSOLE, Server, on_both, wait


class Live(unittest.TestCase):
    kind = "redis"

    def setUp(self):
        self.server = Server(self.kind)
        self.addCleanup(self.server.stop)
        self.r = self.server.client()

    def start(self, *args, source="-"):
        p = subprocess.Popen(
            [FSCONSOLE, *self.server.address, "stream", "--from", source,
             "--json", *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.addCleanup(self.end, p)
        return p

    @staticmethod
    def end(p):
        p.kill()
        p.wait()
        for pipe in (p.stdin, p.stdout, p.stderr):
            with contextlib.suppress(OSError):
                pipe.close()

    def finish(self, p):
        """The status, the JSON and the messages."""
        out, err = p.communicate(timeout=60)
        return (p.returncode, json.loads(out) if out else None,
                err.decode("utf-8", "replace"))

    @staticmethod
    def event(entity, ttl=None, **features):
        e = {"entity": entity, "features": features}
        if ttl is not None:
            e["ttl"] = ttl
        return json.dumps(e).encode() + b"\n"

    def send(self, p, *events):
        p.stdin.write(b"".join(events))
        p.stdin.flush()

    def value(self, entity, name="tx_count_5m"):
        return self.r("HGET", f"fs:user:{entity}", name)


@on_both
class Events(Live):
    def test_trickle_is_written_at_once(self):
        p = self.start()
        worst = 0
        for i in range(30):
            began = time.monotonic()
            self.send(p, self.event("u1", tx_count_5m=i))
            wait(lambda n=i: self.value("u1") == str(n).encode(), 20, "it")
            if i > 0:		# the first waits for the program's start
                worst = max(worst, time.monotonic() - began)
            time.sleep(0.01)
        self.assertLess(worst, 0.05 * tap.SLOWNESS)
        status, out, _ = self.finish(p)
        self.assertEqual((status, out["events"], out["written_fields"]),
                         (0, 30, 30))

    def test_flood(self):
        p = self.start()
        n = 20000
        self.send(p, *(self.event(f"u{i % 500}", tx_count_5m=i,
                                  session_country="DE") for i in range(n)))
        status, out, err = self.finish(p)
        self.assertEqual((status, out["events"], out["written_fields"]),
                         (0, n, 2 * n), err)
        for i in range(500):
            self.assertEqual(self.value(f"u{i}"),
                             str(n - 500 + i).encode())

    def test_from_a_file(self):
        with tempfile.NamedTemporaryFile(suffix=".ndjson") as f:
            f.write(self.event("u1", tx_count_5m=1) +
                    self.event("u2", tx_count_5m=2))
            f.flush()
            status, out, _ = self.finish(self.start(source=f.name))
        self.assertEqual((status, out["events"]), (0, 2))
        self.assertEqual(self.value("u2"), b"2")

    def test_time_to_live(self):
        p = self.start()
        self.send(p, self.event("u1", "30s", tx_count_5m=1),
                  self.event("u2", tx_count_5m=1))
        self.assertEqual(self.finish(p)[0], 0)
        ttl = self.r.field_ttls("fs:user:u1", "tx_count_5m")["tx_count_5m"]
        self.assertTrue(25000 < ttl <= 30000, ttl)
        ttl = self.r.field_ttls("fs:user:u2", "tx_count_5m")["tx_count_5m"]
        self.assertTrue(290000 < ttl <= 300000, ttl)

    def test_bad_events_are_reported_and_the_rest_is_written(self):
        p = self.start()
        self.send(p, self.event("u1", tx_count_5m=1), b"{nonsense\n",
                  self.event("u2", tx_count_5m="x"),
                  self.event("u3", tx_count_5m=3))
        status, out, err = self.finish(p)
        self.assertEqual((status, out["events"], out["rejected"]), (1, 2, 2))
        self.assertIn("2:", err)
        self.assertIn("3:", err)
        self.assertEqual(self.value("u3"), b"3")
        self.assertIsNone(self.value("u2"))

    def test_strict(self):
        p = self.start("--strict")
        self.send(p, self.event("u1", tx_count_5m=1), b"{nonsense\n",
                  self.event("u3", tx_count_5m=3))
        status, out, _ = self.finish(p)
        self.assertEqual((status, out["events"], out["rejected"]), (1, 1, 1))
        self.assertIsNone(self.value("u3"))

    def test_batch_feature_is_refused(self):
        p = self.start()
        self.send(p, self.event("u1", country_iso="DE"),
                  self.event("u2", tx_count_5m=1))
        status, _, err = self.finish(p)
        self.assertEqual(status, 1)
        self.assertIn("country_iso", err)
        self.assertEqual(self.r("EXISTS", "fs:user:u1"), 0)
        self.assertEqual(self.value("u2"), b"1")

    def test_term_leaves_nothing_untold(self):
        p = self.start()
        stop = threading.Event()
        sent = [0]

        def feed():
            try:
                while not stop.is_set():
                    self.send(p, self.event(f"u{sent[0]}", tx_count_5m=1))
                    sent[0] += 1
            except OSError:
                pass
        feeder = threading.Thread(target=feed)
        feeder.start()
        wait(lambda: self.r("DBSIZE") > 500, 20, "some to be written")
        p.send_signal(signal.SIGTERM)
        p.wait(10)
        stop.set()
        feeder.join()
        out = json.loads(p.stdout.read())
        self.assertEqual(out["events"], self.r("DBSIZE"))


class Away(Live):
    """The server goes and comes back; it forgets, as it keeps nothing."""

    def feed(self, p, stop, sent):
        try:
            while not stop.is_set():
                self.send(p, self.event(f"u{sent[0] % 100}",
                                        tx_count_5m=sent[0]))
                sent[0] += 1
                time.sleep(0.0005)
        except OSError:
            pass

    def outage(self, seconds, *args):
        p = self.start(*args)
        stop, sent = threading.Event(), [0]
        feeder = threading.Thread(target=self.feed, args=(p, stop, sent))
        feeder.start()
        try:
            wait(lambda: self.r("DBSIZE") == 100, 20, "events")
            self.server.kill()
            time.sleep(seconds)
            self.server.start()
            self.r = self.server.client()
            time.sleep(1)
        finally:
            stop.set()
            feeder.join()
        return p, sent[0]

    def test_waited_for(self):
        p, sent = self.outage(1, "--retry", "20s")
        p.stdin.close()
        status, out, err = p.wait(60), p.stdout.read(), p.stderr.read()
        out = json.loads(out)
        self.assertEqual((status, out["events"], out["rejected"]),
                         (0, sent, 0), err)
        # What came last of each entity is what is there.
        for i in range(100):
            last = sent - 1 - (sent - 1 - i) % 100
            self.assertEqual(self.value(f"u{i}"), str(last).encode())

    def test_several_times(self):
        p = self.start("--retry", "20s")
        stop, sent = threading.Event(), [0]
        feeder = threading.Thread(target=self.feed, args=(p, stop, sent))
        feeder.start()
        for _ in range(4):
            time.sleep(0.4)
            self.r("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        stop.set()
        feeder.join()
        p.stdin.close()
        self.assertEqual(p.wait(60), 0, p.stderr.read())
        self.assertEqual(json.loads(p.stdout.read())["events"], sent[0])
        for i in range(100):
            last = sent[0] - 1 - (sent[0] - 1 - i) % 100
            self.assertEqual(self.value(f"u{i}"), str(last).encode())

    def test_not_waited_for(self):
        p = self.start()
        self.send(p, *(self.event(f"u{i}", tx_count_5m=1)
                       for i in range(10)))
        wait(lambda: self.r("DBSIZE") == 10, 20, "events")
        time.sleep(0.1 * tap.SLOWNESS)	# for the answers to arrive
        self.server.kill()
        self.send(p, self.event("u11", tx_count_5m=1))
        status = p.wait(20)
        out, err = json.loads(p.stdout.read()), p.stderr.read().decode()
        self.assertEqual((status, out["events"]), (3, 10), err)
        self.assertIn("10 events are safe", err)

    def test_waited_for_too_long(self):
        p = self.start("--retry", "1s")
        self.send(p, *(self.event(f"u{i}", tx_count_5m=1)
                       for i in range(10)))
        wait(lambda: self.r("DBSIZE") == 10, 20, "events")
        time.sleep(0.1 * tap.SLOWNESS)	# for the answers to arrive
        self.server.kill()
        began = time.monotonic()
        self.send(p, self.event("u11", tx_count_5m=1))
        status = p.wait(20)
        took = time.monotonic() - began
        out, err = json.loads(p.stdout.read()), p.stderr.read().decode()
        self.assertEqual((status, out["events"]), (3, 10), err)
        self.assertIn("10 events are safe, 1", err)
        self.assertTrue(0.9 < took < 1 + 2 * tap.SLOWNESS, took)

    def test_memory_is_bounded_while_it_waits(self):
        p = self.start("--retry", "20s")
        self.send(p, self.event("u1", tx_count_5m=1))
        wait(lambda: self.r("DBSIZE") == 1, 20, "events")
        self.server.kill()
        os.set_blocking(p.stdin.fileno(), False)
        taken, end = 0, time.monotonic() + 1
        block = self.event("u1", last_device_id="x" * 1000) * 50
        while time.monotonic() < end:
            try:
                taken += os.write(p.stdin.fileno(), block)
            except BlockingIOError:
                time.sleep(0.01)
        # It stops reading; the writer has to wait.
        self.assertLess(taken, 10e6)


if __name__ == "__main__":
    tap.main()
