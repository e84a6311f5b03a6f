//! What no file may say.

use super::{Finding, SourceFile};

/// Texts that other people wrote and that are kept as they are.
const NOT_OURS: [&str; 2] = ["Cargo.lock", "LICENSE"];

/// A forbidden word. The words are put together here so that this file does not contain them.
struct Word {
    text: &'static str,
    /// Where it counts as itself.
    bounds: Bounds,
    rule: &'static str,
    remedy: &'static str,
}

/// What may stand beside a forbidden word.
#[derive(Clone, Copy)]
enum Bounds {
    /// Anything.
    Anywhere,
    /// No letter, digit or underscore on either side.
    WholeWord,
    /// Nothing before it that could be a part of the same path.
    PathStart,
}

const UNFINISHED: &str = "finish it, or leave it out and say in the README that it is missing";
const SKIPPED: &str = "a test runs or does not exist: make it fast, or let xtask run it apart";
const ONE_MACHINE: &str = "the path exists on one machine only: use a relative one";
const HOST: &str = "name the package, not the place where one client fetches it";

const WORDS: [Word; 17] = [
    word(
        concat!("TO", "DO"),
        Bounds::WholeWord,
        "unfinished",
        UNFINISHED,
    ),
    word(
        concat!("FIX", "ME"),
        Bounds::WholeWord,
        "unfinished",
        UNFINISHED,
    ),
    word(
        concat!("XX", "X"),
        Bounds::WholeWord,
        "unfinished",
        UNFINISHED,
    ),
    word(
        concat!("todo", "!("),
        Bounds::WholeWord,
        "unfinished",
        UNFINISHED,
    ),
    word(
        concat!("unimplemented", "!("),
        Bounds::WholeWord,
        "unfinished",
        UNFINISHED,
    ),
    word(
        concat!("#[ig", "nore"),
        Bounds::Anywhere,
        "skipped-test",
        SKIPPED,
    ),
    word(
        concat!("/ro", "ot/"),
        Bounds::PathStart,
        "machine-path",
        ONE_MACHINE,
    ),
    word(
        concat!("/ho", "me/"),
        Bounds::PathStart,
        "machine-path",
        ONE_MACHINE,
    ),
    word(
        concat!("/Us", "ers/"),
        Bounds::PathStart,
        "machine-path",
        ONE_MACHINE,
    ),
    word(
        concat!("/wo", "rk/"),
        Bounds::PathStart,
        "machine-path",
        ONE_MACHINE,
    ),
    word(
        concat!("/work", "space/"),
        Bounds::PathStart,
        "machine-path",
        ONE_MACHINE,
    ),
    word(
        concat!("index.crates", ".io"),
        Bounds::Anywhere,
        "registry-host",
        HOST,
    ),
    word(
        concat!("static.crates", ".io"),
        Bounds::Anywhere,
        "registry-host",
        HOST,
    ),
    word(
        concat!("py", "pi", ".org"),
        Bounds::Anywhere,
        "registry-host",
        HOST,
    ),
    word(
        concat!("python", "hosted", ".org"),
        Bounds::Anywhere,
        "registry-host",
        HOST,
    ),
    word(
        concat!("registry.", "npmjs", ".org"),
        Bounds::Anywhere,
        "registry-host",
        HOST,
    ),
    word(
        concat!("deb.", "debian", ".org"),
        Bounds::Anywhere,
        "registry-host",
        HOST,
    ),
];

const fn word(
    text: &'static str,
    bounds: Bounds,
    rule: &'static str,
    remedy: &'static str,
) -> Word {
    Word {
        text,
        bounds,
        rule,
        remedy,
    }
}

/// Checks one file for all forbidden words.
pub(super) fn check(file: &SourceFile) -> Vec<Finding> {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if NOT_OURS.iter().any(|not_ours| name.starts_with(not_ours)) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for word in WORDS.iter().filter(|word| word.occurs_in(line)) {
            let message = format!("`{}`: {}", word.text, word.remedy);
            findings.push(Finding::new(file.path.as_str(), word.rule, message).at_index(index));
        }
    }
    findings
}

impl Word {
    fn occurs_in(&self, line: &str) -> bool {
        line.match_indices(self.text).any(|(start, _)| {
            let before = line[..start].chars().next_back();
            let after = line[start + self.text.len()..].chars().next();
            match self.bounds {
                Bounds::Anywhere => true,
                Bounds::WholeWord => {
                    !before.is_some_and(is_word)
                        && (self.text.ends_with('(') || !after.is_some_and(is_word))
                }
                Bounds::PathStart => {
                    !before.is_some_and(|c| is_word(c) || matches!(c, '.' | '-' | '/' | '~' | '*'))
                }
            }
        })
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(path: &str, text: &str) -> Vec<(usize, &'static str)> {
        let file = SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        check(&file)
            .into_iter()
            .map(|finding| (finding.line.unwrap_or_default(), finding.rule))
            .collect()
    }

    #[test]
    fn finds_forbidden_words_where_they_count_as_themselves() {
        let cases = [
            (concat!("// TO", "DO: later"), Some("unfinished")),
            (concat!("const TO", "DOS: u8"), None),
            (concat!("    todo", "!(\"x\")"), Some("unfinished")),
            (concat!("not_todo", "!()"), None),
            (concat!("#[ig", "nore = \"slow\"]"), Some("skipped-test")),
            (concat!("open('/ho", "me/ann/x.wav')"), Some("machine-path")),
            (concat!("example.com/ho", "me/index"), None),
            (concat!("see ./wo", "rk/notes"), None),
            (
                concat!("https://py", "pi", ".org/simple"),
                Some("registry-host"),
            ),
            ("a plain line", None),
        ];
        for (line, expected) in cases {
            let found: Vec<&str> = rules("a.rs", line)
                .into_iter()
                .map(|(_, rule)| rule)
                .collect();
            assert_eq!(found, Vec::from_iter(expected), "{line}");
        }
    }

    #[test]
    fn tells_the_line() {
        let text = concat!("fine\n// FIX", "ME\n");
        assert_eq!(rules("a.rs", text), [(2, "unfinished")]);
    }

    #[test]
    fn leaves_texts_alone_that_others_wrote() {
        let text = concat!("TO", "DO\n");
        assert!(rules("Cargo.lock", text).is_empty());
        assert!(rules("crates/a/weights/LICENSE-b", text).is_empty());
    }
}
