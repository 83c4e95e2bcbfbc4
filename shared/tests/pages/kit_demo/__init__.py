"""A block of nothing but pages: every macro of the kit on one of them."""
