#!/usr/bin/python3
"""A, transport: kinds 1 to 15 of tests/FAULTS.md."""
import contextlib
import ctypes
import errno
import json
import os
import signal
import socket
import time
import unittest

import tap
from fake import Fake
from fault import Case, in_parallel, without_rights
from server import Server, folder, free_port, wait

U1 = "hash fs:user:u0001 @60000 country_iso=DE tx_count_5m=3@30000\n"
SET = ["set", "u0001", "country_iso=US", "--json"]


class BlackHole:
    """A port that takes no connection and refuses none."""

    def __init__(self, host="127.0.0.1", port=0):
        self.sockets = [socket.socket()]
        self.sockets[0].bind((host, port))
        self.sockets[0].listen(0)
        self.port = self.sockets[0].getsockname()[1]
        for _ in range(4):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex((host, self.port))
            self.sockets.append(s)

    @property
    def address(self):
        return ["-h", "127.0.0.1", "-p", str(self.port)]

    def close(self):
        for s in self.sockets:
            s.close()


_libc = ctypes.CDLL(None, use_errno=True)
_NEWNS, _NEWUSER = 0x20000, 0x10000000
_BIND, _REC, _PRIVATE = 0x1000, 0x4000, 0x40000


def own_hosts(text):
    """For before: an /etc/hosts of its own for one process."""
    path = os.path.join(folder(), "hosts")
    with open(path, "w", encoding="ascii") as f:
        f.write(text)

    def enter():
        if (_libc.unshare(_NEWNS | (_NEWUSER if os.getuid() else 0)) != 0
                or _libc.mount(b"none", b"/", None, _REC | _PRIVATE, None)
                or _libc.mount(path.encode(), b"/etc/hosts", None, _BIND,
                               None)):
            raise OSError(ctypes.get_errno(), "no namespace of its own")
    return enter


