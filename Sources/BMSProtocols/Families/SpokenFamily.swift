package import Battery
package import JSONText
package import Links

/// A family that this gateway speaks: everything that others need to know of it.
package struct SpokenFamily: Sendable {
    /// What may differ between installations, whatever the family.
    package struct Options: Sendable, Hashable {
        /// Which register of a TinyBMS holds cell 1.
        package var cellOrder = TinyBMSCellOrder.register0First
        /// Which way a Daly's current counts.
        package var currentSign = DalyCurrentSign.Setting.automatic
        /// Address of a JK PB on its bus.
        package var address: UInt8 = 1

        package init() {}
    }

    /// The word of `pack.N.family`.
    package let name: String
    /// For people.
    package let title: String
    /// Speed of its line, bit/s (8N1), where an address names none.
    package let baudRate: Int
    /// Longest wait for its two answers where nobody knows what is on a port (auto-detect.md 1 and 3).
    package let patience: Duration
    /// Whether finding it only reads: the probe of a JK PB is a write to any other Modbus device (auto-detect.md 4), so it
    /// has to be named.
    package var isSafeToTry: Bool
    /// Makes the driver of an open link.
    package let makeDriver: @Sendable (_ pack: Int, any ByteLink, any Loop, Options) -> any BMSDriver
    /// One line of `cellbridge decode`.
    package let decodeLine: @Sendable ([UInt8]) -> JSONValue
    /// Another family that newer boards of this one speak besides, and whose answers say more (auto-detect.md 4).
    package var clearer: String?
    /// Whether its driver opens and closes switches (`SwitchControl`).
    package var movesSwitches = true

    /// All of them, in the order in which they are tried on an unknown port: at each speed those first whose request no
    /// other takes for a command.
    package static let all: [SpokenFamily] = [
        SpokenFamily(
            name: TinyBMSDriver.familyName, title: "TinyBMS", baudRate: 115_200, patience: .milliseconds(300),
            isSafeToTry: true,
            makeDriver: { TinyBMSDriver(pack: $0, link: $1, loop: $2, options: .init(cellOrder: $3.cellOrder)) },
            decodeLine: { TinyBMSLineDecoder.decode(line: $0) }, movesSwitches: false),
        SpokenFamily(
            name: JKDriver.familyName, title: "JK", baudRate: JKDriver.baudRate, patience: .milliseconds(450),
            isSafeToTry: true, makeDriver: { pack, link, loop, _ in JKDriver(pack: pack, link: link, loop: loop) },
            decodeLine: { JKLineDecoder.decode(line: $0) }),
        SpokenFamily(
            name: JKPBDriver.familyName, title: "JK PB", baudRate: JKPBDriver.baudRate, patience: .milliseconds(1000),
            isSafeToTry: false,
            makeDriver: { JKPBDriver(pack: $0, link: $1, loop: $2, options: .init(address: $3.address)) },
            decodeLine: { JKLineDecoder.decode(line: $0) }),
        SpokenFamily(
            name: JBDDriver.familyName, title: "JBD", baudRate: JBDDriver.baudRate, patience: .milliseconds(400),
            isSafeToTry: true, makeDriver: { pack, link, loop, _ in JBDDriver(pack: pack, link: link, loop: loop) },
            decodeLine: { JBDLineDecoder.decode(line: $0) }),
        SpokenFamily(
            name: DalyDriver.familyName, title: "Daly", baudRate: DalyDriver.baudRate, patience: .milliseconds(600),
            isSafeToTry: true,
            makeDriver: { DalyDriver(pack: $0, link: $1, loop: $2, options: .init(sign: $3.currentSign)) },
            decodeLine: { DalyLineDecoder.decode(line: $0) }, clearer: DalyModbusDriver.familyName),
        SpokenFamily(
            name: DalyModbusDriver.familyName, title: "Daly (Modbus)", baudRate: DalyModbusDriver.baudRate,
            patience: .milliseconds(850), isSafeToTry: true,
            makeDriver: { DalyModbusDriver(pack: $0, link: $1, loop: $2, options: .init($3.currentSign)) },
            decodeLine: { DalyModbusLineDecoder.decode(line: $0) }),
    ]

    /// What a person calls a BMS of it: its own name where it tells one, which is more than a number.
    package func model(of identity: PackIdentity?) -> String {
        identity?.hardware.flatMap { $0.contains(where: \.isLetter) ? $0 : nil } ?? title
    }

    /// The one of a name.
    package static func named(_ name: String) -> SpokenFamily? { all.first { $0.name == name } }
}
