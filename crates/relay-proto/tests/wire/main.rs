//! The wire from outside: golden vectors, properties, and the specification itself.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and says where"
)]

mod close;
mod frame_properties;
mod frames;
#[cfg(feature = "messages")]
mod messages;
mod pcm;
mod session;
mod session_model;
mod specification;

/// The name of an error's variant, as the vectors have it.
fn variant(error: &impl std::fmt::Debug) -> String {
    let debug = format!("{error:?}");
    debug
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap()
        .to_owned()
}
