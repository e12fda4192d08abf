import Access
import HTTP
import Links
import Synchronization

/// Knows the names and addresses under which this device may be asked (S74).
final class HostGate: Sendable {
    /// How long the list of addresses is believed.
    private static let lifetime: Duration = .seconds(10)

    private struct Known {
        var addresses: [String] = []
        var read: Instant?
    }

    private let names: [String]
    private let known = Mutex(Known())

    /// - Parameter configured: the name that the user gave, beside the computer's own.
    init(configured: String?) {
        let own = [LocalNames.host, configured].compactMap(\.self)
        names = own + own.filter { !$0.contains(".") }.map { $0 + ".local" }
    }

    /// Whether a request's `Host` is one of ours.
    func isOwn(_ request: HTTPRequest) -> Bool {
        let host = request.headers["Host"]
        // Most requests come by a name: the interfaces are asked for only where it is none.
        return HostCheck.isOwn(host: host, names: names, addresses: [])
            || HostCheck.isOwn(host: host, names: [], addresses: addresses)
    }

    private var addresses: [String] {
        let now = Instant.now
        return known.withLock { known in
            if let read = known.read, read + Self.lifetime > now { return known.addresses }
            // A link-local address has a zone, which no browser sends.
            known = Known(
                addresses: LocalNames.addresses.map { String($0.prefix { $0 != "%" }) }, read: now)
            return known.addresses
        }
    }
}
