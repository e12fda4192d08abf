import CLinux
import Glibc

/// How a tty is set up: raw bytes, 8 data bits, no parity, one stop bit, no flow control.
enum SerialSettings {
    /// Rates that Linux names, in bit/s.
    static let rates: [Int: speed_t] = [
        1200: speed_t(B1200), 2400: speed_t(B2400), 4800: speed_t(B4800), 9600: speed_t(B9600),
        19200: speed_t(B19200), 38400: speed_t(B38400), 57600: speed_t(B57600), 115200: speed_t(B115200),
        230400: speed_t(B230400), 460800: speed_t(B460800), 500_000: speed_t(B500000), 576_000: speed_t(B576000),
        921_600: speed_t(B921600), 1_000_000: speed_t(B1000000), 1_500_000: speed_t(B1500000),
        2_000_000: speed_t(B2000000), 3_000_000: speed_t(B3000000),
    ]

    /// Sets a tty up, and checks that the driver took it.
    ///
    /// - Throws: `.notADevice` for something that is no tty or cannot do the rate, `.unplugged` for one that is gone.
    static func apply(baud: Int, to descriptor: borrowing Descriptor, name: String) throws(LinkError) {
        guard let speed = rates[baud] else {
            throw .notADevice(name, reason: "\(baud) is not a baud rate that Linux knows")
        }
        var settings = try read(descriptor, name: name)
        makeRaw(&settings)
        unsafe cfsetspeed(&settings, speed)
        guard unsafe tcsetattr(descriptor.number, TCSANOW, &settings) == 0 else {
            throw .using(name, call: "tcsetattr", errno: errno)
        }
        // tcsetattr is content when any of its settings was taken.
        var taken = try read(descriptor, name: name)
        guard unsafe cfgetospeed(&taken) == speed, taken.c_cflag & tcflag_t(CSIZE) == tcflag_t(CS8) else {
            throw .notADevice(name, reason: "its driver does not take \(baud) baud, 8N1")
        }
    }

    /// Reads the settings of a tty.
    static func read(_ descriptor: borrowing Descriptor, name: String) throws(LinkError) -> termios {
        var settings = termios()
        guard unsafe tcgetattr(descriptor.number, &settings) == 0 else {
            if errno == ENOTTY { throw .notADevice(name, reason: "it is not a serial port") }
            throw .using(name, call: "tcgetattr", errno: errno)
        }
        return settings
    }

    /// Raw 8N1 without any flow control, one byte wakes the reader.
    static func makeRaw(_ settings: inout termios) {
        unsafe cfmakeraw(&settings)
        settings.c_cflag |= tcflag_t(CLOCAL | CREAD)
        // HUPCL would drop DTR between two openings, and some adapters restart then.
        settings.c_cflag &= ~tcflag_t(CSTOPB | HUPCL) & ~tcflag_t(CRTSCTS)
        // With VMIN 0 a read of nothing returns 0, which could not be told from a hang-up.
        settings.c_cc.6 = 1  // VMIN
        settings.c_cc.5 = 0  // VTIME
    }
}
