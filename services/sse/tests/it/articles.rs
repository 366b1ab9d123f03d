//! Articles: announced, analysed, listed, scored, and what an outage of intel-redis does to them.

use crate::{
    client::get,
    people::{asked, closed, page},
    setup::{Gateway, is_healthy},
};
use serde_json::{Value, json};
use std::time::SystemTime;
use testkit::{Rig, free_port, wait};
use wire::{
    BusId::{self, Intel},
    EpochSec, Key,
    intel::{ANALYSED, Analysed, INDEX, QUEUE, Queued, analysis, item},
};

fn now() -> f64 {
    EpochSec::from(SystemTime::now()).whole().seconds()
}

fn article(uid: &str, category: &str, published_ts: f64) -> Value {
    json!({
        "v": 1, "uid": uid, "feed_id": "f", "source": "macro.example.com", "category": category,
        "title": "Core inflation cools", "url": format!("https://macro.example.com/{uid}"), "summary": "It cools.",
        "published_ts": published_ts, "enriched_ts": published_ts, "sentiment": "bullish", "entities": ["Treasury"],
        "tickers": ["TLT"], "relevance": null, "impact": null, "quality_score": 0.74,
    })
}

fn verdict(uid: &str) -> Value {
    json!({
        "v": 1, "uid": uid, "summary": "Prices rose less.", "sentiment": "bullish", "tickers": ["TLT"],
        "takeaways": ["+0.2%"], "model": "local-1", "analyzed_ts": 1_772_544_704, "engine": {"kind": "local"},
    })
}

async fn write<T>(bus: &bus::Bus, key: Key<T>, value: &Value) {
    bus.set(&Key::<Value>::of(Intel, key.name.into_owned()), value).await.unwrap();
}

/// Stores an article as rss_agg does, and puts it into the queue.
async fn announce(bus: &bus::Bus, article: &Value, requeue: u32) {
    let uid = article["uid"].as_str().unwrap();
    write(bus, item(uid), article).await;
    let mut batch = bus.batch(Intel);
    batch.add_text(&INDEX, article["published_ts"].as_f64().unwrap(), uid);
    batch.run().await.unwrap();
    bus.append(&QUEUE, &Queued { uid: uid.into(), requeue }).await.unwrap();
}

async fn analyse(bus: &bus::Bus, uid: &str) {
    write(bus, analysis(uid), &verdict(uid)).await;
    let told = Analysed { uid: uid.into(), analyzed_ts: EpochSec::new(1_772_544_704.0) };
    bus.publish(&ANALYSED, &told).await.unwrap();
}

