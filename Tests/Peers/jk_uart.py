#!/usr/bin/env python3
"""Reads a JK board's `NW` protocol with `mppsolar` (PyPI), a program that nobody here wrote, and prints one JSON object.

usage: jk_uart.py PORT

It asks by command 03 with identifier 0 and knows identifiers up to AC. At its first call it makes a virtual environment
beside itself (or where PEERS_VENV says) with the pinned version.
"""
import json
import os
import subprocess
import sys
import venv

REQUIREMENTS = ["mppsolar==0.16.56", "pyserial==3.5"]
HOME = os.path.join(os.environ.get("PEERS_VENV") or os.path.join(os.path.dirname(os.path.abspath(__file__)), ".venv"),
                    "jk-uart")
NAMES = {
    "battery_voltage": "voltage_v", "battery_current": "current_a", "percent_remain": "soc_percent", "mos_temp": "mos_c",
    "battery_t1": "t1_c", "battery_t2": "t2_c", "cycle_count": "cycles", "capacity_setting": "capacity_ah",
}


def install():
    """Makes the environment where it is not yet."""
    installed = os.path.join(HOME, "installed")
    if not os.path.exists(installed):
        venv.create(HOME, with_pip=True)
        subprocess.run([os.path.join(HOME, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check",
                        *REQUIREMENTS], check=True, timeout=300)
        open(installed, "w").close()


def picture(read):
    """What the program read, in plain names."""
    cells = sorted((name, volts) for name, volts in read.items() if name.startswith("voltage_cell"))
    out = {"cells_v": [volts for _, volts in cells]}
    out |= {ours: read.get(theirs) for theirs, ours in NAMES.items()}
    out["alarm_bits"] = int(read["battery_warning_message"], 16)
    out["status_bits"] = int(read["battery_status_information"], 16)
    out["charge_on"], out["discharge_on"] = read.get("charge_enabled") == 1, read.get("discharge_enabled") == 1
    return out


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    install()
    run = subprocess.run(
        [os.path.join(HOME, "bin", "mpp-solar"), "-p", sys.argv[1], "-b", "115200", "-P", "JKSERIAL", "--porttype",
         "jkserial", "-c", "getBalancerData", "-o", "json"], capture_output=True, text=True, timeout=60, check=False)
    try:
        read = json.loads(run.stdout.splitlines()[-1])
        print(json.dumps(picture(read)))
    except (IndexError, ValueError, KeyError) as error:
        sys.exit(f"no values: {error!r}; it said {(run.stdout + run.stderr)[-400:]!r}")


if __name__ == "__main__":
    main()
