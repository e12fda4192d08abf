import Access
import HTTP
package import JSONText

/// The OpenAPI 3.1 document, made from the route table: it cannot say anything else than what is served.
package enum OpenAPI {
    /// Writes the document.
    ///
    /// - Parameters:
    ///   - routes: in order.
    ///   - version: of the program.
    ///   - cookie: name of the session's cookie on the server that serves the document.
    /// - Returns: the document.
    package static func document(of routes: [Route], version: String, cookie: String) -> JSONValue {
        var components: [String: JSONValue] = [:]
        var paths: [JSONValue.Member] = []
        _ = problem.schema(.open, &components)
        for route in routes {
            let operation = JSONValue.Member(route.method.rawValue.lowercased(), self.operation(route, &components))
            if let place = paths.firstIndex(where: { $0.name == route.path.text }),
                case .object(let operations) = paths[place].value
            {
                paths[place].value = .object(operations + [operation])
            } else {
                paths.append(.init(route.path.text, .object([operation])))
            }
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Cellbridge", "version": .string(version), "description": .string(introduction),
                "license": ["name": "see LICENSE"],
            ],
            "servers": [["url": "/"]],
            "security": security,
            "paths": .object(paths),
            "components": [
                "schemas": .object(components.sorted { $0.key < $1.key }.map { .init($0.key, $0.value) }),
                "securitySchemes": [
                    "token": ["type": "http", "scheme": "bearer", "description": "An API token (POST /api/tokens)."],
                    "session": [
                        "type": "apiKey", "in": "cookie", "name": .string(cookie),
                        "description": .string(
                            "The cookie of a log-in. Whatever changes something needs X-CSRF-Token and a fitting Origin "
                                + "beside it."),
                    ],
                ],
            ],
        ]
    }

    /// An error (RFC 9457).
    static let problem = Shape.named(
        "Problem",
        .object([
            .must("type", .text()), .must("title", .text()), .must("status", .integer(400...599)),
            .must("detail", .text()), .may("field", .text()),
            .may("errors", .array(.object([.must("field", .text()), .must("detail", .text())]))),
        ]))

    // MARK: - Private

    private static let introduction = """
        Numbers carry their unit in the name (_v, _a, _w, _wh, _ah, _c, _s, _ms, _percent); times are RFC 3339 UTC \
        unless the name ends in _ms. Null is unknown, never 0. Errors are application/problem+json (RFC 9457). Every path \
        answers HEAD where it answers GET, and OPTIONS; another method gets 405 with Allow. A Host that is no name or \
        address of this device gets 421.
        """

    private static let security: JSONValue = [["token": []], ["session": []]]

    private static func operation(_ route: Route, _ components: inout [String: JSONValue]) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("operationId", .string(identifier(route))), .init("summary", .string(route.summary)),
            .init("tags", [.string(route.group)]),
        ]
        switch route.demand.caller {
        case .scope(let scope): members.append(.init("x-scope", .string(scope.rawValue)))
        default: members.append(.init("security", []))
        }
        if route.demand.needsFreshPassword { members.append(.init("x-fresh-password", true)) }
        let parameters =
            route.parameters.map { parameter($0, "path", &components) }
            + route.query.map { parameter($0, "query", &components) }
        if !parameters.isEmpty { members.append(.init("parameters", .array(parameters))) }
        if let body = body(route, &components) { members.append(.init("requestBody", body)) }
        members.append(.init("responses", .object(responses(route, &components))))
        return .object(members)
    }

    private static func identifier(_ route: Route) -> String {
        let words = route.path.parts.map { part in
            switch part {
            case .literal(let word): word.replacing(".", with: "_")
            case .parameter(let name): "by_" + name
            }
        }
        return ([route.method.rawValue.lowercased()] + words.filter { $0 != "api" }).joined(separator: "_")
    }

    private static func parameter(
        _ parameter: Route.Parameter, _ place: String, _ components: inout [String: JSONValue]
    ) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("name", .string(parameter.name)), .init("in", .string(place)),
            .init("required", .bool(place == "path")), .init("description", .string(parameter.about)),
            .init("schema", parameter.shape.schema(.closed, &components)),
        ]
        if case .array = parameter.shape { members += [.init("style", "form"), .init("explode", false)] }
        return .object(members)
    }

    private static func body(_ route: Route, _ components: inout [String: JSONValue]) -> JSONValue? {
        switch route.body {
        case .none: return nil
        case .json(let shape):
            var content = [JSONValue.Member("schema", shape.schema(.closed, &components))]
            if let example = route.example { content.append(.init("example", example)) }
            return ["required": true, "content": ["application/json": .object(content)]]
        case .file(_, let types):
            return ["required": true, "content": .object(types.map { .init($0, [:]) })]
        }
    }

    private static func responses(_ route: Route, _ components: inout [String: JSONValue]) -> [JSONValue.Member] {
        var members: [JSONValue.Member] = []
        for answer in route.answers {
            var response: [JSONValue.Member] = [.init("description", .string(answer.about))]
            switch answer.content {
            case .none: break
            case .json(let shape):
                var content: [JSONValue.Member] = [
                    .init("application/json", ["schema": shape.schema(.open, &components)])
                ]
                if let other = answer.alternative { content.append(.init(other, [:])) }
                response.append(.init("content", .object(content)))
            case .media(let type): response.append(.init("content", .object([.init(type, [:])])))
            }
            members.append(.init(String(answer.status), .object(response)))
        }
        for (status, reason) in route.allRefusals.sorted(by: { $0.key < $1.key }) {
            members.append(
                .init(
                    String(status),
                    [
                        "description": .string(reason),
                        "content": [
                            "application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]
                        ],
                    ]))
        }
        return members
    }
}

extension Route {
    /// Every status of a refusal, with its reason: those of its kind, and its own.
    package var allRefusals: [Int: String] {
        var all = [
            400: "The request cannot be understood.",
            421: "The Host is no name or address of this device.",
        ]
        switch demand.caller {
        case .anyone: break
        case .setup:
            all[403] = "The code is wrong, or the request comes from a foreign page."
            all[409] = "The device is claimed already."
        case .visitor: all[403] = "The device is not claimed yet, or the request comes from a foreign page."
        case .scope(let scope):
            all[401] = "Nobody is logged in."
            all[403] =
                "The right '\(scope.rawValue)' is missing, or the device is not claimed yet"
                + (method.isSafe ? "" : ", or the CSRF token is wrong")
                + (demand.needsFreshPassword || mayNeedFreshPassword ? ", or the password has to be given again." : ".")
        }
        if case .none = body {
        } else {
            all[413] = "The body is too large."
            all[415] = "The body is of another media type."
        }
        if case .json = body { all[422] = "A value is refused; field says which." }
        if !query.isEmpty { all[422] = "A value is refused; field says which." }
        return all.merging(refusals) { _, own in own }
    }
}
