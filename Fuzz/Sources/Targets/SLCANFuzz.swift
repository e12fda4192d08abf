@testable import Links

/// The slcan parser: portions do not matter, and a frame that is read is written as a line that is read the same.
enum SLCANFuzz {
    static func run(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let portion = 1 + Int(input.byte())
        let stream = input.rest()
        var whole = SLCANParser()
        let lines = whole.feed(stream)
        var divided = SLCANParser()
        var dividedLines: [SLCANLine] = []
        for start in stride(from: 0, to: stream.count, by: portion) {
            dividedLines += divided.feed(Array(stream[start..<min(start + portion, stream.count)]))
        }
        require(dividedLines == lines && divided == whole, "portions of \(portion) make \(dividedLines) of \(lines)")
        let ends = stream.count { $0 == 13 || $0 == 7 }
        require(lines.count <= 2 * ends, "\(lines.count) lines of \(ends) ends")
        for case .frame(let frame) in lines {
            require(
                frame.data.count <= 8 && frame.identifier <= (frame.isExtended ? 0x1FFF_FFFF : 0x7FF), "\(frame)")
            var parser = SLCANParser()
            let written = SLCANCommand.transmit(frame).bytes ?? []
            require(parser.feed(written) == [.frame(frame)], "\(frame) becomes \(written)")
        }
        whole.reset()
        require(whole.feed([13]) == [.done], "an empty line after a reset is none")
    }
}
