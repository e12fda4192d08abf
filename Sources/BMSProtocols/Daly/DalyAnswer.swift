/// What a board answered: one payload, or several in the order of their numbers. Its meaning is in the `Daly…` views.
package struct DalyAnswer: Sendable, Hashable {
    package var command: DalyCommand
    /// At least one.
    package var payloads: [DalyPayload]

    package init(_ command: DalyCommand, _ payloads: [DalyPayload]) {
        self.command = command
        self.payloads = payloads
    }

    /// The first payload; of most commands the only one.
    package var payload: DalyPayload { payloads.first ?? DalyPayload() }

    /// The frames one behind the other.
    package var bytes: [UInt8] {
        payloads.flatMap { DalyFrame(address: DalyFrame.board, command: command.rawValue, payload: $0).bytes }
    }

    /// Reads a whole answer: one frame, or several of one command.
    ///
    /// - Throws: what `DalyFrame` throws, `out_of_range` for a frame that is not the first board's (an echo is not),
    ///   `unexpected_command`, and `bad_length` for more frames than the command can have.
    package static func decode(_ bytes: [UInt8]) throws(DecodeError) -> DalyAnswer {
        let first = try DalyFrame(bytes)
        guard let command = DalyCommand(rawValue: first.command) else {
            throw DecodeError(.unexpectedCommand, "no command " + hexadecimal(first.command))
        }
        var payloads: [DalyPayload] = []
        payloads.reserveCapacity(bytes.count / DalyFrame.length)
        var offset = 0
        while offset < bytes.count {
            let frame = try DalyFrame(bytes, at: offset)
            guard frame.address == DalyFrame.board else {
                throw DecodeError(
                    .outOfRange, "address " + hexadecimal(frame.address) + " is not the board's: an echo of a request?")
            }
            guard frame.command == first.command else {
                throw DecodeError(
                    .unexpectedCommand, hexadecimal(frame.command) + " among answers to " + hexadecimal(first.command))
            }
            payloads.append(frame.payload)
            offset += DalyFrame.length
        }
        guard payloads.count <= command.mostFrames else {
            throw DecodeError(
                .badLength, "\(payloads.count) frames, \(hexadecimal(first.command)) has at most \(command.mostFrames)")
        }
        return DalyAnswer(command, payloads)
    }
}
