"""Compiled types and the interpreters of rule kinds."""
