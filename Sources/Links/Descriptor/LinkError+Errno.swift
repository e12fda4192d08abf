import Glibc

extension LinkError {
    /// What a failing `open` or `connect` means to the person who set the address.
    static func opening(_ name: String, call: String, errno: Int32) -> LinkError {
        switch errno {
        case ENOENT, ENXIO, ENODEV, ENOTDIR, ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, EHOSTDOWN:
            .missing(name)
        case EACCES, EPERM: .forbidden(name)
        case EBUSY, EWOULDBLOCK: .busy(name)
        case EISDIR, ENOTTY, ENOTSOCK, EPROTOTYPE: .notADevice(name, reason: reason(of: errno))
        case EIO: .unplugged(name)
        default: .system(name, call: call, errno: errno)
        }
    }

    /// What a failing call on an open descriptor means (S30: a device that went away answers in many ways).
    static func using(_ name: String, call: String, errno: Int32) -> LinkError {
        switch errno {
        case EIO, ENXIO, ENODEV, EPIPE, ECONNRESET, ECONNABORTED, ETIMEDOUT, ENOTCONN, EHOSTUNREACH, ENETUNREACH,
            ESHUTDOWN:
            .unplugged(name)
        default: .system(name, call: call, errno: errno)
        }
    }

    /// The system's own words for an error number.
    static func reason(of errno: Int32) -> String {
        var text = [CChar](repeating: 0, count: 128)
        // Thread-safe, unlike strerror; this is the XSI form, which fills the buffer.
        guard unsafe strerror_r(errno, &text, text.count) == 0 else { return "error \(errno)" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