class Transport(Case):
    def test_01_refused(self):
        port = free_port()
        for args in (["read", "u0001"], ["state"], SET, ["audit"]):
            r = self.fails(["-p", str(port)], args, 3,
                           rf"127\.0\.0\.1:{port}: .*refused")
            self.claims_nothing(r)

    def test_02_no_such_host(self):
        self.fails(["-h", "no-such-host.invalid"], ["read", "u0001"], 3,
                   r"no-such-host\.invalid", within=10,
                   env={"RES_OPTIONS": "timeout:1 attempts:1"})

    def test_03_black_hole(self):
        hole = BlackHole()
        self.addCleanup(hole.close)
        r = self.fails(hole, ["read", "u0001"], 3, "timeout", within=1)
        self.assertGreater(r.took, 0.8)

    def test_04_first_address_dead(self):
        for dead, alive in (("127.0.0.2", "127.0.0.1"),
                            ("127.0.0.1", "127.0.0.2")):
            for silent in (False, True):
                with self.subTest(dead=dead, silent=silent):
                    self._one_dead(dead, alive, silent)

    def _one_dead(self, dead, alive, silent):
        with Fake(f"node A host {alive}\n" + U1) as f:
            if silent:
                hole = BlackHole(dead, f.ports["A"])
                self.addCleanup(hole.close)
            names = own_hosts(f"{dead} two.test\n{alive} two.test\n")
            try:
                r = self.run_it(["-h", "two.test", "-p", f.ports["A"]],
                                ["read", "u0001"], before=names)
            except Exception as e:
                if "preexec_fn" not in str(e):
                    raise
                raise unittest.SkipTest("no namespace of its own") from e
            self.assertEqual(r.status, 0, r)

    def test_05_closed_before_an_answer(self):
        with Fake("always <accept>\n close") as f:
            self.fails(f, ["read", "u0001"], 3, "closed")
            f.check()
        with Fake(U1 + "always HMGET *\n close") as f:
            self.fails(f, ["read", "u0001"], 3, "lost the connection")

    def test_05_a_read_is_sent_once_more(self):
        with Fake(U1 + "expect HMGET *\n close") as f:
            r = self.succeeds(f, ["read", "u0001", "country_iso", "--json"])
            self.assertEqual(r.json["values"], {"country_iso": "DE"})
            self.assertEqual(len(f.commands("HMGET")), 2)
            f.check()

    def test_06_closed_in_the_middle(self):
        for size in (1, 2, 9, 15):
            with self.subTest(size=size), Fake(
                    U1 + f"always HMGET *\n part {size}\n close") as f:
                self.fails(f, ["read", "u0001"], 3, "lost the connection")

    def test_06_handshake_ends_in_the_middle(self):
        with Fake("always COMMAND *\n part 30\n close") as f:
            self.fails(f, ["read", "u0001"], 3, "closed")

    def test_07_reset_is_unknown_and_not_resent(self):
        cut = "always HSET *\n part 1\n reset"
        with Fake(U1 + cut) as f:
            r = self.fails(f, SET, 3, "lost the connection|reset")
            self.claims_nothing(r)
            self.assertEqual(len(f.commands("HSET")), 1)
        with Fake(U1 + "lack HSETEX\nalways EXEC\n reset") as f:
            r = self.fails(f, ["set", "u0001", "tx_count_5m=1", "--json"], 3)
            self.claims_nothing(r)
            self.assertEqual(len(f.commands("EXEC")), 1)

    def test_07_reset_while_loading(self):
        with Fake("expect HSET *\n skip 50\n part 1\n reset") as f:
            r = self.run_it(f, ["bulk-load", "--count", "200", "--json"])
            self.assertIn(r.status, (1, 3), r)
            if r.status == 1:
                self.assertLess(r.json["loaded"], 200)
            f.stop()
            keys = [c[1] for c in f.commands("HSET")]
            self.assertEqual(len(keys), len(set(keys)), "sent twice")

    def test_08_drip(self):
        with Fake(U1 + "always HMGET *\n drip 200") as f:
            r = self.fails(f, ["read", "u0001"], 3, "no answer within",
                           within=1)
            self.assertGreater(r.took, 0.8)

    def test_08_drip_in_the_handshake(self):
        with Fake("always COMMAND *\n drip 100") as f:
            self.fails(f, ["read", "u0001"], 3, "timeout", within=1)

    def test_09_stall_after_the_header(self):
        with Fake(U1 + r"always HMGET *" "\n" r" send *11\r\n$2\r" "\n stall"
                  ) as f:
            self.fails(f, ["read", "u0001"], 3, "no answer within", within=1)

    def test_09_stall_in_the_handshake(self):
        with Fake("always <accept>\n stall") as f:
            self.fails(f, ["read", "u0001"], 3, "connected, but no answer",
                       within=1)

    def test_10_peer_stops_reading(self):
        with Fake("node A rcvbuf 2048\nexpect HSET *\n deaf") as f:
            rows = b"entity,country_iso\n" + b"".join(
                b"u%06d,%s\n" % (i, b"x" * 1000) for i in range(20000))
            r = self.run_it(f, ["bulk-load", "--from", "-", "--format", "csv",
                                "--id", "entity", "--json"], stdin=rows)
            self.assertIn(r.status, (1, 3), r)
            self.assertLess(r.rss, 256 if tap.SLOWNESS == 1 else 700)
            if r.out:
                self.assertEqual(r.json["loaded"], 0)

    def test_11_write_to_a_closed_peer(self):
        with Fake("expect HSET *\n leave") as f:
            r = self.run_it(f, ["bulk-load", "--count", "50000", "--json"])
            self.assertIn(r.status, (1, 3), r)
            if r.out:
                self.assertEqual(r.json["loaded"], 0)

    def test_12_late_answer(self):
        def event(value):
            return (b'{"entity":"u0001","features":{"tx_count_5m":%d}}\n'
                    % value)

        # The late +OK of the first must not be taken for that of the second.
        with Fake(U1 + "expect HSETEX *\n pause 900\n default\n"
                  "always HSETEX *\n reply -OOM no memory") as f:
            r = self.run_it(f, ["stream", "--from", "-", "--json"],
                            stdin=[event(1), 0.7, event(2), 0.4],
                            timeout=0.5, within=3)
            self.assertIn(r.status, (1, 3), r)
            self.claims_nothing(r)
            self.assertEqual(len(f.commands("HSETEX", "fs:user:u0001")),
                             len(f.commands("HSETEX")))
            f.stop()

    def test_12_late_answers_to_reads(self):
        """Each entity's value is its own name."""
        ids = [f"u{i:04}" for i in range(1, 2001)]
        data = "".join(f"hash fs:user:{u} country_iso={u}\n" for u in ids)
        with Fake(data + "expect HMGET *\n pause 900\n default") as f:
            r = self.run_it(f, ["batch-read", *ids, "--features",
                                "country_iso", "--rows", "ndjson"],
                            timeout=0.6, within=4)
            self.assertIn(r.status, (0, 1, 3), r.err)
            for line in r.out.splitlines():
                row = json.loads(line)
                value = row["features"].get("country_iso")
                self.assertIn(value, (None, row["entity"]))

    @unittest.skipUnless(os.path.exists("/proc/net/tcp"), "no /proc/net/tcp")
    def test_13_half_open(self):
        """Without an answer it ends in time; keepalive runs below."""
        with Fake(U1 + "always HMGET *\n stall") as f:
            p = self.start(f, ["read", "u0001"], timeout=2)
            f.wait_for("HMGET")
            timer = wait(lambda: _keepalive(f.ports["A"]), 2,
                         "a keepalive timer")
            self.assertLessEqual(timer, 20)
            r = p.wait()
            self.is_clean(r)
            self.assertEqual(r.status, 3, r)

    def test_13_what_is_sent_and_not_received(self):
        """The system gives up on it, and on a silent peer, within 20 s."""
        with Fake(U1 + "always HMGET *\n stall") as f:
            p = self.start(f, ["read", "u0001"], timeout=2)
            f.wait_for("HMGET")
            with _socket_of(p.pid, f.ports["A"]) as s:
                get = lambda name: s.getsockopt(socket.IPPROTO_TCP, name)
                self.assertIn(get(socket.TCP_USER_TIMEOUT),
                              range(1000, 20001))
                self.assertLessEqual(
                    get(socket.TCP_KEEPIDLE) + get(socket.TCP_KEEPINTVL) *
                    get(socket.TCP_KEEPCNT), 20)
            self.is_clean(p.wait())

    def test_13_server_is_stopped(self):
        with Server() as s:
            s.freeze()
            self.fails(s, ["read", "u0001"], 3, "no answer", within=2)
            s.thaw()
            self.assertEqual(self.run_it(s, ["entities"]).status, 0)

    def test_14_signals_during_io(self):
        with Fake(U1 + "expect HMGET *\n drip 5") as f:
            p = self.start(f, ["read", "u0001", "country_iso", "--json"],
                           timeout=4)
            f.wait_for("HMGET")
            for i in range(1000):
                p.kill(signal.SIGWINCH)
                if i % 100 == 0:
                    p.kill(signal.SIGSTOP)
                    p.kill(signal.SIGCONT)
            r = p.wait()
            self.is_clean(r)
            self.assertEqual(r.status, 0, r)
            self.assertEqual(r.json["values"], {"country_iso": "DE"})

    def test_15_no_socket(self):
        path = os.path.join(folder(), "sock")
        self.fails(["-s", path], ["read", "u0001"], 3, "No such file")
        with open(path, "w", encoding="ascii"):
            pass
        self.fails(["-s", path], ["read", "u0001"], 3, "not a socket")
        self.fails(["-s", "/tmp/" + "x" * 200], ["read", "u0001"], 3,
                   "too long")

    def test_15_socket_of_somebody_else(self):
        with Server() as s:
            os.chmod(s.dir, 0o755)
            os.chmod(s.path, 0)
            self.fails(s, ["read", "u0001"], 3, "ermission denied",
                       **without_rights())

    def test_15_nobody_listens_on_it(self):
        path = os.path.join(folder(), "sock")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(path)
        self.fails(["-s", path], ["read", "u0001"], 3, "refused")

    def test_15_queue_of_the_socket_is_full(self):
        path = os.path.join(folder(), "sock")
        with socket.socket(socket.AF_UNIX) as s:
            s.bind(path)
            s.listen(0)
            fill = [socket.socket(socket.AF_UNIX) for _ in range(4)]
            for c in fill:
                c.setblocking(False)
                c.connect_ex(path)
            self.fails(["-s", path], ["read", "u0001"], 3, within=1)
            for c in fill:
                c.close()


