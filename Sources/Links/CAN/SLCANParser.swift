/// Cuts what an adapter sends into lines, and finds the next line after rubbish.
///
/// A value, fed with bytes in any portions: state in, lines out.
struct SLCANParser: Sendable, Hashable {
    private static let carriageReturn: UInt8 = 13
    private static let lineFeed: UInt8 = 10
    private static let bell: UInt8 = 7

    private var line: [UInt8] = []
    /// The line is already too long to be one: everything up to its end is dropped.
    private var isOverlong = false

    /// Takes bytes and returns the lines they complete.
    mutating func feed(_ bytes: [UInt8]) -> [SLCANLine] {
        var lines: [SLCANLine] = []
        for byte in bytes {
            switch byte {
            case Self.carriageReturn: lines.append(finish())
            case Self.bell:
                // The bell has no carriage return of its own, so what stands before it is a line cut short.
                if !line.isEmpty || isOverlong { lines.append(.malformed) }
                reset()
                lines.append(.refused)
            case Self.lineFeed: continue  // some adapters end lines with both
            default:
                if line.count < SLCANLine.maximumLength { line.append(byte) } else { isOverlong = true }
            }
        }
        return lines
    }

    /// Forgets a line that has begun.
    mutating func reset() {
        line.removeAll(keepingCapacity: true)
        isOverlong = false
    }

    private mutating func finish() -> SLCANLine {
        defer { reset() }
        return isOverlong ? .malformed : SLCANLine(line)
    }
}
