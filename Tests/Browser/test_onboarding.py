"""From an unclaimed device to frames on the bus, as a user with a phone would go."""

import json

from bench import BrowserTest
from chromium import PASSWORD, PHONE


class Onboarding(BrowserTest):
    is_claimed = False
    size = PHONE

    def test_unclaimed_to_frames_on_the_bus(self):
        page = self.browser
        page.open(self.bench.url)
        # Claim: a wrong code first.
        page.type("#code", "0000-0000-0000")
        self.judge(page, "the claim")
        for field in page.all("input[type=password]"):
            field.send_keys(PASSWORD)
        page.click("button[type=submit]")
        page.until_text("This code is not right", "#code-error")
        page.type("#code", self.bench.setup_code())
        page.click("button[type=submit]")

        page.until_text("Where is the battery?", "h1")
        self.assertEqual(page.overflow(), 0)
        self.by_address("tcp:127.0.0.1:1")
        page.until_text("No BMS answers here", timeout=60)
        self.by_address(f"{self.bench.state}/bms")
        page.find(".note.good", timeout=60)
        self.assertIn("16 cells", page.text(".note.good"))
        page.click(".setup-actions .primary")

        # Confirm: filled in from the BMS; what differs from it stands out.
        page.until_text("Is this your battery?", "h1")
        self.assertEqual(page.find("input[id^=cells]").get_attribute("value"), "16")
        page.type("input[id^=cells]", "15")
        page.until_text("The BMS says 16", ".differs.alarm")
        page.type("input[id^=cells]", "16")
        page.click("select[id^=chemistry] option[value=lfp]")
        page.type("input[id^=capacity]", "280")
        page.type("input[id^=max_charge]", "100")
        page.type("input[id^=max_discharge]", "150")
        page.click("label.scope input[type=radio]")
        page.click(".setup-actions .primary")

        page.until_text("Where is the inverter?", "h1")
        self.by_address(f"slcan:{self.bench.state}/gx")
        page.until_text("The GX is there", timeout=60)
        page.click(".setup-actions .primary")

        # The dry run: limits are shown with their reasons, and nothing has been sent (S64).
        page.until_text("What would be sent?", "h1")
        page.until_text("nothing is sent yet", ".note.good", timeout=60)
        self.assertEqual(len(page.all(".fall")), 3)
        self.assertFalse(self.beliefs(), "frames left before the user had agreed")
        self.assertFalse(page.find(".setup-actions .primary").is_enabled())
        page.click("label.scope input[type=checkbox]")
        page.click(".setup-actions .primary")
        self.again_if_asked()

        page.until_text("Frames leave for the inverter", timeout=60)
        page.until_text("The GX was heard", timeout=60)
        page.until(self.beliefs, "frames on the bus, and a GX that believes them", timeout=60)
        page.click(".setup-actions .primary")
        page.until_text("All good", ".verdict", timeout=60)
        self.judge(page, "now after the set-up", allowed=["/api/setup"])
        self.assertEqual(page.foreign_requests(self.bench.url), [])

    def by_address(self, address):
        page = self.browser
        if not page.all("details.fold[open]"):
            page.click("details.fold summary")
        page.type("details.fold input", address)
        page.click("details.fold button")

    def again_if_asked(self):
        """The password again (S75), if the log-in is older than five minutes."""
        for field in self.browser.all("dialog input[type=password]"):
            field.send_keys(PASSWORD + "\n")

    def beliefs(self):
        """What the GX came to believe: lines that hold a charge voltage limit."""
        lines = [json.loads(line) for line in self.bench.log("gx").splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("cvl_v") is not None]


class Leaving(BrowserTest):
    is_claimed = False

    def test_leaving_half_way_leaves_it_safe_and_it_can_be_entered_again(self):
        page = self.browser
        self.bench.claim()
        page.open(self.bench.url)
        page.log_in()
        page.until_text("No battery is set up yet", ".verdict")
        page.click(".verdict .button.primary")
        page.until_text("Where is the battery?", "h1")
        page.click(".setup-foot a")
        page.until_text("No battery is set up yet", ".verdict")
        page.click(".verdict .button.primary")
        page.until_text("Where is the battery?", "h1")
        _, configuration = self.bench.request("GET", "/api/config")
        self.assertFalse(configuration["values"].get("system.commissioned"))
