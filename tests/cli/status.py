#!/usr/bin/python3
"""Exit statuses and messages: each way in which a command can end."""
import os
import signal
import socket
import subprocess
import unittest

import tap
from server import FSCONSOLE, Server, folder, on_both, wait
from shell import StoreCase, environment, popen, run

USAGE = (
    ["nothing"],
    ["zoom"],
    ["s"],
    ["read"],
    ["read", ""],
    ["state", "x"],
    ["state", "--count", "3"],
    ["entities", "--limit", "0"],
    ["entities", "--limit", "12x"],
    ["entities", "--limit", "99999999999999999999"],
    ["batch-read", "u1", "--count", "3"],
    ["batch-read", "--count", "3", "--rows", "xml"],
    ["batch-read", "--features", "a,,b"],
    ["inspect", "a", "b"],
    ["watch", "u1", "--for", "0"],
    ["watch", "u1", "--for", "-1s"],
    ["bulk-load", "--ttl", "9999999999999d"],
    ["bulk-load", "--count", "-1"],
    ["bulk-load", "--count", "3", "--from", "x"],
    ["bulk-load", "--id", "x"],
    ["stream", "--ticks", "3", "--for", "1s"],
    ["set", "u1"],
    ["set", "u1", "novalue"],
    ["set", "u1", "=x"],
    ["set", "u1", "tx_count_7d=12x"],
    ["set", "u1", "avg_amount_30d=nan"],
    ["delete"],
    ["reset"],
    ["repair"],
    ["drill"],
    ["audit", "--fail-on", "nothing"],
    ["audit", "--fail-on", ""],
    ["audit", "--max-missing", "101"],
    ["schema", "--sample", "3"],
    ["schema", "x"],
    ["help", "nothing"],
    ["help", "read", "x"],
    ["state", "--port", "0"],
    ["state", "--nothing"],
    ["state", "--prefix", ""],
    ["state", "--schema", "/nonexistent"],
    ["--read-only", "set", "u1", "country_iso=US"],
    ["--read-only", "reset", "--yes"],
    ["--read-only", "bulk-load"],
    ["--write", "--read-only", "state"],
)


