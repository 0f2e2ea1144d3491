"""Drives a full-screen program through a pty and reads its screen with pyte.

    with Tui([FSCONSOLE, "--demo"], cols=80, rows=24) as t:
        t.expect(r"running")            # waits for it, or fails with the screen
        t.send("p<down><enter>")
        t.expect_gone(r"running")
        t.resize(120, 40)
        t.send("q")
        assert t.wait_exit() == 0
        assert t.left_behind() == []    # the terminal is as it was

No call waits for a fixed time: each waits for what it names. bytes_out counts
what the program wrote so far, raw holds it.
"""
import errno
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pyte

import tap
from server import die_with_parent

KEYS = {
    "tab": "\t", "enter": "\r", "esc": "\x1b", "space": " ", "bs": "\x7f",
    "lt": "<", "gt": ">",
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
    "home": "\x1b[1~", "end": "\x1b[4~", "ins": "\x1b[2~", "del": "\x1b[3~",
    "pgup": "\x1b[5~", "pgdn": "\x1b[6~", "btab": "\x1b[Z",
    "f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS",
    "f5": "\x1b[15~", "f6": "\x1b[17~", "f7": "\x1b[18~", "f8": "\x1b[19~",
    "f9": "\x1b[20~", "f10": "\x1b[21~",
}
KEYS.update({f"c-{c}": chr(ord(c) & 0x1f) for c in "abcdefghijklmnopqrstuvwxyz"})

# In the application mode that curses switches the cursor keys to.
_APPLICATION = {"\x1b[A": "\x1bOA", "\x1b[B": "\x1bOB", "\x1b[C": "\x1bOC",
                "\x1b[D": "\x1bOD"}


class _Screen(pyte.Screen):
    """What pyte lacks of the sequences that ncurses uses."""

    last = " "

    def draw(self, data):
        self.last = data[-1:] or self.last
        super().draw(data)

    def repeat(self, count=1, **_):
        super().draw(self.last * (count or 1))

    def back_tab(self, count=1, **_):
        for _ in range(count or 1):
            stops = [s for s in self.tabstops if s < self.cursor.x]
            self.cursor.x = max(stops, default=0)

    def scroll_up(self, count=1, **_):
        self._scroll(self.delete_lines, count)

    def scroll_down(self, count=1, **_):
        self._scroll(self.insert_lines, count)

    def _scroll(self, how, count):
        x, y = self.cursor.x, self.cursor.y
        self.cursor.y = self.margins.top if self.margins else 0
        how(count or 1)
        self.cursor.x, self.cursor.y = x, y


class _Stream(pyte.ByteStream):
    csi = dict(pyte.ByteStream.csi, b="repeat", Z="back_tab", S="scroll_up",
               T="scroll_down")
    events = pyte.ByteStream.events | {"repeat", "back_tab", "scroll_up",
                                       "scroll_down"}


