"""The spellings that we know of, read in their sources at the versions named."""

from __future__ import annotations

from optviz.dialects.records import BIAS, DAMPENING, DIVISOR, EPS, KEPT, LR, Dialect

TORCH = "PyTorch 2.13, torch/optim/{}, _single_tensor_{}"
TORCH_URL = "https://docs.pytorch.org/docs/stable/generated/torch.optim.{}.html"
FASTAI = "fastai 2.8.12, fastai/optimizer.py, {}"
FASTAI_URL = "https://docs.fast.ai/optimizer.html"
KERAS = "Keras 3.15.1, keras/src/optimizers/{}, update_step"
KERAS_URL = "https://keras.io/api/optimizers/{}/"
OPTAX = "optax 0.2.8, {}"
OPTAX_URL = "https://optax.readthedocs.io/en/latest/api/optimizers.html"
TF1 = "TensorFlow, tensorflow/python/training/{}"
TF1_URL = "https://www.tensorflow.org/api_docs/python/tf/compat/v1/train/{}"
SHEET = "graddesc.xlsm, first edition, tab {}"
SHEET_URL = "https://github.com/fastai/courses"
SUTSKEVER = "https://proceedings.mlr.press/v28/sutskever13.html"
KINGMA = "https://arxiv.org/abs/1412.6980"

SUM = "grad_avg <- beta1*grad_avg + grad\nparams <- params - lr*grad_avg"
AVERAGE = "grad_avg <- beta1*grad_avg + (1 - beta1)*grad\nparams <- params - lr*grad_avg"
VELOCITY = "velocity <- beta1*velocity - lr*grad\nparams <- params + velocity"
NESTEROV = "grad_avg <- beta1*grad_avg + grad\nparams <- params - lr*(grad + beta1*grad_avg)"
SQUARES = "sqr_avg <- beta2*sqr_avg + (1 - beta2)*grad**2\n"
SUM_SQUARES = "sqr_sum <- sqr_sum + grad**2\n"
OUTSIDE = "params <- params - lr*grad / (sqrt({}) + eps)"
INSIDE = "params <- params - lr*grad / sqrt({} + eps)"
BOTH = "grad_avg <- beta1*grad_avg + (1 - beta1)*grad\n" + SQUARES
ADAM = BOTH + (
    "mean = grad_avg/(1 - beta1**count), square = sqr_avg/(1 - beta2**count)\n"
    "params <- params - lr*mean / (sqrt(square) + eps)"
)
EPS_HAT = BOTH + (
    "rate = lr*sqrt(1 - beta2**count)/(1 - beta1**count)\n"
    "params <- params - rate*grad_avg / (sqrt(sqr_avg) + eps)"
)

