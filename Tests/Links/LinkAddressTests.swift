import Glibc
import Testing

@testable import Links

@Suite struct LinkAddressTests {
    @Test(arguments: [
        ("/dev/ttyUSB0", LinkAddress.serial(path: "/dev/ttyUSB0", baud: nil)),
        (
            "/dev/serial/by-id/usb-FTDI_FT232R-if00-port0",
            .serial(path: "/dev/serial/by-id/usb-FTDI_FT232R-if00-port0", baud: nil)
        ),
        ("serial:/dev/ttyAMA0?baud=9600", .serial(path: "/dev/ttyAMA0", baud: 9600)),
        ("tcp:192.168.1.5:2000", .tcp(host: "192.168.1.5", port: 2000)),
        ("tcp:[fe80::1%eth0]:2000", .tcp(host: "fe80::1%eth0", port: 2000)),
        ("unix:/run/bms.sock", .unix(path: "/run/bms.sock")),
        ("unix:bms.sock", .unix(path: "bms.sock")),
        ("sim:", .simulated(scenario: "", parameters: [:])),
        (
            "sim:cold?cells=16&family=tinybms",
            .simulated(scenario: "cold", parameters: ["family": "tinybms", "cells": "16"])
        ),
    ])
    func `addresses of byte links are read and written`(text: String, address: LinkAddress) throws {
        #expect(try LinkAddress.byteLink(text) == address)
        #expect(address.description == text)
    }

    @Test(arguments: [
        ("dry:", LinkAddress.dry),
        ("socketcan:can0", .socketCAN(interface: "can0", bitRate: nil)),
        ("socketcan:vcan0?bitrate=250000", .socketCAN(interface: "vcan0", bitRate: 250_000)),
        ("slcan:/dev/ttyACM0", .slcan(path: "/dev/ttyACM0", bitRate: nil)),
        ("slcan:/dev/ttyACM0?bitrate=500000", .slcan(path: "/dev/ttyACM0", bitRate: 500_000)),
    ])
    func `addresses of CAN buses are read and written`(text: String, address: LinkAddress) throws {
        #expect(try LinkAddress.canBus(text) == address)
        #expect(address.description == text)
    }

    @Test func `a serial address without a rate may have the scheme or not, and the path a rate`() throws {
        #expect(try LinkAddress.byteLink("serial:/dev/ttyUSB0") == .serial(path: "/dev/ttyUSB0", baud: nil))
        #expect(try LinkAddress.byteLink("/dev/ttyUSB0?baud=19200") == .serial(path: "/dev/ttyUSB0", baud: 19200))
    }

    @Test(arguments: [
        ("", "write /dev/"), ("ttyUSB0", "write /dev/"), ("http://x", "write /dev/"), ("serial:ttyUSB0", "whole path"),
        ("/dev/ttyUSB0?baud=12345", "not a baud rate"), ("/dev/ttyUSB0?baud=", "not a baud rate"),
        ("/dev/ttyUSB0?speed=9600", "speed is not known here, only baud"), ("/dev/ttyUSB0?baud", "key=value"),
        ("/dev/ttyUSB0?baud=9600&baud=9600", "twice"), ("tcp:host", "tcp:HOST:PORT"), ("tcp:host:0", "tcp:HOST:PORT"),
        ("tcp:host:65536", "tcp:HOST:PORT"), ("tcp::1", "host name"), ("tcp:fe80::1:80", "brackets"), ("unix:", "path"),
        ("unix:/" + String(repeating: "x", count: 107), "107 bytes"), ("dry:", "dry: is a CAN link"),
        ("socketcan:can0", "socketcan: is a CAN link"), ("sim:x?cells", "key=value"), ("/", "whole path"),
    ])
    func `a bad address of a byte link names the mend`(text: String, mend: String) {
        expectBad(text, mend) { () throws(LinkError) in try LinkAddress.byteLink(text) }
    }

    @Test(arguments: [
        ("", "write socketcan:can0"), ("can0", "write socketcan:can0"), ("/dev/ttyACM0", "write socketcan:can0"),
        ("dry:x", "nothing follows"), ("socketcan:", "interface's name"), ("socketcan:a b", "interface's name"),
        ("socketcan:abcdefghijklmnop", "interface's name"), ("socketcan:can0?bitrate=0", "500000"),
        ("socketcan:can0?bitrate=x", "500000"), ("slcan:ttyACM0", "whole path"),
        ("slcan:/dev/ttyACM0?bitrate=83333", "10000, 20000"), ("slcan:/dev/ttyACM0?baud=9600", "baud is not known"),
    ])
    func `a bad address of a CAN bus names the mend`(text: String, mend: String) {
        expectBad(text, mend) { () throws(LinkError) in try LinkAddress.canBus(text) }
    }

    private func expectBad(_ text: String, _ mend: String, _ parse: () throws(LinkError) -> LinkAddress) {
        do {
            let address = try parse()
            Issue.record("\(text) was taken for \(address)")
        } catch {
            guard case .badAddress(text, let reason) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(reason.contains(mend))
            #expect(!error.description.contains("\n"))
        }
    }

