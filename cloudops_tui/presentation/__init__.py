"""Pure view models: what is known, turned into what is shown."""
