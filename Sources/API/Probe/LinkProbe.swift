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
        guard family == "auto" || family == TinyBMSDriver.familyName else {
            return Self.failure(address, "This version does not speak \(family); it speaks tinybms.", heard: 0)
        }
        let heard = Counter()
        let link: any ByteLink
        do throws(LinkError) { link = try await parts.openPack(address) } catch {
            return Self.failure(address, "\(error)", heard: 0)
        }
        let counting = CapturingLink(
            link, channel: "probe", loop: parts.loop,
            time: CaptureTime(origin: parts.loop.now, microseconds: 0)
        ) { record in
            if case .received(let bytes) = record.content { heard.add(bytes.count) }
        }
        defer { link.close() }
        let driver = TinyBMSDriver(pack: 1, link: counting, loop: parts.loop)
        let deadline = clock.now + Self.patience
        var problem = "Nothing answers: check the wires (RX and TX crossed), the power of the BMS, and the port."
        while clock.now < deadline, !Task.isCancelled {
            do throws(BMSError) {
                let reading = try await driver.poll()
                // The first poll brings settings and identity too, unless the line is bad.
                if reading.settings != nil { return Self.answer(reading, address) }
            } catch {
                if heard.value > 0 { problem = "Something answers, but not as a TinyBMS: \(error.sentence)." }
                if case .link(let failure) = error { return Self.failure(address, "\(failure)", heard: heard.value) }
            }
            try? await clock.sleep(for: .milliseconds(200))
        }
        return Self.failure(address, problem, heard: heard.value)
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
                return Self.answer(reading, address)
            }
            try? await clock.sleep(for: Self.glance)
        }
        return Self.failure(address, "Pack \(pack) is only just being started on this link: \(Self.again)", heard: 0)
    }

    private static func failure(_ address: String, _ problem: String, heard: Int) -> JSONValue {
        ["ok": false, "address": .string(address), "problem": .string(problem), "bytes_heard": .integer(heard)]
    }

    private static func answer(_ reading: PackReading, _ address: String) -> JSONValue {
        let settings = reading.settings?.value
        return [
            "ok": true, "address": .string(address), "family": .string(TinyBMSDriver.familyName),
            "serial": .init(reading.identity?.serial), "firmware": .init(reading.identity?.firmware),
            "model": "TinyBMS",
            "baud": 115_200,
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
