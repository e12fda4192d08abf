import BMSProtocols
import Glibc
import InverterProtocols
import JSONText

/// `cellbridge decode FAMILY`: one frame a line in, one JSON object a line out (contract.md 6).
enum DecodeCommand {
    static let command = Command(
        "decode", "Decodes frames from stdin, one a line in hex, to one JSON object a line",
        positional: [decoders.map(\.family).joined(separator: "|")]
    ) { arguments in try run(arguments) }

    /// What reads a line, by family.
    private static let decoders: [(family: String, decode: @Sendable ([UInt8]) -> JSONValue)] =
        SpokenFamily.all.map { ($0.name, $0.decodeLine) } + [
            ("victron", { @Sendable in VictronLineDecoder.decode($0) })
        ]

    private static func run(_ arguments: Arguments) throws -> ExitCode {
        let family = try arguments.required(0, "the family")
        guard let decode = decoders.first(where: { $0.family == family })?.decode else {
            let known = decoders.map(\.family).joined(separator: ", ")
            throw CommandFailure.usage("cellbridge decode: '\(family)' is not a family; known are \(known)")
        }
        var input = LineReader(descriptor: STDIN_FILENO)
        var output: [UInt8] = []
        while let line = input.next() {
            decode(line).append(to: &output)
            output.append(UInt8(ascii: "\n"))
            // Flushed in blocks when much is waiting, at once when a person types.
            if output.count > 1 << 16 || !input.hasMore {
                guard Console.write(output, to: STDOUT_FILENO) else { return .good }
                output.removeAll(keepingCapacity: true)
            }
        }
        return .good
    }
}

/// Lines of a descriptor, whatever bytes they hold; the last one counts without its line feed too.
struct LineReader {
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var position = 0
    /// Everything from `position` up to here holds no line feed: a long line is looked through once (S20).
    private var searched = 0
    private var isAtEnd = false

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Whether another whole line is here already.
    var hasMore: Bool { position < buffer.count && buffer[position...].contains(UInt8(ascii: "\n")) }

    /// The next line without its line ending; nil at the end.
    mutating func next() -> [UInt8]? {
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { (position, searched) = (end + 1, end + 1) }
                return trimmed(buffer[position..<end])
            }
            searched = buffer.count
            guard !isAtEnd else {
                defer { position = buffer.count }
                return position < buffer.count ? trimmed(buffer[position...]) : nil
            }
            fill()
        }
    }

    private func trimmed(_ line: ArraySlice<UInt8>) -> [UInt8] {
        Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }

    private mutating func fill() {
        buffer.removeFirst(position)
        searched -= position
        position = 0
        var block = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe block.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        if count < 0, errno == EINTR { return }
        guard count > 0 else { return isAtEnd = true }
        buffer += block.prefix(count)
    }
}
