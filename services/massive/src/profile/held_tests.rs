use super::*;
use chrono::{Days, NaiveTime};
use wire::{EpochSec, Points, gravity::ArtifactStatus};

const SPX: &str = "I:SPX";

fn at(minute: i64) -> i64 {
    let friday = NaiveDate::from_ymd_opt(2025, 11, 21).unwrap();
    calendar::instant(friday, NaiveTime::from_hms_opt(10, 0, 0).unwrap()) + minute * MINUTE_MS
}

fn bar(minute: i64, price: f64) -> Bar {
    Bar { t_ms: at(minute), low: price, high: price, close: price, volume: 1_000.0 }
}

fn trade(minute: i64, price: f64) -> Trade {
    Trade { source: "SPY".into(), price, size: 10.0, t_ms: at(minute) + 5_000 }
}

fn profiles() -> (Profiles, Board) {
    let board = Board::default();
    (Profiles::new(&Settings::default(), board.clone()), board)
}

fn published(profiles: &mut Profiles, seconds: f64) -> Publication {
    let stamp = |input_ms| Stamp { ts: EpochSec::new(seconds), market_ts: wire::EpochMs(input_ms).to_sec() };
    let mut all = profiles.publish(|_symbol| Some(6000.0), stamp);
    assert_eq!(all.len(), 1, "only what has volume");
    all.remove(0)
}

fn base(model: Option<VolumeProfile>) -> Note {
    Note::Base { symbol: SPX.into(), model: model.map(Box::new) }
}

fn bars(minutes: std::ops::Range<i64>) -> Note {
    Note::Bars { symbol: SPX.into(), bars: minutes.map(|minute| bar(minute, 600.0)).collect() }
}

#[test]
fn history_and_trades_count_each_minute_once() {
    let (mut profiles, board) = profiles();
    profiles.note(base(None));
    profiles.flush(&[trade(10, 601.0), trade(11, 601.0)], 1.0);
    profiles.note(bars(0..12));
    profiles.flush(&[trade(3, 601.0), trade(12, 601.0)], 2.0);
    let told = published(&mut profiles, 1_763_737_262.5);
    let volume = &told.model.buckets_tv;
    assert_eq!(volume[&Points(6_000_000)], 10_000.0, "ten bars; two minutes were known by their trades");
    assert_eq!(volume[&Points(6_010_000)], 30.0, "three trades; one belongs to a bar");
    assert_eq!((told.model.days, told.model.version.as_str()), (1, "v1763737262"));
    assert_eq!(told.model.last_bar_t.map(|t| t.0), Some(at(12)));
    assert_eq!(board.take(SPX).newest_minute, Some(at(12)));
    assert!(board.is_own(SPX, "v1763737262") && !board.is_own(SPX, "v1"));
    let fields = profiles.fields();
    assert_eq!(
        (&fields["bars"], &fields["trades"], &fields["volume"]),
        (&json!(10), &json!(3), &json!(30.0))
    );
    assert_eq!(fields["last_flush"], json!(2.0));
}

#[test]
fn it_is_building_until_all_is_told() {
    let (mut profiles, _) = profiles();
    profiles.note(base(None));
    profiles.note(bars(0..2));
    assert_eq!(published(&mut profiles, 1.0).artifact.meta.status, ArtifactStatus::Building);
    profiles.note(Note::Ready { symbol: SPX.into() });
    assert_eq!(published(&mut profiles, 2.0).artifact.meta.status, ArtifactStatus::Ready);
    assert!(profiles.note(Note::Publish));
}

#[test]
fn a_restart_goes_on_where_the_last_one_ended() {
    let (mut first, _) = profiles();
    first.note(base(None));
    first.note(bars(0..5));
    first.flush(&[trade(6, 602.0)], 1.0);
    let stored = published(&mut first, 1_763_737_262.0).model;

    let (mut second, _) = profiles();
    second.note(base(Some(stored.clone())));
    second.note(bars(0..8));
    second.flush(&[trade(5, 602.0), trade(8, 602.0)], 2.0);
    let told = published(&mut second, 1_763_737_200.0);
    assert_eq!(
        told.model.total_volume,
        stored.total_volume + 1_000.0 + 10.0,
        "minute 7 and the trade of minute 8"
    );
    assert_eq!(told.model.days, 1);
    assert_eq!(told.artifact.meta.status, ArtifactStatus::Ready);
    assert_eq!(told.model.version, "v1763737263", "versions go on, whatever the clock says");
}

