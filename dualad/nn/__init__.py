"""Functions for machine learning: activations, layers and losses in plain NumPy, and small pure optimisers.

They take plain arrays and dualad's numbers alike, so every transform applies to them.

>>> import numpy as np, dualad, dualad.nn
>>> float(dualad.derivative(dualad.nn.sigmoid)(0.0))
0.25
"""

from . import optim
from .activations import (
    elu,
    gelu,
    leaky_relu,
    log_sigmoid,
    log_softmax,
    logsumexp,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    tanh,
)
from .layers import (
    avg_pool1d,
    avg_pool2d,
    batch_norm,
    conv1d,
    conv2d,
    dropout,
    embedding,
    layer_norm,
    linear,
    max_pool1d,
    max_pool2d,
)
from .losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    huber,
    kl_div,
    mae,
    mse,
    nll,
)

__all__ = [
    "avg_pool1d", "avg_pool2d", "batch_norm", "binary_cross_entropy_with_logits", "conv1d", "conv2d", "cross_entropy", "dropout",
    "elu", "embedding", "gelu", "huber", "kl_div", "layer_norm", "leaky_relu", "linear", "log_sigmoid", "log_softmax",
    "logsumexp", "mae", "max_pool1d", "max_pool2d", "mse", "nll", "optim", "relu", "selu", "sigmoid", "silu", "softmax",
    "softplus", "tanh",
]
