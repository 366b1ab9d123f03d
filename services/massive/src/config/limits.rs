//! Time-outs and sizes that the contract fixes. They are no settings: only tests shorten them.

use std::time::Duration;

/// Durations and bounds of the vendor's protocol; the defaults are the contract's.
#[derive(Debug, Clone, PartialEq)]
pub struct Limits {
    /// TCP, TLS and upgrade together.
    pub connect: Duration,
    /// From the upgrade to the status `connected`.
    pub greeting: Duration,
    /// From `auth` to its answer.
    pub auth: Duration,
    /// From a subscription to its confirmation; once more before it is reported.
    pub confirm: Duration,
    /// Between two pings of ours.
    pub ping_every: Duration,
    /// Without a pong for this long the connection is dead.
    pub pong_within: Duration,
    /// Without a data frame for this long in a session `/indices` is dead.
    pub idle_indices: Duration,
    /// The same for `/stocks`.
    pub idle_stocks: Duration,
    /// The same for `/options`.
    pub idle_options: Duration,
    /// A connection that lived this long resets the delays.
    pub settled: Duration,
    /// Largest delay after a lost connection.
    pub network_cap: Duration,
    /// Up to this much is added to a delay, drawn evenly.
    pub network_jitter: Duration,
    /// First delay after a policy violation.
    pub policy_first: Duration,
    /// Its cap.
    pub policy_cap: Duration,
    /// Delay after a refused key.
    pub auth_failed: Duration,
    /// First delay when the server saw no authentication.
    pub auth_timeout: Duration,
    /// Undecodable frames within ten seconds that end a connection.
    pub decode_errors: usize,
    /// Events that wait between socket and market, per path.
    pub queue: usize,
    /// Whole REST request.
    pub rest_total: Duration,
    /// Whole REST request for spots and clock.
    pub rest_spot: Duration,
    /// First pause between two tries of a request.
    pub rest_retry: Duration,
    /// How long REST rests after a refused key.
    pub rest_auth_hold: Duration,
    /// How long what is not entitled or not found is not asked for.
    pub disabled: Duration,
    /// Items per page asked for.
    pub page_size: usize,
    /// Pages of one answer that are followed.
    pub max_pages: usize,
    /// Cadence of the REST spot while its WebSocket is healthy.
    pub spot_healthy: Duration,
    /// Between two publications of the volume profiles.
    pub profile_every: Duration,
    /// Between two polls of the server's clock.
    pub clock_poll: Duration,
    /// Without an accepted value for this long in a regular session a symbol is stale.
    pub stale_after: Duration,
    /// Without an option event for this long in a regular session the chain is fetched at once.
    pub dormant_after: Duration,
    /// Expirations are walked anew after this long.
    pub walk_every: Duration,
    /// Between two rounds of what is written by the clock: market time, analytics, all spots together.
    pub pulse: Duration,
    /// The same event for the same symbol or path at most once in this time.
    pub event_gap: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let sec = Duration::from_secs;
        Self {
            connect: sec(10),
            greeting: sec(10),
            auth: sec(10),
            confirm: sec(10),
            ping_every: sec(20),
            pong_within: sec(60),
            idle_indices: sec(15),
            idle_stocks: sec(30),
            idle_options: sec(60),
            settled: sec(60),
            network_cap: sec(60),
            network_jitter: sec(2),
            policy_first: sec(60),
            policy_cap: sec(600),
            auth_failed: sec(300),
            auth_timeout: sec(5),
            decode_errors: 100,
            queue: 65_536,
            rest_total: sec(10),
            rest_spot: Duration::from_millis(2_500),
            rest_retry: Duration::from_millis(200),
            rest_auth_hold: sec(300),
            disabled: sec(600),
            page_size: 250,
            max_pages: 200,
            spot_healthy: sec(15),
            profile_every: Duration::from_secs(60),
            clock_poll: sec(5),
            stale_after: sec(15),
            dormant_after: sec(5),
            walk_every: sec(600),
            pulse: sec(1),
            event_gap: sec(10),
        }
    }
}
