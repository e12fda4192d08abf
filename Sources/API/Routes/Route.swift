package import Access
package import HTTP
package import JSONText
package import WebServer

/// One route, declared once: dispatch, authorisation, the OpenAPI document and the tests are all made from it.
package struct Route: Sendable {
    /// Answers a call; what it throws becomes the answer.
    package typealias Handler = @Sendable (Call) async throws -> HTTPResponse
    /// Answers at once and waits for nothing; what it throws becomes the answer.
    package typealias InstantHandler = @Sendable (Call) throws -> HTTPResponse
    /// Talks over a WebSocket until it returns.
    package typealias SocketHandler = @Sendable (Call, WebSocket) async -> Void

    /// What is done with a call.
    package enum Deed: Sendable {
        case answer(Handler)
        /// As soon as the head of a request without a body is there.
        case instant(InstantHandler)
        case socket(SocketHandler)
    }

    /// What a request carries.
    package enum Body: Sendable {
        case none
        case json(Shape)
        /// A file of up to so many bytes, of these media types.
        case file(limit: Int, types: [String])
    }

    /// One parameter of the query, or of the path.
    package struct Parameter: Sendable {
        package var name: String
        package var shape: Shape
        package var about: String

        package init(_ name: String, _ shape: Shape, _ about: String) {
            self.name = name
            self.shape = shape
            self.about = about
        }
    }

    /// An answer that says yes.
    package struct Answer: Sendable {
        /// What is in it.
        package enum Content: Sendable {
            case none
            case json(Shape)
            case media(String)
        }

        package var status: Int
        package var content: Content
        package var about: String
        /// Another media type of the same answer.
        package var alternative: String?

        package static func json(_ shape: Shape, status: Int = 200, _ about: String = "As asked.") -> Answer {
            Answer(status: status, content: .json(shape), about: about)
        }
        package static func media(_ type: String, _ about: String) -> Answer {
            Answer(status: 200, content: .media(type), about: about)
        }
        package static func empty(_ status: Int = 204, _ about: String = "Done.") -> Answer {
            Answer(status: status, content: .none, about: about)
        }
    }

    package var method: HTTPMethod
    package var path: PathTemplate
    package var demand: Demand
    /// Heading in the OpenAPI document.
    package var group: String
    package var summary: String
    package var parameters: [Parameter]
    package var query: [Parameter]
    package var body: Body
    package var answers: [Answer]
    /// Statuses of refusals that only this route knows, such as 404 or 409, with their reason.
    package var refusals: [Int: String]
    /// Whether some requests, but not all, want the password again (S75).
    package var mayNeedFreshPassword: Bool
    package var deed: Deed
    /// A body as somebody might send it, for the document.
    package var example: JSONValue?

    package init(
        _ method: HTTPMethod, _ path: PathTemplate, _ demand: Demand, _ group: String, _ summary: String,
        parameters: [Parameter] = [], query: [Parameter] = [], body: Body = .none, example: JSONValue? = nil,
        _ answers: [Answer], refusals: [Int: String] = [:], mayNeedFreshPassword: Bool = false,
        _ handler: @escaping Handler
    ) {
        self.method = method
        self.path = path
        self.demand = demand
        self.group = group
        self.summary = summary
        self.parameters = parameters
        self.query = query
        self.body = body
        self.example = example
        self.answers = answers
        self.refusals = refusals
        self.mayNeedFreshPassword = mayNeedFreshPassword
        deed = .answer(handler)
    }

    /// What is read often and waits for nothing: answered on the web loop, without a task of its own.
    package static func instant(
        _ method: HTTPMethod, _ path: PathTemplate, _ demand: Demand, _ group: String, _ summary: String,
        _ answers: [Answer], _ handler: @escaping InstantHandler
    ) -> Route {
        var route = Route(method, path, demand, group, summary, answers) { try handler($0) }
        route.deed = .instant(handler)
        return route
    }

    /// A WebSocket.
    package static func socket(
        _ path: PathTemplate, _ demand: Demand, _ summary: String, _ handler: @escaping SocketHandler
    ) -> Route {
        var route = Route(
            .get, path, demand, "WebSockets", summary, [.empty(101, "The WebSocket is open.")],
            refusals: [426: "The request asks for no WebSocket."]
        ) { _ in throw Problem.upgradeRequired }
        route.deed = .socket(handler)
        return route
    }

    /// Longest body, bytes (S78).
    package var bodyLimit: Int {
        switch body {
        case .none: 0
        case .json: Admission.jsonLimit
        case .file(let limit, _): limit
        }
    }
}

extension Problem {
    /// A WebSocket's address was asked for as if it were a page.
    package static let upgradeRequired = Problem(
        426, "upgrade-required", "Upgrade required", detail: "this address speaks WebSocket only",
        headers: ["Upgrade": "websocket"])
}
