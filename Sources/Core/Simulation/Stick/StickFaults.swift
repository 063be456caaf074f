public import Wire

extension StickEmulator {
    /// What it takes to bring back a stick that hangs, from mild to strong.
    public enum Cure: UInt8, Hashable, Comparable, Sendable {
        /// The reset command of the protocol.
        case resetCommand
        /// A reset of the USB port.
        case usbReset
        /// The power taken away and given back, by a hand or by the hub.
        case powerCycle

        public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
    }

    /// What is wrong with a stick. Probabilities are 0...1; the stick as built has no fault.
    public struct Faults: Hashable, Sendable {
        /// That a byte towards the host has one bit flipped.
        public var garble = 0.0
        /// That a byte towards the host is missing.
        public var cut = 0.0
        /// That up to 16 random bytes come before a frame.
        public var noise = 0.0
        /// That a transfer ends inside a frame, whose rest comes with the next one.
        public var split = 0.0
        /// That a frame shares its transfer with the next one, if that is ready and fits.
        public var merge = 0.0
        /// How long an answer takes. A real stick: 0.6 to 1.1 ms.
        public var answerDelay: ClosedRange<Nanoseconds> = 600_000...1_100_000
        /// How long a start takes, until the start-up message.
        public var startDelay: ClosedRange<Nanoseconds> = 50_000_000...500_000_000
        /// That a start says nothing.
        public var losesStartUp = 0.0
        /// That a command is lost without an answer.
        public var losesCommand = 0.0
        /// Both endpoints are halted: transfers fail until the host clears the halt, or resets.
        public var isStalled = false
        /// Commands are answered, nothing is heard on the air.
        public var isMute = false
        /// Bytes are taken, nothing is ever said, until the cure.
        public var hang: Cure?
        /// Commands answered as unknown, code 0x28, as a stick of another firmware does.
        public var refused: Set<UInt8> = []
        /// Commands answered with wrong state, code 0x15.
        public var wrongState: Set<UInt8> = []
        /// How long after its opening the scan ends without a word.
        public var scanEnds: Nanoseconds?
        /// How many frames wait for the host before one is dropped. What real ones hold is not published.
        public var queueLimit = 256
        /// The messages a second that pass; a real stick ends near 190. Whether that binds in scan mode as
        /// well is not known.
        public var rateLimit: Int?
        /// The share of what is on the air that this stick receives; each stick draws for itself.
        public var reception = 1.0

        public init() {}
    }

    /// What a stick did and what was done to it, since it was made.
    public struct Counters: Hashable, Sendable {
        /// Starts because power came.
        public var powerOns = 0
        /// Reset commands carried out.
        public var resets = 0
        /// Resets of the USB port.
        public var usbResets = 0
        /// Commands that arrived whole.
        public var commands = 0
        /// Of these: before the first reset command since power on.
        public var commandsBeforeReset = 0
        /// Of these: answered with a code other than 0.
        public var refusals = 0
        /// Writes while the stick was starting, which are lost.
        public var writesWhileStarting = 0
        /// Bytes from the host that belong to no command; padding of zeros does not count.
        public var strayBytes = 0
        /// Messages that the host wanted on the air. A receiver has none.
        public var transmissions = 0
        /// Messages on the air while the stick had power.
        public var onAir = 0
        /// Of these: nobody listened: no scan, no open channel, another frequency, or mute.
        public var unheard = 0
        /// Of these: the network key was another one.
        public var wrongKey = 0
        /// Of these: not received, by ``Faults/reception``.
        public var missed = 0
        /// Of these: above ``Faults/rateLimit``.
        public var overRate = 0
        /// Of these: passed on to the host.
        public var forwarded = 0
        /// Frames dropped because the host did not fetch the ones before.
        public var overflowed = 0
        /// Transfers that the host fetched, and the bytes in them that were spoilt.
        public var transfers = 0
        public var spoiltBytes = 0

        public init() {}
    }
}
