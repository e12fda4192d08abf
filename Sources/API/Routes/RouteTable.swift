import Access
package import HTTP
import JSONText

/// Every route there is, and which of them a request means.
package struct RouteTable: Sendable {
    /// In the order of the document.
    package let routes: [Route]
    /// Paths without gaps, which are most, by their text.
    private let plain: [String: [Int]]
    /// Paths with gaps.
    private let templates: [(template: PathTemplate, routes: [Int])]

    package init(_ routes: [Route]) {
        self.routes = routes
        var plain: [String: [Int]] = [:]
        var templates: [(template: PathTemplate, routes: [Int])] = []
        for (index, route) in routes.enumerated() {
            if route.path.parameters.isEmpty {
                plain[route.path.text, default: []].append(index)
            } else if let place = templates.firstIndex(where: { $0.template == route.path }) {
                templates[place].routes.append(index)
            } else {
                templates.append((route.path, [index]))
            }
        }
        self.plain = plain
        self.templates = templates
    }

    /// What a request's path and method lead to.
    package enum Match: Sendable {
        case route(Route, parameters: [String: String])
        /// The path is one of ours, the method is none of its.
        case otherMethods([HTTPMethod])
        case nothing

        /// What is asked of whoever asks: that a path is none of ours, or which methods it takes, anyone may know.
        var demand: Demand {
            guard case .route(let route, _) = self else { return Demand(.anyone) }
            return route.demand
        }
    }

    /// Finds the route; HEAD is answered as GET is.
    package func match(_ method: HTTPMethod, _ path: String) -> Match {
        if let indices = plain[path] { return choose(indices, method, [:]) }
        guard !templates.isEmpty else { return .nothing }
        let segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst().map(String.init)
        for (template, indices) in templates {
            if let values = template.values(in: segments), !values.values.contains("") {
                return choose(indices, method, values)
            }
        }
        return .nothing
    }

    private func choose(_ indices: [Int], _ method: HTTPMethod, _ parameters: [String: String]) -> Match {
        let wanted = method == .head ? .get : method
        if let index = indices.first(where: { routes[$0].method == wanted }) {
            return .route(routes[index], parameters: parameters)
        }
        var allowed = indices.map { routes[$0].method }
        if allowed.contains(.get) { allowed.append(.head) }
        return .otherMethods(allowed + [.options])
    }
}
