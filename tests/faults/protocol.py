#!/usr/bin/python3
"""C, protocol: kinds 26 to 43 of tests/FAULTS.md.

What comes instead of an answer of Redis ends the connection: status 3, and
nothing that came is believed or shown as it is.
"""

import tap
from fake import Fake
from fault import Case, in_parallel

U1 = ("hash fs:user:u0001 @60000 country_iso=DE tx_count_5m=3@30000\n"
      "hash fs:user:u0002 @60000 country_iso=FR tx_count_5m=4@30000\n")
READ = ["read", "u0001", "country_iso", "--json"]


def event(value):
    return b'{"entity":"u0001","features":{"tx_count_5m":%d}}\n' % value


class Answers(Case):
    """Instead of the answer to one question."""

    def instead(self, what, pattern="", to="HMGET *", whole=False, **how):
        """what comes instead, a whole answer or the last that comes."""
        lines = "".join(f" {line}\n" for line in what.split("\n"))
        if not whole:
            lines += " stall\n"
        with Fake(f"{U1}always {to}\n{lines}") as f:
            how = {"within": 1.5, "timeout": 4, "connect": 4, **how}
            r = self.fails(f, READ, 3, pattern, **how)
            self.assertNotIn("\x1b", r.out + r.err)
            self.assertEqual(r.out.strip(), "", r)
            if not whole:
                self.assertNotIn("no answer within", r.err)
            return r

    def test_26_unknown_type(self):
        for first in ("?", "A", r"\x00", r"\xff", r"\e[2J", r"\r\n"):
            with self.subTest(first):
                self.instead(rf"send {first}1\r\n", "not an answer of Redis")

    def test_26_unknown_type_inside(self):
        self.instead(r"send *1\r\n?1\r\n")

    def test_27_http(self):
        self.instead(r"send HTTP/1.1 400 Bad Request\r\n\r\n<html>",
                     "not an answer of Redis: HTTP/1.1 400")
        with Fake("always <accept>\n "
                  r"send HTTP/1.1 400 Bad Request\r\n\r\n<html>" "\n close"
                  ) as f:
            self.fails(f, READ, 3, "HTTP/1.1 400")

    def test_28_bad_length(self):
        for text in ("*x", "$x", "*1x", "$ 1", "*+1", ":x", ":1x", ":",
                     "*", "$"):
            with self.subTest(text):
                self.instead(rf"send {text}\r\n")

    def test_29_negative_length(self):
        self.instead(r"send *-2\r\n")
        self.instead(r"send $-2\r\n")

    def test_30_length_out_of_range(self):
        for n in ("9223372036854775808", "99999999999999999999999",
                  "-9223372036854775809", "9" * 5000):
            with self.subTest(n[:30]):
                self.instead(rf"send *{n}\r\n")
                self.instead(rf"send ${n}\r\n")
                self.instead(rf"send :{n}\r\n", to="PEXPIRETIME *")

    def test_31_two_thousand_million_elements(self):
        self.instead(r"send *2000000000\r\n", "too many|[Mm]ulti-bulk")
        self.instead(r"send *1048577\r\n", "too many|[Mm]ulti-bulk")

    def test_31_many_arrays_of_many(self):
        million = "send *1000000\\r\\n\nrepeat 1000000 :1\\r\\n"
        self.instead(f"send *2\\r\\n\n{million}\n{million}", "too many",
                     within=2)

    def test_32_huge_string(self):
        self.instead("send $9000000000000000000\\r\\n\nrepeat 0 xxxxxxxx",
                     "too long|out of range")

    def test_33_string_of_512_mib(self):
        r = self.instead("send $536870912\\r\\n\nrepeat 0 xxxxxxxx",
                         "too long")
        self.assertLess(r.rss, 256)
        self.instead("send $16777217\\r\\n\nrepeat 0 xxxxxxxx", "too long")

    def test_33_many_large_strings(self):
        """Each below the limit, together above that of one answer."""
        strings = (" send $16000000\\r\\n\n repeat 16000000 x\n"
                   " send \\r\\n\n") * 11
        with Fake(f"{U1}always HMGET *\n send *11\\r\\n\n{strings}") as f:
            self.fails(f, ["read", "u0001"], 3, "too long", timeout=8,
                       connect=4, within=8)

    def test_34_endless_line(self):
        for first in "+-:*$":
            with self.subTest(first):
                self.instead(f"send {first}1\nrepeat 0 11111111",
                             "too long|out of range|[Bb]ad")

    def test_34_lines_of_64_kib(self):
        """Up to the limit a line is an answer, a byte more is none."""
        for first in "+-":
            for size, refused in ((65000, False), (65536, False),
                                  (65537, True)):
                with self.subTest(first=first, size=size):
                    text = "ERR " + "x" * (size - 4)
                    r = self.instead(
                        f"send {first}{text}\\r\\n",
                        "an answer that is too long" if refused else
                        "x{40}" if first == "-" else
                        "expected an array", whole=True)
                    if not refused:
                        self.assertNotIn("too long", r.err)

    def test_34_no_more_is_read(self):
        """And the end of one that is not ended need not come."""
        for first in "+-:":
            with self.subTest(first):
                self.instead(f"send {first}{'1' * 65537}", "too long")

    def test_35_deep_nesting(self):
        self.instead(r"repeat 300000 *1\r\n", "deep")

    def test_36_depth(self):
        for depth in (9, 10, 64, 1024):
            with self.subTest(depth):
                self.instead(f"repeat {depth} *1\\r\\n\nsend :1\\r\\n",
                             "deep")

    def test_37_nil_instead_of_an_array(self):
        for nil in (r"*-1\r\n", r"$-1\r\n"):
            self.instead(f"send {nil}", "HMGET: expected an array",
                         whole=True)

    def test_38_integer_instead_of_an_array(self):
        self.instead(r"send :5\r\n", "HMGET: expected an array.*integer",
                     whole=True)

    def test_39_other_length(self):
        for reply in (r"*0\r\n", r"*2\r\n$2\r\nDE\r\n$2\r\nFR\r\n"):
            self.instead(f"send {reply}", "expected an array of 1",
                         whole=True)
        self.instead(r"send *3\r\n:1\r\n:2\r\n:3\r\n",
                     "expected an array of 1", to="HPEXPIRETIME *",
                     whole=True)

    def test_40_error_inside_an_array(self):
        r = self.instead(r"send *1\r\n-ERR odd\e[31m\r\n", "odd",
                         whole=True)
        self.assertNotIn("\x1b", r.err)

    def test_41_odd_pairs(self):
        """No value is ever read as the neighbour of a name."""
        odd = r"*2\r\n$1\r\n0\r\n*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc"
        with Fake(f"{U1}always HSCAN *\n reply {odd}\n"
                  "always HGETALL *\n reply *3\\r\\n:1\\r\\n:2\\r\\n:3"
                  ) as f:
            r = self.run_it(f, ["inspect", "u0001", "--json"])
            self.assertIn(r.status, (0, 3), r)
            if r.status == 0:
                values = {d["name"]: d["value"] for d in r.json["fields"]}
                for name in "abc":
                    self.assertIsNone(values.get(name))
                self.assertEqual(values["country_iso"], "DE")

    def test_42_answer_to_no_question(self):
        with Fake(U1 + r"always PING" "\n" r" send +PONG\r\n+PONG\r\n"
                  ) as f:
            self.fails(f, READ, 3, "an answer to no question")
            self.assertEqual(f.commands("HMGET"), [])
        with Fake(U1 + r"always HMGET *" "\n" r" send *1\r\n$2\r\nDE\r\n"
                  r"+PONG\r\n") as f:
            r = self.fails(f, READ, 3, "expected|not an answer|no question")
            self.assertEqual(r.out, "")

    def test_42_the_connection_is_dropped(self):
        """What was asked is answered; the next is asked on another one."""
        for how in (r"send :1\r\n:1\r\n", "default\n send :1\\r\\n"):
            with self.subTest(how=how), Fake(
                    f"{U1}expect HSETEX *\n {how}\n") as f:
                r = self.run_it(
                    f, ["stream", "--from", "-", "--json"], stdin=[
                        event(1), lambda f=f: f.wait_for("HSETEX"),
                        0.2 * tap.SLOWNESS, event(2)])
                self.assertEqual((r.status, r.json["written_fields"]),
                                 (0, 2), r)
                f.stop()
                self.assertEqual([conn for _, conn, words in f.log
                                  if words[0] == "HSETEX"], [1, 2])

    def test_42_answers_are_not_shifted(self):
        """One answer too many must not become that of the next entity."""
        with Fake(U1 + "expect HMGET *\n send *1\\r\\n$2\\r\\nXX\\r\\n\n"
                  " default") as f:
            r = self.run_it(f, ["batch-read", "u0001", "u0002", "--features",
                                "country_iso", "--rows", "ndjson"])
            self.assertNotIn("FR", r.out.splitlines()[0] if r.out else "")
            self.assertNotEqual(r.status, 0, r)

    def test_42_the_next_write_gets_its_own_answer(self):
        with Fake(U1 + "expect HSETEX *\n default\n send :1\\r\\n\n"
                  "always HSETEX *\n reply -OOM no memory") as f:
            r = self.run_it(f, ["stream", "--from", "-", "--json"],
                            stdin=[event(1), 0.4, event(2)])
            self.assertIn(r.status, (1, 3), r)
            self.assertLessEqual(r.json["written_fields"], 1, r)

    def test_43_resp3(self):
        for text in (r"%1\r\n+a\r\n:1\r\n", r">2\r\n+a\r\n:1\r\n", r",1.5\r\n",
                     r"_\r\n", r"#t\r\n", r"~1\r\n:1\r\n", r"(123\r\n",
                     r"=5\r\ntxt:a\r\n", r"|1\r\n+a\r\n:1\r\n*0\r\n"):
            with self.subTest(text):
                self.instead(f"send {text}", "protocol|not an answer")
                self.instead(rf"send *1\r\n{text}")

    def test_43_given_up_after_a_few(self):
        """One attempt, or a few with pauses, but no storm of connections."""
        with Fake(U1 + r"always HMGET *" "\n" r" send _\r\n") as f:
            self.fails(f, READ, 3, within=1)
            self.assertLessEqual(f.connections(), 5)


