"""What the browser tests stand on: a gateway with a simulated BMS and GX, and a real Chromium.

Everything that starts a process comes from outside, as environment variables in which {state}, {port}, {program} and
{scenario} are filled in. The defaults start the real program:

    CELLBRIDGE          the program, default .build/release/cellbridge
    BROWSER_START       the gateway in the foreground
    BROWSER_BMS         the simulated BMS, with its pseudo-terminal at {state}/bms
    BROWSER_GX          the simulated GX, with its pseudo-terminal at {state}/gx
    BROWSER_CODE        prints the setup code
    BROWSER_AXE         axe.min.js; default: that of an installed axe_selenium_python or axe_playwright_python
    BROWSER_SHOTS       a folder for a picture of every failure
"""

import importlib.util
import json
import os
import shlex
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

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "four plain words together"
PHONE = (390, 844)
DESKTOP = (1440, 900)
PAGES = ["now", "cells", "inverter", "events", "settings", "settings/history", "settings/backup", "settings/access",
         "settings/registers", "system"]

COMMANDS = {
    "START": "{program} run --state {state} --http 127.0.0.1:{port} --set web.tls=off",
    "BMS": "{program} simulate bms --family tinybms --pty {state}/bms --cells 16 --capacity 280 --soc 72 --seed 3 "
           "--scenario {scenario}",
    "GX": "{program} simulate gx --can pty:{state}/gx --json",
    "CODE": "{program} admin setup-code --state {state}",
}


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Bench:
    """A gateway of its own with BMS and GX; ends every process that it started, and no other."""

    def __init__(self):
        self.state = tempfile.mkdtemp(prefix="cellbridge-browser-")
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes = {}
        self.cookie = None
        self.token = None

    def command(self, name, **values):
        program = os.environ.get("CELLBRIDGE", str(ROOT / ".build/release/cellbridge"))
        text = os.environ.get(f"BROWSER_{name}", COMMANDS[name])
        return shlex.split(text.format(program=program, state=self.state, port=self.port, **values))

    def start(self, name="START", **values):
        log = open(os.path.join(self.state, f"{name.lower()}.log"), "ab")
        self.processes[name] = subprocess.Popen(
            self.command(name, **values), stdout=log, stderr=log, start_new_session=True,
            # The pages of this tree, from wherever the tests are started.
            env={"CELLBRIDGE_WEB": str(ROOT / "Resources/web")} | os.environ)
        log.close()

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
        return Path(self.state, f"{name.lower()}.log").read_text(errors="replace")

    def setup_code(self):
        return subprocess.run(self.command("CODE"), capture_output=True, text=True, check=True, timeout=20).stdout.strip()

    def request(self, method, path, body=None):
        """A request of a program that has no browser; (status, document)."""
        headers = {"Content-Type": "application/json", "Origin": self.url, "Host": f"127.0.0.1:{self.port}"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        if self.token:
            headers["X-CSRF-Token"] = self.token
        data = None if body is None else json.dumps(body).encode()
        call = urllib.request.Request(self.url + path, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(call, timeout=10) as answer:
                cookie = answer.headers.get("Set-Cookie")
                if cookie:
                    self.cookie = cookie.split(";")[0]
                text = answer.read()
                return answer.status, json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"null")

    def wait_for_server(self, timeout=20):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            try:
                return self.request("GET", "/api/setup")
            except OSError:
                time.sleep(0.1)
        raise AssertionError(f"the gateway does not answer on {self.url}; its log:\n{self.log('START')[-2000:]}")

    def start_all(self, scenario="healthy"):
        self.start("BMS", scenario=scenario)
        self.start("GX")
        self.start()
        self.wait_for_server()

    def claim(self):
        status, answer = self.request("POST", "/api/setup", {"code": self.setup_code(), "password": PASSWORD})
        assert status in (200, 201), answer
        self.token = answer["csrf_token"]

    def commission(self):
        """What the set-up's pages would store."""
        status, answer = self.request("PATCH", "/api/config", {
            "pack.1.link": f"{self.state}/bms", "pack.1.family": "tinybms", "pack.1.chemistry": "lfp", "pack.1.cells": 16,
            "pack.1.capacity_ah": 280, "pack.1.max_charge_a": 100, "pack.1.max_discharge_a": 150, "site.has_grid": True,
            "can.link": f"slcan:{self.state}/gx", "system.commissioned": True})
        assert status == 200, answer

    def wait_for_stage(self, stage, timeout=30):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            _, document = self.request("GET", "/api/status")
            if document and document.get("stage") == stage:
                return document
            time.sleep(0.2)
        raise AssertionError(f"stage {stage} was not reached in {timeout} s")


def axe_source():
    given = os.environ.get("BROWSER_AXE")
    if given:
        return Path(given).read_text(encoding="utf-8")
    for package, path in (("axe_playwright_python", "axe.min.js"), ("axe_selenium_python", "node_modules/axe-core/axe.min.js")):
        spec = importlib.util.find_spec(package)
        if spec and spec.submodule_search_locations:
            return Path(spec.submodule_search_locations[0], path).read_text(encoding="utf-8")
    raise unittest.SkipTest("no axe.min.js: pip install axe-playwright-python, or set BROWSER_AXE")


class Browser:
    """A Chromium of its own profile, with what the tests ask of a page."""

    def __init__(self, size=DESKTOP, language="en", dark=False):
        self.width = size[0]
        options = Options()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--lang={language}",
                         f"--window-size={size[0]},{size[1]}"):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"intl.accept_languages": language})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE})
        if dark:
            self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
                "features": [{"name": "prefers-color-scheme", "value": "dark"}]})

    def close(self):
        self.driver.quit()

    def open(self, url):
        self.driver.get(url)

    def find(self, selector, timeout=10):
        """The first visible element of a selector, as soon as there is one."""
        return self.until(lambda: next((one for one in self.all(selector) if one.is_displayed()), None),
                          f"{selector} does not show", timeout)

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def until(self, ask, otherwise, timeout=10):
        end = time.monotonic() + timeout
        while True:
            try:
                answer = ask()
                if answer:
                    return answer
            except StaleElementReferenceException:
                pass
            if time.monotonic() > end:
                raise AssertionError(f"{otherwise} within {timeout} s; the page says:\n{self.text()[:1500]}")
            time.sleep(0.05)

    def text(self, selector="body"):
        found = self.all(selector)
        return found[0].text if found else ""

    def until_text(self, part, selector="body", timeout=10):
        self.until(lambda: part in self.text(selector), f"“{part}” does not show in {selector}", timeout)

    def click(self, selector, timeout=10):
        element = self.find(selector, timeout)
        self.driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", element)
        element.click()

    def type(self, selector, text):
        element = self.find(selector)
        element.clear()
        element.send_keys(text)

    def run(self, script, *values):
        return self.driver.execute_script(script, *values)

    def log_in(self, password=PASSWORD):
        self.type("#password", password)
        self.click("button[type=submit]")

    def overflow(self):
        """Pixels by which the page is wider than its window."""
        widest = self.run("return Math.max(document.documentElement.scrollWidth, innerWidth)")
        return widest - self.width

    def violations(self):
        """Serious and critical violations that axe-core finds, as text."""
        self.run(axe_source())
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then((r) => done(r.violations), "
            "(e) => done([{id: String(e), impact: 'critical', nodes: []}]))")
        return [f"{one['id']}: {one.get('help', '')}: {[node['html'][:160] for node in one['nodes'][:3]]}"
                for one in found if one["impact"] in ("serious", "critical")]

    def console_errors(self, allowed=()):
        """Errors in the console; requests that the gateway refused on purpose are named in `allowed`."""
        return [line["message"] for line in self.driver.get_log("browser")
                if line["level"] == "SEVERE" and not any(part in line["message"] for part in allowed)]

    def foreign_requests(self, url):
        """Requests to anybody but the gateway."""
        foreign = []
        for line in self.driver.get_log("performance"):
            message = json.loads(line["message"])["message"]
            target = message["params"].get("request", {}).get("url") if message["method"] == "Network.requestWillBeSent" \
                else message["params"].get("url") if message["method"] == "Network.webSocketCreated" else None
            if target and not target.startswith((url, url.replace("http", "ws", 1), "blob:", "data:", "chrome")):
                foreign.append(target)
        return foreign


class BrowserTest(unittest.TestCase):
    """One gateway a class, one browser a test; a failure leaves a picture where BROWSER_SHOTS says."""

    scenario = "healthy"
    is_claimed = True
    size = DESKTOP
    language = "en"

    @classmethod
    def setUpClass(cls):
        cls.bench = Bench()
        cls.addClassCleanup(cls.bench.close)
        cls.bench.start_all(cls.scenario)
        if cls.is_claimed:
            cls.bench.claim()
            cls.bench.commission()
            cls.bench.wait_for_stage("live")

    def setUp(self):
        self.browser = Browser(self.size, self.language)
        self.addCleanup(self.browser.close)
        self.addCleanup(self.picture)

    def picture(self):
        folder = os.environ.get("BROWSER_SHOTS")
        outcome = getattr(self._outcome, "result", None)
        if folder and outcome and any(test is self for test, _ in outcome.failures + outcome.errors):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.browser.driver.save_screenshot(str(Path(folder, f"{self.id()}.png")))

    def enter(self, page="now"):
        """Opens a page as a user who has the password."""
        self.browser.open(f"{self.bench.url}/#/{page}")
        self.browser.log_in()
        self.browser.find(".tab[aria-current=page]")
