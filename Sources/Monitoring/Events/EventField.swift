/// One detail of an event, as the log and the API name it.
package struct EventField: Sendable, Hashable {
    /// What a detail may be.
    package enum Value: Sendable, Hashable {
        case unknown
        case text(String)
        case number(Double)
        case flag(Bool)
    }

    package var name: String
    package var value: Value

    package init(_ name: String, _ value: Value) {
        self.name = name
        self.value = value
    }
}

extension [EventField] {
    /// The text of a field; nil where it is none.
    package func text(_ name: String) -> String? {
        guard case .text(let text)? = first(where: { $0.name == name })?.value else { return nil }
        return text
    }

    /// The whole number in a field; nil where it is none.
    package func integer(_ name: String) -> Int? {
        guard case .number(let number)? = first(where: { $0.name == name })?.value else { return nil }
        return Int(exactly: number)
    }
}
