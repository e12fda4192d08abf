#!/usr/bin/env python3
"""Reads a Daly board with `dalybms` (PyPI), a program that nobody here wrote, and prints one JSON object.

usage: daly_uart.py PORT [--set-charge on|off] [--set-discharge on|off] [--set-soc PERCENT]

At its first call it makes a virtual environment beside itself (or where PEERS_VENV says) with the pinned version.
The current is as on the wire: on classic boards positive while discharging.
"""
import json
import os
import subprocess
import sys
import venv

# dalybms does not name pyserial among what it needs.
REQUIREMENTS = ["dalybms==0.5.0", "pyserial==3.5"]
HOME = os.path.join(os.environ.get("PEERS_VENV") or os.path.join(os.path.dirname(os.path.abspath(__file__)), ".venv"),
                    "daly-uart")


def program():
    """The peer's command, installed where it is not yet."""
    path = os.path.join(HOME, "bin", "daly-bms-cli")
    installed = os.path.join(HOME, "installed")
    if not os.path.exists(installed):
        venv.create(HOME, with_pip=True)
        subprocess.run([os.path.join(HOME, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check",
                        *REQUIREMENTS], check=True, timeout=300)
        open(installed, "w").close()
    return path


def run(port, *options):
    """What the peer prints, as JSON where it is that."""
    done = subprocess.run([program(), "-d", port, *options], capture_output=True, text=True, timeout=120)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {"exit": done.returncode, "stdout": done.stdout.strip(), "stderr": done.stderr.strip()[-2000:]}


def main():
    arguments = sys.argv[1:]
    if not arguments or len(arguments) % 2 == 0:
        sys.exit(__doc__)
    port, out = arguments[0], {}
    names = {"--set-charge": "--set-charge-mosfet", "--set-discharge": "--set-discharge-mosfet", "--set-soc": "--set-soc"}
    for option, value in zip(arguments[1::2], arguments[2::2]):
        if option not in names:
            sys.exit(__doc__)
        out[option[2:]] = run(port, names[option], value)
    out["all"] = run(port, "--all")
    print(json.dumps(out))


main()
