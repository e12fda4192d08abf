/// A frame from a JK board in its `NW` protocol: a list of identifiers and values, read where they lie.
package struct JKAnswer: Sendable, Hashable {
    package let frame: [UInt8]
    /// Whether every identifier was known; behind an unknown one nothing could be read (jk.md 1.2).
    package private(set) var isComplete = true
    /// Where each identifier's value begins, 0 where it is missing.
    private var offsets = [UInt16](repeating: 0, count: JKIdentifier.all.count)

    /// Takes a whole frame.
    ///
    /// - Throws: as `JKFrame.check`, and `unexpected_command` for a request: an adapter's echo is no answer.
    package init(frame: [UInt8]) throws(DecodeError) {
        try JKFrame.check(frame)
        guard frame[10] != JKFrame.Kind.request.rawValue else {
            throw DecodeError(.unexpectedCommand, "type 0x00 is a request, an echo perhaps")
        }
        self.frame = frame
        findValues()
    }

    package var command: JKCommand { JKCommand(rawValue: frame.byte(at: 8)) ?? .activate }
    package var kind: JKFrame.Kind { JKFrame.Kind(rawValue: frame.byte(at: 10)) ?? .request }

    /// Whether a value is there.
    package func has(_ identifier: UInt8) -> Bool { offset(identifier) != nil }

    /// A value of one byte.
    package func byte(_ identifier: UInt8) -> UInt8? { offset(identifier).map { frame.byte(at: $0) } }

    /// A value of two bytes.
    package func word(_ identifier: UInt8) -> UInt16? { offset(identifier).map { frame.big16(at: $0) } }

    /// A value of four bytes.
    package func long(_ identifier: UInt8) -> UInt32? {
        offset(identifier).map { UInt32(frame.big16(at: $0)) << 16 | UInt32(frame.big16(at: $0 + 2)) }
    }

    /// A value as it stands; of the cells with the byte that tells their length.
    package func bytes(_ identifier: UInt8) -> [UInt8]? {
        guard let offset = offset(identifier) else { return nil }
        let width = JKIdentifier.width(of: identifier) ?? Int(frame.byte(at: offset)) + 1
        return Array(frame[offset..<min(offset + width, frame.count)])
    }

    /// A value that is text, without the zeros that fill it up. Never the password.
    package func text(_ identifier: UInt8) -> String? {
        guard identifier != JKIdentifier.password, let offset = offset(identifier),
            let width = JKIdentifier.width(of: identifier)
        else { return nil }
        var end = offset + width
        while end > offset, frame.byte(at: end - 1) == 0 { end -= 1 }
        return String(decoding: frame[offset..<end], as: UTF8.self)
    }

    /// Cells as listed: their number and mV; nil when no cells are in the answer.
    package var cells: JKCells? {
        offset(JKIdentifier.cells).map { JKCells(frame: frame, first: $0 + 1, count: Int(frame.byte(at: $0)) / 3) }
    }

    // MARK: - Private

    private func offset(_ identifier: UInt8) -> Int? {
        guard JKIdentifier.all.contains(identifier) else { return nil }
        let offset = offsets[Int(identifier - JKIdentifier.all.lowerBound)]
        return offset == 0 ? nil : Int(offset)
    }

    private mutating func findValues() {
        let end = frame.count - JKFrame.tailLength
        var position = JKFrame.headLength
        while position < end {
            let identifier = frame[position]
            var width = JKIdentifier.width(of: identifier)
            if identifier == JKIdentifier.cells {
                let bytes = Int(frame.byte(at: position + 1))
                width = bytes.isMultiple(of: 3) ? bytes + 1 : nil
            }
            guard let width, position + width < end else {
                isComplete = false
                return
            }
            let slot = Int(identifier - JKIdentifier.all.lowerBound)
            // A value twice contradicts the protocol: which one holds cannot be told.
            guard offsets[slot] == 0 else {
                isComplete = false
                return
            }
            offsets[slot] = UInt16(truncatingIfNeeded: position + 1)
            position += width + 1
        }
    }
}

/// The cells of an answer, in the order in which it lists them.
package struct JKCells: Sendable, Hashable, RandomAccessCollection {
    private let frame: [UInt8]
    private let first: Int
    package let count: Int

    init(frame: [UInt8], first: Int, count: Int) { (self.frame, self.first, self.count) = (frame, first, count) }

    package var startIndex: Int { 0 }
    package var endIndex: Int { count }

    /// Number from 1 and mV.
    package subscript(position: Int) -> (number: Int, millivolts: UInt16) {
        (Int(frame.byte(at: first + 3 * position)), frame.big16(at: first + 3 * position + 1))
    }
}
