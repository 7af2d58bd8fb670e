"""Asynchronous orchestration of plans, and the ports through which it meets the world."""
