"""Frames written as a GIF by Pillow, or as MP4 or WebM by ffmpeg."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from PIL import Image, ImageColor

COLORS = 255  # and one for what stays as it was
NO_WRITER = (
    'MP4 and WebM need a video writer: pip install "optviz[video]", or install ffmpeg; '
    "a GIF needs none"
)
CODECS = {
    "mp4": ["-c:v", "libx264", "-crf", "18", "-preset", "medium", "-movflags", "+faststart"],
    "webm": [
        "-c:v",
        "libvpx-vp9",
        "-crf",
        "28",
        "-b:v",
        "0",
        "-deadline",
        "good",
        "-cpu-used",
        "5",
    ],
}
"""How ffmpeg is told to write each kind: sharp lines first, small files second."""


def find_ffmpeg() -> str:
    """Return the program that writes videos: that of imageio-ffmpeg, or the machine's own.

    Raises: RuntimeError: MP4 and WebM need a video writer: pip install "optviz[video]", or ...
    """
    with suppress(ImportError, RuntimeError):
        from imageio_ffmpeg import get_ffmpeg_exe

        return get_ffmpeg_exe()
    if found := shutil.which("ffmpeg"):
        return found
    raise RuntimeError(NO_WRITER)


def choose_palette(frames: list[Image.Image], colors: Iterable[str]) -> Image.Image:
    """Return one palette for all frames: of some of them, and of the colors that must be in it.

    One palette keeps still what stands still; lines are few pixels, so their colors are added.
    """
    wide, high = frames[0].size
    exact = list(dict.fromkeys(map(ImageColor.getrgb, colors)))
    sheet = Image.new("RGB", (wide, high * len(frames)))
    for place, frame in enumerate(frames):
        sheet.paste(frame, (0, place * high))
    rest = COLORS - len(exact)
    flat = sheet.quantize(rest, method=Image.Quantize.MEDIANCUT).getpalette() or []
    found = [tuple(flat[i : i + 3]) for i in range(0, min(len(flat), 3 * rest), 3)]
    # Pillow takes a neighbor for a color to save time, so none stands near an exact one.
    found = [each for each in found if all(measure_apart(each, color) > 8 for color in exact)]
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for color in [*found, *exact] for level in color])
    return palette


def measure_apart(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Return how far two colors are apart in the channel in which they differ most."""
    return max(abs(a - b) for a, b in zip(one, other, strict=False))


def write_gif(
    file: Path, frames: Iterator[Image.Image], palette: Image.Image, fps: int, loop: bool
) -> None:
    """Write frames as a GIF, one at a time; equal parts of neighbors are written once."""
    flat = (each.quantize(palette=palette, dither=Image.Dither.NONE) for each in frames)
    first = next(flat)
    more = {"loop": 0} if loop else {}
    # A GIF counts time in hundredths of a second.
    first.save(
        file,
        format="GIF",
        save_all=True,
        append_images=flat,
        duration=max(20, round(100 / fps) * 10),
        optimize=True,
        **more,
    )


def write_video(file: Path, frames: Iterator[Image.Image], kind: str, fps: int, title: str) -> None:
    """Write frames as MP4 or WebM; an error or an order to stop ends ffmpeg too.

    Raises: RuntimeError: ffmpeg could not write the film: Unknown encoder 'libx264'
    """
    program = find_ffmpeg()
    first = next(frames)
    size = f"{first.width}x{first.height}"
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(fps), "-i", "-"]
    color = ["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-pix_fmt", "yuv420p"]
    color += ["-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    about = ["-an", "-metadata", f"title={title}", "-f", kind, str(file)]
    command = [program, "-hide_banner", "-loglevel", "error", "-y", *source, *CODECS[kind], *color]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [*command, *about], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said
        )
        try:
            feed(process, first, frames)
            process.wait()
        finally:
            if process.poll() is None:
                process.kill()
            with suppress(OSError):  # what it did not take is lost with it
                process.stdin.close()  # type: ignore[union-attr]
            process.wait()
        if process.returncode:
            said.seek(0)
            lines = said.read().decode("utf-8", "replace").strip().splitlines()
            why = lines[0][:200] if lines else f"it ended with {process.returncode}"
            raise RuntimeError(f"ffmpeg could not write the film: {why}")


def feed(process: subprocess.Popen, first: Image.Image, frames: Iterator[Image.Image]) -> None:
    """Hand frames to ffmpeg; where it ended meanwhile, its own words say why."""
    assert process.stdin
    with suppress(BrokenPipeError):
        process.stdin.write(first.tobytes())
        for each in frames:
            process.stdin.write(each.tobytes())
    with suppress(BrokenPipeError):
        process.stdin.close()
