import Access
import Actors
import BMSProtocols
import HTTP
import JSONText
import Links
package import Log

/// The BMS's own settings, read from it and written to it between the polls.
package struct RegisterRoutes: Sendable {
    private let desk: BMSDesk
    private let wall: @Sendable () -> UTCTime

    /// How often a read-back is tried after a write that restarts the BMS.
    private static let readBacks = 4
    /// Gaps between polls in which the BMS's own limits are asked for: four answers, some of them damaged.
    private static let gaps = 6

    /// Makes the routes.
    package init(desk: BMSDesk, wall: @escaping @Sendable () -> UTCTime) {
        self.desk = desk
        self.wall = wall
    }

    package var routes: [Route] {
        [
            Route(
                .get, "/api/registers", Demand(.scope(.read)), Self.group, "The settings of a BMS, read from it now",
                query: [.init("pack", .integer(1...16), "Number of the pack; 1 where it is missing.")],
                [
                    .json(
                        .object([
                            .must("pack", .integer()), .must("family", .text()), .must("read", .time),
                            .must("registers", .array(Self.register)),
                        ]))
                ], refusals: Self.refusals
            ) { call in
                let pack = call.integer("pack") ?? 1
                let words = try await read(pack)
                let limits = await limits(words, of: pack)
                return .json([
                    "pack": .integer(pack), "family": .string(TinyBMSDriver.familyName),
                    "read": .string(wall().description),
                    "registers": .array(TinyBMSRegister.settings.map { $0.json(in: words, limits) }),
                ])
            },
            Route(
                .patch, "/api/registers", BMSDesk.guarded, Self.group,
                "Write settings of a BMS, each read back before the next",
                body: .json(
                    .object([.must("pack", .integer(1...16)), .must("values", .map(.number()))])),
                example: ["pack": 1, "values": ["fully_charged_mV": 3600]],
                [.json(.object([.must("pack", .integer()), .must("results", .array(Self.result))]))],
                refusals: Self.refusals.merging([409: "Something is being written to this BMS already."]) { $1 }
            ) { call in try await write(call) },
        ]
    }

    // MARK: - Private

    private static let group = "Registers"
    private static let refusals = [
        404: "There is no such pack, or its family has no settings that can be read.",
        503: "The BMS does not answer.",
    ]
    private static let register = Shape.named(
        "Register",
        .object([
            .must("number", .integer()), .must("name", .text()), .must("title", .text()), .must("area", .text()),
            .must("unit", .text()), .must("value", .measurement), .must("raw", .count), .must("writable", .bool),
            .must("minimum", .number()), .must("maximum", .number()), .must("default", .measurement),
            .must("limits_from", .word(["bms", "catalogue"])), .must("step", .number()),
            .may("choices", .map(.text())), .must("restarts", .bool),
        ]))
    private static let result = Shape.object(
        [
            .must("name", .text()), .must("number", .integer()), .must("old", .measurement),
            .must("new", .measurement), .must("read_back", .measurement),
        ] + BMSWriteResult.members)

    /// That a pack is there and has settings.
    private func check(_ number: Int) throws {
        let family = try desk.family(of: number)
        guard family == TinyBMSDriver.familyName else {
            throw Problem.notFound("the settings of pack \(number): its family \(family) has none that can be read")
        }
    }

    private func run<Result: Sendable>(
        _ number: Int, _ work: @escaping @Sendable (TinyBMSDriver, Instant) async throws(BMSError) -> Result
    ) async throws(PackErrands.Failure) -> Result {
        try await desk.run(number) { driver, end throws(BMSError) in
            guard let driver = driver as? TinyBMSDriver else { throw .unexpected("this is no TinyBMS") }
            return try await work(driver, end)
        }
    }

    private func read(_ number: Int) async throws -> TinyBMSRegisterWords {
        try check(number)
        do throws(PackErrands.Failure) {
            return try await run(number) { driver, end throws(BMSError) in
                try await driver.readSettingsWords(within: end)
            }
        } catch { throw Problem.unavailable(error.description) }
    }

    /// What the BMS reports of the limits of its settings; nothing where it does not say so soon: then the catalogue's hold.
    private func limits(_ words: TinyBMSRegisterWords, of number: Int) async -> TinyBMSSettingsLimits {
        for _ in 0..<Self.gaps {
            do throws(PackErrands.Failure) {
                let limits = try await run(number) { driver, end throws(BMSError) in
                    try await driver.readSettingsLimits(words, within: end)
                }
                if let limits { return limits }
            } catch { break }
        }
        return TinyBMSSettingsLimits()
    }

    private func write(_ call: Call) async throws -> HTTPResponse {
        let number = Int(exactly: call.body["pack"].number ?? 0) ?? 0
        guard case .object(let values) = call.body["values"] else { return .json([:]) }
        let changes = try values.sorted { $0.key < $1.key }.map { name, value in
            guard let row = TinyBMSRegister.named[name], row.isWritable else {
                throw Problem.invalid("\(name) is no setting of the BMS that can be written.", field: name)
            }
            guard let raw = row.raw(of: value.number ?? .nan) else {
                throw Problem.invalid("\(name) takes steps of its own size only: see step.", field: name)
            }
            return TinyBMSSettingsWritePlan.Change(name, raw: raw)
        }
        let results = try await desk.write(to: number, "bms.setting_written", author: call.caller.author) {
            let before = try await read(number)
            let limits = await limits(before, of: number)
            let plan: TinyBMSSettingsWritePlan
            do throws(TinyBMSSettingsWritePlan.Refusal) {
                plan = try TinyBMSSettingsWritePlan(changes, current: before, limits: limits.ranges)
            } catch {
                throw Problem.invalid(error.problem.sentence, field: error.problem.field)
            }
            let problem = await carryOut(plan, on: number)
            let after = (try? await read(number)) ?? before
            return changes.compactMap { Self.result($0, before, after, problem) }
        }
        return .json(["pack": .integer(number), "results": .array(results.map(\.json))])
    }

    /// Writes step by step, each proven before the next; returns what went wrong.
    private func carryOut(_ plan: TinyBMSSettingsWritePlan, on pack: Int) async -> String? {
        for step in plan.steps {
            do throws(PackErrands.Failure) {
                try await run(pack) { driver, end throws(BMSError) in try await driver.begin(step, within: end) }
            } catch { return error.description }
            var complaint: String? = "it was not read back"
            for _ in 0..<Self.readBacks where complaint != nil {
                // The polls go on meanwhile: the BMS has its pause from us alone.
                try? await desk.clock.sleep(for: step.pause)
                do throws(PackErrands.Failure) {
                    let isProven = try await run(pack) { driver, end throws(BMSError) in
                        try await driver.isProven(step, within: end)
                    }
                    complaint = isProven ? nil : "register \(step.register) reads back as something else"
                } catch { complaint = error.description }
            }
            if let complaint { return complaint }
        }
        return nil
    }

    private static func result(
        _ change: TinyBMSSettingsWritePlan.Change, _ before: TinyBMSRegisterWords, _ after: TinyBMSRegisterWords,
        _ problem: String?
    ) -> BMSWriteResult? {
        guard let row = TinyBMSRegister.named[change.name] else { return nil }
        let isTaken = row.raw(in: after) == change.raw || row.marks.contains(.readsBackAsTaken)
        let scale = row.choices.isEmpty ? row.divisor : 1
        // What went wrong behind it is not its own fault.
        return BMSWriteResult(
            change.name, number: Int(row.number), old: row.shown(before), new: .number(Double(change.raw) / scale),
            readBack: row.shown(after), isTaken: isTaken, complaint: isTaken ? nil : problem)
    }
}
