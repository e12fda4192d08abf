internal import JSONText
package import Log

/// API tokens: made and revoked by those with the scope admin, each making under a fresh password.
extension AccessControl {
    /// A token that was just made, with the secret that is shown this once.
    package struct MadeToken: Sendable {
        package let token: APIToken
        package let secret: Secret
    }

    /// Every token, the newest first.
    package var tokens: [APIToken] {
        ((try? credentials())?.tokens.values).map { tokens in
            tokens.sorted { ($0.created, $0.id) > ($1.created, $1.id) }
        } ?? []
    }

    /// Makes a token.
    ///
    /// - Parameters:
    ///   - name: the program that will use it.
    ///   - scopes: what it may do.
    ///   - lifetime: after which it ends by itself; nil is never.
    ///   - author: who asks, for the log.
    /// - Returns: the token with its secret.
    /// - Throws: `AccessRefusal`; then there is no new token.
    package func makeToken(
        name: String, scopes: Set<Scope>, lifetime: Duration? = nil, author: String
    ) async throws(AccessRefusal) -> MadeToken {
        if let problem = APIToken.problem(name: name, scopes: scopes) {
            throw AccessRefusal(422, problem.sentence, field: problem.field)
        }
        if let lifetime, lifetime <= .zero || lifetime > APIToken.longestLife {
            throw AccessRefusal(422, "A token lives from one second to ten years.", field: "expires_in_s")
        }
        return try await alone { () async throws(AccessRefusal) in
            var credentials = try credentials()
            guard credentials.isClaimed else { throw .notClaimed }
            guard credentials.tokens.count < APIToken.limit else {
                throw AccessRefusal(409, "There are \(APIToken.limit) tokens already: revoke one that nothing uses.")
            }
            let now = now().wall
            let (token, secret) = draw { random in
                APIToken.draw(
                    name: name, scopes: scopes, at: now, expires: lifetime.map { now + $0.components.seconds * 1000 },
                    using: &random)
            }
            try await keep([Credentials.Key.token + token.id: token.stored])
            credentials.tokens[token.digest] = token
            adopt(credentials)
            say(.notice, "access.token_made", "an API token was made", fields(token, author))
            return MadeToken(token: token, secret: secret)
        }
    }

    /// Revokes a token at once.
    ///
    /// - Throws: `AccessRefusal`: 404 where there is no such token.
    package func revokeToken(id: String, author: String) async throws(AccessRefusal) {
        try await alone { () async throws(AccessRefusal) in
            var credentials = try credentials()
            guard let token = credentials.tokens.values.first(where: { $0.id == id }) else {
                throw AccessRefusal(404, "There is no API token with this id: it may have been revoked already.")
            }
            try await keep([Credentials.Key.token + id: nil, Credentials.Key.used + id: nil])
            credentials.tokens[token.digest] = nil
            adopt(credentials)
            say(.notice, "access.token_revoked", "an API token was revoked", fields(token, author))
        }
    }

    /// Writes down when tokens were last used. To be called now and then, and not per use: a card wears.
    package func keepUses() async {
        try? await alone { () async throws(AccessRefusal) in
            let used = try credentials().tokens.values.compactMap { token in
                token.lastUsed.map { (Credentials.Key.used + token.id, String($0) as String?) }
            }
            guard !used.isEmpty else { return }
            try await keep(Dictionary(used) { first, _ in first }, isDear: false)
        }
    }

    private func fields(_ token: APIToken, _ author: String) -> [JSONValue.Member] {
        [
            .init("id", .string(token.id)), .init("name", .string(token.name)),
            .init("scopes", .array(token.scopes.map(\.rawValue).sorted().map { .string($0) })),
            .init("author", .string(author)),
        ]
    }
}
