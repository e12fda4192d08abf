internal import JSONText
internal import Log

/// The password: hashed and compared elsewhere, and tried only as often as the lock-out allows (S71, S72).
extension AccessControl {
    /// The hash of a new password.
    ///
    /// - Throws: `AccessRefusal` 503 where there is no memory for it.
    func hashed(_ password: Secret) async throws(AccessRefusal) -> PasswordHash {
        guard let hash = await hasher.hash(password) else { throw .noMemory }
        return hash
    }

    /// Lets a password be tried (S72) and compares it with what is stored.
    ///
    /// - Returns: the hash that is kept of it.
    /// - Throws: `wrong`, 429 while locked out, or what makes a comparison impossible.
    func prove(
        _ password: Secret, from peer: String, wrong: AccessRefusal
    ) async throws(AccessRefusal) -> PasswordHash {
        let network = PeerNetwork(peer)
        let now = now().uptime
        guard let hash = try credentials().password else { throw .notClaimed }
        let attempt: LockOut.Attempt
        switch withState({ $0.lockOut.attempt(from: network, at: now) }) {
        case .admitted(let admitted): attempt = admitted
        case .refused(let wait):
            throw AccessRefusal(429, "There were too many wrong passwords: wait, then try again.", retryAfter: wait)
        }
        // No longer than any password may be: a stranger must not choose how much is hashed.
        let check =
            password.exposed.utf8.count <= PasswordRule.longest
            ? await hasher.check(password, against: hash) : .wrong
        // It may have been changed or reset while it was compared: only today's password lets anyone in.
        guard case .right(let renewed) = check, try credentials().password == hash else {
            let isLocked = withState { $0.lockOut.isLocked(network, at: now) }
            say(
                .warning, isLocked ? "access.locked_out" : "access.log_in_failed",
                isLocked ? "a wrong password; its sender is locked out for a while" : "a wrong password",
                [.init("peer", .string(peer))])
            throw wrong
        }
        withState { $0.lockOut.succeeded(attempt) }
        guard let renewed else { return hash }
        return await renew(hash, renewed)
    }

    /// Keeps the hash of the same password under new parameters; the sessions stay.
    ///
    /// - Returns: the hash that holds: the old one where the new one cannot be stored.
    private func renew(_ old: PasswordHash, _ new: PasswordHash) async -> PasswordHash {
        let isRenewed = try? await alone { () async throws(AccessRefusal) in
            guard try credentials().password == old else { return false }
            try await keep([Credentials.Key.password: new.text])
            withState { $0.credentials?.password = new }
            return true
        }
        return isRenewed == true ? new : old
    }
}
