"""What the browser tests stand on: the real program with a simulated BMS and a simulated GX, each a process of its own.

CELLBRIDGE names the program; without it, it is .build/release/cellbridge.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

from chromium import DESKTOP, PASSWORD, PATIENCE, Browser

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("CELLBRIDGE", str(ROOT / ".build/release/cellbridge"))

# What shows that a page stands: what it draws once its first answer is there.
PAGES = {
    "now": ".verdict[data-level=good]", "cells": ".cell", "inverter": ".frame-row", "events": ".event",
    "settings": ".setting", "settings/history": ".generation", "settings/backup": ".card .button",
    "settings/access": ".tokens > li", "settings/registers": ".register", "system": ".log-line",
    "setup/find": ".port", "setup/confirm": ".setting select", "setup/can": ".port",
    "setup/dry": ".fall-step", "setup/done": ".check-sign.good",
}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def scenario(name, at_s, for_s=60):
    """A scenario of Resources/scenarios with its first fault so long after the start and so long, as a JSON text."""
    story = json.loads((ROOT / f"Resources/scenarios/{name}.json").read_text(encoding="utf-8"))
    earlier = story["faults"][0]["at_s"] - at_s
    for fault in story["faults"]:
        fault |= {"at_s": fault["at_s"] - earlier, "for_s": for_s}
    return json.dumps(story)


class Bench:
    """A gateway of its own with BMS and GX; ends every process that it started, and no other."""

    def __init__(self):
        self.state = tempfile.mkdtemp(prefix="cellbridge-browser-")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes = {}
        self.cookie = None
        self.token = None

    # Processes

    def start(self, name, *arguments):
        with open(os.path.join(self.state, f"{name}.log"), "ab") as log:
            self.processes[name] = subprocess.Popen(
                [PROGRAM, *arguments], stdout=log, stderr=log, start_new_session=True,
                # The pages of this tree, from wherever the tests are started.
                env={"CELLBRIDGE_WEB": str(ROOT / "Resources/web")} | os.environ)

    def start_gateway(self):
        self.start("gateway", "run", "--state", self.state, "--http", f"127.0.0.1:{self.port}", "--set", "web.tls=off")
        self.wait_for_server()

    def start_bms(self, story="healthy", soc=72, family="tinybms"):
        """`story` is the name of a scenario or the text of one."""
        if story.startswith("{"):
            path = Path(self.state, "scenario.json")
            path.write_text(story, encoding="utf-8")
            story = str(path)
        self.start("bms", "simulate", "bms", "--family", family, "--pty", f"{self.state}/bms", "--cells", "16",
                   "--capacity", "280", "--soc", str(soc), "--seed", "3", "--scenario", story)

    def start_gx(self):
        self.start("gx", "simulate", "gx", "--can", f"pty:{self.state}/gx", "--json")

    def start_all(self, story="healthy", family="tinybms"):
        self.start_bms(story, family=family)
        self.start_gx()
        self.start_gateway()

    def end(self, name, how=signal.SIGTERM):
        process = self.processes.pop(name, None)
        if process is None:
            return
        try:
            os.killpg(process.pid, how)
            process.wait(timeout=10)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def close(self):
        for name in list(self.processes):
            self.end(name)
        shutil.rmtree(self.state, ignore_errors=True)

    def log(self, name):
        return Path(self.state, f"{name}.log").read_text(errors="replace")

    # The gateway's answers

    def setup_code(self):
        return subprocess.run([PROGRAM, "admin", "setup-code", "--state", self.state], capture_output=True, text=True,
                              check=True, timeout=PATIENCE).stdout.strip()

    def request(self, method, path, body=None):
        """A request of a program that has no browser; (status, document)."""
        headers = {"Content-Type": "application/json", "Origin": self.url}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if self.token:
            headers["X-CSRF-Token"] = self.token
        data = None if body is None else json.dumps(body).encode()
        call = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(call, timeout=PATIENCE) as answer:
                cookie = answer.headers.get("Set-Cookie")
                if cookie:
                    self.cookie = cookie.split(";")[0]
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def wait(self, ask, expected, timeout=PATIENCE):
        """Asks until there is an answer; a request that finds nobody counts as none."""
        end = time.monotonic() + timeout
        while True:
            try:
                answer = ask()
                if answer:
                    return answer
            except OSError:
                pass
            if time.monotonic() > end:
                raise AssertionError(f"the gateway on {self.url}: expected {expected} within {timeout} s; its log ends:\n"
                                     + self.log("gateway")[-2000:])
            time.sleep(0.02)

    def wait_for_server(self):
        self.wait(lambda: self.request("GET", "/api/setup")[0] == 200, "an answer")

    def wait_for_status(self, expected, ask, timeout=PATIENCE):
        """The first status document of which something is so."""
        def look():
            status, document = self.request("GET", "/api/status")
            return document if status == 200 and ask(document) else None
        return self.wait(look, expected, timeout)

    def claim(self):
        status, answer = self.request("POST", "/api/setup", {"code": self.setup_code(), "password": PASSWORD})
        assert status == 201, answer
        self.token = answer["csrf_token"]

    def log_in(self):
        status, answer = self.request("POST", "/api/login", {"password": PASSWORD})
        assert status == 200, answer
        self.token = answer["csrf_token"]

    def commission(self, **others):
        """What the set-up's pages would store."""
        status, answer = self.request("PATCH", "/api/config", {
            "pack.1.link": f"{self.state}/bms", "pack.1.family": "tinybms", "pack.1.chemistry": "lfp", "pack.1.cells": 16,
            "pack.1.capacity_ah": 280, "pack.1.max_charge_a": 100, "pack.1.max_discharge_a": 150, "site.has_grid": True,
            "can.link": f"slcan:{self.state}/gx", "system.commissioned": True} | others)
        assert status == 200, answer
        # Until the set-up is finished the bus stays closed (S64).
        heard = others.get("system.commissioned", True)
        self.wait_for_status("live data" + (" and a GX that is heard" if heard else ""), lambda now: now["stage"] == "live"
                             and (not heard or now["inverter"] and now["inverter"]["keepalive_age_s"] is not None))


