"""How votes become outcomes: one module per method, pure functions over plain values, whole numbers only."""
