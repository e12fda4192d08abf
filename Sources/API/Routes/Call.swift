package import Access
package import HTTP
package import JSONText

/// One request as its handler sees it: judged, and of the shape that its route declares.
package struct Call: Sendable {
    package let request: HTTPRequest
    package let caller: Identity
    /// Query and path, by name.
    package let parameters: [String: JSONTree]
    /// The body where it is JSON; null without one.
    package let body: JSONTree
    /// The body as it came.
    package let bytes: [UInt8]

    package init(
        request: HTTPRequest, caller: Identity, parameters: [String: JSONTree] = [:], body: JSONTree = .null,
        bytes: [UInt8] = []
    ) {
        self.request = request
        self.caller = caller
        self.parameters = parameters
        self.body = body
        self.bytes = bytes
    }

    package func text(_ name: String) -> String? { parameters[name]?.string }
    package func integer(_ name: String) -> Int? { parameters[name]?.number.flatMap { Int(exactly: $0) } }
    package func flag(_ name: String) -> Bool { parameters[name]?.bool ?? false }
    package func words(_ name: String) -> [String] { parameters[name]?.elements.compactMap(\.string) ?? [] }
    /// A moment, Unix milliseconds.
    package func moment(_ name: String) -> Int64? { text(name).flatMap(MomentText.milliseconds) }
}

/// A refusal with more to say than one field.
package struct Refusal: Error, Sendable {
    package var problem: Problem
    /// Every value at fault.
    package var errors: [ShapeProblem]

    package init(_ problem: Problem, errors: [ShapeProblem] = []) {
        self.problem = problem
        self.errors = errors
    }

    /// Values that may not be set: the first is the field of the whole.
    package init(invalid problems: [ShapeProblem]) {
        let first = problems.first ?? ShapeProblem(field: "", sentence: "The values do not fit.")
        self.init(.invalid(first.sentence, field: first.field.isEmpty ? nil : first.field), errors: problems)
    }

    /// The answer.
    package var response: HTTPResponse {
        guard errors.count > 1, case .object(let members) = problem.json else { return problem.response }
        var response = problem.response
        var text: [UInt8] = []
        let list: [JSONValue] = errors.map { ["field": .string($0.field), "detail": .string($0.sentence)] }
        JSONValue.object(members + [.init("errors", .array(list))]).append(to: &text)
        response.body = .bytes(text)
        return response
    }
}
