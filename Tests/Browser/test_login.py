"""Log-in, wrong password, lock-out, log-out."""

from bench import BrowserTest
from chromium import PASSWORD


class LogIn(BrowserTest):
    def test_log_in_and_out(self):
        page = self.browser
        page.open(f"{self.bench.url}/#/cells")
        page.find("#password")
        self.judge(page, "log-in")
        page.log_in("not the password")
        page.until_text("The password is not right", ".login-message")
        page.log_in()
        # It goes where the user wanted to.
        page.until_text("Within the limits")
        page.click(".rail-foot .button")
        page.find("#password")
        self.assertNotIn("Within the limits", page.text())
        self.assertEqual(page.console_errors(allowed=["/api/login"]), [])

    def test_the_session_cannot_be_read_by_scripts(self):
        self.enter()
        self.assertEqual(self.browser.run("return document.cookie"), "")
        self.assertNotIn(PASSWORD, str(self.browser.run("return JSON.stringify(localStorage)")))


class LockOut(BrowserTest):
    def test_lock_out_counts_down(self):
        page = self.browser
        page.open(self.bench.url)
        for _ in range(6):
            page.type("#password", "not the password")
            page.click("button[type=submit]")
            page.until(lambda: page.text(".login-message"), "what is wrong")
            if "Too many" in page.text(".login-message"):
                break
        page.until_text("Too many wrong tries", ".login-message")
        self.assertFalse(page.find("button[type=submit]").is_enabled())
        first = page.text(".login-message")
        page.until(lambda: page.text(".login-message") != first, "the countdown to go on")
        self.judge(page, "log-in, locked", allowed=["/api/login"])
