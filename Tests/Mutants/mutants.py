#!/usr/bin/env python3
"""Turns off one safety rule at a time and looks whether a test notices.

usage: mutants.py [--jobs N] [--report FILE] [--resume] [--check]

All mutants of mutants.toml are built at once into a copy of the sources, each behind a number that is read from the
environment; so there is one build and then one run a mutant. In the environment ONLY may name rules and numbers, such as
`S27 12`, and ALSO a shell command that may notice too, with the mutated program in $CELLBRIDGE: for a simulation, say.
--resume takes over the kills of earlier runs where neither the mutant nor its file has changed since.
--check only looks whether the list still fits the sources. Exit status 1 where a mutant survives.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import sys
import time

import report
import tree
from mutant import load
from record import Record
from run import Outcome, Runner


def main() -> int:
    arguments = parse()
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    mutants = load("Tests/Mutants/mutants.toml")
    patched = tree.patch(mutants)
    if arguments.check:
        print(f"{len(mutants)} mutants fit the sources")
        return 0
    only = os.environ.get("ONLY", "").replace(",", " ").split()
    chosen = [one for one in mutants if not only or one.is_named(only)]
    if not chosen:
        sys.exit(f"no mutant is named by {only}")
    began = time.monotonic()
    runner = Runner(tree.build(patched), os.environ.get("ALSO", ""))
    record = Record()
    outcomes = {one.number: record.kill(one) for one in chosen if arguments.resume}
    pending = [one for one in chosen if not outcomes.get(one.number)]
    outcomes |= check(runner, pending, arguments.jobs, record)
    results = [outcomes[one.number] for one in chosen]
    run = report.Run(len(pending), time.monotonic() - began, arguments.jobs)
    print(report.table(chosen, results))
    print(report.summary(results, run))
    if arguments.report and not only:
        with open(arguments.report, "w", encoding="utf-8") as file:
            file.write(report.page(chosen, results, run))
    return 0 if all(one.is_killed for one in results) else 1


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--jobs", type=int, default=2, help="unit test runs at a time")
    parser.add_argument("--report", default="", help="file for the page, of a whole run")
    parser.add_argument("--resume", action="store_true", help="keep the kills of what has not changed since")
    parser.add_argument("--check", action="store_true", help="only look whether the list fits the sources")
    return parser.parse_args()


def check(runner: Runner, chosen: list, jobs: int, record: Record) -> dict[int, Outcome]:
    """First the sources as they are, which every test must pass; then each mutant, nearest tests first."""
    outcomes = {}

    def note(one, outcome: Outcome):
        outcomes[one.number] = outcome
        record.keep(one, outcome)
        if outcome.seconds > 0:  # else only tests of processes can see it, later
            tell(report.line(one, outcome))

    require_green(runner, False)
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for one, outcome in zip(chosen, pool.map(runner.unit, chosen)):
            note(one, outcome)
    rest = [one for one in chosen if not outcomes[one.number].is_killed]
    if rest:
        require_green(runner, True)
    for one in rest:
        spent = outcomes[one.number].seconds
        outcome = runner.process(one)
        note(one, dataclasses.replace(outcome, seconds=outcome.seconds + spent))
    return outcomes


def require_green(runner: Runner, of_processes: bool):
    tell(f"without a mutant: {'tests of processes' if of_processes else 'unit tests'}")
    clean = runner.clean(of_processes, tell)
    if not clean.is_survivor:
        sys.exit(f"without a mutant the tests are not green: {clean.fate} by {clean.killer}")


def tell(line: str):
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
