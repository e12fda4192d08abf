import InverterProtocols
import Testing

@Suite struct `What the battery calls itself` {
    @Test func `the default identity is valid and no other make's`() {
        #expect(VictronIdentity().validate().isEmpty)
        #expect(VictronIdentity(manufacturer: "TinyBMS", batteryName: "TinyBMS Gateway").validate().isEmpty)
    }

    @Test(arguments: [
        "PYLON", "pylontech", "P-Y-L-O-N", "LG", "LG RESU", "my BYD", "PYTES", "Lynx BMS", "FREEDOMWON", "Freedom Won",
        "Pelio-L",
    ])
    func `a supported make's name is refused with the reason`(name: String) throws {
        for identity in [
            VictronIdentity(manufacturer: name, batteryName: "x"), VictronIdentity(batteryName: name),
            VictronIdentity(family: name),
        ] {
            let problem = identity.validate().first {
                if case .supportedBrand = $0 { true } else { false }
            }
            #expect(try #require(problem).description.contains("would be taken for"))
        }
    }

    @Test func `length, characters and emptiness are checked`() {
        #expect(
            VictronIdentity(manufacturer: "123456789", batteryName: "").validate().contains(
                .tooLong(.manufacturer, limit: 8)))
        #expect(VictronIdentity(batteryName: "Cellbridge and more").validate() == [.tooLong(.batteryName, limit: 16)])
        #expect(VictronIdentity(family: "Maßwerk").validate() == [.notASCII(.family)])
        #expect(VictronIdentity(manufacturer: "").validate() == [.empty(.manufacturer)])
    }

    @Test func `0x35E and 0x370 must agree when both are sent`() {
        #expect(
            VictronIdentity(manufacturer: "TinyBMS", batteryName: "Cellbridge").validate()
                == [.namesDisagree(manufacturer: "TinyBMS", batteryName: "Cellbridge")])
        // A short battery name is not sent, so there is nothing to agree with.
        #expect(VictronIdentity(manufacturer: "TinyBMS", batteryName: "Garage").validate().isEmpty)
    }
}
