"""The readers of HTTP and WebSocket held against h11 and wsproto, which share nothing with them.

usage: http_peer.py HOST PORT CODE

Each case goes to the gateway over a socket and to the peer in memory. Prints one JSON object: the cases in which one takes
what the other refuses, and what a peer did not understand of the gateway's answers.
"""

import json
import socket
import sys

import h11
import wsproto
from wsproto.connection import Connection, ConnectionType
from wsproto.events import AcceptConnection, CloseConnection, Ping, Pong, Request

from web_client import claim, connect

ADDRESS = (sys.argv[1], int(sys.argv[2]))
HOST = f"{ADDRESS[0]}:{ADDRESS[1]}"

# Name and bytes; HOST stands for the gateway's own name.
HEADS = {
    "plain": "GET /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "query": "GET /healthz?a=b&c=%26 HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "HTTP/1.0": "GET /healthz HTTP/1.0\r\nHost: HOST\r\n\r\n",
    "HTTP/1.0 without Host": "GET /healthz HTTP/1.0\r\n\r\n",
    "tabs around a value": "GET /healthz HTTP/1.1\r\nHost:\tHOST \t\r\n\r\n",
    "empty value": "GET /healthz HTTP/1.1\r\nHost: HOST\r\nX:\r\n\r\n",
    "length": "POST /healthz HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n\r\nabc",
    "chunks": "POST /healthz HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "expectation": "POST /healthz HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n",
    "no Host": "GET /healthz HTTP/1.1\r\n\r\n",
    "two Hosts": "GET /healthz HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n",
    "space before a colon": "GET /healthz HTTP/1.1\r\nHost : HOST\r\n\r\n",
    "space in a name": "GET /healthz HTTP/1.1\r\nHost: HOST\r\nX Y: 1\r\n\r\n",
    "no name": "GET /healthz HTTP/1.1\r\nHost: HOST\r\n: 1\r\n\r\n",
    "no colon": "GET /healthz HTTP/1.1\r\nHost: HOST\r\nX\r\n\r\n",
    "zero byte": "GET /healthz HTTP/1.1\r\nHost: HOST\r\nX: a\0b\r\n\r\n",
    "carriage return in a value": "GET /healthz HTTP/1.1\r\nHost: HOST\r\nX: a\rb\r\n\r\n",
    "no version": "GET /healthz\r\nHost: HOST\r\n\r\n",
    "two spaces": "GET  /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "version in small letters": "GET /healthz http/1.1\r\nHost: HOST\r\n\r\n",
    "TLS to a plain port": "\x16\x03\x01\r\n\r\n",
    "negative length": "POST /healthz HTTP/1.1\r\nHost: HOST\r\nContent-Length: -1\r\n\r\n",
    "signed length": "POST /healthz HTTP/1.1\r\nHost: HOST\r\nContent-Length: +3\r\n\r\nabc",
    "length in hexadecimal": "POST /healthz HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0x3\r\n\r\nabc",
    "two lengths": "POST /healthz HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "other coding": "POST /healthz HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: gzip\r\n\r\n",
    "coding twice": "POST /healthz HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n"
                    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    # From here on the gateway is stricter than its peer.
    "bare line feeds": "GET /healthz HTTP/1.1\nHost: HOST\n\n\r\n\r\n",
    "folded line": "GET /healthz HTTP/1.1\r\nHost: HOST\r\nX: a\r\n b\r\n\r\n",
    "same length twice": "POST /healthz HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "list of lengths": "POST /healthz HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3, 3\r\n\r\nabc",
    "length and chunks": "POST /healthz HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
                         "0\r\n\r\n",
    "chunks in HTTP/1.0": "POST /healthz HTTP/1.0\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "unknown method": "BREW /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "HTTP/2.0": "GET /healthz HTTP/2.0\r\nHost: HOST\r\n\r\n",
    "target without a slash": "GET healthz HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "climbing target": "GET /../healthz HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "bad escape": "GET /%zz HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "field that is not UTF-8": "GET /healthz HTTP/1.1\r\nHost: HOST\r\nX: \xff\r\n\r\n",
}

