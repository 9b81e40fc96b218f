//! Which file of a crate uses which other, read from its text.
//!
//! It understands as much of Rust as our own code needs: `use` trees, paths in expressions, and
//! names that a module hands on with `use`. A name that is handed on counts as a use of the file
//! that defines it, so that a façade does not tie the files behind it together.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::Path;

use super::sources;

/// Names from the root of the crate, such as `["studies", "life"]`.
type Names = Vec<String>;

#[derive(Default)]
struct Module {
    children: BTreeSet<String>,
    defines: BTreeSet<String>,
    /// What a name that a `use` brought here means.
    imports: BTreeMap<String, Names>,
    /// Modules all of whose names were brought here.
    globs: Vec<Names>,
    /// Everything that is used.
    uses: BTreeSet<Names>,
}

/// The files of a crate.
pub struct Imports {
    modules: BTreeMap<Names, Module>,
    edges: BTreeMap<Names, BTreeSet<Names>>,
}

impl Imports {
    /// Those of the crate whose `src` this is.
    pub fn of_crate(src: &Path) -> Self {
        let files = sources(src, "rs").into_iter().filter_map(|file| {
            let inside = file.strip_prefix(src).unwrap().with_extension("");
            let mut names: Names = inside
                .iter()
                .map(|part| part.to_string_lossy().into_owned())
                .collect();
            match names.last().map(String::as_str) {
                Some("main") => return None,
                Some("lib" | "mod") => names.truncate(names.len() - 1),
                _ => {}
            }
            Some((names, std::fs::read_to_string(&file).unwrap()))
        });
        Self::of(files)
    }

    fn of(files: impl Iterator<Item = (Names, String)>) -> Self {
        let modules: BTreeMap<Names, Module> = files
            .map(|(names, text)| (names.clone(), read(&names, &text)))
            .collect();
        let mut found = Self {
            modules,
            edges: BTreeMap::new(),
        };
        for (names, module) in &found.modules {
            // What is used of a module that was brought here is seen where it is used.
            let things = module
                .uses
                .iter()
                .filter(|path| !found.modules.contains_key(*path));
            let used = things.filter_map(|path| found.definer(path, 0));
            let used = used.filter(|used| used != names).collect();
            found.edges.insert(names.clone(), used);
        }
        found
    }

    /// The file that defines what a path leads to; none for what another crate brings.
    fn definer(&self, path: &[String], depth: usize) -> Option<Names> {
        if depth > 9 {
            return None;
        }
        let mut here = Names::new();
        for (at, name) in path.iter().enumerate() {
            let module = self.modules.get(&here)?;
            if module.children.contains(name) {
                here.push(name.clone());
                continue;
            }
            if module.defines.contains(name) {
                break;
            }
            let rest = &path[at + 1..];
            if let Some(target) = module.imports.get(name) {
                return self.definer(&[target, rest].concat(), depth + 1);
            }
            let mut behind = module.globs.iter().filter_map(|glob| {
                let known = self.modules.get(glob)?;
                let is_there = known.defines.contains(name) || known.imports.contains_key(name);
                is_there.then(|| self.definer(&[glob, &path[at..]].concat(), depth + 1))?
            });
            return behind.next().or(Some(here));
        }
        Some(here)
    }

    /// From one file to others, by the names of their modules.
    pub fn edges(&self) -> impl Iterator<Item = (&Names, &Names)> {
        self.edges
            .iter()
            .flat_map(|(from, to)| to.iter().map(move |to| (from, to)))
    }

    /// The files on the way from one to another, both included; from a file to itself it is a
    /// circle.
    fn way(&self, from: &Names, to: &Names) -> Option<Vec<Names>> {
        let mut came: BTreeMap<&Names, &Names> = BTreeMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(here) = queue.pop_front() {
            for next in &self.edges[here] {
                if next == to {
                    let mut way = vec![to.clone(), here.clone()];
                    let mut at = here;
                    while at != from {
                        at = came[at];
                        way.push(at.clone());
                    }
                    way.reverse();
                    return Some(way);
                }
                if next != from && !came.contains_key(next) {
                    came.insert(next, here);
                    queue.push_back(next);
                }
            }
        }
        None
    }

