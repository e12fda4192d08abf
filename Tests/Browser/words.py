#!/usr/bin/env python3
"""Holds the dictionaries of the pages together: the same keys and placeholders in every language, every key that the
code asks for is there, none is left over, and every word that the gateway may say has its translation.

Run from anywhere; prints one line a fault and exits 1, or one line and exits 0.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "Resources/web"
FAULTS = []


def fault(text):
    FAULTS.append(text)


def read_once(path):
    """A dictionary; a key that stands twice is a fault, not the last one wins."""
    def pairs(members):
        keys = [key for key, _ in members]
        for key in sorted({key for key in keys if keys.count(key) > 1}):
            fault(f"{path.name}: {key} stands twice")
        return dict(members)
    return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=pairs)


DICTIONARIES = {path.stem: read_once(path) for path in sorted((WEB / "lang").glob("*.json"))}
CODE = {path: path.read_text(encoding="utf-8") for path in sorted((WEB / "js").rglob("*.js"))}


def placeholders(text):
    return sorted(set(re.findall(r"\{(\w+)\}", text)))


def same_in_all_languages():
    first, *others = DICTIONARIES
    for other in others:
        for key in DICTIONARIES[first].keys() ^ DICTIONARIES[other].keys():
            lacking = other if key in DICTIONARIES[first] else first
            fault(f"{lacking}.json lacks {key}")
        for key in DICTIONARIES[first].keys() & DICTIONARIES[other].keys():
            one, two = DICTIONARIES[first][key], DICTIONARIES[other][key]
            if placeholders(one) != placeholders(two):
                fault(f"{key}: placeholders {placeholders(one)} in {first}, {placeholders(two)} in {other}")
            if not one.strip() or not two.strip():
                fault(f"{key} is empty")
    for key in DICTIONARIES[first]:
        if key.endswith(".one") and key[:-4] + ".other" not in DICTIONARIES[first]:
            fault(f"{key} has no plural {key[:-4]}.other")


def known(key, words):
    return key in words or f"{key}.other" in words


def used_in_code():
    """Keys named in the code, and patterns for those that are put together there."""
    words = DICTIONARIES["en"]
    names, patterns = set(), set()
    for path, text in CODE.items():
        # Every quoted text that looks like a key counts as used; what is called with t() must exist.
        names |= set(re.findall(r"\"([a-z][\w-]*(?:\.[\w -]+)+)\"", text))
        for key in re.findall(r"\bt\(\"([^\"]+)\"", text):
            if not known(key, words):
                fault(f"{path.relative_to(WEB)}: {key} is in no dictionary")
        for template in re.findall(r"\bt(?:Or)?\(`([^`]*)`", text) + re.findall(r"key = `(event\.[^`]*)`", text):
            # What stands in ${…} may hold braces of its own.
            parts = re.split(r"\$\{(?:[^{}]|\{[^{}]*\})*\}", template)
            patterns.add(".+".join(map(re.escape, parts)))
        for one, other in re.findall(r"\bt\([^\"()]*\? \"([^\"]+)\" : \"([^\"]+)\"", text):
            for key in (one, other):
                if not known(key, words):
                    fault(f"{path.relative_to(WEB)}: {key} is in no dictionary")
    for pattern in patterns:
        if not any(re.fullmatch(pattern + r"(\.one|\.other)?", key) for key in words):
            fault(f"nothing in the dictionary matches {pattern}")
    whole = re.compile("|".join(f"(?:{pattern})" for pattern in patterns))
    for key in words:
        plain = re.sub(r"\.(one|other|one_pack)$", "", key)
        if plain not in names and key not in names and not whole.fullmatch(plain):
            fault(f"{key} is used nowhere")


def raw_values(path, name):
    """The raw values of a Swift enum of strings."""
    text = (ROOT / path).read_text(encoding="utf-8")
    body = re.search(r"enum " + name + r"\b[^{]*\{(.*?)\n\s*\}\n", text, re.S)
    if not body:
        fault(f"{path}: no enum {name}; mend this test")
        return []
    values = []
    for line in re.findall(r"^\s*case ([^(:\n]+)$", body[1], re.M):
        for case in line.split(","):
            raw = re.search(r"\"([^\"]+)\"", case)
            values.append(raw[1] if raw else case.strip())
    return values


def everything_the_gateway_says():
    words = DICTIONARIES["en"]

    def need(prefix, values, suffixes=("",)):
        for value in values:
            for suffix in suffixes:
                if not known(f"{prefix}.{value}{suffix}", words):
                    fault(f"{prefix}.{value}{suffix} is in no dictionary, but the gateway says it")

    limits = "Sources/Battery/ChargeControl/Limits.swift"
    need("rule", raw_values(limits, "LimitRule"), ("", ".about"))
    need("mode", raw_values(limits, "ChargeMode"), ("", ".about"))
    need("alarm", raw_values("Sources/Battery/Alarms/Alarm.swift", "AlarmKind"))
    need("event.alarm_raised", raw_values("Sources/Battery/Alarms/Alarm.swift", "AlarmKind"), (".means", ".do"))
    need("stage", raw_values("Sources/Battery/Freshness/FreshnessStage.swift", "FreshnessStage"))
    need("can.state", raw_values("Sources/Links/CANBus.swift", "CANState"))
    need("family", raw_values("Sources/Configuration/ConfigurationWords.swift", "BMSFamily"))
    need("chemistry", raw_values("Sources/Configuration/ConfigurationWords.swift", "PackChemistry"))
    need("level", raw_values("Sources/Log/LogLevel.swift", "LogLevel"))
    reading = "Sources/Battery/Snapshot/PackReading.swift"
    need("place", raw_values(reading, "Place"))
    need("activity", raw_values(reading, "PackActivity"))
    need("child.state", raw_values("Sources/Actors/Supervision/ChildReport.swift", "State"))
    events = set()
    for path in (ROOT / "Sources").rglob("*.swift"):
        events |= set(re.findall(r"\.(?:notice|warning|error),\s*\"([a-z_]+)\"", path.read_text(encoding="utf-8")))
    need("event", sorted(events))
    registers = (ROOT / "Sources/BMSProtocols/TinyBMS/TinyBMSRegisters.swift").read_text(encoding="utf-8")
    need("register", re.findall(r"\.init\(\s*3\d\d, \"(\w+)\"", registers))
    schema = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "Sources/Configuration").glob("Schema*.swift"))
    settings = set(re.findall(r"\"((?:pack\.N|[a-z]+)(?:\.[a-z_]+)+)\"", schema))
    need("setting", sorted(settings))
    need("group", sorted({key.split(".")[0] for key in settings} - {"pack"}))
    for text in re.findall(r"\bnote: \"([^\"]+)\"", schema):
        need("note", [text])


def icons():
    sprite = set(re.findall(r"<symbol id=\"([\w-]+)\"", (WEB / "icons.svg").read_text(encoding="utf-8")))
    for path, text in CODE.items():
        for name in re.findall(r"\bicon\(\"([\w-]+)\"", text):
            if name not in sprite:
                fault(f"{path.relative_to(WEB)}: the sprite has no icon {name}")


def main():
    same_in_all_languages()
    used_in_code()
    everything_the_gateway_says()
    icons()
    for text in FAULTS:
        print(text)
    if not FAULTS:
        print(f"{len(DICTIONARIES['en'])} keys in {len(DICTIONARIES)} languages, nothing missing, nothing left over")
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
