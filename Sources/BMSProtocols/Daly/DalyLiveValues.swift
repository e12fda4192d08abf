/// 0x90: pack voltage, current and state of charge.
package struct DalyPackState: Sendable, Hashable {
    /// Raw value of no current.
    package static let currentOffset = 30_000

    /// 0.1 V.
    package var voltageDecivolts: UInt16
    /// 0.1 V; 0 in every capture.
    package var gatheredDecivolts: UInt16 = 0
    /// 30000 is none, 0.1 A a step. Which side is charging differs between boards (daly.md 4).
    package var currentRaw: UInt16
    /// 0.1 %.
    package var chargePermille: UInt16

    package init(voltageDecivolts: UInt16, currentRaw: UInt16, chargePermille: UInt16) {
        self.voltageDecivolts = voltageDecivolts
        self.currentRaw = currentRaw
        self.chargePermille = chargePermille
    }

    package init(_ payload: DalyPayload) {
        self.init(voltageDecivolts: payload.word(0), currentRaw: payload.word(4), chargePermille: payload.word(6))
        gatheredDecivolts = payload.word(2)
    }

    /// 0.1 A, signed as on the wire.
    package var currentDeciamperes: Int { Int(currentRaw) - Self.currentOffset }

    package var payload: DalyPayload {
        var payload = DalyPayload()
        payload.put(voltageDecivolts, at: 0)
        payload.put(gatheredDecivolts, at: 2)
        payload.put(currentRaw, at: 4)
        payload.put(chargePermille, at: 6)
        return payload
    }
}

/// 0x91: highest and lowest cell in mV; cells are numbered from 1.
package struct DalyCellExtremes: Sendable, Hashable {
    package var highest: UInt16
    package var highestNumber: UInt8
    package var lowest: UInt16
    package var lowestNumber: UInt8

    package init(highest: UInt16, highestNumber: UInt8, lowest: UInt16, lowestNumber: UInt8) {
        (self.highest, self.highestNumber) = (highest, highestNumber)
        (self.lowest, self.lowestNumber) = (lowest, lowestNumber)
    }

    package init(_ payload: DalyPayload) {
        self.init(
            highest: payload.word(0), highestNumber: payload[2], lowest: payload.word(3), lowestNumber: payload[5])
    }

    package var payload: DalyPayload {
        var payload = DalyPayload()
        payload.put(highest, at: 0)
        payload[2] = highestNumber
        payload.put(lowest, at: 3)
        payload[5] = lowestNumber
        return payload
    }
}

/// 0x92: highest and lowest temperature in °C; sensors are numbered from 1.
package struct DalyTemperatureExtremes: Sendable, Hashable {
    package var highest: Int
    package var highestNumber: UInt8
    package var lowest: Int
    package var lowestNumber: UInt8

    package init(highest: Int, highestNumber: UInt8, lowest: Int, lowestNumber: UInt8) {
        (self.highest, self.highestNumber) = (highest, highestNumber)
        (self.lowest, self.lowestNumber) = (lowest, lowestNumber)
    }

    package init(_ payload: DalyPayload) {
        self.init(
            highest: DalyTemperature.celsius(payload[0]), highestNumber: payload[1],
            lowest: DalyTemperature.celsius(payload[2]), lowestNumber: payload[3])
    }

    package var payload: DalyPayload {
        DalyPayload([DalyTemperature.raw(highest), highestNumber, DalyTemperature.raw(lowest), lowestNumber])
    }
}

/// A temperature on the wire: °C + 40 in a byte.
package enum DalyTemperature {
    /// °C, −40...215.
    package static func celsius(_ raw: UInt8) -> Int { Int(raw) - 40 }

    /// The byte of a temperature; what does not fit becomes the nearest that does.
    package static func raw(_ celsius: Int) -> UInt8 { UInt8(min(max(celsius, -40), 215) + 40) }
}

/// What 0x93 says that the pack is doing.
package enum DalyState: UInt8, Sendable, Hashable, CaseIterable {
    case stationary = 0
    case charging = 1
    case discharging = 2
}

/// 0x93: state, switches and remaining charge.
package struct DalySwitches: Sendable, Hashable {
    /// `DalyState`, or a number that no paper names.
    package var stateCode: UInt8
    package var isChargeClosed: Bool
    package var isDischargeClosed: Bool
    /// Goes round while the board lives.
    package var lifeCounter: UInt8
    package var remainingMilliampereHours: UInt32

    package init(
        state: DalyState, isChargeClosed: Bool, isDischargeClosed: Bool, lifeCounter: UInt8,
        remainingMilliampereHours: UInt32
    ) {
        stateCode = state.rawValue
        self.isChargeClosed = isChargeClosed
        self.isDischargeClosed = isDischargeClosed
        self.lifeCounter = lifeCounter
        self.remainingMilliampereHours = remainingMilliampereHours
    }

    package init(_ payload: DalyPayload) {
        stateCode = payload[0]
        isChargeClosed = payload[1] != 0
        isDischargeClosed = payload[2] != 0
        lifeCounter = payload[3]
        remainingMilliampereHours = payload.long(4)
    }

    package var state: DalyState? { DalyState(rawValue: stateCode) }

    package var payload: DalyPayload {
        var payload = DalyPayload([stateCode, isChargeClosed ? 1 : 0, isDischargeClosed ? 1 : 0, lifeCounter])
        payload.put(remainingMilliampereHours, at: 4)
        return payload
    }
}

