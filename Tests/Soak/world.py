"""The world of a soak: the real gateway, a simulated pack and a simulated GX, and what is done to them."""

import json
import os
import signal
import socket
import subprocess
import time

import plan
from bus import Bus
from process import Process

SETTINGS = {
    "pack.1.family": "tinybms", "pack.1.chemistry": "lfp", "pack.1.cells": 16, "pack.1.capacity_ah": 280,
    "pack.1.max_charge_a": 100, "pack.1.max_discharge_a": 150, "web.listen": "127.0.0.1:0", "web.tls": "off",
    "capture.enabled": "true", "capture.max_mib": 1,
}


class World:
    """Everything that runs beside the script; `close` ends it."""

    def __init__(self, program: str, folder: str):
        self.program, self.folder, self.state = program, folder, folder + "/state"
        self.bus = Bus(folder)
        self.bus_silences: list[list[float]] = []  # begin and end of the times without an adapter
        self.failed: list[str] = []
        self.gateway = self.pack = self.gx = None
        self._helpers: dict[str, Process] = {}

    def begin(self, seconds: float):
        """Starts everything; returns when the gateway sends."""
        with open(self.folder + "/scenario.json", "w", encoding="utf-8") as file:
            file.write(plan.scenario(seconds))
        self.pack = self._start(
            "simulate", "bms", "--family", "tinybms", "--pty", self.folder + "/uart", "--scenario",
            self.folder + "/scenario.json", "--speed", str(plan.SPEED), "--seed", "7", "--json", "--pace")
        self._wait_for(lambda: os.path.islink(self.folder + "/uart"), "the pack's pseudo-terminal")
        links = {"pack.1.link": self.folder + "/uart", "can.link": f"slcan:{self.folder}/can"}
        self.configure(SETTINGS | links)
        self.configure({"system.commissioned": "true"})
        if self.failed:
            raise SystemExit("soak: " + "; ".join(self.failed))
        self.start_gx()
        self.gateway = Process([self.program, "run", "--state", self.state], log=self.folder + "/gateway.log")
        self._wait_for(lambda: self.bus.limits, "first 0x351")

    def close(self) -> int | None:
        """Ends everything; the gateway's exit status."""
        status = self.gateway.end() if self.gateway else None
        for process in [self.pack, self.gx, *self._helpers.values()]:
            if process:
                process.end()
        self.bus.close()
        return status

    def do(self, name: str, *arguments):
        """A deed of the plan."""
        getattr(self, name)(*arguments)

    def ask_status(self):
        """One client that comes and goes, as a program that polls does."""
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(5)
                client.connect(self.state + "/cellbridge.sock")
                client.sendall(b'{"command":"status"}\n')
                if not json.loads(client.makefile().readline()).get("ok"):
                    self.failed.append("the local socket answered a status request with an error")
        except (OSError, ValueError) as error:
            self.failed.append(f"the local socket did not answer: {error}")

    def pack_faults(self) -> list[tuple[float, str, bool]]:
        """Moment, kind and begin (or end) of each fault that the simulated pack has told."""
        lines = [(at, json.loads(line)) for at, line in self.pack.output if line.startswith("{")]
        return [(at, line["fault"], line["begins"]) for at, line in lines]

    # The deeds of the plan.

    def start_slow_reader(self):
        self._helpers["reader"] = self._start("watch", "--json", "--state", self.state)
        # It has connected by then; whatever the daemon tells it from now on piles up.
        time.sleep(0.3)
        self._helpers["reader"].send(signal.SIGSTOP)

    def stop_slow_reader(self):
        self._helpers.pop("reader").end(signal.SIGKILL)

    def configure(self, settings: dict):
        """One generation of the stored configuration; a running gateway takes it up at once."""
        self._run("config", "set", *[f"{key}={value}" for key, value in settings.items()])

    def acknowledge(self):
        self._run("admin", "acknowledge")

    def refuse_configuration(self):
        """S1: data 30 s old would still allow charging."""
        if self._run("config", "set", "freshness.no_charge_s=30", may_fail=True) == 0:
            self.failed.append("a threshold out of bounds was accepted")

    def pull_adapter(self):
        self.bus_silences.append([time.monotonic(), float("inf")])
        self.bus.unplug()

    def plug_adapter(self):
        self.bus.plug()
        self.bus_silences[-1][1] = time.monotonic()

    def kill_gx(self):
        self.gx.end(signal.SIGKILL)

    def start_gx(self):
        self.gx = self._start("simulate", "gx", "--can", f"slcan:{self.folder}/can-gx", "--json")

    def freeze_pack_process(self):
        """Two seconds without an answer, and then several at once: shorter than NO-CHARGE."""
        self.pack.send(signal.SIGSTOP)

    def thaw_pack_process(self):
        self.pack.send(signal.SIGCONT)

    def record_for_a_while(self):
        self._helpers["record"] = self._start(
            "record", self.folder + "/record.log", "--seconds", "8", "--state", self.state)

    # Private.

    def _start(self, *words: str) -> Process:
        return Process([self.program, *words])

    def _run(self, *words: str, may_fail: bool = False) -> int:
        done = subprocess.run(
            [self.program, *words, "--state", self.state], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=20, check=False)
        if done.returncode != 0 and not may_fail:
            self.failed.append(f"{' '.join(words)}: {done.stderr.strip() or done.returncode}")
        return done.returncode

    @staticmethod
    def _wait_for(holds, what: str, within: float = 20):
        end = time.monotonic() + within
        while not holds():
            if time.monotonic() > end:
                raise SystemExit(f"soak: no {what} within {within} s")
            time.sleep(0.05)
