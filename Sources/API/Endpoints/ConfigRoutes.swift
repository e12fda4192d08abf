package import Access
package import Actors
import Configuration
import HTTP
import JSONText
import Log
import Storage

/// The configuration over HTTP: everything is judged by the rules that hold everywhere (S63), and what raises a limit
/// wants the password (S75).
package struct ConfigRoutes: Sendable {
    let manager: ConfigManager
    let access: AccessControl

    package init(manager: ConfigManager, access: AccessControl) {
        self.manager = manager
        self.access = access
    }

    package var routes: [Route] { values + history + exchange + alerts }

    // MARK: - Shapes

    static let group = "Configuration"
    static let change = Shape.named(
        "ConfigurationChange",
        .object([.must("key", .text()), .must("old", .anything), .must("new", .anything)]))
    static let preview: [Shape.Field] = [
        .must("changes", .array(change)), .must("restarts", .array(.text())), .must("raises", .array(.text())),
    ]
    static let dryRun = Route.Parameter("dry_run", .bool, "Only says what the change would do.")
    static let refusals = [
        409: "Another program changes the configuration at this moment; try again.",
        503: "The storage fails; every old value is kept.", 507: "The storage is full; every old value is kept.",
    ]

    // MARK: - Private

    private var values: [Route] {
        [
            Route(
                .get, "/api/config", Demand(.scope(.read)), Self.group, "Every setting that has a value",
                [
                    .json(
                        .object([
                            .must("generation", .integer()), .must("values", .map(.anything)),
                            .must("origins", .map(.word(["command_line", "environment", "stored", "default"]))),
                        ]))
                ], refusals: Self.refusals
            ) { _ in .json(try await listing()) },
            Route(
                .patch, "/api/config", Demand(.scope(.admin)), Self.group,
                "Set and (with null) unset keys as one generation, all or nothing", query: [Self.dryRun],
                body: .json(ConfigSchema.patch), example: ["pack.1.name": "Cellar", "log.level": "info"],
                [
                    .json(
                        .either([
                            .object([.must("generation", .integer())]),
                            .object([.must("generation", .integer())] + Self.preview),
                        ]), "The generation that now holds; after a dry run the present one and what would change.")
                ], refusals: Self.refusals, mayNeedFreshPassword: true
            ) { call in try await patch(call) },
            Route(
                .get, "/api/config/schema", Demand(.scope(.read)), Self.group, "Every setting there is",
                [.json(.object([.must("settings", .array(.map(.anything)))]))]
            ) { _ in .json(Schema.gateway.json) },
        ]
    }

    private func listing() async throws -> JSONValue {
        let state = try await attempting { () throws(ConfigError) in try await manager.current() }
        let schema = manager.rules.schema
        var values: [JSONValue.Member] = []
        var origins: [JSONValue.Member] = []
        let packs = state.effective.packNumbers
        for key in schema.keys where Schema.packNumber(of: key).map(packs.contains) ?? true {
            guard let value = state.effective[key] ?? schema.definition(for: key)?.standard else { continue }
            values.append(.init(key, ConfigurationDocument.masked(value, key, schema)))
            origins.append(
                .init(key, .string(manager.overrides.origin(of: key, stored: state.stored).rawValue)))
        }
        return [
            "generation": .integer(state.generation), "values": .object(values), "origins": .object(origins),
        ]
    }

    private func patch(_ call: Call) async throws -> HTTPResponse {
        let patch = try judging { () throws(ConfigurationRefusal) in try ConfigurationDocument.patch(from: call.bytes) }
        if call.flag("dry_run") {
            let preview = try await attempting { () throws(ConfigError) in try await manager.preview(patch) }
            return .json(preview.json)
        }
        let mayRaise = access.mayRaise(call.caller)
        let outcome = try await attempting { () throws(ConfigError) in
            try await manager.apply(patch, author: call.caller.author, mayRaise: mayRaise)
        }
        return .json(["generation": .integer(try outcome.generation(for: call.caller))])
    }
}

extension GuardedChange {
    /// The generation that now holds.
    ///
    /// - Throws: the wish for the password, where a limit would be raised without it.
    func generation(for caller: Identity) throws -> Int {
        let keys: [String]
        switch self {
        case .done(let generation): return generation
        case .raises(let raised): keys = raised
        }
        let why = "it raises a limit (\(keys.joined(separator: ", ")))"
        guard case .session = caller else {
            throw Problem.forbidden("This needs the password, because \(why): a token has none, do it in a session.")
        }
        throw Problem.passwordAgain(why)
    }
}

extension ConfigurationPreview {
    /// As a dry run answers.
    var json: JSONValue {
        [
            "generation": .integer(generation), "changes": .array(changes.map(\.json)),
            "restarts": .array(restarts.map(\.rawValue).sorted().map { .string($0) }),
            "raises": .array(raises.map { .string($0) }),
        ]
    }
}

/// Runs a check of the configuration; a refusal becomes a 422 with the key at fault.
func judging<Result>(_ body: () throws(ConfigurationRefusal) -> Result) throws -> Result {
    do throws(ConfigurationRefusal) { return try body() } catch { throw Refusal(error) }
}

/// Runs a call on the configuration; what it cannot do becomes the fitting answer.
func attempting<Result>(_ body: () async throws(ConfigError) -> Result) async throws -> Result {
    do throws(ConfigError) {
        return try await body()
    } catch {
        switch error {
        case .refused(let refusal): throw Refusal(refusal)
        case .notOpen: throw Problem.unavailable("the gateway is starting or stopping")
        case .storage(.unknownGeneration(let number)):
            throw Problem.notFound("generation \(number): it never was, or is no longer kept")
        case .storage(let failure):
            switch failure.kind {
            case .full: throw Problem(507, "storage-full", "Storage full", detail: "\(failure)")
            case .busy: throw Problem.conflict("\(failure)")
            case .refused: throw Problem.invalid("\(failure)")
            default: throw Problem(503, "storage", "Storage fails", detail: "\(failure)")
            }
        }
    }
}

extension Refusal {
    init(_ refusal: ConfigurationRefusal) {
        self.init(invalid: refusal.problems.map { ShapeProblem(field: $0.field, sentence: $0.sentence) })
    }
}
