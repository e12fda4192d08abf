#!/usr/bin/env python3
"""Reads a JK board of the PB series with `pymodbus` (PyPI) for requests, acknowledgements and checksums, and prints one JSON
object.

usage: jk_pb_uart.py PORT [--address N] [--switches CHARGE DISCHARGE]

CHARGE and DISCHARGE are `on` or `off`. What is read comes after what is set. The records of 300 bytes, which no Modbus
library knows, are read here, by their offsets. At its first call it makes a virtual environment beside itself (or where
PEERS_VENV says) with the pinned versions, and runs itself there.
"""
import json
import os
import subprocess
import sys
import time
import venv

REQUIREMENTS = ["pymodbus==3.8.6", "pyserial==3.5"]
HOME = os.path.join(os.environ.get("PEERS_VENV") or os.path.join(os.path.dirname(os.path.abspath(__file__)), ".venv"),
                    "jk-pb-uart")
RECORDS = {"status": (0x1620, 2), "settings": (0x161E, 1), "about": (0x161C, 3)}


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


class Board:
    """One board on a line, spoken to in frames that pymodbus builds and judges."""

    def __init__(self, line, address):
        from pymodbus.framer import FramerRTU
        from pymodbus.pdu import DecodePDU
        self.line, self.address = line, address
        self.requests, self.answers = FramerRTU(DecodePDU(True)), FramerRTU(DecodePDU(False))

    def write(self, register, values):
        """Writes registers and gives what stands before the acknowledgement."""
        from pymodbus.pdu.register_message import WriteMultipleRegistersRequest
        time.sleep(0.1)
        self.line.reset_input_buffer()
        request = WriteMultipleRegistersRequest(dev_id=self.address, address=register, registers=values)
        self.line.write(self.requests.buildFrame(request))
        got = b""
        while part := self.line.read(320):
            got += part
        # At most a byte of filler stands behind it.
        for end in (len(got), len(got) - 1):
            used, answer = self.answers.processIncomingFrame(got[max(0, end - 8):end])
            if answer is not None and used == 8:
                assert (answer.dev_id, answer.address, answer.count) == (self.address, register, len(values)), answer
                return got[:end - 8]
        raise SystemExit(f"no acknowledgement at the end of {len(got)} bytes: {got[-16:].hex()}")

    def record(self, name):
        """Makes the board send a record."""
        register, kind = RECORDS[name]
        got = self.write(register, [0])
        start = got.find(b"\x55\xaa\xeb\x90")
        record = got[start:start + 300]
        assert start >= 0 and len(record) == 300, f"{len(got)} bytes before the acknowledgement"
        assert sum(record[:299]) & 0xFF == record[299], "the sum of the record does not fit"
        assert record[4] == kind, f"record {record[4]} where {kind} was asked for"
        return record


def number(record, offset, width, signed=False):
    """A number of a record."""
    return int.from_bytes(record[offset:offset + width], "little", signed=signed)


def text(record, offset, width):
    """A text of a record."""
    return record[offset:offset + width].split(b"\0")[0].decode("ascii", "replace")


def picture(status, settings, about):
    """The three records in plain units."""
    mask = number(status, 70, 4)
    celsius = {"mos": number(status, 144, 2, True), "t1": number(status, 162, 2, True),
               "t2": number(status, 164, 2, True), "t3": number(status, 256, 2, True), "t4": number(status, 258, 2, True)}
    return {
        "cells_v": [number(status, 6 + 2 * cell, 2) / 1000 for cell in range(32) if mask >> cell & 1],
        "voltage_v": number(status, 150, 4) / 1000, "current_a": number(status, 158, 4, True) / 1000,
        "soc_percent": status[173], "remaining_ah": number(status, 174, 4) / 1000, "run_time_s": number(status, 194, 4),
        "temperatures_c": {name: value / 10 for name, value in celsius.items() if value != -2000},
        "alarm_bits": number(status, 166, 4), "charge_on": status[198] != 0, "discharge_on": status[199] != 0,
        "cell_count": number(settings, 114, 4), "capacity_ah": number(settings, 130, 4) / 1000,
        "over_voltage_v": number(settings, 18, 4) / 1000, "under_voltage_v": number(settings, 10, 4) / 1000,
        "charge_cutoff_a": number(settings, 50, 4) / 1000, "discharge_cutoff_a": number(settings, 62, 4) / 1000,
        "model": text(about, 6, 16), "hardware": text(about, 22, 8), "software": text(about, 30, 8),
        "name": text(about, 46, 16),
    }


def main():
    arguments = sys.argv[1:]
    port = arguments.pop(0) if arguments else sys.exit(__doc__)
    address, switches = 1, None
    while arguments:
        word = arguments.pop(0)
        if word == "--address" and arguments and arguments[0].isdigit():
            address = int(arguments.pop(0))
        elif word == "--switches" and len(arguments) >= 2 and {arguments[0], arguments[1]} <= {"on", "off"}:
            switches = [arguments.pop(0) == "on", arguments.pop(0) == "on"]
        else:
            sys.exit(__doc__)
    enter()
    import serial

    board = Board(serial.Serial(port, baudrate=115200, timeout=0.3), address)
    if switches is not None:
        board.write(0x1070, [0, int(switches[0])])
        board.write(0x1074, [0, int(switches[1])])
        time.sleep(0.5)
    print(json.dumps(picture(board.record("status"), board.record("settings"), board.record("about"))))


if __name__ == "__main__":
    main()