class Crashes(Case):
    """Real servers that go."""

    def test_07_killed_while_writing(self):
        with Server() as s:
            p = self.start(s, ["bulk-load", "--count", "2000000", "--json"])
            r = s.client()
            wait(lambda: r("DBSIZE") > 1000, 10, "some entities")
            s.kill()
            r = p.wait()
            self.is_clean(r)
            self.assertIn(r.status, (1, 3), r)
            self.assertRegex(r.err, "fsconsole: .*(lost the connection|"
                             "closed|refused|No such file)")

    def test_07_killed_and_back(self):
        """stream --retry goes on, and claims only what was acknowledged."""
        with Server() as s:
            s.client()("HSET", "fs:user:u0001", "country_iso", "DE")
            event = (b'{"entity":"u0001","features":{"tx_count_5m":1},'
                     b'"ttl":"60s"}\n')
            p = self.start(s, ["stream", "--from", "-", "--retry", "10s",
                               "--json"],
                           stdin=[event, 0.5, event, 2, event])
            wait(lambda: "tx_count_5m" in s.client().hash("fs:user:u0001"))
            s.kill()
            time.sleep(0.6)
            s.start()
            r = p.wait()
            self.is_clean(r)
            self.assertIn(r.status, (0, 1), r)
            self.assertGreaterEqual(r.json["written_fields"], 1)
            self.assertEqual(s.client().hash("fs:user:u0001")["tx_count_5m"],
                             "1")


