#!/usr/bin/python3
"""src/redis over TLS: who it trusts, who it does not, and that it says why."""
import os
import re
import time
import unittest

import tap
from fake import Fake
from probe import Probe
from server import (_EC, TOP, Cluster, Server, Tls, _openssl, folder, on_both)

with open(os.path.join(TOP, "src/base/err.h"), encoding="utf-8") as f:
    E = {name: i for i, name in enumerate(
        re.findall(r"^\t(FS_\w+)[ ,]", f.read(), re.M))}


def setUpModule():
    """What all have in common: making keys takes its time."""
    global good, other, outside
    good = Tls()
    other = Tls("IP:10.1.2.3,DNS:other.example")
    outside = Tls()


class Case(unittest.TestCase):
    def probe(self, uri, **settings):
        settings.setdefault("timeout", 2000)
        settings.setdefault("connect_timeout", 2000)
        p = Probe(uri, **settings)
        self.addCleanup(p.stop)
        p("gate", 1)
        return p

    def server(self, tls, *args, kind="redis"):
        s = Server(kind, tls=tls, args=args)
        self.addCleanup(s.stop)
        return s

    def fails(self, result, text, code="FS_ETLS"):
        self.assertEqual(result.what, "failed", result)
        self.assertIn(text, result)
        self.assertEqual(result.code, E[code], result)


