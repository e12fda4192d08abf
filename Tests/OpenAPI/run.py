#!/usr/bin/env python3
"""Asks a running gateway everything that its OpenAPI document allows, and much that it forbids, by schemathesis: all
checks, all phases, one seed.

usage: run.py PROGRAM [--seed N] [--examples N] [--keep FOLDER]

Passes: a program with a token of every scope asks everything; then a page with a session asks for what a token may not
do; then a stranger knocks at the doors (log-in, setup, password), last, as wrong passwords lock every door for a while;
then what no random text hits is done on purpose: each part and the whole gateway restarted, tokens revoked, the
password changed. Prints the figures, and exits 1 where any pass has a failure.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gateway import Gateway, PASSWORD

HERE = Path(__file__).resolve().parent
# A program that may revoke tokens comes upon its own and is nobody from then on; a page has none to lose.
OWN_END = ["--exclude-name", "DELETE /api/tokens/{id}"]
# What is asked by a stranger alone: a wrong password there locks out everybody who comes after.
DOORS = ["POST /api/login", "POST /api/setup", "POST /api/session/password", "POST /api/password", "POST /api/logout"]


def schemathesis(gateway, name, options, headers, seed, folder):
    """One pass; returns its figures and whether it failed."""
    words = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(HERE / "schemathesis.toml"), "run",
             f"{folder}/openapi.json", "--url", gateway.url, "--phases", "examples,coverage,fuzzing,stateful", "--checks", "all",
             "--seed", str(seed), "--workers", "1", "--no-color", "--continue-on-failure",
             "--report", "json", "--report-json-path", f"{folder}/{name}.json", *options]
    for header, value in headers.items():
        words += ["--header", f"{header}: {value}"]
    began = time.monotonic()
    run = subprocess.run(words, capture_output=True, text=True)
    took = time.monotonic() - began
    Path(folder, f"{name}.txt").write_text(run.stdout + run.stderr, encoding="utf-8")
    figures = {"pass": name, "seconds": round(took, 1), "failed": run.returncode != 0}
    for key, pattern in (("operations", r"Selected: (\d+)/"), ("cases", r"(\d+) generated"),
                         ("failures", r"(\d+) unique failure")):
        found = re.search(pattern, run.stdout)
        figures[key] = int(found[1]) if found else 0
    if run.returncode != 0:
        print(run.stdout[-20000:] + run.stderr[-3000:])
    return figures


def on_purpose(gateway):
    """What would end the run if a generator hit it: done once, in order, and watched. Returns what went wrong."""
    faults = []

    def expect(what, status, ask, *words):
        answer = gateway.patiently(lambda: ask(*words))
        if answer.status != status:
            faults.append(f"{what}: {answer.status} instead of {status}: {answer.body[:300]!r}")
        return answer

    def restart_all():
        expect("restart of the gateway", 202, gateway.page, "POST", "/api/system/restart", {"target": "gateway"})
        # A new process knows no session (S73), and no lock-out.
        gateway.wait("the new process", lambda: gateway.page("GET", "/api/status").status == 401)
        gateway.log_in()

    # The doors are locked by the pass before, but a session that was there still holds.
    children = [child["id"] for child in gateway.page("GET", "/api/system").json["children"]]
    for target in children + ["bms", "can"]:
        expect(f"restart of {target}", 202, gateway.page, "POST", "/api/system/restart", {"target": target})
        expect(f"status after a restart of {target}", 200, gateway.page, "GET", "/api/status")
    restart_all()
    gateway.token = gateway.make_token("mine")
    restart_all()
    expect("token after a restart", 200, gateway.program_ask, "GET", "/api/status")
    other = gateway.page("POST", "/api/tokens", {"name": "other", "scopes": ["read"]}).json
    expect("revocation", 204, gateway.page, "DELETE", f"/api/tokens/{other['id']}")
    expect("use of a revoked token", 401, gateway.ask, "GET", "/api/status", None,
           {"Authorization": "Bearer " + other["token"]})
    mine = next(token["id"] for token in gateway.page("GET", "/api/tokens").json["tokens"] if token["name"] == "mine")
    expect("a token that revokes itself", 204, gateway.program_ask, "DELETE", f"/api/tokens/{mine}")
    expect("use of it", 401, gateway.program_ask, "GET", "/api/status")
    new = PASSWORD + " and one more"
    expect("change of the password", 204, gateway.page, "POST", "/api/password", {"current": PASSWORD, "new": new})
    expect("session after it", 401, gateway.page, "GET", "/api/status")
    gateway.cookie = None
    expect("the old password", 401, gateway.page, "POST", "/api/login", {"password": PASSWORD})
    gateway.enter(expect("the new one", 200, gateway.page, "POST", "/api/login", {"password": new}))
    gateway.wait("live data", lambda: gateway.page("GET", "/api/status").json["stage"] == "live")
    expect("log-out", 204, gateway.page, "POST", "/api/logout", {})
    expect("session after it", 401, gateway.page, "GET", "/api/status")
    return faults


def metrics(gateway):
    """Prometheus' own parser reads the metrics, of which each family has its help and its type."""
    from prometheus_client.parser import text_string_to_metric_families
    families = list(text_string_to_metric_families(gateway.program_ask("GET", "/metrics").body.decode()))
    faults = [f"/metrics: {family.name} has no help or no type" for family in families
              if not family.documentation or family.type == "unknown"]
    names = {family.name for family in families}
    faults += [f"/metrics lacks {name}" for name in ("cellbridge_pack_volts", "cellbridge_charge_current_limit_amperes",
                                                     "cellbridge_can_frames") if name not in names]
    return faults


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--examples", type=int, default=20)
    parser.add_argument("--keep", help="folder for the reports")
    options = parser.parse_args()
    folder = options.keep or tempfile.mkdtemp(prefix="cellbridge-openapi-report-")
    os.makedirs(folder, exist_ok=True)
    amount = ["--max-examples", str(options.examples)]
    excluded = [word for door in DOORS for word in ("--exclude-name", door)]
    began = time.monotonic()
    with Gateway(os.path.abspath(options.program)) as gateway:
        faults = metrics(gateway)
        bearer = {"Authorization": "Bearer " + gateway.token}
        Path(folder, "openapi.json").write_bytes(gateway.program_ask("GET", "/api/openapi.json").body)
        figures = [schemathesis(gateway, "program", amount + excluded + OWN_END, bearer, options.seed, folder)]
        gateway.log_in()  # the password is as fresh as a page's (S75)
        figures.append(schemathesis(
            gateway, "page", amount + excluded + ["--exclude-method", "GET"], gateway.page_headers(), options.seed, folder))
        doors = [word for door in DOORS for word in ("--include-name", door)]
        figures.append(schemathesis(
            gateway, "stranger", amount + doors, {"Origin": gateway.url}, options.seed, folder))
        faults += on_purpose(gateway)
        log = gateway.log()
        faults += [line for line in log.splitlines() if "web.fault" in line or "supervisor.failed" in line]
    for one in figures:
        print(json.dumps(one))
    for fault in faults:
        print(fault)
    print(f"{sum(one['cases'] for one in figures)} cases, {sum(one['failures'] for one in figures)} failures, "
          f"{len(faults)} faults beside, {time.monotonic() - began:.0f} s, seed {options.seed}, reports in {folder}")
    return 1 if faults or any(one["failed"] for one in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
