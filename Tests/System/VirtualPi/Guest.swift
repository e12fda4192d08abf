import Glibc
import Links
import Synchronization

/// A Linux machine in an emulator (deploy/virtual-pi), and the line over which it is told what to do.
final class Guest: Sendable {
    let loop: EventLoop
    /// Where its disk, its console and its sockets are.
    let folder: String
    private let machine: Child
    private let line: any ByteLink
    private let state = Mutex(State())

    private struct State {
        var orders: [Int: Order] = [:]
        var next = 1
        var rest: [UInt8] = []
    }

    private init(_ machine: Child, _ line: any ByteLink, folder: String, loop: EventLoop) {
        (self.machine, self.line, self.folder, self.loop) = (machine, line, folder, loop)
    }

    // MARK: - Power

    /// Packs the program under test and Debian's kernel for the emulator.
    static func build(into folder: String, on loop: EventLoop) async throws {
        let words = [script("build"), try Program.path(), folder]
        let build = try await Child.start(words, of: "/bin/sh", on: loop)
        let end = await build.end(within: .seconds(60))
        guard end == .exited(0) else { throw Bench.Missed(description: "the images were not built: \(build.story)") }
    }

    /// Starts a machine, with the disk that an earlier one left in the folder, and waits until it takes orders.
    private static func boot(folder: String, on loop: EventLoop) async throws -> Guest {
        let began = Moment.now
        for name in ["orders", "bms"] { unlink(folder + "/" + name) }
        let machine = try await Child.start([script("boot"), folder, folder], of: "/bin/sh", on: loop)
        guard let line = await connect(folder + "/orders", while: machine, on: loop) else {
            machine.signal(SIGKILL)
            throw Bench.Missed(description: "the emulator did not start: \(machine.story)")
        }
        let guest = Guest(machine, line, folder: folder, loop: loop)
        let ready = guest.expect(0, "boot")
        line.listen { [weak guest] in
            if case .received(let bytes, let moment) = $0 { guest?.take(bytes, at: moment) }
        }
        guard await ready.lines.first(within: .seconds(90), where: { $0.text == "ready" }) != nil else {
            await guest.cutPower()
            throw Bench.Missed(description: "the machine did not boot; its console: \(guest.console)")
        }
        print("virtual Pi: takes orders \((Moment.now - began).text) after it was switched on")
        return guest
    }

    /// Boots a machine from the images in a folder, and cuts its power once `body` is done.
    static func run<Value>(
        in folder: String, on loop: EventLoop, _ body: (Guest) async throws -> Value
    ) async throws -> Value {
        let guest = try await boot(folder: folder, on: loop)
        do {
            let value = try await body(guest)
            await guest.cutPower()
            return value
        } catch {
            await guest.cutPower()
            throw error
        }
    }

    /// Ends the machine from one instruction to the next.
    func cutPower() async {
        machine.signal(SIGKILL)
        _ = await machine.end(within: .seconds(10))
        await loop.run { [line] in line.close() }
    }

    /// The end of what stood on its console.
    var console: String {
        guard let file = fopen(folder + "/console", "r") else { return "empty" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let text = String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
        return text.split(separator: "\n").suffix(12).map { "\n    " + $0 }.joined()
    }

    private static func script(_ name: String) -> String {
        #filePath.split(separator: "/").dropLast(4).map { "/" + $0 }.joined() + "/deploy/virtual-pi/" + name
    }

    private static func connect(_ path: String, while machine: Child, on loop: EventLoop) async -> StreamLink? {
        let end = Moment.now + .seconds(20)
        while Moment.now < end, machine.isRunning {
            if let line = try? await StreamLink.connect(path: path, loop: loop) { return line }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return nil
    }

    // MARK: - Orders

    /// Lets the machine do something, without waiting for it.
    func order(_ command: String) async throws -> Order {
        let number = state.withLock { state in
            defer { state.next += 1 }
            return state.next
        }
        let order = expect(number, command)
        try await loop.run { [line] () throws(LinkError) in try line.write(Array("\(number) \(command)\n".utf8)) }
        return order
    }

    /// Lets the machine do something and waits for its end, which must be a good one.
    ///
    /// - Returns: what it said.
    @discardableResult
    func run(_ command: String, within bound: Duration = .seconds(20)) async throws -> [String] {
        let order = try await order(command)
        guard await order.end(within: bound) == 0 else {
            throw Bench.Missed(description: "`\(command)` did not end well: \(order.story); console: \(console)")
        }
        return order.lines.all.map(\.text)
    }

    /// Ends a process of the machine, as `kill -9` does, once `body` is done.
    func end(_ order: Order, after body: () async throws -> Void) async throws {
        do { try await body() } catch {
            try? await kill(order)
            throw error
        }
        try await kill(order)
    }

    private func kill(_ order: Order) async throws {
        guard order.ended.count == 0, let pid = await order.pid(within: .seconds(10)) else { return }
        // It may end by itself in between.
        try await run("kill -9 \(pid) || true")
        _ = await order.end(within: .seconds(10))
    }

    /// Lets time pass: the length of a stimulus, or of a look that finds nothing.
    func pass(_ time: Duration) async {
        let answer = Answer<Void>()
        loop.schedule(at: .now + time) { answer.give(()) }
        await answer.value()
    }

    private func expect(_ number: Int, _ command: String) -> Order {
        let order = Order(command, loop)
        state.withLock { $0.orders[number] = order }
        return order
    }

    private func take(_ bytes: [UInt8], at moment: Moment) {
        let lines = state.withLock { state in
            state.rest += bytes
            var parts = state.rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            state.rest = Array(parts.removeLast())
            return parts.map { String(decoding: $0, as: UTF8.self) }
        }
        for line in lines {
            let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            guard words.count == 3, let uptime = Double(words[0]), let number = Int(words[1]) else { continue }
            let order = state.withLock { $0.orders[number] }
            order?.take(.init(at: moment, uptime: uptime, text: String(words[2])))
        }
    }
}
