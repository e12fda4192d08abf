import Configuration
import Links
import Testing

/// Configuration and links each read addresses with a reader of their own: the fuzz target `link-address` compares the two.
@Suite struct `S63 what a configuration accepts can be opened` {
    @Test(arguments: [
        "/dev/ttyUSB0", "serial:/dev/ttyUSB0?baud=9600", "serial:/dev/ttyUSB0?baud=400", "/", "serial:tty",
        "/dev/x?baud", "/dev/x?baud=9600&baud=9600", "tcp:host:1", "tcp:host:0", "tcp:[::1]:1", "tcp:::1:1",
        "tcp:a b:1", "tcp:a:1?x=1",
        "tcp:[:1", "unix:/s", "unix:a?b", "unix:?", "unix:", "sim:", "sim:cold?cells=16", "sim:?seed", "sim:?a=1&a=2",
        "dry:",
    ])
    func `the address of a pack`(address: String) {
        let isAccepted = Schema.gateway.problem(with: .string(address), for: "pack.1.link") == nil
        #expect(isAccepted == ((try? LinkAddress.byteLink(address)) != nil))
    }

    @Test(arguments: [
        "dry:", "dry:x", "dry:?", "socketcan:can0", "socketcan:can0?bitrate=250000", "socketcan:can0?bitrate=1",
        "socketcan:can0?x=1", "socketcan:a:b", "socketcan:a b", "socketcan:sixteenletters16", "slcan:/dev/ttyACM0",
        "slcan:/dev/ttyACM0?bitrate=500000", "slcan:/dev/ttyACM0?bitrate=83333", "slcan:ttyACM0", "sim:",
    ])
    func `the address of the bus`(address: String) {
        let isAccepted = Schema.gateway.problem(with: .string(address), for: "can.link") == nil
        #expect(isAccepted == ((try? LinkAddress.canBus(address)) != nil))
    }
}