class Handshake(Case):
    """The same where it matters less what is answered."""

    def test_26_garbage_at_once(self):
        for text in (r"\x00\x01\x02", r"SSH-2.0-x\r\n", r"220\sftp\r\n",
                     r"\e]0;owned\x07\r\n", r"*2000000000\r\n",
                     r"$536870913\r\n"):
            with self.subTest(text), Fake(
                    f"always <accept>\n send {text}\n stall") as f:
                self.fails(f, READ, 3, within=1)

    def test_38_other_types_in_the_handshake(self):
        """Whatever COMMAND INFO, ACL WHOAMI and INFO say, it goes on."""
        for to in ("COMMAND INFO *", "ACL WHOAMI", "INFO"):
            for text in (r":1\r\n", r"$-1\r\n", r"*-1\r\n", r"*0\r\n",
                         r"+x\e[1m\r\n", r"-ERR no\r\n"):
                with self.subTest(to=to, text=text), Fake(
                        f"{U1}always {to}\n send {text}") as f:
                    r = self.run_it(f, READ)
                    self.assertIn(r.status, (0, 3), r)
                    if r.status == 3:
                        self.one_line(r)

    def test_39_info_of_odd_text(self):
        for text in ("redis_version:" + "9" * 2000, r"redis_version:\e[2J",
                     "maxmemory:-5", "maxmemory:99999999999999999999",
                     r"redis_mode:\xff\xfe", "cluster_enabled:2",
                     r"used_memory:\e]52;c;eA==\x07"):
            with self.subTest(text[:40]), Fake(f"info {text}\n{U1}") as f:
                r = self.run_it(f, ["state", "--json"])
                self.assertIn(r.status, (0, 3), r)
                if r.status == 0:
                    self.assertIn("server", r.json)