class Usage(unittest.TestCase):
    """A listener is where the server would be: nobody may come."""

    def setUp(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(self.listener.close)
        self.listener.settimeout(0)
        self.port = self.listener.getsockname()[1]

    def refuse(self, args):
        address = [] if "--port" in args else ["-p", self.port]
        result = run(*address, *args)
        self.assertEqual((result.status, result.out), (2, ""), result)
        self.assertRegex(result.err, r"\Afsconsole: [^\n]+\n\Z")
        self.assertRaises(BlockingIOError, self.listener.accept)

    def test_usage_errors_touch_no_network(self):
        for args in USAGE:
            with self.subTest(args=args):
                self.refuse(args)

    def test_128_configuration(self):
        """One that can't be read, or that others can read with a password
        in it, is told before anything is asked of a server."""
        home = folder()
        path = os.path.join(home, "fsconsole", "config")
        os.mkdir(os.path.dirname(path))
        for text, mode, why in ((b"pass = topsecret\n", 0o640, "others can"),
                                (b"uri = redis://u:topsecret@h\n", 0o604,
                                 "others can read"),
                                (b"port = \x1b[31m\n", 0o600, "config:1"),
                                (None, None, "Too many levels")):
            with self.subTest(why=why):
                if text is None:
                    os.unlink(path)
                    os.symlink("config", path)
                else:
                    with open(path, "wb") as f:
                        f.write(text)
                    os.chmod(path, mode)
                for args in (["state"], []):
                    result = run("-p", self.port, *args,
                                 env={"XDG_CONFIG_HOME": home})
                    self.assertEqual((result.status, result.out), (2, ""),
                                     result)
                    self.assertRegex(result.err,
                                     r"\Afsconsole: [^\n]+\n\Z")
                    self.assertIn(why, result.err)
                    self.assertNotIn("topsecret", result.err)
                    self.assertNotIn("\x1b", result.err)
                    self.assertRaises(BlockingIOError, self.listener.accept)

    def test_messages_are_escaped(self):
        result = run("read\x1b[31m\n\u202e")
        self.assertEqual(result.err.count("\n"), 1)
        self.assertIn("read\\e[31m\\n\\u{202E}", result.err)
        result = run("read\u00e9", env={"LC_ALL": "C"})
        self.assertIn("read\\u{E9}", result.err)

    def test_what_asks_nothing_connects_nowhere(self):
        for args in (["help"], ["--help"], ["help", "read"], ["--version"],
                     ["read", "--help"], ["schema"]):
            with self.subTest(args=args):
                result = run("-p", self.port, *args)
                self.assertEqual((result.status, result.err), (0, ""))
                self.assertTrue(result.out.endswith("\n"))
                self.assertRaises(BlockingIOError, self.listener.accept)

    def test_schema_is_read_back(self):
        first = run("schema", "--prefix", "p:", "--batch-ttl", "90s").out
        path = os.path.join(os.environ.get("TMPDIR", "/tmp"),
                            f"fs-schema-{os.getpid()}")
        self.addCleanup(os.unlink, path)
        with open(path, "w", encoding="utf-8") as f:
            f.write(first)
        self.assertEqual(run("--schema", path, "schema").out, first)
        self.assertIn('"p:"', first)


class NoStore(unittest.TestCase):
    def refused(self, *args, status=3, **more):
        result = run(*args, **more)
        self.assertEqual((result.status, result.out), (status, ""), result)
        self.assertRegex(result.err, r"\Afsconsole: [^\n]+\n\Z")
        return result.err

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
        for command in (["state"], ["--json", "read", "u1"], ["bulk-load"],
                        ["audit"], ["reset", "--yes"], ["watch", "u1"],
                        ["stream", "--ticks", "1"],
                        ["batch-read", "--rows", "csv"]):
            with self.subTest(command=command):
                said = self.refused("-p", port, *command)
                self.assertIn(str(port), said)

    def test_no_socket(self):
        self.refused("-s", "/nonexistent/redis.sock", "state")

    def test_who_listens_and_says_nothing(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.refused("-p", s.getsockname()[1], "--connect-timeout",
                         "300ms", "state")

    def test_password(self):
        with Server(args=["--requirepass", "secret"]) as s:
            said = self.refused("-s", s.path, "state")
            self.assertIn("NOAUTH", said)
            said = self.refused("-s", s.path, "state", "-a", "wrong\x1b[31m")
            self.assertNotIn("wrong", said)
            env = {"REDISCLI_AUTH": "secret"}
            self.assertEqual(run("-s", s.path, "state", env=env).status, 0)

    def test_no_right(self):
        with Server() as s:
            r = s.client()
            r("ACL", "SETUSER", "viewer", "on", ">pw", "~*", "+@all", "-hset",
              "-hsetex")
            who = ["-s", s.path, "--user", "viewer", "-a", "pw"]
            said = self.refused(*who, "set", "u1", "country_iso=US")
            self.assertIn("+hset", said.lower())
            result = run(*who, "--json", "bulk-load")
            self.assertEqual((result.status, result.json["loaded"]), (3, 0))

    def test_it_goes_away(self):
        with Server() as s:
            p = popen("-s", s.path, "watch", "u1")
            self.addCleanup(p.kill)
            r = s.client()
            wait(lambda: r.calls().get("pexpiretime", 0) > 1, 10, "it")
            s.kill()
            out, err = p.communicate(timeout=20 * tap.SLOWNESS)
            self.assertEqual((p.returncode, out), (3, b""))
            self.assertRegex(err, rb"\Afsconsole: [^\n]+\n\Z")


class BadAnswers(StoreCase):
    def test_one(self):
        self.hset("u1", {"country_iso": "US"})
        self.r("SET", self.key("s"), "x")
        for args in (["read", "nobody"], ["inspect", "nobody"],
                     ["read", "s"], ["inspect", "s"],
                     ["batch-read", "u1", "nobody"], ["delete", "nobody"],
                     ["delete", "s"],
                     ["audit", "--fail-on", "missing"],
                     ["audit", "--max-missing", "50"]):
            with self.subTest(args=args):
                self.assertEqual(self.run_(*args).status, 1)

    def test_nothing(self):
        self.hset("u1", {"country_iso": "US"})
        for args in (["read", "u1"], ["state"], ["entities"], ["audit"],
                     ["audit", "--max-leaks", "0"],
                     ["batch-read", "--count", "5"]):
            with self.subTest(args=args):
                self.assertEqual(self.run_(*args).status, 0)


@on_both
class Output(StoreCase):
    def setUp(self):
        super().setUp()
        self.ok("bulk-load", "--count", 3000)

    COMMANDS = (["help"], ["--version"], ["schema"], ["state"],
                ["--json", "state"], ["entities"], ["--json", "entities"],
                ["batch-read", "--count", "3000", "--rows", "csv"],
                ["audit", "--prometheus"], ["bulk-load"])

    def test_127_full(self):
        for args in self.COMMANDS:
            with self.subTest(args=args), open("/dev/full", "wb") as full:
                result = self.run_(*args, stdout=full)
                self.assertEqual(result.status, 1, result)
                self.assertIn("fsconsole: stdout: No space left on device\n",
                              result.err)

    def test_127_closed(self):
        for args in self.COMMANDS:
            with self.subTest(args=args):
                result = self.run_(*args, stdout=None,
                                   preexec_fn=lambda: os.close(1))
                self.assertEqual(result.status, 1, result)
                self.assertIn("fsconsole: stdout: Bad file descriptor\n",
                              result.err)

    def test_127_reader_gone(self):
        for args in self.COMMANDS:
            with self.subTest(args=args):
                read, write = os.pipe()
                os.close(read)
                result = self.run_(*args, stdout=write)
                os.close(write)
                self.assertEqual(result.status, 1, result)
                self.assertNotIn("stdout", result.err)
                self.assertNotIn("cancel", result.err)

    def test_127_all_closed(self):
        """Nothing that should be printed ends up in the connection."""
        self.r("CONFIG", "RESETSTAT")
        for fds in ((0,), (0, 1), (0, 1, 2), (2,)):
            process = subprocess.Popen(
                [FSCONSOLE, "-s", self.server.path, "read", "u0001"],
                env=environment(), stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                preexec_fn=lambda fds=fds: [os.close(fd) for fd in fds])
            self.assertEqual(process.wait(), 1 if 1 in fds else 0)
        self.assertEqual(self.r.info("errorstats"), {})

    def test_slow_reader_can_be_ended(self):
        """A pipe that nobody reads does not hold a signal off."""
        read, write = os.pipe()
        p = popen("-s", self.server.path, "batch-read", "--count", "3000",
                  "--rows", "csv", stdout=write)
        os.close(write)
        os.read(read, 10)
        p.send_signal(signal.SIGTERM)
        self.assertEqual(p.wait(10 * tap.SLOWNESS), 143)
        os.close(read)
        p.stdin.close()
        p.stderr.close()


class Signals(StoreCase):
    def end(self, sig, *args):
        with popen("-s", self.server.path, *args) as p:
            wait(lambda: "clients" in self.r.info("clients") or
                 int(self.r.info("clients")["connected_clients"]) > 1, 10,
                 "a connection")
            p.send_signal(sig)
            return p.wait(10 * tap.SLOWNESS)

    def test_each(self):
        for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for args in (["watch", "u1"], ["stream", "--tick", "10s"],
                         ["bulk-load", "--from", "-"]):
                with self.subTest(sig=sig, args=args):
                    self.assertEqual(self.end(sig, *args), 128 + sig)

    def test_while_the_server_says_nothing(self):
        self.server.freeze()
        self.addCleanup(self.server.thaw)
        with popen("-s", self.server.path, "state") as p:
            self.assertRaises(subprocess.TimeoutExpired, p.wait, 0.3)
            p.send_signal(signal.SIGINT)
            self.assertEqual(p.wait(7 * tap.SLOWNESS), 130)


class Help(unittest.TestCase):
    def test_help(self):
        out = run("--help").out
        self.assertEqual(run("help").out, out)
        self.assertTrue(out.startswith("Usage: fsconsole "))
        self.assertTrue(all(len(line) <= 80 for line in out.splitlines()))

    def test_of_a_command(self):
        out = run("help", "read").out
        self.assertEqual(run("read", "--help").out, out)
        self.assertEqual(run("read", "u1", "x", "--help").out, out)
        self.assertIn("Usage: fsconsole read ENTITY [FEATURE...]\n", out)
        # Abbreviated, and one of the console alone.
        self.assertEqual(run("help", "rea").out, out)
        self.assertIn("key in the console: z\n", run("help", "zoom").out)

    def test_version(self):
        self.assertRegex(run("--version").out, r"\Afsconsole \d+\.\d+\n")


if __name__ == "__main__":
    tap.main()
