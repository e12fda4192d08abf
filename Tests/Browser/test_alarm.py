"""An alarm that the simulated pack raises appears on the open page within 2 s, without a reload."""

import time

from bench import BrowserTest


class Alarm(BrowserTest):
    # Cell 5 rises to 3.8 V half a minute after the start.
    scenario = "cell-over-voltage"

    def test_it_appears_within_two_seconds(self):
        page = self.browser
        self.enter()
        page.run("window.isTheSamePage = true")
        raised = None
        end = time.monotonic() + 60
        while raised is None and time.monotonic() < end:
            if any(one["severity"] == "alarm" for one in self.bench.request("GET", "/api/status")[1]["alarms"]):
                raised = time.monotonic()
            time.sleep(0.02)
        self.assertIsNotNone(raised, "the gateway raised no alarm")
        page.until(lambda: page.all('.verdict[data-level="alarm"]'), "the page shows no alarm", timeout=2)
        self.assertIn("High voltage", page.text(".verdict"))
        self.assertEqual(page.run("return window.isTheSamePage"), True)
        # Never by colour alone: an icon and a word too.
        self.assertEqual(page.run("return document.querySelector('.verdict-icon use').getAttribute('href')"), "#alarm")
        self.assertEqual(page.violations(), [])

        page.click('[aria-controls="why-ccl"]')
        page.until_text("decides", "#why-ccl")
        page.click('.tab[href="#/events"]')
        page.find(".event.is-alarm")
        page.click(".event.is-alarm summary")
        page.until_text("What it means", ".event.is-alarm .event-body")
        page.click(".event.is-alarm .event-body .button")
        page.until_text("acknowledged", ".event.is-alarm .event-marks")
