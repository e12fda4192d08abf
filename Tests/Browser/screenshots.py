#!/usr/bin/python3
"""The pictures of the pages: eight for README.md and docs, or with a folder every page in every light, size and state.

    python3 Tests/Browser/screenshots.py                 docs/screenshots, anew
    python3 Tests/Browser/screenshots.py --all FOLDER    everything, to be looked at
"""

import os
import signal
import sys
import tempfile
from pathlib import Path

from PIL import Image

from bench import PAGES, ROOT, Bench, scenario
from chromium import DESKTOP, PHONE, Browser



# The pages take the font of the system. That of a bare server is none that people know: with fonts-inter installed the
# pictures are drawn as a present system draws them.
FONTS = """<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>
<include>/etc/fonts/fonts.conf</include>
<match target="pattern"><test name="family"><string>system-ui</string></test>
<edit name="family" mode="assign" binding="strong"><string>Inter</string></edit></match>
<match target="pattern"><test name="family"><string>sans-serif</string></test>
<edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>
<match target="pattern"><test name="family"><string>sans</string></test>
<edit name="family" mode="prepend" binding="strong"><string>Inter</string></edit></match>
</fontconfig>"""


class Camera:
    """Takes pictures of one gateway into a folder."""

    def __init__(self, bench, folder):
        self.bench = bench
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)

    def browser(self, size, dark, page="now", ready=None):
        browser = Browser(size, "en", dark, name="screenshots")
        browser.open(f"{self.bench.url}/#/{page}")
        browser.log_in()
        browser.find(ready or PAGES[page])
        return browser

    def go(self, browser, page, ready=None):
        browser.open(f"{self.bench.url}/#/{page}")
        browser.find(ready or PAGES[page])

    def take(self, browser, name, whole=False):
        """A picture of the window, or of the whole page."""
        path = self.folder / f"{name}.png"
        if whole:
            height = browser.run("return document.documentElement.scrollHeight")
            size = browser.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssVisualViewport"]
            browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": browser.width, "height": max(height, int(size["clientHeight"])), "deviceScaleFactor": 1,
                "mobile": browser.width == PHONE[0]})
        browser.run("document.activeElement?.blur(); for (const one of document.getAnimations()) if (one.effect.getTiming().iterations !== Infinity) one.finish()")
        browser.driver.save_screenshot(str(path))
        if whole:
            browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
                "width": browser.width, "height": (PHONE if browser.width == PHONE[0] else DESKTOP)[1],
                "deviceScaleFactor": 1, "mobile": browser.width == PHONE[0]})
        shrink(path)


def shrink(path):
    """Keeps a picture small; only a large one gives up colours for it."""
    picture = Image.open(path).convert("RGB")
    picture.save(path, optimize=True)
    if path.stat().st_size > 140_000:
        picture.quantize(255, dither=Image.Dither.NONE).save(path, optimize=True)


def gateway(story="healthy", **others):
    bench = Bench()
    bench.start_all(story)
    bench.claim()
    bench.commission(**others)
    return bench


def settle(bench):
    """Waits until the pack is charged and the limits are no longer those of the start."""
    bench.wait_for_status("a pack that is charged for a while",
                          lambda now: (now["energy"]["charged_wh"] or 0) > 12, timeout=120)


def eight():
    """What README.md and docs show."""
    folder = ROOT / "docs/screenshots"
    bench = gateway()
    try:
        camera = Camera(bench, folder)
        settle(bench)
        page = camera.browser(DESKTOP, False)
        camera.take(page, "now")
        camera.go(page, "cells")
        camera.take(page, "cells")
        camera.go(page, "settings")
        page.type('[data-key="pack.1.max_charge_a"] input', "80")
        page.click(".sticky-bar .primary")
        page.find("dialog .new")
        camera.take(page, "settings")
        page.close()
        page = camera.browser(DESKTOP, True, "inverter")
        camera.take(page, "inverter-dark")
        page.close()
        page = camera.browser(PHONE, True)
        camera.take(page, "now-phone-dark")
        page.close()
    finally:
        bench.close()
    # The dry run of a device that does not send yet.
    bench = gateway(**{"system.commissioned": False})
    try:
        camera = Camera(bench, folder)
        page = camera.browser(PHONE, False, "setup/dry")
        page.find(".note.good")
        camera.take(page, "setup-phone")
        page.close()
    finally:
        bench.close()
    bench = gateway(scenario("cell-over-voltage", at_s=25, for_s=600))
    try:
        camera = Camera(bench, folder)
        phone, desktop = camera.browser(PHONE, False), camera.browser(DESKTOP, True)
        for page in (phone, desktop):
            page.find('.verdict[data-level="alarm"]', timeout=60)
        desktop.click('[aria-controls="why-ccl"]')
        desktop.find("#why-ccl .decides")
        desktop.run("scrollTo(0, 0)")
        camera.take(desktop, "alarm-dark")
        camera.take(phone, "alarm-phone")
        for page in (phone, desktop):
            page.close()
    finally:
        bench.close()


