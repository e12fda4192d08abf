"""A setting changed, seen as a difference, saved, returned from; a refusal at its field, in the page's language."""

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
        page.until(lambda: len([one for one in page.all(".setting") if one.is_displayed()]) == 1, "the one setting searched for")
        page.type(CURRENT, "80")
        page.until_text("1 unsaved change", ".sticky-bar")
        page.click(".sticky-bar .primary")
        page.until_text("100", "dialog .old")
        page.until_text("80", "dialog .new")
        self.judge(page, "settings with their differences")
        self.assertEqual(self.value("pack.1.max_charge_a"), 100)
        page.click("dialog button[type=submit]")
        page.until_text("Saved as generation", ".toasts")
        self.assertEqual(self.value("pack.1.max_charge_a"), 80)

        page.open(f"{self.bench.url}/#/settings/history")
        page.click(".generation:nth-child(2) .button")
        page.until_text("100", "dialog .new")
        page.click("dialog button[type=submit]")
        page.until(lambda: self.value("pack.1.max_charge_a") == 100, "the way back to 100 A")
        self.assertEqual(page.console_errors(), [])

    def test_a_refusal_stands_at_its_field(self):
        page = self.browser
        self.enter("settings")
        page.type(HOLD, "70")
        page.until_text("between 1 and 10", '[data-key="freshness.hold_s"]')
        # What only the whole configuration shows comes from the gateway (S1, S63).
        page.type(HOLD, "9")
        page.click(".sticky-bar .primary")
        page.until_text("at most “No charging after”, 5", '[data-key="freshness.hold_s"] .error')
        self.assertEqual(page.find(HOLD).get_attribute("aria-invalid"), "true")
        self.assertEqual(page.console_errors(allowed=["/api/config"]), [])

    def test_a_refusal_speaks_the_page_s_language(self):
        page = self.another(language="fr")
        self.enter("settings", page)
        for key, value, wanted in (
                ("freshness.hold_s", "9", "au plus « Pas de charge après », soit 5"),
                ("pack.1.float_cell_v", "3.9", "entre 2,5 et 3,75"),
                ("pack.1.link", "zzz", "pas une adresse"),
                ("can.identity.battery_name", "BYD", "un nom à vous")):
            field = f'[data-key="{key}"]'
            page.type(f"{field} input", value)
            page.click(".sticky-bar .primary")
            page.until_text(wanted, f"{field} .error")
            page.click(".sticky-bar .button:not(.primary)")
            page.click("dialog .button.danger")
            page.until_gone("dialog")

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
        page.until(lambda: page.find(HOLD).get_attribute("value") == "", "the field to be as before")

    def test_a_number_is_read_with_comma_and_point(self):
        page = self.browser
        self.enter("settings")
        for text in ("2,5", "2.5"):
            page.type(HOLD, text)
            page.click(".sticky-bar .primary")
            page.until_text("2.5", "dialog .new")
            page.click("dialog .dialog-foot .button:first-child")
            page.until_gone("dialog")

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
