import HTTP
import JSONText

/// Turns what a request carries into what its route declares, or says what is wrong with it.
enum Reading {
    /// Path and query by name.
    ///
    /// - Throws: a 404 for a path that names nothing possible, a 422 for a query that is not as declared.
    static func parameters(
        _ route: Route, path: [String: String], _ request: HTTPRequest
    ) throws -> [String: JSONTree] {
        var values: [String: JSONTree] = [:]
        for parameter in route.parameters {
            let value = value(path[parameter.name] ?? "", parameter.shape)
            guard parameter.shape.problems(with: value, at: parameter.name, .closed).isEmpty else {
                throw Problem.notFound(request.path)
            }
            values[parameter.name] = value
        }
        var problems: [ShapeProblem] = []
        for (name, text) in request.query {
            guard let parameter = route.query.first(where: { $0.name == name }) else {
                problems.append(
                    ShapeProblem(field: name, sentence: "\(name) is no parameter of this address: leave it out."))
                continue
            }
            guard values[name] == nil else {
                problems.append(ShapeProblem(field: name, sentence: "\(name) is given twice: give it once."))
                continue
            }
            let value = value(text, parameter.shape)
            problems += parameter.shape.problems(with: value, at: name, .closed)
            values[name] = value
        }
        guard problems.isEmpty else { throw Refusal(invalid: problems) }
        return values
    }

    /// The JSON of a body.
    ///
    /// - Throws: a 400 for what is no JSON, a 422 for what is not as declared.
    static func body(_ route: Route, _ bytes: [UInt8]) throws -> JSONTree {
        guard case .json(let shape) = route.body else { return .null }
        guard let tree = JSONTree(bytes) else {
            throw Problem.badRequest("The body is no JSON text in UTF-8.")
        }
        let problems = shape.problems(with: tree, .closed)
        guard problems.isEmpty else { throw Refusal(invalid: problems) }
        return tree
    }

    /// A text as a value of a shape, as far as that is possible; else the text itself, which the shape then refuses.
    private static func value(_ text: String, _ shape: Shape) -> JSONTree {
        switch shape {
        case .bool: text == "true" ? .bool(true) : text == "false" ? .bool(false) : .string(text)
        // Not every text that Double reads: JSON knows no hexadecimal, no infinity and no leading plus.
        case .integer, .number:
            text.utf8.allSatisfy { "0123456789-.eE".utf8.contains($0) }
                ? Double(text).map { .number($0) } ?? .string(text) : .string(text)
        case .array(let element, _):
            .array(text.split(separator: ",", omittingEmptySubsequences: false).map { value(String($0), element) })
        case .either(let shapes):
            shapes.map { value(text, $0) }.enumerated()
                .first { shapes[$0.offset].problems(with: $0.element, .closed).isEmpty }?.element ?? .string(text)
        case .nullable(let shape), .named(_, let shape): value(text, shape)
        default: .string(text)
        }
    }
}
