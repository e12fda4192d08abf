"""What a soak has shown: pure functions of what was recorded."""

import dataclasses
import statistics

import plan

LONGEST_GAP = 2.5  # s; S40
CHARGE_STOP = 5 + 1.1  # s; S2
SILENT = 30.0  # s; the age of data beyond which nothing is sent
RETURN_OF_DATA = 6.0  # s; reopening a port waits up to 2 s here, then 3 valid snapshots over 2 s or more (S6)
RETURN_OF_BUS = 7.0  # s; reopening waits up to 5 s (S30), then the first set
STEEPEST = 0.01  # of the resident memory, over the last third


@dataclasses.dataclass
class Recording:
    """What a soak leaves behind; times are monotonic seconds."""

    begin: float
    end: float
    samples: list[dict]  # a second each: "at" and the figures of `Gauge`, "log" lines so far
    limits: list[tuple[float, float, float]]  # moment, CCL, DCL
    faults: list[tuple[float, str, bool]]
    bus_silences: list[list[float]]
    problems: list[str]  # whatever else was not as it should be

    def silences(self) -> list[tuple[float, float, str]]:
        """Begin, end and kind of each time in which the pack gave no fresh data."""
        found = []
        for at, kind, begins in self.faults:
            if begins and kind in plan.SILENCES:
                ends = [end for end, other, starts in self.faults if other == kind and not starts and end > at]
                found.append((at, min(ends, default=self.end), kind))
        return found


def third(samples: list[dict], number: int) -> list[dict]:
    """The first, second or last third."""
    size = len(samples) // 3
    return samples[number * size:] if number == 2 else samples[number * size:(number + 1) * size]


def rise(samples: list[dict], name: str) -> float:
    """By how much a figure rises over these samples: the least-squares slope times their length."""
    if len(samples) < 2:
        return 0.0
    line = statistics.linear_regression([one["at"] for one in samples], [one[name] for one in samples])
    return line.slope * (samples[-1]["at"] - samples[0]["at"])


def memory(recording: Recording) -> list[str]:
    last = third(recording.samples, 2)
    resident = statistics.fmean(one["resident"] for one in last)
    return [
        f"{name} memory rises by {rise(last, name):.0f} KiB over the last third, more than 1 % of {resident:.0f} KiB"
        for name in ("resident", "anonymous") if rise(last, name) > STEEPEST * resident
    ]


def descriptors(recording: Recording) -> list[str]:
    """Clients come and go, so it is the most and the usual number that must not grow."""
    first, last = third(recording.samples, 0), third(recording.samples, 2)
    return [
        f"{name}: {what([one[name] for one in last]):.0f} ({word}) in the last third, "
        f"{what([one[name] for one in first]):.0f} in the first"
        for name in ("descriptors", "threads") for what, word in ((max, "most"), (statistics.median, "usual"))
        if what([one[name] for one in last]) > what([one[name] for one in first])
    ]


def gaps(recording: Recording) -> list[tuple[float, float]]:
    """Begin and end of each time without a 0x351 that is too long."""
    moments = [recording.begin, *(at for at, _, _ in recording.limits), recording.end]
    return [(one, next) for one, next in zip(moments, moments[1:]) if next - one > LONGEST_GAP]


def missed_seconds(recording: Recording) -> list[str]:
    """Gaps that neither an age beyond SILENT nor a pulled adapter explains."""
    def is_announced(begin, end):
        for start, stop, _ in recording.silences():
            if begin > start + SILENT - LONGEST_GAP and end < stop + RETURN_OF_DATA:
                return True
        return any(
            begin > start - LONGEST_GAP and end < stop + RETURN_OF_BUS for start, stop in recording.bus_silences)

    return [
        f"no 0x351 for {end - begin:.2f} s from second {begin - recording.begin:.1f} on"
        for begin, end in gaps(recording) if not is_announced(begin, end)
    ]


def charge_stops(recording: Recording) -> list[tuple[str, float | None, str | None]]:
    """For each silence of the pack: its kind, seconds to CCL = 0, and what is wrong with it (S2)."""
    found = []
    for begin, end, kind in recording.silences():
        before = [ccl for at, ccl, _ in recording.limits if begin - LONGEST_GAP < at <= begin]
        zeros = [at for at, ccl, _ in recording.limits if begin < at < end and ccl == 0]
        late = [at for at, ccl, _ in recording.limits if begin + CHARGE_STOP < at < end and ccl > 0]
        delay = zeros[0] - begin if zeros else None
        problem = None
        if not before or before[-1] == 0:
            problem = "charging was not allowed before, so nothing was shown"
        elif delay is None or delay > CHARGE_STOP:
            problem = f"CCL = 0 came after {delay} s"
        elif late:
            problem = f"CCL was above 0 again {late[0] - begin:.1f} s after the data ended"
        found.append((kind, delay, problem))
    return found


def charge_stop_problems(recording: Recording) -> list[str]:
    return [f"{kind}: {problem}" for kind, _, problem in charge_stops(recording) if problem]


CHECKS = {
    "memory is flat": memory,
    "descriptors and threads are flat": descriptors,
    "no second is missed": missed_seconds,
    "charging stops when data stops (S2, S8)": charge_stop_problems,
    "nothing else went wrong": lambda recording: recording.problems,
}