@on_both
class Trusted(Case):
    def test_by_address_and_by_name(self):
        s = self.server(good, kind=self.kind)
        for host in ("127.0.0.1", "localhost"):
            p = self.probe(f"rediss://{host}:{s.port}", cacert=good.ca)
            p.open()
            self.assertEqual(p("load", 0, 20000).good, 20000)
            self.assertEqual(p("verify").good, 20000)

    def test_large_values_both_ways(self):
        s = self.server(good, kind=self.kind)
        p = self.probe(s.uri, cacert=good.ca, timeout=20000)
        p.open()
        value = "x" * 900_000
        for key in ("a", "b", "c"):
            self.assertEqual(p("cmd", "HSET", key, "f", value).what,
                             "answered")
        self.assertEqual(s.client()("HSTRLEN", "b", "f"), 900_000)
        self.assertEqual(p("many", 100, "HMGET", "b", "f").good, 100)

    def test_a_client_certificate(self):
        s = self.server(good, "--tls-auth-clients", "yes", kind=self.kind)
        r = self.probe(s.uri, cacert=good.ca)("open")
        self.assertIn("certificate", r)
        self.assertIn(r.code, (E["FS_ETLS"], E["FS_ECONNECT"]))
        self.probe(s.uri, cacert=good.ca, cert=good.client_cert,
                   key=good.client_key).open()

    def test_a_cluster(self):
        with Cluster(self.kind, tls=good) as c:
            p = self.probe(c.nodes[0].uri, cacert=good.ca)
            self.assertEqual(p.open().nodes, 3)
            self.assertEqual(p("load", 0, 3000).good, 3000)
            self.assertEqual(p("verify").good, 3000)

    def test_it_comes_back(self):
        s = self.server(good, kind=self.kind)
        p = self.probe(s.uri, cacert=good.ca)
        p.open()
        s.client()("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        time.sleep(0.1)
        r = p("cmd", "HMGET", "k", "f")
        self.assertEqual(r.what, "answered", r)


class Distrusted(Case):
    def certificate(self, *dates):
        """A server's certificate of good's authority with such dates."""
        where = folder()
        key, csr = os.path.join(where, "key"), os.path.join(where, "csr")
        crt, ext = os.path.join(where, "crt"), os.path.join(where, "ext")
        with open(ext, "w", encoding="ascii") as f:
            f.write("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
        open(os.path.join(where, "db"), "w", encoding="ascii").close()
        with open(os.path.join(where, "cnf"), "w", encoding="ascii") as f:
            f.write(f"[ca]\ndefault_ca=x\n[x]\ndatabase={where}/db\n"
                    f"new_certs_dir={where}\ndefault_md=sha256\npolicy=p\n"
                    "rand_serial=yes\nunique_subject=no\n"
                    "[p]\ncommonName=supplied\n")
        _openssl("req", "-new", "-newkey", "ec", *_EC, "-nodes", "-subj",
                 "/CN=localhost", "-keyout", key, "-out", csr)
        _openssl("ca", "-batch", "-config", os.path.join(where, "cnf"),
                 "-cert", good.ca, "-keyfile", os.path.join(good.dir, "ca.key"),
                 "-startdate", dates[0], "-enddate", dates[1],
                 "-extfile", ext, "-in", csr, "-out", crt, "-notext")
        tls = Tls.__new__(Tls)
        tls.__dict__ = {**good.__dict__, "cert": crt, "key": key}
        return tls

    def refuses(self, tls, ca, text, host="127.0.0.1"):
        s = self.server(tls)
        uri = f"rediss://{host}:{s.port}"
        p = self.probe(uri, cacert=ca)
        self.fails(p("open"), text)
        # Who says that he does not care gets in.
        self.probe(uri, cacert=ca, insecure=1).open()

    def test_an_authority_that_nobody_knows(self):
        self.refuses(outside, good.ca, "self-signed certificate")

    def test_not_of_the_system_s(self):
        s = self.server(good)
        self.fails(self.probe(s.uri)("open"), "self-signed certificate")

    def test_expired(self):
        self.refuses(self.certificate("200101000000Z", "210101000000Z"),
                     good.ca, "certificate has expired")

    def test_not_yet_valid(self):
        self.refuses(self.certificate("400101000000Z", "410101000000Z"),
                     good.ca, "certificate is not yet valid")

    def test_of_another_name(self):
        self.refuses(other, other.ca, "hostname mismatch", "localhost")

    def test_of_another_address(self):
        self.refuses(other, other.ca, "IP address mismatch")

    def test_the_name_asked_for_may_be_told(self):
        s = self.server(other)
        self.probe(s.uri, cacert=other.ca, sni="other.example").open()

    def test_no_tls_there(self):
        # Redis waits for the end of what looks like a line to it.
        with Server(tcp=True) as s:
            for insecure in (0, 1):
                p = self.probe(f"rediss://127.0.0.1:{s.port}",
                               insecure=insecure, connect_timeout=500)
                self.fails(p("open"), "does the port speak TLS",
                           "FS_ETIMEOUT")
        fake = Fake(r"always <accept>" "\n " r"send -ERR unknown command\r\n")
        self.addCleanup(fake.stop)
        p = self.probe(fake.uri(scheme="rediss"))
        self.fails(p("open"), "the port does not speak TLS")

    def test_tls_there(self):
        s = self.server(good)
        r = self.probe(f"redis://127.0.0.1:{s.port}")("open")
        self.assertEqual(r.what, "failed")
        self.assertIn(r.code, (E["FS_EPROTO"], E["FS_ECONNECT"]), r)

    def test_a_handshake_that_stalls(self):
        fake = Fake("always <accept>\n deaf")
        self.addCleanup(fake.stop)
        p = self.probe(fake.uri(scheme="rediss"), connect_timeout=500)
        r = p("open")
        self.fails(r, "no answer to the TLS handshake", "FS_ETIMEOUT")
        self.assertLess(r.took, 1.4 * tap.SLOWNESS)

    def test_a_handshake_that_is_cut_off(self):
        for action in ("close", "reset"):
            fake = Fake(f"always <accept>\n {action}")
            self.addCleanup(fake.stop)
            r = self.probe(fake.uri(scheme="rediss"))("open")
            self.assertEqual(r.what, "failed")
            self.assertEqual(r.code, E["FS_ECONNECT"], r)

    def test_files(self):
        s = self.server(good)
        nowhere = os.path.join(folder(), "none")
        garbage = os.path.join(folder(), "garbage")
        with open(garbage, "w", encoding="ascii") as f:
            f.write("not a certificate\n")
        for settings, text in (
                ({"cacert": nowhere}, "No such file"),
                ({"cacert": garbage}, garbage),
                ({"cacert": good.ca, "cert": nowhere, "key": nowhere},
                 "No such file"),
                ({"cacert": good.ca, "cert": garbage, "key": good.client_key},
                 garbage),
                ({"cacert": good.ca, "cert": good.client_cert, "key": garbage},
                 garbage),
                ({"cacert": good.ca, "cert": good.client_cert,
                  "key": good.key}, "mismatch"),
                ({"cacert": good.ca, "key": good.client_key},
                 "without certificate")):
            for insecure in (0, 1):
                with self.subTest(text, insecure=insecure):
                    p = self.probe(s.uri, insecure=insecure, **settings)
                    self.fails(p("open"), text)

    def test_it_is_not_tried_for_ever(self):
        """A certificate that went bad: the reason stays, without a storm."""
        s = self.server(good)
        p = self.probe(s.uri, cacert=good.ca)
        p.open()
        r = s.client()
        r("CONFIG", "SET", "tls-cert-file", other.cert, "tls-key-file",
          other.key)
        r("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        for _ in range(3):
            reply = p("cmd", "HMGET", "k", "f")
            self.assertEqual(reply.code, E["FS_ETLS"], reply)
        self.assertEqual(p("retry").what, "never")


if __name__ == "__main__":
    tap.main()