#[test]
fn nothing_is_written_over_a_stored_profile_before_it_was_read() {
    let (mut profiles, _) = profiles();
    profiles.flush(&[trade(0, 600.0)], 1.0);
    let stamp = |_| Stamp { ts: EpochSec::new(1.0), market_ts: EpochSec::new(1.0) };
    assert!(profiles.publish(|_symbol| None, stamp).is_empty());
    profiles.note(base(None));
    assert_eq!(published(&mut profiles, 2.0).model.total_volume, 10.0, "what was traded meanwhile is in it");
}

#[test]
fn a_further_day_is_counted_and_the_same_one_is_not() {
    let (mut profiles, _) = profiles();
    let mut stored = {
        let (mut first, _) = self::profiles();
        first.note(base(None));
        first.note(bars(0..5));
        published(&mut first, 1.0).model
    };
    stored.days = 30;
    profiles.note(base(Some(stored)));
    profiles.flush(&[trade(60, 600.0)], 1.0);
    assert_eq!(published(&mut profiles, 1.0).model.days, 30);
    let monday = Trade { t_ms: at(0) + i64::from(3 * 24 * 60) * MINUTE_MS, ..trade(0, 600.0) };
    assert_eq!(calendar::trading_date(monday.t_ms), calendar::trading_date(at(0)) + Days::new(3));
    profiles.flush(&[monday], 2.0);
    assert_eq!(published(&mut profiles, 2.0).model.days, 31);
}

#[test]
fn the_nodes_of_people_stay_until_they_are_given_back() {
    let (mut profiles, _) = profiles();
    profiles.note(base(None));
    profiles.note(bars(0..5));
    let computed = published(&mut profiles, 1.0).artifact.structures.volume_nodes;
    assert_eq!(computed[0].price, 6000.0);
    let own = vec![VolumeNode { price: 6123.0, weight: 3.0, color: "#00ff00".into() }];
    profiles.note(Note::Edited { symbol: SPX.into(), nodes: Some(own.clone()) });
    profiles.flush(&[trade(7, 610.0)], 1.0);
    let told = published(&mut profiles, 2.0);
    assert_eq!((&told.artifact.structures.volume_nodes, told.artifact.meta.edited), (&own, Some(true)));
    assert_eq!(told.model.structures, told.artifact.structures);
    let (context, version) = profiles.context(SPX, 6120.0, Some(6120.0), Some(60.0)).unwrap();
    assert_eq!((context.nearest_node, version), (Some(6123.0), told.model.version));
    profiles.note(Note::Edited { symbol: SPX.into(), nodes: None });
    let told = published(&mut profiles, 3.0);
    assert_eq!(told.artifact.meta.edited, None);
    assert!(told.artifact.structures.volume_nodes.iter().all(|node| node.price != 6123.0));
}

#[test]
fn a_hole_between_trades_is_told_once() {
    let (mut profiles, board) = profiles();
    profiles.flush(&[trade(0, 600.0), trade(1, 600.0), trade(5, 600.0), trade(4, 600.0)], 1.0);
    assert_eq!(board.take(SPX).holes, [(at(2), at(5) - 1)]);
    assert_eq!(board.take(SPX).holes, []);
}

#[test]
fn the_example_of_four_bars_is_published_as_worked() {
    let (mut profiles, _) = profiles();
    let rows = [
        (599.98, 600.12, 600.10, 3_000.0),
        (600.05, 600.35, 600.30, 6_000.0),
        (600.30, 600.30, 600.30, 500.0),
        (600.20, 600.60, 600.22, 1_200.0),
    ];
    profiles.note(base(None));
    let bars = rows.into_iter().zip(0..);
    let bars =
        bars.map(|((low, high, close, volume), n)| Bar { t_ms: at(n), low, high, close, volume }).collect();
    profiles.note(Note::Bars { symbol: SPX.into(), bars });
    let told = published(&mut profiles, 1.0);
    assert_eq!(told.artifact.profile.bins, [429, 1000, 617, 794, 91, 80, 46]);
    assert_eq!((told.artifact.profile.min, told.artifact.profile.max), (6000.0, 6006.0));
    assert_eq!(told.model.attention_peak, Some(6001.0));
    let raw: Vec<(u32, f64)> =
        told.model.buckets_raw.iter().map(|(price, volume)| (price.0, *volume)).collect();
    assert_eq!(raw, [(6_001_000, 3_000.0), (6_002_000, 1_200.0), (6_003_000, 6_500.0)]);
}
