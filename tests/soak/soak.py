#!/usr/bin/python3
"""make soak: hours of an operator's bad day, in SOAK_SECONDS.

The console runs on a terminal with its worker writing, beside commands that
stream events, while keys are hit and the window is resized at random and the
server is stopped, killed, restarted, slowed down, filled, and its clients are
thrown out. At the end
- memory and descriptors are no more than they were after the first quarter,
- the console answers, leaves by q with status 0, and the terminal is as it was,
- every event that was acknowledged is there, and none was claimed that is not
  (the server writes each to its disk before it answers).
SOAK_SEED repeats a run, as far as time allows.
"""
import json
import os
import random
import selectors
import socket
import subprocess
import threading
import time

from resp import Resp, RespError
from server import FSCONSOLE, Server, die_with_parent, free_port
from tui import Tui

SECONDS = float(os.environ.get("SOAK_SECONDS") or 1800)
SEED = int(os.environ.get("SOAK_SEED") or random.randrange(1 << 30))
SAMPLE = 2.0                    # seconds between looks at memory
GROWTH = 1.1, 3 << 10           # a tenth and 3 MiB, in KiB
STREAMS = "soak:"               # what the streamed entities begin with

# What is typed. Never q outside of a paste: that is for the end.
KEYS = """
    j k g G jjjjjj kkk <down><down> <up> <pgdn> <pgup> <home> <end> <tab>
    <btab> 1 2 3 4 5 6 z z i r R<c-u>20<enter> R<esc> a l ? f f<space><enter>
    + - <space> /u00<enter> /<c-u><enter> /zzz<esc> :state<enter> :au<tab><esc>
    :read<space>u0001<enter> :nonsense<enter> :schema<enter> :audit<enter>
    :set<space>u0001<space>tx_count_5m=7<enter> :delete<space>u0150<enter>
    b<c-u>200<enter><c-u>1h<enter> b<esc> p P p p x<esc> xfs:<esc> W<esc> y
    <enter> <c-l> <esc> <esc> <bs> <del> <f1> <f5> <left> <right>
""".split()
JUNK = (b"\x1b[", b"\x1b[200~q q\nq\x1b[201~", b"\x1b[<0;3;3M", b"\xff\xfe",
        b"\x1bO", b"\x1b]0;x\x07", "\u00e9\u4e2d".encode(), b"\x00")


class Proxy:
    """A port that leads to another, delay seconds away in each direction."""

    def __init__(self, port):
        self.port, self.to, self.delay = free_port(), port, 0.0
        self.listener = socket.create_server(("127.0.0.1", self.port))
        self.select = selectors.DefaultSelector()
        self.select.register(self.listener, selectors.EVENT_READ)
        self.waiting = []               # (when, socket, bytes), b"" to close
        self.peer = {}
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            pause = 0.2
            if self.waiting:
                pause = min(pause, max(0, self.waiting[0][0] - time.monotonic()))
            for key, _ in self.select.select(pause):
                if key.fileobj is self.listener:
                    self._accept()
                elif key.fileobj in self.peer:
                    self._read(key.fileobj)
            while self.waiting and self.waiting[0][0] <= time.monotonic():
                _, sock, data = self.waiting.pop(0)
                self._send(sock, data)

    def _accept(self):
        here, _ = self.listener.accept()
        try:
            there = socket.create_connection(("127.0.0.1", self.to), 1)
        except OSError:
            here.close()
            return
        for a, b in ((here, there), (there, here)):
            a.settimeout(2)
            self.peer[a] = b
            self.select.register(a, selectors.EVENT_READ)

    def _read(self, sock):
        try:
            data = sock.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            self.select.unregister(sock)
        self.waiting.append((time.monotonic() + self.delay, self.peer[sock],
                             data))

    def _send(self, sock, data):
        try:
            if data and sock in self.peer:
                sock.sendall(data)
                return
        except OSError:
            pass
        self._close(sock)

    def _close(self, sock):
        for s in (sock, self.peer.get(sock)):
            if s is None or s not in self.peer:
                continue
            try:
                self.select.unregister(s)
            except KeyError:
                pass
            s.close()
        self.peer.pop(self.peer.pop(sock, None), None)


