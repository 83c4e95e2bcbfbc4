"""The files that people exchange elections, opinions and ideas in: each is read with errors that name the line, and written in pieces."""
