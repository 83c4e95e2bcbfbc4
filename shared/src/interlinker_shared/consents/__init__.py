"""What people have agreed to: for which purpose, under which text, since when, and until when."""
