/// Why the web server does not run.
package enum WebServerError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A call of the system failed for an address.
    case system(call: String, address: String, errno: Int32)
    /// libwebsockets did not start.
    case context(reason: String)
    /// The certificate or its key could not be used.
    case certificate(path: String, reason: String)
    /// A text that is no address to listen on.
    case address(String)
    /// A folder of pages that cannot be served.
    case files(path: String, reason: String)

    package var description: String {
        switch self {
        case .system("bind", let address, let errno) where errno == 98:  // EADDRINUSE
            "\(address) is taken by another program: end it, or set another address in web.listen"
        case .system("bind", let address, let errno) where errno == 13:  // EACCES
            "\(address) needs the socket unit cellbridge.socket, or a port from 1024 up in web.listen"
        case .system("bind", let address, let errno) where errno == 99:  // EADDRNOTAVAIL
            "\(address) is no address of this device: set one of its own in web.listen, or 0.0.0.0 for all of them"
        case .system(let call, let address, let errno): "\(call) failed for \(address): errno \(errno)"
        case .context(let reason): "the web server's loop does not start: \(reason)"
        case .certificate(let path, let reason): "the certificate \(path) cannot be used: \(reason)"
        case .address(let text): "\(text) is no address to listen on: write 192.0.2.1:8080, [::]:8080 or :8080"
        case .files(let path, let reason): "the pages in \(path) cannot be served: \(reason)"
        }
    }
}
