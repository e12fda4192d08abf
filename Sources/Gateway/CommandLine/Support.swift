import Actors
import Glibc
import Links
import Log
import Simulator
import Synchronization

/// Turns a link's error into the end of a command.
enum Failure {
    static func usage<Value>(_ body: () throws(LinkError) -> Value) throws(CommandFailure) -> Value {
        do { return try body() } catch { throw .usage("cellbridge: " + error.description) }
    }

    static func inputOutput<Value: Sendable>(
        _ body: () async throws(LinkError) -> Value
    ) async throws(CommandFailure) -> Value {
        do { return try await body() } catch { throw CommandFailure(.inputOutput, "cellbridge: " + error.description) }
    }
}

/// The end of a command that runs until somebody interrupts it.
enum Interruption {
    /// Returns after so many seconds, or at SIGINT or SIGTERM.
    static func wait(seconds: Double, loop: EventLoop) async {
        let (stream, end) = AsyncStream.makeStream(of: Void.self)
        // Held to the end of the wait; the thread lives on with the process.
        let signals = try? Signals { _ in end.finish() }
        if seconds.isFinite { loop.schedule(at: loop.now + .seconds(seconds)) { end.finish() } }
        for await _ in stream {}
        _ = signals
    }
}

/// Whole files.
enum FileText {
    /// A file's text, `-` being standard input.
    ///
    /// - Throws: a command failure that says why it cannot be read.
    static func require(_ path: String) throws(CommandFailure) -> String {
        guard let text = read(path == "-" ? "/dev/stdin" : path) else {
            throw CommandFailure(.inputOutput, "cellbridge: \(path) cannot be read (\(LastError.text)): check the path")
        }
        return text
    }

    /// Writes a file that only its owner may read, in one step: a reader finds the old one or the new one.
    static func write(_ text: String, to path: String) throws(CommandFailure) {
        let fresh = path + ".new"
        let failure = CommandFailure(.inputOutput, "cellbridge: \(path) cannot be written")
        let descriptor = unsafe open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure.because(LastError.text) }
        let isWritten = Console.write(Array(text.utf8), to: descriptor) && fsync(descriptor) == 0
        let isClosed = close(descriptor) == 0
        guard isWritten, isClosed, unsafe rename(fresh, path) == 0 else {
            let reason = LastError.text
            _ = unsafe unlink(fresh)
            throw failure.because(reason)
        }
    }

    /// A file's text; nil when it cannot be read.
    static func read(_ path: String) -> String? {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe block.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += block.prefix(count)
        }
    }
}

/// Pseudo-terminals under one name: a cable that is pulled and plugged in again gets a new one, as a USB adapter does.
struct Terminal: Sendable {
    /// Path of the first one, or the stable name.
    let path: String
    private let first: any ByteLink
    private let loop: EventLoop
    private let name: String?

    /// Opens the first one; `name` is a link in the file system that leads to the present one while there is one.
    static func open(on loop: EventLoop, name: String? = nil) async throws(CommandFailure) -> Terminal {
        let pty = try await Failure.inputOutput { () async throws(LinkError) in
            try await Pseudoterminal.open(loop: loop)
        }
        guard let name else { return Terminal(path: pty.slavePath, first: pty, loop: loop, name: nil) }
        return Terminal(path: name, first: try NamedTerminal(pty, path: name), loop: loop, name: name)
    }

    /// Hands over the device's end: the first one, then a new one for each time the cable is plugged in.
    var connect: SimulatedPack.Connect {
        let isFirst = Atomic(true)
        return { [first, loop, name] () async throws(LinkError) in
            if isFirst.exchange(false, ordering: .relaxed) { return first }
            let pty = try await Pseudoterminal.open(loop: loop)
            if let name, let named = try? NamedTerminal(pty, path: name) { return named }
            Console.print(pty.slavePath)
            return pty
        }
    }

    /// The device's end as an slcan bus.
    func slcan() async throws(CommandFailure) -> any CANBus {
        try await Failure.inputOutput { () async throws(LinkError) in
            try await SLCANBus.open(over: first, bitRate: LinkOpener.defaultBitRate, loop: loop)
        }
    }
}
