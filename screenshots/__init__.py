"""Pictures of the screens, drawn from a recorded run of the demo."""
