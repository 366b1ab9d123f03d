//! SQL of `dealer_gravity_configs` and `gex_panel_configs`. Every statement names the owner; times are UTC.

use super::{Error, Gamma, Gravity, MOST, Overlay};
use ::store::{Conn, Params, Row, Transaction, Value, params};
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};

/// Settings as rows.
pub(crate) trait Stored: Overlay + Sized {
    const TABLE: &str;
    /// All but `id`, `user_id` and the times.
    const COLUMNS: &[&str];

    /// The values of [`Stored::COLUMNS`].
    fn values(&self) -> Vec<Value>;

    fn read(row: &mut Row) -> Result<Self, Error>;
}

/// The settings of `owner`, the default first, then in the order in which they were made.
pub(crate) async fn all<T: Stored>(conn: &mut Conn, owner: u64) -> Result<Vec<T>, Error> {
    let select = format!("{} ORDER BY is_default DESC, id", select::<T>());
    let rows: Vec<Row> = conn.all(&select, params! { owner }).await?;
    rows.into_iter().map(|mut row| T::read(&mut row)).collect()
}

/// The settings `id` of `owner`.
pub(crate) async fn one<T: Stored>(conn: &mut Conn, owner: u64, id: u32) -> Result<T, Error> {
    let select = format!("{} AND id = :id", select::<T>());
    let row: Option<Row> = conn.first(&select, params! { owner, id }).await?;
    T::read(&mut row.ok_or(Error::NotFound)?)
}

/// Adds `overlay` to those of `owner`; as it was stored.
pub(crate) async fn add<T: Stored>(mut tx: Transaction, owner: u64, overlay: &T) -> Result<T, Error> {
    hold(&mut tx, owner).await?;
    let count = format!("SELECT COUNT(*) FROM {} WHERE user_id = :owner", T::TABLE);
    let (held,): (usize,) = tx.first(&count, params! { owner }).await?.unwrap_or_default();
    if held >= MOST {
        return Err(Error::Full);
    }
    let named: Vec<String> = T::COLUMNS.iter().map(|column| format!(":{column}")).collect();
    let insert = format!(
        "INSERT INTO {} (user_id, {}, created_at, updated_at) VALUES (:owner, {}, :now, :now)",
        T::TABLE,
        T::COLUMNS.join(", "),
        named.join(", ")
    );
    let added = tx.run(&insert, columns(overlay, owner, 0)).await.map_err(taken)?;
    let id = u32::try_from(added.last_id).map_err(|_wide| Error::NotFound)?;
    finish(tx, owner, id).await
}

/// Changes the settings `id` of `owner` by `change`; as they were stored.
pub(crate) async fn change<T: Stored>(
    mut tx: Transaction,
    (owner, id): (u64, u32),
    change: impl FnOnce(&mut T) -> Result<(), Error>,
) -> Result<T, Error> {
    hold(&mut tx, owner).await?;
    let mut overlay: T = one(&mut tx, owner, id).await?;
    change(&mut overlay)?;
    let named: Vec<String> = T::COLUMNS.iter().map(|column| format!("{column} = :{column}")).collect();
    let update = format!(
        "UPDATE {} SET {}, updated_at = :now WHERE id = :id AND user_id = :owner",
        T::TABLE,
        named.join(", ")
    );
    tx.run(&update, columns(&overlay, owner, id)).await.map_err(taken)?;
    finish(tx, owner, id).await
}

