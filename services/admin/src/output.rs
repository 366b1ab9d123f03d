//! What commands show: aligned tables or one JSON value on stdout, everything else on stderr.

use crate::exit::Exit;
use comfy_table::{CellAlignment, ContentArrangement, Table as Layout, presets};
use serde_json::Value;
use std::io::{self, IsTerminal, Write};

/// How a row is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Good,
    Warning,
    Bad,
    /// Present but not of interest.
    Faint,
}

impl Tone {
    fn paint(self, text: &str) -> String {
        let code = match self {
            Self::Plain => return text.into(),
            Self::Good => 32,
            Self::Warning => 33,
            Self::Bad => 31,
            Self::Faint => 2,
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Rows under a header.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    header: Vec<&'static str>,
    rows: Vec<(Tone, Vec<String>)>,
}

impl Table {
    pub(crate) fn new(header: impl IntoIterator<Item = &'static str>) -> Self {
        Self { header: header.into_iter().collect(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, tone: Tone, cells: impl IntoIterator<Item = String>) -> &mut Self {
        self.rows.push((tone, cells.into_iter().map(|cell| printable(&cell)).collect()));
        self
    }

    fn render(&self, colored: bool) -> String {
        let mut layout = Layout::new();
        layout.load_style(presets::NOTHING);
        layout.set_content_arrangement(ContentArrangement::Disabled);
        layout.set_header(self.header.clone());
        layout.add_rows(self.rows.iter().map(|(_, cells)| cells.clone()));
        for index in 0..self.header.len() {
            let numeric =
                !self.rows.is_empty() && self.rows.iter().all(|(_, cells)| is_figure(cells.get(index)));
            if let Some(column) = layout.column_mut(index) {
                column.set_padding((0, 2));
                column.set_cell_alignment(if numeric { CellAlignment::Right } else { CellAlignment::Left });
            }
        }
        let lines = layout.lines().map(|line| line.trim_end().to_owned()).enumerate();
        let painted = lines.map(|(index, line)| match index.checked_sub(1) {
            Some(row) if colored => self.rows.get(row).map_or(line.clone(), |(tone, _)| tone.paint(&line)),
            None if colored => format!("\x1b[1m{line}\x1b[0m"),
            _ => line,
        });
        painted.collect::<Vec<_>>().join("\n")
    }
}

/// One cell is one line, and cannot speak to the terminal.
fn printable(cell: &str) -> String {
    cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn is_figure(cell: Option<&String>) -> bool {
    cell.is_some_and(|cell| {
        cell == NOTHING || (cell.starts_with(|c: char| c.is_ascii_digit() || c == '-') && cell.len() < 12)
    })
}

/// A cell without a value.
pub(crate) const NOTHING: &str = "-";

/// `value` with one decimal and `s`, or [`NOTHING`].
pub(crate) fn seconds(value: Option<f64>) -> String {
    value.map_or_else(|| NOTHING.into(), |value| format!("{value:.1}s"))
}

/// A long time in its two largest units: `3d4h`, `2h5m`, `41s`.
pub(crate) fn span(total_sec: u64) -> String {
    let (days, hours) = (total_sec / 86_400, total_sec / 3600 % 24);
    let (minutes, seconds) = (total_sec / 60 % 60, total_sec % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, _) => format!("{minutes}m{seconds}s"),
        (0, _, _) => format!("{hours}h{minutes}m"),
        _ => format!("{days}d{hours}h"),
    }
}

/// `bytes` for people.
pub(crate) fn bytes(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes}B"),
        1024..1_048_576 => format!("{:.1}K", bytes as f64 / 1024.0),
        _ => format!("{:.1}M", bytes as f64 / 1_048_576.0),
    }
}

#[derive(Debug, Clone)]
enum Block {
    Table(Table),
    Line(String),
}

/// What a command found, for people and for programs, and how it ends.
#[derive(Debug, Clone, Default)]
pub(crate) struct Report {
    blocks: Vec<Block>,
    json: Option<Value>,
    exit: Exit,
}

impl Report {
    pub(crate) fn new(json: Value) -> Self {
        Self { json: Some(json), ..Self::default() }
    }

    /// For commands that print as they go.
    pub(crate) fn told(exit: Exit) -> Self {
        Self { exit, ..Self::default() }
    }

    pub(crate) fn table(mut self, table: Table) -> Self {
        self.blocks.push(Block::Table(table));
        self
    }

    pub(crate) fn line(mut self, line: impl Into<String>) -> Self {
        self.blocks.push(Block::Line(line.into()));
        self
    }

    pub(crate) fn ending(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    pub(crate) const fn exit(&self) -> Exit {
        self.exit
    }
}

/// Where everything is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Screen {
    pub(crate) json: bool,
    quiet: bool,
    colored: bool,
    terminal: bool,
}

impl Screen {
    /// `plain` switches colour off; it is off wherever stdout is not a terminal.
    pub(crate) fn new(json: bool, quiet: bool, plain: bool) -> Self {
        let terminal = io::stdout().is_terminal();
        Self { json, quiet, colored: terminal && !plain && !json, terminal }
    }

    /// Shows a report on stdout.
    pub(crate) fn show(&self, report: &Report) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.json {
            return report.json.as_ref().map_or(Ok(()), |json| writeln!(out, "{json}"));
        }
        for (index, block) in report.blocks.iter().enumerate() {
            match block {
                Block::Line(line) => writeln!(out, "{line}")?,
                Block::Table(table) => {
                    if index > 0 {
                        writeln!(out)?;
                    }
                    writeln!(out, "{}", table.render(self.colored))?;
                }
            }
        }
        out.flush()
    }

    /// As [`Screen::show`], in place of what was shown before where stdout is a terminal.
    pub(crate) fn refresh(&self, report: &Report) -> io::Result<()> {
        if self.terminal && !self.json {
            write!(io::stdout().lock(), "\x1b[2J\x1b[H")?;
        }
        self.show(report)
    }

    /// One line of a tail.
    pub(crate) fn tell(&self, tone: Tone, text: &str, json: &Value) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match (self.json, self.colored) {
            (true, _) => writeln!(out, "{json}")?,
            (false, true) => writeln!(out, "{}", tone.paint(text))?,
            (false, false) => writeln!(out, "{text}")?,
        }
        out.flush()
    }

