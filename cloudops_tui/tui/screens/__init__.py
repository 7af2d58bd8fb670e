"""The screens: each composes, binds, asks the session and presents; none knows another."""
