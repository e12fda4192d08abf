import Access
import HTTP
import JSONText
import Testing
import WebServer

@testable import API

@Suite("Every route", .timeLimit(.minutes(2)))
struct RouteTests {
    /// A path of a route with something in its gaps.
    private func path(_ route: Route) -> String {
        "/"
            + route.path.parts.map { part in
                switch part {
                case .literal(let word): word
                case .parameter: "1"
                }
            }.joined(separator: "/")
    }

    private func body(_ route: Route) -> String? {
        if case .none = route.body { return nil }
        return "{}"
    }

    @Test func `S70: an unclaimed device answers nobody but those who claim it`() async throws {
        let device = try await Device()
        for route in device.table.routes {
            let response = await device.send(route.method, path(route), body(route))
            switch route.demand.caller {
            case .anyone: #expect(response.status == 200, "\(route.path.text)")
            case .setup: #expect(response.status == 422, "\(route.path.text)")
            case .visitor, .scope:
                #expect(response.status == 403, "\(route.path.text)")
                #expect(response.tree["type"].string == "urn:cellbridge:not-claimed")
            }
        }
        #expect(await device.send(.get, "/").status == 200)
    }

    @Test func `S73: every route but the public ones refuses a stranger, whatever the method`() async throws {
        let device = try await Device()
        _ = try await device.claim()
        for route in device.table.routes {
            guard case .scope = route.demand.caller else { continue }
            let response = await device.send(route.method, path(route), body(route))
            #expect(response.status == 401, "\(route.method.rawValue) \(route.path.text): \(response.text)")
            #expect(response.headers["Content-Type"] == "application/problem+json")
        }
    }

