"""An ONNX file of a made-up face detector with YuNet's outputs: every bright red cell of 8 x 8 pixels is a face."""

import numpy as np

BOX_CELLS = (0.5, 0.5, 4.0, 4.0)
"""Centre (from the cell's corner), width and height of a face, in cells."""

POINT_CELLS = ((-0.5, -0.5), (1.5, -0.25), (0.5, 0.5), (-0.25, 1.5), (1.25, 1.75))
"""Five points (x, y) of a face, from the cell's corner, in cells."""


def tiny_yunet() -> bytes:
    """Return the bytes of the model (ONNX, opset 13; any input size that 32 divides)."""
    nodes, tensors, outputs = b"", _tensor("any_1", np.array([1, -1, 1])), b""
    tensors += _tensor("any_4", np.array([1, -1, 4])) + _tensor("any_10", np.array([1, -1, 10]))
    boxes = np.array([*BOX_CELLS[:2], *np.log(BOX_CELLS[2:])])
    for stride in (8, 16, 32):
        red = np.zeros((1, 3, stride, stride))
        red[0, 2] = 1.0 / (255.0 * stride * stride) if stride == 8 else 0.0  # blue, green, red
        for name, weight, bias in (
            ("cls", red, np.zeros(1)),
            ("obj", red, np.zeros(1)),
            ("bbox", np.zeros((4, 3, stride, stride)), boxes),
            ("kps", np.zeros((10, 3, stride, stride)), np.array(POINT_CELLS).ravel()),
        ):
            key, count = f"{name}_{stride}", len(bias)
            tensors += _tensor(f"{key}.w", weight.astype(np.float32)) + _tensor(f"{key}.b", bias.astype(np.float32))
            strides = _ints("strides", [stride, stride])
            nodes += _node("Conv", ["input", f"{key}.w", f"{key}.b"], f"{key}.c", strides)
            nodes += _node("Transpose", [f"{key}.c"], f"{key}.t", _ints("perm", [0, 2, 3, 1]))
            nodes += _node("Reshape", [f"{key}.t", f"any_{count}"], key)
            outputs += _field(12, _value(key, [1, "cells", count]))
    graph = nodes + _field(2, b"tiny") + tensors + _field(11, _value("input", [1, 3, "height", "width"])) + outputs
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, b"") + _field(2, 13))


def _varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    low = bytearray()
    while value > 127:
        low.append(value & 127 | 128)
        value >>= 7
    return bytes([*low, value])


def _field(number: int, content: int | bytes) -> bytes:
    if isinstance(content, int):
        return _varint(number << 3) + _varint(content)
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _tensor(name: str, values: np.ndarray) -> bytes:
    dims = b"".join(_field(1, size) for size in values.shape)
    kind = 1 if values.dtype == np.float32 else 7
    return _field(5, dims + _field(2, kind) + _field(8, name.encode()) + _field(9, values.tobytes()))


def _ints(name: str, values: list[int]) -> bytes:
    return _field(5, _field(1, name.encode()) + b"".join(_field(8, value) for value in values) + _field(20, 7))


def _node(kind: str, inputs: list[str], output: str, attributes: bytes = b"") -> bytes:
    names = b"".join(_field(1, name.encode()) for name in inputs)
    return _field(
        1, names + _field(2, output.encode()) + _field(3, output.encode()) + _field(4, kind.encode()) + attributes
    )


def _value(name: str, shape: list[int | str]) -> bytes:
    dims = b"".join(_field(1, _field(1, n) if isinstance(n, int) else _field(2, n.encode())) for n in shape)
    return _field(1, name.encode()) + _field(2, _field(1, _field(1, 1) + _field(2, dims)))
