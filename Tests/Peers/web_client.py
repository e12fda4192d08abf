"""A client of the gateway's web that knows nothing of its code: plain sockets, and the log-in."""

import json
import socket
import time

PASSWORD = "four plain words together"


class Answer:
    """Status, header fields (names in lower case) and body."""

    def __init__(self, status, fields, body):
        self.status, self.fields, self.body = status, fields, body

    @property
    def json(self):
        return json.loads(self.body)


def connect(address, source=None, receive_buffer=None, timeout=10):
    """A connection; `source` is the address that it comes from: all of 127.0.0.0/8 is this computer."""
    one = socket.socket()
    if receive_buffer:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    if source:
        one.setsockopt(socket.SOL_IP, 24, 1)  # IP_BIND_ADDRESS_NO_PORT
        one.bind((source, 0))
    one.settimeout(timeout)
    one.connect(address)
    return one


def head(address, method, path, fields=()):
    lines = [f"{method} {path} HTTP/1.1", f"Host: {address[0]}:{address[1]}"]
    return "\r\n".join(lines + [f"{name}: {value}" for name, value in fields] + ["", ""]).encode()


def read_answer(one, data=b""):
    """The next answer; None where the connection ends, or is reset, before it is whole."""
    try:
        while b"\r\n\r\n" not in data:
            more = one.recv(65536)
            if not more:
                return None
            data += more
        text, _, data = data.partition(b"\r\n\r\n")
        first, *lines = text.decode().split("\r\n")
        fields = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        length = int(fields.get("content-length", 0))
        while len(data) < length:
            more = one.recv(65536)
            if not more:
                return None
            data += more
        return Answer(int(first.split()[1]), fields, data[:length])
    except (ConnectionError, socket.timeout):
        return None


def ask(address, method, path, body=None, fields=(), source=None, distance=0.0):
    """One request on a connection of its own; `distance` is how long it takes on the way, seconds."""
    with connect(address, source) as one:
        time.sleep(distance)
        fields = list(fields)
        text = b""
        if body is not None:
            text = json.dumps(body).encode()
            fields += [("Content-Type", "application/json"), ("Content-Length", len(text)),
                       ("Origin", f"http://{address[0]}:{address[1]}")]
        one.sendall(head(address, method, path, fields) + text)
        return read_answer(one)


def cookie(answer):
    return ("Cookie", answer.fields["set-cookie"].split(";")[0])


def claim(address, code):
    """Claims a device; the cookie of its owner."""
    answer = ask(address, "POST", "/api/setup", {"code": code, "password": PASSWORD})
    assert answer and answer.status == 201, answer and answer.body
    return cookie(answer)


def log_in(address, source=None, distance=0.0):
    """Logs in; the answer, None where there was none, and how long it took."""
    began = time.monotonic()
    answer = ask(address, "POST", "/api/login", {"password": PASSWORD}, source=source, distance=distance)
    return answer, time.monotonic() - began


def open_socket(address, path, session, source=None, receive_buffer=None):
    """Opens a WebSocket; the connection and the status of the answer."""
    one = connect(address, source, receive_buffer)
    one.sendall(head(address, "GET", path, [
        session, ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Origin", f"http://{address[0]}:{address[1]}")]))
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        more = one.recv(1)
        if not more:
            break
        data += more
    return one, int(data.split()[1]) if data else 0
