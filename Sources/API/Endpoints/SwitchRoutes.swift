import Access
import Actors
import BMSProtocols
package import Battery
import HTTP
import JSONText
import Links
package import Log

/// The two switches of a BMS: how they stand, and opening and closing them as a user wants it.
package struct SwitchRoutes: Sendable {
    private let desk: BMSDesk
    /// What the poller of a pack knows.
    private let report: @Sendable (Int) -> PackReport?
    private let wall: @Sendable () -> UTCTime

    /// Makes the routes; `report` is what the poller of a pack knows.
    package init(
        desk: BMSDesk, report: @escaping @Sendable (Int) -> PackReport?, wall: @escaping @Sendable () -> UTCTime
    ) {
        self.desk = desk
        self.report = report
        self.wall = wall
    }

    package var routes: [Route] {
        [
            Route(
                .get, "/api/switches", Demand(.scope(.read)), Self.group, "The switches of a BMS, as it was read last",
                query: [.init("pack", .integer(1...16), "Number of the pack; 1 where it is missing.")],
                [
                    .json(
                        .object([
                            .must("pack", .integer()), .must("family", .text()), .must("time", .time),
                            .must("movable", .bool),
                            .must("switches", .array(Self.state)),
                        ]))
                ], refusals: [404: "There is no such pack."]
            ) { call in
                let pack = call.integer("pack") ?? 1
                let family = try desk.family(of: pack)
                let reading = newest(pack)
                return .json([
                    "pack": .integer(pack), "family": .string(family), "time": .string(wall().description),
                    "movable": .bool(Self.moves(family)),
                    "switches": .array(
                        PackSwitch.allCases.map {
                            ["name": .string($0.rawValue), "closed": .init(reading?.isClosed($0))]
                        }),
                ])
            },
            Route(
                .patch, "/api/switches", BMSDesk.guarded, Self.group,
                "Open (false) or close (true) switches of a BMS, each read back before the next",
                body: .json(
                    .object([.must("pack", .integer(1...16)), .may("charge", .bool), .may("discharge", .bool)])),
                example: ["pack": 1, "charge": false],
                [.json(.object([.must("pack", .integer()), .must("results", .array(Self.result))]))],
                refusals: [
                    404: Self.lacking, 409: "Something is being written to this BMS already.",
                    422: "No switch is named.", 503: "The BMS does not answer.",
                ]
            ) { call in try await write(call) },
        ]
    }

    // MARK: - Private

    private static let group = "Switches"
    private static let lacking = "There is no such pack, or its family takes no command for its switches."
    private static let state = Shape.object([
        .must("name", .word(PackSwitch.allCases.map(\.rawValue))), .must("closed", .known),
    ])
    private static let result = Shape.object(
        [
            .must("name", .word(PackSwitch.allCases.map(\.rawValue))), .must("old", .known), .must("new", .bool),
            .must("read_back", .known),
        ] + BMSWriteResult.members)

    /// Age at which a reading tells nothing any more of a switch.
    private static let fresh: Duration = .seconds(5)
    /// How long a reading is waited for that shows what was done.
    private static let patience: Duration = .seconds(5)

    /// That a pack is there and takes such commands.
    private func check(_ number: Int) throws {
        let family = try desk.family(of: number)
        guard Self.moves(family) else {
            throw Problem.notFound(
                "the switches of pack \(number): its family \(family) takes no command that opens or closes them")
        }
    }

    /// Whether a family takes such commands; one that is still looked for may.
    private static func moves(_ family: String) -> Bool { SpokenFamily.named(family)?.movesSwitches ?? true }

    /// The newest reading of a pack, while it is worth something.
    private func newest(_ number: Int, since moment: Instant? = nil) -> PackReading? {
        guard let reading = report(number)?.snapshot?.reading, reading.began + Self.fresh > desk.clock.now else {
            return nil
        }
        return moment.map { reading.began >= $0 } ?? true ? reading : nil
    }

    private func write(_ call: Call) async throws -> HTTPResponse {
        let number = Int(exactly: call.body["pack"].number ?? 0) ?? 0
        // What opens goes first: between the two nothing flows that did not before.
        let wanted = PackSwitch.allCases.compactMap { one in call.body[one.rawValue].bool.map { (one, $0) } }
            .sorted { !$0.1 && $1.1 }
        guard !wanted.isEmpty else {
            throw Problem.invalid("No switch is named: give charge, discharge, or both, true for closed.")
        }
        try check(number)
        let results = try await desk.write(to: number, "bms.switch_written", author: call.caller.author) {
            var results: [BMSWriteResult] = []
            for (one, closed) in wanted {
                let isHalted = results.contains { !$0.isTaken }
                results.append(try await isHalted ? left(one, closed, number) : move(one, closed, number))
            }
            return results
        }
        return .json(["pack": .integer(number), "results": .array(results.map(\.json))])
    }

    /// Moves one switch, and waits for a poll that shows it.
    ///
    /// - Throws: 503 where the BMS was not even asked.
    private func move(_ one: PackSwitch, _ closed: Bool, _ number: Int) async throws -> BMSWriteResult {
        let before = newest(number)?.isClosed(one)
        var complaint: String?
        do throws(PackErrands.Failure) {
            complaint = try await desk.run(number, .long) { driver, end throws(BMSError) in
                try await Self.complaint(moving: one, closed, by: driver, within: end)
            }
        } catch {
            guard case .bms(let sentence) = error else { throw Problem.unavailable(error.description) }
            complaint = sentence
        }
        let after = await readBack(one, closed, number)
        return result(one, before, closed, after, complaint)
    }

    /// What the driver has against it that it moved a switch; nil where it is content, or the polls alone can tell, as an
    /// answer did not come in time.
    private static func complaint(
        moving one: PackSwitch, _ closed: Bool, by driver: any BMSDriver, within end: Instant
    ) async throws(BMSError) -> String? {
        guard let driver = driver as? any SwitchControl else {
            return "its family \(driver.family) takes no command for its switches"
        }
        do throws(BMSError) { try await driver.setSwitch(one, closed: closed, within: end) } catch {
            switch error {
            case .silent, .garbled: return nil
            case .unexpected(let sentence): return sentence
            default: throw error
            }
        }
        return nil
    }

    /// What the polls after a write say of a switch: the newest once it is as wanted, or when nobody waits any longer.
    ///
    /// - Returns: nil where no valid reading followed.
    private func readBack(_ one: PackSwitch, _ closed: Bool, _ number: Int) async -> Bool? {
        let written = desk.clock.now
        while desk.clock.now < written + Self.patience, !Task.isCancelled {
            if newest(number, since: written)?.isClosed(one) == closed { return closed }
            try? await desk.clock.sleep(for: .milliseconds(100))
        }
        return newest(number, since: written)?.isClosed(one)
    }

    /// A switch that was not touched, as the one before it failed.
    private func left(_ one: PackSwitch, _ closed: Bool, _ number: Int) -> BMSWriteResult {
        let state = newest(number)?.isClosed(one)
        return result(one, state, closed, state, "it was left as it was, as the other switch could not be moved")
    }

    private func result(
        _ one: PackSwitch, _ before: Bool?, _ closed: Bool, _ after: Bool?, _ complaint: String?
    ) -> BMSWriteResult {
        let unlike =
            switch after {
            case nil: "no valid reading has shown it yet: see the status"
            case false: "the \(one.rawValue) switch stays open: a protection of the BMS may hold it, see its alarms"
            default: "the \(one.rawValue) switch stays closed"
            }
        return BMSWriteResult(
            one.rawValue, old: .init(before), new: .bool(closed), readBack: .init(after), isTaken: after == closed,
            complaint: complaint ?? (after == closed ? nil : unlike))
    }
}

extension PackReading {
    /// Whether a switch is closed; nil where the family does not tell.
    fileprivate func isClosed(_ one: PackSwitch) -> Bool? { one == .charge ? chargeEnabled : dischargeEnabled }
}
