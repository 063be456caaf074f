internal import JSON
internal import Simulation
internal import Wire

/// One line of the control socket, and the line of JSON that answers it.
enum ControlLine {
    static let help = """
        stats | unplug S | plug S | stall S | hang S [reset|usb|power] | mute S on|off | stopscan S |
        garble S P | cut S P | noise S P | split S P | merge S P | reception S P | late S MS |
        start S MS | lose S P | nostart S P | refuse S ID... | wrongstate S ID... | rate S N|off |
        scanends S SECONDS|off | heal S    (S: a socket such as 1-1; P: 0...1; ID: two hexadecimal digits)
        """

    /// Does what the line says.
    ///
    /// - Parameters:
    ///   - line: A command and its words.
    ///   - bus: What it is done to.
    /// - Returns: The answer, with a line feed, and the index of a stick whose host has to lose it.
    static func obey(_ line: String, _ bus: inout StickBus) -> (answer: [UInt8], unplugged: Int?) {
        let words = line.split(separator: " ").map(String.init)
        if words == ["stats"] { return (stats(bus), nil) }
        guard words.count >= 2, let index = bus.index(of: words[1]) else {
            return (answer(error: "Not a command, or not a socket. \(help)"), nil)
        }
        switch (words[0], words.count) {
        case ("unplug", 2):
            bus.sticks[index].unplug()
            return (answer(), index)
        case ("plug", 2):
            guard !bus.sticks[index].isPlugged else { return (answer(error: "It is plugged in."), nil) }
            bus.plug(index)
            return (answer(), nil)
        case ("stopscan", 2):
            bus.sticks[index].emulator.stopScanning()
            return (answer(), nil)
        default:
            guard change(&bus.sticks[index].emulator.faults, words[0], Array(words.dropFirst(2))) else {
                return (answer(error: help), nil)
            }
            return (answer(), nil)
        }
    }

    /// Changes the fault that `name` stands for; `false` when the words do not fit.
    private static func change(
        _ faults: inout StickEmulator.Faults,
        _ name: String,
        _ words: [String]
    ) -> Bool {
        if let fault = probabilities[name] {
            guard words.count == 1, let value = Double(words[0]), (0...1).contains(value) else {
                return false
            }
            faults[keyPath: fault] = value
            return true
        }
        switch (name, words.first) {
        case ("heal", nil): faults = StickEmulator.Faults()
        case ("stall", nil): faults.isStalled = true
        case ("hang", nil), ("hang", "reset"): faults.hang = .resetCommand
        case ("hang", "usb"): faults.hang = .usbReset
        case ("hang", "power"): faults.hang = .powerCycle
        case ("mute", "on"): faults.isMute = true
        case ("mute", "off"): faults.isMute = false
        case ("rate", "off"): faults.rateLimit = nil
        case ("scanends", "off"): faults.scanEnds = nil
        case ("refuse", _), ("wrongstate", _):
            let ids = words.compactMap { UInt8($0, radix: 16) }
            guard ids.count == words.count else { return false }
            if name == "refuse" { faults.refused = Set(ids) } else { faults.wrongState = Set(ids) }
        case ("rate", let word?), ("scanends", let word?), ("late", let word?), ("start", let word?):
            guard let number = Int64(word), (1...3_600_000).contains(number) else { return false }
            switch name {
            case "rate": faults.rateLimit = Int(number)
            case "scanends": faults.scanEnds = number * .second
            case "late": faults.answerDelay = (number * .millisecond)...(number * .millisecond)
            default: faults.startDelay = (number * .millisecond)...(number * .millisecond)
            }
        default: return false
        }
        return true
    }

    private static var probabilities: [String: WritableKeyPath<StickEmulator.Faults, Double>] {
        [
            "garble": \.garble, "cut": \.cut, "noise": \.noise, "split": \.split, "merge": \.merge,
            "reception": \.reception, "lose": \.losesCommand, "nostart": \.losesStartUp,
        ]
    }

    private static func answer(error: String? = nil) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("ok", error == nil)
        if let error { writer.member("error", error) }
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    private static func stats(_ bus: StickBus) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("ok", true)
        writer.member("on_air", bus.onAir)
        writer.object("sticks") { writer in
            for stick in bus.sticks { writer.object(stick.socket) { write(stick, &$0) } }
        }
        writer.endObject()
        writer.endLine()
        return writer.bytes
    }

    private static func write(_ stick: ServedStick, _ writer: inout JSONWriter) {
        let counters = stick.emulator.counters
        writer.member("serial", stick.serial)
        writer.member("number", stick.deviceNumber)
        writer.member("plugged", stick.isPlugged)
        writer.member("attached", stick.isAttached)
        writer.member("scanning", stick.emulator.isScanning)
        for (name, count) in [
            ("power_ons", counters.powerOns), ("resets", counters.resets), ("usb_resets", counters.usbResets),
            ("commands", counters.commands), ("commands_before_reset", counters.commandsBeforeReset),
            ("refusals", counters.refusals), ("writes_while_starting", counters.writesWhileStarting),
            ("stray_bytes", counters.strayBytes), ("transmissions", counters.transmissions),
            ("on_air", counters.onAir), ("unheard", counters.unheard), ("wrong_key", counters.wrongKey),
            ("missed", counters.missed), ("over_rate", counters.overRate),
            ("forwarded", counters.forwarded), ("overflowed", counters.overflowed),
            ("transfers", counters.transfers), ("spoilt_bytes", counters.spoiltBytes),
        ] { writer.member(name, count) }
    }
}
