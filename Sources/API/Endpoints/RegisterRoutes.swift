import Access
package import Actors
import BMSProtocols
import HTTP
import JSONText
package import Links
package import Log

/// The BMS's own settings, read from it and written to it between the polls.
package struct RegisterRoutes: Sendable {
    private let errands: @Sendable (Int) -> (errands: PackErrands, family: String)?
    /// Whether nothing speaks against a pack's BMS: it answers, or nobody has asked it yet.
    private let isPromising: @Sendable (Int) -> Bool
    private let clock: any GatewayClock
    private let logger: Logger
    private let wall: @Sendable () -> UTCTime

    /// How long one errand may take in all: a poll, its answer, and some patience.
    private static let patience: Duration = .seconds(5)
    /// How often a read-back is tried after a write that restarts the BMS.
    private static let readBacks = 4

    /// Makes the routes; `errands` are those of a pack, nil where there is no such pack; `isPromising` says whether its BMS
    /// may answer in a moment.
    package init(
        errands: @escaping @Sendable (Int) -> (errands: PackErrands, family: String)?,
        isPromising: @escaping @Sendable (Int) -> Bool = { _ in false }, clock: any GatewayClock, logger: Logger,
        wall: @escaping @Sendable () -> UTCTime
    ) {
        self.errands = errands
        self.isPromising = isPromising
        self.clock = clock
        self.logger = logger
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
                return .json([
                    "pack": .integer(pack), "family": .string(TinyBMSDriver.familyName),
                    "read": .string(wall().description),
                    "registers": .array(TinyBMSRegister.settings.map { $0.json(in: words) }),
                ])
            },
            Route(
                .patch, "/api/registers", Demand(.scope(.admin), needsFreshPassword: true), Self.group,
                "Write settings of a BMS, each read back before the next",
                body: .json(
                    .object([.must("pack", .integer(1...16)), .must("values", .map(.number()))])),
                example: ["pack": 1, "values": ["fully_charged_mV": 3600]],
                [.json(.object([.must("pack", .integer()), .must("results", .array(Self.result))]))],
                refusals: Self.refusals
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
            .must("minimum", .number()), .must("maximum", .number()), .must("step", .number()),
            .may("choices", .map(.text())), .must("restarts", .bool),
        ]))
    private static let result = Shape.object([
        .must("name", .text()), .must("number", .integer()), .must("old", .measurement), .must("new", .measurement),
        .must("read_back", .measurement), .must("ok", .bool), .must("problem", .remark),
    ])

    /// That a pack is there and has settings.
    private func check(_ number: Int) throws {
        guard let pack = errands(number) else { throw Problem.notFound("pack \(number)") }
        guard pack.family == TinyBMSDriver.familyName else {
            throw Problem.notFound(
                "the settings of pack \(number): its family \(pack.family) has none that can be read")
        }
    }

    /// One errand, with a limit. Where the poller is only just beginning, after a change of the configuration, it is waited
    /// for.
    private func run<Result: Sendable>(
        _ number: Int, _ work: @escaping @Sendable (TinyBMSDriver, Instant) async throws(BMSError) -> Result
    ) async throws(PackErrands.Failure) -> Result {
        let deadline = clock.now + Self.patience
        while true {
            guard let pack = errands(number)?.errands else { throw .absent }
            do throws(PackErrands.Failure) {
                return try await pack.run(giveUp: { [clock] in try? await clock.sleep(for: Self.patience) }) {
                    driver, end throws(BMSError) in
                    guard let driver = driver as? TinyBMSDriver else { throw .unexpected("this is no TinyBMS") }
                    return try await work(driver, end)
                }
            } catch {
                guard error == .absent, isPromising(number), clock.now < deadline, !Task.isCancelled else {
                    throw error
                }
                try? await clock.sleep(for: .milliseconds(200))
            }
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
        let before = try await read(number)
        let plan: TinyBMSSettingsWritePlan
        do throws(TinyBMSSettingsWritePlan.Refusal) {
            plan = try TinyBMSSettingsWritePlan(changes, current: before)
        } catch {
            throw Problem.invalid(error.problem.sentence, field: error.problem.field)
        }
        let problem = await carryOut(plan, on: number)
        let after = (try? await read(number)) ?? before
        let results = changes.map { Self.result($0, before, after, problem) }
        for result in results {
            guard case .object(let fields) = result else { continue }
            logger.notice(
                "bms.setting_written", "a setting of the BMS was written",
                [.init("pack", .integer(number)), .init("author", .string(call.caller.author))] + fields)
        }
        return .json(["pack": .integer(number), "results": .array(results)])
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
                try? await clock.sleep(for: step.pause)
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
    ) -> JSONValue {
        guard let row = TinyBMSRegister.named[change.name] else { return .null }
        let isTaken = row.raw(in: after) == change.raw || row.marks.contains(.readsBackAsTaken)
        let scale = row.choices.isEmpty ? row.divisor : 1
        return [
            "name": .string(change.name), "number": .integer(Int(row.number)), "old": row.shown(before),
            "new": .number(Double(change.raw) / scale), "read_back": row.shown(after), "ok": .bool(isTaken),
            "problem": isTaken ? .null : .init(problem ?? "the BMS did not take it"),
        ]
    }
}
