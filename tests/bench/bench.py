#!/usr/bin/python3
"""Speed as ratios: fsconsole beside its peers, interleaved, on real servers.

    make bench                      all of it
    make bench BENCH="load read"    some of it
    FS_BENCH_N=200000 FS_BENCH_ROUNDS=7 FS_BENCH_MAX=1000000

Each figure is the median of the rounds with its range; the ratio is against
the floor of the same run (tests/bench/floor.c: ready-made bytes in bare C).
MB is the client's largest resident size, busy the server's share of the time.
"""
import fcntl
import json
import os
import pty
import re
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "..", "lib"))
from server import FSCONSOLE, LOCAL, Cluster, Server  # noqa: E402

BUILD = os.environ.get("FS_BUILDDIR") or os.getcwd()
FLOOR = os.path.join(BUILD, "tests", "bench", "floor")
STORE = os.path.join(BUILD, "tests", "bench", "store")
N = int(os.environ.get("FS_BENCH_N", "200000"))
ROUNDS = int(os.environ.get("FS_BENCH_ROUNDS", "7"))
MAX = int(os.environ.get("FS_BENCH_MAX", "1000000"))
STREAMING = ["last_login_ts", "last_device_id", "tx_count_5m",
             "failed_logins_15m", "session_country"]


#
# Measuring
#

class Run:
    """A command that ran: seconds, its size in MB, the servers' busy share."""

    def __init__(self, argv, servers, stdin=None):
        before = sum(map(cpu, servers))
        p = subprocess.run([FLOOR, "run", *argv], stdin=stdin,
                           capture_output=True, check=True)
        self.out = p.stdout.decode()
        *error, last = p.stderr.decode().splitlines()
        seconds, kb, status = last.split()
        self.seconds, self.mb = float(seconds), int(kb) / 1024
        self.busy = (sum(map(cpu, servers)) - before) / self.seconds
        if status != "0":
            sys.exit(f"{' '.join(argv)}: {status}: {' '.join(error)}")

    def number(self, i=0):
        return float(self.out.split()[i])


