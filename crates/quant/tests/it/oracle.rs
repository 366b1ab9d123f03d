//! Known answers computed with 80 digits: `tests/fixtures/oracle`, each number a JSON string of 17.

use quant::contract::Right;
use serde_json::Value;

/// One entry of a file of known answers.
pub(crate) struct Known(Value);

/// Prices and greeks.
pub(crate) fn prices() -> Vec<Known> {
    read(include_str!("../fixtures/oracle/bs.json"))
}

/// Implied volatilities.
pub(crate) fn volatilities() -> Vec<Known> {
    read(include_str!("../fixtures/oracle/iv.json"))
}

fn read(text: &str) -> Vec<Known> {
    serde_json::from_str::<Vec<Value>>(text).unwrap().into_iter().map(Known).collect()
}

impl Known {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap()
    }

    /// A number, whether written as such or as a string.
    pub(crate) fn number(&self, name: &str) -> f64 {
        self.0[name].as_f64().unwrap_or_else(|| self.text(name).parse().unwrap())
    }

    pub(crate) fn right(&self) -> Right {
        if self.text("cp") == "c" { Right::Call } else { Right::Put }
    }

    pub(crate) fn forward(&self) -> f64 {
        quant::forward::carry(self.number("S"), self.number("r"), self.number("q"), self.number("T"))
    }

    pub(crate) fn discount(&self) -> f64 {
        quant::forward::discount(self.number("r"), self.number("T"))
    }
}
