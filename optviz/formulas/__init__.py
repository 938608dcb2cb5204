"""Formulas: from typed text to derivatives and code, and every writer of a formula.

Three types hold a formula, each for what the others cannot do:

`parsing.Node`       what a person typed, in order, `2.50` and all: LaTeX shows it as it was typed
`derivatives.Term`   the same with its derivatives, where equal terms are one: computed by code
`expressions.Expr`   what a rule's own text makes when it runs on symbols, by operators of Python

A text is parsed to nodes, and these are differentiated to terms; expressions come from `tracing`.
All have `op`, `args` and `number`, so the table of a `writing.Language` serves them all.
"""