def cpu(server):
    """Seconds of processor time that a server has used."""
    with open(f"/proc/{server.pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Table:
    """Rows of one comparison; the first row is what the ratios are to."""

    def __init__(self, title, unit):
        self.title, self.unit, self.rows = title, unit, {}

    def add(self, name, value, run=None):
        self.rows.setdefault(name, []).append(
            (value, run.mb if run else None, run.busy if run else None))

    def show(self):
        base = statistics.median(v for v, _, _ in
                                 next(iter(self.rows.values())))
        print(f"\n{self.title}")
        print(f"  {'':44} {self.unit:>9}  {'range':>19} {'ratio':>6}"
              f" {'MB':>6} {'busy':>5}")
        for name, got in self.rows.items():
            values = [v for v, _, _ in got]
            mid = statistics.median(values)
            mb = [m for _, m, _ in got if m is not None]
            busy = [b for _, _, b in got if b is not None]
            mb = f"{statistics.median(mb):.1f}" if mb else "-"
            busy = f"{statistics.median(busy) * 100:.0f}%" if busy else "-"
            print(f"  {name:44} {mid:9.3f}  {min(values):9.3f}"
                  f" {max(values):9.3f} {mid / base:6.2f} {mb:>6} {busy:>5}")
        sys.stdout.flush()


def flush(*servers):
    for s in servers:
        s.client()("FLUSHALL", "SYNC")


def seeded(server, count, streaming=True):
    """Fill a server with sample entities, all features."""
    Run([FSCONSOLE, *server.address, "bulk-load", "--count", str(count)],
        [server])
    if streaming:
        Run([STORE, "stream", server.uri, str(count)], [server])


#
# What is compared
#

def files(folder, n):
    """The same rows as RESP, CSV and NDJSON files."""
    names = ["country_iso", "risk_segment", "account_age_days", "tx_count_7d",
             "avg_amount_30d", "chargeback_count_180d"]
    paths = {k: os.path.join(folder, "rows." + k)
             for k in ("resp", "csv", "ndjson")}
    with open(paths["resp"], "wb") as resp, open(paths["csv"], "w") as csv, \
            open(paths["ndjson"], "w") as nd:
        csv.write("entity," + ",".join(names) + "\n")
        for i in range(1, n + 1):
            row = ["US", "low", 7 + i * 7 % 2394, i % 81,
                   (500 + i * 37 % 34500) / 100, i % 4]
            id = f"u{i:04d}"
            csv.write(id + "," + ",".join(map(str, row)) + "\n")
            nd.write(json.dumps({"entity": id, "features":
                                 dict(zip(names, row))}) + "\n")
            words = ["HSET", "fs:user:" + id]
            for name, value in zip(names, row):
                words += [name, str(value)]
            for w in (words, ["PEXPIRE", "fs:user:" + id, "86400000"]):
                resp.write(b"*%d\r\n" % len(w) + b"".join(
                    b"$%d\r\n%s\r\n" % (len(x), x.encode()) for x in w))
    return paths


def libraries():
    """The client libraries that are there: how to start their part."""
    here = os.path.dirname(os.path.abspath(__file__))
    probes = {
        "redis-py, windows of 500":
            (["/usr/bin/python3"], "-c", "import redis", "peer_redis.py"),
        "node-redis, windows of 500":
            (["node"], "-e", "require('redis')", "peer_redis.js"),
    }
    found = {}
    for name, (argv, flag, probe, script) in probes.items():
        if shutil.which(argv[0]) and subprocess.run(
                [*argv, flag, probe], capture_output=True).returncode == 0:
            found[name] = [*argv, os.path.join(here, script)]
        else:
            print(f"not here: {name}")
    return found


def load():
    t = Table(f"HSET(6) + PEXPIRE, {N:,} entities, one unix socket", "s")
    os.environ.setdefault("NODE_PATH", "/usr/share/nodejs")
    others = libraries()
    with Server() as s, tempfile.TemporaryDirectory() as folder:
        paths = files(folder, N)
        here = [FSCONSOLE, *s.address, "bulk-load"]
        peers = {
            "fsconsole bulk-load, made-up rows": [*here, "--count", str(N)],
            "fsconsole bulk-load --from CSV": [*here, "--from", paths["csv"]],
            "fsconsole bulk-load --from NDJSON":
                [*here, "--from", paths["ndjson"]],
        }
        cli = os.path.join(LOCAL, "bin", "redis-cli")
        for _ in range(ROUNDS):
            flush(s)
            run = Run([FLOOR, "load", s.path, str(N)], [s])
            t.add("floor: ready-made bytes, replies dropped", run.number(),
                  run)
            for name, argv in peers.items():
                flush(s)
                run = Run(argv, [s])
                t.add(name, run.seconds, run)
            if os.path.exists(cli):
                flush(s)
                with open(paths["resp"]) as f:
                    run = Run([cli, "-s", s.path, "--pipe"], [s], f)
                t.add("redis-cli --pipe, ready-made file", run.seconds, run)
            for name, argv in others.items():
                flush(s)
                run = Run([*argv, s.path, str(N)], [s])
                t.add(name, run.seconds, run)
    t.show()


def read():
    with Server() as s:
        seeded(s, 1000)
        for k in (1, 30, 100, 1000):
            rounds = max(200, 20000 // k)
            t = Table(f"{k} entities: HMGET(5), all TTLs, one round trip;"
                      " p50", "us")
            for _ in range(ROUNDS):
                t.add("floor: bare write and read",
                      Run([FLOOR, "read", s.path, str(k), str(rounds)],
                          [s]).number())
                t.add("fsconsole's store",
                      Run([STORE, "read", s.uri, str(k), str(rounds)],
                          [s]).number())
            t.show()


def stream():
    t = Table(f"Five streaming features with TTL, {N:,} entities", "s")
    with Server() as s:
        for _ in range(ROUNDS):
            flush(s)
            run = Run([FLOOR, "stream", s.path, str(N)], [s])
            t.add("floor: HSETEX, ready-made bytes", run.number(), run)
            flush(s)
            run = Run([STORE, "stream", s.uri, str(N)], [s])
            t.add("fsconsole's writer", run.number(), run)
    t.show()


def audit():
    t = Table(f"Audit of {N:,} entities, pages with the reads of the last",
              "s")
    with Server() as s:
        seeded(s, N)
        here = [FSCONSOLE, *s.address, "audit", "--json"]
        for _ in range(ROUNDS):
            run = Run([FLOOR, "same", s.path], [s])
            t.add("floor: all that fsconsole asks", run.number(), run)
            run = Run(here, [s])
            t.add("fsconsole audit, 11 features", run.seconds, run)
            run = Run([FLOOR, "audit", s.path], [s])
            t.add("floor: five field deadlines and the key's", run.number(),
                  run)
    t.show()


def cluster():
    t = Table(f"bulk-load of {N:,} entities: one server, three nodes", "s")
    with Server(tcp=True) as s, Cluster() as c:
        for _ in range(ROUNDS):
            flush(s)
            run = Run([FSCONSOLE, *s.address, "bulk-load", "--count", str(N)],
                      [s])
            t.add("one server, TCP", run.seconds, run)
            flush(*c.nodes)
            run = Run([FSCONSOLE, *c.address, "bulk-load", "--count", str(N)],
                      c.nodes)
            t.add("three nodes, TCP", run.seconds, run)
        t.show()
        for server in (s, c.nodes[0]):
            Run([STORE, "stream", server.uri, "1000"], [server])
        t = Table("100 entities: HMGET(5), all TTLs; p50", "us")
        for _ in range(ROUNDS):
            for name, server in (("one server, TCP", s),
                                 ("three nodes, TCP", c.nodes[0])):
                run = Run([STORE, "read", server.uri, "100", "200"],
                          [server])
                t.add(name, run.number())
        t.show()


class Console:
    """The console in a terminal of 120x40 that is read and not looked at."""

    def __init__(self, *argv):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm-256color"
            os.execv(FSCONSOLE, [FSCONSOLE, *argv])
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ,
                    struct.pack("HHHH", 40, 120, 0, 0))
        self.seen = b""
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self):
        try:
            while data := os.read(self.fd, 65536):
                self.seen += data
        except OSError:
            pass

    def first(self, pattern):
        """Seconds until what matches is there."""
        began = time.monotonic()
        while (not re.search(pattern, self.seen)
               and time.monotonic() - began < 60):
            time.sleep(0.001)
        return time.monotonic() - began

    def mb(self):
        with open(f"/proc/{self.pid}/status") as f:
            return int(f.read().split("VmHWM:")[1].split()[0]) / 1024

    def quit(self):
        os.write(self.fd, b"q")
        os.waitpid(self.pid, 0)
        self.reader.join()
        os.close(self.fd)


