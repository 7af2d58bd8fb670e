"""The words: frozen values, enums, events and errors that every other layer speaks in."""
