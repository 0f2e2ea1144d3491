#!/usr/bin/python3
"""What src/redis makes of servers that lie, stall, vanish and refuse."""
import os
import re
import resource
import socket
import threading
import time
import unittest

import tap
from fake import Fake
from probe import Probe
from resp import slot
from server import TOP, Server, folder, free_port, on_both

with open(os.path.join(TOP, "src/base/err.h"), encoding="utf-8") as f:
    _names = re.findall(r"^\t(FS_\w+)[ ,]", f.read(), re.M)
E = {name: i for i, name in enumerate(_names)}
ASAN = tap.SLOWNESS > 1
SMALL = (400 if ASAN else 16) << 20
READ = ("cmd", "HMGET", "k", "f")
WRITE = ("cmd", "HSET", "k", "f", "1")


class Faults(unittest.TestCase):
    def fake(self, script=""):
        fake = Fake(script)
        self.addCleanup(fake.stop)
        return fake

    def probe(self, where, open=True, **settings):
        settings.setdefault("timeout", 400)
        settings.setdefault("connect_timeout", 1000)
        if isinstance(where, Fake):
            where = where.uri()
        p = Probe(where, **settings)
        self.addCleanup(p.stop)
        p("gate", 1)
        if open:
            p.open()
        return p

    def came(self, fake, count, *words):
        """So many commands of this kind came, and not one more."""
        fake.wait_for(*words, count=count)
        self.assertEqual(len(fake.commands(*words)), count)

    def fails(self, result, code, text=""):
        self.assertEqual(result.code, E[code], result)
        self.assertIn(text, result.line.replace("%25", "%"))


class Connecting(Faults):
    def test_refused(self):
        port = free_port()
        p = self.probe(f"redis://127.0.0.1:{port}", open=False)
        r = p("open")
        self.fails(r, "FS_ECONNECT", f"connect 127.0.0.1:{port}:")
        self.assertIn("refused", r.line)

    def test_no_such_host(self):
        p = self.probe("redis://no.such.host.invalid", open=False)
        self.fails(p("open"), "FS_ECONNECT", "no.such.host.invalid")

    def test_a_black_hole_costs_the_connect_timeout(self):
        # A listener whose queue is full drops what comes.
        with socket.socket() as hole:
            hole.bind(("127.0.0.1", 0))
            hole.listen(0)
            port = hole.getsockname()[1]
            full = [socket.socket() for _ in range(4)]
            for s in full:
                s.setblocking(False)
                s.connect_ex(("127.0.0.1", port))
            p = self.probe(f"redis://127.0.0.1:{port}", open=False,
                           connect_timeout=600)
            r = p("open")
            for s in full:
                s.close()
        self.fails(r, "FS_ETIMEOUT")
        self.assertLess(r.took, 1.5 * tap.SLOWNESS)
        self.assertGreater(r.took, 0.55)

    def test_accepts_and_says_nothing(self):
        p = self.probe(self.fake("always <accept>\n stall"), open=False,
                       connect_timeout=500)
        r = p("open")
        self.fails(r, "FS_ETIMEOUT", "connected, but no answer")
        self.assertLess(r.took, 1.4 * tap.SLOWNESS)

    def test_drips_through_the_handshake(self):
        fake = self.fake("always CLIENT *\n drip 50 +a+long+answer\\r\\n")
        p = self.probe(fake, open=False, connect_timeout=500)
        r = p("open")
        self.fails(r, "FS_ETIMEOUT")
        self.assertLess(r.took, 1.4 * tap.SLOWNESS)

    def test_the_second_address(self):
        # localhost is ::1 too where there is IPv6; nobody listens there.
        fake = self.fake()
        p = self.probe(f"redis://localhost:{fake.ports['A']}")
        self.assertEqual(p(*READ).what, "answered")

    def test_sockets_that_are_none(self):
        where = folder()
        plain, gone = os.path.join(where, "file"), os.path.join(where, "gone")
        with open(plain, "w", encoding="ascii"):
            pass
        for path, text in ((plain, "not a socket"), (gone, "No such file"),
                           (where + "/" + "x" * 120, "too long")):
            p = self.probe("unix://" + path, open=False)
            r = p("open")
            self.fails(r, "FS_ECONNECT", text)
            self.assertIn(path, r.line)

    def test_a_socket_whose_queue_is_full(self):
        path = os.path.join(folder(), "busy")
        with socket.socket(socket.AF_UNIX) as busy:
            busy.bind(path)
            busy.listen(0)
            first = socket.socket(socket.AF_UNIX)
            first.connect(path)
            p = self.probe("unix://" + path, open=False, connect_timeout=500)
            r = p("open")
            first.close()
        self.fails(r, "FS_ETIMEOUT")
        self.assertLess(r.took, 1.4 * tap.SLOWNESS)

    def test_cancel(self):
        p = self.probe(self.fake("always <accept>\n stall"), open=False,
                       connect_timeout=20000)
        p("set", "cancel_after", 200)
        r = p("open")
        self.fails(r, "FS_ECANCEL")
        self.assertLess(r.took, 0.6 * tap.SLOWNESS)

    def test_signals_all_the_time(self):
        with Server() as s:
            p = self.probe(s.uri)
            p("set", "storm", 200)
            r = p("load", 0, 20000)
            self.assertEqual(r.good, 20000, r)


