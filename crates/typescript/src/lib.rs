//! Writes Rust types as TypeScript, and tells when what is written is behind them. For unit tests only.
//!
//! A crate derives `TS` for its types under `cfg(test)`, names those that the page reads to [`Types`] and checks them.
//! What they consist of comes along. Every module at the root of the crate becomes one file, with the names that the
//! types have there. `make types` writes the files.

#![warn(missing_docs)]

mod layout;

use std::{
    any::type_name,
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::{Path, PathBuf},
};
use ts_rs::{Config, TS, TypeVisitor};

/// With the value `write` the files are written instead of compared.
const SWITCH: &str = "MS_TYPES";
const HEAD: &str = "// Generated from ";

/// The types of one crate that the page knows.
pub struct Types {
    /// Folder of the crate, relative to the root of the repository.
    origin: &'static str,
    folder: PathBuf,
    config: Config,
    modules: BTreeMap<String, Module>,
    foreign: BTreeMap<&'static str, &'static str>,
}

#[derive(Default)]
struct Module {
    /// By name.
    declarations: BTreeMap<String, String>,
    /// Names by the file that they come from.
    imports: BTreeMap<String, BTreeSet<String>>,
}

impl Types {
    /// Of the crate in `origin`, written to `folder`; both relative to the root of the repository.
    pub fn of(origin: &'static str, folder: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        Self::at(origin, root.join(folder))
    }

    fn at(origin: &'static str, folder: PathBuf) -> Self {
        // Whole numbers of more than 53 bits do not occur: JSON readers of the page would round them too.
        let config = Config::new().with_large_int("number");
        Self { origin, folder, config, modules: BTreeMap::new(), foreign: BTreeMap::new() }
    }

    /// With `T` and everything that it consists of.
    #[must_use]
    pub fn with<T: TS + 'static>(mut self) -> Self {
        self.add::<T>();
        self
    }

    /// Fields may name `name`, a type of another crate, which stands in `file`, relative to the folder.
    #[must_use]
    pub fn knowing(mut self, name: &'static str, file: &'static str) -> Self {
        self.foreign.insert(name, file);
        self
    }

    /// Compares the files with the types, or writes them.
    ///
    /// # Panics
    /// A file is behind its types, or has none any more.
    pub fn check(self) {
        let is_asked_to_write = env::var_os(SWITCH).is_some_and(|value| value == "write");
        if is_asked_to_write {
            self.write();
        }
        let behind = self.behind();
        assert!(
            behind.is_empty(),
            "behind the types of {}: {}; `make types` writes them anew",
            self.origin,
            behind.join(", ")
        );
    }

    /// Adds `T`; the module that it stands in.
    fn add<T: TS + 'static + ?Sized>(&mut self) -> String {
        let module = module_of(type_name::<T>());
        let name = T::ident(&self.config);
        let declarations = &mut self.modules.entry(module.clone()).or_default().declarations;
        let text = format!(
            "{}export {}",
            T::docs().unwrap_or_default(),
            layout::one_line_each(&T::decl(&self.config))
        );
        let text = layout::short_comment(&text);
        match declarations.insert(name.clone(), text.clone()) {
            Some(other) => assert_eq!(other, text, "two types of the name {name} in {module}"),
            None => T::visit_dependencies(&mut Parts { types: self, module: module.clone() }),
        }
        module
    }

    /// File name and text of every module.
    fn files(&self) -> BTreeMap<String, String> {
        self.modules.iter().map(|(name, module)| (format!("{name}.ts"), self.text(name, module))).collect()
    }

    fn text(&self, name: &str, module: &Module) -> String {
        let mut imports = module.imports.clone();
        let words: BTreeSet<&str> = module.declarations.values().flat_map(|text| words(text)).collect();
        for (name, file) in self.foreign.iter().filter(|(name, _)| words.contains(**name)) {
            imports.entry((*file).to_owned()).or_default().insert((*name).to_owned());
        }
        let mut text = format!(
            "{HEAD}{}/src/{name} by `make types`: change the Rust types, not this file.\n",
            self.origin
        );
        for (file, names) in imports {
            let names = names.into_iter().collect::<Vec<_>>().join(", ");
            text.push_str(&format!("import type {{ {names} }} from '{file}';\n"));
        }
        for declaration in module.declarations.values() {
            text.push('\n');
            text.push_str(declaration);
            text.push('\n');
        }
        text
    }

    /// Names of the files that do not say what the types do, or whose module is gone.
    fn behind(&self) -> Vec<String> {
        let files = self.files();
        let is_current = |(name, text): &(&String, &String)| {
            fs::read_to_string(self.folder.join(name)).is_ok_and(|held| held == **text)
        };
        let outdated = files.iter().filter(|file| !is_current(file)).map(|(name, _)| name.clone());
        outdated.chain(self.written().into_iter().filter(|name| !files.contains_key(name))).collect()
    }

    fn write(&self) {
        fs::create_dir_all(&self.folder).expect("the folder can be made");
        let files = self.files();
        for (name, text) in &files {
            fs::write(self.folder.join(name), text).expect("the folder can be written to");
        }
        for name in self.written().into_iter().filter(|name| !files.contains_key(name)) {
            fs::remove_file(self.folder.join(name)).expect("the folder can be written to");
        }
    }

    /// Files in the folder that were made from this crate.
    fn written(&self) -> Vec<String> {
        let head = format!("{HEAD}{}/", self.origin);
        let is_ours = |path: &Path| fs::read_to_string(path).is_ok_and(|text| text.starts_with(&head));
        let held = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.path());
        held.filter(|path| is_ours(path))
            .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
            .collect()
    }
}

