import Fuzzing
import YAML

/// Feeds arbitrary bytes to the YAML reader, and walks what it makes of them.
@main enum FuzzYAML {
    static func main() {
        Fuzzer.run { start, count in
            let bytes = Array(UnsafeBufferPointer(start: start, count: count))
            do throws(YAMLFaults) {
                let document = try YAMLDocument.parse(bytes: bytes, file: "fuzz.yaml")
                if let root = document.root { FuzzYAML.walk(root, depth: 1) }
            } catch {
                precondition(!error.faults.isEmpty, "A refusal without a fault.")
                for fault in error.faults { precondition(fault.line >= 1, "A fault without a place.") }
            }
            return 0
        }
    }

    private static func walk(_ node: YAMLNode, depth: Int) {
        precondition(depth <= YAMLDocument.depthMaximum + 1, "Deeper than promised.")
        precondition(node.mark.line >= 1 && node.mark.column >= 1, "A node without a place.")
        switch node.content {
        case .scalar: break
        case .list(let nodes):
            for node in nodes { walk(node, depth: depth + 1) }
        case .map(let entries):
            precondition(Set(entries.map(\.key)).count == entries.count, "A key twice.")
            for entry in entries { walk(entry.value, depth: depth + 1) }
        }
    }
}
