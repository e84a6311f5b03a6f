//! Which texts name a call.

use call_engine::{CallId, CallIdError};

#[test]
fn takes_what_is_safe_in_a_file_name() {
    let longest = "x".repeat(64);
    for text in ["a", "0", "2026-call-7", &longest] {
        let id = CallId::new(text).map(|id| id.to_string());
        assert_eq!(id.as_deref(), Ok(text));
    }
}

#[test]
fn refuses_everything_else() {
    let too_long = "x".repeat(65);
    for (text, error) in [
        ("", CallIdError::Empty),
        (&too_long, CallIdError::TooLong { actual: 65 }),
        ("../a", CallIdError::Character { actual: '.' }),
        ("a/b", CallIdError::Character { actual: '/' }),
        ("a b", CallIdError::Character { actual: ' ' }),
        ("CALL", CallIdError::Character { actual: 'C' }),
        ("anruf-ü", CallIdError::Character { actual: 'ü' }),
    ] {
        assert_eq!(CallId::new(text), Err(error), "{text:?}");
    }
}
