"""A gateway with a simulated BMS and GX, claimed, live, and asked like a program or a page asks it."""

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PASSWORD = "four plain words together"
PROGRAM_SCOPES = ["read", "control", "admin", "ota"]


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Answer:
    def __init__(self, response, body):
        self.status, self.headers, self.body = response.status, response.headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Gateway:
    """Ends every process that it started, and no other."""

    def __init__(self, program):
        self.program = program
        self.state = tempfile.mkdtemp(prefix="cellbridge-openapi-")
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.url = "http://" + self.address
        self.processes = []
        self.cookie = self.csrf = self.token = None

    def __enter__(self):
        self.spawn("bms", "simulate", "bms", "--family", "tinybms", "--pty", self.state + "/bms", "--cells", "16",
                   "--capacity", "280", "--seed", "3")
        self.spawn("gx", "simulate", "gx", "--can", f"pty:{self.state}/gx", "--json")
        self.wait("the links", lambda: all(os.path.exists(f"{self.state}/{name}") for name in ("bms", "gx")))
        # Given for this run, so that no value that is stored meanwhile moves the gateway away from whoever asks it.
        settings = {
            "web.tls": "off", "web.host_name": "gateway", "web.cert_file": "/nowhere/certificate.pem",
            "web.key_file": "/nowhere/key.pem", "pack.1.link": self.state + "/bms", "pack.1.family": "tinybms",
            "pack.1.chemistry": "lfp", "pack.1.cells": "16", "pack.1.capacity_ah": "280", "pack.1.max_charge_a": "100",
            "pack.1.max_discharge_a": "150", "can.link": f"slcan:{self.state}/gx", "system.commissioned": "true"}
        words = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
        self.spawn("gateway", "run", "--state", self.state + "/state", "--http", self.address, *words)
        self.wait("the gateway", self.answers)
        self.claim()
        self.wait("live data", lambda: self.page("GET", "/api/status").json["stage"] == "live")
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        shutil.rmtree(self.state, ignore_errors=True)

    def spawn(self, name, *words):
        with open(f"{self.state}/{name}.log", "ab") as log:
            self.processes.append(subprocess.Popen(
                [self.program, *words], stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True))

    def log(self, name="gateway"):
        with open(f"{self.state}/{name}.log", encoding="utf-8", errors="replace") as log:
            return log.read()

    def wait(self, what, holds, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                if holds():
                    return
            except (OSError, http.client.HTTPException):
                pass
            time.sleep(0.1)
        raise SystemExit(f"{what} did not come within {seconds} s; the gateway's log ends with\n{self.log()[-3000:]}")

    # Asking

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.address, timeout=20)
        try:
            headers = dict(headers or {})
            data = None if body is None else json.dumps(body)
            if data is not None:
                headers["Content-Type"] = "application/json"
            connection.request(method, path, data, headers)
            response = connection.getresponse()
            return Answer(response, response.read())
        finally:
            connection.close()

    def patiently(self, ask, seconds=10):
        """An answer, of a server that may be away for a moment."""
        end = time.monotonic() + seconds
        while True:
            try:
                return ask()
            except (OSError, http.client.HTTPException):
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def page(self, method, path, body=None):
        return self.ask(method, path, body, self.page_headers())

    def program_ask(self, method, path, body=None):
        return self.ask(method, path, body, {"Authorization": "Bearer " + self.token})

    def page_headers(self):
        headers = {"Origin": self.url}
        if self.cookie:
            headers |= {"Cookie": self.cookie, "X-CSRF-Token": self.csrf}
        return headers

    def answers(self):
        return self.ask("GET", "/healthz").status == 200

    def enter(self, answer):
        assert answer.status in (200, 201), (answer.status, answer.body)
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        self.csrf = answer.json["csrf_token"]

    def claim(self):
        words = [self.program, "admin", "setup-code", "--state", self.state + "/state"]
        code = subprocess.run(words, capture_output=True, text=True, check=True, timeout=20).stdout.strip()
        self.enter(self.page("POST", "/api/setup", {"code": code, "password": PASSWORD}))
        self.token = self.make_token("fuzz")

    def make_token(self, name):
        answer = self.page("POST", "/api/tokens", {"name": name, "scopes": PROGRAM_SCOPES})
        assert answer.status == 201, answer.body
        return answer.json["token"]

    def log_in(self):
        self.cookie = self.csrf = None
        self.enter(self.page("POST", "/api/login", {"password": PASSWORD}))
