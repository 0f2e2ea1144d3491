#!/usr/bin/python3
"""Speed as ratios: fsconsole beside its peers, interleaved, on real servers.

    make bench                      all of it
    make bench BENCH="load read"    some of it
    FS_BENCH_N=200000 FS_BENCH_ROUNDS=7 FS_BENCH_MAX=5000000

Each figure is the median of the rounds with its range; the ratio is against
the floor of the same run (tests/bench/floor.c: ready-made bytes in bare C).
MB is the client's largest resident size, busy the server's share of the time.
"""
import asyncio
import csv
import fcntl
import json
import os
import pty
import re
import shutil
import signal
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
MAX = int(os.environ.get("FS_BENCH_MAX", "5000000"))
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


def tool(name):
    """A program of the server's own: as a list, which is empty without it."""
    path = os.path.join(LOCAL, "bin", name)
    path = path if os.path.exists(path) else shutil.which(name)
    if path is None:
        print(f"not here: {name}")
    return [path] if path else []


def libraries():
    """The client libraries that are there: how to start their part."""
    here = os.path.dirname(os.path.abspath(__file__))
    os.environ.setdefault("NODE_PATH", "/usr/share/nodejs")
    probes = {
        "redis-py": (["/usr/bin/python3"], "-c", "import redis",
                     "peer_redis.py"),
        "node-redis": (["node"], "-e", "require('redis')", "peer_redis.js"),
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
    others, cli, benchmark = libraries(), tool("redis-cli"), tool(
        "redis-benchmark")
    with Server() as s, tempfile.TemporaryDirectory() as folder:
        paths = files(folder, N)
        here = [FSCONSOLE, *s.address, "bulk-load"]
        peers = {
            "fsconsole bulk-load, made-up rows": [*here, "--count", str(N)],
            "fsconsole bulk-load --from CSV": [*here, "--from", paths["csv"]],
            "fsconsole bulk-load --from NDJSON":
                [*here, "--from", paths["ndjson"]],
        }
        for name, argv in others.items():
            peers[f"{name}, windows of 500"] = [*argv, "load", s.path, str(N)]
        if benchmark:
            peers["redis-benchmark -P 500, HSET alone"] = [
                *benchmark, "-s", s.path, "-c", "1", "-P", "500", "-q", "-n",
                str(N), "-r", str(N), "HSET", "fs:user:__rand_int__",
                "country_iso", "US", "risk_segment", "low",
                "account_age_days", "612", "tx_count_7d", "14",
                "avg_amount_30d", "92.4", "chargeback_count_180d", "0"]
        for _ in range(ROUNDS):
            flush(s)
            run = Run([FLOOR, "load", s.path, str(N)], [s])
            t.add("floor: ready-made bytes, replies dropped", run.number(),
                  run)
            for name, argv in peers.items():
                flush(s)
                run = Run(argv, [s])
                t.add(name, run.seconds, run)
            if cli:
                flush(s)
                with open(paths["resp"]) as f:
                    run = Run([*cli, "-s", s.path, "--pipe"], [s], f)
                t.add("redis-cli --pipe, ready-made file", run.seconds, run)
    t.show()


def one_read(benchmark, path, rounds):
    """The median of redis-benchmark's HMGET, in us."""
    run = Run([*benchmark, "-s", path, "-c", "1", "-n", str(rounds), "--csv",
               "--precision", "3", "HMGET", "fs:user:u0001", *STREAMING], [])
    names, values = list(csv.reader(run.out.splitlines()))[:2]
    return float(values[names.index("p50_latency_ms")]) * 1000


def read():
    others, benchmark = libraries(), tool("redis-benchmark")
    with Server() as s:
        seeded(s, 1000)
        for k in (1, 30, 100, 1000):
            numbers = [str(k), str(max(100, 10000 // k))]
            t = Table(f"{k} entities: HMGET(5), all TTLs, one round trip;"
                      " p50", "us")
            for _ in range(ROUNDS):
                t.add("floor: bare write and read",
                      Run([FLOOR, "read", s.path, *numbers], [s]).number())
                t.add("fsconsole's store",
                      Run([STORE, "read", s.uri, *numbers], [s]).number())
                for name, argv in others.items():
                    t.add(f"{name}, no TTLs", Run(
                        [*argv, "read", s.path, *numbers], [s]).number())
                if benchmark and k == 1:
                    t.add("redis-benchmark, no TTLs",
                          one_read(benchmark, s.path, 10000))
            t.show()


def stream():
    t = Table(f"Five streaming features with TTL, {N:,} entities", "s")
    others = libraries()
    with Server() as s:
        for _ in range(ROUNDS):
            flush(s)
            run = Run([FLOOR, "stream", s.path, str(N)], [s])
            t.add("floor: HSETEX, ready-made bytes", run.number(), run)
            flush(s)
            run = Run([STORE, "stream", s.uri, str(N)], [s])
            t.add("fsconsole's writer", run.number(), run)
            for name, argv in others.items():
                flush(s)
                run = Run([*argv, "stream", s.path, str(N)], [s])
                t.add(f"{name}, windows of 500", run.seconds, run)
    t.show()


def audit():
    t = Table(f"Audit of {N:,} entities, pages with the reads of the last",
              "s")
    with Server() as s:
        seeded(s, N)
        here = [FSCONSOLE, *s.address, "audit", "--json"]
        cli, others = tool("redis-cli"), libraries()
        for _ in range(ROUNDS):
            run = Run([FLOOR, "same", s.path], [s])
            t.add("floor: all that fsconsole asks", run.number(), run)
            run = Run(here, [s])
            t.add("fsconsole audit, 11 features", run.seconds, run)
            run = Run([FLOOR, "audit", s.path], [s])
            t.add("floor: five field deadlines and the key's", run.number(),
                  run)
            if cli:
                run = Run([*cli, "-s", s.path, "--bigkeys"], [s])
                t.add("redis-cli --bigkeys", run.seconds, run)
            for name, argv in others.items():
                run = Run([*argv, "audit", s.path], [s])
                t.add(f"{name}, five field deadlines and the key's",
                      run.seconds, run)
    t.show()


class Line:
    """A server at the other end of a long line: each byte takes so many
    seconds there, and as many back."""

    def __init__(self, port, delay):
        self.server, self.delay = port, delay
        self.loop = asyncio.new_event_loop()
        self.listener = self.loop.run_until_complete(
            asyncio.start_server(self._accept, "127.0.0.1", 0))
        self.port = self.listener.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever,
                                       daemon=True)
        self.thread.start()

    async def _accept(self, reader, writer):
        there = await asyncio.open_connection("127.0.0.1", self.server)
        await asyncio.gather(self._carry(reader, there[1]),
                             self._carry(there[0], writer))

    async def _carry(self, reader, writer):
        try:
            while data := await reader.read(1 << 16):
                self.loop.call_later(self.delay, writer.write, data)
        except ConnectionError:
            pass
        self.loop.call_later(self.delay, writer.close)

    def stop(self):
        asyncio.run_coroutine_threadsafe(self._stop(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def _stop(self):
        self.listener.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def far(s, c):
    """The round trips of a batch read: over a long line nothing else counts."""
    t = Table("100 entities over a line of 5 ms each way; p50", "us")
    line = Line(s.port, 0.005)
    lines = [Line(n.port, 0.005) for n in c.nodes]
    natmap = [f"127.0.0.1:{n.port}=127.0.0.1:{x.port}"
              for n, x in zip(c.nodes, lines)]
    for _ in range(ROUNDS):
        for name, at, ways in (("one server", line, []),
                               ("three nodes", lines[0], natmap)):
            t.add(name, Run([STORE, "read", f"redis://127.0.0.1:{at.port}",
                             "100", "50", *ways], []).number())
    for x in (line, *lines):
        x.stop()
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
        far(s, c)


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


class Job:
    """Commands one after the other, for as long as one looks at them."""

    def __init__(self, server, counted, argv):
        self.argv = [FSCONSOLE, *server.address, *argv]
        self.counted, self.rates = counted, []
        self.ended, self.process = False, None
        self.thread = threading.Thread(target=self._work)
        self.thread.start()

    def _work(self):
        while not self.ended:
            self.process = subprocess.Popen(self.argv, text=True,
                                            stdout=subprocess.PIPE,
                                            stderr=subprocess.DEVNULL)
            began = time.monotonic()
            out = self.process.communicate()[0]
            if out:
                self.rates.append(json.loads(out)[self.counted] /
                                  (time.monotonic() - began))

    def quit(self):
        self.ended = True
        while self.thread.is_alive():
            if self.process is not None:
                self.process.send_signal(signal.SIGINT)
            self.thread.join(0.2)


def watched(server, seconds):
    """Percentiles of another client's HMGET meanwhile: p50, p99, p99.9."""
    p = subprocess.Popen([FLOOR, "neighbour", server.path],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    time.sleep(seconds)
    return list(map(float, p.communicate()[0].split()))[:3]


def neighbour():
    """Another client's HMGET while fsconsole works, and how fast it does."""
    jobs = {
        "idle": None,
        "bulk-load": ["loaded", "bulk-load", "--count", str(N)],
        "bulk-load --gentle": ["loaded", "bulk-load", "--count", str(N),
                               "--gentle"],
        "audit": ["sampled", "audit"],
        "audit --gentle": ["sampled", "audit", "--gentle"],
        "audit --rate 10000": ["sampled", "audit", "--rate", "10000"],
        "entities": ["count", "entities"],
        "entities --gentle": ["count", "entities", "--gentle"],
    }
    seen = {name: [] for name in jobs}
    rates = {name: [] for name in jobs}
    with Server() as s:
        seeded(s, N)
        for _ in range(ROUNDS):
            for name, argv in jobs.items():
                job = argv and Job(s, argv[0], [*argv[1:], "--json"])
                seen[name].append(watched(s, 4))
                if job:
                    job.quit()
                    rates[name] += job.rates
    print(f"\nAnother client's HMGET meanwhile, {N:,} entities: medians in us,"
          " p99 to idle;\nand what fsconsole does in a second")
    print(f"  {'':24} {'p50':>8} {'p99':>8} {'p99.9':>8} {'ratio':>6}")
    idle = None
    for name, rounds in seen.items():
        p50, p99, p999 = (statistics.median(x) for x in zip(*rounds))
        idle = idle or p99
        rate = statistics.median(rates[name]) if rates[name] else 0
        print(f"  {name:24} {p50:8.1f} {p99:8.1f} {p999:8.1f} {p99 / idle:6.2f}"
              + (f"  {rate:12,.0f}" if rate else ""))
    sys.stdout.flush()


def curve():
    """Time and memory against the number of entities."""
    print(f"\n{'entities':>12} {'load s':>8} {'us each':>8} {'MB':>6}"
          f" {'busy':>5} {'audit s':>8} {'us each':>8} {'MB':>6} {'busy':>5}")
    with Server() as s:
        for n in (10000, 100000, 1000000, 5000000, 10000000):
            if n > MAX:
                break
            flush(s)
            print(f"{n:12,}", end="")
            for argv in (["bulk-load", "--count", str(n)],
                         ["audit", "--json"]):
                run = Run([FSCONSOLE, *s.address, *argv], [s])
                print(f" {run.seconds:8.2f} {run.seconds / n * 1e6:8.2f}"
                      f" {run.mb:6.1f} {run.busy * 100:4.0f}%", end="")
            print(flush=True)


def scans(server):
    """How many pages have been asked for."""
    stats = server.client().info("commandstats").get("cmdstat_scan", "calls=0")
    return int(re.search(r"calls=(\d+)", stats)[1])


def counted(server):
    """Wait until the console has counted the store."""
    before, now = -1, scans(server)
    while now != before:
        time.sleep(2)
        before, now = now, scans(server)


def beside(server, console):
    """Another client's p99 in us while the console stands still, and beside
    it: the medians of rounds of both."""
    p99 = {signal.SIGSTOP: [], signal.SIGCONT: []}
    for _ in range(ROUNDS):
        for sig, seen in p99.items():
            os.kill(console.pid, sig)
            time.sleep(1)       # it catches up
            seen.append(watched(server, 4)[1])
    return map(statistics.median, p99.values())


def console():
    """How soon the console shows a store, what it takes, and what another
    client's HMGET has of it while it counts, and once it has counted."""
    print(f"\n{'entities':>12} {'first text':>11} {'list':>7} {'MB':>6}"
          f" {'':9} {'p99':>8} {'with':>8} {'ratio':>6}")
    with Server() as s:
        for n in (10, MAX):
            flush(s)
            Run([FSCONSOLE, *s.address, "bulk-load", "--count", str(n)], [s])
            c = Console(*s.address, "--read-only")
            text, listed = c.first(b"Entities"), c.first(rb"u\d{4}")
            row = (f"{n:12,} {text * 1000:8.0f} ms"
                   f" {(text + listed) * 1000:4.0f} ms {c.mb():6.1f}")
            for name in ("counting", "idle") if n > 1000000 else ("idle",):
                if name == "idle":
                    counted(s)
                without, with_it = beside(s, c)
                print(f"{row:41} {name:>8} {without:8.1f} {with_it:8.1f}"
                      f" {with_it / without:6.2f}", flush=True)
                row = ""
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
