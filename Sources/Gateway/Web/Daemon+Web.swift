import API
import Actors
import Configuration
import Links
import Log
import Storage
import Wiring

extension Daemon {
    /// The web server as a service: one for one, started after the data path, and not in the watchdog's condition (S51,
    /// S54).
    func web(_ path: DataPath, _ supervisor: Latest<RootSupervisor>) -> ChildSpecification {
        ChildSpecification(
            id: WholeGateway.web, group: .service, stopDeadline: .seconds(3),
            executorPreference: services.taskExecutor
        ) { [self] stop in
            WebService(try parts(path, supervisor), stop: stop)
        }
    }

    // MARK: - Private

    /// A pack of which nothing but the address is known.
    private static func pack(_ address: String) throws(LinkError) -> PackConfiguration {
        guard let configuration = try? GatewayConfiguration(["pack.1.link": .string(address)]),
            let pack = configuration.packs.first
        else { throw .badAddress(address, reason: "it is no link of a pack") }
        return pack
    }

    private func parts(_ path: DataPath, _ supervisor: Latest<RootSupervisor>) throws -> WebParts {
        let tried = Latest<LinkOpeners.OpenPack>()
        return WebParts(
            version: Main.version, state: options.state, pages: PageFolder.path, access: access,
            manager: gateway.manager, loop: services, files: try StorageThread(),
            status: { [self] in status(path) }, picture: path.picture, links: { path.links },
            context: { path.context }, now: { [control] in control.now }, wall: LogClock.system.wall,
            captures: gateway.captures,
            captureTime: { [control] in path.captureTime.microseconds(at: control.now) }, events: gateway.events,
            late: { [gateway] in gateway.late },
            children: { [gateway] in gateway.completed(await supervisor.value?.report() ?? []) },
            restart: { supervisor.value?.restart($0) ?? false },
            restartProcess: { [self] in
                restartWanted.store(true)
                supervisor.value?.requestStop()
            },
            monitoring: gateway.monitoring,
            errands: { path.errands(ofPack: $0) },
            openPack: { [services] address, baudRate throws(LinkError) in
                let open = LinkOpeners.devices(on: services).pack(try Self.pack(address))
                // A simulated pack lives as long as its opener: until the next one is tried.
                tried.store(open)
                return try await open(baudRate)
            },
            openBus: { [services] address throws(LinkError) in
                try await LinkOpeners.devices(on: services).bus(address)
            }, logger: logger, report: gateway.report,
            onListening: { [onListening] in onListening.value?($0) })
    }
}
