#!/usr/bin/python3
"""D, errors that the server answers: kinds 44 to 69 of tests/FAULTS.md.

What a real server can be brought to say, a real one says.
"""
import os
import shutil
import threading

import tap
from fake import Fake
from fault import Case, in_parallel
from resp import Resp, RespError
from server import KINDS, LOADING, Cluster, Server, wait

U1 = ("hash fs:user:u0001 @60000 country_iso=DE tx_count_5m=3@30000\n"
      "hash fs:user:u0002 @60000 country_iso=FR tx_count_5m=4@30000\n")
READ = ["read", "u0001", "country_iso", "--json"]
SET = ["set", "u0001", "country_iso=US", "--json"]
SET_STREAMING = ["set", "u0001", "tx_count_5m=9", "--json"]
EVENT = b'{"entity":"u0001","features":{"tx_count_5m":9}}\n'
STREAM = ["stream", "--from", "-", "--json"]
ROWS = b"entity,country_iso\nu0001,US\n"
LOAD = ["bulk-load", "--from", "-", "--format", "csv", "--id", "entity",
        "--json"]


def write_all_ways(case, where, pattern, status=(1, 3), **how):
    """No way to write claims anything, and each says why."""
    for args, stdin in ((SET, b""), (SET_STREAMING, b""), (STREAM, EVENT),
                        (LOAD, ROWS)):
        with case.subTest(args[0]):
            r = case.run_it(where, args, stdin=stdin, **how)
            case.assertIn(r.status, status, r)
            case.claims_nothing(r)
            case.assertRegex(r.err, r"\Afsconsole: ")
            case.assertRegex(r.err, pattern)


class Capabilities(Case):
    def test_44_no_field_ttl(self):
        with Fake(U1 + "info redis_version:7.2.4\n"
                  "lack HPEXPIRE HPEXPIRETIME HSETEX HPTTL") as f:
            for args in (READ, SET_STREAMING, ["inspect", "u0001"],
                         ["audit"]):
                self.fails(f, args, 3, "field TTL|HPEXPIRETIME")
            self.assertEqual(f.commands("HSET"), [])

    def test_44_unknown_where_asking_is_not_permitted(self):
        with Fake(U1 + "lack HPEXPIRETIME\nalways COMMAND *\n reply -NOPERM "
                  "this user has no permissions to run the 'command|info' "
                  "command") as f:
            self.fails(f, READ, 3, "HPEXPIRETIME|field TTL")

    def test_54_no_other_protocol_is_asked_for(self):
        with Fake(U1) as f:
            self.succeeds(f, READ)
            self.assertEqual(f.commands("HELLO"), [])
        with Fake(U1 + "always HMGET *\n reply -NOPROTO unsupported protocol "
                  "version") as f:
            self.fails(f, READ, 3, "NOPROTO")

    def test_68_client_is_unknown(self):
        with Fake(U1 + "always CLIENT *\n reply -ERR Unknown subcommand or "
                  "wrong number of arguments for 'SETINFO'. Try CLIENT HELP."
                  ) as f:
            r = self.succeeds(f, READ)
            self.assertEqual(r.json["values"], {"country_iso": "DE"})

    def test_68_nothing_but_data(self):
        """A user who may ask nothing about the server can still read."""
        no = "always {} *\n reply -NOPERM no permissions to run this command\n"
        with Fake(U1 + "".join(no.format(w) for w in (
                "CLIENT", "COMMAND", "ACL", "INFO", "PING", "DBSIZE"))
                + "always INFO\n reply -NOPERM x\nalways PING\n"
                " reply -NOPERM x\n") as f:
            r = self.succeeds(f, READ)
            self.assertEqual(r.json["values"], {"country_iso": "DE"})


