/// All settings there are. Adding a setting is adding one line to `Schema.gateway`.
package struct Schema: Sendable {
    /// The lines, in the order in which people read them.
    package let definitions: [SettingDefinition]
    private let byKey: [String: SettingDefinition]

    /// Numbers of packs.
    package static let packs = 1...16

    package init(_ definitions: [SettingDefinition]) {
        self.definitions = definitions
        byKey = Dictionary(definitions.map { ($0.key, $0) }) { first, _ in first }
    }

    /// The line for a key, `pack.3.cells` finding `pack.N.cells`; nil for a key that is none.
    package func definition(for key: String) -> SettingDefinition? {
        guard let number = Schema.packNumber(of: key) else { return key.contains("pack.N.") ? nil : byKey[key] }
        return byKey["pack.N." + key.dropFirst("pack.\(number).".count)]
    }

    /// Every key there can be, packs written out.
    package var keys: [String] {
        definitions.flatMap { definition in
            guard definition.isPerPack else { return [definition.key] }
            return Schema.packs.map { "pack.\($0)." + definition.key.dropFirst("pack.N.".count) }
        }
    }

    /// Which pack a key belongs to; nil where it belongs to none. `pack.01.cells` is no key: one spelling only.
    package static func packNumber(of key: String) -> Int? {
        let parts = key.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "pack", let number = Int(parts[1]), packs.contains(number),
            String(number) == parts[1]
        else { return nil }
        return number
    }

    /// What is wrong with a link address as the rules see it, to stand behind the address in a sentence; nil where
    /// nothing is.
    package static func fault(in address: String, use: SettingKind.LinkUse) -> String? {
        LinkSyntax.fault(in: address, use: use)
    }
}
