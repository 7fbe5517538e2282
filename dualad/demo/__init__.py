"""The demo: eight NIST regression problems, fitted with exact derivatives and held against certified values.

``python -m dualad demo``; the parts are `nist` (data and models), `fit`, `report` and `plot`.
"""
