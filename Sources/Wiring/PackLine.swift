import BMSProtocols
import Configuration
import Links
import Synchronization

/// One pack's line, for one life of its poller: how it is opened, and which family is spoken on it. Where the
/// configuration leaves the family open, whoever answers first stays it: a BMS that falls silent is woken, never taken for
/// another (auto-detect.md 4).
final class PackLine: Sendable {
    private let address: String
    private let pack: Int
    private let options: SpokenFamily.Options
    private let loop: any Loop
    private let openAt: LinkOpeners.OpenPack
    private let family: Mutex<SpokenFamily?>

    init(_ pack: PackConfiguration, on loop: any Loop, open: @escaping LinkOpeners.OpenPack) {
        address = pack.link ?? ""
        self.pack = pack.number
        self.loop = loop
        openAt = open
        options = SpokenFamily.Options(pack)
        family = Mutex(SpokenFamily.named(pack.family.rawValue))
    }

    /// Opens it, having found out who is there.
    ///
    /// - Throws: `unanswered` where nobody is, and what opening throws.
    func open() async throws(LinkError) -> any ByteLink {
        if let family = family.withLock({ $0 }) { return try await openAt(family.baudRate) }
        guard let found = try await FamilyFinder(on: loop, open: openAt).search() else { throw .unanswered(address) }
        family.withLock { $0 = found.family }
        return found.link
    }

    /// The driver of the open line. `open` comes first; without it the family is the first one that is spoken.
    func driver(_ link: any ByteLink) -> any BMSDriver {
        let family = family.withLock { $0 } ?? SpokenFamily.all[0]
        return family.makeDriver(pack, link, loop, options)
    }
}
