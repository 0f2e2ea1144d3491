"""The store's own calls, without the program: see tests/live/store_driver.c.

    with Store(server) as st:
        st.read("u0001", "country_iso")["entity"]["exists"]
"""
import json
import os
import subprocess
import unittest

import server

DRIVER = os.path.join(os.path.dirname(server.FSCONSOLE), "tests", "live",
                      "store_driver")

OK, ENOENT, EINPUT, EPARTIAL, EUSAGE, EGUARD = 0, 1, 2, 4, 7, 8
ECONNECT, ETIMEOUT, EPERM, EPROTO, ESERVER, ETOOOLD, ETYPE = (
    9, 10, 13, 14, 15, 17, 18)
LIVE, NO_TTL, LEAK, MISSING, EXPIRED = range(5)
PAGE, UNIT, END, FAIL = range(4)


def _word(arg):
    if not isinstance(arg, bytes):
        arg = str(arg).encode("utf-8", "surrogateescape")
    return arg.hex() or "-"


def _plain(value, key=None):
    """What the driver wrote in hex, as bytes; errors as text."""
    if isinstance(value, dict):
        return {(bytes.fromhex(k) if key == "counts" else k): _plain(v, k)
                for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v, key) for v in value]
    if key in ("why", "incomplete"):
        return bytes.fromhex(value).decode("utf-8", "replace")
    if isinstance(value, str) and key not in ("encoding", "node", "version",
                                              "kind", "feature"):
        return bytes.fromhex(value) if key != "name" or _is_hex(value) \
            else value
    return value


def _is_hex(text):
    return len(text) % 2 == 0 and all(c in "0123456789abcdef" for c in text)


class Store:
    """A store opened by the driver; each method is a command of it."""

    def __init__(self, where, prefix="fs:user:", write=True, seed=1, ttls=()):
        uri = where if isinstance(where, str) else where.uri
        args = [DRIVER, uri, prefix, str(int(write)), str(seed)]
        for feature, ms in dict(ttls).items():
            args += [feature, str(ms)]
        self.process = subprocess.Popen(
            args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            preexec_fn=server.die_with_parent)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the driver, which must end well: sanitizers speak here."""
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(60) == 0, self.process.returncode

    def start(self, *words):
        """Sends a command; answer() is for its answer."""
        line = " ".join(map(_word, words)) + "\n"
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError("the driver ended")
        return _plain(json.loads(line))

    def __call__(self, *words):
        self.start(*words)
        return self.answer()

    def read(self, entity, *names):
        return self("read", entity, *names)

    def many(self, ids, names, ttls=True):
        return self("many", int(ttls), len(names), *names, *ids)["entities"]

    def inspect(self, entity):
        return self("inspect", entity)

    def load(self, entity, ttl, **cells):
        return self("load", entity, ttl, *_cells(cells))

    def stream(self, entity, ttl=0, must_exist=False, **cells):
        return self("stream", entity, ttl, int(must_exist), *_cells(cells))

    def set(self, entity, **cells):
        return self("set", entity, *_cells(cells))

    def ids(self, limit=0, listed=True, **options):
        return self("ids", limit, int(listed), *_options(options))

    def step(self, **options):
        return self("step", *_options(options))


def _cells(cells):
    return [word for pair in cells.items() for word in pair]


def _options(options):
    """duty in percent; rate a second; seen_max in bytes."""
    names = ("page", "any_type", "seen_max", "rate", "duty", "untyped")
    assert set(options) <= set(names), options
    return [int(options.get(name, 0)) for name in names]


#
# Stores to walk over, alone and in a cluster
#

PREFIX = "fs:user:"


def fill(client_of, n, foreign=0, prefix=PREFIX):
    """n entities, and keys of others; client_of(key) is where a key goes."""
    commands = [("HSET", f"{prefix}u{i:04}", "a", i) for i in range(1, n + 1)]
    commands += [("HSET", f"other:{i}", "a", i) for i in range(foreign)]
    by_client = {}
    for c in commands:
        by_client.setdefault(client_of(c[1]), []).append(c)
    for client, group in by_client.items():
        for i in range(0, len(group), 5000):
            assert not any(isinstance(x, Exception)
                           for x in client.many(group[i:i + 5000]))


class Alone(unittest.TestCase):
    kind = "redis"

    @classmethod
    def setUpClass(cls):
        cls.server = server.Server(cls.kind)
        cls.r = cls.server.client()

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        self.r("FLUSHALL")
        self.st = Store(self.server)
        self.addCleanup(self.st.close)

    def fill(self, n, foreign=0, prefix=PREFIX):
        fill(lambda key: self.r, n, foreign, prefix)

    def flush(self):
        self.r("FLUSHALL")


class Clustered(unittest.TestCase):
    kind = "redis"

    @classmethod
    def setUpClass(cls):
        cls.cluster = server.Cluster(cls.kind)

    @classmethod
    def tearDownClass(cls):
        cls.cluster.stop()

    def setUp(self):
        self.flush()
        self.st = self.open()

    def open(self, prefix=PREFIX):
        st = Store(f"redis://127.0.0.1:{self.cluster.nodes[0].port}", prefix)
        self.addCleanup(st.close)
        return st

    def fill(self, n, foreign=0, prefix=PREFIX):
        fill(self.cluster.client, n, foreign, prefix)

    def flush(self):
        for client in self.cluster.clients():
            client("FLUSHALL")
