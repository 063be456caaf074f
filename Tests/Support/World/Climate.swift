import Engine
import Wire

/// How hostile a world is, drawn from its seed: some worlds only ever stall and others only ever crash.
/// Uniformly bad weather finds less. Shares are per thousand.
struct Climate {
    var athletes = 1
    var commitInterval: Nanoseconds = .second
    var payloadMaximum = 100_000
    var trust: ClockTrust = [.kernel]

    // The store.
    var commitTime: Nanoseconds = 20 * .millisecond
    /// Commits whose fsync takes up to 5 s.
    var slowSync = 0
    /// Commits that store nothing.
    var failedCommit = 0
    /// Commits that are stored and reported as failed.
    var doubtfulCommit = 0
    var failedLoad = 0
    var failedAnchor = 0

    // The broker.
    var refusedConnect = 0
    /// Attempts that are never answered.
    var silentConnect = 0
    /// Per publish: from now on the connection stands open and nothing arrives.
    var stall = 0
    var lostAnswer = 0
    var rejection = 0
    var lateAnswer = 0
    var echo = 0
    var hangUp = 0
    var smallWindow = 0

    // The process. Times are means; `nil` is never.
    var crashEvery: Nanoseconds?
    /// Per command that is carried out.
    var crashAtCommand = 0
    /// Crashes that take the machine with them: another boot.
    var powerCut = 0
    var stopEvery: Nanoseconds?
    var reloadEvery: Nanoseconds?

    // The clock.
    /// How long after its boot a machine gets the time.
    var synchronisedWithin: Nanoseconds = 0
    var stepEvery: Nanoseconds?

    init(using random: inout SplitMix64) {
        func share(_ maximum: Int) -> Int {
            Bool.random(using: &random) ? Int.random(in: 1...maximum, using: &random) : 0
        }
        func mean(_ range: ClosedRange<Int64>) -> Nanoseconds? {
            Bool.random(using: &random) ? Int64.random(in: range, using: &random) * .second : nil
        }
        athletes = [1, 1, 1, 1, 1, 1, 2, 4].randomElement(using: &random)!
        commitInterval =
            [200, 500, 1_000, 1_000, 1_000, 2_000, 5_000, 10_000].randomElement(using: &random)!
            * .millisecond
        if share(1) > 0 { payloadMaximum = 600 }
        trust = share(1) > 0 ? [.kernel] : [.kernel, .assume]

        commitTime = [1, 20, 300].randomElement(using: &random)! * .millisecond
        slowSync = share(200)
        failedCommit = share(300)
        doubtfulCommit = share(200)
        failedLoad = share(400)
        failedAnchor = share(800)

        refusedConnect = share(900)
        silentConnect = share(300)
        stall = share(20)
        lostAnswer = share(30)
        rejection = share(150)
        lateAnswer = share(500)
        echo = share(300)
        hangUp = share(30)
        smallWindow = share(800)

        crashEvery = mean(10...120)
        crashAtCommand = share(10)
        powerCut = share(600)
        stopEvery = mean(30...200)
        reloadEvery = mean(20...100)

        synchronisedWithin = mean(1...150) ?? 0
        stepEvery = mean(20...150)
    }
}
