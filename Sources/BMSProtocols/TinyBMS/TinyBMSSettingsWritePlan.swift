/// How to bring settings of a TinyBMS to new values: which registers, in which order, with which words.
///
/// Pure: it knows the registers as they were read and what is wanted, and refuses what the BMS would refuse. Fields that
/// share a register are written together with the bits beside them as they were. A register that already holds its
/// word is not written: how much writing the flash stands is documented nowhere.
package struct TinyBMSSettingsWritePlan: Sendable, Hashable {
    /// A wanted raw value of a row of the catalogue.
    package struct Change: Sendable, Hashable {
        package var name: String
        package var raw: Int

        package init(_ name: String, raw: Int) {
            self.name = name
            self.raw = raw
        }
    }

    /// One write and its read-back.
    package struct Step: Sendable, Hashable {
        /// First register.
        package var register: UInt16
        /// One word, or two of a 32-bit value, low word first.
        package var words: [UInt16]
        /// Time that the BMS needs before the read-back.
        package var pause: Duration
        /// The register reads 0xFFFF once the value is taken.
        package var readsBackAsTaken: Bool

        /// Whether these words, read back, prove the write.
        package func isProven(by read: [UInt16]) -> Bool {
            read == words || (readsBackAsTaken && read == Array(repeating: 0xFFFF, count: words.count))
        }
    }

    /// Why there is no plan.
    package enum Refusal: Error, Sendable, Hashable {
        /// No such row in the catalogue, or one that cannot be written.
        case notWritable(String)
        /// Two changes of one value.
        case twice(String)
        /// A value outside its range: name, raw value.
        case outOfRange(String, Int)
        /// A register that was not read before: a field in it would be written blindly.
        case notRead(UInt16)
        /// Two cell voltages that would come closer than 10 mV or change places: the lower and the upper register.
        case ladder(lower: UInt16, upper: UInt16)
    }

    /// Pause after a write (tinybms.md 3).
    package static let pause = Duration.milliseconds(100)
    /// Pause after a write that restarts the BMS (tinybms.md 3).
    package static let restartPause = Duration.seconds(3)

    /// In the order in which they must be written.
    package private(set) var steps: [Step] = []

    /// Makes the plan.
    ///
    /// - Parameters:
    ///   - changes: What is wanted.
    ///   - current: Registers 300 to 343 as just read.
    ///   - limits: Limits by name as the BMS itself gives them (command 0x1D), where they were asked for: they narrow
    ///     those of the catalogue.
    /// - Throws: `Refusal` for the first thing that cannot be done; nothing is planned then.
    package init(
        _ changes: [Change], current: TinyBMSRegisterWords, limits: [String: ClosedRange<Int>] = [:]
    ) throws(Refusal) {
        var target = current
        var touched: Set<UInt16> = []
        var names: Set<String> = []
        for change in changes {
            guard names.insert(change.name).inserted else { throw .twice(change.name) }
            let row = try Self.row(change, limits)
            try target.set(row, to: change.raw)
            touched.insert(row.number)
        }
        try Self.checkLadder(target, touched)
        steps = Self.order(touched, from: current, to: target).compactMap { number in
            Self.step(number, from: current, to: target)
        }
    }

    // MARK: - Private

    private static func row(
        _ change: Change, _ limits: [String: ClosedRange<Int>]
    ) throws(Refusal) -> TinyBMSRegister {
        guard let row = TinyBMSRegister.named[change.name], row.isWritable else { throw .notWritable(change.name) }
        guard row.allows(change.raw), limits[row.name]?.contains(change.raw) ?? true else {
            throw .outOfRange(change.name, change.raw)
        }
        return row
    }

    /// The order rule holds for the end; the order of writing makes it hold at every step between.
    private static func checkLadder(_ target: TinyBMSRegisterWords, _ touched: Set<UInt16>) throws(Refusal) {
        let ladder = TinyBMSRegister.voltageLadder
        guard !touched.isDisjoint(with: ladder) else { return }
        for (lower, upper) in zip(ladder, ladder.dropFirst()) {
            guard let low = target[lower] else { throw .notRead(lower) }
            guard let high = target[upper] else { throw .notRead(upper) }
            guard Int(high) - Int(low) >= TinyBMSRegister.voltageStep else {
                throw .ladder(lower: lower, upper: upper)
            }
        }
    }

    /// Widen first: what rises goes from the top of the ladder down, then what falls from the bottom up, so that no
    /// value ever meets a neighbour that has yet to make room. Whatever restarts the BMS goes last.
    private static func order(
        _ touched: Set<UInt16>, from current: TinyBMSRegisterWords, to target: TinyBMSRegisterWords
    ) -> [UInt16] {
        let ladder = TinyBMSRegister.voltageLadder
        func rises(_ number: UInt16) -> Bool { (target[number] ?? 0) > (current[number] ?? 0) }
        let rising = ladder.reversed().filter { touched.contains($0) && rises($0) }
        let falling = ladder.filter { touched.contains($0) && !rises($0) }
        let others = touched.subtracting(ladder).sorted()
        return rising + falling + others.filter { !restarts($0) } + others.filter(restarts)
    }

    private static func restarts(_ number: UInt16) -> Bool {
        TinyBMSRegister.settings.contains { $0.number == number && $0.marks.contains(.restarts) }
    }

    private static func step(
        _ number: UInt16, from current: TinyBMSRegisterWords, to target: TinyBMSRegisterWords
    ) -> Step? {
        guard let row = TinyBMSRegister.settings.first(where: { $0.number == number }) else { return nil }
        let words = (0..<UInt16(row.width)).compactMap { target[number + $0] }
        let before = (0..<UInt16(row.width)).compactMap { current[number + $0] }
        guard words.count == row.width, words != before else { return nil }
        return Step(
            register: number, words: words, pause: restarts(number) ? restartPause : pause,
            readsBackAsTaken: row.marks.contains(.readsBackAsTaken))
    }
}

extension TinyBMSRegisterWords {
    /// Sets a field, keeping the bits beside it.
    fileprivate mutating func set(_ row: TinyBMSRegister, to raw: Int) throws(TinyBMSSettingsWritePlan.Refusal) {
        guard let word = self[row.number] else { throw .notRead(row.number) }
        let index = Int(row.number - first)
        if row.form == .long {
            guard self[row.number + 1] != nil, let value = UInt32(exactly: raw) else { throw .notRead(row.number) }
            words[index] = UInt16(truncatingIfNeeded: value)
            words[index + 1] = UInt16(truncatingIfNeeded: value >> 16)
        } else {
            guard let word = row.word(setting: raw, in: word) else { throw .outOfRange(row.name, raw) }
            words[index] = word
        }
    }
}
