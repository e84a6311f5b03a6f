//! Which pages may open a call.
//!
//! A WebSocket is not held back by the browser's same-origin rule, so the relay looks at the
//! `Origin` header itself: otherwise any page a person visits could speak to a relay that runs on
//! their own computer.

use std::net::Ipv4Addr;

use axum::http::{
    HeaderMap,
    header::{HOST, ORIGIN},
};

/// A page that may not open a call.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a page from {origin} may not open a call on {host}: open the page that this relay serves itself"
)]
pub(crate) struct OriginRefused {
    origin: String,
    host: String,
}

/// Admits a page that comes from the host it calls, or from this computer when the relay is
/// addressed as this computer. A request without `Origin` comes from a program, not from a page,
/// and is admitted too.
pub(crate) fn check(headers: &HeaderMap) -> Result<(), OriginRefused> {
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    let origin = String::from_utf8_lossy(origin.as_bytes());
    let host = headers.get(HOST).map_or_else(Default::default, |host| {
        String::from_utf8_lossy(host.as_bytes())
    });
    if is_admitted(&origin, &host) {
        return Ok(());
    }
    Err(OriginRefused {
        origin: origin.escape_debug().to_string(),
        host: host.escape_debug().to_string(),
    })
}

fn is_admitted(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else {
        // "null": a sandboxed frame or a file, which could be anybody's.
        return false;
    };
    let default_port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    if host.is_empty() {
        return false;
    }
    let host_without_default_port = host.strip_suffix(default_port).unwrap_or(host);
    authority.eq_ignore_ascii_case(host_without_default_port)
        || (is_loopback(authority) && is_loopback(host))
}

/// Whether `host` or `host:port` names this computer.
fn is_loopback(authority: &str) -> bool {
    if let Some(rest) = authority.strip_prefix("[::1]") {
        return rest.is_empty() || rest.starts_with(':');
    }
    let name = authority
        .split_once(':')
        .map_or(authority, |(name, _)| name);
    name.eq_ignore_ascii_case("localhost")
        || name
            .parse()
            .is_ok_and(|address: Ipv4Addr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn admits_the_relays_own_page_and_pages_of_this_computer() {
        for (origin, host) in [
            ("http://127.0.0.1:8480", "127.0.0.1:8480"),
            ("http://localhost:3000", "127.0.0.1:8480"),
            ("http://[::1]:3000", "localhost:8480"),
            ("https://calls.example.org", "calls.example.org"),
            ("https://calls.example.org", "calls.example.org:443"),
            ("https://calls.example.org", "Calls.Example.org"),
            ("http://192.0.2.7:8480", "192.0.2.7:8480"),
        ] {
            assert!(is_admitted(origin, host), "{origin} on {host}");
        }
    }

    #[test]
    fn refuses_every_other_page() {
        for (origin, host) in [
            ("https://evil.example", "127.0.0.1:8480"),
            ("https://localhost.evil.example", "127.0.0.1:8480"),
            ("https://127.0.0.1.evil.example", "127.0.0.1:8480"),
            ("http://[::1].evil.example", "127.0.0.1:8480"),
            ("http://localhost:8480", "calls.example.org"),
            ("https://calls.example.org:444", "calls.example.org"),
            ("http://calls.example.org", "calls.example.org:443"),
            ("file://localhost", "127.0.0.1:8480"),
            ("null", "127.0.0.1:8480"),
            ("http://", ""),
            ("", "127.0.0.1:8480"),
        ] {
            assert!(!is_admitted(origin, host), "{origin} on {host}");
        }
    }
}