/// What a type of `module` consists of.
struct Parts<'a> {
    types: &'a mut Types,
    module: String,
}

impl TypeVisitor for Parts<'_> {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        // Numbers, texts and lists have no declaration.
        if T::output_path().is_none() {
            return;
        }
        let home = self.types.add::<T>();
        if home != self.module {
            let imports = &mut self.types.modules.entry(self.module.clone()).or_default().imports;
            imports.entry(format!("./{home}")).or_default().insert(T::ident(&self.types.config));
        }
    }
}

/// The module at the root of the crate: `market` of `wire::market::Spot`.
fn module_of(path: &str) -> String {
    path.split("::").nth(1).unwrap_or(path).to_owned()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::Spot;

    #[expect(dead_code, reason = "only their types matter")]
    mod market {
        use super::time::Instant;
        use std::collections::BTreeMap;

        /// A price.
        #[derive(ts_rs::TS)]
        pub(super) struct Spot {
            /// In points.
            pub(super) value: Option<f64>,
            /// Ranges, by what they
            /// were made of.
            pub(super) ranges: BTreeMap<u16, BTreeMap<String, Vec<(f64, u64)>>>,
            pub(super) sides: BTreeMap<Way, bool>,
            #[ts(optional)]
            pub(super) late: Option<u8>,
            #[ts(type = "Verdict")]
            pub(super) verdict: u8,
            pub(super) at: Instant,
            pub(super) side: Side,
        }

        #[derive(ts_rs::TS)]
        #[ts(rename_all = "lowercase")]
        pub(super) enum Way {
            Up,
            Down,
        }

        #[derive(ts_rs::TS)]
        #[ts(untagged)]
        pub(super) enum Side {
            Put { strike: f64, right: char },
            None,
        }
    }

    #[expect(dead_code, reason = "only their types matter")]
    mod time {
        /// When.
        #[derive(ts_rs::TS)]
        pub(in super::super) struct Instant(f64);
    }

    /// The test's own modules stand one level deeper than those of a crate.
    #[test]
    fn a_module_becomes_a_file_that_imports_what_it_needs() {
        let types =
            Types::at("crates/typescript", PathBuf::new()).with::<Spot>().knowing("Verdict", "../econ");
        let files = types.files();
        let text = &files["tests.ts"];
        assert_eq!(
            *text,
            "// Generated from crates/typescript/src/tests by `make types`: change the Rust types, not this file.
import type { Verdict } from '../econ';

/** When. */
export type Instant = number;

export type Side = {
  strike: number;
  right: string;
} | null;

/** A price. */
export type Spot = {
  /** In points. */
  value: number | null;
  /**
   * Ranges, by what they
   * were made of.
   */
  ranges: Record<string, Record<string, Array<[number, number]>>>;
  sides: Partial<Record<Way, boolean>>;
  late?: number;
  verdict: Verdict;
  at: Instant;
  side: Side;
};

export type Way = 'up' | 'down';
"
        );
    }

    #[test]
    fn what_was_written_is_current_until_a_type_changes_or_goes() {
        let folder = tempfile::tempdir().unwrap();
        let types = Types::at("crates/typescript", folder.path().to_owned()).with::<Spot>();
        assert_eq!(types.behind(), ["tests.ts"], "nothing is written yet");
        types.write();
        assert!(types.behind().is_empty());
        let fewer = Types::at("crates/typescript", folder.path().to_owned()).with::<time::Instant>();
        assert_eq!(fewer.behind(), ["tests.ts"]);
        let none = Types::at("crates/typescript", folder.path().to_owned());
        assert_eq!(none.behind(), ["tests.ts"], "its module is gone");
        none.write();
        assert!(none.behind().is_empty() && !folder.path().join("tests.ts").exists());
    }
}
