"""What all who read an answer keep to: what a field may carry, and how much content is kept."""

import re

BODY_LIMIT = 65536
"""Bytes of content that are kept; reading ends there."""
FIELD_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+\Z")
FORBIDDEN = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
"""Bytes that no field may carry (RFC 9110 section 5.5)."""
