//! The strikes of each underlying, out of a chain that is read only when somebody asks and it has changed.

use serde::Deserialize;
use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet, HashMap},
    future::Future,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};
use tokio::{sync::Mutex, time::Instant};
use wire::{EpochSec, Points};

/// A chain that nobody said has changed is read again after this long.
const LASTING: Duration = Duration::from_secs(30);

/// Strikes by underlying.
#[derive(Debug, Default)]
pub(crate) struct Strikes {
    is_stale: AtomicBool,
    held: Mutex<Option<Held>>,
}

#[derive(Debug)]
struct Held {
    at: Instant,
    by_symbol: HashMap<String, Vec<Points>>,
    ts: EpochSec,
}

/// The part of a chain that is looked at.
#[derive(Deserialize)]
struct Chain<'a> {
    ts: EpochSec,
    #[serde(borrow)]
    contracts: BTreeMap<Cow<'a, str>, Contract<'a>>,
}

#[derive(Deserialize)]
struct Contract<'a> {
    #[serde(borrow)]
    u: Cow<'a, str>,
    k: f64,
}

impl Strikes {
    /// The chain has changed: the next who asks reads it.
    pub(crate) fn forget(&self) {
        self.is_stale.store(true, Ordering::Release);
    }

    /// The strikes of `symbol`, ascending, and when their chain was published; `None` without a chain or without
    /// such contracts. One caller reads by `read`, the others wait for it. A reading that fails leaves what is held.
    ///
    /// # Errors
    /// That of `read`, while nothing is held.
    pub(crate) async fn of<E, F>(
        &self,
        symbol: &str,
        read: impl FnOnce() -> F,
    ) -> Result<Option<(Vec<Points>, EpochSec)>, E>
    where
        F: Future<Output = Result<Option<String>, E>>,
    {
        let mut held = self.held.lock().await;
        let is_fresh = held.as_ref().is_some_and(|held| held.at.elapsed() < LASTING);
        if self.is_stale.swap(false, Ordering::AcqRel) || !is_fresh {
            match read().await {
                Ok(Some(text)) => {
                    // A chain has megabytes: parsed where it blocks nobody.
                    let parsed = tokio::task::spawn_blocking(move || strikes(&text)).await;
                    if let Ok(Ok((by_symbol, ts))) = parsed {
                        *held = Some(Held { at: Instant::now(), by_symbol, ts });
                    }
                }
                Ok(None) => {}
                Err(error) if held.is_none() => return Err(error),
                Err(_away) => self.forget(),
            }
        }
        let strikes = held.as_ref().and_then(|held| Some((held.by_symbol.get(symbol)?.clone(), held.ts)));
        drop(held);
        Ok(strikes)
    }
}

fn strikes(text: &str) -> Result<(HashMap<String, Vec<Points>>, EpochSec), serde_json::Error> {
    let chain: Chain<'_> = serde_json::from_str(text)?;
    let mut by_symbol: HashMap<&str, BTreeSet<Points>> = HashMap::new();
    for contract in chain.contracts.values() {
        by_symbol.entry(&contract.u).or_default().extend(Points::new(contract.k));
    }
    let ascending =
        |(symbol, strikes): (&str, BTreeSet<Points>)| (symbol.to_owned(), strikes.into_iter().collect());
    Ok((by_symbol.into_iter().map(ascending).collect(), chain.ts))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::cell::Cell;

    fn chain(ts: u64, strikes: &[f64]) -> String {
        let contract = |k: &f64| (format!("O:SPXW{k}"), json!({"u": "I:SPX", "k": k, "cp": "C"}));
        let contracts: BTreeMap<_, _> = strikes.iter().map(contract).collect();
        json!({"version": 1, "ts": ts, "contracts": contracts}).to_string()
    }

    fn numbers(found: Option<(Vec<Points>, EpochSec)>) -> Option<Vec<f64>> {
        found.map(|(strikes, _)| strikes.into_iter().map(Points::get).collect())
    }

    #[tokio::test(start_paused = true)]
    async fn a_chain_is_read_when_it_is_new_and_kept_while_it_cannot_be_read() {
        let (strikes, reads) = (Strikes::default(), Cell::new(0));
        let read = |answer: Result<Option<String>, &'static str>| {
            reads.set(reads.get() + 1);
            std::future::ready(answer)
        };
        assert_eq!(strikes.of("I:SPX", || read(Err("away"))).await, Err("away"));
        assert_eq!(strikes.of("I:SPX", || read(Ok(None))).await, Ok(None));
        let first = || read(Ok(Some(chain(1, &[6010.0, 10_000.0, 6000.0]))));
        assert_eq!(numbers(strikes.of("I:SPX", first).await.unwrap()), Some(vec![6000.0, 6010.0, 10_000.0]));
        let second = || read(Ok(Some(chain(2, &[6500.5]))));
        assert_eq!(strikes.of("I:NDX", second).await, Ok(None), "not read again");
        assert_eq!(reads.get(), 3);
        strikes.forget();
        assert_eq!(
            numbers(strikes.of("I:SPX", || read(Err("away"))).await.unwrap()).unwrap().len(),
            3,
            "kept"
        );
        assert_eq!(numbers(strikes.of("I:SPX", second).await.unwrap()), Some(vec![6500.5]));
        tokio::time::advance(LASTING).await;
        let third = || read(Ok(Some(chain(3, &[1.0]))));
        assert_eq!(numbers(strikes.of("I:SPX", third).await.unwrap()), Some(vec![1.0]), "nobody said so");
    }
}
