"""S78: a crowd of slow connections, and honest clients among them.

usage: crowd.py HOST PORT CODE SECONDS

Holds 500 connections of 32 addresses: heads that come byte by byte, bodies that do, and answers that nobody reads. Who is
sent away comes back a second later. Meanwhile somebody with a session watches a WebSocket, and strangers ask for the
liveness and log in, from a Wi-Fi where a word takes its time. Prints one JSON object with what the honest ones saw.
"""

import json
import select
import socket
import sys
import threading
import time

from web_client import ask, claim, connect, head, log_in, open_socket

SLOW = 500
ADDRESSES = 32
PAUSE = 2.0
RETURN = 1.0
# Half of the time that whoever came in has at least.
DISTANCE = 0.05


class Slow:
    """One connection that takes its time."""

    def __init__(self, number, address):
        self.number, self.address = number, address
        self.kind = ("head", "body", "reader")[number % 3]
        self.socket, self.next, self.sent = None, 0.0, 0

    def begin(self, now):
        source = f"127.1.0.{1 + self.number % ADDRESSES}"
        try:
            self.socket = connect(self.address, source, receive_buffer=4096, timeout=5)
        except OSError:
            self.end(now)
            return
        self.socket.setblocking(False)
        origin = ("Origin", f"http://{self.address[0]}:{self.address[1]}")
        first = {
            "head": head(self.address, "GET", "/healthz")[:-2],
            "body": head(self.address, "POST", "/api/login", [
                ("Content-Type", "application/json"), ("Content-Length", 1000), origin]),
            "reader": head(self.address, "GET", "/lang/fr.json") * 60,
        }[self.kind]
        self.sent, self.next = 0, now + PAUSE
        self.send(first, now)

    def turn(self, now):
        """One more byte, where it is time."""
        if self.socket is None:
            if now >= self.next:
                self.begin(now)
        elif now >= self.next:
            self.next = now + PAUSE
            self.sent += 1
            if self.kind == "head":
                self.send(b"X" if self.sent % 8 else b": 1\r\n", now)
            elif self.kind == "body":
                self.send(b" ", now)

    def send(self, data, now):
        try:
            self.socket.send(data)
        except OSError:
            self.end(now)

    def end(self, now):
        if self.socket:
            self.socket.close()
        self.socket, self.next = None, now + RETURN


class Crowd(threading.Thread):
    """All the slow ones."""

    def __init__(self, address):
        super().__init__(daemon=True)
        self.slow = [Slow(number, address) for number in range(SLOW)]
        self.statuses, self.ended, self.most = {}, 0, 0
        self.is_over = False

    def run(self):
        while not self.is_over:
            now = time.monotonic()
            for slow in self.slow:
                slow.turn(now)
            self.look(time.monotonic())
        for slow in self.slow:
            slow.end(0)

    def look(self, now):
        """What the server says to them."""
        poll = select.poll()
        by_number = {}
        for slow in self.slow:
            if slow.socket is not None:
                # Readers read nothing: that their connection ended shows by the hang-up alone.
                poll.register(slow.socket, 0 if slow.kind == "reader" else select.POLLIN)
                by_number[slow.socket.fileno()] = slow
        self.most = max(self.most, len(by_number))
        for number, _ in poll.poll(50):
            slow = by_number[number]
            try:
                data = slow.socket.recv(4096)
            except OSError:
                data = b""
            if data.startswith(b"HTTP/1.1 ") and slow.kind != "reader":
                status = data[9:12].decode()
                self.statuses[status] = self.statuses.get(status, 0) + 1
            elif not data:
                self.ended += 1
                slow.end(now)


class Watcher(threading.Thread):
    """Somebody with a session: the longest time without a message."""

    def __init__(self, address, session):
        super().__init__(daemon=True)
        self.one, self.status = open_socket(address, "/ws/telemetry", session)
        self.one.settimeout(10)
        self.gap, self.has_ended, self.bytes = 0.0, False, 0

    def run(self):
        last = time.monotonic()
        while True:
            try:
                data = self.one.recv(65536)
            except OSError:
                data = b""
            now = time.monotonic()
            self.gap, last = max(self.gap, now - last), now
            self.bytes += len(data)
            if not data:
                self.has_ended = True
                return


def main():
    address = (sys.argv[1], int(sys.argv[2]))
    session = claim(address, sys.argv[3])
    watcher = Watcher(address, session)
    watcher.start()
    crowd = Crowd(address)
    crowd.start()
    asked, logged_in, failures = [], [], []
    end = time.monotonic() + float(sys.argv[4])
    number = 0
    while time.monotonic() < end:
        number += 1
        source = f"127.2.0.{1 + number % 200}"
        began = time.monotonic()
        answer = ask(address, "GET", "/healthz", source=source, distance=DISTANCE)
        asked.append(time.monotonic() - began)
        if not answer or answer.status != 200:
            failures.append(f"healthz {answer and answer.status}")
        # Every session counts, and the watcher's is the oldest.
        if number % 5 == 1:
            answer, took = log_in(address, source, DISTANCE)
            logged_in.append(took)
            if not answer or answer.status != 200:
                failures.append(f"login {answer and answer.status}")
        time.sleep(0.2)
    crowd.is_over = True
    crowd.join()
    print(json.dumps({
        "open": crowd.most, "ended": crowd.ended, "statuses": crowd.statuses, "asked": len(asked),
        "slowest_answer_s": max(asked), "slowest_login_s": max(logged_in), "failures": failures,
        "watcher_gap_s": watcher.gap, "watcher_ended": watcher.has_ended, "watcher_status": watcher.status}))


main()
