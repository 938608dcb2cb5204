"""The embeddings of a trained model: a map with its trust, neighbors, genres, biases, ranks.

Ratings: MovieLens, F. Maxwell Harper and Joseph A. Konstan, 2015, doi 10.1145/2827872.
"""

from optviz.movielens import load
from optviz.recommenders import train
from optviz.recommenders.embeddings import (
    film_drift,
    map_embeddings,
    measure_genre_overlap,
    measure_spectra,
    rank_biases,
    read_vectors,
)
from optviz.views import embedding_map


def main():
    """Draw the movies by PCA, with Star Wars and its neighbors in the full space marked."""
    ratings = load()
    training = train("dot_bias", ratings)
    shown = map_embeddings(training, ratings)
    print(shown.words())
    row = shown.locate("Star Wars")
    for other, cosine in zip(shown.neighbors[row][:5], shown.cosines[row], strict=False):
        print(f"  {shown.titles[other]}: cosine {cosine:.2f}")
    print(measure_genre_overlap(read_vectors(training, ratings)).words())
    ranking = rank_biases(training, ratings, n=3)
    for each in (*ranking.best, *ranking.worst):
        print(f"  {each.title}: bias {each.bias:+.2f} ({each.low:+.2f} to {each.high:+.2f})")
    print(film_drift(training, ratings).words())  # views.embedding_drift plays it
    print(measure_spectra([training], ratings)[0].words())  # views.spectra, views.effective_ranks
    return embedding_map(shown, select=row)


if __name__ == "__main__":
    main().show()
