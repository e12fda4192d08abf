/// Makes that a GX knows and treats in a way of its own, or knows by name (protocols/victron-can.md 7).
///
/// A gateway that borrows such a name gets that treatment: its limits are then no longer the ones that act.
package struct VictronBrand: Sendable, Hashable {
    /// Name as people know it.
    package let name: String
    /// Upper-case letters and digits that give the make away wherever they stand in a name.
    package let marks: [String]
    /// Product identifiers of the GX, empty where not published.
    package let productIdentifiers: [UInt16]
    /// What the GX's charge control then does with the limits; empty where it is not known to change them.
    package let quirk: String

    /// Makes with a quirk first.
    package static let all: [VictronBrand] = [
        VictronBrand(
            name: "LG RESU", marks: ["LG", "RESU"], productIdentifiers: [0xB004], quirk: "CVL capped at 57.3 V"),
        VictronBrand(
            name: "Pylontech", marks: ["PYLON"], productIdentifiers: [0xB009],
            quirk: "CVL replaced by at most 52.8 V for 15 cells, CCL never below a quarter of the capacity"),
        VictronBrand(
            name: "Pylontech Pelio-L", marks: ["PELIO"], productIdentifiers: [0xB029],
            quirk: "CVL at most 56.0 V, CCL at least a fifth of the capacity"),
        VictronBrand(
            name: "BYD", marks: ["BYD"], productIdentifiers: [0xB00A, 0xB015, 0xB019],
            quirk: "CCL = 0 replaced by 40 A with CVL at most 55.0 V"),
        VictronBrand(
            name: "Lynx Smart BMS", marks: ["LYNX"], productIdentifiers: Array(0xA3E3...0xA3E7),
            quirk: "CCL = 0 stops everything"),
        VictronBrand(name: "Pytes", marks: ["PYTES"], productIdentifiers: [0xB01B], quirk: ""),
        VictronBrand(name: "Freedomwon", marks: ["FREEDOM"], productIdentifiers: [], quirk: ""),
        VictronBrand(name: "Victron", marks: ["VICTRON"], productIdentifiers: [], quirk: ""),
        VictronBrand(name: "BlueNova", marks: ["BLUENOVA"], productIdentifiers: [], quirk: ""),
        VictronBrand(name: "BMZ", marks: ["BMZ"], productIdentifiers: [], quirk: ""),
        VictronBrand(name: "Discover", marks: ["DISCOVER"], productIdentifiers: [], quirk: ""),
        VictronBrand(name: "Dyness", marks: ["DYNESS"], productIdentifiers: [], quirk: ""),
        VictronBrand(name: "Hubble", marks: ["HUBBLE"], productIdentifiers: [], quirk: ""),
        VictronBrand(name: "Redflow", marks: ["REDFLOW", "ZCELL"], productIdentifiers: [], quirk: ""),
        VictronBrand(name: "Sony", marks: ["SONY", "MURATA"], productIdentifiers: [], quirk: ""),
        VictronBrand(name: "Tesvolt", marks: ["TESVOLT"], productIdentifiers: [], quirk: ""),
        VictronBrand(name: "WeCo", marks: ["WECO"], productIdentifiers: [], quirk: ""),
    ]

    /// The make that a name would be taken for, nil for a name of one's own. Case, spaces and signs do not matter.
    package static func recognised(in name: String) -> VictronBrand? {
        let letters = String(
            decoding: VictronText.printable(name.uppercased()).filter { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
            }, as: UTF8.self)
        guard !letters.isEmpty else { return nil }
        return all.first { brand in brand.marks.contains { letters.contains($0) } }
    }
}
