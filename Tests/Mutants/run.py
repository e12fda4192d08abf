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

FAILURE = re.compile(r"✘ Test (.+?) (?:recorded an issue|failed)")
START = re.compile(r"◇ Test (.+?) started")
RAN = re.compile(r"Test run with (\d+) test")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclasses.dataclass
class Outcome:
    """What became of a mutant."""

    fate: str  # killed, survived, or hung: then it counts where the mutant says why
    killer: str = ""
    seconds: float = 0.0

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

    def clean(self) -> Outcome:
        """Every test without a mutant, which also tells how long each part may take with one."""
        for words in (self._unit_words(), self._system_words(), self._also_words()):
            if words and not (outcome := self._run(0, words, limit=3600)).is_survivor:
                return outcome
            if words:
                self._limits[words[-1]] = 60 + 3 * outcome.seconds
        return Outcome("survived")

    def unit(self, mutant: Mutant) -> Outcome:
        """The tests that ought to notice, then all unit tests."""
        began = time.monotonic()
        words = [word for name in mutant.tests for word in ("--filter", f"^{name}[./]")]
        limit = self._limits[self._unit_words()[-1]]
        outcome = self._run(mutant.number, [*self._words(), *words], limit)
        if outcome.is_survivor and not mutant.tests[0].startswith("SystemTests"):
            outcome = self._run(mutant.number, self._unit_words(), limit)
        return self._judged(outcome, mutant, began)

    def system(self, mutant: Mutant) -> Outcome:
        """The program as a process, then whatever else may notice."""
        began = time.monotonic()
        outcome = Outcome("survived")
        for words in (self._system_words(), self._also_words()):
            if words and outcome.is_survivor:
                outcome = self._run(mutant.number, words, self._limits[words[-1]])
        return self._judged(outcome, mutant, began)

    @staticmethod
    def _judged(outcome: Outcome, mutant: Mutant, began: float) -> Outcome:
        fate, killer = outcome.fate, outcome.killer
        if fate == "hung" and mutant.hang:
            fate, killer = "killed", f"standstill in {killer}: {mutant.hang}"
        return Outcome(fate, killer, time.monotonic() - began)

    def _words(self) -> list[str]:
        return [str(self._tests), "--testing-library", "swift-testing", "--no-parallel"]

    def _unit_words(self) -> list[str]:
        return [*self._words(), "--skip", "^SystemTests[./]"]

    def _system_words(self) -> list[str]:
        return [str(self._tests), "--testing-library", "swift-testing", "--filter", "^SystemTests[./]", "--skip", "VirtualPi"]

    def _also_words(self) -> list[str]:
        return ["sh", "-c", self._also] if self._also else []

    def _program_with(self, number: int) -> str:
        """The program with a mutant on, whatever environment it is given: the tests of processes give it a bare one."""
        path = self._program.with_name(f"cellbridge-{number}")
        path.write_text(f'#!/bin/sh\n{VARIABLE}={number} exec {self._program} "$@"\n', encoding="ascii")
        path.chmod(0o755)
        return str(path)

    def _run(self, number: int, words: list[str], limit: float) -> Outcome:
        environment = os.environ | {VARIABLE: str(number), "CELLBRIDGE": self._program_with(number), "NO_COLOR": "1"}
        began = time.monotonic()
        # In a session of its own, so that nothing of it outlives the verdict.
        child = subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, errors="replace", start_new_session=True)
        is_late = threading.Event()
        timer = threading.Timer(limit, lambda: (is_late.set(), end(child.pid)))
        timer.start()
        failure, running, ran = "", "", words[0] == "sh"
        for line in child.stdout:
            line = COLOUR.sub("", line)
            if found := START.search(line):
                running = found[1]
            elif found := FAILURE.search(line):
                failure = found[1]
                break
            elif found := RAN.search(line):
                ran = ran or int(found[1]) > 0
        timer.cancel()
        if failure:
            end(child.pid)
        status = child.wait()
        end(child.pid)
        seconds = time.monotonic() - began
        if is_late.is_set():
            return Outcome("hung", running, seconds)
        if failure:
            return Outcome("killed", failure, seconds)
        if status != 0:
            what = words[-1] if words[0] == "sh" else f"end of the process in {running}"
            return Outcome("killed", what, seconds)
        if not ran:
            raise SystemExit(f"no test was run by {' '.join(words)}")
        return Outcome("survived", "", seconds)


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
