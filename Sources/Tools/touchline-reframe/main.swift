import ActivityFile
import CaptureFile
import Glibc
import Reframing

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 2, let radio = ReframedRadio(rawValue: arguments.count > 2 ? arguments[2] : "both")
else {
    print("usage: touchline-reframe ACTIVITY.fit CAPTURE[.zst|.gz] [ant|ble|both]")
    exit(2)
}
do {
    let activity = try ActivityFile(path: arguments[0])
    let name = arguments[0].split(separator: "/").last.map(String.init) ?? arguments[0]
    let reframing = Reframing(activity, name: name, radio: radio)
    var writer = try CaptureWriter(path: arguments[1], header: reframing.header)
    var count = 0
    try reframing.forEachFrame { frame in
        try writer.write(.frame(frame))
        count += 1
    }
    try writer.close()
    print("\(activity.intervals.count) intervals in \(count) frames")
} catch {
    print(error)
    exit(1)
}
