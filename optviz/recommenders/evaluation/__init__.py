"""Evaluation of rating models on ratings that no training saw, with intervals.

    from optviz.movielens import load
    from optviz.recommenders import evaluate, train

    ratings = load()
    print(evaluate(train("dot_bias", ratings), ratings).words())
    late = train("dot_bias", ratings, split="time")  # trained before a moment, judged after it
    print(evaluate(late, ratings, unknown="mean").words())

Errors of the predicted stars (RMSE, MAE) and the ranking of all movies that a user has not rated
(recall and NDCG of the first k), each beside popularity and the bias-only model, with percentile
intervals from a bootstrap over users; differences between models are taken within each resample.
"""
