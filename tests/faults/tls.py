#!/usr/bin/python3
"""B, TLS: kinds 16 to 25 of tests/FAULTS.md.

Each certificate has one thing wrong with it; --insecure gets past that, and
past nothing else.
"""
import functools
import os
import subprocess
import threading

import tap
from fake import Fake
from fault import Case, in_parallel, without_rights
from server import FSCONSOLE, Server, Tls, folder
from tui import Tui

U1 = "hash fs:user:u0001 @60000 country_iso=DE\n"
READ = ["read", "u0001", "country_iso", "--json"]

_lock = threading.Lock()


def once(make):
    """Cached, made by one of the threads."""
    cached = functools.cache(make)

    @functools.wraps(make)
    def get(*args):
        with _lock:
            return cached(*args)
    return get


@once
def good():
    return Tls()


@once
def other_authority():
    return Tls()


@once
def named(names):
    return Tls(names)


@once
def dated(start, end):
    """A certificate for these dates (YYYYMMDDHHMMSSZ), and its authority."""
    tls = Tls()
    config = os.path.join(tls.dir, "ca.cnf")
    with open(config, "w", encoding="ascii") as f:
        f.write(f"""[ca]
default_ca = d
[d]
dir = {tls.dir}
database = {tls.dir}/index
new_certs_dir = {tls.dir}
serial = {tls.dir}/serial
certificate = {tls.dir}/ca.crt
private_key = {tls.dir}/ca.key
default_md = sha256
policy = p
x509_extensions = x
[p]
commonName = supplied
[x]
subjectAltName = IP:127.0.0.1,DNS:localhost
""")
    with open(os.path.join(tls.dir, "index"), "w", encoding="ascii"):
        pass
    with open(os.path.join(tls.dir, "serial"), "w", encoding="ascii") as f:
        f.write("01\n")
    run = functools.partial(subprocess.run, check=True, capture_output=True)
    csr = os.path.join(tls.dir, "dated.csr")
    run(["openssl", "req", "-new", "-key", tls.key, "-subj", "/CN=localhost",
         "-out", csr])
    run(["openssl", "ca", "-batch", "-config", config, "-in", csr, "-out",
         tls.cert, "-startdate", start, "-enddate", end])
    return tls


def serving(tls, more=""):
    return Fake(f"node A\ntls {tls.cert} {tls.key}\n{U1}{more}")


class Checks(Case):
    def refused(self, fake, ca, pattern, host="127.0.0.1"):
        """Refused as it should be; with --insecure it is let in."""
        where = ["--tls", "-h", host, "-p", fake.ports["A"], "--cacert", ca]
        r = self.fails(where, READ, 3, "TLS: .*" + pattern)
        self.assertNotIn("country", r.out)
        self.assertEqual(fake.commands("HMGET"), [], "it went on")
        self.assertEqual(fake.commands("CLIENT"), [], "it went on")
        r = self.succeeds([*where, "--insecure"], READ)
        self.assertEqual(r.json["values"], {"country_iso": "DE"})

    def test_00_a_good_one(self):
        with serving(good()) as f:
            for where in (["--tls", "-h", "127.0.0.1", "-p", f.ports["A"]],
                          ["--tls", "-h", "localhost", "-p", f.ports["A"]],
                          ["-u", f.uri(scheme="rediss")],
                          ["-u", f.uri(scheme="valkeys")]):
                r = self.succeeds([*where, "--cacert", good().ca], READ)
                self.assertEqual(r.json["values"], {"country_iso": "DE"})

    def test_16_unknown_authority(self):
        with serving(good()) as f:
            self.refused(f, other_authority().ca, "certificate")

    def test_16_authorities_of_the_system(self):
        with serving(good()) as f:
            self.fails(["--tls", "-p", f.ports["A"]], READ, 3,
                       "TLS: .*certificate")

    def test_17_expired(self):
        tls = dated("20200101000000Z", "20210101000000Z")
        with serving(tls) as f:
            self.refused(f, tls.ca, "expired")

    def test_18_not_yet_valid(self):
        tls = dated("21000101000000Z", "21010101000000Z")
        with serving(tls) as f:
            self.refused(f, tls.ca, "not yet valid")

    def test_19_other_name(self):
        tls = named("DNS:redis.example.com,IP:127.0.0.1")
        with serving(tls) as f:
            self.refused(f, tls.ca, "ostname mismatch", host="localhost")
            # The name to look for can be named.
            self.succeeds(["--tls", "-p", f.ports["A"], "--cacert", tls.ca,
                           "--sni", "redis.example.com"], READ)

    def test_19_wildcard_is_no_part_of_a_name(self):
        tls = named("DNS:local*")
        with serving(tls) as f:
            self.refused(f, tls.ca, "ostname mismatch", host="localhost")

    def test_20_other_address(self):
        tls = named("IP:10.1.2.3,DNS:localhost")
        with serving(tls) as f:
            self.refused(f, tls.ca, "IP address mismatch")

    def test_20_address_as_a_name(self):
        tls = named("DNS:127.0.0.1")
        with serving(tls) as f:
            self.refused(f, tls.ca, "IP address mismatch")


