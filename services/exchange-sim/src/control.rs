//! What an operator or a test does to the simulator. No key: these paths stay inside the container network.

use crate::{
    Sim,
    recorded::Day,
    rest,
    script::{FaultForm, FaultKind},
    sockets,
};
use chrono::{DateTime, SecondsFormat, Utc};
use quant::calendar::{self, Session};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use web::Error;

/// Market time that is handed out at once while stepping.
const STRIDE_MS: i64 = 1000;
const LONGEST_STEP_SEC: f64 = 7.0 * 86_400.0;

/// Body of `POST /sim/speed`.
#[derive(Debug, Deserialize)]
pub(crate) struct SpeedForm {
    speed: f64,
}

/// Body of `POST /sim/step`.
#[derive(Debug, Deserialize)]
pub(crate) struct StepForm {
    seconds: f64,
}

/// Body of `POST /sim/shock`.
#[derive(Debug, Deserialize)]
pub(crate) struct ShockForm {
    symbol: String,
    pct: f64,
    #[serde(default)]
    seconds: f64,
}

/// Body of `POST /sim/vol`.
#[derive(Debug, Deserialize)]
pub(crate) struct VolForm {
    vix: f64,
}

/// Market time and session.
pub(crate) fn clock(sim: &Sim) -> Value {
    let ms = sim.clock.now().ms;
    let session = match calendar::session(ms) {
        Session::Pre => "pre",
        Session::Regular => "regular",
        Session::Post => "post",
        Session::Closed => "closed",
    };
    let at = DateTime::<Utc>::from_timestamp_millis(ms).unwrap_or_default();
    json!({
        "sim_ms": ms,
        "iso": at.to_rfc3339_opts(SecondsFormat::Millis, true),
        "speed": sim.clock.speed(),
        "session": session,
        "trading_date": calendar::trading_date(ms).to_string(),
    })
}

/// Everything there is to know.
pub(crate) fn state(sim: &Sim) -> Value {
    let now = sim.clock.now().ms;
    let spots: serde_json::Map<String, Value> = sim
        .market
        .listings()
        .iter()
        .map(|listing| (listing.ticker.to_owned(), json!(sim.market.value(listing, now))))
        .collect();
    json!({
        "seed": sim.config.seed,
        "clock": clock(sim),
        "spots": spots,
        "contracts": rest::listed(sim, now),
        "connections": sim.hub.show(),
        "faults": sim.faults.show(),
        "recording": sim.day.as_ref().map(Day::show),
    })
}

pub(crate) fn set_speed(sim: &Sim, form: &SpeedForm) -> Result<Value, Error> {
    if !(0.1..=600.0).contains(&form.speed) {
        return Err(Error::bad_request("speed: expected 0.1 to 600"));
    }
    sim.pump.catch_up(sim);
    if !sim.clock.set_speed(form.speed) {
        return Err(host_clock());
    }
    Ok(clock(sim))
}

/// Moves the clock on; what happens meanwhile is sent, at the pace at which it is read.
pub(crate) async fn step(sim: Arc<Sim>, form: StepForm) -> Result<Value, Error> {
    if !(0.0..=LONGEST_STEP_SEC).contains(&form.seconds) {
        return Err(Error::bad_request("seconds: expected 0 to 604800"));
    }
    let mut left = (form.seconds * 1000.0).round() as i64;
    sim.pump.catch_up(&sim);
    while left > 0 {
        if !sim.clock.step(left.min(STRIDE_MS)) {
            return Err(host_clock());
        }
        left -= STRIDE_MS;
        while !sim.pump.catch_up(&sim) {
            sockets::drained(&sim).await;
        }
        sockets::drained(&sim).await;
    }
    Ok(clock(&sim))
}

pub(crate) fn shock(sim: &Sim, form: &ShockForm) -> Result<Value, Error> {
    let sane = (-90.0..=900.0).contains(&form.pct) && (0.0..=86_400.0).contains(&form.seconds);
    if !sane {
        return Err(Error::bad_request("pct: expected -90 to 900, seconds: 0 to 86400"));
    }
    let over_ms = (form.seconds * 1000.0) as i64;
    if !sim.market.shock(&form.symbol, form.pct, sim.clock.now().ms, over_ms) {
        return Err(Error::not_found("symbol: not listed"));
    }
    Ok(clock(sim))
}

pub(crate) fn set_vix(sim: &Sim, form: &VolForm) -> Result<Value, Error> {
    if !(5.0..=150.0).contains(&form.vix) {
        return Err(Error::bad_request("vix: expected 5 to 150"));
    }
    sim.market.set_vix(form.vix, sim.clock.now().ms);
    Ok(clock(sim))
}

pub(crate) fn set_fault(sim: &Sim, form: FaultForm) -> Result<Value, Error> {
    form.check().map_err(|error| Error::bad_request(error.to_string()))?;
    let id = sim.faults.set(form);
    carry_out(sim);
    Ok(json!({"id": id}))
}

pub(crate) fn lift_fault(sim: &Sim, id: Option<&str>) -> Result<Value, Error> {
    if !sim.faults.lift(id) {
        return Err(Error::not_found("There is no such fault."));
    }
    Ok(json!({"lifted": id.unwrap_or("all")}))
}

/// Carries out what is due, until the simulator closes.
pub(crate) async fn direct(sim: Arc<Sim>) {
    loop {
        tokio::select! {
            () = sim.closed.cancelled() => return,
            () = sim.faults.next_due() => (),
        }
        carry_out(&sim);
    }
}

fn carry_out(sim: &Sim) {
    for form in sim.faults.due() {
        let path = form.path.as_deref();
        match form.kind {
            FaultKind::WsDrop => sim.hub.cut(path),
            FaultKind::WsClose => {
                let (code, reason) = sockets::close_of(&form.args);
                sim.hub.close(path, code, &reason);
            }
            FaultKind::ClockJump => {
                sim.pump.catch_up(sim);
                sim.clock.jump((form.number("s").unwrap_or(0.0) * 1000.0) as i64);
                sim.pump.catch_up(sim);
            }
            _ => (),
        }
    }
}

fn host_clock() -> Error {
    Error::new(http::StatusCode::CONFLICT, "host_clock", "The host's clock leads.")
}
