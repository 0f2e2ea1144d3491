"""The private server of --demo: what it is, and that nothing is left of it."""
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import unittest

import server
import tap
from resp import Resp
from server import FSCONSOLE, wait

CONSOLE_ENV = ("FSCONSOLE_URI", "REDISCLI_AUTH", "VALKEYCLI_AUTH", "TMPDIR",
               "XDG_CONFIG_HOME")


def running(pid):
    """Whether it is a process; a zombie that nobody reaps is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Demo(unittest.TestCase):
    def setUp(self):
        self.program = server.require("redis")
        # Short, for the path of a socket must fit 107 bytes.
        self.dir = tempfile.mkdtemp(prefix="fs-", dir="/tmp")
        self.addCleanup(self.leave)
        self.env = {k: v for k, v in os.environ.items()
                    if k not in CONSOLE_ENV}
        self.env.update(XDG_RUNTIME_DIR=self.dir, HOME=self.dir,
                        FSCONSOLE_REDIS_SERVER=self.program)

    def leave(self):
        wait(lambda: not os.listdir(self.dir), 5, "the folder to go")
        os.rmdir(self.dir)

    def run_demo(self, *args, **env):
        return subprocess.run([FSCONSOLE, "--demo", *args], check=False,
                              capture_output=True, text=True, timeout=60,
                              env={**self.env, **env},
                              stdin=subprocess.DEVNULL)

    def start(self, *args):
        """A demo that stays: its process and the server's socket."""
        p = subprocess.Popen([FSCONSOLE, "--demo", "watch", "u0001", *args],
                             env=self.env, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(self.end, p)
        folders = wait(lambda: os.listdir(self.dir), 20, "its folder")
        path = os.path.join(self.dir, folders[0], "redis.sock")

        def loaded():
            try:
                with Resp(path) as r:
                    return r("DBSIZE") == 200
            except OSError:
                return False
        wait(loaded, 20, "the entities")
        return p, path

    @staticmethod
    def end(p):
        p.kill()
        p.communicate()

    def pids(self, path):
        """The server's process and its minder's."""
        with Resp(path) as r:
            pid = int(r.info()["process_id"])
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return pid, int(f.read().rsplit(")", 1)[1].split()[1])

    def gone(self, *pids):
        wait(lambda: not any(map(running, pids)), 5, "the processes to go")
        wait(lambda: not os.listdir(self.dir), 5, "the folder to go")


class Command(Demo):
    def test_state(self):
        p = self.run_demo("state", "--json")
        self.assertEqual(p.returncode, 0, p.stderr)
        state = json.loads(p.stdout)
        self.assertEqual(state["entity_count"], 200)
        self.assertEqual(state["key_prefix"], "fs:user:")
        self.assertTrue(state["server"]["field_ttl"])
        self.assertEqual(os.listdir(self.dir), [])

    def test_entities_are_the_same_each_time(self):
        a, b = (self.run_demo("read", "u0042", "--json") for _ in range(2))
        values = json.loads(a.stdout)["values"]
        self.assertEqual(values["country_iso"],
                         json.loads(b.stdout)["values"]["country_iso"])
        self.assertEqual(json.loads(a.stdout)["key_ttl_seconds"], 86400)

    def test_usage_error_starts_nothing(self):
        p = self.run_demo("read", FSCONSOLE_REDIS_SERVER="/nonsense")
        self.assertEqual(p.returncode, 2, p.stderr)

    def test_a_named_server_that_is_none(self):
        for program, part in (("/nonsense", "no program '/nonsense'"),
                              ("/bin/false", "/bin/false")):
            p = self.run_demo("state", FSCONSOLE_REDIS_SERVER=program)
            self.assertEqual(p.returncode, 3)
            self.assertIn(part, p.stderr)
            self.assertEqual(p.stderr.count("\n"), 1)
            self.assertEqual(os.listdir(self.dir), [])

    def test_a_relative_path(self):
        """The server is started from the root, and yet found."""
        folder, name = os.path.split(self.program)
        above, folder = os.path.split(folder)
        for env in ({"FSCONSOLE_REDIS_SERVER": os.path.join(folder, name)},
                    {"FSCONSOLE_REDIS_SERVER": name, "PATH": folder}):
            p = subprocess.run([FSCONSOLE, "--demo", "state", "--json"],
                               check=False, capture_output=True, text=True,
                               timeout=60, env={**self.env, **env},
                               cwd=above,
                               stdin=subprocess.DEVNULL)
            self.assertEqual(p.returncode, 0, p.stderr)

    def test_a_server_without_field_ttl(self):
        with tempfile.TemporaryDirectory() as d:
            old = os.path.join(d, "redis-server")
            with open(old, "w", encoding="ascii") as f:
                # A server of which HPEXPIRE has been taken away.
                f.write("#!/bin/sh\nexec '%s' \"$@\" "
                        "--rename-command HPEXPIRE ''\n" % self.program)
            os.chmod(old, 0o755)
            p = self.run_demo("state", FSCONSOLE_REDIS_SERVER=old)
        self.assertEqual(p.returncode, 3, p.stdout)
        self.assertIn("no field TTL", p.stderr)
        self.assertEqual(os.listdir(self.dir), [])

    def test_words_of_a_server_that_does_not_start(self):
        with tempfile.TemporaryDirectory() as d:
            bad = os.path.join(d, "redis-server")
            with open(bad, "w", encoding="ascii") as f:
                f.write("#!/bin/sh\necho first; printf 'out of \\033[31m"
                        "coffee\\n' >&2; exit 1\n")
            os.chmod(bad, 0o755)
            p = self.run_demo("state", FSCONSOLE_REDIS_SERVER=bad)
        self.assertEqual(p.returncode, 3)
        self.assertIn("out of \\e[31mcoffee", p.stderr)
        self.assertNotIn("\033", p.stderr)

    def test_a_long_path_is_passed_over(self):
        with tempfile.TemporaryDirectory() as d:
            long = os.path.join(d, "x" * 100)
            os.mkdir(long)
            p = self.run_demo("state", "--json", XDG_RUNTIME_DIR=long,
                              TMPDIR=self.dir)
            self.assertEqual(p.returncode, 0, p.stderr)
            self.assertEqual(os.listdir(long), [])

    def test_once_without_a_tick(self):
        for args in (["--read-only"], ["--tick", "20s"]):
            with self.subTest(args):
                p = self.run_demo("--once", *args)
                self.assertEqual((p.returncode, p.stderr), (0, ""))
                self.assertIn("u0001", p.stdout)

    def test_nothing_named_and_nothing_there(self):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", 6379)) == 0:
                self.skipTest("something listens on 127.0.0.1:6379")
        for args in ((), ("--once",), ("state",)):
            p = subprocess.run([FSCONSOLE, *args], env=self.env, check=False,
                               capture_output=True, text=True, timeout=30,
                               stdin=subprocess.DEVNULL)
            self.assertEqual(p.returncode, 3, args)
            self.assertIn("--demo", p.stderr)
            self.assertEqual(p.stderr.count("\n"), 1)


class Server(Demo):
    def test_what_it_is(self):
        _, path = self.start()
        folder = os.path.dirname(path)
        self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o700)
        self.assertEqual(os.listdir(folder), ["redis.sock"])
        with Resp(path) as r:
            get = {n: r("CONFIG", "GET", n)[1].decode()
                   for n in ("port", "save", "appendonly")}
        self.assertEqual(get, {"port": "0", "save": "", "appendonly": "no"})

    def test_streaming_worker_runs(self):
        _, path = self.start()
        with Resp(path) as r:
            wait(lambda: r.calls().get("hsetex", 0) > 0, 20, "a tick")

    def test_minder_holds_no_descriptor(self):
        p, path = self.start()
        _, minder = self.pids(path)
        theirs = {os.stat(f"/proc/{p.pid}/fd/{n}").st_ino for n in (1, 2)}
        for fd in os.listdir(f"/proc/{minder}/fd"):
            self.assertNotIn(os.stat(f"/proc/{minder}/fd/{fd}").st_ino,
                             theirs)


