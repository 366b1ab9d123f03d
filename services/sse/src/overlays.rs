//! What people lay over the price chart: their own settings of the dealer-gravity and gamma overlays, in MySQL, and
//! the volume nodes that an administrator draws, in the artifact on market-redis.

mod lines;
mod store;

pub(crate) use lines::{Edits, Lines, shown, start};
pub(crate) use store::{Stored, add, all, change, one, remove};

use crate::{
    database,
    form::{Form, Invalid},
    routes,
};
use chrono::{DateTime, SecondsFormat, Utc};
use http::StatusCode;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

/// Settings of one kind that a user may keep.
const MOST: usize = 50;
const RETRY_AFTER_SEC: u64 = 60;

/// How the dealer-gravity overlay is drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gravity {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) enabled: bool,
    pub(crate) mode: GravityMode,
    /// Of the chart.
    pub(crate) width_percent: u8,
    pub(crate) rows_layout: RowsLayout,
    pub(crate) row_size: u16,
    /// Bins are cut at so many standard deviations.
    pub(crate) capping_sigma: f64,
    pub(crate) color: String,
    /// Percent.
    pub(crate) transparency: u8,
    pub(crate) show_volume_nodes: bool,
    pub(crate) show_volume_wells: bool,
    pub(crate) show_crevasses: bool,
    pub(crate) is_default: bool,
    #[serde(serialize_with = "iso")]
    pub(crate) created_at: DateTime<Utc>,
    #[serde(serialize_with = "iso")]
    pub(crate) updated_at: DateTime<Utc>,
}

/// Which way a bar's volume is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GravityMode {
    Raw,
    Tv,
}

/// What `row_size` counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RowsLayout {
    NumberOfRows,
    TicksPerRow,
}

/// How the gamma panel is drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Gamma {
    pub(crate) id: u32,
    pub(crate) enabled: bool,
    pub(crate) mode: GammaMode,
    pub(crate) calls_color: String,
    pub(crate) puts_color: String,
    pub(crate) width_px: u16,
    pub(crate) is_default: bool,
    #[serde(serialize_with = "iso")]
    pub(crate) created_at: DateTime<Utc>,
    #[serde(serialize_with = "iso")]
    pub(crate) updated_at: DateTime<Utc>,
}

/// Calls and puts apart, or one minus the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GammaMode {
    Combined,
    Net,
}

/// One kind of settings.
pub(crate) trait Overlay: Serialize + Send + Sync + 'static {
    /// What they begin with; number and times are given when they are stored.
    fn standard() -> Self;

    /// Takes what `body` sets.
    fn set(&mut self, body: &Value) -> Result<(), Invalid>;

    fn is_default(&self) -> bool;
}

impl Overlay for Gravity {
    fn standard() -> Self {
        Self {
            id: 0,
            name: "Default".into(),
            enabled: true,
            mode: GravityMode::Tv,
            width_percent: 15,
            rows_layout: RowsLayout::NumberOfRows,
            row_size: 24,
            capping_sigma: 2.0,
            color: "#7c5cd6".into(),
            transparency: 50,
            show_volume_nodes: true,
            show_volume_wells: true,
            show_crevasses: true,
            is_default: false,
            created_at: DateTime::default(),
            updated_at: DateTime::default(),
        }
    }

    fn set(&mut self, body: &Value) -> Result<(), Invalid> {
        let form = Form::of(
            body,
            &[
                "name",
                "enabled",
                "mode",
                "widthPercent",
                "rowsLayout",
                "rowSize",
                "cappingSigma",
                "color",
                "transparency",
                "showVolumeNodes",
                "showVolumeWells",
                "showCrevasses",
                "isDefault",
                "id",
                "createdAt",
                "updatedAt",
            ],
        )?;
        put(&mut self.name, form.text("name", 1..=100)?);
        put(&mut self.enabled, form.flag("enabled")?);
        put(&mut self.mode, form.word("mode", "raw or tv")?);
        put(&mut self.width_percent, form.whole("widthPercent", 1..=60)?);
        put(&mut self.rows_layout, form.word("rowsLayout", "number_of_rows or ticks_per_row")?);
        put(&mut self.row_size, form.whole("rowSize", 1..=5000)?);
        // Two decimals are stored.
        let sigma = form.number("cappingSigma", 0.0..=9.99)?;
        put(&mut self.capping_sigma, sigma.map(|sigma| (sigma * 100.0).round() / 100.0));
        put(&mut self.color, form.color("color")?);
        put(&mut self.transparency, form.whole("transparency", 0..=100)?);
        put(&mut self.show_volume_nodes, form.flag("showVolumeNodes")?);
        put(&mut self.show_volume_wells, form.flag("showVolumeWells")?);
        put(&mut self.show_crevasses, form.flag("showCrevasses")?);
        put(&mut self.is_default, form.flag("isDefault")?);
        Ok(())
    }

    fn is_default(&self) -> bool {
        self.is_default
    }
}

