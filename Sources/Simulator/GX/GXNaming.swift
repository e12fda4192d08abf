package import InverterProtocols

/// Who the battery says it is, piece by piece, and what the GX makes of it (protocols/victron-can.md 7).
package struct GXNaming: Sendable, Hashable {
    /// Text frames as they came in this connection.
    private var texts: [VictronFrameID: String] = [:]
    private var foreign: Set<VictronFrameID> = []

    /// Nothing is known yet.
    package init() {}

    /// Takes a text frame.
    package mutating func note(_ id: VictronFrameID, _ text: String) { texts[id] = text }

    /// Takes a frame of another make.
    package mutating func noteForeign(_ id: VictronFrameID) { foreign.insert(id) }

    /// A text frame without the padding at its end; nil when it did not come or is empty.
    package func text(_ id: VictronFrameID) -> String? { Self.trimmed(texts[id]) }

    /// Name by priority: 0x370/0x371, then 0x35E, then the name that stands for all.
    package var name: String {
        Self.trimmed(texts[.batteryNameFirst].map { $0 + (texts[.batteryNameSecond] ?? "") })
            ?? text(.manufacturer) ?? GXRules.fallbackName
    }

    /// The serial number, complete when 0x381 came.
    package var serial: String? {
        guard let first = texts[.serialFirst], let second = texts[.serialSecond] else { return nil }
        return Self.trimmed(first + second)
    }

    /// Whether frames of another make came.
    package var hasForeignFrames: Bool { !foreign.isEmpty }

    /// The supported make that the GX takes this battery for.
    ///
    /// Frames that only Pylontech sends do it as well as a name.
    package var brand: VictronBrand? {
        for id in [VictronFrameID.manufacturer, .batteryNameFirst, .family] {
            guard let text = id == .batteryNameFirst ? Optional(name) : text(id) else { continue }
            if let brand = VictronBrand.recognised(in: text) { return brand }
        }
        guard foreign.contains(.pylontechAlarms) || foreign.contains(.pylontechFlags) else { return nil }
        return VictronBrand.recognised(in: "PYLON")
    }

    // MARK: - Private

    private static func trimmed(_ text: String?) -> String? {
        guard var text else { return nil }
        while text.last == " " { text.removeLast() }
        return text.isEmpty ? nil : text
    }
}