# Bodies in chunks, after a head that announces them.
CHUNKS = {
    "one": "3\r\n{ }\r\n0\r\n\r\n",
    "extension": "3;a=b\r\n{ }\r\n0\r\n\r\n",
    "capital digits": "A\r\n{\"a\":true}\r\n0\r\n\r\n",
    "leading zeros": "003\r\n{ }\r\n0\r\n\r\n",
    "trailer": "3\r\n{ }\r\n0\r\nX: y\r\n\r\n",
    "no digits": "\r\n{ }\r\n0\r\n\r\n",
    "no hexadecimal": "G\r\n{ }\r\n0\r\n\r\n",
    "sign": "+3\r\n{ }\r\n0\r\n\r\n",
    "longer than it says": "3\r\n{ } \r\n0\r\n\r\n",
    "bare line feed after data": "3\r\n{ }\n0\r\n\r\n",
    "bare line feed after a size": "3\n{ }\r\n0\r\n\r\n",
    # Stricter again.
    "space after a size": "3 \r\n{ }\r\n0\r\n\r\n",
}


def frame(opcode, payload=b"", final=True, reserved=0, masked=True, width=0):
    """A client's frame, with whatever is to be wrong with it."""
    length = len(payload)
    if width == 0:
        width = 1 if length < 126 else 2 if length < 65536 else 8
    first = bytes([(0x80 if final else 0) | reserved | opcode])
    mark = 0x80 if masked else 0
    size = {1: bytes([mark | length & 127]), 2: bytes([mark | 126]) + length.to_bytes(2, "big"),
            8: bytes([mark | 127]) + length.to_bytes(8, "big")}[width]
    if not masked:
        return first + size + payload
    mask = b"\x11\x22\x33\x44"
    return first + size + mask + bytes(byte ^ mask[index & 3] for index, byte in enumerate(payload))


FRAMES = {
    "text": frame(1, b"hello"), "binary": frame(2, bytes(300)), "empty text": frame(1),
    "fragments": frame(1, b"he", final=False) + frame(0, b"l", final=False) + frame(0, b"lo"),
    "ping in a message": frame(1, b"he", final=False) + frame(9, b"x") + frame(0, b"llo"),
    "letter in two fragments": frame(1, b"\xc3", final=False) + frame(0, b"\xa9"),
    "longest control frame": frame(9, bytes(125)), "pong that nobody asked for": frame(10, b"x"),
    "close": frame(8, b"\x03\xe8"), "close without a code": frame(8), "close with a reason": frame(8, b"\x03\xe9bye"),
    "close of an application": frame(8, (4401).to_bytes(2, "big")),
    "not masked": frame(1, b"hello", masked=False), "reserved bit": frame(1, b"hello", reserved=0x40),
    "unknown kind": frame(3, b"x"), "unknown control frame": frame(11, b"x"),
    "long control frame": frame(9, bytes(126)), "control frame in fragments": frame(9, b"x", final=False),
    "nothing to go on with": frame(0, b"x"), "message within a message": frame(1, b"a", final=False) + frame(1, b"b"),
    "not UTF-8": frame(1, b"\xff\xfe"), "half a letter": frame(1, b"\xc3"), "surrogate": frame(1, b"\xed\xa0\x80"),
    "close with one byte": frame(8, b"\x03"), "close with 1005": frame(8, (1005).to_bytes(2, "big")),
    "close with 1006": frame(8, (1006).to_bytes(2, "big")), "close with 999": frame(8, (999).to_bytes(2, "big")),
    "close with 1004": frame(8, (1004).to_bytes(2, "big")), "close with 2000": frame(8, (2000).to_bytes(2, "big")),
    "close with a reason that is not UTF-8": frame(8, b"\x03\xe8\xff"),
    "length longer than needed": frame(2, b"x", width=2), "length much longer than needed": frame(2, b"x", width=8),
    "length with its highest bit": bytes([0x82, 0xFF, 0x80]) + bytes(7) + bytes(4),
}


def status(data):
    """What the gateway answers; None where it closes without a word."""
    with connect(ADDRESS) as one:
        one.sendall(data)
        got = b""
        try:
            while b"\r\n" not in got and (more := one.recv(4096)):
                got += more
        except ConnectionError:
            pass
        return int(got.split()[1]) if got else None


