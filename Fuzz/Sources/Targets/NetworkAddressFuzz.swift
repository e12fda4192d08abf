import Glibc

@testable import Access
@testable import Configuration
@testable import HTTP
@testable import WebServer

/// Addresses of the network: where to listen, and who comes.
enum NetworkAddressFuzz {
    static func run(_ bytes: [UInt8]) {
        checkListening(String(decoding: bytes, as: UTF8.self))
        var input = FuzzInput(bytes)
        let count = input.byte() & 1 == 0 ? 4 : 16
        let (one, other) = (input.take(count), input.take(count))
        guard let peer = PeerAddress(one), let stranger = PeerAddress(other) else { return }
        checkPeer(peer, one)
        require(
            (PeerNetwork(peer.description) == PeerNetwork(stranger.description)) == (peer.network == stranger.network),
            "S72: \(peer) and \(stranger) are told apart in one place and not in the other")
    }

    // MARK: - Private

    /// What a configuration accepts can be listened on.
    private static func checkListening(_ text: String) {
        if let listen = try? ListenAddress(text) {
            guard case .address = listen else { return require(false, "\(text) is a socket of systemd's") }
            require((try? ListenAddress(listen.description)) == listen, "\(text) becomes \(listen)")
        }
        guard let address = WebAddress(text) else { return }
        require(WebAddress(address.text) == address, "\(text) becomes \(address.text)")
        guard let listen = try? ListenAddress(address.text), case .address(let host, _) = listen else {
            return require(false, "a configuration accepts \(text), where nobody can listen")
        }
        var room = [UInt8](repeating: 0, count: 16)
        let family = host.contains(":") ? AF_INET6 : AF_INET
        require(inet_pton(family, host, &room) == 1, "a configuration accepts \(text), which is no address")
        let peer = PeerAddress(Array(room.prefix(family == AF_INET ? 4 : 16)))
        // A plain listener is allowed there (S76): nobody else may reach it.
        require(!address.isLoopback || peer?.isLoopback ?? false, "S76: \(text) is no loopback")
    }

    /// An address is written as the C library reads it.
    private static func checkPeer(_ peer: PeerAddress, _ bytes: [UInt8]) {
        var room = [UInt8](repeating: 0, count: 16)
        let isShort = inet_pton(AF_INET, peer.description, &room) == 1
        let isRead = isShort || inet_pton(AF_INET6, peer.description, &room) == 1
        require(isRead, "\(peer) is no address")
        require(PeerAddress(Array(room.prefix(isShort ? 4 : 16))) == peer, "\(peer) is another than \(bytes)")
        require(PeerNetwork(peer.description) != .other, "S72: \(peer) belongs to no network")
    }
}
