import Access
import Actors
import Configuration
import HTTP
import JSONText
import Log

extension ConfigRoutes {
    /// The whole configuration as a file, out and in.
    var exchange: [Route] {
        [
            Route(
                .get, "/api/config/export", Demand(.scope(.admin)), Self.group, "The stored configuration as a file",
                query: [.init("secrets", .bool, "With passwords and keys; wants the password again.")],
                [
                    .json(
                        .object([
                            .must("format", .integer()), .must("generation", .integer()),
                            .must("values", .map(.anything)),
                        ]))
                ], refusals: Self.refusals, mayNeedFreshPassword: true
            ) { call in
                let withSecrets = call.flag("secrets")
                guard !withSecrets || access.mayRaise(call.caller) else {
                    throw Problem.passwordAgain("the export would hold secrets")
                }
                let file = try await attempting { () throws(ConfigError) in
                    try await manager.export(withSecrets: withSecrets)
                }
                var response = HTTPResponse.json(file)
                let day = UTCTime.now.description.prefix(10)
                response.headers["Content-Disposition"] = "attachment; filename=\"cellbridge-config-\(day).json\""
                return response
            },
            Route(
                .post, "/api/config/import", Demand(.scope(.admin)), Self.group,
                "Replace the whole configuration by an exported file", query: [Self.dryRun],
                body: .json(
                    .object([
                        .must("format", .integer()), .may("generation", .integer()), .must("values", .map(.anything)),
                    ])),
                [
                    .json(
                        .object(Self.preview + [.may("generation", .integer())]),
                        "What changed, or after a dry run would change.")
                ], refusals: Self.refusals, mayNeedFreshPassword: true
            ) { call in try await read(call) },
        ]
    }

    private func read(_ call: Call) async throws -> HTTPResponse {
        let preview = try await attempting { () throws(ConfigError) in try await manager.previewImport(call.bytes) }
        guard case .object(let members) = preview.json else { return .json(preview.json) }
        let changes = members.filter { $0.name != "generation" }
        guard !call.flag("dry_run") else { return .json(.object(changes)) }
        let mayRaise = access.mayRaise(call.caller)
        let outcome = try await attempting { () throws(ConfigError) in
            try await manager.import(call.bytes, author: "import", mayRaise: mayRaise)
        }
        return .json(.object([.init("generation", .integer(try outcome.generation(for: call.caller)))] + changes))
    }
}