class Greetings(Faults):
    """Servers that end it before it began."""

    def refuses(self, code, text, script):
        fake = self.fake(script)
        r = self.probe(fake, open=False)("open")
        self.fails(r, code, text)
        return fake

    def greeted(self, code, text, greeting):
        for end in ("close", "stall"):
            self.refuses(code, text,
                         f"always <accept>\n send {greeting}\n {end}")

    def test_too_many_clients(self):
        self.greeted("FS_EBUSY", "max number of clients",
                     r"-ERR max number of clients reached\r\n")

    def test_protected_mode(self):
        self.greeted("FS_ESERVER", "DENIED",
                     r"-DENIED Redis is running in protected mode\r\n")

    def test_http(self):
        self.greeted("FS_EPROTO", "HTTP/1.1 400",
                     r"HTTP/1.1 400 Bad Request\r\n\r\n")

    def test_tls_on_the_plain_port(self):
        self.greeted("FS_EPROTO", "TLS", r"\x15\x03\x03\x00\x02\x02\x46\r\n")

    def test_banner_of_another_kind(self):
        self.greeted("FS_EPROTO", "SSH-2.0", r"SSH-2.0-OpenSSH_9.2\r\n")

    def test_closed_at_once(self):
        self.refuses("FS_ECONNECT", "connect ", "always <accept>\n close")

    def test_reset_at_once(self):
        self.refuses("FS_ECONNECT", "", "always <accept>\n reset")

    def test_more_answers_than_questions(self):
        self.refuses("FS_EPROTO", "no question",
                     r"always PING" "\n " r"send +PONG\r\n+PONG\r\n")

    def test_loading_ends(self):
        loading = "expect PING\n reply -LOADING Redis is loading\n"
        fake = self.fake(loading * 2)
        p = self.probe(fake, connect_timeout=300)
        self.assertEqual(p(*READ).what, "answered")
        self.came(fake, 3, "PING")
        self.came(fake, 1, "<accept>")

    def test_busy_whatever_was_asked(self):
        """A script runs; what comes next on the connection is asked anew."""
        for verb, path in (("SELECT", "/2"), ("AUTH", "")):
            for word in ("BUSY", "LOADING"):
                with self.subTest(verb, word=word):
                    fake = self.fake(
                        ("password pw\n" if verb == "AUTH" else "") +
                        f"expect {verb} *\n times 2\n reply -{word} x\n")
                    uri = fake.uri() + path
                    if verb == "AUTH":
                        uri = uri.replace("//", "//:pw@")
                    p = self.probe(uri, connect_timeout=300)
                    self.assertEqual(p(*READ).what, "answered")
                    self.came(fake, 3, verb)
                    self.came(fake, 1, "<accept>")

    def test_loading_does_not_outlast_a_cancel(self):
        fake = self.fake("always PING\n reply -LOADING x")
        p = self.probe(fake, open=False)
        p("set", "cancel_after", 700)
        r = p("open")
        self.fails(r, "FS_ECANCEL")
        self.assertLess(r.took, 1.2 * tap.SLOWNESS)

    def test_an_old_server_knows_less(self):
        p = self.probe(self.fake(
            "info redis_version:7.0.15\n"
            "lack HPEXPIRE HPEXPIRETIME HSETEX\n"
            "always CLIENT *\n reply -ERR Unknown subcommand or wrong number"
            " of arguments for 'SETINFO'. Try CLIENT HELP.\n"
            "always ACL *\n reply -ERR unknown command 'ACL'\n"))
        r = p("caps")
        self.assertIn("Redis 7.0.15", r)
        self.assertIn("field_ttl=0 hsetex=0", r)

    def test_nothing_is_permitted(self):
        p = self.probe(self.fake("".join(
            f"always {verb}\n reply -NOPERM this user has no permissions to "
            "run the command\n" for verb in (
                "CLIENT *", "COMMAND *", "ACL *", "INFO *", "INFO",
                "CLUSTER *", "PING"))))
        self.assertIn("field_ttl=1 hsetex=1 clustered=0 full=1", p("caps"))
        self.assertIn("keys=0,mem=0", p("refresh"))

    def test_a_sentinel(self):
        self.refuses("FS_ESERVER", "Sentinel", "always INFO\n send "
                     r"$21\r\nredis_mode:sentinel\r\n\r\n")

    def test_databases(self):
        for text in ("ERR DB index is out of range",
                     "ERR SELECT is not allowed in cluster mode"):
            fake = self.fake(f"always SELECT *\n reply -{text}")
            r = self.probe(fake.uri() + "/77", open=False)("open")
            self.fails(r, "FS_ESERVER", "SELECT: " + text)