class Handshakes(Case):
    def where(self, fake, *more):
        return ["--tls", "-p", fake.ports["A"], "--cacert", good().ca, *more]

    def test_21_plain_server_on_a_tls_port(self):
        with Fake("node A\n" + U1) as f:
            for more in ([], ["--insecure"]):
                self.fails(self.where(f, *more), READ, 3, "TLS|speak")
        with Server(tcp=True) as s:
            self.fails(["--tls", "-p", s.port, "--cacert", good().ca], READ,
                       3, "TLS|speak|closed|no answer")

    def test_22_tls_server_on_a_plain_port(self):
        with serving(good()) as f:
            self.fails(f, READ, 3, "speaks TLS|closed|not an answer")
        with Server(tls=good()) as s:
            self.fails(["-p", s.port], READ, 3, "speaks TLS|closed|reset")

    def test_22_binary_greeting(self):
        with Fake(r"always <accept>" "\n"
                  r" send \x15\x03\x01\x00\x02\x02\x46\x1b]0;x\x07" "\n"
                  " stall") as f:
            self.fails(f, READ, 3, "speaks TLS")

    def test_23_client_certificate_is_required(self):
        tls = good()
        script = f"node A\ntls {tls.cert} {tls.key} {tls.ca}\n{U1}"
        with Fake(script) as f:
            for more in ([], ["--insecure"]):
                self.fails(self.where(f, *more), READ, 3,
                           "certificate|closed|handshake")
            mine = self.where(f, "--cert", tls.client_cert, "--key",
                              tls.client_key)
            r = self.succeeds(mine, READ)
            self.assertEqual(r.json["values"], {"country_iso": "DE"})
            foreign = other_authority()
            self.fails(self.where(f, "--cert", foreign.client_cert, "--key",
                                  foreign.client_key), READ, 3)

    def test_24_handshake_stalls(self):
        with serving(good(), "always <accept>\n stall") as f:
            for more in ([], ["--insecure"]):
                r = self.fails(self.where(f, *more), READ, 3, "no answer",
                               within=1)
                self.assertGreater(r.took, 0.8)

    def test_24_closed_in_the_handshake(self):
        for how in ("close", "reset"):
            with self.subTest(how), serving(
                    good(), f"always <accept>\n {how}") as f:
                self.fails(self.where(f), READ, 3, "closed|reset")

    def test_24_garbage_in_the_handshake(self):
        with Fake(r"always <accept>" "\n"
                  r" send \x16\x03\x03\x00\x05garbage\x1b[2J" "\n"
                  " stall") as f:
            self.fails(self.where(f), READ, 3, "TLS")

    def test_25_files(self):
        tls = good()
        empty = os.path.join(folder(), "empty")
        with open(empty, "w", encoding="ascii"):
            pass
        with serving(tls) as f:
            for args, pattern in (
                    (["--cacert", "/no/such.crt"], "/no/such.crt"),
                    (["--cacert", empty], "empty"),
                    (["--cacert", tls.dir], tls.dir),
                    (["--cacert", tls.ca, "--cert", "/no/such.crt", "--key",
                      tls.client_key], "/no/such.crt"),
                    (["--cacert", tls.ca, "--cert", tls.client_cert, "--key",
                      "/no/such.key"], "/no/such.key"),
                    (["--cacert", tls.ca, "--cert", tls.client_cert, "--key",
                      tls.key], "key"),
                    (["--cacert", tls.ca, "--key", tls.client_key],
                     "without certificate")):
                for more in ([], ["--insecure"]):
                    with self.subTest(args=args, more=more):
                        self.fails(["--tls", "-p", f.ports["A"], *args,
                                    *more], READ, 3, pattern)
            self.assertEqual(f.commands("CLIENT"), [], "it went on")

    def test_25_unreadable_key(self):
        tls = good()
        secret = os.path.join(folder(), "key")
        with open(tls.client_key, encoding="ascii") as f:
            key = f.read()
        with open(secret, "w", encoding="ascii") as f:
            f.write(key)
        os.chmod(secret, 0)
        os.chmod(tls.dir, 0o755)
        os.chmod(os.path.dirname(secret), 0o755)
        with serving(tls) as f:
            self.fails(self.where(f, "--cert", tls.client_cert, "--key",
                                  secret), READ, 3, "denied",
                       **without_rights())

    def test_25_encrypted_key(self):
        """Said, and not asked for where the console reads its keys."""
        tls = good()
        secret = os.path.join(folder(), "locked")
        subprocess.run(["openssl", "pkey", "-in", tls.client_key, "-aes256",
                        "-passout", "pass:x", "-out", secret], check=True)
        with serving(tls) as f:
            where = [*self.where(f, "--cert", tls.client_cert, "--key",
                                 secret)]
            self.fails(where, READ, 3, "it is encrypted")
            t = Tui([FSCONSOLE, *map(str, where), *READ], 120, 40)
            self.addCleanup(t.close)
            self.assertEqual(t.wait_exit(20), 3)
            self.assertNotIn("Enter", t.text())

    def test_25_closed_when_the_certificate_is_refused_later(self):
        """TLS 1.3 tells the client only after its handshake is over."""
        tls = good()
        with Server(tls=tls, args=["--tls-auth-clients", "yes"]) as s:
            self.fails(["--tls", "-p", s.port, "--cacert", tls.ca], READ, 3,
                       "certificate|closed|reset")


load_tests = in_parallel

if __name__ == "__main__":
    tap.main()
