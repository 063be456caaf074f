internal import Wire
internal import YAML

/// A part of the configuration: its defaults and its keys.
protocol Section: Hashable, Sendable {
    /// The defaults.
    init()
    /// Every key that the part knows, in the order of the document.
    static var keys: [Key<Self>] { get }
    /// Keys without a default.
    static var required: [String] { get }
}

extension Section {
    static var required: [String] { [] }
}

/// One key of a section: how its value gets into the section, and back to the default.
struct Key<Root: Section>: Sendable {
    let name: String
    /// The names below this one, with `<name>`, `<sensor>` and `<n>` where the operator chooses.
    let children: @Sendable () -> [String]
    let set: @Sendable (YAMLNode, inout Root, inout ConfigurationReader) -> Void
    let reset: @Sendable (inout Root) -> Void
}

extension Key {
    /// A key with a value of its own.
    static func value<Value>(
        _ name: String,
        _ path: any WritableKeyPath<Root, Value> & Sendable,
        _ kind: Kind<Value>
    ) -> Key {
        Key(
            name: name,
            children: { [] },
            set: { node, root, reader in
                if let value = reader.read(node, kind) { root[keyPath: path] = value }
            },
            reset: { $0[keyPath: path] = Root()[keyPath: path] }
        )
    }

    /// A key whose default is that there is none, or that it depends on the machine.
    static func optional<Value>(
        _ name: String,
        _ path: any WritableKeyPath<Root, Value?> & Sendable,
        _ kind: Kind<Value>
    ) -> Key {
        Key(
            name: name,
            children: { [] },
            set: { node, root, reader in
                if let value = reader.read(node, kind) { root[keyPath: path] = value }
            },
            reset: { $0[keyPath: path] = Root()[keyPath: path] }
        )
    }

    /// A section within this one.
    static func section<Part: Section>(
        _ name: String,
        _ path: any WritableKeyPath<Root, Part> & Sendable
    ) -> Key {
        Key(
            name: name,
            children: { Part.names },
            set: { node, root, reader in reader.read(node, into: &root[keyPath: path]) },
            reset: { $0[keyPath: path] = Root()[keyPath: path] }
        )
    }

    /// A list of sections.
    static func list<Part: Section>(
        _ name: String,
        _ path: any WritableKeyPath<Root, [Part]> & Sendable
    ) -> Key {
        Key(
            name: name,
            children: { Part.names.map { "<n>." + $0 } },
            set: { node, root, reader in
                if let parts: [Part] = reader.readList(node) { root[keyPath: path] = parts }
            },
            reset: { $0[keyPath: path] = Root()[keyPath: path] }
        )
    }

    /// Sections under names that the operator gives.
    static func keyed<ID: Hashable & Sendable, Part: Section>(
        _ name: String,
        _ path: any WritableKeyPath<Root, [ID: Part]> & Sendable,
        by kind: NameKind<ID>
    ) -> Key {
        Key(
            name: name,
            children: { Part.names.map { kind.placeholder + "." + $0 } },
            set: { node, root, reader in reader.readKeyed(node, by: kind, into: &root[keyPath: path]) },
            reset: { $0[keyPath: path] = Root()[keyPath: path] }
        )
    }
}

extension Section {
    /// All names from here down, sections included.
    static var names: [String] {
        keys.flatMap { key in [key.name] + key.children().map { key.name + "." + $0 } }
    }
}

extension Configuration {
    /// Every key that a file may set, sections included, in the order of the document. `<name>` stands
    /// for a name that the operator chooses, `<sensor>` for a sensor's id, `<n>` for a place in a list.
    public static var knownKeys: [String] { names }
}

/// What stands for the parts of a map that the operator names.
struct NameKind<ID: Hashable & Sendable>: Sendable {
    /// In the list of known keys.
    let placeholder: String
    /// How the name must be written.
    let expected: String
    let parse: @Sendable (String) -> ID?
}

extension NameKind where ID == String {
    /// A slug of the operator's choice.
    static var slugName: NameKind {
        NameKind(placeholder: "<name>", expected: Slug.expected) { Slug.isValid($0) ? $0 : nil }
    }
}

extension NameKind where ID == SensorID {
    static var sensorName: NameKind {
        NameKind(
            placeholder: "<sensor>",
            expected: "the id of a sensor, in quotes: \"ant:NUMBER:TYPE\" or \"ble:ADDRESS\""
        ) { SensorID($0) }
    }
}
