//! What the pages and the audio thread's script may not touch.

use super::{Finding, SourceFile};

/// The script of the audio thread.
const PROCESSOR: &str = "worklet/processor.js";

/// Holders of samples and frame bytes, which the pages never see.
const BINARY: [&str; 5] = [
    "ArrayBuffer",
    "AudioWorkletNode",
    "DataView",
    "Float32Array",
    "Int16Array",
];

/// What the audio thread's scope does not have, or must not do.
const NOT_IN_AUDIO_THREAD: [&str; 8] = [
    "TextDecoder",
    "TextEncoder",
    "fetch(",
    "XMLHttpRequest",
    "WebSocket",
    "importScripts",
    "setTimeout",
    "console.",
];

/// What makes garbage, and with it pauses, in the function that runs once per render quantum.
const NOT_PER_QUANTUM: [&str; 9] = [
    "new ",
    "=>",
    "function",
    "JSON.",
    "...",
    ".map(",
    ".slice(",
    ".subarray(",
    "`",
];

/// Checks one file of the browser's side.
pub(super) fn check(file: &SourceFile) -> Vec<Finding> {
    if file.path == PROCESSOR {
        return check_processor(file);
    }
    let is_page = file.path.starts_with("web/")
        && [".js", ".mjs", ".html"]
            .iter()
            .any(|end| file.path.ends_with(end));
    if is_page {
        check_page(file)
    } else {
        Vec::new()
    }
}

fn check_page(file: &SourceFile) -> Vec<Finding> {
    let remedy = "samples and frame bytes belong to capture-wasm; ask its public face instead";
    code_lines(&file.text)
        .flat_map(|(index, line)| {
            found(line, &BINARY).map(move |word| {
                Finding::new(file.path.as_str(), "page", format!("`{word}`: {remedy}"))
                    .at_index(index)
            })
        })
        .collect()
}

fn check_processor(file: &SourceFile) -> Vec<Finding> {
    let mut findings: Vec<Finding> = code_lines(&file.text)
        .flat_map(|(index, line)| {
            found(line, &NOT_IN_AUDIO_THREAD).map(move |word| {
                let message = format!("`{word}` has no place in the audio thread");
                Finding::new(PROCESSOR, "audio-thread", message).at_index(index)
            })
        })
        .collect();

    let Some(body) = process_body(&file.text) else {
        let message = "no method `process(...) {` found: tidy cannot see what it allocates";
        findings.push(Finding::new(PROCESSOR, "audio-thread", message));
        return findings;
    };
    let first_line = file.text[..body.start].matches('\n').count();
    for (index, line) in code_lines(&file.text[body]) {
        findings.extend(found(line, &NOT_PER_QUANTUM).map(|word| {
            let message = format!(
                "`{word}` in process() makes an object per render quantum: make it once, in the \
                 constructor"
            );
            Finding::new(PROCESSOR, "audio-thread", message).at_index(first_line + index)
        }));
    }
    findings
}

/// The words that a line contains.
fn found<'a>(line: &'a str, words: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    words.iter().copied().filter(|word| line.contains(word))
}

/// Lines by index, without comments, as far as whole-line and trailing ones go.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let trimmed = line.trim_start();
        let is_comment = ["//", "/*", "*", "<!--"]
            .iter()
            .any(|start| trimmed.starts_with(start));
        let code = line.split(" // ").next().unwrap_or_default();
        (!is_comment).then_some((index, code))
    })
}

/// Where the body of the method `process` lies, by counting braces.
fn process_body(script: &str) -> Option<std::ops::Range<usize>> {
    let start = script
        .match_indices("process(")
        .map(|(at, _)| at)
        .find(|&at| script[..at].ends_with(['\n', ' ']) && !script[..at].ends_with("new "))?;
    let open = start + script[start..].find('{')?;
    let mut depth = 0_usize;
    for (offset, c) in script[open..].char_indices() {
        match c {
            '{' => depth += 1,
            '}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(open + 1..open + offset);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<usize> {
        let file = SourceFile {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        check(&file)
            .iter()
            .filter_map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn keeps_samples_and_frames_out_of_the_pages() {
        let text =
            "import a from './a.js';\n// a Float32Array would be wrong\nnew Float32Array(4);\n";
        assert_eq!(lines("web/call-page/meter.js", text), [3]);
        assert!(lines("capture-wasm/js/link-worker.js", text).is_empty());
        assert!(lines("web/README.md", text).is_empty());
    }

    #[test]
    fn keeps_what_is_missing_there_out_of_the_audio_thread() {
        let text = "new TextDecoder();\nclass P {\n  process(i) {\n    return true;\n  }\n}\n";
        assert_eq!(lines(PROCESSOR, text), [1]);
    }

    #[test]
    fn keeps_allocation_out_of_process() {
        let text = "class P {\n  constructor() {\n    this.a = new A();\n  }\n\n  process(inputs) {\n    \
                    if (inputs) {\n      this.b = new B();\n    }\n    return true;\n  }\n\n  \
                    other() {\n    return new C();\n  }\n}\n";
        assert_eq!(lines(PROCESSOR, text), [8]);
    }

    #[test]
    fn says_when_it_cannot_find_process() {
        let file = SourceFile {
            path: PROCESSOR.to_owned(),
            text: "registerProcessor();\n".to_owned(),
        };
        assert!(check(&file)[0].message.contains("no method `process"));
    }
}
