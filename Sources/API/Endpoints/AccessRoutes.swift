package import Access
import HTTP
import JSONText
import Log

/// Claiming, log-in and tokens (S70 to S75).
package struct AccessRoutes: Sendable {
    private let access: AccessControl
    private let version: String
    private let hostName: @Sendable () -> String

    package init(access: AccessControl, version: String, hostName: @escaping @Sendable () -> String) {
        self.access = access
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
            ) { [access, version, hostName] _ in
                .json([
                    "claimed": .bool(access.isClaimed), "name": .string(hostName()), "version": .string(version),
                ])
            },
            Route(
                .post, "/api/setup", Demand(.setup), Self.group, "Claim the device with the code that it shows locally",
                body: .json(.object([.must("code", Self.secret), .must("password", Self.secret)])),
                [.json(Self.opened, status: 201, "Claimed and logged in.")], refusals: Self.locked
            ) { [access] call in
                let session = try await admitting { () async throws(AccessRefusal) in
                    try await access.claim(
                        code: call.secret("code"), password: call.secret("password"), from: call.peer)
                }
                return call.opened(session, status: 201)
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
            ) { [access] call in
                let session = try await admitting { () async throws(AccessRefusal) in
                    try await access.logIn(
                        password: call.secret("password"), replacing: call.caller, from: call.peer)
                }
                return call.opened(session, status: 200)
            },
            Route(
                .post, "/api/logout", Demand(.visitor), Self.group, "End the session", body: .json(.object([])),
                [.empty(204, "There is no session any more.")]
            ) { [access] call in
                access.logOut(call.caller)
                return HTTPResponse(
                    status: 204, headers: ["Set-Cookie": SessionCookie.removal(isSecure: call.request.isSecure)])
            },
            Route(
                .get, "/api/session", Demand(.visitor), Self.group, "What the session is",
                [
                    .json(
                        .object([
                            .must("authenticated", .bool), .must("role", .remark), .must("csrf_token", .remark),
                            .must("password_fresh_s", .number()), .must("idle_timeout_s", .number()),
                        ]))
                ]
            ) { [access] call in .json(access.description(of: call.caller)) },
            Route(
                .post, "/api/session/password", Demand(.scope(.read)), Self.group, "Prove the password once more",
                body: .json(.object([.must("password", Self.secret)])),
                [.json(.object([.must("password_fresh_s", .number())]))],
                refusals: Self.locked.merging([401: "The password is wrong, or nobody is logged in."]) { $1 }
            ) { [access] call in
                guard case .session(let id) = call.caller else {
                    throw Problem.forbidden("A token has no password to give: do this in a session.")
                }
                try await admitting { () async throws(AccessRefusal) in
                    try await access.confirm(password: call.secret("password"), id, from: call.peer)
                }
                return .json(["password_fresh_s": .number(access.freshness(id) / .seconds(1))])
            },
            Route(
                .post, "/api/password", Demand(.scope(.admin)), Self.group, "Change the password; ends every session",
                body: .json(.object([.must("current", Self.secret), .must("new", Self.secret)])),
                [.empty(204, "Changed: log in anew.")], refusals: Self.locked
            ) { [access] call in
                try await admitting { () async throws(AccessRefusal) in
                    try await access.changePassword(
                        from: call.secret("current"), to: call.secret("new"), peer: call.peer)
                }
                return HTTPResponse(
                    status: 204, headers: ["Set-Cookie": SessionCookie.removal(isSecure: call.request.isSecure)])
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
            ) { [access] _ in .json(["tokens": .array(access.tokens.map(\.json))]) },
            Route(
                .post, "/api/tokens", Demand(.scope(.admin), needsFreshPassword: true), Self.group, "Make an API token",
                body: .json(
                    .object([
                        .must("name", .line(1...64)),
                        .must("scopes", .array(.word(Scope.allCases.map(\.rawValue)), 1...4)),
                        .may("expires_in_s", .integer(60...315_360_000)),
                    ])), example: ["name": "Grafana", "scopes": ["read"], "expires_in_s": 31_536_000],
                [.json(.object(Self.token + [.must("token", .text())]), status: 201, "The only sight of the token.")],
                refusals: [409: "There are as many tokens as there may be."]
            ) { [access] call in
                let made = try await admitting { () async throws(AccessRefusal) in
                    try await access.makeToken(
                        name: call.body["name"].string ?? "",
                        scopes: Set(
                            call.body["scopes"].elements.compactMap { $0.string.flatMap(Scope.init(rawValue:)) }),
                        lifetime: call.body["expires_in_s"].number.map { .seconds($0) }, author: call.caller.author)
                }
                guard case .object(let members) = made.token.json else { return .json(made.token.json, status: 201) }
                return .json(.object(members + [.init("token", .string(made.secret.exposed))]), status: 201)
            },
            Route(
                .delete, "/api/tokens/{id}", Demand(.scope(.admin)), Self.group, "Revoke an API token",
                parameters: [.init("id", .identifier(1...64), "Id of the token.")], [.empty()],
                refusals: [404: "There is no such token."]
            ) { [access] call in
                try await admitting { () async throws(AccessRefusal) in
                    try await access.revokeToken(id: call.text("id") ?? "", author: call.caller.author)
                }
                return HTTPResponse(status: 204)
            },
        ]
    }
}

extension Call {
    /// A member of the body that no log may show.
    fileprivate func secret(_ name: String) -> Secret { Secret(body[name].string ?? "") }

    /// Where it comes from, as access control counts and logs it.
    fileprivate var peer: String { request.peer.description }

    /// The answer to a log-in.
    fileprivate func opened(_ session: SessionID, status: Int) -> HTTPResponse {
        var response = HTTPResponse.json(["csrf_token": .string(session.crossSiteToken.exposed)], status: status)
        response.headers["Set-Cookie"] = SessionCookie.header(session, isSecure: request.isSecure).exposed
        return response
    }
}

extension AccessControl {
    /// What a page needs to know of its session.
    fileprivate func description(of caller: Identity) -> JSONValue {
        var (token, fresh): (JSONValue, Double) = (.null, 0)
        if case .session(let id) = caller {
            token = .string(id.crossSiteToken.exposed)
            fresh = freshness(id) / .seconds(1)
        }
        return [
            "authenticated": .bool(caller.isKnown), "role": caller.includes(.admin) ? "admin" : .null,
            "csrf_token": token, "password_fresh_s": .number(fresh), "idle_timeout_s": .number(1800),
        ]
    }
}

extension APIToken {
    /// As lists show it; never the secret.
    fileprivate var json: JSONValue {
        [
            "id": .string(id), "name": .string(name),
            "scopes": .array(scopes.map(\.rawValue).sorted().map { .string($0) }), "created": Self.time(created),
            "last_used": lastUsed.map(Self.time) ?? .null, "expires": expires.map(Self.time) ?? .null,
        ]
    }

    private static func time(_ milliseconds: Int64) -> JSONValue {
        .string(UTCTime(milliseconds: milliseconds).description)
    }
}
