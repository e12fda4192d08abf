import Access
import Actors
import Battery
import Configuration
import HTTP
import JSONText
import Links
import Synchronization

/// Which links there are, which are used, and whether one works before it is saved.
package struct LinkRoutes: Sendable {
    private let parts: WebParts
    private let tap: WireTap
    private let isTesting = Flag()

    package init(_ parts: WebParts, tap: WireTap) {
        self.parts = parts
        self.tap = tap
    }

    package var routes: [Route] {
        [
            Route(
                .get, "/api/links", Demand(.scope(.read)), Self.group, "Links that there are, and those in use",
                [
                    .json(
                        .object([
                            .must("bms", .array(.map(.anything))), .must("can", .array(.map(.anything))),
                            .must(
                                "configured",
                                .object([.must("packs", .array(.map(.anything))), .must("inverter", .map(.anything))])),
                        ]))
                ]
            ) { _ in .json(await listing()) },
            Route(
                .post, "/api/links/test", Demand(.scope(.control)), Self.group,
                "Try a link: a BMS is only read, a bus only listened to",
                body: .json(
                    .object([
                        .must("kind", .word(["bms", "can"])), .must("address", .text(1...255)),
                        .may("family", .word(BMSFamily.allCases.map(\.rawValue))), .may("seconds", .number(1...8)),
                    ])), example: ["kind": "bms", "address": "sim:healthy", "family": "auto"],
                [.json(.map(.anything))],
                refusals: [409: "Another test is under way."]
            ) { call in try await test(call) },
        ]
    }

    // MARK: - Private

    private static let group = "Links"

    private func listing() async -> JSONValue {
        let found = await LinkSearch(executor: parts.files).search()
        let links = parts.links()
        let inverter = parts.picture.value?.inverter
        func user(_ addresses: [String]) -> JSONValue {
            if let link = links.first(where: { link in addresses.contains { LinkIdentity.isSame(link.address, $0) } }) {
                return .string("pack.\(link.pack)")
            }
            let isInverter = addresses.contains { LinkIdentity.isSame(inverter?.address ?? "", "slcan:" + $0) }
            return isInverter ? "inverter" : .null
        }
        let ports = found.serial.map { port in (port, user: user([port.device] + port.stableNames)) }
        let serial: [JSONValue] = ports.map { port, user in
            [
                "address": .string(port.preferredName), "kind": "serial", "description": .string(port.device),
                "stable": .bool(!port.stableNames.isEmpty), "used_by": user,
            ]
        }
        // A serial port may be a CAN adapter, which only a try can tell; one that a BMS is on is none.
        let adapters: [JSONValue] = ports.filter { $0.user == .null || $0.user == "inverter" }.map { port, user in
            [
                "address": .string("slcan:" + port.preferredName), "kind": "slcan",
                "description": .string(port.device), "bitrate": .null, "up": .null, "used_by": user,
            ]
        }
        let simulated: JSONValue = [
            "address": "sim:healthy", "kind": "simulated", "description": "a simulated pack", "stable": true,
            "used_by": user(["sim:healthy"]),
        ]
        let buses: [JSONValue] = found.buses.map { bus in
            let address = "socketcan:" + bus.name
            return [
                "address": .string(address), "kind": "socketcan",
                "description": .init(bus.state?.rawValue.replacing("_", with: " ")),
                "bitrate": .init(bus.bitRate.map(Int.init)), "up": .bool(bus.isUp),
                "used_by": inverter?.address.hasPrefix(address) ?? false ? "inverter" : .null,
            ]
        }
        let dry: JSONValue = [
            "address": "dry:", "kind": "dry", "description": "nothing is transmitted", "bitrate": .null, "up": true,
            "used_by": inverter?.address == "dry:" ? "inverter" : .null,
        ]
        return [
            "bms": .array(serial + [simulated]), "can": .array(buses + adapters + [dry]),
            "configured": [
                "packs": .array(
                    links.map { link in
                        [
                            "id": .integer(link.pack), "address": .string(link.address), "family": .string(link.family),
                            "open": .bool(link.isOpen), "problem": .init(link.problem),
                        ]
                    }),
                "inverter": [
                    "address": .init(inverter?.address), "open": .bool(inverter?.link == .open),
                    "problem": .init(inverter?.problem), "dry_because": .init(parts.context().dryBecause?.rawValue),
                ],
            ],
        ]
    }

    private func test(_ call: Call) async throws -> HTTPResponse {
        let address = call.body["address"].string ?? ""
        let use: SettingKind.LinkUse = call.body["kind"].string == "can" ? .can : .pack
        if let fault = Schema.fault(in: address, use: use) {
            throw Problem.invalid("'\(address)' \(fault).", field: "address")
        }
        // One at a time: two would open the same port.
        guard isTesting.raise() else { throw Problem.conflict("Another link is being tried; wait for its result.") }
        defer { isTesting.lower() }
        let probe = LinkProbe(parts)
        switch use {
        case .can: return .json(await probe.bus(address, seconds: call.body["seconds"].number ?? 4, tap: tap))
        case .pack: return .json(await probe.pack(address, family: call.body["family"].string ?? "auto"))
        }
    }
}

/// A flag that one at a time may raise.
private final class Flag: Sendable {
    private let isRaised = Mutex(false)

    func raise() -> Bool {
        isRaised.withLock { isRaised in
            defer { isRaised = true }
            return !isRaised
        }
    }

    func lower() { isRaised.withLock { $0 = false } }
}

/// Looks for links where nobody waits for it but the web: directories and the kernel's interfaces.
private actor LinkSearch {
    private let executor: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }
    init(executor: any SerialExecutor) { self.executor = executor }

    func search() -> (serial: [SerialPorts.Port], buses: [CANInterfaces.Report]) {
        (SerialPorts.list(), CANInterfaces.list())
    }
}