def peer_takes(data):
    """Whether h11 reads a request with its body."""
    server = h11.Connection(h11.SERVER)
    try:
        server.receive_data(data)
        server.receive_data(b"")
        while not isinstance(event := server.next_event(), h11.EndOfMessage):
            if event in (h11.NEED_DATA, h11.PAUSED) or isinstance(event, h11.ConnectionClosed):
                return False
        return True
    except h11.RemoteProtocolError:
        return False


# The statuses of a request that was not understood.
REFUSALS = (400, 431, 501, 505, None)


def compare_heads():
    """Cases that one takes and the other does not: the gateway's answer."""
    differing = {}
    for name, text in HEADS.items():
        data = text.replace("HOST", HOST).encode("latin-1")
        answer = status(data)
        if (answer not in REFUSALS) != peer_takes(data):
            differing[name] = answer
    for name, text in CHUNKS.items():
        head = f"POST /api/login HTTP/1.1\r\nHost: {HOST}\r\nOrigin: http://{HOST}\r\n" \
               "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        data = (head + text).encode("latin-1")
        answer = status(data)
        # What comes whole is JSON, but no log-in: 422.
        if (answer not in REFUSALS) != peer_takes(data):
            differing["chunks: " + name] = answer
    return differing


class Socket:
    """A WebSocket of the gateway whose handshake and frames wsproto reads."""

    def __init__(self, session):
        self.one = connect(ADDRESS)
        self.peer = wsproto.WSConnection(ConnectionType.CLIENT)
        self.one.sendall(self.peer.send(Request(
            host=HOST, target="/ws/alerts", extra_headers=[session, ("Origin", f"http://{HOST}")])))
        assert isinstance(next(self.events()), AcceptConnection)

    def events(self):
        """What the gateway says, until the connection ends."""
        while True:
            yield from self.peer.events()
            data = self.one.recv(65536)
            if not data:
                return
            self.peer.receive_data(data)


def gateway_closes(session, data):
    """The code with which the gateway ends a WebSocket after some frames; 0 where it goes on."""
    web = Socket(session)
    with web.one:
        web.one.sendall(data + frame(9, b"still there"))
        for event in web.events():
            if isinstance(event, Pong) and event.payload == b"still there":
                return 0
            if isinstance(event, CloseConnection):
                return event.code
    return None


def peer_closes(data):
    """The same of wsproto as the server."""
    server = Connection(ConnectionType.SERVER)
    try:
        server.receive_data(data)
        for event in server.events():
            if isinstance(event, CloseConnection):
                return event.code
            if isinstance(event, Ping):
                server.send(event.response())
    except wsproto.utilities.RemoteProtocolError as error:
        return error.event_hint.code if getattr(error, "event_hint", None) else 1002
    return 0


def compare_frames(session):
    """Cases that end a WebSocket with different codes: ours, theirs."""
    differing = {}
    for name, data in FRAMES.items():
        codes = gateway_closes(session, data), peer_closes(data)
        if codes[0] != codes[1]:
            differing[name] = codes
    return differing


def misunderstood(session):
    """Answers of the gateway that h11 as a client does not understand."""
    requests = [("GET", "/"), ("HEAD", "/"), ("GET", "/healthz"), ("GET", "/api/status"), ("GET", "/nothing"),
                ("OPTIONS", "/api/status"), ("POST", "/healthz"), ("GET", "/api/openapi.json"), ("GET", "/api/logs")]
    wrong = []
    client = h11.Connection(h11.CLIENT)
    with connect(ADDRESS) as one:
        for method, target in requests:
            fields = [("Host", HOST), session, ("Accept-Encoding", "gzip")]
            one.sendall(client.send(h11.Request(method=method, target=target, headers=fields)))
            client.send(h11.EndOfMessage())
            try:
                while not isinstance(event := client.next_event(), h11.EndOfMessage):
                    if event is h11.NEED_DATA:
                        client.receive_data(one.recv(65536))
                client.start_next_cycle()
            except (h11.ProtocolError, socket.timeout) as error:
                wrong.append(f"{method} {target}: {error}")
                break
    return wrong


def main():
    session = claim(ADDRESS, sys.argv[3])
    print(json.dumps({
        "heads": compare_heads(), "frames": compare_frames(session), "misunderstood": misunderstood(session)}))


main()
