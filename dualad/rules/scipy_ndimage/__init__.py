"""Rules of `scipy.ndimage`, entered when one of its functions is first met.

Decision: what has no compiled code of its own (measurements, openings, gradients by erosion) runs as it stands in the capturing
scope; the tables say which operands that and the rules cover. May import: scipy.ndimage, ..tables, and the modules that declare.
"""

import scipy.ndimage as nd

from ..tables import Namespace
from . import filters, interpolation, picks, spectra  # noqa: F401

__all__ = ["NAMESPACE"]

COVERED = {
    **{name: "input weights cval" for name in ("correlate", "correlate1d", "convolve", "convolve1d")},
    **{name: "input sigma" for name in ("gaussian_filter", "gaussian_filter1d", "gaussian_laplace", "gaussian_gradient_magnitude",
                                        "fourier_gaussian")},
    **{name: "input" for name in (
        "uniform_filter", "uniform_filter1d", "sobel", "prewitt", "laplace", "maximum_filter", "maximum_filter1d", "minimum_filter",
        "minimum_filter1d", "rank_filter", "median_filter", "percentile_filter", "grey_erosion", "grey_dilation", "grey_opening",
        "grey_closing", "morphological_gradient", "morphological_laplace", "white_tophat", "black_tophat", "spline_filter",
        "spline_filter1d", "zoom", "fourier_uniform", "fourier_ellipsoid", "sum", "sum_labels", "mean", "variance",
        "standard_deviation", "minimum", "maximum", "median", "center_of_mass", "extrema", "labeled_comprehension",
        "vectorized_filter")},
    "map_coordinates": "input coordinates", "shift": "input shift", "affine_transform": "input matrix offset",
    "rotate": "input angle", "fourier_shift": "input shift",
}
CONSTANT = """
    label find_objects value_indices minimum_position maximum_position generate_binary_structure iterate_structure binary_closing
    binary_dilation binary_erosion binary_fill_holes binary_hit_or_miss binary_opening binary_propagation
"""
REFUSED = {
    "it calls a function of yours on plain buffers, which hold no derivatives: slide windows with "
    "numpy.lib.stride_tricks.sliding_window_view over np.pad, or compose it of sobel, prewitt, gaussian_filter and np.sqrt":
        "generic_filter generic_filter1d generic_laplace generic_gradient_magnitude",
    "it calls a function of yours for the coordinates of each entry: compute all coordinates as an array and use map_coordinates":
        "geometric_transform",
    "its counts do not change with the data, only its edges do: use np.bincount(weights=...) of fixed labels":
        "histogram",
    "the distance to the nearest zero of an image does not change with the values in it: pass a mask (x.value > 0) if it is meant "
    "to be constant":
        "distance_transform_bf distance_transform_cdt distance_transform_edt",
    "which basin an entry falls into does not change smoothly: pass x.value if the labels are meant to be constant":
        "watershed_ift",
}
NAMESPACE = Namespace(nd, COVERED, CONSTANT, REFUSED)
NAMESPACE.settle()
