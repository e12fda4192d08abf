"""As somebody new would: `cellbridge demo`, the address and the code that it prints, a password, live cells."""

import os
import re
import signal
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from bench import PROGRAM, ROOT
from chromium import PASSWORD, PATIENCE, Browser

# From the command to live cells, s.
BAR = 120


class Demo(unittest.TestCase):
    def test_from_the_command_to_live_cells(self):
        # Another program has the usual port: a demonstration that then showed no page would be a puzzle.
        other = socket.socket()
        self.addCleanup(other.close)
        try:
            other.bind(("127.0.0.1", 8080))
            other.listen()
        except OSError:
            pass  # somebody has it already
        began = time.monotonic()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        output = Path(folder.name, "demo.log")
        with output.open("ab") as file:
            demo = subprocess.Popen([PROGRAM, "demo"], stdout=file, stderr=file, start_new_session=True,
                                    env={"CELLBRIDGE_WEB": str(ROOT / "Resources/web")} | os.environ)
        self.addCleanup(demo.wait, 10)
        self.addCleanup(os.killpg, demo.pid, signal.SIGINT)
        address, code = self.told(output)
        page = Browser(name=self.id())
        self.addCleanup(page.close)
        page.open(address)
        page.type("#code", code)
        for field in page.all("input[type=password]"):
            field.send_keys(PASSWORD)
        page.click("button[type=submit]")
        # What is set up already needs no set-up.
        page.until_text("All good", ".verdict")
        page.click('.tab[href="#/cells"]')
        page.until_text("3.3", ".cells")
        took = time.monotonic() - began
        print(f"from `cellbridge demo` to live cells in the browser: {took:.1f} s (at most {BAR} s)")
        self.assertLess(took, BAR)
        self.assertEqual(page.console_errors(), [])

    def told(self, output):
        """The address and the code, as soon as they are printed."""
        end = time.monotonic() + PATIENCE
        while True:
            text = output.read_text(errors="replace")
            found = re.search(r"The page is (http\S+), its setup code (\S+)", text)
            if found:
                return found.groups()
            self.assertLess(time.monotonic(), end, f"the demonstration names no page; it says:\n{text[-1500:]}")
            time.sleep(0.05)
