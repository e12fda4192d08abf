import Links

/// An exchange whose markers differ from board to board: by the host address, or the variant, that one answers.
///
/// On a line that was silent or was just opened a marker is asked for before anything else: its answer is behind everything
/// that was still under way (S32). On a disturbed line a reading counts only when another one confirms it (S31).
final class MarkedExchange<Parser: AnswerParser> {
    /// The exchange itself, for what needs no marker.
    let plain: RequestExchange<Parser>
    /// Some answer has come since the beginning.
    private(set) var hasAnswered = false

    /// Creates the exchange over an open link.
    init(_ parser: Parser, link: any ByteLink, loop: any Loop, timing: LineTiming) {
        plain = RequestExchange(parser, link: link, loop: loop, timing: timing)
        self.loop = loop
    }

    /// Asks until there is an answer that can be believed.
    ///
    /// - Parameters:
    ///   - request: What to ask.
    ///   - markers: Requests for little else, of which one goes ahead where an older answer may be under way.
    ///   - limit: Moment after which nothing is repeated; nil for the usual time.
    ///   - agrees: Whether two answers say the same, but for what moves.
    ///   - value: Makes an answer what is to be compared.
    /// - Returns: the newest answer.
    /// - Throws: `BMSError` as `RequestExchange`.
    func read<Value>(
        _ request: Parser.Request, markers: [Parser.Request], until limit: Instant?, agrees: (Value, Value) -> Bool,
        _ value: (Parser.Answer) throws(BMSError) -> Value
    ) async throws(BMSError) -> Value {
        do throws(BMSError) {
            if !isInStep, !markers.isEmpty {
                let marker = markers[nextMarker % markers.count]
                nextMarker = (nextMarker + 1) % markers.count
                _ = try await plain.answer(to: marker, until: limit)
                isInStep = true
            }
            let answer = try await plain.confirmed(until: limit ?? loop.now + usualTime, agrees: agrees) {
                () async throws(BMSError) -> Value in try value(try await plain.answer(to: request, until: limit))
            }
            hasAnswered = true
            return answer
        } catch {
            isInStep = false
            throw error
        }
    }

    // MARK: - Private

    private let usualTime = Duration.seconds(3)
    private let loop: any Loop
    /// No answer to an earlier request can still be under way.
    private var isInStep = false
    private var nextMarker = 0
}