#[tokio::test]
async fn an_article_is_announced_once_and_its_analysis_joins_it() {
    let gateway = Gateway::start(closed).await;
    let bus = &gateway.rig.bus;
    let mut intel = page(&gateway, 57, "/sse/intel").await;
    let listed = async |query: &str| {
        asked(&gateway, "GET", &format!("/api/models/intel{query}"), (57, "observer")).await.json()
    };
    assert_eq!(listed("").await["error"], "no_data");

    // What is missing, malformed or told again is passed over.
    bus.append(&QUEUE, &Queued { uid: "gone".into(), requeue: 0 }).await.unwrap();
    announce(bus, &json!({"uid": "half", "published_ts": 1}), 0).await;
    announce(bus, &article("again", "macro", 5.0), 1).await;
    announce(bus, &article("a1", "macro", 100.0), 0).await;
    let told = intel.news().await;
    assert_eq!(told.event, "article");
    let expected = json!({
        "uid": "a1", "title": "Core inflation cools", "url": "https://macro.example.com/a1",
        "source": "macro.example.com", "category": "macro", "summary": "It cools.", "published_ts": 100,
        "enriched_ts": 100, "sentiment": "bullish", "quality_score": 0.74, "entities": ["Treasury"],
        "tickers": ["TLT"], "analysis": null,
    });
    assert_eq!(told.data, expected);
    analyse(bus, "nobody's").await;
    analyse(bus, "a1").await;
    let opinion = intel.next_of("analysis").await;
    assert_eq!(opinion.data["uid"], "nobody's", "an analysis is told even when its article is gone");
    let opinion = intel.next_of("analysis").await.data;
    let expected = json!({
        "uid": "a1", "summary": "Prices rose less.", "sentiment": "bullish", "tickers": ["TLT"],
        "takeaways": ["+0.2%"], "model": "local-1", "analyzed_ts": 1_772_544_704,
    });
    assert_eq!(opinion, expected);
    assert_eq!(listed("").await["data"][0]["analysis"], opinion);

    announce(bus, &article("a2", "rates", 200.0), 0).await;
    intel.next_of("article").await;
    let uids = |body: Value| -> Vec<String> {
        let articles = body["data"].as_array().unwrap().iter();
        articles.map(|article| article["uid"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(uids(listed("").await), ["a2", "a1"], "newest first");
    assert_eq!(uids(listed("?limit=1").await), ["a2"]);
    assert_eq!(uids(listed("?before=200").await), ["a1"]);
    assert_eq!(uids(listed("?category=Rates").await), ["a2"]);
    assert_eq!(uids(listed("?category=energy").await), [""; 0]);
    for bad in ["?before=soon", "?before=inf", "?limit=many"] {
        assert_eq!(listed(bad).await["error"], "bad_request", "{bad}");
    }
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn administrators_see_articles_by_their_scores() {
    let gateway = Gateway::start(closed).await;
    let bus = &gateway.rig.bus;
    let path = "/api/admin/rss-articles";
    let refused = asked(&gateway, "GET", path, (57, "coaching")).await;
    assert_eq!((refused.status, refused.json()["error"].as_str().unwrap()), (403, "admin_required"));
    assert_eq!(asked(&gateway, "GET", path, (1, "administrator")).await.json()["error"], "no_data");
    let mut bare = article("bare", "macro", now());
    bare["enriched_ts"] = Value::Null;
    announce(bus, &bare, 0).await;
    announce(bus, &article("old", "macro", now() - 30.0 * 3600.0), 0).await;
    announce(bus, &article("low", "culture", now() - 60.0), 0).await;
    announce(bus, &article("high", "macro", now() - 3.5 * 3600.0), 0).await;
    announce(bus, &article("top", "rates", now() - 120.0), 0).await;
    wait("all are read", || async {
        let listed = asked(&gateway, "GET", "/api/models/intel", (1, "administrator")).await;
        listed.status == 200 && listed.json()["data"].as_array().unwrap().len() == 5
    })
    .await;
    let scored = asked(&gateway, "GET", path, (1, "administrator")).await.json();
    let seen: Vec<_> = scored["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let numbers = ["relevance", "urgency", "total_score"].map(|name| one[name].as_u64().unwrap());
            (one["uid"].as_str().unwrap(), numbers, one["impact"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("top", [5, 5, 10], "structural"),
            ("low", [2, 5, 7], "structural"),
            ("high", [5, 2, 7], "structural"),
        ],
        "by score, then newest"
    );
    let longer =
        asked(&gateway, "GET", &format!("{path}?hours=48&limit=4"), (1, "administrator")).await.json();
    assert_eq!(longer["data"].as_array().unwrap().last().unwrap()["uid"], "old");
    gateway.program.stop().await.unwrap();
}

#[tokio::test]
async fn an_outage_of_intel_redis_loses_no_article_and_names_what_it_may_have_lost() {
    let rig = Rig::new().await;
    let (bus, link) = rig.behind_link(BusId::Intel).await;
    let document = rig.document("sse");
    announce(&rig.bus, &article("early", "macro", 1.0), 0).await;
    write(&rig.bus, analysis("early"), &verdict("early")).await;
    let gateway = Gateway::start_on(bus, rig, free_port(), document, closed).await;
    let direct = &gateway.rig.bus;
    let first = asked(&gateway, "GET", "/api/models/intel", (57, "observer")).await.json();
    assert_eq!(first["data"][0]["analysis"]["summary"], "Prices rose less.", "read at start");
    announce(direct, &article("before", "macro", 2.0), 0).await;
    let mut intel = page(&gateway, 57, "/sse/intel").await;
    wait("it follows the queue", || async {
        let listed = asked(&gateway, "GET", "/api/models/intel", (57, "observer")).await.json();
        listed["data"].as_array().unwrap().len() == 2
    })
    .await;
    link.cut().await;
    wait("the gateway says it lacks something", || async { !is_healthy(gateway.port).await }).await;
    announce(direct, &article("meanwhile", "macro", 3.0), 0).await;
    analyse(direct, "before").await;
    link.mend().await;
    let resync = intel.next_of("resync").await;
    assert_eq!(resync.data, json!({"reason": "bus_gap", "topics": ["analysis"]}));
    wait("what was missed is listed", || async {
        let listed = asked(&gateway, "GET", "/api/models/intel", (57, "observer")).await.json();
        let articles = listed["data"].as_array().unwrap().clone();
        articles.len() == 3 && articles[1]["analysis"]["uid"] == "before"
    })
    .await;
    wait("the gateway is whole again", || is_healthy(gateway.port)).await;
    assert_eq!(get(gateway.port, "/api/models/intel").await.status, 401);
    gateway.program.stop().await.unwrap();
}
