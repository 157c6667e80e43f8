"""The conversation: hear, understand, answer, show."""
