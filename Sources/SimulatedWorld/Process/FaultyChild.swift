import Actors
import Links

/// A child of the data path that fails on command: it throws, or it hangs.
final class ChildSwitch: Sendable {
    /// How a child fails.
    enum Failure: String, Sendable, Hashable {
        case crash
        case hang
    }

    struct Crash: Error {}

    private let crash = StopSignal()
    private let hang = StopSignal()

    /// Lets the child fail, once.
    func fail(_ failure: Failure) {
        switch failure {
        case .crash: crash.request()
        case .hang: hang.request()
        }
    }

    /// Runs a child until it ends or fails.
    func run(_ child: any Child) async throws {
        enum Outcome { case ended, crashed, hung, idle }
        let outcome = try await withThrowingTaskGroup(of: Outcome.self) { group in
            group.addTask {
                try await child.run()
                return .ended
            }
            group.addTask { [crash] in
                await crash.wait()
                return crash.isRequested ? .crashed : .idle
            }
            group.addTask { [hang] in
                await hang.wait()
                return hang.isRequested ? .hung : .idle
            }
            let first = try await group.next() ?? .ended
            group.cancelAll()
            return first
        }
        switch outcome {
        case .ended, .idle: return
        case .crashed: throw Crash()
        case .hung:
            // Never finishes a unit of work again; only the end of the process helps.
            await StopSignal().wait()
        }
    }
}

/// A child with a switch.
actor FaultyChild: Child {
    private let child: any Child
    private let failure: ChildSwitch
    private let loop: any Loop

    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.executor.asUnownedSerialExecutor() }

    init(_ child: any Child, _ failure: ChildSwitch, loop: any Loop) {
        self.child = child
        self.failure = failure
        self.loop = loop
    }

    func run() async throws { try await failure.run(child) }
}
