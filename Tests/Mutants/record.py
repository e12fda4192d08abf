"""What became of mutants in earlier runs, by their text and that of the file they are in."""

import dataclasses
import hashlib
import json
import pathlib

from mutant import Mutant
from run import Outcome

PATH = pathlib.Path(".build/mutants/outcomes.json")


class Record:
    """Kept after every mutant, so that a run that was cut goes on where it was."""

    def __init__(self):
        self._kept = json.loads(PATH.read_text(encoding="utf-8")) if PATH.exists() else {}

    def keep(self, mutant: Mutant, outcome: Outcome):
        self._kept[digest(mutant)] = dataclasses.asdict(outcome)
        PATH.write_text(json.dumps(self._kept, indent=1), encoding="utf-8")

    def kill(self, mutant: Mutant) -> Outcome | None:
        """The kill of this mutant, where neither it nor its file has changed since."""
        kept = self._kept.get(digest(mutant))
        outcome = Outcome(**kept) if kept else None
        return outcome if outcome and outcome.is_killed else None


def digest(mutant: Mutant) -> str:
    text = "\0".join([mutant.rule, mutant.file, mutant.find, mutant.replace, pathlib.Path(mutant.file).read_text(encoding="utf-8")])
    return hashlib.sha256(text.encode()).hexdigest()