MOMENTUM = (
    Dialect(
        "momentum",
        "workbook",
        "The workbook: an average of the gradients",
        AVERAGE,
        SHEET.format("momentum"),
        SHEET_URL,
        choices={DAMPENING: "of every gradient"},
        words={"lr": "cell D2", "beta1": "beta"},
        defaults={"lr": 1e-4, "beta1": 0.9},
    ),
    Dialect(
        "momentum",
        "fastai",
        "fast.ai: a sum of the gradients",
        SUM,
        FASTAI.format("SGD: average_grad, momentum_step"),
        FASTAI_URL,
        words={"lr": "lr", "beta1": "mom"},
        defaults={"beta1": 0.0},
        call="fastai.optimizer.SGD(params, lr={lr}, mom={beta1})",
    ),
    Dialect(
        "momentum",
        "fastai_dampening",
        "fast.ai with dampening: an average of the gradients",
        AVERAGE,
        FASTAI.format("average_grad(dampening=True), momentum_step"),
        FASTAI_URL,
        choices={DAMPENING: "of every gradient"},
        words={"lr": "lr", "beta1": "mom"},
        defaults={"beta1": 0.9},
        call="fastai.optimizer.Optimizer(params, [partial(average_grad, dampening=True), "
        "momentum_step], lr={lr}, mom={beta1})",
    ),
    Dialect(
        "momentum",
        "pytorch",
        "PyTorch: a sum of the gradients",
        SUM,
        TORCH.format("sgd.py", "sgd"),
        TORCH_URL.format("SGD"),
        words={"lr": "lr", "beta1": "momentum"},
        defaults={"lr": 1e-3, "beta1": 0.0},
        call="torch.optim.SGD(params, lr={lr}, momentum={beta1})",
    ),
    Dialect(
        "momentum",
        "pytorch_dampening",
        "PyTorch with dampening=momentum: an average that takes the first gradient in full",
        "grad_avg <- grad at the first step\n" + AVERAGE,
        TORCH.format("sgd.py", "sgd"),
        TORCH_URL.format("SGD"),
        choices={DAMPENING: "of all but the first"},
        words={"lr": "lr", "beta1": "momentum"},
        defaults={"lr": 1e-3, "beta1": 0.0},
        call="torch.optim.SGD(params, lr={lr}, momentum={beta1}, dampening={beta1})",
    ),
    Dialect(
        "momentum",
        "paper",
        "The papers: a velocity, with lr inside the memory",
        VELOCITY,
        "Polyak, 1964, and Sutskever et al., 2013, equations 1 and 2",
        SUTSKEVER,
        choices={LR: "inside the memory"},
        words={"lr": "epsilon", "beta1": "mu"},
        note="Polyak's memory is the last step itself, params - params before it: the velocity.",
    ),
    Dialect(
        "momentum",
        "keras",
        "Keras: a velocity, with lr inside the memory",
        VELOCITY,
        KERAS.format("sgd.py"),
        KERAS_URL.format("sgd"),
        choices={LR: "inside the memory"},
        words={"lr": "learning_rate", "beta1": "momentum"},
        defaults={"lr": 0.01, "beta1": 0.0},
        call="keras.optimizers.SGD(learning_rate={lr}, momentum={beta1})",
    ),
    Dialect(
        "momentum",
        "optax",
        "optax: a sum of the gradients",
        SUM,
        OPTAX.format("optax/transforms/_accumulation.py, trace"),
        OPTAX_URL,
        words={"lr": "learning_rate", "beta1": "momentum"},
        call="optax.sgd(learning_rate={lr}, momentum={beta1})",
    ),
)

NESTEROVS = (
    Dialect(
        "nesterov",
        "pytorch",
        "PyTorch: the look-ahead alone",
        NESTEROV,
        TORCH.format("sgd.py", "sgd"),
        TORCH_URL.format("SGD"),
        words={"lr": "lr", "beta1": "momentum"},
        defaults={"lr": 1e-3},
        call="torch.optim.SGD(params, lr={lr}, momentum={beta1}, nesterov=True)",
        note="Drawn: the look-ahead.",
    ),
    Dialect(
        "nesterov",
        "optax",
        "optax: the look-ahead alone",
        NESTEROV,
        OPTAX.format("optax/transforms/_accumulation.py, trace(nesterov=True)"),
        OPTAX_URL,
        words={"lr": "learning_rate", "beta1": "momentum"},
        call="optax.sgd(learning_rate={lr}, momentum={beta1}, nesterov=True)",
        note="Drawn: the look-ahead.",
    ),
    Dialect(
        "nesterov",
        "keras",
        "Keras: the look-ahead, with lr inside the memory",
        "velocity <- beta1*velocity - lr*grad\nparams <- params + beta1*velocity - lr*grad",
        KERAS.format("sgd.py"),
        KERAS_URL.format("sgd"),
        choices={LR: "inside the memory"},
        words={"lr": "learning_rate", "beta1": "momentum"},
        defaults={"lr": 0.01},
        call="keras.optimizers.SGD(learning_rate={lr}, momentum={beta1}, nesterov=True)",
        note="Drawn: the look-ahead.",
    ),
    Dialect(
        "nesterov",
        "paper",
        "The paper: an iterate, and the gradient at its look-ahead",
        "velocity <- beta1*velocity - lr*(gradient at iterate + beta1*velocity)\n"
        "iterate <- iterate + velocity",
        "Sutskever et al., 2013, equations 3 and 4, after Nesterov, 1983",
        SUTSKEVER,
        choices={LR: "inside the memory", KEPT: "iterate and look-ahead"},
        words={"lr": "epsilon", "beta1": "mu"},
        note="Drawn: the look-ahead, where the gradient is taken; the iterate is the column "
        "`iterate`. Nesterov's own mu grows from step to step; here it stays.",
    ),
)

