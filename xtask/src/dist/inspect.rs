//! What a WebAssembly module asks of the place where it runs.

use anyhow::Context as _;
use wasmparser::{Parser, Payload, Validator, WasmFeatures};

/// Features whose need is reported, each with the part of the specification that brought it.
const REPORTED: [(&str, WasmFeatures); 10] = [
    ("mutable-globals", WasmFeatures::MUTABLE_GLOBAL),
    ("sign-extension", WasmFeatures::SIGN_EXTENSION),
    (
        "saturating-float-to-int",
        WasmFeatures::SATURATING_FLOAT_TO_INT,
    ),
    ("bulk-memory", WasmFeatures::BULK_MEMORY),
    ("multi-value", WasmFeatures::MULTI_VALUE),
    ("reference-types", WasmFeatures::REFERENCE_TYPES),
    ("tail-calls", WasmFeatures::TAIL_CALL),
    ("simd128", WasmFeatures::SIMD),
    ("relaxed-simd", WasmFeatures::RELAXED_SIMD),
    ("threads", WasmFeatures::THREADS),
];

/// A valid WebAssembly module.
#[derive(Debug)]
pub(super) struct Module {
    bytes: Vec<u8>,
    imports: Vec<String>,
}

impl Module {
    /// Reads and validates a module.
    pub(super) fn new(bytes: &[u8]) -> anyhow::Result<Self> {
        let mut imports = Vec::new();
        for payload in Parser::new(0).parse_all(bytes) {
            if let Payload::ImportSection(section) = payload.context("broken wasm module")? {
                for import in section.into_imports() {
                    let import = import.context("broken import section of a wasm module")?;
                    imports.push(format!("{}.{}", import.module, import.name));
                }
            }
        }
        Validator::new_with_features(WasmFeatures::all())
            .validate_all(bytes)
            .context("invalid wasm module")?;
        Ok(Self {
            bytes: bytes.to_vec(),
            imports,
        })
    }

    /// The module itself.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The module itself.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// What it imports, as `module.name`.
    pub(super) fn imports(&self) -> &[String] {
        &self.imports
    }

    /// Names of the features without which it is not valid.
    pub(super) fn features(&self) -> Vec<&'static str> {
        REPORTED
            .iter()
            .filter(|&&(_, feature)| self.needs(feature))
            .map(|&(name, _)| name)
            .collect()
    }

    /// Whether a browser without 128-bit vectors would refuse it.
    pub(super) fn needs_simd(&self) -> bool {
        self.needs(WasmFeatures::SIMD | WasmFeatures::RELAXED_SIMD)
    }

    fn needs(&self, feature: WasmFeatures) -> bool {
        Validator::new_with_features(WasmFeatures::all().difference(feature))
            .validate_all(&self.bytes)
            .is_err()
    }
}

/// The smallest modules that show what is inspected.
#[cfg(test)]
pub(super) mod samples {
    /// Nothing at all.
    pub(in crate::dist) const PLAIN: &[u8] = b"\0asm\x01\0\0\0";

    /// Imports the function `env.f`.
    pub(in crate::dist) const IMPORT: &[u8] =
        b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x02\x09\x01\x03env\x01f\0\0";

    /// A function with one vector constant, which it drops.
    pub(in crate::dist) const SIMD: &[u8] = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0\x03\x02\x01\0\
        \x0a\x17\x01\x15\0\xfd\x0c\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x1a\x0b";
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn names_what_a_module_imports() {
        assert!(Module::new(samples::PLAIN).unwrap().imports().is_empty());
        assert_eq!(Module::new(samples::IMPORT).unwrap().imports(), ["env.f"]);
    }

    #[test]
    fn names_the_features_that_a_module_needs() {
        assert!(Module::new(samples::PLAIN).unwrap().features().is_empty());
        assert_eq!(Module::new(samples::SIMD).unwrap().features(), ["simd128"]);
    }

    #[test]
    fn refuses_what_is_no_module() {
        for bytes in [&b"<html>"[..], &samples::SIMD[..20], b""] {
            assert!(Module::new(bytes).is_err(), "{bytes:?}");
        }
    }
}
