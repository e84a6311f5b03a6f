//! Small helps at the border to JavaScript.

use js_sys::{Array, Error, JSON, Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::MessagePort;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// Milliseconds on a clock that never goes back: the page's or the worker's own.
pub(crate) fn now_ms() -> u64 {
    performance_now() as u64
}

/// An object with these properties.
pub(crate) fn object(properties: &[(&str, &JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in properties {
        set(&object, name, value);
    }
    object
}

/// Sets a property of an object of our own making, which takes any property.
pub(crate) fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

/// A property, or `undefined` where there is none.
pub(crate) fn get(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A property that is a string, or the empty string.
pub(crate) fn text(value: &JsValue, name: &str) -> String {
    get(value, name).as_string().unwrap_or_default()
}

/// A plain object from one of our types. These hold numbers, strings and lists only, which all
/// have a JavaScript form.
pub(crate) fn plain(value: &impl Serialize) -> JsValue {
    serde_wasm_bindgen::to_value(value).unwrap_or(JsValue::UNDEFINED)
}

/// One of our types as JSON.
pub(crate) fn json(value: &impl Serialize) -> String {
    JSON::stringify(&plain(value))
        .map(String::from)
        .unwrap_or_default()
}

/// Sends `message` through `port` together with what it gives away. Only a value that cannot be
/// cloned fails, and ours can.
pub(crate) fn post(port: &MessagePort, message: &JsValue, transferred: &[&JsValue]) {
    let list = Array::new();
    for value in transferred {
        list.push(value);
    }
    let _ = port.post_message_with_transferable(message, &list);
}

/// What an exception says, name first where it has one.
pub(crate) fn describe(error: &JsValue) -> String {
    match error.dyn_ref::<Error>() {
        Some(error) => [
            &String::from(error.name()),
            ": ",
            &String::from(error.message()),
        ]
        .concat(),
        None => error.as_string().unwrap_or_default(),
    }
}
