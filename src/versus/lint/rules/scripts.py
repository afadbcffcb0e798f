"""VS501 to VS507: what only the code shows."""

from versus.lint.rule import Check, Rule
from versus.lint.script import choices, habits, schedules

_SCRIPT = ("script",)

RULES = (
    Rule(
        "VS501",
        "an unused schedule or callback",
        "warning",
        "The training goes on as if it did not exist, and a reader believes otherwise.",
        "Pass it: `fit(..., callbacks=[...])`, or as the optimizer's learning_rate; else remove "
        "it.",
        (Check(_SCRIPT, schedules.unused),),
    ),
    Rule(
        "VS502",
        "labels from rounded probabilities",
        "error",
        "Class 0 is answered for every unsure picture: its precision falls, and so does the recall "
        "of all others.",
        "Take `probabilities.argmax(axis=1)`, without rounding.",
        (Check(_SCRIPT, habits.rounded_labels),),
    ),
    Rule(
        "VS503",
        "a loop that trains and measures on test",
        "warning",
        "If the best of these is then chosen, it was chosen by the test set, whose number of it is "
        "too good.",
        "Choose by validation pictures; measure the winner alone on test, once.",
        (Check(_SCRIPT, choices.selects_on_test),),
    ),
    Rule(
        "VS504",
        "no seed",
        "note",
        "The numbers cannot be repeated, and one run does not show how much they vary.",
        "Call `keras.utils.set_random_seed(...)` first, and repeat with several seeds.",
        (Check(_SCRIPT, habits.no_seed),),
    ),
    Rule(
        "VS505",
        "a model overwritten before its use",
        "error",
        "What is trained and reported under this name is the second model; the first never ran.",
        "Give the two models different names.",
        (Check(_SCRIPT, habits.overwritten),),
    ),
    Rule(
        "VS506",
        "a file that may run code",
        "error",
        "A pickle can hold any program, and loading it runs that program.",
        "Keep arrays as `.npz` without pickle, and load pickles of your own making only.",
        (Check(_SCRIPT, habits.pickled),),
    ),
    Rule(
        "VS507",
        "a file name that Keras refuses",
        "error",
        "Keras 3 goes by the ending, so the training ends with an error instead of a file.",
        "Save models as `.keras`, weights as `.weights.h5`.",
        (Check(_SCRIPT, habits.refused_names),),
    ),
)
