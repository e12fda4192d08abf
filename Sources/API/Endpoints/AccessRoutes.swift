import HTTP
import JSONText
import Log

/// Claiming, log-in and tokens (S70 to S75).
package struct AccessRoutes: Sendable {
    private let doorkeeper: any Doorkeeper
    private let version: String
    private let hostName: @Sendable () -> String

    package init(doorkeeper: any Doorkeeper, version: String, hostName: @escaping @Sendable () -> String) {
        self.doorkeeper = doorkeeper
        self.version = version
        self.hostName = hostName
    }

    package var routes: [Route] { setup + session + tokens }

    // MARK: - Private

    private static let group = "Access"
    /// What a body may hold: beyond what is accepted, so that the refusal can say why.
    private static let secret = Shape.text(0...4096)
    private static let opened = Shape.object([.must("csrf_token", .text())])
    private static let locked = [429: "Too many tries; Retry-After says when the next one counts."]

    private var setup: [Route] {
        [
            Route(
                .get, "/api/setup", Demand(.anyone), Self.group, "Whether the device has an owner",
                [.json(.object([.must("claimed", .bool), .must("name", .text()), .must("version", .text())]))]
            ) { [doorkeeper, version, hostName] _ in
                .json([
                    "claimed": .bool(doorkeeper.isClaimed), "name": .string(hostName()), "version": .string(version),
                ])
            },
            Route(
                .post, "/api/setup", Demand(.setup), Self.group, "Claim the device with the code that it shows locally",
                body: .json(.object([.must("code", Self.secret), .must("password", Self.secret)])),
                [.json(Self.opened, status: 201, "Claimed and logged in.")], refusals: Self.locked
            ) { [doorkeeper] call in
                try await doorkeeper.claim(
                    code: call.secret("code"), password: call.secret("password"), call.request)
            },
        ]
    }

    private var session: [Route] {
        [
            Route(
                .post, "/api/login", Demand(.visitor), Self.group, "Log in",
                body: .json(.object([.must("password", Self.secret)])),
                [.json(Self.opened, "Logged in: the cookie is the session.")],
                refusals: Self.locked.merging([401: "The password is wrong."]) { $1 }
            ) { [doorkeeper] call in try await doorkeeper.logIn(call.secret("password"), call.request) },
            Route(
                .post, "/api/logout", Demand(.visitor), Self.group, "End the session", body: .json(.object([])),
                [.empty(204, "There is no session any more.")], refusals: [401: "Nobody is logged in."]
            ) { [doorkeeper] call in try await doorkeeper.logOut(call.request) },
            Route(
                .get, "/api/session", Demand(.visitor), Self.group, "What the session is",
                [
                    .json(
                        .object([
                            .must("authenticated", .bool), .must("role", .remark), .must("csrf_token", .remark),
                            .must("password_fresh_s", .number()), .must("idle_timeout_s", .number()),
                        ]))
                ]
            ) { [doorkeeper] call in .json(doorkeeper.session(call.request)) },
            Route(
                .post, "/api/session/password", Demand(.scope(.read)), Self.group, "Prove the password once more",
                body: .json(.object([.must("password", Self.secret)])),
                [.json(.object([.must("password_fresh_s", .number())]))],
                refusals: Self.locked.merging([401: "The password is wrong, or nobody is logged in."]) { $1 }
            ) { [doorkeeper] call in
                .json(try await doorkeeper.confirm(call.secret("password"), call.request))
            },
            Route(
                .post, "/api/password", Demand(.scope(.admin)), Self.group, "Change the password; ends every session",
                body: .json(.object([.must("current", Self.secret), .must("new", Self.secret)])),
                [.empty(204, "Changed: log in anew.")], refusals: Self.locked
            ) { [doorkeeper] call in
                try await doorkeeper.changePassword(
                    current: call.secret("current"), new: call.secret("new"), call.request)
            },
        ]
    }

    private static let token: [Shape.Field] = [
        .must("id", .text()), .must("name", .text()), .must("scopes", .array(.word(Scope.allCases.map(\.rawValue)))),
        .must("created", .time), .must("last_used", .nullable(.time)), .must("expires", .nullable(.time)),
    ]

    private var tokens: [Route] {
        [
            Route(
                .get, "/api/tokens", Demand(.scope(.admin)), Self.group, "API tokens",
                [.json(.object([.must("tokens", .array(.object(Self.token)))]))]
            ) { [doorkeeper] _ in .json(try await doorkeeper.tokens()) },
            Route(
                .post, "/api/tokens", Demand(.scope(.admin)), Self.group, "Make an API token",
                body: .json(
                    .object([
                        .must("name", .text(1...64)),
                        .must("scopes", .array(.word(Scope.allCases.map(\.rawValue)), 1...4)),
                        .may("expires_in_s", .integer(60...315_360_000)),
                    ])),
                [.json(.object(Self.token + [.must("token", .text())]), status: 201, "The only sight of the token.")],
                refusals: [409: "There are as many tokens as there may be."]
            ) { [doorkeeper] call in
                let token = try await doorkeeper.makeToken(
                    name: call.body["name"].string ?? "",
                    scopes: call.body["scopes"].elements.compactMap { $0.string.flatMap(Scope.init(rawValue:)) },
                    lifetime: call.body["expires_in_s"].number.map { .seconds($0) })
                return .json(token, status: 201)
            },
            Route(
                .delete, "/api/tokens/{id}", Demand(.scope(.admin)), Self.group, "Revoke an API token",
                parameters: [.init("id", .text(1...64), "Id of the token.")], [.empty()],
                refusals: [404: "There is no such token."]
            ) { [doorkeeper] call in
                try await doorkeeper.revokeToken(call.text("id") ?? "")
                return HTTPResponse(status: 204)
            },
        ]
    }
}

extension Call {
    /// A member of the body that no log may show.
    fileprivate func secret(_ name: String) -> Secret { Secret(body[name].string ?? "") }
}
