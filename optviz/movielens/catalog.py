"""The data sets that GroupLens publishes, as facts: sizes, checksums and terms."""

from dataclasses import dataclass

CITATION = (
    "F. Maxwell Harper and Joseph A. Konstan. 2015. The MovieLens Datasets: History and Context. "
    "ACM TiiS 5, 4: 19. https://doi.org/10.1145/2827872"
)
TERMS = "GroupLens' own: research use, no endorsement, not commercial without permission"


@dataclass(frozen=True)
class Published:
    """One data set as GroupLens publishes it: the zip's bytes and checksum, and its files'."""

    bytes: int
    zip: str  # algorithm:hex
    files: tuple[tuple[str, str], ...] = ()  # sha256 of files, where they travel another way too
    kept: bool = False  # may not be passed on


# Smallest first: the order in which the cache is looked through.
SETS = {
    "ml-latest-small": Published(
        978_202,
        "sha256:696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436",
        (
            ("ratings.csv", "80da8b3393dae325bbba5a31f291a6ba55d8d4f4396de3c456f2c1635b1b70e8"),
            ("movies.csv", "c47b783f23eb304413307e1bb05335e427737da20ec8d3c0e96335567dd5f3dc"),
        ),
    ),
    "ml-100k": Published(
        4_924_029,
        "sha256:50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
        (
            ("ml-100k.inter", "4edb74e2a81178c2ba9ff381495f754f996c4aea351b1272ca36b43da0935eff"),
            ("ml-100k.item", "51d7cdf777ce5c0f5b32c1d947a4a81fe07d75e78abbe761e0cd4d0756064532"),
        ),
        kept=True,
    ),
    "ml-1m": Published(
        5_917_549,
        "sha256:a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
        kept=True,
    ),
    "ml-20m": Published(
        198_702_078, "sha256:96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3"
    ),
    "ml-25m": Published(
        261_978_986, "sha256:8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa"
    ),
    "ml-32m": Published(238_950_008, "md5:d472be332d4daa821edc399621853b57"),
}
