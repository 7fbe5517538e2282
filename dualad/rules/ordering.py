from .kinds import *  # noqa