RMSPROPS = (
    Dialect(
        "rmsprop",
        "workbook",
        "The workbook: divide by the average of the row above",
        "params <- params - lr*grad / sqrt(sqr_avg)\n" + SQUARES.rstrip(),
        SHEET.format("rmsprop"),
        SHEET_URL,
        choices={DIVISOR: "average of the step before", EPS: "none"},
        words={"lr": "cell D2", "beta2": "beta", "initial": "row 3"},
        defaults={"lr": 0.02, "beta2": 0.9, "initial": 1e4},
        note="The average starts at 10,000, as the tab's reset has it: at 0 the first step "
        "divides by 0.",
    ),
    Dialect(
        "rmsprop",
        "fastai",
        "fast.ai: eps outside the root",
        SQUARES + OUTSIDE.format("sqr_avg"),
        FASTAI.format("RMSProp: average_sqr_grad, rms_prop_step"),
        FASTAI_URL,
        words={"lr": "lr", "beta2": "sqr_mom", "eps": "eps"},
        defaults={"beta2": 0.99, "eps": 1e-8, "initial": 0.0},
        call="fastai.optimizer.RMSProp(params, lr={lr}, sqr_mom={beta2}, eps={eps})",
        note="fastai 2.8.12 takes the keyword eps and does not hand it on: set_hyper('eps', ...).",
    ),
    Dialect(
        "rmsprop",
        "pytorch",
        "PyTorch: eps outside the root",
        SQUARES + OUTSIDE.format("sqr_avg"),
        TORCH.format("rmsprop.py", "rmsprop"),
        TORCH_URL.format("RMSprop"),
        words={"lr": "lr", "beta2": "alpha", "eps": "eps"},
        defaults={"lr": 0.01, "beta2": 0.99, "eps": 1e-8, "initial": 0.0},
        call="torch.optim.RMSprop(params, lr={lr}, alpha={beta2}, eps={eps})",
    ),
    Dialect(
        "rmsprop",
        "paper",
        "The lecture: no eps",
        SQUARES + "params <- params - lr*grad / sqrt(sqr_avg)",
        "Tieleman and Hinton, 2012, lecture 6e, slide 29",
        "https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf",
        choices={EPS: "none"},
        words={"lr": "learning rate", "beta2": "0.9"},
        defaults={"beta2": 0.9, "initial": 0.0},
    ),
    Dialect(
        "rmsprop",
        "keras",
        "Keras: eps inside the root",
        SQUARES + INSIDE.format("sqr_avg"),
        KERAS.format("rmsprop.py"),
        KERAS_URL.format("rmsprop"),
        choices={EPS: "inside the root"},
        words={"lr": "learning_rate", "beta2": "rho", "eps": "epsilon"},
        defaults={"lr": 1e-3, "beta2": 0.9, "eps": 1e-7, "initial": 0.0},
        call="keras.optimizers.RMSprop(learning_rate={lr}, rho={beta2}, epsilon={eps})",
    ),
    Dialect(
        "rmsprop",
        "optax",
        "optax: eps inside the root",
        SQUARES + INSIDE.format("sqr_avg"),
        OPTAX.format("optax/_src/transform.py, scale_by_rms"),
        OPTAX_URL,
        choices={EPS: "inside the root"},
        words={"lr": "learning_rate", "beta2": "decay", "eps": "eps", "initial": "initial_scale"},
        defaults={"beta2": 0.9, "eps": 1e-8, "initial": 0.0},
        call="optax.rmsprop({lr}, decay={beta2}, eps={eps}, initial_scale={initial})",
    ),
    Dialect(
        "rmsprop",
        "tensorflow1",
        "TensorFlow 1: eps inside the root, the average starts at 1",
        SQUARES + INSIDE.format("sqr_avg"),
        TF1.format("rmsprop.py, RMSPropOptimizer"),
        TF1_URL.format("RMSPropOptimizer"),
        choices={EPS: "inside the root"},
        words={"lr": "learning_rate", "beta2": "decay", "eps": "epsilon"},
        defaults={"beta2": 0.9, "eps": 1e-10, "initial": 1.0},
        call="tf.compat.v1.train.RMSPropOptimizer({lr}, decay={beta2}, epsilon={eps})",
    ),
)