class Refused(Case):
    def only_client(self, server):
        """Whether the connection that saw it start has left its place."""
        try:
            return server.client()("PING")
        except (RespError, OSError):
            return False

    def test_45_max_clients(self):
        with Server(args=["--maxclients", "1"]) as s:
            wait(lambda: self.only_client(s), what="the first place")
            self.fails(s, READ, 3, "max number of clients")
        with Fake("always <accept>\n reply -ERR max number of clients "
                  "reached\n close") as f:
            self.fails(f, READ, 3, "max number of clients")

    def test_46_db_index(self):
        with Server() as s:
            self.fails([*s.address, "-n", "99"], READ, 3,
                       "SELECT.*out of range")

    def test_47_syntax(self):
        with Fake(U1 + "always HMGET *\n reply -ERR syntax error") as f:
            self.fails(f, READ, 3, "HMGET: ERR syntax error")

    def test_49_noauth(self):
        with Server(args=["--requirepass", "secret"]) as s:
            self.fails(s, READ, 3, "NOAUTH|[Aa]uthentication")

    def test_50_wrongpass(self):
        for args in (READ, ["state"], SET, ["audit"],
                     ["stream", "--from", "-", "--retry", "5s"]):
            with self.subTest(args), Fake("password secret\n") as f:
                r = self.fails(f, args, 3, "WRONGPASS", stdin=EVENT,
                               env={"REDISCLI_AUTH": "topsecret"})
                self.assertNotIn("topsecret", r.err)
                self.assertEqual(len(f.commands("AUTH")), 1, "tried again")

    def test_50_wrongpass_of_a_server(self):
        with Server(args=["--requirepass", "secret"]) as s:
            r = self.fails(s, READ, 3, "WRONGPASS|invalid",
                           env={"REDISCLI_AUTH": "topsecret"})
            self.assertNotIn("topsecret", r.err)

    def test_53_protected_mode(self):
        with Fake("always <accept>\n reply -DENIED Redis is running in "
                  "protected mode because protected mode is enabled and no "
                  "password is set for the default user.\n close") as f:
            self.fails(f, READ, 3, "DENIED")

    def test_69_select_in_a_cluster(self):
        with Cluster(masters=1) as c:
            self.fails([*c.address, "-n", "1"], READ, 3,
                       "SELECT.*(cluster|range)")
        with Fake("slots 0-16383\nalways SELECT *\n reply -ERR SELECT is not "
                  "allowed in cluster mode") as f:
            self.fails([*f.address, "-n", "1"], READ, 3,
                       "SELECT.*cluster mode")


class Rights(Case):
    def with_user(self, *rules):
        s = Server()
        self.addCleanup(s.stop)
        r = s.client()
        r("HSET", "fs:user:u0001", "country_iso", "DE")
        r("PEXPIRE", "fs:user:u0001", 600000)
        r("ACL", "SETUSER", "ana", "on", ">pw", *rules)
        self.r = r
        return [*s.address, "--user", "ana"]

    def refused(self, where, args, pattern, **how):
        r = self.fails(where, args, 3, pattern, env={"REDISCLI_AUTH": "pw"},
                       **how)
        self.claims_nothing(r)

    def test_51_command(self):
        where = self.with_user("~*", "+@all", "-hmget")
        self.refused(where, READ, r"no right: \+hmget .HMGET.")
        where = self.with_user("~*", "+@read", "+@connection", "-@write")
        self.refused(where, SET, r"no right: \+hset .HSET.")
        self.refused(where, SET_STREAMING, r"no right: \+multi")

    def test_51_hsetex_alone(self):
        """Where HSETEX is not permitted, MULTI does as well."""
        where = self.with_user("~*", "+@all", "-hsetex")
        env = {"REDISCLI_AUTH": "pw"}
        r = self.run_it(where, SET_STREAMING, env=env)
        self.assertEqual(r.status, 0, r)
        # Those that were on their way as well, and in their order.
        events = b"".join(
            b'{"entity":"u%d","features":{"tx_count_5m":%d},"ttl":"60s"}\n'
            % (i % 50, i) for i in range(3000))
        r = self.run_it(where, ["stream", "--from", "-", "--json"],
                        stdin=events, env=env, within=10)
        self.assertEqual((r.status, r.json["events"]), (0, 3000), r)
        for i in range(50):
            self.assertEqual(self.r.hash(f"fs:user:u{i}")["tx_count_5m"],
                             str(2950 + i))

    def test_51_scan(self):
        where = self.with_user("~*", "+@all", "-scan")
        self.refused(where, ["entities"], r"no right: \+scan .SCAN.")

    def test_52_key(self):
        where = self.with_user("~other:*", "+@all")
        self.refused(where, READ, r"no right: %R~fs:user:\* ")
        self.refused(where, SET, r"no right: ~fs:user:\* ")
        self.refused(where, SET_STREAMING, r"no right: ~fs:user:\* ")


