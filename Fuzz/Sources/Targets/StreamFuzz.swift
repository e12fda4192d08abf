import BMSProtocols

/// The search of a stream, whatever the family: nothing comes out that is not in it, every byte is accounted for, portions
/// do not matter, and a good answer after a reset is found (S31).
struct StreamFuzz<Format: RequestFormat>: Sendable {
    /// The most bytes that a frame has.
    let longest: Int
    /// Says in a sentence why a frame is none, or no answer to what was asked, by a checksum of its own; nil when it is one.
    let objection: @Sendable ([UInt8], Format.Request?) -> String?

    /// Searches a stream at one go and in portions.
    ///
    /// - Returns: the search behind the whole stream.
    @discardableResult
    func search(
        _ stream: [UInt8], for pending: Format.Request?, portion: Int, then good: (Format.Request, answer: [UInt8])?
    ) -> FrameFinder<Format> {
        var whole = FrameFinder<Format>(pending: pending)
        let frames = whole.receive(stream)
        check(frames, in: stream, for: pending)
        account(whole, frames, stream)

        var divided = FrameFinder<Format>(pending: pending)
        var dividedFrames: [[UInt8]] = []
        for start in stride(from: 0, to: stream.count, by: portion) {
            dividedFrames += divided.receive(Array(stream[start..<min(start + portion, stream.count)]))
            require(divided.held <= longest + 256, "\(divided.held) bytes are held")
        }
        account(divided, dividedFrames, stream)
        require(dividedFrames == frames, "portions of \(portion) bytes make \(dividedFrames) of \(frames)")
        require(
            divided.counters == whole.counters, "portions of \(portion) count \(divided.counters), \(whole.counters)")

        divided.reset()
        require(divided.held == 0, "a reset keeps bytes")
        if let (request, answer) = good {
            divided.pending = request
            require(divided.receive(answer) == [answer], "a good answer after a reset is lost")
        }
        return whole
    }

    // MARK: - Private

    /// Each frame stands in the stream, behind the one before, and answers what was asked.
    private func check(_ frames: [[UInt8]], in stream: [UInt8], for pending: Format.Request?) {
        var from = 0
        for frame in frames {
            let objection = objection(frame, pending)
            require(objection == nil, "\(frame) \(objection ?? "")")
            var place = from
            while place + frame.count <= stream.count, !stream[place...].starts(with: frame) { place += 1 }
            require(place + frame.count <= stream.count, "\(frame) is not in the stream")
            from = place + frame.count
        }
    }

    private func account(_ parser: FrameFinder<Format>, _ frames: [[UInt8]], _ stream: [UInt8]) {
        let accepted = frames.reduce(0) { $0 + $1.count }
        require(
            parser.counters.skippedBytes + accepted + parser.held == stream.count,
            "\(parser.counters.skippedBytes) skipped + \(accepted) accepted + \(parser.held) held of \(stream.count)")
    }
}
