"""The lesson's rating model on real ratings: two optimizers and the bias-only baseline.

Ratings: MovieLens, F. Maxwell Harper and Joseph A. Konstan, 2015, doi 10.1145/2827872.
"""

from optviz.movielens import load
from optviz.recommenders import slice_trainings, train
from optviz.views import slice_contour

RULES = ["adam:lr=0.006,l2=0.0001,schedule=cosine", "rmsprop:lr=0.006,l2=0.0001,schedule=cosine"]


def main():
    """Draw the loss over all training ratings on the plane of both paths."""
    ratings = load()
    trainings = [train("dot_bias", ratings, rule) for rule in RULES]
    for each in trainings:
        print(f"{each.label}: best {each.best:.4f}, baseline {each.baseline:.4f}")
    user, movie = int(ratings.user_ids[0]), ratings.titles[0]
    print(trainings[0].predict(ratings, user, movie).words())
    cut = slice_trainings(trainings, ratings)
    print(cut.words())
    return slice_contour(cut)


if __name__ == "__main__":
    main().show()
