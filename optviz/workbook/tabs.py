"""The eight tabs of the workbook as data: settings, columns, cells, resets."""

from __future__ import annotations

from math import inf

from optviz.rules import SGD, Adam, Momentum, RMSProp
from optviz.workbook.tab import (
    ERR2,
    HEAD,
    PRED,
    SAMPLE,
    WORDS,
    Cell,
    Column,
    Tab,
    make_averages,
    make_betas,
    make_columns,
    make_pair,
    make_start,
)
from optviz.workbook.variant_rules import EpochAdagrad, Eve

ERRB1, ERRA1 = "({a}*{x}+({b}+0.01)-{y})^2", "(({a}+0.01)*{x}+{b}-{y})^2"
BASIC_COLUMNS = (
    *SAMPLE,
    Column("C", "intercept", "b", "intercept b before the step"),
    Column("D", "slope", "a", "slope a before the step"),
    Column("E", "y_pred", "pred", "prediction a*x + b", PRED),
    Column("F", "err^2", "err2", "squared error of the sample", ERR2),
    Column("G", "errb1", "errb1", "squared error with b increased by .01", ERRB1),
    Column("H", "est de/db", "est_b", "estimate of the gradient in b", "({errb1}-{err2})/0.01"),
    Column("I", "erra1", "erra1", "squared error with a increased by .01", ERRA1),
    Column("J", "est de/da", "est_a", "estimate of the gradient in a", "({erra1}-{err2})/0.01"),
    *make_pair("K L", "grad", "de/d{}", "gradient of the error"),
    *make_pair("N M", "new", "new {}", "after the step"),
)

ROOT_SUM = Cell("F33", "root_sum", formula="SQRT(SUM(F4:F32))", meaning="root of the sum of err^2")
ROOT = "SQRT(SUMSQ({0}4:{0}32))"
MEAN = "mean gradient: root of the sum of squares over the count, "
MEAN_NORMS = (
    Cell("F33", "mean_norm_b", "", ROOT.format("F") + "/COUNT(A4:A32)", MEAN + WORDS["b"]),
    Cell("G33", "mean_norm_a", "", ROOT.format("G") + "/COUNT(A4:A32)", MEAN + WORDS["a"]),
)
RATE_SUM = "sum of the mean gradients times the learning rates of b and a"
ROOT_SQR = "sum of the roots of the average squares"
SCALES = (
    Cell("F1", "scale_b", meaning="divisor of the steps of b in this epoch"),
    Cell("G1", "scale_a", meaning="divisor of the steps of a in this epoch"),
    Cell("F2", "rate_b", formula="D2/F1", meaning="learning rate of b"),
    Cell("G2", "rate_a", formula="D2/G1", meaning="learning rate of a"),
)
MOMENTUM, RMS = make_columns("grad_avg"), make_columns("sqr_avg")
BOTH = make_columns("grad_avg", "sqr_avg")
EVE = make_columns("grad_avg", "sqr_avg", new="I J", err2=True)
PLAIN, TURNED = make_columns(), make_columns(new="I H")


BASIC = Tab(
    "basic",
    "Basic gradient descent",
    "Each sample moves b and a against the gradient of its own squared error, times the learning "
    "rate: stochastic gradient descent with one sample per step. The gradient is also estimated "
    "from two errors, with b or a increased by .01.",
    SGD(lr=1e-4),
    BASIC_COLUMNS,
    (
        *make_start("intercept", "slope"),
        Cell("E1", label="learn"),
        Cell("F1", "lr", meaning="learning rate"),
        Cell("L1", label="de/da=x*2(ax+b-y)"),
        Cell("H2", label="e=(ax+b-y)^2"),
        Cell("K2", label="de/db=2(ax+b-y)"),
        Cell("E33", label="root of sum", shipped="rmse"),
        ROOT_SUM,
        Cell("K33", "norm_b", formula=ROOT.format("K"), meaning="root of the sum of de/db squared"),
        Cell("L33", "norm_a", formula=ROOT.format("L"), meaning="root of the sum of de/da squared"),
        Cell("C36", label="Paste error here:"),
        Cell("C37", label="root of sum", shipped="rmse"),
    ),
)

MOMENTUM_TAB = Tab(
    "momentum",
    "Momentum",
    "The step follows a moving average of the gradients. The average is damped, so that a constant "
    "gradient is followed at its own size; Polyak's heavy ball and PyTorch add up the gradients "
    "undamped, which is 1/(1 - beta) times as fast.",
    Momentum(lr=1e-4, beta1=0.9, damped=True),
    MOMENTUM,
    (*HEAD, *make_betas("J", "beta1", label="I1"), *make_averages(MOMENTUM)),
    warmup=("grad_avg",),
)

ADAGRAD = Tab(
    "adagrad",
    "Adagrad, as in the workbook",
    "The learning rates of b and of a are divided by a number that stays the same for a whole "
    "epoch: the root of the sum of the previous epoch's squared gradients, divided by their count. "
    "The Adagrad of the paper divides by the root of the running sum of all squares so far.",
    EpochAdagrad(lr=1e-3),
    PLAIN,
    (*HEAD, *SCALES, *MEAN_NORMS),
    reset={"scale": 10_000.0},
    warmup=("scale",),
)