class Writes(Case):
    """A broken answer to a write: never claimed, never sent again."""

    def test_odd_answers(self):
        for kind, text in ((26, r"?\r\n"), (29, r"*-2\r\n"), (36, None),
                           (37, r"$-1\r\n"), (38, r"+OK\r\n"),
                           (39, r":-1\r\n"), (39, r":99\r\n"),
                           (43, r"_\r\n"), (43, r"#t\r\n")):
            send = f"send {text}" if text else r"repeat 20 *1\r\n"
            with self.subTest(kind=kind, text=text), Fake(
                    f"{U1}always HSET *\n {send}\n stall") as f:
                r = self.run_it(f, ["set", "u0001", "country_iso=US",
                                    "--json"])
                self.assertIn(r.status, (1, 3), r)
                self.claims_nothing(r)
                self.assertEqual(len(f.commands("HSET")), 1)

    def test_39_exec_of_other_length(self):
        for text in (r"*0\r\n", r"*1\r\n:1\r\n", r"*5\r\n:1\r\n:1\r\n:1\r\n"
                     r":1\r\n:1\r\n", r"*-1\r\n", r"$-1\r\n", r"+OK\r\n"):
            with self.subTest(text), Fake(
                    f"{U1}lack HSETEX\nalways EXEC\n send {text}") as f:
                r = self.run_it(f, ["set", "u0001", "tx_count_5m=1",
                                    "--json"])
                self.assertIn(r.status, (1, 3), r)
                self.claims_nothing(r)
                self.assertEqual(len(f.commands("EXEC")), 1)


load_tests = in_parallel

if __name__ == "__main__":
    tap.main()