class Streams(threading.Thread):
    """One stream of events after the other, and what each claimed."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.address, self.rng = address, random.Random(SEED + 1)
        self.ends = threading.Event()
        self.events = self.claimed = self.runs = 0
        self.refused = 0
        self.done = []                  # (run, its events, claimed)

    def run(self):
        while not self.ends.is_set():
            n = self.rng.randrange(1, 400)
            lines = "".join(json.dumps(
                {"entity": f"{self.runs}-{i}", "features": {"tx_count_5m": i},
                 "ttl": "2d"}) + "\n" for i in range(n)).encode()
            with subprocess.Popen(
                    [FSCONSOLE, *self.address, "--timeout", "2s",
                     "--connect-timeout", "2s", "--prefix", STREAMS, "--json",
                     "stream", "--from", "-"], stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                    preexec_fn=die_with_parent) as p:
                out, err = p.communicate(lines)
            check(p.returncode in (0, 1, 3) and b"Sanitizer" not in err,
                  f"stream ended with {p.returncode}: {err[-2000:]!r}")
            claimed = json.loads(out)["written_fields"] if out else 0
            check(claimed == n or p.returncode != 0,
                  f"stream of {n} ended with 0 and {claimed} written")
            self.done.append((self.runs, n, claimed))
            self.runs += 1
            self.events += n
            self.claimed += claimed
            self.ends.wait(self.rng.random())


def check(good, what):
    if not good:
        print(f"soak: FAILED (seed {SEED}): {what}", flush=True)
        os._exit(1)


class Soak:
    def __init__(self):
        self.rng = random.Random(SEED)
        self.server = Server(tcp=True, args=[
            "--appendonly", "yes", "--appendfsync", "always"])
        self.proxy = Proxy(self.server.port)
        self.address = ["-h", "127.0.0.1", "-p", str(self.proxy.port)]
        subprocess.run([FSCONSOLE, *self.address, "bulk-load", "--count",
                        "200"], check=True, stdout=subprocess.DEVNULL)
        self.samples, self.counts = [], {}
        self.began = time.monotonic()

    def run(self):
        streams = Streams(self.address)
        self.began = time.monotonic()
        with Tui([FSCONSOLE, *self.address, "--write", "--tick", "200ms",
                  "--users-per-tick", "20", "--timeout", "1s",
                  "--connect-timeout", "1s"]) as t:
            t.expect(r"Entities ─+ 200 ─", 30)
            t.send("p")
            t.expect("running", 30)
            streams.start()
            # Parsing all of it would take more time than the program has.
            feed, t.stream.feed = t.stream.feed, lambda data: None
            self.shake(t)
            self.calm()
            streams.ends.set()
            streams.join(60)
            t.stream.feed = feed
            self.leaves(t)
        self.verify(streams)
        self.judge()
        print(f"soak: passed; {streams.runs} streams, {streams.events} "
              f"events, {streams.claimed} acknowledged; "
              + ", ".join(f"{k} {v}" for k, v in sorted(self.counts.items())))

    def shake(self, t):
        events = [self.freeze, self.kill, self.slow, self.throw_out, self.fill]
        next_event, next_sample, next_line = 5.0, 0.0, 0.0
        self.undo, undo_at = None, 0.0
        while (at := time.monotonic() - self.began) < SECONDS:
            self.strike(t)
            check(t.alive(), f"the console ended with {t.status}:\n"
                  + t.raw[-4000:].decode("utf-8", "replace"))
            del t.raw[:-(1 << 16)]
            if self.undo and at >= undo_at:
                self.undo()
                self.undo = None
                next_event = at + self.rng.uniform(1, 8)
            elif not self.undo and at >= next_event:
                event = self.rng.choice(events)
                self.count(event.__name__)
                self.undo = event()
                undo_at = at + self.rng.choice((0.3, 1, 3, 8))
            if at >= next_sample:
                next_sample = at + SAMPLE
                self.samples.append((memory(t.pid), descriptors(t.pid)))
            if at >= next_line:
                next_line = at + 60
                rss, fds = self.samples[-1]
                print(f"soak: {at:.0f} s, {rss} KiB, {fds} descriptors, "
                      f"seed {SEED}", flush=True)

    def count(self, name):
        self.counts[name] = self.counts.get(name, 0) + 1

    def strike(self, t):
        what = self.rng.random()
        if what < 0.03:
            t.resize(self.rng.randrange(1, 240), self.rng.randrange(1, 70))
            self.count("resize")
        elif what < 0.05:
            t.write(self.rng.choice(JUNK) + b"\x1b")
        else:
            t.send(self.rng.choice(KEYS))
        self.count("keys")
        end = time.monotonic() + self.rng.choice((0, 0.02, 0.1, 0.3))
        while (left := end - time.monotonic()) > 0:
            t.pump(left)

    #
    # What befalls the server; each returns what ends it
    #

    def freeze(self):
        self.server.freeze()
        return self.server.thaw

    def kill(self):
        self.server.kill()
        return self.server.start

    def slow(self):
        self.proxy.delay = self.rng.choice((0.002, 0.02, 0.1, 0.6))
        return lambda: setattr(self.proxy, "delay", 0.0)

    def throw_out(self):
        with Resp(self.server.path) as r:
            r("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        return lambda: None

    def fill(self):
        self.config("maxmemory", "1")
        return lambda: self.config("maxmemory", "0")

    def config(self, name, value):
        with Resp(self.server.path) as r:
            r("CONFIG", "SET", name, value)

    def calm(self):
        if self.undo:
            self.undo()
        self.proxy.delay = 0.0

    #
    # The end
    #

    def leaves(self, t):
        """It shows the truth again, and goes as it should."""
        t.resize(120, 40)
        t.screen.reset()
        self.escape(t)
        t.send("<c-l>")
        t.expect("connected", 30)
        self.samples.append((memory(t.pid), descriptors(t.pid)))
        end = time.monotonic() + 60
        while t.alive() and time.monotonic() < end:
            self.escape(t)
            t.send("q")
            t.pump(0.5)
        check(t.status == 0, f"it ended with {t.status}:\n{t.text()}")
        check(t.left_behind() == [], f"left behind: {t.left_behind()}")

    @staticmethod
    def escape(t):
        """Out of whatever it asks; on a busy machine two Escs may be one."""
        for _ in range(4):
            t.send("<esc>")
            time.sleep(0.4)
            t.pump(0)

    def verify(self, streams):
        """What was acknowledged is there."""
        with Resp(self.server.path) as r:
            for run, n, claimed in streams.done:
                values = r.many([["HGET", f"{STREAMS}{run}-{i}", "tx_count_5m"]
                                 for i in range(n)])
                check(not any(isinstance(v, RespError) for v in values),
                      f"HGET: {values}")
                there = sum(v is not None for v in values)
                check(claimed <= there, f"stream {run}: {claimed} of {n} "
                      f"acknowledged, {there} there")

    def judge(self):
        quarter = max(1, len(self.samples) // 4)
        for i, name in ((0, "KiB of memory"), (1, "descriptors")):
            then = max(s[i] for s in self.samples[:quarter])
            now = sorted(s[i] for s in self.samples[-quarter:])[quarter // 2]
            peak = max(s[i] for s in self.samples)
            limit = (then * GROWTH[0] + GROWTH[1]) if i == 0 else then
            print(f"soak: {then} {name} in the first quarter, {now} in the "
                  f"last, {peak} at most")
            check(now <= limit, f"{name} grew from {then} to {now}")


def memory(pid):
    """Resident, in KiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return next(int(line.split()[1]) for line in f
                    if line.startswith("VmRSS"))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def main():
    # What a sanitizer keeps of freed memory is not the program's.
    os.environ["ASAN_OPTIONS"] = ":".join(filter(None, [
        os.environ.get("ASAN_OPTIONS"), "quarantine_size_mb=8"]))
    soak = Soak()
    try:
        soak.run()
    finally:
        soak.server.stop()


if __name__ == "__main__":
    main()
