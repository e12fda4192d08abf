import CZlib

/// Compression of what is served again and again.
enum Gzip {
    /// A gzip stream (RFC 1952) of some bytes, at the best level; nil where that is not shorter.
    static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = unsafe z_stream()
        guard !bytes.isEmpty, unsafe cellbridge_gzip_begin(&stream, 9) == Z_OK else { return nil }
        defer { unsafe deflateEnd(&stream) }
        // What does not fit into the room of the original is not worth keeping.
        let out = unsafe passed(bytes, through: &stream, room: bytes.count) { unsafe deflate(&$0, Z_FINISH) }
        return out.isEmpty ? nil : out
    }

    /// What a gzip stream of ours holds; nil where it holds anything but `count` bytes.
    static func expanded(_ bytes: [UInt8], count: Int) -> [UInt8]? {
        var stream = unsafe z_stream()
        guard unsafe cellbridge_gunzip_begin(&stream) == Z_OK else { return nil }
        defer { unsafe inflateEnd(&stream) }
        let out = unsafe passed(bytes, through: &stream, room: count) { unsafe inflate(&$0, Z_FINISH) }
        return out.count == count ? out : nil
    }

    /// Everything that a stream makes of some bytes in one step; nothing where it does not end within the room.
    private static func passed(
        _ bytes: [UInt8], through stream: inout z_stream, room: Int, _ step: (inout z_stream) -> Int32
    ) -> [UInt8] {
        unsafe bytes.withUnsafeBufferPointer { input in
            unsafe [UInt8](unsafeUninitializedCapacity: room) { output, count in
                unsafe stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                unsafe stream.avail_in = UInt32(clamping: input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(clamping: room)
                let isDone = unsafe step(&stream) == Z_STREAM_END
                count = isDone ? room - Int(unsafe stream.avail_out) : 0
            }
        }
    }
}
