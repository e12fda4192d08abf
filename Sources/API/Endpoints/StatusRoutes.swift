import Access
import HTTP

/// The live picture, and whether the gateway works.
package struct StatusRoutes: Sendable {
    private let cache: StatusCache
    private let feed: TelemetryFeed
    private let sockets: SocketLife
    private let health: @Sendable () -> String?
    private let metrics: @Sendable () async -> String

    /// Makes the routes; `health` is why the control path does not work, nil while it does (S54), and `metrics` is
    /// Prometheus text.
    package init(
        cache: StatusCache, feed: TelemetryFeed, sockets: SocketLife, health: @escaping @Sendable () -> String?,
        metrics: @escaping @Sendable () async -> String
    ) {
        self.cache = cache
        self.feed = feed
        self.sockets = sockets
        self.health = health
        self.metrics = metrics
    }

    package var routes: [Route] {
        [
            Route(
                .get, "/healthz", Demand(.anyone), "Health", "Whether the control path works; a silent BMS is no fault",
                [.media("text/plain", "ok")], refusals: [503: "The control path hangs; detail says where."]
            ) { [health] _ in
                if let reason = health() { throw Problem.unavailable(reason) }
                return .text("ok\n")
            },
            .instant(
                .get, "/api/status", Demand(.scope(.read)), "Status", "The whole live picture",
                [.json(StatusShape.document)]
            ) { [cache] _ in cache.response },
            Route(
                .get, "/metrics", Demand(.scope(.read)), "Status", "The live picture for Prometheus",
                [.media("text/plain", "Prometheus text format 0.0.4")]
            ) { [metrics] _ in
                var response = HTTPResponse.text(await metrics())
                response.headers["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
                return response
            },
            .socket("/ws/telemetry", Demand(.scope(.read)), "The live picture, then what changes of it") {
                [feed, sockets] call, socket in
                await feed.join(socket)
                await sockets.keep(socket, of: call.caller)
                await feed.leave(socket)
            },
        ]
    }
}
