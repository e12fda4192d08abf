import JSONText

@testable import Actors
@testable import Configuration
@testable import Links

/// Lines of text: captures, link addresses and the requests of local programs.
enum TextFuzz {
    /// A record that is read is written as a line that is read the same.
    static func capture(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        for line in text.utf8.split(separator: 10) {
            guard let record = try? CaptureRecord(line: Substring(line)) else { continue }
            let again = try? CaptureRecord(line: record.line)
            require(again == record, "\(record) becomes \(record.line)")
        }
    }

    /// An address that is read is written as one that is read the same, and what a configuration accepts can be read.
    static func linkAddress(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let pack = try? LinkAddress.byteLink(text)
        if let pack {
            require((try? LinkAddress.byteLink(pack.description)) == pack, "\(pack) becomes \(pack.description)")
        }
        let bus = try? LinkAddress.canBus(text)
        if let bus {
            require((try? LinkAddress.canBus(bus.description)) == bus, "\(bus) becomes \(bus.description)")
        }
        _ = LinkSyntax.device(text)
        require(
            LinkSyntax.fault(in: text, use: .pack) != nil || pack != nil,
            "a configuration accepts \(text) for a pack, which no link can be")
        require(
            LinkSyntax.fault(in: text, use: .can) != nil || bus != nil,
            "a configuration accepts \(text) for the bus, which no link can be")
    }

    static func localRequest(_ bytes: [UInt8]) {
        guard let request = LocalRequest(bytes) else { return }
        let answer = LocalRequest.failure(request.command + (request.target ?? "")).text
        require(JSONCheck.isOneLine(answer), "\(request) is answered by \(answer)")
    }
}
