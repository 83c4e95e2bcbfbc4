"""Reading a template: from the bytes an author sends to the values the engine runs, or to errors that say where."""
