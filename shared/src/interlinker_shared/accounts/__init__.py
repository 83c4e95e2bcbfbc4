"""Local accounts: people sign in by an e-mailed link, a passkey or a provider of identities, and get a session."""
