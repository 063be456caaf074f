import Configuration
import Foundation
import TestSupport
import Testing

@Suite struct CredentialTests {
    @Test("A named credential comes from the directory, without the line feed at its end")
    func named() throws {
        let directory = TemporaryDirectory()
        try write("hunter2\n", to: directory.file("mqtt-password"), mode: 0o440)
        let store = CredentialStore(directory: directory.path)
        #expect(try store.secret(.named("mqtt-password")) == "hunter2")
    }

    @Test("A file is taken only when nobody else can read it", arguments: [0o644, 0o640, 0o604, 0o660])
    func exposed(mode: Int) throws {
        let directory = TemporaryDirectory()
        let path = directory.file("secret")
        try write("x", to: path, mode: 0o600)
        let store = CredentialStore(directory: nil)
        #expect(try store.secret(.file(path)) == "x")
        try write("x", to: path, mode: mode)
        #expect(throws: CredentialError.exposed(path: path, permissions: UInt32(mode))) {
            try store.secret(.file(path))
        }
    }

    @Test("What is missing is named with its cure")
    func missing() {
        let directory = TemporaryDirectory()
        #expect(throws: CredentialError.missing(.named("a"), directory: nil)) {
            try CredentialStore(directory: nil).secret(.named("a"))
        }
        #expect(throws: CredentialError.missing(.named("a"), directory: directory.path)) {
            try CredentialStore(directory: directory.path).secret(.named("a"))
        }
        let cure = CredentialError.missing(.named("a"), directory: nil).description
        #expect(cure.contains("LoadCredential=a:"))
    }

    @Test("A directory, nothing, and bytes that are no text are refused")
    func unusable() throws {
        let directory = TemporaryDirectory()
        let store = CredentialStore(directory: directory.path)
        #expect(throws: CredentialError.unusable(path: directory.path + "/.")) {
            try store.secret(.named("."))
        }
        try write("\n", to: directory.file("empty"), mode: 0o600)
        #expect(throws: CredentialError.unusable(path: directory.file("empty"))) {
            try store.secret(.named("empty"))
        }
        try Data([0xFF, 0xFE]).write(to: URL(fileURLWithPath: directory.file("binary")))
        #expect(throws: CredentialError.unusable(path: directory.file("binary"))) {
            try store.secret(.named("binary"))
        }
    }

    private func write(_ text: String, to path: String, mode: Int) throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
}
