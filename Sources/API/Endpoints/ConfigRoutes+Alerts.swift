import Access
import Actors
import Configuration
import HTTP
import JSONText

extension ConfigRoutes {
    /// The thresholds of alerts: the settings `alerts.*`, as a whole.
    var alerts: [Route] {
        let answer = Shape.object([
            .must("generation", .integer()), .must("values", .map(.anything)),
        ])
        return [
            Route(
                .get, "/api/alerts/config", Demand(.scope(.read)), "Events", "The thresholds of alerts",
                [.json(answer)], refusals: Self.refusals
            ) { _ in .json(try await thresholds()) },
            Route(
                .put, "/api/alerts/config", Demand(.scope(.admin)), "Events",
                "Replace the thresholds of alerts; what is left out has its default", body: .json(ConfigSchema.alerts),
                example: ["alerts.soc_warning_percent": 15],
                [.json(answer)], refusals: Self.refusals
            ) { call in
                var patch = try judging { () throws(ConfigurationRefusal) in
                    try ConfigurationDocument.patch(from: call.bytes)
                }
                if let other = patch.set.keys.sorted().first(where: { !$0.hasPrefix("alerts.") }) {
                    throw Problem.invalid(
                        "\(other) is no threshold of an alert: PATCH /api/config sets it.", field: other)
                }
                let all = manager.rules.schema.keys.filter { $0.hasPrefix("alerts.") }
                patch.unset = Set(all.filter { patch.set[$0] == nil })
                let mayRaise = access.mayRaise(call.caller)
                let wanted = patch
                let outcome = try await attempting { () throws(ConfigError) in
                    try await manager.apply(wanted, author: call.caller.author, mayRaise: mayRaise)
                }
                _ = try outcome.generation(for: call.caller)
                return .json(try await thresholds())
            },
        ]
    }

    private func thresholds() async throws -> JSONValue {
        let state = try await attempting { () throws(ConfigError) in try await manager.current() }
        let schema = manager.rules.schema
        return [
            "generation": .integer(state.generation),
            "values": .object(
                schema.keys.filter { $0.hasPrefix("alerts.") }.map { key in
                    .init(key, (state.effective[key] ?? schema.definition(for: key)?.standard)?.json ?? .null)
                }),
        ]
    }
}
