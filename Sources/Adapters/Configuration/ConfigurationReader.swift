internal import YAML

/// Applies files to a configuration, one after the other, and collects what is wrong with them.
///
/// Maps merge because each key is set where it stands; scalars and lists replace; `null` resets.
struct ConfigurationReader {
    struct Origin {
        var file: String
        var line: Int
    }

    private(set) var faults: [ConfigurationFault] = []
    /// Where each key was set last.
    private(set) var origins: [String: Origin] = [:]
    /// The file that is being read.
    var file = ""
    /// The keys down to here, and the same with `<name>`, `<sensor>` and `<n>` where the operator chooses.
    private var path: [String] = []
    private var pattern: [String] = []

    mutating func report(line: Int, _ message: String) {
        report(ConfigurationFault(file: file, line: line, key: path.joined(separator: "."), message: message))
    }

    mutating func report(_ fault: ConfigurationFault) { faults.append(fault) }

    /// Reads one value; `nil` after a fault.
    mutating func read<Value>(_ node: YAMLNode, _ kind: Kind<Value>) -> Value? {
        do throws(WrongValue) {
            return try kind.parse(node, file)
        } catch {
            report(line: error.line ?? node.mark.line, error.message)
            return nil
        }
    }

    mutating func read<Part: Section>(_ node: YAMLNode, into part: inout Part) {
        guard case .map(let entries) = node.content else {
            return report(line: node.mark.line, "expected keys with values, indented below this one")
        }
        for entry in entries {
            descend(to: entry.key, as: entry.key, line: entry.mark.line)
            if let key = Part.keys.first(where: { $0.name == entry.key }) {
                if entry.value.isNull {
                    key.reset(&part)
                } else {
                    key.set(entry.value, &part, &self)
                }
            } else {
                let nearest = nearestKey()
                report(line: entry.mark.line, "unknown key; the nearest known one is \(nearest)")
            }
            ascend()
        }
    }

    mutating func readList<Part: Section>(_ node: YAMLNode) -> [Part]? {
        guard case .list(let items) = node.content else {
            report(line: node.mark.line, "expected a list: one item a line, each after a dash")
            return nil
        }
        var parts: [Part] = []
        for (index, item) in items.enumerated() {
            descend(to: "\(index + 1)", as: "<n>", line: item.mark.line)
            var part = Part()
            read(item, into: &part)
            if case .map(let entries) = item.content {
                for name in Part.required
                where !entries.contains(where: { $0.key == name && !$0.value.isNull }) {
                    report(line: item.mark.line, "\(name) is missing")
                }
            }
            parts.append(part)
            ascend()
        }
        return parts
    }

    mutating func readKeyed<ID: Hashable & Sendable, Part: Section>(
        _ node: YAMLNode,
        by kind: NameKind<ID>,
        into parts: inout [ID: Part]
    ) {
        guard case .map(let entries) = node.content else {
            return report(line: node.mark.line, "expected names of your choice, each with keys below it")
        }
        for entry in entries {
            descend(to: entry.key, as: kind.placeholder, line: entry.mark.line)
            if let name = kind.parse(entry.key) {
                if entry.value.isNull {
                    parts[name] = nil
                } else {
                    read(entry.value, into: &parts[name, default: Part()])
                }
            } else {
                report(line: entry.mark.line, "as a name, use \(kind.expected)")
            }
            ascend()
        }
    }

    private mutating func descend(to name: String, as pattern: String, line: Int) {
        path.append(name)
        self.pattern.append(pattern)
        origins[path.joined(separator: ".")] = Origin(file: file, line: line)
    }

    private mutating func ascend() {
        path.removeLast()
        pattern.removeLast()
    }

    /// The known key that is written most like the current one, its section included or left out.
    private func nearestKey() -> String {
        let full = pattern.joined(separator: ".")
        let last = pattern.last ?? ""
        var best = (key: "", distance: Int.max)
        for key in Configuration.names {
            let name = key.split(separator: ".").last.map(String.init) ?? key
            // A slip within the section is likelier than the right word in the wrong one.
            let distance = min(2 * editDistance(full, key), 2 * editDistance(last, name) + 1)
            if distance < best.distance { best = (key, distance) }
        }
        return best.key
    }
}
