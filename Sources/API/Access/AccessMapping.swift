package import Access
package import HTTP
import Log

/// From requests to what access control judges, and from its words to answers.
extension AccessRequest {
    /// What of a request matters to who may make it.
    ///
    /// - Parameters:
    ///   - request: as it came.
    ///   - isOwnHost: whether its `Host` is this device's (S74).
    package init(_ request: HTTPRequest, isOwnHost: Bool) {
        let headers = request.headers
        self.init(
            method: request.method.rawValue,
            hasBody: headers["Transfer-Encoding"] != nil || headers["Content-Length"].map { $0 != "0" } ?? false,
            contentType: headers["Content-Type"],
            sessionCookie: request.cookie(SessionCookie.name(isSecure: request.isSecure)),
            authorization: headers["Authorization"], crossSiteToken: headers["X-CSRF-Token"], isOwnHost: isOwnHost,
            isSameOrigin: HostCheck.isSameOrigin(request), isSecure: request.isSecure, isLoopback: request.isLoopback,
            isUpgrade: headers["Upgrade"] != nil)
    }
}

extension Problem {
    /// A refusal as it is answered.
    package init(_ refusal: AccessRefusal) {
        let (type, title) = Self.name(of: refusal)
        self.init(
            refusal.status, type, title, detail: refusal.sentence, field: refusal.field,
            headers: refusal.retryAfter.map { wait in
                // Rounded up: a client that comes a moment early would be refused again.
                ["Retry-After": "\(max(1, wait.components.seconds + (wait.components.attoseconds > 0 ? 1 : 0)))"]
            } ?? [:])
    }

    /// The password has to be given again (S75); pages ask for it and repeat the request.
    package static func passwordAgain(_ why: String) -> Problem {
        Problem(
            403, "password-again", "Password needed again",
            detail:
                "This needs the password again, because \(why): POST /api/session/password, then repeat the request.")
    }

    private static func name(of refusal: AccessRefusal) -> (type: String, title: String) {
        switch refusal.kind {
        case .passwordAgain: return ("password-again", "Password needed again")
        case .crossSite: return ("csrf", "Wrong CSRF token")
        case .notClaimed: return ("not-claimed", "Device not claimed")
        case .general: break
        }
        return switch refusal.status {
        case 401: ("unauthorized", "Not logged in")
        case 403: ("forbidden", "Not allowed")
        case 404: ("not-found", "Not found")
        case 409: ("conflict", "Conflict")
        case 415: ("unsupported-media-type", "Unsupported media type")
        case 421: ("misdirected", "Not this device")
        case 422: ("invalid-value", "Invalid value")
        case 429: ("too-many-tries", "Too many tries")
        case 507: ("storage-full", "Storage full")
        default: ("unavailable", "Not available")
        }
    }
}

/// Runs a call on access control; its refusal becomes the answer.
func admitting<Result>(_ body: () async throws(AccessRefusal) -> Result) async throws -> Result {
    do throws(AccessRefusal) { return try await body() } catch { throw Problem(error) }
}

extension AccessControl {
    /// Whether a caller has proven the password in the last five minutes (S75). A program has none to prove.
    func mayRaise(_ caller: Identity) -> Bool {
        guard case .session(let id) = caller else { return false }
        return freshness(id) > .zero
    }
}

extension Identity {
    /// Whether it is somebody known.
    var isKnown: Bool { self != .nobody }
}
