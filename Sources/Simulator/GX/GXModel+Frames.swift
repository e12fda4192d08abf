import Battery
import InverterProtocols

/// What the GX does with what it hears, and with silence.
extension GXModel {
    /// Takes one frame of the protocol.
    mutating func take(_ message: VictronMessage, _ id: VictronFrameID, _ frame: VictronFrame, at now: Instant) {
        switch message {
        case .limits(let limits): take(limits, frame.data, at: now)
        case .charge(let charge):
            received.stateOfCharge = charge.stateOfCharge
            received.stateOfHealth = charge.stateOfHealth
        case .measurements(let measurements):
            received.voltage = measurements.voltage
            received.current = measurements.current
            received.temperature = measurements.temperature
        case .alarms(let alarms): take(alarms)
        case .product(let product):
            received.firmware = product.firmware.map(Self.firmwareText)
            received.onlineCapacity = product.onlineCapacity
        case .modules(let modules):
            received.modules = GXBelief.Modules(
                online: modules.online, offline: modules.offline, blockingCharge: modules.blockingCharge,
                blockingDischarge: modules.blockingDischarge)
        case .cellExtremes(let extremes):
            var cells = received.cells ?? GXBelief.Cells()
            cells.minimum = extremes.minimumCell
            cells.maximum = extremes.maximumCell
            cells.coldest = extremes.minimumTemperature
            cells.warmest = extremes.maximumTemperature
            received.cells = cells
        case .energy(let energy):
            received.chargedEnergy = energy.charged
            received.dischargedEnergy = energy.discharged
        case .installedCapacity(let capacity): received.installedCapacity = capacity
        case .text(let id, let text):
            naming.note(id, text)
            takeCellName(id)
        case .keepalive, .presenceEcho, .inverterIdentity: lasting.insert(.gxFramesFromBattery)
        case .pylontechAlarms, .pylontechFlags, .foreign:
            naming.noteForeign(id)
            lasting.insert(.foreignFrames)
        case .chargeRequest(let isWanted): received.immediateCharge = isWanted
        }
        adopt(at: now)
    }

    /// What time alone changes.
    mutating func expire(at now: Instant) {
        senders.expire(at: now)
        if belief.isConnected, let last = lastLimits, last + GXRules.limitsTimeout <= now { lose() }
        if belief.isConnected, let until = lowBatteryUntil, until <= now {
            lowBatteryUntil = nil
            adopt(at: now)
        }
    }

    /// DVCC writes the limits to the inverter.
    mutating func write() {
        guard belief.isConnected else { return }
        belief.applied = GXQuirk.applied(
            chargeVoltage: belief.chargeVoltageLimit, chargeCurrent: belief.chargeCurrentLimit ?? 0,
            dischargeCurrent: belief.dischargeCurrentLimit ?? 0, dischargeVoltage: belief.dischargeVoltageLimit,
            brand: naming.brand, capacity: belief.installedCapacity)
    }

    // MARK: - Private

    private mutating func take(_ limits: VictronLimits, _ data: [UInt8], at now: Instant) {
        lastLimits = now
        statistics.noteLimits(at: started.duration(to: now))
        senders.note(data, at: now)
        received.chargeVoltageLimit = limits.chargeVoltage
        received.chargeCurrentLimit = limits.chargeCurrent
        received.dischargeCurrentLimit = limits.dischargeCurrent
        received.dischargeVoltageLimit = limits.dischargeVoltage
        if limits.chargeVoltage == 0 { lasting.insert(.zeroChargeVoltage) }
        if (limits.chargeCurrent ?? 0) < 0 || (limits.dischargeCurrent ?? 0) < 0 { lasting.insert(.negativeLimit) }
    }

    private mutating func take(_ alarms: VictronAlarms) {
        hasAlarms = true
        let items = VictronAlarmItem.allCases
        let active = items.filter { alarms[alarm: $0] == .active }
        let warned = items.filter { alarms[warning: $0] == .active }
        received.alarms = active.filter(\.isShownByGX).map(\.name)
        received.warnings = warned.filter(\.isShownByGX).map(\.name)
        received.notShown = items.filter { !$0.isShownByGX && (active.contains($0) || warned.contains($0)) }.map(\.name)
        switch alarms.systemStatus {
        case .ok: received.isOnline = true
        case .active: received.isOnline = false
        case .unsupported, .ignored: received.isOnline = nil
        }
    }

    private mutating func takeCellName(_ id: VictronFrameID) {
        var cells = received.cells ?? GXBelief.Cells()
        switch id {
        case .lowestCellName: cells.minimumName = naming.text(id)
        case .highestCellName: cells.maximumName = naming.text(id)
        case .coldestSensorName: cells.coldestName = naming.text(id)
        case .warmestSensorName: cells.warmestName = naming.text(id)
        default: return
        }
        received.cells = cells
    }

    /// Makes belief of what was received, once 0x351 and 0x35A both came.
    private mutating func adopt(at now: Instant) {
        // A 0x351 from long ago is no sign of life, whatever else comes.
        guard let last = lastLimits, hasAlarms, now < last + GXRules.limitsTimeout else { return }
        let wasConnected = belief.isConnected
        if !wasConnected && belief.state == .lost { lowBatteryUntil = now + GXRules.lowBatteryClearing }
        let applied = wasConnected ? belief.applied : nil
        belief = received
        belief.state = .connected
        belief.applied = applied
        if lowBatteryUntil != nil { belief.alarms.append(GXRules.lowBatteryAlarm) }
        belief.name = naming.name
        belief.manufacturer = naming.text(.manufacturer)
        belief.family = naming.text(.family)
        belief.serial = naming.serial
        belief.takenFor = naming.brand?.name
        // A battery that is new is obeyed at once; only later changes wait for their turn.
        if !wasConnected { write() }
    }

    /// The battery service goes away: nothing is known any more, and nothing flows.
    private mutating func lose() {
        statistics.losses += 1
        lastLimits = nil
        hasAlarms = false
        lowBatteryUntil = nil
        received = GXBelief()
        heard = [:]
        naming = GXNaming()
        belief = GXBelief()
        belief.state = .lost
        belief.chargeCurrentLimit = 0
        belief.dischargeCurrentLimit = 0
        belief.applied = GXBelief.AppliedLimits(chargeCurrent: 0, dischargeCurrent: 0)
        belief.alarms = [GXRules.connectionLostAlarm, GXRules.lowBatteryAlarm]
    }

    private static func firmwareText(_ firmware: UInt16) -> String {
        let minor = String(firmware & 0xFF, radix: 16, uppercase: true)
        return "v\(firmware >> 8)." + (minor.utf8.count < 2 ? "0" : "") + minor
    }
}
