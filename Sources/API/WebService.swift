package import Access
package import Actors
package import Configuration
import HTTP
import JSONText
import Links
import Log
import WebServer

/// The web as a supervised service: opens what it needs, serves, and ends in order. Its end is nobody else's (S51).
package actor WebService: Child {
    /// How often the last use of tokens is written down.
    private static let bookkeeping: Duration = .seconds(600)

    private let parts: WebParts
    private let stop: StopSignal

    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe parts.files.asUnownedSerialExecutor() }

    /// Stores what it is given; nothing is opened yet.
    package init(_ parts: WebParts, stop: StopSignal) {
        self.parts = parts
        self.stop = stop
    }

    package func run() async throws {
        try await parts.access.open()
        let web = try await parts.manager.current().configuration.web
        let gate = HostGate(configured: web.hostName)
        let clock = LoopClock(parts.loop)
        let feed = TelemetryFeed(executor: parts.loop.executor, clock: clock, render: parts.status)
        let tap = WireTap(
            executor: parts.loop.executor, clock: clock, captures: parts.captures, microseconds: parts.captureTime)
        let news = EventFeed(executor: parts.loop.executor, desk: parts.monitoring)
        let table = RouteTable(
            GatewayRoutes(
                parts, feed: feed, tap: tap, news: news, clock: clock, isSecure: web.encryption != .off
            ).all)
        let responder = APIResponder(
            table, access: parts.access, isOwnHost: { gate.isOwn($0) }, pages: try pages(), logger: parts.logger)
        let server = try await WebServer(try configuration(web), responder: responder, log: parts.logger)
        tell(web, server)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await feed.run() }
            group.addTask { await tap.run() }
            group.addTask { await news.run() }
            group.addTask { [parts] in
                let pictures = parts.picture.subscribe(capacity: 1, name: "web")
                while await pictures.next() != nil { feed.notify() }
            }
            group.addTask { await self.keepBooks(clock) }
            group.addTask { [stop] in await stop.wait() }
            // The others end with their task only.
            await group.next()
            group.cancelAll()
        }
        await server.stop()
    }

    // MARK: - Private

    private func pages() throws -> APIResponder.Pages {
        guard let folder = parts.pages else {
            parts.logger.warning(
                "web.pages", "the folder of the pages was not found: only the API is served; set CELLBRIDGE_WEB to it")
            return { _ in nil }
        }
        let files = try StaticFiles(folder: folder)
        return { files.response(to: $0) }
    }

    private func configuration(_ web: WebConfiguration) throws -> WebServer.Configuration {
        guard let address = WebAddress(web.listen) else { throw WebServerError.address(web.listen) }
        let listen = try ListenAddress(address.text)
        guard web.encryption != .off else {
            // Said by the rules of the configuration too; here it costs nothing to be sure (S76).
            guard address.isLoopback else { throw WebServerError.address("\(web.listen) without TLS") }
            return .init(listeners: [.init(listen, .plain)])
        }
        let found = try CertificateStore(state: parts.state).open(
            CertificateStore.Source(web), name: web.hostName ?? LocalNames.host, addresses: LocalNames.addresses)
        parts.logger.notice(
            "web.certificate", found.isNew ? "a certificate was made" : "the certificate is served",
            [.init("fingerprint_sha256", .string(found.certificate.fingerprint))])
        return .init(
            listeners: [.init(listen, .secure)],
            certificate: CertificateFiles(certificate: found.chainPath, key: found.keyPath))
    }

    private func tell(_ web: WebConfiguration, _ server: WebServer) {
        guard var address = WebAddress(web.listen) else { return }
        if let port = server.ports.first { address.port = port }
        if address.host == "0.0.0.0" || address.host == "::" { address.host = LocalNames.host }
        parts.onListening((web.encryption == .off ? "http://" : "https://") + address.text)
    }

    private func keepBooks(_ clock: LoopClock) async {
        while !Task.isCancelled {
            try? await clock.sleep(for: Self.bookkeeping)
            await parts.access.keepUses()
        }
    }
}

extension CertificateStore.Source {
    /// Whose certificate a configuration asks for: what the server serves, and what `admin fingerprint` tells of.
    package init(_ web: WebConfiguration) {
        switch (web.encryption, web.certificateFile, web.keyFile) {
        case (.files, let certificate?, let key?): self = .named(certificate: certificate, key: key)
        case (.files, _, _): self = .files
        default: self = .own
        }
    }
}
