"""A lost gateway is visible within 3 s; the page heals by itself, or asks for the password where it was restarted; a lost
BMS shows its stages."""

import os
import signal
import time

from bench import BrowserTest

# From the loss to the page that says so.
BAR = 3
LOST = ".lost-bar:not([hidden])"


class LostGateway(BrowserTest):
    def test_killed_and_restarted(self):
        page = self.browser
        self.enter()
        page.until_text("All good", ".verdict")
        # The other pages are fetched as soon as there is nothing else to do.
        page.until(lambda: page.run(
            "return performance.getEntriesByType('resource').some((one) => one.name.endsWith('/settings/registers.js'))"),
            "the other pages to be fetched ahead")
        page.run("window.isTheSamePage = true")
        page.stamp(LOST)
        killed = time.time()
        self.bench.end("gateway", signal.SIGKILL)
        self.assertLess(page.stamped("the loss to show") - killed, BAR)
        self.assertEqual(page.find(".verdict").get_attribute("data-level"), "unknown")
        self.assertGreater(page.find(".verdict-icon").rect["width"], 20)
        # Values carry their age while they are old.
        page.until(lambda: page.text(".figure .age"), "an age beside the values")
        # Another page opens also now.
        page.click('.tab[href="#/cells"]')
        page.until_text("Within the limits")
        page.click('.tab[href="#/now"]')
        for dark in (False, True):
            page.prefer(dark)
            self.assertEqual(page.violations(), [], "axe on now with a lost gateway")

        self.bench.start_gateway()
        # A restart ends every session (docs/access.md): the same page asks for the password and goes on where it was.
        page.find("#password")
        page.log_in()
        page.until_text("All good", ".verdict")
        page.until(lambda: page.find(".live").get_attribute("data-state") == "live", "the mark of a live connection")
        page.until_gone(LOST)
        self.assertEqual(page.run("return window.isTheSamePage"), True)

    def test_a_hung_gateway_counts_as_lost_too(self):
        page = self.browser
        self.enter()
        page.until_text("All good", ".verdict")
        process = self.bench.processes["gateway"].pid
        self.addCleanup(lambda: os.killpg(self.bench.processes["gateway"].pid, signal.SIGCONT))
        page.stamp(LOST)
        stopped = time.time()
        os.killpg(process, signal.SIGSTOP)
        self.assertLess(page.stamped("the loss to show") - stopped, BAR)
        os.killpg(process, signal.SIGCONT)
        page.until_text("All good", ".verdict")


class LostBMS(BrowserTest):
    def test_stages_are_shown_as_they_come(self):
        page = self.browser
        self.enter()
        page.until_text("All good", ".verdict")
        page.stamp('.verdict[data-level="warning"]')
        lost = time.time()
        self.bench.end("bms", signal.SIGKILL)
        # Not fresh after 2 s, no charging after 5 s (S2); an alarm of its own may come between the two.
        self.assertLess(page.stamped("a warning") - lost, 2 + BAR)
        page.until_text("Charging is stopped", ".verdict")
        self.assertEqual(page.find(".verdict").get_attribute("data-level"), "alarm")
        page.until_text("0.0", '[aria-controls="why-ccl"] .number')
        for dark in (False, True):
            page.prefer(dark)
            self.judge(page, "now with a lost BMS")
        self.bench.start_bms()
        page.until_text("All good", ".verdict", timeout=60)
