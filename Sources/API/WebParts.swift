package import Access
package import Actors
package import JSONText
package import Links
package import Log

/// What the composition root hands to the web service: the gateway as the web may see it.
///
/// Everything that touches the control path is a closure that reads `Latest` values or hands over a request: nothing of
/// the web is awaited there (S78).
package struct WebParts: Sendable {
    /// Of the program.
    package var version: String
    /// Folder of every file that the gateway writes.
    package var state: String
    /// Folder of the pages; nil where they were not found.
    package var pages: String?
    package var access: AccessControl
    package var manager: ConfigManager
    /// The loop of the services, on whose clock the web sleeps.
    package var loop: any Loop
    /// Where files are read: slow, and nobody waits for it but the web.
    package var files: any SerialExecutor
    /// The status document as it is now.
    package var status: @Sendable () -> JSONValue
    /// The picture of the control path; the web observes it.
    package var picture: Latest<GatewayPicture>
    /// The packs' links as they stand.
    package var links: @Sendable () -> [PackLinkPicture]
    package var context: @Sendable () -> StatusContext
    /// The clock of the control path.
    package var now: @Sendable () -> Instant
    /// The wall clock.
    package var wall: @Sendable () -> UTCTime
    package var captures: Broadcast<CaptureRecord>
    /// Now, in the captures' time, µs.
    package var captureTime: @Sendable () -> Int64
    package var events: Broadcast<GatewayEvent>
    /// Parts of the control path that are late; empty while it works (S54).
    package var late: @Sendable () -> [String]
    /// The supervised children.
    package var children: @Sendable () async -> [ChildReport]
    /// Restarts a child by its name; false where there is none.
    package var restart: @Sendable (String) -> Bool
    /// Ends the process in order; whoever watches it starts it again.
    package var restartProcess: @Sendable () -> Void
    /// What the monitor knows, and where to ask it.
    package var monitoring: MonitoringDesk
    /// Where to ask the poller of a pack; nil where there is no such pack.
    package var errands: @Sendable (Int) -> (errands: PackErrands, family: String)?
    /// Opens a pack's link on `loop`, to try it.
    package var openPack: @Sendable (String, Int) async throws(LinkError) -> any ByteLink
    /// Opens a bus on `loop`, to try it.
    package var openBus: @Sendable (String) async throws(LinkError) -> any CANBus
    package var logger: Logger
    package var report: EventReport
    /// Told the address once the server listens.
    package var onListening: @Sendable (String) -> Void

    package init(
        version: String, state: String, pages: String?, access: AccessControl, manager: ConfigManager,
        loop: any Loop, files: any SerialExecutor, status: @escaping @Sendable () -> JSONValue,
        picture: Latest<GatewayPicture>, links: @escaping @Sendable () -> [PackLinkPicture],
        context: @escaping @Sendable () -> StatusContext, now: @escaping @Sendable () -> Instant,
        wall: @escaping @Sendable () -> UTCTime, captures: Broadcast<CaptureRecord>,
        captureTime: @escaping @Sendable () -> Int64, events: Broadcast<GatewayEvent>,
        late: @escaping @Sendable () -> [String], children: @escaping @Sendable () async -> [ChildReport],
        restart: @escaping @Sendable (String) -> Bool, restartProcess: @escaping @Sendable () -> Void,
        monitoring: MonitoringDesk,
        errands: @escaping @Sendable (Int) -> (errands: PackErrands, family: String)?,
        openPack: @escaping @Sendable (String, Int) async throws(LinkError) -> any ByteLink,
        openBus: @escaping @Sendable (String) async throws(LinkError) -> any CANBus, logger: Logger,
        report: @escaping EventReport,
        onListening: @escaping @Sendable (String) -> Void
    ) {
        self.version = version
        self.state = state
        self.pages = pages
        self.access = access
        self.manager = manager
        self.loop = loop
        self.files = files
        self.status = status
        self.picture = picture
        self.links = links
        self.context = context
        self.now = now
        self.wall = wall
        self.captures = captures
        self.captureTime = captureTime
        self.events = events
        self.late = late
        self.children = children
        self.restart = restart
        self.restartProcess = restartProcess
        self.monitoring = monitoring
        self.errands = errands
        self.openPack = openPack
        self.openBus = openBus
        self.logger = logger
        self.report = report
        self.onListening = onListening
    }
}
