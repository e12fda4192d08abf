import BMSProtocols
import Battery
import JSONText
import Links
import Log

extension GatewayEvent {
    static func packLink(_ link: PackLinkPicture) -> GatewayEvent {
        let fields = [
            JSONValue.Member("pack", .integer(link.pack)), .init("link", .string(link.address)),
            .init("open", .bool(link.isOpen)),
        ]
        guard let problem = link.problem else {
            return .init(.notice, "bms_link", "pack \(link.pack): \(link.family) answers on \(link.address)", fields)
        }
        return .init(.warning, "bms_link", "pack \(link.pack): \(problem)", fields)
    }

    static func readingRefused(_ pack: Int, _ fault: SnapshotFault) -> GatewayEvent {
        .init(
            .warning, "reading_refused",
            "pack \(pack): \(fault.sentence); such readings do not count until it is mended",
            [.init("pack", .integer(pack))])
    }

    static func input(_ pack: Int, _ change: InputWatch.Change) -> GatewayEvent {
        let fields = [JSONValue.Member("pack", .integer(pack))]
        return switch change {
        case .cellLost(let number):
            .init(
                .warning, "cell_lost",
                "pack \(pack): cell \(number) cannot be read or stands still while the others move, so charging is "
                    + "forbidden: check its sense wire", fields + [.init("cell", .integer(number))])
        case .cellBack(let number):
            .init(
                .notice, "cell_back", "pack \(pack): cell \(number) is read again",
                fields + [.init("cell", .integer(number))])
        case .sensorLost(let name, let others):
            .init(
                .warning, "sensor_lost",
                "pack \(pack): temperature sensor \(name) is gone, "
                    + (others > 0
                        ? "\(others) of the cells left" : "none of the cells is left, so charging is forbidden")
                    + ": check its plug", fields + [.init("sensor", .string(name.description))])
        case .sensorBack(let name):
            .init(
                .notice, "sensor_back", "pack \(pack): temperature sensor \(name) is read again",
                fields + [.init("sensor", .string(name.description))])
        }
    }

    static func readingsValidAgain(_ pack: Int, _ refused: Int) -> GatewayEvent {
        .init(
            .notice, "readings_valid", "pack \(pack): readings are valid again, \(refused) were refused so far",
            [.init("pack", .integer(pack)), .init("refused", .integer(refused))])
    }
}

extension SnapshotFault {
    /// What is wrong and where to look.
    var sentence: String {
        switch self {
        case .cellCount(let got, let configured):
            "the BMS has \(got) cells, configured are \(configured): set pack.N.cells or the BMS's own cell count"
        case .sumOfCells(let sum, let pack, let allowed):
            "the cells add up to \(sum.decimal(2)) V but the pack says \(pack.decimal(2)) V "
                + "(more than \(allowed.decimal(2)) V apart): check the sense wires"
        case .extremes(let lowest, let highest):
            "the BMS's lowest cell \(lowest.decimal(3)) V and highest cell \(highest.decimal(3)) V "
                + "contradict its list of cells"
        case .counterFrozen(let value):
            "the BMS's running counter stands still at \(value): it answers from a frozen buffer"
        case .empty: "the reading holds neither a pack voltage nor a cell"
        }
    }
}

extension BMSError {
    /// What is wrong and where to look.
    package var sentence: String {
        switch self {
        case .silent: "no answer: check the cable, the port and that the BMS is awake"
        case .garbled(let complaint): "answers are damaged (\(complaint)): check cable, ground and baud rate"
        case .refused(let command, let code):
            "the BMS refuses command 0x\(String(command, radix: 16, uppercase: true)) with code \(code)"
        case .unexpected(let what): "the device does not answer like this family (\(what)): check pack.N.family"
        case .link(let error): error.description
        case .cancelled: "stopped"
        }
    }
}
