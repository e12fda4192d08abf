"""The list of mutants."""

import dataclasses
import tomllib

PLACEHOLDER = "MUTATED"
VARIABLE = "MUTANT_NUMBER"  # CELLBRIDGE_… are settings


@dataclasses.dataclass
class Mutant:
    """One rule turned off at its source."""

    number: int
    rule: str
    removed: str
    file: str
    find: str
    replace: str
    tests: list[str]
    hang: str = ""

    def is_named(self, words: list[str]) -> bool:
        return self.rule in words or str(self.number) in words

    @property
    def needs_process(self) -> bool:
        """Whether only tests of the whole program can see it."""
        return self.tests[0].startswith("SystemTests")

    @property
    def module(self) -> str:
        return self.file.split("/")[1]

    @property
    def text(self) -> str:
        """What stands in the mutated sources."""
        return self.replace.replace(PLACEHOLDER, f"(mutant == {self.number})")


def load(path: str) -> list[Mutant]:
    """Reads the list; a mutant's number is its place in it, from 1."""
    with open(path, "rb") as file:
        entries = tomllib.load(file)["mutant"]
    mutants = []
    for number, entry in enumerate(entries, 1):
        module = entry["file"].split("/")[1]
        mutants.append(Mutant(number=number, **{"tests": [module + "Tests"]} | entry))
        if PLACEHOLDER not in entry["replace"]:
            raise SystemExit(f"mutant {number} ({entry['rule']}) has no {PLACEHOLDER} in its replacement")
    return mutants