class Passing(Case):
    def test_55_loading_ends(self):
        with Fake(U1 + "expect PING\n times 3\n reply -LOADING Redis is "
                  "loading the dataset in memory") as f:
            r = self.succeeds(f, READ, within=2)
            self.assertEqual(r.json["values"], {"country_iso": "DE"})
            self.assertEqual(f.connections(), 1)
            f.check()

    def test_55_loading_begins(self):
        with Fake(U1 + "expect HMGET *\n times 2\n reply -LOADING Redis is "
                  "loading the dataset in memory") as f:
            r = self.succeeds(f, READ)
            self.assertEqual(r.json["values"], {"country_iso": "DE"})
            f.check()

    def test_55_loading_does_not_end(self):
        with Fake(U1 + "always PING\n reply -LOADING Redis is loading the "
                  "dataset in memory\nalways HMGET *\n reply -LOADING x"
                  ) as f:
            r = self.fails(f, READ, 3, "LOADING", within=31, limit=45)
            self.assertGreater(r.took, 25)

    def test_55_loading_of_real_ones(self):
        """What holds 8,000 keys loads them for a second and a half."""
        for kind in KINDS:
            with self.subTest(kind), Server(kind, args=LOADING) as s:
                r = s.client()
                r.many(("HSET", f"fs:user:u{i:04}", "country_iso", "DE")
                       for i in range(8000))
                with s.loading(1.5):
                    r = self.succeeds(s, READ, within=4)
                    self.assertGreater(r.took, 0.5)
                    self.assertEqual(r.json["values"], {"country_iso": "DE"})
                    self.assertEqual(r.err, "")
                with s.loading(1.5):
                    r = self.succeeds(s, SET, within=4)
                    self.assertGreater(r.took, 0.5)
                    self.assertEqual(r.json["written"], 1)

    def test_55_loading_behind_the_handshake(self):
        with Fake(U1 + "always HMGET *\n reply -LOADING Redis is loading the "
                  "dataset in memory") as f:
            self.fails(f, READ, 3, "LOADING")

    def test_56_busy(self):
        for kind in KINDS:
            with self.subTest(kind), Server(
                    kind, args=["--lua-time-limit", "20"]) as s:
                s.client()("HSET", "fs:user:u0001", "country_iso", "DE")
                loop = threading.Thread(target=_loop, args=(s,))
                loop.start()
                r = s.client()
                wait(lambda r=r: _busy(r), 5, "the script to be slow")
                end = threading.Timer(0.5, r, ("SCRIPT", "KILL"))
                end.start()
                self.succeeds(s, READ, within=2)
                end.join()
                loop.join()

    def test_56_busy_behind_the_handshake(self):
        with Fake(U1 + "always HMGET *\n reply -BUSY Redis is busy running a "
                  "script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE."
                  ) as f:
            self.fails(f, READ, 3, "BUSY")

    def test_62_masterdown(self):
        with Server() as s:
            r = s.client()
            r("CONFIG", "SET", "replica-serve-stale-data", "no")
            r("REPLICAOF", "127.0.0.1", 1)
            self.fails(s, READ, 3, "MASTERDOWN")
            write_all_ways(self, s, "MASTERDOWN|READONLY")
        with Fake(U1 + "expect HMGET *\n times 2\n reply -MASTERDOWN Link "
                  "with MASTER is down") as f:
            self.succeeds(f, READ)
            f.check()

    def test_64_killed_client(self):
        with Fake(U1 + "always HMGET *\n reply -UNBLOCKED client unblocked "
                  "via CLIENT UNBLOCK") as f:
            self.fails(f, READ, 3, "UNBLOCKED")

    def test_64_killed_again_and_again(self):
        """What reads comes through; what writes claims what is there."""
        with Server() as s:
            p = self.start(s, ["bulk-load", "--count", "30000", "--rate",
                               "15000", "--json"])
            r = s.client()
            wait(lambda: r("DBSIZE") > 1000, 10, "some entities")
            r("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            result = p.wait()
            self.is_clean(result)
            self.assertIn(result.status, (0, 1, 3), result)
            if result.out:
                self.assertLessEqual(result.json["loaded"], r("DBSIZE"))
            if result.status == 0:
                self.assertEqual(r("DBSIZE"), 30000, result)


def _loop(server):
    with Resp(server.path) as r:
        try:
            r("EVAL", "while true do end", 0)
        except RespError:
            pass


def _busy(r):
    try:
        r("GET", "x")
    except RespError as e:
        return e.code == "BUSY"
    return False


class Writes(Case):
    def test_57_oom(self):
        for kind in KINDS:
            with self.subTest(kind), Server(kind) as s:
                r = s.client()
                r("HSET", "fs:user:u0001", "country_iso", "DE")
                r("CONFIG", "SET", "maxmemory", 1)
                r("CONFIG", "SET", "maxmemory-policy", "noeviction")
                write_all_ways(self, s, "OOM")
                self.assertEqual(r.hash("fs:user:u0001"),
                                 {"country_iso": "DE"})
                self.succeeds(s, READ)

    def test_57_no_stale_value_looks_fresh(self):
        for kind in KINDS:
            with self.subTest(kind), Server(kind) as s:
                r = s.client()
                r("HSET", "fs:user:u0001", "tx_count_5m", "1")
                r("HPEXPIRE", "fs:user:u0001", 60000, "FIELDS", 1,
                  "tx_count_5m")
                r("PEXPIRE", "fs:user:u0001", 70000)
                r("CONFIG", "SET", "maxmemory", 1)
                write_all_ways(self, s, "OOM")
                ttl = r.field_ttls("fs:user:u0001", "tx_count_5m")
                self.assertLessEqual(ttl["tx_count_5m"], 60000)
                self.assertLessEqual(r("PTTL", "fs:user:u0001"), 70000)

    def test_58_expiry_accepted_alone(self):
        """A server of whose limit nothing is known."""
        with Fake(U1 + "always HSET *\n reply -OOM command not allowed when "
                  "used memory > 'maxmemory'.") as f:
            r = self.run_it(f, LOAD, stdin=ROWS)
            self.assertIn(r.status, (1, 3), r)
            self.claims_nothing(r)
            self.assertRegex(r.err, "OOM")
            if f.commands("PEXPIRE") and not f.commands("MULTI"):
                self.assertRegex(r.err, "stale|renewed|old value")

    def test_58_a_limit_that_comes_later(self):
        """From the first refusal on value and expiry go together."""
        with Server() as s:
            r = s.client()
            for i in range(1, 3001):
                r("HSET", f"fs:user:u{i:04d}", "country_iso", "XX", "pad",
                  "x" * 300)
                r("EXPIRE", f"fs:user:u{i:04d}", 50)
            p = self.start(s, ["bulk-load", "--count", "3000", "--rate",
                               "1500", "--json"])
            wait(lambda: r("PTTL", "fs:user:u0300") > 60000, 10, "some")
            r("CONFIG", "SET", "maxmemory", 1)
            result = p.wait()
            self.is_clean(result)
            self.assertIn(result.status, (1, 3), result)
            renewed = sum(r("HGET", k, "country_iso") == b"XX" and
                          r("PTTL", k) > 60000 for k in r("KEYS", "fs:user:*"))
            # Those on their way when it was refused for the first time.
            self.assertLess(renewed, 1000)
            self.assertEqual(result.json.get("renewed_stale", 0), renewed)
            self.assertGreater(result.json["unacknowledged"], 1000)

    def test_59_misconf(self):
        with Server(args=["--enable-protected-configs", "yes"]) as s:
            r = s.client()
            r("HSET", "fs:user:u0001", "country_iso", "DE")
            gone = os.path.join(s.dir, "gone")
            os.mkdir(gone)
            r("CONFIG", "SET", "dir", gone)
            shutil.rmtree(gone)
            r("CONFIG", "SET", "save", "1 1")
            wait(lambda: _misconf(r), 15, "a save that fails")
            write_all_ways(self, s, "MISCONF")
            self.succeeds(s, READ)

    def test_60_readonly(self):
        with Server(args=["--replicaof", "127.0.0.1 1"]) as s:
            write_all_ways(self, s, "READONLY")
            self.assertEqual(s.client()("DBSIZE"), 0)

    def test_60_readonly_becomes_primary(self):
        """The next connection is asked, as the name may mean another now."""
        with Fake(U1 + "always HSETEX *\n conn 1\n reply -READONLY You can't "
                  "write against a read only replica.") as f:
            r = self.run_it(f, [*STREAM, "--retry", "5s"],
                            stdin=[EVENT, 1.5, EVENT, 0.3, EVENT], within=6)
            self.assertIn(r.status, (1, 3), r)
            if r.out:
                self.assertLessEqual(r.json["written_fields"], 2)

    def test_61_noreplicas(self):
        with Server(args=["--min-replicas-to-write", "1"]) as s:
            write_all_ways(self, s, "NOREPLICAS")
            self.assertEqual(s.client()("DBSIZE"), 0)

    def test_63_execabort(self):
        refusals = ("-ERR unknown command 'HPEXPIRE', with args",
                    "-OOM command not allowed", "-NOPERM no permissions")
        for no in refusals:
            with self.subTest(no), Fake(
                    f"{U1}lack HSETEX\nalways HPEXPIRE *\n reply {no}") as f:
                r = self.fails(f, SET_STREAMING, 3, "HPEXPIRE")
                self.claims_nothing(r)
                self.assertEqual(len(f.commands("EXEC")), 1)
        with Fake(U1 + "lack HSETEX\nalways EXEC\n reply -EXECABORT "
                  "Transaction discarded because of previous errors.") as f:
            r = self.fails(f, SET_STREAMING, 3, "EXECABORT")
            self.claims_nothing(r)

    def test_63_multi_is_refused(self):
        """Then the commands behind it were carried out on their own."""
        with Fake(U1 + "lack HSETEX\nalways MULTI\n reply -NOPERM x\n"
                  "always EXEC\n reply -ERR EXEC without MULTI") as f:
            r = self.fails(f, SET_STREAMING, 3, "MULTI")
            self.claims_nothing(r)

    def test_63_error_inside_exec(self):
        with Fake(U1 + "lack HSETEX\nalways EXEC\n reply "
                  r"*2\r\n:0\r\n-ERR odd") as f:
            r = self.fails(f, SET_STREAMING, 3, "HPEXPIRE.*odd")
            self.claims_nothing(r)


def _misconf(r):
    try:
        r("SET", "x", "1")
        r("DEL", "x")
    except RespError as e:
        return e.code == "MISCONF"
    return False


class Texts(Case):
    def test_48_wrongtype(self):
        with Server() as s:
            r = s.client()
            r("SET", "fs:user:u0001", "odd")
            r("HSET", "fs:user:u0002", "country_iso", "FR")
            self.fails(s, READ, 1, "not a hash|WRONGTYPE")
            self.run_it(s, ["inspect", "u0001", "--json"])
            r = self.run_it(s, ["batch-read", "u0001", "u0002", "--features",
                                "country_iso", "--rows", "ndjson"])
            self.assertEqual(r.status, 1, r)
            self.assertIn("FR", r.out)
            r = self.run_it(s, SET)
            self.assertIn(r.status, (1, 3), r)
            self.claims_nothing(r)
            self.assertEqual(s.client()("GET", "fs:user:u0001"), b"odd")

    def test_65_escapes(self):
        for text in (r"\e]0;owned\x07", r"\e[2J\e[31m", r"\xc2\x9b31m",
                     r"\x9b31m", r"\xe2\x80\xaegnp", r"a\x00b", r"a\tb",
                     r"\x7f\x08\x08", r"\xff\xfe", r"\e]52;c;eA==\x07"):
            with self.subTest(text), Fake(
                    f"{U1}always HMGET *\n reply -ERR {text}x\n"
                    f"always HSET *\n reply -ERR {text}x") as f:
                self.fails(f, READ, 3, "HMGET: ERR ")
                self.fails(f, SET, 3, "HSET: ERR ")
            with self.subTest(text), Fake(
                    f"always <accept>\n reply -DENIED {text}x\n close") as f:
                self.fails(f, READ, 3, "DENIED ")

    def test_65_long(self):
        for size in (60000, 100000, 10000000):
            with self.subTest(size), Fake(
                    f"{U1}always HMGET *\n send -ERR \n"
                    f" repeat {size} x\n send \\r\\n") as f:
                r = self.fails(f, READ, 3)
                self.assertLess(len(r.err), 1000)

    def test_66_empty_and_lower_case(self):
        for text in ("", r"\s", "oops", "err lower", "ERR", "-", "OOM",
                     r"\r"):
            with self.subTest(text), Fake(
                    f"{U1}always HMGET *\n send -{text}\\r\\n\n"
                    f"always HSET *\n send -{text}\\r\\n") as f:
                self.fails(f, READ, 3)
                self.claims_nothing(self.fails(f, SET, 3))

    def test_67_word_of_the_future(self):
        with Fake(U1 + "always HMGET *\n reply -QUANTUM entangled\n"
                  "always HSET *\n reply -QUANTUM entangled") as f:
            self.fails(f, READ, 3, "QUANTUM entangled")
            self.claims_nothing(self.fails(f, SET, 3, "QUANTUM"))


load_tests = in_parallel

if __name__ == "__main__":
    tap.main()
