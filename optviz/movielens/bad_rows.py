"""The faults of a file: sentences by line, and bytes that are not the expected text."""

SHOWN = 1000  # sentences kept a file: a file that is bad throughout must not fill the memory


class BadRows:
    """Sentences about bad rows, in order; beyond SHOWN they are only counted."""

    def __init__(self, file: str):
        self.file = file
        self.count = 0
        self._found: list[tuple[int, str]] = []

    def add(self, line: int, text: str) -> None:
        """Note the fault of a line."""
        self.count += 1
        if len(self._found) < SHOWN:
            self._found.append((line, text))

    def sentences(self) -> list[str]:
        """Return one sentence a problem, by line, and a last one that counts what is left out."""
        said = [f"{self.file}:{line}: {text}" for line, text in sorted(self._found)]
        more = self.count - len(said)
        return [*said, f"{self.file}: and {more:,} more"] if more else said


def decode(line: bytes, encoding: str) -> tuple[str, str | None]:
    """Return the line's text, and the fault of its encoding or None.

    Latin-1 accepts any bytes, but Latin-1 letters almost never form valid UTF-8: text that does
    has been converted, and reading it as Latin-1 would garble the titles.
    """
    if line.isascii():
        return line.decode("ascii"), None
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError as error:
        if encoding == "latin-1":
            return line.decode("latin-1"), None
        byte = line[error.start]
        return line.decode("utf-8", "replace"), f"byte 0x{byte:02x} is not UTF-8 text"
    return text, None if encoding == "utf-8" else "UTF-8 text, but this layout is Latin-1"
