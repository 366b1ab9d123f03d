//! A report that is made anew until the operator ends it.

use crate::{desk::Desk, output::Report};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

const PACE: Duration = Duration::from_secs(2);

/// Shows what `look` finds, every two seconds. Ends with its error; an outage is told and waited out.
pub(super) async fn repeatedly(
    desk: &Desk,
    mut look: impl AsyncFnMut() -> anyhow::Result<Report>,
) -> anyhow::Result<Report> {
    let mut ticks = interval(PACE);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        match look().await {
            Ok(report) => desk.screen.refresh(&report)?,
            Err(error) if crate::exit::of(&error) == crate::exit::Exit::Unreachable => {
                desk.screen.complain(crate::exit::told(&error));
            }
            Err(error) => return Err(error),
        }
    }
}
