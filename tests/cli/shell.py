"""What the tests of the commands share: running them, and an odd store."""
import json
import os
import subprocess
import unittest

import tap
from server import FSCONSOLE, Server

BATCH = ("country_iso", "risk_segment", "account_age_days", "tx_count_7d",
         "avg_amount_30d", "chargeback_count_180d")
STREAMING = ("last_login_ts", "last_device_id", "tx_count_5m",
             "failed_logins_15m", "session_country")
SAMPLE = BATCH + STREAMING

# Glob characters, a blank, and what a shell or terminal would take up.
PREFIX = "fs*[u]?\\ \x1b:"


def environment(**changes):
    """Without what the user's own settings would change."""
    env = {name: value for name, value in os.environ.items()
           if not name.startswith(("FSCONSOLE_URI", "NO_COLOR", "XDG_CONFIG"))
           and not name.endswith("CLI_AUTH")}
    env.update(HOME="/nonexistent", LC_ALL="C.UTF-8")
    env.update(changes)
    return {name: value for name, value in env.items() if value is not None}


class Result:
    def __init__(self, process):
        self.status, self.raw = process.returncode, process.stdout
        self.out = process.stdout.decode("utf-8", "surrogateescape")
        self.err = process.stderr.decode("utf-8", "surrogateescape")

    @property
    def json(self):
        """The one document on stdout, strictly UTF-8."""
        assert self.raw.count(b"\n") == 1 and self.raw.endswith(b"\n"), self
        return json.loads(self.raw.decode("utf-8"))

    def __repr__(self):
        return f"status {self.status}\n{self.raw!r}\n{self.err}"


def run(*args, stdin=b"", env=None, timeout=60, **more):
    """Run the program to its end."""
    if isinstance(stdin, str):
        stdin = stdin.encode("utf-8", "surrogateescape")
    more.setdefault("stdout", subprocess.PIPE)
    process = subprocess.run(
        [FSCONSOLE, *map(str_or_bytes, args)], input=stdin,
        stderr=subprocess.PIPE, env=environment(**(env or {})), check=False,
        timeout=timeout * tap.SLOWNESS, **more)
    process.stdout = process.stdout or b""
    return Result(process)


def str_or_bytes(arg):
    return arg if isinstance(arg, bytes) else str(arg)


def popen(*args, env=None, **more):
    for name in ("stdin", "stdout", "stderr"):
        more.setdefault(name, subprocess.PIPE)
    return subprocess.Popen([FSCONSOLE, *map(str_or_bytes, args)],
                            env=environment(**(env or {})), **more)


class StoreCase(unittest.TestCase):
    """One server for the class, empty before each test; self.kind says which."""
    kind = "redis"
    prefix = "fs:user:"

    @classmethod
    def setUpClass(cls):
        cls.server = Server(cls.kind)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def setUp(self):
        self.r = self.server.client()
        self.r("FLUSHALL")

    def run_(self, *args, **more):
        return run("-s", self.server.path, "--prefix", self.prefix, *args,
                   **more)

    def ok(self, *args, **more):
        result = self.run_(*args, **more)
        self.assertEqual((result.status, result.err), (0, ""), result)
        return result

    def json(self, *args, **more):
        return self.ok("--json", *args, **more).json

    def key(self, entity):
        return os.fsencode(self.prefix) + os.fsencode(entity)

    def ids(self):
        """As the direct client sees them: hashes with something behind."""
        found = []
        for key in self.r("KEYS", "*"):
            if key.startswith(os.fsencode(self.prefix)) and \
                    self.r("TYPE", key) == b"hash":
                found.append(key[len(os.fsencode(self.prefix)):])
        return sorted(i for i in found if i)

    def fields(self, entity):
        flat = self.r("HGETALL", self.key(entity))
        return dict(zip(flat[::2], flat[1::2]))

    def field_ttl(self, entity, field):
        return self.r("HTTL", self.key(entity), "FIELDS", 1, field)[0]

    def hset(self, entity, mapping, ttl=86400, field_ttl=None):
        flat = [x for pair in mapping.items() for x in pair]
        self.r("HSET", self.key(entity), *flat)
        if ttl:
            self.r("EXPIRE", self.key(entity), ttl)
        for name, seconds in (field_ttl or {}).items():
            self.r("HEXPIRE", self.key(entity), seconds, "FIELDS", 1, name)


class OddStore(StoreCase):
    """A store that no program of ours has written."""
    prefix = PREFIX

    def setUp(self):
        super().setUp()
        self.hset("u1", {
            "country_iso": "US", "risk_segment": "", "account_age_days": "612",
            "tx_count_7d": "14", "avg_amount_30d": "92.0",
            "last_login_ts": "1716998413541", "tx_count_5m": "3",
            "session_country": b"\xff\x00\x1b[2J", "odd\n\u202e": "{\"a\":1}",
            b"\xfe\\x": b"\x80", "": "no name",
        }, field_ttl={"last_login_ts": 300, "tx_count_5m": 120,
                      "country_iso": 9000})
        self.hset(b"\xff\xfe", {"country_iso": b"\xc3\x28"}, ttl=0)
        self.hset("a\n\x1b]0;x\x07\"\\,b", {"tx_count_5m": "1"}, ttl=50,
                  field_ttl={"tx_count_5m": 40})
        self.hset("{tag}\u00e9\u4e2d\U0001f600", {"last_device_id": "x" * 9000})
        self.hset("x" * 2000, {"risk_segment": "low"})
        # Not entities: no id, no hash, and what the prefix as a glob matches.
        self.hset("", {"country_iso": "DE"})
        self.r("SET", self.key("string"), "x")
        self.r("RPUSH", self.key("list"), "x")
        self.r("HSET", "fsXu1\\ \x1b:u9", "country_iso", "FR")
        self.r("HSET", "other", "country_iso", "FR")


def value_of(thing):
    """What JSON says of bytes, as bytes."""
    if isinstance(thing, dict):
        import base64
        assert list(thing) == ["base64"], thing
        return base64.b64decode(thing["base64"], validate=True)
    return None if thing is None else thing.encode("utf-8")