/// 0x94: what is connected.
package struct DalyStatus: Sendable, Hashable {
    /// Most cells of a board.
    package static let mostCells = 48
    /// Most temperature sensors of a board.
    package static let mostSensors = 16

    package var cells: UInt8
    package var sensors: UInt8
    package var hasCharger: Bool
    package var hasLoad: Bool
    /// Bits 0 to 3 DI1 to DI4, 4 to 7 DO1 to DO4.
    package var inputsAndOutputs: UInt8
    package var cycles: UInt16

    package init(
        cells: UInt8, sensors: UInt8, hasCharger: Bool, hasLoad: Bool, inputsAndOutputs: UInt8, cycles: UInt16
    ) {
        (self.cells, self.sensors) = (cells, sensors)
        (self.hasCharger, self.hasLoad) = (hasCharger, hasLoad)
        (self.inputsAndOutputs, self.cycles) = (inputsAndOutputs, cycles)
    }

    package init(_ payload: DalyPayload) {
        self.init(
            cells: payload[0], sensors: payload[1], hasCharger: payload[2] != 0, hasLoad: payload[3] != 0,
            inputsAndOutputs: payload[4], cycles: payload.word(5))
    }

    package var payload: DalyPayload {
        var payload = DalyPayload([cells, sensors, hasCharger ? 1 : 0, hasLoad ? 1 : 0, inputsAndOutputs])
        payload.put(cycles, at: 5)
        return payload
    }

    /// Whether a board can have so many cells and sensors.
    package var isPossible: Bool {
        (1...Self.mostCells).contains(Int(cells)) && Int(sensors) <= Self.mostSensors
    }
}

/// 0x95 and 0x96: values in slots of numbered frames. Slots past the count are leftovers: cut them.
package enum DalySlots {
    /// Cell voltages of a frame.
    package static let cellsPerFrame = 3
    /// Temperatures of a frame.
    package static let sensorsPerFrame = 7

    /// Every cell slot of an answer to 0x95, mV.
    package static func cellMillivolts(_ payloads: [DalyPayload]) -> [UInt16] {
        var slots: [UInt16] = []
        slots.reserveCapacity(payloads.count * cellsPerFrame)
        for payload in payloads { for index in 0..<cellsPerFrame { slots.append(payload.word(1 + 2 * index)) } }
        return slots
    }

    /// Every temperature slot of an answer to 0x96, °C.
    package static func celsius(_ payloads: [DalyPayload]) -> [Int] {
        payloads.flatMap { payload in (1...sensorsPerFrame).map { DalyTemperature.celsius(payload[$0]) } }
    }

    /// The frames of cell voltages in mV, the first of a given number.
    package static func payloads(cellMillivolts cells: [UInt16], frames: Int, first: UInt8 = 1) -> [DalyPayload] {
        (0..<frames).map { frame in
            var payload = DalyPayload([first &+ UInt8(truncatingIfNeeded: frame)])
            for index in 0..<cellsPerFrame where cells.indices.contains(frame * cellsPerFrame + index) {
                payload.put(cells[frame * cellsPerFrame + index], at: 1 + 2 * index)
            }
            return payload
        }
    }

    /// The frames of temperatures as bytes of °C + 40, the first of a given number.
    package static func payloads(temperatures: [UInt8], frames: Int, first: UInt8 = 1) -> [DalyPayload] {
        (0..<frames).map { frame in
            let slots = temperatures.dropFirst(frame * sensorsPerFrame).prefix(sensorsPerFrame)
            return DalyPayload([first &+ UInt8(truncatingIfNeeded: frame)] + slots)
        }
    }
}

/// 0x97: which cells are being balanced; boards disagree in how they say it (daly.md 11).
package enum DalyBalance {
    /// How a board says it.
    package enum Form: String, Sendable, Hashable, CaseIterable {
        /// By what only one form can mean.
        case automatic
        /// A bit a cell, the lowest bit of byte 0 first.
        case mask
        /// The number of the one cell in byte 1, as active balancers do.
        case number
    }

    /// Cells as a bit mask says them, from 0.
    package static func mask(_ payload: DalyPayload) -> [Int] {
        (0..<DalyStatus.mostCells).filter { payload[$0 / 8] >> UInt8($0 % 8) & 1 != 0 }
    }

    /// The payload of cells numbered from 0.
    package static func payload(_ cells: [Int]) -> DalyPayload {
        var payload = DalyPayload()
        for cell in cells where (0..<DalyStatus.mostCells).contains(cell) {
            payload[cell / 8] |= 1 << UInt8(cell % 8)
        }
        return payload
    }

    /// One flag a cell; nil where the payload can mean both.
    package static func flags(_ payload: DalyPayload, cells: Int, form: Form) -> [Bool]? {
        let mask = mask(payload)
        let number = Int(payload[1])
        let isMask: Bool
        switch form {
        case .mask: isMask = true
        case .number: isMask = false
        case .automatic:
            if mask.isEmpty || payload[0] != 0 {
                isMask = true
            } else if cells <= 8, number != 0 {
                isMask = false
            } else {
                guard mask.count > 1 else { return nil }
                isMask = true
            }
        }
        return (0..<max(cells, 0)).map { isMask ? mask.contains($0) : $0 + 1 == number }
    }
}
