"""Speech probabilities of Silero VAD from ONNX Runtime, as reference figures.

Usage: probabilities.py MODEL.onnx IN.wav OUT.csv [IN.wav OUT.csv ...]

Each recording is 16 kHz mono with 16-bit samples. It is cut into windows of 512 samples; what does
not fill the last one is left out. The model receives each window behind the 64 samples before it
(zeros before the first), and its recurrent state is carried from window to window.
"""

import csv
import sys
import wave

import numpy
import onnxruntime

SAMPLE_RATE_HZ = 16_000
WINDOW_SAMPLES = 512
CONTEXT_SAMPLES = 64
STATE_SHAPE = (2, 1, 128)


def main(arguments):
    if len(arguments) < 3 or len(arguments) % 2 == 0:
        sys.exit(__doc__)
    model = load(arguments[0])
    for source, destination in zip(arguments[1::2], arguments[2::2]):
        rows = probabilities(model, read_samples(source))
        with open(destination, "w", encoding="ascii", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["window", "prob"])
            writer.writerows((window, f"{prob:.9g}") for window, prob in enumerate(rows))
        print(f"{destination}: {len(rows)} windows, highest probability {max(rows):.3f}")


def load(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def read_samples(path):
    try:
        with wave.open(path, "rb") as recording:
            form = (recording.getframerate(), recording.getnchannels(), recording.getsampwidth())
            content = recording.readframes(recording.getnframes())
    except EOFError:
        sys.exit(f"{path}: no WAV file: it ends before its header does")
    except wave.Error as error:
        sys.exit(f"{path}: no WAV file that can be read: {error}")
    if form != (SAMPLE_RATE_HZ, 1, 2):
        sys.exit(
            f"{path}: {form[0]} Hz, {form[1]} channels, {8 * form[2]} bits; "
            f"expected {SAMPLE_RATE_HZ} Hz, 1 channel, 16 bits"
        )
    if len(content) < 2 * WINDOW_SAMPLES:
        sys.exit(f"{path}: the recording has no window of {WINDOW_SAMPLES} samples")
    return numpy.frombuffer(content, dtype="<i2").astype(numpy.float32) / 32_768


def probabilities(model, samples):
    whole = samples[: len(samples) // WINDOW_SAMPLES * WINDOW_SAMPLES]
    context = numpy.zeros(CONTEXT_SAMPLES, dtype=numpy.float32)
    state = numpy.zeros(STATE_SHAPE, dtype=numpy.float32)
    rate = numpy.array(SAMPLE_RATE_HZ, dtype=numpy.int64)
    rows = []
    for window in whole.reshape(-1, WINDOW_SAMPLES):
        block = numpy.concatenate([context, window])
        inputs = {"input": block[numpy.newaxis, :], "state": state, "sr": rate}
        probability, state = model.run(None, inputs)
        rows.append(float(probability[0, 0]))
        context = block[-CONTEXT_SAMPLES:]
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
