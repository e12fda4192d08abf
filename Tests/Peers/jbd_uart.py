#!/usr/bin/env python3
"""Reads a JBD board with `bmstools` (PyPI), a program that nobody here wrote, and prints one JSON object.

usage: jbd_uart.py PORT [--switches CHARGE DISCHARGE] [--eeprom]

CHARGE and DISCHARGE are `on` or `off`. What is read comes after what is set. The EEPROM is read in factory mode, behind the
password 000000. At its first call it makes a virtual environment beside itself (or where PEERS_VENV says) with the pinned
version, and runs itself there.
"""
import json
import os
import subprocess
import sys
import venv

REQUIREMENTS = ["bmstools==1.2.0", "pyserial==3.5"]
HOME = os.path.join(os.environ.get("PEERS_VENV") or os.path.join(os.path.dirname(os.path.abspath(__file__)), ".venv"),
                    "jbd-uart")


def enter():
    """Runs this program again in its environment, installed where it is not yet."""
    if sys.prefix == os.path.realpath(HOME):
        return
    installed = os.path.join(HOME, "installed")
    if not os.path.exists(installed):
        venv.create(HOME, with_pip=True)
        subprocess.run([os.path.join(HOME, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check",
                        *REQUIREMENTS], check=True, timeout=300)
        open(installed, "w").close()
    python = os.path.join(os.path.realpath(HOME), "bin", "python")
    os.execv(python, [python, "-B", *sys.argv])


def plain(value):
    """A value as JSON can tell it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, (bool, int, float, str)) or value is None else str(value)


def main():
    arguments = sys.argv[1:]
    port = arguments.pop(0) if arguments else sys.exit(__doc__)
    switches, eeprom = None, False
    while arguments:
        word = arguments.pop(0)
        if word == "--switches" and len(arguments) >= 2 and {arguments[0], arguments[1]} <= {"on", "off"}:
            switches = [arguments.pop(0) == "on", arguments.pop(0) == "on"]
        elif word == "--eeprom":
            eeprom = True
        else:
            sys.exit(__doc__)
    enter()
    import serial
    from bmstools.jbd.jbd import JBD

    line = serial.Serial(baudrate=9600, timeout=0.5)
    line.port = port
    board, out = JBD(line), {}

    def step(name, ask):
        """What the peer reads, or how it fails."""
        try:
            found = ask()
            out[name] = {key: plain(value) for key, value in found.items()} if isinstance(found, dict) else True
        except Exception as error:  # Whatever the peer raises is its verdict.
            out[name] = {"failure": type(error).__name__, "text": str(error)}

    if switches:
        step("switches", lambda: board.chgDsgEnable(chgEnable=switches[0], dsgEnable=switches[1]))
    step("basic", board.readBasicInfo)
    step("cells", board.readCellInfo)
    step("device", board.readDeviceInfo)
    if eeprom:
        step("eeprom", board.readEeprom)
    print(json.dumps(out))


main()
