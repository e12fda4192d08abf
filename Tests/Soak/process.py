"""Processes of a soak, and what the kernel knows of them."""

import collections
import os
import re
import signal
import subprocess
import threading
import time


class Process:
    """A running program whose lines are read as they come."""

    def __init__(self, words: list[str], log: str | None = None):
        self.output: list[tuple[float, str]] = []
        self.events = collections.Counter()
        self.busiest = collections.Counter()  # most lines of one event in a second of the log
        self._log = open(log, "a", encoding="utf-8") if log else None
        self.child = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            errors="replace", start_new_session=True)
        self.log_lines = 0
        for stream, take in ((self.child.stdout, self._take_output), (self.child.stderr, self._take_error)):
            threading.Thread(target=self._read, args=(stream, take), daemon=True).start()

    @property
    def runs(self) -> bool:
        return self.child.poll() is None

    def send(self, number: int):
        if self.runs:
            self.child.send_signal(number)

    def end(self, number: int = signal.SIGTERM, within: float = 10) -> int | None:
        """Ends the process; its exit status, nil where it had to be killed."""
        self.send(number)
        self.send(signal.SIGCONT)
        try:
            return self.child.wait(within)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            return None

    @staticmethod
    def _read(stream, take):
        for line in stream:
            take(line.rstrip("\n"))

    def _take_output(self, line: str):
        self.output.append((time.monotonic(), line))

    def _take_error(self, line: str):
        self.log_lines += 1
        if self._log:
            self._log.write(line + "\n")
            self._log.flush()
        # 2025-03-01T08:00:00.123Z +1.234 notice  stage: …
        if found := re.match(r"\S+ \+(\d+)\.\d+ +\w+ +([\w.]+):", line):
            self.events[found[2]] += 1
            self.busiest[(found[2], found[1])] += 1


class Gauge:
    """Figures of a process as the kernel keeps them in /proc."""

    def __init__(self, process: int):
        self._folder = f"/proc/{process}"
        self._last = (time.monotonic(), self._ticks())

    def read(self) -> dict[str, float]:
        """Resident and anonymous memory in KiB, descriptors, threads, processor time since the last reading in percent."""
        status = self._fields("status")
        now, ticks = time.monotonic(), self._ticks()
        (then, before), self._last = self._last, (now, ticks)
        share = (ticks - before) / os.sysconf("SC_CLK_TCK") / max(now - then, 0.01) * 100
        return {
            "resident": status["VmRSS"], "anonymous": status["RssAnon"], "threads": status["Threads"],
            "descriptors": len(os.listdir(self._folder + "/fd")), "processor": share,
        }

    def written(self) -> int:
        """Bytes that the process has caused to be written to storage since its start."""
        return self._fields("io")["write_bytes"]

    def _fields(self, name: str) -> dict[str, int]:
        with open(f"{self._folder}/{name}", encoding="ascii", errors="replace") as file:
            return {key: int(value) for key, value in re.findall(r"^(\w+):\s+(\d+)", file.read(), re.MULTILINE)}

    def _ticks(self) -> int:
        with open(self._folder + "/stat", encoding="ascii", errors="replace") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])