class Tui:
    """A program on a terminal of its own.

    env adds to (or, with None, takes from) the environment.
    """

    def __init__(self, argv, cols=120, rows=40, env=None, cwd=None,
                 term="xterm-256color"):
        self.screen = _Screen(cols, rows)
        self.stream = _Stream(self.screen)
        self.raw = bytearray()
        self.status = None
        self.master, self.slave = os.openpty()
        self._size(cols, rows)
        self.before = termios.tcgetattr(self.slave)
        self.process = subprocess.Popen(
            argv, stdin=self.slave, stdout=self.slave, stderr=self.slave,
            cwd=cwd, env=self._environment(term, env), preexec_fn=self._child)

    @staticmethod
    def _environment(term, changes):
        env = dict(os.environ, TERM=term, LC_ALL="C.UTF-8", **(changes or {}))
        for name in ("COLUMNS", "LINES"):
            env.pop(name, None)
        return {name: v for name, v in env.items() if v is not None}

    @staticmethod
    def _child():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        die_with_parent()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    #
    # Typing
    #

    def send(self, keys):
        """Type: <enter>, <up>, <c-c>, <f1> ... are keys, <lt> is '<'."""
        for key, text in re.findall(r"<([a-z0-9-]+)>|(.)", keys, re.S):
            text = KEYS[key] if key else text
            if b"\x1b[?1h" in self.raw:
                text = _APPLICATION.get(text, text)
            self.write(text.encode())

    def write(self, data):
        """Send bytes as they are."""
        while data:
            self.pump(0)
            data = data[os.write(self.master, data):]

    def resize(self, cols, rows):
        # What is still on its way was drawn for the old size.
        self.pump(0)
        self._size(cols, rows)
        self.screen.resize(rows, cols)

    def _size(self, cols, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", rows, cols, 0, 0))

    def kill(self, sig=signal.SIGTERM):
        self.process.send_signal(sig)

    def hangup(self):
        """Take the terminal away, as a lost connection does."""
        os.close(self.slave)
        os.close(self.master)
        self.master = self.slave = -1

    #
    # Looking
    #

    @property
    def bytes_out(self):
        return len(self.raw)

    @property
    def pid(self):
        return self.process.pid

    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def text(self):
        return "\n".join(self.lines())

    def line(self, pattern):
        """The first line that matches, or None."""
        return next((l for l in self.lines() if re.search(pattern, l)), None)

    def cell(self, x, y):
        """data, fg, bg, bold, reverse ... of one cell, from 0."""
        return self.screen.buffer[y][x]

    def pump(self, seconds=0.0):
        """Read what the program writes, at most so long; True if it did."""
        if self.master < 0:
            time.sleep(seconds)
            return False
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return False
        # One write may come in pieces; a screen is seen when all is there.
        while ready:
            try:
                data = os.read(self.master, 1 << 16)
            except OSError as e:
                if e.errno == errno.EIO:
                    return False
                raise
            self.raw += data
            self.stream.feed(data)
            ready, _, _ = select.select([self.master], [], [], 0)
        return True

    def wait_until(self, condition, timeout=10, what="the screen to change"):
        """Wait until condition() is true; fails with the screen if not."""
        end = time.monotonic() + timeout * tap.SLOWNESS
        while True:
            self.pump(0)
            value = condition()
            if value:
                return value
            left = end - time.monotonic()
            if left <= 0:
                raise AssertionError(f"waited {timeout} s for {what}, the "
                                     f"screen is\n{self.text()}")
            if not self.alive() and not self.pump(0):
                value = condition()
                if value:
                    return value
                raise AssertionError(
                    f"it ended with {self.status} before {what}, the screen "
                    f"is\n{self.text()}")
            self.pump(min(left, 0.05))

    def expect(self, pattern, timeout=10):
        """Wait for a pattern on the screen (re.S | re.M); the match."""
        rx = re.compile(pattern, re.S | re.M)
        return self.wait_until(lambda: rx.search(self.text()), timeout,
                               repr(pattern))

    def expect_gone(self, pattern, timeout=10):
        rx = re.compile(pattern, re.S | re.M)
        self.wait_until(lambda: not rx.search(self.text()), timeout,
                        f"{pattern!r} to go")

    def settle(self, quiet=0.3, timeout=10):
        """Wait until nothing was written for so long."""
        end = time.monotonic() + timeout * tap.SLOWNESS
        while self.pump(quiet):
            if time.monotonic() > end:
                raise AssertionError(f"it never paused for {quiet} s")

    def written_in(self, seconds):
        """How many bytes it writes in so many seconds."""
        self.pump(0)
        before, end = self.bytes_out, time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.pump(left)
        return self.bytes_out - before

    #
    # The end
    #

    def alive(self):
        self.status = self.process.poll()
        return self.status is None

    def wait_exit(self, timeout=10):
        """Its exit status, negative for a signal; fails if it stays."""
        end = time.monotonic() + timeout * tap.SLOWNESS
        while self.alive():
            if time.monotonic() > end:
                raise AssertionError("it is still running, the screen is\n"
                                     + self.text())
            self.pump(0.01)
        while self.pump(0):
            pass
        return self.status

    def left_behind(self):
        """What the program did not restore of the terminal, as a list."""
        left = []
        if termios.tcgetattr(self.slave) != self.before:
            left.append("terminal modes")
        for number, name, normal in ((1049, "alternate screen", False),
                                     (25, "cursor", True),
                                     (1, "cursor keys", False),
                                     (2004, "bracketed paste", False),
                                     (1000, "mouse", False),
                                     (1002, "mouse drag", False),
                                     (1003, "mouse motion", False),
                                     (1006, "mouse format", False)):
            if self._private_mode(number, normal) != normal:
                left.append(name)
        if self._last(rb"\x1b\[m|\x1b\[0m|\x1b\[0;10m") < self._last(
                rb"\x1b\[[1-9][0-9;]*m"):
            left.append("colours")
        return left

    def _private_mode(self, number, default):
        on = self._last(rb"\x1b\[\?(?:\d+;)*%d(?:;\d+)*h" % number)
        off = self._last(rb"\x1b\[\?(?:\d+;)*%d(?:;\d+)*l" % number)
        return default if on == off == -1 else on > off

    def _last(self, pattern):
        return max((m.start() for m in re.finditer(pattern, self.raw)),
                   default=-1)

    def close(self):
        """End the program, if it has not ended, and free the terminal."""
        if self.process.poll() is None:
            self.process.kill()
        self.status = self.process.wait()
        if self.master >= 0:
            os.close(self.slave)
            os.close(self.master)
            self.master = self.slave = -1
