import ANTHost
import ANTStick
import Configuration
import Foundation
import JSON
import Simulation
import TestSupport
import Testing
import Wire

@testable import Daemon

@Suite struct StickSettingsTests {
    private let directory = TemporaryDirectory()

    @Test(
        "The network key is read with spaces, colons or neither, and in any case",
        arguments: ["0123456789abcdef\n", "01 23 45 67 89 AB CD EF", "01:23:45:67:89:ab:cd:EF\n"]
    )
    func key(text: String) throws {
        let settings = try settings(of: text)
        #expect(settings.networkKey == NetworkKey(hexadecimal: "0123456789ABCDEF"))
        #expect(settings.keyAdvice.isEmpty)
    }

    @Test(
        "A key that is none is told without being shown",
        arguments: ["0123456789abcde", "0123456789abcdeg", "5A5A5A5A5A5A5A5A5A", "secret"]
    )
    func malformed(text: String) throws {
        let settings = try settings(of: text)
        #expect(settings.networkKey == nil)
        #expect(settings.keyAdvice.contains("16 hexadecimal digits"))
        #expect(!settings.keyAdvice.contains(text))
    }

    @Test("A key that others can read is not used, and the cure is named")
    func exposed() throws {
        let settings = try settings(of: "0123456789abcdef", mode: 0o644)
        #expect(settings.networkKey == nil)
        #expect(settings.keyAdvice.contains("chmod 600"))
        #expect(!settings.keyAdvice.contains("0123456789"))
    }

    @Test("Without a key the advice is one line that says what to get and where to put it")
    func missing() {
        var ant = Configuration.ANT()
        let advice = ANTSticks.Settings(ant, credentials: CredentialStore(directory: nil)).keyAdvice
        for part in [
            "thisisant.com", "LoadCredential=ant-network-key:/etc/touchline/ant-network-key",
            "radios.ant.network_key: { credential: /etc/touchline/ant-network-key }",
        ] {
            #expect(advice.contains(part), "\(part)")
        }
        #expect(!advice.contains("\n"))
        ant.networkKey = .file("/nowhere/key")
        let other = ANTSticks.Settings(ant, credentials: CredentialStore(directory: nil)).keyAdvice
        #expect(other.contains("/nowhere/key"))
        #expect(!other.contains("LoadCredential"))
    }

    @Test("Sticks and their device types are those of the configuration")
    func sticks() throws {
        var ant = Configuration.ANT()
        var stick = Configuration.ANT.Stick()
        (stick.serial, stick.deviceTypes) = ("1234", [120, 124])
        ant.sticks = [stick]
        let settings = ANTSticks.Settings(ant, credentials: CredentialStore(directory: nil))
        #expect(settings.wanted == [ANTSticks.Wanted(serial: "1234", deviceTypes: [120, 124])])
    }

    @Test("Every recovery step has a name of its own in reports")
    func steps() {
        #expect(RecoveryStep.allCases.map(\.key) == ["reset", "reopen", "usb_reset", "power_cycle"])
        #expect(Receiver.State.unusable("why").name == "unusable")
    }

    private func settings(of text: String, mode: Int = 0o600) throws -> ANTSticks.Settings {
        let path = directory.file("key")
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        var ant = Configuration.ANT()
        ant.networkKey = .file(path)
        return ANTSticks.Settings(ant, credentials: CredentialStore(directory: nil))
    }
}