impl Overlay for Gamma {
    fn standard() -> Self {
        Self {
            id: 0,
            enabled: true,
            mode: GammaMode::Net,
            calls_color: "#2fa866".into(),
            puts_color: "#d6494b".into(),
            width_px: 60,
            is_default: false,
            created_at: DateTime::default(),
            updated_at: DateTime::default(),
        }
    }

    fn set(&mut self, body: &Value) -> Result<(), Invalid> {
        let form = Form::of(
            body,
            &[
                "enabled",
                "mode",
                "callsColor",
                "putsColor",
                "widthPx",
                "isDefault",
                "id",
                "createdAt",
                "updatedAt",
            ],
        )?;
        put(&mut self.enabled, form.flag("enabled")?);
        put(&mut self.mode, form.word("mode", "combined or net")?);
        put(&mut self.calls_color, form.color("callsColor")?);
        put(&mut self.puts_color, form.color("putsColor")?);
        put(&mut self.width_px, form.whole("widthPx", 20..=1000)?);
        put(&mut self.is_default, form.flag("isDefault")?);
        Ok(())
    }

    fn is_default(&self) -> bool {
        self.is_default
    }
}

/// Why settings or lines were not read or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Nor are those of another user.
    #[error("no such settings")]
    NotFound,
    #[error("there are settings of this name already")]
    Duplicate,
    #[error("{MOST} settings are the most")]
    Full,
    /// There is no artifact to draw on.
    #[error("no artifact")]
    NoData,
    /// Others wrote at the same time, again and again.
    #[error("the artifact changes too often")]
    Busy,
    #[error("artifact not usable")]
    Artifact(#[source] serde_json::Error),
    #[error(transparent)]
    Store(#[from] ::store::Error),
    #[error(transparent)]
    Bus(#[from] bus::Error),
}

impl From<Error> for web::Error {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::Invalid(invalid) => invalid.into(),
            Error::NotFound => Self::not_found("There are no such settings."),
            Error::Duplicate | Error::Busy => Self::new(StatusCode::CONFLICT, "conflict", text),
            Error::Full => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "limit_reached", text).retry_after(RETRY_AFTER_SEC)
            }
            Error::NoData => routes::no_data(),
            Error::Artifact(source) => Self::internal(format!("{text}: {source}")),
            Error::Store(error) => database::failed(error),
            Error::Bus(error) => routes::away(error),
        }
    }
}

fn put<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

fn iso<S: Serializer>(at: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refusal(overlay: &mut impl Overlay, body: &Value) -> String {
        overlay.set(body).unwrap_err().to_string()
    }

    #[test]
    fn what_is_shown_may_be_sent_back() {
        let mut gravity = Gravity::standard();
        let sent = json!({"name": "Desk", "mode": "raw", "widthPercent": 60, "rowsLayout": "ticks_per_row",
            "cappingSigma": 1.256, "color": "#ABCDEF", "showCrevasses": false, "isDefault": true});
        gravity.set(&sent).unwrap();
        assert_eq!((gravity.capping_sigma, &*gravity.color, gravity.width_percent), (1.26, "#abcdef", 60));
        let shown = serde_json::to_value(&gravity).unwrap();
        assert_eq!((&shown["rowsLayout"], &shown["showCrevasses"]), (&json!("ticks_per_row"), &json!(false)));
        let mut again = gravity.clone();
        again.set(&shown).unwrap();
        assert_eq!(again, gravity);
        let mut gamma = Gamma::standard();
        let shown = serde_json::to_value(&gamma).unwrap();
        assert_eq!((&shown["callsColor"], &shown["widthPx"]), (&json!("#2fa866"), &json!(60)));
        gamma.set(&shown).unwrap();
    }

    #[test]
    fn what_is_wrong_is_told_by_its_name() {
        let mut gravity = Gravity::standard();
        for (body, expected) in [
            (json!({"name": ""}), "name: expected a text of 1 to 100 characters"),
            (json!({"mode": "net"}), "mode: expected raw or tv"),
            (json!({"widthPercent": 61}), "widthPercent: expected a whole number from 1 to 60"),
            (json!({"transparency": -1}), "transparency: expected a whole number from 0 to 100"),
            (json!({"cappingSigma": 10}), "cappingSigma: expected a number from 0 to 9.99"),
            (json!({"rowSize": 0}), "rowSize: expected a whole number from 1 to 5000"),
            (json!({"color": "red"}), "color: expected a colour like #7c5cd6"),
            (json!({"isDefault": "yes"}), "isDefault: expected true or false"),
            (json!({"enabled": null}), "enabled: expected true or false"),
        ] {
            assert_eq!(refusal(&mut gravity, &body), expected);
        }
        assert!(refusal(&mut gravity, &json!({"user_id": 1})).starts_with("user_id: expected one of name"));
        let mut gamma = Gamma::standard();
        assert_eq!(refusal(&mut gamma, &json!({"mode": "tv"})), "mode: expected combined or net");
        let width = "widthPx: expected a whole number from 20 to 1000";
        assert_eq!(refusal(&mut gamma, &json!({"widthPx": 19})), width);
    }
}
