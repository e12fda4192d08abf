/// A path with named gaps: `/api/events/{id}/acknowledge`.
package struct PathTemplate: Sendable, Hashable, ExpressibleByStringLiteral {
    /// One part between slashes.
    package enum Part: Sendable, Hashable {
        case literal(String)
        case parameter(String)
    }

    /// As it is written in the OpenAPI document.
    package let text: String
    package let parts: [Part]

    package init(_ text: String) {
        self.text = text
        parts = text.split(separator: "/").map { part in
            part.hasPrefix("{") && part.hasSuffix("}")
                ? .parameter(String(part.dropFirst().dropLast())) : .literal(String(part))
        }
    }

    package init(stringLiteral text: String) { self.init(text) }

    /// The names of the gaps.
    package var parameters: [String] {
        parts.compactMap { part in
            guard case .parameter(let name) = part else { return nil }
            return name
        }
    }

    /// What stands in the gaps; nil where the path is another.
    package func values(in segments: [String]) -> [String: String]? {
        guard segments.count == parts.count else { return nil }
        var values: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            switch part {
            case .literal(let word): guard word == segment else { return nil }
            case .parameter(let name): values[name] = segment
            }
        }
        return values
    }
}
