//! Findings about Truth's files: one per line on stderr, or one JSON value.

use crate::{desk::Desk, exit::Exit, output::Report};
use serde_json::json;
use truth::{Code, Fault};

/// Tells `faults`; how a command with nothing else to say ends.
pub(super) fn report(desk: &Desk, faults: &[Fault]) -> Report {
    let (errors, warnings): (Vec<_>, Vec<_>) = faults.iter().partition(|fault| fault.is_error());
    if !desk.screen.json {
        tell(desk, faults);
    }
    let unreadable = errors.iter().any(|fault| fault.code == Code::Read);
    let exit = match errors.len() {
        0 => Exit::Done,
        _ if unreadable => Exit::Unknown,
        _ => Exit::Invalid,
    };
    let line = format!("{}, {}", counted(errors.len(), "error"), counted(warnings.len(), "warning"));
    Report::new(json!({"ok": errors.is_empty(), "errors": errors, "warnings": warnings}))
        .line(line)
        .ending(exit)
}

/// Each finding on a line of stderr.
pub(super) fn tell(desk: &Desk, faults: &[Fault]) {
    for fault in faults {
        if fault.is_error() {
            desk.screen.complain(fault.to_string());
        } else {
            desk.screen.note(fault.to_string());
        }
    }
}

fn counted(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}
