"""S78: what a client may take of the server, one limit after the other, each from an address of its own.

usage: limits.py HOST PORT CODE PROCESS

Prints one JSON object: what became of whoever went over a limit. PROCESS is held for a moment, so that what the kernel keeps
for a reader who does not read can be counted.
"""

import json
import os
import signal
import socket
import sys
import threading
import time

from web_client import claim, connect, head, open_socket, read_answer

ADDRESS = (sys.argv[1], int(sys.argv[2]))
JSON = [("Content-Type", "application/json"), ("Origin", f"http://{ADDRESS[0]}:{ADDRESS[1]}")]
found = {}


def outcome(one):
    """The status of the answer, and whether the connection ends after it."""
    answer = read_answer(one)
    try:
        rest = one.recv(65536)
    except ConnectionError:
        rest = b""
    except socket.timeout:
        rest = b"(open)"
    return [answer.status if answer else None, "ends" if rest == b"" else "stays"]


def slow_head(name):
    """A head that never ends."""
    with connect(ADDRESS, "127.3.0.1", timeout=20) as one:
        began = time.monotonic()
        one.sendall(head(ADDRESS, "GET", "/healthz")[:-2])
        one.settimeout(1)
        while time.monotonic() - began < 15:
            try:
                one.sendall(b"X")
                one.recv(1, socket.MSG_PEEK)
                break
            except socket.timeout:
                continue
            except ConnectionError:
                break
        took = time.monotonic() - began
        found[name] = [*outcome(one), round(took, 1)]


def silent(name):
    """A connection that says nothing."""
    with connect(ADDRESS, "127.3.0.2", timeout=20) as one:
        began = time.monotonic()
        found[name] = [None, "ends" if one.recv(1) == b"" else "stays", round(time.monotonic() - began, 1)]


def slow_body(name):
    """A body that stops."""
    with connect(ADDRESS, "127.3.0.3", timeout=45) as one:
        one.sendall(head(ADDRESS, "POST", "/api/login", JSON + [("Content-Length", 100)]) + b"{")
        began = time.monotonic()
        one.recv(1, socket.MSG_PEEK)
        took = time.monotonic() - began
        found[name] = [*outcome(one), round(took, 1)]


def long_head(name):
    with connect(ADDRESS, "127.3.0.4") as one:
        one.sendall(head(ADDRESS, "GET", "/healthz", [("X", "a" * 17_000)]))
        found[name] = outcome(one)


def long_body(name):
    with connect(ADDRESS, "127.3.0.5") as one:
        one.sendall(head(ADDRESS, "POST", "/api/login", JSON + [("Content-Length", 262_145)]))
        found[name] = outcome(one)


def long_chunks(name):
    with connect(ADDRESS, "127.3.0.6") as one:
        one.sendall(head(ADDRESS, "POST", "/api/login", JSON + [("Transfer-Encoding", "chunked")]))
        try:
            for _ in range(300):
                one.sendall(b"400\r\n" + b" " * 1024 + b"\r\n")
        except ConnectionError:
            pass
        found[name] = outcome(one)


def crowd_of_one(name):
    """Seventeen connections of one address: the first gives way, the others stay."""
    many = [connect(ADDRESS, "127.3.0.7") for _ in range(17)]
    for one in many[1:]:
        one.sendall(head(ADDRESS, "GET", "/healthz"))
    answers = [read_answer(one) for one in many[1:]]
    first = many[0].recv(1)
    found[name] = [sum(answer is not None and answer.status == 200 for answer in answers), first == b""]
    for one in many:
        one.close()


def sockets(name, session):
    """Seventeen WebSockets."""
    paths = ["telemetry", "events", "alerts", "uart", "can"]
    many = [open_socket(ADDRESS, "/ws/" + paths[number % 5], session, f"127.3.1.{1 + number // 8}")
            for number in range(17)]
    found[name] = [status for _, status in many]
    for one, _ in many:
        one.close()


def wait_until_full(connection, bound=20):
    """Waits until what the server has in the kernel for a connection no longer grows."""
    port, end, steady, last = "%04X" % connection.getsockname()[1], time.monotonic() + bound, 0, None
    while steady < 10 and time.monotonic() < end:
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = [line.split() for line in table]
        queued = [row[4] for row in rows if row[2].endswith(":" + port)]
        steady = steady + 1 if queued == last and any(not one.startswith("00000000") for one in queued) else 0
        last = queued
        time.sleep(0.05)


def unread(name, process):
    """What the kernel keeps of answers that nobody reads: all that comes while the server is held."""
    with connect(ADDRESS, "127.3.0.8", receive_buffer=4096) as one:
        one.sendall(head(ADDRESS, "GET", "/lang/fr.json") * 150)
        wait_until_full(one)
        os.kill(process, signal.SIGSTOP)
        try:
            count = 0
            one.settimeout(0.3)
            while more := one.recv(65536):
                count += len(more)
        except socket.timeout:
            pass
        finally:
            os.kill(process, signal.SIGCONT)
        found[name] = count


def main():
    session = claim(ADDRESS, sys.argv[3])
    unread("unread_bytes", int(sys.argv[4]))
    slow = [threading.Thread(target=slow_head, args=("slow_head",)),
            threading.Thread(target=silent, args=("silent",)), threading.Thread(target=slow_body, args=("slow_body",))]
    for one in slow:
        one.start()
    long_head("long_head")
    long_body("long_body")
    long_chunks("long_chunks")
    crowd_of_one("of_one_address")
    sockets("web_sockets", session)
    for one in slow:
        one.join()
    print(json.dumps(found))


main()
