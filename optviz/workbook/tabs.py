"""The eight tabs of the workbook as data: settings, columns, cells, resets."""

from __future__ import annotations

from optviz.rules import SGD, Adam, Momentum, RMSProp
from optviz.workbook.tab import (
    ERR2,
    LEARN,
    PRED,
    WORDS,
    Cell,
    Column,
    Tab,
    carried,
    columns,
    memories,
    pair,
    start,
)
from optviz.workbook.variant_rules import EpochAdagrad, Eve

BASIC_COLUMNS = (
    Column("A", "x", "x", "x of the sample"),
    Column("B", "y", "y", "y of the sample"),
    Column("C", "intercept", "b", "intercept b before the step"),
    Column("D", "slope", "a", "slope a before the step"),
    Column("E", "y_pred", "pred", "prediction a*x + b", PRED),
    Column("F", "err^2", "err2", "squared error of the sample", ERR2),
    Column(
        "G", "errb1", "errb1", "squared error with b larger by .01", "({a}*{x}+({b}+0.01)-{y})^2"
    ),
    Column("H", "est de/db", "est_b", "estimate of the gradient in b", "({errb1}-{err2})/0.01"),
    Column(
        "I", "erra1", "erra1", "squared error with a larger by .01", "(({a}+0.01)*{x}+{b}-{y})^2"
    ),
    Column("J", "est de/da", "est_a", "estimate of the gradient in a", "({erra1}-{err2})/0.01"),
    *pair("K L", "grad", "de/d{}", "gradient of the error"),
    *pair("N M", "new", "new {}", "after the step"),
)

ROOT = "SQRT(SUMSQ({0}4:{0}32))"
MEAN_NORMS = tuple(
    Cell(
        f"{letter}33",
        f"mean_norm_{each}",
        formula=ROOT.format(letter) + "/COUNT(A4:A32)",
        meaning=f"root of the sum of the squared gradients over their count, {WORDS[each]}",
    )
    for letter, each in (("F", "b"), ("G", "a"))
)
SCALES = (
    Cell("F1", "scale_b", meaning="what the steps of b are divided by in this epoch"),
    Cell("G1", "scale_a", meaning="what the steps of a are divided by in this epoch"),
    Cell("F2", "rate_b", formula="D2/F1", meaning="learning rate of b"),
    Cell("G2", "rate_a", formula="D2/G1", meaning="learning rate of a"),
)
MOMENTUM, RMS = columns("grad_avg"), columns("sqr_avg")
BOTH, EVE = columns("grad_avg", "sqr_avg"), columns("grad_avg", "sqr_avg", new="I J", err2=True)
PLAIN, TURNED = columns(), columns(new="I H")

# -- the tabs --------------------------------------------------------------------------------------

BASIC = Tab(
    "basic",
    "Basic gradient descent",
    "Each sample moves b and a against the gradient of its own squared error, times the learning "
    "rate: stochastic gradient descent with one sample a step. The gradient is also estimated from "
    "two errors, with b or a larger by .01.",
    SGD(lr=1e-4),
    BASIC_COLUMNS,
    (
        *start("intercept", "slope"),
        Cell("E1", label="learn"),
        Cell("F1", "lr", meaning="learning rate"),
        Cell("L1", label="de/da=x*2(ax+b-y)"),
        Cell("H2", label="e=(ax+b-y)^2"),
        Cell("K2", label="de/db=2(ax+b-y)"),
        Cell("E33", label="root of sum", shipped="rmse"),
        Cell(
            "F33",
            "root_sum",
            formula="SQRT(SUM(F4:F32))",
            meaning="root of the sum of the squared errors",
        ),
        Cell("K33", "norm_b", formula=ROOT.format("K"), meaning="root of the sum of de/db squared"),
        Cell("L33", "norm_a", formula=ROOT.format("L"), meaning="root of the sum of de/da squared"),
        Cell("C36", label="Paste error here:"),
        Cell("C37", label="root of sum", shipped="rmse"),
    ),
)

MOMENTUM_TAB = Tab(
    "momentum",
    "Momentum",
    "The step follows a moving average of the gradients. The average is damped, so that a steady "
    "gradient is followed at its own size; Polyak's heavy ball and PyTorch add the gradients up "
    "undamped, which is 1/(1 - beta) times as fast.",
    Momentum(lr=1e-4, beta1=0.9, damped=True),
    MOMENTUM,
    (*start(), *LEARN, *memories("J", "beta1", label="I1"), *carried(MOMENTUM)),
    warmup=("grad_avg",),
)

ADAGRAD = Tab(
    "adagrad",
    "Adagrad of the workbook",
    "The learning rate of b and that of a are divided by a number that stays the same for a whole "
    "epoch: the root of the sum of the squared gradients of the epoch before, over their count. "
    "The Adagrad of the paper divides by the root of the running sum of all squares so far.",
    EpochAdagrad(lr=1e-3),
    PLAIN,
    (*start(), *LEARN, *SCALES, *MEAN_NORMS),
    reset={"scale": 10_000.0},
    warmup=("scale",),
)

