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

/// Why a page may not open a call.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// It comes from another host than the one it calls.
    #[error(
        "a page from {origin} may not open a call on {host}: open the page that this relay serves \
         itself"
    )]
    Foreign {
        /// The page's origin.
        origin: String,
        /// The host that it called.
        host: String,
    },
    /// The relay listens on this computer only, and was called by another name: somebody else's
    /// name that leads here, perhaps on purpose (DNS rebinding).
    #[error(
        "this relay listens on this computer only, and {host} is no name of it: open it as \
         localhost or 127.0.0.1, or put a proxy in front that adds X-Forwarded-For"
    )]
    Renamed {
        /// The host that was called.
        host: String,
    },
    /// Calls are kept for debugging, and this one comes from somebody else.
    #[error(
        "this relay keeps calls for debugging, and takes none through a proxy while it does: \
         whoever runs it must start it without --capture-dir"
    )]
    Proxied,
}

/// What the relay's own situation says about who may call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Door {
    /// It listens on a loopback address.
    pub(crate) is_loopback: bool,
    /// It keeps what callers say.
    pub(crate) keeps_calls: bool,
}

/// Headers that proxies add. A page cannot set them on a WebSocket.
const PROXY_HEADERS: [&str; 3] = ["forwarded", "x-forwarded-for", "x-forwarded-host"];

/// Admits a page that comes from the host it calls, or from this computer when the relay is
/// addressed as this computer. A request without `Origin` comes from a program, not from a page,
/// and is admitted too.
pub(crate) fn check(headers: &HeaderMap, door: Door) -> Result<(), Refused> {
    let is_proxied = PROXY_HEADERS.iter().any(|name| headers.contains_key(*name));
    if is_proxied && door.keeps_calls {
        return Err(Refused::Proxied);
    }
    let Some(origin) = headers.get(ORIGIN) else {
        return Ok(());
    };
    let origin = String::from_utf8_lossy(origin.as_bytes());
    let host = headers.get(HOST).map_or_else(Default::default, |host| {
        String::from_utf8_lossy(host.as_bytes())
    });
    if !is_admitted(&origin, &host) {
        return Err(Refused::Foreign {
            origin: origin.escape_debug().to_string(),
            host: host.escape_debug().to_string(),
        });
    }
    if door.is_loopback && !is_proxied && !is_loopback(&host) {
        return Err(Refused::Renamed {
            host: host.escape_debug().to_string(),
        });
    }
    Ok(())
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
#[expect(clippy::unwrap_used, reason = "a test may panic")]
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
    fn another_name_for_this_computer_is_refused_unless_a_proxy_stands_in_front() {
        let headers = |pairs: &[(&'static str, &str)]| {
            let pairs = pairs.iter().map(|(name, value)| {
                (
                    name.parse().unwrap(),
                    axum::http::HeaderValue::from_str(value).unwrap(),
                )
            });
            pairs.collect::<HeaderMap>()
        };
        let rebound = [
            ("origin", "http://evil.example:8480"),
            ("host", "evil.example:8480"),
        ];
        let proxied = [
            ("origin", "https://calls.example.org"),
            ("host", "calls.example.org"),
            ("x-forwarded-for", "192.0.2.7"),
        ];
        let at_home = Door {
            is_loopback: true,
            keeps_calls: false,
        };
        let in_public = Door {
            is_loopback: false,
            keeps_calls: false,
        };
        let keeping = Door {
            is_loopback: true,
            keeps_calls: true,
        };
        assert!(matches!(
            check(&headers(&rebound), at_home),
            Err(Refused::Renamed { .. })
        ));
        assert_eq!(check(&headers(&rebound), in_public), Ok(()));
        assert_eq!(check(&headers(&proxied), at_home), Ok(()));
        assert_eq!(check(&headers(&proxied), keeping), Err(Refused::Proxied));
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
