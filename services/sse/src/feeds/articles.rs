//! The newest articles, each with what was made of it.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};
use wire::{
    EpochSec,
    intel::{Analysis, Article, Item},
};

/// Articles held; the oldest leaves first.
pub(crate) const KEPT: usize = 5000;

/// Articles by uid, and by the time they were published.
#[derive(Debug, Default)]
pub(crate) struct Articles(Mutex<Shelf>);

#[derive(Debug, Default)]
struct Shelf {
    held: HashMap<String, Held>,
    /// Milliseconds of publication, uid.
    order: BTreeSet<(i64, String)>,
}

#[derive(Debug)]
struct Held {
    item: Item,
    analysis: Option<Analysis>,
}

impl Articles {
    /// Takes an article. Its analysis, if it is known already, stays unless a new one comes with it.
    pub(crate) fn put(&self, item: Item, analysis: Option<Analysis>) {
        let mut shelf = self.shelf();
        let before = shelf.held.remove(&item.uid);
        if let Some(before) = &before {
            shelf.order.remove(&place(&before.item));
        }
        let analysis = analysis.or(before.and_then(|before| before.analysis));
        shelf.order.insert(place(&item));
        shelf.held.insert(item.uid.clone(), Held { item, analysis });
        if shelf.held.len() > KEPT
            && let Some((_, oldest)) = shelf.order.pop_first()
        {
            shelf.held.remove(&oldest);
        }
    }

    /// The newest `count` articles from before `before`, of one category where asked, newest first.
    pub(crate) fn newest(
        &self,
        count: usize,
        before: Option<EpochSec>,
        category: Option<&str>,
    ) -> Vec<Article> {
        let shelf = self.shelf();
        let from_before = |held: &&Held| before.is_none_or(|before| held.item.published_ts < before);
        let of_category =
            |held: &&Held| category.is_none_or(|wanted| held.item.category.eq_ignore_ascii_case(wanted));
        let newest = shelf.order.iter().rev().filter_map(|(_, uid)| shelf.held.get(uid));
        newest.filter(from_before).filter(of_category).take(count).map(joined).collect()
    }

    /// The articles that were enriched since `since`, newest first, each with its source.
    pub(crate) fn enriched(&self, since: EpochSec) -> Vec<(Item, Article)> {
        let shelf = self.shelf();
        let newest = shelf.order.iter().rev().filter_map(|(_, uid)| shelf.held.get(uid));
        let is_recent = |held: &&Held| held.item.enriched_ts.is_some_and(|at| at >= since);
        newest.filter(is_recent).map(|held| (held.item.clone(), joined(held))).collect()
    }

    /// True while nothing was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.shelf().held.is_empty()
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn joined(held: &Held) -> Article {
    Article { analysis: held.analysis.clone(), ..Article::from(&held.item) }
}

fn place(item: &Item) -> (i64, String) {
    ((item.published_ts.seconds() * 1000.0) as i64, item.uid.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn item(uid: &str, published_ts: f64, category: &str) -> Item {
        let item = json!({
            "uid": uid, "source": "s", "category": category, "title": "t", "url": "u", "summary": null,
            "published_ts": published_ts,
        });
        serde_json::from_value(item).unwrap()
    }

    fn analysis(uid: &str) -> Analysis {
        let analysis =
            json!({"uid": uid, "summary": "s", "sentiment": "neutral", "model": "m", "analyzed_ts": 1});
        serde_json::from_value(analysis).unwrap()
    }

    fn uids(articles: &[Article]) -> Vec<&str> {
        articles.iter().map(|article| article.uid.as_str()).collect()
    }

    #[test]
    fn the_newest_come_first_and_can_be_narrowed() {
        let articles = Articles::default();
        for (uid, at, category) in [("b", 2.0, "macro"), ("a", 1.0, "rates"), ("c", 3.0, "macro")] {
            articles.put(item(uid, at, category), None);
        }
        assert_eq!(uids(&articles.newest(2, None, None)), ["c", "b"]);
        assert_eq!(uids(&articles.newest(9, Some(EpochSec::new(3.0)), None)), ["b", "a"]);
        assert_eq!(uids(&articles.newest(9, None, Some("Macro"))), ["c", "b"]);
    }

    #[test]
    fn an_analysis_joins_its_article_and_outlives_its_next_version() {
        let articles = Articles::default();
        articles.put(item("a", 1.0, "rates"), None);
        articles.put(item("a", 1.0, "rates"), Some(analysis("a")));
        articles.put(item("a", 5.0, "macro"), None);
        let all = articles.newest(9, None, None);
        assert_eq!((all.len(), all[0].category.as_str()), (1, "macro"));
        assert_eq!(all[0].analysis, Some(analysis("a")));
    }

    #[test]
    fn the_oldest_leave_when_there_are_too_many() {
        let articles = Articles::default();
        (0..KEPT + 3).for_each(|n| articles.put(item(&n.to_string(), n as f64, "macro"), None));
        let all = articles.newest(usize::MAX, None, None);
        assert_eq!((all.len(), all.last().unwrap().uid.as_str()), (KEPT, "3"));
    }
}
