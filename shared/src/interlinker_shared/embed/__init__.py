"""Embed tokens: a host portal vouches for the people in front of it, and a block lets them in on one asset."""
