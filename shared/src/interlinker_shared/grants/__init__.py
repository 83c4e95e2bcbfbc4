"""Who may do what, where: roles granted per scope to people and teams."""
