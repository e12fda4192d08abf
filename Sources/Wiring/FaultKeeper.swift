import Actors
import Battery
import Configuration
import Links
import Log
import Storage

/// Keeps the latched fault over restarts: one write after the other, the newest last, again and again until the medium
/// has taken it (S4).
///
/// The control path hands over and waits for no disk.
final class FaultKeeper: Sendable {
    private static let namespace = "faults"
    private static let key = "latched"
    /// Time between two tries on a medium that does not take it.
    private static let retry: Duration = .seconds(5)

    private let manager: ConfigManager
    private let clock: LoopClock
    private let logger: Logger
    private let changes = Broadcast<LatchedFault?>()
    /// Holds the newest change only: what came before it never needs to be written.
    private let queue: Broadcast<LatchedFault?>.Subscription

    init(_ manager: ConfigManager, clock: LoopClock, logger: Logger) {
        self.manager = manager
        self.clock = clock
        self.logger = logger
        queue = changes.subscribe(capacity: 1, name: "latched fault")
    }

    /// The fault that was latched when the process ended: it only lowers limits, so it survives.
    func stored() async -> LatchedFault? {
        do {
            let stored = try await manager.plain(SettingName(Self.namespace, Self.key), as: .string)
            guard case .string(let text)? = stored else { return nil }
            return LatchedFault(stored: text)
        } catch {
            // What cannot be read may be a latched fault: it counts as one until a person has looked.
            logger.error(
                "storage",
                "the latched fault cannot be read, so charging stays forbidden: \(error); "
                    + "look at the battery, then cellbridge admin acknowledge")
            return LatchedFault(stored: "")
        }
    }

    /// Hands over a change; never blocks.
    func keep(_ fault: LatchedFault?) { changes.send(fault) }

    /// Writes changes until the task is cancelled, and then what is left.
    func run() async {
        while var fault = await queue.next() {
            var isRefused = false
            while let failure = await write(fault) {
                if !isRefused { logger.error("storage", "a latched fault could not be stored: \(failure)") }
                isRefused = true
                try? await clock.sleep(for: Self.retry)
                // A newer one takes its place; without one, a stopping process has tried often enough.
                if let newer = queue.poll() { fault = newer } else if Task.isCancelled { return }
            }
            if isRefused { logger.notice("storage", "the latched fault is stored") }
        }
        if let fault = queue.poll() { _ = await write(fault) }
    }

    /// Writes once; returns why it could not.
    private func write(_ fault: LatchedFault?) async -> String? {
        do {
            let name = try SettingName(Self.namespace, Self.key)
            try await manager.keep([name: fault.map { .string($0.stored) }], .latch)
            return nil
        } catch {
            return "\(error)"
        }
    }
}

extension LatchedFault {
    /// As it is stored: kind, pack and value.
    package var stored: String { "\(kind.rawValue) \(pack) \(value)" }

    /// Reads what `stored` wrote. What cannot be read counts as the worst: a fault only lowers limits.
    package init(stored text: String) {
        let words = text.split(separator: " ")
        let kind = words.first.flatMap { Kind(rawValue: String($0)) } ?? .deepDischarge
        let pack = words.count > 1 ? Int(words[1]) ?? 1 : 1
        self.init(kind: kind, pack: pack, value: words.count > 2 ? Double(words[2]) ?? 0 : 0)
    }
}
