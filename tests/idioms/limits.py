"""What gives an error"""

import json
import statistics
import struct

import numpy as np


def mean_of_the_standard_library(x):
    return statistics.mean(x)


def packed_bytes(x):
    return x[0] * struct.unpack("d", struct.pack("d", x[0]))[0]


def written_as_json(x):
    return json.loads(json.dumps({"value": x[0]}))["value"] * x[1]


def array_of_rank_zero(x):
    y = np.zeros(())
    y[()] = x[0] ** 2
    return y + x[1]


def array_of_objects(x):
    return np.array([x[0], 1.0], dtype=object).sum()


def setitem_by_name(x):
    y = np.zeros(3)
    y.__setitem__(0, x[0])
    return y.sum()


def list_by_name_beside_an_operator(x):
    v = [x[0], 1.0]
    return np.sum(v * np.array([2.0, 3.0]))


def derivative_as_a_key(x):
    return {x[0]: 1.0}[x[0]]


_HALVED = np.frompyfunc(lambda v: v / 2, 1, 1)


def ufunc_of_somebody(x):
    return _HALVED(x).sum() * 1.0


def memory_of_an_array(x):
    return np.frombuffer(x.tobytes()).sum()


class _Table:
    def __getitem__(self, k):
        y = np.zeros(2)
        y[0] = k
        return y.sum()


def operator_of_a_class_that_fills(x):
    return _Table()[x[0]]


def view_made_outside(x):
    _PART[0] = x[0]
    _WHOLE[2] = x[1]
    return _WHOLE.sum() + _PART.sum()


_WHOLE = np.zeros(4)
_PART = _WHOLE[:2]
