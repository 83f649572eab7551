//! The key that the API asks for, if the server was started with one.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use axum::http::{HeaderMap, HeaderName, header};
use subtle::ConstantTimeEq;

/// The header that carries a key, beside `Authorization: Bearer`.
pub const API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// A key. It is never shown: not in logs, not in what `Debug` writes.
#[derive(Clone)]
pub struct ApiKey(String);

/// A key that no header could carry.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a key is one or more visible ASCII characters, without spaces")]
pub struct BadKey;

/// Any text is taken: the command line's parser would show one that it refuses, on stderr and so in logs.
/// [`ApiKey::check`] refuses instead.
impl FromStr for ApiKey {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

impl ApiKey {
    /// # Errors
    /// When no header could carry it.
    pub fn check(&self) -> Result<(), BadKey> {
        let fit = !self.0.is_empty() && self.0.bytes().all(|byte| byte.is_ascii_graphic());
        fit.then_some(()).ok_or(BadKey)
    }

    /// Whether a request carries it, in either header.
    pub fn opens(&self, headers: &HeaderMap) -> bool {
        let bearer = headers
            .get(header::AUTHORIZATION)
            .and_then(|value| bearer(value.as_bytes()));
        let own = headers.get(API_KEY).map(|value| value.as_bytes());
        // How long a comparison takes tells how long the key is, and nothing of what it is.
        [own, bearer]
            .into_iter()
            .flatten()
            .any(|given| bool::from(given.ct_eq(self.0.as_bytes())))
    }
}

/// The token of `Authorization: Bearer`; the scheme's case does not matter (RFC 9110, 11.1).
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme
        .eq_ignore_ascii_case(b"bearer ")
        .then(|| token.trim_ascii_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opens(name: &'static str, value: &str) -> bool {
        let key: ApiKey = "s3cret".parse().unwrap();
        let headers = [(HeaderName::from_static(name), value.parse().unwrap())];
        key.opens(&headers.into_iter().collect())
    }

    #[test]
    fn a_key_opens_in_either_header_and_only_as_a_whole() {
        assert!(opens("x-api-key", "s3cret"));
        assert!(opens("authorization", "Bearer s3cret"));
        assert!(opens("authorization", "bearer  s3cret"));
        for wrong in ["", "s3cre", "s3cret2", "S3cret", "Bearer s3cret"] {
            assert!(!opens("x-api-key", wrong), "{wrong}");
        }
        for wrong in ["", "s3cret", "Basic s3cret", "Bearer", "Bearer s3crets"] {
            assert!(!opens("authorization", wrong), "{wrong}");
        }
    }

    #[test]
    fn a_key_that_no_header_could_carry_is_refused() {
        for bad in ["", "two words", "line\nend", "ü"] {
            let key: ApiKey = bad.parse().unwrap();
            assert_eq!(key.check(), Err(BadKey), "{bad:?}");
        }
        let good: ApiKey = "s3cret".parse().unwrap();
        assert_eq!(good.check(), Ok(()));
    }

    #[test]
    fn a_key_is_not_shown() {
        let key: ApiKey = "s3cret".parse().unwrap();
        assert!(!format!("{key:?}").contains("s3cret"));
    }
}
