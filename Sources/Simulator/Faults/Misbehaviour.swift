/// One thing that a simulated pack can be told to do wrong: a kind and the few numbers that it needs.
package struct Misbehaviour: Sendable, Hashable {
    /// What goes wrong.
    package var kind: Kind
    /// Cell concerned, from 1; 0 where the kind concerns none.
    package var cell: Int
    /// Temperature sensor concerned: 1 and 2 external, 0 the board.
    package var sensor: Int
    /// The kind's quantity, in the unit of its `quantity`.
    package var value: Double
    /// How often it happens (per answer or per sample), 0...1.
    package var probability: Double

    /// Creates a misbehaviour; numbers that the kind does not need are ignored.
    package init(_ kind: Kind, cell: Int = 0, sensor: Int = 1, value: Double = 0, probability: Double = 1) {
        self.kind = kind
        self.cell = cell
        self.sensor = sensor
        self.value = value
        self.probability = probability
    }

    /// Everything that can go wrong; the raw values are the words of a scenario.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        // On the wire.
        /// No answer leaves.
        case silence
        /// Random bytes appear on the line.
        case noise
        /// Some bytes of an answer have flipped bits.
        case damagedAnswers = "damaged_answers"
        /// Some bytes of a request have flipped bits when they reach the BMS.
        case damagedRequests = "damaged_requests"
        /// An answer has a wrong checksum, all else is right.
        case wrongChecksum = "wrong_checksum"
        /// An answer breaks off.
        case truncatedAnswers = "truncated_answers"
        /// An answer is held back and leaves together with the next one.
        case gluedAnswers = "glued_answers"
        /// An answer comes late.
        case lateAnswers = "late_answers"
        /// An answer comes twice.
        case duplicatedAnswers = "duplicated_answers"
        /// A register of an answer holds a value that nothing measured; the checksum is right.
        case absurdValues = "absurd_values"
        /// A piece of text stands before an answer.
        case textNoise = "text_noise"
        /// The cable is out.
        case unplugged

        // In the BMS.
        /// Every live value stays as it is.
        case frozenReadings = "frozen_readings"
        /// The running counter alone stands still.
        case frozenCounter = "frozen_counter"
        /// The BMS sleeps and does not wake.
        case asleep
        /// Every live value is the BMS's word for "not measured".
        case missingReadings = "missing_readings"
        /// Every live value is any number that fits into it.
        case absurdReadings = "absurd_readings"
        /// The BMS starts anew, once.
        case bmsRestart = "bms_restart"
        /// The BMS's cut-offs are off: its switches stay closed whatever it measures.
        case protectionOff = "protection_off"

        // In its measurements.
        /// A cell reads a fixed voltage.
        case cellVoltage = "cell_voltage"
        /// A cell's reading runs away.
        case cellRamp = "cell_ramp"
        /// A cell's reading stays.
        case cellStuck = "cell_stuck"
        /// A cell reads 0 V.
        case cellMissing = "cell_missing"
        /// A cell's reading jumps for single samples.
        case cellSpikes = "cell_spikes"
        /// A cell reads too high or too low by a constant.
        case cellOffset = "cell_offset"
        /// A cell's reading departs slowly from the truth.
        case cellDrift = "cell_drift"
        /// The sense wire between a cell and the next is off.
        case senseWireOff = "sense_wire_off"
        /// The pack voltage reads too high or too low by a constant.
        case packVoltageOffset = "pack_voltage_offset"
        /// The pack voltage stays.
        case packVoltageStuck = "pack_voltage_stuck"
        /// A sensor reads a fixed temperature.
        case temperature
        /// A sensor's reading runs away.
        case temperatureRamp = "temperature_ramp"
        /// A sensor's reading stays.
        case temperatureStuck = "temperature_stuck"
        /// A sensor is not connected.
        case temperatureLost = "temperature_lost"
        /// A sensor reads too high or too low by a constant.
        case temperatureOffset = "temperature_offset"
        /// A sensor's reading departs slowly from the truth.
        case temperatureDrift = "temperature_drift"
        /// The current reads too high or too low by a constant.
        case currentOffset = "current_offset"
        /// The current reads too large or too small by a factor.
        case currentGain = "current_gain"
        /// The current stays.
        case currentStuck = "current_stuck"

        // In the battery.
        /// The state of charge is set to a wrong value.
        case chargeCounter = "charge_counter"
        /// The state of charge does not count.
        case chargeCounterStuck = "charge_counter_stuck"
        /// A cell has an internal short circuit.
        case cellShort = "cell_short"
        /// A cell or its connection is open.
        case cellOpen = "cell_open"
        /// A cell's resistance has grown.
        case cellResistance = "cell_resistance"
        /// A cell has lost capacity, for good.
        case cellCapacity = "cell_capacity"
        /// A cell's true state of charge is set.
        case cellCharge = "cell_charge"
        /// A cell discharges itself.
        case selfDischarge = "self_discharge"
        /// The joint between a cell and the next has a resistance; now and then, where it is loose.
        case jointResistance = "joint_resistance"
        /// Every cell has lost capacity, for good.
        case capacityFade = "capacity_fade"
        /// The cells are out of balance from now on.
        case imbalance
        /// A cell is heated from outside.
        case cellHeating = "cell_heating"
        /// A cell heats itself beyond rescue.
        case thermalRunaway = "thermal_runaway"
        /// A cell's balancing resistor does not disconnect.
        case balancerStuckOn = "balancer_stuck_on"
        /// A cell's balancing resistor does not connect.
        case balancerStuckOff = "balancer_stuck_off"
        /// The terminals are short-circuited.
        case packShort = "pack_short"
        /// Moisture conducts across the cells, past the current sensor.
        case moisture
        /// Something that the inverter does not steer charges or discharges the pack.
        case foreignCurrent = "foreign_current"
        /// The pack's cooling fails.
        case coolingLost = "cooling_lost"
        /// A part on the BMS's board overheats.
        case boardHeating = "board_heating"
        /// The air around the pack changes.
        case ambient
        /// The pack is as warm as its surroundings, at once.
        case packTemperature = "pack_temperature"
        /// The charge switch does not open.
        case chargeSwitchStuckClosed = "charge_switch_stuck_closed"
        /// The charge switch does not close.
        case chargeSwitchStuckOpen = "charge_switch_stuck_open"
        /// The discharge switch does not open.
        case dischargeSwitchStuckClosed = "discharge_switch_stuck_closed"
        /// The discharge switch does not close.
        case dischargeSwitchStuckOpen = "discharge_switch_stuck_open"
    }
}

