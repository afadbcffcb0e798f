"""What the documents print and should not, as small programs of our own: printed, and corrected.

The number is that of the erratum in its document; `None` for a code says that no program sees it.
"""

from typing import NamedTuple

HEAD = "import keras\nfrom keras import layers\n\nkeras.utils.set_random_seed(0)\n"
STUDY = "import keras\nimport versus\n\nlayers = keras.layers\n"


class Erratum(NamedTuple):
    """One erratum: what it is, the codes that find it, and the two programs."""

    what: str
    codes: tuple[str, ...] = ()
    kind: str = ""
    printed: str = ""
    corrected: str = ""


def study(variants: str, *, before: str = "", more: str = "") -> str:
    text = f"{STUDY}{before}\nstudy = versus.Study(\n    question='Which is better?',\n"
    return f"{text}    data='digits',\n    variants=[{variants}],\n    {more}\n)\n"


BATCHES = """
def dense(rate):
    return keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(500, activation="relu"),
            layers.Dropout({rate}),
            layers.Dense(10, activation="softmax"),
        ]
    )
"""

TWO_NETS = """
pictures = keras.Input((28, 28, 1))
x = layers.Conv2D(16, 3, padding="same", activation="relu")(pictures)
x = layers.MaxPooling2D(2)(x)
{first} = keras.Model(pictures, layers.Dense(10, activation="softmax")(layers.Flatten()(x)))
{first}.summary()
x = layers.Conv2D(16, 3, strides=2, padding="same", activation="relu")(pictures)
{second} = keras.Model(pictures, layers.Dense(10, activation="softmax")(layers.Flatten()(x)))
{second}.compile(optimizer="adam", loss="categorical_crossentropy")
"""

KERNELS = """
def net(kernel):
    def build(input_shape, classes):
        return keras.Sequential(
            [
                keras.Input(input_shape),
                layers.Rescaling(1 / 255),
                layers.Conv2D(16, kernel, padding="same", activation="relu"),
                layers.MaxPooling2D(2),
                layers.Conv2D(32, kernel, padding="same", activation="relu"),
                layers.MaxPooling2D(2),
                layers.Flatten(),
                layers.Dense(classes, activation="softmax"),
            ]
        )

    return build
"""

BASE = """
pictures = keras.Input((28, 28, 1))
colour = layers.Resizing(32, 32)(layers.Concatenate()([pictures, pictures, pictures]))
{centred}
base = keras.applications.VGG16(weights="imagenet", include_top=False, input_shape=(32, 32, 3))
base.trainable = False
model = keras.Model(pictures, layers.Dense(10, activation="softmax")(layers.Flatten()(base({x}))))
"""

SCHEDULE = """
def lr_schedule(epoch):
    if epoch > {late}:
        return 1e-5
    if epoch > {first}:
        return 1e-4
    return 1e-3


model.compile(optimizer="adam", loss="categorical_crossentropy")
model.fit(x_train, y_train, batch_size=128, epochs=25, validation_split=0.05{callbacks})
"""

PENALTY = """
def net(penalty):
    def build(input_shape, classes):
        return keras.Sequential(
            [
                keras.Input(input_shape),
                layers.Rescaling(1 / 255),
                layers.Conv2D(16, 3, activation="relu", kernel_regularizer=penalty),
                layers.Flatten(),
                layers.Dense(classes, activation="softmax"),
            ]
        )

    return build
"""

FC = "versus.Variant('fc', 'fc', versus.Recipe(optimizer='sgd', learning_rate=0.001))"
FC_ADAM = "versus.Variant('fc-adam', 'fc', versus.Recipe(optimizer='adam'))"
CNN = "versus.Variant('cnn', 'cnn-stride', versus.Recipe(optimizer='adam'))"
TOPS = "versus.Variant('cnn', 'fashion5-cnn', versus.Recipe(optimizer='{}', {}))"
RESNET = "versus.Variant('resnet', 'resnet-v1-8', versus.Recipe(optimizer='adam', epochs=25))"
PATIENT = "early_stopping=versus.EarlyStopping(patience=10)"
LISTED = "versus.Variant('a', 'filters-32-3x3'), versus.Variant('b', 'filters-64-3x3'), "
SIZES = LISTED + "versus.Variant('c', 'filters-32-5x5'), versus.Variant('d', 'filters-64-5x5')"

