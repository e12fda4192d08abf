import Access
import Actors
import Battery
import HTTP
import JSONText
package import Links

/// Every route of the gateway, in the order of the document.
package struct GatewayRoutes: Sendable {
    package let all: [Route]

    /// Makes the routes; `isSecure` says whether they are served over TLS.
    package init(
        _ parts: WebParts, feed: TelemetryFeed, tap: WireTap, news: EventFeed, clock: any GatewayClock,
        isSecure: Bool = true
    ) {
        let sockets = SocketLife(access: parts.access, clock: clock)
        var routes: [Route] = []
        routes +=
            StatusRoutes(
                cache: StatusCache(now: parts.now, render: parts.status), feed: feed, sockets: sockets,
                health: {
                    let late = parts.late()
                    return late.isEmpty
                        ? nil : "these parts have not worked for over 5 s: " + late.joined(separator: ", ")
                },
                metrics: {
                    Metrics.text(
                        parts.picture.value, packs: parts.links(),
                        .init(
                            version: parts.version, residentBytes: ProcessFacts.residentBytes,
                            cpuSeconds: ProcessFacts.processorSeconds, children: await parts.children()),
                        now: parts.now())
                }
            ).routes
        routes += AccessRoutes(access: parts.access, version: parts.version, hostName: { LocalNames.host }).routes
        routes += ConfigRoutes(manager: parts.manager, access: parts.access).routes
        routes +=
            WireRoutes(
                tap: tap, sockets: sockets, picture: { (parts.picture.value?.inverter, parts.context()) }
            ).routes
        routes += LinkRoutes(parts, tap: tap).routes
        let desk = BMSDesk(
            errands: parts.errands,
            isPromising: { pack in
                parts.links().first { $0.pack == pack }.map { $0.problem == nil }
                    ?? parts.context().packs[pack]?.link != nil
            }, clock: clock, report: parts.report)
        routes += RegisterRoutes(desk: desk, wall: parts.wall).routes
        routes +=
            SwitchRoutes(
                desk: desk, report: { pack in parts.picture.value?.reports.first { $0.pack == pack } },
                wall: parts.wall
            ).routes
        routes += EventRoutes(desk: parts.monitoring, feed: news, sockets: sockets).routes
        routes += SystemRoutes(parts).routes
        all = routes + [Self.document(of: routes, parts.version, isSecure)]
    }

    private static func document(of routes: [Route], _ version: String, _ isSecure: Bool) -> Route {
        var own = Route(
            .get, "/api/openapi.json", Demand(.scope(.read)), "System", "This document",
            [.json(.map(.anything))]
        ) { _ in .json([:]) }
        var text: [UInt8] = []
        let cookie = SessionCookie.name(isSecure: isSecure)
        OpenAPI.document(of: routes + [own], version: version, cookie: cookie).append(to: &text)
        let answer = HTTPResponse(
            headers: ["Content-Type": "application/json", "Cache-Control": "no-cache"], body: .bytes(text))
        own.deed = .answer { _ in answer }
        return own
    }
}
