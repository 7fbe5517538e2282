"""What `import dualad` costs on top of NumPy."""

import statistics
import subprocess
import sys
import time


def seconds(code):
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - start


class Import:
    timeout = 120

    def track_over_numpy(self):
        plain, ours = [], []
        for _ in range(9):
            plain.append(seconds("import numpy"))
            ours.append(seconds("import numpy, dualad"))
        return 1000 * (statistics.median(ours) - statistics.median(plain))

    track_over_numpy.unit = "ms"

    def track_modules(self):
        code = ("import sys, numpy; before = set(sys.modules); import dualad; "
                "print(len([m for m in set(sys.modules) - before if not m.startswith('dualad')]))")
        return int(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)

    track_modules.unit = "modules"
