//! The link between audio thread and relay: owns the WebSocket and the session.
//!
//! It runs in a module worker, so that a page that blocks its main thread loses no word; where no
//! worker can be had it runs on the page. Either way page and link talk over a `MessagePort` only:
//!
//! | direction | message | meaning |
//! |---|---|---|
//! | to the link | `{type: "worklet"}` with a port | where parcels come from |
//! | to the link | `{type: "open", relay, hello}` | call this relay with this `hello`, which is text |
//! | to the link | `{type: "hang-up", flush}` | send what is left, hang up, close |
//! | to the page | `{type: "serving"}` | the link runs |
//! | to the page | `{type: "unavailable", detail}` | the link cannot run here |
//! | to the page | `{type: "admitted"}` | the relay takes the call |
//! | to the page | `{type: "failed", code, detail}` | the call cannot go on |
//! | to the page | `{type: "closed"}` | the socket is closed |
//! | to the page | an event | for the page's listener, as it is |
//!
//! # Layout
//!
//! - [`state`]: what the link decides; [`parcel`], [`reading`] and [`translate`] are its parts.
//! - [`server`] runs it on a port, with a [`socket`].
//! - [`client`]: the page's end.

mod client;
pub(crate) use client::LinkClient;

mod server;
pub(crate) use server::serve;

mod socket;

mod state;

mod parcel;
mod reading;
mod translate;
