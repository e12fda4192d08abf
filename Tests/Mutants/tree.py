"""The copy of the sources that all mutants are built into."""

import os
import pathlib
import subprocess

from mutant import VARIABLE, Mutant

FOLDER = pathlib.Path(".build/mutants")
SWITCH = f"""internal import Glibc

/// Number of the mutant that is on; 0 for none.
let mutant: Int = unsafe getenv("{VARIABLE}").flatMap {{ unsafe Int(String(cString: $0)) }} ?? 0
"""


def patch(mutants: list[Mutant]) -> dict[str, str]:
    """The mutated files by path; ends the program where a mutant's text is not there exactly once."""
    patched, problems = {}, []
    for path in sorted({one.file for one in mutants}):
        source = pathlib.Path(path).read_text(encoding="utf-8")
        places = []
        for one in (one for one in mutants if one.file == path):
            if (count := source.count(one.find)) != 1:
                problems.append(f"mutant {one.number} ({one.rule}): its text is {count} times in {path}:\n  {one.find}")
                continue
            places.append((source.index(one.find), one))
        places.sort(key=lambda place: place[0])
        for (begin, one), (next_begin, other) in zip(places, places[1:]):
            if begin + len(one.find) > next_begin:
                problems.append(f"mutants {one.number} and {other.number} change the same text of {path}")
        for begin, one in reversed(places):
            source = source[:begin] + one.text + source[begin + len(one.find):]
        patched[path] = source
    if problems:
        raise SystemExit("the list of mutants no longer fits the sources:\n" + "\n".join(problems))
    for module in {one.module for one in mutants}:
        patched[f"Sources/{module}/Mutant.swift"] = SWITCH
    return patched


def build(patched: dict[str, str]) -> pathlib.Path:
    """Brings the copy up to date and builds program and tests; the folder with both."""
    copy = FOLDER / "tree"
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    wanted = {name: pathlib.Path(name).read_bytes() for name in names if os.path.isfile(name)}
    wanted |= {name: text.encode() for name, text in patched.items()}
    for old in [path for path in copy.rglob("*") if path.is_file()]:
        if str(old.relative_to(copy)) not in wanted:
            old.unlink()
    for name, content in wanted.items():
        target = copy / name
        # Only what differs is written, so that a second build is short.
        if not target.exists() or target.read_bytes() != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
            target.chmod(os.stat(name).st_mode if os.path.exists(name) else 0o644)
    # Optimised: to build takes a little longer, to run two hundred times takes a tenth.
    options = ["-c", "release", "-Xswiftc", "-enable-testing", "-Xswiftc", "-gnone"]
    folders = ["--package-path", str(copy), "--scratch-path", str(FOLDER / "build")]
    words = [os.environ.get("SWIFT", "swift"), "build", "--build-tests", *options, *folders]
    if subprocess.run(words, check=False).returncode != 0:
        raise SystemExit("the mutated sources cannot be built")
    return (FOLDER / "build" / "release").resolve()
