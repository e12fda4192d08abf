/// What a token, or the owner's session, may do (S73).
package enum Scope: String, Sendable, Hashable, CaseIterable {
    /// Look at everything but secrets.
    case read
    /// What is needed day by day: acknowledge, record, test a link.
    case control
    /// Configuration, tokens, restarts, the BMS's own settings.
    case admin
    /// Upload an update, and nothing else. No other scope includes it.
    case ota

    /// Whether having this is enough where the other is asked for.
    package func includes(_ other: Scope) -> Bool {
        switch self {
        case .read: other == .read
        case .control: other == .read || other == .control
        case .admin: other != .ota
        case .ota: other == .ota
        }
    }
}

/// What a route asks of those who call it.
package struct Demand: Sendable, Hashable {
    /// Who may.
    package enum Caller: Sendable, Hashable {
        /// Anyone, at any time: `/healthz`, the static files, whether the device is claimed.
        case anyone
        /// Anyone while the device is unclaimed, and nobody afterwards: the claim (S70).
        case setup
        /// Anyone once the device is claimed: log-in, log-out, what the session is.
        case visitor
        /// Whoever has this right.
        case scope(Scope)
    }

    package var caller: Caller
    /// Whether a session must have proven the password in the last five minutes (S75).
    package var needsFreshPassword: Bool
    /// Whether the body may be a file instead of JSON: an update, an import. It still needs the origin and the token.
    package var takesFile: Bool

    package init(_ caller: Caller, needsFreshPassword: Bool = false, takesFile: Bool = false) {
        self.caller = caller
        self.needsFreshPassword = needsFreshPassword
        self.takesFile = takesFile
    }
}
