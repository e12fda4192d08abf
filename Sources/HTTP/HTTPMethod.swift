/// What a request wants done; other methods of the world are answered with 501 before anyone sees them.
package enum HTTPMethod: String, Sendable, Hashable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"
    case options = "OPTIONS"
    /// Known, as the next, so that they can be refused with the methods that are allowed (405): no address answers them.
    case trace = "TRACE"
    case query = "QUERY"

    /// Whether it changes nothing (RFC 9110, 9.2.1), so that no proof against forgery is asked for (S74).
    package var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace: true
        case .post, .put, .patch, .delete, .query: false
        }
    }
}
