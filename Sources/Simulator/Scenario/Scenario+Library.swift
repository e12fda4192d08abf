extension Scenario {
    /// The built-in scenarios; the first is the healthy pack. Faults begin after 30 s, when a gateway is live.
    package static let library: [Scenario] = [
        Scenario(
            name: "healthy", description: "A sound pack that is charged and discharged in turn.",
            profile: LoadProfile(
                [
                    .init(at: 0, .current(0)), .init(at: 20, .current(60), ramps: true), .init(at: 1800, .current(60)),
                    .init(at: 1830, .current(0), ramps: true), .init(at: 2100, .current(0)),
                    .init(at: 2130, .current(-60), ramps: true), .init(at: 3900, .current(-60)),
                    .init(at: 3930, .current(0), ramps: true),
                ], period: 4200, chargeCellVoltage: 3.45)),
        Scenario(
            name: "full", description: "A pack at the end of its charge: cells balance and the current tapers.",
            pack: pack { $0.stateOfCharge = 99.2 },
            profile: LoadProfile([.init(at: 0, .current(30))], chargeCellVoltage: 3.60)),
        Scenario(
            name: "empty", description: "A nearly empty pack under load: the BMS stops the discharge.",
            pack: pack { $0.stateOfCharge = 4 }, profile: LoadProfile([.init(at: 0, .current(-60))])),
        charging("bms-silent", "The BMS stops answering for a minute.", [.init(at: 30, for: 60, .init(.silence))]),
        charging(
            "cell-over-voltage", "Cell 5 rises beyond the over-voltage cutoff and comes back.",
            [.init(at: 30, for: 60, .init(.cellVoltage, cell: 5, value: 3.80))]),
        charging(
            "cell-spike", "The reading of cell 3 jumps to 4.9 V in one sample of ten.",
            [.init(at: 30, for: 120, .init(.cellSpikes, cell: 3, value: 4.9, probability: 0.1))]),
        charging(
            "noise-10", "A tenth of all answers is damaged, and the line rustles.",
            [
                .init(at: 30, .init(.damagedAnswers, probability: 0.1)), .init(at: 30, .init(.noise, value: 5)),
                .init(at: 30, .init(.damagedRequests, probability: 0.05)),
            ]),
        charging(
            "wild-wire", "Answers come late, twice, glued, cut off and with text between.",
            [
                .init(at: 30, .init(.lateAnswers, value: 0.3, probability: 0.05)),
                .init(at: 30, .init(.duplicatedAnswers, probability: 0.05)),
                .init(at: 30, .init(.gluedAnswers, probability: 0.05)),
                .init(at: 30, .init(.truncatedAnswers, probability: 0.05)),
                .init(at: 30, .init(.textNoise, probability: 0.05)),
            ]),
        charging(
            "frozen-counter", "The running counter stands still for half a minute.",
            [.init(at: 30, for: 30, .init(.frozenCounter))]),
        charging(
            "frozen-buffer", "Every live value stays as it is for half a minute.",
            [.init(at: 30, for: 30, .init(.frozenReadings))]),
        charging("unplug", "The cable is out for 20 seconds.", [.init(at: 30, for: 20, .init(.unplugged))]),
        charging(
            "cold-charge", "The pack is at -5 °C while the sun shines: the BMS refuses to charge.", temperature: -5, []),
        charging(
            "hot", "The pack heats to 65 °C and cools down again.",
            [.init(at: 30, for: 120, .init(.packTemperature, value: 65))]),
        charging(
            "probe-lost", "The first temperature sensor is torn off.",
            [.init(at: 30, for: 120, .init(.temperatureLost, sensor: 1))]),
        Scenario(
            name: "sleep", description: "A resting pack whose BMS falls asleep and does not wake for a minute.",
            faults: [.init(at: 30, for: 60, .init(.asleep))]),
    ]

    // MARK: - Private

    private static func pack(_ change: (inout PackParameters) -> Void) -> PackParameters {
        var parameters = PackParameters()
        change(&parameters)
        return parameters
    }

    private static func charging(
        _ name: String, _ description: String, temperature: Double = 22, _ faults: [ScheduledFault]
    ) -> Scenario {
        Scenario(
            name: name, description: description, pack: pack { $0.temperature = temperature },
            profile: LoadProfile([.init(at: 0, .current(40))], chargeCellVoltage: 3.45), faults: faults)
    }
}
