public import Wire

extension Outbox {
    /// How one uplink delivers. The defaults are those of MQTT.
    public struct Settings: Hashable, Sendable {
        /// Messages under way at once. Bounds what is sent twice after a break.
        public var window: Int
        /// Durable messages per second, on average; a window may go out at once. Leaves room for live rows
        /// beside a backlog.
        public var rate: Int
        /// A peer that is silent for this long while it owes an answer is gone.
        public var answerTimeout: Nanoseconds
        /// The pause after a failure is drawn from 0 to a bound that doubles from the minimum to the maximum.
        public var backoffMinimum: Nanoseconds
        public var backoffMaximum: Nanoseconds
        /// How often a held uplink is tried.
        public var holdInterval: Nanoseconds
        /// With nothing to deliver, a connection that held for so long is a success.
        public var steadyAfter: Nanoseconds

        /// - Precondition: `window` and `rate` are at least 1, times are positive, and the maximum of the
        ///   back-off is not below its minimum. The configuration refuses other values before.
        public init(
            window: Int = 20,
            rate: Int = 200,
            answerTimeout: Nanoseconds = 30 * .second,
            backoffMinimum: Nanoseconds = 1 * .second,
            backoffMaximum: Nanoseconds = 60 * .second,
            holdInterval: Nanoseconds = 5 * .minute,
            steadyAfter: Nanoseconds = 10 * .second
        ) {
            precondition(window >= 1 && rate >= 1 && answerTimeout > 0 && holdInterval > 0)
            precondition(backoffMinimum > 0 && backoffMaximum >= backoffMinimum && steadyAfter > 0)
            self.window = window
            self.rate = rate
            self.answerTimeout = answerTimeout
            self.backoffMinimum = backoffMinimum
            self.backoffMaximum = backoffMaximum
            self.holdInterval = holdInterval
            self.steadyAfter = steadyAfter
        }

        /// Messages held in memory at once, under way or waiting.
        public var loadedMaximum: Int { 2 * window }
    }
}