def neighbour():
    """Another client's HMGET while fsconsole works, and how fast it does."""
    print("\nAnother client's HMGET meanwhile, us: p50, p99, p99.9;"
          " fsconsole's time")
    with Server() as s:
        seeded(s, N)
        jobs = {
            "idle": None,
            "the console, idle": Console,
            "bulk-load": ["bulk-load", "--count", str(N)],
            "bulk-load --gentle": ["bulk-load", "--count", str(N // 10),
                                   "--gentle"],
            "audit": ["audit", "--json"],
            "audit --gentle": ["audit", "--json", "--gentle"],
        }
        for name, argv in jobs.items():
            console = None
            if argv is Console:
                console = Console(*s.address, "--read-only")
                argv = None
                time.sleep(3)
            p = subprocess.Popen([FLOOR, "neighbour", s.path],
                                 stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE)
            began = time.monotonic()
            took = 0
            while argv and time.monotonic() - began < 3:
                took = Run([FSCONSOLE, *s.address, *argv], [s]).seconds
            if not argv:
                time.sleep(10)
            out, _ = p.communicate()
            if console:
                console.quit()
            p50, p99, p999, n = map(float, out.split())
            print(f"  {name:24} {p50:8.1f} {p99:8.1f} {p999:8.1f}"
                  f"   {took:7.2f} s")
            sys.stdout.flush()


def curve():
    """Time and memory against the number of entities."""
    print(f"\n{'entities':>12} {'load s':>8} {'us each':>8} {'MB':>6}"
          f" {'audit s':>8} {'us each':>8} {'MB':>6}")
    with Server() as s:
        n = 10000
        while n <= MAX:
            flush(s)
            a = Run([FSCONSOLE, *s.address, "bulk-load", "--count", str(n)],
                    [s])
            b = Run([FSCONSOLE, *s.address, "audit", "--json"], [s])
            print(f"{n:12,} {a.seconds:8.2f} {a.seconds / n * 1e6:8.2f}"
                  f" {a.mb:6.1f} {b.seconds:8.2f} {b.seconds / n * 1e6:8.2f}"
                  f" {b.mb:6.1f}")
            sys.stdout.flush()
            n *= 10 if n < 1000000 else 5


def console():
    """How soon the console shows a store, and what it takes."""
    print(f"\n{'entities':>12} {'first text':>11} {'list':>7} {'MB':>6}")
    with Server() as s:
        for n in (10, MAX):
            flush(s)
            Run([FSCONSOLE, *s.address, "bulk-load", "--count", str(n)], [s])
            c = Console(*s.address, "--read-only")
            text, listed = c.first(b"Entities"), c.first(rb"u\d{4}")
            time.sleep(10)
            print(f"{n:12,} {text * 1000:8.0f} ms"
                  f" {(text + listed) * 1000:4.0f} ms {c.mb():6.1f}")
            sys.stdout.flush()
            c.quit()


ALL = (load, read, stream, audit, cluster, neighbour, curve, console)

if __name__ == "__main__":
    wanted = sys.argv[1:] or [f.__name__ for f in ALL]
    known = {f.__name__: f for f in ALL}
    for word in wanted:
        if word not in known:
            sys.exit(f"bench: no '{word}'; there are: {', '.join(known)}")
    for word in wanted:
        known[word]()
