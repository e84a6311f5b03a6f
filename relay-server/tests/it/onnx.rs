//! ONNX models small enough to be written by hand: one operator for each output.
//!
//! The encoding is protocol buffers; the numbers are those of the fields in `onnx.proto`.

/// Types of tensors, `TensorProto.DataType`.
pub(crate) const FLOAT: u64 = 1;
pub(crate) const INT64: u64 = 7;

/// A tensor that goes into a model or comes out of it.
pub(crate) type Value<'a> = (&'a str, u64, &'a [u64]);

/// An operator with one input and one output: `(name, input, output)`.
pub(crate) type Node<'a> = (&'a str, &'a str, &'a str);

/// What the Silero detector takes and gives.
pub(crate) const SILERO_INPUTS: [Value<'_>; 3] = [
    ("input", FLOAT, &[1, 576]),
    ("state", FLOAT, &[2, 1, 128]),
    ("sr", INT64, &[]),
];

/// The bytes of a model.
pub(crate) fn model(inputs: &[Value<'_>], nodes: &[Node<'_>], outputs: &[Value<'_>]) -> Vec<u8> {
    let mut graph = Vec::new();
    for (operator, input, output) in nodes {
        let node = [text(1, input), text(2, output), text(4, operator)].concat();
        graph.extend(message(1, &node));
    }
    graph.extend(text(2, "graph"));
    for value in inputs {
        graph.extend(message(11, &value_info(value)));
    }
    for value in outputs {
        graph.extend(message(12, &value_info(value)));
    }
    let operator_set = number(2, 13);
    [number(1, 8), message(7, &graph), message(8, &operator_set)].concat()
}

fn value_info((name, element, shape): &Value<'_>) -> Vec<u8> {
    let dimensions: Vec<u8> = shape
        .iter()
        .flat_map(|&length| message(1, &number(1, length)))
        .collect();
    let tensor = [number(1, *element), message(2, &dimensions)].concat();
    [text(1, name), message(2, &message(1, &tensor))].concat()
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn text(field: u64, value: &str) -> Vec<u8> {
    message(field, value.as_bytes())
}

fn message(field: u64, content: &[u8]) -> Vec<u8> {
    let length = varint(content.len() as u64);
    [varint(field << 3 | 2), length, content.to_vec()].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}
