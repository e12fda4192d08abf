"""axe-core, the judge of accessibility: one file out of a Python package, fetched once and checked.

    python3 Tests/Browser/axe.py        fetches it into .build/browser, if it is not there yet
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "axe-playwright-python==0.1.8"
MEMBER = "axe_playwright_python/axe.min.js"
SHA256 = "84494fec757e4710dc751c8d7a636e457f4532f08f85c86dc9070133fbff53bc"
PLACE = Path(__file__).resolve().parents[2] / ".build/browser/axe.min.js"


def is_right(data):
    return hashlib.sha256(data).hexdigest() == SHA256


def fetch():
    """Puts axe.min.js in its place. A network that is missing ends it with a sentence: nothing is skipped for it."""
    if PLACE.is_file() and is_right(PLACE.read_bytes()):
        return
    with tempfile.TemporaryDirectory() as folder:
        pip = subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--dest", folder, PACKAGE], capture_output=True, text=True, timeout=120)
        wheels = list(Path(folder).glob("*.whl"))
        if pip.returncode or not wheels:
            reason = (pip.stderr.strip().splitlines() or ["no file came"])[-1]
            sys.exit(f"axe-core does not come from PyPI ({PACKAGE}): {reason}\n"
                     f"The browser tests need it once: mend the network, or put axe.min.js (SHA-256 {SHA256}) at {PLACE}.")
        data = zipfile.ZipFile(wheels[0]).read(MEMBER)
    if not is_right(data):
        sys.exit(f"{MEMBER} of {PACKAGE} is not what it was: its SHA-256 is {hashlib.sha256(data).hexdigest()}, wanted {SHA256}.")
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    PLACE.write_bytes(data)


def source():
    """The text of axe-core."""
    if not PLACE.is_file():
        fetch()
    return PLACE.read_text(encoding="utf-8")


if __name__ == "__main__":
    fetch()
