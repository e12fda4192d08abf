import CLinux
import Glibc
import Testing

@testable import Links

/// A listening socket; connections wait in its backlog until `accept` takes them.
private final class Listener: Sendable {
    private let socket: Int32
    let port: UInt16

    init(path: String) throws {
        let address = try SocketAddress.unix(path: path, name: "test")
        socket = Self.listen(address)
        port = 0
    }

    init() {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let number = Self.listen(
            SocketAddress(family: AF_INET, bytes: withUnsafeBytes(of: &address) { Array($0) }))
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutableBytes(of: &address) {
            getsockname(number, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, &length)
        }
        socket = number
        port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(socket) }

    /// Closed on exec: a program that another test starts meanwhile would hold the connection open.
    func accept() -> Int32 {
        let peer = Glibc.accept(socket, nil, nil)
        _ = fcntl(peer, F_SETFD, FD_CLOEXEC)
        return peer
    }

    private static func listen(_ address: SocketAddress) -> Int32 {
        let number = Glibc.socket(address.family, cellbridge_stream_socket | O_CLOEXEC, 0)
        _ = address.bytes.withUnsafeBytes {
            bind(number, $0.assumingMemoryBound(to: sockaddr.self).baseAddress, socklen_t($0.count))
        }
        _ = Glibc.listen(number, 4)
        return number
    }
}

@Suite(.timeLimit(.minutes(1))) struct StreamLinkTests {
    let loop: EventLoop

    init() throws { loop = try EventLoop(name: "stream") }

    private func converse(_ link: StreamLink, _ peer: Int32) async throws {
        let events = Mailbox<ByteLinkEvent>()
        try await loop.run { () throws(LinkError) in
            link.listen { events.put($0) }
            try link.write([1, 2, 3])
        }
        var bytes = [UInt8](repeating: 0, count: 3)
        #expect(recv(peer, &bytes, 3, Int32(MSG_WAITALL)) == 3)
        #expect(bytes == [1, 2, 3])
        // A frame cut short by the end: its bytes come first, the end once.
        _ = write(peer, [0xAA, 0x1B] as [UInt8], 2)
        close(peer)
        #expect(await events.bytes(2) == [0xAA, 0x1B])
        #expect(await events.end() == .unplugged(link.name))
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func `a serial server is reached by address and by name, and its end is an unplugged cable (S30)`(
        host: String
    ) async throws {
        let listener = Listener()
        let link = try await StreamLink.connect(host: host, port: listener.port, loop: loop)
        #expect(link.name == "tcp:\(host):\(listener.port)")
        try await converse(link, listener.accept())
    }

    @Test func `a socket in the file system is reached by its path`() async throws {
        let folder = TemporaryFolder()
        let listener = try Listener(path: "\(folder.path)/bms.sock")
        let link = try await StreamLink.connect(path: "\(folder.path)/bms.sock", loop: loop)
        try await converse(link, listener.accept())
    }

    @Test func `nobody there is a missing device`() async throws {
        let folder = TemporaryFolder()
        await #expect(throws: LinkError.missing("unix:\(folder.path)/none")) {
            _ = try await StreamLink.connect(path: "\(folder.path)/none", loop: loop)
        }
        let port = Listener().port  // closed again at once
        await #expect(throws: LinkError.missing("tcp:127.0.0.1:\(port)")) {
            _ = try await StreamLink.connect(host: "127.0.0.1", port: port, loop: loop)
        }
        await #expect(throws: LinkError.missing("tcp:no-such-host.invalid:1")) {
            _ = try await StreamLink.connect(host: "no-such-host.invalid", port: 1, loop: loop)
        }
    }

    @Test func `a path that is too long is a bad address`() async {
        let path = "/" + String(repeating: "x", count: 200)
        await #expect(throws: LinkError.badAddress("unix:\(path)", reason: "a socket's path has at most 107 bytes")) {
            _ = try await StreamLink.connect(path: path, loop: loop)
        }
    }

    @Test func `a cancelled opening ends at once`() async throws {
        let loop = loop
        for _ in 0..<20 {
            let listener = Listener()
            let task = Task { try await StreamLink.connect(host: "127.0.0.1", port: listener.port, loop: loop) }
            task.cancel()
            // Either the connection or the cancellation won; both are fine, a hang is not.
            if case .failure(let error) = await task.result {
                guard case LinkError.system(_, _, ECANCELED) = error else { throw error }
            }
        }
    }

    @Test func `a call that blocks stops neither the loop nor the pool it was made from (S33)`() async throws {
        let gate = SocketPair()
        // Ends a call that was made on the wrong thread, so that the test fails instead of hanging.
        var limit = timeval(tv_sec: 60, tv_usec: 0)
        setsockopt(gate.far, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let caller = Mailbox<UInt>()
        let worker = Mailbox<UInt>()
        let call = Task(executorPreference: loop.taskExecutor) {
            caller.put(UInt(pthread_self()))
            return try await WorkerThread.run("test") { () throws(LinkError) -> UInt8 in
                worker.put(UInt(pthread_self()))
                var byte: UInt8 = 0
                _ = recv(gate.far, &byte, 1, 0)
                return byte
            }
        }
        let (from, to) = (await caller.first(), await worker.first())
        #expect(from != nil && to != nil && from != to)
        for _ in 0..<10 { await loop.run {} }  // the loop goes on turning while the call blocks
        _ = write(gate.near, [9] as [UInt8], 1)
        #expect(try await call.value == 9)
    }

    @Test func `S30: a connection that is reset is the end of its link`() async throws {
        let listener = Listener()
        let link = try await StreamLink.connect(host: "127.0.0.1", port: listener.port, loop: loop)
        let peer = listener.accept()
        let events = Mailbox<ByteLinkEvent>()
        await loop.run { link.listen { events.put($0) } }
        // Closed at once and not in order: the other side reads an error, where it would have read the end.
        var hard = linger(l_onoff: 1, l_linger: 0)
        setsockopt(peer, SOL_SOCKET, SO_LINGER, &hard, socklen_t(MemoryLayout<linger>.size))
        close(peer)
        #expect(await events.end() == .unplugged(link.name))
    }

    @Test func `create, use, destroy, a hundred times`() async throws {
        let listener = Listener()
        for round in 0..<100 {
            let link = try await StreamLink.connect(host: "127.0.0.1", port: listener.port, loop: loop)
            let peer = listener.accept()
            let events = Mailbox<ByteLinkEvent>()
            await loop.run { link.listen { events.put($0) } }
            _ = write(peer, [UInt8(round)], 1)
            #expect(await events.bytes(1) == [UInt8(round)])
            if round % 2 == 0 { await loop.run { link.close() } }
            close(peer)
        }
        loop.stop()
    }
}