ADAGRADS = (
    Dialect(
        "adagrad",
        "pytorch",
        "PyTorch: eps outside the root",
        SUM_SQUARES + OUTSIDE.format("sqr_sum"),
        TORCH.format("adagrad.py", "adagrad"),
        TORCH_URL.format("Adagrad"),
        words={"lr": "lr", "eps": "eps", "initial": "initial_accumulator_value"},
        defaults={"lr": 0.01, "eps": 1e-10, "initial": 0.0},
        call="torch.optim.Adagrad(params, lr={lr}, eps={eps}, initial_accumulator_value={initial})",
    ),
    Dialect(
        "adagrad",
        "paper",
        "The paper: delta outside the root",
        SUM_SQUARES + OUTSIDE.format("sqr_sum"),
        "Duchi, Hazan and Singer, 2011, figure 1, diagonal matrices, no regularizer",
        "https://jmlr.org/papers/v12/duchi11a.html",
        words={"lr": "eta", "eps": "delta"},
        defaults={"initial": 0.0},
    ),
    Dialect(
        "adagrad",
        "keras",
        "Keras: eps inside the root, the sum starts at 0.1",
        SUM_SQUARES + INSIDE.format("sqr_sum"),
        KERAS.format("adagrad.py"),
        KERAS_URL.format("adagrad"),
        choices={EPS: "inside the root"},
        words={"lr": "learning_rate", "eps": "epsilon", "initial": "initial_accumulator_value"},
        defaults={"lr": 1e-3, "eps": 1e-7, "initial": 0.1},
        call="keras.optimizers.Adagrad(learning_rate={lr}, epsilon={eps}, "
        "initial_accumulator_value={initial})",
    ),
    Dialect(
        "adagrad",
        "optax",
        "optax: eps inside the root, the sum starts at 0.1",
        SUM_SQUARES + INSIDE.format("sqr_sum"),
        OPTAX.format("optax/_src/transform.py, scale_by_rss"),
        OPTAX_URL,
        choices={EPS: "inside the root"},
        words={"lr": "learning_rate", "eps": "eps", "initial": "initial_accumulator_value"},
        defaults={"eps": 1e-7, "initial": 0.1},
        call="optax.adagrad({lr}, initial_accumulator_value={initial}, eps={eps})",
    ),
    Dialect(
        "adagrad",
        "tensorflow1",
        "TensorFlow 1: no eps, the sum starts at 0.1",
        SUM_SQUARES + "params <- params - lr*grad / sqrt(sqr_sum)",
        TF1.format("adagrad.py, AdagradOptimizer"),
        TF1_URL.format("AdagradOptimizer"),
        choices={EPS: "none"},
        words={"lr": "learning_rate", "initial": "initial_accumulator_value"},
        defaults={"initial": 0.1},
        call="tf.compat.v1.train.AdagradOptimizer({lr}, initial_accumulator_value={initial})",
    ),
)

