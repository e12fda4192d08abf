import Links
import Simulator
import Synchronization

/// Sits on the wire between a simulated BMS and the gateway: knows when each byte passed, and can spoil them.
final class UARTTap: Sendable {
    private struct State {
        var answers: [Sent] = []
        var requests = 0
        var noise = 0.0
        var replacement: (@Sendable () -> [UInt8])?
        var random = SystemRandomNumberGenerator()
        var onRequest: (@Sendable () -> Void)?
    }

    /// What the BMS sent at one moment.
    struct Sent: Sendable {
        var at: Moment
        var bytes: [UInt8]
    }

    private let state = Mutex(State())

    /// When the newest bytes of the BMS were handed to the line.
    var lastSent: Moment? { state.withLock { $0.answers.last?.at } }
    /// Everything that the BMS has sent, before the line spoilt it.
    var answers: [Sent] { state.withLock { $0.answers } }
    /// How often the gateway has sent something.
    var requests: Int { state.withLock { $0.requests } }

    /// The part of all bytes, both ways, that arrives as something else, 0...1.
    func setNoise(_ share: Double) { state.withLock { $0.noise = share } }

    /// Lets something else than the BMS answer: a device of another kind.
    func answerInstead(_ bytes: @escaping @Sendable () -> [UInt8]) { state.withLock { $0.replacement = bytes } }

    /// Called once, on the loop, when the next request arrives, before the BMS sees it.
    func onNextRequest(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.onRequest = body } }

    /// The wire with this tap in it.
    func over(_ link: any ByteLink) -> any ByteLink { TappedLink(link, self) }

    // MARK: - The wire

    fileprivate func sending(_ bytes: [UInt8]) -> [UInt8] {
        state.withLock { state in
            guard state.replacement == nil else { return [] }
            state.answers.append(Sent(at: .now, bytes: bytes))
            return Self.spoil(bytes, &state)
        }
    }

    /// What the BMS hears of a request, and what something else answers at once.
    fileprivate func receiving(_ bytes: [UInt8]) -> (heard: [UInt8], answer: [UInt8]?) {
        let (heard, replacement, hook) = state.withLock { state in
            state.requests += 1
            defer { state.onRequest = nil }
            return (Self.spoil(bytes, &state), state.replacement, state.onRequest)
        }
        hook?()
        return (heard, replacement?())
    }

    private static func spoil(_ bytes: [UInt8], _ state: inout State) -> [UInt8] {
        guard state.noise > 0 else { return bytes }
        return bytes.map { byte in
            Double.random(in: 0..<1, using: &state.random) < state.noise
                ? byte ^ UInt8.random(in: 1...255, using: &state.random) : byte
        }
    }
}

/// The link that the BMS is given.
private final class TappedLink: ByteLink {
    private let link: any ByteLink
    private let tap: UARTTap

    init(_ link: any ByteLink, _ tap: UARTTap) { (self.link, self.tap) = (link, tap) }

    var name: String { link.name }
    var unsent: Int { link.unsent }

    func listen(_ receiver: @escaping @Sendable (ByteLinkEvent) -> Void) {
        link.listen { [weak link, tap] event in
            guard case .received(let bytes, let moment) = event else { return receiver(event) }
            let (heard, answer) = tap.receiving(bytes)
            receiver(.received(heard, at: moment))
            if let answer { try? link?.write(answer) }
        }
    }

    func write(_ bytes: [UInt8]) throws(LinkError) {
        let sent = tap.sending(bytes)
        if !sent.isEmpty { try link.write(sent) }
    }

    func discardInput() { link.discardInput() }
    func close() { link.close() }
}
