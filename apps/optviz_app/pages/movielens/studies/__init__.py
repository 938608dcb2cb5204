"""The Studies tab: the lesson's questions, each with its saved result, and made anew on demand."""
