import Glibc
import Links
import Synchronization

/// The inverter's side of the bus: an slcan adapter that never answers, as many do, on a pseudo-terminal with a stable
/// name. It records every frame with its moment, and puts frames of others on the bus while the adapter is open.
final class CANRecorder: Sendable {
    /// What the gateway told the adapter: `C`, `S6`, `O`.
    struct Command: Sendable {
        var at: Moment
        var text: String
    }

    /// The name that the gateway is given.
    let path: String
    let frames: Journal<Frame>
    let commands: Journal<Command>
    /// Lines that are neither a frame nor a command.
    let malformed: Journal<Command>
    private let loop: EventLoop
    private let state = Mutex(State())

    private struct State {
        var terminal: Pseudoterminal?
        var line: [UInt8] = []
        var isOpen = false
        var sendsKeepalive = false
        var timer: LoopTimer?
    }

    /// A bus without an adapter.
    init(path: String, loop: EventLoop) {
        (self.path, self.loop) = (path, loop)
        frames = Journal(loop)
        commands = Journal(loop)
        malformed = Journal(loop)
    }

    /// Plugs the adapter in.
    func plug() async throws {
        let terminal = try await Pseudoterminal.open(loop: loop)
        await loop.run { [self] in
            state.withLock { state in
                state.terminal = terminal
                state.line = []
                state.isOpen = false
            }
            terminal.listen { [weak self] event in
                if case .received(let bytes, let moment) = event { self?.take(bytes, at: moment) }
            }
            _ = symlink(terminal.slavePath, path)
        }
    }

    /// Pulls the adapter. Its name goes first: the number of a pseudo-terminal is soon another's.
    func unplug() async {
        await loop.run { [self] in
            unlink(path)
            state.withLock { state in
                defer { state.terminal = nil }
                return state.terminal
            }?.close()
        }
    }

    /// Puts a frame of another device on the bus.
    func send(_ identifier: UInt32, _ data: [UInt8]) {
        loop.perform { [self] in put(identifier, data) }
    }

    /// Whether a GX is heard: a 0x305 each second.
    func keepalive(_ isSent: Bool) {
        loop.perform { [self] in
            let isNew = state.withLock { state in
                defer { state.sendsKeepalive = isSent }
                return isSent && !state.sendsKeepalive
            }
            if isNew { beat() }
        }
    }

    // MARK: - Private

    private func beat() {
        guard state.withLock({ $0.sendsKeepalive }) else { return }
        put(0x305, [UInt8](repeating: 0, count: 8))
        loop.schedule(at: .now + .seconds(1)) { [weak self] in self?.beat() }
    }

    private func put(_ identifier: UInt32, _ data: [UInt8]) {
        // A closed adapter hears nothing.
        guard let terminal = state.withLock({ $0.isOpen ? $0.terminal : nil }) else { return }
        let text = "t" + Self.hexadecimal(identifier, 3) + "\(data.count)"
        try? terminal.write(Array((text + data.map { Self.hexadecimal(UInt32($0), 2) }.joined() + "\r").utf8))
    }

    private func take(_ bytes: [UInt8], at moment: Moment) {
        for byte in bytes {
            guard byte == 13 else {
                state.withLock { $0.line.append(byte) }
                continue
            }
            let line = state.withLock { state in
                defer { state.line = [] }
                return String(decoding: state.line, as: UTF8.self)
            }
            take(line, at: moment)
        }
    }

    private func take(_ line: String, at moment: Moment) {
        if let frame = Self.frame(line, at: moment) { return frames.add(frame) }
        guard ["C", "S6", "O"].contains(line) else { return malformed.add(Command(at: moment, text: line)) }
        state.withLock { state in
            if line == "O" { state.isOpen = true }
            if line == "C" { state.isOpen = false }
        }
        commands.add(Command(at: moment, text: line))
    }

    /// A data frame of the Lawicel protocol: `t` or `T`, identifier, length, data.
    static func frame(_ line: String, at moment: Moment) -> Frame? {
        guard let kind = line.first, kind == "t" || kind == "T" else { return nil }
        let digits = kind == "t" ? 3 : 8
        let rest = Array(line.utf8.dropFirst())
        guard rest.count > digits, let identifier = number(rest[..<digits]), let length = number(rest[digits...digits]),
            length <= 8, rest.count == digits + 1 + 2 * Int(length)
        else { return nil }
        var data: [UInt8] = []
        for start in stride(from: digits + 1, to: rest.count, by: 2) {
            guard let byte = number(rest[start...start + 1]) else { return nil }
            data.append(UInt8(byte))
        }
        return Frame(at: moment, identifier: identifier, isExtended: kind == "T", data: data)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt32? {
        UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }

    private static func hexadecimal(_ value: UInt32, _ digits: Int) -> String {
        let text = String(value, radix: 16, uppercase: true)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }
}
