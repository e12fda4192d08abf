"""A lost gateway is visible within 3 s; the page heals by itself, or asks for the password where it was restarted; a lost
BMS shows its stages."""

import signal
import time

from bench import BrowserTest


class LostGateway(BrowserTest):
    def test_killed_and_restarted(self):
        page = self.browser
        self.enter()
        page.until_text("All good", ".verdict")
        # The other pages are fetched as soon as there is nothing else to do.
        page.until(lambda: page.run("return performance.getEntriesByType('resource').some((one) => one.name.endsWith('/cells.js'))"),
                   "the other pages are not fetched ahead")
        page.run("window.isTheSamePage = true")
        self.bench.end("START", signal.SIGKILL)
        page.until(lambda: page.all(".lost-bar:not([hidden])"), "the loss is not shown", timeout=3)
        self.assertEqual(page.find(".verdict").get_attribute("data-level"), "unknown")
        self.assertTrue(page.find(".verdict-icon").rect["width"] > 20)
        # Values carry their age while they are old.
        page.until(lambda: page.text(".figure .age"), "no age is shown", timeout=3)
        # Another page opens also now.
        page.click('.tab[href="#/cells"]')
        page.until_text("Within the limits")
        page.click('.tab[href="#/now"]')

        self.bench.start()
        self.bench.wait_for_server()
        # A restart ends every session (docs/access.md): the same page asks for the password and goes on where it was.
        page.find("#password", timeout=20)
        page.log_in()
        page.until_text("All good", ".verdict", timeout=20)
        self.assertFalse(page.find(".live").get_attribute("data-state") == "lost")
        self.assertEqual(page.run("return window.isTheSamePage"), True)

    def test_a_hung_gateway_counts_as_lost_too(self):
        page = self.browser
        self.enter()
        page.until_text("All good", ".verdict")
        self.addCleanup(lambda: self.signal(signal.SIGCONT))
        self.signal(signal.SIGSTOP)
        page.until(lambda: page.all(".lost-bar:not([hidden])"), "the loss is not shown", timeout=3.5)
        self.signal(signal.SIGCONT)
        page.until_text("All good", ".verdict", timeout=20)

    def signal(self, which):
        import os
        os.killpg(self.bench.processes["START"].pid, which)


class LostBMS(BrowserTest):
    def test_stages_are_shown_as_they_come(self):
        page = self.browser
        self.enter()
        page.until_text("All good", ".verdict")
        self.bench.end("BMS", signal.SIGKILL)
        began = time.monotonic()
        page.until(lambda: page.find(".verdict").get_attribute("data-level") == "warning", "no warning", timeout=6)
        page.until_text("Charging is stopped", ".verdict", timeout=12)
        self.assertLess(time.monotonic() - began, 10)
        page.until_text("0.0", '[aria-controls="why-ccl"] .number', timeout=5)
        self.bench.start("BMS", scenario="healthy")
        page.until_text("All good", ".verdict", timeout=40)
