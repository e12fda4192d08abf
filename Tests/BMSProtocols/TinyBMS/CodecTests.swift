import Testing

@testable import BMSProtocols

@Suite struct `TinyBMS codec` {
    static let requests: [TinyBMSRequest] = [
        .control(.clearEvents), .control(.clearStatistics), .control(.reset), .readRegisters(address: 0, count: 56),
        .readRegisters(address: 300, count: 127), .readBlock(address: 5, count: 5), .readBlock(address: 0, count: 31),
        .readIndividual([300]), .readIndividual(Array(300..<315)),
        .writeBlock(address: 300, values: [3650, 2800], countsAddress: true),
        .writeBlock(address: 300, values: [3650, 2800], countsAddress: false),
        .writeIndividual([.init(300, 3650), .init(301, 2800)]), .writeRegisters(address: 315, values: [4200, 2500]),
        .writeRegisters(address: 300, values: Array(0..<100)), .newestEvents, .allEvents, .packVoltage, .packCurrent,
        .maximumCell, .minimumCell, .onlineStatus, .lifetime, .stateOfCharge, .temperatures, .cellVoltages,
        .settings(.minimum, count: 44), .settings(.maximum, count: 44), .settings(.defaults, count: 44),
        .settings(.current, count: 100), .version, .extendedVersion, .trip,
    ]

    static let answers: [TinyBMSAnswer] = [
        .acknowledged(command: 2), .refused(command: 3, code: 0), .refused(command: 0x10, code: 1),
        .registers([1, 0xFFFF]), .registers(Array(repeating: 0xAAAA, count: 127)), .block([1, 2, 3]),
        .partial(command: 7, packet: 3, payload: [1, 2, 3, 4]), .individual([.init(300, 4150), .init(301, 3000)]),
        .written(address: 315, count: 2), .newestEvents(bmsTime: 20_000_000, []),
        .allEvents(bmsTime: 7, (0..<49).map { .init(timestamp: $0, identifier: 0x65) }), .packVoltage(55.78),
        .packCurrent(-3.03), .maximumCell(3990), .minimumCell(3980), .onlineStatus(0x97), .lifetime(16_683_981),
        .stateOfCharge(83_554_824), .temperatures(internal: -52, external1: -101, external2: -32768),
        .cellVoltages(Array(repeating: 33000, count: 16)), .settings(Array(repeating: 9, count: 100)),
        .version(.init(hardware: 2, hardwareChanges: 1, firmwarePublic: 1, firmwareInternal: 242)),
        .extendedVersion(
            .init(
                hardware: 2, hardwareChanges: 1, firmwarePublic: 1, firmwareInternal: 242, bootloader: 24,
                registerMap: 4)),
        .trip(speed: 12.5, distanceLeft: 3, timeLeft: 41_777_412),
    ]

    @Test(arguments: requests) func `every request reads back as it was built`(request: TinyBMSRequest) throws {
        #expect(try TinyBMSRequest.decode(request.bytes) == request)
        switch TinyBMSFrame.requestLength(request.bytes) {
        case .exactly(let length): #expect(length == request.bytes.count)
        case .either(let one, let other): #expect([one, other].contains(request.bytes.count))
        default: Issue.record("no length for \(request)")
        }
    }

    @Test(arguments: answers) func `every answer reads back as it was built`(answer: TinyBMSAnswer) throws {
        #expect(try TinyBMSAnswer.decode(answer.bytes) == answer)
    }
}
