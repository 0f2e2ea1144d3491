#!/usr/bin/python3
"""The helpers that the other tests stand on, tried on their own."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import unittest
from xml.etree import ElementTree

import svg
import tap
from resp import Resp, RespError, slot
from server import Cluster, Server, Tls, on_both, wait
from tui import Tui


class Slots(unittest.TestCase):
    def test_known_slots(self):
        self.assertEqual(slot("123456789"), 0x31c3)
        self.assertEqual(slot("a{u1}b"), slot("u1"))
        self.assertEqual(slot("a{}b{u1}"), slot(b"a{}b{u1}"))
        self.assertNotEqual(slot("{}"), slot(""))


@on_both
class Servers(unittest.TestCase):
    def setUp(self):
        self.server = Server(self.kind)
        self.addCleanup(self.server.stop)

    def test_field_ttl(self):
        r = self.server.client()
        r("HSET", "h", "a", 1, "b", "\u00e9")
        r("HPEXPIRE", "h", 60000, "FIELDS", 1, "a")
        self.assertEqual(r.hash("h"), {"a": "1", "b": "\u00e9"})
        ttls = r.field_ttls("h", "a", "b", "c")
        self.assertTrue(59000 < ttls["a"] <= 60000)
        self.assertEqual((ttls["b"], ttls["c"]), (-1, -2))

    def test_errors(self):
        r = self.server.client()
        with self.assertRaises(RespError) as e:
            r("NO SUCH")
        self.assertEqual(e.exception.code, "ERR")
        replies = r.many([["SET", "k", 1], ["HGET", "k", "f"], ["GET", "k"]])
        self.assertEqual(replies[0], b"OK")
        self.assertEqual(replies[1].code, "WRONGTYPE")
        self.assertEqual(replies[2], b"1")

    def test_nothing_listens_on_tcp(self):
        r = self.server.client()
        self.assertEqual(r("CONFIG", "GET", "port")[1], b"0")
        self.assertEqual(r.info()["process_id"], str(self.server.pid))

    def test_calls_and_monitor(self):
        r = self.server.client()
        r("CONFIG", "RESETSTAT")
        with self.server.monitor() as lines:
            r("HGETALL", "h")
        self.assertEqual(r.calls()["hgetall"], 1)
        self.assertIn('"HGETALL" "h"', lines[-1])

    def test_kill_and_start(self):
        self.server.client()("SET", "k", "v")
        self.server.kill()
        self.assertRaises(OSError, Resp, self.server.path)
        self.server.start()
        self.assertIsNone(self.server.client()("GET", "k"))

    def test_stop_leaves_nothing(self):
        pid = self.server.pid
        self.server.stop()
        self.assertFalse(os.path.exists(self.server.dir))
        self.assertRaises(ProcessLookupError, os.kill, pid, 0)

    def test_gone_with_a_killed_script(self):
        script = ("import sys, time; from server import Server\n"
                  f"s = Server({self.kind!r})\n"
                  "print(s.pid, s.dir, flush=True); time.sleep(60)")
        with subprocess.Popen([sys.executable, "-c", script],
                              stdout=subprocess.PIPE) as p:
            pid, folder = p.stdout.readline().decode().split()
            pid = int(pid)
            self.addCleanup(shutil.rmtree, folder)
            os.kill(pid, 0)
            p.send_signal(signal.SIGKILL)
        # It may stay as a zombie where nobody reaps orphans.
        wait(lambda: not _running(pid), 5, "the server to go")


def _running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class OnTcp(unittest.TestCase):
    def test_plain(self):
        with Server(tcp=True) as s, Resp(("127.0.0.1", s.port)) as r:
            self.assertEqual(r("PING"), b"PONG")

    def test_tls(self):
        tls = Tls()
        with Server(tls=tls) as s:
            with Resp(("127.0.0.1", s.port), tls.context(), "localhost") as r:
                self.assertEqual(r("PING"), b"PONG")
            with Resp(("127.0.0.1", s.port), timeout=5) as r:
                self.assertRaises((OSError, ValueError), r, "PING")

    def test_freeze(self):
        with Server(tcp=True) as s:
            s.freeze()
            with Resp(("127.0.0.1", s.port), timeout=0.2) as r:
                self.assertRaises(socket.timeout, r, "PING")
            s.thaw()
            with Resp(("127.0.0.1", s.port)) as r:
                self.assertEqual(r("PING"), b"PONG")


@on_both
class Clusters(unittest.TestCase):
    def test_slots_and_migration(self):
        with Cluster(self.kind) as c:
            for key in ("a", "b", "c", "d"):
                c.client(key)("SET", key, key)
            number, source = slot("a"), c.owner[slot("a")]
            target = (source + 1) % 3
            c.migrating(number, target)
            self.assertEqual(c.migrate(number, target), [b"a"])
            with self.assertRaises(RespError) as e:
                c.client("a")("GET", "a")
            self.assertEqual(e.exception.code, "ASK")
            c.migrated(number, target)
            with self.assertRaises(RespError) as e:
                c.nodes[source].client()("GET", "a")
            self.assertEqual(e.exception.code, "MOVED")
            self.assertEqual(c.client("a")("GET", "a"), b"a")


class WithReplicas(unittest.TestCase):
    def test_six_nodes(self):
        with Cluster(replicas=1) as c:
            c.client("k")("SET", "k", "v")
            c.client("k")("WAIT", 1, 5000)
            replica = c.nodes[3 + c.owner[slot("k")]].client()
            replica("READONLY")
            self.assertEqual(replica("GET", "k"), b"v")


# A change of size that comes just before getch() waits is seen when it is
# called again, hence the timeout.
PROGRAM = r"""
import curses
def main(screen):
    screen.timeout(100)
    red = curses.A_BOLD
    if curses.has_colors():
        curses.start_color()
        curses.use_default_colors()
        curses.init_pair(1, curses.COLOR_RED, -1)
        red |= curses.color_pair(1)
    key = "none"
    while key != "q":
        rows, cols = screen.getmaxyx()
        screen.erase()
        screen.addstr(0, 0, f"{cols}x{rows}")
        screen.addstr(1, 0, "-" * (cols - 1))
        screen.addstr(2, 0, "red", red)
        screen.addstr(3, 0, f"key {key}")
        screen.addstr(4, 0, "│█▏━ & <x>")
        screen.refresh()
        got = screen.getch()
        if got >= 0:
            key = curses.keyname(got).decode()
