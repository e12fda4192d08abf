package import JSONText

/// One line of `cellbridge decode jk`: text in, one JSON object out, whatever the text is (contract.md 6).
///
/// It knows both JK protocols by their first bytes: `4E 57` is `NW`, everything else is a record of the PB series.
package enum JKLineDecoder {
    /// Decodes a line given as text.
    package static func decode(line: String) -> JSONValue { decode(line: Array(line.utf8)) }

    /// Decodes a line given as bytes, end of line included or not.
    package static func decode(line: [UInt8]) -> JSONValue {
        do throws(DecodeError) { return LineForm.result(try fields(try LineForm.parse(line))) } catch {
            return LineForm.result(error)
        }
    }

    // MARK: - Private

    typealias Member = JSONValue.Member

    private static func fields(_ line: LineForm) throws(DecodeError) -> [Member] {
        switch line {
        case .answer(let bytes):
            if isNW(bytes) { return answerFields(try JKAnswer(frame: bytes)) }
            return try answerFields(try JKPBAnswer.decode(bytes))
        case .request(let bytes):
            return isNW(bytes)
                ? requestFields(try JKRequest.decode(bytes)) : requestFields(try JKPBRequest.decode(bytes))
        case .exchange(let request, let bytes):
            if isNW(request) {
                let request = try asked(JKRequest.decode, request)
                let answer = try JKAnswer(frame: bytes)
                if let mismatch = request.mismatch(with: answer) { throw mismatch }
                return answerFields(answer)
            }
            let request = try asked(JKPBRequest.decode, request)
            let answer = try JKPBAnswer.decode(bytes)
            if let mismatch = request.mismatch(with: answer, needsAcknowledgement: false) { throw mismatch }
            return try answerFields(answer)
        }
    }

    /// Nothing of the PB series begins so; of no bytes at all either decoder says the same.
    private static func isNW(_ bytes: [UInt8]) -> Bool { bytes.first == JKFrame.start[0] }

    /// A request's own errors say so.
    private static func asked<Request>(
        _ decode: ([UInt8]) throws(DecodeError) -> Request, _ bytes: [UInt8]
    ) throws(DecodeError) -> Request {
        do throws(DecodeError) { return try decode(bytes) } catch {
            throw DecodeError(error.code, "request: " + error.detail)
        }
    }
}
