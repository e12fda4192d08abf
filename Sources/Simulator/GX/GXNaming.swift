package import InverterProtocols

/// Who the battery says it is, piece by piece, and what the GX makes of it (protocols/victron-can.md 7).
package struct GXNaming: Sendable, Hashable {
    /// Text frames as they came in this connection.
    private var texts: [VictronFrameID: String] = [:]
    private var foreign: Set<VictronFrameID> = []
    /// Name by priority: 0x370/0x371, then 0x35E, then the name that stands for all.
    package private(set) var name = GXRules.fallbackName
    /// The serial number, complete when 0x381 came.
    package private(set) var serial: String?
    /// The supported make that the GX takes this battery for.
    package private(set) var brand: VictronBrand?

    /// Nothing is known yet.
    package init() {}

    /// Takes a text frame; most repeat what is known.
    package mutating func note(_ id: VictronFrameID, _ text: String) {
        guard texts[id] != text else { return }
        texts[id] = text
        // Names of cells and sensors come and go; who the battery is hardly ever changes.
        switch id {
        case .manufacturer, .batteryNameFirst, .batteryNameSecond, .family, .serialFirst, .serialSecond: read()
        default: break
        }
    }

    /// Takes a frame of another make.
    package mutating func noteForeign(_ id: VictronFrameID) {
        guard foreign.insert(id).inserted else { return }
        read()
    }

    /// A text frame without the padding at its end; nil when it did not come or is empty.
    package func text(_ id: VictronFrameID) -> String? { Self.trimmed(texts[id]) }

    /// Whether frames of another make came.
    package var hasForeignFrames: Bool { !foreign.isEmpty }

    // MARK: - Private

    private mutating func read() {
        name =
            Self.trimmed(texts[.batteryNameFirst].map { $0 + (texts[.batteryNameSecond] ?? "") })
            ?? text(.manufacturer) ?? GXRules.fallbackName
        serial = nil
        if let first = texts[.serialFirst], let second = texts[.serialSecond] { serial = Self.trimmed(first + second) }
        brand = makeBrand()
    }

    /// Frames that only Pylontech sends do it as well as a name.
    private func makeBrand() -> VictronBrand? {
        for id in [VictronFrameID.manufacturer, .batteryNameFirst, .family] {
            guard let text = id == .batteryNameFirst ? Optional(name) : text(id) else { continue }
            if let brand = VictronBrand.recognised(in: text) { return brand }
        }
        guard foreign.contains(.pylontechAlarms) || foreign.contains(.pylontechFlags) else { return nil }
        return VictronBrand.recognised(in: "PYLON")
    }

    private static func trimmed(_ text: String?) -> String? {
        guard var text else { return nil }
        while text.last == " " { text.removeLast() }
        return text.isEmpty ? nil : text
    }
}
