/// What keeps a browser's copy true.
package enum Caching {
    /// Whether an `If-None-Match` names a tag (RFC 9110, 13.1.2; the weak comparison).
    package static func matches(_ header: String?, tag: String) -> Bool {
        guard let header else { return false }
        func strong(_ tag: String) -> Substring { tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...] }
        return header.split(separator: ",").contains { item in
            let item = item.trimmed
            return item == "*" || strong(item) == strong(tag)
        }
    }

    /// How long a file may be kept: a year where its address changes with its content, else only to be asked about.
    package static func control(isVersioned: Bool) -> String {
        isVersioned ? "public, max-age=31536000, immutable" : "no-cache"
    }
}

/// What every answer carries (S77).
package enum SecurityHeaders {
    /// Headers against foreign scripts, frames and guessed types.
    package static let always: HTTPHeaders = [
        "Content-Security-Policy":
            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    ]
}

/// The text of a cookie for `Set-Cookie` (RFC 6265, 4.1).
package struct Cookie: Sendable, Hashable {
    package var name: String
    package var value: String
    /// Over TLS only. A name with `__Host-` asks for it (S73).
    package var isSecure: Bool
    /// In seconds; nil until the browser ends, 0 to remove it.
    package var maxAge: Int?

    package init(_ name: String, _ value: String, isSecure: Bool, maxAge: Int? = nil) {
        self.name = name
        self.value = value
        self.isSecure = isSecure
        self.maxAge = maxAge
    }

    /// The header's value.
    package var text: String {
        "\(name)=\(value); Path=/; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
            + (maxAge.map { "; Max-Age=\($0)" } ?? "")
    }
}
