"""Maps of the starts that reach each of two wells: 101 x 101 runs of an optimizer at once.

The claim that Adam finds the global minimum more often was made without Adam's bias correction
and with different numbers of steps; the table gives the share of starts for each.
"""

from optviz import surface
from optviz.sweeps import basin_maps
from optviz.views import basin_figure

RUNS = {
    "sgd:lr=0.02": 500,
    "momentum:lr=0.01,beta1=0.8": 200,
    "rmsprop:lr=0.01,beta2=0.99": 300,
    "adam:lr=0.01,beta1=0.7,debias=no": 100,
    "adam:lr=0.01,beta1=0.7": 100,
}


def main():
    """Print the share of starts that reach each well, and draw the maps."""
    maps = basin_maps(surface("two_wells"), list(RUNS), list(RUNS.values()), within=0.15)
    for each in maps:
        print(each.to_text(), end="\n\n")
    return basin_figure(maps)


if __name__ == "__main__":
    main().show()
