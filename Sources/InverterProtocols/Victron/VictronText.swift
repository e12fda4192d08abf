/// The text fields of the protocol: 7-bit ASCII, eight bytes a frame, padded with zeros.
package enum VictronText {
    /// Characters of a text that can travel: printable ASCII; the GX drops everything else.
    package static func printable(_ text: String) -> [UInt8] {
        text.utf8.filter { (0x20...0x7E).contains($0) }
    }

    /// Eight bytes of a text from a position on, padded with zeros.
    package static func bytes(of text: String, from first: Int = 0) -> [UInt8] {
        var bytes = Array(printable(text).dropFirst(max(0, first)).prefix(8))
        bytes.append(contentsOf: repeatElement(0, count: 8 - bytes.count))
        return bytes
    }

    /// The text in a frame's bytes without what cannot be printed.
    ///
    /// Spaces at the end stay: some makes pad with them, and showing it helps to tell the makes apart.
    package static func text(in data: [UInt8]) -> String {
        String(decoding: data.filter { (0x20...0x7E).contains($0) }, as: UTF8.self)
    }

    /// The last characters of a text: what tells two long serial numbers apart.
    package static func last(_ count: Int, of text: String) -> String {
        String(decoding: printable(text).suffix(count), as: UTF8.self)
    }
}