    /// Groups of files that use each other, each with the shortest circle in it.
    pub fn circles(&self) -> Vec<(BTreeSet<Names>, Vec<Names>)> {
        let mut seen = BTreeSet::new();
        let mut circles = Vec::new();
        for from in self.edges.keys() {
            if seen.contains(from) || self.way(from, from).is_none() {
                continue;
            }
            let is_mutual =
                |to: &&Names| self.way(from, to).is_some() && self.way(to, from).is_some();
            let group: BTreeSet<Names> = self.edges.keys().filter(is_mutual).cloned().collect();
            let ways = group.iter().filter_map(|name| self.way(name, name));
            let shortest = ways.min_by_key(Vec::len).unwrap();
            seen.extend(group.iter().cloned());
            circles.push((group, shortest));
        }
        circles
    }
}

/// How a module is called in a message.
pub fn shown(names: &[String]) -> String {
    if names.is_empty() {
        "lib".to_owned()
    } else {
        names.join("::")
    }
}

/// Names, `::`, and signs one by one; no comments, no texts, no tests at the bottom.
fn tokens(text: &str) -> Vec<String> {
    let text = text.split("\n#[cfg(test)]\n").next().unwrap();
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            quoted(rest)
        } else if let Some(length) = raw_text(rest) {
            length
        } else if first == '\'' {
            // A character, or the name of a lifetime.
            match rest.char_indices().nth(2) {
                Some((at, '\'')) if !rest.starts_with("'\\") => at + 1,
                _ if rest.starts_with("'\\") => rest[2..].find('\'').map_or(2, |at| at + 3),
                _ => 1,
            }
        } else if first.is_alphanumeric() || first == '_' {
            let is_name = |c: char| c.is_alphanumeric() || c == '_';
            let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// Length of the text in quotes that begins here.
fn quoted(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '"' if !is_escaped => return at + 1,
            '\\' => is_escaped = !is_escaped,
            _ => is_escaped = false,
        }
    }
    text.len()
}

/// Length of a text such as `r#"…"#`, if one begins here.
fn raw_text(text: &str) -> Option<usize> {
    let hashes = text.strip_prefix('r')?;
    let count = hashes.len() - hashes.trim_start_matches('#').len();
    hashes[count..].starts_with('"').then_some(())?;
    let end = format!("\"{}", "#".repeat(count));
    let start = count + 2;
    let length = text[start..].find(&end).map(|at| start + at + end.len());
    Some(length.unwrap_or(text.len()))
}

fn read(names: &Names, text: &str) -> Module {
    let tokens = tokens(text);
    let word = |at: usize| tokens.get(at).map_or("", String::as_str);
    let mut module = Module::default();
    for at in 0..tokens.len() {
        if word(at) == "mod" && word(at + 2) == ";" {
            module.children.insert(tokens[at + 1].clone());
        }
        let defines = [
            "fn", "struct", "enum", "trait", "const", "static", "type", "union",
        ];
        if defines.contains(&word(at)) {
            module.defines.insert(word(at + 1).to_owned());
        }
    }
    let mut at = 0;
    while at < tokens.len() {
        if word(at) == "use" {
            let is_handed_on = at > 0 && matches!(word(at - 1), "pub" | ")");
            let end = (at..tokens.len())
                .find(|end| word(*end) == ";")
                .unwrap_or(tokens.len());
            let mut trees = Vec::new();
            tree(&tokens[at + 1..end], &Names::new(), &mut trees);
            for (path, name) in trees {
                import(names, &mut module, &path, &name, is_handed_on);
            }
            at = end;
        } else {
            at += 1;
        }
    }
    let mut at = 0;
    while at < tokens.len() {
        let is_first = word(at + 1) == "::" && (at == 0 || !["::", "."].contains(&word(at - 1)));
        if word(at) == "use" {
            at = (at..tokens.len())
                .find(|end| word(*end) == ";")
                .unwrap_or(tokens.len());
        } else if is_first {
            let mut path = vec![tokens[at].clone()];
            while word(at + 1) == "::" && word(at + 2).starts_with(char::is_alphabetic) {
                path.push(tokens[at + 2].clone());
                at += 2;
            }
            let known = absolute(names, &module, &path);
            let imported = || {
                let target = module.imports.get(&path[0])?;
                Some([target.as_slice(), &path[1..]].concat())
            };
            if let Some(path) = known.or_else(imported) {
                module.uses.insert(path);
            }
        }
        at += 1;
    }
    module
}

