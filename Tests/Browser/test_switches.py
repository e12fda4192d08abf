"""What is written into a BMS: its switches opened and closed by word, read back, and told in the list of events."""

from bench import BrowserTest
from chromium import PHONE

ROW = '[data-switch="charge"]'


class Switches(BrowserTest):
    family = "jbd"

    def charge_enabled(self):
        return self.bench.request("GET", "/api/status")[1]["packs"][0]["charge_enabled"]

    def test_a_switch_is_opened_and_closed_again(self):
        page = self.browser
        self.enter("settings/registers")
        page.until_text("closed", ROW)
        self.judge(page, "the switches", allowed=["/api/registers"])
        page.until_text("shows no settings", ".registers")

        page.click(f"{ROW} .danger")
        page.until_text("closed", "dialog .old")
        page.until_text("open", "dialog .new")
        page.until_text("not be charged any more", "dialog")
        self.judge(page, "a switch before it is opened", allowed=["/api/registers"])
        page.click("dialog button[type=submit]")
        page.until_text("taken", "dialog .badge.good")
        page.until_text("reads back open", "dialog")
        page.click("dialog button[type=submit]")
        page.until_text("open", f"{ROW} .badge")
        self.assertIs(self.charge_enabled(), False)

        # What stands open is closed by word alone.
        page.click(f"{ROW} .button:not(.danger)")
        page.find("dialog input")
        self.assertFalse(page.find("dialog button[type=submit]").is_enabled())
        page.type("dialog input", "yes")
        self.assertFalse(page.find("dialog button[type=submit]").is_enabled())
        page.type("dialog input", "Close")
        self.judge(page, "a switch before it is closed", allowed=["/api/registers"])
        page.click("dialog button[type=submit]")
        page.until_text("reads back closed", "dialog")
        page.click("dialog button[type=submit]")
        page.until(lambda: self.charge_enabled() is True, "a charge switch that is closed")

        page.open(f"{self.bench.url}/#/events")
        page.until_text("Charge switch: closed → open, read back, by this page", ".page, main")
        page.until_text("Charge switch: open → closed, read back, by this page", ".page, main")

    def test_it_speaks_french_on_a_phone(self):
        page = self.another(size=PHONE, language="fr")
        self.enter("settings/registers", page)
        page.until_text("fermé", ROW)
        page.click(f"{ROW} .danger")
        page.until_text("ne sera plus chargée", "dialog")
        self.judge(page, "a switch in French on a phone", allowed=["/api/registers"])


class Settings(BrowserTest):
    """The settings inside a TinyBMS, whose switches take no command."""

    def test_a_setting_shows_its_default_and_is_written(self):
        page = self.browser
        self.enter("settings/registers")
        page.until_text("takes no command", ".card")
        row = "//div[contains(@class, 'field register')][.//span[contains(text(), '332')]]"
        page.until(lambda: page.driver.find_elements("xpath", row), "register 332")
        element = page.driver.find_element("xpath", row)
        self.assertIn("default 5", element.text)
        self.assertIn("as the BMS itself reports", element.text)
        self.judge(page, "the settings inside the BMS")
        control = element.find_element("css selector", "input")
        control.clear()
        control.send_keys("7")
        page.click(".sticky-bar .primary")
        page.until_text("5", "dialog .old")
        page.until_text("7", "dialog .new")
        page.click("dialog input[type=checkbox]")
        page.click("dialog button[type=submit]")
        page.until_text("taken", "dialog .badge.good")
        page.click("dialog button[type=submit]")
        page.open(f"{self.bench.url}/#/events")
        page.until_text("→ 7, read back, by this page", "main")
