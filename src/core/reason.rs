//! Why a state was entered: one value for each way an attempt can end, each
//! pause, each wake and each thing that a caller can do.

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// Why a state was entered or an attempt ended.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason { $($(#[$doc])* $variant,)* }

        impl Reason {
            /// Every reason, in the order of the table.
            pub const ALL: &'static [Reason] = &[$(Reason::$variant,)*];

            /// The name that JavaScript sees.
            pub fn as_str(self) -> &'static str {
                match self { $(Reason::$variant => $name,)* }
            }
        }
    };
}

reasons! {
    /// The source was constructed.
    Start = "start",
    /// A wait was over.
    Retry = "retry",
    /// The server answered with an event stream.
    Opened = "opened",
    /// A network error: reset, DNS, refused by CORS, or a body that broke off.
    Network = "network",
    /// A request that can never succeed from this page: not a fetchable
    /// scheme, mixed content, or refused by the Content Security Policy.
    Blocked = "blocked",
    /// The platform has no transport that can honour the options.
    Unsupported = "unsupported",
    /// A status without a row of its own; the number is in `status`.
    HttpStatus = "http-status",
    /// The platform's own source closed itself before it ever opened: whatever
    /// the server answered, it was no event stream.
    Refused = "refused",
    /// 204: the server asked not to be asked again.
    NoContent = "no-content",
    /// 410: what was asked for is gone for good.
    Gone = "gone",
    /// 200 with a type other than `text/event-stream`.
    ContentType = "content-type",
    /// The server ended the stream without having sent news.
    Ended = "ended",
    /// The server ended the stream after news: it closes on purpose.
    Cycle = "cycle",
    /// No byte for `idleTimeout`.
    Idle = "idle",
    /// No response headers for `connectTimeout`.
    ConnectTimeout = "connect-timeout",
    /// An event larger than `maxEventSize`.
    TooLarge = "too-large",
    /// The `headers` function threw or rejected.
    Headers = "headers",
    /// The `params` function threw or rejected.
    Params = "params",
    /// The option `signal` was aborted.
    Aborted = "aborted",
    /// A terminal event arrived.
    Terminal = "terminal",
    /// The latch says that the stream had its terminal event before.
    Latched = "latched",
    /// Paused: an attempt failed while the machine was offline.
    Offline = "offline",
    /// Paused: the page is hidden, and `pauseWhenHidden` is set.
    Hidden = "hidden",
    /// Paused: the browser froze the page.
    Frozen = "frozen",
    /// Paused: the page went away, perhaps into the back/forward cache.
    PageHide = "pagehide",
    /// The machine came online.
    Online = "online",
    /// The page became visible.
    Visible = "visible",
    /// The page came back out of the back/forward cache.
    PageShow = "pageshow",
    /// The page was unfrozen.
    Resume = "resume",
    /// `close()`.
    Close = "close",
    /// `reconnect()`.
    Reconnect = "reconnect",
    /// `reset()`.
    Reset = "reset",
    /// `ResilientEventSource.clear()`.
    Clear = "clear",
}
