/// One value of the TinyBMS's register map: where it stands, what it is called and what it may be.
///
/// A register that packs several fields has one row a field. The rows are in `TinyBMSRegister.all`; decoder, driver,
/// simulator and settings editor all read that one table.
package struct TinyBMSRegister: Sendable, Hashable {
    /// Where the value sits.
    package enum Form: Sendable, Hashable {
        /// The whole register, unsigned.
        case word
        /// The whole register, two's complement.
        case signedWord
        /// Two registers, low word at the lower number.
        case long
        /// IEEE 754 single over two registers, low word at the lower number.
        case float
        /// Some bits of the register, lowest bit first; `signed` for the two temperatures of register 113.
        case bits(shift: Int, width: Int, signed: Bool)
        /// Six registers shown as 24 hexadecimal digits: the serial number.
        case serial
    }

    /// What a row needs said beside its numbers.
    package struct Marks: OptionSet, Sendable, Hashable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// Only in the Rev D paper: older firmware reads 0 or refuses.
        package static let revisionD = Marks(rawValue: 1 << 0)
        /// The BMS moves minimum and maximum by itself depending on the current sensor.
        package static let limitsMove = Marks(rawValue: 1 << 1)
        /// Writing it restarts the BMS.
        package static let restarts = Marks(rawValue: 1 << 2)
        /// Reads 0xFFFF once the BMS has taken the value.
        package static let readsBackAsTaken = Marks(rawValue: 1 << 3)
    }

    /// Part of the register map, by number.
    package enum Area: String, Sendable, Hashable, CaseIterable {
        case live
        case statistics
        case settings
        case version

        /// The registers that can be read at one go and hold everything documented of the area.
        package var range: ClosedRange<UInt16> {
            switch self {
            case .live: 0...55
            case .statistics: 100...117
            case .settings: 300...343
            case .version: 500...509
            }
        }
    }

    /// Number of the (first) register.
    package var number: UInt16
    /// Name in `decode` and in the settings editor, unit included where there is one.
    package var name: String
    /// For people, English.
    package var title: String
    package var form: Form
    /// The value in `unit` is the raw value divided by this.
    package var divisor: Double
    /// Unit as printed; empty for plain numbers and choices.
    package var unit: String
    /// Smallest and largest raw value that may be written; nil where nothing is written or no source gives it.
    package var range: ClosedRange<Int>?
    /// Raw value that means "no value".
    package var missing: Int?
    /// Names of the raw values; empty for quantities.
    package var choices: [Int: String]
    package var marks: Marks

    package init(
        _ number: UInt16, _ name: String, _ title: String, _ form: Form = .word, per divisor: Double = 1,
        unit: String = "", range: ClosedRange<Int>? = nil, missing: Int? = nil,
        choices: [Int: String] = [:], _ marks: Marks = []
    ) {
        self.number = number
        self.name = name
        self.title = title
        self.form = form
        self.divisor = divisor
        self.unit = unit
        self.range = range ?? (choices.isEmpty || number < 300 || number > 399 ? nil : Self.span(choices))
        self.missing = missing
        self.choices = choices
        self.marks = marks
    }

    /// Registers that the value takes.
    package var width: Int {
        switch form {
        case .long, .float: 2
        case .serial: 6
        default: 1
        }
    }

    /// Part of the map; nil for numbers that no area holds.
    package var area: Area? { Area.allCases.first { $0.range.contains(number) } }

    /// Whether native and Modbus writes reach it (300...399).
    package var isWritable: Bool { TinyBMSRegister.writable.contains(number) }

    /// Whether a raw value may be written, as far as the table knows.
    package func allows(_ raw: Int) -> Bool {
        guard rawSpan.contains(raw) else { return false }
        if !choices.isEmpty, choices[raw] == nil { return false }
        return range?.contains(raw) ?? true
    }

    /// Raw values that fit the form at all.
    package var rawSpan: ClosedRange<Int> {
        switch form {
        case .word: 0...0xFFFF
        case .signedWord: -0x8000...0x7FFF
        case .long: 0...0xFFFF_FFFF
        case .bits(_, let width, let signed):
            signed ? -(1 << (width - 1))...(1 << (width - 1)) - 1 : 0...(1 << width) - 1
        case .float, .serial: 0...0
        }
    }

    // MARK: - Private

    private static func span(_ choices: [Int: String]) -> ClosedRange<Int>? {
        guard let least = choices.keys.min(), let most = choices.keys.max() else { return nil }
        return least...most
    }
}