    @Test func `S73: a token may do what its scope says, and nothing more`() async throws {
        let device = try await Device()
        let owner = try await device.claim()
        for scope in Scope.allCases {
            let token = try await owner.token(scope.rawValue)
            for route in device.table.routes {
                guard case .scope(let wanted) = route.demand.caller else { continue }
                // What would restart or end something is not asked for in earnest.
                let response = await device.send(route.method, path(route), body(route), token: token)
                if !scope.includes(wanted) {
                    #expect(response.status == 403, "\(scope) \(route.method.rawValue) \(route.path.text)")
                } else if !route.demand.needsFreshPassword {
                    #expect(
                        ![401, 500].contains(response.status),
                        "\(scope) \(route.method.rawValue) \(route.path.text): \(response.text)")
                }
            }
        }
    }

    @Test func `S74: a change without its CSRF token, or from a foreign page, is refused`() async throws {
        let device = try await Device()
        let owner = try await device.claim()
        for route in device.table.routes where !route.method.isSafe {
            guard case .scope = route.demand.caller else { continue }
            var request = owner.request(route.method, path(route), "{}")
            request.headers["X-CSRF-Token"] = nil
            let bare = await device.send(request, Array("{}".utf8))
            #expect(bare.status == 403, "\(route.path.text)")
            #expect(bare.tree["type"].string == "urn:cellbridge:csrf")
            request = owner.request(route.method, path(route), "{}")
            request.headers["Origin"] = "http://evil.example"
            #expect(await device.send(request, Array("{}".utf8)).status == 403, "\(route.path.text)")
        }
        for route in device.table.routes {
            guard case .socket = route.deed else { continue }
            var request = owner.request(.get, path(route))
            request.headers["Upgrade"] = "websocket"
            #expect(await device.send(request).status == 101)
            request.headers["Origin"] = "http://evil.example"
            #expect(await device.send(request).status == 403)
        }
    }

    @Test func `S74: a request under a name that is not ours is misdirected`() async throws {
        let device = try await Device()
        let owner = try await device.claim()
        for path in ["/", "/api/status", "/api/setup", "/healthz", "/nothing"] {
            var request = owner.request(.get, path)
            request.headers["Host"] = "rebound.example"
            #expect(await device.send(request).status == 421)
        }
    }

    @Test func `S76: without TLS only this computer itself is answered`() async throws {
        let device = try await Device()
        let owner = try await device.claim()
        var request = owner.request(.get, "/api/status")
        request.headers["Host"] = "gateway"
        request.peer = try #require(PeerAddress([192, 0, 2, 7]))
        let response = await device.send(request)
        #expect(response.status == 308)
        #expect(response.headers["Location"] == "https://gateway/api/status")
        #expect(response.headers["Set-Cookie"] == nil)
    }

    @Test func `a path that is none is not found, and a method that is none names those that are`() async throws {
        let device = try await Device()
        let owner = try await device.claim()
        let missing = await owner.send(.get, "/api/nothing")
        #expect(missing.status == 404)
        #expect(missing.headers["Content-Type"] == "application/problem+json")
        for path in ["/api/status/", "/api//status", "/api/tokens/"] {
            #expect(await owner.send(.get, path).status == 404, "\(path)")
        }
        let wrong = await owner.send(.delete, "/api/config", "{}")
        #expect(wrong.status == 405)
        #expect(wrong.headers["Allow"] == "GET, PATCH, HEAD, OPTIONS")
        for method in [HTTPMethod.trace, .query] {
            let refused = await owner.send(method, "/api/config")
            #expect(refused.status == 405)
            #expect(refused.headers["Allow"] == "GET, PATCH, HEAD, OPTIONS")
        }
        let options = await owner.send(.options, "/api/config")
        #expect(options.status == 204)
        #expect(options.headers["Allow"] == "GET, PATCH, HEAD, OPTIONS")
        #expect(await owner.send(.head, "/api/status").status == 200)
    }

    @Test func `a body must be there, of its type, of its size and of its shape`() async throws {
        let device = try await Device()
        let owner = try await device.claim()
        var request = owner.request(.patch, "/api/config", "{}")
        request.headers["Content-Type"] = "text/plain"
        #expect(await device.send(request, Array("{}".utf8)).status == 415)
        request = owner.request(.patch, "/api/config", "{}")
        request.headers["Content-Length"] = "1000000"
        #expect(await device.send(request, Array("{}".utf8)).status == 413)
        #expect(await owner.send(.post, "/api/config/rollback", "{").status == 400)
        let refused = await owner.send(.post, "/api/config/rollback", #"{"generation":"one","more":1}"#)
        #expect(refused.status == 422)
        #expect(refused.tree["field"].string == "generation")
        #expect(refused.tree["errors"].elements.count == 2)
        let query = await owner.send(.get, "/api/logs?level=loud&levle=info")
        #expect(query.status == 422)
        #expect(query.tree["errors"].elements.compactMap { $0["field"].string } == ["level", "levle"])
    }

    @Test func `the live picture is answered with its head, to those who may see it, and a body goes the long way`()
        async throws
    {
        let device = try await Device()
        let owner = try await device.claim()
        var request = Device.request(.get, "/api/status")
        guard case .answer(let refusal) = device.responder.admit(request).decision else {
            return #expect(Bool(false), "a stranger was let in")
        }
        #expect(refusal.status == 401)
        request.headers["Cookie"] = owner.cookie
        let admission = device.responder.admit(request)
        guard case .answer(let response) = admission.decision else {
            return #expect(Bool(false), "it waits for a body that nobody announced")
        }
        #expect(response.status == 200 && admission.hasSession)
        #expect(response.text == (await owner.send(.get, "/api/status")).text)
        request.headers["Content-Length"] = "2"
        if case .answer(let early) = device.responder.admit(request).decision { #expect(early.status != 200) }
    }

    @Test func `the document names every route, and every answer in it is of the shape that it says`() async throws {
        let device = try await Device()
        let owner = try await device.claim()
        let document = await owner.send(.get, "/api/openapi.json").tree
        for route in device.table.routes {
            let operation = document["paths"][route.path.text][route.method.rawValue.lowercased()]
            #expect(operation["operationId"].string != nil, "\(route.path.text)")
            if case .socket = route.deed { continue }
            guard route.method == .get, route.path.parameters.isEmpty else { continue }
            let response = await owner.send(.get, route.path.text)
            guard let answer = route.answers.first(where: { $0.status == response.status }) else {
                // A refusal that only this route knows, such as 503 where nothing watches the battery.
                #expect(route.refusals[response.status] != nil, "\(route.path.text): \(response.text)")
                #expect(OpenAPI.problem.problems(with: response.tree, .open).isEmpty)
                continue
            }
            guard case .json(let shape) = answer.content, response.headers["Content-Type"] == "application/json" else {
                continue
            }
            #expect(shape.problems(with: response.tree, .open).isEmpty, "\(route.path.text): \(response.text)")
        }
        let identifiers = device.table.routes.compactMap {
            document["paths"][$0.path.text][$0.method.rawValue.lowercased()]["operationId"].string
        }
        #expect(Set(identifiers).count == identifiers.count)
    }
}
