"""What a message means: `understand(text, surface, context, vocabulary) -> Parsed`."""

from handlers.understanding.reading import understand

__all__ = ["understand"]
