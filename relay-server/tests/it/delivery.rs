//! How files travel: compressed ahead of time, and kept by browsers under their version.

use crate::site::{Site, ask};

const KEEP: &str = "public, max-age=31536000, immutable";
const ASK: &str = "no-cache";

const VERSION: &str = "0123456789abcdef";

/// A script in all its forms. The relay does not look inside them.
const FORMS: [(&str, &[u8]); 3] = [
    ("capture/a.js", b"the script"),
    ("capture/a.js.br", b"its brotli form"),
    ("capture/a.js.gz", b"its gzip form"),
];

fn sealed_site() -> Site {
    let site = Site::new();
    for (path, content) in FORMS {
        site.write(path, content);
    }
    site.seal(VERSION, &FORMS);
    site
}

#[tokio::test]
async fn sends_the_form_that_the_browser_likes_best() {
    let site = sealed_site();
    let relay = site.serve().await;
    for (accepted, coding, content) in [
        ("", "", FORMS[0].1),
        (
            "Accept-Encoding: gzip, deflate, br, zstd\r\n",
            "br",
            FORMS[1].1,
        ),
        (
            "Accept-Encoding: br;q=0.5, gzip;q=0.8\r\n",
            "gzip",
            FORMS[2].1,
        ),
        ("Accept-Encoding: br;q=0, *\r\n", "gzip", FORMS[2].1),
        ("Accept-Encoding: zstd\r\n", "", FORMS[0].1),
        ("Accept-Encoding: identity, br;q=0.1\r\n", "", FORMS[0].1),
    ] {
        for path in ["/capture/a.js", "/v/0123456789abcdef/capture/a.js"] {
            let answer = ask(&relay, "GET", path, accepted).await;
            assert_eq!(answer.status, 200);
            assert_eq!(answer.body, content, "{accepted}");
            assert_eq!(answer.header("content-encoding"), coding, "{accepted}");
            assert_eq!(answer.header("vary"), "Accept-Encoding");
            // Not the type of the compressed file.
            let content_type = answer.header("content-type");
            assert_eq!(content_type, "text/javascript; charset=utf-8");
            let length = content.len().to_string();
            assert_eq!(answer.header("content-length"), length);
        }
    }
}

#[tokio::test]
async fn names_each_form_by_a_tag_of_its_own() {
    let site = sealed_site();
    let relay = site.serve().await;
    let brotli = "Accept-Encoding: br\r\n";
    let plain_tag = ask(&relay, "GET", "/capture/a.js", "").await;
    let brotli_tag = ask(&relay, "GET", "/capture/a.js", brotli).await;
    let [plain_tag, brotli_tag] = [&plain_tag, &brotli_tag].map(|answer| answer.header("etag"));
    assert_ne!(plain_tag, brotli_tag);
    for (tag, status) in [(brotli_tag, 304), (plain_tag, 200)] {
        let headers = format!("{brotli}If-None-Match: {tag}\r\n");
        let answer = ask(&relay, "GET", "/capture/a.js", &headers).await;
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("vary"), "Accept-Encoding");
    }
}

#[tokio::test]
async fn sends_the_file_as_it_is_when_nothing_smaller_lies_there() {
    let site = sealed_site();
    site.write("b.js", b"small");
    site.seal(VERSION, &[("b.js", b"small")]);
    let relay = site.serve().await;
    let answer = ask(&relay, "GET", "/b.js", "Accept-Encoding: br, gzip\r\n").await;
    assert_eq!(answer.body, b"small");
    assert_eq!(answer.header("content-encoding"), "");
}

#[tokio::test]
async fn never_sends_a_compressed_form_of_another_content() {
    let site = sealed_site();
    let relay = site.serve().await;
    let brotli = "Accept-Encoding: br\r\n";
    // The script has changed, and the form has not been made again.
    site.write("capture/a.js", b"another script");
    let answer = ask(&relay, "GET", "/capture/a.js", brotli).await;
    assert_eq!(answer.body, b"another script");

    // The form has changed, and nothing says what is in it.
    site.write("capture/a.js", FORMS[0].1);
    site.write("capture/a.js.br", b"who knows");
    let answer = ask(&relay, "GET", "/capture/a.js", brotli).await;
    assert_eq!(answer.body, FORMS[0].1);
}

#[tokio::test]
async fn hides_the_compressed_forms_themselves() {
    let site = sealed_site();
    let relay = site.serve().await;
    for path in ["/capture/a.js.br", "/capture/a.js.gz"] {
        assert_eq!(ask(&relay, "GET", path, "").await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn lets_browsers_keep_a_file_under_its_version_alone() {
    let site = sealed_site();
    let relay = site.serve().await;
    for (path, cache_control) in [
        ("/v/0123456789abcdef/capture/a.js", KEEP),
        ("/capture/a.js", ASK),
        ("/v/fedcba9876543210/capture/a.js", ASK),
        ("/v/0123456789abcde/capture/a.js", ASK),
    ] {
        for accepted in ["", "Accept-Encoding: br\r\n"] {
            let answer = ask(&relay, "GET", path, accepted).await;
            assert_eq!(answer.status, 200, "{path}");
            assert_eq!(answer.header("cache-control"), cache_control, "{path}");
        }
    }
    for path in [
        "/v/0123456789abcdef/capture/b.js",
        "/v/0123456789abcdef/",
        "/v/",
    ] {
        let answer = ask(&relay, "GET", path, "").await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("cache-control"), ASK, "{path}");
    }
}

#[tokio::test]
async fn lets_browsers_keep_nothing_that_the_version_does_not_promise() {
    let site = sealed_site();
    let relay = site.serve().await;
    let path = "/v/0123456789abcdef/capture/a.js";
    site.write("capture/a.js", b"another script");
    site.write("capture/new.js", b"a new script");
    for path in [path, "/v/0123456789abcdef/capture/new.js"] {
        let answer = ask(&relay, "GET", path, "").await;
        assert_eq!((answer.status, answer.header("cache-control")), (200, ASK));
    }

    site.write("capture/a.js", FORMS[0].1);
    assert_eq!(
        ask(&relay, "GET", path, "").await.header("cache-control"),
        KEEP
    );
    site.write("SHA256SUMS", b"# version 0123456789abcdef\nnonsense\n");
    assert_eq!(
        ask(&relay, "GET", path, "").await.header("cache-control"),
        ASK
    );
}

#[tokio::test]
async fn stays_inside_its_folder_under_a_version_too() {
    let site = sealed_site();
    let relay = site.serve().await;
    for path in [
        "/v/0123456789abcdef/../SHA256SUMS",
        "/v/0123456789abcdef/..%2f..%2fetc/passwd",
        "/v/0123456789abcdef/%2fetc/passwd",
        "/v/0123456789abcdef//etc/passwd",
    ] {
        let answer = ask(&relay, "GET", path, "").await;
        let is_refused = [400, 404].contains(&answer.status);
        assert!(is_refused, "{path} gives {}", answer.status);
    }
}
