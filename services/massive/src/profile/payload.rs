//! A profile as payloads: the model, the artifact, and the word that there is a new one.

use crate::{config::ProfileSource, models::stamp::Stamp};
use quant::{
    profile::{Bins, CORE_SHARE, NORMALISED_SCALE},
    structures,
};
use std::collections::BTreeMap;
use wire::{
    EpochMs, Points,
    gravity::{Artifact, ArtifactStatus, Meta, Profile, Structures, Updated, VolumeNode, VolumeProfile},
};

const WEIGHT: f64 = 1.5;
const COLOR: &str = "#ffff00";
const ALGORITHM: &str = "tv_microbins_30";

/// Everything that the payloads of one profile show.
pub(super) struct Face<'a> {
    pub(super) symbol: &'a str,
    pub(super) source: &'a ProfileSource,
    pub(super) profile: &'a quant::profile::Profile,
    pub(super) bins: &'a Bins<'a>,
    pub(super) normalised: &'a [u32],
    pub(super) structures: &'a structures::Structures,
    pub(super) edited: Option<&'a [VolumeNode]>,
    pub(super) days: u32,
    pub(super) is_ready: bool,
    pub(super) version: String,
    pub(super) spot: Option<f64>,
    pub(super) stamp: Stamp,
}

/// `v<unix s>`.
pub(super) fn version(number: i64) -> String {
    format!("v{number}")
}

/// The number of a version; 0 when it has none.
pub(super) fn number(version: &str) -> i64 {
    version.strip_prefix('v').and_then(|number| number.parse().ok()).unwrap_or(0)
}

impl Face<'_> {
    pub(super) fn model(&self) -> VolumeProfile {
        let (core_low, core_high) = self.bins.core_range(CORE_SHARE);
        VolumeProfile {
            ts: self.stamp.ts,
            market_ts: self.stamp.market_ts,
            symbol: self.symbol.to_owned(),
            version: self.version.clone(),
            source: self.source.source.clone(),
            multiplier: self.source.multiplier,
            step: self.source.step,
            min: self.bins.min(),
            max: self.bins.max(),
            buckets_tv: buckets(self.profile.buckets_tv()),
            buckets_raw: buckets(self.profile.buckets_raw()),
            total_volume: self.bins.total(),
            days: self.days,
            last_bar_t: self.profile.last_bar_t().map(EpochMs),
            structures: self.structures(),
            attention_peak: Some(self.bins.attention_peak()),
            core_low: Some(core_low),
            core_high: Some(core_high),
        }
    }

    pub(super) fn artifact(&self) -> Artifact {
        Artifact {
            profile: Profile {
                min: self.bins.min(),
                max: self.bins.max(),
                step: self.bins.step(),
                bins: self.normalised.to_vec(),
                normalized_scale: NORMALISED_SCALE,
                max_volume: self.bins.max_volume(),
            },
            structures: self.structures(),
            meta: Meta {
                symbol: self.symbol.to_owned(),
                source: self.source.source.clone(),
                multiplier: self.source.multiplier,
                spot: self.spot,
                algorithm: ALGORITHM.into(),
                days: self.days,
                status: if self.is_ready { ArtifactStatus::Ready } else { ArtifactStatus::Building },
                artifact_version: self.version.clone(),
                last_update: self.stamp.iso(),
                edited: self.edited.map(|_nodes| true),
                ts: self.stamp.ts,
                market_ts: self.stamp.market_ts,
            },
        }
    }

    pub(super) fn updated(&self) -> Updated {
        Updated {
            kind: "dealer_gravity_artifact_updated".into(),
            symbol: self.symbol.to_owned(),
            artifact_version: self.version.clone(),
            occurred_at: self.stamp.iso(),
            ts: self.stamp.ts,
        }
    }

    fn structures(&self) -> Structures {
        let computed =
            |node: &structures::Node| VolumeNode { price: node.price, weight: WEIGHT, color: COLOR.into() };
        Structures {
            volume_nodes: match self.edited {
                Some(nodes) => nodes.to_vec(),
                None => self.structures.nodes.iter().map(computed).collect(),
            },
            node_ranges: self.structures.node_ranges.clone(),
            volume_wells: self.structures.wells.clone(),
            crevasses: self.structures.crevasses.clone(),
        }
    }
}

fn buckets(entries: impl Iterator<Item = (f64, f64)>) -> BTreeMap<Points, f64> {
    entries.filter_map(|(points, volume)| Some((Points::new(points)?, volume))).collect()
}
