import Battery
import CLinux
import Dispatch
import Glibc
import JSONText
import Log
import Synchronization
import Testing

@testable import Actors

@Suite(.timeLimit(.minutes(1)))
struct WatchdogTests {
    /// A watchdog on a hand-moved clock, with what it did.
    private final class Bench: Sendable {
        let clock = SupervisionClock()
        let heartbeats: Heartbeats
        let watchdog: Watchdog
        let logger: Logger
        private let said: Trace

        init() throws {
            let said = Trace()
            self.said = said
            heartbeats = Heartbeats(clock: clock)
            logger = try silentLogger()
            watchdog = Watchdog(
                heartbeats: heartbeats, clock: clock, logger: logger, notify: { said.append($0.assignment) },
                abort: { said.append("abort") })
            for id in ["bms.1", "bms.2", "inverter", RootSupervisor.heartbeatID] { heartbeats.require(id) }
        }

        var aborts: Int { said.all.filter { $0 == "abort" }.count }
        var pings: Int { said.all.filter { $0 == "WATCHDOG=1" }.count }

        /// Lets seconds pass with a look every 2 s, while everybody but one works.
        func pass(seconds: Int, silent: String? = nil) {
            for second in 1...seconds {
                clock.advance(by: .seconds(1))
                for id in ["bms.1", "bms.2", "inverter", RootSupervisor.heartbeatID, "web", "history"]
                where id != silent {
                    heartbeats.heartbeat(of: id).beat()
                }
                if second % 2 == 0 { watchdog.look() }
            }
        }
    }

    @Test func `systemd is told every 2 s while every watched part works (S54)`() throws {
        let bench = try Bench()
        bench.pass(seconds: 60)
        #expect(bench.pings == 30 && bench.aborts == 0)
    }

    @Test(arguments: ["bms.1", "bms.2", "inverter", "supervisor"])
    func `a hang of one watched part ends the process within 12 s (S50, S54)`(id: String) throws {
        let bench = try Bench()
        bench.pass(seconds: 10)
        #expect(bench.pings == 5)
        bench.pass(seconds: 4, silent: id)
        #expect(bench.pings == 7 && bench.aborts == 0)
        bench.pass(seconds: 6, silent: id)
        #expect(bench.pings == 7 && bench.aborts == 0)
        bench.pass(seconds: 2, silent: id)
        #expect(bench.pings == 7 && bench.aborts == 1)
        #expect(bench.logger.recent().map(\.event) == ["watchdog.late", "watchdog.abort"])
        #expect(bench.logger.recent().last?.fields == [.init("parts", .array([.string(id)]))])
    }

    @Test(arguments: ["web", "history"]) func `a hang of a service ends nothing (S54)`(id: String) throws {
        let bench = try Bench()
        bench.pass(seconds: 10)
        bench.pass(seconds: 600, silent: id)
        #expect(bench.pings == 305 && bench.aborts == 0)
    }

    @Test func `a part that works again is no longer late (S54)`() throws {
        let bench = try Bench()
        bench.pass(seconds: 8, silent: "inverter")
        bench.pass(seconds: 8)
        #expect(bench.aborts == 0 && bench.pings == 6)
        #expect(bench.logger.recent().map(\.event) == ["watchdog.late", "watchdog.in_time"])
    }

    @Test func `a part that nobody requires any more is not missed`() throws {
        let bench = try Bench()
        bench.heartbeats.release("bms.2")
        bench.pass(seconds: 60, silent: "bms.2")
        #expect(bench.aborts == 0 && bench.pings == 30)
    }

    @Test func `messages are delivered in order, the newest status alone`() throws {
        let said = Trace()
        let clock = SupervisionClock()
        let watchdog = Watchdog(
            heartbeats: Heartbeats(clock: clock), clock: clock, logger: try silentLogger(),
            notify: { said.append($0.assignment) }, abort: {})
        watchdog.tell(.status("starting"))
        watchdog.tell(.ready)
        watchdog.tell(.status("live\n2 packs"))
        watchdog.deliver()
        watchdog.deliver()
        #expect(said.all == ["READY=1", "STATUS=live 2 packs"])
    }

