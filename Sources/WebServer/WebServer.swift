import CLinux
import JSONText
import Links
package import Log
import Synchronization

/// The web server: listeners, connections, their limits. It knows nothing of what is served.
///
/// Started and stopped once; a restart makes a new one, in the same process if need be.
package final class WebServer: Sendable {
    /// What to listen on and how.
    package struct Configuration: Sendable {
        /// One listener.
        package struct Listener: Sendable, Hashable {
            /// How its connections speak.
            package enum Kind: Sendable, Hashable {
                /// Without encryption.
                case plain
                /// TLS; a plain request to this port is sent to https.
                case secure
                /// Plain requests, all but those from loopback sent to https on this port.
                case redirecting(toPort: UInt16)
            }

            package var address: ListenAddress
            package var kind: Kind

            package init(_ address: ListenAddress, _ kind: Kind) {
                self.address = address
                self.kind = kind
            }
        }

        package var listeners: [Listener]
        /// What `secure` listeners show.
        package var certificate: CertificateFiles?
        package var limits: WebLimits

        package init(listeners: [Listener], certificate: CertificateFiles? = nil, limits: WebLimits = WebLimits()) {
            self.listeners = listeners
            self.certificate = certificate
            self.limits = limits
        }
    }

    /// How long requests under way have when the server stops.
    package static let stopTime = Duration.seconds(2)

    private let loop: WebLoop
    private let host: ServerHost
    private let log: Logger

    /// The ports, in the order of the configuration's listeners.
    package let ports: [UInt16]

    /// Opens the listeners and serves.
    ///
    /// - Throws: `WebServerError`; then nothing is left open.
    package init(
        _ configuration: Configuration, responder: any Responder, log: Logger
    ) async throws(WebServerError) {
        self.log = log
        loop = try WebLoop(
            name: "web", connections: configuration.limits.connections, certificate: configuration.certificate)
        host = ServerHost(loop: loop, configuration: configuration, responder: responder, log: log)
        do {
            ports = try await host.open()
        } catch {
            loop.stop()
            throw error
        }
        // The pages and the certificate took as much again as is kept of them, and the web is the last to start.
        malloc_trim(0)
        for (listener, port) in zip(configuration.listeners, ports) {
            log.info(
                "web.listening", "the web server listens",
                [
                    .init("address", .string(listener.address.description)), .init("port", .integer(Int(port))),
                    .init("tls", .bool(listener.kind == .secure)),
                ])
        }
    }

    deinit { loop.stop() }

    /// Stops listening, lets requests under way finish for up to 2 s, and ends the loop.
    package func stop() async {
        await host.stop(within: Self.stopTime)
        loop.stop()
    }

    /// The executor of what serves, for child tasks of the responder's owner.
    package var taskExecutor: any TaskExecutor { loop.taskExecutor }

    /// Connections that are open.
    package var connectionCount: Int {
        get async { await host.connectionCount }
    }
}
