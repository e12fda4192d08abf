#!/usr/bin/env python3
"""Runs the real gateway for half an hour in a world where things go wrong, and judges what that did to it.

usage: soak.py PROGRAM MINUTES [REPORT]

REPORT is written by a run of 30 minutes or more. Exit status 1 where something was not as it should be.
"""

import os
import signal
import statistics
import sys
import tempfile
import time

import plan
import report
import verdict
from process import Gauge
from world import World

WHOLE = 30  # min
WARM_UP = 5.0  # s; until then the process has not touched all that it needs
MOST_LINES = 12  # S91: ten of one event a second by its own clock; the seconds of the log are cut differently


def soak(program: str, seconds: float, folder: str) -> tuple[verdict.Recording, dict[str, str]]:
    """Runs it: the recording, and facts for the page."""
    world = World(program, folder)
    try:
        world.begin(seconds)
        time.sleep(WARM_UP)
        begin = time.monotonic()
        samples, loads, written = watch(world, seconds, begin)
        end = time.monotonic()
    finally:
        status = world.close()
    if status != 0:
        world.failed.append(f"the gateway ended with status {status} instead of 0")
    noisy = {event for (event, _), count in world.gateway.busiest.items() if count > MOST_LINES}
    world.failed += [f"more than ten log lines a second of {event} (S91)" for event in sorted(noisy)]
    world.failed += [f"the gateway put {line!r} on the bus (S43)" for line in world.bus.strange]
    recording = verdict.Recording(
        begin, end, samples, [one for one in world.bus.limits if begin <= one[0] <= end], world.pack_faults(),
        world.bus_silences, world.failed)
    return recording, {
        "length": f"{(end - begin) / 60:.1f} min in rounds of {plan.ROUND / 60:.0f} min",
        "machine": f"{report.machine()}; load average {statistics.fmean(loads):.2f}, most {max(loads):.2f}",
        "log": f"{world.gateway.log_lines} lines: "
        + ", ".join(f"{event} {count}" for event, count in world.gateway.events.most_common()),
        "frames": f"{world.bus.frames}",
        "written to storage": f"{written / 1e6:.1f} MB, with the rolling capture on and {len(plan.DEEDS)} deeds a round",
    }


def watch(world: World, seconds: float, begin: float) -> tuple[list[dict], list[float], int]:
    """Looks every second and does what the plan asks for: samples, load averages, bytes written to storage."""
    gauge = Gauge(world.gateway.child.pid)
    deeds, samples, loads, written = plan.deeds(seconds), [], [], gauge.written()
    for second in range(1, int(seconds) + 1):
        time.sleep(max(0.0, begin + second - time.monotonic()))
        if not world.gateway.runs:
            world.failed.append(f"the gateway ended in second {second}")
            return samples, loads, 0
        samples.append({"at": time.monotonic(), "log": world.gateway.log_lines} | gauge.read())
        loads.append(os.getloadavg()[0])
        while deeds and deeds[0][0] <= second:
            world.do(*deeds.pop(0)[1:])
        world.ask_status()
        if second % 60 == 0:
            print(f"{second // 60:3} min: {samples[-1]}, {len(world.bus.limits)} limits, {world.failed}", flush=True)
    return samples, loads, gauge.written() - written


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    program, minutes = os.path.abspath(sys.argv[1]), float(sys.argv[2])
    folder = tempfile.mkdtemp(prefix="cellbridge-soak-")
    print(f"{minutes:.0f} min, files in {folder}", flush=True)
    text, is_good = report.page(*soak(program, minutes * 60, folder))
    print(text)
    if len(sys.argv) > 3 and minutes >= WHOLE:
        with open(sys.argv[3], "w", encoding="utf-8") as file:
            file.write(text)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
