import Actors
import BMSProtocols
import Battery
import Configuration
import InverterProtocols
import JSONText
import Links
import Synchronization

/// Tries a link, on the services' loop: a BMS is only read, a bus only listened to. A link in use answers from what the
/// gateway knows of it.
actor LinkProbe {
    /// Longest try of a BMS.
    private static let patience: Duration = .seconds(6)
    /// Time between two looks at what is beginning.
    private static let glance: Duration = .milliseconds(200)
    private static let again = "try again in a moment."

    private let parts: WebParts
    private let clock: LoopClock

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe parts.loop.executor.asUnownedSerialExecutor() }

    init(_ parts: WebParts) {
        self.parts = parts
        clock = LoopClock(parts.loop)
    }

    // MARK: - A BMS

    /// What answers at an address.
    func pack(_ address: String, family: String) async -> JSONValue {
        if let own = ownPack(address) { return await answer(ofPack: own, address) }
        let heard = Counter()
        do throws(LinkError) {
            guard family == "auto" else {
                guard let spoken = SpokenFamily.named(family) else {
                    let known = SpokenFamily.all.map(\.name).joined(separator: ", ")
                    return Self.failure(address, "This version does not speak \(family); it speaks \(known).", heard: 0)
                }
                return await read(spoken, try await open(address, spoken.baudRate, heard), address, heard)
            }
            let finder = FamilyFinder(on: parts.loop) { [self] baudRate throws(LinkError) in
                try await open(address, baudRate, heard)
            }
            guard let found = try await finder.search() else {
                return Self.failure(address, nobody(heard), heard: heard.value)
            }
            return await read(found.family, found.link, address, heard)
        } catch {
            return Self.failure(address, "\(error)", heard: heard.value)
        }
    }

    /// A link whose bytes are counted.
    private func open(_ address: String, _ baudRate: Int, _ heard: Counter) async throws(LinkError) -> any ByteLink {
        CapturingLink(
            try await parts.openPack(address, baudRate), channel: "probe", loop: parts.loop,
            time: CaptureTime(origin: parts.loop.now, microseconds: 0)
        ) { record in
            if case .received(let bytes) = record.content { heard.add(bytes.count) }
        }
    }

    /// What a BMS of a family says on an open link, which is closed.
    private func read(
        _ family: SpokenFamily, _ link: any ByteLink, _ address: String, _ heard: Counter
    ) async -> JSONValue {
        defer { link.close() }
        let driver = family.makeDriver(1, link, parts.loop, .init())
        let deadline = clock.now + Self.patience
        var problem = nobody(heard)
        var newest: PackReading?
        while clock.now < deadline, !Task.isCancelled {
            do throws(BMSError) {
                let reading = try await driver.poll()
                newest = reading
                // The first polls bring settings and identity too, unless the line is bad or the family has none.
                let isWhole = reading.settings != nil || !reading.promised.contains(.settings)
                if isWhole, reading.identity != nil { return Self.answer(reading, family, address) }
            } catch {
                if heard.value > 0 {
                    problem = "Something answers, but not as a BMS of the family \(family.title): \(error.sentence)."
                }
                if case .link(let failure) = error { return Self.failure(address, "\(failure)", heard: heard.value) }
            }
            try? await clock.sleep(for: .milliseconds(200))
        }
        return newest.map { Self.answer($0, family, address) } ?? Self.failure(address, problem, heard: heard.value)
    }

    private func nobody(_ heard: Counter) -> String {
        heard.value == 0
            ? "Nothing answers: check the wires (RX and TX crossed), the power of the BMS, and the port."
            : "Something answers, but no BMS that this version speaks: choose its family, and check ground and cable."
    }

    /// The pack whose link an address is, as it is configured now.
    private func ownPack(_ address: String) -> Int? {
        parts.context().packs.first { LinkIdentity.isSame($0.value.link ?? "", address) }?.key
    }

    /// What the poller of a pack knows. After a change of the configuration it is only just beginning: the port is then
    /// taken by ourselves, and no fault.
    private func answer(ofPack pack: Int, _ address: String) async -> JSONValue {
        let deadline = clock.now + Self.patience
        while clock.now < deadline, !Task.isCancelled, ownPack(address) == pack {
            let link = parts.links().first { $0.pack == pack && LinkIdentity.isSame($0.address, address) }
            if let problem = link?.problem { return Self.failure(address, problem, heard: 0) }
            let report = parts.picture.value?.reports.first { $0.pack == pack }
            if link?.isOpen ?? false, let reading = report?.snapshot?.reading {
                let family = link.flatMap { SpokenFamily.named($0.family) } ?? SpokenFamily.all[0]
                return Self.answer(reading, family, address)
            }
            try? await clock.sleep(for: Self.glance)
        }
        return Self.failure(address, "Pack \(pack) is only just being started on this link: \(Self.again)", heard: 0)
    }

    private static func failure(_ address: String, _ problem: String, heard: Int) -> JSONValue {
        ["ok": false, "address": .string(address), "problem": .string(problem), "bytes_heard": .integer(heard)]
    }

    private static func answer(_ reading: PackReading, _ family: SpokenFamily, _ address: String) -> JSONValue {
        let settings = reading.settings?.value
        return [
            "ok": true, "address": .string(address), "family": .string(family.name),
            "serial": .init(reading.identity?.serial), "firmware": .init(reading.identity?.firmware),
            "model": .string(family.model(of: reading.identity)),
            "baud": .integer(family.baudRate),
            "reading": [
                "voltage_v": .init(reading.voltage), "current_a": .init(reading.current),
                "soc_percent": .init(reading.stateOfCharge),
                "temperature_c": .init(reading.temperatures.compactMap(\.celsius).first),
                "cells": .array(reading.cells.map { JSONValue($0) }),
            ],
            "settings": [
                "chemistry": .init(chemistry(settings)), "cells": .init(settings?.cellCount),
                "capacity_ah": .init(settings?.capacity), "max_charge_a": .init(settings?.chargeCutoffCurrent),
                "max_discharge_a": .init(settings?.dischargeCutoffCurrent),
                "max_cell_v": .init(settings?.overVoltageCell), "min_cell_v": .init(settings?.underVoltageCell),
            ],
        ]
    }

    /// What the BMS's own full voltage is that of: a proposal, which the user confirms.
    private static func chemistry(_ settings: BMSSettings?) -> String? {
        switch settings?.fullCell {
        case .some(..<3.0): "lto"
        case .some(3.3...3.75): "lfp"
        case .some(3.9...4.4): "nmc"
        default: nil
        }
    }

    // MARK: - A bus

    /// What is heard on a bus.
    func bus(_ address: String, seconds: Double, tap: WireTap) async -> JSONValue {
        let wait = Duration.seconds(min(max(seconds, 1), 8))
        if isOwnBus(address) {
            guard let inverter = await ownBus(address) else {
                let problem = parts.picture.value?.inverter.problem
                return Self.failure(
                    bus: address, problem ?? "The gateway is only just opening this bus: \(Self.again)")
            }
            let before = await tap.receivedCounts
            try? await clock.sleep(for: wait)
            let after = await tap.receivedCounts.map { id, count in (id, count - (before[id] ?? 0)) }
            return Self.answer(
                address, Dictionary(after.filter { $0.1 > 0 }) { $1 }, state: inverter.state,
                errors: inverter.counters.errors)
        }
        let bus: any CANBus
        do throws(LinkError) { bus = try await parts.openBus(address) } catch {
            return Self.failure(bus: address, "\(error)")
        }
        defer { bus.close() }
        let heard = Counts()
        bus.listen { event in
            if case .received(let frame, _) = event { heard.add(frame.identifier) }
        }
        try? await clock.sleep(for: wait)
        return Self.answer(address, heard.value, state: bus.state, errors: bus.counters.errors)
    }

    /// Whether an address is the bus of the inverter, as it is configured now.
    private func isOwnBus(_ address: String) -> Bool { LinkIdentity.isSame(parts.context().bus ?? "", address) }

    /// The inverter's bus once it is open; nil where it cannot be opened, or not yet.
    private func ownBus(_ address: String) async -> InverterPicture? {
        let deadline = clock.now + Self.patience
        while clock.now < deadline, !Task.isCancelled, isOwnBus(address) {
            if let inverter = parts.picture.value?.inverter, LinkIdentity.isSame(inverter.address, address) {
                if inverter.link == .open { return inverter }
                if inverter.problem != nil { return nil }
            }
            try? await clock.sleep(for: Self.glance)
        }
        return nil
    }

    private static func failure(bus address: String, _ problem: String) -> JSONValue {
        [
            "ok": false, "address": .string(address), "up": false, "state": "unknown", "frames_received": 0,
            "ids": [:], "keepalive_heard": false, "other_battery": false, "errors": 0, "problem": .string(problem),
        ]
    }

    private static func answer(
        _ address: String, _ ids: [UInt32: Int], state: CANState, errors: Int
    ) -> JSONValue {
        let frames = ids.values.reduce(0, +)
        let hears = ids[UInt32(VictronFrameID.keepalive.rawValue)] != nil
        let other = ids[UInt32(VictronFrameID.limits.rawValue)] != nil
        let problem: String? =
            if address == "dry:" {
                nil
            } else if other {
                "Another battery sends limits on this bus: switch it off, or take it off the bus."
            } else if frames == 0 {
                "Nothing is heard: check cable, both 120 Ω resistors, and that the GX port is set to CAN-bus BMS (500 kbit/s)."
            } else if !hears {
                "Frames are heard, but no keepalive of a GX (0x305): check the profile of the GX port."
            } else {
                nil
            }
        return [
            "ok": .bool(problem == nil), "address": .string(address), "bitrate": .init(bitRate(address)),
            "up": .bool(state != .down), "state": .string(state.rawValue), "frames_received": .integer(frames),
            "ids": .object(
                ids.sorted { $0.key < $1.key }.map {
                    .init(String($0.key, radix: 16, uppercase: true), .integer($0.value))
                }), "keepalive_heard": .bool(hears), "other_battery": .bool(other), "errors": .integer(errors),
            "problem": .init(problem),
        ]
    }

    private static func bitRate(_ address: String) -> Int? {
        switch try? LinkAddress.canBus(address) {
        case .socketCAN(_, let rate), .slcan(_, let rate): Int(rate ?? LinkOpener.defaultBitRate)
        default: nil
        }
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func add(_ number: Int) { count.withLock { $0 += number } }
    }

    private final class Counts: Sendable {
        private let counts = Mutex<[UInt32: Int]>([:])
        var value: [UInt32: Int] { counts.withLock { $0 } }
        func add(_ id: UInt32) { counts.withLock { $0[id, default: 0] += 1 } }
    }
}
