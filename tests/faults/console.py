#!/usr/bin/python3
"""What tests/FAULTS.md asks of the console, by kind, while something is wrong.

The screen says what, a key is answered at once, and q leaves within a second.
"""
import socket
import time
import unicodedata

import tap
from fake import Fake
from fault import Case, WallClock, in_parallel
from server import FSCONSOLE, LOADING, Server
from tui import Tui

U1 = ("hash fs:user:u0001 @60000 country_iso=DE tx_count_5m=3@30000\n"
      "hash fs:user:u0002 @60000 country_iso=FR tx_count_5m=4@30000\n")


class Console(Case):
    def console(self, where, *args, timeout="1s", program=FSCONSOLE,
                **how):
        t = Tui([program, *map(str, self.address(where)), "--timeout",
                 timeout, "--connect-timeout", "1s", *args], 120, 40, **how)
        self.addCleanup(t.close)
        return t

    def is_alive(self, t):
        """Help comes and goes at once, whatever the store does."""
        t.settle(quiet=0.05, timeout=2)
        t.send("?")
        began = time.monotonic()
        t.expect("─ Help", 1)
        self.assertLess(time.monotonic() - began, 0.5 * tap.SLOWNESS)
        t.send("<esc>")
        t.expect_gone("─ Help", 2)

    def leaves(self, t):
        """It ends within a second and leaves the terminal as it was."""
        began = time.monotonic()
        t.send("q")
        status = t.wait_exit(3)
        self.assertLess(time.monotonic() - began, 1 * tap.SLOWNESS)
        self.assertEqual(t.left_behind(), [])
        self.assertEqual(status, 0, t.raw[-2000:])

    def holds(self, t):
        self.is_alive(t)
        self.leaves(t)

    def test_01_refused_and_back(self):
        with Server(tcp=True) as s:
            s.client()("HSET", "fs:user:u0007", "country_iso", "DE")
            s.kill()
            t = self.console(s)
            t.expect("reconnecting in|retrying")
            t.expect("refused")
            self.is_alive(t)
            s.start()
            s.client()("HSET", "fs:user:u0008", "country_iso", "DE")
            t.expect("u0008", 8)
            t.expect("connected")
            self.leaves(t)

    def test_01_retries_are_spread(self):
        with Fake("always <accept>\n close") as f:
            t = self.console(f)
            t.expect("reconnecting in|retrying")
            end = time.monotonic() + 3
            while time.monotonic() < end:
                t.pump(0.1)
            self.assertLessEqual(f.connections(), 16)
            self.assertGreaterEqual(f.connections(), 3)
            self.holds(t)

    def test_02_no_such_host(self):
        t = self.console(["-h", "no-such-host.invalid"],
                         env={"RES_OPTIONS": "timeout:1 attempts:1"})
        t.expect("no-such-host.invalid")
        self.holds(t)

    def test_05_closed_again_and_again(self):
        with Fake(U1 + "always TIME\n close") as f:
            t = self.console(f)
            t.expect("lost the connection|closed")
            self.holds(t)

    def test_09_silent_server(self):
        with Fake(U1 + "always <accept>\n stall") as f:
            self.holds(self.console(f))
        with Fake(U1 + "always HMGET *\n stall") as f:
            t = self.console(f)
            t.expect("u0001")
            t.send("r")
            t.expect("no answer")
            self.holds(t)

    def test_13_server_is_stopped_and_goes_on(self):
        with Server() as s:
            s.client()("HSET", "fs:user:u0007", "country_iso", "DE")
            t = self.console(s)
            t.expect("u0007")
            s.freeze()
            t.expect("no answer|reconnecting", 6)
            self.is_alive(t)
            s.thaw()
            t.expect(r"\bconnected", 8)
            self.leaves(t)

    def test_14_resized_during_io(self):
        with Fake(U1 + "always HMGET *\n drip 5") as f:
            t = self.console(f, timeout="4s")
            t.expect("u0001")
            t.send("r")
            for i in range(200):
                t.resize(100 + i % 40, 30 + i % 20)
            t.resize(120, 40)
            t.expect("DE")
            self.holds(t)

    def test_16_insecure_is_told_all_the_time(self):
        from tls import good, serving
        with serving(good()) as f:
            t = self.console(["--tls", "-p", f.ports["A"], "--insecure"])
            t.expect("u0001")
            t.expect(r"INSECURE +connected")
            f.stop()
            t.expect(r"INSECURE +reconnecting")
            self.holds(t)

    def test_16_insecure_without_a_server(self):
        """Nothing listens; it says nothing; it does not let us in."""
        from tls import good, serving
        with serving(good(), "always AUTH *\n reply -WRONGPASS no") as f, \
                socket.create_server(("127.0.0.1", 0)) as s:
            for port, state in ((1, "reconnecting"),
                                (s.getsockname()[1], "connecting"),
                                (f.ports["A"], "refused")):
                t = self.console(["--tls", "-p", port, "--insecure"],
                                 env={"REDISCLI_AUTH": "pw"})
                t.expect(rf"INSECURE +{state}")
                self.holds(t)

    def test_17_expired_is_not_tried_again(self):
        from tls import dated, serving
        tls = dated("20200101000000Z", "20210101000000Z")
        with serving(tls) as f:
            t = self.console(["--tls", "-p", f.ports["A"], "--cacert",
                              tls.ca])
            t.expect("expired")
            end = time.monotonic() + 2
            while time.monotonic() < end:
                t.pump(0.1)
            self.assertLessEqual(f.connections(), 3)
            self.holds(t)

    def test_27_not_redis(self):
        with Fake("always <accept>\n send HTTP/1.1 400 Bad Request"
                  r"\r\n\r\n\e]0;x\x07\e[2J" "\n close") as f:
            t = self.console(f)
            t.expect("HTTP/1.1 400")
            self.assertNotIn(b"\x1b]0;x", t.raw)
            self.holds(t)

    def test_34_flood(self):
        with Fake("always <accept>\n repeat 0 +xxxxxxxxxxxxxxxxxx") as f:
            t = self.console(f)
            t.expect("too long|reconnecting")
            self.holds(t)

    def test_43_odd_answers(self):
        with Fake(U1 + r"always TIME" "\n" r" send _\r\n") as f:
            t = self.console(f)
            t.expect("protocol|not an answer|reconnecting")
            end = time.monotonic() + 4
            while time.monotonic() < end:
                t.pump(0.1)
            self.assertLessEqual(f.connections(), 16)
            self.holds(t)

    def test_50_wrongpass_is_not_tried_again(self):
        with Fake("password secret\n") as f:
            t = self.console(f, env={"REDISCLI_AUTH": "topsecret"})
            t.expect("WRONGPASS")
            end = time.monotonic() + 3
            while time.monotonic() < end:
                t.pump(0.1)
            self.assertLessEqual(len(f.commands("AUTH")), 2)
            self.assertNotIn(b"topsecret", t.raw)
            self.holds(t)

    # What is denied, what is pressed, and where the rule is to be read then.
    DENIED = (
        ("-info", "", r"memory +no right: \+info"),
        ("-info", "", r"commands +no right: \+info"),
        ("-dbsize", "", r"entities +1 +no right: \+dbsize"),
        ("-object -memory", "", r"Inspector .* fields   no right: "
         r"\+object\|encoding \+memory\|usage"),
        ("-type", "", r"no right: \+type .TYPE..*├─ Inspector"),
        ("-hscan", "", r"Inspector .*no right: \+hscan .HSCAN..*─ Read"),
        ("-pexpiretime", "", r"Inspector .*no right: \+pexpiretime.*─ Read"),
        ("-hmget", "r", r"─ Read .*no right: \+hmget .HMGET."),
        ("-hmget", "R<enter>", r"─ Batch read .*no right: \+hmget .HMGET."),
        ("-hpexpiretime", "a", r"─ Audit .*no right: "
         r"\+hpexpiretime .HPEXPIRETIME."),
        ("-hlen", "a", r"─ Audit .*no right: \+hlen .HLEN."),
        ("-scan", "a", r"─ Audit .*no right: \+scan .SCAN."),
        ("-hsetex -multi", "p", r"Worker .*no right: \+multi.*─ Inspector"),
        ("-hset", "b<enter><enter>", r"^ bulk-load: no right: \+hset "
         r".HSET.: 200 of 200 "),
        ("-unlink", ":delete u0007<enter>", r"^ delete: u0007: no right: "
         r"\+unlink .UNLINK."),
        ("~other:*", "", r"%R~fs:user:\*.*├─ Inspector"),
        ("~other:*", ":read u0007<enter>", r"─ Read .*no right: "
         r"%R~fs:user:\* "),
        ("~other:*", ":set u0007 country_iso=FR<enter>", r"^ set: no right: "
         r"~fs:user:\* .HSET."),
        ("~other:*", "p", r"no right:.*%R~fs:user:\* .PTTL..*─ Inspector"),
    )

    def test_52_denied_parts(self):
        """The rule that would allow it is told in the pane concerned."""
        with Server() as s:
            r = s.client()
            r("HSET", "fs:user:u0007", "country_iso", "DE", "extra", "1")
            for rules, keys, pattern in self.DENIED:
                with self.subTest(rules=rules, keys=keys):
                    allowed = [] if "~" in rules else ["~fs:*"]
                    r("ACL", "SETUSER", "ana", "reset", "on", ">pw", "+@all",
                      *allowed, *rules.split())
                    t = self.console([*s.address, "--user", "ana"], "--write",
                                     env={"REDISCLI_AUTH": "pw"})
                    t.expect("u0007|not counted")
                    t.send(keys)
                    t.expect(pattern)
                    t.close()

    def test_52_rows_made_up_have_no_line(self):
        with Server() as s:
            s.client()("ACL", "SETUSER", "ana", "on", ">pw", "~*", "+@all",
                       "-hset")
            t = self.console([*s.address, "--user", "ana"], "--write",
                             env={"REDISCLI_AUTH": "pw"})
            t.expect("connected")
            t.send("b<enter><enter>")
            t.expect("no right")
            t.send("l")
            t.expect(r"bulk-load: no right: \+hset")
            self.assertIsNone(t.line("line 0"))
            self.holds(t)

    def test_52_no_right_to_scan(self):
        """Entities says why it is empty."""
        with Server() as s:
            r = s.client()
            r("HSET", "fs:user:u0007", "country_iso", "DE")
            r("ACL", "SETUSER", "ana", "on", ">pw", "~fs:*", "+@all", "-scan")
            t = self.console([*s.address, "--user", "ana"],
                             env={"REDISCLI_AUTH": "pw"})
            t.expect("not counted")
            t.expect(r"\+scan")
            r("ACL", "SETUSER", "ana", "+scan")
            t.expect("u0007", 20)
            self.assertIsNone(t.line("not counted"))
            self.holds(t)

    def test_55_loading(self):
        with Fake(U1 + "expect PING\n times 20\n reply -LOADING Redis is "
                  "loading the dataset in memory") as f:
            t = self.console(f)
            t.expect("not ready  READ-ONLY")
            t.expect("not ready yet: LOADING Redis is loading the dataset in "
                     "memory")
            self.is_alive(t)
            t.expect("u0001")
            self.assertIsNone(t.line("not ready"))
            f.check()
            self.leaves(t)

    def test_55_loading_of_a_real_one(self):
        """It says so and goes on: from the start, and later on."""
        with Server(args=LOADING) as s:
            s.client().many(("HSET", f"fs:user:u{i:04}", "country_iso", "DE")
                            for i in range(8000))
            with s.loading(2):
                t = self.console(s)
                t.expect("not ready yet: LOADING", 2)
                self.is_alive(t)
                t.expect("u0000")
                self.assertIsNone(t.line("not ready"))
            t.expect("entities +8,000")
            with s.loading(2.5):
                t.send("r")
                t.expect("LOADING|not ready", 3)
                self.is_alive(t)
            t.send("r")
            t.expect_gone("LOADING|not ready")
            t.expect(r"Read ─+ u0000 .*country_iso")
            self.leaves(t)

    def test_55_once_waits_for_it(self):
        with Fake(U1 + "expect PING\n times 20\n reply -LOADING Redis is "
                  "loading the dataset in memory") as f:
            r = self.succeeds(f, ["--once"], within=8)
            self.assertIn("u0001", r.out)
            f.check()

    def test_57_writer_and_oom(self):
        with Server() as s:
            r = s.client()
            for i in range(20):
                r("HSET", f"fs:user:u{i:04}", "country_iso", "DE")
                r("PEXPIRE", f"fs:user:u{i:04}", 600000)
            t = self.console(s, "--write", "--tick", "100ms")
            t.expect("u0001")
            r("CONFIG", "SET", "maxmemory", 1)
            t.send("p")
            t.expect(r"errors +[1-9]")
            t.send("l")
            t.expect("OOM")
            t.send("<esc>")
            t.expect("streaming writes")
            self.assertRegex(t.text(), r"streaming writes +0\b")
            self.assertEqual(r("HLEN", "fs:user:u0001"), 1)
            r("CONFIG", "SET", "maxmemory", 0)
            t.expect(r"streaming writes +[1-9]")
            self.holds(t)

    def test_65_hostile_error_text(self):
        with Fake(U1 + r"always HMGET *" "\n" r" reply -ERR \e]0;owned\x07"
                  r"\e[2J\xe2\x80\xaea\x9bb" + "x" * 3000) as f:
            t = self.console(f)
            t.expect("u0001")
            t.send("r")
            t.expect("ERR ")
            self.assertNotIn(b"\x1b]0;owned", t.raw)
            for line in t.lines():
                for c in line:
                    self.assertNotIn(unicodedata.category(c), ("Cc", "Cf"))
            self.holds(t)

    def test_79_reset_while_its_worker_writes(self):
        with Server() as s:
            r = s.client()
            self.succeeds(s, ["bulk-load", "--count", "300"])
            t = self.console(s, "--write", "--tick", "100ms",
                             "--users-per-tick", "50")
            t.expect("u0001")
            t.send("p")
            t.expect(r"streaming writes +[1-9]")
            t.send("x")
            t.expect("Type fs:user: to delete all entities")
            t.send("fs:user:<enter>")
            t.wait_until(lambda: r("DBSIZE") == 0, 5, "the reset")
            end = time.monotonic() + 1
            while time.monotonic() < end:
                t.pump(0.1)
                self.assertEqual(r("DBSIZE"), 0, t.text())
            self.holds(t)

    def test_79_waits_for_the_writes_on_their_way(self):
        """None is on its way when the first key goes, nor until the last."""
        with Fake(U1 + "expect HSETEX *\n skip 10\n pause 1500\n"
                  " tell answered\n default\n"
                  "always UNLINK *\n pause 500\n tell deleted\n default\n"
                  ) as f:
            t = self.console(f, "--write", "--tick", "100ms", timeout="4s")
            t.expect("u0001")
            t.send("p")
            f.wait_for("HSETEX")
            t.send("x")
            t.expect("Type fs:user: to delete all entities")
            t.send("fs:user:")
            f.wait_for("HSETEX", count=11)
            t.send("<enter>")
            f.wait_for("deleted")
            came = [c[0] for c in f.commands()]
            first = came.index("UNLINK")
            self.assertIn("answered", came[:first])
            self.assertNotIn("HSETEX", came[first:came.index("deleted")])
            self.holds(t)

    def test_80_own_clock_jumps(self):
        """Only the clock at the top right does; ages, TTLs, rates do not."""
        clock = WallClock()
        with Server() as s:
            r = s.client()
            for i in range(1, 21):
                r("HSET", f"fs:user:u{i:04}", "country_iso", "DE")
                r("PEXPIRE", f"fs:user:u{i:04}", 3599000)
            t = self.console(s, "--write", "--tick", "100ms",
                             "--streaming-ttl", "50s", env=clock.env,
                             program=clock.program)
            t.expect("u0001")
            t.send("p")
            for n, seconds in enumerate((0, 3600, -3600)):
                clock.jump(seconds)
                r("HSET", f"fs:user:new{n}", "country_iso", "DE")
                hour = time.gmtime(time.time() + seconds).tm_hour
                t.expect(rf" {hour:02}:\d\d:\d\d UTC")
                self.goes_on(t, 21 + n)
            self.holds(t)

    def goes_on(self, t, entities):
        """Ticks and rates are as always, and so is what is left of a TTL."""
        ticks = lambda: int(t.expect(r"ticks +([\d,]+)")[1].replace(",", ""))
        first = ticks()
        t.wait_until(lambda: ticks() >= first + 15, 5, "15 ticks")
        t.expect(rf"entities +{entities}\b", 5)
        t.expect(r"tx_count_5m +\d+ +(50|4\d|3\d)s ", 1)
        self.assertTrue(t.line(r"key TTL 59m"), t.text())
        self.assertIsNone(t.line("expired"), t.text())
        skipped = t.expect(r"skipped +([\d,]+)")[1].replace(",", "")
        self.assertLess(int(skipped), 100)
        # 250 fields a second, where there is time for it.
        rate = int(t.expect(r"rate +([\d,]+)/s", 1)[1].replace(",", ""))
        self.assertGreater(rate, 100 / tap.SLOWNESS)
        self.assertLess(rate, 500)


load_tests = in_parallel

if __name__ == "__main__":
    tap.main()
