"""Every check here waits shortly for what does not come."""

from tests.support.graces import short_graces

__all__ = ["short_graces"]
