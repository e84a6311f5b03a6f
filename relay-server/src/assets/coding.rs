//! In which form a file travels: the `Accept-Encoding` of a request (RFC 9110, section 12.5.3).

use axum::http::{HeaderMap, header::ACCEPT_ENCODING};

/// The forms in which a file may lie in the folder, the shortest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    /// All forms, in the order in which they are preferred.
    const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// What follows a file's name for this form of it.
    pub(super) fn suffix(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }

    /// Its name in headers.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    fn is_called(self, name: &str) -> bool {
        let is_alias = self == Self::Gzip && name.eq_ignore_ascii_case("x-gzip");
        is_alias || name.eq_ignore_ascii_case(self.name())
    }
}

/// The forms that a client takes, best first. The file as it is always comes at the end at the
/// latest: sending it to a client that asks for the impossible helps more than an error.
pub(super) fn accepted(headers: &HeaderMap) -> Vec<Coding> {
    let entries: Vec<(&str, u16)> = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(parse_entry)
        .collect();
    let weight = |coding: Coding| {
        let named = entries.iter().find(|(name, _)| coding.is_called(name));
        let any = || entries.iter().find(|(name, _)| *name == "*");
        named.or_else(any).map(|(_, weight)| *weight)
    };
    let mut ranked: Vec<(u16, Coding)> = Coding::ALL
        .into_iter()
        .filter_map(|coding| Some((weight(coding)?, coding)))
        .filter(|(weight, _)| *weight > 0)
        .collect();
    // Stable: among equals the order of preference stays.
    ranked.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let mut codings: Vec<Coding> = ranked.into_iter().map(|(_, coding)| coding).collect();
    if !codings.contains(&Coding::Identity) {
        codings.push(Coding::Identity);
    }
    codings
}

/// One entry with its weight in thousandths; `None` if it cannot be read.
fn parse_entry(entry: &str) -> Option<(&str, u16)> {
    let mut parts = entry.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let Some(parameter) = parts.next() else {
        return Some((name, 1_000));
    };
    let (key, value) = parameter.split_once('=')?;
    let weight: f32 = value.trim().parse().ok()?;
    let is_weight = key.trim().eq_ignore_ascii_case("q") && (0.0..=1.0).contains(&weight);
    is_weight.then_some((name, (weight * 1_000.0).round() as u16))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::{
        Coding::{Brotli, Gzip, Identity},
        *,
    };

    #[test]
    fn ranks_the_forms_that_a_client_takes() {
        let cases: [(&[&str], &[Coding]); 16] = [
            (&[], &[Identity]),
            (&[""], &[Identity]),
            (&["gzip, deflate, br, zstd"], &[Brotli, Gzip, Identity]),
            (&["gzip", "br"], &[Brotli, Gzip, Identity]),
            (&["gzip;q=1.0, br;q=0.5"], &[Gzip, Brotli, Identity]),
            (&["br;q=0, gzip"], &[Gzip, Identity]),
            (&["BR;Q=0.8"], &[Brotli, Identity]),
            (&["x-gzip"], &[Gzip, Identity]),
            (&["identity"], &[Identity]),
            (&["identity, br;q=0.9"], &[Identity, Brotli]),
            (&["br, identity;q=0"], &[Brotli, Identity]),
            (&["*"], &[Brotli, Gzip, Identity]),
            (&["*;q=0.1, gzip"], &[Gzip, Brotli, Identity]),
            (&["*;q=0"], &[Identity]),
            (&["br;q=2, gzip;q=high, ;q=1"], &[Identity]),
            (&["br ; q = 0.001"], &[Brotli, Identity]),
        ];
        for (values, wanted) in cases {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(ACCEPT_ENCODING, value.parse().unwrap());
            }
            assert_eq!(accepted(&headers), wanted, "{values:?}");
        }
    }
}
