package import Battery

/// Opening and closing the switches by 0xE1 (jbd.md 8).
extension JBDDriver: SwitchControl {
    /// Lets one switch be as asked and the other as it was, and reads both back.
    ///
    /// 0xE1 is a hold, not a switch: it opens one that would be closed, and cannot close one that a protection opens. A
    /// write sets both, so what is held of the other is found out first.
    package func setSwitch(_ one: PackSwitch, closed: Bool, within end: Instant) async throws(BMSError) {
        let before = try await twice(within: end)
        var held = before.heldSwitches
        if closed { held.remove(one.hold) } else { held.insert(one.hold) }
        // Some boards take 0xE1 in factory mode only; the others do not mind (jbd.md 11).
        do throws(BMSError) { _ = try await data(.enterFactoryMode, within: end) } catch {
            guard case .refused = error else { throw error }
        }
        var failure: BMSError?
        do throws(BMSError) { try await hold(held, within: end) } catch { failure = error }
        // Left whatever came of it, with the EEPROM as it was.
        do throws(BMSError) { _ = try await data(.leaveFactoryMode, within: end) } catch {
            if case .refused = error {} else { failure = failure ?? error }
        }
        if let failure { throw failure }
        try await check(one, closed: closed, before: before, within: end)
    }

    // MARK: - Private

    /// Pause between two looks at the switches.
    private static let checkInterval = Duration.milliseconds(100)

    /// Writes; once more where no acknowledgement came: to hold twice is to hold.
    private func hold(_ held: JBDHeldSwitches, within end: Instant) async throws(BMSError) {
        do throws(BMSError) { _ = try await data(.hold(held), within: end) } catch {
            switch error {
            case .silent, .garbled: _ = try await data(.hold(held), within: end)
            default: throw error
            }
        }
    }

    /// Two readings in a row that say the same of the switches.
    private func twice(within end: Instant) async throws(BMSError) -> JBDBasicInformation {
        var last = try await information(within: end)
        for _ in 0..<3 {
            let next = try await information(within: end)
            if next.closedSwitches == last.closedSwitches, next.protections == last.protections { return next }
            last = next
        }
        throw .unconfirmed
    }

    /// Looks at the switches until they are as they should be, or the time is over.
    private func check(
        _ one: PackSwitch, closed: Bool, before: JBDBasicInformation, within end: Instant
    ) async throws(BMSError) {
        var wanted = before.closedSwitches
        if closed { wanted.insert(one.closed) } else { wanted.remove(one.closed) }
        while true {
            let now = try await twice(within: end)
            if now.closedSwitches == wanted { return }
            guard !isOver(end) else { throw .unexpected(complaint(one, closed: closed, now)) }
            try await pause(Self.checkInterval, within: end)
            guard !isOver(end) else { throw .unexpected(complaint(one, closed: closed, now)) }
        }
    }

    private func complaint(_ one: PackSwitch, closed: Bool, _ now: JBDBasicInformation) -> String {
        let isClosed = now.closedSwitches.contains(one.closed)
        guard isClosed != closed else { return "the other switch than the \(one.rawValue) switch has moved" }
        let names = JBDProtections.names.enumerated().filter { now.protections.rawValue >> UInt16($0.offset) & 1 != 0 }
        let why = names.isEmpty ? "" : ", protections: " + names.map(\.element).joined(separator: ", ")
        return "the \(one.rawValue) switch stays " + (isClosed ? "closed" : "open") + why
    }
}

extension JBDBasicInformation {
    /// The switches that a host holds open, as far as can be told.
    ///
    /// Without bit 12 it holds none. With it, an open switch counts as held even where a protection opens it too: to hold
    /// on is the safe side.
    fileprivate var heldSwitches: JBDHeldSwitches {
        var held = JBDHeldSwitches()
        guard protections.contains(.hostLock) else { return held }
        if !closedSwitches.contains(.charge) { held.insert(.charge) }
        if !closedSwitches.contains(.discharge) { held.insert(.discharge) }
        return held
    }
}

extension PackSwitch {
    fileprivate var hold: JBDHeldSwitches { self == .charge ? .charge : .discharge }
    fileprivate var closed: JBDClosedSwitches { self == .charge ? .charge : .discharge }
}
