"""A person rates ten movies: a new user's vector is found, explained, and asked for more.

The movies stay as the training left them; the user's bias and vector alone move, from the mean user
to an optimum that Newton's method knows. Adam walks there on a true surface.
Ratings: MovieLens, F. Maxwell Harper and Joseph A. Konstan, 2015, doi 10.1145/2827872.
"""

from optviz.movielens import load
from optviz.recommenders import Recommender, slice_new_user, train
from optviz.views import new_user_surface

MINE = {
    **{"Star Wars (1977)": 5, "Empire Strikes Back, The (1980)": 5, "Alien (1979)": 5},
    **{"Terminator, The (1984)": 4, "Blade Runner (1982)": 5, "2001: A Space Odyssey (1968)": 4},
    **{"English Patient, The (1996)": 2, "Sense and Sensibility (1995)": 2},
    **{"Sleepless in Seattle (1993)": 1, "Dirty Dancing (1987)": 1},
}


def main():
    """Draw the surface of a new user with ten ratings, and Adam's path on it."""
    ratings = load("ml-100k")
    model = Recommender(train("dot_bias", ratings, progress=False), ratings)
    someone = model.new_user(MINE, "adam:lr=0.05", steps=100)
    print(someone.words())
    for each in someone.recommend(5, least=20):
        print("-", each.words())
    print("Next to ask:", "; ".join(each.title for each in model.ask(3, MINE)))
    return new_user_surface(someone, slice_new_user(someone))


if __name__ == "__main__":
    main().show()
