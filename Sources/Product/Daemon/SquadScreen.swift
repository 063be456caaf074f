import Engine
internal import Glibc
import Twin
import Wire

/// The squad as a table on a terminal, drawn anew each second.
struct SquadScreen {
    /// How to see the same from outside; the last line.
    var hint: String

    /// What one refresh writes: the cursor goes home, each line is cleared to its end.
    func draw(_ engine: Engine, status: String, at now: Instant, rows: Int) -> String {
        var lines = ["Touchline · \(status)", ""]
        lines.append(
            line("athlete", "bpm", "rr ms", "m/s", "pace", "steps/min", "metres", "age s", "quality")
        )
        let room = max(1, rows - lines.count - 3)
        for athlete in engine.athletes.prefix(room) { lines.append(line(of: athlete, at: now)) }
        if engine.athletes.count > room { lines.append("… and \(engine.athletes.count - room) more") }
        lines.append("")
        lines.append(hint)
        return "\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\n") + "\u{1B}[J"
    }

    private func line(of athlete: Athlete, at now: Instant) -> String {
        guard let row = athlete.latest else { return line(athlete.id, "–", "", "", "", "", "", "", "") }
        let age = Double(now - row.time) / 1e9
        guard age < 15 else { return line(athlete.id, "–", "", "", "", "", "", whole(age), "") }
        let beats = (0..<row.beats.count).map { String(row.beats[$0] / 10) }.joined(separator: " ")
        return line(
            athlete.id,
            text(row[.heartRate], whole),
            beats,
            text(row[.speed]) { decimals($0, 2) },
            text(row[.pace]) { "\(Int($0) / 60):" + (Int($0) % 60 < 10 ? "0" : "") + "\(Int($0) % 60)" },
            text(row[.cadence], whole),
            text(row[.distance], whole),
            decimals(Double(max(row.age(of: .heartRate), 0)) + max(0, age - 1), 0),
            text(row.quality(of: .heartRate).map(Double.init)) { decimals($0, 2) }
        )
    }

    private func line(_ columns: String...) -> String {
        let widths = [20, 5, 16, 7, 7, 10, 9, 7, 8]
        return zip(columns, widths).enumerated().map { index, cell in
            let text = String(cell.0.prefix(cell.1 - 1))
            let fill = String(repeating: " ", count: cell.1 - text.count)
            return index == 0 ? text + fill : fill + text
        }.joined()
    }

    private func text(_ value: Double?, _ format: (Double) -> String) -> String { value.map(format) ?? "–" }
    private func whole(_ value: Double) -> String { String(Int(value.rounded())) }
    private func decimals(_ value: Double, _ count: Int) -> String {
        guard count > 0 else { return whole(value) }
        let scaled = Int((value * 100).rounded())
        return "\(scaled / 100)." + (scaled % 100 < 10 ? "0" : "") + "\(scaled % 100)"
    }

    /// The height of the terminal that standard output is, in lines; `nil` when it is none or takes nothing.
    static var terminalRows: Int? {
        guard isatty(STDOUT_FILENO) == 1 else { return nil }
        // A terminal that somebody halted must not halt the reactor.
        var output = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
        guard poll(&output, 1, 0) == 1 else { return nil }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0 else { return 24 }
        return Int(size.ws_row)
    }
}
