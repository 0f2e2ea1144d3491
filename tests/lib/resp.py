"""A small client for Redis, to see what a server really holds.

It depends on nothing and interprets nothing: replies are bytes, integers,
lists, dicts and None as they came, errors are RespError.
"""
import socket


class RespError(Exception):
    """An error reply; `code` is its first word."""

    def __init__(self, text):
        super().__init__(text)
        self.code = text.split(" ", 1)[0]


def _encode(arg):
    if isinstance(arg, bytes):
        return arg
    return str(arg).encode("utf-8", "surrogateescape")


def encode(*args):
    """A command as the bytes that go over the wire."""
    parts = [b"*%d\r\n" % len(args)]
    for arg in map(_encode, args):
        parts.append(b"$%d\r\n%s\r\n" % (len(arg), arg))
    return b"".join(parts)


class Resp:
    """A connection: Resp(path) to a unix socket, Resp((host, port)) to TCP.

    r("HGETALL", key) sends one command and returns its reply; r.many([...])
    sends many at once and returns their replies, errors among them.
    """

    def __init__(self, address, tls=None, server_hostname=None, timeout=30):
        if isinstance(address, str):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(timeout)
            self.sock.connect(address)
        else:
            self.sock = socket.create_connection(address, timeout)
        if tls is not None:
            self.sock = tls.wrap_socket(self.sock,
                                        server_hostname=server_hostname)
        self.file = self.sock.makefile("rb")

    def close(self):
        self.file.close()
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __call__(self, *args):
        self.sock.sendall(encode(*args))
        reply = self.read()
        if isinstance(reply, RespError):
            raise reply
        return reply

    def many(self, commands):
        commands = list(commands)
        self.sock.sendall(b"".join(encode(*c) for c in commands))
        return [self.read() for _ in commands]

    def hash(self, key):
        """The fields and values of a hash, as text."""
        flat = [v.decode("utf-8", "surrogateescape")
                for v in self("HGETALL", key)]
        return dict(zip(flat[::2], flat[1::2]))

    def field_ttls(self, key, *fields):
        """{field: milliseconds left}; -1 no TTL, -2 no such field."""
        return dict(zip(fields, self("HPTTL", key, "FIELDS", len(fields),
                                     *fields)))

    def info(self, section="everything"):
        """INFO as a dict of text."""
        lines = self("INFO", section).decode().splitlines()
        return dict(line.split(":", 1) for line in lines if ":" in line)

    def calls(self):
        """How often each command was called since CONFIG RESETSTAT."""
        return {name.removeprefix("cmdstat_"):
                int(stat.split(",")[0].removeprefix("calls="))
                for name, stat in self.info("commandstats").items()}

    def read(self):
        """The next reply; an error is returned, not raised."""
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("the server closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b"-":
            return RespError(rest.decode("utf-8", "replace"))
        if kind == b":":
            return int(rest)
        if kind in b"$=!":
            if rest == b"-1":
                return None
            data = self._exactly(int(rest) + 2)[:-2]
            return RespError(data.decode()) if kind == b"!" else data
        if kind in b"*~>":
            if rest == b"-1":
                return None
            return [self.read() for _ in range(int(rest))]
        if kind == b"%":
            return {self.read(): self.read() for _ in range(int(rest))}
        if kind == b"_":
            return None
        if kind == b"#":
            return rest == b"t"
        if kind == b",":
            return float(rest)
        raise ValueError(f"not RESP: {line!r}")

    def _exactly(self, size):
        data = self.file.read(size)
        if len(data) != size:
            raise ConnectionError("the server closed the connection")
        return data


def crc16(data):
    """CRC16-CCITT (XMODEM), as the cluster's slots use it."""
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021 if crc & 0x8000 else crc << 1) & 0xffff
    return crc


def slot(key):
    """The slot of a key, by its hash tag if it has one."""
    key = _encode(key)
    start = key.find(b"{")
    if start >= 0:
        end = key.find(b"}", start + 1)
        if end > start + 1:
            key = key[start + 1:end]
    return crc16(key) % 16384