extension Misbehaviour.Kind {
    /// A number that a kind needs: its name in a scenario and what it may be.
    package struct Quantity: Sendable, Hashable {
        /// Name, with the unit.
        package var name: String
        /// Smallest and largest value.
        package var range: ClosedRange<Double>
    }

    /// The number that the kind needs, nil where it needs none.
    package var quantity: Quantity? {
        switch self {
        case .noise: Quantity(name: "bytes_per_s", range: 0...10_000)
        case .lateAnswers: Quantity(name: "delay_s", range: 0...60)
        case .cellVoltage, .cellSpikes: Quantity(name: "volts", range: 0...6.5)
        case .cellOffset: Quantity(name: "volts", range: -5...5)
        case .packVoltageOffset: Quantity(name: "volts", range: -100...100)
        case .cellRamp, .cellDrift: Quantity(name: "volts_per_s", range: -10...10)
        case .temperature, .ambient, .packTemperature: Quantity(name: "celsius", range: -60...150)
        case .temperatureOffset: Quantity(name: "kelvin", range: -100...100)
        case .temperatureRamp, .temperatureDrift: Quantity(name: "celsius_per_s", range: -50...50)
        case .currentOffset, .foreignCurrent: Quantity(name: "amperes", range: -1000...1000)
        case .currentGain: Quantity(name: "factor", range: -10...10)
        case .selfDischarge: Quantity(name: "amperes", range: 0...100)
        case .chargeCounter: Quantity(name: "percent", range: 0...100)
        case .cellCharge: Quantity(name: "percent", range: -20...105)
        case .imbalance: Quantity(name: "percent", range: 0...100)
        case .cellShort, .packShort, .moisture: Quantity(name: "ohms", range: 0.001...1_000_000)
        case .jointResistance: Quantity(name: "ohms", range: 0.00001...10)
        case .cellResistance: Quantity(name: "factor", range: 0.1...1000)
        case .cellCapacity, .capacityFade, .coolingLost: Quantity(name: "factor", range: 0.01...1)
        case .cellHeating, .boardHeating: Quantity(name: "watts", range: 0...5000)
        default: nil
        }
    }

    /// Whether the kind concerns one cell.
    package var needsCell: Bool {
        switch self {
        case .cellVoltage, .cellRamp, .cellStuck, .cellMissing, .cellSpikes, .cellOffset, .cellDrift, .senseWireOff,
            .cellShort, .cellOpen, .cellResistance, .cellCapacity, .cellCharge, .selfDischarge, .jointResistance,
            .cellHeating, .thermalRunaway, .balancerStuckOn, .balancerStuckOff:
            true
        default: false
        }
    }

    /// Whether the kind concerns one temperature sensor.
    package var needsSensor: Bool {
        switch self {
        case .temperature, .temperatureRamp, .temperatureStuck, .temperatureLost, .temperatureOffset,
            .temperatureDrift:
            true
        default: false
        }
    }

    /// Whether the kind happens now and then rather than all the time.
    package var hasProbability: Bool {
        switch self {
        case .damagedAnswers, .damagedRequests, .wrongChecksum, .truncatedAnswers, .gluedAnswers, .lateAnswers,
            .duplicatedAnswers, .absurdValues, .textNoise, .cellSpikes, .jointResistance:
            true
        default: false
        }
    }

    /// Whether the kind acts on the bytes of the wire.
    package var isOnWire: Bool { origin == .wire }
}

extension Misbehaviour: CustomStringConvertible {
    /// Short text for marks and logs: `cell_voltage cell 5 3.9 volts`.
    package var description: String {
        var text = kind.rawValue
        if kind.needsCell { text += " cell \(cell)" }
        if kind.needsSensor { text += sensor == 0 ? " board" : " sensor \(sensor)" }
        if let quantity = kind.quantity { text += " \(value) \(quantity.name)" }
        if kind.hasProbability, probability < 1 { text += " probability \(probability)" }
        return text
    }
}