class BrowserTest(unittest.TestCase):
    """One gateway a class, one browser a test; a failure leaves a picture."""

    scenario = "healthy"
    family = "tinybms"
    is_claimed = True
    size = DESKTOP
    language = "en"

    @classmethod
    def setUpClass(cls):
        cls.bench = Bench()
        cls.addClassCleanup(cls.bench.close)
        cls.bench.start_all(cls.scenario, cls.family)
        if cls.is_claimed:
            cls.bench.claim()
            cls.bench.commission(**{"pack.1.family": cls.family})

    def setUp(self):
        self.browser = self.another(self.size, self.language)

    def another(self, size=DESKTOP, language="en", dark=False):
        """A browser that ends with the test."""
        browser = Browser(size, language, dark, name=self.id())
        self.addCleanup(browser.close)
        self.addCleanup(self.picture, browser)
        return browser

    def picture(self, browser):
        """What the page shows at the end of a test that failed otherwise than by waiting."""
        result = self._outcome.result
        if any(getattr(test, "test_case", test) is self for test, _ in result.failures + result.errors):
            print(f"{self.id()}: page {browser.place}: picture {browser.picture()}")

    def enter(self, page="now", browser=None):
        """Opens a page as a user who has the password."""
        browser = browser or self.browser
        browser.open(f"{self.bench.url}/#/{page}")
        browser.log_in()
        browser.find(".tab[aria-current=page]")

    def judge(self, browser, where, allowed=()):
        """What every page must be: accessible, no wider than its window, without an error."""
        self.assertEqual(browser.violations(), [], f"axe on {where}")
        self.assertLessEqual(browser.overflow(), 0, f"{where} is wider than its window, px")
        self.assertEqual(browser.console_errors(allowed), [], f"console on {where}")