ERRATA: dict[str, Erratum] = {
    "A1": Erratum(
        "`Dropout(20)` is no rate",
        ("VS304",),
        "script",
        HEAD + BATCHES.format(rate=20),
        HEAD + BATCHES.format(rate=0.2),
    ),
    "A2": Erratum(
        "the pooled net's variable is overwritten by the strided one before compile",
        ("VS505",),
        "script",
        HEAD + TWO_NETS.format(first="cnn", second="cnn"),
        HEAD + TWO_NETS.format(first="pooled", second="strided"),
    ),
    "A3": Erratum("a heading calls one net's time the other's: prose"),
    "A4": Erratum(
        "fully connected against convolutional is also SGD 0.001 against Adam",
        ("VS104",),
        "study",
        study(f"{FC}, {CNN}"),
        study(f"{FC}, {FC_ADAM}, {CNN}", more="seeds=8,"),
    ),
    "A5": Erratum(
        "a layer is frozen after training, without compiling again",
        ("VS308",),
        "script",
        HEAD + "model.compile('adam', 'mse')\nmodel.fit(x, y)\nmodel.layers[1].trainable = False\n",
        HEAD + "model.layers[1].trainable = False\nmodel.compile('adam', 'mse')\nmodel.fit(x, y)\n",
    ),
    "B1": Erratum(
        "the nets differ in depth, width, stride, pooling and dropout as well as in the kernel",
        ("VS106",),
        "study",
        study("'kernel-7x7', 'kernel-3x3', 'kernel-2x2'", more="seeds=8,"),
        study(
            "*(versus.Variant(f'kernel-{k}', net(k)) for k in (3, 5, 7))",
            before=KERNELS,
            more="seeds=8,",
        ),
    ),
    "B2": Erratum(
        "the test set is the validation set (that a net was reworked against it: prose)",
        ("VS101",),
        "script",
        HEAD + "model.fit(x_train, y_train, epochs=12, validation_data=(x_test, y_test))\n",
        HEAD + "model.fit(x_train, y_train, epochs=12, validation_split=0.2)\n",
    ),
    "C1": Erratum(
        "VGG16 gets pixels without its own preprocessing",
        ("VS204",),
        "script",
        HEAD + BASE.format(centred="", x="colour"),
        HEAD
        + BASE.format(
            centred="centred = keras.applications.vgg16.preprocess_input(colour)", x="centred"
        ),
    ),
    "C2": Erratum(
        "sizes are chosen and reported on the test set, from one run each",
        ("VS102", "VS108"),
        "study",
        study(SIZES, more="seeds=1,"),
        study(SIZES, more="seeds=9, protocol=versus.Protocol(test='sealed'),"),
    ),
    "C3": Erratum(
        "two of the systems are the same one",
        ("VS107",),
        "study",
        study("'filters-64-5x5', 'dropout'"),
        study("'no-dropout', 'dropout'"),
    ),
    "C4": Erratum("global max-pooling is described wrongly: prose"),
    "D1": Erratum(
        "a ResNet of depth 2 has no residual block",
        ("VS307",),
        "study",
        study("'fashion5-resnet-2'"),
        study("'resnet-v1-8', 'resnet-v1-14'"),
    ),
    "D2": Erratum(
        "the schedule is never used, and would not reach its first step",
        ("VS403", "VS501"),
        "script",
        HEAD + SCHEDULE.format(first=80, late=120, callbacks=""),
        HEAD
        + SCHEDULE.format(
            first=10,
            late=20,
            callbacks=", callbacks=[keras.callbacks.LearningRateScheduler(lr_schedule)]",
        ),
    ),
    "D3": Erratum(
        "`allow_pickle=True` runs code from the file",
        ("VS506",),
        "script",
        "import numpy as np\n\nbag = np.load('tops.npy', allow_pickle=True).item()\n",
        "import numpy as np\n\nwith np.load('tops.npz') as bag:\n    x = bag['features']\n",
    ),
    "D4": Erratum(
        "training losses are compared, one of them with an L2 term",
        ("VS406",),
        "study",
        study("versus.Variant('cnn', net(None)), versus.Variant('l2', net('l2'))", before=PENALTY),
        study("versus.Variant('a', net(None)), versus.Variant('b', net(None))", before=PENALTY),
    ),
    "D5": Erratum(
        "one net stops early and the other does not (that it is claimed of both: prose)",
        ("VS103",),
        "study",
        study(f"{TOPS.format('adam', PATIENT + ', epochs=25')}, {RESNET}"),
        study(f"{TOPS.format('adam', 'epochs=25')}, {RESNET}"),
    ),
    "D6": Erratum(
        "the two nets differ in optimizer too",
        ("VS104",),
        "study",
        study(f"{TOPS.format('sgd', 'epochs=25')}, {RESNET}"),
        study(f"{TOPS.format('adam', 'epochs=25')}, {RESNET}"),
    ),
    "E1": Erratum(
        "labels are the argmax of rounded probabilities (VS407 finds them in a record)",
        ("VS502",),
        "script",
        "said = model.predict(x_test)\nlabels = np.argmax(np.round(said), axis=1)\n",
        "said = model.predict(x_test)\nlabels = np.argmax(said, axis=1)\n",
    ),
    "E2": Erratum("bytes of the type uint8 are called int8: prose"),
    "E3": Erratum(
        "Keras 3 refuses the file name `.h5py`",
        ("VS507",),
        "script",
        HEAD + "model.fit(x, y)\nmodel.save('lab.h5py')\n",
        HEAD + "model.fit(x, y)\nmodel.save('lab.keras')\n",
    ),
}


def table() -> str:
    """The page that maps every erratum to its code."""
    lines = [
        "# The documents' errata, and the codes that find them",
        "",
        "Each erratum of the five documents, by the letter of its document and its number there; "
        "the code that `versus check` gives for it in the study or script as printed, and no "
        "longer gives for the corrected one. Both are small programs of our own in "
        "[tests/lint/errata.py](../../tests/lint/errata.py), and run in the tests. What stands in "
        "prose alone no program can see.",
        "",
        "| erratum | what it is | found by | seen in |",
        "|---|---|---|---|",
    ]
    for number, erratum in ERRATA.items():
        codes = ", ".join(f"[{code}]({code}.md)" for code in erratum.codes)
        where = {"script": "code", "study": "the study"}.get(erratum.kind, "")
        row = f"{codes or 'no program can see it'} | {where}"
        lines.append(f"| {number} | {erratum.what} | {row} |")
    return "\n".join(lines) + "\n"