class Gone(Demo):
    def after(self, sig, status):
        p, path = self.start()
        pids = self.pids(path)
        p.send_signal(sig)
        self.assertEqual(p.wait(20), status)
        self.gone(*pids)

    def test_on_term(self):
        self.after(signal.SIGTERM, 143)

    def test_on_int(self):
        self.after(signal.SIGINT, 130)

    def test_on_hup(self):
        self.after(signal.SIGHUP, 129)

    def test_on_kill(self):
        self.after(signal.SIGKILL, -signal.SIGKILL)

    def test_on_abort(self):
        p, path = self.start()
        pids = self.pids(path)
        p.send_signal(signal.SIGABRT)
        p.wait(20)
        self.gone(*pids)

    def test_at_the_end(self):
        p, path = self.start("--for", "1s")
        pids = self.pids(path)
        self.assertEqual(p.wait(20), 0)
        # Not only soon: it waits for that.
        self.assertEqual(os.listdir(self.dir), [])
        self.gone(*pids)

    def test_on_kill_while_it_starts(self):
        with tempfile.TemporaryDirectory() as d:
            slow = os.path.join(d, "redis-server")
            with open(slow, "w", encoding="ascii") as f:
                f.write("#!/bin/sh\nexec sleep 60\n")
            os.chmod(slow, 0o755)
            self.env["FSCONSOLE_REDIS_SERVER"] = slow
            p = subprocess.Popen([FSCONSOLE, "--demo", "state"], env=self.env,
                                 stdin=subprocess.DEVNULL)
            self.addCleanup(self.end, p)
            wait(lambda: os.listdir(self.dir), 20, "its folder")
            p.kill()
            p.wait()
        self.gone()

    def test_when_the_minder_is_killed(self):
        p, path = self.start()
        pid, minder = self.pids(path)
        os.kill(minder, signal.SIGKILL)
        wait(lambda: not running(pid), 5, "the server to go")
        p.send_signal(signal.SIGTERM)
        p.wait(20)
        self.gone()

    def test_what_others_put_in_its_place_stays(self):
        p, path = self.start()
        pid, minder = self.pids(path)
        os.kill(minder, signal.SIGKILL)
        wait(lambda: not running(pid), 5, "the server to go")
        with tempfile.TemporaryDirectory() as d:
            place, theirs = os.path.dirname(path), os.path.join(d, "theirs")
            os.mkdir(theirs)
            with open(os.path.join(theirs, "file"), "w", encoding="ascii"):
                pass
            os.rename(place, os.path.join(d, "ours"))
            os.symlink(theirs, place)
            p.send_signal(signal.SIGTERM)
            p.wait(20)
            self.assertEqual(os.listdir(theirs), ["file"])
            os.unlink(place)

    def test_when_the_minder_is_told_to_end(self):
        p, path = self.start()
        pids = self.pids(path)
        os.kill(pids[1], signal.SIGTERM)
        self.gone(*pids)
        p.send_signal(signal.SIGTERM)
        p.wait(20)

    def test_keys_of_the_terminal_do_not_reach_it(self):
        p, path = self.start()
        pids = self.pids(path)
        self.assertNotEqual(os.getsid(pids[1]), os.getsid(p.pid))
        for sig in (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            os.kill(pids[1], sig)
        with Resp(path) as r:
            self.assertEqual(r("PING"), b"PONG")
        p.kill()
        p.wait()
        self.gone(*pids)


if __name__ == "__main__":
    if sys.platform != "linux":
        print("1..0 # SKIP what is tested here looks into /proc")
        sys.exit(0)
    tap.main()