    @Test func `whatever is read reads back from its description, and random text never traps`() {
        var generator = SplitMix(seed: 5)
        let alphabet = Array("serial:tcpunixsimdyocketslcan:/?=&baudbitrate0123456789[]% \u{e9}")
        let schemes = ["", "/dev/", "serial:/", "tcp:", "unix:", "sim:", "dry:", "socketcan:", "slcan:/"]
        for _ in 0..<20_000 {
            let scheme = schemes[Int.random(in: 0..<schemes.count, using: &generator)]
            let text =
                scheme
                + String(
                    (0..<Int.random(in: 0...20, using: &generator)).map { _ in
                        alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                    })
            if let address = try? LinkAddress.byteLink(text) {
                #expect((try? LinkAddress.byteLink(address.description)) == address)
            }
            if let address = try? LinkAddress.canBus(text) {
                #expect((try? LinkAddress.canBus(address.description)) == address)
            }
        }
    }
}

@Suite struct LinkErrorTests {
    @Test(arguments: [
        (
            LinkError.missing("/dev/ttyUSB0"),
            "port /dev/ttyUSB0 is not there: check the cable, then `ls /dev/serial/by-id`"
        ),
        (
            .missing("tcp:host:1"),
            "nobody answers at tcp:host:1: check the host, the port, and that the serial server runs"
        ),
        (
            .missing("socketcan:can0"),
            "CAN interface can0 is not there: check the adapter, then `ip link show type can`"
        ),
        (
            .down("socketcan:can0"),
            "CAN interface can0 is down: `ip link set can0 up type can bitrate 500000 restart-ms 100`"
        ),
        (
            .system("/dev/ttyUSB0", call: "read", errno: 22),
            "port /dev/ttyUSB0: read failed: Invalid argument (errno 22)"
        ),
        (.badAddress("x", reason: "write y"), "link address \"x\": write y"),
    ])
    func `an error says what, where and the mend in one line`(error: LinkError, text: String) {
        #expect(error.description == text)
    }

    @Test func `errno of opening and of using tells what happened to the device (S30)`() {
        #expect(LinkError.opening("x", call: "open", errno: EACCES) == .forbidden("x"))
        #expect(LinkError.opening("x", call: "open", errno: ENOENT) == .missing("x"))
        #expect(LinkError.opening("x", call: "open", errno: EBUSY) == .busy("x"))
        #expect(LinkError.opening("x", call: "open", errno: EMFILE) == .system("x", call: "open", errno: EMFILE))
        for errno in [EIO, ENXIO, ENODEV] {
            #expect(LinkError.using("x", call: "read", errno: errno) == .unplugged("x"))
        }
        #expect(LinkError.using("x", call: "read", errno: EINVAL) == .system("x", call: "read", errno: EINVAL))
    }
}

@Suite(.timeLimit(.minutes(1))) struct LinkOpenerTests {
    @Test func `every kind of address opens, and only on a real loop`() async throws {
        let loop = try EventLoop(name: "open")
        let device = try await Pseudoterminal.open(loop: loop)
        let address = LinkAddress.serial(path: device.slavePath, baud: nil)
        let link = try await LinkOpener.openByteLink(address, defaultBaud: 9600, loop: loop)
        #expect(link.name == device.slavePath)
        await loop.run { link.close() }
        #expect(try await LinkOpener.openCANBus(.dry, loop: VirtualLoop()).name == "dry:")
        await #expect(throws: LinkError.self) {
            _ = try await LinkOpener.openByteLink(address, defaultBaud: 9600, loop: VirtualLoop())
        }
        for wrong in [LinkAddress.simulated(scenario: "", parameters: [:]), .dry] {
            await #expect(throws: LinkError.badAddress(wrong.description, reason: "no device can be opened for it")) {
                _ = try await LinkOpener.openByteLink(wrong, defaultBaud: 9600, loop: loop)
            }
        }
        await #expect(throws: LinkError.badAddress(device.slavePath, reason: "it is no CAN bus")) {
            _ = try await LinkOpener.openCANBus(address, loop: loop)
        }
        await #expect(throws: LinkError.missing("/dev/ttyNONE")) {
            _ = try await LinkOpener.openCANBus(.slcan(path: "/dev/ttyNONE", bitRate: nil), loop: loop)
        }
        loop.stop()
    }

    @Test func `a port is free again when its adapter refused to open`() async throws {
        let loop = try EventLoop(name: "open")
        let device = try await Pseudoterminal.open(loop: loop)
        await loop.run { device.listen { _ in try? device.write([7]) } }  // a bell to everything
        for _ in 0..<3 {
            await #expect(
                throws: LinkError.notADevice("slcan:\(device.slavePath)", reason: "the adapter refuses 500000 bit/s")
            ) {
                _ = try await LinkOpener.openCANBus(.slcan(path: device.slavePath, bitRate: nil), loop: loop)
            }
        }
        loop.stop()
    }
}
