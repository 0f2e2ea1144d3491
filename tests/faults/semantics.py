#!/usr/bin/python3
"""E, semantics: kinds 70 to 81 of tests/FAULTS.md.

Answers that are well-formed and yet do not say what was hoped for.
"""
import time

import tap
from fake import Fake
from fault import LATE, PATIENT, Case, WallClock, in_parallel
from server import Server, wait

U1 = ("hash fs:user:u0001 @60000 country_iso=DE tx_count_5m=3@30000\n"
      "hash fs:user:u0002 @60000 country_iso=FR tx_count_5m=4@30000\n")
READ = ["read", "u0001", "--json"]
SET_TWO = ["set", "u0001", "tx_count_5m=9", "last_device_id=x", "--json"]


class Codes(Case):
    """HPEXPIRE answers a code for each field; one that is not 1 is bad."""

    def refused(self, codes, *patterns):
        reply = f"*{len(codes)}" + "".join(rf"\r\n:{c}" for c in codes)
        with Fake(f"{U1}lack HSETEX\nalways HPEXPIRE *\n reply {reply}") as f:
            r = self.fails(f, SET_TWO, 3, "HPEXPIRE")
            self.claims_nothing(r)
            for pattern in patterns:
                self.assertRegex(r.err, pattern)
            self.assertEqual(len(f.commands("EXEC")), 1)
            return r

    def test_70_time_is_over(self):
        self.refused([2, 2], "tx_count_5m", "last_device_id", "2")

    def test_71_condition_not_met(self):
        self.refused([0, 0], "tx_count_5m", "last_device_id", "0")

    def test_72_no_such_field(self):
        self.refused([-2, -2], "tx_count_5m", "last_device_id", "-2")

    def test_73_mixed(self):
        r = self.refused([1, 0], r"last_device_id")
        self.assertNotIn("tx_count_5m", r.err)
        r = self.refused([2, 1], r"tx_count_5m")
        self.assertNotIn("last_device_id", r.err)

    def test_73_odd_codes(self):
        self.refused([7, 1])
        self.refused([-1, 1])
        self.refused([1])
        self.refused([1, 1, 1])

    def test_73_hsetex_refuses(self):
        for answer in (":0", ":2", ":-1", "+OK", "$-1"):
            with self.subTest(answer), Fake(
                    f"{U1}always HSETEX *\n reply {answer}") as f:
                r = self.fails(f, SET_TWO, 3, "HSETEX")
                self.claims_nothing(r)

    def test_73_stream_counts_what_was_acknowledged(self):
        rows = b"".join(b'{"entity":"u%04d","features":{"tx_count_5m":1}}\n'
                        % (1 + i % 2) for i in range(10))
        with Fake(U1 + "expect HSETEX fs:user:u0002 *\n times 3\n reply :0"
                  ) as f:
            r = self.run_it(f, ["stream", "--from", "-", "--json"],
                            stdin=rows)
            self.assertEqual(r.status, 1, r)
            self.assertEqual(r.json["written_fields"], 7)
            f.check()


class Violations(Case):
    def store(self):
        s = Server()
        self.addCleanup(s.stop)
        r = s.client()
        for user in ("u0001", "u0002"):
            r("HSET", f"fs:user:{user}", "country_iso", "DE", "tx_count_5m",
              "1")
        r("HPEXPIRE", "fs:user:u0001", 60000, "FIELDS", 1, "tx_count_5m")
        return s, r

    def test_74_leak(self):
        s, r = self.store()
        r("PEXPIRE", "fs:user:u0001", 60000)
        r("PEXPIRE", "fs:user:u0002", 60000)
        for how in (["--max-leaks", "0"], ["--fail-on", "leak"]):
            a = self.run_it(s, ["audit", "--json", *how])
            self.assertEqual(a.status, 1, a)
            found = {v["kind"]: v["count"] for v in a.json["violations"]}
            self.assertEqual(found["leak"], 1)
        self.succeeds(s, ["audit", "--max-leaks", "1"])

    def test_75_key_without_ttl(self):
        s, r = self.store()
        r("PEXPIRE", "fs:user:u0001", 60000)
        r("HPEXPIRE", "fs:user:u0002", 60000, "FIELDS", 1, "tx_count_5m")
        a = self.run_it(s, ["audit", "--json", "--fail-on", "no-key-ttl"])
        self.assertEqual(a.status, 1, a)
        self.assertEqual(a.json["keys_without_ttl"], 1)
        r("PEXPIRE", "fs:user:u0002", 60000)
        self.succeeds(s, ["audit", "--fail-on", "no-key-ttl"])


