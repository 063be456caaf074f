internal import Files
internal import Wire
internal import YAML

/// Short names that go into topics and addresses.
///
/// - Source: the contract, section 1: `[a-z0-9][a-z0-9_-]{0,47}`.
enum Slug {
    static let expected = "1 to 48 of a-z, 0-9, _ and -, beginning with a letter or digit"

    static func isValid(_ text: String) -> Bool {
        guard (1...48).contains(text.utf8.count), let first = text.utf8.first else { return false }
        return isLetterOrDigit(first)
            && text.utf8.allSatisfy {
                isLetterOrDigit($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
    }

    /// Whether `byte` is a letter of either case or a digit.
    static func isAlphanumeric(_ byte: UInt8) -> Bool {
        isLetterOrDigit(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

extension Kind where Value == String {
    static var slug: Kind {
        .scalar { text throws(WrongValue) in
            guard Slug.isValid(text) else { throw WrongValue("\(quoted(text)): use \(Slug.expected)") }
            return text
        }
    }

    /// One line of text.
    static var text: Kind { .scalar { text throws(WrongValue) in try line(text) } }

    static var absolutePath: Kind {
        .scalar { text throws(WrongValue) in
            guard try line(text).hasPrefix("/") else {
                throw WrongValue("\(quoted(text)) is no absolute path; begin with /")
            }
            return text
        }
    }

    /// A path whose relative form starts from the directory of the file that sets the key.
    static var path: Kind {
        Kind { node, file throws(WrongValue) in
            let text = try line(try node.text())
            return text.hasPrefix("/") ? text : Directory.of(file) + "/" + text
        }
    }

    /// The path of a Unix socket: absolute, and short enough for the kernel.
    ///
    /// - Source: unix(7): 108 bytes with the final zero.
    static var socketPath: Kind {
        .scalar { text throws(WrongValue) in
            guard try line(text).hasPrefix("/"), text.utf8.count <= 107 else {
                throw WrongValue("\(quoted(text)) must be an absolute path of at most 107 bytes")
            }
            return text
        }
    }

    /// `system`, or an absolute path.
    static var certificateAuthority: Kind {
        .scalar { text throws(WrongValue) in
            guard text == "system" || text.hasPrefix("/") else {
                throw WrongValue("\(quoted(text)) must be 'system' or an absolute path")
            }
            return try line(text)
        }
    }

    /// `system`, or the name of a zone such as `Europe/Berlin`.
    static var timezone: Kind {
        .scalar { text throws(WrongValue) in
            let isName = text.utf8.allSatisfy { byte in
                Slug.isAlphanumeric(byte) || "/_+-".utf8.contains(byte)
            }
            guard isName, !text.isEmpty, text.utf8.count <= 64, !text.hasPrefix("/") else {
                throw WrongValue("\(quoted(text)) must be 'system' or a zone such as Europe/Berlin")
            }
            return text
        }
    }

    /// An `http` or `https` URL without user and password.
    static var url: Kind {
        .scalar { text throws(WrongValue) in
            guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else {
                throw WrongValue("must begin with https:// or http://")
            }
            let rest = try line(text).dropFirst(scheme.utf8.count)
            let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
            guard !authority.contains("@") else {
                throw WrongValue("a name or password in the URL; " + Kind<Credential>.cure)
            }
            guard HostAndPort.split(authority) != nil, !text.contains(" ") else {
                throw WrongValue("\(quoted(text)) must be https://HOST[:PORT]/PATH")
            }
            return text
        }
    }

    /// The first levels of an MQTT topic.
    static var topic: Kind {
        .scalar { text throws(WrongValue) in
            let isPlain = !text.contains { $0 == "+" || $0 == "#" } && !text.hasPrefix("$")
            let hasLevels = !text.hasPrefix("/") && !text.hasSuffix("/") && !text.contains("//")
            guard isPlain, hasLevels, try line(text).utf8.count <= 200 else {
                throw WrongValue("\(quoted(text)) must be words joined by /, without + and #")
            }
            return text
        }
    }

    /// A path that begins with `/`, as browsers see it.
    static var basePath: Kind {
        .scalar { text throws(WrongValue) in
            let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"?#%\"\\".utf8.contains($0) }
            guard isPlain, text.hasPrefix("/"), !text.contains("//"), !text.contains("..") else {
                throw WrongValue("\(quoted(text)) must be a path that begins with /")
            }
            return text
        }
    }

    /// A host name or address without a port.
    static var host: Kind {
        .scalar { text throws(WrongValue) in
            guard let (host, port) = HostAndPort.split(text[...]), port == nil else {
                throw WrongValue("\(quoted(text)) must be a host name without a port")
            }
            return host
        }
    }

    /// The address of a Bluetooth adapter.
    static var bluetoothAddress: Kind {
        .scalar { text throws(WrongValue) in
            let isAddress = text.split(separator: ":", omittingEmptySubsequences: false)
                .allSatisfy { $0.utf8.count == 2 }
            guard isAddress, let sensor = SensorID("ble:" + text) else {
                throw WrongValue("\(quoted(text)) must be an address such as 00:11:22:33:44:55")
            }
            return String(sensor.description.dropFirst(4))
        }
    }

    private static func line(_ text: String) throws(WrongValue) -> String {
        let hasControls = text.unicodeScalars.contains { $0.properties.generalCategory == .control }
        guard !text.isEmpty, text.utf8.count <= 1024, !hasControls else {
            throw WrongValue("must be one line of 1 to 1024 bytes")
        }
        return text
    }
}

extension Kind where Value == SensorID {
    static var sensor: Kind {
        .scalar { text throws(WrongValue) in
            guard let sensor = SensorID(text) else {
                throw WrongValue("\(quoted(text)) must be ant:NUMBER:TYPE or ble:ADDRESS")
            }
            return sensor
        }
    }
}

extension Kind where Value == BrokerAddress {
    static var broker: Kind {
        .scalar { text throws(WrongValue) in
            guard !text.contains("@") else {
                throw WrongValue("a name or password in the URL; use mqtt.username and mqtt.password")
            }
            guard let address = BrokerAddress(text) else {
                throw WrongValue("\(quoted(text)) must be mqtts://HOST:PORT or mqtt://HOST:PORT")
            }
            return address
        }
    }
}

extension Kind where Value == ListenAddress {
    static var listenAddress: Kind {
        .scalar { text throws(WrongValue) in
            guard let address = ListenAddress(text) else {
                throw WrongValue("\(quoted(text)) must be ADDRESS:PORT, such as 127.0.0.1:8080 or [::]:8080")
            }
            return address
        }
    }
}

extension Kind where Value == Credential {
    static var cure: String {
        "put it into a file of its own and write { credential: NAME } for a name in $CREDENTIALS_DIRECTORY"
            + " (LoadCredential= in the unit), or the absolute path of a file with mode 600"
    }

    /// `{ credential: NAME }`, where the name may be an absolute path.
    static var credential: Kind {
        Kind { node, _ throws(WrongValue) in
            // What stands here may be a secret, so no message quotes it.
            guard case .map(let entries) = node.content, entries.count == 1, entries[0].key == "credential",
                case .scalar(let text, _) = entries[0].value.content
            else { throw WrongValue("a secret does not belong into the configuration; " + cure) }
            if text.hasPrefix("/"), text.utf8.count <= 1024 { return .file(text) }
            let isName = text.utf8.allSatisfy { byte in
                Slug.isAlphanumeric(byte) || "._-".utf8.contains(byte)
            }
            guard isName, (1...255).contains(text.utf8.count), !text.hasPrefix(".") else {
                throw WrongValue(
                    "a credential is a file name of letters, digits, . _ and -, or an absolute path"
                )
            }
            return .named(text)
        }
    }

    /// A private key: an absolute path, or `{ credential: NAME }`.
    static var privateKey: Kind {
        Kind { node, file throws(WrongValue) in
            if case .scalar(let path, _) = node.content, path.hasPrefix("/") { return .file(path) }
            return try credential.parse(node, file)
        }
    }
}
