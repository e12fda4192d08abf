// swift-format-ignore-file
// Written from Resources/scenarios by `CELLBRIDGE_WRITE_DOCS=1 swift test --filter ScenarioFileTests`.

/// The files of Resources/scenarios: the program needs none of them to know its scenarios.
enum ScenarioTexts {
    static let all: [String] = [
        #"""
        {
          "name": "healthy",
          "title": "A sound pack",
          "description": "A sound pack that is charged and discharged in turn.",
          "shows": [],
          "expectation": "Limits follow the pack; no alarm and no warning appears.",
          "profile": [
            {"at_s": 0, "current_a": 0},
            {"at_s": 20, "current_a": 60, "ramp": true},
            {"at_s": 1800, "current_a": 60},
            {"at_s": 1830, "current_a": 0, "ramp": true},
            {"at_s": 2100, "current_a": 0},
            {"at_s": 2130, "current_a": -60, "ramp": true},
            {"at_s": 3900, "current_a": -60},
            {"at_s": 3930, "current_a": 0, "ramp": true}
          ],
          "repeat_s": 4200,
          "charge_cell_v": 3.45
        }

        """#,
        #"""
        {
          "name": "absurd-readings",
          "title": "A BMS that invents readings",
          "description": "For a minute every live value is any number that fits into it, with a right checksum.",
          "shows": ["S21", "S22"],
          "expectation": "Nothing contradictory is believed; charging ends.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "absurd_readings"}
          ]
        }

        """#,
        #"""
        {
          "name": "balancer-stuck-off",
          "title": "A balancing resistor does not connect",
          "description": "Cell 2 is 1 % above the others at the end of the charge and is not balanced.",
          "shows": ["S27"],
          "expectation": "The highest cell holds the charge current down.",
          "pack": {"soc_percent": 98},
          "profile": [
            {"at_s": 0, "current_a": 30}
          ],
          "charge_cell_v": 3.55,
          "faults": [
            {"at_s": 30, "fault": "balancer_stuck_off", "cell": 2},
            {"at_s": 30, "fault": "cell_charge", "cell": 2, "percent": 99.3}
          ]
        }

        """#,
        #"""
        {
          "name": "balancer-stuck-on",
          "title": "A balancing resistor stays connected",
          "description": "The balancing resistor of cell 2 stays connected for ten minutes.",
          "shows": [],
          "expectation": "It drains 0.14 A: nothing that limits could mend within minutes.",
          "profile": [],
          "faults": [
            {"at_s": 30, "for_s": 600, "fault": "balancer_stuck_on", "cell": 2}
          ]
        }

