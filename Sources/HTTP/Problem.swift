package import JSONText

/// An error as clients read it (RFC 9457).
package struct Problem: Error, Sendable, Hashable {
    /// A short word of ours that a program can compare, such as `not-found`.
    package var type: String
    /// What went wrong, in a few words that are the same each time.
    package var title: String
    package var status: Int
    /// What went wrong this time, where, and how to mend it.
    package var detail: String
    /// Dotted name of the value that was refused.
    package var field: String?
    /// What goes with it, such as `Retry-After`.
    package var headers: HTTPHeaders

    package init(
        _ status: Int, _ type: String, _ title: String, detail: String, field: String? = nil,
        headers: HTTPHeaders = [:]
    ) {
        self.status = status
        self.type = type
        self.title = title
        self.detail = detail
        self.field = field
        self.headers = headers
    }

    /// As `application/problem+json`.
    package var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("type", .string("urn:cellbridge:" + type)), .init("title", .string(title)),
            .init("status", .integer(status)), .init("detail", .string(detail)),
        ]
        if let field { members.append(.init("field", .string(field))) }
        return .object(members)
    }

    /// The answer.
    package var response: HTTPResponse {
        var response = HTTPResponse.json(json, status: status)
        response.headers["Content-Type"] = "application/problem+json"
        for field in headers { response.headers.append(field.name, field.value) }
        return response
    }
}

extension Problem {
    package static func badRequest(_ detail: String, field: String? = nil) -> Problem {
        Problem(400, "bad-request", "Bad request", detail: detail, field: field)
    }
    package static func unauthorized(_ detail: String) -> Problem {
        Problem(401, "unauthorized", "Not logged in", detail: detail)
    }
    package static func forbidden(_ detail: String) -> Problem {
        Problem(403, "forbidden", "Not allowed", detail: detail)
    }
    package static func notFound(_ path: String) -> Problem {
        Problem(404, "not-found", "Not found", detail: "there is nothing at \(path)")
    }
    package static func methodNotAllowed(_ allowed: [HTTPMethod]) -> Problem {
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        return Problem(
            405, "method-not-allowed", "Method not allowed", detail: "this path takes \(names)",
            headers: ["Allow": names])
    }
    /// 422: well formed, but not a value that may be set.
    package static func invalid(_ detail: String, field: String? = nil) -> Problem {
        Problem(422, "invalid-value", "Invalid value", detail: detail, field: field)
    }
    package static func tooLarge(limit: Int) -> Problem {
        Problem(413, "too-large", "Body too large", detail: "the body may have up to \(limit) bytes")
    }
    /// 421: asked for by a name that is not ours (S74).
    package static func misdirected(host: String) -> Problem {
        Problem(
            421, "misdirected", "Not this device",
            detail:
                "\(host) is no name or address of this device; use its address, or set its name in the configuration")
    }
}
