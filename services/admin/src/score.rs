//! The fleet's health as one number. Pure.

/// How well one service beats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// Beats on time.
    Healthy,
    /// Beats late, or says that it serves less than it should.
    Degraded,
    /// Its container runs, its beat is gone.
    RunningNoHeartbeat,
    /// No beat, no running container.
    Dead,
    /// system-redis cannot be read.
    Unknown,
}

impl Standing {
    /// Its name on the screen and in JSON.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::RunningNoHeartbeat => "running_no_heartbeat",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        }
    }

    const fn weight(self) -> f64 {
        match self {
            Self::Healthy => 1.0,
            Self::Degraded | Self::RunningNoHeartbeat => 0.5,
            Self::Dead | Self::Unknown => 0.0,
        }
    }
}

/// How many of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) well: usize,
    pub(crate) all: usize,
}

impl Share {
    /// A part that has nothing to check is not held against the fleet.
    pub(crate) fn ratio(self) -> f64 {
        if self.all == 0 { 1.0 } else { self.well as f64 / self.all as f64 }
    }
}

/// The mean weight of all standings; 0 without any.
pub(crate) fn beating(standings: &[Standing]) -> f64 {
    if standings.is_empty() {
        return 0.0;
    }
    standings.iter().map(|standing| standing.weight()).sum::<f64>() / standings.len() as f64
}

/// `0.30·buses + 0.50·heartbeats + 0.20·endpoints`, three decimals.
pub(crate) fn score(buses: Share, heartbeats: f64, endpoints: Share) -> f64 {
    let score = 0.30 * buses.ratio() + 0.50 * heartbeats + 0.20 * endpoints.ratio();
    (score * 1000.0).round() / 1000.0
}

/// The word for a score.
pub(crate) fn label(score: f64) -> &'static str {
    match score {
        score if score >= 0.95 => "excellent",
        score if score >= 0.80 => "good",
        score if score >= 0.60 => "degraded",
        score if score >= 0.30 => "critical",
        _ => "down",
    }
}

#[cfg(test)]
mod tests {
    use super::Standing::{Dead, Degraded, Healthy, RunningNoHeartbeat, Unknown};
    use super::*;

    fn rated(buses: usize, standings: &[Standing], endpoints: usize) -> (f64, &'static str) {
        let score =
            score(Share { well: buses, all: 4 }, beating(standings), Share { well: endpoints, all: 6 });
        (score, label(score))
    }

    /// The known answers of the control-plane contract.
    #[test]
    fn the_score_gives_its_known_answers() {
        let mut one_dead = vec![Healthy; 10];
        one_dead.extend([Degraded, Dead]);
        let mut two_silent = vec![Healthy; 10];
        two_silent.extend([RunningNoHeartbeat; 2]);

        assert_eq!(rated(4, &[Healthy; 12], 6), (1.0, "excellent"));
        assert_eq!(rated(4, &one_dead, 5), (0.904, "good"));
        assert_eq!(rated(4, &two_silent, 6), (0.958, "excellent"));
        assert_eq!(rated(3, &[Unknown; 12], 6), (0.425, "critical"));
    }

    #[test]
    fn a_fleet_without_endpoints_is_judged_by_the_rest() {
        assert_eq!(score(Share { well: 4, all: 4 }, 1.0, Share { well: 0, all: 0 }), 1.0);
        assert_eq!(label(0.0), "down");
    }
}
