use super::Examination;
use crate::{
    Code,
    service::{Beats, cadence},
};
use wire::BusId;

type Finding = (&'static str, Code, String);

impl Examination<'_> {
    /// Rhythm, channel and watcher of every heartbeat.
    pub(super) fn beats(&mut self) {
        let timeout = cadence(self.component("healer").get("threshold"));
        let mut found = Vec::new();
        for (id, part) in &self.parts {
            let Some(beats) = &part.beats else { continue };
            let mut own = rhythm(beats, timeout);
            own.extend(self.channel(id, beats));
            if id != "healer" && !self.is_watched(beats) {
                own.push(("/heartbeat", Code::Unwatched, format!("healer does not watch {}", beats.channel)));
            }
            found.extend(own.into_iter().map(|finding| (id.clone(), finding)));
        }
        for (id, (pointer, code, message)) in found {
            self.tell(&id, pointer, code, message);
        }
    }

    fn channel(&self, id: &str, beats: &Beats) -> Option<Finding> {
        let part = self.parts.get(id)?;
        let expected = wire::system::heartbeat_name(&part.service_id);
        if beats.channel != expected {
            return Some(("/heartbeat/channel", Code::HbChannel, format!("channel is not {expected}")));
        }
        let bus = BusId::System.name();
        let is_published = part.publish_to.iter().any(|entry| entry.bus == bus && entry.key == expected);
        let message = || format!("{expected} on {bus} is missing");
        (!is_published).then(|| ("/access_points/publish_to", Code::HbChannel, message()))
    }

    fn is_watched(&self, beats: &Beats) -> bool {
        self.parts.get("healer").is_some_and(|healer| {
            healer.watches_all || healer.subscribe_to.iter().any(|entry| entry.key == beats.channel)
        })
    }
}

fn rhythm(beats: &Beats, default_timeout: f64) -> Vec<Finding> {
    let (interval, ttl) = (beats.interval_sec, beats.ttl_sec);
    let mut found = Vec::new();
    if ttl < 2.0 * interval {
        let message = format!("ttl_sec {ttl} is below 2 x interval_sec {interval}");
        found.push(("/heartbeat/ttl_sec", Code::TtlTooShort, message));
    } else if ttl < 3.0 * interval {
        let message = format!("ttl_sec {ttl} is below 3 x interval_sec {interval}");
        found.push(("/heartbeat/ttl_sec", Code::TtlTight, message));
    }
    match beats.timeout_sec {
        Some(timeout) if timeout < 2.0 * interval => {
            let message = format!("timeout_sec {timeout} is below 2 x interval_sec {interval}");
            found.push(("/heartbeat/timeout_sec", Code::TimeoutTooShort, message));
        }
        None if default_timeout < 2.0 * interval => {
            let message = format!(
                "healer's timeout {default_timeout} applies, which is below 2 x interval_sec {interval}"
            );
            found.push(("/heartbeat/interval_sec", Code::TimeoutTight, message));
        }
        _ => {}
    }
    found
}
