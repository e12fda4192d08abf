#!/usr/bin/env python3
"""Reads a newer Daly board (D2 map) with `minimalmodbus` (PyPI), a program that nobody here wrote; prints one JSON object.

usage: daly_modbus.py PORT [--set-charge on|off] [--set-discharge on|off]

At its first call it makes a virtual environment beside itself (or where PEERS_VENV says) with the pinned versions. The
framing and the checksum are the peer's; the meaning of the registers is written here once more. The p81 map cannot be
read so: its answers carry another address than its requests, which no Modbus client accepts.
"""
import json
import os
import subprocess
import sys
import venv

REQUIREMENTS = ["minimalmodbus==2.1.1", "pyserial==3.5"]
HOME = os.path.join(os.environ.get("PEERS_VENV") or os.path.join(os.path.dirname(os.path.abspath(__file__)), ".venv"),
                    "daly-modbus")
WRITES = {"--set-charge": 0x00A5, "--set-discharge": 0x00A6}
STATES = {0: "idle", 1: "charging", 2: "discharging"}


def interpreter():
    """The virtual environment's Python, made where it is not yet."""
    path = os.path.join(HOME, "bin", "python3")
    installed = os.path.join(HOME, "installed")
    if not os.path.exists(installed):
        venv.create(HOME, with_pip=True)
        subprocess.run([os.path.join(HOME, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check",
                        *REQUIREMENTS], check=True, timeout=300)
        open(installed, "w").close()
    return path


def read(board):
    """The live registers by name, in SI units, current positive while charging."""
    words = board.read_registers(0, 62)
    return {
        "cells_v": [word / 1000 for word in words[:words[0x31]]],
        "temperatures_c": [word - 40 for word in words[0x20:0x20 + words[0x32]]],
        "voltage_v": words[0x28] / 10,
        "current_a": (words[0x29] - 30000) / 10,
        "soc_percent": words[0x2A] / 10,
        "highest_cell_v": words[0x2B] / 1000,
        "lowest_cell_v": words[0x2C] / 1000,
        "state": STATES.get(words[0x2F]),
        "remaining_ah": words[0x30] / 10,
        "cycles": words[0x33],
        "charge_closed": words[0x35] == 1,
        "discharge_closed": words[0x36] == 1,
    }


def main():
    arguments = sys.argv[1:]
    if not arguments or len(arguments) % 2 == 0 or any(option not in WRITES for option in arguments[1::2]):
        sys.exit(__doc__)
    try:
        import minimalmodbus
    except ImportError:
        if os.path.realpath(sys.prefix) == os.path.realpath(HOME):
            raise
        os.execv(interpreter(), [interpreter(), os.path.abspath(__file__), *arguments])
    board = minimalmodbus.Instrument(arguments[0], 0xD2)
    board.serial.baudrate = 9600
    board.serial.timeout = 0.5
    for option, value in zip(arguments[1::2], arguments[2::2]):
        board.write_register(WRITES[option], 1 if value == "on" else 0, functioncode=6)
    print(json.dumps(read(board)))


main()
