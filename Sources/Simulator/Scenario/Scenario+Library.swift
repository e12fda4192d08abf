extension Scenario {
    /// Every scenario of Resources/scenarios, the healthy pack first, then in the order of their names.
    package static let library: [Scenario] = ScenarioTexts.all.compactMap { text in
        // A test holds the texts to be good, and as many as the files.
        do throws(ScenarioError) { return try load(text: text) } catch { return nil }
    }
}
