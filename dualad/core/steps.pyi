from typing import Any

from ..rules import Linear

class LinearStep:
    """The transpose that a rule declares."""

    saved: tuple
    operands: int
    dtypes: tuple
    copies: bool
    scatter: Any
    share: tuple | None
    def __init__(self, lin: Linear, dtypes: tuple, copies: bool = False) -> None: ...
    def pull(self, lead: int, g: Any) -> tuple: ...

class ContractionStep:
    """The transposes of a product."""

    saved: tuple
    operands: int
    transposes: tuple
    dtypes: tuple
    matrices: tuple
    form: str
    def __init__(self, transposes: tuple, saved: tuple, dtypes: tuple, matrices: tuple = (None, None), form: str = "") -> None: ...
    def pull(self, lead: int, g: Any) -> tuple: ...