/// The paths of a `use` tree, each with the name under which it is known.
fn tree(tokens: &[String], before: &Names, found: &mut Vec<(Names, String)>) {
    let mut path = before.clone();
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at].as_str() {
            "{" => {
                let mut depth = 0;
                let mut start = at + 1;
                for (index, token) in tokens.iter().enumerate().skip(at) {
                    match token.as_str() {
                        "{" => depth += 1,
                        "}" => depth -= 1,
                        _ => {}
                    }
                    if (depth == 1 && token == ",") || depth == 0 {
                        if index > start {
                            tree(&tokens[start..index], &path, found);
                        }
                        start = index + 1;
                    }
                    if depth == 0 {
                        break;
                    }
                }
                return;
            }
            "as" => {
                found.push((path, tokens[at + 1].clone()));
                return;
            }
            "self" if !path.is_empty() => {}
            "::" => {}
            name => path.push(name.to_owned()),
        }
        at += 1;
    }
    let name = path.last().cloned().unwrap_or_default();
    found.push((path, name));
}

fn import(names: &Names, module: &mut Module, path: &Names, name: &str, is_handed_on: bool) {
    let Some(path) = absolute(names, module, path) else {
        return;
    };
    if name == "*" {
        module.globs.push(path[..path.len() - 1].to_vec());
    } else {
        module.imports.insert(name.to_owned(), path.clone());
    }
    if !is_handed_on {
        module.uses.insert(path);
    }
}

/// A path from the root of the crate; none if it leads to another crate or to a local name.
fn absolute(names: &Names, module: &Module, path: &[String]) -> Option<Names> {
    let mut here = names.clone();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => {
            here.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|name| name == "super") {
                here.pop();
                rest = &rest[1..];
            }
        }
        child if module.children.contains(child) => {}
        _ => return None,
    }
    Some([here.as_slice(), rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circles(files: &[(&str, &str)]) -> Vec<String> {
        let files = files.iter().map(|(name, text)| {
            let names = name.split("::").filter(|part| !part.is_empty());
            (names.map(str::to_owned).collect(), (*text).to_owned())
        });
        let way = |way: &Vec<Names>| {
            way.iter()
                .map(|names| shown(names))
                .collect::<Vec<_>>()
                .join(" → ")
        };
        let found = Imports::of(files).circles();
        found.iter().map(|(_, shortest)| way(shortest)).collect()
    }

    #[test]
    fn a_circle_is_named() {
        let files = [
            ("", "mod a; mod b; mod c;"),
            ("a", "use crate::b::{self, B};\nfn a() { b::go() }"),
            ("b", "use super::c::C; pub struct B; pub fn go() {}"),
            (
                "c",
                "pub struct C; // crate::b::B\nfn c() { let _ = crate::a::a(\"crate::b\"); }",
            ),
        ];
        assert_eq!(circles(&files), ["a → b → c → a"]);
    }

    #[test]
    fn a_facade_ties_nothing_together() {
        let files = [
            ("", "mod labs; mod names; mod people;"),
            (
                "labs",
                "mod editing; mod listing; pub use editing::edit; pub use self::listing::*;",
            ),
            ("labs::editing", "use crate::names::name; pub fn edit() {}"),
            ("labs::listing", "use super::edit; pub fn list() {}"),
            (
                "people",
                "use crate::labs; pub fn name() {} fn all() { labs::list() }",
            ),
        ];
        assert!(circles(&files).is_empty(), "{:?}", circles(&files));
        let tied = [
            ("", "mod a;"),
            ("a", "mod b; use b::go; pub fn help() { go() }"),
            ("a::b", "use super::help; pub fn go() { help() }"),
        ];
        assert_eq!(circles(&tied), ["a → a::b → a"]);
    }
}