class Passwords(Faults):
    def uri(self, fake, who):
        return fake.uri().replace("//", f"//{who}@")

    def test_never_tried_again_by_itself(self):
        fake = self.fake("always AUTH *\n skip 1\n"
                         " reply -WRONGPASS invalid username-password pair\n"
                         "expect HMGET *\n close")
        p = self.probe(self.uri(fake, "me:secret"))
        for _ in range(5):
            r = p(*READ)
            self.fails(r, "FS_EAUTH", "WRONGPASS")
            self.assertNotIn("secret", r.line)
        self.came(fake, 2, "AUTH")
        self.assertEqual(p("retry").what, "never")

    def test_wrong(self):
        fake = self.fake("always AUTH *\n reply -WRONGPASS invalid")
        r = self.probe(self.uri(fake, ":x"), open=False)("open")
        self.fails(r, "FS_EAUTH", "WRONGPASS")

    def test_missing(self):
        with Server(args=["--requirepass", "secret"]) as s:
            r = self.probe(s.uri, open=False)("open")
            self.fails(r, "FS_EAUTH", "NOAUTH")
            self.probe(f"unix://:secret@{s.path}")

    def test_more_than_needed(self):
        fake = self.fake("always AUTH *\n reply -ERR AUTH <password> called "
                         "without any password configured for the default "
                         "user. Are you sure?")
        p = self.probe(self.uri(fake, ":x"))
        self.assertEqual(p(*READ).what, "answered")


