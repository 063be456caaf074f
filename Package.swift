// swift-tools-version:6.0
import PackageDescription

// The dependency graph is a design document: read it bottom-up. Each module states its layer and the
// manifest refuses to evaluate when an arrow points upwards, so the architecture cannot drift.

/// Where a module sits; also the folder below `Sources` and `Tests`. A module may use its own layer and
/// the layers below it.
enum Layer: Int {
    /// Pure values and algorithms. No Foundation, no I/O, no clock, no locks, no async.
    case Core
    /// One module per C library. Nothing here knows what a sensor is.
    case System
    /// What connects the core with the world: radios, files, the store, the brokers.
    case Adapters
    /// Wiring, lifecycle and the command line.
    case Product
    /// Programs for developers.
    case Tools
}

struct Module {
    let name: String
    let layer: Layer
    let uses: [String]

    init(_ name: String, _ layer: Layer, uses: [String] = []) {
        (self.name, self.layer, self.uses) = (name, layer, uses)
    }
}

// Declared bottom-up: a module may use only what stands above it in this list.
let modules = [
    Module("Units", .Core),
    Module("Wire", .Core),
    Module("JSON", .Core),
    Module("Profiles", .Core, uses: ["Units", "Wire"]),
    // Module("ANTHost", .Core, uses: ["Wire"]),
    Module("Twin", .Core, uses: ["Units", "Wire", "Profiles"]),
    Module("Messages", .Core, uses: ["Wire", "JSON", "Twin"]),
    // Module("Outbox", .Core),
    // Module("Engine", .Core, uses: ["Units", "Wire", "Profiles", "ANTHost", "Twin", "Messages", "Outbox"]),
    Module("Simulation", .Core, uses: ["Units", "Wire", "Profiles"]),

    Module("Reactor", .System, uses: ["CSystemd"]),
    Module("Systemd", .System, uses: ["CSystemd"]),
    Module("SQLite", .System, uses: ["CSQLite"]),
    // Module("Mosquitto", .System, uses: ["CMosquitto", "Reactor"]),
    Module("YAML", .System, uses: ["CYAML"]),
    Module("Files", .System),
    Module("Compression", .System, uses: ["Files", "CZstd", "CZlib"]),

    Module("Configuration", .Adapters, uses: ["Wire", "YAML", "Files"]),
    Module("CaptureFile", .Adapters, uses: ["Wire", "JSON", "Messages", "Files", "Compression"]),
    Module("ActivityFile", .Adapters, uses: ["Files"]),
    // Module("Store", .Adapters, uses: ["Wire", "Messages", "SQLite", "Reactor"]),
    // Module("MQTTUplink", .Adapters, uses: ["Outbox", "Mosquitto", "Reactor"]),
    // Module("SimulatedRadio", .Adapters, uses: ["Wire", "Simulation", "Reactor"]),

    Module("Reframing", .Tools, uses: ["Wire", "Messages", "Simulation", "CaptureFile", "ActivityFile"]),
]

let cLibraries: [Target] = [
    systemLibrary("CSystemd", pkgConfig: "libsystemd", apt: "libsystemd-dev"),
    systemLibrary("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
    systemLibrary("CMosquitto", pkgConfig: "libmosquitto", apt: "libmosquitto-dev"),
    systemLibrary("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    systemLibrary("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
    systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
]

func systemLibrary(_ name: String, pkgConfig: String, apt package: String) -> Target {
    .systemLibrary(
        name: name,
        path: "Sources/System/\(name)",
        pkgConfig: pkgConfig,
        providers: [.apt([package])]
    )
}

var layers = Dictionary(uniqueKeysWithValues: cLibraries.map { ($0.name, Layer.System) })
for module in modules {
    for name in module.uses {
        guard let lower = layers[name], lower.rawValue <= module.layer.rawValue else {
            fatalError("\(module.name) (\(module.layer)) must not use \(name).")
        }
    }
    layers[module.name] = module.layer
}

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// A main of a few lines around modules.
func executable(_ name: String, _ layer: Layer, uses: [String]) -> Target {
    .executableTarget(
        name: name,
        dependencies: uses.map { .byName(name: $0) },
        path: "Sources/\(layer)/\(name)",
        swiftSettings: settings
    )
}

/// The tests of a module see what the module sees, and mirror its folders.
func tests(_ name: String, uses: [String] = [], resources: [Resource] = []) -> Target {
    let subject = modules.first { $0.name == name }!
    let dependencies = [name, "TestSupport"] + subject.uses + uses
    return .testTarget(
        name: "\(name)Tests",
        dependencies: dependencies.map { .byName(name: $0) },
        path: "Tests/\(subject.layer)/\(name)Tests",
        resources: resources,
        swiftSettings: settings
    )
}

var targets = cLibraries
targets += modules.map {
    .target(
        name: $0.name,
        dependencies: $0.uses.map { .byName(name: $0) },
        path: "Sources/\($0.layer)/\($0.name)",
        swiftSettings: settings
    )
}
targets += [
    executable("touchline-reframe", .Tools, uses: ["Reframing", "CaptureFile", "ActivityFile"]),
    executable("capture-bench", .Tools, uses: ["CaptureFile"]),
]
targets += [
    .target(name: "TestSupport", path: "Tests/Support", swiftSettings: settings),
    tests("Wire"),
    tests("JSON", uses: ["Wire"]),
    tests("Simulation"),
    tests("YAML", uses: ["Wire"]),
    tests("Files"),
    tests("Compression"),
    tests("Configuration"),
    tests("ActivityFile", uses: ["Wire"], resources: [.copy("Activities")]),
    tests("CaptureFile", resources: [.copy("Captures")]),
    tests("Reframing"),
]

let package = Package(name: "touchline", targets: targets)
