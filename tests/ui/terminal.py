#!/usr/bin/python3
"""Terminals as they are: odd, small, slow, gone; and what is typed and pasted
into them. The numbers are those of tests/FAULTS.md.
"""
import ctypes
import contextlib
import os
import pty
import re
import resource
import select
import signal
import socket
import subprocess
import termios
import threading
import time
import unittest

import tap
from server import FSCONSOLE, Server, die_with_parent, wait
from tui import Tui


class Far:
    """A port that leads to another, whose answers take a tenth of a second."""

    def __init__(self, port):
        self.to = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                here, _ = self.listener.accept()
                there = socket.create_connection(("127.0.0.1", self.to))
                for pair in ((here, there, 0), (there, here, 0.1)):
                    threading.Thread(target=self._copy, args=pair,
                                     daemon=True).start()

    def _copy(self, source, to, delay):
        with contextlib.suppress(OSError), source, to:
            while data := source.recv(1 << 20):
                time.sleep(delay)
                to.sendall(data)
            to.shutdown(socket.SHUT_RDWR)


class Terminal(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        r = cls.server.client()
        for i in range(1, 21):
            r("HSET", f"fs:user:u{i:04}", "country_iso", "DE")

    def start(self, *args, cols=100, rows=30, under=(), **how):
        t = Tui([*under, FSCONSOLE, *map(str, self.server.address), *args],
                cols, rows, **how)
        self.addCleanup(t.close)
        return t

    def up(self, *args, **how):
        t = self.start(*args, **how)
        t.expect(r"country_iso +DE")
        return t

    def leave(self, t):
        t.send("q")
        self.assertEqual(t.wait_exit(3), 0)
        self.assertEqual(t.left_behind(), [])

    def cpu(self, pid):
        with open(f"/proc/{pid}/stat") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Sizes(Terminal):
    def test_113_resize_storm(self):
        t = self.up()
        for i in range(400):
            t.resize(60 + i % 90, 16 + i % 40)
            time.sleep(0.005)
        t.resize(100, 30)
        t.expect(r"Batch read ─")
        t.expect(r"country_iso +DE")
        # Frozen, so that no clock moves: it is all as if drawn anew.
        t.send(" ")
        t.expect(r"frozen at")
        t.settle()
        before, written = t.text(), t.bytes_out
        t.send("<c-l>")
        t.wait_until(lambda: t.bytes_out > written + 1000)
        t.settle()
        self.assertEqual(t.text(), before)
        self.leave(t)

    def test_113_back_where_it_began(self):
        """What a terminal lost while it was small is drawn again."""
        t = self.up()
        t.send(" ")
        t.expect(r"frozen at")
        t.settle()
        before = t.text()
        for _ in range(10):
            t.resize(20, 5)
            t.resize(100, 30)
            t.wait_until(lambda: t.text() == before, 5)
        self.leave(t)

    def test_114_too_small(self):
        for cols, rows in ((1, 1), (20, 5), (5, 2), (2, 40), (300, 1)):
            t = self.start(cols=cols, rows=rows)
            t.wait_until(lambda: t.text().strip())
            if cols > 15:
                t.expect(r"\A(fsconsole )?needs 60x16")
            t.send("jr?lza")
            t.settle(0.1)
            t.resize(100, 30)
            t.expect(r"Entities")
            t.resize(cols, rows)
            t.settle(0.1)
            self.leave(t)

    def test_114_large_enough(self):
        for cols, rows in ((60, 16), (80, 24), (200, 50), (400, 120)):
            t = self.up(cols=cols, rows=rows)
            for pane in ("Entities", "Store", "Worker", "Inspector", "Read",
                         "Batch read"):
                t.expect(rf"─ {pane} ")
            self.assertNotIn("needs", t.text())
            self.leave(t)


class Kinds(Terminal):
    def fails(self, term, pattern):
        under = ["env", "-u", "TERM"] if term is None else []
        t = self.start(under=under, term=term or "")
        self.assertEqual(t.wait_exit(3), 3)
        self.assertRegex(t.text(), pattern)
        self.assertEqual(t.left_behind(), [])

    def test_115_no_terminal_type(self):
        self.fails(None, r"TERM is not set; set TERM=xterm-256color or")
        self.fails("", r"TERM is not set")
        self.fails("no-such-terminal", r"TERM=no-such-terminal is not known")
        self.fails("dumb", r"TERM=dumb cannot address the cursor")
        self.fails("\x1b[31m", r"TERM=\\e\[31m is not known")

    def test_116_no_terminal(self):
        """Neither for its keys nor for its screen may be something else."""
        master, tty = os.openpty()
        self.addCleanup(os.close, master)
        self.addCleanup(os.close, tty)
        before = termios.tcgetattr(tty)
        for stdin, stdout in ((subprocess.DEVNULL, subprocess.PIPE),
                              (tty, subprocess.PIPE),
                              (subprocess.DEVNULL, tty)):
            r = subprocess.run([FSCONSOLE, *map(str, self.server.address)],
                               stdin=stdin, stdout=stdout,
                               stderr=subprocess.PIPE, timeout=10)
            self.assertEqual(r.returncode, 3)
            self.assertRegex(r.stderr, rb"^fsconsole: the console needs a "
                             rb"terminal; --once[^\n]*\n$")
            self.assertFalse(r.stdout)
            self.assertFalse(select.select([master], [], [], 0)[0])
            self.assertEqual(termios.tcgetattr(tty), before)

    def test_terminal_types(self):
        for term in ("xterm-256color", "tmux-256color", "screen", "linux",
                     "vt100", "xterm", "rxvt-unicode-256color"):
            with self.subTest(term=term):
                t = self.up(term=term)
                t.send("G")
                t.expect(r"^▶ u0020")
                self.leave(t)

    def test_122_locales(self):
        for locale in ("C", "no_SUCH.UTF-8", "POSIX"):
            t = self.up(under=["env", "LC_ALL=" + locale])
            t.expect(r"^> u0001")
            t.settle(0.1)
            self.assertTrue(max(t.raw) < 0x80)
            self.leave(t)

    def test_ascii(self):
        t = self.up("--ascii")
        self.assertTrue(max(t.raw) < 0x80)
        self.leave(t)

    def test_no_color(self):
        colours = rb"\x1b\[[0-9;]*(3[0-7]|9[0-7]|38;5;[0-9]+)m"
        for args, env, some in (([], {}, True), ([], {"NO_COLOR": ""}, True),
                                ([], {"NO_COLOR": "1"}, False),
                                (["--color=never"], {}, False),
                                (["--color=always"], {"NO_COLOR": "1"}, True)):
            with self.subTest(args=args, env=env):
                t = self.up(*args, env=env)
                found = re.search(colours, t.raw)
                self.assertEqual(found is not None, some)
                self.assertTrue(t.line(r"READ-ONLY"))
                self.leave(t)


class Ends(Terminal):
    def ends(self, t, sig, status):
        t.kill(sig)
        began = time.monotonic()
        self.assertEqual(t.wait_exit(3), status)
        self.assertLess(time.monotonic() - began, 1 * tap.SLOWNESS)
        self.assertEqual(t.left_behind(), [])

    def test_118_hangup(self):
        """While it writes, also to a server that says nothing any more."""
        for frozen in (False, True):
            with self.subTest(frozen=frozen), Server() as s:
                r = s.client()
                for i in range(1, 21):
                    r("HSET", f"fs:user:u{i:04}", "country_iso", "DE")
                t = Tui([FSCONSOLE, *map(str, s.address), "--write",
                         "--tick", "100ms"], 100, 30)
                self.addCleanup(t.close)
                t.expect(r"country_iso +DE")
                t.send("p")
                t.expect(r"writes +[1-9]")
                if frozen:
                    s.freeze()
                    time.sleep(0.3)
                self.ends(t, signal.SIGHUP, 129)
                if frozen:
                    s.thaw()
                # No write of it comes after its end.
                wait(lambda: b"name=fsconsole" not in r("CLIENT", "LIST"), 5,
                     "its connections to go")
                before = r.calls()["hsetex"]
                time.sleep(0.3)
                self.assertEqual(r.calls()["hsetex"], before)

    def test_118_hangup_of_commands(self):
        for args in (["stream", "--ticks", "100", "--tick", "100ms"],
                     ["watch", "u0001"],
                     ["bulk-load", "--count", "1000000", "--prefix", "x:",
                      "--rate", "1000"]):
            with self.subTest(args=args):
                p = subprocess.Popen(
                    [FSCONSOLE, *map(str, self.server.address), "--write",
                     *args], stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                    preexec_fn=die_with_parent)
                time.sleep(0.5 * tap.SLOWNESS)
                p.send_signal(signal.SIGHUP)
                began = time.monotonic()
                p.communicate(timeout=10 * tap.SLOWNESS)
                self.assertEqual(p.returncode, 129)
                self.assertLess(time.monotonic() - began, 1 * tap.SLOWNESS)

    def test_120_signals(self):
        for sig, status in ((signal.SIGTERM, 143), (signal.SIGINT, 130)):
            self.ends(self.up(), sig, status)

    def breaks(self, t):
        began = time.monotonic()
        t.send("<c-c>")
        self.assertEqual(t.wait_exit(3), 130)
        self.assertLess(time.monotonic() - began, 1 * tap.SLOWNESS)
        self.assertEqual(t.left_behind(), [])

    def test_ctrl_c(self):
        self.breaks(self.up())
        for keys, seen in ((" ", "frozen at"), (":", "^ :"), ("?", "Help ─"),
                           ("/u<lt>", "Ids that hold: u<"), ("a", "Audit ─"),
                           ("x", "Type fs:user:"), ("z", "Entities")):
            with self.subTest(keys=keys):
                t = self.up()
                t.send(keys)
                t.expect(seen)
                self.breaks(t)
        t = self.start(cols=20, rows=5)
        t.expect("needs")
        self.breaks(t)

    def test_ctrl_c_without_a_store(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            for port in (silent.getsockname()[1], 1):
                t = Tui([FSCONSOLE, "-p", str(port)], 100, 30)
                self.addCleanup(t.close)
                t.expect("connect")
                self.breaks(t)

    def test_121_crash(self):
        own = "handle_segv=0:handle_abort=0:handle_sigbus=0"
        for sig in (signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS,
                    signal.SIGQUIT):
            t = self.up(env={"ASAN_OPTIONS": own, "TSAN_OPTIONS": own})
            t.kill(sig)
            self.assertEqual(t.wait_exit(5), -sig)
            self.assertEqual(t.left_behind(), [])

    def test_121_ended_by_any_signal(self):
        """All that end a program by default, and can be caught."""
        t = self.up()
        with open(f"/proc/{t.pid}/status", encoding="ascii") as f:
            caught = int(re.search(r"SigCgt:\s*(\w+)", f.read())[1], 16)
        harmless = {signal.SIGKILL, signal.SIGSTOP, signal.SIGPIPE,
                    signal.SIGCHLD, signal.SIGURG, signal.SIGTTIN,
                    signal.SIGTTOU}
        for sig in set(signal.Signals) - harmless:
            if sig < signal.SIGRTMIN:
                self.assertTrue(caught & 1 << sig - 1, sig)
        self.leave(t)
        for sig in (signal.SIGTRAP, signal.SIGXCPU, signal.SIGXFSZ,
                    signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM,
                    signal.SIGVTALRM, signal.SIGPROF):
            with self.subTest(sig=sig):
                t = self.up()
                t.kill(sig)
                self.assertEqual(t.wait_exit(5), -sig)
                self.assertEqual(t.left_behind(), [])

    def threads(self, pid):
        """The program's own: that of ThreadSanitizer hears no signal."""
        deaf, own = [], []
        for tid in sorted(map(int, os.listdir(f"/proc/{pid}/task"))):
            with open(f"/proc/{pid}/task/{tid}/status") as f:
                blocked = int(re.search(r"SigBlk:\s*(\w+)", f.read())[1], 16)
            (deaf if blocked & 1 << signal.SIGSEGV - 1 else own).append(tid)
        with open(FSCONSOLE, "rb") as f:
            self.assertEqual(len(deaf), b"__tsan_init" in f.read())
        return own

    def test_121_crash_of_any_thread(self):
        libc = ctypes.CDLL(None, use_errno=True)
        own = "handle_segv=0:handle_sigbus=0"
        for n in range(1, 5):
            t = self.up(env={"ASAN_OPTIONS": own, "TSAN_OPTIONS": own})
            first, *others = self.threads(t.pid)
            if n > len(others):
                break
            libc.tgkill(t.pid, others[n - 1], signal.SIGSEGV)
            self.assertEqual(t.wait_exit(5), -signal.SIGSEGV)
            self.assertEqual(t.left_behind(), [])
        self.assertGreater(n, 2)

    def test_119_terminal_gone(self):
        for ignored in (False, True):
            with self.subTest(ignored=ignored):
                argv = [FSCONSOLE, *map(str, self.server.address)]
                t = Tui(["sh", "-c", "trap '' HUP; exec \"$@\"", "sh", *argv]
                        if ignored else argv, 100, 30)
                self.addCleanup(t.close)
                t.expect(r"country_iso +DE")
                used = self.cpu(t.pid) + self.cpu_of_the_ended()
                began = time.monotonic()
                t.hangup()
                self.assertEqual(t.wait_exit(3), 129)
                self.assertLess(time.monotonic() - began, 1 * tap.SLOWNESS)
                # Nothing was read again and again meanwhile.
                self.assertLess(self.cpu_of_the_ended() - used,
                                0.15 * tap.SLOWNESS)

    @staticmethod
    def cpu_of_the_ended():
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    def test_119_end_of_file(self):
        """An end that is no hang-up: of a terminal on another machine."""
        t = self.up()
        new = termios.tcgetattr(t.slave)
        new[3] |= termios.ICANON
        new[6][termios.VEOF] = b"\x04"
        termios.tcsetattr(t.slave, termios.TCSANOW, new)
        t.write(b"\x04")
        self.assertEqual(t.wait_exit(3), 129)

    def test_117_suspend(self):
        pid, master = pty.fork()
        if pid == 0:
            die_with_parent()
            os.environ.update(TERM="xterm-256color", PS1="$ ", ENV="")
            os.execvp("sh", ["sh", "-i"])
        self.addCleanup(os.close, master)
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        self.seen = b""
        # The shell takes the terminal's size from nowhere: 0 by 0.
        command = " ".join([FSCONSOLE, *map(str, self.server.address)])
        self.say(master, f"stty rows 30 cols 100; {command}\r", b"u0020")
        self.say(master, "\x1a", b"Stopped")
        self.assertIn(b"\x1b[?1049l", self.seen)
        self.say(master, "fg\r", b"u0020")
        self.say(master, "q", b"$ ")
        self.say(master, "stty -a | grep -c ' echo '\r", b"1\r\n")

    def say(self, master, text, until):
        start = len(self.seen)
        os.write(master, text.encode())
        end = time.monotonic() + 10 * tap.SLOWNESS
        while until not in self.seen[start:]:
            self.assertLess(time.monotonic(), end, self.seen[start:])
            if select.select([master], [], [], 0.1)[0]:
                self.seen += os.read(master, 65536)

    def test_stopped_from_outside(self):
        t = self.up()
        t.kill(signal.SIGSTOP)
        time.sleep(0.2)
        before = t.bytes_out
        t.kill(signal.SIGCONT)
        t.wait_until(lambda: t.bytes_out > before + 500)
        t.expect(r"country_iso +DE")
        self.leave(t)


class Input(Terminal):
    """None of it may quit, ask, or move anything."""

    def test_123_unknown_sequences(self):
        t = self.up()
        for seq in (b"\x1b[99q", b"\x1b[1;5p", b"\x1bq", b"\x1bl", b"\x1bOq",
                    b"\x1b[?1;2c", b"\x1b]0;qqq\x07", b"\x1bPqqq\x1b\\",
                    b"\x1b\x1b[B", b"\x1b[113;5u", b"\x1b[[A"):
            t.write(seq)
            t.pump(0.08)
        self.check(t)

    def check(self, t):
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            t.pump(0.1)
        self.assertTrue(t.alive(), t.text())
        self.assertTrue(t.line(r"^▶ u0001 "), t.text())
        self.assertTrue(t.line(r"\? help"), t.text())
        self.assertFalse(t.line(r"Help ─|Log ─|Audit ─|frozen"), t.text())
        self.leave(t)

    def test_123_split_escape(self):
        t = self.up()
        for part in (b"\x1b", b"[", b"9", b"q"):
            t.write(part)
            t.pump(0.1)
        self.check(t)

    def test_123_bracketed_paste(self):
        t = self.up()
        t.write(b"\x1b[200~" + b"q\rx\x1al?:quit\r" * 5500 + b"\x1b[201~")
        self.check(t)

    def test_123_bare_paste(self):
        t = self.up(term="vt100")
        t.write(b"qx\x1al? \x03:quit\r" * 5000)
        t.pump(0.3)
        self.check(t)

    def test_123_paste_in_a_prompt(self):
        t = self.up()
        t.send("/")
        t.write(b"\x1b[200~u00\x1b[31m\r\n2\x1b[201~")
        t.expect(r"Ids that hold: u00\[31m2")
        t.write(b"\x1b[200~" + b"q\rx\x1al?:quit\r" * 5500 + b"\x1b[201~")
        t.expect(r"Ids that hold: .*qxl\?:quitqxl")
        t.send("<esc>")
        t.expect_gone(r"Ids that hold")
        self.check(t)

    # Once a byte of it was a signal, what followed it was typed.
    WRITES = b":set u0001 country_iso=X0\r"

    def unlocked(self):
        t = self.up("--write")
        t.expect("WRITE")
        return t

    def pastes(self, t, *parts, pause=0.0):
        """Text that would write if it were keys; it has not."""
        t.write(b"\x1b[200~")
        for i, part in enumerate(parts):
            if i > 0:
                self.pass_time(t, pause)
            t.write(part)
        self.pass_time(t, 0.3)
        t.write(b"\x1b[201~")
        self.pass_time(t, 0.3)
        self.assertTrue(t.alive(), t.text())
        self.assertEqual(self.server.client().hash("fs:user:u0001"),
                         {"country_iso": "DE"})

    @staticmethod
    def pass_time(t, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            t.pump(left)

    def test_123_ctrl_c_in_a_paste(self):
        t = self.unlocked()
        for text in (b"some text\x03" + self.WRITES, b"\x03" + self.WRITES,
                     b"a\x03\x1c\x1a\x04\x11\x13" + self.WRITES,
                     (b"x" * 5000 + b"\x03" + self.WRITES) * 13):
            self.pastes(t, text)
        self.check(t)

    def test_123_ctrl_c_in_a_paste_in_a_prompt(self):
        t = self.unlocked()
        for key, label in (("/", "Ids that hold"), (":", "^ :")):
            t.send(key)
            t.expect(label)
            self.pastes(t, b"\x1b\x03\r" + self.WRITES)
            t.expect(label + ".*set u0001 country_iso=X0")
            t.send("<esc>")
            t.expect_gone(label)
        self.check(t)

    def test_123_slow_paste(self):
        t = self.unlocked()
        for text in (b"some text ", b"\x1b", b"\x1b[20", b"\x03"):
            self.pastes(t, text, self.WRITES, pause=1.3)
        t.send(":")
        self.pastes(t, b"x\r", self.WRITES, pause=1.3)
        t.expect("^ : x:set u0001 country_iso=X0")
        t.send("<esc>")
        t.expect_gone("^ : x")
        self.check(t)

    def test_123_paste_without_end(self):
        """Esc, and nothing behind it, gives the keyboard back."""
        for key, status in (("<esc>q", 0), ("<c-c>", 130)):
            t = self.up()
            t.write(b"\x1b[200~qqq")
            self.pass_time(t, 1.3)
            self.assertTrue(t.alive())
            t.send(key[:5])
            self.pass_time(t, 1.3)
            t.send(key[5:])
            self.assertEqual(t.wait_exit(3), status)
            self.assertEqual(t.left_behind(), [])

    def test_124_mouse_when_off(self):
        t = self.up()
        t.write(b"\x1b[<0;12;5M\x1b[<0;12;5m\x1b[M qq\x1b[M ?:")
        self.check(t)

    def test_noise(self):
        t = self.up()
        t.write(bytes(b for b in range(0x80, 0x100)) * 3 + b"\x00" * 50)
        self.check(t)

    def test_escape_key(self):
        t = self.up()
        t.send("?")
        t.expect(r"Help ─")
        t.write(b"\x1b")
        t.expect_gone(r"Help ─", 1)
        self.leave(t)


class Slow(Terminal):
    def test_125_9600_baud(self):
        """The worker keeps its rate, and no frames pile up."""
        with Server() as s:
            r = s.client()
            for i in range(1, 201):
                r("HSET", f"fs:user:u{i:04}", "country_iso", "DE")
            t = Tui([FSCONSOLE, *map(str, s.address), "--write", "--tick",
                     "100ms"], 120, 40)
            self.addCleanup(t.close)
            t.expect(r"country_iso +DE")
            t.send("p")
            t.expect(r"writes +[1-9]")
            began, before = time.monotonic(), r.calls()["hsetex"]
            while time.monotonic() < began + 4:
                if select.select([t.master], [], [], 0.1)[0]:
                    data = os.read(t.master, 96)
                    t.raw += data
                    t.stream.feed(data)
                os.write(t.master, b"\x0c")     # asks for all of it
                time.sleep(0.1)
            # Ten ticks a second, five entities each.
            self.assertGreater(r.calls()["hsetex"] - before, 0.7 * 50 *
                               (time.monotonic() - began) / tap.SLOWNESS)
            # What waits is what the terminal holds and a frame, no more.
            waiting = t.bytes_out
            os.write(t.master, b"?")
            t.expect(r"Help ─")
            print(f"{t.bytes_out - waiting} bytes before the answer to a key")
            self.assertLess(t.bytes_out - waiting, 50000)
            t.send("<esc>")
            t.expect_gone(r"Help ─")
            self.leave(t)

    def test_125_nobody_reads(self):
        t = Tui([FSCONSOLE, "--demo", "--tick", "100ms"], 120, 40)
        self.addCleanup(t.close)
        t.expect(r"● running")
        t.expect(r"ticks +\d+")
        ticks = lambda: int(t.expect(r"ticks +([\d,]+)")[1].replace(",", ""))
        before, began = ticks(), time.monotonic()
        cpu = self.cpu(t.pid)
        t.send("?")
        self.fill(t)
        # Ten seconds in which nobody reads; then all that was asked of it.
        time.sleep(max(0, began + 10 - time.monotonic()))
        self.assertLess(self.cpu(t.pid) - cpu, 2 * tap.SLOWNESS)
        t.settle(0.5)
        t.send("<esc>")
        t.expect_gone(r"Help ─")
        t.settle(0.05)
        wrote = ticks() - before
        self.assertGreater(wrote, 0.7 * 10 * (time.monotonic() - began) /
                           tap.SLOWNESS)
        self.leave_slow(t)

    def fill(self, t):
        """Have it redraw, and read nothing, until the terminal is full."""
        for _ in range(60):
            os.write(t.master, b"\x0c")
            time.sleep(0.05)

    def leave_slow(self, t):
        """Also with nobody reading it ends at once."""
        self.fill(t)
        os.write(t.master, b"q")
        began = time.monotonic()
        while t.process.poll() is None:
            self.assertLess(time.monotonic() - began, 1.5 * tap.SLOWNESS)
            time.sleep(0.02)
        self.assertEqual(t.process.returncode, 0)


class Once(Terminal):
    def once(self, *args, env=None, **how):
        return subprocess.run(
            ["env", *(env or []), FSCONSOLE, *args, "--once"],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE, timeout=30, **how)

    def test_screen(self):
        r = self.once(*map(str, self.server.address), stdout=subprocess.PIPE,
                      env=["TERM=dumb"])
        self.assertEqual((r.returncode, r.stderr), (0, b""))
        lines = r.stdout.decode().splitlines()
        self.assertEqual(len(lines), 40)
        self.assertTrue(any("country_iso" in l and "DE" in l for l in lines))
        self.assertNotIn(b"\x1b", r.stdout)

    def test_size_and_locale(self):
        r = self.once(*map(str, self.server.address), stdout=subprocess.PIPE,
                      env=["COLUMNS=80", "LINES=24", "LC_ALL=C"])
        lines = r.stdout.decode("ascii").splitlines()
        self.assertEqual(len(lines), 24)
        self.assertLessEqual(max(map(len, lines)), 80)

    def test_store_too_large_to_be_counted(self):
        """Far away it takes 20 s at least; there is enough to see before."""
        with Server(tcp=True) as s, Far(s.port) as far:
            s.client()("EVAL", "for i = 1, 20000 do redis.call('HSET', "
                       "'fs:user:u' .. i, 'country_iso', 'DE') end", 0)
            r = self.once("-h", "127.0.0.1", "-p", str(far.port),
                          stdout=subprocess.PIPE)
        self.assertEqual((r.returncode, r.stderr), (0, b""))
        self.assertRegex(r.stdout.decode(), r"entities +[\d,]+  so far, \d+ % scanned")
        self.assertRegex(r.stdout.decode(), r"country_iso +DE")

    def test_no_store(self):
        r = self.once("-s", "/nowhere/redis.sock", stdout=subprocess.PIPE)
        self.assertEqual((r.returncode, r.stdout), (3, b""))
        self.assertRegex(r.stderr, rb"^fsconsole: [^\n]*nowhere[^\n]*\n$")

    def test_127_stdout_fails(self):
        with open("/dev/full", "wb") as full:
            r = self.once(*map(str, self.server.address), stdout=full)
        self.assertEqual(r.returncode, 1)
        self.assertRegex(r.stderr, rb"^fsconsole: stdout: No space left")
        read, write = os.pipe()
        os.close(read)
        r = self.once(*map(str, self.server.address), stdout=write)
        os.close(write)
        self.assertEqual(r.returncode, 1)


if __name__ == "__main__":
    tap.main()
