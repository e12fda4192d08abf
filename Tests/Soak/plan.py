"""What goes wrong in a soak, and when: a round of 300 s that is repeated until the time is up."""

import json

ROUND = 300.0
SPEED = 10.0

# Faults of the pack and its line: begin and length in seconds of the round, the fault in the words of a scenario.
PACK = [
    (20, 25, {"fault": "damaged_answers", "probability": 0.1}),
    (20, 25, {"fault": "noise", "bytes_per_s": 2}),
    (55, 45, {"fault": "silence"}),
    (125, 8, {"fault": "cell_spikes", "cell": 3, "volts": 4.9, "probability": 0.1}),
    (145, 4, {"fault": "cell_voltage", "cell": 5, "volts": 3.66}),
    (165, 10, {"fault": "unplugged"}),
    (192, 6, {"fault": "pack_temperature", "celsius": 58}),
    (240, 20, {"fault": "late_answers", "delay_s": 0.3, "probability": 0.1}),
    (240, 20, {"fault": "truncated_answers", "probability": 0.05}),
    (268, 9, {"fault": "frozen_counter"}),
]

# No fresh data while one of these lasts: CCL must be 0 within 5 s + 1.1 s (S2, S8).
SILENCES = {"silence", "unplugged", "frozen_counter"}

# What is done to the rest of the world: second of the round, the deed (a method of `World`) and its argument.
DEEDS = [
    (10, "start_slow_reader"),
    (105, "configure", {"pack.1.max_charge_a": 60}),
    (110, "stop_slow_reader"),
    (115, "configure", {"pack.1.max_charge_a": 100}),
    (138, "acknowledge"),
    (155, "configure", {"can.publisher.period_ms": 900}),  # restarts the publisher
    (159, "configure", {"can.publisher.period_ms": 1000}),
    (182, "pull_adapter"),
    (186, "plug_adapter"),
    (205, "kill_gx"),
    (220, "start_gx"),
    (224, "configure", {"pack.1.poll_interval_ms": 400}),  # restarts poller and publisher
    (228, "configure", {"pack.1.poll_interval_ms": 500}),
    (232, "refuse_configuration"),
    (262, "freeze_pack_process"),
    (264, "thaw_pack_process"),
    (285, "record_for_a_while"),
]


def deeds(seconds: float) -> list[tuple]:
    """Every deed of a soak of so many seconds, in the order of time: second, name, arguments."""
    rounds = int(seconds // ROUND) + 1
    everything = [(number * ROUND + at, *deed) for number in range(rounds) for at, *deed in DEEDS]
    return [deed for deed in everything if deed[0] < seconds - 15]


def scenario(seconds: float) -> str:
    """The scenario of the simulated pack, whose times are the battery's: `SPEED` times the real ones."""
    rounds = int(seconds // ROUND) + 1
    faults = [
        {"at_s": (number * ROUND + begin) * SPEED, "for_s": length * SPEED} | fault
        for number in range(rounds)
        for begin, length, fault in PACK
        if number * ROUND + begin + length < seconds - 15
    ]
    hour = 3600
    profile = [{"at_s": at * hour, "current_a": amperes} for at, amperes in ((0, 40), (1, -40), (2, 40), (3, -50))]
    return json.dumps({
        "name": "soak", "description": "Hours of charge and discharge with everything that goes wrong now and then.",
        "pack": {"soc_percent": 60}, "profile": profile, "repeat_s": 4 * hour, "charge_cell_v": 3.45,
        "faults": faults,
    })
