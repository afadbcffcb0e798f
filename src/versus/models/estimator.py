"""Estimator: a model that scikit-learn learns in one go, in the place of a Keras model.

Before it has learned it is a Keras model that knows nothing; what it has learned is a Keras model
of ordinary layers.
"""

import math
from importlib.metadata import version
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from versus.backend import keras
from versus.errors import ModelError
from versus.models.builder import BuildFunction
from versus.models.kernel_machine import KERNELS, kernel_machine

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]


class Learner(Protocol):
    """Learns from pictures uint8 `[n, height, width, channels]` and labels `[n]`, in one go."""

    def __call__(self, images: Images, labels: Labels) -> keras.Model:
        """Return a Keras model of what was learned."""
        ...


@keras.saving.register_keras_serializable("versus")
class Unlearned(keras.layers.Layer):
    """Gives every class the same probability: stands where nothing is learned yet."""

    def __init__(self, classes: int, about: str = "", **options: Any) -> None:
        """Take the number of classes, and what is going to learn."""
        super().__init__(**options)
        self.classes, self.about = classes, about

    def call(self, inputs: Any) -> Any:
        """Return float `[n, classes]`."""
        rows: Any = keras.ops.shape(inputs)
        return keras.ops.full((rows[0], self.classes), 1 / self.classes)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (None, classes)."""
        return (input_shape[0], self.classes)

    def get_config(self) -> dict[str, Any]:
        """Return what it is made of."""
        return {**super().get_config(), "classes": self.classes, "about": self.about}


class Estimator(keras.Model):
    """A model that is learned by scikit-learn; `versus.fit` and every study know how.

    Attributes:
        about: what learns, in a line.
        learned: what was learned, as a Keras model of ordinary layers; None before.
    """

    about: str
    learned: keras.Model | None

    def __init__(
        self,
        input_shape: tuple[int, int, int],
        classes: int,
        learner: Learner,
        *,
        name: str,
        about: str,
    ) -> None:
        """Build one that has not learned yet."""
        inputs = keras.Input(input_shape)
        super().__init__(
            inputs=inputs,
            outputs=Unlearned(classes, name="unlearned", about=about)(inputs),
            name=name,
        )
        # Not tracked: Keras locks what a built model holds.
        self.__dict__.update(about=about, learned=None, _learner=learner)

    def learn(self, images: Images, labels: Labels) -> keras.Model:
        """Learn anew from pictures uint8 `[n, height, width, channels]`; return `learned`."""
        made = self.__dict__["_learner"](images, labels)
        self.__dict__["learned"] = made
        return made

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Return probabilities: of what was learned, or the same for every class."""
        if self.learned is None:
            return super().call(inputs, training=training, mask=mask)
        return self.learned(inputs, training=training)

    def save(self, filepath: Any, *arguments: Any, **options: Any) -> None:
        """Save what was learned, as a Keras model that needs neither scikit-learn nor versus."""
        if self.learned is None:
            raise ModelError(f"model '{self.name}' has learned nothing yet that could be saved")
        self.learned.save(filepath, *arguments, **options)

    def fit(self, *_arguments: Any, **_options: Any) -> Any:
        """Raise ModelError: Keras cannot train it."""
        raise ModelError(
            f"model '{self.name}' is learned by scikit-learn, not by Keras's fit: "
            "use versus.fit(model, data, Recipe(optimizer='scikit-learn'))"
        )


def _check_numbers(c: float, gamma: float | str, degree: int) -> None:
    """Raise ModelError for what scikit-learn would only refuse once it learns."""
    if not 0 < c < math.inf:
        raise ModelError(f"support vector machine: expected c above 0; got {c}")
    if gamma not in ("scale", "auto") and (isinstance(gamma, str) or not 0 <= gamma < math.inf):
        raise ModelError(
            f"support vector machine: expected gamma 'scale', 'auto', or 0 or more; got {gamma!r}"
        )
    if degree < 0:
        raise ModelError(f"support vector machine: expected a degree of 0 or more; got {degree}")


def support_vector_machine(
    c: float = 10.0,
    *,
    kernel: str = "rbf",
    gamma: float | str = "scale",
    degree: int = 3,
    coef0: float = 0.0,
    name: str = "svm",
) -> BuildFunction:
    """Return the builder of a support vector machine on standardised pixels.

    It is `sklearn.svm.SVC`, learned by libsvm, which takes time that grows at least with the
    square of the number of pictures. Source: C. Cortes and V. Vapnik 1995, "Support-vector
    networks", Machine Learning 20.

    Args:
        c: what a picture on the wrong side costs.
        kernel: "rbf", "linear" or "poly".
        gamma: of the kernels "rbf" and "poly", as in scikit-learn.
        degree: of the kernel "poly".
        coef0: of the kernel "poly", as in scikit-learn.
        name: of the model.

    Raises:
        ModelError: there is no such kernel here, or a number cannot be.

    Example:
        >>> versus.Variant("svm", versus.support_vector_machine(1), svm_recipe)
    """
    if kernel not in KERNELS:
        raise ModelError(f"expected kernel {' or '.join(KERNELS)}; got {kernel!r}")
    _check_numbers(c, gamma, degree)

    def build(input_shape: tuple[int, int, int], classes: int) -> keras.Model:
        def learner(images: Images, labels: Labels) -> keras.Model:
            # scikit-learn takes a second to import.
            from sklearn.preprocessing import StandardScaler
            from sklearn.svm import SVC

            _check_classes(labels, classes, name)
            rows = images.reshape(len(images), -1).astype(np.float64)
            scaler = StandardScaler().fit(rows)
            shape: Any = {"kernel": kernel, "gamma": gamma, "degree": degree, "coef0": coef0}
            svc = SVC(C=c, cache_size=1000, **shape).fit(scaler.transform(rows), labels)
            mean, scale = np.asarray(scaler.mean_), np.asarray(scaler.scale_)
            return kernel_machine(svc, input_shape, mean, scale, name)

        # The version is part of what is built: another one may learn otherwise.
        about = f"SVC C={c:g}, {kernel}, scikit-learn {version('scikit-learn')}"
        return Estimator(input_shape, classes, learner, name=name, about=about)

    return build


def _check_classes(labels: Labels, classes: int, name: str) -> None:
    """Raise ModelError unless there are pictures of every class."""
    missing = sorted(set(range(classes)) - set(labels.tolist()))
    if missing:
        raise ModelError(
            f"model '{name}': expected pictures of every class to learn from; there are none of "
            f"class {missing[0]}"
        )


svm = support_vector_machine()
svm_poly = support_vector_machine(kernel="poly", name="svm-poly")
