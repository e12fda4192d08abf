import BMSProtocols

/// How an answer of each family is falsified and sealed again: one of its words becomes another, and the checksum is right.
///
/// What holds no values, an acknowledgement or another answer's rest, stays as it is.
extension TinyBMSSimulator {
    /// AA, command, length, words with the high byte first, CRC.
    package static func falsify(_ answer: inout [UInt8], with word: UInt16, at place: Int) {
        answer.falsifyWords(behind: 3, with: word, at: place)
    }
}

extension DalyModbusSimulator {
    /// Address, function, length, words with the high byte first, CRC.
    package static func falsify(_ answer: inout [UInt8], with word: UInt16, at place: Int) {
        answer.falsifyWords(behind: 3, with: word, at: place)
    }
}

extension JBDSimulator {
    /// DD, register, status, length, words with the high byte first, sum of all from the status on, 77.
    package static func falsify(_ answer: inout [UInt8], with word: UInt16, at place: Int) {
        guard let start = answer.firstIndex(of: JBDFrame.start) else { return }
        let end = answer.count - 3
        answer.put(word, among: (end - start - JBDFrame.headLength) / 2, at: place) {
            start + JBDFrame.headLength + 2 * $0
        }
        guard end > start + 2 else { return }
        let sum = 0 &- answer.sum(start + 2..<end)
        (answer[end], answer[end + 1]) = (UInt8(truncatingIfNeeded: sum >> 8), UInt8(truncatingIfNeeded: sum))
    }
}

extension DalySimulator {
    /// A5, address, command, 08, eight bytes, sum of all before; words begin at even places, behind a frame's number at odd ones.
    package static func falsify(_ answer: inout [UInt8], with word: UInt16, at place: Int) {
        let frames = answer.count / DalyFrame.length
        answer.put(word, among: 7 * frames, at: place) { $0 / 7 * DalyFrame.length + 4 + $0 % 7 }
        for frame in 0..<frames {
            let first = frame * DalyFrame.length
            let last = first + DalyFrame.length - 1
            answer[last] = UInt8(truncatingIfNeeded: answer.sum(first..<last))
        }
    }
}

extension JKSimulator {
    /// A head of 11 bytes, identifiers with their values, five bytes, sum of all before in four.
    package static func falsify(_ answer: inout [UInt8], with word: UInt16, at place: Int) {
        let places = words(of: answer)
        answer.put(word, among: places.count, at: place) { places[$0] }
        guard answer.count >= JKFrame.headLength + 9 else { return }
        let end = answer.count - 2
        let sum = answer.sum(0..<answer.count - 4)
        (answer[end], answer[end + 1]) = (UInt8(truncatingIfNeeded: sum >> 8), UInt8(truncatingIfNeeded: sum))
    }

    /// Where the live values of two bytes stand: each cell behind its number, the others behind their identifiers.
    private static func words(of answer: [UInt8]) -> [Int] {
        var places: [Int] = []
        var at = JKFrame.headLength
        while at + 2 < answer.count - 9, answer[at] <= JKIdentifier.status {
            let identifier = answer[at]
            if identifier == JKIdentifier.cells {
                let length = Int(answer[at + 1])
                places += stride(from: at + 3, to: at + 2 + length, by: 3)
                at += 2 + length
            } else if let width = JKIdentifier.width(of: identifier) {
                if width == 2 { places.append(at + 1) }
                at += 1 + width
            } else {
                break
            }
        }
        return places.filter { $0 + 1 < answer.count }
    }
}

extension JKPBSimulator {
    /// A record with the low byte of its words first and the sum of all before in its last byte; an acknowledgement behind it.
    package static func falsify(_ answer: inout [UInt8], with word: UInt16, at place: Int) {
        guard answer.count >= JKPBRecord.length else { return }
        let last = JKPBRecord.length - 1
        answer.put(word.byteSwapped, among: (last - 6) / 2, at: place) { 6 + 2 * $0 }
        answer[last] = UInt8(truncatingIfNeeded: answer.sum(0..<last))
    }
}

extension [UInt8] {
    /// Writes a word, high byte first, to one of some places; nothing happens where there are none.
    fileprivate mutating func put(_ word: UInt16, among count: Int, at place: Int, _ offset: (Int) -> Int) {
        guard count > 0 else { return }
        let at = offset(Int(place.magnitude % UInt(count)))
        guard indices.contains(at), indices.contains(at + 1) else { return }
        (self[at], self[at + 1]) = (UInt8(truncatingIfNeeded: word >> 8), UInt8(truncatingIfNeeded: word))
    }

    fileprivate func sum(_ range: Range<Int>) -> UInt16 {
        range.clamped(to: 0..<count).reduce(0) { $0 &+ UInt16(self[$1]) }
    }

    /// The same for an answer of words behind a head, with a CRC of two bytes at its end.
    fileprivate mutating func falsifyWords(behind head: Int, with word: UInt16, at place: Int) {
        guard count >= head + 4 else { return }
        put(word, among: (count - head - 2) / 2, at: place) { head + 2 * $0 }
        removeLast(2)
        CRC16.seal(&self)
    }
}