def everything(folder):
    """Every page, light and dark, on a phone and a desktop; and the states that matter most."""
    looks = [(size, dark, f"{'phone' if size == PHONE else 'desktop'}-{'dark' if dark else 'light'}")
             for size in (PHONE, DESKTOP) for dark in (False, True)]
    bench = Bench()
    bench.start_bms()
    bench.start_gx()
    bench.start_gateway()
    try:
        camera = Camera(bench, folder)
        for size, dark, look in looks:
            page = Browser(size, "en", dark, name="screenshots")
            page.open(bench.url)
            page.find("#code")
            camera.take(page, f"claim-{look}", True)
            page.close()
        bench.claim()
        bench.commission()
        settle(bench)
        for size, dark, look in looks:
            page = Browser(size, "en", dark, name="screenshots")
            page.open(bench.url)
            page.find("#password")
            camera.take(page, f"login-{look}", True)
            page.log_in()
            page.find(PAGES["now"])
            for name, ready in PAGES.items():
                camera.go(page, name, ready)
                if name == "now":
                    camera.take(page, f"now-first-{look}")
                    page.click('[aria-controls="why-cvl"]')
                camera.take(page, f"{name.replace('/', '-')}-{look}", True)
            page.close()
        # The lost BMS, then the lost gateway.
        pages = [(camera.browser(size, dark), look) for size, dark, look in looks]
        bench.end("bms", signal.SIGKILL)
        for page, look in pages:
            page.until_text("Charging is stopped", ".verdict", timeout=20)
            camera.take(page, f"lost-bms-{look}", True)
        for page, look in pages:
            for name in ("cells", "inverter", "events"):
                camera.go(page, name, ".card")
                page.until(lambda: page.run("return document.readyState === 'complete'"), "the page to stand")
                camera.take(page, f"lost-bms-{name}-{look}", True)
            camera.go(page, "now", ".verdict")
        bench.end("gateway", signal.SIGKILL)
        for page, look in pages:
            page.find(".lost-bar")
            camera.take(page, f"lost-server-{look}")
            for name in ("cells", "inverter", "events", "system"):
                camera.go(page, name, ".page-head")
                camera.take(page, f"lost-server-{name}-{look}")
            page.close()
    finally:
        bench.close()
    bench = gateway(scenario("cell-over-voltage", at_s=20, for_s=600))
    try:
        camera = Camera(bench, folder)
        pages = [(camera.browser(size, dark), look) for size, dark, look in looks]
        for page, look in pages:
            page.find('.verdict[data-level="alarm"]', timeout=60)
            camera.take(page, f"alarm-first-{look}")
            page.click('[aria-controls="why-ccl"]')
            page.find("#why-ccl .decides")
            camera.take(page, f"alarm-{look}", True)
            camera.go(page, "cells")
            camera.take(page, f"alarm-cells-{look}", True)
            camera.go(page, "events", ".event.is-alarm")
            page.click(".event.is-alarm summary")
            camera.take(page, f"alarm-events-{look}", True)
            page.close()
    finally:
        bench.close()


if __name__ == "__main__":
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as fonts:
        fonts.write(FONTS)
    os.environ["FONTCONFIG_FILE"] = fonts.name
    if len(sys.argv) == 3 and sys.argv[1] == "--all":
        everything(sys.argv[2])
    elif len(sys.argv) == 1:
        eight()
    else:
        sys.exit(__doc__)
