//! The house rules that a machine can check: sizes, documentation, who may depend on what.

use std::path::{Path, PathBuf};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;
const VIEW_FUNCTION_LINES_MAX: usize = 60;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in the workspace").to_owned()
}

/// Rust files of a folder, with their text; build output is left out.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().expect("an entry has a name").to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            found.extend(sources(&path));
        } else if name.ends_with(".rs") {
            let text = std::fs::read_to_string(&path).expect("sources are UTF-8");
            found.push((path, text));
        }
    }
    found
}

/// Functions as (name, lines): from the line with `fn` to the closing brace in the same column.
fn functions(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        let is_function = ["fn ", "pub fn ", "pub(crate) fn ", "pub(super) fn ", "const fn ", "pub const fn "]
            .iter()
            .any(|start| code.starts_with(start));
        if !is_function {
            continue;
        }
        let closing = format!("{}}}", " ".repeat(indent));
        let length = lines[at..].iter().position(|line| *line == closing).map_or(1, |end| end + 1);
        let name = code.split('(').next().unwrap_or(code);
        if !line.trim_end().ends_with(';') {
            found.push((name.to_owned(), length));
        }
    }
    found
}

#[test]
fn files_and_functions_are_small() {
    let mut broken = Vec::new();
    for (path, text) in sources(&root()) {
        let lines = text.lines().count();
        if lines > FILE_LINES_MAX {
            broken.push(format!("{}: {lines} lines, {FILE_LINES_MAX} at most", path.display()));
        }
        let is_view = path.components().any(|part| part.as_os_str() == "views");
        let most = if is_view { VIEW_FUNCTION_LINES_MAX } else { FUNCTION_LINES_MAX };
        for (name, length) in functions(&text) {
            if length > most {
                broken.push(format!("{}: `{name}` has {length} lines, {most} at most", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "split these by what they do:\n{}", broken.join("\n"));
}

#[test]
fn the_function_counter_counts() {
    let text = "impl X {\n    pub fn long(\n        a: u8,\n    ) {\n        a\n    }\n}\nfn short() {}\n";
    assert_eq!(functions(text), [("pub fn long".to_owned(), 5), ("fn short".to_owned(), 1)]);
}

#[test]
fn every_file_says_what_it_holds() {
    let silent: Vec<PathBuf> = sources(&root())
        .into_iter()
        .filter(|(_, text)| !text.trim_start_matches("#![no_main]").trim_start().starts_with("//!"))
        .map(|(path, _)| path)
        .collect();
    assert!(silent.is_empty(), "these files do not open with `//!`: {silent:#?}");
}

/// Names of a package's ordinary dependencies.
fn dependencies(package: &str) -> Vec<String> {
    let manifest = std::fs::read_to_string(root().join(package).join("Cargo.toml")).expect("a package has a manifest");
    manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter_map(|line| line.split(['.', ' ', '=']).next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn dependencies_point_one_way() {
    let forbidden: [(&str, &[&str]); 8] = [
        ("schemas", &["timely", "differential-dataflow", "tokio", "landfall-operators", "landfall", "rdkafka"]),
        ("operators", &["tokio", "landfall", "landfall-benches", "rdkafka", "serde_json", "clap"]),
        ("benches", &["landfall", "landfall-operators", "timely"]),
        ("pipeline/engine", &["landfall", "landfall-snapshot", "tokio", "rdkafka"]),
        ("pipeline/snapshot", &["landfall", "landfall-dump", "landfall-serve", "landfall-sql", "rdkafka"]),
        ("pipeline/kafka-native", &["landfall", "tokio", "reqwest", "serde_json"]),
        ("pipeline/serve", &["landfall", "landfall-engine", "landfall-sql", "rdkafka", "datafusion"]),
        ("pipeline/sql", &["landfall", "landfall-engine", "landfall-serve", "rdkafka", "axum"]),
    ];
    for (package, names) in forbidden {
        let found = dependencies(package);
        assert!(!found.is_empty(), "{package} has dependencies");
        for name in names {
            assert!(!found.iter().any(|known| known == name), "{package} must not depend on {name}");
        }
    }
}

#[test]
fn one_crate_alone_has_unsafe_code() {
    let word = ["unsafe", " {"].concat();
    let with: Vec<PathBuf> =
        sources(&root()).into_iter().filter(|(_, text)| text.contains(&word)).map(|(path, _)| path).collect();
    assert_eq!(with, [root().join("pipeline/kafka-native/src/lib.rs")]);
}

#[test]
fn only_the_pipeline_touches_the_world() {
    let world = ["std::fs", "std::net", "std::env::", "SystemTime", "Instant::now", "std::process"];
    for package in ["schemas", "operators"] {
        for (path, text) in sources(&root().join(package).join("src")) {
            for word in world {
                assert!(!text.contains(word), "{}: {word} belongs into pipeline/", path.display());
            }
        }
    }
}

#[test]
fn no_rule_reads_a_float() {
    for package in ["schemas", "operators"] {
        for (path, text) in sources(&root().join(package).join("src")) {
            for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
                let words = || line.split(|c: char| !c.is_alphanumeric() && c != '_');
                assert!(!words().any(|word| matches!(word, "f64" | "f32")), "{}: a float in `{line}`", path.display());
            }
        }
    }
}
