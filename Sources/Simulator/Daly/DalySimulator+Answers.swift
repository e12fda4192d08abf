import BMSProtocols

extension DalySimulator {
    /// The bytes that answer a request; none where the board does not know it.
    mutating func answer(to request: DalyRequest) -> [UInt8] {
        guard options.hosts.contains(request.host), !options.unanswered.contains(request.command) else { return [] }
        var frames: [DalyPayload] = []
        if request.command.isNumbered {
            frames = numbered(request).map { fill($0, used: 0..<8) }
            disturb(&frames, request.command)
        } else if let payload = single(request) {
            frames = [fill(payload, used: Self.used[request.command] ?? 0..<8)]
        }
        var bytes: [UInt8] = []
        for payload in frames {
            bytes += DalyFrame(address: DalyFrame.board, command: request.command.rawValue, payload: payload).bytes
            if options.sendsRubbish {
                bytes += (0..<random.index(below: 6)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            }
        }
        return bytes
    }

    // MARK: - Private

    /// Bytes that a command writes into the buffer; the others keep what was there. Not named: all.
    private static let used: [DalyCommand: Range<Int>] = [
        .cellExtremes: 0..<6, .temperatureExtremes: 0..<4, .status: 0..<7, .setChargeSwitch: 0..<1,
        .setDischargeSwitch: 0..<1, .batteryInformation: 0..<7, .balanceSettings: 0..<4,
    ]

    private mutating func fill(_ payload: DalyPayload, used: Range<Int>) -> DalyPayload {
        guard options.keepsLeftovers else { return payload }
        for index in used { leftover[index] = payload[index] }
        return leftover
    }

    private mutating func single(_ request: DalyRequest) -> DalyPayload? {
        switch request.command {
        case .setChargeSwitch, .setDischargeSwitch:
            setSwitch(charge: request.command == .setChargeSwitch, closed: request.payload[0] != 0)
            return DalyPayload([request.payload[0]])
        case .setStateOfCharge:
            pack.countedCharge = min(Double(request.payload.word(6)) / 10, 100)
            return request.payload
        case .packState: return live.packState.payload
        case .cellExtremes: return live.cellExtremes.payload
        case .temperatureExtremes: return live.temperatureExtremes.payload
        case .switches: return live.switches.payload
        case .status: return live.status.payload
        case .failures: return live.failures.payload
        case .balance: return balance
        default: return parameter(request.command)
        }
    }

    private var balance: DalyPayload {
        mutating get {
            let cells = live.balancing
            guard options.balanceForm == .number else { return DalyBalance.payload(cells) }
            return DalyPayload([0, UInt8(saturating: Double((cells.first ?? -1) + 1))])
        }
    }

    /// The frames of an answer that has several, each whole.
    private mutating func numbered(_ request: DalyRequest) -> [DalyPayload] {
        let live = live
        switch request.command {
        case .cellVoltages:
            let needed = DalyRequest.cellVoltages(cells: live.cells.count).frames
            let frames = request.host == .alternative ? DalyCommand.cellVoltages.mostFrames : needed
            var payloads = DalySlots.payloads(
                cellMillivolts: live.cells, frames: frames, first: options.firstFrame)
            // The last byte of a frame is nobody's, and slots past the last cell repeat what the frame before had there.
            for index in payloads.indices where options.keepsLeftovers {
                payloads[index][7] = leftover[7]
                let slots = live.cells.count - DalySlots.cellsPerFrame * index
                guard index > 0, index < needed, slots < DalySlots.cellsPerFrame else { continue }
                for slot in slots..<DalySlots.cellsPerFrame {
                    payloads[index].put(payloads[index - 1].word(1 + 2 * slot), at: 1 + 2 * slot)
                }
            }
            return payloads
        case .temperatures:
            let needed = DalyRequest.temperatures(sensors: live.temperatures.count).frames
            return DalySlots.payloads(
                temperatures: live.temperatures, frames: request.host == .alternative ? needed + 1 : needed,
                first: options.firstFrame)
        case .batteryCode: return text(code, frames: 5)
        case .softwareVersion: return text(Array("20220810R     ".utf8), frames: 2)
        default: return text(Array("DL-16S100A-V1 ".utf8), frames: 2)
        }
    }

    /// Adds what boards are seen to send besides.
    private mutating func disturb(_ frames: inout [DalyPayload], _ command: DalyCommand) {
        let last = frames.last
        if options.sendsInvalidFrames {
            frames.insert(DalyPayload([0xFF, 0x0C, 0x80, 0x0C, 0x80]), at: frames.count / 2)
        }
        if options.sendsLateFrames, let late = lastNumbered, late.command == command {
            frames.insert(late.payload, at: 0)
        }
        lastNumbered = last.map { (command, $0) }
    }

    private func text(_ text: [UInt8], frames: Int) -> [DalyPayload] {
        (0..<frames).map { frame in
            DalyPayload([UInt8(saturating: Double(frame + 1))] + text.dropFirst(7 * frame).prefix(7))
        }
    }

    private func parameter(_ command: DalyCommand) -> DalyPayload? {
        let limits = pack.protection.limits
        let count = Double(pack.cells.count)
        func scaled(_ values: [Double], by scale: Double) -> DalyPayload {
            let words = values.map { UInt16(saturating: $0 * scale) }
            return DalyLimits(words[0], words[1], words[2], words[3]).payload
        }
        let volts = [
            limits.overVoltageCell - Self.warningBelow, limits.overVoltageCell,
            limits.underVoltageCell + Self.warningAbove, limits.underVoltageCell,
        ]
        switch command {
        case .ratedCapacity:
            return DalyRatedCapacity(
                milliampereHours: UInt32(saturating: limits.capacity * 1000), cellMillivolts: 3200
            ).payload
        case .boards:
            return DalyPayload([1, UInt8(saturating: count), 0, 0, UInt8(pack.parameters.temperatureSensors), 0, 0])
        case .lifetimeCharge:
            var payload = DalyPayload()
            payload.put(UInt32(saturating: pack.charged), at: 0)
            payload.put(UInt32(saturating: pack.discharged), at: 4)
            return payload
        case .batteryInformation: return batteryInformation
        case .firmwareIndex: return DalyPayload(Array("20220810".utf8))
        case .cellVoltageLimits: return scaled(volts, by: 1000)
        case .packVoltageLimits: return scaled(volts.map { $0 * count }, by: 10)
        case .currentLimits:
            let currents = [
                -0.9 * limits.chargeCurrent, -limits.chargeCurrent, 0.9 * limits.dischargeCurrent,
                limits.dischargeCurrent,
            ]
            return scaled(currents.map { $0 + Double(DalyPackState.currentOffset) / 10 }, by: 10)
        case .temperatureLimits:
            let celsius = [
                limits.overHeat - 5, limits.overHeat, limits.lowTemperatureCharge + 3, limits.lowTemperatureCharge,
                limits.overHeat - 5, limits.overHeat, limits.lowTemperature + 5, limits.lowTemperature,
            ]
            return DalyPayload(celsius.map { DalyTemperature.raw(Int($0.rounded())) })
        case .stateOfChargeLimits: return scaled([100, 100, 10, 5], by: 10)
        case .differenceLimits: return DalyPayload([0x01, 0x2C, 0x01, 0xF4, 10, 15])
        case .balanceSettings:
            var payload = DalyPayload()
            payload.put(UInt16(saturating: limits.balanceAbove * 1000), at: 0)
            payload.put(UInt16(5), at: 2)
            return payload
        case .shortCircuit: return DalyPayload([0x02, 0x58, 0x01, 0x4D])
        default: return nil
        }
    }

    private var batteryInformation: DalyPayload {
        var payload = DalyPayload([1, pack.parameters.chemistry == .lfp ? 0 : 1, 22, 8, 10])
        let seconds = options.sleepTime.map { min($0.components.seconds, 0xFFFE) }
        payload.put(seconds.map { UInt16(saturating: Double($0)) } ?? DalyBatteryInformation.neverSleeps, at: 5)
        return payload
    }
}
