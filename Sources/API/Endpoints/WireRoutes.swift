import Access
package import Actors
import HTTP
import JSONText
import Links

/// What is on the wires.
package struct WireRoutes: Sendable {
    private let tap: WireTap
    private let sockets: SocketLife
    private let picture: @Sendable () -> (inverter: InverterPicture?, context: StatusContext)

    package init(
        tap: WireTap, sockets: SocketLife,
        picture: @escaping @Sendable () -> (inverter: InverterPicture?, context: StatusContext)
    ) {
        self.tap = tap
        self.sockets = sockets
        self.picture = picture
    }

    package var routes: [Route] {
        [
            Route(
                .get, "/api/can/status", Demand(.scope(.read)), "Wires",
                "The inverter's bus: its state, and the newest frame of each identifier", [.json(Self.status)]
            ) { [tap, picture] _ in
                let (inverter, context) = picture()
                return .json(.object(Self.members(inverter, context) + (await tap.frames)))
            },
            socket("/ws/can", .can, "Frames on the inverter's bus, decoded, ten batches a second"),
            socket("/ws/uart", .uart, "Bytes from and to each BMS, ten batches a second"),
        ]
    }

    // MARK: - Private

    /// Age of the keepalive at which it is worth a warning, and the pages' limit of an alarm (S43), s.
    private static let late = 10.0
    private static let gone = 600.0

    private func socket(_ path: PathTemplate, _ wire: WireTap.Wire, _ summary: String) -> Route {
        .socket(path, Demand(.scope(.read)), summary) { [tap, sockets] call, socket in
            await tap.join(socket, wire)
            await sockets.keep(socket, of: call.caller)
            await tap.leave(socket)
        }
    }

    private static let frame = Shape.named(
        "Frame",
        .object([
            .must("id", .text()), .must("title", .text()), .must("data", .text()), .must("age_s", .number()),
            .must("period_s", .measurement), .must("count", .integer()), .must("fields", .map(.anything)),
        ]))

    private static let status = Shape.object([
        .must("link", .text()), .must("open", .bool), .must("state", .text()), .must("dry_because", .remark),
        .must("keepalive_age_s", .measurement), .must("keepalive", .word(["fine", "warning", "alarm"])),
        .must("frames_sent", .integer()), .must("frames_confirmed", .integer()), .must("frames_received", .integer()),
        .must("errors", .integer()), .must("congested", .integer()), .must("bus_off_count", .integer()),
        .must("duplicate_bms", .bool), .must("tx_lost", .bool), .must("problem", .remark),
        .must("sent", .array(frame)), .must("received", .array(frame)),
    ])

    private static func members(_ picture: InverterPicture?, _ context: StatusContext) -> [JSONValue.Member] {
        let inverter = picture ?? InverterPicture(address: "dry:")
        let age = inverter.keepaliveAge
        let keepalive = age.map { $0 > gone ? "alarm" : $0 > late ? "warning" : "fine" } ?? "warning"
        return [
            .init("link", .string(inverter.address)), .init("open", .bool(inverter.link == .open)),
            .init("state", .string(inverter.state.rawValue)),
            .init("dry_because", .init(context.dryBecause?.rawValue)), .init("keepalive_age_s", .init(age)),
            .init("keepalive", .string(keepalive)), .init("frames_sent", .integer(inverter.counters.sent)),
            .init("frames_confirmed", .integer(inverter.counters.confirmed)),
            .init("frames_received", .integer(inverter.counters.received)),
            .init("errors", .integer(inverter.counters.errors)),
            .init("congested", .integer(inverter.counters.congested)),
            .init("bus_off_count", .integer(inverter.counters.busOff)),
            .init("duplicate_bms", .bool(inverter.hasDuplicateSender)),
            .init("tx_lost", .bool(inverter.isTransmitLost)), .init("problem", .init(inverter.problem)),
        ]
    }
}