        """#,
        #"""
        {
          "name": "bms-restart",
          "title": "The BMS restarts",
          "description": "The BMS loses its supply for a moment and starts anew.",
          "shows": ["story 14"],
          "expectation": "Two seconds of silence pass in HOLD at most; nothing is invented.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "fault": "bms_restart"}
          ]
        }

        """#,
        #"""
        {
          "name": "bms-silent",
          "title": "The BMS stops answering",
          "description": "The BMS stops answering for a minute.",
          "shows": ["story 1", "S2"],
          "expectation": "The limits fall by the stages of the data's age: charging ends within 6.1 s, silence after 30 s.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "silence"}
          ]
        }

        """#,
        #"""
        {
          "name": "board-hot",
          "title": "The BMS's board overheats",
          "description": "A part on the BMS's board turns 70 W into heat.",
          "shows": [],
          "expectation": "The BMS opens its switches; the gateway forbids what the BMS forbids and tells why.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 600, "fault": "board_heating", "watts": 70}
          ]
        }

        """#,
        #"""
        {
          "name": "can-down",
          "title": "The CAN interface is down",
          "description": "The interface is down for half a minute.",
          "shows": ["S42"],
          "expectation": "It is opened again by itself; nothing old is sent.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "world": [
            {"at_s": 30, "for_s": 30, "fault": "can_down"}
          ]
        }

        """#,
        #"""
        {
          "name": "can-late",
          "title": "Frames leave late",
          "description": "Every frame leaves 3 s late for half a minute.",
          "shows": ["S41"],
          "expectation": "At most one old frame waits; one confirmed late is followed by a fresh one.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "world": [
            {"at_s": 30, "for_s": 30, "fault": "can_late", "seconds": 3}
          ]
        }

        """#,
        #"""
        {
          "name": "can-unplugged",
          "title": "The CAN adapter is unplugged",
          "description": "The adapter is out for half a minute.",
          "shows": ["S42"],
          "expectation": "It is opened again by itself; nothing old is sent.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "world": [
            {"at_s": 30, "for_s": 30, "fault": "can_unplugged"}
          ]
        }

        """#,
        #"""
        {
          "name": "capacity-fade",
          "title": "An aged pack",
          "description": "Every cell has lost 40 % of its capacity; the BMS counts with the old one.",
          "shows": ["story 5"],
          "expectation": "The cells end the discharge, whatever the state of charge says.",
          "pack": {"soc_percent": 8},
          "profile": [
            {"at_s": 0, "current_a": -100}
          ],
          "faults": [
            {"at_s": 30, "fault": "capacity_fade", "factor": 0.6}
          ]
        }

        """#,
        #"""
        {
          "name": "cell-drift",
          "title": "A cell's reading drifts",
          "description": "The reading of cell 3 walks away by 5 mV a second for two minutes.",
          "shows": ["story 7", "S22"],
          "expectation": "The highest cell lowers the charge current; the sum of cells betrays the sensor.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 120, "fault": "cell_drift", "cell": 3, "volts_per_s": 0.005}
          ]
        }

        """#,
        #"""
        {
          "name": "cell-missing",
          "title": "A cell reads zero",
          "description": "Cell 3 reads 0 V for a minute: its sense wire is off at both ends.",
          "shows": ["story 7", "S21", "S24"],
          "expectation": "A cell without a voltage ends charging; discharging goes on until the age of STOP.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "cell_missing", "cell": 3}
          ]
        }

        """#,
        #"""
        {
          "name": "cell-open",
          "title": "A cell's connection breaks",
          "description": "The connection of cell 7 is open: no current can flow.",
          "shows": ["S21"],
          "expectation": "A cell of 0 V and a pack of 0 V are no measurement: charging ends.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "cell_open", "cell": 7}
          ]
        }

        """#,
        #"""
        {
          "name": "cell-over-voltage",
          "title": "A cell over its voltage",
          "description": "Cell 5 reads 3.80 V, beyond the over-voltage cut-off, and comes back.",
          "shows": ["S27"],
          "expectation": "The charge current is 0 with the next frame; discharging stays allowed.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "cell_voltage", "cell": 5, "volts": 3.8}
          ]
        }

        """#,
        #"""
        {
          "name": "cell-spike",
          "title": "Spikes of a cell",
          "description": "The reading of cell 3 jumps to 4.9 V in one sample of ten.",
          "shows": ["story 7", "S23", "S27"],
          "expectation": "A raw high value ends charging at once; it comes back only after ten good seconds.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 120, "fault": "cell_spikes", "cell": 3, "volts": 4.9, "probability": 0.1}
          ]
        }

        """#,
        #"""
        {
          "name": "cell-stuck",
          "title": "A cell's reading sticks",
          "description": "The reading of cell 3 stays while the pack fills.",
          "shows": ["story 7", "S22"],
          "expectation": "The sum of the cells departs from the pack voltage; beyond the tolerance the readings do not count.",
          "pack": {"soc_percent": 97},
          "profile": [
            {"at_s": 0, "current_a": 80}
          ],
          "charge_cell_v": 3.6,
          "faults": [
            {"at_s": 30, "for_s": 600, "fault": "cell_stuck", "cell": 3}
          ]
        }

        """#,
        #"""
        {
          "name": "cell-under-voltage",
          "title": "A cell under its voltage",
          "description": "Cell 5 reads 2.40 V under load and comes back.",
          "shows": ["S27"],
          "expectation": "The discharge current falls to 1 A at once and to 0 after two seconds.",
          "profile": [
            {"at_s": 0, "current_a": -40}
          ],
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "cell_voltage", "cell": 5, "volts": 2.4}
          ]
        }

        """#,
        #"""
        {
          "name": "charge-switch-stuck-closed",
          "title": "The charge switch does not open",
          "description": "The charge switch is welded while cell 5 reads 3.80 V.",
          "shows": ["S27"],
          "expectation": "The gateway's charge current of 0 is all that ends the charge.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "fault": "charge_switch_stuck_closed"},
            {"at_s": 40, "for_s": 60, "fault": "cell_voltage", "cell": 5, "volts": 3.8}
          ]
        }

        """#,
        #"""
        {
          "name": "charge-switch-stuck-open",
          "title": "The charge switch does not close",
          "description": "The charge switch stays open for a minute, and the BMS does not know it.",
          "shows": [],
          "expectation": "No current flows although one is allowed; nothing is endangered.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "charge_switch_stuck_open"}
          ]
        }

        """#,
        #"""
        {
          "name": "cold-charge",
          "title": "Charging in the cold",
          "description": "The pack is at -5 °C while the sun shines: the BMS refuses to charge.",
          "shows": ["S27"],
          "expectation": "The charge current is 0 from the first frame; discharging is allowed.",
          "pack": {"temperature_c": -5},
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45
        }

        """#,
        #"""
        {
          "name": "cooling-lost",
          "title": "The cooling fails",
          "description": "The cooling is gone on a hot day at full current.",
          "shows": ["S27"],
          "expectation": "The charge current falls with the rising temperature.",
          "pack": {"temperature_c": 41, "capacity_ah": 20},
          "profile": [
            {"at_s": 0, "current_a": 20}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "fault": "cooling_lost", "factor": 0.01},
            {"at_s": 30, "fault": "ambient", "celsius": 75}
          ]
        }

        """#,
        #"""
        {
          "name": "current-offset",
          "title": "The current sensor has an offset",
          "description": "The current reads 15 A too low for ten minutes.",
          "shows": ["story 5"],
          "expectation": "Limits stand on cells and temperature, so nothing is endangered; the state of charge drifts.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 600, "fault": "current_offset", "amperes": -15}
          ]
        }

        """#,
        #"""
        {
          "name": "current-reversed",
          "title": "The current sensor is reversed",
          "description": "The current reads with the wrong sign for ten minutes.",
          "shows": ["story 5", "S25"],
          "expectation": "Limits stand on cells and temperature, so nothing is endangered.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 600, "fault": "current_gain", "factor": -1}
          ]
        }

        """#,
        #"""
        {
          "name": "deep-discharge",
          "title": "A cell is deeply discharged",
          "description": "Cell 2 has fallen below 2 V.",
          "shows": ["S27"],
          "expectation": "Such a cell is never charged again: latched until somebody acknowledges it.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "fault": "cell_charge", "cell": 2, "percent": -5}
          ]
        }

        """#,
        #"""
        {
          "name": "discharge-switch-stuck-closed",
          "title": "The discharge switch does not open",
          "description": "The discharge switch is welded while cell 5 reads 2.40 V.",
          "shows": ["S27"],
          "expectation": "The gateway's discharge current of 0 is all that ends the discharge.",
          "profile": [
            {"at_s": 0, "current_a": -40}
          ],
          "faults": [
            {"at_s": 30, "fault": "discharge_switch_stuck_closed"},
            {"at_s": 40, "for_s": 60, "fault": "cell_voltage", "cell": 5, "volts": 2.4}
          ]
        }

        """#,
        #"""
        {
          "name": "discharge-switch-stuck-open",
          "title": "The discharge switch does not close",
          "description": "The discharge switch stays open for a minute, and the BMS does not know it.",
          "shows": [],
          "expectation": "No current flows although one is allowed; nothing is endangered.",
          "profile": [
            {"at_s": 0, "current_a": -40}
          ],
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "discharge_switch_stuck_open"}
          ]
        }

        """#,
        #"""
        {
          "name": "empty",
          "title": "An empty pack",
          "description": "A nearly empty pack under load: the BMS stops the discharge.",
          "shows": [],
          "expectation": "The discharge current falls with the lowest cell, then to 0; charging stays allowed.",
          "pack": {"soc_percent": 4},
          "profile": [
            {"at_s": 0, "current_a": -60}
          ]
        }

        """#,
        #"""
        {
          "name": "external-short",
          "title": "A short circuit of the terminals",
          "description": "Something of 20 mΩ lies across the terminals for ten seconds.",
          "shows": ["S21"],
          "expectation": "The BMS cuts within seconds; the gateway tells of it and forbids what the BMS forbids.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 10, "fault": "pack_short", "ohms": 0.02}
          ]
        }

        """#,
        #"""
        {
          "name": "frozen-buffer",
          "title": "A frozen buffer",
          "description": "Every live value stays as it is for half a minute, the counter too.",
          "shows": ["S8", "story 7"],
          "expectation": "As for a standing counter: charging ends although answers keep coming.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 30, "fault": "frozen_readings"}
          ]
        }

        """#,
        #"""
        {
          "name": "frozen-counter",
          "title": "The running counter stands still",
          "description": "The BMS's running counter stands still for half a minute, all else moves.",
          "shows": ["S8"],
          "expectation": "Readings since its last advance are void; the age counts from there.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 30, "fault": "frozen_counter"}
          ]
        }

        """#,
        #"""
        {
          "name": "full",
          "title": "A full pack",
          "description": "A pack at the end of its charge: cells balance and the current tapers.",
          "shows": [],
          "expectation": "The charge current falls with the highest cell; nothing overshoots.",
          "pack": {"soc_percent": 99.2},
          "profile": [
            {"at_s": 0, "current_a": 30}
          ],
          "charge_cell_v": 3.6
        }

        """#,
        #"""
        {
          "name": "gx-gone",
          "title": "The GX is away",
          "description": "The GX is silent for eleven minutes, as during an update.",
          "shows": ["S43"],
          "expectation": "A warning after 10 s, an alarm after 600 s; transmission goes on.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "world": [
            {"at_s": 30, "for_s": 660, "fault": "gx_gone"}
          ]
        }

        """#,
        #"""
        {
          "name": "high-resistance",
          "title": "A corroded joint",
          "description": "The joint behind cell 9 has 8 mΩ: its voltage rises with the charge current, and it heats.",
          "shows": ["S27"],
          "expectation": "The charge current falls until the cell's reading is within its limits.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "fault": "joint_resistance", "cell": 9, "ohms": 0.008}
          ]
        }

        """#,
        #"""
        {
          "name": "hot-cell",
          "title": "One cell is heated",
          "description": "Cell 1 is heated with 200 W from outside, far from both sensors.",
          "shows": [],
          "expectation": "No sensor sits at the cell, so only its neighbours' warmth or a voltage can show it; nothing is invented.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 600, "fault": "cell_heating", "cell": 1, "watts": 200}
          ]
        }

        """#,
        #"""
        {
          "name": "hot",
          "title": "A hot pack",
          "description": "The pack heats to 65 °C and cools down again.",
          "shows": ["S27"],
          "expectation": "Charging ends at once, discharging is held to 1 A and then ended.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 120, "fault": "pack_temperature", "celsius": 65}
          ]
        }

        """#,
        #"""
        {
          "name": "imbalance",
          "title": "Cells out of balance",
          "description": "The cells differ by 12 % of their charge while the pack fills.",
          "shows": ["S27"],
          "expectation": "The highest cell holds the charge current down; no cell passes its maximum.",
          "pack": {"soc_percent": 92},
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.55,
          "faults": [
            {"at_s": 30, "fault": "imbalance", "percent": 12}
          ]
        }

        """#,
        #"""
        {
          "name": "internal-short",
          "title": "An internal short circuit",
          "description": "Cell 6 has an internal short of 10 mΩ: it discharges itself and heats up.",
          "shows": ["S27"],
          "expectation": "The cell falls behind; imbalance is told, and its voltage ends the discharge in time.",
          "profile": [
            {"at_s": 0, "current_a": 10}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "fault": "cell_short", "cell": 6, "ohms": 0.01}
          ]
        }

        """#,
        #"""
        {
          "name": "late-answers",
          "title": "Every answer is late",
          "description": "Every answer comes 2 seconds late for a minute.",
          "shows": ["S32"],
          "expectation": "A late answer is no answer to the next question: the data age as if the BMS were silent.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "late_answers", "delay_s": 2}
          ]
        }

        """#,
        #"""
        {
          "name": "loose-busbar",
          "title": "A loose busbar",
          "description": "The joint behind cell 9 is bad by 20 mΩ in one sample of three.",
          "shows": ["story 7", "S27"],
          "expectation": "High readings end charging, and it does not flap back between them.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 120, "fault": "joint_resistance", "cell": 9, "ohms": 0.02, "probability": 0.3}
          ]
        }

        """#,
        #"""
        {
          "name": "missing-readings",
          "title": "A BMS without readings",
          "description": "For a minute every live value is the BMS's word for \"not measured\".",
          "shows": ["S21", "story 6"],
          "expectation": "Nothing is believed; the data age as if the BMS were silent.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "missing_readings"}
          ]
        }

        """#,
        #"""
        {
          "name": "moisture",
          "title": "Moisture in the pack",
          "description": "Moisture of 5 Ω conducts across the cells, past the current sensor.",
          "shows": ["story 5"],
          "expectation": "Nothing measured shows it within minutes; the state of charge drifts.",
          "profile": [],
          "faults": [
            {"at_s": 30, "fault": "moisture", "ohms": 5}
          ]
        }

        """#,
        #"""
        {
          "name": "noise-10",
          "title": "A noisy line",
          "description": "A tenth of all answers is damaged, and the line rustles.",
          "shows": ["S31"],
          "expectation": "Damaged answers are dropped; enough good ones are left for limits to stay.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "fault": "damaged_answers", "probability": 0.1},
            {"at_s": 30, "fault": "noise", "bytes_per_s": 5},
            {"at_s": 30, "fault": "damaged_requests", "probability": 0.05}
          ]
        }

        """#,
        #"""
        {
          "name": "over-charge",
          "title": "A charger that nobody steers",
          "description": "The BMS has lost its cut-offs and a foreign charger pushes 30 A into a full pack.",
          "shows": ["story 9", "S27"],
          "expectation": "The charge current is 0 at the cell's maximum, the CVL falls, and an alarm tells that the limit is not obeyed.",
          "pack": {"soc_percent": 98.5},
          "profile": [],
          "faults": [
            {"at_s": 30, "fault": "protection_off"},
            {"at_s": 30, "for_s": 300, "fault": "foreign_current", "amperes": 30}
          ]
        }

        """#,
        #"""
        {
          "name": "pack-voltage-offset",
          "title": "The pack voltage is wrong",
          "description": "The pack voltage reads 3 V too high for a minute.",
          "shows": ["S22"],
          "expectation": "It contradicts the sum of the cells: the readings do not count.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "pack_voltage_offset", "volts": 3}
          ]
        }

        """#,
        #"""
        {
          "name": "plating",
          "title": "Charging in the cold, unguarded",
          "description": "The pack cools to -8 °C and its BMS has lost its cut-offs: charging plates lithium.",
          "shows": ["S27"],
          "expectation": "The gateway alone ends charging with the next frame.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "fault": "protection_off"},
            {"at_s": 30, "for_s": 300, "fault": "pack_temperature", "celsius": -8}
          ]
        }

        """#,
        #"""
        {
          "name": "probe-drift",
          "title": "A temperature sensor drifts",
          "description": "The first sensor walks away by half a kelvin a second.",
          "shows": ["story 6", "S27"],
          "expectation": "The warmest sensor counts: charging ends at the window's edge.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 120, "fault": "temperature_drift", "sensor": 1, "celsius_per_s": 0.5}
          ]
        }

        """#,
        #"""
        {
          "name": "probe-lost",
          "title": "A temperature sensor is torn off",
          "description": "The first temperature sensor is torn off for two minutes.",
          "shows": ["story 6", "S21", "S24"],
          "expectation": "The other sensor is used; a sentence names the one that is missing.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 120, "fault": "temperature_lost", "sensor": 1}
          ]
        }

        """#,
        #"""
        {
          "name": "probe-stuck",
          "title": "A temperature sensor sticks",
          "description": "The first sensor stays while the pack heats to 50 °C.",
          "shows": ["story 6", "S27"],
          "expectation": "The other sensor ends charging.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 120, "fault": "temperature_stuck", "sensor": 1},
            {"at_s": 40, "for_s": 110, "fault": "pack_temperature", "celsius": 50}
          ]
        }

        """#,
        #"""
        {
          "name": "probes-lost",
          "title": "Both temperature sensors are torn off",
          "description": "Both temperature sensors are torn off for two minutes.",
          "shows": ["story 6", "S24"],
          "expectation": "The board's sensor stands in with a stricter window, or charging ends; discharging goes on.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 120, "fault": "temperature_lost", "sensor": 1},
            {"at_s": 30, "for_s": 120, "fault": "temperature_lost", "sensor": 2}
          ]
        }

        """#,
        #"""
        {
          "name": "program-crash",
          "title": "A part of the program crashes",
          "description": "The poller crashes, half a minute later the publisher.",
          "shows": ["S50", "S51"],
          "expectation": "It is started again within a second; no limit rises.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "world": [
            {"at_s": 30, "fault": "crash", "child": "bms.1"},
            {"at_s": 60, "fault": "crash", "child": "inverter"}
          ]
        }

        """#,
        #"""
        {
          "name": "program-hang",
          "title": "A part of the program hangs",
          "description": "The poller never finishes its work again.",
          "shows": ["S54"],
          "expectation": "The watchdog ends the process within 16 s, and it starts anew.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "world": [
            {"at_s": 30, "fault": "hang", "child": "bms.1"}
          ]
        }

        """#,
        #"""
        {
          "name": "second-sender",
          "title": "A second sender of limits",
          "description": "Another device sends limits of its own for a minute.",
          "shows": ["S44"],
          "expectation": "Charging ends until it is gone for 60 s; discharging is kept.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "world": [
            {"at_s": 30, "for_s": 60, "fault": "second_sender", "amperes": 50}
          ]
        }

        """#,
        #"""
        {
          "name": "self-discharge",
          "title": "A cell discharges itself",
          "description": "Cell 6 loses 20 A on its own, unseen by the current sensor.",
          "shows": [],
          "expectation": "The imbalance is told once it is above 80 mV at rest.",
          "pack": {"soc_percent": 25},
          "profile": [],
          "faults": [
            {"at_s": 30, "fault": "self_discharge", "cell": 6, "amperes": 20}
          ]
        }

        """#,
        #"""
        {
          "name": "sense-wire-off",
          "title": "A sense wire comes off",
          "description": "The wire between cells 3 and 4 comes off: one reads less and less, the other more, and their sum stays right.",
          "shows": ["story 7", "S27"],
          "expectation": "The high cell ends charging, the low one discharging: a true sum proves nothing.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "sense_wire_off", "cell": 3}
          ]
        }

        """#,
        #"""
        {
          "name": "sleep",
          "title": "The BMS sleeps",
          "description": "A resting pack whose BMS falls asleep and does not wake for a minute.",
          "shows": ["story 3", "S28"],
          "expectation": "It is asked for ever; discharging stays allowed as long as the stages permit.",
          "profile": [],
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "asleep"}
          ]
        }

        """#,
        #"""
        {
          "name": "soc-jump",
          "title": "The state of charge jumps",
          "description": "The state of charge falls to 11 % on a full battery and counts on from there.",
          "shows": ["story 5", "S23"],
          "expectation": "The jump must be confirmed; discharging is never stopped by it.",
          "pack": {"soc_percent": 95},
          "profile": [
            {"at_s": 0, "current_a": -40}
          ],
          "faults": [
            {"at_s": 30, "fault": "charge_counter", "percent": 11}
          ]
        }

        """#,
        #"""
        {
          "name": "soc-stuck",
          "title": "The state of charge sticks",
          "description": "The state of charge stays at 100 % while the pack is emptied.",
          "shows": ["story 5"],
          "expectation": "The cells end the discharge, whatever the state of charge says.",
          "pack": {"soc_percent": 6},
          "profile": [
            {"at_s": 0, "current_a": -80}
          ],
          "faults": [
            {"at_s": 29, "fault": "charge_counter", "percent": 100},
            {"at_s": 30, "fault": "charge_counter_stuck"}
          ]
        }

        """#,
        #"""
        {
          "name": "story-01-old-values",
          "title": "Old values outlive the BMS",
          "description": "Three seconds in four the BMS is silent, then for good.",
          "shows": ["story 1", "S2", "S6"],
          "expectation": "Warning, lower limits and silence by the stages; in between no limit rises on single answers.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 6, "fault": "silence"},
            {"at_s": 38, "for_s": 6, "fault": "silence"},
            {"at_s": 46, "for_s": 6, "fault": "silence"},
            {"at_s": 54, "for_s": 6, "fault": "silence"},
            {"at_s": 62, "for_s": 6, "fault": "silence"},
            {"at_s": 70, "for_s": 90, "fault": "silence"}
          ]
        }

        """#,
        #"""
        {
          "name": "story-02-silence-misread",
          "title": "The other side misreads silence",
          "description": "The BMS is gone for good while a load is on: explicit safe frames and alarms come before silence.",
          "shows": ["story 2"],
          "expectation": "Charge 0 with an alarm, then discharge 0, and only then silence, in this order.",
          "profile": [
            {"at_s": 0, "current_a": -40}
          ],
          "faults": [
            {"at_s": 30, "for_s": 120, "fault": "silence"}
          ]
        }

        """#,
        #"""
        {
          "name": "story-03-sleep-lock-out",
          "title": "Sleep lock-out",
          "description": "An empty, resting pack sleeps for three minutes in which nothing wakes it, then wakes.",
          "shows": ["story 3", "S28"],
          "expectation": "The BMS is asked for ever; when it wakes, limits come back by themselves.",
          "pack": {"soc_percent": 12},
          "profile": [],
          "faults": [
            {"at_s": 30, "for_s": 180, "fault": "asleep"}
          ]
        }

        """#,
        #"""
        {
          "name": "story-04-network-lost",
          "title": "Network trouble",
          "description": "Disk and GX are away for two minutes; this version has no network functions that could stall.",
          "shows": ["story 4"],
          "expectation": "The frames keep their period and their limits.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "world": [
            {"at_s": 30, "for_s": 120, "fault": "disk_slow", "seconds": 10},
            {"at_s": 30, "for_s": 120, "fault": "gx_gone"}
          ]
        }

        """#,
        #"""
        {
          "name": "story-05-soc-drift",
          "title": "The state of charge is wrong",
          "description": "The state of charge falls from 99 to 11 on a full battery.",
          "shows": ["story 5", "S23"],
          "expectation": "Discharging is never stopped by the state of charge while the voltage says full.",
          "pack": {"soc_percent": 99},
          "profile": [
            {"at_s": 0, "current_a": -40}
          ],
          "faults": [
            {"at_s": 30, "fault": "charge_counter", "percent": 11}
          ]
        }

        """#,
        #"""
        {
          "name": "story-06-absent-probe",
          "title": "An absent probe reads -40 °C",
          "description": "The first sensor reads -40 °C, the second 125 °C: both are codes for no sensor elsewhere.",
          "shows": ["story 6", "S21"],
          "expectation": "Out of range is missing, and the board's sensor takes over; an extreme within range ends charging.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "temperature", "sensor": 1, "celsius": -45},
            {"at_s": 30, "for_s": 60, "fault": "temperature", "sensor": 2, "celsius": 125}
          ]
        }

        """#,
        #"""
        {
          "name": "story-07-spikes-and-zeros",
          "title": "Spikes and zeros",
          "description": "Cell 3 spikes to 4.9 V and 0 V in turn; then its wire is pulled.",
          "shows": ["story 7", "S23", "S27"],
          "expectation": "Charging obeys the raw value at once; consistent bad values end discharging too.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 30, "fault": "cell_spikes", "cell": 3, "volts": 4.9, "probability": 0.2},
            {"at_s": 60, "for_s": 30, "fault": "cell_spikes", "cell": 3, "volts": 0, "probability": 0.2},
            {"at_s": 100, "for_s": 60, "fault": "cell_missing", "cell": 3}
          ]
        }

        """#,
        #"""
        {
          "name": "story-08-bus-off",
          "title": "Bus-off and a full queue",
          "description": "The controller leaves the bus for 20 s, later its queue is full for 20 s, then the cable is out.",
          "shows": ["story 8", "S41", "S42"],
          "expectation": "The bus comes back by itself, and no frame from before the trouble is sent after it.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "world": [
            {"at_s": 30, "for_s": 20, "fault": "can_bus_off"},
            {"at_s": 90, "for_s": 20, "fault": "can_congested"},
            {"at_s": 150, "for_s": 20, "fault": "can_cable_out"}
          ]
        }

        """#,
        #"""
        {
          "name": "story-09-limit-ignored",
          "title": "The limit is not obeyed",
          "description": "A solar charger with feed-in pushes 60 A beyond every limit into a nearly full pack.",
          "shows": ["story 9"],
          "expectation": "After 20 s over the limit the CVL falls step by step, and a sentence tells of feed-in.",
          "pack": {"soc_percent": 97},
          "profile": [],
          "faults": [
            {"at_s": 30, "for_s": 300, "fault": "foreign_current", "amperes": 60}
          ]
        }

        """#,
        #"""
        {
          "name": "story-10-pack-lost",
          "title": "One pack of three drops out",
          "description": "Pack 2 of three is unplugged for two minutes and comes back.",
          "shows": ["story 10", "S9"],
          "expectation": "The sum falls by its share at once; it rejoins only when live again.",
          "packs": 3,
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 120, "fault": "unplugged", "pack": 2}
          ]
        }

        """#,
        #"""
        {
          "name": "story-11-identity-swap",
          "title": "Identities change",
          "description": "Two packs vanish together and return after the program was restarted.",
          "shows": ["story 11"],
          "expectation": "Each pack is found under its own name again; binding by the BMS's serial number belongs to a later version.",
          "packs": 2,
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 20, "fault": "unplugged", "pack": 1},
            {"at_s": 30, "for_s": 20, "fault": "unplugged", "pack": 2}
          ],
          "world": [
            {"at_s": 40, "fault": "kill"}
          ]
        }

        """#,
        #"""
        {
          "name": "story-12-disk-dies",
          "title": "The disk fills and dies",
          "description": "The disk is full for a minute, then every access fails, then the program is killed on it.",
          "shows": ["story 12", "S66"],
          "expectation": "The frames keep their period; after the restart no limit is invented from what cannot be read.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "world": [
            {"at_s": 30, "for_s": 60, "fault": "disk_full"},
            {"at_s": 100, "for_s": 60, "fault": "disk_failing"},
            {"at_s": 130, "fault": "kill"}
          ]
        }

        """#,
        #"""
        {
          "name": "story-13-clock-trouble",
          "title": "Clock trouble",
          "description": "The wall clock is set ten years ahead, ten years back and an hour to and fro.",
          "shows": ["story 13", "S57"],
          "expectation": "Not one frame changes.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "world": [
            {"at_s": 30, "fault": "clock_step", "seconds": 315360000},
            {"at_s": 60, "fault": "clock_step", "seconds": -315360000},
            {"at_s": 90, "fault": "clock_step", "seconds": 3600},
            {"at_s": 120, "fault": "clock_step", "seconds": -3600}
          ]
        }

        """#,
        #"""
        {
          "name": "story-14-restart-transients",
          "title": "Restart transients",
          "description": "The program is killed three times in ten seconds, once while the BMS is mute.",
          "shows": ["story 14", "S4", "S5", "S55"],
          "expectation": "Nothing is sent before fresh data are there twice; the first charge limit is a tenth at most.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 60, "for_s": 20, "fault": "silence"}
          ],
          "world": [
            {"at_s": 30, "fault": "kill"},
            {"at_s": 34, "fault": "kill"},
            {"at_s": 38, "fault": "kill"},
            {"at_s": 65, "fault": "kill"}
          ]
        }

        """#,
        #"""
        {
          "name": "story-15-update",
          "title": "An update replaces the program",
          "description": "The program is killed while its disk is failing, as after an update that went wrong.",
          "shows": ["story 15", "S56"],
          "expectation": "No farewell frames; after the restart limits come only from fresh data. Slots and rollback belong to a later version.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "world": [
            {"at_s": 30, "for_s": 30, "fault": "disk_failing"},
            {"at_s": 35, "fault": "kill"}
          ]
        }

        """#,
        #"""
        {
          "name": "thermal-runaway",
          "title": "Thermal runaway",
          "description": "Cell 5 of an NMC pack heats itself beyond rescue, and its neighbours follow.",
          "shows": ["S27"],
          "expectation": "Charging ends as soon as any sensor or cell shows it; every limit is 0 before the pack is lost.",
          "pack": {"chemistry": "nmc"},
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 4.05,
          "faults": [
            {"at_s": 30, "fault": "thermal_runaway", "cell": 5}
          ]
        }

        """#,
        #"""
        {
          "name": "trap-constant-values",
          "title": "Nothing changes",
          "description": "A resting pack without noise: every value is the same for minutes.",
          "shows": ["S7"],
          "expectation": "Last received counts, never last changed: the data stay live.",
          "pack": {"voltage_noise_v": 0, "current_noise_a": 0, "self_discharge_percent": 0},
          "profile": []
        }

        """#,
        #"""
        {
          "name": "trap-flapping",
          "title": "Limits that flap",
          "description": "Cell 5 crosses its maximum twice in ten seconds, over and over.",
          "shows": ["S6"],
          "expectation": "The charge current falls to 0 at once and stays there until ten good seconds have passed.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 3, "fault": "cell_voltage", "cell": 5, "volts": 3.66},
            {"at_s": 36, "for_s": 3, "fault": "cell_voltage", "cell": 5, "volts": 3.66},
            {"at_s": 42, "for_s": 3, "fault": "cell_voltage", "cell": 5, "volts": 3.66},
            {"at_s": 48, "for_s": 3, "fault": "cell_voltage", "cell": 5, "volts": 3.66},
            {"at_s": 54, "for_s": 3, "fault": "cell_voltage", "cell": 5, "volts": 3.66},
            {"at_s": 60, "for_s": 3, "fault": "cell_voltage", "cell": 5, "volts": 3.66},
            {"at_s": 66, "for_s": 3, "fault": "cell_voltage", "cell": 5, "volts": 3.66},
            {"at_s": 72, "for_s": 3, "fault": "cell_voltage", "cell": 5, "volts": 3.66},
            {"at_s": 78, "for_s": 3, "fault": "cell_voltage", "cell": 5, "volts": 3.66},
            {"at_s": 84, "for_s": 3, "fault": "cell_voltage", "cell": 5, "volts": 3.66}
          ]
        }

        """#,
        #"""
        {
          "name": "trap-one-pack-in-alarm",
          "title": "One pack in alarm is enough",
          "description": "Pack 3 of three has a cell at 3.80 V.",
          "shows": ["S9", "S27"],
          "expectation": "The aggregate is in alarm and charging ends.",
          "packs": 3,
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "cell_voltage", "pack": 3, "cell": 5, "volts": 3.8}
          ]
        }

        """#,
        #"""
        {
          "name": "trap-stall",
          "title": "Data stall after long",
          "description": "After an hour of good data the BMS stops answering for a minute.",
          "shows": ["S2"],
          "expectation": "As on the first minute.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 3600, "for_s": 60, "fault": "silence"}
          ]
        }

        """#,
        #"""
        {
          "name": "unplug",
          "title": "The cable is out",
          "description": "The cable to the BMS is out for 20 seconds.",
          "shows": ["story 1", "S30"],
          "expectation": "As for a silent BMS; the port is opened again by itself.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 20, "fault": "unplugged"}
          ]
        }

        """#,
        #"""
        {
          "name": "weak-cell",
          "title": "A weak cell",
          "description": "Cell 6 has lost 40 % of its capacity and is empty before the others.",
          "shows": ["S27"],
          "expectation": "The weakest cell decides.",
          "pack": {"soc_percent": 20},
          "profile": [
            {"at_s": 0, "current_a": -60}
          ],
          "faults": [
            {"at_s": 30, "fault": "cell_capacity", "cell": 6, "factor": 0.6},
            {"at_s": 30, "fault": "cell_charge", "cell": 6, "percent": 3}
          ]
        }

        """#,
        #"""
        {
          "name": "wild-wire",
          "title": "A wild line",
          "description": "Answers come late, twice, glued, cut off and with text between.",
          "shows": ["S31", "S32"],
          "expectation": "Nothing that is not an answer to the present question is believed.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "fault": "late_answers", "delay_s": 0.3, "probability": 0.05},
            {"at_s": 30, "fault": "duplicated_answers", "probability": 0.05},
            {"at_s": 30, "fault": "glued_answers", "probability": 0.05},
            {"at_s": 30, "fault": "truncated_answers", "probability": 0.05},
            {"at_s": 30, "fault": "text_noise", "probability": 0.05}
          ]
        }

        """#,
        #"""
        {
          "name": "wrong-checksum",
          "title": "Wrong checksums",
          "description": "Every answer has a wrong checksum for a minute.",
          "shows": ["S31"],
          "expectation": "As for a silent BMS, with a sentence that tells of damage.",
          "profile": [
            {"at_s": 0, "current_a": 40}
          ],
          "charge_cell_v": 3.45,
          "faults": [
            {"at_s": 30, "for_s": 60, "fault": "wrong_checksum"}
          ]
        }

        """#,
    ]
}
