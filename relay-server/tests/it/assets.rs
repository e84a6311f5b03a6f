//! The files of the page, as a browser asks for them.

use relay_server::Config;

use crate::{
    harness::RunningRelay,
    site::{Site, ask},
};

#[tokio::test]
async fn says_that_it_is_healthy() {
    let relay = RunningRelay::start(Config::default()).await;
    let answer = ask(&relay, "GET", "/healthz", "").await;
    assert_eq!(
        (answer.status, answer.body.as_slice()),
        (200, b"ok".as_slice())
    );
}

#[tokio::test]
async fn names_a_missing_file_and_how_to_build_it() {
    let relay = RunningRelay::start(Config::default()).await;
    for path in [
        "/capture/no-such-file.wasm",
        "/no/such/folder/",
        "/v1/nothing",
    ] {
        let answer = ask(&relay, "GET", path, "").await;
        let text = String::from_utf8(answer.body.clone()).unwrap();
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert!(
            text.contains(path) && text.contains("cargo xtask run"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn never_leaves_its_folder() {
    let relay = RunningRelay::start(Config::default()).await;
    for path in [
        "/../Cargo.toml",
        "/..%2fCargo.toml",
        "/%2e%2e/%2e%2e/Cargo.toml",
        "/capture/..%5c..%5cCargo.toml",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/%00",
        "/%ff",
    ] {
        let answer = ask(&relay, "GET", path, "").await;
        let is_refused = [400, 404].contains(&answer.status);
        assert!(is_refused, "{path} gives {}", answer.status);
    }
}

#[tokio::test]
async fn refuses_other_methods_and_requests_that_are_no_upgrade() {
    let relay = RunningRelay::start(Config::default()).await;
    assert_eq!(ask(&relay, "POST", "/capture/x.js", "").await.status, 405);
    assert_eq!(ask(&relay, "GET", "/v1/socket", "").await.status, 400);
}

#[tokio::test]
async fn names_the_page_when_it_is_missing() {
    let site = Site::new();
    let relay = site.serve().await;
    let answer = ask(&relay, "GET", "/", "").await;
    let text = String::from_utf8(answer.body).unwrap();
    assert_eq!(answer.status, 404);
    assert!(
        text.contains("no call page") && text.contains("cargo xtask run"),
        "{text}"
    );
}

#[tokio::test]
async fn serves_a_file_with_its_type_and_what_the_browser_may_do_with_it() {
    let site = Site::new();
    let relay = site.serve().await;
    for (path, content_type) in [
        ("capture/a.wasm", "application/wasm"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("index.html", "text/html; charset=utf-8"),
    ] {
        site.write(path, path.as_bytes());
        let answer = ask(&relay, "GET", &format!("/{path}"), "").await;
        assert_eq!(
            (answer.status, answer.body.as_slice()),
            (200, path.as_bytes())
        );
        assert_eq!(answer.header("content-type"), content_type);
        assert_eq!(answer.header("cache-control"), "no-cache");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'"),
            "{policy}"
        );
    }
    assert_eq!(ask(&relay, "GET", "/", "").await.body, b"index.html");
}

#[tokio::test]
async fn answers_head_with_the_headers_alone() {
    let site = Site::new();
    let relay = site.serve().await;
    site.write("a.js", b"content");
    let answer = ask(&relay, "HEAD", "/a.js", "").await;
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(answer.header("content-length"), "7");
}

#[tokio::test]
async fn sends_a_file_again_only_when_it_has_changed() {
    let site = Site::new();
    let relay = site.serve().await;
    site.write("a.js", b"old");
    let first = ask(&relay, "GET", "/a.js", "").await;
    let etag = first.header("etag");
    let condition = format!("If-None-Match: \"other\", W/{etag}\r\n");
    let unchanged = ask(&relay, "GET", "/a.js", &condition).await;
    assert_eq!((unchanged.status, unchanged.body.len()), (304, 0));

    site.write("a.js", b"new");
    let changed = ask(&relay, "GET", "/a.js", &condition).await;
    assert_eq!(
        (changed.status, changed.body.as_slice()),
        (200, b"new".as_slice())
    );
}

#[tokio::test]
async fn lets_pages_of_other_origins_use_files_but_not_frame_the_page() {
    let site = Site::new();
    let relay = site.serve().await;
    site.write("capture/link-worker.js", b"content");
    site.write("index.html", b"<!doctype html>");
    let other_page = "Origin: https://shop.example\r\n";
    let sharing = [
        ("access-control-allow-origin", "*"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("timing-allow-origin", "*"),
    ];
    for path in [
        "/capture/link-worker.js",
        "/v/x/capture/link-worker.js",
        "/capture/none.js",
    ] {
        let answer = ask(&relay, "GET", path, other_page).await;
        for (name, value) in sharing {
            assert_eq!(answer.header(name), value, "{path}");
        }
    }
    for path in ["/", "/index.html"] {
        let answer = ask(&relay, "GET", path, other_page).await;
        assert_eq!(answer.status, 200);
        for (name, _) in sharing {
            assert_eq!(answer.header(name), "", "{path}: {name}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
    }
}