class Replies(Faults):
    """One question, an answer that is none, and the connection after it."""

    def hostile(self, *actions, code="FS_EPROTO", text=""):
        fake = self.fake("expect HMGET *\n " + "\n ".join(actions))
        p = self.probe(fake)
        r = p(*READ)
        self.fails(r, code, text)
        self.assertNotEqual(r.what, "answered")
        # It is dropped, and a new one serves.
        time.sleep(0.15)
        r = p(*READ)
        self.assertEqual(r.what, "answered", r)
        self.came(fake, 2, "<accept>")
        return p

    def test_unknown_type(self):
        self.hostile("reply ?what", text="?what")

    def test_lengths(self):
        for bad in ("*x", "*-2", "$-2", "*99999999999999999999",
                    "*2000000000", "$9000000000000000000", ":1e5"):
            with self.subTest(bad):
                self.hostile("reply " + bad)

    def test_half_a_gigabyte_is_refused_at_its_head(self):
        p = self.hostile("reply $536870912", "repeat 100000 x",
                         text="too long")
        self.assertLess(p.memory(), SMALL)

    def test_endless_line(self):
        p = self.hostile("send +", "repeat 0 " + "x" * 1000, text="too long")
        self.assertLess(p.memory(), SMALL)

    def test_nested(self):
        self.hostile(r"repeat 300000 *1\r\n", text="too deeply")

    def test_resp3(self):
        for bad in (r"%1\r\n+a\r\n:1", r">1\r\n+a", ",1.5", "_", "#t",
                    r"*1\r\n_"):
            with self.subTest(bad):
                self.hostile("reply " + bad, text="not asked for")

    def test_closed_before_and_within(self):
        for bad in ("close", "reset", r"send *2\r\n$5\r\nhel" "\n close"):
            with self.subTest(bad):
                fake = self.fake(f"always HMGET *\n {bad}\n"
                                 f"always HSET *\n {bad}\n")
                p = self.probe(fake)
                # A read was sent once more, in vain; of a write nobody knows.
                r = p(*READ)
                self.fails(r, "FS_ECONNECT", "lost the connection")
                self.came(fake, 2, "HMGET")
                # On a link without a past, so that it opens again at once.
                p = self.probe(fake)
                r = p(*WRITE)
                self.fails(r, "FS_ECONNECT")
                self.assertEqual(r.what, "unknown")
                self.assertEqual(p("cmd", "PTTL", "k").what, "answered")
                self.came(fake, 1, "HSET")

    def test_a_read_survives_a_lost_connection(self):
        r = self.probe(self.fake("expect HMGET *\n close"))(*READ)
        self.assertEqual(r.what, "answered", r)

    def test_drip(self):
        fake = self.fake(r"always HMGET *" "\n " r"drip 50 *1\r\n$30\r\n"
                         + "x" * 30 + r"\r\n")
        r = self.probe(fake)(*READ)
        self.fails(r, "FS_ETIMEOUT", "no answer within 400 ms")
        self.assertLess(r.took, 1 * tap.SLOWNESS)

    def test_one_answer_after_the_other(self):
        """All together take longer than one may."""
        fake = self.fake("always HMGET *\n pause 50\n default")
        r = self.probe(fake)("many", 30, *READ[1:])
        self.assertEqual(r.good, 30, r)
        self.assertGreater(r.ms, 1000)

    def test_stall_after_the_head(self):
        r = self.probe(self.fake("expect HMGET *\n reply *5\n stall"))(*READ)
        self.fails(r, "FS_ETIMEOUT")
        self.assertLess(r.took, 1 * tap.SLOWNESS)

    def test_a_late_answer_is_nobody_s(self):
        fake = self.fake(r"always HMGET slow *" "\n pause 600\n "
                         r"reply *1\r\n$4\r\nlate" "\n"
                         r"always HMGET k *" "\n "
                         r"reply *1\r\n$4\r\nmine")
        p = self.probe(fake)
        self.fails(p("cmd", "HMGET", "slow", "f"), "FS_ETIMEOUT")
        for _ in range(4):
            time.sleep(0.15)
            self.assertIn("mine", p(*READ))

    def test_an_answer_too_many(self):
        fake = self.fake("expect HMGET *\n "
                         r"reply *1\r\n$1\r\n7\r\n*1\r\n$1\r\n8")
        p = self.probe(fake)
        self.assertIn('"7', p(*READ))
        self.assertIn("[1: nil]", p(*READ))     # on another connection
        self.came(fake, 2, "<accept>")

    def test_a_peer_that_reads_no_more(self):
        p = self.probe(self.fake("always HSET *\n deaf"))
        p("window", 100000, 64 << 20)
        r = p("load", 0, 100000)
        self.assertEqual(r.good, 0)
        self.fails(r, "FS_ETIMEOUT")
        self.assertLess(r.took, 3 * tap.SLOWNESS)

    def test_closed_while_idle(self):
        with Server(tcp=True) as s:
            p = self.probe(s.uri)
            self.assertEqual(p(*WRITE).what, "answered")
            time.sleep(1.1)
            s.client()("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            # Noticed before it is written, so that even a write goes through.
            self.assertEqual(p(*WRITE).what, "answered")

    def test_errors_of_all_kinds(self):
        for text in ("OOM command not allowed", "MISCONF errors writing",
                     "NOREPLICAS not enough", "UNBLOCKED client",
                     r"\e]0;x\x07 " + "y" * 60000, "", "lower case"):
            with self.subTest(text[:20]):
                fake = self.fake("always HMGET *\n reply -" + text)
                r = self.probe(fake)(*READ)
                self.assertEqual(r.what, "answered", r)
                self.assertIn(" -", r.line)

    def test_an_error_of_100_kb(self):
        self.hostile("reply -ERR " + "x" * 100000, text="too long")

    def test_read_only_reopens(self):
        fake = self.fake("always HSET *\n times 2\n reply -READONLY You can't "
                         "write against a read only replica.")
        p = self.probe(fake)
        self.assertIn("READONLY", p(*WRITE))
        time.sleep(1.1)
        self.assertIn("READONLY", p(*WRITE))
        p("wait", 10)
        self.assertEqual(p(*WRITE).what, "answered")
        self.came(fake, 2, "<accept>")

    def test_read_only_reopens_where_there_is_no_rest(self):
        """There are always some on their way, until it is to be reopened."""
        fake = self.fake("always HSET *\n conn 1\n pause 20\n reply -READONLY "
                         "You can't write against a read only replica.")
        p = self.probe(fake, timeout=8000)
        p("window", 4, 65536)
        r = p("many", 200, *WRITE[1:])
        first = sum(conn == 1 for _, conn, words in fake.log
                    if words[0] == "HSET")
        print(f"{first} of 200 before it was reopened: {r}")
        self.came(fake, 2, "<accept>")
        self.assertLess(first, 150)
        self.assertEqual(len(fake.commands("HSET")), 200)

    def test_what_was_learned_outlasts_the_connection(self):
        fake = self.fake("always HSETEX *\n reply -NOPERM User a has no "
                         "permissions to run the 'hsetex' command\n"
                         "expect HMGET *\n close\n")
        p = self.probe(fake)
        self.assertIn("hsetex=1", p("caps"))
        p("cmd", "HSETEX", "k", "FIELDS", "1", "f", "v")
        self.assertIn("hsetex=0", p("caps"))
        self.assertEqual(p(*READ).what, "answered")
        self.came(fake, 2, "<accept>")
        self.assertIn("hsetex=0", p("caps"))

    def test_loading_in_between(self):
        fake = self.fake("always HMGET *\n times 3\n reply -LOADING x")
        self.assertIn("[1: nil]", self.probe(fake)(*READ))

    def test_loading_beyond_the_deadline(self):
        fake = self.fake("always HMGET *\n reply -LOADING x")
        r = self.probe(fake)(*READ)
        self.assertIn("-LOADING", r)
        self.assertLess(r.took, 1 * tap.SLOWNESS)


class Transactions(Faults):
    ATOMIC = ("cmd", "atomic", "HSET", "k", "f", "1", ";", "PEXPIRE", "k",
              "1000")

    def test_refused_while_queueing(self):
        with Server(args=["--maxmemory", "100kb", "--maxmemory-policy",
                          "noeviction"]) as s:
            p = self.probe(s.uri)
            r = p(*self.ATOMIC)
            self.assertEqual(r.what, "answered")
            self.fails(r, "FS_ESERVER", "HSET: OOM")

    def scripted(self, script):
        return self.probe(self.fake(script))(*self.ATOMIC)

    def test_nil(self):
        r = self.scripted("always EXEC\n send *-1\\r\\n")
        self.fails(r, "FS_EPROTO", "EXEC")

    def test_of_another_length(self):
        r = self.scripted("always EXEC\n send *1\\r\\n:1\\r\\n")
        self.fails(r, "FS_EPROTO", "EXEC")
        self.assertEqual(r.what, "unknown")

    def test_multi_is_not_permitted(self):
        r = self.scripted("always MULTI\n reply -NOPERM User u has no "
                          "permissions to run the 'multi' command\n"
                          "always EXEC\n reply -ERR EXEC without MULTI\n")
        self.fails(r, "FS_EPERM", "+multi")
        self.assertIn("it was written without", r)
        self.assertEqual(r.what, "unknown")

    def test_nothing_of_it_is_permitted(self):
        r = self.scripted("".join(
            f"always {verb}\n reply -NOPERM x\n" for verb in
            ("MULTI", "HSET *", "PEXPIRE *", "EXEC")))
        self.fails(r, "FS_EPERM", "MULTI")
        self.assertNotIn("written", r)
        self.assertEqual(r.what, "answered")


class Waiting(Faults):
    def test_back_off(self):
        fake = self.fake()
        p = self.probe(fake)
        fake.stop()
        began, pauses = time.monotonic(), []
        while time.monotonic() - began < 1.2:
            r = p(*READ)
            self.assertNotEqual(r.what, "answered")
            self.assertLess(r.took, 0.3 * tap.SLOWNESS)
            wait = p("retry").ms
            if wait > 2 and (not pauses or wait > pauses[-1] + 30):
                pauses.append(wait)
            time.sleep(0.01)
        # They grow.
        self.assertGreaterEqual(len(pauses), 3, pauses)
        self.assertGreater(pauses[-1], 150)

    def test_patience(self):
        with Server(tcp=True) as s:
            p = self.probe(s.uri, timeout=4000)
            p("window", 100, 0, "patient")
            s.kill()
            p.send(*WRITE)
            time.sleep(0.8)
            s.start()
            # It was lost on its way, or not sent and waited.
            self.assertIn(p.result().what, ("answered", "unknown"))
            self.assertEqual(p(*WRITE).what, "answered")
            self.assertEqual(p("retry").what, "up")

    def test_cancel_in_the_middle(self):
        fake = self.fake("always HSET *\n stall")
        p = self.probe(fake, timeout=30000)
        p("set", "cancel_after", 300)
        r = p("load", 0, 3000)
        self.fails(r, "FS_ECANCEL")
        self.assertLess(r.took, 0.8 * tap.SLOWNESS)
        self.assertEqual(r.good, 0)
        self.assertGreater(r.unknown, 0)

    def test_dropped_units_are_not_answered_for_others(self):
        fake = self.fake("always HMGET slow *\n pause 200\n reply +slow\n"
                         "always HMGET fast *\n reply +fast")
        p = self.probe(fake)
        p("add", "HMGET", "slow", "f")
        p("drop")
        self.assertIn("+fast", p("cmd", "HMGET", "fast", "f"))


class Gate(Faults):
    def test_shut(self):
        with Server() as s:
            p = self.probe(s.uri)
            p("gate", 0)
            for verb in ("HSET", "HSETEX", "HPEXPIRE", "HDEL", "PEXPIRE",
                         "UNLINK"):
                r = p("cmd", verb, "k", "f", "v")
                self.fails(r, "FS_EGUARD", verb)
                self.assertEqual(r.what, "not_sent")
            r = p("cmd", "HMGET", "k", "f", ";", "HSET", "k", "f", "v")
            self.fails(r, "FS_EGUARD")
            self.assertEqual(s.client()("DBSIZE"), 0)


class Maps(Faults):
    """A hostile cluster, or the limits of this machine."""

    def slots(self, *ranges):
        """CLUSTER SLOTS: (first, last, port of 127.0.0.1...)."""
        text = rf"*{len(ranges)}\r\n"
        for first, last, *ports in ranges:
            text += rf"*{2 + len(ports)}\r\n:{first}\r\n:{last}\r\n"
            text += "".join(rf"*2\r\n$9\r\n127.0.0.1\r\n:{p}\r\n"
                            for p in ports)
        return text[:-4]

    def cluster(self, *maps, more=""):
        """Tells one map after the other, and the last one from then on."""
        rules = "".join(f"expect CLUSTER SLOTS\n reply {m}\n"
                        for m in maps[:-1])
        return self.fake("node A\nslots 0-16383\n"
                         "always CLUSTER SHARDS\n reply -ERR unknown\n"
                         f"{rules}always CLUSTER SLOTS\n reply {maps[-1]}\n"
                         + more)

    def one_each(self, first, n, *last):
        return self.slots(*((i, i, first + i) for i in range(n)),
                          (n, 16383, *last))

    def test_more_nodes_than_files(self):
        """Nodes without a connection do not count against the limit."""
        fake = self.cluster(self.one_each(1000, 100, "%{A.port}"))
        p = self.probe(fake, open=False)
        resource.prlimit(p.process.pid, resource.RLIMIT_NOFILE, (64, 64))
        self.assertEqual(p("open").nodes, 101)
        self.assertEqual(p(*READ, timeout=30).what, "answered")

    def test_the_system_will_not_poll(self):
        p = self.probe(self.fake("expect HMGET *\n pause 200\n"))
        soft, hard = resource.prlimit(p.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(p.process.pid, resource.RLIMIT_NOFILE, (0, hard))
        r = p(*READ, timeout=30)
        resource.prlimit(p.process.pid, resource.RLIMIT_NOFILE, (soft, hard))
        self.fails(r, "FS_EBUSY", "cannot wait for 1 servers")
        self.assertEqual(p(*READ).what, "answered")

    def test_too_many_nodes(self):
        fake = self.cluster(self.one_each(1000, 2001, "%{A.port}"))
        r = self.probe(fake, open=False)("open")
        self.fails(r, "FS_EPROTO", "more than 2000 nodes")

    def test_a_map_that_leaves_nobody(self):
        """All places are taken by the nodes of the old map: it is kept."""
        fake = self.cluster(
            self.one_each(1000, 1998, "%{A.port}"),
            self.slots((0, 16383, 999)),
            more="expect HMGET *\n reply -MOVED 1 127.0.0.1:998\n")
        p = self.probe(fake)
        p(*READ)
        p("wait", 1300)
        fake.wait_for("CLUSTER", "SLOTS", count=2)
        self.assertNotIn("nodes=0", p("map"))
        self.assertEqual(p("refresh", timeout=120).what, "nodes=2000")

    def test_a_busy_node_becomes_a_replica(self):
        """READONLY is sent as soon as nothing is on its way to it."""
        before = self.slots((0, 8191, "%{A.port}"), (8192, 16383, "%{B.port}"))
        after = self.slots((0, 16383, "%{A.port}", "%{B.port}"))
        low = next(k for k in "abcdefghij" if slot(k) < 8192)
        first, high, *_ = (k for k in "abcdefghij" if slot(k) >= 8192)
        late = int(400 * tap.SLOWNESS)
        fake = self.cluster(
            before, after,
            more=f"expect HMGET {low} *\n reply -MOVED {slot(low)} %{{B}}\n"
            "node B\nalways CLUSTER SHARDS\n reply -ERR unknown\n"
            f"always CLUSTER SLOTS\n pause {late}\n reply {after}\n"
            f"expect HMGET {high} *\n pause {late}\n default\n")
        p = self.probe(fake, timeout=8000, replicas=1)
        self.assertIn("node=1", p("cmd", "HMGET", first, "f"))
        p("wait", 1200)
        self.assertIn("node=1", p("cmd", "HMGET", low, "f"))
        p("wait", 50)
        p("add", "HMGET", high, "f")
        self.assertEqual(p("take").what, "answered")
        p("wait", 200)
        self.assertIn("node=0", p("cmd", "HMGET", low, "f"))
        p("wait", 200)
        self.assertEqual(len(fake.commands("READONLY", node="B")), 1)


@on_both
class Rights(Faults):
    def test_says_which_is_missing(self):
        with Server(self.kind) as s:
            r = s.client()
            r("ACL", "SETUSER", "al", "on", ">pw", "~other:*", "+@all",
              "-hpexpiretime", "-client|setname")
            p = self.probe(f"unix://al:pw@{s.path}")
            self.assertIn("user=al", p("caps"))
            reply = p("cmd", "HPEXPIRETIME", "other:k", "FIELDS", "1", "f")
            self.assertIn("NOPERM", reply)
            self.assertIn("hpexpiretime", reply)
            reply = p("cmd", "HMGET", "fs:user:u1", "f")
            self.assertIn("NOPERM", reply)

    def test_capabilities(self):
        with Server(self.kind) as s:
            self.assertIn("field_ttl=1 hsetex=1 clustered=0 full=0",
                          self.probe(s.uri)("caps"))
            s.client()("CONFIG", "SET", "maxmemory", "100mb")
            self.assertIn("full=1", self.probe(s.uri)("caps"))


@on_both
class Loads(Faults):
    def test_order_and_window(self):
        with Server(self.kind, tcp=True) as s:
            for uri in (s.uri, f"unix://{s.path}"):
                p = self.probe(uri, timeout=5000)
                for units, size in ((1, 0), (7, 0), (1000, 1), (1000, 1 << 20)):
                    p("window", units, size)
                    r = p("load", 0, 2000)
                    self.assertEqual((r.good, r.order), (2000, 0), r)
                r = p("load", 2000, 4000, "atomic")
                self.assertEqual((r.good, r.order), (2000, 0), r)
                self.assertEqual(p("verify").good, 4000)
                self.assertEqual(p("scan").keys, 4000)

    def test_values_larger_than_the_window(self):
        with Server(self.kind) as s:
            r = s.client()
            r("HSET", "big", "f", "x" * 5_000_000, "g", "y" * 3_000_000)
            p = self.probe(s.uri, timeout=20000)
            reply = p("many", 60, "HMGET", "big", "f", "g")
            self.assertEqual(reply.good, 60)
            # 480 MB went through; they were not all held at a time.
            if not ASAN:
                self.assertLess(p.memory(), 150 << 20)

    def test_a_caller_who_was_away(self):
        with Server(self.kind) as s:
            s.client()("HSET", "big", "f", "x" * 12_000_000)
            timeout = int(500 * tap.SLOWNESS)
            p = self.probe(s.uri, timeout=timeout)
            p("add", "HMGET", "big", "f")
            time.sleep(2.5 * timeout / 1000)
            self.assertEqual(p("take").what, "answered")

    def test_a_slow_caller(self):
        """His time is not the server's."""
        with Server(self.kind) as s:
            s.client()("HSET", "big", "f", "x" * 2_000_000)
            timeout = int(1000 * tap.SLOWNESS)
            p = self.probe(s.uri, timeout=timeout)
            p("set", "pause", int(60 * tap.SLOWNESS))
            r = p("many", 60, "HMGET", "big", "f")
            self.assertEqual(r.good, 60, r)
            self.assertGreater(r.ms, timeout)
            # Not all of the 120 MB wait here for him.
            if not ASAN:
                self.assertLess(p.memory(), 80 << 20)

    def test_kill_in_the_middle(self):
        with Server(self.kind, tcp=True) as s:
            p = self.probe(s.uri, timeout=2000)
            threading.Timer(0.15, s.kill).start()
            r = p("load", 0, 400000)
            self.assertEqual(r.good + r.not_sent + r.unknown, 400000, r)
            self.assertGreater(r.unknown, 0)
            self.assertLessEqual(r.unknown, 1000)
            self.assertGreater(r.not_sent, 0)


if __name__ == "__main__":
    tap.main()