curses.wrapper(main)
"""


class Screens(unittest.TestCase):
    terms = "xterm-256color", "tmux-256color", "linux", "vt100"

    def run_program(self, program=PROGRAM, **options):
        t = Tui([sys.executable, "-c", program], 60, 10, **options)
        self.addCleanup(t.close)
        return t

    def test_what_is_drawn(self):
        for term in self.terms:
            with self.subTest(term=term):
                t = self.run_program(term=term)
                t.expect(r"^60x10\n-{59}\nred\nkey none\n")
                self.assertTrue(t.cell(0, 2).bold)
                if term != "vt100":
                    self.assertEqual(t.cell(0, 2).fg, "red")
                t.send("q")
                self.assertEqual(t.wait_exit(), 0)
                self.assertEqual(t.left_behind(), [])

    def test_keys(self):
        t = self.run_program()
        for key, name in (("a", "a"), ("<up>", "KEY_UP"), ("<f1>", "KEY_F"),
                          ("<enter>", r"\^J"), ("<pgdn>", "KEY_NPAGE"),
                          ("<btab>", "KEY_BTAB"), ("<lt>", "<")):
            t.send(key)
            t.expect("^key " + name)

    def test_resize(self):
        t = self.run_program()
        t.expect("60x10")
        t.resize(100, 30)
        t.expect(r"^100x30\n-{99}\nred\nkey KEY_RESIZE")
        t.resize(20, 6)
        t.expect(r"^20x6\n-{19}\nred$")

    def test_quiet(self):
        t = self.run_program()
        t.expect("key none")
        t.settle(0.1)
        self.assertEqual(t.written_in(0.2), 0)

    def test_what_is_left_behind(self):
        t = self.run_program(PROGRAM.replace(
            "curses.wrapper(main)", "main(curses.initscr())"))
        t.expect("none")
        t.kill(signal.SIGKILL)
        self.assertEqual(t.wait_exit(), -signal.SIGKILL)
        self.assertIn("alternate screen", t.left_behind())

    def test_hangup(self):
        t = self.run_program()
        t.expect("key none")
        t.hangup()
        self.assertNotEqual(t.wait_exit(), 0)

    def test_failure_shows_the_screen(self):
        t = self.run_program()
        t.expect("key none")
        with self.assertRaisesRegex(AssertionError, "60x10"):
            t.expect("never", timeout=0.1)
        t.send("q")
        with self.assertRaisesRegex(AssertionError, "ended with 0"):
            t.expect("never")

    def test_svg(self):
        t = self.run_program()
        t.expect("<x>")
        root = ElementTree.fromstring(svg.draw(t.screen, "a & b"))
        text = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
        self.assertEqual(text, ["a & b", "60x10", "-" * 59, "red", "key none",
                                "& <x>"])


if __name__ == "__main__":
    tap.main()
