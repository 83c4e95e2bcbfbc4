"""Rules of composition: pure, nothing but the standard library and the family's errors."""
