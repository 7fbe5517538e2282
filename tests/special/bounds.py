BOUNDS, SLOW = {}, frozenset()