RMSPROP = Tab(
    "rmsprop",
    "RMSProp",
    "The gradient is divided by the root of a moving average of its squares. The average is the "
    "one of the row above, before this row's gradient has entered it, and there is no small "
    "constant; Hinton's and PyTorch's RMSProp use the new average.",
    RMSProp(lr=0.02, beta2=0.9, eps=0.0, lagged=True),
    RMS,
    (*start(), *LEARN, *memories("J", "beta2"), *carried(RMS)),
    reset={"sqr_avg": 10_000.0},
    warmup=("sqr_avg", "sqr_avg"),
)

ADAM = Tab(
    "adam",
    "Adam",
    "Momentum's average of the gradients divided by RMSProp's root of the average square, of this "
    "row. The paper also corrects both averages for their start at zero and adds a small constant; "
    "the sheet does neither, for its averages are carried in from an epoch before.",
    Adam(lr=1.0, beta1=0.7, beta2=0.9, eps=0.0, debias=False),
    BOTH,
    (*start(), *LEARN, *memories("J", "beta1", "beta2", label="I1"), *carried(BOTH)),
    reset={"sqr_avg": 10_000.0},
    warmup=("sqr_avg", "grad_avg", "sqr_avg", "grad_avg"),
)

EVE_TAB = Tab(
    "eve",
    "Eve",
    "Adam whose step is also divided by d, a moving average of how much the loss of the last two "
    "epochs has changed: it slows down while the loss moves and speeds up on a plateau. The paper "
    "takes a new d at each step and holds the change within bounds.",
    Eve(lr=1.0, beta1=0.7, beta2=0.9, eps=0.0),
    EVE,
    (
        *start(),
        *LEARN,
        *memories("K", "beta1", "beta2", label="J1"),
        *carried(EVE),
        Cell("E33", label="loss"),
        Cell(
            "F33",
            "root_sum",
            formula="SQRT(SUM(F4:F32))",
            meaning="root of the sum of the squared errors",
        ),
        Cell("E34", label="ft-1"),
        Cell("F34", "f1", meaning="loss of the last epoch"),
        Cell("E35", label="ft-2"),
        Cell("F35", "f2", meaning="loss of the epoch before it"),
        Cell("E36", label="r_t"),
        Cell("F36", "r", formula="ABS(F34-F35)/MIN(F34,F35)", meaning="relative change of loss"),
        Cell("E37", label="dt-1"),
        Cell("F37", "d", meaning="d of the last epoch"),
        Cell("H37", label="beta"),
        Cell("E38", label="dt"),
        Cell("F38", "new_d", formula="H38*F37+(1-H38)*F36", meaning="d of this epoch"),
        Cell("H38", "beta3", meaning="memory of d, beta"),
    ),
    reset={"sqr_avg": 10_000.0, "d": 1.0},
    warmup=("sqr_avg", "grad_avg", "sqr_avg", "grad_avg"),
    by_hand="By hand also F33 goes over F34, the old F34 over F35, and F38 over F37.",
)

ADAGRAD_ANN = Tab(
    "adagrad_ann",
    "Adagrad of the workbook, with annealing",
    "As the tab adagrad, and the learning rate is halved after an epoch whose gradients, in units "
    "of the old ones, are more than twice those of the epoch before.",
    EpochAdagrad(lr=1 / 256),
    TURNED,
    (
        *start(),
        *LEARN,
        *SCALES,
        Cell("H1", "ceiling", meaning="what J1 is after a reset"),
        Cell("J1", "last", meaning="H33 of the last epoch"),
        *MEAN_NORMS,
        Cell(
            "H33",
            "rate_sum",
            formula="F33*F2+G33*G2",
            meaning="sum of this epoch's root squares times the learning rates",
        ),
    ),
    reset={"scale": 1e6, "lr": 0.5, "last": 100.0},
    by_hand="By hand, then halve D2 while H33 exceeds twice J1; last, H33 goes over J1.",
)

ADAM_ANN = Tab(
    "adam_ann",
    "Adam, with annealing",
    "As the tab adam, and the learning rate is divided by four after an epoch that leaves the "
    "roots of the average squares more than twice their smallest sum so far.",
    Adam(lr=1 / 256, beta1=0.9, beta2=0.95, eps=0.0, debias=False),
    BOTH,
    (
        *start(),
        *LEARN,
        *memories("J", "beta1", "beta2", label="I1"),
        *carried(BOTH),
        Cell("N3", "best", meaning="smallest N33 so far"),
        *MEAN_NORMS,
        Cell(
            "N33",
            "root_sqr",
            formula="SQRT(L33)+SQRT(M33)",
            meaning="sum of the roots of the average squares",
        ),
        Cell("K34", "inverse_grad_avg_a", formula="1/K33", meaning="one over K33"),
        Cell("L34", "inverse_sqr_avg_b", formula="1/L33", meaning="one over L33"),
        Cell("N34", "root_ratio", formula="N33/N3", meaning="N33 in units of the smallest so far"),
    ),
    reset={"sqr_avg": 10_000.0, "lr": 1.0},
    warmup=("all", "all"),
    by_hand="By hand, then divide D2 by four if N34 exceeds 2; N33, if less, goes over N3.",
)

TABS: dict[str, Tab] = {
    tab.name: tab
    for tab in (BASIC, MOMENTUM_TAB, ADAGRAD, RMSPROP, ADAM, EVE_TAB, ADAGRAD_ANN, ADAM_ANN)
}
"""The optimizer tabs of the first edition, in its order."""
