"""What may be done with the rows: licence, consent and source, each known or unknown with a reason.

``consent`` and ``resolve`` load Polars, ``manifest`` pydantic: import them where they are used.
"""
