import Foundation
import Testing

/// What a review would otherwise have to look for.
@Suite struct TidyTests {
    @Test("Every file keeps the rule", arguments: Rule.all)
    func rule(rule: Rule) {
        let findings = Tree.files.flatMap(rule.findings)
        #expect(findings.isEmpty, "\(findings.joined(separator: "\n"))")
    }

    @Test("A breach of the rule is found", arguments: Rule.all)
    func breach(rule: Rule) {
        #expect(rule.findings(in: rule.counterexample).count == 1)
    }

    @Test("The tests see the whole tree")
    func tree() {
        let paths = Set(Tree.files.map(\.path))
        let expected = ["Package.swift", "README.md", "Sources/Core/Wire/Hex.swift", "Config/demo.yaml"]
        #expect(paths.isSuperset(of: expected))
        #expect(Tree.files.allSatisfy { !$0.isSwift || $0.lines.count > 1 })
    }

    @Test("Nothing stands at the top but what the layout names")
    func top() {
        let unknown = Tree.entries.filter { !$0.hasPrefix(".") && !Tree.top.contains($0) }
        #expect(unknown.isEmpty)
    }

    @Test("Every unsafe marker on the list is there and has a reason")
    func markers() {
        let paths = Set(Tree.files.map(\.path))
        for marker in UnsafeMarker.all {
            #expect(paths.contains(marker.path), "\(marker.path) is gone")
            #expect(!marker.reason.isEmpty)
        }
        #expect(Set(UnsafeMarker.all.map(\.path)).count == UnsafeMarker.all.count)
    }
}
