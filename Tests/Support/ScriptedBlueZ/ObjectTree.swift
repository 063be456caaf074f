internal import Bus

/// The objects of the scripted bluetoothd: properties by interface by path.
struct ObjectTree {
    typealias Properties = [String: BusValue]
    typealias Interfaces = [String: Properties]

    private(set) var objects: [String: Interfaces] = [:]

    subscript(path: String) -> Interfaces? {
        get { objects[path] }
        set { objects[path] = newValue }
    }

    /// The object itself and everything below, the deepest first.
    func subtree(_ path: String) -> [String] {
        objects.keys.filter { $0 == path || $0.hasPrefix(path + "/") }.sorted(by: >)
    }

    /// The answer to GetManagedObjects.
    var managed: BusValue {
        .dictionary(
            objects.sorted { $0.key < $1.key }.map { .init(.path($0.key), Self.value($0.value)) },
            of: "oa{sa{sv}}"
        )
    }

    static func value(_ interfaces: Interfaces) -> BusValue {
        .dictionary(
            interfaces.sorted { $0.key < $1.key }.map { .init(.string($0.key), value($0.value)) },
            of: "sa{sv}"
        )
    }

    static func value(_ properties: Properties) -> BusValue {
        .properties(properties.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }
}
