import FoundationEssentials

/// A simulation that can be told again: a pack, what flows through it and what goes wrong when.
package struct Scenario: Sendable, Hashable {
    /// Name, as in `sim:NAME`.
    package var name: String
    /// A few words for a list.
    package var title: String
    /// What happens, in sentences for people.
    package var description: String
    /// The pack.
    package var pack: PackParameters
    /// What flows, unless a plant is attached.
    package var profile: LoadProfile
    /// What goes wrong with the packs.
    package var faults: [ScheduledFault]
    /// How many packs there are, each like the others.
    package var packs = 1
    /// What goes wrong around the packs.
    package var world: [ScheduledWorldFault] = []
    /// Which failures of the field, faults or rules it shows: a few words each.
    package var shows: [String] = []
    /// What a trustworthy gateway does, in sentences for people.
    package var expectation = ""

    /// Creates a scenario; without more it is a healthy resting pack.
    package init(
        name: String, title: String = "", description: String = "", pack: PackParameters = PackParameters(),
        profile: LoadProfile = LoadProfile(), faults: [ScheduledFault] = []
    ) {
        self.name = name
        self.title = title
        self.description = description
        self.pack = pack
        self.profile = profile
        self.faults = faults
    }

    /// Reads a scenario from JSON text.
    ///
    /// - Throws: `ScenarioError` with one sentence that names the field.
    package static func load(text: String) throws(ScenarioError) -> Scenario {
        do {
            return try JSONDecoder().decode(Scenario.self, from: Data(text.utf8))
        } catch let error as DecodingError {
            throw ScenarioError(error)
        } catch {
            throw ScenarioError("The scenario cannot be read: \(error).")
        }
    }

    /// The built-in scenario of a name, "" for the healthy pack; nil when there is none.
    package static func named(_ name: String) -> Scenario? {
        name.isEmpty ? library.first : library.first { $0.name == name }
    }

    /// What one of the packs sees of it, numbered from 1: its own faults; every fault where the scenario is of one pack.
    package func forPack(_ number: Int) -> Scenario {
        guard packs > 1 else { return self }
        var scenario = self
        scenario.faults.removeAll { $0.pack != number }
        return scenario
    }

    /// The scenario as JSON text, members in alphabetical order.
    package var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Only numbers that are not finite could fail, and those cannot be loaded.
        guard let data = try? encoder.encode(self) else { return "{}" }
        return String(decoding: data, as: UTF8.self)
    }
}

/// Why a scenario cannot be used: one sentence that names the field.
package struct ScenarioError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sentence.
    package let description: String

    /// Creates an error from its sentence.
    package init(_ description: String) { self.description = description }

    init(_ error: DecodingError) {
        let (context, text): (DecodingError.Context, String)
        switch error {
        case .keyNotFound(let key, let found):
            (context, text) = (found, "needs a field \"\(key.stringValue)\"")
        case .typeMismatch(let type, let found):
            (context, text) = (found, "must be " + Self.word(for: type))
        case .valueNotFound(let type, let found):
            (context, text) = (found, "must be " + Self.word(for: type))
        case .dataCorrupted(let found):
            (context, text) = (found, found.debugDescription)
        @unknown default:
            self.init("The scenario cannot be read: \(error).")
            return
        }
        guard !context.codingPath.isEmpty else {
            // Without a path it is the parser, which tells no more, or the outermost object that lacks something.
            if case .dataCorrupted = error {
                self.init("The scenario is not valid JSON.")
            } else {
                self.init("The scenario \(text).")
            }
            return
        }
        var path = ""
        for key in context.codingPath {
            if let index = key.intValue {
                path += "[\(index)]"
            } else {
                path += path.isEmpty ? key.stringValue : "." + key.stringValue
            }
        }
        self.init("The scenario's field \(path) \(text).")
    }

    private static func word(for type: Any.Type) -> String {
        switch type {
        case is Double.Type: "a number"
        case is Int.Type: "a whole number"
        case is Bool.Type: "true or false"
        case is String.Type: "a text"
        case is [Any].Type: "a list"
        default: "an object"
        }
    }
}
