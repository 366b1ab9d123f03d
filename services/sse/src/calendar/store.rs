//! SQL of `economic_indicators` and `economic_indicator_aliases`. Nobody owns a row; times are UTC.

use super::{Cadence, Error, Indicator, Rule, seed, tier};
use ::store::{Conn, Params, Row, Transaction, params};
use chrono::{DateTime, NaiveDateTime, Utc};
use std::collections::HashMap;
use tracing::{info, warn};

const COLUMNS: &str = "id, indicator_key, name, rating, description, is_active, release_time_et, rule_json, \
                       created_at, updated_at";

/// Every indicator, the highest rating first, then by name.
pub(crate) async fn all(conn: &mut Conn) -> Result<Vec<Indicator>, Error> {
    let select =
        format!("SELECT {COLUMNS} FROM economic_indicators ORDER BY rating DESC, name, indicator_key");
    let rows: Vec<Row> = conn.all(&select, Params::Empty).await?;
    let select = "SELECT indicator_id, alias FROM economic_indicator_aliases ORDER BY alias";
    let mut aliases: HashMap<String, Vec<String>> = HashMap::new();
    for (id, alias) in conn.all::<(String, String)>(select, Params::Empty).await? {
        aliases.entry(id).or_default().push(alias);
    }
    let mut indicators = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    for indicator in &mut indicators {
        indicator.aliases = aliases.remove(&indicator.id).unwrap_or_default();
    }
    Ok(indicators)
}

/// The indicator `id`, which nobody else changes until the transaction ends.
pub(crate) async fn hold(tx: &mut Transaction, id: &str) -> Result<Indicator, Error> {
    let select = format!("SELECT {COLUMNS} FROM economic_indicators WHERE id = :id FOR UPDATE");
    let row: Option<Row> = tx.first(&select, params! { id }).await?;
    let mut indicator = read(row.ok_or(Error::NotFound)?)?;
    let select = "SELECT alias FROM economic_indicator_aliases WHERE indicator_id = :id ORDER BY alias";
    let aliases: Vec<(String,)> = tx.all(select, params! { id }).await?;
    indicator.aliases = aliases.into_iter().map(|(alias,)| alias).collect();
    Ok(indicator)
}

/// Whether there is an active indicator `key`.
pub(crate) async fn is_active(conn: &mut Conn, key: &str) -> Result<bool, Error> {
    let select = "SELECT 1 FROM economic_indicators WHERE indicator_key = :key AND is_active = 1";
    Ok(conn.first::<Row>(select, params! { key }).await?.is_some())
}

/// Adds a new indicator.
///
/// # Errors
/// [`Error::Duplicate`] when its key is taken.
pub(crate) async fn add(tx: &mut Transaction, indicator: &Indicator) -> Result<(), Error> {
    let insert = "INSERT INTO economic_indicators (id, indicator_key, name, rating, tier, description, is_active, \
                  release_time_et, cadence, rule_json, created_at, updated_at) VALUES (:id, :key, :name, :rating, \
                  :tier, :description, :is_active, :release_time_et, :cadence, :rule, :created_at, :updated_at)";
    let Params::Named(mut columns) = columns(indicator) else { return Ok(()) };
    columns.insert("key".into(), (&indicator.key).into());
    columns.insert("created_at".into(), indicator.created_at.naive_utc().into());
    match tx.run(insert, Params::Named(columns)).await {
        Err(::store::Error::Duplicate { key }) if key == "uq_econ_key" => {
            Err(Error::Duplicate(indicator.key.clone()))
        }
        added => {
            added?;
            add_aliases(tx, indicator).await
        }
    }
}

/// Writes `indicator` over the row of its id.
pub(crate) async fn write(tx: &mut Transaction, indicator: &Indicator) -> Result<(), Error> {
    let update = "UPDATE economic_indicators SET name = :name, rating = :rating, tier = :tier, \
                  description = :description, is_active = :is_active, release_time_et = :release_time_et, \
                  cadence = :cadence, rule_json = :rule, updated_at = :updated_at WHERE id = :id";
    tx.run(update, columns(indicator)).await?;
    let delete = "DELETE FROM economic_indicator_aliases WHERE indicator_id = :id";
    tx.run(delete, params! { "id" => &indicator.id }).await?;
    add_aliases(tx, indicator).await
}

/// Fills an empty table. Of two that do so at once, each row is the first one's.
pub(crate) async fn fill(mut tx: Transaction, now: DateTime<Utc>) -> Result<(), Error> {
    let select = "SELECT 1 FROM economic_indicators LIMIT 1 FOR UPDATE";
    if tx.first::<Row>(select, Params::Empty).await?.is_some() {
        return Ok(());
    }
    let indicators = seed::indicators(now);
    for indicator in &indicators {
        add(&mut tx, indicator).await?;
    }
    tx.commit().await?;
    info!(indicators = indicators.len(), "economic calendar filled");
    Ok(())
}

async fn add_aliases(tx: &mut Transaction, indicator: &Indicator) -> Result<(), Error> {
    // What the collation takes for the same alias is one.
    let insert = "INSERT IGNORE INTO economic_indicator_aliases (indicator_id, alias) VALUES (:id, :alias)";
    for alias in &indicator.aliases {
        tx.run(insert, params! { "id" => &indicator.id, alias }).await?;
    }
    Ok(())
}

fn columns(indicator: &Indicator) -> Params {
    let tier = match indicator.tier {
        wire::econ::Tier::Low => "low",
        wire::econ::Tier::Medium => "medium",
        wire::econ::Tier::High => "high",
        wire::econ::Tier::Critical => "critical",
    };
    params! {
        "id" => &indicator.id,
        "name" => &indicator.name,
        "rating" => indicator.rating,
        tier,
        "description" => &indicator.description,
        "is_active" => indicator.is_active,
        "release_time_et" => &indicator.release_time_et,
        "cadence" => indicator.cadence.word(),
        "rule" => indicator.rule.as_ref().map(|rule| rule.json().to_string()),
        "updated_at" => indicator.updated_at.naive_utc(),
    }
}

fn read(mut row: Row) -> Result<Indicator, Error> {
    let key: String = row.take("indicator_key")?;
    let rating: u8 = row.take("rating")?;
    let stored: Option<String> = row.take("rule_json")?;
    let rule = stored.and_then(|text| {
        let rule = serde_json::from_str(&text).ok().and_then(|value| Rule::parse(&value).ok());
        if rule.is_none() {
            warn!(key, "stored rule not usable");
        }
        rule
    });
    let at = |instant: NaiveDateTime| instant.and_utc();
    Ok(Indicator {
        id: row.take("id")?,
        key,
        name: row.take("name")?,
        rating,
        tier: tier(rating),
        description: row.take("description")?,
        is_active: row.take("is_active")?,
        release_time_et: row.take("release_time_et")?,
        cadence: rule.as_ref().map_or(Cadence::Manual, Rule::cadence),
        rule,
        aliases: Vec::new(),
        created_at: at(row.take("created_at")?),
        updated_at: at(row.take("updated_at")?),
    })
}
