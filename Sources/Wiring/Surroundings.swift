package import Actors
package import Configuration
package import Links
package import Log

/// Everything outside the gateway, as parameters: the process hands in the real world, a simulation its own (design.md 6).
package struct Surroundings: Sendable {
    /// Folder of every file that the gateway writes.
    package var folder: String
    /// Environment and command line of this run.
    package var overrides: ConfigurationOverrides
    /// The loop of the data path and its supervisor.
    package var control: any Loop
    /// The loop of everything else.
    package var services: any Loop
    /// Where the configuration's file is read and written: slow, and nobody else's.
    package var storage: any SerialExecutor
    /// Makes one more such place, for a service that writes much.
    package var makeStorage: @Sendable () throws -> any SerialExecutor
    /// What the configuration's file lies on.
    package var medium: ConfigMedium
    /// The wall clock: shown, never reckoned with (S57).
    package var wall: @Sendable () -> UTCTime
    /// Spreads waits.
    package var random: any RandomNumberGenerator & Sendable
    package var openers: LinkOpeners
    /// Puts something between the supervisor and a child of the data path, by its id; simulations let children fail so.
    package var wrapChild: @Sendable (String, any Child) -> any Child
    package var logger: Logger
    /// Whether the log's level is the configuration's, and not that of the command line.
    package var followsLogLevel: Bool
    /// Tells the service manager; called by whoever has the watchdog look.
    package var notify: @Sendable (ServiceState) -> Void
    /// Ends the process at once.
    package var abort: @Sendable () -> Void

    package init(
        folder: String, overrides: ConfigurationOverrides, control: any Loop, services: any Loop,
        storage: any SerialExecutor, makeStorage: @escaping @Sendable () throws -> any SerialExecutor,
        medium: ConfigMedium, wall: @escaping @Sendable () -> UTCTime, random: any RandomNumberGenerator & Sendable,
        openers: LinkOpeners, wrapChild: @escaping @Sendable (String, any Child) -> any Child = { $1 }, logger: Logger,
        followsLogLevel: Bool, notify: @escaping @Sendable (ServiceState) -> Void,
        abort: @escaping @Sendable () -> Void
    ) {
        self.folder = folder
        self.overrides = overrides
        self.control = control
        self.services = services
        self.storage = storage
        self.makeStorage = makeStorage
        self.medium = medium
        self.wall = wall
        self.random = random
        self.openers = openers
        self.wrapChild = wrapChild
        self.logger = logger
        self.followsLogLevel = followsLogLevel
        self.notify = notify
        self.abort = abort
    }
}