/// Removes the settings `id` of `owner`.
pub(crate) async fn remove<T: Stored>(conn: &mut Conn, owner: u64, id: u32) -> Result<(), Error> {
    let delete = format!("DELETE FROM {} WHERE id = :id AND user_id = :owner", T::TABLE);
    let done = conn.run(&delete, params! { owner, id }).await?;
    if done.affected == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Until the transaction ends, nobody else changes settings of `owner`: two defaults at once would be none or both.
async fn hold(tx: &mut Transaction, owner: u64) -> Result<(), Error> {
    let select = "SELECT 1 FROM users WHERE id = :owner FOR UPDATE";
    let user: Option<Row> = tx.first(select, params! { owner }).await?;
    user.map(drop).ok_or(Error::NotFound)
}

/// Leaves one default, commits.
async fn finish<T: Stored>(mut tx: Transaction, owner: u64, id: u32) -> Result<T, Error> {
    let overlay: T = one(&mut tx, owner, id).await?;
    if overlay.is_default() {
        let update = format!(
            "UPDATE {} SET is_default = 0, updated_at = :now WHERE user_id = :owner AND id <> :id AND is_default = 1",
            T::TABLE
        );
        tx.run(&update, params! { owner, id, "now" => now() }).await?;
    }
    tx.commit().await?;
    Ok(overlay)
}

fn select<T: Stored>() -> String {
    let columns = T::COLUMNS.join(", ");
    format!("SELECT id, {columns}, created_at, updated_at FROM {} WHERE user_id = :owner", T::TABLE)
}

fn columns<T: Stored>(overlay: &T, owner: u64, id: u32) -> Params {
    let own = T::COLUMNS.iter().map(|column| column.as_bytes().to_vec()).zip(overlay.values());
    let given = [
        (b"owner".to_vec(), Value::from(owner)),
        (b"id".to_vec(), Value::from(id)),
        (b"now".to_vec(), Value::from(now())),
    ];
    Params::Named(own.chain(given).collect())
}

fn taken(error: ::store::Error) -> Error {
    match error {
        ::store::Error::Duplicate { .. } => Error::Duplicate,
        other => other.into(),
    }
}

fn now() -> NaiveDateTime {
    Utc::now().naive_utc()
}

impl Stored for Gravity {
    const TABLE: &str = "dealer_gravity_configs";
    const COLUMNS: &[&str] = &[
        "name",
        "enabled",
        "mode",
        "width_percent",
        "rows_layout",
        "row_size",
        "capping_sigma",
        "color",
        "transparency",
        "show_volume_nodes",
        "show_volume_wells",
        "show_crevasses",
        "is_default",
    ];

    fn values(&self) -> Vec<Value> {
        vec![
            (&self.name).into(),
            self.enabled.into(),
            word(self.mode),
            self.width_percent.into(),
            word(self.rows_layout),
            self.row_size.into(),
            format!("{:.2}", self.capping_sigma).into(),
            (&self.color).into(),
            self.transparency.into(),
            self.show_volume_nodes.into(),
            self.show_volume_wells.into(),
            self.show_crevasses.into(),
            self.is_default.into(),
        ]
    }

    fn read(row: &mut Row) -> Result<Self, Error> {
        let sigma: String = row.take("capping_sigma")?;
        Ok(Self {
            id: row.take("id")?,
            name: row.take("name")?,
            enabled: row.take("enabled")?,
            mode: read_word(row, "mode")?,
            width_percent: row.take("width_percent")?,
            rows_layout: read_word(row, "rows_layout")?,
            row_size: row.take("row_size")?,
            capping_sigma: sigma.parse().map_err(|_number| unfit("capping_sigma"))?,
            color: row.take("color")?,
            transparency: row.take("transparency")?,
            show_volume_nodes: row.take("show_volume_nodes")?,
            show_volume_wells: row.take("show_volume_wells")?,
            show_crevasses: row.take("show_crevasses")?,
            is_default: row.take("is_default")?,
            created_at: instant(row, "created_at")?,
            updated_at: instant(row, "updated_at")?,
        })
    }
}

impl Stored for Gamma {
    const TABLE: &str = "gex_panel_configs";
    const COLUMNS: &[&str] = &["enabled", "mode", "calls_color", "puts_color", "width_px", "is_default"];

    fn values(&self) -> Vec<Value> {
        vec![
            self.enabled.into(),
            word(self.mode),
            (&self.calls_color).into(),
            (&self.puts_color).into(),
            self.width_px.into(),
            self.is_default.into(),
        ]
    }

    fn read(row: &mut Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.take("id")?,
            enabled: row.take("enabled")?,
            mode: read_word(row, "mode")?,
            calls_color: row.take("calls_color")?,
            puts_color: row.take("puts_color")?,
            width_px: row.take("width_px")?,
            is_default: row.take("is_default")?,
            created_at: instant(row, "created_at")?,
            updated_at: instant(row, "updated_at")?,
        })
    }
}

/// A word of an enumeration, as the column has it: the same as in JSON.
fn word(value: impl Serialize) -> Value {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word.into(),
        _ => Value::NULL,
    }
}

fn read_word<T: DeserializeOwned>(row: &mut Row, column: &str) -> Result<T, Error> {
    let word: String = row.take(column)?;
    serde_json::from_value(word.into()).map_err(|_unknown| unfit(column))
}

fn instant(row: &mut Row, column: &str) -> Result<DateTime<Utc>, Error> {
    Ok(row.take::<NaiveDateTime>(column)?.and_utc())
}

fn unfit(column: &str) -> Error {
    ::store::Error::Unfit(format!("column {column}: another value than expected")).into()
}
