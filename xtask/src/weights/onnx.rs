//! The part of the ONNX format that holds the weights.
//!
//! Field numbers are those of `onnx.proto3`; everything that is not named here is skipped while
//! decoding.

use anyhow::{Context as _, bail, ensure};
use prost::Message;

/// `TensorProto.DataType.FLOAT`.
const DATA_TYPE_FLOAT: i32 = 1;

/// A model: one graph and its description.
#[derive(Clone, PartialEq, Message)]
pub(super) struct ModelProto {
    /// The graph that is computed.
    #[prost(message, optional, tag = "7")]
    pub(super) graph: Option<GraphProto>,
}

/// A graph: nodes in the order of computation.
#[derive(Clone, PartialEq, Message)]
pub(super) struct GraphProto {
    /// The operations.
    #[prost(message, repeated, tag = "1")]
    pub(super) node: Vec<NodeProto>,
}

/// One operation.
#[derive(Clone, PartialEq, Message)]
pub(super) struct NodeProto {
    /// Names of the values it gives.
    #[prost(string, repeated, tag = "2")]
    pub(super) output: Vec<String>,
    /// Which operation, such as `If` or `Constant`.
    #[prost(string, tag = "4")]
    pub(super) op_type: String,
    /// Its fixed parameters.
    #[prost(message, repeated, tag = "5")]
    pub(super) attribute: Vec<AttributeProto>,
}

/// A fixed parameter of an operation.
#[derive(Clone, PartialEq, Message)]
pub(super) struct AttributeProto {
    /// Which parameter.
    #[prost(string, tag = "1")]
    pub(super) name: String,
    /// Its value, if it is a tensor.
    #[prost(message, optional, tag = "5")]
    pub(super) t: Option<TensorProto>,
    /// Its value, if it is a graph.
    #[prost(message, optional, tag = "6")]
    pub(super) g: Option<GraphProto>,
}

/// A block of numbers.
#[derive(Clone, PartialEq, Message)]
pub(super) struct TensorProto {
    /// Its shape, outermost first.
    #[prost(int64, repeated, tag = "1")]
    pub(super) dims: Vec<i64>,
    /// The type of its elements.
    #[prost(int32, tag = "2")]
    pub(super) data_type: i32,
    /// Elements as numbers; used when `raw_data` is empty.
    #[prost(float, repeated, tag = "4")]
    pub(super) float_data: Vec<f32>,
    /// Elements as little-endian bytes.
    #[prost(bytes = "vec", tag = "9")]
    pub(super) raw_data: Vec<u8>,
}

/// Decodes a model file.
pub(super) fn decode_model(bytes: &[u8]) -> anyhow::Result<ModelProto> {
    ModelProto::decode(bytes).context("the model is not an ONNX file")
}

impl ModelProto {
    /// The graph that runs when the model's single top-level condition, "the rate is 16 kHz",
    /// holds.
    pub(super) fn branch_16k(&self) -> anyhow::Result<&GraphProto> {
        let graph = self.graph.as_ref().context("the model has no graph")?;
        let mut conditions = graph.node.iter().filter(|node| node.op_type == "If");
        let condition = conditions
            .next()
            .context("the model has no `If`, so no branch for 16 kHz")?;
        ensure!(
            conditions.next().is_none(),
            "the model has several `If` nodes at the top, so its 16 kHz branch is not known"
        );
        condition
            .attribute("then_branch")
            .and_then(|attribute| attribute.g.as_ref())
            .context("the model's `If` has no `then_branch`")
    }
}

impl GraphProto {
    /// The constant whose name ends in `.suffix` or is `suffix`, checked against a shape.
    pub(super) fn constant(&self, suffix: &str, shape: &[usize]) -> anyhow::Result<Vec<f32>> {
        let mut matches = self.node.iter().filter(|node| {
            node.op_type == "Constant"
                && node
                    .output
                    .first()
                    .is_some_and(|name| names_tensor(name, suffix))
        });
        let node = matches
            .next()
            .with_context(|| format!("the 16 kHz branch has no constant `{suffix}`"))?;
        ensure!(
            matches.next().is_none(),
            "the 16 kHz branch has several constants `{suffix}`"
        );
        node.attribute("value")
            .and_then(|attribute| attribute.t.as_ref())
            .with_context(|| format!("the constant `{suffix}` has no value"))?
            .to_floats(shape)
            .with_context(|| format!("the constant `{suffix}` is not as expected"))
    }
}

impl NodeProto {
    fn attribute(&self, name: &str) -> Option<&AttributeProto> {
        self.attribute
            .iter()
            .find(|attribute| attribute.name == name)
    }
}

