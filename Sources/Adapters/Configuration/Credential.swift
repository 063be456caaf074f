public import Files
internal import Glibc

/// Where a secret is kept. The secret itself is never part of a configuration.
public enum Credential: Hashable, Sendable {
    /// A file of this name in `$CREDENTIALS_DIRECTORY`, where systemd puts what `LoadCredential=` names.
    case named(String)
    /// A file at an absolute path, readable by the service alone.
    case file(String)
}

extension Credential: CustomStringConvertible {
    public var description: String {
        switch self {
        case .named(let name): name
        case .file(let path): path
        }
    }
}

/// Why a secret cannot be had. Each case asks for another cure, which the description names.
public enum CredentialError: Error, Hashable, Sendable {
    /// There is no such credential. Often normal: the feature stays off.
    case missing(Credential, directory: String?)
    /// Others can read the file.
    case exposed(path: String, permissions: UInt32)
    /// Empty, or not text, or no regular file.
    case unusable(path: String)
    /// The file cannot be read.
    case unreadable(FileError)
}

extension CredentialError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .missing(.named(let name), directory: nil):
            "credential \(name): $CREDENTIALS_DIRECTORY is not set; "
                + "add LoadCredential=\(name):/path/of/secret to the unit, or write an absolute path"
        case .missing(.named(let name), directory: let directory?):
            "credential \(name): not in \(directory); add LoadCredential=\(name):/path/of/secret"
                + " to the unit"
        case .missing(.file(let path), _): "credential \(path): there is no such file"
        case .exposed(let path, let permissions):
            "credential \(path): mode \(String(permissions, radix: 8)) lets others read it; chmod 600 \(path)"
        case .unusable(let path): "credential \(path): must be a file with one line of text"
        case .unreadable(let error): "credential \(error)"
        }
    }
}

/// Fetches secrets. Separate from loading, so that a configuration can be checked without them.
public struct CredentialStore: Hashable, Sendable {
    /// What `$CREDENTIALS_DIRECTORY` says.
    public var directory: String?

    /// No secret is longer; certificates and keys are a few kilobytes.
    public static let byteCountMaximum = 64 << 10

    public init(directory: String?) { self.directory = directory }

    /// The store that this process was given.
    public static var ofEnvironment: CredentialStore {
        CredentialStore(directory: getenv("CREDENTIALS_DIRECTORY").map { String(cString: $0) })
    }

    /// The file that holds a secret, or `nil` when there is no directory to look in.
    public func path(of credential: Credential) -> String? {
        switch credential {
        case .named(let name): directory.map { $0 + "/" + name }
        case .file(let path): path
        }
    }

    /// Reads a secret, without the line feed that editors put at the end.
    ///
    /// The mode of a file in the directory is systemd's concern, which grants access by ACL.
    public func secret(_ credential: Credential) throws(CredentialError) -> String {
        guard let path = path(of: credential) else {
            throw .missing(credential, directory: nil)
        }
        let status: File.Status
        var bytes: [UInt8]
        do throws(FileError) {
            (status, bytes) = try Self.read(path)
        } catch {
            guard error.condition != .missing else { throw .missing(credential, directory: directory) }
            throw .unreadable(error)
        }
        if case .file = credential, status.permissions & 0o077 != 0 {
            throw .exposed(path: path, permissions: status.permissions)
        }
        if bytes.last == 0x0A { bytes.removeLast() }
        if bytes.last == 0x0D { bytes.removeLast() }
        guard !bytes.isEmpty, !bytes.contains(0), let text = String(validating: bytes, as: UTF8.self)
        else { throw .unusable(path: path) }
        return text
    }

    private static func read(_ path: String) throws(FileError) -> (File.Status, [UInt8]) {
        let file = try File(reading: path)
        let status = try file.status()
        return (status, status.isRegular ? try file.contents(limit: byteCountMaximum) : [])
    }
}