_PIDFD_GETFD = 438


def _socket_of(pid, port):
    """A copy of another process's socket that is connected to this port."""
    if not hasattr(os, "pidfd_open"):
        raise unittest.SkipTest("no pidfd_open()")
    process = os.pidfd_open(pid)
    try:
        for fd in map(int, os.listdir(f"/proc/{pid}/fd")):
            copy = _libc.syscall(_PIDFD_GETFD, process, fd, 0)
            if copy < 0 and ctypes.get_errno() == errno.EBADF:
                continue                # closed meanwhile
            if copy < 0:
                raise unittest.SkipTest("no pidfd_getfd(): " + os.strerror(
                    ctypes.get_errno()))
            try:
                s = socket.socket(fileno=copy)
            except OSError:             # it is none
                os.close(copy)
                continue
            with contextlib.suppress(OSError):
                if s.family == socket.AF_INET and s.getpeername()[1] == port:
                    return s
            s.close()
    finally:
        os.close(process)
    raise AssertionError(f"no connection to {port}")


def _keepalive(port):
    """Seconds until the next probe of a connection to this port, or None."""
    with open("/proc/net/tcp", encoding="ascii") as f:
        for line in f.readlines()[1:]:
            words = line.split()
            timer, when = words[5].split(":")
            if words[2].endswith(f":{port:04X}") and timer == "02":
                return int(when, 16) / os.sysconf("SC_CLK_TCK")
    return None


load_tests = in_parallel

if __name__ == "__main__":
    tap.main()
