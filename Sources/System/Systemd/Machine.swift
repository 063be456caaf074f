internal import CSystemd
internal import Glibc

/// What this machine and this boot are called, and what its clocks say.
///
/// Ids are the systemd ones through an application-specific hash, so that nobody can match them with those
/// of other programs. Source: sd_id128_get_machine_app_specific(3).
public enum Machine {
    /// Touchline's own id in the hash: drawn once, for ever.
    private static let application = sd_id128_t(
        bytes: (
            0x8f, 0x1c, 0x5b, 0x0a, 0x77, 0x2d, 0x4e, 0x9b, 0xa3, 0x64, 0x1f, 0xd2, 0x90, 0x3e, 0xc8, 0x57
        )
    )

    /// 128 bits that name this machine, high half first; `nil` without /etc/machine-id.
    public static var id: (high: UInt64, low: UInt64)? {
        var id = sd_id128_t()
        guard sd_id128_get_machine_app_specific(application, &id) >= 0 else { return nil }
        return halves(id)
    }

    /// 128 bits that name this start of the kernel; `nil` when the kernel does not tell.
    public static var boot: (high: UInt64, low: UInt64)? {
        var id = sd_id128_t()
        guard sd_id128_get_boot_app_specific(application, &id) >= 0 else { return nil }
        return halves(id)
    }

    private static func halves(_ id: sd_id128_t) -> (high: UInt64, low: UInt64) {
        withUnsafeBytes(of: id) { bytes in
            let words = (0..<2).map { half in
                (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[half * 8 + $1]) }
            }
            return (words[0], words[1])
        }
    }

    /// CLOCK_BOOTTIME, nanoseconds.
    public static var bootTime: Int64 { read(CLOCK_BOOTTIME) }

    /// The system clock, nanoseconds since 1970.
    public static var systemTime: Int64 { read(CLOCK_REALTIME) }

    /// Both of them at one moment. A thread may lose its processor between two readings, which would look
    /// like a step of the clock, so the tightest of a few tries counts.
    public static var clocks: (bootTime: Int64, systemTime: Int64) {
        var tightest = Int64.max
        var clocks = (bootTime: Int64(0), systemTime: Int64(0))
        for _ in 0..<8 where tightest > 20_000 {
            let before = bootTime
            let middle = systemTime
            let width = bootTime - before
            if width < tightest { (tightest, clocks) = (width, (before + width / 2, middle)) }
        }
        return clocks
    }

    /// CPU time of this process so far, nanoseconds.
    public static var processTime: Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

    /// CLOCK_MONOTONIC, microseconds: the clock of `RELOADING=1`.
    public static var monotonicMicroseconds: UInt64 { UInt64(read(CLOCK_MONOTONIC) / 1_000) }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// What the kernel says about its clock: whether it is synchronised, and the most that it may be off,
    /// nanoseconds. Source: adjtimex(2).
    public static var synchronisation: (isSynchronised: Bool, error: Int64) {
        var state = timex()
        let code = adjtimex(&state)
        let isSynchronised = code >= 0 && code != TIME_ERROR && state.status & STA_UNSYNC == 0
        return (isSynchronised, Int64(state.maxerror) * 1_000)
    }

    /// Resident memory of this process, bytes; 0 when the kernel does not tell. Source: proc_pid_statm(5).
    public static var residentBytes: Int {
        let fields = text(of: "/proc/self/statm").split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
    }

    /// Bytes that this process has handed to write calls; 0 when the kernel does not tell. Source:
    /// proc_pid_io(5), `wchar`.
    public static var writtenBytes: Int {
        let line = text(of: "/proc/self/io").split(separator: "\n").first { $0.hasPrefix("wchar: ") }
        return line.flatMap { Int($0.dropFirst("wchar: ".count)) } ?? 0
    }

    /// The first kilobyte of a file below /proc.
    private static func text(of path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 1_024)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }

    /// Random bits from the kernel.
    public static var entropy: UInt64 { UInt64.random(in: .min ... .max) }
}
