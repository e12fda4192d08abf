import Testing

@testable import Proof

/// Tells a story twice: without the sin it is acquitted, with it it is condemned by exactly these rules.
func judge(
    _ rules: Set<Rule>, packs: Int = 1, site: (inout Site) -> Void = { _ in },
    sourceLocation: SourceLocation = #_sourceLocation, _ tell: (_ story: Story, _ sins: Bool) -> Void
) {
    for sins in [false, true] {
        let story = Story(packs: packs, site)
        tell(story, sins)
        let words = story.checker.violations.map(\.description).joined(separator: "\n")
        let want: Set<Rule> = sins ? rules : []
        #expect(
            story.condemned == want, "\(sins ? "with" : "without") the sin: \(words)", sourceLocation: sourceLocation)
    }
}
