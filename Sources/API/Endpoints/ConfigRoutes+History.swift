import Access
import Actors
import Configuration
import HTTP
import JSONText
import Log

extension ConfigRoutes {
    /// Generations: what was when, and the way back.
    var history: [Route] {
        let generation = Shape.integer(0...Int(Int32.max))
        return [
            Route(
                .get, "/api/config/history", Demand(.scope(.read)), Self.group, "The newest generations, newest first",
                query: [.init("limit", .integer(1...1000), "At most so many.")],
                [
                    .json(
                        .object([
                            .must(
                                "generations",
                                .array(
                                    .object([
                                        .must("generation", .integer()), .must("time", .time), .must("author", .text()),
                                        .must("changes", .array(Self.change)),
                                    ])))
                        ]))
                ], refusals: Self.refusals
            ) { call in
                let limit = call.integer("limit") ?? 100
                let generations = try await attempting { () throws(ConfigError) in
                    try await manager.history(limit: limit)
                }
                return .json(["generations": .array(generations.map(\.json))])
            },
            Route(
                .get, "/api/config/diff", Demand(.scope(.read)), Self.group, "What differs between two generations",
                query: [
                    .init("from", generation, "The earlier generation; the present one where it is missing."),
                    .init("to", generation, "The later generation; the present one where it is missing."),
                ],
                [
                    .json(
                        .object([
                            .must("from", .integer()), .must("to", .integer()), .must("changes", .array(Self.change)),
                        ]))
                ], refusals: Self.refusals.merging([404: "There is no such generation."]) { $1 }
            ) { call in
                let now = try await attempting { () throws(ConfigError) in try await manager.current().generation }
                let (from, to) = (call.integer("from") ?? now, call.integer("to") ?? now)
                let changes = try await attempting { () throws(ConfigError) in
                    try await manager.differences(from: from, to: to)
                }
                return .json([
                    "from": .integer(from), "to": .integer(to), "changes": .array(changes.map(\.json)),
                ])
            },
            Route(
                .post, "/api/config/rollback", Demand(.scope(.admin)), Self.group,
                "Make a new generation that equals an earlier one",
                body: .json(.object([.must("generation", generation)])), example: ["generation": 1],
                [.json(.object([.must("generation", .integer())]))],
                refusals: Self.refusals.merging([404: "There is no such generation."]) { $1 },
                mayNeedFreshPassword: true
            ) { call in try await rollback(call) },
        ]
    }

    private func rollback(_ call: Call) async throws -> HTTPResponse {
        let number = Int(exactly: call.body["generation"].number ?? 0) ?? 0
        let mayRaise = access.mayRaise(call.caller)
        let outcome = try await attempting { () throws(ConfigError) in
            try await manager.rollback(to: number, author: "rollback:\(number)", mayRaise: mayRaise)
        }
        return .json(["generation": .integer(try outcome.generation(for: call.caller))])
    }
}

extension GenerationListing {
    /// As the history shows it.
    var json: JSONValue {
        [
            "generation": .integer(generation), "time": .string(UTCTime(milliseconds: time).description),
            "author": .string(author), "changes": .array(changes.map(\.json)),
        ]
    }
}