impl TensorProto {
    fn to_floats(&self, shape: &[usize]) -> anyhow::Result<Vec<f32>> {
        ensure!(
            self.data_type == DATA_TYPE_FLOAT,
            "its elements have type {}, expected {DATA_TYPE_FLOAT} (float)",
            self.data_type,
        );
        let actual: Vec<usize> = self
            .dims
            .iter()
            .map(|&dim| usize::try_from(dim))
            .collect::<Result<_, _>>()
            .context("it has a negative dimension")?;
        ensure!(
            actual == shape,
            "its shape is {actual:?}, expected {shape:?}"
        );

        let (chunks, rest) = self.raw_data.as_chunks::<4>();
        if !rest.is_empty() {
            bail!("it has {} bytes, no multiple of 4", self.raw_data.len());
        }
        let floats: Vec<f32> = if chunks.is_empty() {
            self.float_data.clone()
        } else {
            chunks
                .iter()
                .map(|&bytes| f32::from_le_bytes(bytes))
                .collect()
        };
        let expected: usize = shape.iter().product();
        ensure!(
            floats.len() == expected,
            "it has {} elements, expected {expected}",
            floats.len(),
        );
        ensure!(
            floats.iter().all(|value| value.is_finite()),
            "it has elements that are no finite numbers"
        );
        Ok(floats)
    }
}

/// Whether a value's name, which carries prefixes of the exporter, means the tensor `suffix`.
fn names_tensor(name: &str, suffix: &str) -> bool {
    name.strip_suffix(suffix)
        .is_some_and(|prefix| !prefix.ends_with(|c: char| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn constant(name: &str, tensor: TensorProto) -> NodeProto {
        NodeProto {
            output: vec![name.to_owned()],
            op_type: "Constant".to_owned(),
            attribute: vec![AttributeProto {
                name: "value".to_owned(),
                t: Some(tensor),
                g: None,
            }],
        }
    }

    fn floats(values: &[f32]) -> TensorProto {
        TensorProto {
            dims: vec![i64::try_from(values.len()).unwrap()],
            data_type: DATA_TYPE_FLOAT,
            float_data: Vec::new(),
            raw_data: values
                .iter()
                .flat_map(|value| value.to_le_bytes())
                .collect(),
        }
    }

    fn model(branch: Vec<NodeProto>) -> ModelProto {
        let condition = NodeProto {
            output: Vec::new(),
            op_type: "If".to_owned(),
            attribute: vec![AttributeProto {
                name: "then_branch".to_owned(),
                t: None,
                g: Some(GraphProto { node: branch }),
            }],
        };
        ModelProto {
            graph: Some(GraphProto {
                node: vec![condition],
            }),
        }
    }

    #[test]
    fn finds_a_constant_of_the_16_khz_branch_by_the_end_of_its_name() {
        let bytes = model(vec![
            constant("If_0_then_branch__Inline_0__my.head.bias", floats(&[1.0])),
            constant("If_0_then_branch__Inline_0__head.bias2", floats(&[2.0])),
            constant("If_0_then_branch__Inline_0__forehead.bias", floats(&[3.0])),
        ])
        .encode_to_vec();
        let decoded = decode_model(&bytes).unwrap();
        let values = decoded.branch_16k().unwrap().constant("head.bias", &[1]);
        assert_eq!(values.unwrap(), [1.0]);
    }

    #[test]
    fn reads_elements_that_are_not_stored_as_bytes() {
        let tensor = TensorProto {
            float_data: vec![0.5, -0.5],
            raw_data: Vec::new(),
            ..floats(&[0.0, 0.0])
        };
        assert_eq!(tensor.to_floats(&[2]).unwrap(), [0.5, -0.5]);
    }

    #[test]
    fn says_what_is_wrong_with_a_tensor() {
        let cases = [
            (floats(&[1.0]), "shape is [1], expected [2]"),
            (
                TensorProto {
                    data_type: 7,
                    ..floats(&[1.0, 2.0])
                },
                "have type 7",
            ),
            (
                TensorProto {
                    raw_data: vec![0; 5],
                    ..floats(&[1.0, 2.0])
                },
                "has 5 bytes",
            ),
            (
                TensorProto {
                    raw_data: vec![0; 4],
                    ..floats(&[1.0, 2.0])
                },
                "1 elements",
            ),
            (
                TensorProto {
                    dims: vec![-2],
                    ..floats(&[1.0, 2.0])
                },
                "negative",
            ),
            (floats(&[1.0, f32::NAN]), "no finite numbers"),
        ];
        for (tensor, expected) in cases {
            let message = tensor.to_floats(&[2]).unwrap_err().to_string();
            assert!(message.contains(expected), "{message:?} lacks {expected:?}");
        }
    }

    #[test]
    fn refuses_two_constants_of_one_name() {
        let decoded = model(vec![
            constant("a.bias", floats(&[1.0])),
            constant("b.bias", floats(&[1.0])),
        ]);
        let message = decoded
            .branch_16k()
            .unwrap()
            .constant("bias", &[1])
            .unwrap_err();
        assert!(message.to_string().contains("several constants"));
    }
}