    @Test func `the thread tells what is to be told and ends`() throws {
        for _ in 0..<100 {
            let stopped = DispatchSemaphore(value: 0)
            let clock = SupervisionClock()
            let watchdog = Watchdog(
                heartbeats: Heartbeats(clock: clock), clock: clock, logger: try silentLogger(),
                notify: { if $0 == .stopping { stopped.signal() } }, abort: {})
            try watchdog.start()
            watchdog.tell(.stopping)
            stopped.wait()
            watchdog.stop()
        }
    }

    @Test func `a hang ends the process although every thread of the pool is blocked (S33, S50)`() async {
        await #expect(processExitsWith: .signal(SIGABRT)) {
            let clock = SupervisionClock()
            let heartbeats = Heartbeats(clock: clock)
            heartbeats.require("inverter")
            let watchdog = Watchdog(
                heartbeats: heartbeats, clock: clock, logger: try silentLogger(), notify: { _ in },
                abort: Watchdog.endProcess)
            clock.advance(by: .seconds(11))
            for _ in 0..<64 { Task { while true { sleep(1000) } } }
            try watchdog.start()
            while true { sleep(1000) }
        }
    }
}

@Suite(.timeLimit(.minutes(1)))
struct SystemdNotifierTests {
    @Test func `systemd hears each state on its socket (S53, S54)`() async {
        // In a process of its own, as the environment belongs to all threads.
        await #expect(processExitsWith: .success) {
            let path = "/tmp/cellbridge-notify-\(getpid())"
            let socket = try #require(listen(at: path))
            defer { unlink(path) }
            #expect(!SystemdNotifier.send(.ready))
            setenv("NOTIFY_SOCKET", path, 1)
            for (state, text) in [
                (ServiceState.ready, "READY=1"), (.status("live"), "STATUS=live"), (.watchdog, "WATCHDOG=1"),
                (.stopping, "STOPPING=1"),
            ] {
                #expect(SystemdNotifier.send(state))
                #expect(receive(socket) == text)
            }
        }
    }
}

/// A datagram socket as systemd has one.
private func listen(at path: String) -> Int32? {
    let descriptor = socket(AF_UNIX, cellbridge_datagram_socket, 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
    return result == 0 ? descriptor : nil
}

private func receive(_ descriptor: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 1000)
    let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
}

@Suite(.timeLimit(.minutes(1)))
struct SignalsTests {
    @Test func `SIGTERM and SIGINT become calls, and a closed pipe is only an error`() async {
        await #expect(processExitsWith: .exitCode(42)) {
            let received = Mutex<[Int32]>([])
            let both = DispatchSemaphore(value: 0)
            let signals = try Signals { signal in
                received.withLock { $0.append(signal) }
                both.signal()
            }
            signals.deliver(SIGTERM)
            both.wait()
            signals.deliver(SIGINT)
            both.wait()
            var pipes: [Int32] = [0, 0]
            pipe(&pipes)
            close(pipes[0])
            let written = write(pipes[1], [1], 1)
            let error = errno
            exit(received.withLock { $0 } == [SIGTERM, SIGINT] && written == -1 && error == EPIPE ? 42 : 1)
        }
    }

    @Test func `the calling thread and those it starts take none of the signals`() async {
        await #expect(processExitsWith: .exitCode(42)) {
            let received = DispatchSemaphore(value: 0)
            _ = try Signals([SIGUSR1]) { _ in received.signal() }
            let isBlocked = { @Sendable in
                var mask = sigset_t()
                pthread_sigmask(SIG_BLOCK, nil, &mask)
                return sigismember(&mask, SIGUSR1) == 1
            }
            let answer = Mutex(false)
            let done = DispatchSemaphore(value: 0)
            _ = try DedicatedThread(named: "test") {
                answer.withLock { $0 = isBlocked() }
                done.signal()
            }
            done.wait()
            exit(isBlocked() && answer.withLock { $0 } ? 42 : 1)
        }
    }
}