ADAMS = (
    Dialect(
        "adam",
        "workbook",
        "The workbook: no bias correction, no eps",
        BOTH + "params <- params - lr*grad_avg / sqrt(sqr_avg)",
        SHEET.format("adam"),
        SHEET_URL,
        choices={BIAS: "none", EPS: "none"},
        words={"lr": "cell D2", "beta1": "beta 1", "beta2": "beta 2"},
        defaults={"lr": 1.0, "beta1": 0.7, "beta2": 0.9},
        note="The sheet carries its averages in from the epoch before; here they start at 0.",
    ),
    Dialect(
        "adam",
        "fastai",
        "fast.ai: both averages corrected",
        ADAM,
        FASTAI.format("Adam: average_grad, average_sqr_grad, step_stat, adam_step"),
        FASTAI_URL,
        words={"lr": "lr", "beta1": "mom", "beta2": "sqr_mom", "eps": "eps"},
        defaults={"beta1": 0.9, "beta2": 0.99, "eps": 1e-5},
        call="fastai.optimizer.Adam(params, lr={lr}, mom={beta1}, sqr_mom={beta2}, eps={eps}, "
        "wd=0.0)",
        note="Its own weight decay of 0.01 is left out here.",
    ),
    Dialect(
        "adam",
        "pytorch",
        "PyTorch: both averages corrected",
        ADAM,
        TORCH.format("adam.py", "adam"),
        TORCH_URL.format("Adam"),
        words={"lr": "lr", "beta1": "betas[0]", "beta2": "betas[1]", "eps": "eps"},
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
        call="torch.optim.Adam(params, lr={lr}, betas=({beta1}, {beta2}), eps={eps})",
    ),
    Dialect(
        "adam",
        "paper",
        "The paper, algorithm 1: both averages corrected",
        ADAM,
        "Kingma and Ba, 2015, algorithm 1",
        KINGMA,
        words={"lr": "alpha", "beta1": "beta_1", "beta2": "beta_2", "eps": "epsilon"},
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
    ),
    Dialect(
        "adam",
        "paper_eps_hat",
        "The paper, section 2: the learning rate corrected, eps-hat",
        EPS_HAT,
        "Kingma and Ba, 2015, last paragraph of section 2",
        KINGMA,
        choices={BIAS: "of the learning rate"},
        words={"lr": "alpha", "beta1": "beta_1", "beta2": "beta_2", "eps": "epsilon-hat"},
    ),
    Dialect(
        "adam",
        "keras",
        "Keras and TensorFlow: the learning rate corrected, eps-hat",
        EPS_HAT,
        KERAS.format("adam.py"),
        KERAS_URL.format("adam"),
        choices={BIAS: "of the learning rate"},
        words={"lr": "learning_rate", "beta1": "beta_1", "beta2": "beta_2", "eps": "epsilon"},
        defaults={"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-7},
        call="keras.optimizers.Adam(learning_rate={lr}, beta_1={beta1}, beta_2={beta2}, "
        "epsilon={eps})",
    ),
    Dialect(
        "adam",
        "optax",
        "optax: both averages corrected",
        ADAM,
        OPTAX.format("optax/_src/transform.py, scale_by_adam"),
        OPTAX_URL,
        words={"lr": "learning_rate", "beta1": "b1", "beta2": "b2", "eps": "eps"},
        defaults={"beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
        call="optax.adam({lr}, b1={beta1}, b2={beta2}, eps={eps})",
    ),
)

ABSENT: dict[tuple[str, str], str] = {
    ("nesterov", "workbook"): "the workbook has no tab for Nesterov's momentum",
    ("nesterov", "fastai"): "fast.ai has none of its own: OptimWrapper takes PyTorch's",
    ("adagrad", "workbook"): "the workbook's tab of that name is another method: it divides by "
    "sqrt(sum of grad**2)/29 of the epoch before, fixed for a whole epoch",
    ("adagrad", "fastai"): "fast.ai has none of its own: OptimWrapper takes PyTorch's",
}
"""Who does not spell an optimizer, and why."""

ALL = (*MOMENTUM, *NESTEROVS, *RMSPROPS, *ADAGRADS, *ADAMS)
DIALECTS: dict[str, dict[str, Dialect]] = {}
for _each in ALL:
    DIALECTS.setdefault(_each.optimizer, {})[_each.name] = _each