class Scans(Case):
    def test_76_cursor_without_end(self):
        page = r"*2\r\n$2\r\n17\r\n*0"
        with Fake(f"{U1}always SCAN *\n reply {page}") as f:
            r = self.run_it(f, ["entities", "--json"], within=20)
            self.assertIn(r.status, (1, 3), r)
            self.assertRegex(r.err, "incomplete|not complete|cursor")
            self.assertLessEqual(len(f.commands("SCAN")), 1000001)

    def test_76_audit(self):
        page = r"*2\r\n$2\r\n17\r\n*1\r\n$13\r\nfs:user:u0001"
        with Fake(f"{U1}always SCAN *\n reply {page}") as f:
            r = self.run_it(f, ["audit", "--json"], within=20)
            if r.status in (0, 1):
                self.assertFalse(r.json["complete"])
                self.assertEqual(r.json["entities"], 1)

    def test_76_odd_cursors(self):
        for cursor in ("x", "-1", "18446744073709551616", "1" * 100, r"1\0"):
            with self.subTest(cursor[:24]):
                size = len(cursor.replace(r"\0", "0"))
                page = rf"*2\r\n${size}\r\n{cursor}\r\n*0"
                with Fake(f"{U1}always SCAN *\n reply {page}") as f:
                    self.fails(f, ["entities", "--json"], 3, "SCAN")

    def test_76_odd_pages(self):
        for page in ("*0", "*1\\r\\n*0", r"*2\r\n*0\r\n*0",
                     r"*2\r\n$1\r\n0\r\n:1", r"*2\r\n$1\r\n0\r\n*1\r\n:1",
                     r"*2\r\n$1\r\n0\r\n*1\r\n$-1", r"*3\r\n$1\r\n0\r\n*0"
                     r"\r\n*0"):
            with self.subTest(page), Fake(
                    f"{U1}always SCAN *\n reply {page}") as f:
                self.fails(f, ["entities", "--json"], 3, "SCAN")

    def test_76_slow_pages_get_smaller(self):
        """And larger again, when it is gentle."""
        quick = r" reply *2\r\n$2\r\n17\r\n*0" + "\n"
        slow = " pause 30\n" + quick
        end = quick.replace("$2\\r\\n17", "$1\\r\\n0")
        script = U1 + "".join(
            f"expect SCAN *\n times {n}\n{what}" for n, what in
            ((2, quick), (5, slow), (20, quick), (1, end)))
        with Fake(script) as f:
            self.run_it(f, ["entities", "--gentle", "--json"], timeout=5,
                        within=8)
            asked = [int(c[c.index("COUNT") + 1]) for c in
                     f.commands("SCAN") if "COUNT" in c]
            self.assertEqual(asked[0], 48)
            self.assertEqual(min(asked), 10)
            self.assertEqual(asked[-1], 48)

    def test_76_slow_pages_get_smaller_at_any_speed(self):
        """Who asks for a rate gets 100 at a time, who asks for nothing 1,000."""
        for slow, first, words in ((150, 100, ["--rate", "100000"]),
                                   (150, 100, ["--scan-rate", "1000000"]),
                                   (500, 1000, [])):
            page = r" reply *2\r\n$2\r\n17\r\n*0" + "\n"
            script = (f"{U1}expect SCAN *\n{page}expect SCAN *\n times 2\n"
                      f" pause {slow}\n{page}expect SCAN *\n"
                      + page.replace("$2\\r\\n17", "$1\\r\\n0"))
            with self.subTest(words), Fake(script) as f:
                self.run_it(f, ["entities", *words], timeout=5, within=8)
                asked = [int(c[c.index("COUNT") + 1]) for c in
                         f.commands("SCAN") if "COUNT" in c]
                self.assertEqual(asked, [first, first, first // 2, first // 4])

    def test_77_keys_come_twice(self):
        key = r"\r\n$13\r\nfs:user:u000"
        page = r"*2\r\n$2\r\n17\r\n*3" + key + "1" + key + "2" + key + "1"
        with Fake(f"{U1}expect SCAN *\n times 3\n reply {page}") as f:
            r = self.succeeds(f, ["entities", "--json"])
            self.assertEqual(r.json["entity_ids"], ["u0001", "u0002"])
            self.assertEqual(r.json["count"], 2)
            f.check()
        with Fake(f"{U1}expect SCAN *\n times 3\n reply {page}") as f:
            r = self.succeeds(f, ["audit", "--json"])
            self.assertEqual(r.json["entities"], 2)

    def test_77_keys_of_others(self):
        """What does not begin with the prefix is no entity, if it comes."""
        page = (r"*2\r\n$1\r\n0\r\n*3\r\n$5\r\nother\r\n$13\r\nfs:user:u0001"
                r"\r\n$13\r\nfs:uses:u0001")
        with Fake(f"{U1}always SCAN *\n reply {page}") as f:
            r = self.succeeds(f, ["entities", "--json"])
            self.assertEqual(r.json["entity_ids"], ["u0001"])

    def test_78_key_goes_before_it_is_read(self):
        page = (r"*2\r\n$1\r\n0\r\n*2\r\n$13\r\nfs:user:u0001\r\n$13\r\n"
                "fs:user:u0009")
        with Fake(f"{U1}always SCAN *\n reply {page}") as f:
            r = self.run_it(f, ["audit", "--json"])
            self.assertEqual(r.status, 0, r)
            self.assertEqual(r.err, "")
            r = self.run_it(f, ["batch-read", "--count", "2", "--json"])
            self.assertEqual(r.status, 0, r)
            self.assertEqual(r.err, "")
            r = self.run_it(f, ["repair", "--yes", "--json"])
            self.assertEqual(r.status, 0, r)


class Races(Case):
    def test_79_reset_while_a_writer_writes(self):
        """The stream of another process brings no entity back."""
        with Server() as s:
            r = s.client()
            self.succeeds(s, ["bulk-load", "--count", "500"])
            p = self.start(s, ["stream", "--for", "2s", "--tick", "20ms",
                               "--users-per-tick", "50", "--json"])
            wait(lambda: any(r("HLEN", f"fs:user:u{i:04}") > 6
                             for i in range(1, 500)), 5, "the stream")
            self.succeeds(s, ["reset", "--yes"])
            deadline = time.monotonic() + 1
            while time.monotonic() < deadline:
                time.sleep(0.05)
            self.assertEqual(r("DBSIZE"), 0)
            result = p.wait()
            self.is_clean(result)
            self.assertEqual(r("DBSIZE"), 0)

    def test_78_set_to_a_key_that_goes(self):
        """A made-up tick undoes what revived an expired key."""
        with Fake(U1 + "always PEXPIRETIME *\n reply :-2") as f:
            r = self.run_it(f, ["stream", "--ticks", "1", "--json"])
            self.is_clean(r)
            if r.out:
                self.assertEqual(r.json["written_fields"], 0)
            if f.commands("HSETEX"):
                self.assertNotEqual(f.commands("HDEL"), [])


class Clocks(Case):
    def test_80_server_is_an_hour_off(self):
        for ms in (3600000, -3600000, 10 ** 12):
            with self.subTest(ms), Fake(f"clock {ms}\n{U1}") as f:
                r = self.succeeds(f, READ)
                self.assertLessEqual(r.json["ttls"]["tx_count_5m"], 30)
                self.assertGreaterEqual(r.json["ttls"]["tx_count_5m"], 25)
                self.assertLessEqual(r.json["key_ttl_seconds"], 60)
                self.assertGreaterEqual(r.json["key_ttl_seconds"], 55)

    def test_80_own_clock_jumps_under_a_read(self):
        """What is on its way is waited for, and TTLs are right."""
        for seconds in (3600, -3600):
            clock = WallClock()
            with self.subTest(seconds), Fake(
                    f"{U1}always HMGET *\n pause 600\n default") as f:
                p = self.start(f, READ, timeout=PATIENT, **clock.how)
                f.wait_for("HMGET")
                clock.jump(seconds)
                r = p.wait()
                self.is_clean(r)
                self.assertEqual(r.status, 0, r)
                self.assertIn(r.json["ttls"]["tx_count_5m"], range(25, 31))
                self.assertIn(r.json["key_ttl_seconds"], range(55, 61))
                self.assertGreater(r.json["elapsed_ms"], 500)
                self.assertLess(r.json["elapsed_ms"], 1000 * PATIENT)

    def test_80_own_clock_jumps_before_a_deadline(self):
        for seconds in (3600, -3600):
            clock = WallClock()
            with self.subTest(seconds), Fake(
                    f"{U1}always HMGET *\n stall") as f:
                p = self.start(f, READ, timeout=1, **clock.how)
                f.wait_for("HMGET")
                clock.jump(seconds)
                self.takes(p, 1, 3)
            with self.subTest(seconds, what="watch"), Fake(U1) as f:
                p = self.start(f, ["watch", "u0001", "--for", "1s"],
                               **clock.how)
                f.wait_for("HPEXPIRETIME")
                clock.jump(0)           # and back
                self.takes(p, 1, 0)

    def takes(self, p, seconds, status):
        r = p.wait()
        self.is_clean(r)
        self.assertEqual(r.status, status, r)
        self.assertGreater(r.took, 0.9 * seconds, r)
        self.assertLess(r.took, seconds + LATE, r)

    def test_80_odd_times(self):
        for text in (r"*2\r\n$1\r\nx\r\n$1\r\n0", r"*2\r\n$2\r\n-1\r\n$1\r\n0",
                     r"*2\r\n$20\r\n99999999999999999999\r\n$1\r\n0",
                     r"*2\r\n$1\r\n1\r\n$7\r\n1000000", "*0", ":1",
                     "-NOPERM no"):
            with self.subTest(text), Fake(
                    f"{U1}always TIME\n reply {text}") as f:
                r = self.run_it(f, READ)
                self.assertIn(r.status, (0, 3), r)

    def test_80_odd_deadlines(self):
        """The far future, the past, and nonsense: shown, never a crash."""
        for n in ("9223372036854775807", "-9223372036854775808", "-3", "0",
                  "1"):
            with self.subTest(n), Fake(
                    f"{U1}always PEXPIRETIME *\n reply :{n}") as f:
                r = self.run_it(f, READ)
                self.assertIn(r.status, (0, 1, 3), r)

    def test_81_ttl_out_of_range(self):
        with Fake(U1) as f:
            for ttl in ("-1", "-5s", "99999999999999999999", "9999999999999d",
                        "70368744177665", "0", "5x", "", "1e9"):
                with self.subTest(ttl):
                    self.fails(f, ["bulk-load", "--count", "1", "--ttl", ttl],
                               2)
                    self.fails(f, ["--streaming-ttl", ttl, *SET_TWO], 2)
                    self.fails(f, ["--batch-ttl", ttl, "bulk-load"], 2)
            self.assertEqual([c for c in f.commands() if c[0] in (
                "HSET", "HSETEX", "MULTI", "PEXPIRE")], [], "it was sent")

    def test_81_ttl_of_an_event(self):
        with Fake(U1) as f:
            for ttl in ('"-1s"', '"9999999999999d"', '"99999999999999999999"',
                        "-5", '"x"', "true", "[]"):
                with self.subTest(ttl):
                    event = ('{"entity":"u0001","features":{"tx_count_5m":1},'
                             f'"ttl":{ttl}}}\n').encode()
                    r = self.run_it(f, ["stream", "--from", "-", "--json"],
                                    stdin=event)
                    self.assertIn(r.status, (1, 2), r)
                    self.claims_nothing(r)
            self.assertEqual(f.commands("HSETEX"), [], "it was sent")


load_tests = in_parallel

if __name__ == "__main__":
    tap.main()
