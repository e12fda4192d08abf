package import Battery
package import Links

/// Finds which BMS answers on a port of which nothing is known (protocols/auto-detect.md): each family's own two questions,
/// at its own speed, and whoever answers both with values that agree is it.
package struct FamilyFinder: Sendable {
    /// Opens the port at a speed, bit/s.
    package typealias Open = @Sendable (Int) async throws(LinkError) -> any ByteLink

    /// What was found, with the port as it is open for it.
    package struct Found: Sendable {
        package var family: SpokenFamily
        package var identity: PackIdentity
        package var link: any ByteLink
    }

    /// Between the questions of two families: the end of one may look like the beginning of the other.
    private static let pause = Duration.milliseconds(200)

    private let families: [SpokenFamily]
    private let loop: any Loop
    private let open: Open

    /// - Parameters:
    ///   - families: whom to ask for; only those whose questions do no harm are asked.
    ///   - loop: where the search runs.
    ///   - open: opens the port, again and again.
    package init(_ families: [SpokenFamily] = SpokenFamily.all, on loop: any Loop, open: @escaping Open) {
        self.families = families.filter(\.isSafeToTry)
        self.loop = loop
        self.open = open
    }

    /// Asks once for each family. On the loop.
    ///
    /// - Returns: who answered, with its link; nil when nobody did, and the port is closed.
    /// - Throws: what opening the port throws.
    package func search() async throws(LinkError) -> Found? {
        var speeds: [Int] = []
        for family in families where !speeds.contains(family.baudRate) { speeds.append(family.baudRate) }
        for speed in speeds {
            let link = try await open(speed)
            var isFirst = true
            for family in families where family.baudRate == speed && !Task.isCancelled {
                if !isFirst { try? await LoopClock(loop).sleep(for: Self.pause) }
                isFirst = false
                if let found = try await ask(family, link) { return try await clearest(found) }
            }
            link.close()
        }
        return nil
    }

    /// What else the board speaks, where that says more.
    private func clearest(_ found: Found) async throws(LinkError) -> Found {
        guard let other = families.first(where: { $0.name == found.family.clearer }) else { return found }
        try? await LoopClock(loop).sleep(for: Self.pause)
        return try await ask(other, found.link) ?? found
    }

    /// - Throws: that the port went away.
    private func ask(_ family: SpokenFamily, _ link: any ByteLink) async throws(LinkError) -> Found? {
        let driver = family.makeDriver(1, link, loop, .init())
        do throws(BMSError) {
            let identity = try await driver.identify(within: loop.now + family.patience)
            return Found(family: family, identity: identity, link: link)
        } catch {
            guard case .link(let failure) = error else { return nil }
            link.close()
            throw failure
        }
    }
}
