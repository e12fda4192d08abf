"""A Chromium with what the tests ask of a page. It waits for conditions and never for a time; a wait that ends in vain
says which page it was, what was expected and what was there, and leaves a picture in .build/browser."""

import json
import shutil
import time
from pathlib import Path

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

import axe

PICTURES = Path(__file__).resolve().parents[2] / ".build/browser"
PHONE = (390, 844)
DESKTOP = (1440, 900)
PASSWORD = "four plain words together"

# Bound of a wait whose length no bar names, s: a busy machine may take as long.
PATIENCE = 30

# When an element first matched, in ms since 1970: the page's own clock, so that the test's way to it does not count.
STAMP = """
const selector = arguments[0];
delete window.stamped;
const look = () => {
  if (window.stamped || !document.querySelector(selector)) return;
  window.stamped = Date.now();
  observer.disconnect();
};
const observer = new MutationObserver(look);
observer.observe(document, {subtree: true, childList: true, attributes: true});
look();
"""


class Browser:
    """A Chromium of its own profile; `name` names its pictures."""

    def __init__(self, size=DESKTOP, language="en", dark=False, name="page"):
        self.width = size[0]
        self.name = name
        self.pictures = 0
        options = Options()
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                         "--force-color-profile=srgb", f"--lang={language}", f"--window-size={size[0]},{size[1]}"):
            options.add_argument(argument)
        options.add_experimental_option("prefs", {"intl.accept_languages": language})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.driver.set_script_timeout(2 * PATIENCE)
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE})
        self.prefer(dark)

    def prefer(self, dark):
        """What the system prefers; the page follows at once."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]})

    def close(self):
        self.driver.quit()

    # What is there

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def text(self, selector="body"):
        found = self.all(selector)
        return found[0].text if found else ""

    def run(self, script, *values):
        return self.driver.execute_script(script, *values)

    @property
    def place(self):
        """The page that is shown, as in its address."""
        return self.run("return location.hash") or "#/"

    # Waiting

    def until(self, ask, expected, timeout=PATIENCE):
        """Waits until something is so; gives what `ask` gave."""
        end = time.monotonic() + timeout
        while True:
            try:
                answer = ask()
                if answer:
                    return answer
            except StaleElementReferenceException:
                pass
            if time.monotonic() > end:
                self.fail(f"{expected}, within {timeout} s")
            time.sleep(0.05)

    def fail(self, expected):
        picture = self.picture()
        there = "\n".join(f"    | {line}" for line in self.text().splitlines()[:60])
        raise AssertionError(f"page {self.place}: expected {expected}; there was\n{there}\npicture: {picture}")

    def picture(self, name=None):
        """Keeps a picture of the window; gives its path."""
        self.pictures += 1
        path = PICTURES / f"{name or f'{self.name}-{self.pictures}'}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.driver.save_screenshot(str(path))
        except WebDriverException as error:
            return f"none ({error.msg})"
        return path

    def find(self, selector, timeout=PATIENCE):
        """The first visible element of a selector, as soon as there is one."""
        return self.until(lambda: next((one for one in self.all(selector) if one.is_displayed()), None),
                          f"{selector} to show", timeout)

    def until_text(self, part, selector="body", timeout=PATIENCE):
        self.until(lambda: part in self.text(selector), f"“{part}” in {selector}", timeout)

    def until_gone(self, selector, timeout=PATIENCE):
        self.until(lambda: not any(one.is_displayed() for one in self.all(selector)), f"no {selector}", timeout)

    # When something appeared

    def stamp(self, selector):
        """From now on the page itself notes when an element first matches."""
        self.run(STAMP, selector)

    def stamped(self, expected, timeout=PATIENCE):
        """When it did, s since 1970."""
        return self.until(lambda: self.run("return window.stamped"), expected, timeout) / 1000

    # Doing

    def open(self, url):
        self.driver.get(url)

    def click(self, selector, timeout=PATIENCE):
        """Clicks as soon as it can be clicked."""
        def press():
            element = next((one for one in self.all(selector) if one.is_displayed() and one.is_enabled()), None)
            if element is None:
                return False
            self.run("arguments[0].scrollIntoView({block: 'center'})", element)
            element.click()
            return True
        self.until(press, f"{selector} to click on", timeout)

    def type(self, selector, text):
        element = self.find(selector)
        element.clear()
        element.send_keys(text)

    def log_in(self, password=PASSWORD):
        self.type("#password", password)
        self.click("button[type=submit]")

    # Judging

    def overflow(self):
        """Pixels by which the page is wider than its window."""
        return self.run("return Math.max(document.documentElement.scrollWidth, innerWidth)") - self.width

    def violations(self):
        """Serious and critical violations that axe-core finds, as text."""
        if not self.run("return Boolean(window.axe)"):
            self.run(axe.source())
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
