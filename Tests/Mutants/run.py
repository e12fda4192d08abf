"""Runs tests against the built mutants, one mutant at a time, and stops at the first that fails."""

import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

from mutant import VARIABLE, Mutant

FAILURE = re.compile(r"✘ Test (.+?) (?:recorded an issue(?:.*? at (\w+)\.swift:\d)?|failed)")
START = re.compile(r"◇ Test (?!run started)(.+?) started")
RAN = re.compile(r"Test run with (\d+) test")
OVERDUE = "Time limit was exceeded"
COLOUR = re.compile(r"\x1b\[[0-9;]*m")

PROCESSES = "SystemTests"
# As in the Makefile: what keeps both cores busy runs apart from what judges the second of a frame.
HEAVY = "KillTests|FailingMediumTests|FailureModesTests"


@dataclasses.dataclass
class Outcome:
    """What became of a mutant."""

    fate: str  # killed, survived, or hung: then it counts where the mutant says why
    killer: str = ""
    seconds: float = 0.0
    test: str = ""  # the killer as the tests print it

    @property
    def is_killed(self) -> bool:
        return self.fate == "killed"

    @property
    def is_survivor(self) -> bool:
        return self.fate == "survived"


class Runner:
    """Knows the built tests and how long they take without a mutant."""

    def __init__(self, folder: pathlib.Path, also: str):
        self._tests = next(folder.glob("*PackageTests.xctest"))
        self._program = folder / "cellbridge"
        self._also = also
        self._limits: dict[str, float] = {}

    def clean(self, of_processes: bool, tell) -> Outcome:
        """The unit tests, or all the others, without a mutant, which also tells how long each part may take with one."""
        for name, words in self._parts():
            if (name != "unit") != of_processes:
                continue
            outcome = self._run(0, words, limit=3600)
            if not outcome.is_survivor:
                tell(f"{name}: {outcome.fate} by {outcome.killer}: once more")
                outcome = self._run(0, words, limit=3600)
            if not outcome.is_survivor:
                return outcome
            tell(f"{name}: {outcome.seconds:.0f} s")
            # The machine may be busier then: only a standstill should get there.
            self._limits[name] = 300 + 5 * outcome.seconds
        return Outcome("survived")

    def unit(self, mutant: Mutant) -> Outcome:
        """The tests that ought to notice, then all unit tests."""
        if mutant.needs_process:
            return Outcome("survived")
        began = time.monotonic()
        outcome = self._twice(mutant.number, self._unit(mutant.tests), self._limits["unit"])
        if outcome.is_survivor:
            outcome = self._twice(mutant.number, self._unit(), self._limits["unit"])
        return self._judged(outcome, mutant, began)

    def process(self, mutant: Mutant) -> Outcome:
        """The program as a process, the tests that ought to notice first, then whatever else may notice."""
        began = time.monotonic()
        parts = [part for part in self._parts() if part[0] != "unit"]
        if mutant.needs_process:
            parts.insert(0, ("processes", self._process(mutant.tests)))
            parts.append(("unit", self._unit()))
        outcome = Outcome("survived")
        for name, words in parts:
            if not outcome.is_survivor:
                break
            outcome = self._twice(mutant.number, words, self._limits[name])
        return self._judged(outcome, mutant, began)

    def _twice(self, number: int, words: list[str], limit: float) -> Outcome:
        """What fails, or comes to no end, must do so again in the same test, and that must pass without the mutant.

        On a busy machine a test fails now and then that has noticed nothing.
        """
        seen: list[tuple[str, str]] = []
        for _ in range(4):
            outcome = self._run(number, words, limit)
            if outcome.is_survivor:
                return outcome
            if (outcome.fate, outcome.test) in seen and self._run(0, words, limit, until=outcome.test).is_survivor:
                return outcome
            seen.append((outcome.fate, outcome.test))
        return Outcome("survived", f"no two of {seen}")

    @staticmethod
    def _judged(outcome: Outcome, mutant: Mutant, began: float) -> Outcome:
        fate, killer = outcome.fate, outcome.killer
        if fate == "hung" and mutant.hang:
            fate, killer = "killed", f"standstill in {killer}: {mutant.hang}"
        return Outcome(fate, killer, time.monotonic() - began, outcome.test)

    def _parts(self) -> list[tuple[str, list[str]]]:
        """All tests, by name of the part."""
        parts = [
            ("unit", self._unit()),
            ("processes", self._process([PROCESSES], but=f"{HEAVY}|VirtualPi")),
            ("heavy processes", self._process([f"{PROCESSES}.({HEAVY})"])),
        ]
        return parts + ([("also", ["sh", "-c", self._also])] if self._also else [])

    def _words(self) -> list[str]:
        return [str(self._tests), "--testing-library", "swift-testing"]

    def _unit(self, names: list[str] | None = None) -> list[str]:
        return [*self._words(), "--no-parallel", *filters(names or []), "--skip", f"^{PROCESSES}[./]"]

    def _process(self, names: list[str], but: str = "VirtualPi") -> list[str]:
        return [*self._words(), *filters(names), "--skip", but]

    def _program_with(self, number: int) -> str:
        """The program with a mutant on, whatever environment it is given: the tests of processes give it a bare one."""
        path = self._program.with_name(f"cellbridge-{number}")
        path.write_text(f'#!/bin/sh\n{VARIABLE}={number} exec {self._program} "$@"\n', encoding="ascii")
        path.chmod(0o755)
        return str(path)

    def _run(self, number: int, words: list[str], limit: float, until: str = "") -> Outcome:
        """One run of tests, up to the first that fails or to the one that need only pass."""
        environment = os.environ | {VARIABLE: str(number), "CELLBRIDGE": self._program_with(number), "NO_COLOR": "1"}
        began = time.monotonic()
        # In a session of its own, so that nothing of it outlives the verdict.
        child = subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", start_new_session=True)
        is_late = threading.Event()
        timer = threading.Timer(limit, lambda: (is_late.set(), end(child.pid)))
        timer.start()
        failure, place, running, ran, passed = "", "", "", words[0] == "sh", False
        for line in child.stdout:
            line = COLOUR.sub("", line)
            if found := START.search(line):
                running = found[1]
            elif OVERDUE in line:
                is_late.set()
                break
            elif found := FAILURE.search(line):
                failure, place = found[1], f" ({found[2]})" if found[2] else ""
                break
            elif until and f"✔ Test {until} " in line:
                passed = True
                break
            elif found := RAN.search(line):
                ran = ran or int(found[1]) > 0
        timer.cancel()
        if failure or passed or is_late.is_set():
            end(child.pid)
        status = child.wait()
        end(child.pid)
        seconds = time.monotonic() - began
        if is_late.is_set():
            return Outcome("hung", running, seconds, running)
        if failure:
            return Outcome("killed", failure + place, seconds, failure)
        if passed:
            return Outcome("survived", "", seconds)
        if not ran and not running:
            raise SystemExit(f"no test was run by {' '.join(words)}")
        if status != 0:
            what = words[-1] if words[0] == "sh" else f"end of the process in {running}"
            return Outcome("killed", what, seconds, running)
        return Outcome("survived", "", seconds)


def filters(names: list[str]) -> list[str]:
    return [word for name in names for word in ("--filter", f"^{name}[./]")]


def end(session: int):
    """Ends every process of a session that was started here."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            if int(fields[3]) == session:
                os.kill(int(entry), signal.SIGKILL)
        except (OSError, IndexError):
            pass  # it has ended meanwhile
