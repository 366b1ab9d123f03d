//! How declarations are written: one field a line, comments where there is room for them.

/// How an object begins whose keys are data.
const MAP: &str = "{ [key in ";

/// `declaration` with every field of an object on a line of its own.
pub(crate) fn one_line_each(declaration: &str) -> String {
    let mut lines = Lines { text: String::new(), objects: 0, lists: 0 };
    let mut rest = declaration;
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '/' if rest.starts_with("/**") => lines.comment(rest),
            '{' if rest.starts_with(MAP) => lines.map(rest),
            _ => lines.sign(next),
        };
        rest = rest.split_at(length).1;
    }
    lines.text
}

/// A comment of one line stands on one line.
pub(crate) fn short_comment(text: &str) -> String {
    let Some((comment, rest)) = text.split_once("*/\n") else { return text.to_owned() };
    format!("{}\n{rest}", shortened(&format!("{comment}*/"), ""))
}

struct Lines {
    text: String,
    objects: usize,
    lists: usize,
}

impl Lines {
    fn comment(&mut self, rest: &str) -> usize {
        let end = rest.find("*/").map_or(rest.len(), |at| at + 2);
        let comment = shortened(rest.split_at(end).0, &"  ".repeat(self.objects));
        self.text.push_str(&comment);
        self.new_line();
        end
    }

    /// The type of an object whose keys are data stays on its line.
    fn map(&mut self, rest: &str) -> usize {
        let end = closing(rest);
        self.text.push_str(&records(rest.split_at(end).0));
        end
    }

    fn sign(&mut self, sign: char) -> usize {
        match sign {
            '{' => {
                self.text.push(sign);
                self.objects += 1;
                self.new_line();
            }
            '}' => {
                self.objects -= 1;
                self.new_line();
                self.text.push(sign);
            }
            ',' if self.objects > 0 && self.lists == 0 => {
                self.text.push(';');
                self.new_line();
            }
            ' ' | '\n' if self.text.ends_with([' ', '\n']) => {}
            '\n' => self.text.push(' '),
            '"' => self.text.push('\''),
            _ => {
                match sign {
                    '[' | '<' => self.lists += 1,
                    ']' | '>' => self.lists -= 1,
                    _ => {}
                }
                self.text.push(sign);
            }
        }
        sign.len_utf8()
    }

    fn new_line(&mut self) {
        let kept = self.text.trim_end().len();
        self.text.truncate(kept);
        self.text.push('\n');
        self.text.push_str(&"  ".repeat(self.objects));
    }
}

/// `text` with `Record` for every map in it.
fn records(text: &str) -> String {
    let Some(start) = text.find(MAP) else { return text.replace('"', "'") };
    let (before, rest) = text.split_at(start);
    let (map, after) = rest.split_at(closing(rest));
    format!("{before}{}{}", record(map), records(after))
}

/// A key of JSON is text, whatever number it says. Where keys are words, not each has to be there.
fn record(map: &str) -> String {
    let (key, value) = map.trim_start_matches(MAP).split_once(']').unwrap_or_default();
    let key = if key == "number" { "string" } else { key };
    let is_partial = value.starts_with('?');
    let value = value.trim_start_matches(['?', ':', ' ']).strip_suffix('}').unwrap_or_default().trim_end();
    let record = format!("Record<{key}, {}>", records(value));
    if is_partial { format!("Partial<{record}>") } else { record }
}

/// Where the brace is closed that `text` begins with.
fn closing(text: &str) -> usize {
    let mut depth = 0;
    let end = text.char_indices().find(|(_, sign)| {
        depth += match sign {
            '{' => 1,
            '}' => -1,
            _ => 0,
        };
        depth == 0
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

fn shortened(comment: &str, indent: &str) -> String {
    let inner = comment.trim().trim_start_matches("/**").trim_end_matches("*/");
    let lines: Vec<&str> = inner.lines().map(|line| line.trim().trim_start_matches('*').trim()).collect();
    let lines: Vec<&str> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    match lines.as_slice() {
        [line] => format!("/** {line} */"),
        lines => format!("/**\n{indent} * {}\n{indent} */", lines.join(&format!("\n{indent} * "))),
    }
}
