/// One question to a board. `bytes` builds, `decode` reads.
package struct DalyRequest: Sendable, Hashable {
    /// Who asks, for the board: sources disagree which of the two is the PC (daly.md 2).
    package enum Host: UInt8, Sendable, Hashable, CaseIterable {
        /// The usual one: the board sends as many frames as it has cells for.
        case computer = 0x40
        /// Where 0x40 stays unanswered. Some boards then send all frames of 0x95 and 0x96, the unused ones zero.
        case alternative = 0x80
    }

    package var command: DalyCommand
    package var host: Host
    /// Zero in every read.
    package var payload: DalyPayload
    /// Frames that make a whole answer; not on the wire.
    package var frames: Int

    /// Creates a request; the number of frames is brought into what the command can have.
    package init(
        _ command: DalyCommand, host: Host = .computer, payload: DalyPayload = DalyPayload(), frames: Int? = nil
    ) {
        self.command = command
        self.host = host
        self.payload = payload
        self.frames = min(max(frames ?? command.mostFrames, 1), command.mostFrames)
    }

    /// All cell voltages of a board: three a frame.
    package static func cellVoltages(cells: Int, host: Host = .computer) -> DalyRequest {
        DalyRequest(.cellVoltages, host: host, frames: (max(cells, 1) + 2) / 3)
    }

    /// All temperatures of a board: seven a frame.
    package static func temperatures(sensors: Int, host: Host = .computer) -> DalyRequest {
        DalyRequest(.temperatures, host: host, frames: (max(sensors, 1) + 6) / 7)
    }

    /// Closes or opens one switch: 0xDA for charging, 0xD9 for discharging.
    package static func setSwitch(charge: Bool, closed: Bool, host: Host = .computer) -> DalyRequest {
        DalyRequest(
            charge ? .setChargeSwitch : .setDischargeSwitch, host: host, payload: DalyPayload([closed ? 1 : 0]))
    }

    /// The frame as it goes over the wire.
    package var bytes: [UInt8] {
        DalyFrame(address: host.rawValue, command: command.rawValue, payload: payload).bytes
    }

    /// Reads one whole request; the number of frames is the most that its answer can have.
    ///
    /// - Throws: what `DalyFrame` throws, `bad_length` for more than one frame, `out_of_range` for another host address,
    ///   `unexpected_command`.
    package static func decode(_ bytes: [UInt8]) throws(DecodeError) -> DalyRequest {
        let frame = try DalyFrame(bytes)
        guard bytes.count == DalyFrame.length else {
            throw DecodeError(.badLength, "\(bytes.count) bytes, a request has \(DalyFrame.length)")
        }
        guard let host = Host(rawValue: frame.address) else {
            throw DecodeError(.outOfRange, "address " + hexadecimal(frame.address) + " is no host's")
        }
        guard let command = DalyCommand(rawValue: frame.command) else {
            throw DecodeError(.unexpectedCommand, "no command " + hexadecimal(frame.command))
        }
        return DalyRequest(command, host: host, payload: frame.payload)
    }
}
