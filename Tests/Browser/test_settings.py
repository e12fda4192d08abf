"""A setting changed, seen as a difference, saved, returned from; a refusal at its field."""

from bench import BrowserTest

CURRENT = '[data-key="pack.1.max_charge_a"] input'
HOLD = '[data-key="freshness.hold_s"] input'


class Settings(BrowserTest):
    def value(self, key):
        return self.bench.request("GET", "/api/config")[1]["values"].get(key)

    def test_change_difference_save_and_back(self):
        page = self.browser
        self.enter("settings")
        page.type(".search input", "max_charge_a")
        page.until(lambda: len([one for one in page.all(".setting") if one.is_displayed()]) == 1, "the search finds another")
        page.type(CURRENT, "80")
        page.until_text("1 unsaved change", ".sticky-bar")
        page.click(".sticky-bar .primary")
        page.until_text("100", "dialog .old")
        page.until_text("80", "dialog .new")
        self.assertEqual(self.value("pack.1.max_charge_a"), 100)
        page.click("dialog button[type=submit]")
        page.until_text("Saved as generation", ".toasts")
        self.assertEqual(self.value("pack.1.max_charge_a"), 80)

        page.open(f"{self.bench.url}/#/settings/history")
        page.click(".generation:nth-child(2) .button")
        page.until_text("100", "dialog .new")
        page.click("dialog button[type=submit]")
        page.until(lambda: self.value("pack.1.max_charge_a") == 100, "it was not rolled back")
        self.assertEqual(page.console_errors(), [])

    def test_a_refusal_stands_at_its_field(self):
        page = self.browser
        self.enter("settings")
        page.type(HOLD, "70")
        page.until_text("between 1 and 10", '[data-key="freshness.hold_s"]')
        # What only the whole configuration shows comes from the gateway (S1, S63).
        page.type(HOLD, "9")
        page.click(".sticky-bar .primary")
        page.until_text("freshness.no_charge_s", '[data-key="freshness.hold_s"] .error')
        self.assertEqual(page.find(HOLD).get_attribute("aria-invalid"), "true")
        self.assertEqual(page.console_errors(allowed=["/api/config"]), [])

    def test_what_was_typed_survives_a_look_at_another_page(self):
        page = self.browser
        self.enter("settings")
        page.type(HOLD, "3")
        page.click('.tab[href="#/now"]')
        page.find(".verdict")
        page.click('.tab[href="#/settings"]')
        page.until_text("1 unsaved change", ".sticky-bar")
        self.assertEqual(page.find(HOLD).get_attribute("value"), "3")
        page.click(".sticky-bar .button:not(.primary)")
        page.click("dialog .button.danger")
        page.until(lambda: page.find(HOLD).get_attribute("value") == "", "it was not discarded")

    def test_a_number_is_read_with_comma_and_point(self):
        page = self.browser
        self.enter("settings")
        for text in ("2,5", "2.5"):
            page.type(HOLD, text)
            page.click(".sticky-bar .primary")
            page.until_text("2.5", "dialog .new")
            page.click("dialog .dialog-foot .button:first-child")

    def test_a_token_is_shown_once(self):
        page = self.browser
        self.enter("settings/access")
        page.click(".card-head .button")
        page.type("dialog .input", "A program")
        page.click("dialog button[type=submit]")
        token = page.find("dialog textarea").get_attribute("value")
        self.assertGreater(len(token), 40)
        page.click("dialog button[type=submit]")
        page.until_text("A program", ".token")
        self.assertNotIn(token, page.run("return document.documentElement.outerHTML"))
