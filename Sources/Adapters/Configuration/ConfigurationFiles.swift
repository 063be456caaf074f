internal import Files
internal import YAML

extension Configuration {
    /// Reads the main file and then `conf.d/*.yaml` beside it, in the order of their bytes: maps merge,
    /// scalars and lists replace, `null` restores the default.
    ///
    /// - Parameter path: The main file.
    /// - Returns: The configuration, checked as a whole.
    /// - Throws: Every fault of every file.
    public static func load(path: String) throws(ConfigurationFaults) -> Configuration {
        var sources: [(file: String, bytes: [UInt8])] = []
        var faults: [ConfigurationFault] = []
        for file in [path] + additions(beside: path, &faults) {
            do throws(FileError) {
                let limit = YAMLDocument.byteCountMaximum
                sources.append((file, try File.contents(of: file, limit: limit)))
            } catch {
                faults.append(ConfigurationFault(file: file, line: 0, key: "", message: words(for: error)))
            }
        }
        guard faults.isEmpty else { throw ConfigurationFaults(faults) }
        return try read(sources)
    }

    /// The same for bytes that are in memory already, the main file first.
    ///
    /// - Parameter sources: Names, which faults carry, and contents: any bytes at all.
    /// - Returns: The configuration, checked as a whole.
    /// - Throws: Every fault of every source.
    public static func read(
        _ sources: [(file: String, bytes: [UInt8])]
    ) throws(ConfigurationFaults) -> Configuration {
        var configuration = Configuration()
        var reader = ConfigurationReader()
        for source in sources {
            reader.file = source.file
            do throws(YAMLFaults) {
                let document = try YAMLDocument.parse(bytes: source.bytes, file: source.file)
                guard let root = document.root, !root.isNull else { continue }
                reader.read(root, into: &configuration)
            } catch {
                for fault in error.faults {
                    reader.report(
                        ConfigurationFault(
                            file: fault.file,
                            line: fault.line,
                            key: fault.key,
                            message: fault.message
                        )
                    )
                }
            }
        }
        // What does not fit together may be a consequence of what could not be read.
        if reader.faults.isEmpty {
            let main = sources.first?.file ?? ""
            configuration.check { key, message in
                let origin = reader.origins[key] ?? .init(file: main, line: 0)
                reader.report(
                    ConfigurationFault(file: origin.file, line: origin.line, key: key, message: message)
                )
            }
        }
        guard reader.faults.isEmpty else { throw ConfigurationFaults(reader.faults) }
        return configuration
    }

    private static func additions(beside path: String, _ faults: inout [ConfigurationFault]) -> [String] {
        let directory = (Directory.of(path) == "/" ? "" : Directory.of(path)) + "/conf.d"
        do throws(FileError) {
            return try Directory.names(in: directory)
                .filter { $0.hasSuffix(".yaml") && !$0.hasPrefix(".") }
                .map { directory + "/" + $0 }
        } catch {
            if error.condition != .missing {
                faults.append(
                    ConfigurationFault(file: directory, line: 0, key: "", message: words(for: error))
                )
            }
            return []
        }
    }

    private static func words(for error: FileError) -> String {
        switch error.condition {
        case .missing: "there is no such file; create it, or name another one with --config"
        case .denied: "not readable for this user; correct owner and mode"
        case .tooLarge: "larger than \(YAMLDocument.byteCountMaximum) bytes"
        case .full, .other: error.description
        }
    }

    /// Checks what one key alone cannot tell.
    private func check(_ report: (_ key: String, _ message: String) -> Void) {
        for (name, uplink) in http.sorted(by: { $0.key < $1.key }) {
            if uplink.url.isEmpty { report("http.\(name)", "url is missing") }
            Self.check(uplink.tls.certificate, uplink.tls.key, "http.\(name).tls", report)
        }
        for (name, webhook) in webhooks.sorted(by: { $0.key < $1.key }) where webhook.url.isEmpty {
            report("webhooks.\(name)", "url is missing")
        }
        Self.check(mqtt.tls.certificate, mqtt.tls.key, "mqtt.tls", report)
        Self.check(api.tls.certificate, api.tls.key, "api.tls", report)

        guard let open = api.listen.first(where: { !$0.isLoopback }) else { return }
        if !api.auth {
            report("api.listen", "\(open) is open to the network; set api.auth: true")
        }
        if api.tls.certificate == nil, !api.insecureLAN {
            report(
                "api.listen",
                "\(open) is open to the network without TLS; set api.tls, or api.insecure_lan: true"
            )
        }
    }

    private static func check(
        _ certificate: String?,
        _ key: Credential?,
        _ section: String,
        _ report: (_ key: String, _ message: String) -> Void
    ) {
        if (certificate == nil) != (key == nil) {
            report(section, "certificate and key go together; set both or none")
        }
    }
}