RMSPROP = Tab(
    "rmsprop",
    "RMSProp",
    "The gradient is divided by the root of a moving average of its squares. The average is that "
    "of the row above, which does not include this row's gradient yet, and there is no small "
    "constant; Hinton's and PyTorch's RMSProp use the new average.",
    RMSProp(lr=0.02, beta2=0.9, eps=0.0, lagged=True),
    RMS,
    (*HEAD, *make_betas("J", "beta2"), *make_averages(RMS)),
    reset={"sqr_avg": 10_000.0},
    warmup=("sqr_avg", "sqr_avg"),
)

ADAM = Tab(
    "adam",
    "Adam",
    "Momentum's average of the gradients divided by the root of RMSProp's average square, both of "
    "this row. The paper also corrects both averages for their start at zero and adds a small "
    "constant; the sheet does neither, as its averages carry over from the previous epoch.",
    Adam(lr=1.0, beta1=0.7, beta2=0.9, eps=0.0, debias=False),
    BOTH,
    (*HEAD, *make_betas("J", "beta1", "beta2", label="I1"), *make_averages(BOTH)),
    reset={"sqr_avg": 10_000.0},
    warmup=("sqr_avg", "grad_avg", "sqr_avg", "grad_avg"),
)

EVE_TAB = Tab(
    "eve",
    "Eve",
    "Adam whose step is also divided by d, a moving average of the relative change of the loss "
    "from epoch to epoch: it slows down while the loss changes and speeds up on a plateau. The "
    "paper updates d at each step and bounds the change.",
    Eve(lr=1.0, beta1=0.7, beta2=0.9, eps=0.0),
    EVE,
    (
        *HEAD,
        *make_betas("K", "beta1", "beta2", label="J1"),
        *make_averages(EVE),
        Cell("E33", label="loss"),
        ROOT_SUM,
        Cell("E34", label="ft-1"),
        Cell("F34", "f1", meaning="loss of the previous epoch"),
        Cell("E35", label="ft-2"),
        Cell("F35", "f2", meaning="loss of the epoch before that"),
        Cell("E36", label="r_t"),
        Cell("F36", "r", formula="ABS(F34-F35)/MIN(F34,F35)", meaning="relative loss change"),
        Cell("E37", label="dt-1"),
        Cell("F37", "d", meaning="d of the previous epoch"),
        Cell("H37", label="beta"),
        Cell("E38", label="dt"),
        Cell("F38", "new_d", formula="H38*F37+(1-H38)*F36", meaning="d of this epoch"),
        Cell("H38", "beta3", meaning="memory of d, beta"),
    ),
    reset={"sqr_avg": 10_000.0, "d": 1.0},
    memory={"f1": 2.0, "f2": 1.0, "beta3": 0.9},
    warmup=("sqr_avg", "grad_avg", "sqr_avg", "grad_avg"),
    by_hand="also copy F33 to F34, the old F34 to F35, and F38 to F37.",
)

ADAGRAD_ANN = Tab(
    "adagrad_ann",
    "Adagrad, as in the workbook, with annealing",
    "As on the tab adagrad, but after an epoch the learning rate is halved until H33, the sum of "
    "the mean gradients times the learning rates of b and a, is at most twice its last value.",
    EpochAdagrad(lr=1 / 256),
    TURNED,
    (
        *HEAD,
        *SCALES,
        Cell("H1", "ceiling", meaning="value of J1 after a reset"),
        Cell("J1", "last", meaning="H33 of the previous epoch"),
        *MEAN_NORMS,
        Cell("H33", "rate_sum", formula="F33*F2+G33*G2", meaning=RATE_SUM),
    ),
    reset={"scale": 1e6, "lr": 0.5},
    memory={"last": 100.0, "ceiling": 100.0},
    by_hand="then halve D2 while H33 is more than twice J1; last, copy H33 to J1.",
)

ADAM_ANN = Tab(
    "adam_ann",
    "Adam, with annealing",
    "As on the tab adam, but the learning rate is divided by four after an epoch that leaves the "
    "sum of the roots of the average squares at more than twice its smallest value so far.",
    Adam(lr=1 / 256, beta1=0.9, beta2=0.95, eps=0.0, debias=False),
    BOTH,
    (
        *HEAD,
        *make_betas("J", "beta1", "beta2", label="I1"),
        *make_averages(BOTH),
        Cell("N3", "best", meaning="smallest value of N33 so far"),
        *MEAN_NORMS,
        Cell("N33", "root_sqr", formula="SQRT(L33)+SQRT(M33)", meaning=ROOT_SQR),
        Cell("K34", "inverse_grad_avg_a", formula="1/K33", meaning="one over K33"),
        Cell("L34", "inverse_sqr_avg_b", formula="1/L33", meaning="one over L33"),
        Cell("N34", "root_ratio", formula="N33/N3", meaning="N33 relative to its smallest"),
    ),
    reset={"sqr_avg": 10_000.0, "lr": 1.0},
    memory={"best": inf},
    warmup=("all", "all"),
    by_hand="then divide D2 by four if N34 is more than 2, and copy N33 to N3 if it is smaller.",
)

TABS: dict[str, Tab] = {
    tab.name: tab
    for tab in (BASIC, MOMENTUM_TAB, ADAGRAD, RMSPROP, ADAM, EVE_TAB, ADAGRAD_ANN, ADAM_ANN)
}
"""The optimizer tabs of the first edition, in its order."""
