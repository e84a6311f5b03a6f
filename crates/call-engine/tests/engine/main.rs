//! A call from outside: inputs and moments in, outputs out.

mod call_id;
mod properties;
mod scenarios;
mod script;