    /// What is neither data nor an error, on stderr.
    pub(crate) fn note(&self, text: impl AsRef<str>) {
        if !self.quiet {
            self.complain(text);
        }
    }

    /// An error, on stderr.
    pub(crate) fn complain(&self, text: impl AsRef<str>) {
        // Nobody is left to be told that stderr is gone.
        writeln!(io::stderr().lock(), "{}", text.as_ref()).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_figures_stand_right() {
        let mut table = Table::new(["SERVICE", "AGE", "STATE"]);
        table.row(Tone::Good, ["sse".into(), "0.4s".into(), "healthy".into()]);
        table.row(Tone::Bad, ["massive".into(), "130.2s".into(), "dead\x1b[2J".into()]);
        assert_eq!(
            table.render(false),
            "SERVICE     AGE  STATE\nsse        0.4s  healthy\nmassive  130.2s  dead [2J"
        );
        assert!(table.render(true).contains("\x1b[31mmassive  130.2s  dead [2J\x1b[0m"));
    }

    #[test]
    fn times_and_sizes_are_short() {
        assert_eq!([span(41), span(125), span(7500), span(273_600)], ["41s", "2m5s", "2h5m", "3d4h"]);
        assert_eq!([bytes(12), bytes(2048), bytes(3_145_728)], ["12B", "2.0K", "3.0M"]);
        assert_eq!([seconds(None), seconds(Some(0.44))], ["-", "0.4s"]);
    }
}
