/// One line of the schema: everything that store, API, page, command line and documentation know about a setting.
package struct SettingDefinition: Sendable, Hashable {
    /// The dotted key; `pack.N.…` stands for every pack.
    package var key: String
    package var kind: SettingKind
    /// Unit as people write it; nil without one.
    package var unit: String?
    /// The factory default; nil where only the user, or another setting, can tell.
    package var standard: SettingValue?
    /// Written in place of a default that depends on other settings.
    package var standardNote: String?
    /// Never shown, logged or exported unasked.
    package var isSecret: Bool
    /// Children that must restart to take the value up. Where none is named, whoever uses the value takes it from the
    /// change notice at its next step.
    package var restarts: Set<ConfigurationChild>
    package var help: Help

    /// One sentence in each language of the page.
    package struct Help: Sendable, Hashable {
        package var english: String
        package var french: String
    }

    /// Writes one line of the schema.
    package init(
        _ key: String, _ kind: SettingKind, unit: String? = nil, standard: SettingValue? = nil, note: String? = nil,
        secret: Bool = false, restarts: Set<ConfigurationChild> = [], _ english: String, _ french: String
    ) {
        self.key = key
        self.kind = kind
        self.unit = unit
        self.standard = standard
        standardNote = note
        isSecret = secret
        self.restarts = restarts
        help = Help(english: english, french: french)
    }

    /// Whether each pack has its own.
    package var isPerPack: Bool { key.hasPrefix("pack.N.") }
}

/// A part of the gateway that may have to restart for a setting.
package enum ConfigurationChild: String, Sendable, Hashable, CaseIterable {
    /// The pollers.
    case acquisition
    /// The CAN publisher.
    case inverter
    /// The web server.
    case web
    /// The rolling capture.
    case capture
    /// The whole process.
    case gateway
}
